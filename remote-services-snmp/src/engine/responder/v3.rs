//! SNMPv3 requests, and the Reports that tell why one was refused (RFC 3412 §7.2, RFC 3414 §3.2).
use alloc::vec;
use core::net::SocketAddr;

use super::answer::{Allowed, Answerer, deny, is_answered};
use super::frame::Frame;
use super::mib::{MibHandler, Request};
use super::objects::{UNKNOWN_CONTEXTS, UNKNOWN_PDU_HANDLERS};
use super::{Instant, Responder, ResponderStats};
use crate::ber::{Limits, Reader, Writer};
use crate::message::{MessageData, ScopedPdu, ScopedPduRef, V3Header, V3MessageRef, Version};
use crate::pdu::{Pdu, PduKind, VarBind};
use crate::smi::{Oid, Value};
use crate::usm::{
    EngineId, Envelope, Opened, SecurityLevel, UsmError, UsmParameters, UsmStat, open_as_authority, seal_into,
};

impl Responder {
    pub(super) fn handle_v3(
        &mut self,
        now: Instant,
        from: SocketAddr,
        message: &V3MessageRef<'_>,
        mib: &mut dyn MibHandler,
    ) -> Option<()> {
        if message.header.security_model != V3Header::USM {
            ResponderStats::raise(&mut self.stats.unknown_security_models);
            return None;
        }
        let users = &self.users;
        let find = |name: &[u8]| users.get(name).map(|user| &user.keys);
        match open_as_authority(message, &self.engine_id, find, &self.clock, now.since_start()) {
            Ok(opened) => self.handle_opened(now, from, &opened, mib),
            Err(error) => self.refuse(now, from, message, &error),
        }
    }

    fn handle_opened(
        &mut self,
        now: Instant,
        from: SocketAddr,
        opened: &Opened<'_>,
        mib: &mut dyn MibHandler,
    ) -> Option<()> {
        let Ok(scoped) = opened.scoped_pdu(&self.limits) else {
            ResponderStats::raise(&mut self.stats.asn_parse_errors);
            return None;
        };
        let engine_id = self.engine_id;
        let ours =
            scoped.context_engine_id == engine_id.as_slice() || scoped.context_engine_id == LOCAL_ENGINE_ID;
        if !ours || !is_answered(scoped.pdu.kind) {
            ResponderStats::raise(&mut self.stats.unknown_pdu_handlers);
            let counter = self.stats.unknown_pdu_handlers;
            return self.report_opened(now, opened, &scoped, UNKNOWN_PDU_HANDLERS, counter);
        }
        if !mib.has_context(scoped.context_name) {
            ResponderStats::raise(&mut self.stats.unknown_contexts);
            let counter = self.stats.unknown_contexts;
            return self.report_opened(now, opened, &scoped, UNKNOWN_CONTEXTS, counter);
        }
        let time = self.engine_time(now);
        let salt = self.salts.next_salt();
        let own_size = self.max_message_size;
        let size = own_size.min(opened.header.max_size);
        let objects = self.objects(now, scoped.context_name);
        let user = self.users.get(opened.parameters.user_name)?;
        let salt = user.keys.authority_salt(time.boots, salt);
        let frame = Frame::V3 {
            envelope: Envelope {
                reportable: false,
                level: opened.level,
                ..Envelope::for_user(&user.keys, opened.header.msg_id, own_size, time, salt)
            },
            context_engine_id: scoped.context_engine_id,
            context_name: scoped.context_name,
        };
        let request = Request {
            version: Version::V3,
            level: opened.level,
            principal: opened.parameters.user_name,
            context_name: scoped.context_name,
            from,
        };
        let grant = user.rights.find(scoped.context_name, opened.level, from);
        let Some(grant) = grant.filter(|_| opened.level >= user.least) else {
            let (stats, arena) = (&mut self.stats, &mut self.arena);
            return deny(&frame, Version::V3, size, &scoped.pdu, stats, arena);
        };
        let answerer = Answerer {
            request: &request,
            grant,
            frame: &frame,
            size,
            varbinds: self.limits.varbinds,
            objects,
            steps: Allowed::default(),
        };
        answerer.reply(&scoped.pdu, mib, &mut self.stats, &mut self.events, &mut self.arena)
    }

    /// Counts why security refused a message and reports it, if the sender wants that and can be told.
    fn refuse(
        &mut self,
        now: Instant,
        from: SocketAddr,
        message: &V3MessageRef<'_>,
        error: &UsmError,
    ) -> Option<()> {
        let Some(stat) = error.stat() else {
            if matches!(error, UsmError::Malformed(_)) {
                ResponderStats::raise(&mut self.stats.asn_parse_errors);
            }
            return None;
        };
        self.stats.usm.raise(stat);
        if matches!(stat, UsmStat::UnknownUserNames | UsmStat::WrongDigests) {
            self.events.authentication_failed(from);
        }
        let parameters = UsmParameters::decode(message).ok()?;
        let request_id = reportable_request(message, &self.limits)?;
        // RFC 3414 §3.2 (7) a: only this one is signed, so that the sender may believe the time in it.
        let user = match stat {
            UsmStat::NotInTimeWindows => self.users.get(parameters.user_name).map(|user| &user.keys),
            _ => None,
        };
        let engine_id = self.engine_id;
        let envelope = Envelope {
            level: user.map_or(SecurityLevel::NoAuthNoPriv, |_| SecurityLevel::AuthNoPriv),
            user,
            ..self.report_envelope(now, message.header.msg_id, &engine_id, parameters.user_name)
        };
        report(&envelope, request_id, self.stats.usm.varbind(stat), &mut self.arena.message)
    }

    /// A Report at the level of the message that it is about.
    fn report_opened(
        &mut self,
        now: Instant,
        opened: &Opened<'_>,
        scoped: &ScopedPduRef<'_>,
        name: Oid,
        counter: u32,
    ) -> Option<()> {
        if !opened.header.flags.reportable || !scoped.pdu.kind.is_confirmed() {
            return None;
        }
        let salt = self.salts.next_salt();
        let engine_id = self.engine_id;
        let user_name = opened.parameters.user_name;
        let envelope = self.report_envelope(now, opened.header.msg_id, &engine_id, user_name);
        let user = self.users.get(user_name).map(|user| &user.keys);
        let salt = user.map_or(salt, |user| user.authority_salt(envelope.time.boots, salt));
        let envelope = Envelope { level: opened.level, user, salt, ..envelope };
        let content = VarBind::new(name, Value::Counter32(counter));
        report(&envelope, scoped.pdu.request_id, content, &mut self.arena.message)
    }

    /// Of a Report without protection.
    fn report_envelope<'a>(
        &self,
        now: Instant,
        msg_id: i32,
        engine_id: &'a EngineId,
        user_name: &'a [u8],
    ) -> Envelope<'a> {
        Envelope {
            msg_id,
            max_size: self.max_message_size,
            reportable: false,
            level: SecurityLevel::NoAuthNoPriv,
            engine_id: engine_id.as_slice(),
            time: self.engine_time(now),
            user_name,
            user: None,
            salt: [0; 8],
        }
    }
}

/// Makes `message` a Report of this.
fn report(envelope: &Envelope<'_>, request_id: i32, content: VarBind, message: &mut Writer) -> Option<()> {
    let pdu = Pdu { kind: PduKind::Report, request_id, varbinds: vec![content] };
    let context_name: &[u8] = &[];
    message.clear();
    seal_into(message, envelope, &ScopedPdu { context_engine_id: envelope.engine_id, context_name, pdu }).ok()
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

/// localEngineID (RFC 5343 §3.1): "whichever engine I am talking to".
const LOCAL_ENGINE_ID: [u8; 5] = [0x80, 0, 0, 0, 6];
