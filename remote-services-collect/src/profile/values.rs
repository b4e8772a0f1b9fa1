//! Members and rows of the model from a maker's own objects, as the profile's rules say. They come after the standard
//! objects and never overrule them.

use remote_services_core::counter::ScanCount;
use remote_services_core::counter::ServiceType;
use remote_services_core::device::{DeviceReport, Licence, LicenceState, Module, ModuleKind};
use remote_services_core::network::Ipx;
use remote_services_core::properties::{Component, ComponentKind, ConfigurationSetting, PowerMode, Service};
use remote_services_core::reading::Header;
use remote_services_core::status::{Fault, FaultHistory, Jam, Traps};
use remote_services_core::time::DateTime;
use remote_services_core::usage::{PowerState, ScanDestination};
use remote_services_snmp::{Oid, Value};
use std::collections::BTreeMap;

use super::rules::{Condition, Member, Rows, RowsRule, ValueRule};
use super::supplies;
use crate::store::{dotted, integer, not_empty};
use crate::tables::{Reading, date_time, source_scalar};
use crate::text;

/// Fills what the profile of the device knows beyond identity and meters.
pub(crate) fn fill(reading: &Reading<'_>, report: &mut DeviceReport) {
    let Some(profile) = reading.profile else { return };
    profile.values.iter().for_each(|rule| value(reading, rule.get_ref(), report));
    let rules = profile.rows.iter().map(AsRef::as_ref).filter(|rule| !rule.fills.is_usage());
    rules.for_each(|rule| rows(reading, rule, report));
}

fn value(reading: &Reading<'_>, rule: &ValueRule, report: &mut DeviceReport) {
    let Some(name) = rule.index.below(&rule.column, reading.device) else { return };
    let Some(value) = reading.store.get(&name) else { return };
    let text = || value.as_bytes().map(|octets| text::decode(octets, reading.charset)).and_then(not_empty);
    let date = || value.as_bytes().and_then(date_time);
    let scaled = |number: u64| number.saturating_mul(rule.scale.into());
    let count = || integer(value).and_then(|number| u64::try_from(number).ok()).map(scaled);
    let identity = &mut report.identity;
    let filled = match rule.fills {
        Member::InstallDate => put(&mut identity.installed_at, date()).then_some("InstallDate".into()),
        Member::CustomerAssetTag => {
            put(&mut identity.customer_asset_tag, text()).then_some("CustomerAssetTag".into())
        }
        Member::PhoneNumber => add(&mut identity.phone_numbers, text(), "PhoneNumber"),
        Member::FaxNumber => add(&mut identity.fax_numbers, text(), "FaxNumber"),
        Member::ControllerSerialNumber | Member::ControllerVersion => {
            let Some(text) = text() else { return };
            let (version, serial_number) = match rule.fills {
                Member::ControllerVersion => (Some(text), None),
                _ => (None, Some(text)),
            };
            let kind = ModuleKind::Controller;
            identity.modules.push(Module { kind, version, serial_number, ..Module::default() });
            Some(format!("Module[{}]", identity.modules.len()))
        }
        _ => None,
    };
    if let Some(element) = filled {
        return source_scalar(&mut identity.header, &element, &name);
    }
    let status = &mut report.status;
    let filled = match rule.fills {
        Member::LastResetAt => put(&mut status.last_reset_at, date()).then_some("LastResetAt".into()),
        Member::TrapsSupported => {
            let known = integer(value).map(|number| matches!(number, 1 | 3));
            let traps = status.traps.get_or_insert_with(Traps::default);
            put(&mut traps.supported, known).then_some("Traps/Supported".into())
        }
        Member::JamCount => count().map(|count| {
            status.jams.push(Jam { count: Some(count), ..Jam::default() });
            format!("Jam[{}]", status.jams.len())
        }),
        _ => None,
    };
    if let Some(element) = filled {
        return source_scalar(&mut status.header, &element, &name);
    }
    match rule.fills {
        Member::DnsName => {
            let element = add(&mut report.network.dns_names, text(), "DnsName");
            note(&mut report.network.header, element, &name);
        }
        Member::LargeJobs if put(&mut report.counters.large_jobs, count()) => {
            source_scalar(&mut report.counters.header, "LargeJobs", &name);
        }
        // 0 is a timer that is off.
        Member::SleepDelay => {
            let Some(delay) = count().filter(|delay| *delay > 0) else { return };
            let properties = &mut report.properties;
            properties.power_modes.push(PowerMode {
                name: Some("Sleep".into()),
                state: Some(PowerState::Suspend),
                delay: Some(delay),
            });
            let element = format!("PowerMode[{}]", properties.power_modes.len());
            source_scalar(&mut properties.header, &element, &name);
        }
        Member::RemainingImpressions => {
            let element = supplies::remaining_impressions(&mut report.supplies, count());
            note(&mut report.supplies.header, element, &name);
        }
        _ => {}
    }
}

fn note(header: &mut Header, element: Option<String>, name: &Oid) {
    if let Some(element) = element {
        source_scalar(header, &element, name);
    }
}

/// Fills a member that nothing has filled; tells whether it did.
pub(super) fn put<T>(member: &mut Option<T>, value: Option<T>) -> bool {
    let fill = member.is_none() && value.is_some();
    if fill {
        *member = value;
    }
    fill
}

/// Adds a text that is not there yet; gives its element.
fn add(list: &mut Vec<String>, text: Option<String>, element: &str) -> Option<String> {
    let text = text.filter(|text| !list.contains(text))?;
    list.push(text);
    Some(format!("{element}[{}]", list.len()))
}

/// One row that a rule has found.
pub(super) struct Found<'a> {
    rule: &'a RowsRule,
    reading: &'a Reading<'a>,
    /// The arcs below the columns.
    pub(super) index: Vec<u32>,
    cells: BTreeMap<&'a str, &'a Value>,
}

impl Found<'_> {
    /// What a cell says, in the words of the rule where it has some for this number.
    pub(super) fn text(&self, member: &str) -> Option<String> {
        let Some(value) = self.cells.get(member) else {
            let listed = self.rule.listed.get(&dotted(&self.index)).and_then(|members| members.get(member));
            return listed.or_else(|| self.rule.fixed.get(member)).cloned();
        };
        let number = integer(value).map(|number| number.to_string());
        let word = |number: &String| self.rule.words.get(member)?.get(number).cloned();
        let octets = value.as_bytes().filter(|_| !matches!(value, Value::IpAddress(_)));
        match (number.as_ref().and_then(word), octets) {
            (Some(word), _) => Some(word),
            (None, Some(octets)) => not_empty(text::decode(octets, self.reading.charset)),
            (None, None) => number.or_else(|| value.as_oid().map(ToString::to_string)),
        }
    }

    pub(super) fn count(&self, member: &str) -> Option<u64> {
        u64::try_from(integer(self.cells.get(member)?)?).ok()
    }

    /// Whether the rule has a column for this member.
    pub(super) fn has(&self, member: &str) -> bool {
        self.rule.columns.contains_key(member)
    }

    pub(super) fn date(&self, member: &str) -> Option<DateTime> {
        date_time(self.cells.get(member)?.as_bytes()?)
    }

    pub(super) fn number(&self, member: &str) -> Option<i64> {
        // In the words of the rule where it has some: off(1) may stand for one page on a side.
        match (self.rule.words.get(member), self.text(member)) {
            (Some(_), Some(word)) => word.parse().ok(),
            _ => integer(self.cells.get(member)?),
        }
    }

    /// Seconds of `member`, when its unit in `memberUnit` is known.
    pub(super) fn time(&self, member: &str) -> Option<u64> {
        let unit = format!("{member}Unit");
        let seconds =
            if self.cells.contains_key(unit.as_str()) { self.text(&unit)?.parse().ok()? } else { 1 };
        Some(self.count(member)?.saturating_mul(seconds))
    }

    /// The object that the cell of `related` came from.
    pub(super) fn related(&self) -> String {
        let path = self.rule.columns.get("related");
        path.and_then(|path| path.of(self.reading.device))
            .map_or_else(String::new, |column| column.to_string())
    }

    /// An address as people write it, whatever the device wrote it as.
    fn address(&self) -> Option<String> {
        let octets = match self.cells.get("address")? {
            Value::IpAddress(octets) => return Some(std::net::Ipv4Addr::from(*octets).to_string()),
            value => value.as_bytes()?,
        };
        match octets {
            // SnmpUDPAddress (RFC 3417): four octets and the port.
            &[a, b, c, d, _, _] if !octets.is_ascii() => Some(format!("{a}.{b}.{c}.{d}")),
            _ => not_empty(text::plain(octets)),
        }
    }
}

/// The rows that a rule finds, in the order of their index.
pub(super) fn found<'a>(reading: &'a Reading<'a>, rule: &'a RowsRule) -> Vec<Found<'a>> {
    let mut rows: BTreeMap<Vec<u32>, BTreeMap<&str, &Value>> = BTreeMap::new();
    for (member, path) in &rule.columns {
        let Some(root) = path.of(reading.device) else { continue };
        for (index, value) in reading.store.below(&root).take(MOST_ROWS) {
            rows.entry(index).or_default().insert(member, value);
        }
    }
    let says = |condition: &Condition, index: &[u32]| {
        let root = condition.column.of(reading.device)?;
        let value = reading.store.get(&root.extend(index).ok()?)?;
        let number = integer(value).map(|number| number.to_string());
        let said = number
            .or_else(|| value.as_oid().map(ToString::to_string))
            .or_else(|| value.as_bytes().map(text::plain))?;
        Some(said == condition.is)
    };
    let counts = |index: &[u32]| rule.only.as_ref().is_none_or(|only| says(only, index) == Some(true));
    let is_listed = |index: &[u32]| rule.listed.is_empty() || rule.listed.contains_key(&dotted(index));
    let rows = rows.into_iter().filter(|(index, _)| is_listed(index) && counts(index));
    rows.map(|(index, cells)| Found { rule, reading, index, cells }).collect()
}

fn rows(reading: &Reading<'_>, rule: &RowsRule, report: &mut DeviceReport) {
    for row in found(reading, rule) {
        let Some((header, element)) = keep(&row, report) else { continue };
        let object = rule.key().and_then(|path| path.of(reading.device));
        header.source(
            element,
            object.map_or_else(String::new, |object| object.to_string()),
            Some(dotted(&row.index)),
        );
    }
}

/// Puts a row into its place: the header of the document, and the element.
fn keep<'r>(row: &Found<'_>, report: &'r mut DeviceReport) -> Option<(&'r mut Header, String)> {
    let identity = &mut report.identity;
    let properties = &mut report.properties;
    let status = &mut report.status;
    let network = &mut report.network;
    Some(match row.rule.fills {
        Rows::Fault => {
            let history = status.fault_history.get_or_insert_with(FaultHistory::default);
            history.faults.push(Fault {
                code: row.text("code")?,
                description: row.text("description"),
                occurred_at: row.date("occurredAt"),
                component: row.text("component"),
            });
            let element = format!("FaultHistory/Fault[{}]", history.faults.len());
            (&mut status.header, element)
        }
        Rows::Module => {
            let name = Some(row.text("name")?);
            let kind = row.text("kind").map_or(ModuleKind::Other, |kind| ModuleKind::from_label(&kind));
            let (version, serial_number) = (row.text("version"), row.text("serialNumber"));
            let installed_at = row.date("installDate");
            // The row of the device itself is no part of it, and one that says no more than its name is none.
            let own = |number: &Option<String>| number.is_some() && *number == identity.serial_number;
            let of_device = own(&serial_number) || own(&version);
            if of_device || (version.is_none() && serial_number.is_none() && installed_at.is_none()) {
                return None;
            }
            identity.modules.push(Module { name, kind, version, serial_number, installed_at });
            (&mut identity.header, format!("Module[{}]", identity.modules.len()))
        }
        Rows::Licence => {
            identity.licences.push(Licence {
                feature: row.text("feature")?,
                state: row
                    .text("state")
                    .map_or(LicenceState::Unknown, |state| LicenceState::from_label(&state)),
                installed_at: row.date("installDate"),
                expires_at: row.date("expiresAt"),
            });
            (&mut identity.header, format!("Licence[{}]", identity.licences.len()))
        }
        Rows::Setting => {
            let name = row.text("name").filter(|name| !is_secret(name))?;
            properties.settings.push(ConfigurationSetting { name, value: row.text("value") });
            (&mut properties.header, format!("ConfigurationSetting[{}]", properties.settings.len()))
        }
        Rows::Component => {
            row.text("presence").filter(|presence| presence != "no")?;
            let component = Component {
                kind: row.text("kind").map_or(ComponentKind::Other, |word| ComponentKind::from_label(&word)),
                index: row.text("index").unwrap_or_else(|| dotted(&row.index)),
                description: row.text("description"),
                identifier: None,
            };
            properties.components.push(component);
            (&mut properties.header, format!("Component[{}]", properties.components.len()))
        }
        Rows::Service => {
            properties.services.push(Service {
                service_type: row.text("type").map(|word| ServiceType::from_label(&word)),
                name: Some(row.text("name")?),
                enabled: row.text("enabled").map(|word| word == "true"),
            });
            (&mut properties.header, format!("Service[{}]", properties.services.len()))
        }
        Rows::PowerMode => {
            properties.power_modes.push(PowerMode {
                name: Some(row.text("name")?),
                state: row.text("state").map(|word| PowerState::from_label(&word)),
                delay: row.time("delay"),
            });
            (&mut properties.header, format!("PowerMode[{}]", properties.power_modes.len()))
        }
        Rows::Jam => {
            let count = Some(row.count("count")?);
            status.jams.push(Jam { count, location: row.text("location"), occurred_at: None });
            (&mut status.header, format!("Jam[{}]", status.jams.len()))
        }
        Rows::ScanTo => {
            // A number without a word in the rule is something else that the maker counts in this table.
            let destination = row.text("destination").unwrap_or_else(|| "other".into());
            if destination.bytes().all(|c| c.is_ascii_digit()) {
                return None;
            }
            let destination = ScanDestination::from_label(&destination);
            let images = row.count("images")?;
            let counts = &mut report.counters;
            match counts.scan_to.iter_mut().find(|known| known.destination == destination) {
                // The maker counts feeder and glass apart, the model does not.
                Some(known) => {
                    known.images = known.images.saturating_add(images);
                    return None;
                }
                None => counts.scan_to.push(ScanCount { destination, images }),
            }
            (&mut counts.header, format!("ScanToDestination[{}]", counts.scan_to.len()))
        }
        Rows::TrapDestination => {
            let traps = status.traps.get_or_insert_with(Traps::default);
            let element = add(&mut traps.destinations, row.address(), "Traps/Destination")?;
            (&mut status.header, element)
        }
        Rows::DnsName => {
            let element = add(&mut network.dns_names, row.text("name"), "DnsName")?;
            (&mut network.header, element)
        }
        Rows::IpxAddress | Rows::IpxSocket | Rows::IpxPrintServer => {
            let address = row.address()?;
            let ipx = network.ipx.get_or_insert_with(Ipx::default);
            let (member, value, element) = match row.rule.fills {
                Rows::IpxAddress => (&mut ipx.address, address, "Ipx/Address"),
                Rows::IpxPrintServer => (&mut ipx.print_server_address, address, "Ipx/PrintServerAddress"),
                _ => {
                    let network = address.split(['.', ':']).next().unwrap_or_default().to_owned();
                    (&mut ipx.external_network, network, "Ipx/ExternalNetworkNumber")
                }
            };
            if !put(member, Some(value)) {
                return None;
            }
            (&mut network.header, element.into())
        }
        Rows::Supply => {
            let element = supplies::join(row, &mut report.supplies)?;
            (&mut report.supplies.header, element)
        }
        // Detailed usage, which is a document of its own.
        _ => return None,
    })
}

/// Whether a setting by this name could be something that nobody else may know.
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    ["passw", "passphrase", "secret", "communit", "key", "pin code", "psk", "credential", "token"]
        .iter()
        .any(|word| name.contains(word))
}

/// Rows of one column that are looked at: a device that invents rows must not fill the report.
const MOST_ROWS: usize = 512;
