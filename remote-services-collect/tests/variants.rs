//! What printers answer in the same objects: other units, sentinels, encodings, kinds of devices. All is synthetic, written
//! from what the MIBs allow.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use remote_services_collect::{ObjectStore, ReadContext, build, record};
use remote_services_core::counter::CounterUnit;
use remote_services_core::device::DeviceReport;
use remote_services_core::status::{DetectedError, OverallStatus};
use remote_services_core::supply::{LevelQuality, SupplyState};

fn read(lines: &str) -> DeviceReport {
    let lines: String = lines.lines().map(|line| format!("{}\n", line.trim())).collect();
    let lines = format!("1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5\n{lines}");
    let values = record::parse(lines.as_bytes(), record::Mode::Strict).unwrap().values;
    build(&ObjectStore::from(values), &ReadContext::default())
}

/// Class, type, unit, maximum and level of one supply: quality, percent and state of it.
fn supply(
    class: i64,
    kind: i64,
    unit: i64,
    max: i64,
    level: i64,
) -> (LevelQuality, Option<f64>, SupplyState) {
    let report = read(&format!(
        "1.3.6.1.2.1.43.11.1.1.4.1.1|2|{class}
        1.3.6.1.2.1.43.11.1.1.5.1.1|2|{kind}
        1.3.6.1.2.1.43.11.1.1.6.1.1|4|Supply
        1.3.6.1.2.1.43.11.1.1.7.1.1|2|{unit}
        1.3.6.1.2.1.43.11.1.1.8.1.1|2|{max}
        1.3.6.1.2.1.43.11.1.1.9.1.1|2|{level}"
    ));
    let supply = &report.supplies.supplies[0];
    assert_eq!((supply.max_capacity, supply.level), (Some(max), Some(level)), "raw numbers stay");
    (supply.quality.clone(), supply.remaining_percent, supply.state.clone().unwrap())
}

#[test]
fn levels_of_every_kind_of_supply() {
    use LevelQuality::{Measured, SomeRemaining, Unknown, Unlimited};
    for (row, expected) in [
        // Toner in impressions, ink in tenths of millilitres, wax in grams, ribbon in metres, items.
        ((3, 3, 7, 5_300, 530), (Measured, Some(10.0), SupplyState::Low)),
        ((3, 6, 15, 3_500, 3_500), (Measured, Some(100.0), SupplyState::Ok)),
        ((3, 7, 13, 800, 8), (Measured, Some(1.0), SupplyState::VeryLow)),
        ((3, 14, 17, 450, -3), (SomeRemaining, None, SupplyState::Ok)),
        ((3, 21, 18, 5_000, 0), (Measured, Some(0.0), SupplyState::Empty)),
        // Percent with and without a whole.
        ((3, 3, 19, 100, 55), (Measured, Some(55.0), SupplyState::Ok)),
        ((3, 3, 19, -2, 9), (Measured, Some(9.0), SupplyState::Low)),
        ((3, 3, 19, -1, 9), (Measured, Some(9.0), SupplyState::Low)),
        // A level without a whole is no percentage.
        ((3, 3, 7, -2, 900), (Measured, None, SupplyState::Unknown)),
        ((3, 3, 13, -1, -1), (Unlimited, None, SupplyState::Ok)),
        ((3, 3, 7, 5_300, -2), (Unknown, None, SupplyState::Unknown)),
        // Of a receptacle the room is told: none left is full.
        ((4, 4, 19, 100, 0), (Measured, Some(0.0), SupplyState::Full)),
        ((4, 4, 19, 100, 100), (Measured, Some(100.0), SupplyState::Ok)),
        ((4, 4, 7, -2, -3), (SomeRemaining, None, SupplyState::Ok)),
        // Nothing was measured of a cartridge from elsewhere.
        ((3, 3, 19, 0, 0), (Unknown, None, SupplyState::Unknown)),
    ] {
        let (class, kind, unit, max, level) = row;
        assert_eq!(supply(class, kind, unit, max, level), expected, "{row:?}");
    }
}

#[test]
fn a_colorant_is_that_of_the_table_or_the_one_that_the_name_says() {
    let report = read(
        "1.3.6.1.2.1.43.11.1.1.3.1.1|2|2
        1.3.6.1.2.1.43.11.1.1.3.1.2|2|0
        1.3.6.1.2.1.43.11.1.1.6.1.1|4|Toner black (K)
        1.3.6.1.2.1.43.11.1.1.6.1.2|4|Cartouche cyan
        1.3.6.1.2.1.43.11.1.1.6.1.3|4|Resttonerbehälter
        1.3.6.1.2.1.43.12.1.1.4.1.2|4|blue-black",
    );
    let colorants: Vec<_> =
        report.supplies.supplies.iter().map(|supply| supply.colorant.as_deref()).collect();
    assert_eq!(colorants, [Some("blue-black"), Some("cyan"), None]);
    let sources = &report.supplies.header.sources;
    let by_name: Vec<_> = sources
        .iter()
        .filter(|source| source.object == "rule:name")
        .map(|source| source.element.as_str())
        .collect();
    assert_eq!(by_name, ["Supply[2]/Colorant"]);
}

#[test]
fn error_states_of_any_length() {
    for (octets, expected) in [
        ("", vec![]),
        ("00", vec![]),
        ("40", vec![DetectedError::NoPaper]),
        ("4000", vec![DetectedError::NoPaper]),
        ("0002", vec![DetectedError::OverduePreventMaint]),
        ("8001", vec![DetectedError::LowPaper]),
        ("20000000", vec![DetectedError::LowToner]),
    ] {
        let report = read(&format!("1.3.6.1.2.1.25.3.5.1.2.1|4x|{octets}"));
        assert_eq!(report.status.detected_errors, expected, "{octets}");
    }
}

#[test]
fn a_state_is_what_the_table_of_rfc_3805_says_and_no_error_is_lost() {
    let overall = |device: i64, printer: i64, errors: &str| {
        read(&format!(
            "1.3.6.1.2.1.25.3.2.1.5.1|2|{device}
            1.3.6.1.2.1.25.3.5.1.1.1|2|{printer}
            1.3.6.1.2.1.25.3.5.1.2.1|4x|{errors}"
        ))
        .status
        .overall
    };
    assert_eq!(overall(2, 3, "00"), overall(2, 3, "0000"));
    assert_ne!(overall(5, 1, "04"), overall(2, 3, "00"), "a jam is no idle printer");
    assert_ne!(overall(2, 1, "00"), OverallStatus::Unknown, "running and other is asleep");
}

#[test]
fn counts_keep_their_unit_and_speeds_are_told_in_it() {
    for (number, unit) in [
        (3, CounterUnit::TenThousandthsOfInches),
        (7, CounterUnit::Impressions),
        (8, CounterUnit::Sheets),
        (9, CounterUnit::DotRow),
        (16, CounterUnit::Feet),
        (17, CounterUnit::Meters),
    ] {
        let report = read(&format!(
            "1.3.6.1.2.1.43.10.2.1.3.1.1|2|{number}
            1.3.6.1.2.1.43.10.2.1.4.1.1|65|4000000000
            1.3.6.1.2.1.43.13.4.1.2.1.1|2|{number}
            1.3.6.1.2.1.43.13.4.1.4.1.1|2|3000"
        ));
        let life = &report.counters.life_counts[0];
        assert_eq!((life.value, &life.unit), (4_000_000_000, &unit));
        let whole = report.counters.impressions.as_ref().and_then(|counts| counts.total);
        assert_eq!(whole, (unit == CounterUnit::Impressions).then_some(4_000_000_000), "{unit}");
        let speed = &report.properties.print_speeds[0];
        assert_eq!((speed.value, speed.unit.as_ref()), (50.0, Some(&unit)));
    }
    let hours = read("1.3.6.1.2.1.43.13.4.1.2.1.1|2|11\n1.3.6.1.2.1.43.13.4.1.4.1.1|2|3000");
    assert!(hours.properties.print_speeds.is_empty(), "hours an hour are no speed");
}

#[test]
fn memory_is_that_of_the_host_or_its_only_ram() {
    let ram = |number: u32, units: u32| {
        format!(
            "1.3.6.1.2.1.25.2.3.1.2.{number}|6|1.3.6.1.2.1.25.2.1.2
            1.3.6.1.2.1.25.2.3.1.4.{number}|2|4096
            1.3.6.1.2.1.25.2.3.1.5.{number}|2|{units}\n"
        )
    };
    assert_eq!(read("1.3.6.1.2.1.25.2.2.0|2|524288").properties.memory_size, Some(512 << 20));
    assert_eq!(read(&ram(1, 65_536)).properties.memory_size, Some(256 << 20));
    assert_eq!(read(&(ram(1, 65_536) + &ram(2, 1_024))).properties.memory_size, None, "which of them?");
    let both = read(&format!("1.3.6.1.2.1.25.2.2.0|2|524288\n{}", ram(1, 65_536)));
    assert_eq!(both.properties.memory_size, Some(512 << 20));
}

#[test]
fn the_panel_speaks_in_its_own_set_and_the_rest_in_the_general_one() {
    let report = read(
        "1.3.6.1.2.1.43.5.1.1.2.1|2|1
        1.3.6.1.2.1.43.5.1.1.10.1|2|2
        1.3.6.1.2.1.43.7.1.1.4.1.1|2|2250
        1.3.6.1.2.1.43.7.1.1.4.1.2|2|17
        1.3.6.1.2.1.43.11.1.1.6.1.1|4x|8d6c757479
        1.3.6.1.2.1.43.16.5.1.2.1.1|4x|88f38dfc89c2",
    );
    assert_eq!(report.status.console_messages, ["印刷可"]);
    assert_eq!(report.supplies.supplies[0].name.as_deref(), Some("Ťluty"));
}

#[test]
fn several_markers_stay_apart_and_no_sum_is_told() {
    let report = read(
        "1.3.6.1.2.1.43.10.2.1.3.1.1|2|7
        1.3.6.1.2.1.43.10.2.1.3.1.2|2|8
        1.3.6.1.2.1.43.10.2.1.4.1.1|65|900
        1.3.6.1.2.1.43.10.2.1.4.1.2|65|400
        1.3.6.1.2.1.43.13.4.1.9.1.1|2|3
        1.3.6.1.2.1.43.13.4.1.9.1.2|2|5",
    );
    let counts: Vec<_> =
        report.counters.life_counts.iter().map(|count| (count.marker, count.value)).collect();
    assert_eq!(counts, [(Some(1), 900), (Some(2), 400)]);
    assert!(report.counters.impressions.is_none());
    assert_eq!(report.properties.duplex_supported, Some(true));
}

#[test]
fn makers_are_told_by_any_of_their_object_ids() {
    for (object_id, maker) in [
        ("1.3.6.1.4.1.253.8.62.1.7.2.3", "Xerox"),
        ("1.3.6.1.4.1.11.2.3.9.1", "HP"),
        ("1.3.6.1.4.1.367.1.1", "Ricoh"),
        ("1.3.6.1.4.1.1602.4.7", "Canon"),
        ("1.3.6.1.4.1.641.2.71", "Lexmark"),
        ("1.3.6.1.4.1.1347.41", "Kyocera"),
        ("1.3.6.1.4.1.18334.1.1.1.2.1.67", "Konica Minolta"),
        ("1.3.6.1.4.1.2435.2.3.9.1", "Brother"),
        ("1.3.6.1.4.1.1248.1.1.2.1.3.5.69", "Epson"),
        ("1.3.6.1.4.1.2001.1.1.1.297.93", "OKI"),
        ("1.3.6.1.4.1.2385.3.1.29.1", "Sharp"),
        ("1.3.6.1.4.1.236.11.5.1", "Samsung"),
        ("1.3.6.1.4.1.1129.1.2", "Toshiba"),
        ("1.3.6.1.4.1.297.1.11.93", "FUJIFILM"),
        ("1.3.6.1.4.1.10642.1.1", "Zebra"),
        ("1.3.6.1.4.1.674.10898.100.10", "Dell"),
    ] {
        let report = read(&format!("1.3.6.1.2.1.1.2.0|6|{object_id}"));
        assert_eq!(report.identity.manufacturer.as_deref(), Some(maker), "{object_id}");
    }
    let unknown = read(
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1\n1.3.6.1.4.1.2699.1.2.1.2.1.1.3.1|4|MFG:Newcomer;MDL:One;SERN:N000017;",
    );
    assert_eq!(unknown.identity.manufacturer.as_deref(), Some("Newcomer"));
    assert_eq!(unknown.identity.serial_number.as_deref(), Some("N000017"));
}
