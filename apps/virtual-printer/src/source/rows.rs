//! Rows of the Printer-MIB as what a printer works with.

use super::layout::{ALERT_ENTRY, Meter};
use crate::device::alerts::{Alert, Matter};
use crate::device::counts::Counter;
use crate::device::supplies::{Shown, SupplyRow, UsedBy};
use crate::device::trays::TrayRow;
use remote_services_collect::ObjectStore;
use remote_services_snmp::{Oid, Value, oid};
use std::collections::BTreeMap;

const COVER_DESCRIPTION: Oid = oid!("1.3.6.1.2.1.43.6.1.1.2");
const COVER_STATUS: Oid = oid!("1.3.6.1.2.1.43.6.1.1.3");
const INPUT: Oid = oid!("1.3.6.1.2.1.43.8.2.1");
const MARKER: Oid = oid!("1.3.6.1.2.1.43.10.2.1");
const SUPPLIES: Oid = oid!("1.3.6.1.2.1.43.11.1.1");
const COLORANT: Oid = oid!("1.3.6.1.2.1.43.12.1.1.4");
const MEDIA_PATH_SPEED: Oid = oid!("1.3.6.1.2.1.43.13.4.1.4");
const CONSOLE_TEXT: Oid = oid!("1.3.6.1.2.1.43.16.5.1.2");

/// Rows by their last arc, of the table below `entry` that is indexed by `device` and one more arc.
fn rows<'a>(
    store: &'a ObjectStore,
    entry: &Oid,
    columns: &[u32],
    device: u32,
) -> BTreeMap<u32, BTreeMap<u32, (Oid, &'a Value)>> {
    let mut rows: BTreeMap<u32, BTreeMap<u32, (Oid, &Value)>> = BTreeMap::new();
    for column in columns {
        let Ok(root) = entry.extend(&[*column, device]) else { continue };
        for (index, value) in store.below(&root) {
            let [row] = index[..] else { continue };
            let Ok(name) = root.child(row) else { continue };
            rows.entry(row).or_default().insert(*column, (name, value));
        }
    }
    rows
}

type Row<'a> = BTreeMap<u32, (Oid, &'a Value)>;

fn number(row: &Row<'_>, column: u32) -> Option<i32> {
    let (_, value) = row.get(&column)?;
    let number =
        value.as_i64().or_else(|| std::str::from_utf8(value.as_bytes()?).ok()?.trim().parse().ok())?;
    i32::try_from(number).ok()
}

fn text(row: &Row<'_>, column: u32) -> Option<String> {
    let (_, value) = row.get(&column)?;
    Some(String::from_utf8_lossy(value.as_bytes()?).trim_end_matches('\0').trim().to_owned())
        .filter(|it| !it.is_empty())
}

/// Life counts and power-on counts. Only the first marker that counts sides counts all of them: what the others are
/// for, the MIB does not say.
pub(super) fn markers(store: &ObjectStore, device: u32) -> (Vec<Meter>, Vec<Meter>) {
    let (mut life, mut power_on) = (Vec::new(), Vec::new());
    let mut counted = Vec::new();
    for row in rows(store, &MARKER, &[3, 4, 5], device).into_values() {
        let unit = number(&row, 3);
        let counter = match unit {
            Some(8) => Counter::Sheets,
            _ => Counter::Impressions(None, None),
        };
        if counted.contains(&unit) {
            continue;
        }
        counted.push(unit);
        for (column, meters) in [(4, &mut life), (5, &mut power_on)] {
            if let Some((name, value)) = row.get(&column) {
                meters.push(Meter { name: name.clone(), octet: None, counter, base: (*value).clone() });
            }
        }
    }
    (life, power_on)
}

pub(super) fn supplies(store: &ObjectStore, device: u32) -> Vec<SupplyRow> {
    let colorants = COLORANT.child(device).map(|root| {
        let names = store.below(&root).filter_map(|(index, value)| {
            Some((*index.last()?, String::from_utf8_lossy(value.as_bytes()?).to_ascii_lowercase()))
        });
        names.collect::<BTreeMap<u32, String>>()
    });
    let colorants = colorants.unwrap_or_default();
    let all = rows(store, &SUPPLIES, &[3, 4, 5, 6, 7, 8, 9], device);
    all.into_iter().filter_map(|(index, row)| supply(index, &row, &colorants)).collect()
}

fn supply(index: u32, row: &Row<'_>, colorants: &BTreeMap<u32, String>) -> Option<SupplyRow> {
    let (level_name, value) = row.get(&9)?;
    // A level of another type than INTEGER is shown as it came.
    let plain = matches!(value, Value::Integer(_));
    let (max, level) = (number(row, 8).unwrap_or(-2), number(row, 9)?);
    let receptacle = number(row, 4) == Some(RECEPTACLE);
    let kind = number(row, 5).unwrap_or(1);
    let marks = MARKING.contains(&kind) && !receptacle;
    let colorant = number(row, 3).and_then(|at| colorants.get(&u32::try_from(at).ok()?));
    let shown = match (max, level) {
        _ if !plain => Shown::Fixed,
        (0, 0) => Shown::Fixed,
        (1.., 0..) | (-2, 0..=100) => Shown::Number,
        (_, -3) => Shown::SomeRemaining,
        _ => Shown::Fixed,
    };
    let used_by = match colorant {
        Some(colorant) if marks && colorant != "black" => UsedBy::Color,
        None if marks && !colorants.is_empty() => UsedBy::None,
        _ => UsedBy::Every,
    };
    let in_sides = number(row, 7) == Some(IMPRESSIONS);
    let yields = match u32::try_from(max) {
        Ok(max) if in_sides && max > 0 => max,
        _ if marks => 5_000,
        _ => 100_000,
    };
    let description = text(row, 6).unwrap_or_default();
    let spoken = match colorant {
        Some(colorant) if marks && kind == TONER => format!("{} toner", capitalised(colorant)),
        Some(colorant) if marks => format!("{} ink", capitalised(colorant)),
        _ if description.is_empty() => format!("Supply {index}"),
        _ => description.clone(),
    };
    Some(SupplyRow {
        index,
        level_name: level_name.clone(),
        description,
        spoken,
        receptacle,
        marks,
        used_by,
        max,
        level,
        shown,
        yields,
    })
}

pub(super) fn trays(store: &ObjectStore, device: u32) -> Vec<TrayRow> {
    let all = rows(store, &INPUT, &[2, 9, 10, 11, 13, 18], device).into_iter();
    all.filter_map(|(index, row)| {
        let ((level_name, _), (status_name, _)) = (row.get(&10)?, row.get(&11)?);
        Some(TrayRow {
            index,
            name: text(&row, 18).or_else(|| text(&row, 13)).unwrap_or_else(|| format!("Tray {index}")),
            level_name: level_name.clone(),
            status_name: status_name.clone(),
            max: number(&row, 9)
                .and_then(|max| u32::try_from(max).ok())
                .filter(|max| *max > 0)
                .unwrap_or(250),
            level: number(&row, 10)?,
            status: number(&row, 11)?,
            by_hand: number(&row, 2) == Some(SHEET_FEED_MANUAL),
        })
    })
    .collect()
}

pub(super) fn covers(store: &ObjectStore, device: u32) -> Vec<(u32, Oid, String, i32)> {
    let (Ok(status), Ok(description)) = (COVER_STATUS.child(device), COVER_DESCRIPTION.child(device)) else {
        return Vec::new();
    };
    let all = store.below(&status).filter_map(|(index, value)| {
        let [index] = index[..] else { return None };
        let name = description.child(index).ok().and_then(|name| store.text(&name));
        let status = (status.child(index).ok()?, i32::try_from(value.as_i64()?).ok()?);
        Some((index, status.0, name.unwrap_or_else(|| format!("Cover {index}")), status.1))
    });
    all.collect()
}

pub(super) fn alerts(store: &ObjectStore, device: u32) -> Vec<Alert> {
    let all = rows(store, &ALERT_ENTRY, &[2, 3, 4, 5, 6, 7, 8, 9], device).into_iter();
    all.map(|(index, row)| {
        let of = |column| number(&row, column).unwrap_or(-2);
        Alert {
            index,
            matter: Matter::Recorded,
            severity: of(2),
            training: of(3),
            group: of(4),
            group_index: of(5),
            location: of(6),
            code: of(7),
            description: row.get(&8).and_then(|(_, value)| value.as_bytes()).unwrap_or_default().to_vec(),
            time: row
                .get(&9)
                .and_then(|(_, value)| value.as_u64())
                .and_then(|it| u32::try_from(it).ok())
                .unwrap_or(0),
        }
    })
    .collect()
}

pub(super) fn console(store: &ObjectStore, device: u32) -> Vec<(Oid, Vec<u8>)> {
    let Ok(root) = CONSOLE_TEXT.child(device) else { return Vec::new() };
    let lines = store.below(&root);
    let lines =
        lines.filter_map(|(index, value)| Some((root.extend(&index).ok()?, value.as_bytes()?.to_vec())));
    lines.collect()
}

/// Sides a minute: prtMediaPathMaxSpeed of the first path, taken as impressionsPerHour(7).
pub(super) fn speed(store: &ObjectStore, device: u32) -> u32 {
    let hour = MEDIA_PATH_SPEED.child(device).ok().and_then(|root| store.below(&root).next()?.1.as_u64());
    hour.and_then(|hour| u32::try_from(hour / 60).ok()).filter(|speed| *speed > 0).unwrap_or(30)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// prtMarkerSuppliesClass receptacleThatIsFilled.
const RECEPTACLE: i32 = 4;
/// prtMarkerSuppliesType toner.
const TONER: i32 = 3;
/// prtMarkerSuppliesType toner, ink, inkCartridge, inkRibbon, tonerCartridge.
const MARKING: [i32; 5] = [TONER, 5, 6, 7, 21];
/// prtMarkerSuppliesSupplyUnit impressions.
const IMPRESSIONS: i32 = 7;
/// prtInputType sheetFeedManual.
const SHEET_FEED_MANUAL: i32 = 5;
