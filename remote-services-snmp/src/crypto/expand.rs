//! What all back-ends do with octets before they compute.
use zeroize::Zeroizing;

use super::{CryptoError, KeyMaterial};

/// RFC 3414 §A.2: feeds a hash with the password, repeated to 1 MiB.
pub(super) fn expand_password(password: &[u8], mut update: impl FnMut(&[u8])) -> Result<(), CryptoError> {
    if password.is_empty() {
        return Err(CryptoError::KeyLength { expected: 8, found: 0 });
    }
    // Whole repetitions in a block of some KiB, so that the hash is not called for each.
    let repeated = Zeroizing::new(password.repeat(4096_usize.div_ceil(password.len())));
    let mut left = EXPANDED_PASSWORD;
    while left > 0 {
        let now = left.min(repeated.len());
        update(&repeated[..now]);
        left -= now;
    }
    Ok(())
}

/// RFC 3826 §3.1.2.1: boots, time and salt, all in network order.
pub(super) fn initialization_vector(boots: u32, time: u32, salt: [u8; 8]) -> [u8; 16] {
    let mut iv = [0; 16];
    iv[..4].copy_from_slice(&boots.to_be_bytes());
    iv[4..8].copy_from_slice(&time.to_be_bytes());
    iv[8..].copy_from_slice(&salt);
    iv
}

/// RFC 3826 §3.1.2.1: a cipher's key is the first octets of the localised key.
pub(super) fn leading_octets(localized: &KeyMaterial, expected: usize) -> Result<&[u8], CryptoError> {
    let found = localized.expose().len();
    localized.expose().get(..expected).ok_or(CryptoError::KeyLength { expected, found })
}

const EXPANDED_PASSWORD: usize = 1_048_576;
