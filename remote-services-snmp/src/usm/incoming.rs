//! Taking messages in, step by step as RFC 3414 §3.2 counts them.
use core::time::Duration;

use alloc::vec::Vec;

use super::authentication::{Authenticated, authenticate};
use super::privacy::decrypt;
use super::time_window::Timely;
use super::{AuthorityClock, EngineId, LocalizedUser, RemoteClock, SecurityLevel, UsmError, UsmParameters};
use crate::ber::{DecodeError, Limits, Reader};
use crate::message::{MessageData, ScopedPduRef, V3Header, V3MessageRef};

/// A message that security let through. Its level says how much that means: at noAuthNoPriv nothing was proven.
pub struct Opened<'a> {
    /// msgGlobalData.
    pub header: V3Header,
    /// The security parameters.
    pub parameters: UsmParameters<'a>,
    /// How the message was protected.
    pub level: SecurityLevel,
    plaintext: Plaintext<'a>,
    offset: usize,
}

enum Plaintext<'a> {
    Received(&'a [u8]),
    Decrypted(Vec<u8>),
}

impl Opened<'_> {
    /// Reads the scoped PDU and looks at every variable binding.
    ///
    /// # Errors
    /// See [`DecodeErrorKind`](crate::ber::DecodeErrorKind).
    pub fn scoped_pdu(&self, limits: &Limits) -> Result<ScopedPduRef<'_>, DecodeError> {
        let octets = match &self.plaintext {
            Plaintext::Received(octets) => octets,
            Plaintext::Decrypted(octets) => octets.as_slice(),
        };
        ScopedPduRef::decode(&mut Reader::at(octets, self.offset), limits)
    }

    /// AES decrypts anything; a wrong key shows in what comes out.
    fn by_the_right_key(self) -> Result<Self, UsmError> {
        match &self.plaintext {
            Plaintext::Decrypted(octets) if !ScopedPduRef::looks_like_one(octets) => {
                Err(UsmError::Decryption)
            }
            _ => Ok(self),
        }
    }

    /// The memory that holds what was decrypted.
    pub(crate) fn into_memory(self) -> Option<Vec<u8>> {
        match self.plaintext {
            Plaintext::Received(_) => None,
            Plaintext::Decrypted(octets) => Some(octets),
        }
    }
}

/// Takes in a message as the engine that is not authoritative: the one that asked.
///
/// `user` is whom the question was asked as, bound to the engine that was asked; `clock` is what is known of that
/// engine's time. An authentic message may set the clock, no other can. At noAuthNoPriv neither engine nor user is
/// compared, since Reports come from engines that do not know ours yet: the caller decides what a message without
/// proof may do, and must refuse data below the level that was asked at (RFC 3412 §7.2 (12)).
///
/// # Errors
/// See [`UsmError`].
pub fn open_as_manager<'a>(
    message: &V3MessageRef<'a>,
    user: Option<&LocalizedUser>,
    clock: &mut RemoteClock,
    now: Duration,
) -> Result<Opened<'a>, UsmError> {
    open_as_manager_in(message, user, clock, now, Vec::new())?.by_the_right_key()
}

/// The same with memory for what is decrypted, which [`Opened::into_memory`] gives back. That a key to decrypt with is wrong
/// shows when the scoped PDU is read.
pub(crate) fn open_as_manager_in<'a>(
    message: &V3MessageRef<'a>,
    user: Option<&LocalizedUser>,
    clock: &mut RemoteClock,
    now: Duration,
    memory: Vec<u8>,
) -> Result<Opened<'a>, UsmError> {
    let parameters = UsmParameters::decode(message)?;
    if !message.header.flags.auth {
        return unprotected(message, parameters);
    }
    let user = user.ok_or(UsmError::UnknownUserName)?;
    if parameters.engine_id != user.engine_id.as_slice() {
        return Err(UsmError::UnknownEngineId);
    }
    if parameters.user_name != &*user.name {
        return Err(UsmError::UnknownUserName);
    }
    check_level(message, user)?;
    let authenticated = authenticate(message.whole, &parameters, user)?;
    let timely = clock.check(now, parameters.time, &authenticated)?;
    reveal(message, parameters, user, &authenticated, &timely, memory)
}

/// Takes in a message as the authoritative engine: the one that answers.
///
/// # Errors
/// See [`UsmError`].
pub fn open_as_authority<'a, 'u>(
    message: &V3MessageRef<'a>,
    engine_id: &EngineId,
    find_user: impl FnOnce(&[u8]) -> Option<&'u LocalizedUser>,
    clock: &AuthorityClock,
    now: Duration,
) -> Result<Opened<'a>, UsmError> {
    let parameters = UsmParameters::decode(message)?;
    if parameters.engine_id != engine_id.as_slice() {
        return Err(UsmError::UnknownEngineId);
    }
    let user = find_user(parameters.user_name).ok_or(UsmError::UnknownUserName)?;
    check_level(message, user)?;
    if !message.header.flags.auth {
        return unprotected(message, parameters);
    }
    let authenticated = authenticate(message.whole, &parameters, user)?;
    let timely = clock.check(now, parameters.time, &authenticated)?;
    reveal(message, parameters, user, &authenticated, &timely, Vec::new())?.by_the_right_key()
}

/// Step 5.
fn check_level(message: &V3MessageRef<'_>, user: &LocalizedUser) -> Result<(), UsmError> {
    let wanted = SecurityLevel::of(message.header.flags.auth, message.header.flags.privacy);
    if wanted > user.level() { Err(UsmError::UnsupportedSecurityLevel) } else { Ok(()) }
}

/// Step 8 and what is left.
fn reveal<'a>(
    message: &V3MessageRef<'a>,
    parameters: UsmParameters<'a>,
    user: &LocalizedUser,
    authenticated: &Authenticated,
    timely: &Timely,
    memory: Vec<u8>,
) -> Result<Opened<'a>, UsmError> {
    let (level, plaintext) = match message.data {
        MessageData::Plaintext(octets) => (SecurityLevel::AuthNoPriv, Plaintext::Received(octets)),
        MessageData::Encrypted(ciphertext) => {
            let (privacy, time) = (parameters.privacy, parameters.time);
            let data = decrypt(ciphertext, privacy, time, user, authenticated, timely, memory)?;
            (SecurityLevel::AuthPriv, Plaintext::Decrypted(data))
        }
    };
    Ok(Opened { header: message.header, parameters, level, plaintext, offset: message.data_offset })
}

fn unprotected<'a>(
    message: &V3MessageRef<'a>,
    parameters: UsmParameters<'a>,
) -> Result<Opened<'a>, UsmError> {
    match message.data {
        MessageData::Plaintext(octets) => Ok(Opened {
            header: message.header,
            parameters,
            level: SecurityLevel::NoAuthNoPriv,
            plaintext: Plaintext::Received(octets),
            offset: message.data_offset,
        }),
        // The header is refused when it asks for privacy without authentication, so this is not met.
        MessageData::Encrypted(_) => Err(UsmError::UnsupportedSecurityLevel),
    }
}
