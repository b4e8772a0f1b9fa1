//! Authentication codes over whole messages (RFC 3414 §6.3, §7.3; RFC 7860 §4.2).
use super::{LocalizedUser, UsmError, UsmParameters};
use crate::crypto::{AuthKey, CryptoError, MAX_MAC};

/// Proof that msgAuthenticationParameters matched (RFC 3414 §3.2 step 6).
pub(super) struct Authenticated(());

/// Puts the authentication code into a message, whose authentication parameters start at `offset` and have the
/// length of the code.
///
/// # Errors
/// There is no room for the code at `offset`, or the provider fails.
pub fn sign(key: &dyn AuthKey, message: &mut [u8], offset: usize, mac_len: usize) -> Result<(), CryptoError> {
    let place = offset..offset.saturating_add(mac_len);
    message.get_mut(place.clone()).ok_or(CryptoError::Module)?.fill(0);
    let mac = key.mac(&[message])?;
    let code = message.get_mut(place).filter(|place| place.len() == mac.as_slice().len());
    code.ok_or(CryptoError::Module)?.copy_from_slice(mac.as_slice());
    Ok(())
}

/// Whether the `mac_len` octets at `offset` are the code of the message in which they count as zero.
///
/// # Errors
/// The provider fails. A wrong code is `Ok(false)`.
pub fn verify(key: &dyn AuthKey, message: &[u8], offset: usize, mac_len: usize) -> Result<bool, CryptoError> {
    let Some((before, received, after)) = split(message, offset, mac_len) else { return Ok(false) };
    Ok(key.mac(&[before, &ZEROS[..mac_len], after])?.matches(received))
}

/// Step 6 for a message from this user.
pub(super) fn authenticate(
    whole: &[u8],
    parameters: &UsmParameters<'_>,
    user: &LocalizedUser,
) -> Result<Authenticated, UsmError> {
    let auth = user.auth.as_ref().ok_or(UsmError::UnsupportedSecurityLevel)?;
    let mac_len = auth.protocol.mac_len();
    // Never the sender's length: a code of one octet is guessed in 256 tries (CVE-2008-0960).
    if parameters.authentication.len() != mac_len {
        return Err(UsmError::WrongDigest);
    }
    match verify(&*auth.key, whole, parameters.authentication_offset, mac_len)? {
        true => Ok(Authenticated(())),
        false => Err(UsmError::WrongDigest),
    }
}

fn split(message: &[u8], offset: usize, mac_len: usize) -> Option<(&[u8], &[u8], &[u8])> {
    if mac_len > MAX_MAC {
        return None;
    }
    let (before, rest) = message.split_at_checked(offset)?;
    let (code, after) = rest.split_at_checked(mac_len)?;
    Some((before, code, after))
}

#[cfg(test)]
impl Authenticated {
    pub(super) fn for_test() -> Self {
        Authenticated(())
    }
}

const ZEROS: [u8; MAX_MAC] = [0; MAX_MAC];
