//! From an agreed secret to the key that wraps the content key.

use super::asn1::{self, tag};
use super::oid;
use super::provider::{CryptoProvider, Key256};
use super::scheme::DigestAlgorithm;

/// The key-encryption key of one agreement: X9.63 KDF with SHA-256 (SEC 1 §3.6.1) over ECC-CMS-SharedInfo
/// (RFC 5753 §7.2). One block of SHA-256 is the whole key, so the counter is always 1.
///
/// No module offers this KDF, so it is composed here over the module's SHA-256: it can be no approved service.
pub(crate) fn key_encryption_key(provider: &dyn CryptoProvider, shared: &[u8]) -> Key256 {
    let key_info = asn1::algorithm(oid::AES_256_WRAP, &[]);
    let key_bits = asn1::element(tag::OCTET_STRING, &[&256_u32.to_be_bytes()]);
    let public_info = asn1::element(tag::CONTEXT_2, &[&key_bits]);
    let shared_info = asn1::element(tag::SEQUENCE, &[&key_info, &public_info]);
    let mut digest = provider.digest(DigestAlgorithm::Sha256, &[shared, &1_u32.to_be_bytes(), &shared_info]);
    let mut key = Key256::default();
    key.copy_from_slice(digest.as_slice());
    digest.wipe();
    key
}
