//! The primitives by the RustCrypto crates: pure Rust, everywhere, no validated module.

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use hmac::{Hmac, Mac};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rand_core::{TryCryptoRng, TryRng};
use rsa::pkcs1::DecodeRsaPublicKey;
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

use super::approval::{Approval, Service};
use super::keys::{KeyError, OsRandom, Random, RandomError, RecipientKey, SignerKey};
use super::provider::{CryptoError, CryptoProvider, Key256, Module, NONCE, TAG, WRAPPED};
use super::public_key::{KeyKind, PublicKey};
use super::scheme::{Digest, DigestAlgorithm, SignatureScheme};
use super::software::{SoftwareRecipient, SoftwareSigner};
use super::{hash, key_wrap};

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
        hash::digest(algorithm, pieces)
    }

    fn verify(&self, key: &PublicKey, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
        let digest = hash::digest(scheme.digest(), &[message]);
        scheme.fits(key.kind()) && verified(key, scheme, digest.as_slice(), signature).is_some()
    }

    fn encrypt(
        &self,
        key: &Key256,
        associated: &[u8],
        octets: &mut [u8],
        random: &mut dyn Random,
    ) -> Result<([u8; NONCE], [u8; TAG]), CryptoError> {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce)?;
        let cipher = Aes256Gcm::new((&**key).into());
        let tag = cipher.encrypt_inout_detached((&nonce).into(), associated, InOutBuf::from(octets));
        tag.map(|tag| (nonce, tag.into())).map_err(|_| CryptoError::Module)
    }

    fn decrypt(
        &self,
        key: &Key256,
        nonce: &[u8; NONCE],
        associated: &[u8],
        octets: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), CryptoError> {
        let cipher = Aes256Gcm::new((&**key).into());
        let opened =
            cipher.decrypt_inout_detached(nonce.into(), associated, InOutBuf::from(octets), tag.into());
        opened.map_err(|_| CryptoError::Module)
    }

    fn wrap(&self, kek: &Key256, key: &Key256) -> Result<[u8; WRAPPED], CryptoError> {
        key_wrap::wrap(kek, key)
    }

    fn unwrap(&self, kek: &Key256, wrapped: &[u8; WRAPPED]) -> Result<Key256, CryptoError> {
        key_wrap::unwrap(kek, wrapped)
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

    fn hkdf(
        &self,
        digest: DigestAlgorithm,
        salt: &[u8],
        secret: &[u8],
        info: &[u8],
    ) -> Result<Key256, CryptoError> {
        match digest {
            DigestAlgorithm::Sha256 => hkdf::<Hmac<Sha256>>(salt, secret, info),
            DigestAlgorithm::Sha384 => hkdf::<Hmac<Sha384>>(salt, secret, info),
        }
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

/// One block holds the whole key, so the counter is always 1.
fn hkdf<H: Mac + KeyInit>(salt: &[u8], secret: &[u8], info: &[u8]) -> Result<Key256, CryptoError> {
    let code = |key: &[u8], pieces: &[&[u8]]| -> Result<_, CryptoError> {
        let mut code = <H as KeyInit>::new_from_slice(key).map_err(|_| CryptoError::Module)?;
        pieces.iter().for_each(|piece| code.update(piece));
        Ok(Zeroizing::new(code.finalize().into_bytes().to_vec()))
    };
    let extracted = code(salt, &[secret])?;
    let block = code(&extracted, &[info, &[1]])?;
    let mut key = Key256::default();
    key.copy_from_slice(block.get(..32).ok_or(CryptoError::Module)?);
    Ok(key)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_with_a_wrong_tag_leaves_the_octets_encrypted() {
        let key = Zeroizing::new([7; 32]);
        let mut octets = *b"a reading of one printer";
        let (nonce, tag) = RustCrypto.encrypt(&key, b"", &mut octets, &mut OsRandom).unwrap();
        let encrypted = octets;
        assert_eq!(RustCrypto.decrypt(&key, &nonce, b"", &mut octets, &[0; TAG]), Err(CryptoError::Module));
        assert_eq!(octets, encrypted);
        RustCrypto.decrypt(&key, &nonce, b"", &mut octets, &tag).unwrap();
        assert_eq!(&octets, b"a reading of one printer");
    }

    #[test]
    fn nothing_is_called_approved_without_a_validated_module() {
        let report = rust_crypto().report();
        assert!(report.services.iter().all(|(_, approval)| *approval == Approval::NotApproved));
        assert!(report.to_string().contains("X9.63 KDF with SHA-256: not approved (composed outside"));
    }

    #[test]
    fn what_is_drawn_is_what_the_source_gives() {
        struct Source(Result<u8, RandomError>);
        impl Random for Source {
            fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
                for (octet, next) in out.iter_mut().zip(self.0?..) {
                    *octet = next;
                }
                Ok(())
            }
        }
        let mut source = Source(Ok(1));
        let mut drawn = Drawn(&mut source);
        assert_eq!(drawn.try_next_u32(), Ok(0x0403_0201));
        assert_eq!(drawn.try_next_u64(), Ok(0x0807_0605_0403_0201));
        let mut octets = [0; 3];
        assert_eq!((drawn.try_fill_bytes(&mut octets), octets), (Ok(()), [1, 2, 3]));
        let mut broken = Source(Err(RandomError));
        assert_eq!(Drawn(&mut broken).try_fill_bytes(&mut octets), Err(RandomError));
    }
}
