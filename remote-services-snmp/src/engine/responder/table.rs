//! A MIB that stands in memory.
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::mem::discriminant;
use core::ops::Bound;

use super::absent::{missing, obstacle_to_creation};
use super::{GenErr, MibHandler, Request, SetFailure};
use crate::pdu::{ErrorStatus, VarBind};
use crate::smi::{Oid, Value, ValueRef};

/// Instances with their values, in the order of their names. One context, the default one.
///
/// It does not know which objects a MIB defines. When an instance is missing, it says noSuchInstance if it has one
/// under the same parent, else noSuchObject; and to a SET noCreation if one under the same parent is writable, else
/// notWritable.
#[derive(Clone, Debug, Default)]
pub struct SortedTable {
    entries: BTreeMap<Oid, Entry>,
    /// What the commit under way has replaced.
    replaced: Vec<VarBind>,
}

#[derive(Clone, Debug)]
struct Entry {
    value: Value,
    writable: bool,
}

impl SortedTable {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces an instance that SET may not change.
    pub fn insert(&mut self, name: Oid, value: Value) {
        self.entries.insert(name, Entry { value, writable: false });
    }

    /// Adds or replaces an instance that SET may change to another value of the same type.
    pub fn insert_writable(&mut self, name: Oid, value: Value) {
        self.entries.insert(name, Entry { value, writable: true });
    }

    /// Changes the value of an instance that is there; its being writable stays. Tells whether it is there.
    pub fn update(&mut self, name: &Oid, value: Value) -> bool {
        let found = self.entries.get_mut(name);
        let there = found.is_some();
        if let Some(entry) = found {
            entry.value = value;
        }
        there
    }

    /// Takes an instance out.
    pub fn remove(&mut self, name: &Oid) -> Option<Value> {
        self.entries.remove(name).map(|entry| entry.value)
    }

    /// The value of an instance.
    #[must_use]
    pub fn value(&self, name: &Oid) -> Option<&Value> {
        self.entries.get(name).map(|entry| &entry.value)
    }

    /// All instances in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Oid, &Value)> {
        self.entries.iter().map(|(name, entry)| (name, &entry.value))
    }

    /// How many instances there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn shown(&self, name: &Oid) -> ValueRef<'_> {
        self.value(name).map_or_else(|| missing(&self.entries, name), Value::as_ref)
    }

    fn after(&self, name: &Oid) -> Option<(&Oid, &Value)> {
        let next = self.entries.range((Bound::Excluded(name), Bound::Unbounded)).next();
        next.map(|(name, entry)| (name, &entry.value))
    }

    fn obstacle(&self, varbind: &VarBind) -> Option<ErrorStatus> {
        match self.entries.get(&varbind.name) {
            None => Some(obstacle_to_creation(&self.entries, &varbind.name, |entry| entry.writable)),
            Some(Entry { writable: false, .. }) => Some(ErrorStatus::NotWritable),
            Some(Entry { value, .. }) if discriminant(value) != discriminant(&varbind.value) => {
                Some(ErrorStatus::WrongType)
            }
            Some(_) => None,
        }
    }
}

impl FromIterator<(Oid, Value)> for SortedTable {
    fn from_iter<T: IntoIterator<Item = (Oid, Value)>>(instances: T) -> Self {
        let entry = |(name, value)| (name, Entry { value, writable: false });
        SortedTable { entries: instances.into_iter().map(entry).collect(), replaced: Vec::new() }
    }
}

impl MibHandler for SortedTable {
    fn get(&mut self, _: &Request<'_>, name: &Oid) -> Result<Value, GenErr> {
        Ok(self.shown(name).to_owned())
    }

    fn get_next(&mut self, _: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        Ok(self.after(after).map(|(name, value)| VarBind::new(name.clone(), value.clone())))
    }

    fn visit(
        &mut self,
        _: &Request<'_>,
        name: &Oid,
        see: &mut dyn FnMut(ValueRef<'_>),
    ) -> Result<(), GenErr> {
        see(self.shown(name));
        Ok(())
    }

    fn visit_next(
        &mut self,
        _: &Request<'_>,
        after: &Oid,
        see: &mut dyn FnMut(&Oid, ValueRef<'_>),
    ) -> Result<(), GenErr> {
        if let Some((name, value)) = self.after(after) {
            see(name, value.as_ref());
        }
        Ok(())
    }

    fn test(&mut self, _: &Request<'_>, varbinds: &[VarBind]) -> Result<(), SetFailure> {
        SetFailure::first(varbinds, |varbind| self.obstacle(varbind))
    }

    fn commit(&mut self, _: &Request<'_>, varbinds: &[VarBind]) -> Result<(), usize> {
        self.replaced.clear();
        for (index, varbind) in varbinds.iter().enumerate() {
            let entry = self.entries.get_mut(&varbind.name).ok_or(index)?;
            let old = core::mem::replace(&mut entry.value, varbind.value.clone());
            self.replaced.push(VarBind::new(varbind.name.clone(), old));
        }
        Ok(())
    }

    fn undo(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), GenErr> {
        for VarBind { name, value } in self.replaced.split_off(0).into_iter().rev() {
            self.entries.get_mut(&name).ok_or(GenErr)?.value = value;
        }
        Ok(())
    }
}
