//! Requests of one message: GETBULK as the application words it, and SET.

use alloc::vec::Vec;

use super::{Answer, Ask, Progress, Step, position};
use crate::engine::{ProtocolError, RequestError};
use crate::pdu::ErrorStatus;
use crate::{Oid, VarBind};

/// One GETBULK, asked again for less when the peer cannot cope.
pub(crate) struct Bulk {
    ask: Ask,
    names: Vec<Oid>,
    read: Vec<VarBind>,
}

impl Bulk {
    pub(crate) fn new(non_repeaters: u16, max_repetitions: u16, names: Vec<Oid>) -> Self {
        Self { ask: Ask::GetBulk { non_repeaters, max_repetitions }, names, read: Vec::new() }
    }

    pub(crate) fn step(&self) -> Step {
        Step { ask: self.ask, names: self.names.len() }
    }

    pub(crate) fn names(&self) -> &[Oid] {
        &self.names
    }

    pub(crate) fn retry(&mut self, step: Step, last: bool) -> Option<Step> {
        self.ask = if last { Ask::GetNext } else { smaller(step.ask)? };
        Some(self.step())
    }

    #[inline(never)]
    pub(crate) fn answer(&mut self, step: Step, answer: &Answer<'_>) -> Result<Progress, RequestError> {
        match answer.status {
            ErrorStatus::NoError if !answer.varbinds.is_empty() || wants_nothing(step.ask) => {
                self.read = answer.varbinds.to_vec();
                return Ok(Progress::Done);
            }
            // A list of none where something was asked for is how some agents say tooBig (RFC 3416 §4.2.3 has them cut
            // the list where the message is full).
            ErrorStatus::NoError | ErrorStatus::TooBig | ErrorStatus::GenErr => match smaller(step.ask) {
                Some(ask) => self.ask = ask,
                None if answer.status == ErrorStatus::GenErr => return Err(self.refused(step, answer)),
                None => return Err(RequestError::TooLarge),
            },
            _ => return Err(self.refused(step, answer)),
        }
        Ok(Progress::Next)
    }

    pub(crate) fn take(self) -> Vec<VarBind> {
        self.read
    }

    fn refused(&self, step: Step, answer: &Answer<'_>) -> RequestError {
        answer.refused(position(step, answer.index).and_then(|at| self.names.get(at)))
    }
}

/// The next smaller thing to ask; GETNEXT is GETBULK with one repetition for agents that do not have it.
fn smaller(ask: Ask) -> Option<Ask> {
    match ask {
        Ask::GetBulk { non_repeaters, max_repetitions } if max_repetitions > 1 => {
            Some(Ask::GetBulk { non_repeaters, max_repetitions: max_repetitions / 2 })
        }
        Ask::GetBulk { .. } => Some(Ask::GetNext),
        _ => None,
    }
}

/// Whether the answer is a list of none by right.
fn wants_nothing(ask: Ask) -> bool {
    matches!(ask, Ask::GetBulk { non_repeaters: 0, max_repetitions: 0 })
}

/// One SET.
pub(crate) struct Set {
    varbinds: Vec<VarBind>,
    written: Vec<VarBind>,
}

impl Set {
    pub(crate) fn new(varbinds: Vec<VarBind>) -> Self {
        Self { varbinds, written: Vec::new() }
    }

    pub(crate) fn step(&self) -> Step {
        Step { ask: Ask::Set, names: self.varbinds.len() }
    }

    pub(crate) fn varbinds(&self) -> &[VarBind] {
        &self.varbinds
    }

    #[inline(never)]
    pub(crate) fn answer(&mut self, step: Step, answer: &Answer<'_>) -> Result<Progress, RequestError> {
        match answer.status {
            ErrorStatus::NoError => {}
            ErrorStatus::TooBig => return Err(RequestError::TooLarge),
            _ => {
                let named = position(step, answer.index).and_then(|at| self.varbinds.get(at));
                return Err(answer.refused(named.map(|varbind| &varbind.name)));
            }
        }
        let (expected, found) = (self.varbinds.len(), answer.varbinds.len());
        if expected != found {
            return Err(ProtocolError::VarBindCount { expected, found }.into());
        }
        let other = self.varbinds.iter().zip(answer.varbinds).position(|(asked, got)| got.name != asked.name);
        if let Some(at) = other {
            return Err(ProtocolError::OtherName { position: at + 1 }.into());
        }
        self.written = answer.varbinds.to_vec();
        Ok(Progress::Done)
    }

    pub(crate) fn take(self) -> Vec<VarBind> {
        self.written
    }
}
