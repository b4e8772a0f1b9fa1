//! Prints, scans, power and incidents: from the counters of services, PWG 5106.3 and the alert table.

use remote_services_core::counter::{ColorCounts, Persistence, ServiceType, WorkCounters, WorkType};
use remote_services_core::device::DeviceReport;
use remote_services_core::job::ColorMode;
use remote_services_core::time::DateTime;
use remote_services_core::usage::{
    DetailedUsage, Incident, PowerState, PowerStateUsage, PowerUsage, PrintUsage, Resolution,
    ScanDestination, ScanUsage,
};

use super::{ALERTS, source};
use crate::tables::{Reading, imaging};

pub(super) fn fill(reading: &Reading<'_>, report: &DeviceReport, usage: &mut DetailedUsage) {
    for service in &report.counters.services {
        let whole = |work: &&WorkCounters| {
            work.work_type == WorkType::WorkTotals && work.persistence == Persistence::Lifetime
        };
        for work in service.work.iter().filter(whole) {
            prints(&service.service_type, work, usage);
            scans(&service.service_type, work, usage);
        }
    }
    if let Some((seconds, row)) = imaging::powered_seconds(reading) {
        let on = PowerStateUsage { state: PowerState::On, time: Some(seconds), transitions: None };
        usage.power = Some(PowerUsage { states: vec![on], ..PowerUsage::default() });
        source(&mut usage.header, "Power/Usage", 1, &imaging::POWERED, Some(row));
    }
    incidents(report, usage);
}

/// The colours that a service counts apart, or all work where it does not.
fn colors(counts: &ColorCounts) -> Vec<(Option<ColorMode>, u64)> {
    let apart = [
        (Some(ColorMode::Monochrome), counts.monochrome),
        (Some(ColorMode::Color), counts.full_color),
        (Some(ColorMode::Highlight), counts.highlight_color),
    ];
    let apart: Vec<_> = apart.into_iter().filter_map(|(mode, count)| Some((mode, count?))).collect();
    if apart.is_empty() { counts.total.map(|total| (None, total)).into_iter().collect() } else { apart }
}

fn prints(service: &ServiceType, work: &WorkCounters, usage: &mut DetailedUsage) {
    let none = ColorCounts::default();
    let impressions = colors(work.impressions.as_ref().unwrap_or(&none));
    let sheets = colors(work.sheets.as_ref().unwrap_or(&none));
    let mut modes: Vec<Option<ColorMode>> =
        impressions.iter().chain(&sheets).map(|(mode, _)| mode.clone()).collect();
    modes.dedup();
    for (at, mode) in modes.iter().enumerate() {
        if modes[..at].contains(mode) {
            continue;
        }
        let of = |counts: &[(Option<ColorMode>, u64)]| {
            counts.iter().find(|(known, _)| known == mode).map(|(_, count)| *count)
        };
        usage.print.push(PrintUsage {
            label: Some(service.to_string()),
            color: mode.clone(),
            impressions: of(&impressions),
            sheets: of(&sheets),
            ..PrintUsage::default()
        });
        let element = format!("Print[{}]", usage.print.len());
        usage.header.source(element, BY_COUNTER, None);
    }
}

fn scans(service: &ServiceType, work: &WorkCounters, usage: &mut DetailedUsage) {
    let Some(images) = &work.images else { return };
    let destination = match service {
        ServiceType::EmailOut => Some(ScanDestination::Email),
        ServiceType::NetworkFaxOut => Some(ScanDestination::InternetFax),
        _ => None,
    };
    for (color, count) in colors(images) {
        usage.scan.push(ScanUsage {
            label: Some(service.to_string()),
            color,
            destination: destination.clone(),
            images: Some(count),
            ..ScanUsage::default()
        });
        let element = format!("Scan[{}]", usage.scan.len());
        usage.header.source(element, BY_COUNTER, None);
    }
}

/// Alerts in force and faults of the past by their code. How often one was seen only a counter can say: a list of the
/// past has an end.
fn incidents(report: &DeviceReport, usage: &mut DetailedUsage) {
    let status = &report.status;
    let alerts = status.alerts.iter().filter(|alert| alert.code.0 != REMOVAL);
    let alerts = alerts.map(|alert| (alert.code.to_string(), alert.raised_at.map(DateTime::from)));
    let faults = status.fault_history.iter().flat_map(|history| &history.faults);
    let faults = faults.map(|fault| (fault.code.clone(), fault.occurred_at));
    for (code, at) in alerts.chain(faults) {
        match usage.incidents.iter_mut().find(|known| known.code == code) {
            Some(known) => {
                let later =
                    at.filter(|at| known.last_at.is_none_or(|known| known.as_written() < at.as_written()));
                known.last_at = later.or(known.last_at);
            }
            None => {
                usage.incidents.push(Incident { code, count: None, last_at: at });
                source(&mut usage.header, "Incident", usage.incidents.len(), &ALERTS, None);
            }
        }
    }
    for removal in status.alerts.iter().filter(|alert| alert.code.0 == REMOVAL) {
        // RFC 3805, alertRemovalOfBinaryChangeEntry: the index of the alert that went away.
        let Some(gone) = removal.group_index.filter(|index| *index > 0) else { continue };
        usage.resolutions.push(Resolution {
            fault: gone.to_string(),
            resolved_at: removal.raised_at,
            method: None,
        });
        source(
            &mut usage.header,
            "FaultResolution",
            usage.resolutions.len(),
            &ALERTS,
            Some(removal.index.to_string()),
        );
    }
}

const BY_COUNTER: &str = "rule:service-counter";
/// alertRemovalOfBinaryChangeEntry of PrtAlertCodeTC.
pub(super) const REMOVAL: i64 = 1801;
