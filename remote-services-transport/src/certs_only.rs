//! The answer bodies of EST: certificates in a CMS message without signers, in base64.
//!
//! ```text
//! base64 (RFC 8951 §3.1: white space anywhere, no line-length promises)
//!   ContentInfo { signedData, [0] SignedData {                       RFC 5652 §5.1
//!     version, digestAlgorithms {}, { data }, certificates [0], crls [1]?, signerInfos {} } }
//! ```
//!
//! Strict DER. The certificates are handed out as bytes and not looked into.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Reader, SliceReader};

/// Most certificates that an answer may hold: a chain and a root or two rolling over.
pub const MAX_CERTIFICATES: usize = 16;

/// Why a certs-only message cannot be used; the sender is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertsOnlyError {
    /// Not base64.
    #[error("the certificates are not in base64")]
    NotBase64,
    /// Not the DER of a certs-only message.
    #[error("not a certs-only message (RFC 5652 §5.1): {0}")]
    Malformed(der::ErrorKind),
    /// The content type is another one.
    #[error("a CMS message of another type than signedData")]
    NotSignedData,
    /// No certificate inside.
    #[error("no certificate in the message")]
    Empty,
    /// More than [`MAX_CERTIFICATES`].
    #[error("more than {MAX_CERTIFICATES} certificates in the message")]
    TooMany,
}

impl From<der::Error> for CertsOnlyError {
    fn from(error: der::Error) -> Self {
        Self::Malformed(error.kind())
    }
}

/// Packs certificates (DER) into the body of an EST answer.
#[must_use]
pub fn write(certificates: &[&[u8]]) -> String {
    base64_lines(&write_der(certificates))
}

/// Takes the certificates (DER each) out of the body of an EST answer, in the message's order.
///
/// # Errors
/// See [`CertsOnlyError`].
pub fn read(body: &[u8]) -> Result<Vec<Vec<u8>>, CertsOnlyError> {
    read_der(&from_base64_lines(body).ok_or(CertsOnlyError::NotBase64)?)
}

/// Packs certificates (DER) into a certs-only message in DER.
#[must_use]
pub fn write_der(certificates: &[&[u8]]) -> Vec<u8> {
    let mut sorted = certificates.to_vec();
    sorted.sort_unstable(); // DER orders a SET OF by its encodings (X.690 §11.6)
    let certificates = tlv(CONTEXT_0, &sorted.concat());
    let fields = [VERSION_1, &tlv(SET, &[]), &tlv(SEQUENCE, DATA), &certificates, &tlv(SET, &[])];
    let signed_data = tlv(SEQUENCE, &fields.concat());
    tlv(SEQUENCE, &[SIGNED_DATA, &tlv(CONTEXT_0, &signed_data)].concat())
}

/// Takes the certificates (DER each) out of a certs-only message in DER.
///
/// # Errors
/// See [`CertsOnlyError`].
pub fn read_der(message: &[u8]) -> Result<Vec<Vec<u8>>, CertsOnlyError> {
    let mut reader = SliceReader::new(message)?;
    let content_info = value(&mut reader, SEQUENCE)?;
    reader.finish()?;

    let mut reader = SliceReader::new(content_info)?;
    if ObjectIdentifier::decode(&mut reader)? != ID_SIGNED_DATA {
        return Err(CertsOnlyError::NotSignedData);
    }
    let content = value(&mut reader, CONTEXT_0)?;
    reader.finish()?;

    let mut reader = SliceReader::new(content)?;
    let signed_data = value(&mut reader, SEQUENCE)?;
    reader.finish()?;

    let mut reader = SliceReader::new(signed_data)?;
    value(&mut reader, INTEGER)?; // version: 1 or 3, of no consequence without signers
    value(&mut reader, SET)?;
    value(&mut reader, SEQUENCE)?;
    if reader.peek_byte() != Some(CONTEXT_0) {
        return Err(CertsOnlyError::Empty);
    }
    let mut certificates = SliceReader::new(value(&mut reader, CONTEXT_0)?)?;
    if reader.peek_byte() == Some(CONTEXT_1) {
        value(&mut reader, CONTEXT_1)?;
    }
    value(&mut reader, SET)?;
    reader.finish()?;

    let mut found = Vec::new();
    while !certificates.is_finished() {
        if found.len() == MAX_CERTIFICATES {
            return Err(CertsOnlyError::TooMany);
        }
        // Other CertificateChoices than a plain certificate have context tags (RFC 5652 §10.2.2).
        if certificates.peek_byte() != Some(SEQUENCE) {
            return Err(CertsOnlyError::Malformed(der::ErrorKind::Failed));
        }
        found.push(certificates.tlv_bytes()?.to_vec());
    }
    if found.is_empty() { Err(CertsOnlyError::Empty) } else { Ok(found) }
}

/// Base64 in lines of 64 characters, which every base64 tool reads.
#[must_use]
pub fn base64_lines(octets: &[u8]) -> String {
    let text = STANDARD.encode(octets);
    let mut lines = String::with_capacity(text.len() + text.len() / 64 + 1);
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            lines.push('\n');
        }
        lines.push(character);
    }
    lines.push('\n');
    lines
}

/// Base64 with any white space in it (RFC 8951 §3.1); `None` when it is none.
#[must_use]
pub fn from_base64_lines(text: &[u8]) -> Option<Vec<u8>> {
    let dense: Vec<u8> = text.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    STANDARD.decode(dense).ok()
}

/// The content of the next element, which must have this tag.
fn value<'a>(reader: &mut SliceReader<'a>, tag: u8) -> Result<&'a [u8], der::Error> {
    if reader.peek_byte() != Some(tag) {
        return Err(reader.error(der::ErrorKind::Failed));
    }
    let header = der::Header::decode(reader)?;
    reader.read_slice(header.length())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|&&octet| octet == 0).count()..];
    let mut out = Vec::with_capacity(content.len() + 10);
    out.push(tag);
    match significant {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).expect("a usize has at most 8 octets"));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTEXT_0: u8 = 0xA0;
const CONTEXT_1: u8 = 0xA1;
const VERSION_1: &[u8] = &[0x02, 0x01, 0x01];
const ID_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// 1.2.840.113549.1.7.1 with tag and length.
const DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
/// 1.2.840.113549.1.7.2 with tag and length.
const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn certificate() -> Vec<u8> {
        rcgen::generate_simple_self_signed(vec!["a.test".into()]).unwrap().cert.der().to_vec()
    }

    #[test]
    fn certificates_come_out_as_they_went_in() {
        let mut certificates = vec![certificate(), certificate()];
        let body = write(&[&certificates[0], &certificates[1]]);
        certificates.sort();
        assert_eq!(read(body.as_bytes()), Ok(certificates));
        assert!(body.lines().all(|line| line.len() <= 64));
    }

    #[test]
    fn base64_may_be_broken_anywhere() {
        let der = certificate();
        let body = write(&[&der]).replace('\n', "").replace('A', "\r\n A\t");
        assert_eq!(read(body.as_bytes()), Ok(vec![der]));
        assert_eq!(read(b"no base64!"), Err(CertsOnlyError::NotBase64));
    }

    #[test]
    fn a_message_with_crls_is_read() {
        let der = certificate();
        let fields = [
            VERSION_1,
            &tlv(SET, &[]),
            &tlv(SEQUENCE, DATA),
            &tlv(CONTEXT_0, &der),
            &tlv(CONTEXT_1, &[]),
            &tlv(SET, &[]),
        ];
        let message =
            tlv(SEQUENCE, &[SIGNED_DATA, &tlv(CONTEXT_0, &tlv(SEQUENCE, &fields.concat()))].concat());
        assert_eq!(read_der(&message), Ok(vec![der]));
    }

    #[test]
    fn an_empty_or_foreign_message_is_refused() {
        assert_eq!(read_der(&write_der(&[])), Err(CertsOnlyError::Empty));
        let data = tlv(SEQUENCE, &[DATA, &tlv(CONTEXT_0, &[])].concat());
        assert_eq!(read_der(&data), Err(CertsOnlyError::NotSignedData));
        let many = vec![[0x30_u8, 0].as_slice(); MAX_CERTIFICATES + 1];
        assert_eq!(read_der(&write_der(&many)), Err(CertsOnlyError::TooMany));
    }

    #[test]
    fn no_cut_message_is_read() {
        let message = write_der(&[&certificate()]);
        for at in 0..message.len() {
            assert!(read_der(&message[..at]).is_err(), "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn no_changed_octet_panics(at in 0_usize..300, to: u8) {
            let mut message = write_der(&[&[0x30, 0x03, 1, 1, 0], &[0x30; 200]]);
            let at = at % message.len();
            message[at] = to;
            let _ = read_der(&message);
        }
    }
}
