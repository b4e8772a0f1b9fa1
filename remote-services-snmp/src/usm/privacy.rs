//! Salts, and decryption behind its proofs (RFC 3826 §3.1).
use alloc::vec::Vec;

use super::authentication::Authenticated;
use super::time_window::Timely;
use super::{EngineTime, LocalizedUser, UsmError};
use crate::crypto::CryptoError;

/// Hands out salts, none of them twice in 2^64 messages, for which a million messages a second need 584,000 years.
///
/// An engine has one for all its keys and starts it at random: CFB shows the exclusive-or of two plaintexts
/// when key, boots, time and salt are the same, so a counter that began at zero after each restart would do harm.
#[derive(Debug)]
pub struct SaltCounter {
    last: u64,
    des: DesCounter,
}

/// The half of a DES salt that counts (RFC 3414 §8.1.1.1). It has 32 bits only, so they are counted for each boots.
#[derive(Debug)]
struct DesCounter {
    boots: u32,
    last: u32,
    left: u64,
}

impl SaltCounter {
    /// Starts at a number from a source of randomness, which must not begin alike at each start: with the same salts
    /// after each restart, which the RFC forbids (RFC 3826 §3.1.2.1), plaintext is given away.
    ///
    /// # Errors
    /// [`CryptoError::RandomRepeats`]: the source gives the same number twice, as a constant does. A sequence that
    /// begins alike at each start cannot be told from chance, so to avoid that stays the caller's duty.
    pub fn from_source(random: &mut impl FnMut() -> u64) -> Result<Self, CryptoError> {
        let start = random();
        if random() == start { Err(CryptoError::RandomRepeats) } else { Ok(Self::new(start)) }
    }

    /// Starts at this number, which must come from the operating system's random source, anew at each start.
    #[must_use]
    pub fn new(random: u64) -> Self {
        let [_, _, _, _, a, b, c, d] = random.to_be_bytes();
        let last = u32::from_be_bytes([a, b, c, d]);
        SaltCounter { last: random, des: DesCounter { boots: 0, last, left: DES_SALTS } }
    }

    /// The next salt.
    #[must_use]
    pub fn next_salt(&mut self) -> [u8; 8] {
        self.last = self.last.wrapping_add(1);
        self.last.to_be_bytes()
    }

    #[cfg(test)]
    pub(crate) fn leave_for_des(&mut self, boots: u32, left: u64) {
        self.des = DesCounter { boots, left, ..self.des };
    }
}

impl DesCounter {
    fn next(&mut self, boots: u32) -> Result<[u8; 8], UsmError> {
        if boots > self.boots {
            (self.boots, self.left) = (boots, DES_SALTS);
        }
        // Lower boots have had salts of their own that are not remembered.
        if boots < self.boots || self.left == 0 {
            return Err(UsmError::SaltsExhausted);
        }
        self.left -= 1;
        self.last = self.last.wrapping_add(1);
        let mut salt = [0; 8];
        salt[..4].copy_from_slice(&boots.to_be_bytes());
        salt[4..].copy_from_slice(&self.last.to_be_bytes());
        Ok(salt)
    }
}

impl LocalizedUser {
    /// The next salt of an authoritative engine with these boots: for DES and 3DES the boots and a counter of 32 bits
    /// (RFC 3414 §8.1.1.1), for AES [`SaltCounter::next_salt`]. An engine that keeps no boots takes the latter for DES
    /// too: 64 bits from a random start are as good as boots that it does not have.
    ///
    /// # Errors
    /// [`UsmError::SaltsExhausted`] when 2^32 messages were encrypted by DES or 3DES under these boots, or some under
    /// higher ones: the engine must start anew with higher boots.
    pub fn authority_salt(&self, boots: u32, salts: &mut SaltCounter) -> Result<[u8; 8], UsmError> {
        match &self.privacy {
            Some(privacy) if privacy.protocol.is_des() => salts.des.next(boots),
            _ => Ok(salts.next_salt()),
        }
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
    mut memory: Vec<u8>,
) -> Result<Vec<u8>, UsmError> {
    let key = &user.privacy.as_ref().ok_or(UsmError::UnsupportedSecurityLevel)?.key;
    // RFC 3826 §3.1.4.2 (1): exactly eight octets.
    let salt = privacy_parameters.try_into().map_err(|_| UsmError::Decryption)?;
    memory.clear();
    memory.extend_from_slice(ciphertext);
    key.decrypt(time.boots, time.time, salt, &mut memory).map_err(|_| UsmError::Decryption)?;
    Ok(memory)
}

/// As many as 32 bits tell apart.
const DES_SALTS: u64 = 1 << 32;

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

    #[test]
    fn a_source_that_gives_the_same_number_twice_is_refused() {
        assert_eq!(SaltCounter::from_source(&mut || 0x5eed).err(), Some(CryptoError::RandomRepeats));
        let mut seed = 7..;
        let mut salts = SaltCounter::from_source(&mut || seed.next().unwrap()).unwrap();
        assert_eq!(salts.next_salt(), [0, 0, 0, 0, 0, 0, 0, 8]);
    }

    #[test]
    fn rfc3414_8_1_1_1_boots_have_two_to_the_32_des_salts_and_no_more() {
        let mut salts = SaltCounter::new(0x1234_5678_ffff_fffe);
        assert_eq!(salts.des.next(7), Ok([0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff]));
        assert_eq!((salts.des.next(7), salts.des.left), (Ok([0, 0, 0, 7, 0, 0, 0, 0]), DES_SALTS - 2));
        salts.leave_for_des(7, 1);
        assert_eq!(salts.des.next(7), Ok([0, 0, 0, 7, 0, 0, 0, 1]));
        assert_eq!(salts.des.next(7), Err(UsmError::SaltsExhausted));
        assert_eq!(salts.des.next(8), Ok([0, 0, 0, 8, 0, 0, 0, 2]));
        assert_eq!(salts.des.next(7), Err(UsmError::SaltsExhausted));
        assert_eq!(salts.des.left, DES_SALTS - 1);
    }
}
