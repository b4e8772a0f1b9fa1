//! The responder: answers as a device does, without owning a socket, a clock or the data.
//!
//! ```text
//!  datagram ─▶ version ─┬─ v1, v2c: community known? ──────────────┬─▶ answer: GET, GETNEXT, GETBULK, SET ─▶ fits? ─▶ reply
//!                       └─ v3: usm, context, level enough? ─ no ─┐ │         on the caller's MibHandler
//!                                                                └─┼─▶ Report, or nothing
//!                             unknown community, malformed ────────┴─▶ nothing, but counted
//! ```
//!
//! A [`Responder`] is told who may do what by a [`ResponderConfig`] and keeps no data of its own beside counters: each
//! call is handed the [`MibHandler`] to read from, such as a [`SortedTable`] of values or a [`Computed`] one of closures. The objects that the engine itself is
//! responsible for (snmpEngine, usmStats, the snmp group) are laid over what the handler offers.
//!
//! Replies never exceed what both sides can take. The work for one request is bounded, whatever it asks for. What
//! it never does: answer a wrong community, tell why a community was wrong, or change anything when a SET cannot be
//! done as a whole.
//!
//! One request passes over at most 100,000 instances that it may not be told: those that the view hides one by one, and to
//! SNMPv1 each Counter64. Where more lie in its way, the answer is genErr for that binding.
//!
//! # Rights, contexts and boots
//!
//! A community or a user has [`Rights`]: [`Grant`]s, each of which holds from a security level on, in some contexts, for
//! some addresses, and has a [`View`] for reading, for writing and for being notified. What is not in the view is not
//! there: GET says noSuchObject, SET noAccess, and walks pass over it. SNMPv1 and SNMPv2c cannot name a context; a
//! community can [stand for one](ResponderConfig::community_in_context). A [`MibTree`] has its handlers in contexts.
//!
//! snmpEngineBoots must rise at every start. A program with a file system keeps it in a
//! [`BootsFile`](crate::BootsFile); firmware does the same with what it has, and also stores the boots that
//! [`ResponderEvent::EngineBoots`] tells. At 2147483647 boots stick, and authenticated requests are refused for ever.
//!
//! ```
//! use remote_services_snmp::crypto::rustcrypto;
//! use remote_services_snmp::engine::Instant;
//! use remote_services_snmp::engine::responder::{Grant, Responder, ResponderConfig, SortedTable, View};
//! use remote_services_snmp::usm::EngineId;
//! use remote_services_snmp::{Value, oid};
//!
//! let mut table = SortedTable::new();
//! table.insert(oid!("1.3.6.1.2.1.1.5.0"), Value::from("printer"));
//! let system = Grant::reading(View::nothing().include(oid!("1.3.6.1.2.1.1")));
//! let engine_id = EngineId::with_format(99_999, 4, b"printer")?;
//! let config = ResponderConfig::new(engine_id, 1).community("public", system);
//! # let mut seed = 1..;
//! # let random = || seed.next().unwrap_or(0);
//! let mut responder = Responder::new(config, &rustcrypto(), Instant::START, random)?;
//!
//! let mut reply = Vec::new();
//! let (from, datagram) = ("192.0.2.1:40000".parse()?, [0x30, 0]); // from the socket
//! if responder.handle_datagram_into(Instant::START, from, &datagram, &mut table, &mut reply) {
//!     // Send `reply` back.
//! }
//! assert_eq!(responder.stats().asn_parse_errors, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Memory
//!
//! Answers are made in an arena that the responder holds, and that grows to at most about four times the
//! [largest message](ResponderConfig::max_message_size). Once it is as large as the answers want it,
//! [`Responder::handle_datagram_into`] allocates for a request that reads
//! - nothing in SNMPv1 and SNMPv2c, whatever comes of it, from a [`SortedTable`] or from a [`MibTree`] of such;
//! - in SNMPv3 what the crypto provider allocates, and the decrypted message;
//! - what a handler allocates that implements [`MibHandler::get`] but not [`MibHandler::visit`], and so owns what it
//!   gives;
//! - a few copies of each name that is longer than 24 octets, which an [`Oid`](crate::Oid) has no room for.
//!
//! A SET allocates its list of bindings, and again what is handed out in shares to several handlers.
mod absent;
mod answer;
mod arena;
mod computed;
mod config;
mod event;
mod frame;
mod held;
mod mib;
mod notify;
mod objects;
mod read;
mod rights;
mod stats;
mod steps;
mod table;
mod tree;
mod v3;
mod view;
mod write;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::SocketAddr;

use subtle::ConstantTimeEq;

pub use computed::Computed;
pub use config::{Access, ResponderConfig};
pub use event::ResponderEvent;
pub use mib::{GenErr, MibHandler, Request, SetFailure};
pub use rights::{Grant, Rights};
pub use stats::ResponderStats;
pub use table::SortedTable;
pub use tree::MibTree;
pub use view::View;

use super::Instant;
use super::authority::Authority;
use crate::ber::{DecodeErrorKind, Limits};
use crate::crypto::{CryptoError, CryptoProvider};
use crate::message::{CommunityMessageRef, CommunityPdu, Message};
use crate::usm::{EngineId, EngineTime, LocalizedUser, SecurityLevel, UsmError};
use answer::{Allowed, Answerer};
use arena::Arena;
use config::Community;
use event::Events;
use frame::Frame;
use objects::EngineView;

/// Answers requests of SNMPv1, v2c and v3. Does no I/O and reads no clock.
///
/// Wrong use does no harm: a datagram that is handed in twice is answered twice, and a clock that jumps back only
/// makes v3 messages miss their time window.
pub struct Responder {
    authority: Authority,
    communities: Vec<Community>,
    users: BTreeMap<Vec<u8>, KnownUser>,
    serve_engine_objects: bool,
    limits: Limits,
    stats: ResponderStats,
    events: Events,
    arena: Arena,
}

struct KnownUser {
    keys: LocalizedUser,
    rights: Rights,
    least: SecurityLevel,
}

impl Responder {
    /// A responder that starts now. `random` must be unpredictable: encryption salts start there.
    ///
    /// # Errors
    /// The provider cannot make a user's keys, or `random` is a constant.
    pub fn new(
        config: ResponderConfig,
        provider: &CryptoProvider,
        now: Instant,
        mut random: impl FnMut() -> u64,
    ) -> Result<Self, CryptoError> {
        let mut users = BTreeMap::new();
        for (user, rights, least) in config.users {
            let keys = user.localize(provider, config.engine.id)?;
            users.insert(user.name().to_vec(), KnownUser { keys, rights, least });
        }
        Ok(Responder {
            authority: config.engine.start(now, &mut random)?,
            communities: config.communities,
            users,
            serve_engine_objects: config.serve_engine_objects,
            limits: config.engine.limits,
            stats: ResponderStats::default(),
            events: Events::new(config.authentication_traps, config.engine.boots),
            arena: Arena::default(),
        })
    }

    /// The name of this engine.
    #[must_use]
    pub fn engine_id(&self) -> EngineId {
        self.authority.engine_id
    }

    /// Boots and time of this engine. Whoever stores boots must store it again when this one is higher.
    #[must_use]
    pub fn engine_time(&self, now: Instant) -> EngineTime {
        self.authority.time(now)
    }

    /// For what is sent on this engine's behalf at the user's level: see [`Authority::time_and_salt`].
    pub(crate) fn time_and_salt(
        &mut self,
        now: Instant,
        user: &LocalizedUser,
    ) -> Result<(EngineTime, [u8; 8]), UsmError> {
        let sealed = self.authority.time_and_salt(now, Some(user), user.level());
        self.events.boots_are(self.engine_time(now).boots);
        sealed
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> &ResponderStats {
        &self.stats
    }

    /// What the embedder should know, if anything happened: to be asked after each datagram. Events of the same kind
    /// that were not fetched become one.
    pub fn poll_event(&mut self) -> Option<ResponderEvent> {
        self.events.next()
    }

    /// Takes in one datagram and gives the octets of the reply, if there is to be one. Send it from the address
    /// that the datagram was sent to.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
        mib: &mut dyn MibHandler,
    ) -> Option<Vec<u8>> {
        let mut reply = Vec::new();
        self.handle_datagram_into(now, from, datagram, mib, &mut reply).then_some(reply)
    }

    /// The same with the reply in a buffer that is used again: tells whether `reply`, whose contents are lost, is to
    /// be sent. See [the module](self#memory) for what is allocated.
    pub fn handle_datagram_into(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
        mib: &mut dyn MibHandler,
        reply: &mut Vec<u8>,
    ) -> bool {
        reply.clear();
        let answered = self.answer(now, from, datagram, mib).is_some();
        self.events.boots_are(self.engine_time(now).boots);
        if answered {
            reply.extend_from_slice(self.arena.message.as_slice());
        }
        answered
    }

    /// Makes the arena's message the reply, or gives `None` when there is to be none.
    fn answer(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
        mib: &mut dyn MibHandler,
    ) -> Option<()> {
        ResponderStats::raise(&mut self.stats.in_packets);
        match Message::decode(datagram, &self.limits) {
            Ok(Message::Community(message)) => self.handle_community(now, from, &message, mib),
            Ok(Message::V3(message)) => self.handle_v3(now, from, &message, mib),
            Err(error) => {
                let counter = match error.kind() {
                    DecodeErrorKind::UnknownVersion(_) => &mut self.stats.bad_versions,
                    DecodeErrorKind::PrivacyWithoutAuthentication => &mut self.stats.invalid_messages,
                    _ => &mut self.stats.asn_parse_errors,
                };
                ResponderStats::raise(counter);
                None
            }
        }
    }

    fn handle_community(
        &mut self,
        now: Instant,
        from: SocketAddr,
        message: &CommunityMessageRef<'_>,
        mib: &mut dyn MibHandler,
    ) -> Option<()> {
        let Some(known) = self.community(message.community, from) else {
            ResponderStats::raise(&mut self.stats.bad_community_names);
            self.events.authentication_failed(from);
            return None;
        };
        let pdu = match &message.pdu {
            CommunityPdu::Pdu(pdu) if answer::is_answered(pdu.kind) => pdu,
            _ => {
                ResponderStats::raise(&mut self.stats.unknown_pdu_handlers);
                return None;
            }
        };
        let Community { rights, context, .. } = &self.communities[known];
        let request = Request {
            version: message.version,
            level: SecurityLevel::NoAuthNoPriv,
            principal: message.community,
            context_name: context,
            from,
        };
        let frame = Frame::Community { version: message.version, community: message.community };
        let Some(grant) = rights.find(context, SecurityLevel::NoAuthNoPriv, from) else {
            ResponderStats::raise(&mut self.stats.bad_community_uses);
            let (stats, arena) = (&mut self.stats, &mut self.arena);
            return answer::deny(&frame, message.version, self.authority.max_message_size, pdu, stats, arena);
        };
        let objects = self.objects(now, context);
        let answerer = Answerer {
            request: &request,
            grant,
            frame: &frame,
            size: self.authority.max_message_size,
            varbinds: self.limits.varbinds,
            objects,
            steps: Allowed::default(),
        };
        answerer.reply(pdu, mib, &mut self.stats, &mut self.events, &mut self.arena)
    }

    /// Every community is compared, so that the time tells nothing.
    fn community(&self, name: &[u8], from: SocketAddr) -> Option<usize> {
        self.communities.iter().enumerate().fold(None, |found, (at, known)| {
            let same = bool::from(known.name.expose().ct_eq(name));
            if same && found.is_none() && known.rights.admit(from) { Some(at) } else { found }
        })
    }

    /// They belong to the default context.
    fn objects(&self, now: Instant, context: &[u8]) -> Option<EngineView> {
        (self.serve_engine_objects && context.is_empty()).then(|| EngineView {
            authentication_traps: self.events.authentication_traps,
            engine_id: self.authority.engine_id,
            time: self.engine_time(now),
            max_message_size: self.authority.max_message_size,
            stats: self.stats.clone(),
        })
    }
}

#[cfg(test)]
#[cfg(feature = "rustcrypto")]
mod tests;
