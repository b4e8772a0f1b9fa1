//! What other programs made of the same recordings: their words, in ours.
use remote_services_core::counter::{CounterUnit, MarkerCount};
use remote_services_core::device::DeviceReport;
use remote_services_core::reading::Source;
use remote_services_core::status::{DetectedError, DeviceStatus};
use remote_services_core::supply::LevelQuality;

use super::Verdict;
use super::cartridges::cartridge;
use super::rows::{contains, field, row_of, same, supply};

/// LibreNMS.
pub(super) fn librenms(report: &DeviceReport, attribute: &str, expected: &str) -> Verdict {
    let (name, index) = attribute.split_once('.').unwrap_or((attribute, ""));
    let modules = || report.identity.modules.iter();
    match name {
        // Percent of supplies by index; rows below an OID are trays, where "50" stands for "some".
        "supply" if !index.starts_with('.') => {
            let Some(supply) = supply(report, index) else { return Verdict::Wrong("no such supply".into()) };
            let percent = field(expected, "percent").unwrap_or_default();
            match supply.remaining_percent {
                Some(ours) => same(&format!("{}", ours.round()), percent),
                // Its "50" for a level of -3 is its own convention; what matters is that we invent nothing.
                None if supply.quality != LevelQuality::Measured => Verdict::Same,
                None => Verdict::NotCompared(
                    "the level has neither a maximum nor a unit: 100 of what is not said",
                ),
            }
        }
        // "50" stands for a level of -3, as above.
        "supply" => tray(report, index.trim_start_matches('.'), expected),
        "sensor" => sensor(report, index.trim_start_matches('.'), expected),
        "os" => os(report, expected),
        "features" => part_of_description(report, expected),
        // Of some devices it reads the board of the network.
        "hardware" if modules().any(|module| module.name.as_deref() == Some(expected)) => Verdict::Same,
        "hardware" => contains(&report.identity.make_and_model, expected),
        "version" => same(report.identity.firmware_version.as_deref().unwrap_or_default(), expected),
        "serial" if modules().any(|module| module.serial_number.as_deref() == Some(expected)) => {
            Verdict::Same
        }
        "serial" => same(report.identity.serial_number.as_deref().unwrap_or_default(), expected),
        "ipv4" if expected.starts_with("127.") => {
            Verdict::NotCompared("the loopback is no address of the network")
        }
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
        _ => Verdict::NotCompared("LibreNMS has an attribute of this name that is not known here"),
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
        "CARTRIDGES" => cartridge(report, index, expected),
        "IP" => {
            let interfaces = report.network.interfaces.iter();
            let ours: Vec<&str> =
                interfaces.flat_map(|interface| &interface.ipv4_addresses).map(String::as_str).collect();
            if ours.contains(&expected) { Verdict::Same } else { Verdict::Wrong(ours.join(" ")) }
        }
        // Of some devices in MiB, of others in GiB, cut to whole ones; 0 also where it reads none.
        "MEMORY" => match report.properties.memory_size.map(|octets| octets >> 20) {
            Some(size) if [size, size >> 10].iter().any(|size| size.to_string() == expected) => Verdict::Same,
            None if expected == "0" => Verdict::Same,
            _ if expected == "0" => {
                Verdict::NotCompared("0 is also what glpi-agent writes where it reads none")
            }
            Some(size) => Verdict::Wrong(size.to_string()),
            None => Verdict::Wrong(String::new()),
        },
        "FIRMWARE" => firmware(report, expected),
        "NAME" if report.network.dns_names.iter().any(|name| name == expected) => Verdict::Same,
        "NAME" => same(identity.system_name.as_deref().unwrap_or_default(), expected),
        "CONTACT" => same(identity.contact.as_deref().unwrap_or_default(), expected),
        "LOCATION" => same(identity.location.as_deref().unwrap_or_default(), expected),
        _ => Verdict::NotCompared("glpi-agent has an attribute of this name that is not known here"),
    }
}

/// A tray by the name of prtInputCurrentLevel: its capacity and, where a level was measured, the percentage.
fn tray(report: &DeviceReport, name: &str, expected: &str) -> Verdict {
    let Some(index) = name.strip_prefix("1.3.6.1.2.1.43.8.2.1.10.") else {
        return Verdict::NotCompared("not the name of a level of a tray");
    };
    let trays = &report.properties.input_trays;
    let Some(position) = trays.iter().position(|tray| tray.index == row_of(index)) else {
        return Verdict::Wrong("no such tray".into());
    };
    let (capacity, paper) = (trays[position].capacity, &report.supplies.paper[position]);
    if field(expected, "capacity")
        .is_some_and(|told| capacity.map(|own| own.to_string()).as_deref() != Some(told))
    {
        return Verdict::Wrong(format!("capacity={capacity:?}"));
    }
    match (paper.level, capacity) {
        (Some(level @ 0..), Some(capacity @ 1..)) => {
            let percent = (200 * level + capacity) / (2 * capacity);
            same(&percent.to_string(), field(expected, "percent").unwrap_or_default())
        }
        _ if paper.quality != LevelQuality::Measured => Verdict::Same,
        _ => Verdict::NotCompared("the level has no capacity"),
    }
}

/// A number by the name of its instance: `label [group] = number`.
fn sensor(report: &DeviceReport, name: &str, expected: &str) -> Verdict {
    let Some((_, number)) = expected.rsplit_once(" = ") else {
        return Verdict::NotCompared("not a label and a number");
    };
    let last = |prefix: &str| name.strip_prefix(prefix)?.rsplit('.').next()?.parse::<u64>().ok();
    let status = &report.status;
    let counts = &report.counters;
    let of_marker = |counts: &[MarkerCount], marker| {
        let count = counts.iter().find(|count| count.marker == Some(marker));
        same(&count.map(|count| count.value.to_string()).unwrap_or_default(), number)
    };
    if name.starts_with("1.3.6.1.2.1.25.3.2.1.5.") {
        let ours = status.device_status.as_ref().and_then(DeviceStatus::number);
        return same(&ours.map(|number| number.to_string()).unwrap_or_default(), number);
    }
    if name.starts_with("1.3.6.1.2.1.25.3.5.1.2.") {
        return match same(&as_digits(&status.detected_errors).to_string(), number) {
            Verdict::Wrong(_) => Verdict::NotCompared("LibreNMS reads the octets as digits"),
            verdict => verdict,
        };
    }
    if let Some(marker) = last("1.3.6.1.2.1.43.10.2.1.4.") {
        return of_marker(&counts.life_counts, marker);
    }
    if let Some(marker) = last("1.3.6.1.2.1.43.10.2.1.5.") {
        return of_marker(&counts.power_on_counts, marker);
    }
    // The maker's own, where a profile reads it.
    let from = |source: &&Source| match &source.instance {
        Some(instance) => format!("{}.{instance}", source.object) == name,
        None => source.object == name,
    };
    let element = counts.header.sources.iter().find(from).map(|source| source.element.as_str());
    let position = element
        .and_then(|element| element.strip_prefix("BillingMeter[")?.strip_suffix(']')?.parse::<usize>().ok());
    match position.and_then(|position| counts.billing_meters.get(position - 1)) {
        // It counts inches.
        Some(meter) if meter.unit == CounterUnit::TenThousandthsOfInches => {
            same(&(meter.value / 10_000).to_string(), number)
        }
        Some(meter) => same(&meter.value.to_string(), number),
        None => Verdict::NotCompared(
            "what unit the maker counts in is not published, and a count without one is left out",
        ),
    }
}

/// What LibreNMS makes of the octets of these bits: it reads them as digits, and where there are none it reads 0.
fn as_digits(errors: &[DetectedError]) -> u64 {
    let mut octets = [0_u8; 4];
    for bit in errors.iter().filter_map(|error| usize::try_from(error.number()?).ok()) {
        if let Some(octet) = octets.get_mut(bit / 8) {
            *octet |= 0x80 >> (bit % 8);
        }
    }
    let text: String = octets.iter().map(|octet| char::from(*octet)).collect();
    let digits: String = text.trim_ascii_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// Its names of device families, by the maker.
fn os(report: &DeviceReport, expected: &str) -> Verdict {
    let ours = report.identity.manufacturer.as_deref().unwrap_or_default().to_lowercase();
    let makers: &[&str] = match expected {
        "jetdirect" | "hpe-printer" => &["hp"],
        "okilan" | "oki" => &["oki"],
        "konica" => &["konica minolta", "develop"],
        "fujifilmprinter" | "fujifilm" => &["fujifilm", "fuji xerox"],
        "xerox" => &["xerox", "fuji xerox", "fujifilm"],
        "ricoh" | "nrg" | "lanier" | "gestetner" | "savin" => {
            &["ricoh", "nrg", "lanier", "gestetner", "savin"]
        }
        "kyocera" => &["kyocera", "utax", "triumph-adler", "copystar", "olivetti"],
        "canonprinter" => &["canon"],
        "samsungprinter" => &["samsung", "hp"],
        "lexmarkprinter" => &["lexmark", "dell", "toshiba"],
        "dell-laser" => &["dell"],
        "toshibaprinter" | "toshiba-printer" => &["toshiba"],
        "epson" | "brother" | "sharp" | "zebra" | "panasonic" | "develop" => &[expected],
        _ => return Verdict::NotCompared("a family of devices that is not known here"),
    };
    if makers.contains(&ours.as_str()) { Verdict::Same } else { Verdict::Wrong(ours) }
}

/// A piece of sysDescr that it gives a name of its own.
fn part_of_description(report: &DeviceReport, expected: &str) -> Verdict {
    let description = report.identity.description.as_deref().unwrap_or_default();
    if description.contains(expected) {
        Verdict::Same
    } else {
        Verdict::NotCompared("no part of the description")
    }
}

/// `version` of the device, or `part=version`.
fn firmware(report: &DeviceReport, expected: &str) -> Verdict {
    let identity = &report.identity;
    let version = expected.rsplit_once('=').map_or(expected, |(_, version)| version);
    let versions = identity.modules.iter().filter_map(|module| module.version.as_deref());
    let ours: Vec<&str> = identity
        .firmware_version
        .as_deref()
        .into_iter()
        .chain(identity.serial_number.as_deref())
        .chain(versions)
        .collect();
    let told =
        ours.contains(&version) || identity.description.as_deref().is_some_and(|text| text.contains(version));
    match (told, expected.contains('=')) {
        (true, _) => Verdict::Same,
        // Its list of parts is longer than what a maker's profile reads.
        (false, true) => Verdict::NotCompared("the list of parts is longer than what a profile reads"),
        (false, false) => Verdict::Wrong(ours.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_that_are_no_digits_are_0_and_those_that_are_one_are_it() {
        // 0x80, 0x20 0x00, and 0x34, which is the digit 4.
        let bits = |bits: &[i64]| bits.iter().map(|bit| DetectedError::from_number(*bit)).collect::<Vec<_>>();
        assert_eq!([&[][..], &[0], &[2], &[2, 3, 5]].map(|errors| as_digits(&bits(errors))), [0, 0, 0, 4]);
    }
}
