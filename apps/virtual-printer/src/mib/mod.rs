//! The printer as SNMP shows it: the recording, what belongs to this device alone, and what moves, laid over each other.
//!
//! | layer | where it is | what |
//! | --- | --- | --- |
//! | still | in the [`Source`], shared by all printers that play it | everything else |
//! | own | in each [`PrinterMib`] | serial number, MAC, names, address; levels, counts, alerts, state |
//! | uptime | nowhere: computed | sysUpTime.0, hrSystemUptime.0 |
//!
//! The own layer is made anew when [`Device::revision`] has changed, not for each request; a read copies nothing.

mod moving;

use crate::device::{Device, Reset};
use crate::source::layout::{self, CHANNEL_INFORMATION, HOST_UP_TIME, SYSTEM_LOCATION, SYSTEM_NAME, UP_TIME};
use crate::source::{Person, Source};
use remote_services_snmp::engine::responder::{GenErr, MibHandler, Request, SetFailure};
use remote_services_snmp::pdu::ErrorStatus;
use remote_services_snmp::smi::ValueRef;
use remote_services_snmp::{Oid, Value, VarBind};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// What a printer answers. Kept beside its [`Device`]; [`PrinterMib::of`] brings the two together for one request.
#[derive(Debug)]
pub struct PrinterMib {
    source: Arc<Source>,
    /// What belongs to this device alone and stays, for the firmware it was made for.
    personal: BTreeMap<Oid, Value>,
    firmware: Option<String>,
    own: BTreeMap<Oid, Value>,
    revision: Option<u64>,
    to_the_letter: bool,
}

impl PrinterMib {
    /// The MIB of a printer that works.
    #[must_use]
    pub fn new(device: &Device) -> Self {
        let source = Arc::clone(device.source());
        let personal = personal(device);
        Self { source, personal, firmware: None, own: BTreeMap::new(), revision: None, to_the_letter: false }
    }

    /// The recording to the letter: nothing moves, not even the uptime, and nothing can be written.
    #[must_use]
    pub fn to_the_letter(source: Arc<Source>) -> Self {
        Self {
            source,
            personal: BTreeMap::new(),
            firmware: None,
            own: BTreeMap::new(),
            revision: None,
            to_the_letter: true,
        }
    }

    /// The objects that move, as they are at present.
    #[must_use]
    pub fn moving(device: &Device) -> BTreeMap<Oid, Value> {
        let mut objects = BTreeMap::new();
        moving::write(device, &mut objects);
        objects
    }

    /// Both together, ready for a request.
    pub fn of<'a>(&'a mut self, device: &'a mut Device) -> View<'a> {
        if !self.to_the_letter && self.revision != Some(device.revision()) {
            if self.firmware.as_deref() != device.firmware() {
                self.firmware = device.firmware().map(str::to_owned);
                self.personal = personal(device);
            }
            self.own.clone_from(&self.personal);
            moving::write(device, &mut self.own);
            self.own.extend(device.written().clone());
            self.revision = Some(device.revision());
        }
        View { mib: self, device, before: None }
    }
}

/// The personal objects of the recording, as those of this device.
fn personal(device: &Device) -> BTreeMap<Oid, Value> {
    let options = device.options();
    let source = device.source();
    let person = Person { number: options.number, address: options.address, firmware: device.firmware() };
    let mut all = source.identity.replaced_by(&person).apply(&source.personal);
    if options.number > 0 {
        let text = |text: String| Value::OctetString(text.into_bytes());
        let number = options.number;
        if all.contains_key(&SYSTEM_NAME) {
            all.insert(SYSTEM_NAME, text(format!("{}-{number:04}", source.name)));
        }
        if all.contains_key(&SYSTEM_LOCATION) {
            all.insert(
                SYSTEM_LOCATION,
                text(format!("Building {}, floor {}", 1 + number / 40, 1 + number / 8 % 5)),
            );
        }
    }
    if let Some(port) = options.raw_port {
        let channels = all.iter_mut().filter(|(name, _)| name.starts_with(&CHANNEL_INFORMATION));
        for (_, value) in channels {
            if value.as_bytes().is_some_and(|text| text.starts_with(b"port=")) {
                *value = Value::OctetString(format!("port={port}").into_bytes());
            }
        }
    }
    all
}

/// A printer and what it shows, for one request.
#[derive(Debug)]
pub struct View<'a> {
    mib: &'a mut PrinterMib,
    device: &'a mut Device,
    /// What SET had written before the commit under way.
    before: Option<BTreeMap<Oid, Value>>,
}

impl View<'_> {
    fn value(&self, name: &Oid) -> Option<ValueRef<'_>> {
        if self.mib.to_the_letter {
            return self.mib.source.recorded.get(name).map(Value::as_ref);
        }
        if *name == UP_TIME {
            return Some(ValueRef::TimeTicks(self.device.up_time()));
        }
        let own = self.mib.own.get(name).map(|value| self.ticking(name, value));
        own.or_else(|| {
            let still = &self.mib.source.still;
            let at = still.binary_search_by(|(known, _)| known.cmp(name)).ok()?;
            Some(still[at].1.as_ref())
        })
    }

    fn ticking<'v>(&self, name: &Oid, value: &'v Value) -> ValueRef<'v> {
        if *name == UP_TIME || *name == HOST_UP_TIME {
            ValueRef::TimeTicks(self.device.up_time())
        } else {
            value.as_ref()
        }
    }

    fn next(&self, after: &Oid) -> Option<(&Oid, ValueRef<'_>)> {
        let beyond = (Bound::Excluded(after), Bound::Unbounded);
        if self.mib.to_the_letter {
            return self.mib.source.recorded.range(beyond).next().map(|(name, value)| (name, value.as_ref()));
        }
        let still = &self.mib.source.still;
        let at = still.partition_point(|(known, _)| known <= after);
        let still = still.get(at).map(|(name, value)| (name, value.as_ref()));
        let own = self.mib.own.range(beyond).next().map(|(name, value)| (name, self.ticking(name, value)));
        match (still, own) {
            (Some(still), Some(own)) => Some(if own.0 < still.0 { own } else { still }),
            (still, own) => still.or(own),
        }
    }

    fn missing(&self, name: &Oid) -> ValueRef<'static> {
        let sibling = name.parent().and_then(|parent| {
            let (next, _) = self.next(&parent)?;
            next.starts_with(&parent).then_some(())
        });
        if sibling.is_some() { ValueRef::NoSuchInstance } else { ValueRef::NoSuchObject }
    }

    fn obstacle(&self, varbind: &VarBind) -> Option<ErrorStatus> {
        let writable = !self.mib.to_the_letter && layout::is_writable(&varbind.name);
        if !writable || self.value(&varbind.name).is_none() {
            return Some(ErrorStatus::NotWritable);
        }
        if Some(&varbind.name) == self.device.layout().single.reset.as_ref() {
            return match varbind.value.as_i64() {
                Some(4..=6) => None,
                Some(_) => Some(ErrorStatus::WrongValue),
                None => Some(ErrorStatus::WrongType),
            };
        }
        match &varbind.value {
            Value::OctetString(text) if text.len() > 255 => Some(ErrorStatus::WrongLength),
            Value::OctetString(_) => None,
            _ => Some(ErrorStatus::WrongType),
        }
    }
}

impl MibHandler for View<'_> {
    fn has_context(&self, name: &[u8]) -> bool {
        name.is_empty() || name == self.mib.source.name.as_bytes()
    }

    fn get(&mut self, _: &Request<'_>, name: &Oid) -> Result<Value, GenErr> {
        Ok(self.value(name).unwrap_or_else(|| self.missing(name)).to_owned())
    }

    fn get_next(&mut self, _: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        Ok(self.next(after).map(|(name, value)| VarBind::new(name.clone(), value.to_owned())))
    }

    fn visit(
        &mut self,
        _: &Request<'_>,
        name: &Oid,
        see: &mut dyn FnMut(ValueRef<'_>),
    ) -> Result<(), GenErr> {
        see(self.value(name).unwrap_or_else(|| self.missing(name)));
        Ok(())
    }

    fn visit_next(
        &mut self,
        _: &Request<'_>,
        after: &Oid,
        see: &mut dyn FnMut(&Oid, ValueRef<'_>),
    ) -> Result<(), GenErr> {
        if let Some((name, value)) = self.next(after) {
            see(name, value);
        }
        Ok(())
    }

    fn test(&mut self, _: &Request<'_>, varbinds: &[VarBind]) -> Result<(), SetFailure> {
        SetFailure::first(varbinds, |varbind| self.obstacle(varbind))
    }

    fn commit(&mut self, _: &Request<'_>, varbinds: &[VarBind]) -> Result<(), usize> {
        self.before = Some(self.device.written().clone());
        let reset = self.device.layout().single.reset.clone();
        let (resets, others): (Vec<_>, Vec<_>) =
            varbinds.iter().partition(|varbind| Some(&varbind.name) == reset.as_ref());
        if !others.is_empty() {
            self.device
                .write(others.into_iter().map(|varbind| (varbind.name.clone(), varbind.value.clone())));
        }
        if let Some(reset) = resets.last() {
            self.device.reset(match reset.value.as_i64() {
                Some(4) => Reset::PowerCycle,
                Some(5) => Reset::ToNvram,
                _ => Reset::ToFactoryDefaults,
            });
        }
        Ok(())
    }

    fn undo(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), GenErr> {
        // A start that has begun is not taken back.
        self.before.take().map(|before| self.device.unwrite(before)).ok_or(GenErr)
    }
}

#[cfg(test)]
mod tests;
