//! prtGeneralTable, prtLocalizationTable and prtCoverTable (Printer-MIB, RFC 3805).

use remote_services_core::device::Identity;
use remote_services_core::properties::{Component, ComponentKind, Properties};
use remote_services_core::status::{ComponentStatus, CoverStatus, FaultHistory, Status};
use remote_services_snmp::{Oid, Value, oid};

use super::{Reading, source_scalar};
use crate::store::{ObjectStore, Table, integer, not_empty};
use crate::text::{self, Charset};

pub(crate) const GENERAL_TABLE: Oid = oid!("1.3.6.1.2.1.43.5.1");
pub(crate) const CONFIG_CHANGES: Oid = oid!("1.3.6.1.2.1.43.5.1.1.1");
const CURRENT_LOCALIZATION: Oid = oid!("1.3.6.1.2.1.43.5.1.1.2");
/// prtGeneralReset
pub(crate) const RESET: Oid = oid!("1.3.6.1.2.1.43.5.1.1.3");
pub(crate) const CURRENT_OPERATOR: Oid = oid!("1.3.6.1.2.1.43.5.1.1.4");
pub(crate) const SERVICE_PERSON: Oid = oid!("1.3.6.1.2.1.43.5.1.1.5");
const CONSOLE_LOCALIZATION: Oid = oid!("1.3.6.1.2.1.43.5.1.1.10");
pub(crate) const PRINTER_NAME: Oid = oid!("1.3.6.1.2.1.43.5.1.1.16");
pub(crate) const SERIAL_NUMBER: Oid = oid!("1.3.6.1.2.1.43.5.1.1.17");
const CRITICAL_EVENTS: Oid = oid!("1.3.6.1.2.1.43.5.1.1.18");
const ALL_EVENTS: Oid = oid!("1.3.6.1.2.1.43.5.1.1.19");

/// 2 description, 3 status.
pub(crate) static COVERS: Table = Table { entry: oid!("1.3.6.1.2.1.43.6.1.1"), columns: &[2, 3] };
/// 4 character set.
pub(crate) static LOCALIZATIONS: Table = Table { entry: oid!("1.3.6.1.2.1.43.7.1.1"), columns: &[4] };

/// Instances to GET once the printer's index is known.
pub(crate) fn names(device: u32) -> Vec<Oid> {
    [
        CONFIG_CHANGES,
        CURRENT_LOCALIZATION,
        CURRENT_OPERATOR,
        SERVICE_PERSON,
        CONSOLE_LOCALIZATION,
        PRINTER_NAME,
        SERIAL_NUMBER,
        CRITICAL_EVENTS,
        ALL_EVENTS,
    ]
    .iter()
    .filter_map(|column| column.child(device).ok())
    .collect()
}

/// Character sets of localised texts and of the console.
pub(crate) fn charsets(store: &ObjectStore, device: Option<u32>) -> (Charset, Charset) {
    let number = |column: &Oid, index: i64| {
        let index = u32::try_from(index).ok()?;
        integer(store.get(&column.child(index).ok()?)?)
    };
    let of = |selector: &Oid| {
        let device = device?;
        let localization = number(selector, i64::from(device))?;
        let sets = LOCALIZATIONS.column(4).child(device).ok()?;
        Some(Charset::from_number(number(&sets, localization)?))
    };
    let general = of(&CURRENT_LOCALIZATION).unwrap_or_default();
    (general, of(&CONSOLE_LOCALIZATION).unwrap_or(general))
}

/// Telephone numbers of the persons that look after the device; and whom to ask, where sysContact does not say it.
pub(crate) fn fill_identity(reading: &Reading<'_>, identity: &mut Identity) {
    for column in [&SERVICE_PERSON, &CURRENT_OPERATOR] {
        let Some(name) = reading.instance(column) else { continue };
        let octets = reading.store.get(&name).and_then(Value::as_bytes);
        let Some(person) = octets.map(|octets| text::decode(octets, reading.charset)).and_then(not_empty)
        else {
            continue;
        };
        if let Some(number) = phone_number(&person).filter(|number| !identity.phone_numbers.contains(number))
        {
            identity.phone_numbers.push(number);
            let element = format!("PhoneNumber[{}]", identity.phone_numbers.len());
            source_scalar(&mut identity.header, &element, &name);
        }
        if identity.contact.is_none() {
            identity.contact = Some(person);
            identity.header.withheld.retain(|withheld| withheld.element != "Contact");
            source_scalar(&mut identity.header, "Contact", &name);
        }
    }
}

/// The number in a tel: URI, or a run of digits that is long enough and written like one.
fn phone_number(person: &str) -> Option<String> {
    let written = |c: char| c.is_ascii_digit() || "+-./() ".contains(c);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let tidy =
        |text: &str| text.trim_matches(|c: char| !c.is_ascii_digit() && c != '+' && c != '(').to_owned();
    if let Some((_, number)) = person.split_once("tel:") {
        let number: String = number.chars().take_while(|c| written(*c)).collect();
        return Some(tidy(&number)).filter(|number| digits(number) >= 3);
    }
    // Octets of an IPv4 address and dates are written like it, but shorter or with other marks between.
    let runs = person.split(|c: char| !written(c)).map(tidy);
    runs.filter(|run| (7..=15).contains(&digits(run)) && run.parse::<core::net::Ipv4Addr>().is_err())
        .max_by_key(|run| digits(run))
}

pub(crate) fn fill_properties(reading: &Reading<'_>, properties: &mut Properties) {
    let name = reading.instance(&CONFIG_CHANGES);
    properties.configuration_changes =
        name.as_ref().and_then(|name| reading.store.get(name)).and_then(Value::as_u64);
    match (properties.configuration_changes, name) {
        (Some(_), Some(name)) => source_scalar(&mut properties.header, "ConfigurationChanges", &name),
        _ => reading.withhold(&mut properties.header, "ConfigurationChanges", &[CONFIG_CHANGES]),
    }
    for row in reading.rows(&COVERS) {
        let position = properties.components.len();
        properties.components.push(Component {
            kind: ComponentKind::Cover,
            index: row.dotted(),
            description: row.text(2, reading.charset),
            identifier: None,
        });
        reading.source_row(&mut properties.header, "Component", position, &COVERS, &row);
    }
}

pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    let mut counted = |element: &str, column: &Oid| {
        let name = reading.instance(column)?;
        let count = reading.store.get(&name).and_then(Value::as_u64)?;
        source_scalar(&mut status.header, element, &name);
        Some(count)
    };
    let count = counted("FaultHistory/Count", &CRITICAL_EVENTS);
    let all_events = counted("FaultHistory/AllEvents", &ALL_EVENTS);
    if count.is_some() || all_events.is_some() {
        status.fault_history = Some(FaultHistory { count, all_events, ..FaultHistory::default() });
    } else {
        reading.withhold(&mut status.header, "FaultHistory", &[CRITICAL_EVENTS, ALL_EVENTS]);
    }
    for row in reading.rows(&COVERS) {
        let position = status.components.len();
        status.components.push(ComponentStatus {
            kind: ComponentKind::Cover,
            index: row.dotted(),
            cover_status: row.number(3).map(CoverStatus::from_number),
            description: row.text(2, reading.charset),
            ..ComponentStatus::default()
        });
        reading.source_row(&mut status.header, "Component", position, &COVERS, &row);
    }
}

#[cfg(test)]
mod tests {
    use super::phone_number;

    #[test]
    fn a_telephone_number_is_found_where_one_is_written() {
        for (person, number) in [
            ("tel:+49-30-1234567", Some("+49-30-1234567")),
            ("Jane Doe tel:4711;mailto:jane@example.com", Some("4711")),
            ("Service Desk, +1 (555) 010-0199", Some("+1 (555) 010-0199")),
            ("mailto:help@example.com", None),
            ("192.168.100.200", None),
            ("Room 214", None),
            ("", None),
        ] {
            assert_eq!(phone_number(person).as_deref(), number, "{person}");
        }
    }
}
