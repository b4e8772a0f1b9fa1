//! prtInputTable (Printer-MIB): trays and what is in them.

use remote_services_core::device::{Identity, Module, ModuleKind};
use remote_services_core::properties::{ComponentKind, InputTray, InputType, Properties};
use remote_services_core::reading::{Withheld, WithheldReason};
use remote_services_core::status::{ComponentStatus, Status, SubUnitStatus};
use remote_services_core::supply::{CapacityUnit, LevelQuality, Paper, Supplies};
use remote_services_snmp::{Oid, oid};
use std::collections::BTreeMap;

use super::Reading;
use super::supplies::quality;
use crate::store::{Row, Table};
use crate::text::Charset;

/// 2 type, 8 unit, 9 maximum, 10 level, 11 status, 12 media name, 13 name, 16 version, 17 serial number,
/// 18 description, 21 media type.
pub(crate) static TABLE: Table =
    Table { entry: TABLE_ENTRY, columns: &[2, 8, 9, 10, 11, 12, 13, 16, 17, 18, 21] };
pub(crate) const TABLE_ENTRY: Oid = oid!("1.3.6.1.2.1.43.8.2.1");

/// Names of the trays by their number.
pub(crate) fn names(reading: &Reading<'_>) -> BTreeMap<u32, String> {
    let rows = reading.rows(&TABLE);
    rows.iter().filter_map(|row| Some((row.last(), name(row, reading.charset)?))).collect()
}

/// A tray that has a serial number or a version of its own is a module.
pub(crate) fn fill_identity(reading: &Reading<'_>, identity: &mut Identity) {
    for row in reading.rows(&TABLE) {
        let name = name(&row, reading.charset);
        push_module(reading, identity, ModuleKind::Feeder, name, &TABLE, &row, (16, 17));
    }
}

/// Adds a module where these columns, version and serial number, hold more than words such as `N/A`.
pub(crate) fn push_module(
    reading: &Reading<'_>,
    identity: &mut Identity,
    kind: ModuleKind,
    name: Option<String>,
    table: &Table,
    row: &Row<'_>,
    (version, serial): (u32, u32),
) {
    let told = |column| {
        let text = row.text(column, Charset::Unknown)?;
        text.contains(|c: char| c.is_ascii_digit()).then_some(text)
    };
    // some agents repeat the device's own number in every row
    let own = |serial: &String| Some(serial) != identity.serial_number.as_ref();
    let (version, serial_number) = (told(version), told(serial).filter(own));
    if version.is_some() || serial_number.is_some() {
        let position = identity.modules.len();
        identity.modules.push(Module { name, kind, version, serial_number, installed_at: None });
        reading.source_row(&mut identity.header, "Module", position, table, row);
    }
}

pub(crate) fn fill_properties(reading: &Reading<'_>, properties: &mut Properties) {
    for (position, row) in reading.rows(&TABLE).iter().enumerate() {
        properties.input_trays.push(InputTray {
            index: row.dotted(),
            name: name(row, reading.charset),
            input_type: row.number(2).map(InputType::from_number),
            capacity: row.number(9),
            unit: row.number(8).map(CapacityUnit::from_number),
            quality: row.number(9).map(|capacity| quality(Some(capacity))),
        });
        reading.source_row(&mut properties.header, "InputTray", position, &TABLE, row);
    }
    reading.check_rows(&mut properties.header, "InputTray", &TABLE, properties.input_trays.len());
}

pub(crate) fn fill_supplies(reading: &Reading<'_>, supplies: &mut Supplies) {
    for (position, row) in reading.rows(&TABLE).iter().enumerate() {
        let (max_capacity, level) = (row.number(9), row.number(10));
        let nothing = max_capacity == Some(0) && level == Some(0);
        let here = format!("Paper[{}]/Level", position + 1);
        supplies.paper.push(Paper {
            tray: name(row, reading.charset).unwrap_or_else(|| row.dotted()),
            max_capacity,
            level,
            unit: row.number(8).map(CapacityUnit::from_number),
            quality: if nothing { LevelQuality::Unknown } else { quality(level) },
            media_name: row.text(12, reading.charset),
            media_type: row.text(21, Charset::Unknown),
        });
        reading.source_row(&mut supplies.header, "Paper", position, &TABLE, row);
        if level.is_none() {
            reading.withhold_cell(&mut supplies.header, here, &TABLE, row, 10);
        } else if let (Some(level), Some(max @ 1..)) = (level, max_capacity)
            && level > max
        {
            supplies.header.withheld.push(Withheld {
                element: here,
                reason: WithheldReason::Error,
                detail: Some(format!("the level {level} is beyond the capacity {max}")),
            });
        } else if nothing {
            supplies.header.withheld.push(Withheld {
                element: here,
                reason: WithheldReason::NotSupported,
                detail: Some("capacity and level are 0: nothing was measured".into()),
            });
        }
    }
    reading.check_rows(&mut supplies.header, "Paper", &TABLE, supplies.paper.len());
}

pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    for row in reading.rows(&TABLE).iter().filter(|row| row.cell(11).is_some()) {
        let position = status.components.len();
        status.components.push(ComponentStatus {
            kind: ComponentKind::InputTray,
            index: row.dotted(),
            status: row.number(11).map(SubUnitStatus::of_sum).unwrap_or_default(),
            description: name(row, reading.charset),
            ..ComponentStatus::default()
        });
        reading.source_row(&mut status.header, "Component", position, &TABLE, row);
    }
}

/// prtInputName where the agent has one (RFC 1759 agents do not), else prtInputDescription.
fn name(row: &Row<'_>, charset: Charset) -> Option<String> {
    row.text(13, Charset::Unknown).or_else(|| row.text(18, charset))
}
