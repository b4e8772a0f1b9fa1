//! What an application may ask of a manager.

use alloc::vec::Vec;
use core::fmt;

use super::notify::Notification;
use super::slab::Key;
use crate::crypto::CryptoError;
use crate::usm::UserError;
use crate::{Oid, VarBind};

/// The handle that ties a request to its [`Output::Completed`](super::Output::Completed). Never used twice by one manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) Key);

/// A peer: an address with the credentials and options used for it. Never used twice by one manager.
///
/// One address may belong to several peers, for instance while credential sets are tried in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub(crate) Key);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request {}", self.0.number())
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "peer {}", self.0.number())
    }
}

/// One request of the application. It may take many messages; it has one outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Reads these instances (RFC 3416 §4.2.1). The answer has the same names in the same order; a value
    /// that is not there is `NoSuchObject` or `NoSuchInstance`, with SNMPv1 too. Long lists are
    /// split and joined, also when the agent answers tooBig. Where it answers another error (genErr) for a list, the name
    /// that it stumbles over is found and the others are read: the request fails with that name, and
    /// [`Completed::partial`](super::Completed::partial) holds all the rest.
    Get(Vec<Oid>),
    /// Reads what follows each of these names (RFC 3416 §4.2.2), one answer for each name, in order.
    /// At the end of the agent's view the value is `EndOfMibView`, with SNMPv1 too.
    GetNext(Vec<Oid>),
    /// One GETBULK (RFC 3416 §4.2.3); the answer is handed on as the agent gave it. Not with SNMPv1.
    GetBulk {
        /// How many of the first names are read once only.
        non_repeaters: u16,
        /// How often the others are repeated; made smaller when the peer cannot cope.
        max_repetitions: u16,
        /// The names to go on from.
        names: Vec<Oid>,
    },
    /// Writes all of these or none (RFC 3416 §4.2.5). Sent once unless
    /// [`PeerOptions::retransmit_set`](super::PeerOptions::retransmit_set) says otherwise.
    Set(Vec<VarBind>),
    /// Everything below this name, in the agent's order, by GETBULK or GETNEXT. Where nothing is below it, because the agent
    /// does not have the subtree or because the name is that of an instance, the answer is empty and no error; see
    /// [`PeerOptions::walk_reads_instance`](super::PeerOptions::walk_reads_instance).
    Walk(Oid),
    /// Everything below this name by GETBULK with this many repetitions, halved when the peer cannot cope, where
    /// [`Walk`](Self::Walk) chooses by what it learnt of the peer. Not with SNMPv1.
    BulkWalk {
        /// The subtree.
        root: Oid,
        /// Rows wanted in an answer, at least one.
        max_repetitions: u16,
    },
    /// Several columns walked side by side until each has left its subtree. The answer holds the first
    /// column from top to bottom, then the second, and so on; rows may be missing in any of them. Where the agent answers
    /// genErr in one column, the others are read to their end; then the request fails with the name that it stumbled after,
    /// and [`Completed::partial`](super::Completed::partial) holds all that was read.
    Table(Vec<Oid>),
    /// Tells the peer of an event and waits until it acknowledges (RFC 3416 §4.2.7). The answer is what it sent back;
    /// [`RequestError::TooLarge`](super::RequestError::TooLarge) says that it cannot take a message of that size. Not with
    /// SNMPv1. In SNMPv3 the peer is the authoritative engine and is discovered first.
    Inform(Notification),
}

/// Why a request or a peer was refused. Nothing was changed and nothing will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiMisuse {
    /// This peer was removed, or belongs to another manager.
    UnknownPeer,
    /// The operation names no object.
    NoNames,
    /// More names than a walk of that many columns or a joined answer may have.
    TooManyNames {
        /// The most that is accepted.
        limit: usize,
    },
    /// GETBULK and Counter64 do not exist in SNMPv1 (RFC 3584 §4).
    NotInVersion1,
    /// A SET or a notification needs a value for every name; an exception such as `NoSuchObject` is not one.
    NotAValue,
    /// `max_pending` requests wait already: take their outcomes first.
    TooManyRequests {
        /// The configured limit.
        limit: usize,
    },
    /// `max_peers` peers are known already.
    TooManyPeers {
        /// The configured limit.
        limit: usize,
    },
    /// RFC 3414 §11.2: passwords have at least 8 octets.
    PasswordTooShort,
    /// RFC 3412 §6.4: there is no privacy without authentication.
    PrivacyWithoutAuthentication,
    /// Imported keys must be there, and all for the same security level.
    UnequalKeys,
    /// RFC 3414 §2.4, RFC 3411 §5: a user name has 1 to 32 octets, a context name at most 255.
    NameLength,
    /// The peer has questions open that were sent with its present credentials.
    PeerBusy,
    /// A credential set without (these) credentials.
    NoCredentials,
    /// One of a set's credentials protects less than its floor.
    BelowFloor {
        /// Its position in the set, from 0.
        position: usize,
    },
    /// The peer does not speak SNMPv3, so it has no engine.
    NotVersion3,
    /// The crypto provider given to this manager does not offer the protocol, or fails.
    Crypto(CryptoError),
}

impl fmt::Display for ApiMisuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPeer => f.write_str("this manager does not know that peer (any more)"),
            Self::NoNames => f.write_str("the operation names no object"),
            Self::TooManyNames { limit } => write!(f, "the operation names more than {limit} objects"),
            Self::NotInVersion1 => f.write_str("SNMPv1 has neither GETBULK nor Counter64"),
            Self::NotAValue => f.write_str("a SET or a notification needs a value for every name"),
            Self::TooManyRequests { limit } => write!(f, "{limit} requests are waiting already"),
            Self::TooManyPeers { limit } => write!(f, "{limit} peers are known already"),
            Self::PasswordTooShort => f.write_str("an SNMPv3 password has at least 8 characters"),
            Self::PrivacyWithoutAuthentication => f.write_str(
                "SNMPv3 has no privacy without authentication: set an authentication password too",
            ),
            Self::UnequalKeys => fmt::Display::fmt(&UserError::UnequalKeys, f),
            Self::NameLength => {
                f.write_str("an SNMPv3 user name has 1 to 32 octets and a context name at most 255")
            }
            Self::PeerBusy => f.write_str("the peer is being asked"),
            Self::NoCredentials => f.write_str("the set has no credentials"),
            Self::BelowFloor { position } => {
                write!(f, "credentials {} of the set protect less than its floor", position + 1)
            }
            Self::NotVersion3 => f.write_str("the peer does not speak SNMPv3"),
            Self::Crypto(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for ApiMisuse {}

impl From<CryptoError> for ApiMisuse {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

impl From<UserError> for ApiMisuse {
    fn from(error: UserError) -> Self {
        match error {
            UserError::NameTooLong(_) => Self::NameLength,
            UserError::PasswordTooShort(_) => Self::PasswordTooShort,
            UserError::PrivacyWithoutAuthentication => Self::PrivacyWithoutAuthentication,
            UserError::UnequalKeys => Self::UnequalKeys,
            UserError::Crypto(error) => Self::Crypto(error),
        }
    }
}
