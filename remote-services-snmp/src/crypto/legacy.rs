//! HMAC-MD5, DES and 3DES by the RustCrypto crates. All three are broken or worn out; they are for devices that can
//! do nothing else.
use alloc::boxed::Box;

use cbc::cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit};
use cbc::{Decryptor, Encryptor};
use des::{Des, TdesEde3};
use hmac::digest::Digest;
use hmac::{Hmac, KeyInit};
use md5::Md5;
use zeroize::Zeroizing;

use super::expand::leading_octets;
use super::rustcrypto::{HmacKey, auth_algorithm, finish, password_to_key};
use super::{
    Approval, AuthAlgorithm, AuthKey, AuthProtocol, CryptoError, KeyMaterial, PrivProtocol, PrivacyAlgorithm,
    PrivacyKey,
};

pub(super) struct HmacMd5;
pub(super) struct DesCbc;
pub(super) struct TripleDesCbc;

auth_algorithm!(HmacMd5, Md5);

macro_rules! des_algorithm {
    ($name:ident, $protocol:ident, $cipher:ty) => {
        impl PrivacyAlgorithm for $name {
            fn protocol(&self) -> PrivProtocol {
                PrivProtocol::$protocol
            }

            fn approval(&self) -> Approval {
                Approval::NotApproved
            }

            fn key(&self, localized: &KeyMaterial) -> Result<Box<dyn PrivacyKey>, CryptoError> {
                // RFC 3414 §8.1.1.1: first the cipher's key, then eight octets of pre-IV.
                let key = leading_octets(localized, self.protocol().key_len())?;
                let (key, pre_iv) = key.split_last_chunk().ok_or(CryptoError::Module)?;
                let cipher = <$cipher as KeyInit>::new_from_slice(key).map_err(|_| CryptoError::Module)?;
                Ok(Box::new(CbcKey { cipher, pre_iv: Zeroizing::new(*pre_iv) }))
            }
        }

        impl PrivacyKey for CbcKey<$cipher> {
            fn encrypt(&self, _: u32, _: u32, salt: [u8; 8], data: &mut [u8]) -> Result<(), CryptoError> {
                let (blocks, rest) = Array::slice_as_chunks_mut(data);
                if !rest.is_empty() {
                    return Err(CryptoError::DataLength(blocks.len() * 8 + rest.len()));
                }
                Encryptor::inner_iv_init(&self.cipher, &self.iv(salt).into()).encrypt_blocks(blocks);
                Ok(())
            }

            fn decrypt(&self, _: u32, _: u32, salt: [u8; 8], data: &mut [u8]) -> Result<(), CryptoError> {
                let (blocks, rest) = Array::slice_as_chunks_mut(data);
                if !rest.is_empty() {
                    return Err(CryptoError::DataLength(blocks.len() * 8 + rest.len()));
                }
                Decryptor::inner_iv_init(&self.cipher, &self.iv(salt).into()).decrypt_blocks(blocks);
                Ok(())
            }
        }
    };
}

des_algorithm!(DesCbc, Des, Des);
des_algorithm!(TripleDesCbc, TripleDes, TdesEde3);

struct CbcKey<C> {
    cipher: C,
    pre_iv: Zeroizing<[u8; 8]>,
}

impl<C> CbcKey<C> {
    fn iv(&self, mut salt: [u8; 8]) -> [u8; 8] {
        salt.iter_mut().zip(*self.pre_iv).for_each(|(octet, pre)| *octet ^= pre);
        salt
    }
}
