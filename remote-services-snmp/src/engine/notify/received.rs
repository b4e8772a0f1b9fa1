//! What a receiver hands to the application.

use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;

use super::{Notification, TrapHeader};
use crate::engine::Secret;
use crate::message::Version;
use crate::usm::SecurityLevel;

/// A notification that came in.
#[derive(Debug)]
#[non_exhaustive]
pub struct Received {
    /// Where the datagram came from.
    pub source: SocketAddr,
    /// The version that it came by.
    pub version: Version,
    /// Who says so.
    pub sender: Sender,
    /// Whether it was an inform, which has been acknowledged.
    pub confirmed: bool,
    /// What happened, in the form of SNMPv2.
    pub notification: Notification,
    /// The fields that only a Trap of SNMPv1 has.
    pub v1: Option<TrapHeader>,
}

/// Who sent a notification. `Debug` hides the community.
#[non_exhaustive]
pub enum Sender {
    /// SNMPv1 or SNMPv2c: whoever knows this community and can write from the source's address.
    Community(Secret),
    /// SNMPv3.
    User {
        /// msgUserName.
        name: Vec<u8>,
        /// How the message was protected. At noAuthNoPriv the name is no more than a claim.
        level: SecurityLevel,
        /// The engine that it is about: the sender's, as a rule.
        context_engine_id: Vec<u8>,
        /// The context there.
        context_name: Vec<u8>,
    },
}

impl Received {
    /// The notification as a proxy passes it on: with address, community and enterprise of a Trap of SNMPv1 among the
    /// values (RFC 3584 §3.1 (3)).
    #[must_use]
    pub fn forwarded(&self) -> Notification {
        match (&self.v1, &self.sender) {
            (Some(trap), Sender::Community(community)) => {
                self.notification.clone().forwarded(trap, community.expose())
            }
            _ => self.notification.clone(),
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Community(_) => f.debug_struct("Community").finish_non_exhaustive(),
            Self::User { name, level, context_engine_id, context_name } => f
                .debug_struct("User")
                .field("name", &format_args!("\"{}\"", name.escape_ascii()))
                .field("level", level)
                .field("context_engine_id", &Hex(context_engine_id))
                .field("context_name", &format_args!("\"{}\"", context_name.escape_ascii()))
                .finish(),
        }
    }
}

/// Octets as digits, two each.
struct Hex<'a>(&'a [u8]);

impl fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// What became of the datagrams that came in. Each counter wraps at 2^32.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiverStats {
    /// Datagrams handed in.
    pub datagrams: u32,
    /// Notifications handed out.
    pub received: u32,
    /// Datagrams that were not looked at since their source had sent too many.
    pub rate_limited: u32,
    /// Datagrams that are not SNMP, or not of a version that exists.
    pub malformed: u32,
    /// Messages of an unknown community.
    pub bad_communities: u32,
    /// Messages of a user below the level that is wanted of it.
    pub below_level: u32,
    /// PDUs other than traps and informs, or of an SNMPv3 security model other than the user-based one.
    pub not_notifications: u32,
    /// Traps and informs that do not begin with sysUpTime.0 and snmpTrapOID.0, name no event, or have an exception in
    /// place of a value.
    pub bad_notifications: u32,
    /// Informs that were acknowledged again and not handed out again.
    pub repeated: u32,
    /// Informs answered by tooBig (RFC 3416 §4.2.7), and not handed out.
    pub too_big: u32,
    /// Informs whose answer would not fit even then.
    pub silent_drops: u32,
    /// Authentic messages of new engines that there was no room for, or that may not be learnt.
    pub foreign_engines: u32,
    /// usmStats: as the authoritative engine of informs and as the receiver of traps.
    pub usm: crate::usm::UsmStats,
}
