//! Rows of the detailed usage from a maker's own objects. They come after the standard objects, and are asked for only with
//! the rest of the detailed usage.

use remote_services_core::job::ColorMode;
use remote_services_core::usage::{
    BinUsage, Bucket, ColorantCoverage, CruUsage, DetailedUsage, Incident, LanguageCount, NumberUpCount,
    PartReplaced, PowerState, PowerStateUsage, PowerUsage, PrintUsage, RunLength, ScanDestination, ScanUsage,
    ServiceItem, TrayUsage,
};

use super::Rows;
use super::values::{Found, found};
use crate::store::dotted;
use crate::tables::Reading;
use crate::usage::{add_size, add_type};

/// Fills what the profile of the device knows of its use.
pub(crate) fn fill(reading: &Reading<'_>, usage: &mut DetailedUsage) {
    let Some(profile) = reading.profile else { return };
    for rule in profile.rows.iter().map(toml::Spanned::get_ref).filter(|rule| rule.fills.is_usage()) {
        for row in found(reading, rule) {
            let Some(element) = keep(&row, rule.fills, usage) else { continue };
            let object = rule.key().and_then(|path| path.of(reading.device));
            usage.header.source(
                element,
                object.map_or_else(String::new, |object| object.to_string()),
                Some(dotted(&row.index)),
            );
        }
    }
}

/// Puts a row into its place; gives the element.
fn keep(row: &Found<'_>, fills: Rows, usage: &mut DetailedUsage) -> Option<String> {
    // A number for which the rule has no word is something else that the maker counts in this table.
    let word = |member: &str| row.text(member).filter(|word| word.bytes().any(|c| !c.is_ascii_digit()));
    let index = || row.index.last().map(u32::to_string).unwrap_or_default();
    let (element, rows) = match fills {
        Rows::PrintUsage => return print(row, usage),
        Rows::ScanUsage => {
            let (images, sheets) = (row.count("images"), row.count("sheets"));
            if images.is_none() && sheets.is_none() {
                return None;
            }
            usage.scan.push(ScanUsage {
                label: row.text("label"),
                source: word("source"),
                color: word("color").map(|word| ColorMode::from_label(&word)),
                media_size: word("mediaSize"),
                destination: word("destination").map(|word| ScanDestination::from_label(&word)),
                images,
                sheets,
            });
            ("Scan", usage.scan.len())
        }
        Rows::PowerUsage => {
            let state = PowerState::from_label(&word("state")?);
            let (time, transitions) = (row.time("time"), row.count("transitions"));
            if time.is_none() && transitions.is_none() {
                return None;
            }
            let states = &mut usage.power.get_or_insert_with(PowerUsage::default).states;
            match states.iter_mut().find(|known| known.state == state) {
                Some(known) => {
                    known.time = known.time.or(time);
                    known.transitions = known.transitions.or(transitions);
                    return None;
                }
                None => states.push(PowerStateUsage { state, time, transitions }),
            }
            ("Power/Usage", states.len())
        }
        Rows::Cru => {
            usage.crus.push(CruUsage {
                name: row.text("name"),
                replacements: row.count("replacements"),
                replaced_at: row.date("replacedAt").into_iter().collect(),
                failures: row.count("failures"),
                failure_codes: word("failureCode").into_iter().collect(),
                failure_distribution: Vec::new(),
            });
            ("Cru", usage.crus.len())
        }
        Rows::RunLength => {
            let lower = row.number("lower")?;
            // Without an upper bound the maker writes a number that no count reaches, or none.
            let upper = row.number("upper").filter(|upper| *upper >= lower && *upper < i64::from(i32::MAX));
            usage.run_lengths.push(RunLength {
                bucket: Bucket { lower, upper },
                jobs: row.count("jobs"),
                impressions: row.count("impressions"),
            });
            ("RunLength", usage.run_lengths.len())
        }
        Rows::TrayUsage => {
            let tray = row.text("tray").unwrap_or_else(index);
            usage.trays.push(TrayUsage { tray, sheets: Some(row.count("sheets")?) });
            ("TrayUsage", usage.trays.len())
        }
        Rows::BinUsage => {
            let bin = row.text("bin").unwrap_or_else(index);
            usage.bins.push(BinUsage { bin, sheets: Some(row.count("sheets")?) });
            ("BinUsage", usage.bins.len())
        }
        Rows::MediaSize => {
            let (sheets, mono, color) =
                (row.count("sheets"), row.count("monochrome"), row.count("fullColor"));
            add_size(usage, word("name")?, Some(sheets?), mono, color);
            ("MediaSize", usage.media_sizes.len())
        }
        Rows::MediaType => {
            add_type(usage, word("name")?, Some(row.count("sheets")?));
            ("MediaType", usage.media_types.len())
        }
        Rows::ServiceItem => {
            let (used, limit) = (row.count("usage"), row.count("limit"));
            // A rule that knows of limits is about items that have one: other rows are counters.
            if limit.is_none() && (row.has("limit") || used.is_none()) {
                return None;
            }
            usage.hfsi.push(ServiceItem {
                id: row.text("id").unwrap_or_else(index),
                name: row.text("name"),
                usage: used,
                limit,
                unit: word("unit"),
                days_until_replace: row.number("daysUntil"),
                last_reset_at: row.date("lastReset"),
            });
            ("Hfsi", usage.hfsi.len())
        }
        Rows::Coverage => {
            let percent = row.count("percent").filter(|percent| *percent <= 100)?;
            let value = f64::from(u8::try_from(percent).ok()?);
            usage.average_coverage.push(ColorantCoverage { value, colorant: word("colorant")? });
            ("AverageCoverage", usage.average_coverage.len())
        }
        Rows::Incident => {
            let (code, count) = (row.text("code")?, Some(row.count("count")?));
            usage.incidents.push(Incident { code, count, last_at: row.date("lastAt") });
            ("Incident", usage.incidents.len())
        }
        Rows::PartReplaced => {
            usage.parts_replaced.push(PartReplaced {
                part_number: row.text("partNumber"),
                name: row.text("name"),
                replaced_at: Some(row.date("replacedAt")?),
                count_at: row.count("countAt"),
            });
            ("PartReplaced", usage.parts_replaced.len())
        }
        _ => return None,
    };
    Some(format!("{element}[{rows}]"))
}

/// Impressions by language or by pages on a side are parts of the device's own row; others are rows of their own.
fn print(row: &Found<'_>, usage: &mut DetailedUsage) -> Option<String> {
    let word = |member: &str| row.text(member).filter(|word| word.bytes().any(|c| !c.is_ascii_digit()));
    let (impressions, sheets) = (row.count("impressions"), row.count("sheets"));
    if impressions.is_none() && sheets.is_none() {
        return None;
    }
    let (language, number_up) = (word("language"), row.number("numberUp"));
    if language.is_none() && number_up.is_none() {
        usage.print.push(PrintUsage {
            label: row.text("label"),
            color: word("color").map(|word| ColorMode::from_label(&word)),
            sides: row.count("sides"),
            media_size: word("mediaSize"),
            quality: word("quality"),
            impressions,
            sheets,
            ..PrintUsage::default()
        });
        return Some(format!("Print[{}]", usage.print.len()));
    }
    let value = impressions?;
    let whole = |known: &PrintUsage| !known.by_language.is_empty() || !known.by_number_up.is_empty();
    let at = usage.print.iter().position(whole).unwrap_or_else(|| {
        usage.print.push(PrintUsage::default());
        usage.print.len() - 1
    });
    if let Some(language) = language {
        usage.print[at].by_language.push(LanguageCount { value, language });
    }
    if let Some(number_up) =
        number_up.and_then(|number| u64::try_from(number).ok()).filter(|number| *number > 0)
    {
        usage.print[at].by_number_up.push(NumberUpCount { value, number_up });
    }
    Some(format!("Print[{}]", at + 1))
}
