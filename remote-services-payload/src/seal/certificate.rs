//! One X.509 certificate: its octets, and the few things that the profile asks of it.

use core::fmt;

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use remote_services_core::time::Timestamp;
use remote_services_core::{hex, pem};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier};

use super::asn1::{Cursor, tag};
use super::error::CertificateError;
use super::hash::sha256;
use super::oid;
use super::provider::CryptoProvider;
use super::public_key::{KeyKind, PublicKey};
use super::scheme::{SchemeInCms, SignatureScheme};

/// A certificate with a key of the profile: P-256, P-384 or RSA.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
    /// Where the signed part stands in `der`.
    tbs: core::ops::Range<usize>,
    /// `issuer` and `serialNumber` as IssuerAndSerialNumber (RFC 5652 §10.2.4), encoded.
    issuer_and_serial: Vec<u8>,
    subject: Vec<u8>,
    issuer: Vec<u8>,
    spki: Vec<u8>,
    key: PublicKey,
    /// The scheme of the signature on it; an object identifier where it is none of ours.
    scheme: Result<SignatureScheme, ObjectIdentifier>,
    extensions: Extensions,
}

/// The extensions that the profile understands.
#[derive(Clone, Default)]
struct Extensions {
    subject_key_id: Option<Vec<u8>>,
    key_usage: Option<KeyUsage>,
    basic_constraints: Option<BasicConstraints>,
    extended_key_usage: Option<Vec<ObjectIdentifier>>,
}

/// SHA-256 of a certificate's SubjectPublicKeyInfo: names a key whatever certificate it stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 32]);

impl Certificate {
    /// From the DER of one certificate.
    ///
    /// # Errors
    /// When the octets are no certificate, hold a key of another kind, or a critical extension that we do
    /// not understand.
    pub fn from_der(octets: &[u8]) -> Result<Self, CertificateError> {
        let parsed = x509_cert::Certificate::from_der(octets)?;
        let mut outer = Cursor::new(octets, 0);
        let mut inside = outer.enter(tag::SEQUENCE, "Certificate")?;
        outer.finish("Certificate")?;
        let from = inside.offset();
        let tbs = inside.element(tag::SEQUENCE, "tbsCertificate")?;
        let body = parsed.tbs_certificate();
        let issuer = body.issuer().to_der()?;
        let serial = body.serial_number().to_der()?;
        let spki = body.subject_public_key_info().to_der()?;
        Ok(Self {
            tbs: from..from + tbs.whole.len(),
            issuer_and_serial: super::asn1::element(tag::SEQUENCE, &[&issuer, &serial]),
            subject: body.subject().to_der()?,
            issuer,
            key: PublicKey::from_spki(&spki).map_err(|_| CertificateError::KeyType)?,
            spki,
            scheme: scheme_of(&parsed)?,
            extensions: extensions_of(body)?,
            der: octets.to_vec(),
            parsed,
        })
    }

    /// From PEM text that holds exactly one certificate.
    ///
    /// # Errors
    /// As [`Self::from_der`], and when there is none or more than one.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let mut chain = Self::chain_from_pem(text)?;
        match (chain.pop(), chain.len()) {
            (Some(one), 0) => Ok(one),
            (_, more) => Err(CertificateError::Count { found: more + 1 }),
        }
    }

    /// All certificates of a PEM text, in order; what stands between them is passed over.
    ///
    /// # Errors
    /// As [`Self::from_der`], and when there is none.
    pub fn chain_from_pem(text: &str) -> Result<Vec<Self>, CertificateError> {
        let chain = text
            .match_indices(BEGIN)
            .map(|(from, _)| {
                let block = &text[from..];
                let end = block.find(END).ok_or(CertificateError::Pem)? + END.len();
                let (_, octets) = pem::decode(&block[..end]).map_err(|_| CertificateError::Pem)?;
                Self::from_der(&octets)
            })
            .collect::<Result<Vec<_>, _>>()?;
        if chain.is_empty() { Err(CertificateError::Count { found: 0 }) } else { Ok(chain) }
    }

    /// The octets of the certificate.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        KeyId(sha256(&self.spki))
    }

    /// SHA-256 of the whole certificate.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        sha256(&self.der)
    }

    /// The subject's common name, where the server writes the client's identifier; `None` without one, and
    /// with more than one.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
        let subject = self.parsed.tbs_certificate().subject();
        match subject.iter().filter(|attribute| attribute.oid == COMMON_NAME).count() {
            1 => subject.common_name().ok().flatten().map(|name| name.value().into_owned()),
            _ => None,
        }
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// First and last point of validity.
    #[must_use]
    pub fn validity(&self) -> (Timestamp, Timestamp) {
        let validity = self.parsed.tbs_certificate().validity();
        let point = |time: x509_cert::time::Time| Timestamp::default().plus(time.to_unix_duration());
        (point(validity.not_before), point(validity.not_after))
    }

    /// Checks that `at` lies within the validity.
    ///
    /// # Errors
    /// When it does not.
    pub fn check_validity(&self, at: Timestamp) -> Result<(), CertificateError> {
        let (from, to) = self.validity();
        // The last second counts to its end (RFC 5280 §4.1.2.5: inclusive).
        if from <= at && at.unix_seconds() <= to.unix_seconds() {
            Ok(())
        } else {
            Err(CertificateError::Validity { from, to, at })
        }
    }

    /// Checks that the key may sign: key usage absent, or with digitalSignature.
    pub(crate) fn check_may_sign(&self) -> Result<(), CertificateError> {
        match self.extensions.key_usage {
            Some(usage) if !usage.digital_signature() => {
                Err(CertificateError::KeyUsage { wanted: "digitalSignature" })
            }
            _ => Ok(()),
        }
    }

    /// Checks that content keys may be sealed to this key: key usage there, with keyAgreement for a key on a
    /// curve and with keyEncipherment for RSA.
    pub(crate) fn check_may_receive(&self) -> Result<(), CertificateError> {
        let allowed = |usage: KeyUsage| match self.key.kind() {
            KeyKind::Rsa => usage.key_encipherment(),
            _ => usage.key_agreement(),
        };
        match (self.extensions.key_usage, self.key.kind()) {
            (Some(usage), _) if allowed(usage) => Ok(()),
            (_, KeyKind::Rsa) => Err(CertificateError::KeyUsage { wanted: "keyEncipherment" }),
            _ => Err(CertificateError::KeyUsage { wanted: "keyAgreement" }),
        }
    }

    /// Whether this is an authority that may sign certificates.
    pub(crate) fn is_authority(&self) -> bool {
        self.extensions.basic_constraints.as_ref().is_some_and(|constraints| constraints.ca)
            && self.extensions.key_usage.is_none_or(|usage| usage.key_cert_sign())
    }

    /// How many authorities may stand below this one.
    pub(crate) fn path_length(&self) -> Option<u8> {
        self.extensions.basic_constraints.as_ref().and_then(|constraints| constraints.path_len_constraint)
    }

    /// Whether the extended key usage names `purpose` and nothing else.
    pub(crate) fn is_only_for(&self, purpose: ObjectIdentifier) -> bool {
        self.extensions.extended_key_usage.as_deref() == Some(&[purpose])
    }

    /// Whether the extended key usage is absent, names `purpose`, or names any purpose.
    pub(crate) fn allows_purpose(&self, purpose: ObjectIdentifier) -> bool {
        const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
        self.extensions
            .extended_key_usage
            .as_ref()
            .is_none_or(|usages| usages.iter().any(|usage| *usage == purpose || *usage == ANY))
    }

    pub(crate) fn subject_der(&self) -> &[u8] {
        &self.subject
    }

    pub(crate) fn issuer_der(&self) -> &[u8] {
        &self.issuer
    }

    pub(crate) fn issuer_and_serial(&self) -> &[u8] {
        &self.issuer_and_serial
    }

    pub(crate) fn subject_key_id(&self) -> Option<&[u8]> {
        self.extensions.subject_key_id.as_deref()
    }

    /// The subject for error texts.
    pub(crate) fn subject_text(&self) -> String {
        self.parsed.tbs_certificate().subject().to_string()
    }

    /// The scheme of the signature on this certificate; the object identifier of one that is not ours.
    pub(crate) fn signature_scheme(&self) -> Result<SignatureScheme, ObjectIdentifier> {
        self.scheme
    }

    /// Whether both places that name the signature's algorithm name the same.
    pub(crate) fn algorithms_agree(&self) -> bool {
        self.parsed.signature_algorithm() == self.parsed.tbs_certificate().signature()
    }

    /// Whether the signature on this certificate was made with the key of `issuer`.
    pub(crate) fn is_signed_by(&self, issuer: &Self, provider: &dyn CryptoProvider) -> bool {
        let signed = &self.der[self.tbs.clone()];
        match (self.scheme, self.parsed.signature().as_bytes()) {
            (Ok(scheme), Some(signature)) => provider.verify(&issuer.key, scheme, signed, signature),
            _ => false,
        }
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject_text())
            .field("key", &self.key_id())
            .finish_non_exhaustive()
    }
}

impl KeyId {
    /// From 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text).map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

fn scheme_of(
    certificate: &x509_cert::Certificate,
) -> Result<Result<SignatureScheme, ObjectIdentifier>, CertificateError> {
    let encoded = certificate.signature_algorithm().to_der()?;
    let algorithm = Cursor::new(&encoded, 0).algorithm("signatureAlgorithm")?;
    Ok(SignatureScheme::read_certificate(&algorithm).map_err(|_| algorithm.oid))
}

fn extensions_of(body: &x509_cert::TbsCertificate) -> Result<Extensions, CertificateError> {
    let mut known = Extensions::default();
    let list = body.extensions().map_or(&[][..], Vec::as_slice);
    for (at, extension) in list.iter().enumerate() {
        if list[..at].iter().any(|earlier| earlier.extn_id == extension.extn_id) {
            return Err(CertificateError::RepeatedExtension(extension.extn_id));
        }
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            oid::EXTENSION_SUBJECT_KEY_ID => {
                known.subject_key_id = Some(SubjectKeyIdentifier::from_der(value)?.0.into_bytes().into());
            }
            oid::EXTENSION_KEY_USAGE => known.key_usage = Some(KeyUsage::from_der(value)?),
            oid::EXTENSION_BASIC_CONSTRAINTS => {
                known.basic_constraints = Some(BasicConstraints::from_der(value)?);
            }
            oid::EXTENSION_EXTENDED_KEY_USAGE => {
                known.extended_key_usage = Some(ExtendedKeyUsage::from_der(value)?.0);
            }
            // Names in there decide nothing here: the signer is bound by key or by common name.
            oid::EXTENSION_SUBJECT_ALT_NAME => {}
            unknown if extension.critical => return Err(CertificateError::CriticalExtension(unknown)),
            _ => {}
        }
    }
    Ok(known)
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
