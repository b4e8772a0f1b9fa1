//! Keys for ciphers that need more octets than the hash gives.
use zeroize::Zeroizing;

use super::{AuthAlgorithm, CryptoError, KeyExtension, KeyMaterial, MAX_KEY, PrivProtocol};

/// The localised key that `privacy` wants: Kul, lengthened when the cipher needs more octets, cut to what it needs.
///
/// # Errors
/// The module refuses.
pub fn privacy_key(
    algorithm: &dyn AuthAlgorithm,
    master: &KeyMaterial,
    engine_id: &[u8],
    privacy: PrivProtocol,
) -> Result<KeyMaterial, CryptoError> {
    let wanted = privacy.key_len();
    let first = algorithm.localize(master, engine_id)?;
    let mut key = Zeroizing::new([0; MAX_KEY]);
    let mut len = append(&mut key, 0, first.expose());
    let mut last = first;
    while len < wanted {
        last = match privacy.key_extension() {
            // Blumenthal's draft, §3.1.2.1: each hash is taken over all octets so far.
            Some(KeyExtension::Blumenthal) => algorithm.hash(&key[..len])?,
            // Reeder's draft, §2.1: the part made last is the password of the next.
            Some(KeyExtension::Reeder) => {
                algorithm.localize(&algorithm.password_to_key(last.expose())?, engine_id)?
            }
            None => return Err(CryptoError::KeyLength { expected: wanted, found: len }),
        };
        if last.expose().is_empty() {
            return Err(CryptoError::Module);
        }
        len = append(&mut key, len, last.expose());
    }
    KeyMaterial::new(&key[..wanted]).ok_or(CryptoError::Module)
}

/// Puts as many octets behind the first `len` as there is room for; gives the new length.
fn append(key: &mut [u8; MAX_KEY], len: usize, octets: &[u8]) -> usize {
    let room = key.get_mut(len..).unwrap_or_default();
    let added = octets.len().min(room.len());
    room[..added].copy_from_slice(&octets[..added]);
    len + added
}
