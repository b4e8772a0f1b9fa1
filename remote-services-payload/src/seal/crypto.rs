//! The primitives of the profile, all from RustCrypto, in one place so that another module can take over.

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use aes_kw::KwAes256;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::asn1::{self, tag};
use super::keys::EcPoint;
use super::oid;

/// Octets of an AES-GCM nonce (SP 800-38D).
pub(crate) const NONCE: usize = 12;
/// Octets of an AES-GCM authentication tag; shorter ones are not accepted.
pub(crate) const TAG: usize = 16;
/// Octets of a wrapped 256-bit key (RFC 3394 §2.2.1).
pub(crate) const WRAPPED: usize = 40;

/// A 256-bit key that is overwritten when dropped.
pub(crate) type Key256 = Zeroizing<[u8; 32]>;

/// The digest of the octets.
#[must_use]
pub(crate) fn sha256(octets: &[u8]) -> [u8; 32] {
    Sha256::digest(octets).into()
}

/// Encrypts in place and returns the tag. `None` only beyond AES-GCM's 64 GiB.
pub(crate) fn aes_gcm_seal(key: &Key256, nonce: &[u8; NONCE], octets: &mut [u8]) -> Option<[u8; TAG]> {
    let cipher = Aes256Gcm::new((&**key).into());
    cipher.encrypt_inout_detached(nonce.into(), &[], InOutBuf::from(octets)).ok().map(Into::into)
}

/// Checks the tag, then decrypts in place; `None` when the tag does not fit, and the octets stay encrypted.
pub(crate) fn aes_gcm_open(
    key: &Key256,
    nonce: &[u8; NONCE],
    octets: &mut [u8],
    tag: &[u8; TAG],
) -> Option<()> {
    let cipher = Aes256Gcm::new((&**key).into());
    cipher.decrypt_inout_detached(nonce.into(), &[], InOutBuf::from(octets), tag.into()).ok()
}

/// AES-256 key wrap (RFC 3394).
pub(crate) fn wrap(kek: &Key256, key: &Key256) -> Option<[u8; WRAPPED]> {
    let mut wrapped = [0; WRAPPED];
    KwAes256::new((&**kek).into()).wrap_key(key.as_ref(), &mut wrapped).ok()?;
    Some(wrapped)
}

/// The inverse of [`wrap`]; `None` when the integrity check fails.
pub(crate) fn unwrap(kek: &Key256, wrapped: &[u8; WRAPPED]) -> Option<Key256> {
    let mut key = Key256::default();
    KwAes256::new((&**kek).into()).unwrap_key(wrapped, key.as_mut()).ok()?;
    Some(key)
}

/// The key-encryption key of one agreement: X9.63 KDF with SHA-256 (SEC 1 §3.6.1) over ECC-CMS-SharedInfo
/// (RFC 5753 §7.2). One block of SHA-256 is the whole key, so the counter is always 1.
#[must_use]
pub(crate) fn key_encryption_key(shared: &[u8; 32]) -> Key256 {
    let key_info = asn1::algorithm(oid::AES_256_WRAP, &[]);
    let key_bits = asn1::element(tag::OCTET_STRING, &[&256_u32.to_be_bytes()]);
    let public_info = asn1::element(tag::CONTEXT_2, &[&key_bits]);
    let shared_info = asn1::element(tag::SEQUENCE, &[&key_info, &public_info]);
    let mut hash = Sha256::new();
    hash.update(shared);
    hash.update(1_u32.to_be_bytes());
    hash.update(&shared_info);
    let mut key = Key256::default();
    hash.finalize_into((&mut *key).into());
    key
}

/// Whether `signature` (DER, ECDSA-Sig-Value) over `digest` was made with the key of `point`.
#[must_use]
pub(crate) fn ecdsa_verifies(point: &EcPoint, digest: &[u8; 32], signature: &[u8]) -> bool {
    let Ok(key) = VerifyingKey::from_sec1_bytes(point) else { return false };
    let Ok(signature) = Signature::from_der(signature) else { return false };
    key.verify_prehash(digest, &signature).is_ok()
}

/// `r ‖ s` as the DER of ECDSA-Sig-Value; `None` when a half is zero or not below the group order.
pub(crate) fn ecdsa_der(signature: &[u8; 64]) -> Option<Vec<u8>> {
    Signature::from_slice(signature).ok().map(|signature| signature.to_der().as_bytes().to_vec())
}

/// Whether the octets are an uncompressed point on the curve.
#[must_use]
pub(crate) fn on_curve(point: &EcPoint) -> bool {
    point[0] == 4 && p256::PublicKey::from_sec1_bytes(point).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrap_gives_the_vector_of_rfc_3394_4_6() {
        let kek: [u8; 32] = core::array::from_fn(|at| u8::try_from(at).unwrap());
        let mut key = [0; 32];
        for (at, octet) in key.iter_mut().enumerate() {
            let value = u8::try_from(at).unwrap();
            *octet = if value < 16 { value * 0x11 } else { value - 16 };
        }
        let wrapped = wrap(&Zeroizing::new(kek), &Zeroizing::new(key)).unwrap();
        assert_eq!(wrapped[..8], [0x28, 0xC9, 0xF4, 0x04, 0xC4, 0xB8, 0x10, 0xF4]);
        assert_eq!(
            wrapped[32..],
            [0xCB, 0xC7, 0xF0, 0xE7, 0x1A, 0x99, 0xF4, 0x3B, 0xFB, 0x98, 0x8B, 0x9B, 0x7A, 0x02, 0xDD, 0x21]
                [8..]
        );
        assert_eq!(*unwrap(&Zeroizing::new(kek), &wrapped).unwrap(), key);
    }

    #[test]
    fn unwrap_refuses_another_key_and_a_changed_octet() {
        let wrapped = wrap(&Zeroizing::new([1; 32]), &Zeroizing::new([2; 32])).unwrap();
        assert!(unwrap(&Zeroizing::new([3; 32]), &wrapped).is_none());
        let mut changed = wrapped;
        changed[20] ^= 1;
        assert!(unwrap(&Zeroizing::new([1; 32]), &changed).is_none());
    }

    #[test]
    fn opening_with_a_wrong_tag_leaves_the_octets_encrypted() {
        let (key, nonce) = (Zeroizing::new([7; 32]), [9; NONCE]);
        let mut octets = *b"a reading of one printer";
        let tag = aes_gcm_seal(&key, &nonce, &mut octets).unwrap();
        let encrypted = octets;
        assert!(aes_gcm_open(&key, &nonce, &mut octets, &[0; TAG]).is_none());
        assert_eq!(octets, encrypted);
        aes_gcm_open(&key, &nonce, &mut octets, &tag).unwrap();
        assert_eq!(&octets, b"a reading of one printer");
    }
}
