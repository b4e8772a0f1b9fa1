//! Why a request failed, told apart by who is to blame.

use core::fmt;
use core::time::Duration;

use crate::Oid;
use crate::ber::DecodeError;
use crate::crypto::CryptoError;
use crate::pdu::ErrorStatus;

/// Why a request has no answer. The sentence of each is fit for an operator's eyes.
///
/// A Report without authentication may come from anybody, so it does not end a request with authentication: that one
/// goes on until its last time-out, and what the Report said is its outcome only when no answer came until then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// Nothing usable came back in time.
    Timeout {
        /// Messages sent for the step that was never answered.
        attempts: u32,
        /// The host did send something from the right address, and this is what was wrong with it.
        garbage: Option<DecodeError>,
    },
    /// The SNMPv3 engine is there and has proven its key, but none of our requests was ever answered. net-snmp
    /// drops what it cannot decrypt, and requests for contexts that it does not know, without a word.
    SilentAfterDiscovery {
        /// Messages sent for the step that was never answered.
        attempts: u32,
    },
    /// The network says that nobody listens there.
    Unreachable,
    /// Wrong authentication password or protocol: the agent reports usmStatsWrongDigests.
    AuthenticationFailed,
    /// The agent reports usmStatsUnknownUserNames.
    UnknownUser,
    /// The agent reports usmStatsUnsupportedSecLevels: this user may not talk at the level chosen.
    UnsupportedSecurityLevel,
    /// Wrong privacy password or protocol: the agent reports usmStatsDecryptionErrors, or its answer
    /// was authentic and could not be decrypted here.
    DecryptionFailed,
    /// The clocks could not be brought together (RFC 3414 §3.2 step 7).
    NotInTimeWindow,
    /// The agent does not know the context name (snmpUnknownContexts).
    UnknownContext,
    /// The agent knows the context, and it is not there at present (snmpUnavailableContexts, RFC 3413 §3.2).
    UnavailableContext,
    /// The agent refused, and says why (RFC 3416 §3).
    ErrorStatus {
        /// The error-status.
        status: ErrorStatus,
        /// The error-index as received: 1 for the first name of the message that was sent.
        index: u32,
        /// The name that the index points at, when it points at one.
        name: Option<Oid>,
    },
    /// A walk met a name that is not after the one before it, and would never end.
    OidNotIncreasing {
        /// The name asked to go on from.
        previous: Oid,
        /// The name that came back.
        returned: Oid,
    },
    /// A walk is longer than [`PeerOptions::max_walk_varbinds`](super::PeerOptions::max_walk_varbinds).
    WalkTooLong {
        /// That limit.
        limit: usize,
    },
    /// The answers to one request add up to more than
    /// [`PeerOptions::max_answer_octets`](super::PeerOptions::max_answer_octets).
    AnswerTooLong {
        /// That limit.
        limit: usize,
    },
    /// The agent answers, but so slowly that the request took longer than
    /// [`PeerOptions::max_duration`](super::PeerOptions::max_duration).
    TookTooLong {
        /// That limit.
        limit: Duration,
    },
    /// The peer turned out to speak SNMPv1, which has neither GETBULK nor inform nor Counter64.
    NotInVersion1,
    /// The request or its answer does not fit a message, even when asked for alone.
    TooLarge,
    /// The agent broke the protocol.
    Protocol(ProtocolError),
    /// The crypto provider of this manager failed.
    Crypto(CryptoError),
    /// [`Manager::cancel`](super::Manager::cancel) or the removal of the peer.
    Cancelled,
    /// A promise inside this crate was broken; please report it.
    Internal(&'static str),
}

/// How an agent broke the protocol in a message that was otherwise in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolError {
    /// An answer with another number of variable bindings than asked for.
    VarBindCount {
        /// How many were asked for.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// An answer about another name than the one asked for.
    OtherName {
        /// Its position, from 1.
        position: usize,
    },
    /// Asked for the next name it answers noSuchObject or noSuchInstance, with which only GET may be answered. What it
    /// means is not known, so nothing is taken for absent;
    /// [`PeerOptions::no_such_ends_walks`](super::PeerOptions::no_such_ends_walks) takes it for the end.
    NoSuchForNext,
    /// endOfMibView, with which only GETNEXT and GETBULK may be answered, or NULL in place of a value in an answer to GET
    /// (RFC 3416 §3, §4.2.1). [`PeerOptions::accept_null`](super::PeerOptions::accept_null) takes the latter.
    NotAValue {
        /// Its position, from 1.
        position: usize,
    },
    /// The answer to the discovery of its engine ID names none, or one that RFC 3411 §5 forbids.
    EngineId,
    /// It keeps naming another engine ID than the one it announced.
    EngineIdChanges,
    /// It reports that nobody there takes this kind of PDU for this context engine: snmpUnknownPDUHandlers
    /// (RFC 3412 §7.2 (13)).
    UnknownPduHandler,
    /// It reports something other than the counters of RFC 3412, RFC 3413 and RFC 3414.
    UnknownReport,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout { attempts, garbage: None } => {
                write!(f, "no answer after {attempts} {}", plural(*attempts))
            }
            Self::Timeout { attempts, garbage: Some(error) } => write!(
                f,
                "the host answers, but not with SNMP that can be read ({error}), after {attempts} {}",
                plural(*attempts)
            ),
            Self::SilentAfterDiscovery { .. } => f.write_str(
                "the agent accepts the user but leaves the requests unanswered: the privacy password or protocol, or \
                 the context name, may be wrong",
            ),
            Self::Unreachable => f.write_str("the host or its SNMP port cannot be reached"),
            Self::AuthenticationFailed => {
                f.write_str("a report says that the agent rejects the authentication password or protocol")
            }
            Self::UnknownUser => f.write_str("a report says that the agent does not know this SNMPv3 user"),
            Self::UnsupportedSecurityLevel => {
                f.write_str("a report says that the agent does not offer this user the chosen security level")
            }
            Self::DecryptionFailed => {
                f.write_str("the privacy password or protocol does not match the agent's")
            }
            Self::NotInTimeWindow => f.write_str("the agent's SNMPv3 clock could not be followed"),
            Self::UnknownContext => f.write_str("the agent does not know this SNMPv3 context name"),
            Self::UnavailableContext => f.write_str("the SNMPv3 context is not available at present"),
            Self::ErrorStatus { status, name: Some(name), .. } => {
                write!(f, "the agent answers {status} for {name}")
            }
            Self::ErrorStatus { status, index, name: None } => {
                write!(f, "the agent answers {status} (index {index})")
            }
            Self::OidNotIncreasing { previous, returned } => {
                write!(f, "the agent's names do not increase: {returned} came after {previous}")
            }
            Self::WalkTooLong { limit } => write!(f, "the walk does not end within {limit} values"),
            Self::TookTooLong { limit } => {
                write!(f, "the agent answers too slowly: not done after {} seconds", limit.as_secs())
            }
            Self::AnswerTooLong { limit } => write!(f, "the answers add up to more than {limit} octets"),
            Self::NotInVersion1 => f.write_str("the agent speaks SNMPv1, which has neither GETBULK nor inform nor Counter64"),
            Self::TooLarge => f.write_str("the request or its answer is too large for one message"),
            Self::Protocol(error) => write!(f, "the agent breaks the protocol: {error}"),
            Self::Crypto(error) => write!(f, "the cryptography of this machine failed: {error}"),
            Self::Cancelled => f.write_str("the request was cancelled"),
            Self::Internal(promise) => write!(f, "an error in the SNMP engine itself: {promise}"),
        }
    }
}

impl core::error::Error for RequestError {}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VarBindCount { expected, found } => {
                write!(f, "{found} values came where {expected} were asked for")
            }
            Self::OtherName { position } => write!(f, "value {position} is of another name than asked for"),
            Self::NoSuchForNext => {
                f.write_str("asked for the next name it answers that there is no such object or instance")
            }
            Self::NotAValue { position } => write!(f, "what it answers in place {position} is no value"),
            Self::EngineId => f.write_str("it announces no usable engine ID"),
            Self::EngineIdChanges => f.write_str("its engine ID keeps changing"),
            Self::UnknownPduHandler => f.write_str("it reports that it does not take this kind of request"),
            Self::UnknownReport => f.write_str("it reports an error that no RFC knows"),
        }
    }
}

impl core::error::Error for ProtocolError {}

impl From<ProtocolError> for RequestError {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

fn plural(attempts: u32) -> &'static str {
    if attempts == 1 { "attempt" } else { "attempts" }
}
