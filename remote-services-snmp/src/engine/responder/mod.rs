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
//! call is handed the [`MibHandler`] to read from, such as a [`SortedTable`]. The objects that the engine itself is
//! responsible for (snmpEngine, usmStats, the snmp group) are laid over what the handler offers.
//!
//! Replies never exceed what both sides can take. The work for one request is bounded, whatever it asks for. What
//! it never does: answer a wrong community, tell why a community was wrong, or change anything when a SET cannot be
//! done as a whole.
mod answer;
mod config;
mod frame;
mod mib;
mod objects;
mod stats;
mod table;
mod v3;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::SocketAddr;

use subtle::ConstantTimeEq;

pub use config::{Access, ResponderConfig};
pub use mib::{GenErr, MibHandler, Request, SetFailure};
pub use stats::ResponderStats;
pub use table::SortedTable;

use super::{Instant, Secret};
use crate::ber::{DecodeErrorKind, Limits};
use crate::crypto::{CryptoError, CryptoProvider};
use crate::message::{CommunityMessageRef, CommunityPdu, Message};
use crate::usm::{AuthorityClock, EngineId, EngineTime, LocalizedUser, SaltCounter, SecurityLevel};
use answer::Answerer;
use frame::Frame;
use objects::EngineView;

/// Answers requests of SNMPv1, v2c and v3. Does no I/O and reads no clock.
///
/// Wrong use does no harm: a datagram that is handed in twice is answered twice, and a clock that jumps back only
/// makes v3 messages miss their time window.
pub struct Responder {
    engine_id: EngineId,
    clock: AuthorityClock,
    communities: Vec<(Secret, Access)>,
    users: BTreeMap<Vec<u8>, KnownUser>,
    max_message_size: u32,
    serve_engine_objects: bool,
    limits: Limits,
    salts: SaltCounter,
    stats: ResponderStats,
}

struct KnownUser {
    keys: LocalizedUser,
    access: Access,
    least: SecurityLevel,
}

impl Responder {
    /// A responder that starts now. `random` must be unpredictable: encryption salts start there.
    ///
    /// # Errors
    /// The provider cannot make a user's keys.
    pub fn new(
        config: ResponderConfig,
        provider: &CryptoProvider,
        now: Instant,
        random: u64,
    ) -> Result<Self, CryptoError> {
        let mut users = BTreeMap::new();
        for (user, access, least) in config.users {
            let keys = user.localize(provider, config.engine_id)?;
            users.insert(user.name().to_vec(), KnownUser { keys, access, least });
        }
        Ok(Responder {
            engine_id: config.engine_id,
            clock: AuthorityClock::new(config.engine_boots, now.since_start()),
            communities: config.communities,
            users,
            max_message_size: config.max_message_size,
            serve_engine_objects: config.serve_engine_objects,
            limits: config.limits,
            salts: SaltCounter::new(random),
            stats: ResponderStats::default(),
        })
    }

    /// The name of this engine.
    #[must_use]
    pub fn engine_id(&self) -> EngineId {
        self.engine_id
    }

    /// Boots and time of this engine. Whoever stores boots must store it again when this one is higher.
    #[must_use]
    pub fn engine_time(&self, now: Instant) -> EngineTime {
        self.clock.at(now.since_start())
    }

    /// A salt that no other message of this engine has, for what is sent on its behalf.
    pub(crate) fn next_salt(&mut self) -> [u8; 8] {
        self.salts.next_salt()
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> &ResponderStats {
        &self.stats
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
    ) -> Option<Vec<u8>> {
        let Some(access) = self.community_access(message.community) else {
            ResponderStats::raise(&mut self.stats.bad_community_names);
            return None;
        };
        let pdu = match &message.pdu {
            CommunityPdu::Pdu(pdu) if answer::is_answered(pdu.kind) => pdu,
            _ => {
                ResponderStats::raise(&mut self.stats.unknown_pdu_handlers);
                return None;
            }
        };
        let request = Request {
            version: message.version,
            level: SecurityLevel::NoAuthNoPriv,
            principal: message.community,
            context_name: &[],
            from,
        };
        let frame = Frame::Community { version: message.version, community: message.community };
        let objects = self.objects(now);
        let size = self.max_message_size;
        let answerer = Answerer {
            request: &request,
            access,
            frame: &frame,
            size,
            varbinds: self.limits.varbinds,
            objects,
        };
        answerer.reply(pdu, mib, &mut self.stats)
    }

    /// Every community is compared, so that the time tells nothing.
    fn community_access(&self, name: &[u8]) -> Option<Access> {
        self.communities.iter().fold(None, |found, (known, access)| {
            if bool::from(known.expose().ct_eq(name)) { found.max(Some(*access)) } else { found }
        })
    }

    fn objects(&self, now: Instant) -> Option<EngineView> {
        self.serve_engine_objects.then(|| EngineView {
            engine_id: self.engine_id,
            time: self.engine_time(now),
            max_message_size: self.max_message_size,
            stats: self.stats.clone(),
        })
    }
}

#[cfg(test)]
#[cfg(feature = "rustcrypto")]
mod tests;
