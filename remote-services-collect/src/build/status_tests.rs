//! Status, parts and properties of synthetic recordings: what counters, lights, sums and capacities tell.

use super::*;
use crate::samples::store;
use remote_services_core::counter::CounterUnit;
use remote_services_core::device::ModuleKind;
use remote_services_core::properties::ComponentKind;
use remote_services_core::reading::{Header, WithheldReason};
use remote_services_core::status::{ConsoleColor, ConsoleLightState, SubUnitStatus};
use remote_services_core::supply::LevelQuality;
use remote_services_core::time::DateTime;

/// A printer with these objects, read at 1970-01-12T13:46:40Z.
fn report(lines: &str) -> DeviceReport {
    let read_at = Timestamp::from_unix_seconds(1_000_000);
    let lines = format!("1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5\n{lines}");
    build(&store(&lines), &ReadContext { read_at, ..ReadContext::default() })
}

fn source<'a>(report: &'a DeviceReport, element: &str) -> Option<&'a str> {
    let mut sources = report.status.header.sources.iter();
    sources.find(|source| source.element == element).map(|source| source.object.as_str())
}

#[test]
fn a_jam_has_the_place_and_the_time_of_its_alert() {
    let report = report(
        "\
1.3.6.1.2.1.1.3.0|67|50000
1.3.6.1.2.1.43.18.1.1.2.1.4|2|3
1.3.6.1.2.1.43.18.1.1.4.1.4|2|13
1.3.6.1.2.1.43.18.1.1.5.1.4|2|1
1.3.6.1.2.1.43.18.1.1.6.1.4|2|3
1.3.6.1.2.1.43.18.1.1.7.1.4|2|8
1.3.6.1.2.1.43.18.1.1.9.1.4|67|20000
1.3.6.1.2.1.43.18.1.1.4.1.5|2|6
1.3.6.1.2.1.43.18.1.1.7.1.5|2|3
",
    );
    assert_eq!(report.status.alerts.len(), 2);
    let [jam] = report.status.jams.as_slice() else { panic!("one jam") };
    assert_eq!(jam.location.as_deref(), Some("mediaPath 1, location 3"));
    assert_eq!(jam.occurred_at, Some(DateTime::Utc(Timestamp::from_unix_seconds(999_700))));
    assert_eq!(jam.count, None, "the Printer-MIB counts no jams");
    assert_eq!(source(&report, "Jam[1]"), Some("1.3.6.1.2.1.43.18.1.1"));
}

#[test]
fn parts_tell_their_state_in_words_and_their_errors_as_a_number() {
    let status = report(
        "\
1.3.6.1.2.1.25.3.2.1.3.1|4|Laser 9
1.3.6.1.2.1.25.3.2.1.6.1|65|7
1.3.6.1.2.1.43.8.2.1.11.1.1|2|19
1.3.6.1.2.1.43.8.2.1.11.1.2|2|200
",
    )
    .status;
    let [printer, broken, odd] = status.components.as_slice() else { panic!("three parts") };
    assert_eq!((&printer.kind, printer.errors), (&ComponentKind::Marker, Some(7)));
    assert_eq!(printer.description.as_deref(), Some("Laser 9"));
    assert_eq!(broken.kind, ComponentKind::InputTray);
    assert_eq!(broken.status, [SubUnitStatus::UnavailableBecauseBroken, SubUnitStatus::CriticalAlerts]);
    assert_eq!(odd.status, [SubUnitStatus::Unlisted("200".into())]);
}

#[test]
fn lights_have_colour_and_state() {
    let status = report(
        "\
1.3.6.1.2.1.43.17.6.1.2.1.1|2|500
1.3.6.1.2.1.43.17.6.1.3.1.1|2|500
1.3.6.1.2.1.43.17.6.1.4.1.1|2|10
1.3.6.1.2.1.43.17.6.1.5.1.1|4|Attention
",
    )
    .status;
    let [light] = status.console_lights.as_slice() else { panic!("one light") };
    assert_eq!(light.description.as_deref(), Some("Attention"));
    assert_eq!(light.color, Some(ConsoleColor::Orange));
    assert_eq!(light.state, Some(ConsoleLightState::Blinking));
}

#[test]
fn faults_are_counted_and_the_beginning_of_the_run_is_counted_back() {
    let report = report(
        "\
1.3.6.1.2.1.25.1.1.0|67|100000
1.3.6.1.2.1.43.5.1.1.18.1|65|3
1.3.6.1.2.1.43.5.1.1.19.1|65|99
",
    );
    let history = report.status.fault_history.as_ref().unwrap();
    assert_eq!((history.count, history.all_events), (Some(3), Some(99)));
    assert_eq!(history.faults, []);
    assert_eq!(source(&report, "FaultHistory/Count"), Some("1.3.6.1.2.1.43.5.1.1.18"));
    let began = Timestamp::from_unix_seconds(999_000);
    assert_eq!(report.status.last_reset_at, Some(DateTime::Utc(began)));
}

#[test]
fn a_device_that_counts_no_faults_has_no_history_and_says_why() {
    let status = report("").status;
    assert_eq!(status.fault_history, None);
    let mut withheld = status.header.withheld.iter();
    let entry = withheld.find(|withheld| withheld.element == "FaultHistory").unwrap();
    assert_eq!(entry.reason, WithheldReason::NotSupported);
}

#[test]
fn resolutions_speeds_and_capacities_keep_unit_and_quality() {
    let properties = report(
        "\
1.3.6.1.2.1.43.8.2.1.8.1.1|2|8
1.3.6.1.2.1.43.8.2.1.9.1.1|2|250
1.3.6.1.2.1.43.9.2.1.3.1.1|2|8
1.3.6.1.2.1.43.9.2.1.4.1.1|2|-2
1.3.6.1.2.1.43.10.2.1.2.1.1|2|4
1.3.6.1.2.1.43.10.2.1.8.1.1|2|3
1.3.6.1.2.1.43.10.2.1.9.1.1|2|1200
1.3.6.1.2.1.43.13.4.1.2.1.1|2|8
1.3.6.1.2.1.43.13.4.1.4.1.1|2|1200
1.3.6.1.2.1.43.15.1.1.4.1.1|4|3015.102
1.3.6.1.2.1.43.15.1.1.6.1.1|4|V1
",
    )
    .properties;
    assert_eq!(properties.input_trays[0].quality, Some(LevelQuality::Measured));
    assert_eq!(properties.output_bins[0].quality, Some(LevelQuality::Unknown));
    assert_eq!(properties.markers[0].resolution, Some(1_200.0));
    let speed = &properties.print_speeds[0];
    assert_eq!((speed.value, &speed.unit), (20.0, &Some(CounterUnit::Sheets)));
    let language = &properties.interpreters[0];
    assert_eq!(language.language_version.as_deref(), Some("3015.102"));
    assert_eq!(language.version.as_deref(), Some("V1"));
}

#[test]
fn trays_and_bins_with_a_serial_number_or_a_version_are_modules() {
    let identity = report(
        "\
1.3.6.1.2.1.43.5.1.1.17.1|4|DEV0001
1.3.6.1.2.1.43.8.2.1.13.1.1|4|Tray 1
1.3.6.1.2.1.43.8.2.1.16.1.1|4|N/A
1.3.6.1.2.1.43.8.2.1.17.1.1|4|unknown
1.3.6.1.2.1.43.8.2.1.17.1.3|4|DEV0001
1.3.6.1.2.1.43.8.2.1.13.1.2|4|High capacity feeder
1.3.6.1.2.1.43.8.2.1.17.1.2|4|HCF0042
1.3.6.1.2.1.43.9.2.1.7.1.1|4|Finisher
1.3.6.1.2.1.43.9.2.1.10.1.1|4|3.2
",
    )
    .identity;
    let [feeder, bin] = identity.modules.as_slice() else { panic!("two modules") };
    assert_eq!((feeder.name.as_deref(), &feeder.kind), (Some("High capacity feeder"), &ModuleKind::Feeder));
    assert_eq!((feeder.serial_number.as_deref(), &feeder.version), (Some("HCF0042"), &None));
    assert_eq!((bin.version.as_deref(), &bin.kind), (Some("3.2"), &ModuleKind::Other));
    let mut sources = identity.header.sources.iter().filter(|source| source.element == "Module[2]");
    assert_eq!(sources.next().unwrap().object, "1.3.6.1.2.1.43.9.2.1");
}

#[test]
fn the_console_speaks_in_the_character_set_that_the_device_names() {
    for (set, octets, text) in [
        (106, "50617069657273746175206265692054c3bc72", "Papierstau bei Tür"),
        (4, "50617069657273746175206265692054fc72", "Papierstau bei Tür"),
        (5, "5a616369ea746f2070617069657220b3", "Zacięto papier ł"),
        (2004, "50617069657273746175206265692054cf72", "Papierstau bei Tür"),
        (1013, "0050006100700069006500720020005400fc0072", "Papier Tür"),
        (1014, "50006100700069006500720020005400fc007200", "Papier Tür"),
        (8, "b7d0dcefe2d8d520d1e3dcd0d3d8", "Замятие бумаги"),
    ] {
        let lines = format!(
            "1.3.6.1.2.1.43.5.1.1.10.1|2|2\n1.3.6.1.2.1.43.7.1.1.4.1.2|2|{set}\n1.3.6.1.2.1.43.16.5.1.2.1.1|4x|{octets}"
        );
        assert_eq!(report(&lines).status.console_messages, [text], "{set}");
    }
}

#[test]
fn what_was_answered_and_cannot_be_used_is_no_lack_of_the_device() {
    let report = report(
        "\
1.3.6.1.2.1.1.2.0|4|1.3.6.1.4.1.11
1.3.6.1.2.1.1.3.0|4|yesterday
1.3.6.1.2.1.1.6.0|2|7
1.3.6.1.2.1.2.2.1.6.1|4|
1.3.6.1.2.1.25.1.2.0|4x|07e8030915220b00
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.5.1.1.1|4|idle
1.3.6.1.2.1.43.8.2.1.2.1.1|2|3
1.3.6.1.2.1.43.8.2.1.10.1.1|4|full
1.3.6.1.2.1.43.11.1.1.6.1.1|4|Black
1.3.6.1.2.1.43.11.1.1.9.1.1|4|half
",
    );
    let told = |header: &Header, element: &str| {
        let withheld = header.withheld.iter().find(|withheld| withheld.element == element);
        withheld.map(|it| (it.reason.clone(), it.detail.is_some()))
    };
    let (unusable, lacking) =
        (Some((WithheldReason::Error, true)), Some((WithheldReason::NotSupported, false)));
    for (header, element) in [
        (&report.identity.header, "SystemObjectId"),
        (&report.identity.header, "Location"),
        (&report.status.header, "Uptime"),
        (&report.status.header, "PrinterStatus"),
        (&report.supplies.header, "Supply[1]/Level"),
        (&report.supplies.header, "Paper[1]/Level"),
    ] {
        assert_eq!(told(header, element), unusable, "{element}");
    }
    assert_eq!(told(&report.status.header, "DeviceStatus"), lacking);
    assert_eq!(told(&report.supplies.header, "Supply[1]/Class"), lacking);
    assert_eq!(told(&report.network.header, "TimeZone"), lacking, "a time without a zone is whole");
    assert_eq!(told(&report.network.header, "Interface"), lacking, "another table's row 1");
}

#[test]
fn a_level_beyond_its_maximum_is_told_with_a_hint() {
    let supplies = report(
        "\
1.3.6.1.2.1.43.8.2.1.9.1.1|2|500
1.3.6.1.2.1.43.8.2.1.10.1.1|2|550
1.3.6.1.2.1.43.11.1.1.7.1.1|2|19
1.3.6.1.2.1.43.11.1.1.7.1.2|2|19
1.3.6.1.2.1.43.11.1.1.7.1.3|2|19
1.3.6.1.2.1.43.11.1.1.8.1.1|2|100
1.3.6.1.2.1.43.11.1.1.8.1.2|2|-2
1.3.6.1.2.1.43.11.1.1.8.1.3|2|100
1.3.6.1.2.1.43.11.1.1.9.1.1|2|120
1.3.6.1.2.1.43.11.1.1.9.1.2|2|400
1.3.6.1.2.1.43.11.1.1.9.1.3|2|100
",
    )
    .supplies;
    let percents: Vec<_> = supplies.supplies.iter().map(|supply| supply.remaining_percent).collect();
    assert_eq!(percents, [Some(100.0), None, Some(100.0)]);
    let hints: Vec<_> =
        supplies.header.withheld.iter().filter(|it| it.reason == WithheldReason::Error).collect();
    let elements: Vec<_> = hints.iter().map(|hint| hint.element.as_str()).collect();
    assert_eq!(elements, ["Supply[1]/RemainingPercent", "Supply[2]/RemainingPercent", "Paper[1]/Level"]);
    assert!(hints[0].detail.as_deref().unwrap().contains("level 120 is beyond the maximum 100"));
}
