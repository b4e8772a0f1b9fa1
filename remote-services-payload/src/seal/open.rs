//! Opening: the tag is checked before anything is decrypted, signature and signer before anything is given out.

use core::fmt;
use core::ops::Range;

use remote_services_core::time::Timestamp;
use zeroize::Zeroizing;

use super::asn1::{Cursor, Element, tag};
use super::certificate::Certificate;
use super::crypto;
use super::error::OpenError;
use super::keys::{EcPoint, RecipientKey};
use super::sign::{self, content_info, expect_algorithm, no_parameters};
use super::trust::Trust;
use super::{MAX_RECIPIENTS, oid};

/// Who opens: a certificate and its key.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// The certificate that was sealed to. Its validity is not asked for: what was sealed in time stays readable.
    pub certificate: &'a Certificate,
    /// The key of `certificate`.
    pub key: &'a dyn RecipientKey,
}

/// What a reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealLimits {
    /// Octets of a sealed or signed container. Default 16 MiB: a part of 8 MiB with room to spare.
    pub max_sealed: usize,
}

impl Default for SealLimits {
    fn default() -> Self {
        Self { max_sealed: 16 << 20 }
    }
}

/// Content that was sealed for us by somebody we trust.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    octets: Vec<u8>,
    content: Range<usize>,
    /// The certificate of the signer, trusted at `signing_time`.
    pub signer: Certificate,
    /// When the signer says that it signed, to the second.
    pub signing_time: Timestamp,
}

impl Opened {
    /// The content: a zip for payloads.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.octets[self.content.clone()]
    }

    /// The content alone.
    #[must_use]
    pub fn into_content(mut self) -> Vec<u8> {
        self.octets.truncate(self.content.end);
        self.octets.drain(..self.content.start);
        self.octets
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("content_length", &self.content.len())
            .field("signer", &self.signer)
            .field("signing_time", &self.signing_time)
            .finish()
    }
}

/// Decrypts and verifies a sealed container.
///
/// # Errors
/// [`OpenError`] says what does not hold; nothing of the content is given out then.
pub fn open(
    sealed: &[u8],
    recipient: &Recipient<'_>,
    trust: &Trust,
    limits: &SealLimits,
) -> Result<Opened, OpenError> {
    if sealed.len() > limits.max_sealed {
        return Err(OpenError::TooLarge { length: sealed.len(), limit: limits.max_sealed });
    }
    if recipient.key.public_key() != recipient.certificate.public_key() {
        return Err(OpenError::RecipientKeyMismatch);
    }
    recipient.certificate.check_may_agree().map_err(OpenError::RecipientCertificate)?;

    let envelope = Envelope::read(sealed)?;
    let agreement = envelope.agreement(recipient.certificate)?;
    let shared = recipient.key.agree(&agreement.ephemeral)?;
    let key = crypto::unwrap(&crypto::key_encryption_key(&shared), &agreement.wrapped)
        .ok_or(OpenError::KeyUnwrap)?;
    let mut octets = Zeroizing::new(envelope.encrypted.to_vec());
    crypto::aes_gcm_open(&key, &envelope.nonce, &mut octets, &envelope.tag).ok_or(OpenError::Tag)?;

    let (verified, from) = sign::verify_at(&octets, trust, limits)?;
    let content = from..from + verified.content.len();
    let (signer, signing_time) = (verified.signer, verified.signing_time);
    Ok(Opened { octets: core::mem::take(&mut *octets), content, signer, signing_time })
}

/// The parts of an AuthEnvelopedData, form checked.
struct Envelope<'a> {
    agreements: Vec<Agreement<'a>>,
    encrypted: &'a [u8],
    nonce: [u8; crypto::NONCE],
    tag: [u8; crypto::TAG],
}

/// One recipient's half of a key agreement.
struct Agreement<'a> {
    ephemeral: EcPoint,
    recipient: RecipientId<'a>,
    wrapped: [u8; crypto::WRAPPED],
}

/// KeyAgreeRecipientIdentifier (RFC 5652 §6.2.2)
enum RecipientId<'a> {
    IssuerAndSerial(&'a [u8]),
    KeyId(&'a [u8]),
}

impl<'a> Envelope<'a> {
    fn read(sealed: &'a [u8]) -> Result<Self, OpenError> {
        let der = OpenError::Envelope;
        let mut inside = content_info(sealed, oid::AUTH_ENVELOPED_DATA, "ContentInfo", der)?;
        expect_version(
            "AuthEnvelopedData",
            inside.small_integer("AuthEnvelopedData.version").map_err(der)?,
            0,
        )?;
        if inside.peek() == Some(tag::CONTEXT_0) {
            return Err(OpenError::NotInProfile { what: "AuthEnvelopedData.originatorInfo" });
        }
        let mut infos = inside.enter(tag::SET, "AuthEnvelopedData.recipientInfos").map_err(der)?;
        let mut agreements = Vec::new();
        while infos.peek().is_some() {
            if agreements.len() == MAX_RECIPIENTS {
                return Err(OpenError::TooMany { what: "recipients", limit: MAX_RECIPIENTS });
            }
            agreements.push(Agreement::read(&mut infos)?);
        }
        let mut info = inside.enter(tag::SEQUENCE, "authEncryptedContentInfo").map_err(der)?;
        let found = info.oid("EncryptedContentInfo.contentType").map_err(der)?;
        if found != oid::DATA {
            return Err(OpenError::ContentType {
                structure: "EncryptedContentInfo",
                found,
                expected: oid::DATA,
            });
        }
        let nonce = nonce(&mut info)?;
        let encrypted = info
            .element(tag::CONTEXT_0_PRIMITIVE, "EncryptedContentInfo.encryptedContent")
            .map_err(der)?
            .body;
        info.finish("authEncryptedContentInfo").map_err(der)?;
        if inside.peek() == Some(tag::CONTEXT_1) {
            return Err(OpenError::NotInProfile { what: "AuthEnvelopedData.authAttrs" });
        }
        let mac = inside.element(tag::OCTET_STRING, "AuthEnvelopedData.mac").map_err(der)?.body;
        let tag = mac.try_into().map_err(|_| OpenError::Tag)?;
        if inside.peek() == Some(tag::CONTEXT_2) {
            return Err(OpenError::NotInProfile { what: "AuthEnvelopedData.unauthAttrs" });
        }
        inside.finish("AuthEnvelopedData").map_err(der)?;
        Ok(Self { agreements, encrypted, nonce, tag })
    }

    /// The agreement for this certificate.
    fn agreement(&self, certificate: &Certificate) -> Result<&Agreement<'a>, OpenError> {
        self.agreements
            .iter()
            .find(|agreement| match agreement.recipient {
                RecipientId::IssuerAndSerial(octets) => octets == certificate.issuer_and_serial(),
                RecipientId::KeyId(octets) => certificate.subject_key_id() == Some(octets),
            })
            .ok_or(OpenError::NotARecipient)
    }
}

impl<'a> Agreement<'a> {
    fn read(infos: &mut Cursor<'a>) -> Result<Self, OpenError> {
        let der = OpenError::Envelope;
        let mut info = infos.enter(tag::CONTEXT_1, "KeyAgreeRecipientInfo").map_err(der)?;
        expect_version(
            "KeyAgreeRecipientInfo",
            info.small_integer("KeyAgreeRecipientInfo.version").map_err(der)?,
            3,
        )?;
        let ephemeral = ephemeral(&mut info)?;
        if info.peek() == Some(tag::CONTEXT_1) {
            return Err(OpenError::NotInProfile { what: "KeyAgreeRecipientInfo.ukm" });
        }
        key_encryption(&mut info)?;
        let mut keys = info.enter(tag::SEQUENCE, "recipientEncryptedKeys").map_err(der)?;
        info.finish("KeyAgreeRecipientInfo").map_err(der)?;
        let mut key = keys.enter(tag::SEQUENCE, "RecipientEncryptedKey").map_err(der)?;
        if keys.peek().is_some() {
            return Err(OpenError::TooMany { what: "keys for one ephemeral key", limit: 1 });
        }
        let recipient = recipient_id(&mut key)?;
        let wrapped = key.element(tag::OCTET_STRING, "encryptedKey").map_err(der)?.body;
        let wrapped = wrapped.try_into().map_err(|_| OpenError::KeyUnwrap)?;
        key.finish("RecipientEncryptedKey").map_err(der)?;
        Ok(Self { ephemeral, recipient, wrapped })
    }
}

/// OriginatorIdentifierOrKey, of which the profile has OriginatorPublicKey only.
fn ephemeral(info: &mut Cursor<'_>) -> Result<EcPoint, OpenError> {
    let der = OpenError::Envelope;
    let mut explicit = info.enter(tag::CONTEXT_0, "originator").map_err(der)?;
    let mut key = explicit.enter(tag::CONTEXT_1, "originatorKey").map_err(der)?;
    explicit.finish("originator").map_err(der)?;
    let algorithm = key.algorithm("originatorKey.algorithm").map_err(der)?;
    expect_algorithm(&algorithm, "ephemeral key", oid::EC_PUBLIC_KEY)?;
    no_parameters(&algorithm, "ephemeral key")?;
    let bits = key.element(tag::BIT_STRING, "originatorKey.publicKey").map_err(der)?.body;
    key.finish("originatorKey").map_err(der)?;
    match bits.split_first() {
        Some((0, point)) => {
            EcPoint::try_from(point).ok().filter(crypto::on_curve).ok_or(OpenError::EphemeralKey)
        }
        _ => Err(OpenError::EphemeralKey),
    }
}

/// keyEncryptionAlgorithm: the one agreement, KDF and wrap of the profile.
fn key_encryption(info: &mut Cursor<'_>) -> Result<(), OpenError> {
    let der = OpenError::Envelope;
    let algorithm = info.algorithm("keyEncryptionAlgorithm").map_err(der)?;
    expect_algorithm(&algorithm, "key agreement", oid::ECDH_SHA_256_KDF)?;
    let role = "key agreement";
    if algorithm.parameters.is_empty() {
        return Err(OpenError::AlgorithmParameters { role, offset: algorithm.offset });
    }
    // The parameters are the last octets of the algorithm, right before what comes next.
    let base = info.offset() - algorithm.parameters.len();
    let mut parameters = Cursor::new(algorithm.parameters, base);
    let wrap = parameters.algorithm("keyEncryptionAlgorithm.parameters").map_err(der)?;
    parameters.finish("keyEncryptionAlgorithm.parameters").map_err(der)?;
    expect_algorithm(&wrap, "key wrap", oid::AES_256_WRAP)?;
    no_parameters(&wrap, "key wrap")
}

fn recipient_id<'a>(key: &mut Cursor<'a>) -> Result<RecipientId<'a>, OpenError> {
    let der = OpenError::Envelope;
    if key.peek() == Some(tag::CONTEXT_0) {
        let mut id: Cursor<'a> = key.enter(tag::CONTEXT_0, "rKeyId").map_err(der)?;
        let octets: Element<'a> =
            id.element(tag::OCTET_STRING, "rKeyId.subjectKeyIdentifier").map_err(der)?;
        // A date or another attribute would be unauthenticated room.
        id.finish("rKeyId").map_err(der)?;
        return Ok(RecipientId::KeyId(octets.body));
    }
    key.element(tag::SEQUENCE, "issuerAndSerialNumber")
        .map(|id| RecipientId::IssuerAndSerial(id.whole))
        .map_err(der)
}

/// contentEncryptionAlgorithm with GCMParameters (RFC 5084 §3.2).
fn nonce(info: &mut Cursor<'_>) -> Result<[u8; crypto::NONCE], OpenError> {
    let der = OpenError::Envelope;
    let role = "content encryption";
    let algorithm = info.algorithm("contentEncryptionAlgorithm").map_err(der)?;
    expect_algorithm(&algorithm, role, oid::AES_256_GCM)?;
    let refuse = || OpenError::AlgorithmParameters { role, offset: algorithm.offset };
    let base = info.offset() - algorithm.parameters.len();
    let mut outer = Cursor::new(algorithm.parameters, base);
    let mut parameters = outer.enter(tag::SEQUENCE, "GCMParameters").map_err(der)?;
    outer.finish("GCMParameters").map_err(der)?;
    let nonce = parameters.element(tag::OCTET_STRING, "GCMParameters.aes-nonce").map_err(der)?.body;
    let length = parameters.small_integer("GCMParameters.aes-ICVlen").map_err(der)?;
    parameters.finish("GCMParameters").map_err(der)?;
    if usize::try_from(length) != Ok(crypto::TAG) {
        return Err(refuse());
    }
    nonce.try_into().map_err(|_| refuse())
}

fn expect_version(structure: &'static str, found: u32, expected: u32) -> Result<(), OpenError> {
    if found == expected { Ok(()) } else { Err(OpenError::Version { structure, found, expected }) }
}
