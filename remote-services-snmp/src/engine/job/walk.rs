//! Walks: one column or several side by side, by GETBULK as long as the agent copes, else by GETNEXT.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::{Answer, Ask, Habits, Progress, Step, position, refused, unspecified};
use crate::engine::{PeerOptions, ProtocolError, RequestError};
use crate::pdu::ErrorStatus;
use crate::{Oid, VarBind};

/// Columns being read, each at its own place, so that missing rows never put them out of step.
pub(crate) struct Walk {
    columns: Vec<Column>,
    /// Columns not at their end. The first ones are asked next.
    open: VecDeque<usize>,
    /// Columns in one message.
    width: usize,
    bulk: bool,
    read: usize,
    limit: usize,
    tolerate_unordered: bool,
}

struct Column {
    root: Oid,
    /// The name to go on from.
    at: Oid,
    read: Vec<VarBind>,
    /// Names met, kept only when they may come unordered.
    seen: BTreeSet<Oid>,
}

/// What a variable binding does to its column.
enum Cell {
    Read,
    End,
}

impl Walk {
    pub(crate) fn new(roots: Vec<Oid>, bulk: bool, options: &PeerOptions) -> Self {
        let columns: Vec<Column> = roots
            .into_iter()
            .map(|root| Column { at: root.clone(), root, read: Vec::new(), seen: BTreeSet::new() })
            .collect();
        Self {
            open: (0..columns.len()).collect(),
            columns,
            width: options.max_names.max(1),
            bulk,
            read: 0,
            limit: options.max_walk_varbinds,
            tolerate_unordered: options.tolerate_unordered_names,
        }
    }

    pub(crate) fn step(&self, habits: &Habits) -> Step {
        let asked = self.open.len().min(self.width);
        let names = self.open.iter().take(asked).map(|&column| self.columns[column].at.clone());
        let ask = match habits.repetitions(asked) {
            Some(max_repetitions) if self.bulk => Ask::GetBulk { non_repeaters: 0, max_repetitions },
            _ => Ask::GetNext,
        };
        Step { ask, varbinds: unspecified(names) }
    }

    pub(crate) fn retry(&mut self, step: &Step, habits: &mut Habits, last: bool) -> Option<Step> {
        let Ask::GetBulk { max_repetitions, .. } = step.ask else { return None };
        habits.too_much(usize::from(max_repetitions) * step.varbinds.len());
        let mut retry = self.step(habits);
        if last {
            retry.ask = Ask::GetNext;
        }
        Some(retry)
    }

    pub(crate) fn answer(
        &mut self,
        step: &Step,
        answer: Answer,
        habits: &mut Habits,
    ) -> Result<Progress, RequestError> {
        let asked = step.varbinds.len();
        match (answer.status, step.ask) {
            (ErrorStatus::NoError, Ask::GetBulk { .. }) if !answer.varbinds.is_empty() => {
                habits.bulk_answered();
                self.take_in(asked, answer.varbinds)?;
            }
            (_, Ask::GetBulk { max_repetitions, .. }) => {
                if max_repetitions > 1 {
                    habits.too_much(usize::from(max_repetitions) * asked);
                } else {
                    self.bulk = false;
                }
            }
            (ErrorStatus::NoError, _) => {
                if answer.varbinds.len() != asked {
                    let found = answer.varbinds.len();
                    return Err(ProtocolError::VarBindCount { expected: asked, found }.into());
                }
                if self.bulk && habits.repetitions(asked).is_some() {
                    // The last attempt, after silence to GETBULK (see `retry`).
                    habits.bulk_silent();
                    self.bulk = false;
                }
                self.take_in(asked, answer.varbinds)?;
            }
            (ErrorStatus::TooBig, _) if asked == 1 => return Err(RequestError::TooLarge),
            (ErrorStatus::TooBig, _) => self.width = asked / 2,
            // RFC 1157 §4.1.3: the end of the MIB, for the name that the index points at.
            (ErrorStatus::NoSuchName, _) => match position(step, answer.index) {
                Some(at) => drop(self.open.remove(at)),
                None if asked == 1 => drop(self.open.pop_front()),
                None => self.width = 1,
            },
            _ => return Err(refused(step, &answer)),
        }
        Ok(if self.open.is_empty() { Progress::Done } else { Progress::Next })
    }

    pub(crate) fn take(self) -> Vec<VarBind> {
        let mut all = Vec::with_capacity(self.read);
        for column in self.columns {
            all.extend(column.read);
        }
        all
    }

    /// Deals the variable bindings out to the first `asked` open columns, row by row.
    fn take_in(&mut self, asked: usize, varbinds: Vec<VarBind>) -> Result<(), RequestError> {
        let columns: Vec<usize> = self.open.drain(..asked).collect();
        let answered = varbinds.len();
        let mut ended = alloc::vec![false; asked];
        let mut failed = None;
        for (at, varbind) in varbinds.into_iter().enumerate() {
            let at = at % asked;
            if ended[at] {
                continue;
            }
            match self.cell(columns[at], varbind) {
                Ok(Cell::Read) => {}
                Ok(Cell::End) => ended[at] = true,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        // An answer cut short within its first row left columns out: these come first next time.
        let still_open = |&(at, _): &(usize, usize)| !ended[at];
        let (got, left_out): (Vec<_>, Vec<_>) =
            columns.into_iter().enumerate().filter(still_open).partition(|&(at, _)| at < answered);
        for (_, column) in left_out.into_iter().rev() {
            self.open.push_front(column);
        }
        self.open.extend(got.into_iter().map(|(_, column)| column));
        failed.map_or(Ok(()), Err)
    }

    fn cell(&mut self, column: usize, varbind: VarBind) -> Result<Cell, RequestError> {
        let column = &mut self.columns[column];
        // Leaving the subtree is the end even where the name is a smaller one: some agents start again at the top.
        if varbind.value.is_exception() || !varbind.name.starts_with(&column.root) {
            return Ok(Cell::End);
        }
        if self.tolerate_unordered {
            if varbind.name == column.root || !column.seen.insert(varbind.name.clone()) {
                return Ok(Cell::End);
            }
        } else if varbind.name <= column.at {
            return Err(RequestError::OidNotIncreasing {
                previous: column.at.clone(),
                returned: varbind.name,
            });
        }
        if self.read == self.limit {
            return Err(RequestError::WalkTooLong { limit: self.limit });
        }
        self.read += 1;
        column.at.clone_from(&varbind.name);
        column.read.push(varbind);
        Ok(Cell::Read)
    }
}
