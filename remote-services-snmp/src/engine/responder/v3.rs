//! SNMPv3 requests, and the Reports that tell why one was refused (RFC 3412 §7.2, RFC 3414 §3.2).
use core::net::SocketAddr;

use super::answer::{Allowed, Answerer, deny, is_answered};
use super::frame::Frame;
use super::mib::{MibHandler, Request};
use super::objects::{UNKNOWN_CONTEXTS, UNKNOWN_PDU_HANDLERS};
use super::{Instant, Responder, ResponderStats};
use crate::engine::LOCAL_ENGINE_ID;
use crate::engine::authority::Recipient;
use crate::message::{ScopedPduRef, V3Header, V3MessageRef, Version};
use crate::pdu::VarBind;
use crate::smi::{Oid, Value};
use crate::usm::{Envelope, Opened, UsmError, UsmStat, open_as_authority};

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
        match open_as_authority(
            message,
            &self.authority.engine_id,
            find,
            &self.authority.clock,
            now.since_start(),
        ) {
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
        let engine_id = self.authority.engine_id;
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
        let own_size = self.authority.max_message_size;
        let size = own_size.min(opened.header.max_size);
        let objects = self.objects(now, scoped.context_name);
        let user = self.users.get(opened.parameters.user_name)?;
        let (time, salt) = self.authority.time_and_salt(now, Some(&user.keys), opened.level).ok()?;
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
        let users = &self.users;
        let find = |name: &[u8]| users.get(name).map(|user| &user.keys);
        let to = Recipient::of_refused(message, stat, &self.limits, find)?;
        self.authority.report(now, &to, self.stats.usm.varbind(stat), &mut self.arena.message)
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
        let user = self.users.get(opened.parameters.user_name).map(|user| &user.keys);
        let to = Recipient::of_opened(opened, &scoped.pdu, user)?;
        let content = VarBind::new(name, Value::Counter32(counter));
        self.authority.report(now, &to, content, &mut self.arena.message)
    }
}
