//! What a request has to ask next, and what an answer means for it.
//!
//! ```text
//!              ┌────────── Progress::Next ──────────┐
//!              ▼                                    │
//!   step() ── Step ──▶ (sent, answered) ── answer() ┤
//!              ▲                                    ├── Progress::Done ──▶ take()
//!              └── retry(), when no answer came     └── RequestError   ──▶ take(): what was read so far
//! ```
//!
//! A job knows variable bindings and error codes. It knows nothing of messages, versions' headers, security or time,
//! and it is sure to end: every `Next` has either read something or asks for less than before.

mod asked;
mod habits;
mod inform;
mod list;
mod single;
mod walk;

use alloc::vec::Vec;

pub(crate) use asked::Asked;
pub(crate) use habits::Habits;
use inform::Inform;
use list::List;
use single::{Bulk, Set};
use walk::Walk;

use super::{ApiMisuse, Operation, PeerOptions, ProtocolError, RequestError};
use crate::pdu::{ErrorStatus, PduKind, VarBinds};
use crate::smi::ValueRef;
use crate::{Oid, Value, VarBind};

/// What one message asks for. Its names are the first ones of those that the job has open, which stay the same until
/// an answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) ask: Ask,
    /// How many names.
    pub(crate) names: usize,
}

/// The kind of a request PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Get,
    GetNext,
    GetBulk { non_repeaters: u16, max_repetitions: u16 },
    Set,
    Inform,
}

impl Ask {
    pub(crate) fn kind(self) -> PduKind {
        match self {
            Self::Get => PduKind::Get,
            Self::GetNext => PduKind::GetNext,
            Self::GetBulk { non_repeaters, max_repetitions } => PduKind::GetBulk {
                non_repeaters: non_repeaters.into(),
                max_repetitions: max_repetitions.into(),
            },
            Self::Set => PduKind::Set,
            Self::Inform => PduKind::Inform,
        }
    }
}

/// The contents of a Response PDU.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: ErrorStatus,
    pub(crate) index: u32,
    pub(crate) varbinds: VarBinds<'a>,
}

impl Answer<'_> {
    /// The error that an error-status without a better name becomes.
    fn refused(&self, name: Option<&Oid>) -> RequestError {
        RequestError::ErrorStatus { status: self.status, index: self.index, name: name.cloned() }
    }
}

/// Whether a job has more to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Next,
    Done,
}

/// One request of the application on its way.
pub(crate) enum Job {
    List(List),
    Walk(Walk),
    Bulk(Bulk),
    Set(Set),
    Inform(Inform),
}

/// The most columns of a table, and names of any request: far above any MIB, low enough to bound memory.
const MAX_COLUMNS: usize = 256;
const MAX_NAMES: usize = 65_536;

impl Job {
    /// Checks the operation and makes it a job.
    pub(crate) fn new(
        operation: Operation,
        version1: bool,
        options: &PeerOptions,
    ) -> Result<Self, ApiMisuse> {
        let bulk = !version1 && !options.avoid_bulk;
        match operation {
            Operation::Get(names) => Ok(Self::List(List::get(counted(names, MAX_NAMES)?, options))),
            Operation::GetNext(names) => Ok(Self::List(List::get_next(counted(names, MAX_NAMES)?, options))),
            Operation::GetBulk { .. } if version1 => Err(ApiMisuse::NotInVersion1),
            Operation::GetBulk { non_repeaters, max_repetitions, names } => {
                Ok(Self::Bulk(Bulk::new(non_repeaters, max_repetitions, counted(names, MAX_COLUMNS)?)))
            }
            Operation::Set(varbinds) => {
                let varbinds = counted(varbinds, MAX_COLUMNS)?;
                if varbinds.iter().any(|varbind| varbind.value.is_exception()) {
                    return Err(ApiMisuse::NotAValue);
                }
                if version1 && varbinds.iter().any(|varbind| matches!(varbind.value, Value::Counter64(_))) {
                    return Err(ApiMisuse::NotInVersion1);
                }
                Ok(Self::Set(Set::new(varbinds)))
            }
            Operation::Inform(_) if version1 => Err(ApiMisuse::NotInVersion1),
            Operation::Inform(notification)
                if notification.varbinds.iter().any(|varbind| varbind.value.is_exception()) =>
            {
                Err(ApiMisuse::NotAValue)
            }
            Operation::Inform(notification) => Ok(Self::Inform(Inform::new(notification.into_varbinds()))),
            Operation::Walk(root) => Ok(Self::Walk(Walk::new(alloc::vec![root], bulk, options))),
            Operation::BulkWalk { .. } if version1 => Err(ApiMisuse::NotInVersion1),
            Operation::BulkWalk { root, max_repetitions } => {
                Ok(Self::Walk(Walk::by_repetitions(root, max_repetitions, options)))
            }
            Operation::Table(roots) => Ok(Self::Walk(Walk::new(counted(roots, MAX_COLUMNS)?, bulk, options))),
        }
    }

    /// What to ask now.
    pub(crate) fn step(&self, habits: &Habits) -> Step {
        match self {
            Self::List(list) => list.step(),
            Self::Walk(walk) => walk.step(habits),
            Self::Bulk(bulk) => bulk.step(),
            Self::Set(set) => set.step(),
            Self::Inform(inform) => inform.step(),
        }
    }

    /// What to ask after `step` was not answered: the same or less of it. `last` says that no further attempt follows.
    pub(crate) fn retry(&mut self, step: Step, habits: &mut Habits, last: bool) -> Option<Step> {
        match self {
            Self::List(_) | Self::Set(_) | Self::Inform(_) => None,
            Self::Walk(walk) => walk.retry(step, habits, last),
            Self::Bulk(bulk) => bulk.retry(step, last),
        }
    }

    /// Takes in the answer to `step`.
    pub(crate) fn answer(
        &mut self,
        step: Step,
        answer: &Answer<'_>,
        habits: &mut Habits,
    ) -> Result<Progress, RequestError> {
        match self {
            Self::List(list) => list.answer(step, answer, habits),
            Self::Walk(walk) => walk.answer(step, answer, habits),
            Self::Bulk(bulk) => bulk.answer(step, answer),
            Self::Set(set) => set.answer(step, answer),
            Self::Inform(inform) => inform.answer(step, answer),
        }
    }

    /// Everything read so far, which after `Done` is everything.
    pub(crate) fn take(self) -> Vec<VarBind> {
        match self {
            Self::List(list) => list.take(),
            Self::Walk(walk) => walk.take(),
            Self::Bulk(bulk) => bulk.take(),
            Self::Set(set) => set.take(),
            Self::Inform(inform) => inform.take(),
        }
    }

    /// The request-id of the next transmission: `fresh`, or the one that repetitions must keep.
    pub(crate) fn request_id(&mut self, fresh: i32) -> i32 {
        match self {
            Self::Inform(inform) => inform.request_id(fresh),
            _ => fresh,
        }
    }

    /// Makes a job that was accepted before the version was known one for SNMPv1.
    pub(crate) fn fit_version1(&mut self) -> Result<(), RequestError> {
        match self {
            Self::Walk(walk) => walk.avoid_bulk(),
            Self::Bulk(_) | Self::Inform(_) => return Err(RequestError::NotInVersion1),
            Self::Set(set)
                if set.varbinds().iter().any(|write| matches!(write.value, Value::Counter64(_))) =>
            {
                return Err(RequestError::NotInVersion1);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether sending the same message twice may do something twice.
    pub(crate) fn writes(&self) -> bool {
        matches!(self, Self::Set(_))
    }
}

/// Whether this answer to GETNEXT or GETBULK says that no name follows (RFC 3416 §4.2.2: endOfMibView does, and nothing
/// else is an exception there).
fn is_end(value: &ValueRef<'_>, no_such_is_end: bool) -> Result<bool, ProtocolError> {
    match value {
        ValueRef::EndOfMibView => Ok(true),
        ValueRef::NoSuchObject | ValueRef::NoSuchInstance if no_such_is_end => Ok(true),
        ValueRef::NoSuchObject | ValueRef::NoSuchInstance => Err(ProtocolError::NoSuchForNext),
        _ => Ok(false),
    }
}

/// The position that an error-index points at (from 1; RFC 3416 §3), if it points into the message.
fn position(step: Step, index: u32) -> Option<usize> {
    let at = usize::try_from(index).ok()?.checked_sub(1)?;
    (at < step.names).then_some(at)
}

fn counted<T>(items: Vec<T>, limit: usize) -> Result<Vec<T>, ApiMisuse> {
    match items.len() {
        0 => Err(ApiMisuse::NoNames),
        count if count > limit => Err(ApiMisuse::TooManyNames { limit }),
        _ => Ok(items),
    }
}
