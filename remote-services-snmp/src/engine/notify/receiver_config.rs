//! Whose notifications are taken.

use alloc::vec::Vec;

use super::SourceLimits;
use crate::ber::Limits;
use crate::engine::Secret;
use crate::engine::own_engine::OwnEngine;
use crate::usm::{EngineId, SecurityLevel, User};

/// The set-up of a [`Receiver`](super::Receiver). Nothing is taken until communities or users are added.
pub struct ReceiverConfig {
    pub(super) engine: OwnEngine,
    pub(super) communities: Vec<Secret>,
    pub(super) any_community: bool,
    pub(super) users: Vec<(User, SecurityLevel)>,
    pub(super) sources: SourceLimits,
    pub(super) max_engines: usize,
    pub(super) learn_engines: bool,
}

impl ReceiverConfig {
    /// A set-up without users. `engine_boots` is the number of this start: the caller counts and stores it, and starts at
    /// a higher one each time (RFC 3414 §2.2.1).
    #[must_use]
    pub fn new(engine_id: EngineId, engine_boots: u32) -> Self {
        Self {
            engine: OwnEngine::new(engine_id, engine_boots),
            communities: Vec::new(),
            any_community: false,
            users: Vec::new(),
            sources: SourceLimits::default(),
            max_engines: 4_096,
            learn_engines: true,
        }
    }

    /// Takes notifications of this community by SNMPv1 and SNMPv2c.
    #[must_use]
    pub fn community(mut self, name: impl Into<Secret>) -> Self {
        self.communities.push(name.into());
        self
    }

    /// Takes notifications of every community. Off by default; a community proves little, but keeps strays out.
    #[must_use]
    pub fn any_community(mut self, accept: bool) -> Self {
        self.any_community = accept;
        self
    }

    /// Takes notifications of a user of SNMPv3, at this security level or above.
    #[must_use]
    pub fn user(mut self, user: User, least: SecurityLevel) -> Self {
        self.users.push((user, least));
        self
    }

    /// The largest answer to an inform, in octets: 484 to 65,507, which is the default.
    #[must_use]
    pub fn max_message_size(mut self, octets: u32) -> Self {
        self.engine.limit_messages(octets);
        self
    }

    /// Bounds for decoding.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.engine.limits = limits;
        self
    }

    /// Bounds for each source.
    #[must_use]
    pub fn sources(mut self, limits: SourceLimits) -> Self {
        self.sources = limits;
        self
    }

    /// Engines of senders that are remembered; traps of further ones are refused, since without memory of an
    /// engine's clock an old trap could be sent again. Default 4,096.
    #[must_use]
    pub fn max_engines(mut self, engines: usize) -> Self {
        self.max_engines = engines;
        self
    }

    /// Whether authenticated traps of engines not met before are taken. On by default: the first message of an engine
    /// sets its clock here, and an attacker who has recorded an older one may show that first. When off, make each
    /// engine known by [`Receiver::restore_engine`](super::Receiver::restore_engine).
    #[must_use]
    pub fn learn_engines(mut self, learn: bool) -> Self {
        self.learn_engines = learn;
        self
    }
}
