//! Walks: one column or several side by side, by GETBULK as long as the agent copes, else by GETNEXT.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::{Answer, Ask, Habits, Progress, Step, is_end, position};
use crate::engine::{PeerOptions, ProtocolError, RequestError};
use crate::pdu::{ErrorStatus, VarBindRef, VarBindsIter};
use crate::smi::{ShortName, ValueRef};
use crate::{Oid, VarBind};

/// Columns being read, each at its own place, so that missing rows never put them out of step.
pub(crate) struct Walk {
    columns: Vec<Column>,
    /// Columns not at their end. The first ones are asked next.
    open: VecDeque<usize>,
    /// Columns in one message.
    width: usize,
    bulk: bool,
    /// What the caller wants instead of what was learnt of the peer.
    repetitions: Option<u16>,
    read: usize,
    limit: usize,
    /// Why the first of the columns that could not be read to their end was given up.
    failed: Option<RequestError>,
    tolerate_unordered: bool,
    no_such_is_end: bool,
    drop_surplus: bool,
    max_rows: usize,
    /// Whether a walk without a row is to read its root itself.
    reads_instance: bool,
    /// Whether it does.
    at_instance: bool,
}

struct Column {
    root: Oid,
    read: Vec<VarBind>,
    ended: bool,
    /// Names met, kept only when they may come unordered.
    seen: BTreeSet<Oid>,
}

impl Column {
    /// The name to go on from.
    fn at(&self) -> &Oid {
        self.read.last().map_or(&self.root, |last| &last.name)
    }
}

impl Walk {
    pub(crate) fn new(roots: Vec<Oid>, bulk: bool, options: &PeerOptions) -> Self {
        let columns: Vec<Column> = roots
            .into_iter()
            .map(|root| Column { root, read: Vec::new(), ended: false, seen: BTreeSet::new() })
            .collect();
        Self {
            open: (0..columns.len()).collect(),
            columns,
            width: options.max_names.max(1),
            bulk,
            repetitions: None,
            read: 0,
            limit: options.max_walk_varbinds,
            failed: None,
            tolerate_unordered: options.tolerate_unordered_names,
            no_such_is_end: options.no_such_ends_walks,
            drop_surplus: options.drop_surplus_bindings,
            max_rows: options.max_rows,
            reads_instance: options.walk_reads_instance,
            at_instance: false,
        }
    }

    pub(crate) fn by_repetitions(root: Oid, repetitions: u16, options: &PeerOptions) -> Self {
        let walk = Self::new(alloc::vec![root], !options.avoid_bulk, options);
        Self { repetitions: Some(repetitions.max(1)), ..walk }
    }

    pub(crate) fn avoid_bulk(&mut self) {
        self.bulk = false;
    }

    pub(crate) fn step(&self, habits: &Habits) -> Step {
        if self.at_instance {
            return Step { ask: Ask::Get, names: 1 };
        }
        let asked = self.open.len().min(self.width);
        let ask = match habits.repetitions(asked) {
            Some(learnt) if self.bulk => {
                Ask::GetBulk { non_repeaters: 0, max_repetitions: self.repetitions.unwrap_or(learnt) }
            }
            _ => Ask::GetNext,
        };
        Step { ask, names: asked }
    }

    /// The names that the first so many open columns go on from, the last one first.
    pub(crate) fn names(&self, count: usize) -> impl Iterator<Item = &Oid> {
        self.open.iter().take(count).rev().map(|&column| self.columns[column].at())
    }

    pub(crate) fn retry(&mut self, step: Step, habits: &mut Habits, last: bool) -> Option<Step> {
        let Ask::GetBulk { max_repetitions, .. } = step.ask else { return None };
        self.too_much(max_repetitions, step.names, habits);
        let mut retry = self.step(habits);
        if last {
            retry.ask = Ask::GetNext;
        }
        Some(retry)
    }

    #[inline(never)]
    pub(crate) fn answer(
        &mut self,
        step: Step,
        answer: &Answer<'_>,
        habits: &mut Habits,
    ) -> Result<Progress, RequestError> {
        let asked = step.names;
        if step.ask == Ask::Get {
            return self.take_instance(answer);
        }
        match (answer.status, step.ask) {
            (ErrorStatus::NoError, Ask::GetBulk { max_repetitions, .. }) if !answer.varbinds.is_empty() => {
                habits.bulk_answered();
                let most = asked.saturating_mul(max_repetitions.into());
                let surplus = self.drop_surplus && answer.varbinds.len() > most;
                if surplus {
                    habits.surplus_met();
                }
                self.take_in(asked, answer, if surplus { most } else { usize::MAX })?;
            }
            (_, Ask::GetBulk { max_repetitions, .. }) => {
                if max_repetitions > 1 {
                    self.too_much(max_repetitions, asked, habits);
                } else {
                    self.bulk = false;
                }
            }
            (ErrorStatus::NoError, _) => {
                let found = answer.varbinds.len();
                if found < asked || (found > asked && !self.drop_surplus) {
                    return Err(ProtocolError::VarBindCount { expected: asked, found }.into());
                }
                if self.bulk && habits.repetitions(asked).is_some() {
                    // The last attempt, after silence to GETBULK (see `retry`).
                    habits.bulk_silent();
                    self.bulk = false;
                }
                if found > asked {
                    habits.surplus_met();
                }
                self.take_in(asked, answer, if found > asked { asked } else { usize::MAX })?;
            }
            (ErrorStatus::TooBig, _) if asked == 1 => return Err(RequestError::TooLarge),
            (ErrorStatus::TooBig, _) => self.width = asked / 2,
            // RFC 1157 §4.1.3: no name follows the one that the index points at. In later versions it comes from
            // proxies only (RFC 3416 §3), with the same meaning.
            (ErrorStatus::NoSuchName, _) => match position(step, answer.index) {
                Some(at) => drop(self.open.remove(at)),
                None if asked == 1 => drop(self.open.pop_front()),
                None => self.width = 1,
            },
            (ErrorStatus::GenErr, _) => match position(step, answer.index) {
                Some(at) => self.give_up(at, answer),
                None if asked == 1 => self.give_up(0, answer),
                None => self.width = 1,
            },
            _ => {
                let named = position(step, answer.index).and_then(|at| self.open.get(at));
                return Err(answer.refused(named.map(|&column| self.columns[column].at())));
            }
        }
        match (self.open.is_empty(), self.failed.take()) {
            (true, Some(error)) => Err(error),
            (true, None) if self.reads_instance && self.read == 0 && self.columns.len() == 1 => {
                self.at_instance = true;
                self.open.push_back(0);
                Ok(Progress::Next)
            }
            (true, None) => Ok(Progress::Done),
            (false, failed) => {
                self.failed = failed;
                Ok(Progress::Next)
            }
        }
    }

    /// Takes in the value of the root itself, if it has one.
    #[cold]
    fn take_instance(&mut self, answer: &Answer<'_>) -> Result<Progress, RequestError> {
        let Column { root, read, .. } = &mut self.columns[0];
        match answer.status {
            ErrorStatus::NoError => {}
            ErrorStatus::NoSuchName => return Ok(Progress::Done),
            ErrorStatus::TooBig => return Err(RequestError::TooLarge),
            _ => return Err(answer.refused(Some(root))),
        }
        let (Some(found), 1) = (answer.varbinds.iter().next(), answer.varbinds.len()) else {
            return Err(ProtocolError::VarBindCount { expected: 1, found: answer.varbinds.len() }.into());
        };
        if found.name != *root {
            return Err(ProtocolError::OtherName { position: 1 }.into());
        }
        if !found.value.is_exception() && found.value != ValueRef::Null {
            read.push(found.to_owned());
            self.read = 1;
        }
        Ok(Progress::Done)
    }

    /// Leaves a column where the agent stumbled; the others are read on.
    fn give_up(&mut self, at: usize, answer: &Answer<'_>) {
        if let Some(column) = self.open.remove(at) {
            let error = answer.refused(Some(self.columns[column].at()));
            self.failed.get_or_insert(error);
        }
    }

    fn too_much(&mut self, repetitions: u16, names: usize, habits: &mut Habits) {
        if let Some(own) = &mut self.repetitions {
            *own = (repetitions / 2).max(1);
        }
        habits.too_much(usize::from(repetitions) * names);
    }

    pub(crate) fn take(self) -> Vec<VarBind> {
        let read = self.read;
        let mut columns = self.columns.into_iter().map(|column| column.read);
        let mut all = columns.next().unwrap_or_default();
        all.reserve_exact(read - all.len());
        all.extend(columns.flatten());
        all
    }

    /// Deals the variable bindings, or the first so many of them, out to the first `asked` open columns, row by row.
    fn take_in(&mut self, asked: usize, answer: &Answer<'_>, first: usize) -> Result<(), RequestError> {
        let mut varbinds = answer.varbinds.iter();
        if let (1, usize::MAX, Some(&column)) = (asked, first, self.open.front()) {
            self.take_run(column, &mut varbinds);
            let Column { read, ended, .. } = &self.columns[column];
            if varbinds.len() == 0 && self.open.len() == 1 && !ended && read.len() < self.max_rows {
                return Ok(());
            }
        }
        let mut at = 0;
        for varbind in varbinds.take(first) {
            let column = self.open[at];
            at = if at + 1 == asked { 0 } else { at + 1 };
            self.cell(column, varbind)?;
        }
        // An answer cut short within its first row left columns out: these stay in front.
        for _ in 0..asked.min(answer.varbinds.len()) {
            let Some(column) = self.open.pop_front().filter(|&column| !self.columns[column].ended) else {
                continue;
            };
            if self.columns[column].read.len() >= self.max_rows {
                self.failed.get_or_insert(RequestError::WalkTooLong { limit: self.max_rows });
            } else {
                self.open.push_back(column);
            }
        }
        Ok(())
    }

    /// Takes bindings of a single column from the front, as long as each is what is expected: nearly all are, and need no
    /// second look.
    fn take_run(&mut self, column: usize, varbinds: &mut VarBindsIter<'_>) {
        let Some(Column { root, read, ended: false, .. }) = self.columns.get_mut(column) else { return };
        if self.tolerate_unordered {
            return;
        }
        let root = root.as_ref();
        // The binding before, where it still lies in the answer.
        let mut before = None;
        loop {
            // The name to go on from lies in the subtree itself.
            let at = before.unwrap_or_else(|| read.last().map_or(root, |last| last.name.as_ref()));
            if let Some(at) = ShortName::from_checked_wire(at.as_wire()) {
                let rows = varbinds.copy_rows(self.limit - self.read, at, root.as_wire().len(), read);
                self.read += rows;
                before = before.filter(|_| rows == 0);
            }
            let mut rest = varbinds.clone();
            let Some(varbind) = rest.next() else { return };
            let at = before.unwrap_or_else(|| read.last().map_or(root, |last| last.name.as_ref()));
            let expected = !varbind.value.is_exception() && varbind.name.follows_within(at, root);
            if !expected || self.read == self.limit {
                return;
            }
            before = Some(varbind.name);
            varbind.copy_to(read);
            self.read += 1;
            *varbinds = rest;
        }
    }

    #[inline(never)]
    fn cell(&mut self, at: usize, varbind: VarBindRef<'_>) -> Result<(), RequestError> {
        let column = &mut self.columns[at];
        if column.ended {
            return Ok(());
        }
        // Nearly all of them: what follows needs no second look. The name to go on from lies in the subtree itself.
        let expected = !varbind.value.is_exception()
            && !self.tolerate_unordered
            && varbind.name.follows_within(column.at().as_ref(), column.root.as_ref());
        if expected && self.read < self.limit {
            self.read += 1;
            varbind.copy_to(&mut column.read);
            return Ok(());
        }
        self.unusual_cell(at, varbind)
    }

    #[cold]
    fn unusual_cell(&mut self, column: usize, varbind: VarBindRef<'_>) -> Result<(), RequestError> {
        let column = &mut self.columns[column];
        // Leaving the subtree is the end even where the name is a smaller one: some agents start again at the top.
        if is_end(&varbind.value, self.no_such_is_end)? || !varbind.name.starts_with(column.root.as_ref()) {
            column.ended = true;
            return Ok(());
        }
        if self.tolerate_unordered {
            if varbind.name == column.root || !column.seen.insert(varbind.name.to_owned()) {
                column.ended = true;
                return Ok(());
            }
        } else if varbind.name <= column.at().as_ref() {
            let previous = column.at().clone();
            return Err(RequestError::OidNotIncreasing { previous, returned: varbind.name.to_owned() });
        }
        if self.read == self.limit {
            return Err(RequestError::WalkTooLong { limit: self.limit });
        }
        self.read += 1;
        column.read.push(varbind.to_owned());
        Ok(())
    }
}
