//! finDeviceTable, finSupplyTable and finDeviceAttributeTable (Finisher-MIB, RFC 3806): what staples, folds and cuts.

use remote_services_core::device::{Identity, Module, ModuleKind};
use remote_services_core::properties::{
    Component, ComponentKind, Finisher, FinisherType, Finishing, Properties,
};
use remote_services_core::status::{ComponentStatus, Status, SubUnitStatus};
use remote_services_core::supply::{
    LevelQuality, Supplies, Supply, SupplyCategory, SupplyClass, SupplyType, SupplyUnit,
};
use remote_services_snmp::oid;

use super::Reading;
use super::supplies::{hint_beyond, quality, remaining, state_of_level};
use crate::store::Table;
use crate::text::{self, Charset};

/// 2 type, 3 present, 9 status, 10 description.
pub(crate) static DEVICES: Table = Table { entry: oid!("1.3.6.1.2.1.43.30.1.1"), columns: &[2, 3, 9, 10] };
/// 3 class, 4 type, 5 description, 6 unit, 7 maximum, 8 level, 9 colour.
pub(crate) static SUPPLIES: Table =
    Table { entry: oid!("1.3.6.1.2.1.43.31.1.1"), columns: &[3, 4, 5, 6, 7, 8, 9] };
/// 3 number, 4 octets; indexed by the finisher, the attribute and its instance.
pub(crate) static ATTRIBUTES: Table = Table { entry: oid!("1.3.6.1.2.1.43.33.1.1"), columns: &[3, 4] };

/// PresentOnOff: notPresent(5) is a row for what could be there.
const NOT_PRESENT: i64 = 5;

/// FinAttributeTypeTC (IANA-FINISHER-MIB).
const VENDOR_NAME: u32 = 4;
const VERSION: u32 = 6;
const SERIAL_NUMBER: u32 = 7;

/// A finisher that tells a serial number or version of its own is a module.
pub(crate) fn fill_identity(reading: &Reading<'_>, identity: &mut Identity) {
    for row in reading.rows(&DEVICES) {
        let attribute = |kind: u32| {
            let column = ATTRIBUTES.column(4).extend(&[reading.device?, row.last(), kind]).ok()?;
            let (_, value) = reading.store.below(&column).next()?;
            Some(text::decode(value.as_bytes()?, reading.charset)).filter(|text| !text.is_empty())
        };
        let (version, serial_number) = (attribute(VERSION), attribute(SERIAL_NUMBER));
        if version.is_some() || serial_number.is_some() {
            let position = identity.modules.len();
            let name = row.text(10, reading.charset).or_else(|| attribute(VENDOR_NAME));
            let kind = ModuleKind::Finisher;
            identity.modules.push(Module { name, kind, version, serial_number, installed_at: None });
            reading.source_row(&mut identity.header, "Module", position, &DEVICES, &row);
        }
    }
}

pub(crate) fn fill_properties(reading: &Reading<'_>, properties: &mut Properties) {
    let rows = reading.rows(&DEVICES);
    for row in rows.iter().filter(|row| row.number(3) != Some(NOT_PRESENT)) {
        let finisher_type = row.number(2).map(FinisherType::from_number);
        let description = row.text(10, reading.charset);
        let mut options: Vec<Finishing> = finisher_type.iter().filter_map(option_of_type).collect();
        for attribute in reading.rows(&ATTRIBUTES) {
            let [finisher, kind, ..] = attribute.index[..] else { continue };
            if finisher == row.last()
                && let Some(option) = option_of_attribute(kind, attribute.number(3))
                && !options.contains(&option)
            {
                options.push(option);
            }
        }
        let position = properties.finishers.len();
        properties.finishers.push(Finisher { finisher_type, description: description.clone(), options });
        reading.source_row(&mut properties.header, "Finisher", position, &DEVICES, row);
        let position = properties.components.len();
        let (kind, index) = (ComponentKind::Finisher, row.dotted());
        properties.components.push(Component { kind, index, description, identifier: None });
        reading.source_row(&mut properties.header, "Component", position, &DEVICES, row);
    }
    reading.check_rows(&mut properties.header, "Finisher", &DEVICES, properties.finishers.len());
}

pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    let told = |row: &crate::store::Row<'_>| row.cell(9).is_some() && row.number(3) != Some(NOT_PRESENT);
    for row in reading.rows(&DEVICES).iter().filter(|row| told(row)) {
        let position = status.components.len();
        status.components.push(ComponentStatus {
            kind: ComponentKind::Finisher,
            index: row.dotted(),
            status: row.number(9).map(SubUnitStatus::of_sum).unwrap_or_default(),
            description: row.text(10, reading.charset),
            ..ComponentStatus::default()
        });
        reading.source_row(&mut status.header, "Component", position, &DEVICES, row);
    }
}

/// Staples, wire and glue, after the supplies of the markers.
pub(crate) fn fill_supplies(reading: &Reading<'_>, supplies: &mut Supplies) {
    for row in reading.rows(&SUPPLIES) {
        let class = row.number(3).map(SupplyClass::from_number);
        let unit = row.number(6).map(SupplyUnit::from_number);
        let (max_capacity, level) = (row.number(7), row.number(8));
        let quality = quality(level);
        let measured = quality == LevelQuality::Measured;
        let percent = measured.then(|| remaining(level, max_capacity, unit.as_ref())).flatten();
        let filled = class == Some(SupplyClass::ReceptacleThatIsFilled);
        let position = supplies.supplies.len();
        hint_beyond(&mut supplies.header, position, level, max_capacity, unit.as_ref());
        supplies.supplies.push(Supply {
            index: format!("finisher.{}", row.dotted()),
            category: SupplyCategory::Finishing,
            state: Some(state_of_level(&quality, percent, filled)),
            class: class.unwrap_or_default(),
            supply_type: row.number(4).map(SupplyType::from_number).unwrap_or_default(),
            name: row.text(5, reading.charset),
            colorant: row.text(9, Charset::Unknown),
            unit: unit.unwrap_or_default(),
            max_capacity,
            level,
            quality,
            remaining_percent: percent,
            ..Supply::default()
        });
        reading.source_row(&mut supplies.header, "Supply", position, &SUPPLIES, &row);
    }
}

/// What a finisher of this type does to a set, whatever else it says.
fn option_of_type(finisher: &FinisherType) -> Option<Finishing> {
    Some(match finisher {
        FinisherType::Stitcher => Finishing::Staple,
        FinisherType::Folder => Finishing::Fold,
        FinisherType::Binder => Finishing::Bind,
        FinisherType::Trimmer => Finishing::Trim,
        FinisherType::Puncher => Finishing::Punch,
        _ => return None,
    })
}

/// FinAttributeTypeTC and, for stitching, FinStitchingTypeTC.
fn option_of_attribute(kind: u32, value: Option<i64>) -> Option<Finishing> {
    Some(match (kind, value) {
        (30, Some(8)) => Finishing::SaddleStitch,
        (30, Some(4..=10)) => Finishing::Staple,
        (40, Some(_)) => Finishing::Fold,
        (50, Some(_)) => Finishing::Bind,
        (80 | 83, Some(_)) => Finishing::Punch,
        (100, Some(_)) => Finishing::Trim,
        (161, Some(1..)) => Finishing::Offset,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{ReadContext, build};
    use crate::samples;

    const STAPLER: &str = "\
        1.3.6.1.2.1.25.3.2.1.2.3|6|1.3.6.1.2.1.25.3.1.5
        1.3.6.1.2.1.43.30.1.1.2.3.1|2|3
        1.3.6.1.2.1.43.30.1.1.3.3.1|2|3
        1.3.6.1.2.1.43.30.1.1.9.3.1|2|8
        1.3.6.1.2.1.43.30.1.1.10.3.1|4|Booklet finisher
        1.3.6.1.2.1.43.30.1.1.2.3.2|2|8
        1.3.6.1.2.1.43.30.1.1.3.3.2|2|5
        1.3.6.1.2.1.43.31.1.1.3.3.1|2|3
        1.3.6.1.2.1.43.31.1.1.4.3.1|2|32
        1.3.6.1.2.1.43.31.1.1.5.3.1|4|Staples
        1.3.6.1.2.1.43.31.1.1.6.3.1|2|18
        1.3.6.1.2.1.43.31.1.1.7.3.1|2|5000
        1.3.6.1.2.1.43.31.1.1.8.3.1|2|250
        1.3.6.1.2.1.43.33.1.1.3.3.1.30.1|2|8
        1.3.6.1.2.1.43.33.1.1.3.3.1.40.1|2|3
        1.3.6.1.2.1.43.33.1.1.4.3.1.7.1|4|FIN-00017";

    #[test]
    fn a_finisher_has_options_a_state_a_serial_number_and_supplies() {
        let report = build(&samples::store(STAPLER), &ReadContext::default());
        let [finisher] = &report.properties.finishers[..] else {
            panic!("what is not present is no finisher")
        };
        assert_eq!(finisher.finisher_type, Some(FinisherType::Stitcher));
        assert_eq!(finisher.options, [Finishing::Staple, Finishing::SaddleStitch, Finishing::Fold]);
        let part = report.status.components.iter().find(|part| part.kind == ComponentKind::Finisher).unwrap();
        assert_eq!(SubUnitStatus::sum(&part.status), Some(8));
        let module =
            report.identity.modules.iter().find(|module| module.kind == ModuleKind::Finisher).unwrap();
        assert_eq!(module.serial_number.as_deref(), Some("FIN-00017"));
        let [staples] = &report.supplies.supplies[..] else { panic!("one supply") };
        assert_eq!((&staples.category, staples.remaining_percent), (&SupplyCategory::Finishing, Some(5.0)));
        assert_eq!(staples.index, "finisher.1");
    }
}
