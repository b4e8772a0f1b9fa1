//! What can go wrong when sealing (the caller or the environment is to blame) and when opening (the bytes or
//! the peer are).

use der::asn1::ObjectIdentifier;
use remote_services_core::time::Timestamp;
use thiserror::Error;

use super::approval::Service;
use super::keys::{KeyError, RandomError};
use super::provider::CryptoError;

/// Why a container could not be made. Blame: the caller's input, a key or the source of randomness.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealError {
    /// Nobody to seal for.
    #[error("no recipient certificate was given")]
    NoRecipient,
    /// An archive: [`crate::container::pack`] seals those, after it has asked for the consents.
    #[error("an archive is sealed by container::pack, which asks for the consents, and not as a message")]
    Archive,
    /// A document of a kind that is sent with consent only: it goes the way of archives.
    #[error(
        "a {kind} document is sealed by container::pack, which asks for the consent, and not as a message"
    )]
    NeedsConsent {
        /// The label of its kind.
        kind: &'static str,
    },
    /// More recipients than a reader accepts ([`super::MAX_RECIPIENTS`]).
    #[error("{given} recipients, at most {} are possible", super::MAX_RECIPIENTS)]
    TooManyRecipients {
        /// How many were given.
        given: usize,
    },
    /// More intermediate certificates than a reader accepts ([`super::MAX_INTERMEDIATES`]).
    #[error("{given} intermediate certificates, at most {} are possible", super::MAX_INTERMEDIATES)]
    TooManyIntermediates {
        /// How many were given.
        given: usize,
    },
    /// The content is longer than 256 MiB; large logs travel as parts.
    #[error("{length} octets are too many for one container: split into parts")]
    TooLarge {
        /// Length of the content in octets.
        length: usize,
    },
    /// The signer's certificate cannot be used.
    #[error("signer certificate: {0}")]
    SignerCertificate(#[source] CertificateError),
    /// A recipient's certificate cannot be used.
    #[error("recipient certificate {index}: {error}")]
    RecipientCertificate {
        /// Position in the list of recipients, from 0.
        index: usize,
        /// What is wrong with it.
        #[source]
        error: CertificateError,
    },
    /// The signer's key is not the one in the signer's certificate.
    #[error("the signing key does not belong to the signer certificate")]
    SignerKeyMismatch,
    /// The key, or the device that holds it, failed.
    #[error("signing key: {0}")]
    Key(#[from] KeyError),
    /// The source of randomness failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The cryptographic module failed.
    #[error(transparent)]
    Crypto(CryptoError),
    /// Approved services only were demanded, and this one is none ([`super::Signer::approved_only`]).
    #[error("{service} is not an approved service of {module}, and only those are demanded")]
    NotApproved {
        /// The service.
        service: Service,
        /// The module's name.
        module: &'static str,
    },
    /// A primitive failed on input that it must accept.
    #[error("internal: {0}")]
    Internal(&'static str),
}

impl From<CryptoError> for SealError {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::Random(error) => Self::Random(error),
            error => Self::Crypto(error),
        }
    }
}

/// Why a container was refused. Blame: the bytes or the peer that sent them, unless the variant says otherwise.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Not the strict DER that the profile wants.
    #[error("outer container: {0}")]
    Envelope(#[source] DerError),
    /// The decrypted part is not the strict DER that the profile wants.
    #[error("signed content: {0}")]
    Signed(#[source] DerError),
    /// More octets than [`super::SealLimits`] allows; nothing was read.
    #[error("{length} octets, at most {limit} are accepted")]
    TooLarge {
        /// Octets given.
        length: usize,
        /// Octets allowed.
        limit: usize,
    },
    /// A structure has another version than the profile's.
    #[error("{structure} version {found} (expected {expected})")]
    Version {
        /// Name of the ASN.1 type.
        structure: &'static str,
        /// Version found.
        found: u32,
        /// The one version that the profile has.
        expected: u32,
    },
    /// A content type other than the profile's.
    #[error("{structure} holds {found} (expected {expected})")]
    ContentType {
        /// Name of the ASN.1 type.
        structure: &'static str,
        /// The object identifier found.
        found: ObjectIdentifier,
        /// The one that the profile has.
        expected: ObjectIdentifier,
    },
    /// An algorithm other than the profile's.
    #[error("{role} algorithm {found} is not accepted (expected {expected})")]
    Algorithm {
        /// What the algorithm is for.
        role: &'static str,
        /// The object identifier found.
        found: ObjectIdentifier,
        /// What the profile has.
        expected: &'static str,
    },
    /// The digest of the signature's algorithm is not the one that the signer names, or the signature's
    /// algorithm is not one of its key.
    #[error("digest, signature algorithm and signer's key do not fit each other")]
    AlgorithmsDiffer,
    /// Parameters of an algorithm that the profile does not have.
    #[error("{role} algorithm parameters at byte {offset} are not accepted")]
    AlgorithmParameters {
        /// What the algorithm is for.
        role: &'static str,
        /// Offset of the algorithm.
        offset: usize,
    },
    /// A part that CMS allows and the profile does not.
    #[error("{what} is not part of the profile")]
    NotInProfile {
        /// The part.
        what: &'static str,
    },
    /// More of something than the limits allow.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are accepted.
        limit: usize,
    },
    /// Our key does not belong to our certificate. Blame: the caller.
    #[error("the recipient key does not belong to the recipient certificate")]
    RecipientKeyMismatch,
    /// Our certificate cannot be used. Blame: the caller.
    #[error("recipient certificate: {0}")]
    RecipientCertificate(#[source] CertificateError),
    /// The container was sealed for others.
    #[error("not sealed for this recipient")]
    NotARecipient,
    /// The sender's ephemeral key is not a point on the recipient's curve.
    #[error("the ephemeral key is not a point on the curve")]
    EphemeralKey,
    /// Our key, or the device that holds it, failed. Blame: the environment.
    #[error("recipient key: {0}")]
    Key(#[from] KeyError),
    /// The cryptographic module failed. Blame: the environment.
    #[error(transparent)]
    Crypto(CryptoError),
    /// Approved services only were demanded, and this one, which the sender chose, is none
    /// ([`super::Trust::approved_only`]).
    #[error("{service} is not an approved service of {module}, and only those are demanded")]
    NotApproved {
        /// The service.
        service: Service,
        /// The module's name.
        module: &'static str,
    },
    /// The content-encryption key does not unwrap or decrypt: damaged, or wrapped for another key.
    #[error("the content key does not unwrap")]
    KeyUnwrap,
    /// The authentication tag does not fit the encrypted content.
    #[error("the encrypted content was changed (authentication tag)")]
    Tag,
    /// The signer's certificate is not in the container.
    #[error("the certificate of the signer is missing")]
    SignerCertificateMissing,
    /// A certificate that stands in the container cannot be read or used.
    #[error("certificate in the container: {0}")]
    Certificate(#[source] CertificateError),
    /// A certificate that no path to the trust anchor needs: it would be unsigned room for a message.
    #[error("a certificate that the path does not need")]
    SurplusCertificate,
    /// A signed attribute that must be there is not.
    #[error("signed attribute {attribute} is missing")]
    AttributeMissing {
        /// Its name.
        attribute: &'static str,
    },
    /// A signed attribute stands there twice, or with no or several values.
    #[error("signed attribute {attribute} must have one value")]
    AttributeRepeated {
        /// Its object identifier.
        attribute: ObjectIdentifier,
    },
    /// The signed attributes are not in DER order.
    #[error("signed attributes are not in DER order")]
    AttributeOrder,
    /// The signed digest is not that of the content.
    #[error("the content is not the one that was signed (digest)")]
    Digest,
    /// The signature does not verify with the signer's certificate.
    #[error("the signature does not verify")]
    Signature,
    /// The signer's certificate leads to nobody we trust.
    #[error("signer is not trusted: {0}")]
    Untrusted(#[source] ChainError),
    /// The signing time lies further in the future than clocks may differ.
    #[error("signed at {signed}, which is after {now}")]
    SignedInFuture {
        /// The signing time claimed.
        signed: Timestamp,
        /// The reader's clock.
        now: Timestamp,
    },
    /// The signing time is older than the reader accepts.
    #[error("signed at {signed}, too long before {now}")]
    SignedTooLongAgo {
        /// The signing time claimed.
        signed: Timestamp,
        /// The reader's clock.
        now: Timestamp,
    },
}

/// Why a certificate cannot serve its purpose.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not the DER of one certificate.
    #[error("not a certificate: {0}")]
    Malformed(#[from] der::Error),
    /// Not the strict DER of one certificate.
    #[error("not a certificate: {0}")]
    NotDer(#[from] DerError),
    /// A block that begins like a certificate is no PEM (RFC 7468).
    #[error("not PEM")]
    Pem,
    /// The text holds no certificate, or more than one where one is wanted.
    #[error("the text holds {found} certificates (expected 1)")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// The public key is none of the profile: see [`super::PublicKey`].
    #[error("the public key is no uncompressed point on P-256 or P-384, nor RSA of 2048 to 4096 bits")]
    KeyType,
    /// The key usage does not allow what the key is wanted for.
    #[error("key usage lacks {wanted}")]
    KeyUsage {
        /// The usage wanted.
        wanted: &'static str,
    },
    /// Not valid at the point in time asked for.
    #[error("valid from {from} to {to}, not at {at}")]
    Validity {
        /// First point of validity.
        from: Timestamp,
        /// Last point of validity.
        to: Timestamp,
        /// The point asked for.
        at: Timestamp,
    },
    /// A critical extension that we do not understand.
    #[error("critical extension {0} is not understood")]
    CriticalExtension(ObjectIdentifier),
    /// An extension stands there twice.
    #[error("extension {0} stands there twice")]
    RepeatedExtension(ObjectIdentifier),
}

/// Why the path from a signer to a trust anchor does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChainError {
    /// No trust anchor and no certificate in the container has this issuer's name and key.
    #[error("no trusted issuer for the certificate of \"{subject}\"")]
    UnknownIssuer {
        /// Subject of the certificate whose issuer is missing.
        subject: String,
    },
    /// A certificate on the path cannot be used.
    #[error("certificate of \"{subject}\": {error}")]
    Certificate {
        /// Subject of the certificate.
        subject: String,
        /// What is wrong with it.
        #[source]
        error: CertificateError,
    },
    /// An issuer on the path is no certification authority.
    #[error("\"{subject}\" is not a certification authority")]
    NotAuthority {
        /// Subject of the certificate.
        subject: String,
    },
    /// An issuer on the path may not have this many authorities below it.
    #[error("the path below \"{subject}\" is longer than it allows")]
    PathTooLong {
        /// Subject of the certificate.
        subject: String,
    },
    /// A certificate is signed with an algorithm other than those of [`super::SignatureScheme`].
    #[error("certificate of \"{subject}\" is signed with {algorithm}, which is not accepted")]
    Algorithm {
        /// Subject of the certificate.
        subject: String,
        /// The object identifier found.
        algorithm: ObjectIdentifier,
    },
    /// A certificate names two different signature algorithms.
    #[error("certificate of \"{subject}\" names two signature algorithms")]
    AlgorithmsDiffer {
        /// Subject of the certificate.
        subject: String,
    },
    /// The certificate lacks the extended key usage that the reader asks for.
    #[error("certificate of \"{subject}\" lacks the extended key usage {wanted}")]
    ExtendedKeyUsage {
        /// Subject of the certificate.
        subject: String,
        /// The usage wanted.
        wanted: ObjectIdentifier,
    },
    /// The certificate is not for this role alone.
    #[error("certificate of \"{subject}\" is not for the extended key usage {wanted} alone")]
    Role {
        /// Subject of the certificate.
        subject: String,
        /// The usage wanted.
        wanted: ObjectIdentifier,
    },
}

/// Why bytes are not the strict DER of the profile, at which field, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{field}: {kind} at byte {offset}")]
pub struct DerError {
    /// The field that was to be read, by its ASN.1 name.
    pub field: &'static str,
    /// Offset from the start of the bytes.
    pub offset: usize,
    /// What is wrong there.
    pub kind: DerErrorKind,
}

/// What is wrong with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DerErrorKind {
    /// The element ends beyond what holds it.
    #[error("{needed} octets needed, {available} there")]
    Truncated {
        /// Octets that the element claims, header included.
        needed: usize,
        /// Octets that are there.
        available: usize,
    },
    /// BER's indefinite length.
    #[error("indefinite length")]
    IndefiniteLength,
    /// A length in more octets than needed.
    #[error("length in more octets than needed")]
    NonMinimalLength,
    /// A length of more than four octets.
    #[error("length of more than four octets")]
    Overlong,
    /// A tag of more than one octet.
    #[error("tag of more than one octet")]
    LongTag,
    /// Another tag than the one that must stand here.
    #[error("unexpected tag {found:#04x} (expected {expected:#04x})")]
    UnexpectedTag {
        /// The tag that must stand here.
        expected: u8,
        /// The tag found.
        found: u8,
    },
    /// Octets after the last element.
    #[error("{extra} octets too many")]
    TrailingData {
        /// How many.
        extra: usize,
    },
    /// An INTEGER in more octets than needed.
    #[error("integer in more octets than needed")]
    NonMinimalInteger,
    /// A value that its type, or the profile, does not have.
    #[error("value not allowed")]
    Value,
}
