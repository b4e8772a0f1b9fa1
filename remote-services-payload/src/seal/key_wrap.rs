//! AES-256 key wrap (RFC 3394) by the RustCrypto crate `aes-kw`, for modules that have none.

use aes_kw::KwAes256;
use aes_kw::cipher::KeyInit;

use super::provider::{CryptoError, Key256, WRAPPED};

pub(super) fn wrap(kek: &Key256, key: &Key256) -> Result<[u8; WRAPPED], CryptoError> {
    let mut wrapped = [0; WRAPPED];
    KwAes256::new((&**kek).into()).wrap_key(key.as_ref(), &mut wrapped).map_err(|_| CryptoError::Module)?;
    Ok(wrapped)
}

pub(super) fn unwrap(kek: &Key256, wrapped: &[u8; WRAPPED]) -> Result<Key256, CryptoError> {
    let mut key = Key256::default();
    KwAes256::new((&**kek).into()).unwrap_key(wrapped, key.as_mut()).map_err(|_| CryptoError::Module)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

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
        assert_eq!(wrapped[32..], [0xFB, 0x98, 0x8B, 0x9B, 0x7A, 0x02, 0xDD, 0x21]);
        assert_eq!(*unwrap(&Zeroizing::new(kek), &wrapped).unwrap(), key);
    }

    #[test]
    fn unwrap_refuses_another_key_and_a_changed_octet() {
        let wrapped = wrap(&Zeroizing::new([1; 32]), &Zeroizing::new([2; 32])).unwrap();
        assert_eq!(unwrap(&Zeroizing::new([3; 32]), &wrapped), Err(CryptoError::Module));
        let mut changed = wrapped;
        changed[20] ^= 1;
        assert_eq!(unwrap(&Zeroizing::new([1; 32]), &changed), Err(CryptoError::Module));
    }
}
