//! Traps and informs of every version, taken in.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::SocketAddr;

use subtle::ConstantTimeEq;

use super::remote::Engines;
use super::sources::Sources;
use super::{Notification, Received, ReceiverConfig, ReceiverStats, Sender, TrapHeader};
use crate::ber::{Limits, Writer};
use crate::crypto::{CryptoError, CryptoProvider};
use crate::engine::authority::Authority;
use crate::engine::{EngineRecord, Instant, Secret};
use crate::message::{self, CommunityMessageRef, CommunityPdu, Message, Version};
use crate::pdu::{ErrorStatus, Pdu, PduKind, PduRef, TrapV1, VarBinds};
use crate::usm::{EngineId, EngineTime, LocalizedUser, SecurityLevel, User};

/// Takes in notifications. Does no I/O and reads no clock.
///
/// ```
/// use remote_services_snmp::crypto::CryptoProvider;
/// use remote_services_snmp::engine::Instant;
/// use remote_services_snmp::engine::notify::{Notification, Receiver, ReceiverConfig};
/// use remote_services_snmp::message::{CommunityMessage, Version};
/// use remote_services_snmp::pdu::{Pdu, PduKind};
/// use remote_services_snmp::usm::EngineId;
///
/// # let provider = remote_services_snmp::crypto::rustcrypto();
/// let engine_id = EngineId::with_format(32_473, 4, b"trap receiver")?;
/// let config = ReceiverConfig::new(engine_id, 1).community("public");
/// # let mut seed = 1..;
/// # let random = || seed.next().unwrap_or(0);
/// let mut receiver = Receiver::new(config, provider, Instant::START, random)?;
///
/// let event = Notification::new(100, Notification::COLD_START);
/// let inform = Pdu::request(PduKind::Inform, 1, event.clone().into_varbinds());
/// let datagram = CommunityMessage::new(Version::V2c, b"public", inform).to_bytes();
/// let handled = receiver.handle_datagram(Instant::START, "192.0.2.7:162".parse()?, &datagram);
/// assert_eq!(handled.received.map(|received| received.notification), Some(event));
/// assert!(handled.reply.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Receiver {
    pub(super) authority: Authority,
    pub(super) provider: CryptoProvider,
    communities: Vec<Secret>,
    any_community: bool,
    pub(super) users: BTreeMap<Vec<u8>, KnownUser>,
    pub(super) engines: Engines,
    sources: Sources,
    pub(super) limits: Limits,
    pub(super) stats: ReceiverStats,
}

pub(super) struct KnownUser {
    /// For the engines of senders.
    pub(super) user: User,
    /// For our own engine.
    pub(super) keys: Arc<LocalizedUser>,
    pub(super) least: SecurityLevel,
}

/// What a datagram leads to.
#[derive(Debug, Default)]
#[must_use]
pub struct Handled {
    /// Send this back to where the datagram came from, from the address that it was sent to: the acknowledgement of
    /// an inform, or a Report.
    pub reply: Option<Vec<u8>>,
    /// A notification for the application.
    pub received: Option<Received>,
}

/// How an inform is answered: makes the whole message around the Response.
pub(super) type Answer<'a, 'p> = &'a mut dyn FnMut(Pdu<VarBinds<'p>>) -> Option<Vec<u8>>;

impl Receiver {
    /// A receiver that starts now. `random` must be unpredictable: encryption salts start there.
    ///
    /// # Errors
    /// The provider cannot make a user's keys, or `random` is a constant.
    pub fn new(
        config: ReceiverConfig,
        provider: CryptoProvider,
        now: Instant,
        mut random: impl FnMut() -> u64,
    ) -> Result<Self, CryptoError> {
        let mut users = BTreeMap::new();
        for (user, least) in config.users {
            let keys = Arc::new(user.localize(&provider, config.engine.id)?);
            users.insert(user.name().to_vec(), KnownUser { user, keys, least });
        }
        Ok(Self {
            authority: config.engine.start(now, &mut random)?,
            provider,
            communities: config.communities,
            any_community: config.any_community,
            users,
            engines: Engines::new(config.max_engines, config.learn_engines),
            sources: Sources::new(config.sources),
            limits: config.engine.limits,
            stats: ReceiverStats::default(),
        })
    }

    /// Takes in one datagram. One that is no good is counted and dropped.
    pub fn handle_datagram(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> Handled {
        raise(&mut self.stats.datagrams);
        if !self.sources.admit(now, from.ip()) {
            raise(&mut self.stats.rate_limited);
            return Handled::default();
        }
        let handled = match Message::decode(datagram, &self.limits) {
            Ok(Message::Community(message)) => self.handle_community(now, from, &message),
            Ok(Message::V3(message)) => self.handle_v3(now, from, &message),
            Err(_) => {
                raise(&mut self.stats.malformed);
                Handled::default()
            }
        };
        if handled.received.is_some() {
            raise(&mut self.stats.received);
        }
        handled
    }

    /// The name of this engine, which senders of SNMPv3 informs discover.
    #[must_use]
    pub fn engine_id(&self) -> EngineId {
        self.authority.engine_id
    }

    /// Boots and time of this engine. Whoever stores boots must store it again when this one is higher.
    #[must_use]
    pub fn engine_time(&self, now: Instant) -> EngineTime {
        self.authority.time(now)
    }

    /// What became of the datagrams so far.
    #[must_use]
    pub fn stats(&self) -> &ReceiverStats {
        &self.stats
    }

    /// How many sources have an allowance of their own now.
    #[must_use]
    pub fn sources(&self) -> usize {
        self.sources.len()
    }

    /// The engines of senders as last heard, to be kept over a restart: who keeps them takes no old trap for a new one.
    pub fn engines(&self, now: Instant) -> impl Iterator<Item = EngineRecord> + '_ {
        self.engines.records(now)
    }

    /// Makes the engine of a sender known, for instance from an earlier run. False when there is no room for it.
    pub fn restore_engine(&mut self, now: Instant, record: &EngineRecord) -> bool {
        self.engines.restore(now, record)
    }

    fn handle_community(
        &mut self,
        now: Instant,
        from: SocketAddr,
        message: &CommunityMessageRef<'_>,
    ) -> Handled {
        // Every community is compared, so that the time tells nothing.
        let known = self.communities.iter().fold(self.any_community, |found, known| {
            bool::from(known.expose().ct_eq(message.community)) | found
        });
        if !known {
            raise(&mut self.stats.bad_communities);
            return Handled::default();
        }
        let sender = Sender::Community(Secret::new(message.community));
        let version = message.version;
        match &message.pdu {
            CommunityPdu::TrapV1(trap) => {
                Handled { reply: None, received: self.trap_v1(from, trap.to_owned(), sender) }
            }
            CommunityPdu::Pdu(pdu) => {
                let room = self.room(u32::MAX);
                self.notification(now, from, version, pdu, sender, room, &mut |response| {
                    let mut writer = Writer::with_capacity(512);
                    let pdu = CommunityPdu::Pdu(response);
                    message::encode_community(&mut writer, version, message.community, &pdu);
                    Some(writer.into_vec())
                })
            }
        }
    }

    fn trap_v1(&mut self, source: SocketAddr, trap: TrapV1, sender: Sender) -> Option<Received> {
        let header = TrapHeader::of(&trap);
        let Ok(notification) = Notification::from_v1(trap) else {
            raise(&mut self.stats.bad_notifications);
            return None;
        };
        let (version, v1) = (Version::V1, Some(header));
        Some(Received { source, version, sender, confirmed: false, notification, v1 })
    }

    /// A PDU that security let through.
    #[expect(clippy::too_many_arguments, reason = "what every version has to say about a PDU")]
    pub(super) fn notification<'p>(
        &mut self,
        now: Instant,
        source: SocketAddr,
        version: Version,
        pdu: &PduRef<'p>,
        sender: Sender,
        room: usize,
        answer: Answer<'_, 'p>,
    ) -> Handled {
        let confirmed = match pdu.kind {
            PduKind::Inform => true,
            PduKind::TrapV2 => false,
            _ => {
                raise(&mut self.stats.not_notifications);
                return Handled::default();
            }
        };
        let Ok(notification) = Notification::from_varbinds(&pdu.varbinds) else {
            raise(&mut self.stats.bad_notifications);
            return Handled::default();
        };
        let received = Received { source, version, sender, confirmed, notification, v1: None };
        if !confirmed {
            return Handled { reply: None, received: Some(received) };
        }
        let mut respond = |status, varbinds| {
            let kind = PduKind::Response { status, error_index: 0 };
            answer(Pdu { kind, request_id: pdu.request_id, varbinds }).filter(|reply| reply.len() <= room)
        };
        let Some(reply) = respond(ErrorStatus::NoError, pdu.varbinds) else {
            // RFC 3416 §4.2.7: tooBig without bindings, and "processing of the InformRequest-PDU terminates".
            raise(&mut self.stats.too_big);
            let reply = respond(ErrorStatus::TooBig, VarBinds::empty());
            if reply.is_none() {
                raise(&mut self.stats.silent_drops);
            }
            return Handled { reply, received: None };
        };
        if self.sources.is_repeated(now, source.ip(), mark(source, pdu)) {
            raise(&mut self.stats.repeated);
            return Handled { reply: Some(reply), received: None };
        }
        Handled { reply: Some(reply), received: Some(received) }
    }

    /// The most octets that an answer may have.
    pub(super) fn room(&self, of_the_sender: u32) -> usize {
        usize::try_from(self.authority.max_message_size.min(of_the_sender)).unwrap_or(usize::MAX)
    }
}

pub(super) fn raise(counter: &mut u32) {
    *counter = counter.wrapping_add(1);
}

/// What a repeated inform has in common with the first: port, request-id and contents (FNV-1a).
fn mark(source: SocketAddr, pdu: &PduRef<'_>) -> u64 {
    let mut writer = Writer::with_capacity(256);
    pdu.encode(&mut writer);
    let octets = source.port().to_be_bytes().into_iter().chain(writer.as_slice().iter().copied());
    octets.fold(0xcbf2_9ce4_8422_2325, |hash, octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
