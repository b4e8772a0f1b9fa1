//! What a maker's meters say, as billing meters under the maker's labels and, where a rule says which, as counters of the
//! model.

use remote_services_core::counter::{
    BillingMeter, ColorCounts, CounterUnit, Counters, LargeCounts, Persistence, ServiceCounters, ServiceType,
    WorkCounters, WorkType,
};
use remote_services_core::reading::{Withheld, WithheldReason};
use remote_services_snmp::{Oid, Value};
use std::collections::{BTreeMap, BTreeSet};

use super::records::records;
use super::schema::IMAGES;
use super::{Color, LabelPart, Meter, MeterRecords, MeterTable, Only, Place, Profile, Row};
use crate::store::dotted;
use crate::tables::{Reading, source_scalar};
use crate::text;

/// Appends the meters of the device's profile.
pub(crate) fn fill_counters(reading: &Reading<'_>, counters: &mut Counters) {
    let Some(profile) = reading.profile else {
        let labelled = reading.context.profiles.labelled();
        return labelled.into_iter().for_each(|table| rows(reading, table, counters));
    };
    profile.meters.iter().for_each(|meter| single(reading, meter.get_ref(), counters));
    profile.meter_tables.iter().for_each(|table| rows(reading, table.get_ref(), counters));
    profile.meter_records.iter().for_each(|text| recorded(reading, text.get_ref(), counters));
}

/// The label of the meter that counts all impressions of the device.
pub(crate) fn whole_device_label(profile: &Profile) -> Option<&str> {
    let meters = profile.meters.iter().map(AsRef::as_ref);
    let meters = meters.map(|meter| (&meter.label, &meter.unit, &meter.counts));
    let tables = profile.meter_tables.iter().flat_map(|table| &table.get_ref().rows);
    let texts = profile.meter_records.iter().flat_map(|text| &text.get_ref().rows);
    let rows = tables.chain(texts).map(|row| (&row.label, &row.unit, &row.counts));
    let whole = |place: &Place| {
        place.service == ServiceType::SystemTotals && place.color == Color::Total && !place.large
    };
    let mut all = meters.chain(rows);
    all.find(|(_, unit, counts)| **unit == CounterUnit::Impressions && counts.as_ref().is_some_and(whole))
        .map(|(label, ..)| label.as_str())
}

fn single(reading: &Reading<'_>, meter: &Meter, counters: &mut Counters) {
    let Some(name) = meter.index.below(&meter.column, reading.device) else { return };
    let value = reading.store.get(&name).and_then(|value| match &meter.before {
        Some(word) => number_before(&text::plain(value.as_bytes()?), word),
        None => count(value),
    });
    let Some(value) = value.and_then(|value| value.checked_mul(meter.scale.into())) else { return };
    let element = add(counters, meter.label.clone(), value, &meter.unit, meter.counts.as_ref());
    source_scalar(&mut counters.header, &element, &name);
}

fn rows(reading: &Reading<'_>, table: &MeterTable, counters: &mut Counters) {
    let mut found = rows_of(reading, table, reading.device);
    if table.other_devices {
        let (labels, places): (BTreeSet<String>, BTreeSet<_>) = found
            .iter()
            .map(|row| (row.label.to_lowercase(), row.place.map(|place| (row.unit, place))))
            .unzip();
        for device in other_devices(reading, table) {
            for mut row in rows_of(reading, table, Some(device)) {
                // The same work under the same name, or for the same place: the printer itself knows best.
                let twice = |known: &Found<'_>| known.label == row.label && known.value == row.value;
                if labels.contains(&row.label.to_lowercase()) || found.iter().any(twice) {
                    continue;
                }
                row.place = row.place.filter(|place| !places.contains(&Some((row.unit, *place))));
                found.push(row);
            }
        }
    }
    // Rows of one label that say different numbers: none of them is known to be the counter of the model.
    let mut claims = BTreeMap::<_, BTreeSet<u64>>::new();
    for Found { value, unit, place, .. } in &found {
        place.map(|place| claims.entry((*unit, place)).or_default().insert(*value));
    }
    for ((unit, place), values) in claims.iter().filter(|(_, values)| values.len() > 1) {
        let values: Vec<String> = values.iter().take(4).map(u64::to_string).collect();
        let detail = format!("{} {unit}: several rows claim it: {}", place.service, values.join(", "));
        let reason = WithheldReason::Error;
        counters.header.withheld.push(Withheld { element: "Service".into(), reason, detail: Some(detail) });
    }
    for Found { label, value, unit, place, instance } in found {
        let place = place.filter(|place| claims.get(&(unit, *place)).is_some_and(|values| values.len() == 1));
        let element = add(counters, label, value, unit, place);
        counters.header.source(element, table.value.to_string(), Some(instance));
    }
}

/// A row that counts something.
struct Found<'a> {
    label: String,
    value: u64,
    unit: &'a CounterUnit,
    place: Option<&'a Place>,
    instance: String,
}

/// The devices beside the printer that the table has rows of.
fn other_devices(reading: &Reading<'_>, table: &MeterTable) -> BTreeSet<u32> {
    let devices = reading.store.below(&table.value).filter_map(|(index, _)| index.first().copied());
    devices.filter(|device| Some(*device) != reading.device).collect()
}

fn rows_of<'a>(reading: &Reading<'_>, table: &'a MeterTable, device: Option<u32>) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    let Some(root) = table.below.below(&table.value, device) else { return found };
    let cell = |column: Option<&Oid>, index: &[u32]| {
        let root = table.below.below(column?, device)?;
        reading.store.get(&root.extend(index).ok()?)
    };
    for (index, value) in reading.store.below(&root) {
        let Some(value) = count(value) else { continue };
        let says = |only: &Only| cell(Some(&only.column), &index).and_then(Value::as_i64) == Some(only.is);
        if !table.only.iter().all(says) {
            continue;
        }
        let own = cell(table.label.as_ref(), &index)
            .and_then(Value::as_bytes)
            .map(text::plain)
            .filter(|own| !own.is_empty())
            .or_else(|| label_of(table, |column| cell(Some(column), &index)));
        let key = cell(table.key.as_ref(), &index).and_then(Value::as_i64);
        let listed = table.rows.iter().find(|row| is_row(row, table, own.as_deref(), key, &index));
        let (label, unit, place) = match (listed, own) {
            (Some(row), own) => (own.unwrap_or_else(|| row.label.clone()), &row.unit, row.counts.as_ref()),
            (None, Some(own)) => match unit_of(&own, table) {
                Some(unit) => (own, unit, None),
                None => continue,
            },
            (None, None) => continue,
        };
        let whole: Vec<u32> = table.below.0.iter().filter_map(|part| part.or(device)).chain(index).collect();
        found.push(Found { label, value, unit, place, instance: dotted(&whole) });
    }
    found
}

fn is_row(row: &Row, table: &MeterTable, own: Option<&str>, key: Option<i64>, index: &[u32]) -> bool {
    match (&row.key, &row.index) {
        (Some(wanted), _) => key == Some(*wanted),
        (None, Some(wanted)) => wanted.0.iter().copied().eq(index.iter().copied().map(Some)),
        (None, None) => {
            table.label.is_some() && own.is_some_and(|own| own.trim().eq_ignore_ascii_case(&row.label))
        }
    }
}

/// The label that the numbers of a row make.
fn label_of<'a>(table: &MeterTable, cell: impl Fn(&Oid) -> Option<&'a Value>) -> Option<String> {
    let word = |part: &LabelPart| part.words.get(&cell(&part.column)?.as_i64()?.to_string()).cloned();
    let words: Vec<String> = table.label_of.iter().map(word).collect::<Option<_>>()?;
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// What a row counts by the words of its label.
fn unit_of<'a>(label: &str, table: &'a MeterTable) -> Option<&'a CounterUnit> {
    let label = label.to_lowercase();
    table.units.iter().find(|labelled| label.contains(&labelled.word)).map(|labelled| &labelled.unit)
}

fn recorded(reading: &Reading<'_>, rule: &MeterRecords, counters: &mut Counters) {
    let Some(name) = rule.index.below(&rule.column, reading.device) else { return };
    let Some(octets) = reading.store.get(&name).and_then(Value::as_bytes) else { return };
    for (id, value) in records(octets) {
        let Some(row) = rule.rows.iter().find(|row| row.key == Some(id.into())) else { continue };
        let element = add(counters, row.label.clone(), value, &row.unit, row.counts.as_ref());
        source_scalar(&mut counters.header, &element, &name);
    }
}

/// A number that can be a count. Some makers write -1 for what a device does not count, and some write digits.
fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let digits = str::from_utf8(value.as_bytes()?).ok()?.trim();
        digits.parse().ok()
    })
}

/// The number in a text that stands before this word.
fn number_before(text: &str, word: &str) -> Option<u64> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    words.windows(2).find(|pair| pair[1].eq_ignore_ascii_case(word)).and_then(|pair| pair[0].parse().ok())
}

/// Adds a meter, and returns its element.
fn add(
    counters: &mut Counters,
    label: String,
    value: u64,
    unit: &CounterUnit,
    place: Option<&Place>,
) -> String {
    if let Some(place) = place {
        put(counters, place, unit, value);
    }
    counters.billing_meters.push(BillingMeter { label, value, unit: unit.clone(), service_usage: None });
    format!("BillingMeter[{}]", counters.billing_meters.len())
}

/// Puts a count into its place. The first rule that fills it keeps it.
fn put(counters: &mut Counters, place: &Place, unit: &CounterUnit, value: u64) {
    if place.large {
        if counters.large.is_empty() {
            counters.large.push(LargeCounts::default());
        }
        color_of(&mut counters.large[0].impressions, place.color).get_or_insert(value);
        return;
    }
    let work = lifetime(counters, &place.service);
    let counts = match unit {
        CounterUnit::Impressions => &mut work.impressions,
        CounterUnit::Sheets => &mut work.sheets,
        unit if unit.label() == IMAGES => &mut work.images,
        _ => return,
    };
    let counts = counts.get_or_insert_with(ColorCounts::default);
    color_of(counts, place.color).get_or_insert(value);
}

fn color_of(counts: &mut ColorCounts, color: Color) -> &mut Option<u64> {
    match color {
        Color::Total => &mut counts.total,
        Color::Monochrome => &mut counts.monochrome,
        Color::FullColor => &mut counts.full_color,
        Color::HighlightColor => &mut counts.highlight_color,
        Color::Blank => &mut counts.blank,
    }
}

/// The lifetime counters of all work of a service.
fn lifetime<'a>(counters: &'a mut Counters, service: &ServiceType) -> &'a mut WorkCounters {
    let whole = |work: &WorkCounters| {
        work.work_type == WorkType::WorkTotals && work.persistence == Persistence::Lifetime
    };
    let services = &mut counters.services;
    let at = services.iter().position(|known| known.service_type == *service).unwrap_or(services.len());
    if at == services.len() {
        services.push(ServiceCounters { service_type: service.clone(), ..ServiceCounters::default() });
    }
    let work = &mut services[at].work;
    let at = work.iter().position(whole).unwrap_or(work.len());
    if at == work.len() {
        work.push(WorkCounters {
            work_type: WorkType::WorkTotals,
            persistence: Persistence::Lifetime,
            ..WorkCounters::default()
        });
    }
    &mut work[at]
}
