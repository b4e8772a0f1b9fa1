//! Salts, and decryption behind its proofs (RFC 3826 §3.1).
use zeroize::Zeroizing;

use alloc::vec::Vec;

use super::authentication::Authenticated;
use super::time_window::Timely;
use super::{EngineTime, LocalizedUser, UsmError};

/// Hands out salts, none of them twice in 2^64 messages.
///
/// An engine has one for all its keys and starts it at random: CFB shows the exclusive-or of two plaintexts
/// when key, boots, time and salt are the same, so a counter that began at zero after each restart would do harm.
#[derive(Debug)]
pub struct SaltCounter(u64);

impl SaltCounter {
    /// Starts at a number that must be random.
    #[must_use]
    pub fn new(random: u64) -> Self {
        SaltCounter(random)
    }

    /// The next salt.
    #[must_use]
    pub fn next_salt(&mut self) -> [u8; 8] {
        self.0 = self.0.wrapping_add(1);
        self.0.to_be_bytes()
    }
}

/// Step 8 (RFC 3414 §3.2). The proofs make sure that nothing is decrypted that was not authentic and fresh.
pub(super) fn decrypt(
    ciphertext: &[u8],
    privacy_parameters: &[u8],
    time: EngineTime,
    user: &LocalizedUser,
    _: &Authenticated,
    _: &Timely,
) -> Result<Zeroizing<Vec<u8>>, UsmError> {
    let key = user.privacy.as_ref().ok_or(UsmError::UnsupportedSecurityLevel)?;
    // RFC 3826 §3.1.4.2 (1): exactly eight octets.
    let salt = privacy_parameters.try_into().map_err(|_| UsmError::Decryption)?;
    let mut data = Zeroizing::new(ciphertext.to_vec());
    key.decrypt(time.boots, time.time, salt, &mut data).map_err(|_| UsmError::Decryption)?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_hundred_thousand_salts_are_all_different_even_across_the_wrap() {
        let mut counter = SaltCounter::new(u64::MAX - 50_000);
        let salts: BTreeSet<_> = (0..100_000).map(|_| counter.next_salt()).collect();
        assert_eq!(salts.len(), 100_000);
    }
}
