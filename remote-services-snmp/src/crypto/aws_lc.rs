//! The algorithms by AWS-LC: C and assembler behind the crate `aws-lc-rs`. Feature `aws-lc-rs` links the ordinary
//! library, feature `fips` its FIPS module.
//!
//! In the FIPS module HMAC with SHA-1 and SHA-2 is an approved service. AES in CFB mode is there but not approved, and
//! there is no SNMP key derivation, so passwords become keys by its hash, which makes no approved service of it. MD5
//! and DES are not offered. Whether the module that is linked was validated, and where, its version and the
//! validation list tell; this code cannot. Both lines are built: `aws-lc-rs` 1.17 has module 3, later ones module 4.
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec;

use aws_lc_rs::cipher::{
    self, AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, hmac};
use zeroize::Zeroizing;

use super::expand::{expand_password, initialization_vector, leading_octets};
use super::{
    Approval, AuthAlgorithm, AuthKey, AuthProtocol, CryptoError, CryptoProvider, KeyExtension, KeyMaterial,
    Mac, PrivProtocol, PrivacyAlgorithm, PrivacyKey,
};

/// HMAC with SHA-1 and SHA-2, AES in CFB mode, by AWS-LC.
///
/// # Errors
/// [`CryptoError::Module`] when built with the feature `fips` and the module is not in FIPS mode, or its self-tests fail
/// now: there is no falling back to anything else.
pub fn provider() -> Result<CryptoProvider, CryptoError> {
    let fips = fips_mode();
    if cfg!(feature = "fips") && !(fips && self_tests_pass()) {
        return Err(CryptoError::Module);
    }
    let provider = CryptoProvider::new(
        "AWS-LC",
        vec![&HMAC_SHA1, &HMAC_SHA224, &HMAC_SHA256, &HMAC_SHA384, &HMAC_SHA512],
        vec![&AES128, &AES192_BLUMENTHAL, &AES192_REEDER, &AES256_BLUMENTHAL, &AES256_REEDER],
    );
    let library = aws_lc_rs::awslc_version();
    let version = match aws_lc_rs::fips_version() {
        Some(module) if fips => format!("{library} (FIPS module {module})"),
        _ => String::from(library),
    };
    Ok(provider.with_module(version, fips))
}

struct AwsHmac {
    protocol: AuthProtocol,
    hmac: &'static hmac::Algorithm,
    hash: &'static digest::Algorithm,
}

struct AwsCfb {
    protocol: PrivProtocol,
    cipher: &'static cipher::Algorithm,
}

/// The key is hashed in already; each message starts from a copy of that state.
struct AwsHmacKey {
    key: hmac::Key,
    mac_len: usize,
}

/// The key schedules, made once for all messages.
struct AwsCfbKey {
    encrypting: EncryptingKey,
    decrypting: DecryptingKey,
}

impl AuthAlgorithm for AwsHmac {
    fn protocol(&self) -> AuthProtocol {
        self.protocol
    }

    fn approval(&self) -> Approval {
        if fips_mode() { Approval::Approved } else { Approval::NotApproved }
    }

    fn key_derivation_approval(&self) -> Approval {
        Approval::NotApproved
    }

    fn password_to_key(&self, password: &[u8]) -> Result<KeyMaterial, CryptoError> {
        let mut hash = digest::Context::new(self.hash);
        expand_password(password, |part| hash.update(part))?;
        finish(hash)
    }

    fn localize(&self, master: &KeyMaterial, engine_id: &[u8]) -> Result<KeyMaterial, CryptoError> {
        let mut hash = digest::Context::new(self.hash);
        [master.expose(), engine_id, master.expose()].iter().for_each(|part| hash.update(part));
        finish(hash)
    }

    fn hash(&self, octets: &[u8]) -> Result<KeyMaterial, CryptoError> {
        let mut hash = digest::Context::new(self.hash);
        hash.update(octets);
        finish(hash)
    }

    fn key(&self, localized: &KeyMaterial) -> Result<Box<dyn AuthKey>, CryptoError> {
        let (expected, found) = (self.protocol.key_len(), localized.expose().len());
        if found != expected {
            return Err(CryptoError::KeyLength { expected, found });
        }
        // Making the key panics where the module refuses. It does so in its error state, and for lengths that it does
        // not take, of which none gets here.
        if cfg!(feature = "fips") && !fips_mode() {
            return Err(CryptoError::Module);
        }
        let key = hmac::Key::new(*self.hmac, localized.expose());
        Ok(Box::new(AwsHmacKey { key, mac_len: self.protocol.mac_len() }))
    }
}

impl AuthKey for AwsHmacKey {
    fn mac(&self, pieces: &[&[u8]]) -> Result<Mac, CryptoError> {
        let mut context = hmac::Context::with_key(&self.key);
        pieces.iter().for_each(|piece| context.update(piece));
        context.sign().as_ref().get(..self.mac_len).and_then(Mac::new).ok_or(CryptoError::Module)
    }
}

impl PrivacyAlgorithm for AwsCfb {
    fn protocol(&self) -> PrivProtocol {
        self.protocol
    }

    fn approval(&self) -> Approval {
        Approval::NotApproved
    }

    fn key(&self, localized: &KeyMaterial) -> Result<Box<dyn PrivacyKey>, CryptoError> {
        let octets = leading_octets(localized, self.protocol.key_len())?;
        let unbound = || UnboundCipherKey::new(self.cipher, octets);
        let encrypting = unbound().and_then(EncryptingKey::cfb128).map_err(|_| CryptoError::Module)?;
        let decrypting = unbound().and_then(DecryptingKey::cfb128).map_err(|_| CryptoError::Module)?;
        Ok(Box::new(AwsCfbKey { encrypting, decrypting }))
    }
}

impl PrivacyKey for AwsCfbKey {
    fn encrypt(&self, boots: u32, time: u32, salt: [u8; 8], data: &mut [u8]) -> Result<(), CryptoError> {
        let iv = EncryptionContext::Iv128(FixedLength::from(initialization_vector(boots, time, salt)));
        self.encrypting.less_safe_encrypt(data, iv).map(drop).map_err(|_| CryptoError::Module)
    }

    fn decrypt(&self, boots: u32, time: u32, salt: [u8; 8], data: &mut [u8]) -> Result<(), CryptoError> {
        let iv = DecryptionContext::Iv128(FixedLength::from(initialization_vector(boots, time, salt)));
        self.decrypting.decrypt(data, iv).map(drop).map_err(|_| CryptoError::Module)
    }
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

fn finish(hash: digest::Context) -> Result<KeyMaterial, CryptoError> {
    let mut octets = Zeroizing::new([0; digest::MAX_OUTPUT_LEN]);
    let digest = hash.finish();
    let len = digest.as_ref().len();
    octets.get_mut(..len).ok_or(CryptoError::Module)?.copy_from_slice(digest.as_ref());
    KeyMaterial::new(&octets[..len]).ok_or(CryptoError::Module)
}

const fn algorithm(
    protocol: AuthProtocol,
    hmac: &'static hmac::Algorithm,
    hash: &'static digest::Algorithm,
) -> AwsHmac {
    AwsHmac { protocol, hmac, hash }
}

static HMAC_SHA1: AwsHmac = algorithm(
    AuthProtocol::HmacSha1,
    &hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
    &digest::SHA1_FOR_LEGACY_USE_ONLY,
);
static HMAC_SHA224: AwsHmac = algorithm(AuthProtocol::HmacSha224, &hmac::HMAC_SHA224, &digest::SHA224);
static HMAC_SHA256: AwsHmac = algorithm(AuthProtocol::HmacSha256, &hmac::HMAC_SHA256, &digest::SHA256);
static HMAC_SHA384: AwsHmac = algorithm(AuthProtocol::HmacSha384, &hmac::HMAC_SHA384, &digest::SHA384);
static HMAC_SHA512: AwsHmac = algorithm(AuthProtocol::HmacSha512, &hmac::HMAC_SHA512, &digest::SHA512);

static AES128: AwsCfb = AwsCfb { protocol: PrivProtocol::Aes128, cipher: &AES_128 };
static AES192_BLUMENTHAL: AwsCfb =
    AwsCfb { protocol: PrivProtocol::Aes192(KeyExtension::Blumenthal), cipher: &AES_192 };
static AES192_REEDER: AwsCfb =
    AwsCfb { protocol: PrivProtocol::Aes192(KeyExtension::Reeder), cipher: &AES_192 };
static AES256_BLUMENTHAL: AwsCfb =
    AwsCfb { protocol: PrivProtocol::Aes256(KeyExtension::Blumenthal), cipher: &AES_256 };
static AES256_REEDER: AwsCfb =
    AwsCfb { protocol: PrivProtocol::Aes256(KeyExtension::Reeder), cipher: &AES_256 };
