//! CMS SignedData (RFC 5652 §5), the writing side: who says it, and when.

use remote_services_core::key::ecdsa_sig_value;
use remote_services_core::time::Timestamp;

use super::approval::{Approval, Service};
use super::asn1::{self, tag};
use super::attributes::Attributes;
use super::certificate::Certificate;
use super::error::SealError;
use super::kdf::KeyDerivation;
use super::keys::SignerKey;
use super::provider::CryptoProvider;
use super::public_key::KeyKind;
use super::scheme::{DigestInCms, SchemeInCms, SignatureScheme};
use super::standard;
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
    /// The module that digests, and encrypts where the content is sealed. The signature is the key's matter.
    pub provider: &'static dyn CryptoProvider,
    /// Where the key that wraps the content key comes from, for recipients whose key is on a curve.
    pub derivation: KeyDerivation,
    /// Whether what `provider` does not offer as an approved service is refused: the X9.63 KDF always is, so another
    /// `derivation` must stand beside it.
    pub approved_only: bool,
}

impl<'a> Signer<'a> {
    /// A signer without intermediate authorities, over RustCrypto, or ring in a crate that is built without, whose payloads
    /// `openssl cms` opens.
    #[must_use]
    pub fn new(certificate: &'a Certificate, key: &'a dyn SignerKey) -> Self {
        Self {
            certificate,
            intermediates: &[],
            key,
            provider: standard(),
            derivation: KeyDerivation::default(),
            approved_only: false,
        }
    }

    /// Refuses what is not approved, where that is demanded.
    pub(crate) fn demand(&self, services: &[Service]) -> Result<(), SealError> {
        match services.iter().find(|it| self.provider.approval(**it) != Approval::Approved) {
            Some(service) if self.approved_only => {
                Err(SealError::NotApproved { service: *service, module: self.provider.module().name })
            }
            _ => Ok(()),
        }
    }
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

/// What stands before and after the content, so that sealing copies the content once.
pub(crate) struct Frame {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
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
        if signer.key.public_spki() != certificate.public_key().to_spki() {
            return Err(SealError::SignerKeyMismatch);
        }

        let mut certificates: Vec<&[u8]> =
            core::iter::once(certificate).chain(signer.intermediates).map(Certificate::der).collect();
        certificates.sort_unstable(); // DER order of a SET OF
        let mut after = asn1::element(tag::CONTEXT_0, &certificates);
        after.extend(asn1::element(tag::SET, &[&signer_info(content, signer, now)?]));

        let scheme = SignatureScheme::of(certificate.public_key().kind());
        let digest_algorithm = asn1::algorithm(scheme.digest().oid(), &[]);
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
    let kind = signer.certificate.public_key().kind();
    let scheme = SignatureScheme::of(kind);
    signer.demand(&[Service::Digest(scheme.digest())])?;
    let attributes = Attributes::encoded(&signer.provider.digest(scheme.digest(), &[content]), now)?;
    // RFC 5652 §5.4: the signature is over the attributes as a SET OF, not over the [0] that stands there.
    let signature = signer.key.sign(scheme, &asn1::element(tag::SET, &[&attributes]))?;
    let signature = match kind {
        KeyKind::Rsa => signature,
        KeyKind::P256 | KeyKind::P384 => ecdsa_sig_value(&signature, kind).ok_or(NO_SIGNATURE)?,
    };
    Ok(asn1::element(
        tag::SEQUENCE,
        &[
            &asn1::small_integer(SIGNER_INFO_VERSION),
            signer.certificate.issuer_and_serial(),
            &asn1::algorithm(scheme.digest().oid(), &[]),
            &asn1::element(tag::CONTEXT_0, &[&attributes]),
            &scheme.encoded(),
            &asn1::element(tag::OCTET_STRING, &[&signature]),
        ],
    ))
}

const NO_SIGNATURE: SealError =
    SealError::Internal("the signing key returned no ECDSA signature of its curve");
const SIGNED_DATA_VERSION: u8 = 1;
const SIGNER_INFO_VERSION: u8 = 1;
