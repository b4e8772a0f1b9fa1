//! The objects that move, as the device is at present.

use crate::device::Device;
use crate::device::alerts::Alert;
use crate::device::counts::{Counter, Counts};
use crate::source::Meter;
use crate::source::layout::{ALERT_ENTRY, HOST_UP_TIME, UP_TIME};
use remote_services_snmp::{Oid, Value, oid};
use std::collections::BTreeMap;

const LIFE_COUNT: Oid = oid!("1.3.6.1.2.1.43.10.2.1.4");

/// Writes all of them.
pub(super) fn write(device: &Device, own: &mut BTreeMap<Oid, Value>) {
    let layout = device.layout();
    for name in [UP_TIME, HOST_UP_TIME] {
        if device.source().recorded.contains_key(&name) {
            own.insert(name, Value::TimeTicks(0));
        }
    }
    meters(device, own);
    let supplies = layout.supplies.iter().zip(device.supplies());
    own.extend(supplies.map(|(row, supply)| {
        let recorded = &device.source().recorded;
        let value = match recorded.get(&row.level_name) {
            Some(value) if !matches!(value, Value::Integer(_)) => value.clone(),
            _ => Value::Integer(row.level(*supply)),
        };
        (row.level_name.clone(), value)
    }));
    for (row, tray) in layout.trays.iter().zip(device.trays()) {
        own.insert(row.level_name.clone(), Value::Integer(row.level(*tray)));
        own.insert(row.status_name.clone(), Value::Integer(row.status(*tray)));
    }
    for (index, name, _, recorded) in &layout.covers {
        let open = device.alerts().has(crate::device::alerts::Matter::CoverOpen(*index));
        own.insert(name.clone(), Value::Integer(if open { COVER_OPEN } else { *recorded }));
    }
    state(device, own);
    for alert in device.alerts().rows() {
        alert_row(layout.device.unwrap_or(1), alert, own);
    }
    let single = &layout.single;
    let alerts = device.alerts();
    for (counter, added) in [
        (&single.config_changes, device.config_changes()),
        (&single.critical_events, alerts.critical_events),
        (&single.all_events, alerts.all_events),
    ] {
        if let Some((name, base)) = counter {
            own.insert(name.clone(), Value::Counter32(base.wrapping_add(added)));
        }
    }
}

fn meters(device: &Device, own: &mut BTreeMap<Oid, Value>) {
    let layout = device.layout();
    for meter in &layout.meters {
        let counted = device.counts().of(meter.counter);
        let base = match device.life_count() {
            Some(life) if meter.name.starts_with(&LIFE_COUNT) || is_total(meter) => &Value::Counter32(life),
            _ => &meter.base,
        };
        match meter.octet {
            Some(at) => add_in_octets(own, meter, at, counted),
            None => {
                own.insert(meter.name.clone(), added(base, counted));
            }
        }
    }
    let restarted = device.boots() > 0;
    for meter in &layout.power_on {
        let since = device.counts().of(meter.counter) - started(device.counts_at_start(), meter);
        let base = if restarted { Value::Counter32(0) } else { meter.base.clone() };
        own.insert(meter.name.clone(), added(&base, since));
    }
}

/// Whether it is the maker's counter of what prtMarkerLifeCount counts.
fn is_total(meter: &Meter) -> bool {
    meter.counter == Counter::Impressions(None, None) && matches!(meter.base, Value::Counter32(_))
}

fn started(counts: &Counts, meter: &Meter) -> u64 {
    counts.of(meter.counter)
}

/// The value that many more, of the same type: counters go round, an INTEGER stops at its largest number.
fn added(base: &Value, more: u64) -> Value {
    let wrapped = |base: u32| base.wrapping_add(u32::try_from(more % (1 << 32)).unwrap_or(0));
    match base {
        Value::Integer(number @ 0..) => {
            let sum = u64::try_from(*number).unwrap_or(0).saturating_add(more);
            Value::Integer(i32::try_from(sum).unwrap_or(i32::MAX))
        }
        Value::Counter32(number) => Value::Counter32(wrapped(*number)),
        Value::Gauge32(number) => {
            Value::Gauge32(u32::try_from(u64::from(*number).saturating_add(more)).unwrap_or(u32::MAX))
        }
        Value::Counter64(number) => Value::Counter64(number.wrapping_add(more)),
        // What a device does not count (-1), and what is no number.
        other => other.clone(),
    }
}

/// Four octets of a text are the number.
fn add_in_octets(own: &mut BTreeMap<Oid, Value>, meter: &Meter, at: usize, more: u64) {
    let value = own.entry(meter.name.clone()).or_insert_with(|| meter.base.clone());
    if let Value::OctetString(octets) = value
        && let Some(number) = octets.get_mut(at..at + 4)
        && let Ok(base) = <[u8; 4]>::try_from(&*number)
    {
        let sum = u32::from_be_bytes(base).wrapping_add(u32::try_from(more % (1 << 32)).unwrap_or(0));
        number.copy_from_slice(&sum.to_be_bytes());
    }
}

fn state(device: &Device, own: &mut BTreeMap<Oid, Value>) {
    let layout = device.layout();
    let single = &layout.single;
    let state = device.state();
    if let Some((name, recorded)) = &single.device_status {
        own.insert(
            name.clone(),
            Value::Integer(state.as_ref().map_or(*recorded, |state| state.device_status)),
        );
    }
    if let Some((name, recorded)) = &single.printer_status {
        own.insert(
            name.clone(),
            Value::Integer(state.as_ref().map_or(*recorded, |state| state.printer_status)),
        );
    }
    if let Some((name, recorded)) = &single.error_state {
        let octets =
            state.as_ref().map_or_else(|| recorded.clone(), |state| bits(state.errors, recorded.len()));
        own.insert(name.clone(), Value::OctetString(octets));
    }
    for (line, (name, recorded)) in layout.console.iter().enumerate() {
        let octets = match (&state, line) {
            (None, _) => recorded.clone(),
            (Some(state), 0) => state.console.as_bytes().to_vec(),
            (Some(_), _) => Vec::new(),
        };
        own.insert(name.clone(), Value::OctetString(octets));
    }
}

/// As many octets as this agent uses to send, and more where a bit needs it.
fn bits(errors: [u8; 2], used: usize) -> Vec<u8> {
    let needed = if errors[1] != 0 { 2 } else { usize::from(errors[0] != 0) };
    errors[..needed.max(used.min(2))].to_vec()
}

fn alert_row(device: u32, alert: &Alert, own: &mut BTreeMap<Oid, Value>) {
    let numbers =
        [alert.severity, alert.training, alert.group, alert.group_index, alert.location, alert.code];
    let numbers = (2..).zip(numbers).map(|(column, number)| (column, Value::Integer(number)));
    let texts = [(8, Value::OctetString(alert.description.clone())), (9, Value::TimeTicks(alert.time))];
    for (column, value) in numbers.chain(texts) {
        if let Ok(name) = ALERT_ENTRY.extend(&[column, device, alert.index]) {
            own.insert(name, value);
        }
    }
}

/// prtCoverStatus coverOpen.
const COVER_OPEN: i32 = 3;
