//! The primitives by the RustCrypto crates: pure Rust, everywhere, no validated module.

use core::fmt;

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use aes_kw::KwAes256;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rand_core::{TryCryptoRng, TryRng};
use rsa::pkcs1::DecodeRsaPublicKey;
use sha2::{Digest as _, Sha256, Sha384};
use zeroize::Zeroizing;

use super::approval::{Approval, Service};
use super::keys::{KeyError, OsRandom, Random, RandomError, RecipientKey, SignerKey};
use super::provider::{CryptoError, CryptoProvider, Key256, Module, NONCE, TAG, WRAPPED};
use super::public_key::{KeyKind, PublicKey};
use super::scheme::{Digest, DigestAlgorithm, SignatureScheme};
use super::software::{SoftwareRecipient, SoftwareSigner};

/// The RustCrypto crates. The same randomness gives the same octets, RSA signatures apart.
#[must_use]
pub fn rust_crypto() -> &'static dyn CryptoProvider {
    &RustCrypto
}

struct RustCrypto;

impl CryptoProvider for RustCrypto {
    fn module(&self) -> Module {
        Module { name: "RustCrypto", version: "".into(), fips_mode: false }
    }

    fn approval(&self, _: Service) -> Approval {
        Approval::NotApproved
    }

    fn digest(&self, algorithm: DigestAlgorithm, pieces: &[&[u8]]) -> Digest {
        digest(algorithm, pieces)
    }

    fn verify(&self, key: &PublicKey, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
        let digest = digest(scheme.digest(), &[message]);
        scheme.fits(key.kind()) && verified(key, scheme, digest.as_slice(), signature).is_some()
    }

    fn encrypt(
        &self,
        key: &Key256,
        octets: &mut [u8],
        random: &mut dyn Random,
    ) -> Result<([u8; NONCE], [u8; TAG]), CryptoError> {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce)?;
        let cipher = Aes256Gcm::new((&**key).into());
        let tag = cipher.encrypt_inout_detached((&nonce).into(), &[], InOutBuf::from(octets));
        tag.map(|tag| (nonce, tag.into())).map_err(|_| CryptoError::Module)
    }

    fn decrypt(
        &self,
        key: &Key256,
        nonce: &[u8; NONCE],
        octets: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), CryptoError> {
        let cipher = Aes256Gcm::new((&**key).into());
        let opened = cipher.decrypt_inout_detached(nonce.into(), &[], InOutBuf::from(octets), tag.into());
        opened.map_err(|_| CryptoError::Module)
    }

    fn wrap(&self, kek: &Key256, key: &Key256) -> Result<[u8; WRAPPED], CryptoError> {
        let mut wrapped = [0; WRAPPED];
        KwAes256::new((&**kek).into())
            .wrap_key(key.as_ref(), &mut wrapped)
            .map_err(|_| CryptoError::Module)?;
        Ok(wrapped)
    }

    fn unwrap(&self, kek: &Key256, wrapped: &[u8; WRAPPED]) -> Result<Key256, CryptoError> {
        let mut key = Key256::default();
        KwAes256::new((&**kek).into()).unwrap_key(wrapped, key.as_mut()).map_err(|_| CryptoError::Module)?;
        Ok(key)
    }

    fn agree(
        &self,
        peer: &PublicKey,
        random: &mut dyn Random,
    ) -> Result<(PublicKey, Zeroizing<Vec<u8>>), CryptoError> {
        let ephemeral = SoftwareRecipient::generate(peer.kind(), random)?;
        let shared = ephemeral.agree(peer).map_err(|_| CryptoError::Module)?;
        Ok((ephemeral.public_key(), shared))
    }

    fn encrypt_key(
        &self,
        peer: &PublicKey,
        key: &Key256,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, CryptoError> {
        let peer = rsa::PublicKey::from_pkcs1_der(rsa_octets(peer).ok_or(CryptoError::Module)?);
        let peer = peer.map_err(|_| CryptoError::Module)?;
        peer.oaep_encrypt_with_rng::<Sha256, _>(&mut Drawn(random), &**key).map_err(|_| CryptoError::Module)
    }

    fn signer(&self, pkcs8: &[u8]) -> Result<Box<dyn SignerKey>, KeyError> {
        Ok(Box::new(SoftwareSigner::from_pkcs8_der(pkcs8)?))
    }

    fn recipient(&self, pkcs8: &[u8]) -> Result<Box<dyn RecipientKey>, KeyError> {
        Ok(Box::new(SoftwareRecipient::from_pkcs8_der(pkcs8)?))
    }

    fn random(&self) -> Box<dyn Random> {
        Box::new(OsRandom)
    }
}

/// SHA-256 as a name of something: a key, a certificate, an entry.
#[must_use]
pub(crate) fn sha256(octets: &[u8]) -> [u8; 32] {
    Sha256::digest(octets).into()
}

fn digest(algorithm: DigestAlgorithm, pieces: &[&[u8]]) -> Digest {
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

fn rsa_octets(key: &PublicKey) -> Option<&[u8]> {
    (key.kind() == KeyKind::Rsa).then(|| key.as_octets())
}

fn verified(key: &PublicKey, scheme: SignatureScheme, digest: &[u8], signature: &[u8]) -> Option<()> {
    match key.kind() {
        KeyKind::P256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key.as_octets()).ok()?;
            let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
            key.verify_prehash(digest, &signature).ok()
        }
        KeyKind::P384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key.as_octets()).ok()?;
            let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
            key.verify_prehash(digest, &signature).ok()
        }
        KeyKind::Rsa => {
            let key = rsa::PublicKey::from_pkcs1_der(key.as_octets()).ok()?;
            match scheme {
                SignatureScheme::RsaPssSha256 => key.pss_verify_prehash::<Sha256>(digest, signature).ok(),
                SignatureScheme::RsaPssSha384 => key.pss_verify_prehash::<Sha384>(digest, signature).ok(),
                SignatureScheme::RsaPkcs1Sha256 => {
                    key.pkcs1v15_verify_prehash::<Sha256>(digest, signature).ok()
                }
                SignatureScheme::RsaPkcs1Sha384 => {
                    key.pkcs1v15_verify_prehash::<Sha384>(digest, signature).ok()
                }
                SignatureScheme::EcdsaSha256 | SignatureScheme::EcdsaSha384 => None,
            }
        }
    }
}

/// The caller's randomness, as the crates want it.
pub(crate) struct Drawn<'a>(pub(crate) &'a mut dyn Random);

impl TryRng for Drawn<'_> {
    type Error = RandomError;

    fn try_next_u32(&mut self) -> Result<u32, RandomError> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets)?;
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, RandomError> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets)?;
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        self.0.fill(out)
    }
}

impl TryCryptoRng for Drawn<'_> {}

impl fmt::Debug for dyn CryptoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.module().fmt(f)
    }
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
        let wrapped = RustCrypto.wrap(&Zeroizing::new(kek), &Zeroizing::new(key)).unwrap();
        assert_eq!(wrapped[..8], [0x28, 0xC9, 0xF4, 0x04, 0xC4, 0xB8, 0x10, 0xF4]);
        assert_eq!(wrapped[32..], [0xFB, 0x98, 0x8B, 0x9B, 0x7A, 0x02, 0xDD, 0x21]);
        assert_eq!(*RustCrypto.unwrap(&Zeroizing::new(kek), &wrapped).unwrap(), key);
    }

    #[test]
    fn unwrap_refuses_another_key_and_a_changed_octet() {
        let wrapped = RustCrypto.wrap(&Zeroizing::new([1; 32]), &Zeroizing::new([2; 32])).unwrap();
        assert_eq!(RustCrypto.unwrap(&Zeroizing::new([3; 32]), &wrapped), Err(CryptoError::Module));
        let mut changed = wrapped;
        changed[20] ^= 1;
        assert_eq!(RustCrypto.unwrap(&Zeroizing::new([1; 32]), &changed), Err(CryptoError::Module));
    }

    #[test]
    fn opening_with_a_wrong_tag_leaves_the_octets_encrypted() {
        let key = Zeroizing::new([7; 32]);
        let mut octets = *b"a reading of one printer";
        let (nonce, tag) = RustCrypto.encrypt(&key, &mut octets, &mut OsRandom).unwrap();
        let encrypted = octets;
        assert_eq!(RustCrypto.decrypt(&key, &nonce, &mut octets, &[0; TAG]), Err(CryptoError::Module));
        assert_eq!(octets, encrypted);
        RustCrypto.decrypt(&key, &nonce, &mut octets, &tag).unwrap();
        assert_eq!(&octets, b"a reading of one printer");
    }

    #[test]
    fn nothing_is_called_approved_without_a_validated_module() {
        let report = rust_crypto().report();
        assert!(report.services.iter().all(|(_, approval)| *approval == Approval::NotApproved));
        assert!(report.to_string().contains("X9.63 KDF with SHA-256: not approved (composed outside"));
    }
}
