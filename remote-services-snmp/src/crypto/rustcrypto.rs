//! The algorithms by the RustCrypto crates: pure Rust, no operating system needed, not FIPS validated.
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use aes::cipher::InnerIvInit;
use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use cfb_mode::{Decryptor, Encryptor};
use hmac::digest::{Digest, FixedOutput};
use hmac::{EagerHash, Hmac, KeyInit, Mac as _};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::expand::{expand_password, initialization_vector, leading_octets};
use super::{
    Approval, AuthAlgorithm, AuthKey, AuthProtocol, CryptoError, CryptoProvider, KeyExtension, KeyMaterial,
    Mac, PrivProtocol, PrivacyAlgorithm, PrivacyKey,
};

/// HMAC with SHA-1 and SHA-2, AES in CFB mode; with the feature `legacy` also HMAC-MD5, DES and 3DES.
#[must_use]
pub fn provider() -> CryptoProvider {
    let auth: Vec<&'static dyn AuthAlgorithm> = vec![
        #[cfg(feature = "legacy")]
        &super::legacy::HmacMd5,
        &HmacSha1,
        &HmacSha224,
        &HmacSha256,
        &HmacSha384,
        &HmacSha512,
    ];
    let privacy: Vec<&'static dyn PrivacyAlgorithm> = vec![
        #[cfg(feature = "legacy")]
        &super::legacy::DesCbc,
        #[cfg(feature = "legacy")]
        &super::legacy::TripleDesCbc,
        &Aes128Cfb,
        &Aes192Cfb(KeyExtension::Blumenthal),
        &Aes192Cfb(KeyExtension::Reeder),
        &Aes256Cfb(KeyExtension::Blumenthal),
        &Aes256Cfb(KeyExtension::Reeder),
    ];
    CryptoProvider::new("RustCrypto", auth, privacy).with_module(VERSION, false)
}

struct HmacSha1;
struct HmacSha224;
struct HmacSha256;
struct HmacSha384;
struct HmacSha512;
struct Aes128Cfb;
struct Aes192Cfb(KeyExtension);
struct Aes256Cfb(KeyExtension);

macro_rules! auth_algorithm {
    ($name:ident, $hash:ty) => {
        impl AuthAlgorithm for $name {
            fn protocol(&self) -> AuthProtocol {
                AuthProtocol::$name
            }

            fn approval(&self) -> Approval {
                Approval::NotApproved
            }

            fn key_derivation_approval(&self) -> Approval {
                Approval::NotApproved
            }

            fn password_to_key(&self, password: &[u8]) -> Result<KeyMaterial, CryptoError> {
                password_to_key::<$hash>(password)
            }

            fn localize(&self, master: &KeyMaterial, engine_id: &[u8]) -> Result<KeyMaterial, CryptoError> {
                let mut hash = <$hash>::new();
                hash.update(master.expose());
                hash.update(engine_id);
                hash.update(master.expose());
                finish(hash)
            }

            fn hash(&self, octets: &[u8]) -> Result<KeyMaterial, CryptoError> {
                finish(<$hash>::new_with_prefix(octets))
            }

            fn key(&self, localized: &KeyMaterial) -> Result<Box<dyn AuthKey>, CryptoError> {
                let protocol = self.protocol();
                let (expected, found) = (protocol.key_len(), localized.expose().len());
                if found != expected {
                    return Err(CryptoError::KeyLength { expected, found });
                }
                let state = <Hmac<$hash> as KeyInit>::new_from_slice(localized.expose());
                let state = state.map_err(|_| CryptoError::Module)?;
                Ok(Box::new(HmacKey { state, mac_len: protocol.mac_len() }))
            }
        }
    };
}

#[cfg(feature = "legacy")]
pub(super) use auth_algorithm;

auth_algorithm!(HmacSha1, Sha1);
auth_algorithm!(HmacSha224, Sha224);
auth_algorithm!(HmacSha256, Sha256);
auth_algorithm!(HmacSha384, Sha384);
auth_algorithm!(HmacSha512, Sha512);

/// The key is hashed in already; each message starts from a copy of that state.
pub(super) struct HmacKey<H: EagerHash> {
    pub(super) state: Hmac<H>,
    pub(super) mac_len: usize,
}

impl<H> AuthKey for HmacKey<H>
where
    H: EagerHash,
    Hmac<H>: hmac::Mac + FixedOutput + Clone + Send + Sync,
{
    fn mac(&self, pieces: &[&[u8]]) -> Result<Mac, CryptoError> {
        let mut state = self.state.clone();
        for piece in pieces {
            hmac::Mac::update(&mut state, piece);
        }
        let full = state.finalize().into_bytes();
        full.get(..self.mac_len).and_then(Mac::new).ok_or(CryptoError::Module)
    }
}

macro_rules! aes_algorithm {
    ($name:ident, $cipher:ty, $self:ident => $protocol:expr) => {
        impl PrivacyAlgorithm for $name {
            fn protocol(&$self) -> PrivProtocol {
                $protocol
            }

            fn approval(&self) -> Approval {
                Approval::NotApproved
            }

            fn key(&self, localized: &KeyMaterial) -> Result<Box<dyn PrivacyKey>, CryptoError> {
                let key = leading_octets(localized, self.protocol().key_len())?;
                let cipher = <$cipher as KeyInit>::new_from_slice(key).map_err(|_| CryptoError::Module)?;
                Ok(Box::new(AesKey(cipher)))
            }
        }

        impl PrivacyKey for AesKey<$cipher> {
            fn encrypt(&self, boots: u32, time: u32, salt: [u8; 8], data: &mut [u8]) -> Result<(), CryptoError> {
                let iv = initialization_vector(boots, time, salt);
                Encryptor::inner_iv_init(&self.0, &iv.into()).encrypt(data);
                Ok(())
            }

            fn decrypt(&self, boots: u32, time: u32, salt: [u8; 8], data: &mut [u8]) -> Result<(), CryptoError> {
                let iv = initialization_vector(boots, time, salt);
                Decryptor::inner_iv_init(&self.0, &iv.into()).decrypt(data);
                Ok(())
            }
        }
    };
}

aes_algorithm!(Aes128Cfb, Aes128Enc, self => PrivProtocol::Aes128);
aes_algorithm!(Aes192Cfb, Aes192Enc, self => PrivProtocol::Aes192(self.0));
aes_algorithm!(Aes256Cfb, Aes256Enc, self => PrivProtocol::Aes256(self.0));

/// The key schedule, made once for all messages. CFB only ever encrypts blocks.
struct AesKey<C>(C);

/// RFC 3414 §A.2: the hash of the password, repeated to 1 MiB.
pub(super) fn password_to_key<H: Digest>(password: &[u8]) -> Result<KeyMaterial, CryptoError> {
    let mut hash = H::new();
    expand_password(password, |part| hash.update(part))?;
    finish(hash)
}

pub(super) fn finish<H: Digest>(hash: H) -> Result<KeyMaterial, CryptoError> {
    KeyMaterial::new(&Zeroizing::new(hash.finalize())).ok_or(CryptoError::Module)
}

/// The crates that compute here, by the versions that the workspace asks for.
const VERSION: &str = "(sha1 0.11, sha2 0.11, hmac 0.13, aes 0.9, cfb-mode 0.9)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cipher_takes_the_first_16_octets_and_no_fewer() {
        let key = |len| Aes128Cfb.key(&KeyMaterial::new(&[7; 64][..len]).unwrap());
        assert_eq!(key(15).err(), Some(CryptoError::KeyLength { expected: 16, found: 15 }));
        let (short, long) = (key(16).unwrap(), key(20).unwrap());
        let (mut a, mut b) = (*b"a scoped pdu of some octets", *b"a scoped pdu of some octets");
        short.encrypt(1, 2, [3; 8], &mut a).unwrap();
        long.encrypt(1, 2, [3; 8], &mut b).unwrap();
        assert_eq!(a, b);
        assert_ne!(&a, b"a scoped pdu of some octets");
        short.decrypt(1, 2, [3; 8], &mut a).unwrap();
        assert_eq!(&a, b"a scoped pdu of some octets");
    }

    #[test]
    fn rfc_4231_case_2_truncated_as_rfc_7860_says() {
        // The test's key is "Jefe"; HMAC fills it with zeros to the block, so 32 octets give the same code.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let key = HmacSha256.key(&KeyMaterial::new(&key).unwrap()).unwrap();
        let mac = key.mac(&[b"what do ya want ", b"for nothing?"]).unwrap();
        let expected = [
            0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7,
            0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83,
        ];
        assert!(mac.matches(&expected));
        assert!(HmacSha256.key(&KeyMaterial::new(&[0; 20]).unwrap()).is_err());
    }

    #[cfg(feature = "std")]
    #[test]
    fn the_version_names_the_crates_that_the_workspace_asks_for() {
        let Ok(manifest) = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        else {
            return;
        };
        for part in VERSION.trim_matches(['(', ')']).split(", ") {
            let (name, version) = part.split_once(' ').unwrap();
            assert!(manifest.contains(&alloc::format!("\n{name} = {{ version = \"{version}.")), "{part}");
        }
    }
}
