//! From an agreed secret to the key that wraps the content key.

use der::asn1::ObjectIdentifier;

use super::asn1::{self, tag};
use super::keys::{Random, RandomError};
use super::oid;
use super::provider::{CryptoError, CryptoProvider, Key256};
use super::public_key::KeyKind;
use super::scheme::DigestAlgorithm;

/// How the key that wraps the content key comes of an agreed secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyDerivation {
    /// The X9.63 KDF with SHA-256 (SEC 1 §3.6.1, RFC 5753): what others read too, `openssl cms` among them. No module
    /// offers it: it is composed outside, over the module's SHA-256, and so is never approved.
    #[default]
    X963Sha256,
    /// HKDF with SHA-256 (RFC 8418 §2.2).
    HkdfSha256,
    /// HKDF with SHA-384 (RFC 8418 §2.2).
    HkdfSha384,
}

impl KeyDerivation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::X963Sha256, Self::HkdfSha256, Self::HkdfSha384];

    /// HKDF as it is written to such a key: SHA-384 goes with P-384, SHA-256 with P-256. RSA keys need none.
    #[must_use]
    pub fn hkdf(recipient: KeyKind) -> Self {
        match recipient {
            KeyKind::P384 => Self::HkdfSha384,
            KeyKind::P256 | KeyKind::Rsa => Self::HkdfSha256,
        }
    }

    /// The scheme with this identifier.
    pub(crate) fn read(scheme: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.oid() == scheme)
    }

    pub(crate) fn oid(self) -> ObjectIdentifier {
        match self {
            Self::X963Sha256 => oid::ECDH_SHA_256_KDF,
            Self::HkdfSha256 => oid::ECDH_HKDF_SHA_256,
            Self::HkdfSha384 => oid::ECDH_HKDF_SHA_384,
        }
    }

    /// Octets of the ukm, which is HKDF's salt: as many as the digest has. RFC 8418 has it optional, AWS-LC's FIPS module counts
    /// HKDF as approved only with a salt. The X9.63 KDF goes without, as `openssl cms` writes it.
    pub(crate) fn ukm_length(self) -> usize {
        match self {
            Self::X963Sha256 => 0,
            Self::HkdfSha256 => 32,
            Self::HkdfSha384 => 48,
        }
    }

    /// A fresh ukm of that length.
    pub(crate) fn fresh_ukm(self, random: &mut dyn Random) -> Result<Vec<u8>, RandomError> {
        let mut ukm = vec![0; self.ukm_length()];
        if !ukm.is_empty() {
            random.fill(&mut ukm)?;
        }
        Ok(ukm)
    }

    /// The key-encryption key of one agreement.
    pub(crate) fn key_encryption_key(
        self,
        provider: &dyn CryptoProvider,
        shared: &[u8],
        ukm: &[u8],
    ) -> Result<Key256, CryptoError> {
        let info = shared_info(ukm);
        match self {
            Self::X963Sha256 => Ok(x963(provider, shared, &info)),
            Self::HkdfSha256 => provider.hkdf(DigestAlgorithm::Sha256, ukm, shared, &info),
            Self::HkdfSha384 => provider.hkdf(DigestAlgorithm::Sha384, ukm, shared, &info),
        }
    }
}

/// One block of SHA-256 is the whole key, so the counter is always 1.
fn x963(provider: &dyn CryptoProvider, shared: &[u8], info: &[u8]) -> Key256 {
    let mut digest = provider.digest(DigestAlgorithm::Sha256, &[shared, &1_u32.to_be_bytes(), info]);
    let mut key = Key256::default();
    key.copy_from_slice(digest.as_slice());
    digest.wipe();
    key
}

/// ECC-CMS-SharedInfo (RFC 5753 §7.2): the algorithm and the length of the key that is wanted, and the ukm where there is one.
fn shared_info(ukm: &[u8]) -> Vec<u8> {
    let key_info = asn1::algorithm(oid::AES_256_WRAP, &[]);
    let entity_info = match ukm {
        [] => Vec::new(),
        ukm => asn1::element(tag::CONTEXT_0, &[&asn1::element(tag::OCTET_STRING, &[ukm])]),
    };
    let key_bits = asn1::element(tag::OCTET_STRING, &[&256_u32.to_be_bytes()]);
    let public_info = asn1::element(tag::CONTEXT_2, &[&key_bits]);
    asn1::element(tag::SEQUENCE, &[&key_info, &entity_info, &public_info])
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHOUT_UKM: [u8; 23] = *b"\x30\x15\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2d\
        \xa2\x06\x04\x04\x00\x00\x01\x00";

    #[test]
    fn what_goes_into_the_key_is_as_rfc_5753_writes_it() {
        assert_eq!(shared_info(&[]), WITHOUT_UKM);
        let with_ukm = [
            &b"\x30\x1c\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2d"[..],
            b"\xa0\x05\x04\x03ukm",
            b"\xa2\x06\x04\x04\x00\x00\x01\x00",
        ];
        assert_eq!(shared_info(b"ukm"), with_ukm.concat());
    }

    /// By `openssl kdf -kdfopt digest:SHA256 X963KDF` over the same secret and info.
    #[test]
    fn the_x963_kdf_gives_what_openssl_gives() {
        let shared: [u8; 32] = core::array::from_fn(|at| u8::try_from(at).unwrap());
        let provider = crate::seal::standard();
        let key = KeyDerivation::X963Sha256.key_encryption_key(provider, &shared, &[]).unwrap();
        let hex = remote_services_core::hex::encode(&*key);
        assert_eq!(hex, "4a05bb60553c66fc1f7b0a83e1c5a7fd88e38bdc847af06c6bdc3b56a348ccb5");
    }
}
