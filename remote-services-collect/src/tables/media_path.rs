//! prtMediaPathTable (Printer-MIB): speed and duplex.

use remote_services_core::counter::CounterUnit;
use remote_services_core::properties::{ComponentKind, PrintSpeed, Properties};
use remote_services_core::status::{ComponentStatus, Status, SubUnitStatus};
use remote_services_snmp::oid;

use super::Reading;
use crate::store::Table;

/// 2 unit of the speed, 4 maximum speed, 9 type, 10 description, 11 status.
pub(crate) static TABLE: Table = Table { entry: oid!("1.3.6.1.2.1.43.13.4.1"), columns: &[2, 4, 9, 10, 11] };

pub(crate) fn fill_properties(reading: &Reading<'_>, properties: &mut Properties) {
    let rows = reading.rows(&TABLE);
    for row in &rows {
        // impressionsPerHour and the others have the numbers of what they count; 11 would be hours.
        if let (Some(unit @ (3..=9 | 16 | 17)), Some(speed @ 1..)) = (row.number(2), row.number(4)) {
            let position = properties.print_speeds.len();
            properties.print_speeds.push(PrintSpeed {
                value: per_minute(speed),
                unit: Some(CounterUnit::from_number(unit)),
                color: None,
            });
            reading.source_row(&mut properties.header, "PrintSpeed", position, &TABLE, row);
        }
    }
    if properties.print_speeds.is_empty() {
        reading.withhold(&mut properties.header, "PrintSpeed", &[TABLE.column(4)]);
    }
    let types: Vec<_> = rows.iter().filter_map(|row| row.number(9)).collect();
    // longEdgeBindingDuplex 3, shortEdgeBindingDuplex 4, simplex 5; other and unknown say nothing.
    properties.duplex_supported = match types.as_slice() {
        types if types.iter().any(|kind| matches!(kind, 3 | 4)) => Some(true),
        [] => None,
        types if types.iter().all(|kind| *kind == 5) => Some(false),
        _ => None,
    };
    match properties.duplex_supported {
        Some(_) => properties.header.source("DuplexSupported", TABLE.column(9).to_string(), None),
        None => reading.withhold(&mut properties.header, "DuplexSupported", &[TABLE.column(9)]),
    }
}

pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    for row in reading.rows(&TABLE).iter().filter(|row| row.cell(11).is_some()) {
        let position = status.components.len();
        status.components.push(ComponentStatus {
            kind: ComponentKind::MediaPath,
            index: row.dotted(),
            status: row.number(11).map(SubUnitStatus::of_sum).unwrap_or_default(),
            description: row.text(10, reading.charset),
            ..ComponentStatus::default()
        });
        reading.source_row(&mut status.header, "Component", position, &TABLE, row);
    }
}

/// From a speed per hour, to one decimal.
fn per_minute(per_hour: i64) -> f64 {
    let tenths = i32::try_from(per_hour.saturating_mul(10) / 60).unwrap_or(i32::MAX);
    f64::from(tenths) / 10.0
}
