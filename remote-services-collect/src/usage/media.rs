//! Media: what lies in the trays, and what was used by tray, bin, type and size.

use remote_services_core::usage::{
    BinUsage, DetailedUsage, InstalledMedia, MediaSizeUsage, MediaTypeUsage, TrayUsage,
};
use remote_services_snmp::{Oid, oid};

use super::source;
use crate::store::{Row, Table};
use crate::tables::{Reading, imaging, input};
use crate::text::Charset;

/// 3 unit of dimensions, 6 feed, 7 cross feed, 12 name, 20 weight, 21 type, 22 colour.
static MEDIA: Table = Table { entry: input::TABLE_ENTRY, columns: &[3, 6, 7, 12, 20, 21, 22] };
/// 4 information; indexed by kind and number of the part.
static PARTS: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.4.1.1"), columns: &[4] };
/// 4 kind of the part, 5 its number.
static PART_KEYS: Table = Table { entry: imaging::ROOT, columns: &[4, 5] };
/// 4 total, 5 monochrome, 7 full colour, 9 size, 11 name; indexed by key, number and persistence.
static USED: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.12.1.1"), columns: &[4, 5, 7, 9, 11] };

/// Columns beyond those of a usual reading: of the trays, and of a device with imaging counters.
pub(crate) fn columns(device: Option<u32>) -> (Vec<Oid>, Vec<Oid>) {
    let trays = MEDIA.columns.iter().filter(|column| !input::TABLE.columns.contains(column));
    let trays = trays.filter_map(|column| MEDIA.column(*column).child(device?).ok()).collect();
    let counters = [PARTS.column(4), PART_KEYS.column(4), USED.column(11), imaging::POWERED];
    (trays, counters.to_vec())
}

pub(super) fn fill(reading: &Reading<'_>, usage: &mut DetailedUsage) {
    installed(reading, usage);
    parts(reading, usage);
    used(reading, usage);
}

fn installed(reading: &Reading<'_>, usage: &mut DetailedUsage) {
    let names = input::names(reading);
    for row in reading.rows(&MEDIA) {
        let name = row.text(12, reading.charset);
        let media = InstalledMedia {
            tray: names.get(&row.last()).cloned().or_else(|| Some(row.dotted())),
            size: size(&row, name.as_deref()),
            media_type: row.text(21, Charset::Unknown),
            weight: row.number(20),
            color: row.text(22, Charset::Unknown),
        };
        let nothing = media.size.is_none() && media.media_type.is_none() && media.color.is_none();
        if nothing && media.weight.is_none_or(|weight| weight < 0) {
            continue;
        }
        usage.installed_media.push(media);
        let rows = usage.installed_media.len();
        reading.source_row(&mut usage.header, "InstalledMedia", rows - 1, &MEDIA, &row);
    }
}

/// A self-describing name of PWG 5101.1, else the lengths, else whatever the device calls it.
fn size(row: &Row<'_>, name: Option<&str>) -> Option<String> {
    let describes_itself = |name: &str| name.contains('_') && (name.ends_with("mm") || name.ends_with("in"));
    if let Some(name) = name.filter(|name| describes_itself(name)) {
        return Some(name.into());
    }
    lengths(row.number(3), row.number(6), row.number(7)).or_else(|| name.map(str::to_owned))
}

/// Feed by cross feed in the unit of prtInputDimUnit. -1 (any) and -2 (unknown) are no lengths.
fn lengths(unit: Option<i64>, feed: Option<i64>, across: Option<i64>) -> Option<String> {
    let (scale, unit) = match unit? {
        3 => (10_000, "in"),
        4 => (1_000, "mm"),
        _ => return None,
    };
    let of = |length: Option<i64>| {
        let length = length.filter(|length| *length > 0)?;
        let digits = format!("{}.{:04}", length / scale, length % scale * (10_000 / scale));
        Some(digits.trim_end_matches('0').trim_end_matches('.').to_owned())
    };
    Some(format!("{} x {} {unit}", of(feed)?, of(across)?))
}

/// Sheets by part: a tray gives them, a bin takes them.
fn parts(reading: &Reading<'_>, usage: &mut DetailedUsage) {
    let store = reading.store;
    for (key, sheets, instance) in imaging::sheets_by_key(reading) {
        let Ok(kind) = PART_KEYS.column(4).child(key) else { continue };
        let Ok(number) = PART_KEYS.column(5).child(key) else { continue };
        let arc = |name: &Oid| {
            let number = crate::store::integer(store.get(name)?)?;
            u32::try_from(number).ok().filter(|number| *number > 0)
        };
        let (Some(kind), Some(number)) = (arc(&kind), arc(&number)) else { continue };
        let name = PARTS.column(4).extend(&[kind, number]).ok();
        let name = name.and_then(|name| store.text(&name)).unwrap_or_else(|| number.to_string());
        let sheets = Some(sheets);
        match kind {
            INPUT_TRAY => {
                usage.trays.push(TrayUsage { tray: name, sheets });
                let rows = usage.trays.len();
                source(&mut usage.header, "TrayUsage", rows, &imaging::SHEETS_TOTAL, Some(instance));
            }
            OUTPUT_TRAY => {
                usage.bins.push(BinUsage { bin: name, sheets });
                let rows = usage.bins.len();
                source(&mut usage.header, "BinUsage", rows, &imaging::SHEETS_TOTAL, Some(instance));
            }
            _ => {}
        }
    }
}

/// Sheets of the whole device by size and by type; of its services where it does not count itself.
fn used(reading: &Reading<'_>, usage: &mut DetailedUsage) {
    let rows = reading.store.rows(&USED, None);
    let of = |keys: &[u32], row: &Row<'_>| matches!(row.index[..], [key, _, LIFETIME] if keys.contains(&key));
    let device = imaging::device_keys(reading);
    let keys = if rows.iter().any(|row| of(&device, row)) { device } else { imaging::service_keys(reading) };
    for row in rows.iter().filter(|row| of(&keys, row)) {
        let instance = row.dotted();
        let sheets = row.counter(4);
        if let Some(name) = row.text(9, Charset::Unknown) {
            let (mono, color) = (row.counter(5), row.counter(7));
            add_size(usage, name, sheets, mono, color);
            let rows = usage.media_sizes.len();
            source(&mut usage.header, "MediaSize", rows, &USED.entry, Some(instance.clone()));
        }
        if let Some(name) = row.text(11, Charset::Unknown) {
            add_type(usage, name, sheets);
            let rows = usage.media_types.len();
            source(&mut usage.header, "MediaType", rows, &USED.entry, Some(instance));
        }
    }
}

/// Adds sheets to a size: the tables count each size once for every type.
pub(crate) fn add_size(
    usage: &mut DetailedUsage,
    name: String,
    sheets: Option<u64>,
    mono: Option<u64>,
    color: Option<u64>,
) {
    let at = usage.media_sizes.iter().position(|known| known.name == name);
    let at = at.unwrap_or_else(|| {
        usage.media_sizes.push(MediaSizeUsage { name, ..MediaSizeUsage::default() });
        usage.media_sizes.len() - 1
    });
    let size = &mut usage.media_sizes[at];
    size.sheets = sum(size.sheets, sheets);
    size.monochrome_sheets = sum(size.monochrome_sheets, mono);
    size.full_color_sheets = sum(size.full_color_sheets, color);
}

/// Adds sheets to a type: the tables count each type once for every size.
pub(crate) fn add_type(usage: &mut DetailedUsage, name: String, sheets: Option<u64>) {
    let at = usage.media_types.iter().position(|known| known.name == name);
    let at = at.unwrap_or_else(|| {
        usage.media_types.push(MediaTypeUsage { name, sheets: None });
        usage.media_types.len() - 1
    });
    usage.media_types[at].sheets = sum(usage.media_types[at].sheets, sheets);
}

fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    }
}

/// inputTray and outputTray of IcSubunitTypeTC.
const INPUT_TRAY: u32 = 8;
const OUTPUT_TRAY: u32 = 9;
/// lifetime of IcPersistenceTC.
const LIFETIME: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_the_unit_of_the_device() {
        let told = |unit, feed, across| lengths(Some(unit), Some(feed), Some(across));
        assert_eq!(told(3, 110_000, 85_000).as_deref(), Some("11 x 8.5 in"));
        assert_eq!(told(4, 297_000, 210_000).as_deref(), Some("297 x 210 mm"));
        assert_eq!(told(4, 279_400, 215_900).as_deref(), Some("279.4 x 215.9 mm"));
        for (unit, feed, across) in [(3, -1, 85_000), (3, 110_000, -2), (4, 0, 210_000), (2, 297, 210)] {
            assert_eq!(told(unit, feed, across), None);
        }
        assert_eq!(lengths(None, Some(1), Some(1)), None);
    }
}
