//! GET and GETNEXT of a list of names, split where it is too long, joined in the order asked.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::{Answer, Ask, Progress, Step, position, refused, unspecified};
use crate::engine::{PeerOptions, ProtocolError, RequestError};
use crate::pdu::ErrorStatus;
use crate::{Oid, Value, VarBind};

/// Names to be read, of which some have been.
pub(crate) struct List {
    ask: Ask,
    names: Vec<Oid>,
    /// One place for each name.
    read: Vec<Option<VarBind>>,
    /// Places not read yet, in the order they are asked for.
    open: VecDeque<usize>,
    /// Names in the next message.
    chunk: usize,
    tolerate_unordered: bool,
}

impl List {
    pub(crate) fn get(names: Vec<Oid>, options: &PeerOptions) -> Self {
        Self::new(Ask::Get, names, options)
    }

    pub(crate) fn get_next(names: Vec<Oid>, options: &PeerOptions) -> Self {
        Self::new(Ask::GetNext, names, options)
    }

    fn new(ask: Ask, names: Vec<Oid>, options: &PeerOptions) -> Self {
        Self {
            ask,
            read: names.iter().map(|_| None).collect(),
            open: (0..names.len()).collect(),
            names,
            chunk: options.max_names.max(1),
            tolerate_unordered: options.tolerate_unordered_names,
        }
    }

    pub(crate) fn step(&self) -> Step {
        let names = self.open.iter().take(self.chunk).map(|&at| self.names[at].clone());
        Step { ask: self.ask, varbinds: unspecified(names) }
    }

    pub(crate) fn answer(&mut self, step: &Step, answer: Answer) -> Result<Progress, RequestError> {
        let asked = step.varbinds.len();
        match answer.status {
            ErrorStatus::NoError => self.read(step, answer)?,
            ErrorStatus::TooBig if asked == 1 => return Err(RequestError::TooLarge),
            ErrorStatus::TooBig => self.chunk = asked / 2,
            // RFC 1157 §4.1.2: one missing name spoils the whole answer. We leave it out and ask for the rest.
            ErrorStatus::NoSuchName => match position(step, answer.index) {
                Some(at) => self.missing(at),
                None if asked == 1 => self.missing(0),
                None => self.chunk = 1,
            },
            _ => return Err(refused(step, &answer)),
        }
        Ok(if self.open.is_empty() { Progress::Done } else { Progress::Next })
    }

    pub(crate) fn take(self) -> Vec<VarBind> {
        self.read.into_iter().flatten().collect()
    }

    fn read(&mut self, step: &Step, answer: Answer) -> Result<(), RequestError> {
        let expected = step.varbinds.len();
        if answer.varbinds.len() != expected {
            return Err(ProtocolError::VarBindCount { expected, found: answer.varbinds.len() }.into());
        }
        for (at, (asked, found)) in step.varbinds.iter().zip(&answer.varbinds).enumerate() {
            match self.ask {
                Ask::Get if found.name != asked.name => {
                    return Err(ProtocolError::OtherName { position: at + 1 }.into());
                }
                Ask::GetNext
                    if found.name <= asked.name
                        && found.value != Value::EndOfMibView
                        && !self.tolerate_unordered =>
                {
                    return Err(RequestError::OidNotIncreasing {
                        previous: asked.name.clone(),
                        returned: found.name.clone(),
                    });
                }
                _ => {}
            }
        }
        for found in answer.varbinds {
            if let Some(place) = self.open.pop_front() {
                self.read[place] = Some(found);
            }
        }
        Ok(())
    }

    fn missing(&mut self, at: usize) {
        if let Some(place) = self.open.remove(at) {
            let value = if self.ask == Ask::GetNext { Value::EndOfMibView } else { Value::NoSuchInstance };
            self.read[place] = Some(VarBind::new(self.names[place].clone(), value));
        }
    }
}
