//! prtOutputTable (Printer-MIB): bins.

use remote_services_core::device::{Identity, ModuleKind};
use remote_services_core::properties::{ComponentKind, OutputBin, OutputType, Properties};
use remote_services_core::status::{ComponentStatus, Status, SubUnitStatus};
use remote_services_core::supply::CapacityUnit;
use remote_services_snmp::oid;

use super::Reading;
use super::input::push_module;
use super::supplies::quality;
use crate::store::{Row, Table};
use crate::text::Charset;

/// 2 type, 3 unit, 4 maximum, 5 remaining, 6 status, 7 name, 10 version, 11 serial number, 12 description.
pub(crate) static TABLE: Table =
    Table { entry: oid!("1.3.6.1.2.1.43.9.2.1"), columns: &[2, 3, 4, 5, 6, 7, 10, 11, 12] };

/// A bin that has a serial number or a version of its own is a module; the table does not say of which kind.
pub(crate) fn fill_identity(reading: &Reading<'_>, identity: &mut Identity) {
    for row in reading.rows(&TABLE) {
        let name = name(&row, reading.charset);
        push_module(reading, identity, ModuleKind::Other, name, &TABLE, &row, (10, 11));
    }
}

pub(crate) fn fill_properties(reading: &Reading<'_>, properties: &mut Properties) {
    for (position, row) in reading.rows(&TABLE).iter().enumerate() {
        properties.output_bins.push(OutputBin {
            index: row.dotted(),
            name: name(row, reading.charset),
            output_type: row.number(2).map(OutputType::from_number),
            capacity: row.number(4),
            unit: row.number(3).map(CapacityUnit::from_number),
            quality: row.number(4).map(|capacity| quality(Some(capacity))),
        });
        reading.source_row(&mut properties.header, "OutputBin", position, &TABLE, row);
    }
    reading.check_rows(&mut properties.header, "OutputBin", &TABLE, properties.output_bins.len());
}

pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    for row in reading.rows(&TABLE).iter().filter(|row| row.cell(6).is_some()) {
        let position = status.components.len();
        status.components.push(ComponentStatus {
            kind: ComponentKind::OutputBin,
            index: row.dotted(),
            status: row.number(6).map(SubUnitStatus::of_sum).unwrap_or_default(),
            description: name(row, reading.charset),
            ..ComponentStatus::default()
        });
        reading.source_row(&mut status.header, "Component", position, &TABLE, row);
    }
}

fn name(row: &Row<'_>, charset: Charset) -> Option<String> {
    row.text(7, Charset::Unknown).or_else(|| row.text(12, charset))
}
