//! Signature schemes and digests, and how CMS writes them.

use der::asn1::ObjectIdentifier;
pub use remote_services_core::key::{DigestAlgorithm, SignatureScheme};
use zeroize::Zeroize;

use super::asn1::{self, Algorithm, tag};
use super::oid;

/// A digest: 32 or 48 octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    octets: [u8; 48],
    length: usize,
}

/// How a digest algorithm is written.
pub(crate) trait DigestInCms: Sized {
    fn oid(self) -> ObjectIdentifier;

    /// The algorithm of this identifier, with parameters absent or NULL (RFC 5754 §2).
    fn read(algorithm: &Algorithm<'_>) -> Option<Self>;
}

/// How a signature scheme is written.
pub(crate) trait SchemeInCms: Sized {
    /// The AlgorithmIdentifier as it is written.
    fn encoded(self) -> Vec<u8>;

    /// The scheme of a signature on content.
    fn read(algorithm: &Algorithm<'_>) -> Result<Self, Unread>;

    /// The scheme of a signature on a certificate.
    fn read_certificate(algorithm: &Algorithm<'_>) -> Result<Self, Unread>;
}

impl DigestInCms for DigestAlgorithm {
    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => oid::SHA_256,
            Self::Sha384 => oid::SHA_384,
        }
    }

    fn read(algorithm: &Algorithm<'_>) -> Option<Self> {
        let found = [Self::Sha256, Self::Sha384].into_iter().find(|known| known.oid() == algorithm.oid);
        found.filter(|_| algorithm.parameters.is_empty() || algorithm.parameters == NULL)
    }
}

impl Digest {
    /// A digest of these octets, or `None` when there are neither 32 nor 48.
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        let mut digest = Self { octets: [0; 48], length: octets.len() };
        if ![32, 48].contains(&octets.len()) {
            return None;
        }
        digest.octets.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(digest)
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.octets[..self.length]
    }

    /// Overwrites the octets, where they were a key.
    pub(crate) fn wipe(&mut self) {
        self.octets.zeroize();
    }
}

impl SchemeInCms for SignatureScheme {
    fn encoded(self) -> Vec<u8> {
        match self {
            Self::EcdsaSha256 => asn1::algorithm(oid::ECDSA_WITH_SHA_256, &[]),
            Self::EcdsaSha384 => asn1::algorithm(oid::ECDSA_WITH_SHA_384, &[]),
            Self::RsaPssSha256 | Self::RsaPssSha384 => {
                asn1::algorithm(oid::RSASSA_PSS, &pss_parameters(self.digest(), &[]))
            }
            Self::RsaPkcs1Sha256 => asn1::algorithm(oid::SHA_256_WITH_RSA, NULL),
            Self::RsaPkcs1Sha384 => asn1::algorithm(oid::SHA_384_WITH_RSA, NULL),
        }
    }

    fn read(algorithm: &Algorithm<'_>) -> Result<Self, Unread> {
        let plain =
            |scheme| if algorithm.parameters.is_empty() { Ok(scheme) } else { Err(Unread::Parameters) };
        match algorithm.oid {
            oid::ECDSA_WITH_SHA_256 => plain(Self::EcdsaSha256),
            oid::ECDSA_WITH_SHA_384 => plain(Self::EcdsaSha384),
            oid::RSASSA_PSS => [Self::RsaPssSha256, Self::RsaPssSha384]
                .into_iter()
                .find(|scheme| is_one_of(algorithm.parameters, |hash| pss_parameters(scheme.digest(), hash)))
                .ok_or(Unread::Parameters),
            _ => Err(Unread::Algorithm),
        }
    }

    fn read_certificate(algorithm: &Algorithm<'_>) -> Result<Self, Unread> {
        match (algorithm.oid, algorithm.parameters == NULL) {
            (oid::SHA_256_WITH_RSA, true) => Ok(Self::RsaPkcs1Sha256),
            (oid::SHA_384_WITH_RSA, true) => Ok(Self::RsaPkcs1Sha384),
            (oid::SHA_256_WITH_RSA | oid::SHA_384_WITH_RSA, false) => Err(Unread::Parameters),
            _ => Self::read(algorithm),
        }
    }
}

/// Why an AlgorithmIdentifier is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    Algorithm,
    Parameters,
}

/// Parameters of RSAES-OAEP (RFC 8017 §A.2.1): SHA-256 for label and MGF1, no label.
pub(crate) fn oaep_parameters() -> Vec<u8> {
    asn1::element(tag::SEQUENCE, &hash_and_mask(DigestAlgorithm::Sha256, &[]).each_ref().map(Vec::as_slice))
}

/// Whether these are the parameters of [`oaep_parameters`], with those of the hashes absent or NULL.
pub(crate) fn are_oaep_parameters(parameters: &[u8]) -> bool {
    is_one_of(parameters, |hash| {
        let parts = hash_and_mask(DigestAlgorithm::Sha256, hash);
        asn1::element(tag::SEQUENCE, &parts.each_ref().map(Vec::as_slice))
    })
}

/// RSASSA-PSS-params (RFC 8017 §A.2.3) with the trailer left at its default.
fn pss_parameters(digest: DigestAlgorithm, hash_parameters: &[u8]) -> Vec<u8> {
    let [hash, mask] = hash_and_mask(digest, hash_parameters);
    let salt = if digest == DigestAlgorithm::Sha256 { 32 } else { 48 };
    asn1::element(
        tag::SEQUENCE,
        &[&hash, &mask, &asn1::element(tag::CONTEXT_2, &[&asn1::small_integer(salt)])],
    )
}

fn hash_and_mask(digest: DigestAlgorithm, hash_parameters: &[u8]) -> [Vec<u8>; 2] {
    let hash = asn1::algorithm(digest.oid(), hash_parameters);
    let mask = asn1::algorithm(oid::MGF1, &hash);
    [asn1::element(tag::CONTEXT_0, &[&hash]), asn1::element(tag::CONTEXT_1, &[&mask])]
}

/// RFC 4055 §2.1: the parameters of the hashes are absent or NULL, and both must be understood.
fn is_one_of(parameters: &[u8], with: impl Fn(&[u8]) -> Vec<u8>) -> bool {
    parameters == with(&[]) || parameters == with(NULL)
}

const NULL: &[u8] = &[tag::NULL, 0];

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [SignatureScheme; 6] = [
        SignatureScheme::EcdsaSha256,
        SignatureScheme::EcdsaSha384,
        SignatureScheme::RsaPssSha256,
        SignatureScheme::RsaPssSha384,
        SignatureScheme::RsaPkcs1Sha256,
        SignatureScheme::RsaPkcs1Sha384,
    ];

    #[test]
    fn what_is_written_is_read_and_pkcs1_only_on_certificates() {
        for scheme in ALL {
            let encoded = scheme.encoded();
            let mut cursor = asn1::Cursor::new(&encoded, 0);
            let algorithm = cursor.algorithm("test").unwrap();
            assert_eq!(SignatureScheme::read_certificate(&algorithm), Ok(scheme));
            let on_content = SignatureScheme::read(&algorithm);
            let pkcs1 = matches!(scheme, SignatureScheme::RsaPkcs1Sha256 | SignatureScheme::RsaPkcs1Sha384);
            assert_eq!(on_content.is_err(), pkcs1, "{scheme}");
        }
    }

    #[test]
    fn pss_with_another_salt_hash_or_mask_is_refused() {
        let good = pss_parameters(DigestAlgorithm::Sha256, NULL);
        let read = |parameters: &[u8]| {
            SignatureScheme::read(&Algorithm { oid: oid::RSASSA_PSS, parameters, offset: 0 })
        };
        assert_eq!(read(&good), Ok(SignatureScheme::RsaPssSha256));
        assert_eq!(read(&[]), Err(Unread::Parameters), "the defaults are SHA-1");
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 1;
            assert_eq!(read(&changed), Err(Unread::Parameters), "octet {at}");
        }
    }

    #[test]
    fn the_salt_of_pss_is_as_long_as_the_digest() {
        for (digest, salt) in [(DigestAlgorithm::Sha256, 32), (DigestAlgorithm::Sha384, 48)] {
            assert!(pss_parameters(digest, &[]).ends_with(&[tag::CONTEXT_2, 3, tag::INTEGER, 1, salt]));
        }
    }

    #[test]
    fn pkcs1_wants_null_for_its_parameters() {
        for oid in [oid::SHA_256_WITH_RSA, oid::SHA_384_WITH_RSA] {
            let algorithm = Algorithm { oid, parameters: &[], offset: 0 };
            assert_eq!(SignatureScheme::read_certificate(&algorithm), Err(Unread::Parameters));
        }
    }

    #[test]
    fn a_digest_that_was_a_key_is_overwritten() {
        let mut digest = Digest::new(&[7; 32]).unwrap();
        digest.wipe();
        assert_eq!(digest.octets, [0; 48]);
    }
}
