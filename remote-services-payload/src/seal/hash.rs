//! Digests by the RustCrypto crate `sha2`, which is always linked.

use sha2::{Digest as _, Sha256, Sha384};

use super::scheme::{Digest, DigestAlgorithm};

/// SHA-256 as a name of something: a key, a certificate, an entry.
#[must_use]
pub(crate) fn sha256(octets: &[u8]) -> [u8; 32] {
    Sha256::digest(octets).into()
}

/// The digest of the pieces, one after the other.
pub(crate) fn digest(algorithm: DigestAlgorithm, pieces: &[&[u8]]) -> Digest {
    let digest = match algorithm {
        DigestAlgorithm::Sha256 => Digest::new(&chained::<Sha256>(pieces)),
        DigestAlgorithm::Sha384 => Digest::new(&chained::<Sha384>(pieces)),
    };
    digest.expect("both digests have a length that Digest has")
}

fn chained<D: sha2::Digest>(pieces: &[&[u8]]) -> impl core::ops::Deref<Target = [u8]> + use<D> {
    let mut hash = D::new();
    pieces.iter().for_each(|piece| hash.update(piece));
    hash.finalize()
}
