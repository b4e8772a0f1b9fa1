//! What a device does not remember itself: units and parts that were changed, faults that went away. Seen from reading to
//! reading.
//!
//! The caller keeps a [`UsageLog`] for each device, hands every report to [`UsageLog::observe`] and puts what it knows into a
//! document by [`UsageLog::fill`]. A unit was changed when its serial number is another one; a number that is not told, or
//! told for the first time, is no change. A supply that only service changes is a part, every other one the customer's.

use crate::up_time::began_again;
use remote_services_core::device::DeviceReport;
use remote_services_core::reading::{Withheld, WithheldReason};
use remote_services_core::status::{Alert, AlertSeverity};
use remote_services_core::supply::ReplaceableBy;
use remote_services_core::time::Timestamp;
use remote_services_core::usage::{CruUsage, DetailedUsage, FaultResolution, PartReplaced, Resolution};
use std::collections::{BTreeMap, VecDeque};

/// What is remembered of the use of one device. Plain data, for the caller to store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageLog {
    /// Serial numbers of supplies by name and index, as told last.
    pub supplies: BTreeMap<String, String>,
    /// Serial numbers of modules by name, as told last.
    pub modules: BTreeMap<String, String>,
    /// Units that were changed: name, how often, and when, latest last. Of the times at most [`MOST_KEPT`] are kept.
    pub crus: BTreeMap<String, (u64, VecDeque<Timestamp>)>,
    /// Parts that were replaced, latest last. At most [`MOST_KEPT`].
    pub parts: VecDeque<PartReplaced>,
    /// Faults that went away, latest last. At most [`MOST_KEPT`].
    pub resolutions: VecDeque<Resolution>,
    /// Codes of the critical alerts in force at the reading before.
    pub open: Vec<String>,
    /// sysUpTime at the reading before, and when that was.
    pub uptime: Option<(u64, Timestamp)>,
}

/// Entries of each kind that are kept of one device.
pub const MOST_KEPT: usize = 64;

/// Names that are remembered of one device: more than any has.
const MOST_NAMES: usize = 256;

impl UsageLog {
    /// Takes in a report that was read at this time.
    pub fn observe(&mut self, report: &DeviceReport, read_at: Timestamp) {
        let mut changed = false;
        for supply in &report.supplies.supplies {
            let Some(serial) = &supply.serial_number else { continue };
            let name = without_serial(supply.name.as_deref().unwrap_or_default(), serial);
            let name = format!("{} {name}", supply.index);
            if is_another(&mut self.supplies, &name, serial) {
                changed = true;
                let unit = name.split_once(' ').map_or(name.as_str(), |(_, unit)| unit).to_owned();
                if supply.replaceable_by == Some(ReplaceableBy::ServiceReplacable) {
                    let part_number = supply.part_number.clone();
                    keep(&mut self.parts, replaced(unit, part_number, report, read_at));
                    continue;
                }
                let (times, at) = self.crus.entry(unit).or_default();
                *times += 1;
                keep(at, read_at);
            }
        }
        for module in &report.identity.modules {
            let (Some(name), Some(serial)) = (&module.name, &module.serial_number) else { continue };
            if is_another(&mut self.modules, name, serial) {
                changed = true;
                keep(&mut self.parts, replaced(name.clone(), None, report, read_at));
            }
        }
        self.resolve(report, read_at, changed);
    }

    /// Critical alerts that are gone. Nobody tells a restart or a part from what a person did but by what else changed.
    fn resolve(&mut self, report: &DeviceReport, read_at: Timestamp, changed: bool) {
        let status = &report.status;
        // Where the table was not answered, nothing is known to be gone.
        let not_answered = |withheld: &Withheld| {
            withheld.element == "Alert" && withheld.reason != WithheldReason::NotSupported
        };
        if status.header.withheld.iter().any(not_answered) {
            return;
        }
        let critical = |alert: &&Alert| alert.severity == AlertSeverity::Critical;
        let open: Vec<String> =
            status.alerts.iter().filter(critical).map(|alert| alert.code.to_string()).collect();
        let restarted = match (self.uptime, status.uptime) {
            (Some((was, at)), Some(is)) => began_again(was, is, read_at.since(at).as_millis() / 10),
            _ => false,
        };
        let method = match (changed, restarted) {
            (true, _) => FaultResolution::PartReplaced,
            (false, true) => FaultResolution::Restarted,
            (false, false) => FaultResolution::Unknown,
        };
        for fault in core::mem::take(&mut self.open) {
            if !open.contains(&fault) {
                let (resolved_at, method) = (Some(read_at), Some(method.clone()));
                keep(&mut self.resolutions, Resolution { fault, resolved_at, method });
            }
        }
        self.open = open;
        self.uptime = status.uptime.map(|uptime| (uptime, read_at)).or(self.uptime);
    }

    /// Adds what is remembered to a document. Where the device counts the changes of a unit itself, its number stays.
    pub fn fill(&self, usage: &mut DetailedUsage) {
        for (name, (times, at)) in &self.crus {
            let at = at.iter().map(|at| (*at).into());
            match usage.crus.iter_mut().find(|known| known.name.as_ref() == Some(name)) {
                Some(known) => {
                    known.replacements = known.replacements.or(Some(*times));
                    if known.replaced_at.is_empty() {
                        known.replaced_at.extend(at);
                    }
                }
                None => usage.crus.push(CruUsage {
                    name: Some(name.clone()),
                    replacements: Some(*times),
                    replaced_at: at.collect(),
                    ..CruUsage::default()
                }),
            }
        }
        usage.parts_replaced.extend(self.parts.iter().cloned());
        usage.resolutions.extend(self.resolutions.iter().cloned());
        let filled = [
            ("Cru", usage.crus.is_empty()),
            ("PartReplaced", usage.parts_replaced.is_empty()),
            ("FaultResolution", usage.resolutions.is_empty()),
        ];
        for (element, _) in filled.into_iter().filter(|(_, empty)| !empty) {
            usage.header.withheld.retain(|withheld| withheld.element != element);
        }
    }
}

/// A part that was there at this reading for the first time.
fn replaced(
    name: String,
    part_number: Option<String>,
    report: &DeviceReport,
    read_at: Timestamp,
) -> PartReplaced {
    let count_at = report.counters.impressions.as_ref().and_then(|counts| counts.total);
    PartReplaced { part_number, name: Some(name), replaced_at: Some(read_at.into()), count_at }
}

/// Descriptions often end in the serial number itself, and a mark before it.
fn without_serial<'a>(name: &'a str, serial: &str) -> &'a str {
    let name = name.rfind(serial).and_then(|at| name.get(..at)).unwrap_or(name).trim_end_matches([' ', ':']);
    let marks = ["S/N", ";SN", "; SN", ",SN", ", SN"];
    let name = marks.iter().find_map(|mark| name.strip_suffix(mark)).unwrap_or(name);
    name.trim_end_matches([' ', ',', ';'])
}

/// Remembers a serial number; tells whether another one was known.
fn is_another(known: &mut BTreeMap<String, String>, name: &str, serial: &str) -> bool {
    match known.get_mut(name) {
        Some(before) => core::mem::replace(before, serial.to_owned()) != serial,
        None => {
            if known.len() < MOST_NAMES {
                known.insert(name.to_owned(), serial.to_owned());
            }
            false
        }
    }
}

fn keep<T>(list: &mut VecDeque<T>, entry: T) {
    if list.len() == MOST_KEPT {
        list.pop_front();
    }
    list.push_back(entry);
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::alert_code::AlertCode;
    use remote_services_core::device::Module;
    use remote_services_core::supply::Supply;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn report(toner: Option<&str>, finisher: &str, alert: Option<i64>, uptime: u64) -> DeviceReport {
        let mut report = DeviceReport::default();
        report.supplies.supplies = vec![Supply {
            index: "1".into(),
            name: Some(format!("Black Toner;SN{}", toner.unwrap_or_default())),
            serial_number: toner.map(Into::into),
            ..Supply::default()
        }];
        report.identity.modules = vec![Module {
            name: Some("Finisher".into()),
            serial_number: Some(finisher.into()),
            ..Module::default()
        }];
        report.status.alerts = alert
            .map(|code| Alert {
                code: AlertCode(code),
                severity: AlertSeverity::Critical,
                ..Alert::default()
            })
            .into_iter()
            .collect();
        report.status.uptime = Some(uptime);
        report
    }

    #[test]
    fn a_unit_is_changed_when_its_serial_number_is_another_one() {
        let mut log = UsageLog::default();
        for (seconds, toner) in
            [(1, Some("A1")), (2, Some("A1")), (3, None), (4, Some("A1")), (5, Some("B2"))]
        {
            log.observe(&report(toner, "F1", None, 100), at(seconds));
        }
        log.observe(&report(Some("B2"), "F2", None, 100), at(6));
        let mut usage = DetailedUsage::default();
        log.fill(&mut usage);
        let [unit] = &usage.crus[..] else { panic!("{:?}", usage.crus) };
        assert_eq!((unit.name.as_deref(), unit.replacements), (Some("Black Toner"), Some(1)));
        assert_eq!(unit.replaced_at, [at(5).into()]);
        let [part] = &usage.parts_replaced[..] else { panic!("{:?}", usage.parts_replaced) };
        assert_eq!((part.name.as_deref(), part.replaced_at), (Some("Finisher"), Some(at(6).into())));
    }

    #[test]
    fn a_supply_that_service_changes_is_a_part_with_its_number() {
        let mut log = UsageLog::default();
        for (seconds, serial) in [(1, "A1"), (2, "B2")] {
            let mut report = report(Some(serial), "F1", None, 100);
            let fuser = &mut report.supplies.supplies[0];
            fuser.replaceable_by = Some(ReplaceableBy::ServiceReplacable);
            fuser.part_number = Some("126K35550".into());
            log.observe(&report, at(seconds));
        }
        let mut usage = DetailedUsage::default();
        log.fill(&mut usage);
        let [part] = &usage.parts_replaced[..] else { panic!("{:?}", usage.parts_replaced) };
        assert_eq!((part.part_number.as_deref(), part.replaced_at), (Some("126K35550"), Some(at(2).into())));
        assert!(usage.crus.is_empty());
    }

    #[test]
    fn a_fault_that_is_gone_was_resolved_by_what_else_has_changed() {
        let mut log = UsageLog::default();
        log.observe(&report(Some("A"), "F", Some(8), 100), at(1));
        log.observe(&report(Some("A"), "F", None, 200), at(2));
        log.observe(&report(Some("A"), "F", Some(1102), 300), at(3));
        log.observe(&report(Some("B"), "F", None, 400), at(4));
        log.observe(&report(Some("B"), "F", Some(8), 500), at(5));
        log.observe(&report(Some("B"), "F", None, 20), at(6));
        // After 497 days sysUpTime begins again without a restart.
        log.observe(&report(Some("B"), "F", Some(8), 4_294_966_913), at(50_000_000));
        log.observe(&report(Some("B"), "F", None, 127), at(50_000_005));
        let mut usage = DetailedUsage::default();
        log.fill(&mut usage);
        let methods: Vec<_> =
            usage.resolutions.iter().map(|row| (row.resolved_at, row.method.clone().unwrap())).collect();
        assert_eq!(
            methods,
            [
                (Some(at(2)), FaultResolution::Unknown),
                (Some(at(4)), FaultResolution::PartReplaced),
                (Some(at(6)), FaultResolution::Restarted),
                (Some(at(50_000_005)), FaultResolution::Unknown)
            ]
        );
        assert_eq!(usage.resolutions[0].fault, AlertCode(8).to_string());
    }

    #[test]
    fn a_table_that_was_not_answered_resolves_nothing_and_the_memory_is_bounded() {
        let mut log = UsageLog::default();
        log.observe(&report(None, "F", Some(8), 1), at(1));
        let mut silent = report(None, "F", None, 2);
        silent.status.header.withhold("Alert", WithheldReason::NotAnswered);
        log.observe(&silent, at(2));
        assert!(log.resolutions.is_empty());
        for serial in 0..200 {
            log.observe(&report(Some(&format!("A{serial}")), &format!("F{serial}"), None, 3), at(serial));
        }
        assert!(log.parts.len() == MOST_KEPT && log.crus.values().all(|(_, at)| at.len() == MOST_KEPT));
        assert_eq!(log.crus.values().next().unwrap().0, 199);
    }
}
