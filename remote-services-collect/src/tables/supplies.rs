//! prtMarkerSuppliesTable (Printer-MIB): toner, drums, waste boxes. Orders are made from these rows.
//!
//! What RFC 3805 says of prtMarkerSuppliesLevel, and what we keep:
//!
//! | level | meaning | quality |
//! | --- | --- | --- |
//! | 0 and more | measured, in the unit; of a receptacle the room that is **left** | `measured` |
//! | -1 | other: no restriction | `unlimited` |
//! | -2 | unknown | `unknown` |
//! | -3 | some is left (or, of a receptacle, some room) | `someRemaining` |
//!
//! A percentage exists when the level was measured and either the maximum is known and above zero or the unit
//! is percent, whose whole is 100 by definition (some Sharp devices say maximum -2, level 100). A maximum of 0
//! with level 0 is how cartridges of other makers look: nothing was measured, so the quality is `unknown`.
//!
//! Rule for the state: an alert of the device about this very supply comes first. Else, of a percentage: 0 is
//! empty (a receptacle: full), up to 5 very low, up to 10 low, above ok. `someRemaining` without an alert is
//! ok, since the device would know when nothing is left. Everything else is unknown. 10 % is where
//! most makers start to warn; the number is ours.

use remote_services_core::reading::{Header, Withheld, WithheldReason};
use remote_services_core::status::{Alert, AlertGroup, Status};
use remote_services_core::supply::{
    LevelQuality, Supplies, Supply, SupplyCategory, SupplyClass, SupplyState, SupplyType, SupplyUnit,
};
use remote_services_snmp::oid;
use std::collections::BTreeMap;

use super::{Reading, marker};
use crate::store::{Table, not_empty};

/// 3 colorant index, 4 class, 5 type, 6 description, 7 unit, 8 maximum, 9 level.
pub(crate) static TABLE: Table =
    Table { entry: oid!("1.3.6.1.2.1.43.11.1.1"), columns: &[3, 4, 5, 6, 7, 8, 9] };

/// Needs the alerts of `status`.
pub(crate) fn fill_supplies(reading: &Reading<'_>, status: &Status, supplies: &mut Supplies) {
    let colorants: BTreeMap<u32, String> = reading
        .rows(&marker::COLORANTS)
        .iter()
        .filter_map(|row| Some((row.last(), row.text(4, reading.charset)?)))
        .collect();
    for (position, row) in reading.rows(&TABLE).iter().enumerate() {
        let name = row.text(6, reading.charset);
        let class = row.number(4).map(SupplyClass::from_number);
        let supply_type = row.number(5).map(SupplyType::from_number);
        let unit = row.number(7).map(SupplyUnit::from_number);
        let (max_capacity, level) = (row.number(8), row.number(9));
        let not_genuine = max_capacity == Some(0) && level == Some(0);
        let quality = if not_genuine { LevelQuality::Unknown } else { quality(level) };
        let filled = is_filled(class.as_ref(), supply_type.as_ref());
        let percent = (quality == LevelQuality::Measured)
            .then(|| remaining(level, max_capacity, unit.as_ref()))
            .flatten();
        let label = name.as_deref().map(read_label).unwrap_or_default();
        // Index 0 means that the supply has no colorant; then its name may still say a colour.
        let listed = row.number(3).and_then(|index| colorants.get(&u32::try_from(index).ok()?)).cloned();
        let named = listed.is_none().then(|| name.as_deref().and_then(colour)).flatten();
        let header = &mut supplies.header;
        reading.source_row(header, "Supply", position, &TABLE, row);
        let here = |member: &str| format!("Supply[{}]/{member}", position + 1);
        if named.is_some() {
            header.source(here("Colorant"), "rule:name", None);
        }
        if not_genuine {
            header.withheld.push(Withheld {
                element: here("Level"),
                reason: WithheldReason::NotSupported,
                detail: Some("maximum and level are 0: nothing was measured".into()),
            });
        }
        for (column, member) in [(4, "Class"), (5, "Type"), (7, "Unit"), (9, "Level")] {
            if row.number(column).is_none() {
                reading.withhold_cell(header, here(member), &TABLE, row, column);
            }
        }
        hint_beyond(header, position, level, max_capacity, unit.as_ref());
        supplies.supplies.push(Supply {
            index: row.dotted(),
            category: category(supply_type.as_ref()),
            class: class.unwrap_or_default(),
            supply_type: supply_type.unwrap_or_default(),
            name,
            part_number: label.part_number,
            serial_number: label.serial_number,
            colorant: listed.or_else(|| named.map(str::to_owned)),
            unit: unit.unwrap_or_default(),
            max_capacity,
            level,
            state: Some(state(status, row.last(), &quality, percent, filled)),
            quality,
            remaining_percent: percent,
            ..Supply::default()
        });
    }
    reading.check_rows(&mut supplies.header, "Supply", &TABLE, supplies.supplies.len());
}

/// What a raw level is worth.
pub(crate) fn quality(level: Option<i64>) -> LevelQuality {
    match level {
        Some(0..) => LevelQuality::Measured,
        Some(-1) => LevelQuality::Unlimited,
        Some(-3) => LevelQuality::SomeRemaining,
        _ => LevelQuality::Unknown,
    }
}

/// What is left in percent, to one decimal; of a receptacle the room. More than the maximum counts as all of it.
pub(crate) fn remaining(level: Option<i64>, max: Option<i64>, unit: Option<&SupplyUnit>) -> Option<f64> {
    let level = level?;
    let max = match (max, whole(max, unit)?) {
        (Some(1..), max) => max,
        (_, max) if level <= max => max,
        _ => return None,
    };
    let tenths = (i128::from(level.min(max)) * 2000 / i128::from(max) + 1) / 2;
    Some(f64::from(i32::try_from(tenths).ok()?) / 10.0)
}

/// Notes that a level is more than there can be: it counts as all of it, and may be in another unit.
pub(crate) fn hint_beyond(
    header: &mut Header,
    position: usize,
    level: Option<i64>,
    max: Option<i64>,
    unit: Option<&SupplyUnit>,
) {
    if let (Some(level), Some(max)) = (level, whole(max, unit))
        && level > max
    {
        header.withheld.push(Withheld {
            element: format!("Supply[{}]/RemainingPercent", position + 1),
            reason: WithheldReason::Error,
            detail: Some(format!("the level {level} is beyond the maximum {max}: it may be in another unit")),
        });
    }
}

/// What a full supply has: its maximum, and where that is not told, of percent 100.
fn whole(max: Option<i64>, unit: Option<&SupplyUnit>) -> Option<i64> {
    match (max, unit) {
        (Some(max @ 1..), _) => Some(max),
        (_, Some(SupplyUnit::Percent)) => Some(100),
        _ => None,
    }
}

fn is_filled(class: Option<&SupplyClass>, supply_type: Option<&SupplyType>) -> bool {
    match class {
        Some(SupplyClass::ReceptacleThatIsFilled) => true,
        Some(SupplyClass::SupplyThatIsConsumed) => false,
        _ => matches!(
            supply_type,
            Some(
                SupplyType::WasteToner
                    | SupplyType::WasteInk
                    | SupplyType::WasteWax
                    | SupplyType::WasteWater
                    | SupplyType::WastePaper
            )
        ),
    }
}

fn category(supply_type: Option<&SupplyType>) -> SupplyCategory {
    match supply_type {
        Some(
            SupplyType::Staples
            | SupplyType::StitchingWire
            | SupplyType::BindingSupply
            | SupplyType::BandingSupply
            | SupplyType::ShrinkWrap
            | SupplyType::PaperWrap
            | SupplyType::GlueWaterAdditive
            | SupplyType::WastePaper,
        ) => SupplyCategory::Finishing,
        Some(SupplyType::Inserts | SupplyType::Covers) => SupplyCategory::Paper,
        _ => SupplyCategory::Imaging,
    }
}

fn state(
    status: &Status,
    index: u32,
    quality: &LevelQuality,
    percent: Option<f64>,
    filled: bool,
) -> SupplyState {
    let about_this = |alert: &&Alert| {
        alert.group == AlertGroup::MarkerSupplies && alert.group_index == Some(i64::from(index))
    };
    if let Some(state) = status.alerts.iter().filter(about_this).find_map(|alert| alert_state(alert.code.0)) {
        return state;
    }
    state_of_level(quality, percent, filled)
}

/// What a level alone says.
pub(crate) fn state_of_level(quality: &LevelQuality, percent: Option<f64>, filled: bool) -> SupplyState {
    match (quality, percent) {
        (LevelQuality::Measured | LevelQuality::VendorDecoded, Some(percent)) => match percent {
            p if p <= 0.0 && filled => SupplyState::Full,
            p if p <= 0.0 => SupplyState::Empty,
            p if p <= 5.0 => SupplyState::VeryLow,
            p if p <= 10.0 => SupplyState::Low,
            _ => SupplyState::Ok,
        },
        (LevelQuality::SomeRemaining | LevelQuality::Unlimited, _) => SupplyState::Ok,
        _ => SupplyState::Unknown,
    }
}

/// What an alert code (PrtAlertCodeTC) about a supply says of it.
fn alert_state(code: i64) -> Option<SupplyState> {
    Some(match code {
        // Almost over, almost empty, and of a receptacle almost full.
        10 | 12 | 14 | 1104..=1108 | 1111 | 1113 => SupplyState::Low,
        // Over or empty.
        11 | 13 | 1101..=1103 | 1112 | 1114 => SupplyState::Empty,
        // A full receptacle.
        15 | 1109 | 1110 => SupplyState::Full,
        // subunitMissing, markerTonerCartridgeMissing.
        9 | 1115 => SupplyState::Missing,
        _ => return None,
    })
}

/// The one colour that a name says, in the languages that panels are set to. Two of them, as in `Black/Color`, say none,
/// and neither does one of a lighter or special ink, as in `Light Cyan` and `Photo Black`.
fn colour(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphabetic()).collect();
    if words.iter().any(|word| SHADES.contains(word)) {
        return None;
    }
    let said = |(_, forms): &&(&str, &[&str])| {
        forms.iter().any(|form| match form.is_ascii() || form.chars().count() > 2 {
            true => words.contains(form),
            false => lower.contains(form),
        })
    };
    let mut found = COLOURS.iter().filter(said);
    match (found.next(), found.next()) {
        (Some((colour, _)), None) => Some(colour),
        _ => None,
    }
}

/// What makes another ink of a colour: it lasts and is ordered by itself.
const SHADES: &[&str] = &["light", "photo", "matte", "matt", "vivid", "gray", "grey"];

/// Colours and what they are called.
const COLOURS: &[(&str, &[&str])] = &[
    (
        "black",
        &[
            "black",
            "schwarz",
            "schwarzer",
            "noir",
            "noire",
            "negro",
            "nero",
            "nera",
            "preto",
            "svart",
            "zwart",
            "czarny",
            "чёрный",
            "черный",
            "ブラック",
            "黑色",
            "黒",
        ],
    ),
    ("cyan", &["cyan", "ciano", "cian", "cyaan", "голубой", "シアン", "青色"]),
    ("magenta", &["magenta", "пурпурный", "マゼンタ", "品红"]),
    (
        "yellow",
        &[
            "yellow",
            "gelb",
            "gelber",
            "jaune",
            "amarillo",
            "giallo",
            "amarelo",
            "gul",
            "geel",
            "żółty",
            "жёлтый",
            "желтый",
            "イエロー",
            "黄色",
        ],
    ),
];

/// Numbers that makers write into the description.
#[derive(Debug, Default, PartialEq, Eq)]
struct Label {
    serial_number: Option<String>,
    part_number: Option<String>,
}

/// Reads `…;SN1234`, `… S/N:1234`, `… P/N 106R01`, `…;PN…`: the marks that several makers use.
fn read_label(name: &str) -> Label {
    let after = |marks: &[&str]| {
        let upper = name.to_ascii_uppercase();
        let (at, mark) = marks.iter().find_map(|mark| Some((upper.find(mark)?, mark)))?;
        let rest = name.get(at + mark.len()..)?.trim_start_matches([' ', ':', '=', '#']);
        let word: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-/.".contains(*c)).collect();
        not_empty(word.trim_end_matches(['-', '/', '.']).to_owned())
            .filter(|word| word.chars().any(|c| c.is_ascii_digit()))
    };
    Label {
        serial_number: after(&["S/N", ";SN", "; SN", ",SN", ", SN", "SERIAL NUMBER"]),
        part_number: after(&["P/N", ";PN", "; PN", ",PN", ", PN", "PART NUMBER"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::alert_code::AlertCode;

    #[test]
    fn a_percentage_needs_a_measured_level_and_a_whole() {
        assert_eq!(remaining(Some(7056), Some(7200), None), Some(98.0));
        assert_eq!(remaining(Some(1), Some(3), None), Some(33.3));
        assert_eq!(remaining(Some(2), Some(3), None), Some(66.7));
        assert_eq!(remaining(Some(120), Some(100), None), Some(100.0));
        assert_eq!(remaining(Some(100), Some(-2), None), None);
        assert_eq!(remaining(Some(40), Some(-2), Some(&SupplyUnit::Percent)), Some(40.0));
        assert_eq!(remaining(Some(400), Some(-2), Some(&SupplyUnit::Percent)), None);
        assert_eq!(remaining(Some(i64::MAX), Some(i64::MAX), None), Some(100.0));
    }

    #[test]
    fn sentinels_keep_their_meaning() {
        assert_eq!(quality(Some(-1)), LevelQuality::Unlimited);
        assert_eq!(quality(Some(-2)), LevelQuality::Unknown);
        assert_eq!(quality(Some(-3)), LevelQuality::SomeRemaining);
        assert_eq!(quality(Some(-4)), LevelQuality::Unknown);
        assert_eq!(quality(None), LevelQuality::Unknown);
        assert_eq!(quality(Some(0)), LevelQuality::Measured);
    }

    #[test]
    fn the_state_follows_the_percentage_and_an_alert_comes_first() {
        let quiet = Status::default();
        let measured = |percent, filled| state(&quiet, 1, &LevelQuality::Measured, Some(percent), filled);
        assert_eq!(measured(0.0, false), SupplyState::Empty);
        assert_eq!(measured(0.0, true), SupplyState::Full);
        assert_eq!(measured(5.0, false), SupplyState::VeryLow);
        assert_eq!(measured(10.0, false), SupplyState::Low);
        assert_eq!(measured(10.1, false), SupplyState::Ok);
        assert_eq!(state(&quiet, 1, &LevelQuality::SomeRemaining, None, false), SupplyState::Ok);
        assert_eq!(state(&quiet, 1, &LevelQuality::Unknown, None, false), SupplyState::Unknown);

        let alert = Alert {
            group: AlertGroup::MarkerSupplies,
            group_index: Some(1),
            code: AlertCode(1104),
            ..Alert::default()
        };
        let loud = Status { alerts: vec![alert], ..Status::default() };
        assert_eq!(state(&loud, 1, &LevelQuality::SomeRemaining, None, false), SupplyState::Low);
        assert_eq!(state(&loud, 2, &LevelQuality::SomeRemaining, None, false), SupplyState::Ok);
    }

    #[test]
    fn a_name_says_a_colour_or_none() {
        for (name, said) in [
            ("Black Toner Cartridge", Some("black")),
            ("Toner (Yellow)", Some("yellow")),
            ("Cartouche de toner noir", Some("black")),
            ("Gelber Toner", Some("yellow")),
            ("Toner ciano", Some("cyan")),
            ("青色トナー", Some("cyan")),
            ("Голубой тонер-картридж", Some("cyan")),
            ("Black/Color Imaging Kit, Cyan Magenta Yellow Black", None),
            ("Waste Toner", None),
            ("Blackwood Paper Kit", None),
            ("Fuser", None),
            ("Light Cyan", None),
            ("Vivid Light Magenta", None),
            ("Photo Black Ink", None),
            ("Matte Black", None),
            ("Light Black", None),
            ("红色墨盒", None),
            ("品红墨盒", Some("magenta")),
            ("Sort Kit", None),
        ] {
            assert_eq!(colour(name), said, "{name}");
        }
    }

    #[test]
    fn numbers_in_the_description_are_read_and_empty_marks_are_not() {
        let label = read_label("Black Toner Cartridge S/N:CRUM-15102");
        assert_eq!(label.serial_number.as_deref(), Some("CRUM-15102"));
        assert_eq!(read_label("Fuser S/N:"), Label::default());
        assert_eq!(read_label("Black Toner Cartridge S/N:CRUM-"), Label::default());
        let xerox = read_label("Cyan Toner Cartridge;SN0A1B2C, PN 106R03746");
        assert_eq!(xerox.serial_number.as_deref(), Some("0A1B2C"));
        assert_eq!(xerox.part_number.as_deref(), Some("106R03746"));
        assert_eq!(read_label("Unità imaging, Phaser 6130N"), Label::default());
    }
}
