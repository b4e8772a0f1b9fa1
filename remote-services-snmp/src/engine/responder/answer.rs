//! GET, GETNEXT, GETBULK and SET (RFC 3416 §4.2, for SNMPv1 by RFC 3584 §4).
use alloc::vec::Vec;
use core::cell::Cell;

use super::event::Events;
use super::frame::Frame;
use super::mib::{GenErr, MibHandler, Request};
use super::objects::{self, EngineView};
use super::view::Border;
use super::{Grant, ResponderStats};
use crate::ber::Writer;
use crate::message::Version;
use crate::pdu::{ErrorStatus, Pdu, PduKind, PduRef, VarBind};
use crate::smi::{Oid, Value};

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
    fn take(&self) -> Result<(), GenErr> {
        self.0.set(self.0.get().checked_sub(1).ok_or(GenErr)?);
        Ok(())
    }
}

/// Why there is no list of values. `index` counts from 1, as on the wire; 0 blames no binding.
struct Failure {
    status: ErrorStatus,
    index: usize,
}

/// What snmpEnableAuthenTraps is to be, and the bindings of a SET that are the handler's, with their positions.
type Divided<'v> = (Option<bool>, Vec<(usize, &'v VarBind)>);

type Outcome = Result<Vec<VarBind>, Failure>;

impl Answerer<'_> {
    /// The octets of the reply, or `None` when none fits.
    pub(super) fn reply(
        &self,
        pdu: &PduRef<'_>,
        mib: &mut dyn MibHandler,
        stats: &mut ResponderStats,
        events: &mut Events,
    ) -> Option<Vec<u8>> {
        let asked = pdu.varbinds.to_vec();
        let outcome = match pdu.kind {
            PduKind::Set => self.set(pdu.request_id, &asked, mib, stats, events),
            PduKind::GetNext => self.next_each(&asked, mib),
            PduKind::GetBulk { non_repeaters, max_repetitions } => {
                self.bulk(pdu.request_id, &asked, non_repeaters, max_repetitions, mib)
            }
            _ => self.get_each(&asked, mib),
        };
        let reply = match outcome {
            Ok(varbinds) => {
                self.frame.encode(Pdu::response(pdu.request_id, ErrorStatus::NoError, 0, varbinds))
            }
            Err(failure) => self.frame.encode(self.failed(pdu.request_id, &failure, asked.clone())),
        }?;
        if self.fits(&reply) {
            return Some(reply);
        }
        // RFC 3416 §4.2.1 (3). SNMPv1 repeats the request (RFC 1157 §4.1.2).
        let too_big = Failure { status: ErrorStatus::TooBig, index: 0 };
        let repeated = if self.is_v1() { asked } else { Vec::new() };
        let reply = self.frame.encode(self.failed(pdu.request_id, &too_big, repeated))?;
        if !self.fits(&reply) {
            ResponderStats::raise(&mut stats.silent_drops);
            return None;
        }
        Some(reply)
    }

    fn get_each(&self, asked: &[VarBind], mib: &mut dyn MibHandler) -> Outcome {
        let read = |(position, VarBind { name, .. }): (usize, &VarBind)| {
            let value = self.value(name, mib).map_err(|GenErr| failure(ErrorStatus::GenErr, position))?;
            // RFC 3584 §4.2.2: no exceptions in SNMPv1, and no Counter64.
            if self.is_v1() && hidden_from_v1(&value) {
                return Err(failure(ErrorStatus::NoSuchName, position));
            }
            Ok(VarBind::new(name.clone(), value))
        };
        asked.iter().enumerate().map(read).collect()
    }

    fn next_each(&self, asked: &[VarBind], mib: &mut dyn MibHandler) -> Outcome {
        let read = |(position, VarBind { name, .. }): (usize, &VarBind)| {
            let next = self.next(name, mib).map_err(|GenErr| failure(ErrorStatus::GenErr, position))?;
            match next {
                Some(varbind) => Ok(varbind),
                None if self.is_v1() => Err(failure(ErrorStatus::NoSuchName, position)),
                None => Ok(VarBind::new(name.clone(), Value::EndOfMibView)),
            }
        };
        asked.iter().enumerate().map(read).collect()
    }

    /// RFC 3416 §4.2.3. The list is cut where the message is full, so the work is bounded by the size of a message
    /// whatever the request asks for.
    fn bulk(
        &self,
        request_id: i32,
        asked: &[VarBind],
        non_repeaters: u32,
        max_repetitions: u32,
        mib: &mut dyn MibHandler,
    ) -> Outcome {
        let mut list = BoundedList::new(self, request_id);
        let split = usize::try_from(non_repeaters).unwrap_or(usize::MAX).min(asked.len());
        let (once, repeated) = asked.split_at(split);
        let mut advance = |position: usize, name: &Oid| {
            let next = self.next(name, mib).map_err(|GenErr| failure(ErrorStatus::GenErr, position))?;
            Ok(next.unwrap_or_else(|| VarBind::new(name.clone(), Value::EndOfMibView)))
        };
        for (position, varbind) in once.iter().enumerate() {
            if !list.push(advance(position, &varbind.name)?) {
                return Ok(list.varbinds);
            }
        }
        let mut names: Vec<Oid> = repeated.iter().map(|varbind| varbind.name.clone()).collect();
        for _ in 0..max_repetitions {
            let mut all_at_end = true;
            for (column, name) in names.iter_mut().enumerate() {
                let varbind = advance(split + column, name)?;
                all_at_end &= varbind.value == Value::EndOfMibView;
                *name = varbind.name.clone();
                if !list.push(varbind) {
                    return Ok(list.varbinds);
                }
            }
            if all_at_end {
                break;
            }
        }
        Ok(list.varbinds)
    }

    /// RFC 3416 §4.2.5: all or nothing.
    fn set(
        &self,
        request_id: i32,
        asked: &[VarBind],
        mib: &mut dyn MibHandler,
        stats: &mut ResponderStats,
        events: &mut Events,
    ) -> Outcome {
        if self.grant.write.is_empty() && matches!(self.frame, Frame::Community { .. }) {
            ResponderStats::raise(&mut stats.bad_community_uses);
        }
        if let Some(hidden) =
            asked.iter().position(|varbind| !self.grant.write.contains(varbind.name.as_ref()))
        {
            return Err(failure(ErrorStatus::NoAccess, hidden));
        }
        // The answer repeats the request: whether it fits must be known before anything is changed.
        let echo = Pdu::response(request_id, ErrorStatus::NoError, 0, asked.to_vec());
        if self.frame.encode(echo).is_none_or(|reply| !self.fits(&reply)) {
            return Err(Failure { status: ErrorStatus::TooBig, index: 0 });
        }
        if let Some(position) = asked.iter().position(|varbind| varbind.value.is_exception()) {
            return Err(failure(ErrorStatus::WrongType, position));
        }
        let (own, others) = self.test_own(asked)?;
        let place = |index: usize| others.get(index).map_or(index, |(position, _)| *position);
        let others_varbinds: Vec<VarBind>;
        let for_handler = if own.is_none() {
            asked
        } else {
            others_varbinds = others.iter().map(|(_, varbind)| (*varbind).clone()).collect();
            &others_varbinds
        };
        if !for_handler.is_empty() {
            self.set_handler_s(for_handler, mib).map_err(|failure| Failure {
                index: failure.index.checked_sub(1).map_or(0, |at| place(at) + 1),
                ..failure
            })?;
        }
        if let Some(enabled) = own {
            events.authentication_traps = enabled;
        }
        Ok(asked.to_vec())
    }

    /// Tests what concerns the engine's own objects.
    fn test_own<'v>(&self, asked: &'v [VarBind]) -> Result<Divided<'v>, Failure> {
        let mut own = None;
        let mut others = Vec::new();
        for (position, varbind) in asked.iter().enumerate() {
            match self.objects.as_ref().and_then(|objects| objects.test(varbind)) {
                Some(tested) => own = Some(tested.map_err(|status| failure(status, position))?),
                None => others.push((position, varbind)),
            }
        }
        Ok((own, others))
    }

    fn set_handler_s(&self, varbinds: &[VarBind], mib: &mut dyn MibHandler) -> Result<(), Failure> {
        mib.test(self.request, varbinds).map_err(|failed| failure(failed.status, failed.index))?;
        mib.commit(self.request, varbinds).map_err(|position| match mib.undo(self.request, varbinds) {
            Ok(()) => failure(ErrorStatus::CommitFailed, position),
            Err(GenErr) => Failure { status: ErrorStatus::UndoFailed, index: 0 },
        })
    }

    /// RFC 3415 §3.2: what is not in the view is not there.
    fn value(&self, name: &Oid, mib: &mut dyn MibHandler) -> Result<Value, GenErr> {
        if self.grant.read.contains(name.as_ref()) {
            objects::get(self.objects.as_ref(), mib, self.request, name)
        } else {
            Ok(Value::NoSuchObject)
        }
    }

    /// The next instance that this version and this view may see.
    fn next(&self, after: &Oid, mib: &mut dyn MibHandler) -> Result<Option<VarBind>, GenErr> {
        let engine = self.objects.as_ref();
        let mut next = objects::get_next(engine, mib, self.request, after)?;
        while let Some(VarBind { name, value }) = &next {
            // Hidden parts are left behind at once, so that their size costs nothing and tells nothing.
            next = if !self.grant.read.contains(name.as_ref()) {
                match self.grant.read.next_border(name) {
                    Border::At(border) => objects::first_from(engine, mib, self.request, &border)?,
                    Border::None => return Ok(None),
                    Border::Unknown => objects::get_next(engine, mib, self.request, name)?,
                }
            // RFC 3584 §4.2.2: SNMPv1 steps over what it cannot be told.
            } else if self.is_v1() && hidden_from_v1(value) {
                objects::get_next(engine, mib, self.request, name)?
            } else {
                return Ok(next);
            };
            self.steps.take()?;
        }
        Ok(None)
    }

    fn failed(&self, request_id: i32, failure: &Failure, asked: Vec<VarBind>) -> Pdu {
        let status = if self.is_v1() { failure.status.to_v1() } else { failure.status };
        let index = u32::try_from(failure.index).unwrap_or(0);
        Pdu::response(request_id, status, index, asked)
    }

    fn fits(&self, reply: &[u8]) -> bool {
        reply.len() <= self.room()
    }

    fn room(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }

    fn is_v1(&self) -> bool {
        self.request.version == Version::V1
    }
}

/// RFC 3413 §3.2 (6): known, but without any right in this context at this level. The request is repeated as far as
/// that fits.
pub(super) fn deny(frame: &Frame<'_>, version: Version, size: u32, pdu: &PduRef<'_>) -> Option<Vec<u8>> {
    let status = ErrorStatus::AuthorizationError;
    let status = if version == Version::V1 { status.to_v1() } else { status };
    let room = usize::try_from(size).unwrap_or(usize::MAX);
    let reply = frame.encode(Pdu::response(pdu.request_id, status, 0, pdu.varbinds.to_vec()))?;
    (reply.len() <= room).then_some(reply)
}

/// A list of bindings that never grows beyond what fits into the reply.
struct BoundedList {
    varbinds: Vec<VarBind>,
    octets_left: usize,
    bindings_left: usize,
    scratch: Writer,
}

impl BoundedList {
    fn new(answerer: &Answerer<'_>, request_id: i32) -> Self {
        let empty = answerer.frame.encode(Pdu::response(request_id, ErrorStatus::NoError, 0, Vec::new()));
        let frame = empty.map_or(usize::MAX, |reply| reply.len().saturating_add(LONGER_LENGTHS));
        BoundedList {
            varbinds: Vec::new(),
            octets_left: answerer.room().saturating_sub(frame),
            bindings_left: answerer.varbinds,
            scratch: Writer::default(),
        }
    }

    /// Tells whether there was room.
    fn push(&mut self, varbind: VarBind) -> bool {
        let before = self.scratch.len();
        varbind.as_ref().encode(&mut self.scratch);
        let octets = self.scratch.len() - before;
        if octets > self.octets_left || self.bindings_left == 0 {
            return false;
        }
        self.octets_left -= octets;
        self.bindings_left -= 1;
        self.varbinds.push(varbind);
        true
    }
}

fn failure(status: ErrorStatus, position: usize) -> Failure {
    Failure { status, index: position + 1 }
}

fn hidden_from_v1(value: &Value) -> bool {
    value.is_exception() || matches!(value, Value::Counter64(_))
}

/// Five nested lengths, each of which may need three octets more than in an empty reply.
const LONGER_LENGTHS: usize = 15;
/// Instances that one request may pass over.
const MAX_SKIPPED: u32 = 100_000;
