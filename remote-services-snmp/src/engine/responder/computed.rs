//! A MIB made of closures.
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::mem::discriminant;
use core::ops::Bound;

use super::absent::{missing, obstacle_to_creation};
use super::{GenErr, MibHandler, Request, SetFailure};
use crate::pdu::{ErrorStatus, VarBind};
use crate::smi::{Oid, Value};

/// Instances whose values are computed when somebody asks. One context, the default one.
///
/// What is not there is answered as by a [`SortedTable`](super::SortedTable).
///
/// ```
/// use core::sync::atomic::{AtomicU32, Ordering};
/// use remote_services_snmp::engine::responder::Computed;
/// use remote_services_snmp::pdu::ErrorStatus;
/// use remote_services_snmp::{Value, oid};
///
/// let pages = AtomicU32::new(1_204);
/// let contrast = AtomicU32::new(5);
/// let mib = Computed::new()
///     .object(oid!("1.3.6.1.2.1.43.10.2.1.4.1.1"), || Value::Counter32(pages.load(Ordering::Relaxed)))
///     .writable(
///         oid!("1.3.6.1.4.1.99999.1.0"),
///         || Value::Gauge32(contrast.load(Ordering::Relaxed)),
///         |wanted| match wanted {
///             Value::Gauge32(0..=9) => Ok(()),
///             _ => Err(ErrorStatus::WrongValue),
///         },
///         |wanted| {
///             if let Value::Gauge32(wanted) = wanted {
///                 contrast.store(*wanted, Ordering::Relaxed);
///             }
///         },
///     );
/// assert_eq!(mib.len(), 2);
/// ```
#[derive(Default)]
pub struct Computed<'a> {
    entries: BTreeMap<Oid, Entry<'a>>,
    /// What the commit under way has replaced.
    replaced: Vec<VarBind>,
}

struct Entry<'a> {
    read: Read<'a>,
    write: Option<Write<'a>>,
}

type Read<'a> = Box<dyn FnMut() -> Result<Value, GenErr> + Send + 'a>;

type Test<'a> = Box<dyn FnMut(&Value) -> Result<(), ErrorStatus> + Send + 'a>;

struct Write<'a> {
    test: Test<'a>,
    commit: Box<dyn FnMut(&Value) + Send + 'a>,
}

impl<'a> Computed<'a> {
    /// No instances.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With an instance whose value `read` gives.
    #[must_use]
    pub fn object(self, name: Oid, mut read: impl FnMut() -> Value + Send + 'a) -> Self {
        self.fallible(name, move || Ok(read()))
    }

    /// With an instance whose value `read` gives or fails to, which is answered with genErr.
    #[must_use]
    pub fn fallible(mut self, name: Oid, read: impl FnMut() -> Result<Value, GenErr> + Send + 'a) -> Self {
        self.entries.insert(name, Entry { read: Box::new(read), write: None });
        self
    }

    /// With an instance that SET may change to another value of the same type. `test` says whether it can be changed to
    /// a value, and changes nothing; `commit` changes it, also back again when a SET of several fails.
    #[must_use]
    pub fn writable(
        mut self,
        name: Oid,
        mut read: impl FnMut() -> Value + Send + 'a,
        test: impl FnMut(&Value) -> Result<(), ErrorStatus> + Send + 'a,
        commit: impl FnMut(&Value) + Send + 'a,
    ) -> Self {
        let write = Write { test: Box::new(test), commit: Box::new(commit) };
        self.entries.insert(name, Entry { read: Box::new(move || Ok(read())), write: Some(write) });
        self
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

    fn obstacle(&mut self, varbind: &VarBind) -> Option<ErrorStatus> {
        let Some(entry) = self.entries.get_mut(&varbind.name) else {
            return Some(obstacle_to_creation(&self.entries, &varbind.name, |entry| entry.write.is_some()));
        };
        let Some(write) = &mut entry.write else { return Some(ErrorStatus::NotWritable) };
        match (entry.read)() {
            Err(GenErr) => Some(ErrorStatus::GenErr),
            Ok(value) if discriminant(&value) != discriminant(&varbind.value) => Some(ErrorStatus::WrongType),
            Ok(_) => (write.test)(&varbind.value).err(),
        }
    }

    fn set(&mut self, name: &Oid, value: &Value) -> Option<Value> {
        let entry = self.entries.get_mut(name)?;
        let before = (entry.read)().ok()?;
        (entry.write.as_mut()?.commit)(value);
        Some(before)
    }
}

impl MibHandler for Computed<'_> {
    fn get(&mut self, _: &Request<'_>, name: &Oid) -> Result<Value, GenErr> {
        match self.entries.get_mut(name) {
            Some(entry) => (entry.read)(),
            None => Ok(missing(&self.entries, name).to_owned()),
        }
    }

    fn get_next(&mut self, _: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        let next = self.entries.range_mut((Bound::Excluded(after), Bound::Unbounded)).next();
        next.map(|(name, entry)| Ok(VarBind::new(name.clone(), (entry.read)()?))).transpose()
    }

    fn test(&mut self, _: &Request<'_>, varbinds: &[VarBind]) -> Result<(), SetFailure> {
        SetFailure::first(varbinds, |varbind| self.obstacle(varbind))
    }

    fn commit(&mut self, _: &Request<'_>, varbinds: &[VarBind]) -> Result<(), usize> {
        self.replaced.clear();
        for (index, VarBind { name, value }) in varbinds.iter().enumerate() {
            let before = self.set(name, value).ok_or(index)?;
            self.replaced.push(VarBind::new(name.clone(), before));
        }
        Ok(())
    }

    fn undo(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), GenErr> {
        for VarBind { name, value } in self.replaced.split_off(0).into_iter().rev() {
            self.set(&name, &value).ok_or(GenErr)?;
        }
        Ok(())
    }
}
