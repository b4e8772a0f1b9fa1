//! The form of AuthEnvelopedData (RFC 5083, RFC 5084): what stands before and after the encrypted octets.

use super::asn1::{self, Cursor, tag};
use super::certificate::Certificate;
use super::error::OpenError;
use super::profile::{content_info, expect_algorithm, expect_version};
use super::provider::{NONCE, TAG};
use super::recipient_info::RecipientInfo;
use super::{MAX_RECIPIENTS, oid};

/// Everything before `length` encrypted octets, and where in it the nonce stands, which is still zero.
pub(crate) fn header(length: usize, recipient_infos: &[u8]) -> (Vec<u8>, core::ops::Range<usize>) {
    let nonce = asn1::element(tag::OCTET_STRING, &[&[0; NONCE]]);
    let parameters = asn1::element(tag::SEQUENCE, &[&nonce, &asn1::small_integer(ICV_LENGTH)]);
    let content = asn1::header(tag::CONTEXT_0_PRIMITIVE, length);
    // The nonce ends where aes-ICVlen starts, three octets before the content's header.
    let from_end = content.len() + 3 + NONCE;
    let mut before = vec![content];
    // From the inside out: each step wraps all that comes after it.
    let inner = |before: &[Vec<u8>]| before.iter().map(Vec::len).sum::<usize>() + length;
    before.push(asn1::algorithm(oid::AES_256_GCM, &parameters));
    before.push(asn1::oid(oid::DATA));
    before.push(asn1::header(tag::SEQUENCE, inner(&before)));
    before.push(asn1::element(tag::SET, &[recipient_infos]));
    before.push(asn1::small_integer(VERSION));
    before.push(asn1::header(tag::SEQUENCE, inner(&before) + MAC_ELEMENT));
    before.push(asn1::header(tag::CONTEXT_0, inner(&before) + MAC_ELEMENT));
    before.push(asn1::oid(oid::AUTH_ENVELOPED_DATA));
    before.push(asn1::header(tag::SEQUENCE, inner(&before) + MAC_ELEMENT));
    before.reverse();
    let before = before.concat();
    let nonce_at = before.len() - from_end;
    (before, nonce_at..nonce_at + NONCE)
}

/// The parts of an AuthEnvelopedData, form checked.
pub(crate) struct Envelope<'a> {
    recipients: Vec<RecipientInfo<'a>>,
    pub(crate) encrypted: &'a [u8],
    /// Offset of `encrypted` from the start of the container.
    pub(crate) offset: usize,
    pub(crate) nonce: [u8; NONCE],
    pub(crate) tag: [u8; TAG],
}

impl<'a> Envelope<'a> {
    pub(crate) fn read(sealed: &'a [u8]) -> Result<Self, OpenError> {
        let der = OpenError::Envelope;
        let mut inside = content_info(sealed, oid::AUTH_ENVELOPED_DATA, "ContentInfo", der)?;
        let version = inside.small_integer("AuthEnvelopedData.version").map_err(der)?;
        expect_version("AuthEnvelopedData", version, VERSION.into())?;
        if inside.peek() == Some(tag::CONTEXT_0) {
            return Err(OpenError::NotInProfile { what: "AuthEnvelopedData.originatorInfo" });
        }
        let mut infos = inside.enter(tag::SET, "AuthEnvelopedData.recipientInfos").map_err(der)?;
        let mut recipients = Vec::new();
        while infos.peek().is_some() {
            if recipients.len() == MAX_RECIPIENTS {
                return Err(OpenError::TooMany { what: "recipients", limit: MAX_RECIPIENTS });
            }
            recipients.push(RecipientInfo::read(&mut infos)?);
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
        let content = info.element(tag::CONTEXT_0_PRIMITIVE, "EncryptedContentInfo.encryptedContent");
        let content = content.map_err(der)?;
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
        Ok(Self { recipients, encrypted: content.body, offset: content.offset, nonce, tag })
    }

    /// The way to the content key for this certificate.
    pub(crate) fn recipient(&self, certificate: &Certificate) -> Result<&RecipientInfo<'a>, OpenError> {
        self.recipients.iter().find(|info| info.names(certificate)).ok_or(OpenError::NotARecipient)
    }
}

/// contentEncryptionAlgorithm with GCMParameters (RFC 5084 §3.2).
fn nonce(info: &mut Cursor<'_>) -> Result<[u8; NONCE], OpenError> {
    let der = OpenError::Envelope;
    let role = "content encryption";
    let algorithm = info.algorithm("contentEncryptionAlgorithm").map_err(der)?;
    expect_algorithm(&algorithm, role, (oid::AES_256_GCM, "AES-256-GCM"))?;
    let refuse = || OpenError::AlgorithmParameters { role, offset: algorithm.offset };
    let base = info.offset() - algorithm.parameters.len();
    let mut outer = Cursor::new(algorithm.parameters, base);
    let mut parameters = outer.enter(tag::SEQUENCE, "GCMParameters").map_err(der)?;
    outer.finish("GCMParameters").map_err(der)?;
    let nonce = parameters.element(tag::OCTET_STRING, "GCMParameters.aes-nonce").map_err(der)?.body;
    let length = parameters.small_integer("GCMParameters.aes-ICVlen").map_err(der)?;
    parameters.finish("GCMParameters").map_err(der)?;
    if length != u32::from(ICV_LENGTH) {
        return Err(refuse());
    }
    nonce.try_into().map_err(|_| refuse())
}

/// RFC 5083 §2.1
const VERSION: u8 = 0;
/// aes-ICVlen (RFC 5084 §3.2); the default of 12 is not used.
const ICV_LENGTH: u8 = 16;
/// The MAC as an element.
pub(crate) const MAC_ELEMENT: usize = 2 + TAG;
