//! Why octets could not be read, and where.
use core::fmt;

use super::Tag;
use crate::smi::WireFault;

/// Why octets are no SNMP message, and the octet at which that shows, counted from the datagram's first.
///
/// In a message that was decrypted, the offset counts as if the plaintext stood in place of the ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    offset: usize,
}

/// What is wrong with the octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The element claims more octets than there are.
    Truncated {
        /// Octets that the element needs.
        needed: usize,
        /// Octets that are there.
        available: usize,
    },
    /// A tag other than the one that must stand here.
    UnexpectedTag {
        /// The tag that must stand here.
        expected: Tag,
        /// The tag that does.
        found: Tag,
    },
    /// A tag that no value of SNMP has.
    UnknownValue(Tag),
    /// A PDU that this version of SNMP does not have.
    UnknownPdu(Tag),
    /// Indefinite lengths are forbidden in SNMP (RFC 3417 §8).
    IndefiniteLength,
    /// A length of more than four octets.
    LengthOfLength(u8),
    /// The type has a fixed size, and this is another one. An INTEGER of no octets counts here as well.
    WrongSize {
        /// The type.
        tag: Tag,
        /// Octets found.
        found: usize,
    },
    /// A number outside the range of its type or field.
    OutOfRange(Tag),
    /// An object identifier of no octets.
    EmptyOid,
    /// An object identifier whose last arc has no end.
    UnfinishedArc,
    /// An arc that starts with 0x80 (X.690 §8.19.2).
    PaddedArc,
    /// An arc above 2^32 - 1.
    ArcTooLarge,
    /// More arcs than allowed.
    TooManyArcs(usize),
    /// Octets left where the enclosing element should end.
    TrailingData {
        /// How many.
        extra: usize,
    },
    /// The datagram is larger than [`Limits::message_size`](super::Limits::message_size).
    MessageTooLarge {
        /// The limit.
        limit: usize,
    },
    /// More variable bindings than [`Limits::varbinds`](super::Limits::varbinds).
    TooManyVarBinds {
        /// The limit.
        limit: usize,
    },
    /// A version other than 0 (v1), 1 (v2c) and 3, or not the one asked for.
    UnknownVersion(i32),
    /// msgMaxSize below 484 (RFC 3412 §6.3).
    MaxSizeTooSmall(i32),
    /// msgFlags ask for privacy without authentication (RFC 3412 §6.4).
    PrivacyWithoutAuthentication,
    /// A string that is longer than its field allows.
    TooLong {
        /// The limit in octets.
        limit: usize,
    },
}

impl DecodeError {
    #[cold]
    pub(crate) fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        DecodeError { kind, offset }
    }

    /// `start` is the offset of the identifier's first contents octet.
    pub(super) fn of_oid(fault: WireFault, start: usize) -> Self {
        let (kind, at) = match fault {
            WireFault::Empty => (DecodeErrorKind::EmptyOid, 0),
            WireFault::Unfinished(at) => (DecodeErrorKind::UnfinishedArc, at),
            WireFault::Padded(at) => (DecodeErrorKind::PaddedArc, at),
            WireFault::ArcTooLarge(at) => (DecodeErrorKind::ArcTooLarge, at),
            WireFault::TooManyArcs(arcs) => (DecodeErrorKind::TooManyArcs(arcs), 0),
        };
        DecodeError { kind, offset: start + at }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// Where it shows: octets from the start of the datagram.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl core::error::Error for DecodeError {}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { needed, available } => {
                write!(f, "element needs {needed} octets, but only {available} are there")
            }
            Self::UnexpectedTag { expected, found } => {
                write!(f, "unexpected tag {found} (expected {expected})")
            }
            Self::UnknownValue(tag) => write!(f, "no SNMP value has tag {tag}"),
            Self::UnknownPdu(tag) => write!(f, "{tag} is no PDU of this version"),
            Self::IndefiniteLength => f.write_str("indefinite length"),
            Self::LengthOfLength(octets) => write!(f, "length of {octets} octets"),
            Self::WrongSize { tag, found } => write!(f, "{tag} of {found} octets"),
            Self::OutOfRange(tag) => write!(f, "{tag} out of range"),
            Self::EmptyOid => f.write_str("object identifier without arcs"),
            Self::UnfinishedArc => f.write_str("object identifier ends within an arc"),
            Self::PaddedArc => f.write_str("arc starts with 0x80"),
            Self::ArcTooLarge => f.write_str("arc above 4294967295"),
            Self::TooManyArcs(arcs) => write!(f, "object identifier of {arcs} arcs"),
            Self::TrailingData { extra } => write!(f, "{extra} octets too many"),
            Self::MessageTooLarge { limit } => write!(f, "message of more than {limit} octets"),
            Self::TooManyVarBinds { limit } => write!(f, "more than {limit} variable bindings"),
            Self::UnknownVersion(version) => write!(f, "unknown SNMP version {version}"),
            Self::MaxSizeTooSmall(size) => write!(f, "msgMaxSize {size} is below 484"),
            Self::PrivacyWithoutAuthentication => f.write_str("privacy without authentication"),
            Self::TooLong { limit } => write!(f, "string of more than {limit} octets"),
        }
    }
}
