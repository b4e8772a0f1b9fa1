//! Requests of one message: GETBULK as the application words it, and SET.

use alloc::vec::Vec;

use super::{Answer, Ask, Progress, Step, refused, unspecified};
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
        Step { ask: self.ask, varbinds: unspecified(self.names.iter().cloned()) }
    }

    pub(crate) fn retry(&mut self, step: &Step, last: bool) -> Option<Step> {
        self.ask = if last { Ask::GetNext } else { smaller(step.ask)? };
        Some(self.step())
    }

    pub(crate) fn answer(&mut self, step: &Step, answer: Answer) -> Result<Progress, RequestError> {
        match answer.status {
            ErrorStatus::NoError => {
                self.read = answer.varbinds;
                return Ok(Progress::Done);
            }
            ErrorStatus::TooBig | ErrorStatus::GenErr => match smaller(step.ask) {
                Some(ask) => self.ask = ask,
                None if answer.status == ErrorStatus::TooBig => return Err(RequestError::TooLarge),
                None => return Err(refused(step, &answer)),
            },
            _ => return Err(refused(step, &answer)),
        }
        Ok(Progress::Next)
    }

    pub(crate) fn take(self) -> Vec<VarBind> {
        self.read
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
        Step { ask: Ask::Set, varbinds: self.varbinds.clone() }
    }

    pub(crate) fn answer(&mut self, step: &Step, answer: Answer) -> Result<Progress, RequestError> {
        match answer.status {
            ErrorStatus::NoError => {}
            ErrorStatus::TooBig => return Err(RequestError::TooLarge),
            _ => return Err(refused(step, &answer)),
        }
        let (expected, found) = (step.varbinds.len(), answer.varbinds.len());
        if expected != found {
            return Err(ProtocolError::VarBindCount { expected, found }.into());
        }
        let other =
            step.varbinds.iter().zip(&answer.varbinds).position(|(asked, got)| asked.name != got.name);
        if let Some(at) = other {
            return Err(ProtocolError::OtherName { position: at + 1 }.into());
        }
        self.written = answer.varbinds;
        Ok(Progress::Done)
    }

    pub(crate) fn take(self) -> Vec<VarBind> {
        self.written
    }
}
