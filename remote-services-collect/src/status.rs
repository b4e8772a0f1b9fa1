//! The state of a printer in one word, as RFC 3805 combines it.
//!
//! RFC 3805 §2.2.13.2 and RFC 2790 (hrPrinterStatus, hrPrinterDetectedErrorState) give this table:
//!
//! | hrDeviceStatus | hrPrinterStatus | bits of hrPrinterDetectedErrorState | state |
//! | --- | --- | --- | --- |
//! | running | idle | none | ready |
//! | running | printing | none | busy |
//! | running | other | none | standby: sleeping |
//! | running, down | warmup | any | warming up |
//! | warning | idle, printing | low paper, low toner, … | non-critical alert: warning |
//! | warning | idle, printing | offline | moving off-line: warning |
//! | down | other | jammed, no paper, … or offline | critical alert, off-line: stopped |
//!
//! Devices stray from it, so what is left is decided thus. hrDeviceStatus is believed where it says warning or
//! down. Where it says running while bits are set, the device works and wants attention: warning; unless
//! hrPrinterStatus does not say that it works either and a bit that stops work is set. Where hrDeviceStatus is
//! missing or unknown, hrPrinterStatus, the bits and critical alerts decide. Alerts alone do not overrule a device that says
//! it is running and idle: many leave rows of old events in their table.

use remote_services_core::status::{
    AlertSeverity, DetectedError, DeviceStatus, OverallStatus, PrinterStatus, Status,
};

/// The state in one word, by all that the status holds.
#[must_use]
pub fn overall(status: &Status) -> OverallStatus {
    let printer = status.printer_status.as_ref();
    let attention = !status.detected_errors.is_empty();
    let works = matches!(printer, Some(PrinterStatus::Idle | PrinterStatus::Printing));
    let stops = status.detected_errors.iter().any(stops_work) && !works;
    match status.device_status.as_ref() {
        Some(DeviceStatus::Running | DeviceStatus::Down) if printer == Some(&PrinterStatus::Warmup) => {
            OverallStatus::WarmingUp
        }
        Some(DeviceStatus::Down) => OverallStatus::Stopped,
        Some(DeviceStatus::Testing) => OverallStatus::Busy,
        Some(DeviceStatus::Running | DeviceStatus::Warning) if stops => OverallStatus::Stopped,
        Some(DeviceStatus::Warning) => OverallStatus::Warning,
        Some(DeviceStatus::Running) if attention => OverallStatus::Warning,
        Some(DeviceStatus::Running) => match printer {
            Some(PrinterStatus::Printing) => OverallStatus::Busy,
            Some(PrinterStatus::Other) => OverallStatus::Sleeping,
            _ => OverallStatus::Ready,
        },
        _ => without_device_status(status, stops, attention),
    }
}

fn without_device_status(status: &Status, stops: bool, attention: bool) -> OverallStatus {
    let critical = status.alerts.iter().any(|alert| alert.severity == AlertSeverity::Critical);
    let warning = status.alerts.iter().any(|alert| {
        matches!(alert.severity, AlertSeverity::Warning | AlertSeverity::WarningBinaryChangeEvent)
    });
    match status.printer_status {
        _ if stops => OverallStatus::Stopped,
        Some(PrinterStatus::Warmup) => OverallStatus::WarmingUp,
        Some(PrinterStatus::Idle | PrinterStatus::Printing) if attention => OverallStatus::Warning,
        Some(PrinterStatus::Idle) => OverallStatus::Ready,
        Some(PrinterStatus::Printing) => OverallStatus::Busy,
        _ if critical => OverallStatus::Stopped,
        _ if attention || warning => OverallStatus::Warning,
        _ => OverallStatus::Unknown,
    }
}

/// Whether no page comes out while this bit is set.
fn stops_work(error: &DetectedError) -> bool {
    matches!(
        error,
        DetectedError::NoPaper
            | DetectedError::NoToner
            | DetectedError::DoorOpen
            | DetectedError::Jammed
            | DetectedError::Offline
            | DetectedError::InputTrayMissing
            | DetectedError::OutputTrayMissing
            | DetectedError::MarkerSupplyMissing
            | DetectedError::OutputFull
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::status::Alert;

    fn of(
        device: Option<DeviceStatus>,
        printer: Option<PrinterStatus>,
        errors: &[DetectedError],
    ) -> OverallStatus {
        overall(&Status {
            device_status: device,
            printer_status: printer,
            detected_errors: errors.to_vec(),
            ..Status::default()
        })
    }

    #[test]
    fn the_table_of_rfc_3805() {
        use DeviceStatus::{Down, Running, Warning};
        use PrinterStatus::{Idle, Other, Printing, Warmup};
        assert_eq!(of(Some(Running), Some(Idle), &[]), OverallStatus::Ready);
        assert_eq!(of(Some(Running), Some(Printing), &[]), OverallStatus::Busy);
        assert_eq!(of(Some(Running), Some(Other), &[]), OverallStatus::Sleeping);
        assert_eq!(of(Some(Running), Some(Warmup), &[]), OverallStatus::WarmingUp);
        assert_eq!(of(Some(Down), Some(Warmup), &[]), OverallStatus::WarmingUp);
        assert_eq!(of(Some(Warning), Some(Idle), &[DetectedError::LowPaper]), OverallStatus::Warning);
        assert_eq!(of(Some(Warning), Some(Printing), &[DetectedError::Offline]), OverallStatus::Warning);
        assert_eq!(of(Some(Down), Some(Other), &[DetectedError::Jammed]), OverallStatus::Stopped);
        assert_eq!(of(Some(Down), Some(Other), &[]), OverallStatus::Stopped);
    }

    /// What is asked of the two states, the bits and the alerts, and the outcome: the first row that fits decides. `None` is
    /// anything.
    struct Row {
        device: &'static [Option<DeviceStatus>],
        printer: &'static [Option<PrinterStatus>],
        bits: Bits,
        alerts: Option<AlertSeverity>,
        outcome: OverallStatus,
    }

    #[derive(PartialEq)]
    enum Bits {
        Any,
        Some,
        Stopping,
    }

    const KNOWN: &[Option<DeviceStatus>] = &[
        Some(DeviceStatus::Running),
        Some(DeviceStatus::Warning),
        Some(DeviceStatus::Testing),
        Some(DeviceStatus::Down),
    ];
    const IDLE: Option<PrinterStatus> = Some(PrinterStatus::Idle);
    const PRINTING: Option<PrinterStatus> = Some(PrinterStatus::Printing);
    const WARMUP: Option<PrinterStatus> = Some(PrinterStatus::Warmup);
    const OTHER: Option<PrinterStatus> = Some(PrinterStatus::Other);
    const NOT_WORKING: &[Option<PrinterStatus>] = &[None, OTHER, Some(PrinterStatus::Unknown), WARMUP];

    fn row(
        device: &'static [Option<DeviceStatus>],
        printer: &'static [Option<PrinterStatus>],
        bits: Bits,
        outcome: OverallStatus,
    ) -> Row {
        Row { device, printer, bits, alerts: None, outcome }
    }

    fn table() -> Vec<Row> {
        use OverallStatus::{Busy, Ready, Sleeping, Stopped, Unknown, WarmingUp, Warning};
        const RUNNING: &[Option<DeviceStatus>] = &[Some(DeviceStatus::Running)];
        const DOWN: &[Option<DeviceStatus>] = &[Some(DeviceStatus::Down)];
        const WARNING: &[Option<DeviceStatus>] = &[Some(DeviceStatus::Warning)];
        const ANY: &[Option<DeviceStatus>] = &[];
        vec![
            row(RUNNING, &[WARMUP], Bits::Any, WarmingUp),
            row(DOWN, &[WARMUP], Bits::Any, WarmingUp),
            row(DOWN, &[], Bits::Any, Stopped),
            row(&[Some(DeviceStatus::Testing)], &[], Bits::Any, Busy),
            row(RUNNING, NOT_WORKING, Bits::Stopping, Stopped),
            row(WARNING, NOT_WORKING, Bits::Stopping, Stopped),
            row(WARNING, &[], Bits::Any, Warning),
            row(RUNNING, &[], Bits::Some, Warning),
            row(RUNNING, &[PRINTING], Bits::Any, Busy),
            row(RUNNING, &[OTHER], Bits::Any, Sleeping),
            row(RUNNING, &[], Bits::Any, Ready),
            // From here on hrDeviceStatus says nothing.
            row(ANY, NOT_WORKING, Bits::Stopping, Stopped),
            row(ANY, &[WARMUP], Bits::Any, WarmingUp),
            row(ANY, &[IDLE, PRINTING], Bits::Some, Warning),
            row(ANY, &[IDLE], Bits::Any, Ready),
            row(ANY, &[PRINTING], Bits::Any, Busy),
            Row { alerts: Some(AlertSeverity::Critical), ..row(ANY, &[], Bits::Any, Stopped) },
            row(ANY, &[], Bits::Some, Warning),
            Row { alerts: Some(AlertSeverity::Warning), ..row(ANY, &[], Bits::Any, Warning) },
            row(ANY, &[], Bits::Any, Unknown),
        ]
    }

    /// Bits of hrPrinterDetectedErrorState with which no page comes out (RFC 2790).
    const STOPPING: [i64; 9] = [1, 3, 4, 5, 6, 8, 9, 10, 12];

    #[test]
    fn every_combination_of_states_bits_and_alerts_has_its_row() {
        let table = table();
        let devices = [None, Some(DeviceStatus::Unknown)].into_iter().chain(KNOWN.iter().cloned());
        let printers = [None, OTHER, Some(PrinterStatus::Unknown), IDLE, PRINTING, WARMUP];
        let mut combinations = 0;
        for device in devices {
            for printer in &printers {
                for bit in -1_i64..15 {
                    for alert in [None, Some(AlertSeverity::Warning), Some(AlertSeverity::Critical)] {
                        let errors: Vec<_> =
                            (bit >= 0).then(|| DetectedError::from_number(bit)).into_iter().collect();
                        let alerts = alert
                            .iter()
                            .map(|severity| Alert { severity: severity.clone(), ..Alert::default() });
                        let status = Status {
                            device_status: device.clone(),
                            printer_status: printer.clone(),
                            detected_errors: errors,
                            alerts: alerts.collect(),
                            ..Status::default()
                        };
                        let fits = |row: &&Row| {
                            (row.device.is_empty() || row.device.contains(&device))
                                && (row.printer.is_empty() || row.printer.contains(printer))
                                && (row.bits != Bits::Some || bit >= 0)
                                && (row.bits != Bits::Stopping || STOPPING.contains(&bit))
                                && (row.alerts.is_none() || row.alerts == alert)
                        };
                        let expected = table.iter().find(fits).map(|row| row.outcome.clone());
                        assert_eq!(
                            Some(overall(&status)),
                            expected,
                            "{device:?} {printer:?} bit {bit} {alert:?}"
                        );
                        combinations += 1;
                    }
                }
            }
        }
        assert_eq!(combinations, 6 * 6 * 16 * 3);
    }

    #[test]
    fn one_empty_tray_does_not_stop_a_device_that_says_it_works() {
        use {DeviceStatus::Running, PrinterStatus::Idle};
        assert_eq!(of(Some(Running), Some(Idle), &[DetectedError::NoPaper]), OverallStatus::Warning);
        assert_eq!(of(Some(Running), None, &[DetectedError::NoPaper]), OverallStatus::Stopped);
    }

    #[test]
    fn devices_that_say_little_are_judged_by_what_they_say() {
        assert_eq!(of(None, None, &[]), OverallStatus::Unknown);
        assert_eq!(of(Some(DeviceStatus::Running), None, &[]), OverallStatus::Ready);
        assert_eq!(of(None, Some(PrinterStatus::Idle), &[]), OverallStatus::Ready);
        assert_eq!(of(Some(DeviceStatus::Unknown), None, &[DetectedError::Jammed]), OverallStatus::Stopped);
        assert_eq!(of(None, None, &[DetectedError::LowToner]), OverallStatus::Warning);
    }

    #[test]
    fn alerts_decide_only_where_the_status_objects_say_nothing() {
        let alert = |severity| Alert { severity, ..Alert::default() };
        let mut status = Status { alerts: vec![alert(AlertSeverity::Critical)], ..Status::default() };
        assert_eq!(overall(&status), OverallStatus::Stopped);
        status.alerts = vec![alert(AlertSeverity::Warning)];
        assert_eq!(overall(&status), OverallStatus::Warning);
        status.device_status = Some(DeviceStatus::Running);
        status.printer_status = Some(PrinterStatus::Idle);
        assert_eq!(overall(&status), OverallStatus::Ready);
    }
}
