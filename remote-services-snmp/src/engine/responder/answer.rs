//! What becomes of a request: its outcome, a reply that fits, or none.
use core::cell::Cell;

use super::arena::Arena;
use super::event::Events;
use super::frame::Frame;
use super::mib::{GenErr, MibHandler, Request};
use super::objects::EngineView;
use super::{Grant, ResponderStats};
use crate::message::Version;
use crate::pdu::{ErrorStatus, Pdu, PduKind, PduRef};

/// Whether a responder answers this kind of PDU.
pub(super) fn is_answered(kind: PduKind) -> bool {
    matches!(kind, PduKind::Get | PduKind::GetNext | PduKind::GetBulk { .. } | PduKind::Set)
}

/// All that answering one request needs, beside the data.
pub(super) struct Answerer<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) grant: &'a Grant,
    pub(super) frame: &'a Frame<'a>,
    /// The most octets that the reply may have.
    pub(super) size: u32,
    /// The most bindings that a GETBULK collects.
    pub(super) varbinds: usize,
    pub(super) objects: Option<EngineView>,
    pub(super) steps: Allowed,
}

/// How many instances one request may still pass over because they are hidden.
pub(super) struct Allowed(Cell<u32>);

impl Default for Allowed {
    fn default() -> Self {
        Allowed(Cell::new(MAX_SKIPPED))
    }
}

impl Allowed {
    pub(super) fn take(&self) -> Result<(), GenErr> {
        self.0.set(self.0.get().checked_sub(1).ok_or(GenErr)?);
        Ok(())
    }
}

/// Why a request failed as a whole. `index` counts from 1, as on the wire; 0 blames no binding.
pub(super) struct Failure {
    pub(super) status: ErrorStatus,
    pub(super) index: usize,
}

impl Failure {
    /// `position` counts from 0.
    pub(super) fn at(status: ErrorStatus, position: usize) -> Self {
        Failure { status, index: position + 1 }
    }

    pub(super) fn too_big() -> Self {
        Failure { status: ErrorStatus::TooBig, index: 0 }
    }
}

impl Answerer<'_> {
    /// Makes the arena's message the reply, or gives `None` when none fits.
    pub(super) fn reply(
        &self,
        pdu: &PduRef<'_>,
        mib: &mut dyn MibHandler,
        stats: &mut ResponderStats,
        events: &mut Events,
        arena: &mut Arena,
    ) -> Option<()> {
        let outcome = match pdu.kind {
            PduKind::Set => self.set(pdu, mib, stats, events, arena),
            PduKind::GetNext => self.next_each(pdu, mib, &mut arena.list),
            PduKind::GetBulk { non_repeaters, max_repetitions } => {
                self.bulk(pdu, non_repeaters, max_repetitions, mib, arena)
            }
            _ => self.get_each(pdu, mib, &mut arena.list),
        };
        let fits = match outcome {
            Ok(()) => self.encode(pdu, &NO_FAILURE, arena)?,
            // RFC 3416 §4.2.1 (3). SNMPv1 repeats the request (RFC 1157 §4.1.2).
            Err(failure) if failure.status == ErrorStatus::TooBig => false,
            Err(failure) => {
                arena.list.repeat(&pdu.varbinds);
                self.encode(pdu, &failure, arena)?
            }
        };
        if fits {
            return Some(());
        }
        if self.is_v1() {
            arena.list.repeat(&pdu.varbinds);
        } else {
            arena.list.restart(0, 0);
        }
        if !self.encode(pdu, &Failure::too_big(), arena)? {
            ResponderStats::raise(&mut stats.silent_drops);
            return None;
        }
        Some(())
    }

    /// Makes the message of the arena's list and tells whether it may be sent.
    pub(super) fn encode(&self, pdu: &PduRef<'_>, failure: &Failure, arena: &mut Arena) -> Option<bool> {
        let status = if self.is_v1() { failure.status.to_v1() } else { failure.status };
        let error_index = u32::try_from(failure.index).unwrap_or(0);
        let kind = PduKind::Response { status, error_index };
        let reply = Pdu { kind, request_id: pdu.request_id, varbinds: &arena.list };
        self.frame.encode(reply, &mut arena.message)?;
        Some(arena.message.len() <= self.room())
    }

    pub(super) fn room(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }

    pub(super) fn is_v1(&self) -> bool {
        self.request.version == Version::V1
    }
}

/// RFC 3413 §3.2 (6): known, but without any right in this context at this level. The request is repeated if that
/// fits.
pub(super) fn deny(
    frame: &Frame<'_>,
    version: Version,
    size: u32,
    pdu: &PduRef<'_>,
    stats: &mut ResponderStats,
    arena: &mut Arena,
) -> Option<()> {
    let status = ErrorStatus::AuthorizationError;
    let status = if version == Version::V1 { status.to_v1() } else { status };
    let kind = PduKind::Response { status, error_index: 0 };
    arena.list.repeat(&pdu.varbinds);
    let reply = Pdu { kind, request_id: pdu.request_id, varbinds: &arena.list };
    frame.encode(reply, &mut arena.message)?;
    if arena.message.len() > usize::try_from(size).unwrap_or(usize::MAX) {
        ResponderStats::raise(&mut stats.silent_drops);
        return None;
    }
    Some(())
}

const NO_FAILURE: Failure = Failure { status: ErrorStatus::NoError, index: 0 };
/// Instances that one request may pass over.
const MAX_SKIPPED: u32 = 100_000;
