//! Where in a recording that stands which a working printer changes, and what tells the device apart.

use super::rows;
use crate::device::alerts::Alert;
use crate::device::counts::{Color, Counter};
use crate::device::supplies::SupplyRow;
use crate::device::trays::TrayRow;
use remote_services_collect::ObjectStore;
use remote_services_collect::build::printer_index;
use remote_services_collect::record::Substitution;
use remote_services_core::device::DeviceReport;
use remote_services_snmp::{Oid, Value, oid};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// The objects that move.
#[derive(Debug, Default)]
pub struct Layout {
    /// hrDeviceIndex of the printer; without one nothing of the Printer-MIB moves.
    pub device: Option<u32>,
    /// Objects that show a counter.
    pub meters: Vec<Meter>,
    /// prtMarkerPowerOnCount of the markers.
    pub power_on: Vec<Meter>,
    /// Supplies.
    pub supplies: Vec<SupplyRow>,
    /// Trays.
    pub trays: Vec<TrayRow>,
    /// Covers: prtCoverIndex, prtCoverStatus of the row, description, status in the recording.
    pub covers: Vec<(u32, Oid, String, i32)>,
    /// prtAlertTable as recorded.
    pub alerts: Vec<Alert>,
    /// Lines of the console, as recorded.
    pub console: Vec<(Oid, Vec<u8>)>,
    /// Single objects of the printer.
    pub single: Singles,
    /// Whether a side in colour can be printed.
    pub color: bool,
    /// Sides a minute.
    pub speed: u32,
}

/// Objects of which a printer has one.
#[derive(Debug, Default)]
pub struct Singles {
    /// hrDeviceStatus and its value in the recording.
    pub device_status: Option<(Oid, i32)>,
    /// hrPrinterStatus.
    pub printer_status: Option<(Oid, i32)>,
    /// hrPrinterDetectedErrorState.
    pub error_state: Option<(Oid, Vec<u8>)>,
    /// prtGeneralConfigChanges.
    pub config_changes: Option<(Oid, u32)>,
    /// prtAlertCriticalEvents.
    pub critical_events: Option<(Oid, u32)>,
    /// prtAlertAllEvents.
    pub all_events: Option<(Oid, u32)>,
    /// prtGeneralReset.
    pub reset: Option<Oid>,
}

/// An object that shows a counter.
#[derive(Clone, Debug)]
pub struct Meter {
    /// Its name.
    pub name: Oid,
    /// Where in its octets the number stands, highest octet first; otherwise it is the number.
    pub octet: Option<usize>,
    /// What it shows.
    pub counter: Counter,
    /// Its value in the recording, to which what was counted since is added.
    pub base: Value,
}

impl Layout {
    pub(super) fn of(store: &ObjectStore, mut meters: Vec<Meter>) -> Self {
        for meter in &mut meters {
            meter.base = store.get(&meter.name).cloned().unwrap_or(Value::Null);
        }
        let Some(device) = printer_index(store) else { return Self { meters, ..Self::default() } };
        let of = |column: &Oid| column.child(device).ok().filter(|name| store.get(name).is_some());
        let number = |column: &Oid| {
            let name = of(column)?;
            let value = i32::try_from(store.get(&name)?.as_i64()?).ok()?;
            Some((name, value))
        };
        let count =
            |column: &Oid| number(column).map(|(name, value)| (name, u32::try_from(value).unwrap_or(0)));
        let single = Singles {
            device_status: number(&DEVICE_STATUS),
            printer_status: number(&PRINTER_STATUS),
            error_state: of(&ERROR_STATE)
                .and_then(|name| Some((name.clone(), store.get(&name)?.as_bytes()?.to_vec()))),
            config_changes: count(&CONFIG_CHANGES),
            critical_events: count(&CRITICAL_EVENTS),
            all_events: count(&ALL_EVENTS),
            reset: of(&RESET),
        };
        let (life, power_on) = rows::markers(store, device);
        meters.extend(life);
        meters.retain(|meter| meter.base != Value::Null);
        let supplies = rows::supplies(store, device);
        let color = supplies.iter().any(|row| row.used_by == crate::device::supplies::UsedBy::Color);
        Self {
            device: Some(device),
            meters,
            power_on,
            supplies,
            trays: rows::trays(store, device),
            covers: rows::covers(store, device),
            alerts: rows::alerts(store, device),
            console: rows::console(store, device),
            single,
            color,
            speed: rows::speed(store, device),
        }
    }

    /// The names of all objects that move, but those of the alert table.
    #[must_use]
    pub fn moving(&self) -> BTreeSet<Oid> {
        let single = &self.single;
        let meters = self.meters.iter().chain(&self.power_on).map(|meter| &meter.name);
        let supplies = self.supplies.iter().map(|row| &row.level_name);
        let trays = self.trays.iter().flat_map(|row| [&row.level_name, &row.status_name]);
        let covers = self.covers.iter().map(|(_, name, _, _)| name);
        let console = self.console.iter().map(|(name, _)| name);
        let states =
            [&single.device_status, &single.printer_status].into_iter().flatten().map(|(name, _)| name);
        let errors = single.error_state.iter().map(|(name, _)| name);
        let counts = [&single.config_changes, &single.critical_events, &single.all_events];
        let counts = counts.into_iter().flatten().map(|(name, _)| name);
        let all =
            meters.chain(supplies).chain(trays).chain(covers).chain(console).chain(states).chain(errors);
        all.chain(counts).cloned().chain([UP_TIME, HOST_UP_TIME]).collect()
    }

    /// Whether this is an object of the printer's alert table.
    #[must_use]
    pub fn is_alert(&self, name: &Oid) -> bool {
        let Some(device) = self.device else { return false };
        name.strip_prefix(&ALERT_ENTRY).is_some_and(|mut arcs| arcs.nth(1) == Some(device))
    }

    /// Black alone where that is all there is.
    #[must_use]
    pub fn printable(&self, wanted: Color) -> Color {
        if self.color { wanted } else { Color::Mono }
    }
}

/// Who the recorded device is, so that another can take its place.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Manufacturer and model.
    pub make_and_model: String,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Firmware version.
    pub firmware: Option<String>,
    /// MAC addresses, in the order of interfaces.
    pub macs: Vec<[u8; 6]>,
    /// Its own IPv4 address.
    pub address: Option<Ipv4Addr>,
}

impl Identity {
    pub(super) fn of(values: &BTreeMap<Oid, Value>, report: &DeviceReport) -> Self {
        let addresses = values.iter().filter(|(name, _)| name.starts_with(&ADDRESS));
        let mut addresses = addresses.filter_map(|(_, value)| match value {
            Value::IpAddress(octets) => Some(Ipv4Addr::from(*octets)).filter(|it| !it.is_loopback()),
            _ => None,
        });
        let macs = values.iter().filter(|(name, _)| name.starts_with(&PHYSICAL_ADDRESS));
        let identity = &report.identity;
        let name = identity.make_and_model.as_ref().or(identity.description.as_ref());
        Self {
            make_and_model: name.cloned().unwrap_or_else(|| "Printer".to_owned()),
            serial_number: identity.serial_number.clone(),
            firmware: identity.firmware_version.clone(),
            macs: macs.filter_map(|(_, value)| value.as_bytes()?.try_into().ok()).collect(),
            address: addresses.next(),
        }
    }

    /// Whether an object has a value of its own for each device of a fleet.
    pub(super) fn is_named_by(&self, name: &Oid) -> bool {
        [SYSTEM_NAME, SYSTEM_LOCATION].contains(name) || name.starts_with(&CHANNEL_INFORMATION)
    }

    /// What has to be found: each value replaced by another.
    pub(super) fn marks(&self) -> Substitution {
        self.replaced_by(&Person { number: 1, address: Ipv4Addr::BROADCAST, firmware: Some("\u{FFFD}") })
    }

    /// All that makes this device another one.
    #[must_use]
    pub fn replaced_by(&self, person: &Person<'_>) -> Substitution {
        let mut all = Substitution::new();
        if let Some(serial) = &self.serial_number {
            all.text(serial, &numbered(serial, person.number));
        }
        for mac in &self.macs {
            all.mac(*mac, mac_of(*mac, person.number));
        }
        if let Some(address) = self.address {
            all.ipv4(address, person.address);
        }
        if let (Some(before), Some(now)) = (&self.firmware, person.firmware) {
            all.text(before, now);
        }
        all
    }

    /// The serial number of printer `number` of a fleet.
    #[must_use]
    pub fn serial_of(&self, number: u32) -> Option<String> {
        self.serial_number.as_ref().map(|serial| numbered(serial, number))
    }

    /// The first MAC address of printer `number` of a fleet.
    #[must_use]
    pub fn mac_of(&self, number: u32) -> Option<[u8; 6]> {
        self.macs.first().map(|mac| mac_of(*mac, number))
    }
}

/// One of many that play the same recording.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Number in the fleet; 0 is the recorded device itself.
    pub number: u32,
    /// Where it is.
    pub address: Ipv4Addr,
    /// Its firmware, where that is no more the recorded one.
    pub firmware: Option<&'a str>,
}

/// The serial number with `number` added to its digits, letters between them left out of account; as long as it was.
fn numbered(serial: &str, number: u32) -> String {
    let places: Vec<usize> =
        serial.bytes().enumerate().filter(|(_, octet)| octet.is_ascii_digit()).map(|(at, _)| at).collect();
    let places = &places[places.len().saturating_sub(MOST_DIGITS)..];
    if places.is_empty() {
        return if number == 0 { serial.to_owned() } else { format!("{serial}{number}") };
    }
    let mut octets = serial.as_bytes().to_vec();
    let mut carry = u64::from(number);
    for at in places.iter().rev() {
        let sum = u64::from(octets[*at] - b'0') + carry;
        octets[*at] = b'0' + u8::try_from(sum % 10).unwrap_or(0);
        carry = sum / 10;
    }
    String::from_utf8(octets).unwrap_or_else(|_| serial.to_owned())
}

/// More digits are left as they are.
const MOST_DIGITS: usize = 18;

/// The maker's first three octets, and the last three moved on: interfaces of one device stay neighbours.
fn mac_of([a, b, c, x, y, z]: [u8; 6], number: u32) -> [u8; 6] {
    let last = u32::from_be_bytes([0, x, y, z]).wrapping_add(number.wrapping_mul(4));
    let [_, x, y, z] = last.to_be_bytes();
    [a, b, c, x, y, z]
}

/// What SET may change: names and places, the texts of the console, and the reset.
#[must_use]
pub fn is_writable(name: &Oid) -> bool {
    [SYSTEM_CONTACT, SYSTEM_NAME, SYSTEM_LOCATION].contains(name)
        || [OPERATOR, SERVICE_PERSON, PRINTER_NAME, RESET, INPUT_MEDIA, INPUT_NAME, CONSOLE_TEXT]
            .iter()
            .any(|column| name.starts_with(column))
}

/// sysUpTime.0
pub const UP_TIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
/// hrSystemUptime.0
pub const HOST_UP_TIME: Oid = oid!("1.3.6.1.2.1.25.1.1.0");
const SYSTEM_CONTACT: Oid = oid!("1.3.6.1.2.1.1.4.0");
/// sysName.0
pub const SYSTEM_NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
/// sysLocation.0
pub const SYSTEM_LOCATION: Oid = oid!("1.3.6.1.2.1.1.6.0");
/// prtChannelInformation
pub const CHANNEL_INFORMATION: Oid = oid!("1.3.6.1.2.1.43.14.1.1.9");
const PHYSICAL_ADDRESS: Oid = oid!("1.3.6.1.2.1.2.2.1.6");
const ADDRESS: Oid = oid!("1.3.6.1.2.1.4.20.1.1");
const DEVICE_STATUS: Oid = oid!("1.3.6.1.2.1.25.3.2.1.5");
const PRINTER_STATUS: Oid = oid!("1.3.6.1.2.1.25.3.5.1.1");
const ERROR_STATE: Oid = oid!("1.3.6.1.2.1.25.3.5.1.2");
const CONFIG_CHANGES: Oid = oid!("1.3.6.1.2.1.43.5.1.1.1");
const RESET: Oid = oid!("1.3.6.1.2.1.43.5.1.1.3");
const OPERATOR: Oid = oid!("1.3.6.1.2.1.43.5.1.1.4");
const SERVICE_PERSON: Oid = oid!("1.3.6.1.2.1.43.5.1.1.5");
const PRINTER_NAME: Oid = oid!("1.3.6.1.2.1.43.5.1.1.16");
const CRITICAL_EVENTS: Oid = oid!("1.3.6.1.2.1.43.5.1.1.18");
const ALL_EVENTS: Oid = oid!("1.3.6.1.2.1.43.5.1.1.19");
const INPUT_MEDIA: Oid = oid!("1.3.6.1.2.1.43.8.2.1.12");
const INPUT_NAME: Oid = oid!("1.3.6.1.2.1.43.8.2.1.13");
const CONSOLE_TEXT: Oid = oid!("1.3.6.1.2.1.43.16.5.1.2");
/// prtAlertEntry
pub const ALERT_ENTRY: Oid = oid!("1.3.6.1.2.1.43.18.1.1");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_of_a_thousand_has_a_thousand_serial_numbers_and_mac_addresses() {
        let identity = Identity {
            serial_number: Some("VR91000001".to_owned()),
            macs: vec![[0, 0x17, 0xC8, 0, 0, 1], [0, 0x17, 0xC8, 0, 0, 2]],
            ..Identity::default()
        };
        let serials: BTreeSet<_> = (0..1000).map(|n| identity.serial_of(n)).collect();
        let macs = (0..1000).flat_map(|n| identity.macs.iter().map(move |mac| mac_of(*mac, n)));
        assert_eq!((serials.len(), macs.collect::<BTreeSet<_>>().len()), (1000, 2000));
        assert_eq!(identity.serial_of(0).as_deref(), Some("VR91000001"));
        assert_eq!((numbered("999", 2), numbered("ABC", 2)), ("001".to_owned(), "ABC2".to_owned()));
        assert_eq!(numbered("7016A1B9", 12), "7016A3B1", "letters between digits are no end");
    }
}
