//! Recordings of real devices against what others published about them: parsed, collected and built without a network.
//!
//! `EXPECTED.tsv` has a value and its origin a line. Rows of origin `plain-reading` are the raw value at an OID and
//! must match to the letter. Rows of LibreNMS and glpi-agent are other programs' readings: compared where they follow
//! from the data, with the reason beside each that does not.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;

use remote_services_collect::drive::{self, Answer, Asker};
use remote_services_collect::plan::{Collection, Known};
use remote_services_collect::record::{self, Mode};
use remote_services_collect::{ObjectStore, ReadContext, build, replay};
use remote_services_core::device::DeviceReport;
use remote_services_core::status::{DetectedError, DeviceStatus, PrinterStatus, SubUnitStatus};
use remote_services_core::supply::{LevelQuality, Supply};
use remote_services_interop::shared;
use remote_services_snmp::engine::Operation;
use remote_services_snmp::{Oid, Value};

/// Rows that differ, and why ours is right all the same.
const DIFFERENT: &[(&str, &str, &str)] = &[
    ("lnms_fujifilmprinter_c7580.snmprec", "librenms.ipv4", "the recording has no mask for this address"),
    (
        "lnms_konica.snmprec",
        "hrDeviceDescr.1",
        "\"Generic 28C-1\" names no model; the maker's own object does",
    ),
    ("lnms_zebra.snmprec", "librenms.hardware", "the number of the print server board, not of the printer"),
    ("lnms_zebra.snmprec", "librenms.serial", "the number of the print server board, not of the printer"),
    ("pm_kyocera_p2040.snmprec", "glpi.NAME", "sysName is empty; the name is the maker's network setting"),
    (
        "pm_kyocera_p2040.snmprec",
        "glpi.PAGECOUNTERS.TOTAL",
        "a meter of the maker; the life count is another number",
    ),
    ("lnms_samsungprinter_m4080fx.snmprec", "glpi.MODEL", "in no object of this recording"),
    ("lnms_brother.snmprec", "librenms.version", "in no object of this recording"),
    ("lnms_brother.snmprec", "glpi.NAME", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.SERIAL", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.MAC", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.MODEL", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.RAM", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.PAGECOUNTERS.TOTAL", OTHER_RECORDING),
];
const OTHER_RECORDING: &str = "glpi-agent was run on another recording of this name";

#[test]
fn published_expectations_hold() {
    let Some(folder) = shared("data/printers") else { return };
    let expected = std::fs::read_to_string(folder.join("EXPECTED.tsv")).unwrap();
    let mut reports: BTreeMap<&str, DeviceReport> = BTreeMap::new();
    let (mut matched, mut different, mut not_compared) = (0, 0, 0);
    let mut wrong = Vec::new();
    for line in expected.lines().skip(1) {
        let [file, attribute, value, _origin] = line.splitn(4, '\t').collect::<Vec<_>>()[..] else {
            panic!("not four columns: {line}")
        };
        let report = reports.entry(file).or_insert_with(|| read(&folder.join(file)));
        match compare(report, attribute, value) {
            Verdict::Same => matched += 1,
            Verdict::NotCompared => not_compared += 1,
            Verdict::Wrong(ours) => {
                let excused = DIFFERENT.iter().any(|(f, a, _)| (*f, *a) == (file, attribute));
                if excused {
                    different += 1;
                } else {
                    wrong.push(format!("{file} {attribute}: expected {value:?}, got {ours:?}"));
                }
            }
        }
    }
    println!(
        "{matched} matched, {different} different with a reason, {not_compared} not compared, {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(different, DIFFERENT.len(), "an excuse that is not needed any more");
    assert!(matched > 400, "only {matched} compared");
}

#[test]
fn the_plan_fetches_from_every_recording_what_the_report_needs() {
    let Some(folder) = shared("data/printers") else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "snmprec") {
            continue;
        }
        files += 1;
        let values = values(&path);
        let mut device = Device { values: &values, outcomes: VecDeque::new(), asked: 0 };
        let mut collection = Collection::new(&Known::default());
        let address: SocketAddr = "192.0.2.1:161".parse().unwrap();
        let Ok(()) = drive::collect(&mut collection, address, 0, &mut device);
        let context = ReadContext::default();
        let all = ObjectStore::from(values.clone());
        assert_eq!(build(&collection.finish(), &context), build(&all, &context), "{}", path.display());
        assert!(device.asked <= 6, "{} operations for {}", device.asked, path.display());
    }
    assert!(files >= 16, "{files} recordings");
}

/// Lines that a strict reader refuses are left out, as snmpsim does.
fn values(path: &Path) -> BTreeMap<Oid, Value> {
    let bytes = std::fs::read(path).expect("listed a moment ago");
    record::parse(&bytes, Mode::Lenient).expect("a lenient reading refuses only a million lines").values
}

fn read(path: &Path) -> DeviceReport {
    build(&ObjectStore::from(values(path)), &ReadContext::default())
}

enum Verdict {
    Same,
    Wrong(String),
    /// The model has no place for it, or it is a convention of the other program.
    NotCompared,
}

fn compare(report: &DeviceReport, attribute: &str, expected: &str) -> Verdict {
    let identity = &report.identity;
    let text = |ours: &Option<String>| same(ours.as_deref().unwrap_or_default(), expected.trim());
    let number = |ours: Option<i64>| same(&ours.map(|n| n.to_string()).unwrap_or_default(), expected);
    let count = |ours: Option<u64>| same(&ours.map(|n| n.to_string()).unwrap_or_default(), expected);
    let (name, index) = attribute.split_once('.').unwrap_or((attribute, ""));
    let marker = index.rsplit('.').next().and_then(|marker| marker.parse().ok());
    match name {
        "sysDescr" => text(&identity.description),
        "sysObjectID" => text(&identity.system_object_id),
        "sysUpTime" => count(report.status.uptime),
        "sysContact" => text(&identity.contact),
        "sysName" => text(&identity.system_name),
        "sysLocation" => text(&identity.location),
        "hrDeviceDescr" => text(&identity.make_and_model),
        "hrMemorySize" => count(report.properties.memory_size.map(|octets| octets / 1024)),
        "hrDeviceStatus" => number(report.status.device_status.as_ref().and_then(DeviceStatus::number)),
        "hrPrinterStatus" => number(report.status.printer_status.as_ref().and_then(PrinterStatus::number)),
        "hrPrinterDetectedErrorState" => {
            let bits: Vec<i64> =
                report.status.detected_errors.iter().filter_map(DetectedError::number).collect();
            same(&format!("{bits:?}"), &format!("{:?}", bits_of(expected)))
        }
        "prtGeneralSerialNumber" => text(&identity.serial_number),
        "prtMarkerLifeCount" => count(
            report.counters.life_counts.iter().find(|count| count.marker == marker).map(|count| count.value),
        ),
        "prtMarkerCounterUnit" => number(
            report
                .counters
                .life_counts
                .iter()
                .find(|count| count.marker == marker)
                .and_then(|count| count.unit.number()),
        ),
        "prtMarkerPowerOnCount" => count(
            report
                .counters
                .power_on_counts
                .iter()
                .find(|count| count.marker == marker)
                .map(|count| count.value),
        ),
        "supply" => row(expected, |key| {
            let supply = supply(report, index)?;
            Some(match key {
                "desc" => supply.name.clone().unwrap_or_default(),
                "class" => supply.class.number()?.to_string(),
                "type" => supply.supply_type.number()?.to_string(),
                "unit" => supply.unit.number()?.to_string(),
                "max" => supply.max_capacity?.to_string(),
                "level" => supply.level?.to_string(),
                _ => return None,
            })
        }),
        "input" => row(expected, |key| {
            let row = row_of(index);
            let position = report.properties.input_trays.iter().position(|tray| tray.index == row)?;
            let (tray, paper) = (&report.properties.input_trays[position], &report.supplies.paper[position]);
            Some(match key {
                "max" => tray.capacity?.to_string(),
                "level" => paper.level?.to_string(),
                "media" => paper.media_name.clone().unwrap_or_default(),
                // The model has one name: prtInputName, else the description.
                "name" => tray.name.clone()?,
                "desc" if !expected.contains("name=") => tray.name.clone()?,
                "status" => {
                    let parts = report.status.components.iter();
                    let kind = remote_services_core::properties::ComponentKind::InputTray;
                    parts
                        .filter(|part| part.kind == kind && part.index == row)
                        .filter(|part| !part.status.is_empty())
                        .find_map(|part| SubUnitStatus::sum(&part.status))?
                        .to_string()
                }
                _ => return Some(SKIP.into()),
            })
        }),
        "output" => row(expected, |key| {
            let bin = report.properties.output_bins.iter().find(|bin| bin.index == row_of(index))?;
            Some(match key {
                "max" => bin.capacity?.to_string(),
                "name" => bin.name.clone()?,
                "desc" if !expected.contains("name=") => bin.name.clone()?,
                _ => return Some(SKIP.into()),
            })
        }),
        "alert" => row(expected, |key| {
            let alert = report.status.alerts.iter().find(|alert| alert.index.to_string() == row_of(index))?;
            Some(match key {
                "sev" => alert.severity.number()?.to_string(),
                "group" => alert.group.number()?.to_string(),
                "groupIndex" => alert.group_index?.to_string(),
                "code" => alert.code.0.to_string(),
                "time" => alert.time?.to_string(),
                // Without a text of its own an alert gets the words of its code.
                "desc" if expected.contains("desc=;") => return Some(SKIP.into()),
                "desc" => alert.description.clone()?,
                _ => return None,
            })
        }),
        "console" => row(expected, |_| report.status.console_messages.first().cloned()),
        "interpreter" => row(expected, |key| {
            let position = row_of(index).parse::<usize>().ok()?.checked_sub(1)?;
            let interpreter = report.properties.interpreters.get(position)?;
            Some(match key {
                "family" => interpreter.family.as_ref()?.number()?.to_string(),
                "desc" => interpreter.description.clone().unwrap_or_default(),
                "level" => interpreter.level.clone().unwrap_or_default(),
                _ => return None,
            })
        }),
        "xerox" => {
            let label = match index {
                "total_impressions" => "Total Impressions",
                "color_impressions" => "Color Impressions",
                _ => "Black Impressions",
            };
            count(
                report
                    .counters
                    .billing_meters
                    .iter()
                    .find(|meter| meter.label == label)
                    .map(|meter| meter.value),
            )
        }
        "librenms" => librenms(report, index, expected),
        "glpi" => glpi(report, index, expected),
        "printmaster" => contains(&identity.make_and_model, "P2040"),
        _ => Verdict::NotCompared,
    }
}

fn librenms(report: &DeviceReport, attribute: &str, expected: &str) -> Verdict {
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

fn glpi(report: &DeviceReport, attribute: &str, expected: &str) -> Verdict {
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
            let first = report.counters.life_counts.first();
            same(&first.map(|count| count.value.to_string()).unwrap_or_default(), expected)
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

const SKIP: &str = "(not compared)";

/// Compares the fields of a row `key=value; key=value`. `?` means that the recording lacks the column.
fn row(expected: &str, ours: impl Fn(&str) -> Option<String>) -> Verdict {
    for part in expected.split("; ") {
        let Some((key, value)) = part.split_once('=') else { continue };
        let ours = ours(key).unwrap_or_default();
        if value != "?" && ours != SKIP && ours != value.trim() {
            return Verdict::Wrong(format!("{key}={ours}"));
        }
    }
    Verdict::Same
}

fn field<'a>(row: &'a str, key: &str) -> Option<&'a str> {
    row.split("; ").find_map(|part| part.strip_prefix(key)?.strip_prefix('='))
}

fn same(ours: &str, expected: &str) -> Verdict {
    if ours == expected { Verdict::Same } else { Verdict::Wrong(ours.into()) }
}

fn contains(ours: &Option<String>, expected: &str) -> Verdict {
    let ours = ours.as_deref().unwrap_or_default();
    if ours.contains(expected) { Verdict::Same } else { Verdict::Wrong(ours.into()) }
}

/// The row of an index `hrDeviceIndex.row`.
fn row_of(index: &str) -> String {
    index.split_once('.').map_or(index, |(_, row)| row).to_owned()
}

fn supply<'a>(report: &'a DeviceReport, index: &str) -> Option<&'a Supply> {
    report.supplies.supplies.iter().find(|supply| supply.index == row_of(index))
}

/// Bits of a hexadecimal string, counted from the most significant.
fn bits_of(hex: &str) -> Vec<i64> {
    let digits = hex.trim_start_matches("0x").chars().filter_map(|c| c.to_digit(16));
    let bits = digits.flat_map(|digit| (0..4).rev().map(move |bit| digit >> bit & 1));
    (0..).zip(bits).filter(|(_, bit)| *bit == 1).map(|(position, _)| position).collect()
}

/// A recording that answers.
struct Device<'a> {
    values: &'a BTreeMap<Oid, Value>,
    outcomes: VecDeque<Answer<usize>>,
    asked: usize,
}

impl Asker for Device<'_> {
    type Id = usize;
    type Error = Infallible;

    fn submit(&mut self, _: SocketAddr, _: usize, operation: Operation) -> Result<usize, Infallible> {
        self.asked += 1;
        let result = replay::answer(self.values, &operation);
        self.outcomes.push_back(Answer { id: self.asked, result, partial: Vec::new() });
        Ok(self.asked)
    }

    fn next(&mut self) -> Result<Option<Answer<usize>>, Infallible> {
        Ok(self.outcomes.pop_front())
    }
}
