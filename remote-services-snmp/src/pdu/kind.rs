//! The kinds of PDU and what only they carry.
use super::ErrorStatus;
use crate::ber::Tag;

/// The kind of a [`Pdu`](super::Pdu).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PduKind {
    /// GetRequest: read these names.
    Get,
    /// GetNextRequest: read what comes after these names.
    GetNext,
    /// GetBulkRequest: read what comes after these names, many times.
    GetBulk {
        /// How many of the first names are read once only. 0 to 2^31 - 1.
        non_repeaters: u32,
        /// How often the others are advanced. 0 to 2^31 - 1.
        max_repetitions: u32,
    },
    /// Response (GetResponse in SNMPv1).
    Response {
        /// error-status.
        status: ErrorStatus,
        /// error-index: the binding that is to blame, counted from 1; 0 blames none. Comes from the peer: may lie
        /// beyond the list.
        error_index: u32,
    },
    /// SetRequest: write all of these values or none.
    Set,
    /// InformRequest: a notification that wants a Response.
    Inform,
    /// SNMPv2-Trap: a notification without an answer.
    TrapV2,
    /// Report: one SNMPv3 engine tells another what stood in the way (RFC 3412 §7.1).
    Report,
}

impl PduKind {
    /// Whether a Response is expected (the Confirmed class of RFC 3411 §2.8).
    #[must_use]
    pub fn is_confirmed(self) -> bool {
        !matches!(self, PduKind::Response { .. } | PduKind::TrapV2 | PduKind::Report)
    }

    /// The tag of the PDU.
    #[must_use]
    pub fn tag(self) -> Tag {
        match self {
            PduKind::Get => Tag::GET,
            PduKind::GetNext => Tag::GET_NEXT,
            PduKind::GetBulk { .. } => Tag::GET_BULK,
            PduKind::Response { .. } => Tag::RESPONSE,
            PduKind::Set => Tag::SET,
            PduKind::Inform => Tag::INFORM,
            PduKind::TrapV2 => Tag::TRAP_V2,
            PduKind::Report => Tag::REPORT,
        }
    }

    pub(crate) fn is_tag(tag: Tag) -> bool {
        matches!(tag.0, 0xa0..=0xa8) && tag != Tag::TRAP_V1
    }

    /// `None` when a Response's error-index is negative. In requests the two fields are not looked at
    /// (RFC 3416 §3), and in GetBulk negative means zero (§4.2.3).
    pub(super) fn from_fields(tag: Tag, first: i32, second: i32) -> Option<Self> {
        Some(match tag {
            Tag::GET_NEXT => PduKind::GetNext,
            Tag::GET_BULK => PduKind::GetBulk {
                non_repeaters: u32::try_from(first).unwrap_or(0),
                max_repetitions: u32::try_from(second).unwrap_or(0),
            },
            Tag::RESPONSE => PduKind::Response {
                status: ErrorStatus::from_wire(first),
                error_index: u32::try_from(second).ok()?,
            },
            Tag::SET => PduKind::Set,
            Tag::INFORM => PduKind::Inform,
            Tag::TRAP_V2 => PduKind::TrapV2,
            Tag::REPORT => PduKind::Report,
            _ => PduKind::Get,
        })
    }

    pub(super) fn fields(self) -> (i32, i32) {
        let within = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        match self {
            PduKind::GetBulk { non_repeaters, max_repetitions } => {
                (within(non_repeaters), within(max_repetitions))
            }
            PduKind::Response { status, error_index } => (status.to_wire(), within(error_index)),
            _ => (0, 0),
        }
    }
}
