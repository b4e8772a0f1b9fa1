//! SNMPv3 notifications: of traps the sender is the authoritative engine, of informs we are (RFC 3414 §1.5.1).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::Sender;
use super::receiver::{Handled, Receiver, raise};
use super::remote::Remote;
use crate::ber::Writer;
use crate::engine::Instant;
use crate::engine::authority::{Authority, Recipient};
use crate::message::{ScopedPdu, ScopedPduRef, V3Header, V3MessageRef, Version};
use crate::pdu::{PduKind, VarBind};
use crate::usm::{
    EngineId, Envelope, Opened, RemoteClock, SecurityLevel, UsmError, UsmParameters, UsmStat,
    open_as_authority, open_as_manager, seal,
};
use crate::{Oid, Value, oid};

impl Receiver {
    pub(super) fn handle_v3(
        &mut self,
        now: Instant,
        from: SocketAddr,
        message: &V3MessageRef<'_>,
    ) -> Handled {
        if message.header.security_model != V3Header::USM {
            raise(&mut self.stats.not_notifications);
            return Handled::default();
        }
        let Ok(parameters) = UsmParameters::decode(message) else {
            raise(&mut self.stats.malformed);
            return Handled::default();
        };
        // RFC 3412 §6.4: who sends a trap does not ask for Reports, who sends an inform or looks for our engine does.
        let to_us = parameters.engine_id == self.authority.engine_id.as_slice();
        if to_us || message.header.flags.reportable {
            self.confirmed_or_discovery(now, from, message)
        } else {
            self.trap_of_sender(now, from, message, &parameters)
        }
    }

    /// An inform, or the discovery before it.
    fn confirmed_or_discovery(
        &mut self,
        now: Instant,
        from: SocketAddr,
        message: &V3MessageRef<'_>,
    ) -> Handled {
        let users = &self.users;
        let find = |name: &[u8]| users.get(name).map(|known| &*known.keys);
        let authority = &self.authority;
        match open_as_authority(message, &authority.engine_id, find, &authority.clock, now.since_start()) {
            Ok(opened) => self.inform(now, from, &opened),
            Err(error) => {
                let Some(stat) = self.count(&error) else { return Handled::default() };
                let counter = self.stats.usm.varbind(stat);
                let users = &self.users;
                let find = |name: &[u8]| users.get(name).map(|known| &*known.keys);
                let to = Recipient::of_refused(message, stat, &self.limits, find);
                Handled { reply: report(&mut self.authority, now, to, counter), received: None }
            }
        }
    }

    fn inform(&mut self, now: Instant, from: SocketAddr, opened: &Opened<'_>) -> Handled {
        let Ok(scoped) = opened.scoped_pdu(&self.limits) else {
            raise(&mut self.stats.malformed);
            return Handled::default();
        };
        let name = opened.parameters.user_name;
        let Some(known) = self.users.get(name) else { return Handled::default() };
        if scoped.pdu.kind != PduKind::Inform {
            // A trap of which we would be the authority proves nothing about its sender.
            raise(&mut self.stats.not_notifications);
            let counter = Value::Counter32(self.stats.not_notifications);
            let to = Recipient::of_opened(opened, &scoped.pdu, Some(&known.keys));
            let counter = VarBind::new(UNKNOWN_PDU_HANDLERS, counter);
            return Handled { reply: report(&mut self.authority, now, to, counter), received: None };
        }
        if opened.level < known.least {
            raise(&mut self.stats.below_level);
            return Handled::default();
        }
        let keys = Arc::clone(&known.keys);
        // One message is sent, whichever it becomes.
        let Ok((time, salt)) = self.authority.time_and_salt(now, Some(&keys), opened.level) else {
            return Handled::default();
        };
        let own_size = self.authority.max_message_size;
        let room = self.room(opened.header.max_size);
        self.notification(
            now,
            from,
            Version::V3,
            &scoped.pdu,
            sender(opened, &scoped),
            room,
            &mut |response| {
                let envelope = Envelope {
                    reportable: false,
                    level: opened.level,
                    ..Envelope::for_user(&keys, opened.header.msg_id, own_size, time, salt)
                };
                let pdu = response;
                let (context_engine_id, context_name) = (scoped.context_engine_id, scoped.context_name);
                seal(&envelope, &ScopedPdu { context_engine_id, context_name, pdu }).ok()
            },
        )
    }

    /// A trap.
    fn trap_of_sender(
        &mut self,
        now: Instant,
        from: SocketAddr,
        message: &V3MessageRef<'_>,
        parameters: &UsmParameters<'_>,
    ) -> Handled {
        let Ok(engine_id) = EngineId::new(parameters.engine_id) else {
            self.count(&UsmError::UnknownEngineId);
            return Handled::default();
        };
        let Some(known) = self.users.get(parameters.user_name) else {
            self.count(&UsmError::UnknownUserName);
            return Handled::default();
        };
        let flags = message.header.flags;
        if known.least > SecurityLevel::of(flags.auth, flags.privacy) {
            raise(&mut self.stats.below_level);
            return Handled::default();
        }
        if !flags.auth {
            return match open_as_manager(message, None, &mut RemoteClock::default(), now.since_start()) {
                Ok(opened) => self.trap(now, from, &opened),
                Err(error) => self.refused(&error),
            };
        }
        let may_learn = self.engines.may_learn();
        let mut blank = Remote::default();
        let (Remote { clock, users }, learnt) = match self.engines.get_mut(&engine_id) {
            Some(remote) => (remote, false),
            None if may_learn => (&mut blank, true),
            None => {
                raise(&mut self.stats.foreign_engines);
                return Handled::default();
            }
        };
        let mut fresh = None;
        let user = match users.get(parameters.user_name) {
            Some(user) => user,
            None => match known.user.localize(&self.provider, engine_id) {
                Ok(user) => &*fresh.insert(user),
                Err(error) => return self.refused(&UsmError::Crypto(error)),
            },
        };
        let opened = open_as_manager(message, Some(user), clock, now.since_start());
        if opened.is_ok() {
            if let Some(user) = fresh {
                users.insert(parameters.user_name.into(), user);
            }
            if learnt {
                self.engines.learn(engine_id, blank);
            }
        }
        match opened {
            Ok(opened) => self.trap(now, from, &opened),
            Err(error) => self.refused(&error),
        }
    }

    fn trap(&mut self, now: Instant, from: SocketAddr, opened: &Opened<'_>) -> Handled {
        let Ok(scoped) = opened.scoped_pdu(&self.limits) else {
            raise(&mut self.stats.malformed);
            return Handled::default();
        };
        if scoped.pdu.kind != PduKind::TrapV2 {
            raise(&mut self.stats.not_notifications);
            return Handled::default();
        }
        let sender = sender(opened, &scoped);
        self.notification(now, from, Version::V3, &scoped.pdu, sender, 0, &mut |_| None)
    }

    fn refused(&mut self, error: &UsmError) -> Handled {
        self.count(error);
        Handled::default()
    }

    fn count(&mut self, error: &UsmError) -> Option<UsmStat> {
        match error.stat() {
            Some(stat) => self.stats.usm.raise(stat),
            None => raise(&mut self.stats.malformed),
        }
        error.stat()
    }
}

/// The octets of a Report to whoever wants one.
fn report(
    authority: &mut Authority,
    now: Instant,
    to: Option<Recipient<'_>>,
    counter: VarBind,
) -> Option<Vec<u8>> {
    let mut message = Writer::default();
    authority.report(now, &to?, counter, &mut message)?;
    Some(message.into_vec())
}

fn sender(opened: &Opened<'_>, scoped: &ScopedPduRef<'_>) -> Sender {
    Sender::User {
        name: opened.parameters.user_name.into(),
        level: opened.level,
        context_engine_id: scoped.context_engine_id.into(),
        context_name: scoped.context_name.into(),
    }
}

/// snmpUnknownPDUHandlers.0 (RFC 3412 §5).
const UNKNOWN_PDU_HANDLERS: Oid = oid!("1.3.6.1.6.3.11.2.1.3.0");
