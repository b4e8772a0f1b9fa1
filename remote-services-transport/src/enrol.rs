//! From a registration key to a certificate: EST (RFC 7030, RFC 8951).
//!
//! ```text
//! key ── GET cacerts ─▶ anchors that fit the pin ── POST simpleenroll ──▶ issued: our key, a name
//!            │                    (TLS checked by them from here on) ╲──▶ 202: a person must agree, ask again
//!            ╲─▶ none fits: somebody is in between, stop              ╲─▶ 401 403: key unknown, used or expired
//!            ╲─▶ another status, not readable: failed                  ╲▶ another status, another's key, no name: failed
//!
//! certificate ── 2/3 of its lifetime, spread ─▶ a fresh key, simplereenroll ──▶ issued: new key and chain kept as one
//!      ▲                                                 │ ╲──▶ 202, no answer: the old one works on, ask again
//!      └──────────────── used from now on ◀──────────────┘  ╲─▶ 401 403: refused
//!                                                            ╲─▶ another status, another's name or key: failed
//! ```
//!
//! Nothing secret is sent before the anchors fit the pin: [`request`] demands [`TrustAnchors`], and only
//! [`TrustAnchors::from_cacerts`] and stored files make them. The private key is made here, or in a token, and never
//! leaves.

use crate::certs_only::{self, CertsOnlyError, base64_lines};
use crate::document::names;
use crate::exchange::{Answer, Method, Request};
use crate::next_step::{NextStep, Outcome, next_step};
use crate::p256_key::{self, PrivateKey};
use crate::registration_key::{OneTimeKey, SpkiPin};
use der::{Decode as _, Encode as _};
use remote_services_core::key::{KeyError, KeyKind, SignatureScheme, SignerKey, ecdsa_sig_value};
use remote_services_core::pem;
use remote_services_core::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use x509_cert::Certificate;
use x509_cert::request::{CertReqInfo, Version};
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use zeroize::Zeroizing;

/// Certificates (DER) that the server's own must lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustAnchors(Vec<Vec<u8>>);

/// A P-256 key of this client: in memory, zeroised when dropped, or by a handle to the module that holds it. No `Debug`.
pub struct ClientKey(Held);

enum Held {
    Here(Box<PrivateKey>),
    Elsewhere(KeyHandle),
}

/// A key that something else holds, such as a token; for every thread.
pub type KeyHandle = Arc<dyn SignerKey + Send + Sync>;

/// A client that has a certificate. No `Debug`: it holds the private key.
pub struct Identity {
    /// The name that the server gave the client: the certificate's common name.
    pub client: Uuid,
    /// The client's certificate, then what leads to the anchor, DER each.
    pub chain: Vec<Vec<u8>>,
    /// The client's key.
    pub key: ClientKey,
    /// What the server's certificate must lead to.
    pub anchors: TrustAnchors,
}

/// What one try to enrol brought.
pub enum EnrolOutcome {
    /// A certificate for our key: the client's name and its chain.
    Issued(Uuid, Vec<Vec<u8>>),
    /// Taken, not decided: ask again with the same key and request after this wait.
    AskAgain(Duration),
}

/// Why there is no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolError {
    /// The body is no certs-only message.
    #[error("the server's certificates cannot be read: {0}")]
    Body(#[from] CertsOnlyError),
    /// None of the server's trust anchors has the pinned key.
    #[error(
        "the server's trust anchor is not the one that the registration key names; somebody may be in between"
    )]
    WrongAnchor,
    /// The registration key is unknown, used or expired.
    #[error("the server does not accept the registration key: {0}")]
    KeyRefused(String),
    /// Another answer than those of the protocol.
    #[error("enrolment failed: {why}")]
    Status {
        /// What to do about it.
        step: NextStep,
        /// One sentence.
        why: String,
    },
    /// No certificate in the answer is for our key.
    #[error("the server issued a certificate for another key")]
    WrongKey,
    /// The certificate's common name is no client name.
    #[error("the server issued a certificate whose common name is not a UUID")]
    NoName,
    /// The renewed certificate is for another client.
    #[error("the server issued a certificate for another client")]
    WrongName,
    /// A stored certificate or key cannot be used.
    #[error("the stored {0} cannot be used")]
    Stored(&'static str),
    /// The module that holds the key refuses or fails.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The random source gave nothing usable.
    #[error("no usable randomness for a key")]
    Randomness,
}

impl TrustAnchors {
    /// Those certificates of a `cacerts` answer that have the pinned key; the others are not believed.
    ///
    /// # Errors
    /// [`EnrolError::WrongAnchor`] when there are none, or why the answer cannot be read.
    pub fn from_cacerts(answer: &Answer, pin: SpkiPin) -> Result<Self, EnrolError> {
        if answer.status != 200 {
            return Err(status_error(answer));
        }
        let mut anchors = certs_only::read(&answer.body)?;
        anchors.retain(|certificate| SpkiPin::of_certificate(certificate) == Some(pin));
        if anchors.is_empty() { Err(EnrolError::WrongAnchor) } else { Ok(Self(anchors)) }
    }

    /// Anchors that were stored by an earlier run or put there by a person, DER each.
    #[must_use]
    pub fn from_stored(anchors: Vec<Vec<u8>>) -> Self {
        Self(anchors)
    }

    /// The certificates, DER each.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.0
    }
}

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

/// What to ask to learn the trust anchors.
#[must_use]
pub fn cacerts_request() -> Request<'static> {
    Request::new(Method::Get, names::EST_CACERTS).with("accept", names::PKCS7)
}

/// The body of an enrolment request: the certification request in base64.
///
/// # Errors
/// When the module that holds the key refuses or fails.
pub fn request_body(key: &ClientKey) -> Result<String, EnrolError> {
    Ok(base64_lines(&key.certification_request()?))
}

/// What to ask for the first certificate. `_checked` shows that the anchors were checked before the key is sent.
#[must_use]
pub fn request<'a>(key: &OneTimeKey, body: &'a str, _checked: &TrustAnchors) -> Request<'a> {
    Request::new(Method::Post, names::EST_SIMPLE_ENROLL)
        .with("authorization", key.to_basic().as_str())
        .with_body(names::PKCS10, body.as_bytes())
}

/// What to ask for the next certificate, over TLS with the present one (RFC 7030 §4.2.2).
#[must_use]
pub fn renewal_request<'a>(template: &str, body: &'a str) -> Request<'a> {
    Request::new(Method::Post, template).with_body(names::PKCS10, body.as_bytes())
}

/// What the answer to [`request`] means; that to [`renewal_request`] has a client to be compared with, [`judge_renewal`].
///
/// # Errors
/// See [`EnrolError`].
pub fn judge(answer: &Answer, key: &ClientKey) -> Result<EnrolOutcome, EnrolError> {
    match (answer.status, next_step(Outcome::Status(answer.status))) {
        (200, _) => {
            let chain = chain_for(key, certs_only::read(&answer.body)?)?;
            let client = client_name(&chain[0]).ok_or(EnrolError::NoName)?;
            Ok(EnrolOutcome::Issued(client, chain))
        }
        (_, NextStep::AskAgain) => {
            let wait = answer.retry_after().unwrap_or(DEFAULT_RETRY);
            Ok(EnrolOutcome::AskAgain(wait.clamp(SHORTEST_RETRY, LONGEST_RETRY)))
        }
        (_, NextStep::Trust) => Err(EnrolError::KeyRefused(answer.complaint())),
        _ => Err(status_error(answer)),
    }
}

/// What the answer to [`renewal_request`] means for the client of this name.
///
/// # Errors
/// As [`judge`], and [`EnrolError::WrongName`] when the certificate is for another client.
pub fn judge_renewal(answer: &Answer, key: &ClientKey, own: Uuid) -> Result<EnrolOutcome, EnrolError> {
    match judge(answer, key)? {
        EnrolOutcome::Issued(client, _) if client != own => Err(EnrolError::WrongName),
        outcome => Ok(outcome),
    }
}

/// The client's name in a certificate: its common name, if that is a UUID.
#[must_use]
pub fn client_name(certificate: &[u8]) -> Option<Uuid> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let name = certificate.tbs_certificate().subject().common_name().ok()??;
    Uuid::try_parse(&name.value()).ok()
}

/// Start and end of a certificate's validity.
#[must_use]
pub fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let validity = certificate.tbs_certificate().validity();
    let moment = |time: &x509_cert::time::Time| Timestamp::default().plus(time.to_unix_duration());
    Some((moment(&validity.not_before), moment(&validity.not_after)))
}

/// When to renew: from two thirds of the lifetime, spread over the next ninth; `random` is a fresh random number.
#[must_use]
pub fn renew_at(not_before: Timestamp, not_after: Timestamp, random: u32) -> Timestamp {
    let lifetime = not_after.since(not_before);
    let spread = (lifetime / 9).mul_f64(f64::from(random) / f64::from(u32::MAX));
    not_before.plus(lifetime / 3 * 2).plus(spread)
}

/// Puts the certificate for our key first; the others follow as they came.
fn chain_for(key: &ClientKey, mut certificates: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, EnrolError> {
    let ours = SpkiPin::of_public_key(&key.public_spki());
    let at = certificates
        .iter()
        .position(|certificate| SpkiPin::of_certificate(certificate) == Some(ours))
        .ok_or(EnrolError::WrongKey)?;
    certificates[..=at].rotate_right(1);
    Ok(certificates)
}

fn status_error(answer: &Answer) -> EnrolError {
    EnrolError::Status { step: next_step(Outcome::Status(answer.status)), why: answer.complaint() }
}

/// The label of PKCS#8 in PEM (RFC 7468 §10).
const PRIVATE_KEY: &str = "PRIVATE KEY";
const DEFAULT_RETRY: Duration = Duration::from_secs(60);
const SHORTEST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_secs(3600);
/// 1.2.840.10045.4.3.2 (RFC 5758 §3.2).
const ECDSA_WITH_SHA256: der::asn1::ObjectIdentifier =
    der::asn1::ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, CertificateSigningRequestParams, DnType, Issuer, KeyPair};

    struct Authority {
        certificate: Vec<u8>,
        issuer: Issuer<'static, KeyPair>,
    }

    fn authority() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        Authority { certificate, issuer: Issuer::new(params, key) }
    }

    impl Authority {
        fn issue(&self, request: &[u8], common_name: &str) -> Vec<u8> {
            let mut request = CertificateSigningRequestParams::from_der(&request.to_vec().into()).unwrap();
            request.params.distinguished_name = rcgen::DistinguishedName::new();
            request.params.distinguished_name.push(DnType::CommonName, common_name);
            request.signed_by(&self.issuer).unwrap().der().to_vec()
        }
    }

    fn key(seed: u8) -> ClientKey {
        p256_key::fixed(seed)
    }

    fn answer(status: u16, certificates: &[&[u8]]) -> Answer {
        Answer { status, fields: Vec::new(), body: certs_only::write(certificates).into_bytes() }
    }

    const NAME: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn a_certificate_for_our_key_is_taken_with_its_name() {
        let (authority, key) = (authority(), key(1));
        // rcgen checks the request's signature before it issues, so this also shows that ours holds.
        let issued = authority.issue(&key.certification_request().unwrap(), NAME);
        for certificates in [[&issued, &authority.certificate], [&authority.certificate, &issued]] {
            let outcome = judge(&answer(200, &[certificates[0], certificates[1]]), &key).unwrap();
            let EnrolOutcome::Issued(client, chain) = outcome else { panic!("not issued") };
            assert_eq!(client.to_string(), NAME);
            assert_eq!(chain, [issued.clone(), authority.certificate.clone()]);
        }
    }

    #[test]
    fn a_certificate_for_another_key_or_without_a_name_is_refused() {
        let authority = authority();
        let others = authority.issue(&key(2).certification_request().unwrap(), NAME);
        assert!(matches!(judge(&answer(200, &[&others]), &key(1)), Err(EnrolError::WrongKey)));
        let nameless = authority.issue(&key(1).certification_request().unwrap(), "printer");
        assert!(matches!(judge(&answer(200, &[&nameless]), &key(1)), Err(EnrolError::NoName)));
    }

    #[test]
    fn anchors_must_fit_the_pin() {
        let (right, wrong) = (authority(), authority());
        let pin = SpkiPin::of_certificate(&right.certificate).unwrap();
        let both = answer(200, &[&right.certificate, &wrong.certificate]);
        assert_eq!(TrustAnchors::from_cacerts(&both, pin).unwrap().certificates(), [right.certificate]);
        let only_wrong = answer(200, &[&wrong.certificate]);
        assert_eq!(TrustAnchors::from_cacerts(&only_wrong, pin), Err(EnrolError::WrongAnchor));
        assert!(matches!(TrustAnchors::from_cacerts(&answer(503, &[]), pin), Err(EnrolError::Status { .. })));
    }

    #[test]
    fn each_answer_has_its_own_meaning() {
        let waiting = Answer { fields: vec![("retry-after".into(), "1".into())], ..answer(202, &[]) };
        assert!(
            matches!(judge(&waiting, &key(1)), Ok(EnrolOutcome::AskAgain(wait)) if wait == SHORTEST_RETRY)
        );
        assert!(matches!(judge(&answer(401, &[]), &key(1)), Err(EnrolError::KeyRefused(_))));
        assert!(matches!(
            judge(&answer(503, &[]), &key(1)),
            Err(EnrolError::Status { step: NextStep::BackOff, .. })
        ));
    }

    #[test]
    fn a_key_survives_being_stored() {
        let key = key(7);
        let again = ClientKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(again.public_spki(), key.public_spki());
        assert!(ClientKey::from_pkcs8(b"junk").is_err());
        // The other modules draw their keys themselves.
        if ClientKey::module().0 == "RustCrypto" {
            assert!(matches!(ClientKey::generate(&mut |octets| octets.fill(0)), Err(EnrolError::Randomness)));
        }
    }

    #[test]
    fn renewal_falls_between_two_thirds_and_seven_ninths() {
        let (start, end) = (Timestamp::from_unix_seconds(0), Timestamp::from_unix_seconds(90));
        assert_eq!(renew_at(start, end, 0).unix_seconds(), 60);
        assert_eq!(renew_at(start, end, u32::MAX).unix_seconds(), 70);
    }
}
