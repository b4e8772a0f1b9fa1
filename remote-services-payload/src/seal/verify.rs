//! CMS SignedData (RFC 5652 §5), the reading side.
//!
//! One signer, content inside, signed attributes contentType, signingTime and messageDigest. Other signed
//! attributes are accepted, since the signature covers them; unsigned ones, revocation lists and certificates
//! that the path does not need are refused, since nothing covers them.

use remote_services_core::time::Timestamp;

use super::MAX_INTERMEDIATES;
use super::approval::Service;
use super::asn1::{self, Element, tag};
use super::attributes::Attributes;
use super::certificate::Certificate;
use super::error::OpenError;
use super::oid;
use super::open::SealLimits;
use super::profile::{content_info, unread};
use super::scheme::{DigestAlgorithm, DigestInCms, SchemeInCms, SignatureScheme, Unread};
use super::trust::Trust;

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
    trust.demand(&[Service::Digest(signer.scheme.digest()), Service::Signature(signer.scheme)])?;
    let provider = trust.crypto();
    if provider.digest(signer.scheme.digest(), &[parts.content.body]) != attributes.digest {
        return Err(OpenError::Digest);
    }
    // RFC 5652 §5.4: the signature is over the attributes as a SET OF, not over the [0] that stands there.
    let signed_attributes = asn1::element(tag::SET, &[signer.attributes.body]);
    let mut others = certificates;
    let leaf = others.remove(at);
    if !signer.scheme.fits(leaf.public_key().kind()) {
        return Err(OpenError::AlgorithmsDiffer);
    }
    if !provider.verify(leaf.public_key(), signer.scheme, &signed_attributes, signer.signature) {
        return Err(OpenError::Signature);
    }
    trust.check_time(attributes.signing_time)?;
    trust.check_path(&leaf, &others, attributes.signing_time)?;
    let content = parts.content;
    let verified = Verified { content: content.body, signer: leaf, signing_time: attributes.signing_time };
    Ok((verified, content.offset))
}

/// The parts of a ContentInfo with SignedData, form checked, nothing verified.
struct Parts<'a> {
    content: Element<'a>,
    certificates: Element<'a>,
    signer_infos: Element<'a>,
    digest: DigestAlgorithm,
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
        let digest = read_digest(&digest)?;
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
        Ok(Self { content, certificates, signer_infos, digest, version })
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
        let digest = read_digest(&info.algorithm("SignerInfo.digestAlgorithm").map_err(der)?)?;
        let attributes = info.element(tag::CONTEXT_0, "SignerInfo.signedAttrs").map_err(der)?;
        let algorithm = info.algorithm("SignerInfo.signatureAlgorithm").map_err(der)?;
        let scheme = SignatureScheme::read(&algorithm).map_err(|why| {
            unread(why, &algorithm, "signature", "ECDSA or RSASSA-PSS with SHA-256 or SHA-384")
        })?;
        if digest != self.digest || digest != scheme.digest() {
            return Err(OpenError::AlgorithmsDiffer);
        }
        let signature = info.element(tag::OCTET_STRING, "SignerInfo.signature").map_err(der)?.body;
        if info.peek() == Some(tag::CONTEXT_1) {
            return Err(OpenError::NotInProfile { what: "SignerInfo.unsignedAttrs" });
        }
        info.finish("SignerInfo").map_err(der)?;
        Ok(SignerInfo { sid, sid_tag, attributes, scheme, signature })
    }
}

struct SignerInfo<'a> {
    sid: Element<'a>,
    sid_tag: u8,
    attributes: Element<'a>,
    scheme: SignatureScheme,
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

fn read_digest(algorithm: &asn1::Algorithm<'_>) -> Result<DigestAlgorithm, OpenError> {
    DigestAlgorithm::read(algorithm).ok_or_else(|| {
        let known = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384];
        let why = if known.iter().any(|known| known.oid() == algorithm.oid) {
            Unread::Parameters
        } else {
            Unread::Algorithm
        };
        unread(why, algorithm, "digest", "SHA-256 or SHA-384")
    })
}
