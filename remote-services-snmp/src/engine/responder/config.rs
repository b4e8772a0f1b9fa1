//! Who may ask what, and what the engine is called.
use alloc::vec::Vec;

use crate::ber::Limits;
use crate::engine::Secret;
use crate::message::MIN_MAX_SIZE;
use crate::usm::{EngineId, SecurityLevel, User};

/// What a community or user may do. Ordered: the later one may do more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// GET, GETNEXT and GETBULK.
    Read,
    /// SET as well.
    ReadWrite,
}

/// The set-up of a [`Responder`](super::Responder). Nobody may do anything until communities or users are added.
pub struct ResponderConfig {
    pub(super) engine_id: EngineId,
    pub(super) engine_boots: u32,
    pub(super) communities: Vec<(Secret, Access)>,
    pub(super) users: Vec<(User, Access, SecurityLevel)>,
    pub(super) max_message_size: u32,
    pub(super) serve_engine_objects: bool,
    pub(super) limits: Limits,
}

impl ResponderConfig {
    /// A set-up without users. `engine_boots` is the number of this start: the caller counts and stores it, and
    /// starts at a higher one each time (RFC 3414 §2.2.1).
    #[must_use]
    pub fn new(engine_id: EngineId, engine_boots: u32) -> Self {
        ResponderConfig {
            engine_id,
            engine_boots,
            communities: Vec::new(),
            users: Vec::new(),
            max_message_size: 65_507,
            serve_engine_objects: true,
            limits: Limits::default(),
        }
    }

    /// Lets a community of SNMPv1 and SNMPv2c in.
    #[must_use]
    pub fn community(mut self, name: impl Into<Secret>, access: Access) -> Self {
        self.communities.push((name.into(), access));
        self
    }

    /// Lets a user of SNMPv3 in, at this security level or above. Below it, requests are answered with
    /// authorizationError.
    #[must_use]
    pub fn user(mut self, user: User, access: Access, least: SecurityLevel) -> Self {
        self.users.push((user, access, least));
        self
    }

    /// The largest message to send or to say that we take, in octets: 484 to 65,507, which is the default.
    #[must_use]
    pub fn max_message_size(mut self, octets: u32) -> Self {
        self.max_message_size = octets.clamp(MIN_MAX_SIZE, 65_507);
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
        self.limits = limits;
        self
    }
}
