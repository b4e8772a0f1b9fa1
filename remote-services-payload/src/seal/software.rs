//! Private keys in memory, by the RustCrypto crates.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::DecodePrivateKey;
use remote_services_core::pem;
use rsa::pkcs1::EncodeRsaPublicKey;
use sha2::{Digest, Sha256, Sha384};
use zeroize::Zeroizing;

use super::keys::{KeyError, OsRandom, Random, RandomError, RecipientKey, SignerKey};
use super::public_key::{KeyKind, PublicKey};
use super::rust_crypto::Drawn;
use super::scheme::SignatureScheme;

/// A signing key in memory; zeroised when dropped. It has no `Debug`:
///
/// ```compile_fail
/// fn print<T: std::fmt::Debug>() {}
/// print::<remote_services_payload::seal::SoftwareSigner>();
/// ```
pub struct SoftwareSigner(Software);

/// A recipient's key in memory; zeroised when dropped. It has no `Debug`:
///
/// ```compile_fail
/// fn print<T: std::fmt::Debug>() {}
/// print::<remote_services_payload::seal::SoftwareRecipient>();
/// ```
pub struct SoftwareRecipient(Software);

/// A private key and its public half, since computing that costs as much as an agreement.
struct Software {
    private: Private,
    public: PublicKey,
}

enum Private {
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    Rsa(Box<rsa::PrivateKey>),
}

impl SoftwareSigner {
    /// From PKCS#8 DER: P-256, P-384 or RSA.
    ///
    /// # Errors
    /// When the octets are no unencrypted key of these kinds.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        Software::read(der).map(Self)
    }

    /// From PEM (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// When the text is no unencrypted key of these kinds.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        Software::read_pem(pem).map(Self)
    }
}

impl SignerKey for SoftwareSigner {
    fn kind(&self) -> KeyKind {
        self.0.public.kind()
    }

    fn public_spki(&self) -> Vec<u8> {
        self.0.public.to_spki()
    }

    // ECDSA's nonce comes from key and digest (RFC 6979): a bad source of randomness cannot leak the key.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |what: &str| KeyError::Module(what.to_owned());
        match (&self.0.private, scheme) {
            (Private::P256(key), SignatureScheme::EcdsaSha256) => {
                let key = p256::ecdsa::SigningKey::from(key);
                let signature: Result<p256::ecdsa::Signature, _> = key.sign_prehash(&Sha256::digest(message));
                signature.map(|it| it.to_bytes().to_vec()).map_err(|_| failed("ECDSA"))
            }
            (Private::P384(key), SignatureScheme::EcdsaSha384) => {
                let key = p384::ecdsa::SigningKey::from(key);
                let signature: Result<p384::ecdsa::Signature, _> = key.sign_prehash(&Sha384::digest(message));
                signature.map(|it| it.to_bytes().to_vec()).map_err(|_| failed("ECDSA"))
            }
            (Private::Rsa(key), SignatureScheme::RsaPssSha256) => key
                .pss_sign_with_rng::<Sha256, _>(&mut Drawn(&mut OsRandom), message)
                .map_err(|_| failed("RSASSA-PSS")),
            (Private::Rsa(key), SignatureScheme::RsaPssSha384) => key
                .pss_sign_with_rng::<Sha384, _>(&mut Drawn(&mut OsRandom), message)
                .map_err(|_| failed("RSASSA-PSS")),
            _ => Err(KeyError::NotOffered),
        }
    }
}

impl SoftwareRecipient {
    /// From PKCS#8 DER: P-256, P-384 or RSA.
    ///
    /// # Errors
    /// When the octets are no unencrypted key of these kinds.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        Software::read(der).map(Self)
    }

    /// From PEM (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// When the text is no unencrypted key of these kinds.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        Software::read_pem(pem).map(Self)
    }

    /// A fresh key on a curve, for the sender's half of one agreement.
    pub(crate) fn generate(kind: KeyKind, random: &mut dyn Random) -> Result<Self, RandomError> {
        let mut scalar = Zeroizing::new([0; 48]);
        // A draw outside 1..n has a chance of 2^-32; the bound keeps a broken source from looping for ever.
        for _ in 0..8 {
            let private = match kind {
                KeyKind::P256 => {
                    random.fill(&mut scalar[..32])?;
                    p256::SecretKey::from_slice(&scalar[..32]).ok().map(Private::P256)
                }
                KeyKind::P384 => {
                    random.fill(scalar.as_mut())?;
                    p384::SecretKey::from_slice(scalar.as_ref()).ok().map(Private::P384)
                }
                KeyKind::Rsa => None,
            };
            if let Some(key) = private.and_then(Software::new) {
                return Ok(Self(key));
            }
        }
        Err(RandomError)
    }
}

impl RecipientKey for SoftwareRecipient {
    fn public_key(&self) -> PublicKey {
        self.0.public.clone()
    }

    fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let fail = |_| KeyError::Module("the peer's point is not on the curve".to_owned());
        match &self.0.private {
            Private::P256(key) => {
                let peer = p256::PublicKey::from_sec1_bytes(peer.as_octets()).map_err(fail)?;
                Ok(key.diffie_hellman(&peer).raw_secret_bytes().to_vec().into())
            }
            Private::P384(key) => {
                let peer = p384::PublicKey::from_sec1_bytes(peer.as_octets()).map_err(fail)?;
                Ok(key.diffie_hellman(&peer).raw_secret_bytes().to_vec().into())
            }
            Private::Rsa(_) => Err(KeyError::NotOffered),
        }
    }

    fn decrypt(&self, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let Private::Rsa(key) = &self.0.private else { return Err(KeyError::NotOffered) };
        key.oaep_decrypt_with_rng::<Sha256, _>(&mut Drawn(&mut OsRandom), encrypted)
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Decrypt)
    }
}

impl Software {
    fn read(der: &[u8]) -> Result<Self, KeyError> {
        let private = p256::SecretKey::from_pkcs8_der(der)
            .map(Private::P256)
            .or_else(|_| p384::SecretKey::from_pkcs8_der(der).map(Private::P384))
            .or_else(|_| rsa::PrivateKey::from_pkcs8_der(der).map(|key| Private::Rsa(Box::new(key))));
        private.ok().and_then(Self::new).ok_or(KeyError::Malformed)
    }

    fn read_pem(text: &str) -> Result<Self, KeyError> {
        let (label, octets) = pem::decode(text).map_err(|_| KeyError::Malformed)?;
        if label == "PRIVATE KEY" { Self::read(&octets) } else { Err(KeyError::Malformed) }
    }

    /// `None` when the public half is outside the limits of the profile.
    fn new(private: Private) -> Option<Self> {
        let public = match &private {
            Private::P256(key) => PublicKey::from_point(key.public_key().to_sec1_point(false).as_bytes()),
            Private::P384(key) => PublicKey::from_point(key.public_key().to_sec1_point(false).as_bytes()),
            Private::Rsa(key) => PublicKey::from_rsa(key.to_public_key().to_pkcs1_der().ok()?.as_bytes()),
        };
        Some(Self { private, public: public.ok()? })
    }
}
