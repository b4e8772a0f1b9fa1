//! Salts, and decryption behind its proofs (RFC 3826 §3.1).
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
    /// Starts at a number that must come from the operating system's random source, anew at each start. With a
    /// constant the same salts are used again after each restart, which the RFC forbids (RFC 3826 §3.1.2.1) and
    /// which gives plaintext away; the type cannot tell a constant from chance, so this is the caller's duty.
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

impl LocalizedUser {
    /// What an authoritative engine with these boots makes of a salt from its [`SaltCounter`]: for DES and 3DES the
    /// boots and 32 bits of counter (RFC 3414 §8.1.1.1), for AES the salt itself. An engine that keeps no boots uses
    /// the salt as it is: 64 bits from a random start are as good as boots that it does not have.
    #[must_use]
    pub fn authority_salt(&self, boots: u32, mut salt: [u8; 8]) -> [u8; 8] {
        if self.privacy.as_ref().is_some_and(|privacy| privacy.protocol.is_des()) {
            salt[..4].copy_from_slice(&boots.to_be_bytes());
        }
        salt
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
) -> Result<Vec<u8>, UsmError> {
    let key = &user.privacy.as_ref().ok_or(UsmError::UnsupportedSecurityLevel)?.key;
    // RFC 3826 §3.1.4.2 (1): exactly eight octets.
    let salt = privacy_parameters.try_into().map_err(|_| UsmError::Decryption)?;
    let mut data = ciphertext.to_vec();
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
