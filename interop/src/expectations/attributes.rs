//! Where each attribute stands in the model: the raw values of the recording, read plainly.
use remote_services_core::device::DeviceReport;
use remote_services_core::properties::ComponentKind;
use remote_services_core::status::{DetectedError, DeviceStatus, PrinterStatus, SubUnitStatus};

use super::Verdict;
use super::others::{glpi, librenms};
use super::rows::{SKIP, bits_of, contains, row, row_of, same, supply};

/// Judges the report by one expectation.
pub(super) fn compare(report: &DeviceReport, attribute: &str, expected: &str) -> Verdict {
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
        "prtGeneralPrinterName" => text(&identity.printer_name),
        "sysLocation" => text(&identity.location),
        // The model, or where that names none, a part of the host.
        "hrDeviceDescr" => match text(&identity.make_and_model) {
            Verdict::Same => Verdict::Same,
            other => {
                let part = report.properties.components.iter().find(|part| part.index == index);
                let told = part.and_then(|part| part.description.as_deref());
                if told == Some(expected.trim()) { Verdict::Same } else { other }
            }
        },
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
                    let kind = ComponentKind::InputTray;
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
        _ => Verdict::NotCompared("an attribute of this name is not known here"),
    }
}
