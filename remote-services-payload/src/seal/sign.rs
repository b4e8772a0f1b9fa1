//! CMS SignedData (RFC 5652 §5): who says it, and when.
//!
//! One signer, ECDSA P-256 with SHA-256, content inside, signed attributes contentType, signingTime and
//! messageDigest. Other signed attributes are accepted, since the signature covers them; unsigned ones,
//! revocation lists and certificates that the path does not need are refused, since nothing covers them.

use core::time::Duration;

use der::asn1::{GeneralizedTime, ObjectIdentifier, UtcTime};
use der::{DateTime, Decode, Encode};
use remote_services_core::time::Timestamp;

use super::asn1::{self, Cursor, Element, tag};
use super::certificate::Certificate;
use super::crypto;
use super::error::{DerError, DerErrorKind, OpenError, SealError};
use super::keys::SignerKey;
use super::open::SealLimits;
use super::trust::Trust;
use super::{MAX_CONTENT, MAX_INTERMEDIATES, oid};

/// Who signs: a certificate, the authorities between it and the reader's anchor, and the key.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The signer's certificate.
    pub certificate: &'a Certificate,
    /// Authorities that the reader may not have, at most [`MAX_INTERMEDIATES`].
    pub intermediates: &'a [Certificate],
    /// The key of `certificate`.
    pub key: &'a dyn SignerKey,
}

/// Signed content whose signature, signer and time hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<'a> {
    /// The signed octets.
    pub content: &'a [u8],
    /// The certificate of the signer, trusted at `signing_time`.
    pub signer: Certificate,
    /// When the signer says that it signed, to the second.
    pub signing_time: Timestamp,
}

/// Signs `content` at the time `now`: a ContentInfo with SignedData that holds the content.
///
/// # Errors
/// When the certificate cannot sign at `now`, the key is another's or fails, or the content is too long.
pub fn sign(content: &[u8], signer: &Signer<'_>, now: Timestamp) -> Result<Vec<u8>, SealError> {
    let frame = Frame::new(content, signer, now)?;
    let mut out = Vec::with_capacity(frame.length(content));
    frame.write(content, &mut out);
    Ok(out)
}

/// Checks signed content: form, digest, signature, path to an anchor, time. The content is a part of `signed`.
///
/// # Errors
/// [`OpenError`] says what does not hold; nothing of the content is given out then.
pub fn verify<'a>(signed: &'a [u8], trust: &Trust, limits: &SealLimits) -> Result<Verified<'a>, OpenError> {
    verify_at(signed, trust, limits).map(|(verified, _)| verified)
}

/// As [`verify`], and where the content starts.
pub(crate) fn verify_at<'a>(
    signed: &'a [u8],
    trust: &Trust,
    limits: &SealLimits,
) -> Result<(Verified<'a>, usize), OpenError> {
    if signed.len() > limits.max_sealed {
        return Err(OpenError::TooLarge { length: signed.len(), limit: limits.max_sealed });
    }
    let parts = Parts::read(signed)?;
    let signer = parts.signer()?;
    let certificates = parts.certificates()?;
    let at = certificates
        .iter()
        .position(|certificate| names(&signer.sid, signer.sid_tag, certificate))
        .ok_or(OpenError::SignerCertificateMissing)?;
    let attributes = Attributes::read(&signer.attributes)?;
    if crypto::sha256(parts.content.body) != attributes.digest {
        return Err(OpenError::Digest);
    }
    // RFC 5652 §5.4: the signature is over the attributes as a SET OF, not over the [0] that stands there.
    let signed_attributes = asn1::element(tag::SET, &[signer.attributes.body]);
    let digest = crypto::sha256(&signed_attributes);
    let mut others = certificates;
    let leaf = others.remove(at);
    if !crypto::ecdsa_verifies(&leaf.public_key(), &digest, signer.signature) {
        return Err(OpenError::Signature);
    }
    trust.check_time(attributes.signing_time)?;
    trust.check_path(&leaf, &others, attributes.signing_time)?;
    let content = parts.content;
    let verified = Verified { content: content.body, signer: leaf, signing_time: attributes.signing_time };
    Ok((verified, content.offset))
}

/// What stands before and after the content, so that sealing copies the content once.
pub(crate) struct Frame {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Frame {
    pub(crate) fn new(content: &[u8], signer: &Signer<'_>, now: Timestamp) -> Result<Self, SealError> {
        if content.len() > MAX_CONTENT {
            return Err(SealError::TooLarge { length: content.len() });
        }
        if signer.intermediates.len() > MAX_INTERMEDIATES {
            return Err(SealError::TooManyIntermediates { given: signer.intermediates.len() });
        }
        let certificate = signer.certificate;
        certificate.check_validity(now).map_err(SealError::SignerCertificate)?;
        certificate.check_may_sign().map_err(SealError::SignerCertificate)?;
        if signer.key.public_key() != certificate.public_key() {
            return Err(SealError::SignerKeyMismatch);
        }

        let mut certificates: Vec<&[u8]> =
            core::iter::once(certificate).chain(signer.intermediates).map(Certificate::der).collect();
        certificates.sort_unstable(); // DER order of a SET OF
        let mut after = asn1::element(tag::CONTEXT_0, &certificates);
        after.extend(asn1::element(tag::SET, &[&signer_info(content, signer, now)?]));

        let digest_algorithm = asn1::algorithm(oid::SHA_256, &[]);
        let mut before = vec![asn1::header(tag::OCTET_STRING, content.len())];
        // From the inside out: each step wraps all that comes after it.
        let inner = |before: &[Vec<u8>]| before.iter().map(Vec::len).sum::<usize>() + content.len();
        before.push(asn1::header(tag::CONTEXT_0, inner(&before)));
        before.push(asn1::oid(oid::DATA));
        before.push(asn1::header(tag::SEQUENCE, inner(&before)));
        before.push(asn1::element(tag::SET, &[&digest_algorithm]));
        before.push(asn1::small_integer(SIGNED_DATA_VERSION));
        before.push(asn1::header(tag::SEQUENCE, inner(&before) + after.len()));
        before.push(asn1::header(tag::CONTEXT_0, inner(&before) + after.len()));
        before.push(asn1::oid(oid::SIGNED_DATA));
        before.push(asn1::header(tag::SEQUENCE, inner(&before) + after.len()));
        before.reverse();
        Ok(Self { before: before.concat(), after })
    }

    pub(crate) fn length(&self, content: &[u8]) -> usize {
        self.before.len() + content.len() + self.after.len()
    }

    pub(crate) fn write(&self, content: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(&self.before);
        out.extend_from_slice(content);
        out.extend_from_slice(&self.after);
    }
}

fn signer_info(content: &[u8], signer: &Signer<'_>, now: Timestamp) -> Result<Vec<u8>, SealError> {
    let digest = crypto::sha256(content);
    let attributes = sorted_attributes([
        attribute(oid::ATTRIBUTE_CONTENT_TYPE, &asn1::oid(oid::DATA)),
        attribute(oid::ATTRIBUTE_SIGNING_TIME, &encoded_time(now)?),
        attribute(oid::ATTRIBUTE_MESSAGE_DIGEST, &asn1::element(tag::OCTET_STRING, &[&digest])),
    ]);
    let signed = crypto::sha256(&asn1::element(tag::SET, &[&attributes]));
    let signature = signer.key.sign(&signed)?;
    let signature = crypto::ecdsa_der(&signature)
        .ok_or(SealError::Internal("the signing key returned no ECDSA signature"))?;
    Ok(asn1::element(
        tag::SEQUENCE,
        &[
            &asn1::small_integer(SIGNER_INFO_VERSION),
            signer.certificate.issuer_and_serial(),
            &asn1::algorithm(oid::SHA_256, &[]),
            &asn1::element(tag::CONTEXT_0, &[&attributes]),
            &asn1::algorithm(oid::ECDSA_WITH_SHA_256, &[]),
            &asn1::element(tag::OCTET_STRING, &[&signature]),
        ],
    ))
}

fn attribute(name: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    asn1::element(tag::SEQUENCE, &[&asn1::oid(name), &asn1::element(tag::SET, &[value])])
}

fn sorted_attributes(mut attributes: [Vec<u8>; 3]) -> Vec<u8> {
    attributes.sort_unstable();
    attributes.concat()
}

/// UTCTime until 2049, GeneralizedTime from 2050 (RFC 5652 §11.3).
fn encoded_time(now: Timestamp) -> Result<Vec<u8>, SealError> {
    let fail = |_: der::Error| SealError::Internal("the signing time lies before 1970 or after 9999");
    let seconds = u64::try_from(now.unix_seconds()).map_err(|_| fail(der::ErrorKind::DateTime.into()))?;
    let time = DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(fail)?;
    if time.year() < 2050 {
        UtcTime::from_date_time(time).and_then(|time| time.to_der()).map_err(fail)
    } else {
        GeneralizedTime::from_date_time(time).to_der().map_err(fail)
    }
}

/// The parts of a ContentInfo with SignedData, form checked, nothing verified.
struct Parts<'a> {
    content: Element<'a>,
    certificates: Element<'a>,
    signer_infos: Element<'a>,
    /// 1 or 3: SignedData and SignerInfo agree on how signers are named (RFC 5652 §5.1).
    version: u32,
}

impl<'a> Parts<'a> {
    fn read(signed: &'a [u8]) -> Result<Self, OpenError> {
        let der = OpenError::Signed;
        let mut inside = content_info(signed, oid::SIGNED_DATA, "ContentInfo of the signed content", der)?;
        let version = inside.small_integer("SignedData.version").map_err(der)?;
        if version != 1 && version != 3 {
            return Err(OpenError::Version { structure: "SignedData", found: version, expected: 1 });
        }
        let mut digests = inside.enter(tag::SET, "SignedData.digestAlgorithms").map_err(der)?;
        let digest = digests.algorithm("SignedData.digestAlgorithms").map_err(der)?;
        digests.finish("SignedData.digestAlgorithms").map_err(der)?;
        is_sha256(&digest)?;
        let mut encapsulated = inside.enter(tag::SEQUENCE, "SignedData.encapContentInfo").map_err(der)?;
        let found = encapsulated.oid("eContentType").map_err(der)?;
        if found != oid::DATA {
            return Err(OpenError::ContentType {
                structure: "EncapsulatedContentInfo",
                found,
                expected: oid::DATA,
            });
        }
        let mut explicit = encapsulated.enter(tag::CONTEXT_0, "eContent").map_err(der)?;
        encapsulated.finish("SignedData.encapContentInfo").map_err(der)?;
        let content = explicit.element(tag::OCTET_STRING, "eContent").map_err(der)?;
        explicit.finish("eContent").map_err(der)?;
        let certificates = inside.element(tag::CONTEXT_0, "SignedData.certificates").map_err(der)?;
        if inside.peek() == Some(tag::CONTEXT_1) {
            return Err(OpenError::NotInProfile { what: "SignedData.crls" });
        }
        let signer_infos = inside.element(tag::SET, "SignedData.signerInfos").map_err(der)?;
        inside.finish("SignedData").map_err(der)?;
        Ok(Self { content, certificates, signer_infos, version })
    }

    fn certificates(&self) -> Result<Vec<Certificate>, OpenError> {
        let mut inside = self.certificates.inside();
        let mut list: Vec<Certificate> = Vec::new();
        while inside.peek().is_some() {
            if list.len() > MAX_INTERMEDIATES {
                return Err(OpenError::TooMany { what: "certificates", limit: MAX_INTERMEDIATES + 1 });
            }
            let element =
                inside.element(tag::SEQUENCE, "SignedData.certificates").map_err(OpenError::Signed)?;
            let certificate = Certificate::from_der(element.whole).map_err(OpenError::Certificate)?;
            if list.contains(&certificate) {
                return Err(OpenError::SurplusCertificate);
            }
            list.push(certificate);
        }
        Ok(list)
    }

    fn signer(&self) -> Result<SignerInfo<'a>, OpenError> {
        let der = OpenError::Signed;
        let mut infos = self.signer_infos.inside();
        let mut info = infos.enter(tag::SEQUENCE, "SignerInfo").map_err(der)?;
        if infos.peek().is_some() {
            return Err(OpenError::TooMany { what: "signers", limit: 1 });
        }
        let version = info.small_integer("SignerInfo.version").map_err(der)?;
        // RFC 5652 §5.3: version 1 names the signer by issuer and serial number, version 3 by key identifier.
        let sid_tag = if version == 3 { tag::CONTEXT_0_PRIMITIVE } else { tag::SEQUENCE };
        if version != self.version {
            return Err(OpenError::Version {
                structure: "SignerInfo",
                found: version,
                expected: self.version,
            });
        }
        let sid = info.element(sid_tag, "SignerInfo.sid").map_err(der)?;
        is_sha256(&info.algorithm("SignerInfo.digestAlgorithm").map_err(der)?)?;
        let attributes = info.element(tag::CONTEXT_0, "SignerInfo.signedAttrs").map_err(der)?;
        let algorithm = info.algorithm("SignerInfo.signatureAlgorithm").map_err(der)?;
        expect_algorithm(&algorithm, "signature", oid::ECDSA_WITH_SHA_256)?;
        no_parameters(&algorithm, "signature")?;
        let signature = info.element(tag::OCTET_STRING, "SignerInfo.signature").map_err(der)?.body;
        if info.peek() == Some(tag::CONTEXT_1) {
            return Err(OpenError::NotInProfile { what: "SignerInfo.unsignedAttrs" });
        }
        info.finish("SignerInfo").map_err(der)?;
        Ok(SignerInfo { sid, sid_tag, attributes, signature })
    }
}

struct SignerInfo<'a> {
    sid: Element<'a>,
    sid_tag: u8,
    attributes: Element<'a>,
    signature: &'a [u8],
}

/// Whether a SignerIdentifier or KeyAgreeRecipientIdentifier names this certificate.
fn names(sid: &Element<'_>, sid_tag: u8, certificate: &Certificate) -> bool {
    if sid_tag == tag::SEQUENCE {
        sid.whole == certificate.issuer_and_serial()
    } else {
        certificate.subject_key_id() == Some(sid.body)
    }
}

/// The signed attributes that the profile needs.
struct Attributes {
    digest: [u8; 32],
    signing_time: Timestamp,
}

impl Attributes {
    fn read(set: &Element<'_>) -> Result<Self, OpenError> {
        let der = OpenError::Signed;
        let mut inside = set.inside();
        let mut previous: Option<&[u8]> = None;
        let mut seen: Vec<ObjectIdentifier> = Vec::new();
        let (mut content_type, mut digest, mut signing_time) = (None, None, None);
        while inside.peek().is_some() {
            if seen.len() == MAX_ATTRIBUTES {
                return Err(OpenError::TooMany { what: "signed attributes", limit: MAX_ATTRIBUTES });
            }
            let element = inside.element(tag::SEQUENCE, "Attribute").map_err(der)?;
            if previous.is_some_and(|previous| previous > element.whole) {
                return Err(OpenError::AttributeOrder);
            }
            previous = Some(element.whole);
            let mut parts = element.inside();
            let name = parts.oid("Attribute.attrType").map_err(der)?;
            if seen.contains(&name) {
                return Err(OpenError::AttributeRepeated { attribute: name });
            }
            seen.push(name);
            let mut values = parts.enter(tag::SET, "Attribute.attrValues").map_err(der)?;
            parts.finish("Attribute").map_err(der)?;
            match name {
                oid::ATTRIBUTE_CONTENT_TYPE => {
                    content_type = Some(values.oid("contentType").map_err(der)?);
                }
                oid::ATTRIBUTE_MESSAGE_DIGEST => {
                    let value = values.element(tag::OCTET_STRING, "messageDigest").map_err(der)?;
                    digest = Some(<[u8; 32]>::try_from(value.body).map_err(|_| OpenError::Digest)?);
                }
                oid::ATTRIBUTE_SIGNING_TIME => {
                    signing_time = Some(read_time(&values.any("signingTime").map_err(der)?).map_err(der)?);
                }
                // What others sign along is theirs, e.g. S/MIME capabilities.
                _ => continue,
            }
            if values.peek().is_some() {
                return Err(OpenError::AttributeRepeated { attribute: name });
            }
        }
        match content_type {
            Some(oid::DATA) => {}
            Some(found) => {
                return Err(OpenError::ContentType {
                    structure: "contentType attribute",
                    found,
                    expected: oid::DATA,
                });
            }
            None => return Err(OpenError::AttributeMissing { attribute: "contentType" }),
        }
        Ok(Self {
            digest: digest.ok_or(OpenError::AttributeMissing { attribute: "messageDigest" })?,
            signing_time: signing_time.ok_or(OpenError::AttributeMissing { attribute: "signingTime" })?,
        })
    }
}

fn read_time(element: &Element<'_>) -> Result<Timestamp, DerError> {
    let fail =
        |_: der::Error| DerError { field: "signingTime", offset: element.offset, kind: DerErrorKind::Value };
    let since_1970 = match element.whole.first() {
        Some(&tag::GENERALIZED_TIME) => {
            let time = GeneralizedTime::from_der(element.whole).map_err(fail)?;
            if time.to_date_time().year() < 2050 {
                return Err(fail(der::ErrorKind::DateTime.into()));
            }
            time.to_unix_duration()
        }
        Some(&tag::UTC_TIME) => UtcTime::from_der(element.whole).map_err(fail)?.to_unix_duration(),
        _ => return Err(fail(der::ErrorKind::DateTime.into())),
    };
    Ok(Timestamp::default().plus(since_1970))
}

/// Enters a ContentInfo (RFC 5652 §3) that fills `octets`, down to the inside of its content's SEQUENCE.
pub(crate) fn content_info<'a>(
    octets: &'a [u8],
    expected: ObjectIdentifier,
    structure: &'static str,
    der: fn(DerError) -> OpenError,
) -> Result<Cursor<'a>, OpenError> {
    let mut outer = Cursor::new(octets, 0);
    let mut info = outer.enter(tag::SEQUENCE, structure).map_err(der)?;
    outer.finish(structure).map_err(der)?;
    let found = info.oid(structure).map_err(der)?;
    if found != expected {
        return Err(OpenError::ContentType { structure, found, expected });
    }
    let mut explicit = info.enter(tag::CONTEXT_0, structure).map_err(der)?;
    info.finish(structure).map_err(der)?;
    let inside = explicit.enter(tag::SEQUENCE, structure).map_err(der)?;
    explicit.finish(structure).map_err(der)?;
    Ok(inside)
}

pub(crate) fn expect_algorithm(
    algorithm: &asn1::Algorithm<'_>,
    role: &'static str,
    expected: ObjectIdentifier,
) -> Result<(), OpenError> {
    if algorithm.oid == expected {
        Ok(())
    } else {
        Err(OpenError::Algorithm { role, found: algorithm.oid, expected })
    }
}

pub(crate) fn no_parameters(algorithm: &asn1::Algorithm<'_>, role: &'static str) -> Result<(), OpenError> {
    if algorithm.parameters.is_empty() {
        Ok(())
    } else {
        Err(OpenError::AlgorithmParameters { role, offset: algorithm.offset })
    }
}

/// RFC 5754 §2: parameters absent, NULL accepted.
fn is_sha256(algorithm: &asn1::Algorithm<'_>) -> Result<(), OpenError> {
    expect_algorithm(algorithm, "digest", oid::SHA_256)?;
    if algorithm.parameters == [tag::NULL, 0] { Ok(()) } else { no_parameters(algorithm, "digest") }
}

const SIGNED_DATA_VERSION: u8 = 1;
const SIGNER_INFO_VERSION: u8 = 1;
/// OpenSSL signs four; room for a few more.
const MAX_ATTRIBUTES: usize = 16;
