use super::EnrolError;
use crate::p256_key::{self, PrivateKey};
use der::{Decode as _, Encode as _};
use remote_services_core::key::{KeyError, KeyKind, SignatureScheme, SignerKey, ecdsa_sig_value};
use remote_services_core::pem;
use std::sync::Arc;
use x509_cert::request::{CertReqInfo, Version};
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use zeroize::Zeroizing;

/// A P-256 key of this client: in memory, zeroised when dropped, or by a handle to the module that holds it. No `Debug`.
pub struct ClientKey(Held);

enum Held {
    Here(Box<PrivateKey>),
    Elsewhere(KeyHandle),
}

/// A key that something else holds, such as a token; for every thread.
pub type KeyHandle = Arc<dyn SignerKey + Send + Sync>;

impl ClientKey {
    /// Makes a key; `fill` fills a buffer with fresh random octets. ring and AWS-LC draw a key themselves and do not
    /// ask.
    ///
    /// # Errors
    /// [`EnrolError::Randomness`] when four fills in a row give no valid key, which random octets never do.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Result<Self, EnrolError> {
        PrivateKey::generate(fill).map(Self::here).ok_or(EnrolError::Randomness)
    }

    /// Makes a key of the random octets of whoever signs with it: see [`Self::module`].
    ///
    /// # Errors
    /// [`EnrolError::Randomness`] when it has none to give.
    pub fn draw() -> Result<Self, EnrolError> {
        PrivateKey::draw().map(Self::here).ok_or(EnrolError::Randomness)
    }

    /// Reads a key from PKCS#8 DER (RFC 5958).
    ///
    /// # Errors
    /// [`EnrolError::Stored`] when it is no P-256 key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, EnrolError> {
        PrivateKey::from_pkcs8(der).map(Self::here).ok_or(EnrolError::Stored("private key"))
    }

    /// Reads a key from PEM (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// [`EnrolError::Stored`] when it is no P-256 key.
    pub(crate) fn from_pkcs8_pem(text: &str) -> Result<Self, EnrolError> {
        let (label, der) = pem::decode(text).map_err(|_| EnrolError::Stored("private key"))?;
        if label == PRIVATE_KEY { Self::from_pkcs8(&der) } else { Err(EnrolError::Stored("private key")) }
    }

    /// A key that something else holds: whoever gives it has looked after its secrecy.
    ///
    /// # Errors
    /// [`EnrolError::Key`] when it is no key on P-256, which the protocol demands of clients.
    pub fn by_handle(key: KeyHandle) -> Result<Self, EnrolError> {
        if key.kind() != KeyKind::P256 || p256_key::point_of(&key.public_spki()).is_none() {
            return Err(KeyError::PublicKey.into());
        }
        Ok(Self(Held::Elsewhere(key)))
    }

    /// Who makes keys that are in memory and signs with them: the module's name, and whether it is a FIPS 140 module in FIPS
    /// mode. AWS-LC with the feature `fips`, otherwise RustCrypto, otherwise ring.
    #[must_use]
    pub fn module() -> (&'static str, bool) {
        (p256_key::MODULE, p256_key::fips_mode())
    }

    fn here(key: PrivateKey) -> Self {
        Self(Held::Here(Box::new(key)))
    }

    /// A second copy, where two owners need the key; of a handle, a second handle.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(match &self.0 {
            Held::Here(key) => Held::Here(Box::new(key.duplicate())),
            Held::Elsewhere(key) => Held::Elsewhere(Arc::clone(key)),
        })
    }

    /// Whether something else holds it, such as a token.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        matches!(self.0, Held::Elsewhere(_))
    }

    /// The key as PKCS#8 DER; `None` when something else holds it.
    #[must_use]
    pub fn to_pkcs8(&self) -> Option<Zeroizing<Vec<u8>>> {
        match &self.0 {
            Held::Here(key) => Some(key.to_pkcs8()),
            Held::Elsewhere(_) => None,
        }
    }

    /// The key as PEM of PKCS#8; no copy of it stays in memory. `None` when something else holds it.
    pub(crate) fn to_pkcs8_pem(&self) -> Option<Zeroizing<String>> {
        Some(pem::encode(PRIVATE_KEY, &self.to_pkcs8()?))
    }

    /// The public key as DER of a `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_spki(&self) -> Vec<u8> {
        match &self.0 {
            Held::Here(key) => p256_key::spki_of(&key.point()),
            Held::Elsewhere(key) => key.public_spki(),
        }
    }

    /// A signature of these octets: ECDSA with SHA-256, in DER.
    ///
    /// # Errors
    /// When the module that holds the key refuses or fails.
    pub fn sign_octets(&self, octets: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.sign(SignatureScheme::EcdsaSha256, octets)?;
        ecdsa_sig_value(&signature, KeyKind::P256)
            .ok_or_else(|| KeyError::Module("what it gave is no signature".to_owned()))
    }

    /// A certification request (PKCS#10, RFC 2986) in DER, signed with ECDSA and SHA-256.
    ///
    /// # Errors
    /// When the module that holds the key refuses or fails.
    pub fn certification_request(&self) -> Result<Vec<u8>, KeyError> {
        let info = || -> der::Result<CertReqInfo> {
            Ok(CertReqInfo {
                version: Version::V1,
                subject: "CN=remote-services client".parse()?,
                public_key: SubjectPublicKeyInfoOwned::from_der(&self.public_spki())?,
                attributes: x509_cert::attr::Attributes::default(),
            })
        };
        let info = info().expect("a request of fixed shape and a key that was read are encodable");
        let signature = self.sign_octets(&info.to_der().expect("a request of fixed shape is encodable"))?;
        let encode = || -> der::Result<Vec<u8>> {
            let request = x509_cert::request::CertReq {
                info,
                algorithm: x509_cert::spki::AlgorithmIdentifierOwned {
                    oid: ECDSA_WITH_SHA256,
                    parameters: None,
                },
                signature: der::asn1::BitString::from_bytes(&signature)?,
            };
            request.to_der()
        };
        Ok(encode().expect("a request of fixed shape is encodable"))
    }
}

impl SignerKey for ClientKey {
    fn kind(&self) -> KeyKind {
        KeyKind::P256
    }

    fn public_spki(&self) -> Vec<u8> {
        self.public_spki()
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match (&self.0, scheme) {
            (Held::Elsewhere(key), _) => key.sign(scheme, message),
            (Held::Here(key), SignatureScheme::EcdsaSha256) => key.sign(message),
            (Held::Here(_), _) => Err(KeyError::NotOffered),
        }
    }
}

/// The label of PKCS#8 in PEM (RFC 7468 §10).
const PRIVATE_KEY: &str = "PRIVATE KEY";
/// 1.2.840.10045.4.3.2 (RFC 5758 §3.2).
const ECDSA_WITH_SHA256: der::asn1::ObjectIdentifier =
    der::asn1::ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
