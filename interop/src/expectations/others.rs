//! What other programs made of the same recordings: their words, in ours.
use remote_services_core::device::DeviceReport;
use remote_services_core::supply::LevelQuality;

use super::Verdict;
use super::rows::{contains, field, same, supply};

/// LibreNMS.
pub(super) fn librenms(report: &DeviceReport, attribute: &str, expected: &str) -> Verdict {
    let (name, index) = attribute.split_once('.').unwrap_or((attribute, ""));
    match name {
        // Percent of supplies by index; rows below an OID are trays, where "50" stands for "some".
        "supply" if !index.starts_with('.') => {
            let Some(supply) = supply(report, index) else { return Verdict::Wrong("no such supply".into()) };
            let percent = field(expected, "percent").unwrap_or_default();
            match supply.remaining_percent {
                Some(ours) => same(&format!("{}", ours.round()), percent),
                // Its "50" for a level of -3 is its own convention; what matters is that we invent nothing.
                None if supply.quality != LevelQuality::Measured => Verdict::Same,
                None => Verdict::NotCompared,
            }
        }
        "hardware" => contains(&report.identity.make_and_model, expected),
        "version" => same(report.identity.firmware_version.as_deref().unwrap_or_default(), expected),
        "serial" => same(report.identity.serial_number.as_deref().unwrap_or_default(), expected),
        "ipv4" if expected.starts_with("127.") => Verdict::NotCompared,
        "ipv4" => {
            let ours: Vec<String> = report
                .network
                .interfaces
                .iter()
                .flat_map(|interface| {
                    let prefix = interface.prefix_length.map(|length| length.to_string()).unwrap_or_default();
                    interface.ipv4_addresses.iter().map(move |address| format!("{address}/{prefix}"))
                })
                .collect();
            let expected = expected.split(' ').next().unwrap_or_default();
            if ours.iter().any(|ours| ours == expected) {
                Verdict::Same
            } else {
                Verdict::Wrong(ours.join(" "))
            }
        }
        _ => Verdict::NotCompared,
    }
}

/// glpi-agent.
pub(super) fn glpi(report: &DeviceReport, attribute: &str, expected: &str) -> Verdict {
    let identity = &report.identity;
    let (name, index) = attribute.split_once('.').unwrap_or((attribute, ""));
    match name {
        "MANUFACTURER" => {
            let ours = identity.manufacturer.as_deref().unwrap_or_default();
            let one_of = |names: &[&str]| names.contains(&ours);
            let same = match expected {
                "Hewlett-Packard" => one_of(&["HP"]),
                "Zebra Technologies" => one_of(&["Zebra"]),
                "Fuji-Xerox" => one_of(&["FUJI XEROX", "FUJIFILM"]),
                // A badge of the same maker.
                "Konica" => one_of(&["Konica Minolta", "Develop"]),
                other => ours.eq_ignore_ascii_case(other),
            };
            if same { Verdict::Same } else { Verdict::Wrong(ours.into()) }
        }
        "MODEL" => contains(&identity.make_and_model, expected),
        "RAM" => {
            let megabytes = report.properties.memory_size.map(|octets| octets >> 20);
            same(&megabytes.map(|size| size.to_string()).unwrap_or_default(), expected)
        }
        "PAGECOUNTERS" if index == "TOTAL" => {
            // The life count of the standard MIB, or the maker's own total: it takes one or the other.
            let life = report.counters.life_counts.first().map(|count| count.value);
            let own = report.counters.billing_meters.iter().map(|meter| meter.value);
            let ours: Vec<String> = life.into_iter().chain(own).map(|value| value.to_string()).collect();
            if ours.iter().any(|ours| ours == expected) {
                Verdict::Same
            } else {
                Verdict::Wrong(ours.join(" "))
            }
        }
        "SERIAL" => same(identity.serial_number.as_deref().unwrap_or_default(), expected),
        "MAC" => {
            let macs: Vec<&str> = report
                .network
                .interfaces
                .iter()
                .filter_map(|interface| interface.mac_address.as_deref())
                .collect();
            if macs.contains(&expected) { Verdict::Same } else { Verdict::Wrong(macs.join(" ")) }
        }
        "NAME" => same(identity.system_name.as_deref().unwrap_or_default(), expected),
        "CONTACT" => same(identity.contact.as_deref().unwrap_or_default(), expected),
        "LOCATION" => same(identity.location.as_deref().unwrap_or_default(), expected),
        _ => Verdict::NotCompared,
    }
}
