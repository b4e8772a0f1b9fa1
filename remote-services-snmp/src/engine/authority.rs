//! What an authoritative engine says about itself when it cannot take a message: Reports (RFC 3412 §7.1, RFC 3414 §3.2).

use alloc::vec;

use super::Instant;
use crate::ber::{Limits, Reader, Writer};
use crate::message::{MessageData, ScopedPdu, ScopedPduRef, V3MessageRef};
use crate::pdu::{Pdu, PduKind, PduRef, VarBind};
use crate::usm::{
    AuthorityClock, EngineId, EngineTime, Envelope, LocalizedUser, Opened, SaltCounter, SecurityLevel,
    UsmError, UsmParameters, UsmStat, seal_into,
};

/// The engine that we are towards others: its name, its clock, and salts for what it encrypts.
pub(crate) struct Authority {
    pub(crate) engine_id: EngineId,
    pub(crate) clock: AuthorityClock,
    pub(crate) salts: SaltCounter,
    /// The largest message to send or to say that we take.
    pub(crate) max_message_size: u32,
}

/// Whom a Report goes to, and how it is protected.
pub(crate) struct Recipient<'a> {
    pub(crate) msg_id: i32,
    pub(crate) request_id: i32,
    pub(crate) user_name: &'a [u8],
    pub(crate) user: Option<&'a LocalizedUser>,
    pub(crate) level: SecurityLevel,
}

impl Authority {
    pub(crate) fn time(&self, now: Instant) -> EngineTime {
        self.clock.at(now.since_start())
    }

    /// The time to send a message under, and its salt where it is encrypted. When DES has no salt left under these
    /// boots (RFC 3414 §8.1.1.1), the next ones begin.
    ///
    /// # Errors
    /// [`UsmError::SaltsExhausted`] when boots cannot rise any more.
    pub(crate) fn time_and_salt(
        &mut self,
        now: Instant,
        user: Option<&LocalizedUser>,
        level: SecurityLevel,
    ) -> Result<(EngineTime, [u8; 8]), UsmError> {
        let (time, Some(user)) = (self.time(now), user.filter(|_| level == SecurityLevel::AuthPriv)) else {
            return Ok((self.time(now), [0; 8]));
        };
        match user.authority_salt(time.boots, &mut self.salts) {
            Err(UsmError::SaltsExhausted) if self.clock.restart(now.since_start()) => {
                let time = self.time(now);
                Ok((time, user.authority_salt(time.boots, &mut self.salts)?))
            }
            salt => Ok((time, salt?)),
        }
    }

    /// Makes `message` a Report with this counter in it.
    pub(crate) fn report(
        &mut self,
        now: Instant,
        to: &Recipient<'_>,
        counter: VarBind,
        message: &mut Writer,
    ) -> Option<()> {
        let (time, salt) = self.time_and_salt(now, to.user, to.level).ok()?;
        let envelope = Envelope {
            msg_id: to.msg_id,
            max_size: self.max_message_size,
            reportable: false,
            level: to.level,
            engine_id: self.engine_id.as_slice(),
            time,
            user_name: to.user_name,
            user: to.user,
            salt,
        };
        let pdu = Pdu { kind: PduKind::Report, request_id: to.request_id, varbinds: vec![counter] };
        let context_name: &[u8] = &[];
        message.clear();
        seal_into(message, &envelope, &ScopedPdu { context_engine_id: envelope.engine_id, context_name, pdu })
            .ok()
    }
}

impl<'a> Recipient<'a> {
    /// The sender of a message that security refused, if it wants a Report.
    pub(crate) fn of_refused(
        message: &V3MessageRef<'a>,
        stat: UsmStat,
        limits: &Limits,
        find_user: impl FnOnce(&[u8]) -> Option<&'a LocalizedUser>,
    ) -> Option<Self> {
        let user_name = UsmParameters::decode(message).ok()?.user_name;
        let request_id = reportable_request(message, limits)?;
        // RFC 3414 §3.2 (7) a: only this one is signed, so that the sender may believe the time in it.
        let user = if stat == UsmStat::NotInTimeWindows { find_user(user_name) } else { None };
        let level = user.map_or(SecurityLevel::NoAuthNoPriv, |_| SecurityLevel::AuthNoPriv);
        Some(Recipient { msg_id: message.header.msg_id, request_id, user_name, user, level })
    }

    /// The sender of a message that security let through, if it wants a Report; at the level of the message.
    pub(crate) fn of_opened(
        opened: &Opened<'a>,
        pdu: &PduRef<'_>,
        user: Option<&'a LocalizedUser>,
    ) -> Option<Self> {
        let wanted = opened.header.flags.reportable && pdu.kind.is_confirmed();
        wanted.then_some(Recipient {
            msg_id: opened.header.msg_id,
            request_id: pdu.request_id,
            user_name: opened.parameters.user_name,
            user,
            level: opened.level,
        })
    }
}

/// The request-id to report under, or `None` when no Report may be sent (RFC 3412 §6.4, §7.1 (3)): the flag must ask
/// for it, and where the PDU can be read, it must be one that wants an answer.
fn reportable_request(message: &V3MessageRef<'_>, limits: &Limits) -> Option<i32> {
    if !message.header.flags.reportable {
        return None;
    }
    let MessageData::Plaintext(octets) = message.data else { return Some(0) };
    match ScopedPduRef::decode(&mut Reader::new(octets), limits) {
        Ok(scoped) if scoped.pdu.kind.is_confirmed() => Some(scoped.pdu.request_id),
        Ok(_) => None,
        Err(_) => Some(0),
    }
}
