//! prtMarkerTable and prtMarkerColorantTable (Printer-MIB): print engines, their counts and colours.

use remote_services_core::counter::{ColorCounts, CounterUnit, Counters, MarkerCount};
use remote_services_core::properties::{ComponentKind, Marker, MarkingTechnology, Properties};
use remote_services_core::reading::{Header, Withheld, WithheldReason};
use remote_services_core::status::{ComponentStatus, Status, SubUnitStatus};
use remote_services_snmp::{Value, oid};

use super::Reading;
use crate::store::{Row, Table};

/// 2 technology, 3 counter unit, 4 life count, 5 power-on count, 6 process colorants, 15 status.
pub(crate) static TABLE: Table =
    Table { entry: oid!("1.3.6.1.2.1.43.10.2.1"), columns: &[2, 3, 4, 5, 6, 8, 9, 15] };
/// 4 value.
pub(crate) static COLORANTS: Table = Table { entry: oid!("1.3.6.1.2.1.43.12.1.1"), columns: &[4] };

pub(crate) fn fill_properties(reading: &Reading<'_>, properties: &mut Properties) {
    let rows = reading.rows(&TABLE);
    for (position, row) in rows.iter().enumerate() {
        properties.markers.push(Marker {
            index: row.dotted(),
            technology: row.number(2).map(MarkingTechnology::from_number),
            resolution: dots_per_inch(row.number(8), row.number(9)),
        });
        reading.source_row(&mut properties.header, "Marker", position, &TABLE, row);
    }
    reading.check_rows(&mut properties.header, "Marker", &TABLE, rows.len());
    for row in reading.rows(&COLORANTS) {
        if let Some(colorant) =
            row.text(4, reading.charset).filter(|name| !properties.colorants.contains(name))
        {
            let position = properties.colorants.len();
            properties.colorants.push(colorant);
            reading.source_row(&mut properties.header, "Colorant", position, &COLORANTS, &row);
        }
    }
    let most = rows.iter().filter_map(|row| row.number(6)).max();
    let (object, supported) = match (most, properties.colorants.len()) {
        (Some(2..), _) => (TABLE.column(6), true),
        (_, 2..) => (COLORANTS.column(4), true),
        (Some(1), _) => (TABLE.column(6), false),
        (_, 1) => (COLORANTS.column(4), false),
        _ => {
            let names = [TABLE.column(6), COLORANTS.column(4)];
            return reading.withhold(&mut properties.header, "ColorSupported", &names);
        }
    };
    properties.color_supported = Some(supported);
    properties.header.source("ColorSupported", object.to_string(), None);
}

pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    for row in reading.rows(&TABLE).iter().filter(|row| row.cell(15).is_some()) {
        let position = status.components.len();
        status.components.push(ComponentStatus {
            kind: ComponentKind::Marker,
            index: row.dotted(),
            status: row.number(15).map(SubUnitStatus::of_sum).unwrap_or_default(),
            ..ComponentStatus::default()
        });
        reading.source_row(&mut status.header, "Component", position, &TABLE, row);
    }
}

/// One life count and one power-on count a marker, never added up.
pub(crate) fn fill_counters(reading: &Reading<'_>, counters: &mut Counters) {
    let rows = reading.rows(&TABLE);
    for row in &rows {
        if let Some(count) =
            count(reading, &mut counters.header, row, 4, "LifeCount", counters.life_counts.len())
        {
            counters.life_counts.push(count);
        }
        let at = counters.power_on_counts.len();
        if let Some(count) = count(reading, &mut counters.header, row, 5, "PowerOnCount", at) {
            counters.power_on_counts.push(count);
        }
    }
    if !rows.iter().any(|row| row.cell(4).is_some()) {
        reading.withhold(&mut counters.header, "LifeCount", &[TABLE.column(4)]);
    }
    if !rows.iter().any(|row| row.cell(5).is_some()) {
        reading.withhold(&mut counters.header, "PowerOnCount", &[TABLE.column(5)]);
    }
    // Only a single engine that counts sides counts the sides of the whole device.
    if let ([only], [_]) = (counters.life_counts.as_slice(), rows.as_slice())
        && only.unit == CounterUnit::Impressions
    {
        counters.impressions = Some(ColorCounts { total: Some(only.value), ..ColorCounts::default() });
        counters.header.source(
            "Impressions/Total",
            TABLE.column(4).to_string(),
            only.marker.map(|m| m.to_string()),
        );
    } else {
        counters.header.withhold("Impressions", WithheldReason::NotSupported);
    }
}

/// A count with its unit. One that is negative, a time, more than a Counter32 can hold or without a unit is not a count,
/// and is withheld with what it was.
fn count(
    reading: &Reading<'_>,
    header: &mut Header,
    row: &Row<'_>,
    column: u32,
    element: &str,
    position: usize,
) -> Option<MarkerCount> {
    let raw = row.cell(column)?;
    let marker = row.last();
    let mut refuse = |detail: String| {
        let reason = WithheldReason::Error;
        header.withheld.push(Withheld { element: element.into(), reason, detail: Some(detail) });
        None
    };
    if matches!(raw, Value::TimeTicks(_)) {
        return refuse(format!("marker {marker}: a time is no count"));
    }
    let Some(value) = raw.as_u64() else {
        return refuse(match raw.as_i64() {
            Some(number) => format!("marker {marker}: {number} is no count"),
            None => format!("marker {marker}: not a number"),
        });
    };
    if u32::try_from(value).is_err() {
        return refuse(format!("marker {marker}: {value} is more than a Counter32 holds"));
    }
    let Some(unit) = row.number(3) else {
        return refuse(format!("marker {marker}: {value}, but no unit (prtMarkerCounterUnit)"));
    };
    reading.source_row(header, element, position, &TABLE, row);
    Some(MarkerCount { value, unit: CounterUnit::from_number(unit), marker: Some(u64::from(marker)) })
}

/// prtMarkerAddressabilityFeedDir: dots in 10,000 of prtMarkerAddressabilityUnit, so in an inch or in a centimetre.
fn dots_per_inch(unit: Option<i64>, dots: Option<i64>) -> Option<f64> {
    let dots = f64::from(i32::try_from(dots?).ok().filter(|dots| *dots > 0)?);
    match unit? {
        3 => Some(dots),
        4 => Some((dots * 25.4).round() / 10.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolution_is_dots_per_inch_in_either_unit() {
        assert_eq!(dots_per_inch(Some(3), Some(1_200)), Some(1_200.0));
        assert_eq!(dots_per_inch(Some(4), Some(236)), Some(599.4));
        for (unit, dots) in [(Some(3), Some(-2)), (Some(3), Some(0)), (Some(1), Some(600)), (None, Some(600))]
        {
            assert_eq!(dots_per_inch(unit, dots), None);
        }
    }
}
