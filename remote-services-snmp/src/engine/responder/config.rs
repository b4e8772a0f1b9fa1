//! Who may ask what, and what the engine is called.
use alloc::vec::Vec;

use super::Rights;
use crate::ber::Limits;
use crate::engine::Secret;
use crate::engine::own_engine::OwnEngine;
use crate::usm::{EngineId, SecurityLevel, User};

/// What a community or user may do. Ordered: the later one may do more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// GET, GETNEXT and GETBULK.
    Read,
    /// SET as well.
    ReadWrite,
}

/// A community of SNMPv1 and SNMPv2c.
pub(super) struct Community {
    pub(super) name: Secret,
    pub(super) rights: Rights,
    pub(super) context: Vec<u8>,
}

/// The set-up of a [`Responder`](super::Responder). Nobody may do anything until communities or users are added.
pub struct ResponderConfig {
    pub(super) engine: OwnEngine,
    pub(super) communities: Vec<Community>,
    pub(super) users: Vec<(User, Rights, SecurityLevel)>,
    pub(super) authentication_traps: bool,
    pub(super) serve_engine_objects: bool,
}

impl ResponderConfig {
    /// A set-up without users. `engine_boots` is the number of this start: the caller counts and stores it, and
    /// starts at a higher one each time (RFC 3414 §2.2.1).
    #[must_use]
    pub fn new(engine_id: EngineId, engine_boots: u32) -> Self {
        ResponderConfig {
            engine: OwnEngine::new(engine_id, engine_boots),
            communities: Vec::new(),
            users: Vec::new(),
            authentication_traps: false,
            serve_engine_objects: true,
        }
    }

    /// Lets a community of SNMPv1 and SNMPv2c in: with an [`Access`] to everything, or with [`Rights`] to views. When
    /// the same name is given several times, the first one that admits the sender's address counts.
    #[must_use]
    pub fn community(self, name: impl Into<Secret>, rights: impl Into<Rights>) -> Self {
        self.community_in_context(name, rights, &[])
    }

    /// A community that stands for a context (RFC 3584 §5.2.1), which the messages of SNMPv1 and SNMPv2c cannot name.
    #[must_use]
    pub fn community_in_context(
        mut self,
        name: impl Into<Secret>,
        rights: impl Into<Rights>,
        context: &[u8],
    ) -> Self {
        let (name, rights, context) = (name.into(), rights.into(), context.into());
        self.communities.push(Community { name, rights, context });
        self
    }

    /// Lets a user of SNMPv3 in, at this security level or above. Below it, and where no right holds, requests are
    /// answered with authorizationError.
    #[must_use]
    pub fn user(mut self, user: User, rights: impl Into<Rights>, least: SecurityLevel) -> Self {
        self.users.push((user, rights.into(), least));
        self
    }

    /// Whether messages that fail to authenticate are told as
    /// [`ResponderEvent::AuthenticationFailure`](super::ResponderEvent) (snmpEnableAuthenTraps). Off by default; who
    /// may write snmpEnableAuthenTraps.0 can change it.
    #[must_use]
    pub fn authentication_traps(mut self, enabled: bool) -> Self {
        self.authentication_traps = enabled;
        self
    }

    /// The largest message to send or to say that we take, in octets: 484 to 65,507, which is the default.
    #[must_use]
    pub fn max_message_size(mut self, octets: u32) -> Self {
        self.engine.limit_messages(octets);
        self
    }

    /// Whether the engine's own objects (snmpEngine, usmStats, snmpMPDStats, the snmp group) are laid over the MIB
    /// handler's. On by default; off for replaying a recording to the letter.
    #[must_use]
    pub fn serve_engine_objects(mut self, serve: bool) -> Self {
        self.serve_engine_objects = serve;
        self
    }

    /// Bounds for decoding. Their number of variable bindings bounds what a GETBULK collects as well.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.engine.limits = limits;
        self
    }
}
