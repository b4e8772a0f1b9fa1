//! GET, GETNEXT and GETBULK (RFC 3416 §4.2.1 to §4.2.3, for SNMPv1 by RFC 3584 §4).
use super::answer::{Answerer, Failure};
use super::arena::{Arena, BindingList};
use super::mib::{GenErr, MibHandler};
use super::objects;
use super::view::Border;
use crate::pdu::{ErrorStatus, PduRef};
use crate::smi::{Oid, ValueRef};

/// What a handler has shown.
enum Found {
    /// Nothing.
    End,
    /// An instance that may be told, and was.
    Told(Oid),
    /// One that the view hides.
    Hidden(Oid),
    /// One whose type SNMPv1 does not have.
    NotInV1(Oid),
}

/// Where to look for the next instance.
enum Start {
    After(Oid),
    At(Oid),
}

impl Answerer<'_> {
    pub(super) fn get_each(
        &self,
        pdu: &PduRef<'_>,
        mib: &mut dyn MibHandler,
        list: &mut BindingList,
    ) -> Result<(), Failure> {
        list.restart(self.room(), usize::MAX);
        for (position, asked) in pdu.varbinds.iter().enumerate() {
            let name = asked.name.to_owned();
            let mut nameless = false;
            let mut tell = |value: ValueRef<'_>| {
                // RFC 3584 §4.2.2: no exceptions in SNMPv1, and no Counter64.
                nameless = self.is_v1() && hidden_from_v1(value);
                list.push(asked.name, value);
            };
            // RFC 3415 §3.2: what is not in the view is not there.
            let shown = if self.grant.read.contains(asked.name) {
                objects::get(self.objects.as_ref(), mib, self.request, &name, &mut tell)
            } else {
                tell(ValueRef::NoSuchObject);
                Ok(())
            };
            shown.map_err(|GenErr| Failure::at(ErrorStatus::GenErr, position))?;
            if nameless {
                return Err(Failure::at(ErrorStatus::NoSuchName, position));
            }
        }
        whole(list)
    }

    pub(super) fn next_each(
        &self,
        pdu: &PduRef<'_>,
        mib: &mut dyn MibHandler,
        list: &mut BindingList,
    ) -> Result<(), Failure> {
        list.restart(self.room(), usize::MAX);
        for (position, asked) in pdu.varbinds.iter().enumerate() {
            let told = self.tell_next(position, &asked.name.to_owned(), mib, list)?;
            if told.is_none() && self.is_v1() {
                return Err(Failure::at(ErrorStatus::NoSuchName, position));
            }
        }
        whole(list)
    }

    /// RFC 3416 §4.2.3. The list is cut where the message is full, so the work is bounded by the size of a message
    /// whatever the request asks for. Where not even the first binding fits it is tooBig: a list of none would have the
    /// manager ask the same again for ever, or take it for the end.
    pub(super) fn bulk(
        &self,
        pdu: &PduRef<'_>,
        non_repeaters: u32,
        max_repetitions: u32,
        mib: &mut dyn MibHandler,
        arena: &mut Arena,
    ) -> Result<(), Failure> {
        let around = self.frame.octets_around(pdu.request_id, &mut arena.message).unwrap_or(usize::MAX);
        let Arena { list, columns, .. } = arena;
        list.restart(self.room().saturating_sub(around), self.varbinds);
        columns.clear();
        let split = usize::try_from(non_repeaters).unwrap_or(usize::MAX).min(pdu.varbinds.len());
        for (position, asked) in pdu.varbinds.iter().enumerate() {
            if position >= split {
                columns.push(asked.name.to_owned());
                continue;
            }
            self.tell_next(position, &asked.name.to_owned(), mib, list)?;
            if list.has_overflowed() {
                return cut(list);
            }
        }
        for _ in 0..max_repetitions {
            let mut all_at_end = true;
            for (column, name) in columns.iter_mut().enumerate() {
                if let Some(next) = self.tell_next(split + column, name, mib, list)? {
                    *name = next;
                    all_at_end = false;
                }
                if list.has_overflowed() {
                    return cut(list);
                }
            }
            if all_at_end {
                break;
            }
        }
        Ok(())
    }

    /// Adds the next instance to the list, or endOfMibView, and gives its name.
    fn tell_next(
        &self,
        position: usize,
        after: &Oid,
        mib: &mut dyn MibHandler,
        list: &mut BindingList,
    ) -> Result<Option<Oid>, Failure> {
        let next = self.next(after.clone(), mib, list);
        let next = next.map_err(|GenErr| Failure::at(ErrorStatus::GenErr, position))?;
        if next.is_none() {
            list.push(after.as_ref(), ValueRef::EndOfMibView);
        }
        Ok(next)
    }

    /// Adds the next instance that this version and this view may see.
    fn next(
        &self,
        after: Oid,
        mib: &mut dyn MibHandler,
        list: &mut BindingList,
    ) -> Result<Option<Oid>, GenErr> {
        let engine = self.objects.as_ref();
        let mut start = Start::After(after);
        loop {
            let mut found = Found::End;
            let mut look = |name: &Oid, value: ValueRef<'_>| found = self.look(name, value, list);
            match &start {
                Start::After(name) => objects::get_next(engine, mib, self.request, name, &mut look)?,
                Start::At(name) => objects::first_from(engine, mib, self.request, name, &mut look)?,
            }
            start = match found {
                Found::End => return Ok(None),
                Found::Told(name) => return Ok(Some(name)),
                // Hidden parts are left behind at once, so that their size costs nothing and tells nothing.
                Found::Hidden(name) => match self.grant.read.next_border(&name) {
                    Border::At(border) => Start::At(border),
                    Border::None => return Ok(None),
                    Border::Unknown => Start::After(name),
                },
                Found::NotInV1(name) => Start::After(name),
            };
            self.steps.take()?;
        }
    }

    fn look(&self, name: &Oid, value: ValueRef<'_>, list: &mut BindingList) -> Found {
        if !self.grant.read.contains(name.as_ref()) {
            return Found::Hidden(name.clone());
        }
        // RFC 3584 §4.2.2: SNMPv1 steps over what it cannot be told.
        if self.is_v1() && hidden_from_v1(value) {
            return Found::NotInV1(name.clone());
        }
        list.push(name.as_ref(), value);
        Found::Told(name.clone())
    }
}

fn whole(list: &BindingList) -> Result<(), Failure> {
    if list.has_overflowed() { Err(Failure::too_big()) } else { Ok(()) }
}

fn cut(list: &BindingList) -> Result<(), Failure> {
    if list.is_empty() { Err(Failure::too_big()) } else { Ok(()) }
}

fn hidden_from_v1(value: ValueRef<'_>) -> bool {
    value.is_exception() || matches!(value, ValueRef::Counter64(_))
}
