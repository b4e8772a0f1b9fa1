//! GET and GETNEXT of a list of names, split where it is too long, joined in the order asked.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::{Answer, Ask, Habits, Progress, Step, is_end, position};
use crate::engine::{PeerOptions, ProtocolError, RequestError};
use crate::pdu::ErrorStatus;
use crate::smi::ValueRef;
use crate::{Oid, Value, VarBind};

/// Names to be read, of which some have been.
pub(crate) struct List {
    ask: Ask,
    /// Names with what was read for them.
    varbinds: Vec<VarBind>,
    /// All places before this one are settled.
    next: usize,
    /// Places from `next` on that are settled: empty unless the agent named single ones.
    settled: BTreeSet<usize>,
    /// Settled places that the agent has no value for, with what it says instead.
    broken: BTreeMap<usize, (ErrorStatus, u32)>,
    /// The place that an error-index has blamed: it is asked alone before it is believed to be at fault.
    suspect: Option<usize>,
    /// Names in the next message.
    chunk: usize,
    tolerate_unordered: bool,
    no_such_is_end: bool,
    drop_surplus: bool,
    null_is_value: bool,
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
            varbinds: names.into_iter().map(VarBind::unspecified).collect(),
            next: 0,
            settled: BTreeSet::new(),
            broken: BTreeMap::new(),
            suspect: None,
            chunk: options.max_names.max(1),
            tolerate_unordered: options.tolerate_unordered_names,
            no_such_is_end: options.no_such_ends_walks,
            drop_surplus: options.drop_surplus_bindings,
            null_is_value: options.accept_null || options.quirks.empty_ip_address,
        }
    }

    pub(crate) fn step(&self) -> Step {
        let left = self.varbinds.len() - self.next - self.settled.len();
        Step { ask: self.ask, names: left.min(if self.suspect.is_some() { 1 } else { self.chunk }) }
    }

    /// The name under suspicion, or the first so many that are not settled, the last one first.
    pub(crate) fn names(&self, count: usize) -> impl Iterator<Item = &Oid> {
        let (first, end) = match self.suspect {
            Some(suspect) => (suspect, suspect + 1),
            None => (self.next, self.open().take(count).last().map_or(self.next, |last| last + 1)),
        };
        let places = (first..end).rev().filter(|place| !self.settled.contains(place));
        places.map(|place| &self.varbinds[place].name)
    }

    #[inline(never)]
    pub(crate) fn answer(
        &mut self,
        step: Step,
        answer: &Answer<'_>,
        habits: &mut Habits,
    ) -> Result<Progress, RequestError> {
        let asked = step.names;
        let suspect = self.suspect.take();
        let only = suspect.or_else(|| self.open().next()).filter(|_| asked == 1);
        match answer.status {
            ErrorStatus::NoError => {
                self.read(asked, suspect, answer)?;
                if answer.varbinds.len() > asked {
                    habits.surplus_met();
                }
            }
            ErrorStatus::TooBig if asked == 1 => return Err(RequestError::TooLarge),
            ErrorStatus::TooBig => self.chunk = asked / 2,
            // RFC 1157 §4.1.2: one missing name spoils the whole answer. We leave it out and ask for the rest. Or the agent
            // stumbles over one. Some agents blame the wrong one, which asked alone has a value.
            status => match (only, position(step, answer.index)) {
                (Some(only), _) if status == ErrorStatus::NoSuchName => self.missing(only),
                (Some(only), _) => self.broken(only, status, answer.index)?,
                (None, Some(at)) => {
                    let blamed = self.open().nth(at);
                    self.suspect = blamed;
                }
                (None, None) if status == ErrorStatus::NoSuchName => self.chunk = 1,
                (None, None) => self.chunk = asked / 2,
            },
        }
        if self.next < self.varbinds.len() {
            return Ok(Progress::Next);
        }
        match self.broken.first_key_value() {
            None => Ok(Progress::Done),
            Some((&place, &(status, index))) => {
                let name = Some(self.varbinds[place].name.clone());
                Err(RequestError::ErrorStatus { status, index, name })
            }
        }
    }

    pub(crate) fn take(mut self) -> Vec<VarBind> {
        if self.next < self.varbinds.len() || !self.broken.is_empty() {
            let mut place = 0;
            self.varbinds.retain(|_| {
                let read = place < self.next || self.settled.contains(&place);
                let keep = read && !self.broken.contains_key(&place);
                place += 1;
                keep
            });
        }
        self.varbinds
    }

    /// Places that are not settled.
    fn open(&self) -> impl Iterator<Item = usize> {
        (self.next..self.varbinds.len()).filter(|place| !self.settled.contains(place))
    }

    /// Takes in the values of the place under suspicion, or of the first ones that are open.
    fn read(
        &mut self,
        expected: usize,
        suspect: Option<usize>,
        answer: &Answer<'_>,
    ) -> Result<(), RequestError> {
        let found = answer.varbinds.len();
        if found < expected || (found > expected && !self.drop_surplus) {
            return Err(ProtocolError::VarBindCount { expected, found }.into());
        }
        // What an answer holds before something wrong in it is not counted as read, since `next` stays.
        let mut place = suspect.unwrap_or(self.next);
        for (at, found) in answer.varbinds.iter().take(expected).enumerate() {
            while self.settled.contains(&place) {
                place += 1;
            }
            let asked = &mut self.varbinds[place];
            if self.ask == Ask::Get {
                if found.name != asked.name {
                    return Err(ProtocolError::OtherName { position: at + 1 }.into());
                }
                let no_value = match found.value {
                    ValueRef::EndOfMibView => true,
                    ValueRef::Null => !self.null_is_value,
                    _ => false,
                };
                if no_value {
                    return Err(ProtocolError::NotAValue { position: at + 1 }.into());
                }
                asked.value = found.value.to_owned();
            } else {
                let ends = is_end(&found.value, self.no_such_is_end)?;
                let found = found.to_owned();
                if found.name <= asked.name && !ends && !self.tolerate_unordered {
                    let previous = asked.name.clone();
                    return Err(RequestError::OidNotIncreasing { previous, returned: found.name });
                }
                *asked = if ends { VarBind::new(found.name, Value::EndOfMibView) } else { found };
            }
            place += 1;
        }
        match suspect {
            Some(suspect) => self.settle(suspect),
            None => self.settle_before(place),
        }
        Ok(())
    }

    fn missing(&mut self, place: usize) {
        let value = if self.ask == Ask::GetNext { Value::EndOfMibView } else { Value::NoSuchInstance };
        self.varbinds[place].value = value;
        self.settle(place);
    }

    fn broken(&mut self, place: usize, status: ErrorStatus, index: u32) -> Result<(), RequestError> {
        self.broken.insert(place, (status, index));
        self.settle(place);
        if self.broken.len() > MAX_BROKEN {
            let name = Some(self.varbinds[place].name.clone());
            return Err(RequestError::ErrorStatus { status, index, name });
        }
        Ok(())
    }

    fn settle(&mut self, place: usize) {
        self.settled.insert(place);
        self.settle_before(self.next);
    }

    fn settle_before(&mut self, place: usize) {
        self.next = place;
        while self.settled.first().is_some_and(|first| *first <= self.next) {
            if self.settled.pop_first() == Some(self.next) {
                self.next += 1;
            }
        }
    }
}

/// Names without a value that are looked for; an agent that has more of them has none that is worth the packets.
const MAX_BROKEN: usize = 16;
