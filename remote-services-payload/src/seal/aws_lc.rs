//! The primitives by AWS-LC: C and assembler behind the crate `aws-lc-rs`. Feature `aws-lc-rs` links the ordinary
//! library, feature `fips` its FIPS module.
//!
//! In FIPS mode SHA-2, ECDSA, RSASSA-PSS, ECDH, HKDF with a salt, AES key wrap and AES-256-GCM with a nonce that the module
//! draws are approved services. The X9.63 KDF is composed outside of it and RSAES-OAEP is not among its approved
//! services, so these two are not. Whether the module that is linked was validated, and where, its version and the
//! validation list tell; this code cannot. Both lines are built: `aws-lc-rs` 1.17 has module 3, later ones module 4.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, RandomizedNonceKey, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, UnparsedPublicKey};
use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsBigEndian, EcPublicKeyUncompressedBin};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf;
use aws_lc_rs::key_wrap::{AES_256, KeyEncryptionKey, KeyWrap};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair as RsaKeyPair, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair, VerificationAlgorithm};
use zeroize::Zeroizing;

use super::approval::{Approval, Service};
use super::kdf::KeyDerivation;
use super::keys::{KeyError, Random, RandomError, RecipientKey, SignerKey};
use super::provider::{CryptoError, CryptoProvider, Key256, Module, NONCE, TAG, WRAPPED};
use super::public_key::{KeyKind, PublicKey};
use super::scheme::{Digest, DigestAlgorithm, SignatureScheme};

/// AWS-LC. Nonces of contents and ephemeral keys are drawn by the module, whatever randomness is handed in.
///
/// # Errors
/// [`CryptoError::Module`] when built with the feature `fips` and the module is not in FIPS mode, or its self-tests
/// fail now: there is no falling back to anything else.
pub fn aws_lc() -> Result<&'static dyn CryptoProvider, CryptoError> {
    if may_serve(cfg!(feature = "fips"), fips_mode, self_tests_pass) {
        Ok(&AwsLc)
    } else {
        Err(CryptoError::Module)
    }
}

fn may_serve(as_fips_module: bool, mode: impl FnOnce() -> bool, self_tests: impl FnOnce() -> bool) -> bool {
    !as_fips_module || (mode() && self_tests())
}

struct AwsLc;

impl CryptoProvider for AwsLc {
    fn module(&self) -> Module {
        let (library, fips_mode) = (aws_lc_rs::awslc_version(), fips_mode());
        let version = match aws_lc_rs::fips_version() {
            Some(module) if fips_mode => format!("{library} (FIPS module {module})").into(),
            _ => library.to_string().into(),
        };
        Module { name: "AWS-LC", version, fips_mode }
    }

    fn approval(&self, service: Service) -> Approval {
        approval(service, fips_mode())
    }

    fn digest(&self, algorithm: DigestAlgorithm, pieces: &[&[u8]]) -> Digest {
        let mut context = digest::Context::new(match algorithm {
            DigestAlgorithm::Sha256 => &digest::SHA256,
            DigestAlgorithm::Sha384 => &digest::SHA384,
        });
        pieces.iter().for_each(|piece| context.update(piece));
        Digest::new(context.finish().as_ref()).expect("both digests have a length that Digest has")
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

    // Only a nonce that the module draws makes an approved service of AES-GCM (SP 800-38D §8.2.2).
    fn encrypt(
        &self,
        key: &Key256,
        associated: &[u8],
        octets: &mut [u8],
        _: &mut dyn Random,
    ) -> Result<([u8; NONCE], [u8; TAG]), CryptoError> {
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, key.as_ref())?;
        let (nonce, tag) = cipher.seal_in_place_separate_tag(Aad::from(associated), octets)?;
        let tag = tag.as_ref().try_into().map_err(|_| CryptoError::Module)?;
        Ok((*nonce.as_ref(), tag))
    }

    fn decrypt(
        &self,
        key: &Key256,
        nonce: &[u8; NONCE],
        associated: &[u8],
        octets: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), CryptoError> {
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref())?);
        let nonce = Nonce::assume_unique_for_key(*nonce);
        Ok(cipher.open_in_place_separate_tag(nonce, Aad::from(associated), tag, octets).map(drop)?)
    }

    fn wrap(&self, kek: &Key256, key: &Key256) -> Result<[u8; WRAPPED], CryptoError> {
        let mut wrapped = [0; WRAPPED];
        KeyEncryptionKey::new(&AES_256, kek.as_ref())?.wrap(key.as_ref(), &mut wrapped)?;
        Ok(wrapped)
    }

    fn unwrap(&self, kek: &Key256, wrapped: &[u8; WRAPPED]) -> Result<Key256, CryptoError> {
        let mut room = Zeroizing::new([0; WRAPPED]);
        let octets = KeyEncryptionKey::new(&AES_256, kek.as_ref())?.unwrap(wrapped, room.as_mut())?;
        let octets: &[u8; 32] = (&*octets).try_into().map_err(|_| CryptoError::Module)?;
        Ok(Key256::new(*octets))
    }

    fn agree(
        &self,
        peer: &PublicKey,
        _: &mut dyn Random,
    ) -> Result<(PublicKey, Zeroizing<Vec<u8>>), CryptoError> {
        let key = agreement::PrivateKey::generate(curve(peer.kind()).ok_or(CryptoError::Module)?)?;
        let shared = agreed(&key, peer).map_err(|_| CryptoError::Module)?;
        Ok((point(&key).map_err(|_| CryptoError::Module)?, shared))
    }

    // Extract and expand in one call, with a salt and an info that are not empty: otherwise the module does not count it as an
    // approved service (SP 800-56C).
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

    fn encrypt_key(
        &self,
        peer: &PublicKey,
        key: &Key256,
        _: &mut dyn Random,
    ) -> Result<Vec<u8>, CryptoError> {
        let peer = PublicEncryptingKey::from_der(&peer.to_spki()).map_err(|_| CryptoError::Module)?;
        let peer = OaepPublicEncryptingKey::new(peer)?;
        let mut out = vec![0; peer.ciphertext_size()];
        let length = peer.encrypt(&OAEP_SHA256_MGF1SHA256, key.as_ref(), &mut out, None)?.len();
        out.truncate(length);
        Ok(out)
    }

    fn signer(&self, pkcs8: &[u8]) -> Result<Box<dyn SignerKey>, KeyError> {
        Ok(Box::new(AwsSigner::read(pkcs8).ok_or(KeyError::Malformed)?))
    }

    fn recipient(&self, pkcs8: &[u8]) -> Result<Box<dyn RecipientKey>, KeyError> {
        Ok(Box::new(AwsRecipient::read(pkcs8).ok_or(KeyError::Malformed)?))
    }

    fn random(&self) -> Box<dyn Random> {
        Box::new(ModuleRandom)
    }
}

fn approval(service: Service, fips_mode: bool) -> Approval {
    match service {
        Service::KeyDerivation(KeyDerivation::X963Sha256) | Service::KeyTransport => Approval::NotApproved,
        _ if fips_mode => Approval::Approved,
        _ => Approval::NotApproved,
    }
}

/// The module's generator.
struct ModuleRandom;

impl Random for ModuleRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        aws_lc_rs::rand::fill(out).map_err(|_| RandomError)
    }
}

/// A signing key in the module's memory, wiped by it.
struct AwsSigner {
    key: Signing,
    public: PublicKey,
}

enum Signing {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl AwsSigner {
    fn read(pkcs8: &[u8]) -> Option<Self> {
        let ecdsa = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok();
        if let Some(key) = ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING) {
            let public = PublicKey::from_point(key.public_key().as_ref()).ok()?;
            return Some(Self { key: Signing::P256(key), public });
        }
        if let Some(key) = ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING) {
            let public = PublicKey::from_point(key.public_key().as_ref()).ok()?;
            return Some(Self { key: Signing::P384(key), public });
        }
        let key = RsaKeyPair::from_pkcs8(pkcs8).ok()?;
        let public = PublicKey::from_rsa(key.public_key().as_ref()).ok()?;
        Some(Self { key: Signing::Rsa(Box::new(key)), public })
    }
}

impl SignerKey for AwsSigner {
    fn kind(&self) -> KeyKind {
        self.public.kind()
    }

    fn public_spki(&self) -> Vec<u8> {
        self.public.to_spki()
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::Module("AWS-LC refused to sign".to_owned());
        let random = SystemRandom::new();
        let rsa = |key: &RsaKeyPair, padding| {
            let mut out = vec![0; key.public_modulus_len()];
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

/// A recipient's key in the module's memory, wiped by it.
struct AwsRecipient {
    key: Receiving,
    public: PublicKey,
}

enum Receiving {
    Curve(agreement::PrivateKey),
    Rsa(OaepPrivateDecryptingKey),
}

impl AwsRecipient {
    fn read(pkcs8: &[u8]) -> Option<Self> {
        for algorithm in [&ECDH_P256, &ECDH_P384] {
            if let Ok(key) = agreement::PrivateKey::from_private_key_der(algorithm, pkcs8) {
                let public = point(&key).ok()?;
                return Some(Self { key: Receiving::Curve(key), public });
            }
        }
        let public = RsaKeyPair::from_pkcs8(pkcs8).ok()?;
        let public = PublicKey::from_rsa(public.public_key().as_ref()).ok()?;
        let key = OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(pkcs8).ok()?).ok()?;
        Some(Self { key: Receiving::Rsa(key), public })
    }
}

impl RecipientKey for AwsRecipient {
    fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        match &self.key {
            Receiving::Curve(key) => agreed(key, peer),
            Receiving::Rsa(_) => Err(KeyError::NotOffered),
        }
    }

    fn decrypt(&self, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let Receiving::Rsa(key) = &self.key else { return Err(KeyError::NotOffered) };
        let mut out = Zeroizing::new(vec![0; key.min_output_size()]);
        let length = key
            .decrypt(&OAEP_SHA256_MGF1SHA256, encrypted, &mut out, None)
            .map_err(|_| KeyError::Decrypt)?
            .len();
        out.truncate(length);
        Ok(out)
    }
}

/// What HKDF is asked for.
struct Length256;

impl hkdf::KeyType for Length256 {
    fn len(&self) -> usize {
        32
    }
}

fn curve(kind: KeyKind) -> Option<&'static agreement::Algorithm> {
    match kind {
        KeyKind::P256 => Some(&ECDH_P256),
        KeyKind::P384 => Some(&ECDH_P384),
        KeyKind::Rsa => None,
    }
}

fn agreed(key: &agreement::PrivateKey, peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let failed = || KeyError::Module("AWS-LC refused to agree".to_owned());
    let peer = UnparsedPublicKey::new(key.algorithm(), peer.as_octets());
    agreement::agree(key, peer, failed(), |secret| Ok(Zeroizing::new(secret.to_vec())))
}

fn point(key: &agreement::PrivateKey) -> Result<PublicKey, KeyError> {
    let failed = |_: Unspecified| KeyError::Module("AWS-LC gave no public key".to_owned());
    let public = key.compute_public_key().map_err(failed)?;
    let octets: EcPublicKeyUncompressedBin<'_> = public.as_be_bytes().map_err(failed)?;
    PublicKey::from_point(octets.as_ref())
}

fn fips_mode() -> bool {
    aws_lc_rs::try_fips_mode().is_ok()
}

/// Runs the module's self-tests once more, where `aws-lc-rs` lets us: since 1.18. The line before it, whose module 3 is
/// the validated one, has no call for that; its module ran them when it was loaded, and ends the program when one fails.
fn self_tests_pass() -> bool {
    // What the crate has of this name comes before what stands outside of this block.
    #[allow(unused_imports, reason = "the older line has nothing of the name")]
    use aws_lc_rs::*;
    try_fips_self_test().is_ok()
}

#[allow(dead_code, reason = "the newer line has its own")]
fn try_fips_self_test() -> Result<(), &'static str> {
    aws_lc_rs::try_fips_mode()
}

impl From<Unspecified> for CryptoError {
    fn from(_: Unspecified) -> Self {
        Self::Module
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fips_module_serves_in_its_mode_and_with_its_self_tests_passed_only() {
        for (mode, self_tests) in [(false, false), (false, true), (true, false), (true, true)] {
            assert_eq!(may_serve(true, || mode, || self_tests), mode && self_tests);
            assert!(may_serve(false, || mode, || self_tests), "it is no such module");
        }
    }

    #[test]
    fn nothing_is_approved_without_fips_mode_and_two_services_never_are() {
        for service in Service::ALL {
            assert_eq!(approval(service, false), Approval::NotApproved, "{service}");
            let never =
                matches!(service, Service::KeyDerivation(KeyDerivation::X963Sha256) | Service::KeyTransport);
            assert_eq!(approval(service, true) == Approval::Approved, !never, "{service}");
        }
    }
}
