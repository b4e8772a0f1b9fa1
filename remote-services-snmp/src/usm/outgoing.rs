//! Making messages (RFC 3414 §3.1).
use alloc::vec::Vec;
use core::fmt;

use super::authentication::sign;
use super::{EngineTime, LocalizedUser, UsmError, UsmParameters};
use crate::ber::{Buffer, Tag, Writer};
use crate::crypto::{CryptoError, MAX_MAC};
use crate::message::{MsgFlags, ScopedPdu, V3Header, Version};
use crate::pdu::{Pdu, PduKind, VarBindList};

/// securityLevel (RFC 3411 §3.4.3), from the lowest to the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityLevel {
    /// Neither authenticated nor encrypted.
    NoAuthNoPriv,
    /// Authenticated, readable by all.
    AuthNoPriv,
    /// Authenticated and encrypted.
    AuthPriv,
}

/// What stands around a scoped PDU.
#[derive(Clone, Copy)]
pub struct Envelope<'a> {
    /// msgID: 0 to 2^31 - 1.
    pub msg_id: i32,
    /// msgMaxSize: the largest message that we can take, in octets; at least 484.
    pub max_size: u32,
    /// Whether the receiver may answer with a Report: for PDUs that want an answer.
    pub reportable: bool,
    /// How the message is protected. Must not be above the user's own level.
    pub level: SecurityLevel,
    /// msgAuthoritativeEngineID.
    pub engine_id: &'a [u8],
    /// The authoritative engine's boots and time as we know them; zeros ask it for its own.
    pub time: EngineTime,
    /// msgUserName.
    pub user_name: &'a [u8],
    /// The keys, wanted above noAuthNoPriv.
    pub user: Option<&'a LocalizedUser>,
    /// A salt that was never used before, from [`SaltCounter`](super::SaltCounter); used by authPriv only.
    pub salt: [u8; 8],
}

impl<'a> Envelope<'a> {
    /// The envelope of a message to or from the engine that the user's keys are for, at the user's own level.
    #[must_use]
    pub fn for_user(
        user: &'a LocalizedUser,
        msg_id: i32,
        max_size: u32,
        time: EngineTime,
        salt: [u8; 8],
    ) -> Self {
        Envelope {
            msg_id,
            max_size,
            reportable: true,
            level: user.level(),
            engine_id: user.engine_id.as_slice(),
            time,
            user_name: &user.name,
            user: Some(user),
            salt,
        }
    }
}

/// Makes the octets of a message: encrypts when the level says so, then signs.
///
/// # Errors
/// The user has no key for the level, or the provider fails.
pub fn seal<B: AsRef<[u8]>, V: VarBindList>(
    envelope: &Envelope<'_>,
    scoped: &ScopedPdu<B, V>,
) -> Result<Vec<u8>, UsmError> {
    let mut writer = Writer::with_capacity(512);
    seal_into(&mut writer, envelope, scoped)?;
    Ok(writer.into_vec())
}

/// The same into `buffer`, where the message stands at the end.
///
/// # Errors
/// As [`seal`]; [`UsmError::BufferTooSmall`] with the octets that are needed.
pub fn seal_in<'b, B: AsRef<[u8]>, V: VarBindList>(
    buffer: &'b mut [u8],
    envelope: &Envelope<'_>,
    scoped: &ScopedPdu<B, V>,
) -> Result<&'b [u8], UsmError> {
    let mut writer = Writer::in_slice(buffer);
    seal_into(&mut writer, envelope, scoped)?;
    Ok(writer.finish()?)
}

/// The same on a writer that must be empty. What it holds after an error is worth nothing.
pub(crate) fn seal_into<B: AsRef<[u8]>, V: VarBindList, M: Buffer>(
    writer: &mut Writer<M>,
    envelope: &Envelope<'_>,
    scoped: &ScopedPdu<B, V>,
) -> Result<(), UsmError> {
    let missing = UsmError::UnsupportedSecurityLevel;
    let auth = match envelope.level {
        SecurityLevel::NoAuthNoPriv => None,
        _ => Some(envelope.user.and_then(|user| user.auth.as_ref()).ok_or(missing)?),
    };
    let encrypted = envelope.level == SecurityLevel::AuthPriv;

    let end = writer.mark();
    if encrypted {
        let privacy = envelope.user.and_then(|user| user.privacy.as_ref()).ok_or(missing)?;
        write_padded(writer, scoped, privacy.protocol.block_len());
        let EngineTime { boots, time } = envelope.time;
        if writer.is_whole() {
            privacy.key.encrypt(boots, time, envelope.salt, writer.as_mut_slice())?;
        }
        writer.wrap(Tag::OCTET_STRING, end);
    } else {
        scoped.encode(writer);
    }
    let mac_len = auth.map_or(0, |auth| auth.protocol.mac_len());
    let parameters = UsmParameters {
        engine_id: envelope.engine_id,
        time: envelope.time,
        user_name: envelope.user_name,
        authentication: ROOM_FOR_MAC.get(..mac_len).ok_or(CryptoError::Module)?,
        authentication_offset: 0,
        privacy: if encrypted { &envelope.salt } else { &[] },
    };
    let mac_from_end = parameters.encode(writer);
    let flags = MsgFlags { auth: auth.is_some(), privacy: encrypted, reportable: envelope.reportable };
    let header = V3Header {
        msg_id: envelope.msg_id,
        max_size: envelope.max_size,
        flags,
        security_model: V3Header::USM,
    };
    header.encode(writer);
    writer.integer(Version::V3.to_wire());
    writer.wrap(Tag::SEQUENCE, end);

    if let Some(auth) = auth.filter(|_| writer.is_whole()) {
        let offset = writer.len() - mac_from_end;
        sign(&*auth.key, writer.as_mut_slice(), offset, mac_len)?;
    }
    Ok(())
}

/// The scoped PDU, and behind it octets up to a whole number of blocks (RFC 3414 §8.1.1.2).
fn write_padded<B: AsRef<[u8]>, V: VarBindList, M: Buffer>(
    writer: &mut Writer<M>,
    scoped: &ScopedPdu<B, V>,
    block: usize,
) {
    if block > 1 {
        // The padding stands behind what tells its length, and is written before it.
        let mut measured = Writer::in_slice(&mut []);
        scoped.encode(&mut measured);
        let padding = measured.len().next_multiple_of(block) - measured.len();
        writer.raw(&[0; 8][..padding.min(8)]);
    }
    scoped.encode(writer);
}

/// The message that asks an unknown engine for its ID (RFC 3414 §4): the answer is a Report.
#[must_use]
#[cold]
pub fn discovery(msg_id: i32, request_id: i32, max_size: u32) -> Vec<u8> {
    let envelope = Envelope {
        msg_id,
        max_size,
        reportable: true,
        level: SecurityLevel::NoAuthNoPriv,
        engine_id: &[],
        time: EngineTime::default(),
        user_name: &[],
        user: None,
        salt: [0; 8],
    };
    let pdu = Pdu::request(PduKind::Get, request_id, Vec::new());
    let scoped = ScopedPdu { context_engine_id: Vec::new(), context_name: Vec::new(), pdu };
    seal(&envelope, &scoped).unwrap_or_default()
}

impl SecurityLevel {
    pub(crate) fn of(auth: bool, privacy: bool) -> Self {
        match (auth, privacy) {
            (false, _) => SecurityLevel::NoAuthNoPriv,
            (true, false) => SecurityLevel::AuthNoPriv,
            (true, true) => SecurityLevel::AuthPriv,
        }
    }
}

impl fmt::Display for SecurityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SecurityLevel::NoAuthNoPriv => "noAuthNoPriv",
            SecurityLevel::AuthNoPriv => "authNoPriv",
            SecurityLevel::AuthPriv => "authPriv",
        })
    }
}

const ROOM_FOR_MAC: [u8; MAX_MAC] = [0; MAX_MAC];
