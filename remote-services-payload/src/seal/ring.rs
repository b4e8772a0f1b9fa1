//! The primitives by ring: what a small device links, whose TLS has it already; digests are `sha2`'s as ever. It seals, signs and verifies;
//! it does not open, since ring agrees with ephemeral keys only, and knows no RSAES-OAEP.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};
use ring::agreement::{self, ECDH_P256, ECDH_P384, EphemeralPrivateKey, UnparsedPublicKey};
use ring::error::Unspecified;
use ring::hkdf;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{self, EcdsaKeyPair, KeyPair, RsaKeyPair, VerificationAlgorithm};
use zeroize::Zeroizing;

use super::approval::{Approval, Service};
use super::keys::{KeyError, Random, RandomError, RecipientKey, SignerKey};
use super::provider::{CryptoError, CryptoProvider, Key256, Module, NONCE, TAG, WRAPPED};
use super::public_key::{KeyKind, PublicKey};
use super::scheme::{Digest, DigestAlgorithm, SignatureScheme};
use super::{hash, key_wrap};

/// ring. Ephemeral keys are drawn by it, whatever randomness is handed in. It cannot be a recipient, nor seal to an RSA key.
#[must_use]
pub fn ring() -> &'static dyn CryptoProvider {
    &Ring
}

struct Ring;

impl CryptoProvider for Ring {
    fn module(&self) -> Module {
        Module { name: "ring", version: "".into(), fips_mode: false }
    }

    fn approval(&self, _: Service) -> Approval {
        Approval::NotApproved
    }

    fn digest(&self, algorithm: DigestAlgorithm, pieces: &[&[u8]]) -> Digest {
        hash::digest(algorithm, pieces)
    }

    fn verify(&self, key: &PublicKey, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match (key.kind(), scheme) {
            (KeyKind::P256, SignatureScheme::EcdsaSha256) => &signature::ECDSA_P256_SHA256_ASN1,
            (KeyKind::P256, SignatureScheme::EcdsaSha384) => &signature::ECDSA_P256_SHA384_ASN1,
            (KeyKind::P384, SignatureScheme::EcdsaSha256) => &signature::ECDSA_P384_SHA256_ASN1,
            (KeyKind::P384, SignatureScheme::EcdsaSha384) => &signature::ECDSA_P384_SHA384_ASN1,
            (KeyKind::Rsa, SignatureScheme::RsaPssSha256) => &signature::RSA_PSS_2048_8192_SHA256,
            (KeyKind::Rsa, SignatureScheme::RsaPssSha384) => &signature::RSA_PSS_2048_8192_SHA384,
            (KeyKind::Rsa, SignatureScheme::RsaPkcs1Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa, SignatureScheme::RsaPkcs1Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            _ => return false,
        };
        signature::UnparsedPublicKey::new(algorithm, key.as_octets()).verify(message, signature).is_ok()
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
        let fresh = Nonce::assume_unique_for_key(nonce);
        let tag = cipher(key)?.seal_in_place_separate_tag(fresh, Aad::from(associated), octets)?;
        Ok((nonce, tag.as_ref().try_into().map_err(|_| CryptoError::Module)?))
    }

    fn decrypt(
        &self,
        key: &Key256,
        nonce: &[u8; NONCE],
        associated: &[u8],
        octets: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), CryptoError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let associated = Aad::from(associated);
        let opened = cipher(key)?.open_in_place_separate_tag(nonce, associated, Tag::from(*tag), octets, 0..);
        Ok(opened.map(drop)?)
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
        _: &mut dyn Random,
    ) -> Result<(PublicKey, Zeroizing<Vec<u8>>), CryptoError> {
        let curve = match peer.kind() {
            KeyKind::P256 => &ECDH_P256,
            KeyKind::P384 => &ECDH_P384,
            KeyKind::Rsa => return Err(CryptoError::Module),
        };
        let key = EphemeralPrivateKey::generate(curve, &SystemRandom::new())?;
        let public = PublicKey::from_point(key.compute_public_key()?.as_ref());
        let peer = UnparsedPublicKey::new(curve, peer.as_octets());
        let shared = agreement::agree_ephemeral(key, &peer, |secret| Zeroizing::new(secret.to_vec()))?;
        Ok((public.map_err(|_| CryptoError::Module)?, shared))
    }

    fn hkdf(
        &self,
        digest: DigestAlgorithm,
        salt: &[u8],
        secret: &[u8],
        info: &[u8],
    ) -> Result<Key256, CryptoError> {
        let algorithm = match digest {
            DigestAlgorithm::Sha256 => hkdf::HKDF_SHA256,
            DigestAlgorithm::Sha384 => hkdf::HKDF_SHA384,
        };
        let extracted = hkdf::Salt::new(algorithm, salt).extract(secret);
        let mut key = Key256::default();
        extracted.expand(&[info], Length256)?.fill(key.as_mut())?;
        Ok(key)
    }

    fn encrypt_key(&self, _: &PublicKey, _: &Key256, _: &mut dyn Random) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::Module)
    }

    fn signer(&self, pkcs8: &[u8]) -> Result<Box<dyn SignerKey>, KeyError> {
        Ok(Box::new(RingSigner::read(pkcs8).ok_or(KeyError::Malformed)?))
    }

    fn recipient(&self, _: &[u8]) -> Result<Box<dyn RecipientKey>, KeyError> {
        Err(KeyError::NotOffered)
    }

    fn random(&self) -> Box<dyn Random> {
        Box::new(RingRandom(SystemRandom::new()))
    }
}

struct RingRandom(SystemRandom);

impl Random for RingRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        self.0.fill(out).map_err(|_| RandomError)
    }
}

/// A signing key in memory.
struct RingSigner {
    key: Signing,
    public: PublicKey,
}

enum Signing {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl RingSigner {
    fn read(pkcs8: &[u8]) -> Option<Self> {
        let ecdsa = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &SystemRandom::new()).ok();
        if let Some(key) = ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING) {
            let public = PublicKey::from_point(key.public_key().as_ref()).ok()?;
            return Some(Self { key: Signing::P256(key), public });
        }
        if let Some(key) = ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING) {
            let public = PublicKey::from_point(key.public_key().as_ref()).ok()?;
            return Some(Self { key: Signing::P384(key), public });
        }
        let key = RsaKeyPair::from_pkcs8(pkcs8).ok()?;
        let public = PublicKey::from_rsa(key.public().as_ref()).ok()?;
        Some(Self { key: Signing::Rsa(Box::new(key)), public })
    }
}

impl SignerKey for RingSigner {
    fn kind(&self) -> KeyKind {
        self.public.kind()
    }

    fn public_spki(&self) -> Vec<u8> {
        self.public.to_spki()
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::Module("ring refused to sign".to_owned());
        let random = SystemRandom::new();
        let rsa = |key: &RsaKeyPair, padding| {
            let mut out = vec![0; key.public().modulus_len()];
            key.sign(padding, &random, message, &mut out).map(|()| out).map_err(failed)
        };
        match (&self.key, scheme) {
            (Signing::P256(key), SignatureScheme::EcdsaSha256)
            | (Signing::P384(key), SignatureScheme::EcdsaSha384) => {
                key.sign(&random, message).map(|it| it.as_ref().to_vec()).map_err(failed)
            }
            (Signing::Rsa(key), SignatureScheme::RsaPssSha256) => rsa(key, &signature::RSA_PSS_SHA256),
            (Signing::Rsa(key), SignatureScheme::RsaPssSha384) => rsa(key, &signature::RSA_PSS_SHA384),
            _ => Err(KeyError::NotOffered),
        }
    }
}

/// What HKDF is asked for.
struct Length256;

impl hkdf::KeyType for Length256 {
    fn len(&self) -> usize {
        32
    }
}

fn cipher(key: &Key256) -> Result<LessSafeKey, CryptoError> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref())?))
}

impl From<Unspecified> for CryptoError {
    fn from(_: Unspecified) -> Self {
        Self::Module
    }
}
