//! Traps and informs out (RFC 3413 §3.3).

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;

use super::target::{Trap, Way};
use super::{Notification, Target, TargetId, Unmappable};
use crate::crypto::{CryptoError, CryptoProvider};
use crate::engine::responder::Responder;
use crate::engine::{
    ApiMisuse, Completed, Credentials, Instant, Manager, ManagerConfig, Operation, Output, PeerOptions,
    RequestError, RequestId,
};
use crate::usm::{KeyCache, UsmError};

/// The numbers a [`Notifier`] works by. Write `..Default::default()` after the fields that you set.
#[derive(Clone, Debug)]
pub struct NotifierConfig {
    /// agent-addr of the traps of SNMPv1: our own IPv4 address. Default 0.0.0.0, which says that we have none.
    pub agent_address: [u8; 4],
    /// Targets known at the same time. Default 64.
    pub max_targets: usize,
    /// Notices that wait: informs not acknowledged, and what [`Notifier::poll_notice`] has not handed out. Default
    /// 1,024; further notifications are refused.
    pub max_pending: usize,
}

impl Default for NotifierConfig {
    fn default() -> Self {
        Self { agent_address: [0; 4], max_targets: 64, max_pending: 1_024 }
    }
}

/// The handle of one call of [`Notifier::notify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeId(u64);

/// The next thing for the caller to do or to know.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// Send this datagram.
    Transmit {
        /// To this address.
        to: SocketAddr,
        /// These octets.
        bytes: Vec<u8>,
    },
    /// A target has acknowledged an inform.
    Acknowledged {
        /// Which notification.
        id: NoticeId,
        /// Which target.
        target: TargetId,
    },
    /// A target was not told, or has not acknowledged.
    Failed {
        /// Which notification.
        id: NoticeId,
        /// Which target.
        target: TargetId,
        /// Why.
        error: NotifyError,
    },
}

/// Why a target was not told of something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotifyError {
    /// The notify view of the target's community or user does not have all of it (RFC 3413 §3.3).
    NotInView,
    /// SNMPv1 cannot say it (RFC 3584 §3.2).
    Unmappable(Unmappable),
    /// The trap is larger than the target takes.
    TooLarge {
        /// Octets of the trap.
        octets: usize,
        /// Octets that the target takes.
        limit: usize,
    },
    /// The inform was not acknowledged.
    Inform(RequestError),
    /// The inform was not sent.
    Refused(ApiMisuse),
    /// The crypto provider failed.
    Crypto(CryptoError),
    /// The engine can encrypt no more by DES: see [`UsmError::SaltsExhausted`].
    SaltsExhausted,
    /// A promise inside this crate was broken; please report it.
    Internal(&'static str),
}

/// Tells targets of what happens, by traps and informs. Does no I/O and reads no clock.
///
/// It is driven as a [`Manager`] is, which it uses for informs: hand it the datagrams that come to its socket, call
/// [`handle_deadline`](Self::handle_deadline) when [`next_deadline`](Self::next_deadline) has come, and drain
/// [`poll_notice`](Self::poll_notice) after any call.
pub struct Notifier {
    config: NotifierConfig,
    keys: KeyCache,
    manager: Manager,
    targets: BTreeMap<TargetId, (Target, Way)>,
    informs: BTreeMap<RequestId, (NoticeId, TargetId)>,
    notices: VecDeque<Notice>,
    next_target: u64,
    next_notice: u64,
}

impl Notifier {
    /// A notifier without targets. `random` must be unpredictable to others on the network.
    ///
    /// # Errors
    /// [`CryptoError::RandomRepeats`] for a constant.
    pub fn new(
        config: NotifierConfig,
        crypto: CryptoProvider,
        random: impl FnMut() -> u64 + Send + 'static,
    ) -> Result<Self, CryptoError> {
        let limits = ManagerConfig {
            max_pending: config.max_pending,
            max_peers: config.max_targets,
            ..ManagerConfig::default()
        };
        Ok(Self {
            config,
            keys: KeyCache::new(),
            manager: Manager::new(limits, crypto, random)?,
            targets: BTreeMap::new(),
            informs: BTreeMap::new(),
            notices: VecDeque::new(),
            next_target: 0,
            next_notice: 0,
        })
    }

    /// Makes a target known.
    ///
    /// # Errors
    /// When the credentials break a rule of RFC 3411, 3412 or 3414, an inform is wanted by SNMPv1, or there are too many
    /// targets.
    pub fn add_target(&mut self, target: Target) -> Result<TargetId, ApiMisuse> {
        if self.targets.len() >= self.config.max_targets {
            return Err(ApiMisuse::TooManyPeers { limit: self.config.max_targets });
        }
        let way = if target.confirmed {
            if matches!(*target.credentials, Credentials::V1 { .. }) {
                return Err(ApiMisuse::NotInVersion1);
            }
            let options = PeerOptions {
                timeout: target.timeout,
                retries: target.retry_count,
                context_engine_id: target.context_engine_id,
                ..PeerOptions::default()
            };
            let credentials = Arc::clone(&target.credentials);
            Way::Peer(self.manager.add_peer(target.address, credentials, options)?)
        } else {
            Way::of_traps(&target.credentials, &mut self.keys, &self.manager.crypto)?
        };
        let id = TargetId(self.next_target);
        self.next_target += 1;
        self.targets.insert(id, (target, way));
        Ok(id)
    }

    /// Forgets a target. Its informs fail as cancelled.
    pub fn remove_target(&mut self, target: TargetId) {
        if let Some((_, Way::Peer(peer))) = self.targets.remove(&target) {
            self.manager.remove_peer(peer);
            self.collect();
        }
    }

    /// Tells every target whose community or user, if `engine` knows it, has a [`Grant`](crate::engine::responder::Grant) to be told,
    /// and whose [filter](Target::filter) lets it through. `engine` is the one whose notification it is: its ID, boots and time stand in SNMPv3 traps.
    ///
    /// # Errors
    /// When too many notices wait, or the notification has an exception in place of a value; then nobody was told. What goes wrong with one target comes as [`Notice::Failed`].
    pub fn notify(
        &mut self,
        now: Instant,
        engine: &mut Responder,
        notification: &Notification,
    ) -> Result<NoticeId, ApiMisuse> {
        let limit = self.config.max_pending;
        if self.notices.len() + self.informs.len() + self.targets.len() > limit {
            return Err(ApiMisuse::TooManyRequests { limit });
        }
        if notification.varbinds.iter().any(|varbind| varbind.value.is_exception()) {
            return Err(ApiMisuse::NotAValue);
        }
        let id = NoticeId(self.next_notice);
        self.next_notice += 1;
        let varbinds = notification.clone().into_varbinds();
        for (target_id, (target, way)) in &mut self.targets {
            let number = i32::try_from((self.manager.random)() >> 33).unwrap_or(1).max(1);
            if !target.wants(notification) {
                continue;
            }
            let told = match way {
                _ if !engine.may_notify(&target.credentials, notification) => Err(NotifyError::NotInView),
                Way::Peer(peer) => self
                    .manager
                    .request(now, *peer, Operation::Inform(notification.clone()))
                    .map(|request| {
                        self.informs.insert(request, (id, *target_id));
                    })
                    .map_err(NotifyError::Refused),
                trap_way => {
                    let agent_address = self.config.agent_address;
                    let context_engine_id = target.context_engine_id;
                    let varbinds = &varbinds;
                    let trap = Trap { notification, varbinds, number, context_engine_id, agent_address };
                    trap_way.write(now, &trap, engine, &self.manager.crypto).and_then(|bytes| {
                        let limit = usize::try_from(target.max_message_size).unwrap_or(usize::MAX);
                        if bytes.len() > limit {
                            return Err(NotifyError::TooLarge { octets: bytes.len(), limit });
                        }
                        self.notices.push_back(Notice::Transmit { to: target.address, bytes });
                        Ok(())
                    })
                }
            };
            if let Err(error) = told {
                self.notices.push_back(Notice::Failed { id, target: *target_id, error });
            }
        }
        self.collect();
        Ok(id)
    }

    /// Takes in a datagram from a target: acknowledgements of informs and the answers to discoveries.
    pub fn handle_datagram(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        self.manager.handle_datagram(now, from, bytes);
        self.collect();
    }

    /// Repeats or gives up whatever is due.
    pub fn handle_deadline(&mut self, now: Instant) {
        self.manager.handle_deadline(now);
        self.collect();
    }

    /// Tells that the network has no way to `address`: informs to it fail at once.
    pub fn handle_unreachable(&mut self, now: Instant, address: SocketAddr) {
        self.manager.handle_unreachable(now, address);
        self.collect();
    }

    /// When to call [`handle_deadline`](Self::handle_deadline) next; `None` while no inform is under way.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.manager.next_deadline()
    }

    /// The next thing to do or to know; `None` until something else happens.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// Informs that are not over.
    #[must_use]
    pub fn informs_pending(&self) -> usize {
        self.informs.len()
    }

    fn collect(&mut self) {
        while let Some(output) = self.manager.poll_output() {
            match output {
                // Nobody drains: as good as lost on the way, and sent again later.
                Output::Transmit { .. } if self.notices.len() >= 2 * self.config.max_pending => {}
                Output::Transmit { to, bytes } => self.notices.push_back(Notice::Transmit { to, bytes }),
                Output::Completed(Completed { id: request, result, .. }) => {
                    let Some((id, target)) = self.informs.remove(&request) else { continue };
                    self.notices.push_back(match result {
                        Ok(_) => Notice::Acknowledged { id, target },
                        Err(error) => Notice::Failed { id, target, error: NotifyError::Inform(error) },
                    });
                }
            }
        }
    }
}

impl NotifyError {
    pub(super) fn of_usm(error: UsmError) -> Self {
        match error {
            UsmError::Crypto(error) => Self::Crypto(error),
            UsmError::SaltsExhausted => Self::SaltsExhausted,
            _ => Self::Internal("a level without a key for it"),
        }
    }
}

impl From<Unmappable> for NotifyError {
    fn from(error: Unmappable) -> Self {
        Self::Unmappable(error)
    }
}

impl From<CryptoError> for NotifyError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

impl fmt::Display for NotifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInView => f.write_str("the target may not be told of this"),
            Self::Unmappable(error) => write!(f, "the notification cannot be sent by SNMPv1: {error}"),
            Self::TooLarge { octets, limit } => {
                write!(f, "the trap has {octets} octets, and the target takes {limit}")
            }
            Self::Inform(error) => write!(f, "the inform was not acknowledged: {error}"),
            Self::Refused(error) => write!(f, "the inform was not sent: {error}"),
            Self::Crypto(error) => write!(f, "the cryptography of this machine failed: {error}"),
            Self::SaltsExhausted => UsmError::SaltsExhausted.fmt(f),
            Self::Internal(promise) => write!(f, "an error in the SNMP engine itself: {promise}"),
        }
    }
}

impl core::error::Error for NotifyError {}
