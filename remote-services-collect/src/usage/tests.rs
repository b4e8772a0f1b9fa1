//! Detailed usage of devices made of values: from the standard, from makers' rules, and what is missing.

use super::*;
use crate::plan::{Collection, Known};
use crate::samples::values;
use crate::{build as build_report, drive, replay};
use remote_services_core::job::ColorMode;
use remote_services_core::reading::WithheldReason;
use remote_services_core::usage::{PowerState, ScanDestination};

fn usage(lines: &str) -> DetailedUsage {
    let store = ObjectStore::from(values(lines));
    let context = ReadContext::default();
    build(&store, &context, &build_report(&store, &context))
}

fn of_maker(enterprise: u32, lines: &str) -> DetailedUsage {
    usage(&format!(
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.{enterprise}.1\n1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5\n{lines}"
    ))
}

/// A device with imaging counters: key 1 is the device, 2 printing, 3 scanning, 4 a tray, 5 a bin.
const IMAGING: &str = "\
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.43.8.2.1.3.1.1|2|4
1.3.6.1.2.1.43.8.2.1.3.1.2|2|3
1.3.6.1.2.1.43.8.2.1.3.1.3|2|3
1.3.6.1.2.1.43.8.2.1.6.1.1|2|297000
1.3.6.1.2.1.43.8.2.1.6.1.2|2|110000
1.3.6.1.2.1.43.8.2.1.6.1.3|2|-2
1.3.6.1.2.1.43.8.2.1.7.1.1|2|210000
1.3.6.1.2.1.43.8.2.1.7.1.2|2|85000
1.3.6.1.2.1.43.8.2.1.7.1.3|2|-2
1.3.6.1.2.1.43.8.2.1.9.1.1|2|500
1.3.6.1.2.1.43.8.2.1.12.1.1|4|A4
1.3.6.1.2.1.43.8.2.1.12.1.2|4|na_letter_8.5x11in
1.3.6.1.2.1.43.8.2.1.13.1.1|4|Tray 1
1.3.6.1.2.1.43.8.2.1.20.1.1|2|80
1.3.6.1.2.1.43.8.2.1.20.1.3|2|-2
1.3.6.1.2.1.43.8.2.1.21.1.1|4|stationery
1.3.6.1.2.1.43.8.2.1.22.1.1|4|white
1.3.6.1.4.1.2699.1.3.1.2.1.1.2.1|2|3
1.3.6.1.4.1.2699.1.3.1.2.1.1.2.2|2|11
1.3.6.1.4.1.2699.1.3.1.2.1.1.2.3|2|12
1.3.6.1.4.1.2699.1.3.1.2.1.1.4.4|2|8
1.3.6.1.4.1.2699.1.3.1.2.1.1.4.5|2|9
1.3.6.1.4.1.2699.1.3.1.2.1.1.5.4|2|1
1.3.6.1.4.1.2699.1.3.1.2.1.1.5.5|2|1
1.3.6.1.4.1.2699.1.3.1.4.1.1.4.8.1|4|Upper tray
1.3.6.1.4.1.2699.1.3.1.5.1.1.3.1.3|65|86400
1.3.6.1.4.1.2699.1.3.1.7.1.1.4.3.3.3|65|70
1.3.6.1.4.1.2699.1.3.1.7.1.1.5.3.3.3|65|50
1.3.6.1.4.1.2699.1.3.1.7.1.1.6.3.3.3|65|20
1.3.6.1.4.1.2699.1.3.1.8.1.1.4.2.3.3|65|900
1.3.6.1.4.1.2699.1.3.1.8.1.1.5.2.3.3|65|600
1.3.6.1.4.1.2699.1.3.1.8.1.1.7.2.3.3|65|300
1.3.6.1.4.1.2699.1.3.1.10.1.1.4.1.3.3|65|500
1.3.6.1.4.1.2699.1.3.1.10.1.1.4.4.3.3|65|320
1.3.6.1.4.1.2699.1.3.1.10.1.1.4.5.3.3|65|480
1.3.6.1.4.1.2699.1.3.1.10.1.1.4.5.4.3|65|7
1.3.6.1.4.1.2699.1.3.1.12.1.1.4.1.1.3|65|300
1.3.6.1.4.1.2699.1.3.1.12.1.1.4.1.2.3|65|150
1.3.6.1.4.1.2699.1.3.1.12.1.1.4.2.1.3|65|299
1.3.6.1.4.1.2699.1.3.1.12.1.1.5.1.1.3|65|200
1.3.6.1.4.1.2699.1.3.1.12.1.1.9.1.1.3|4|iso_a4_210x297mm
1.3.6.1.4.1.2699.1.3.1.12.1.1.9.1.2.3|4|iso_a4_210x297mm
1.3.6.1.4.1.2699.1.3.1.12.1.1.9.2.1.3|4|iso_a4_210x297mm
1.3.6.1.4.1.2699.1.3.1.12.1.1.11.1.1.3|4|stationery
1.3.6.1.4.1.2699.1.3.1.12.1.1.11.1.2.3|4|transparency";

#[test]
fn prints_scans_and_power_are_told_by_service_and_colour() {
    let usage = usage(IMAGING);
    let prints: Vec<_> = usage
        .print
        .iter()
        .map(|row| (row.label.as_deref().unwrap(), row.color.clone(), row.impressions, row.sheets))
        .collect();
    assert_eq!(
        prints,
        [
            ("print", Some(ColorMode::Monochrome), Some(600), None),
            ("print", Some(ColorMode::Color), Some(300), None)
        ]
    );
    let scans: Vec<_> = usage.scan.iter().map(|row| (row.color.clone(), row.images)).collect();
    assert_eq!(scans, [(Some(ColorMode::Monochrome), Some(50)), (Some(ColorMode::Color), Some(20))]);
    let power = usage.power.unwrap();
    assert_eq!((power.states[0].state.clone(), power.states[0].time), (PowerState::On, Some(86_400)));
}

#[test]
fn media_are_told_by_tray_bin_size_and_type_and_a_service_is_not_counted_with_the_device() {
    let usage = usage(IMAGING);
    let installed: Vec<_> = usage
        .installed_media
        .iter()
        .map(|row| (row.tray.as_deref().unwrap(), row.size.as_deref().unwrap(), row.weight))
        .collect();
    assert_eq!(
        installed,
        [("Tray 1", "297 x 210 mm", Some(80)), ("2", "na_letter_8.5x11in", None)],
        "an empty tray has no media"
    );
    assert_eq!((usage.trays[0].tray.as_str(), usage.trays[0].sheets), ("Upper tray", Some(320)));
    assert_eq!((usage.bins[0].bin.as_str(), usage.bins[0].sheets), ("1", Some(480)));
    assert_eq!((usage.trays.len(), usage.bins.len()), (1, 1));
    let [size] = &usage.media_sizes[..] else { panic!("{:?}", usage.media_sizes) };
    assert_eq!((size.sheets, size.monochrome_sheets), (Some(450), Some(200)));
    let types: Vec<_> = usage.media_types.iter().map(|row| (row.name.as_str(), row.sheets)).collect();
    assert_eq!(types, [("stationery", Some(300)), ("transparency", Some(150))]);
}

#[test]
fn incidents_have_their_code_and_a_removal_resolves() {
    let usage = usage(
        "1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
        1.3.6.1.2.1.43.18.1.1.2.1.4|2|3
        1.3.6.1.2.1.43.18.1.1.2.1.9|2|1
        1.3.6.1.2.1.43.18.1.1.4.1.4|2|13
        1.3.6.1.2.1.43.18.1.1.4.1.9|2|18
        1.3.6.1.2.1.43.18.1.1.5.1.4|2|1
        1.3.6.1.2.1.43.18.1.1.5.1.9|2|3
        1.3.6.1.2.1.43.18.1.1.7.1.4|2|8
        1.3.6.1.2.1.43.18.1.1.7.1.9|2|1801",
    );
    let [incident] = &usage.incidents[..] else { panic!("{:?}", usage.incidents) };
    assert_eq!((incident.code.as_str(), incident.count), ("jam", None));
    assert_eq!(usage.resolutions[0].fault, "3");
}

#[test]
fn a_lexmark_tells_runs_power_units_and_media_by_size_and_type() {
    let usage = of_maker(
        641,
        "1.3.6.1.4.1.641.6.4.1.1.1.2.1.1|2|2
        1.3.6.1.4.1.641.6.4.1.1.1.2.1.2|2|35
        1.3.6.1.4.1.641.6.4.1.1.1.2.1.3|2|97
        1.3.6.1.4.1.641.6.4.1.1.1.3.1.1|2|3
        1.3.6.1.4.1.641.6.4.1.1.1.3.1.2|2|36
        1.3.6.1.4.1.641.6.4.1.1.1.3.1.3|2|3
        1.3.6.1.4.1.641.6.4.1.1.1.4.1.1|65|40
        1.3.6.1.4.1.641.6.4.1.1.1.4.1.2|65|90
        1.3.6.1.4.1.641.6.4.1.1.1.4.1.3|65|6
        1.3.6.1.4.1.641.6.4.2.3.1.2.1.1|2|68
        1.3.6.1.4.1.641.6.4.2.3.1.2.1.2|2|68
        1.3.6.1.4.1.641.6.4.2.3.1.2.1.3|2|2
        1.3.6.1.4.1.641.6.4.2.3.1.3.1.1|2|3
        1.3.6.1.4.1.641.6.4.2.3.1.3.1.2|2|10
        1.3.6.1.4.1.641.6.4.2.3.1.3.1.3|2|3
        1.3.6.1.4.1.641.6.4.2.3.1.5.1.1|65|100
        1.3.6.1.4.1.641.6.4.2.3.1.5.1.2|65|20
        1.3.6.1.4.1.641.6.4.2.3.1.5.1.3|65|5
        1.3.6.1.4.1.641.6.4.2.4.1.2.1.1|2|1
        1.3.6.1.4.1.641.6.4.2.4.1.2.1.2|2|4
        1.3.6.1.4.1.641.6.4.2.4.1.3.1.1|65|700
        1.3.6.1.4.1.641.6.4.2.4.1.3.1.2|65|60
        1.3.6.1.4.1.641.6.4.2.5.1.2.1.1|2|1
        1.3.6.1.4.1.641.6.4.2.5.1.2.1.2|2|101
        1.3.6.1.4.1.641.6.4.2.5.1.3.1.1|2|10
        1.3.6.1.4.1.641.6.4.2.5.1.3.1.2|2|2147483647
        1.3.6.1.4.1.641.6.4.2.5.1.4.1.1|65|300
        1.3.6.1.4.1.641.6.4.2.5.1.5.1.1|65|80
        1.3.6.1.4.1.641.6.4.2.5.1.5.1.2|65|2
        1.3.6.1.4.1.641.6.4.3.1.1.2.1.1|2|3
        1.3.6.1.4.1.641.6.4.3.1.1.4.1.1|65|30
        1.3.6.1.4.1.641.6.4.3.1.1.5.1.1|65|15
        1.3.6.1.4.1.641.6.4.4.3.1.5.1.1|4|Black Cartridge
        1.3.6.1.4.1.641.6.4.4.3.1.8.1.1|65|3
        1.3.6.1.4.1.641.6.4.4.3.1.9.1.1|2|3",
    );
    let runs: Vec<_> =
        usage.run_lengths.iter().map(|run| (run.bucket.lower, run.bucket.upper, run.jobs)).collect();
    assert_eq!(runs, [(1, Some(10), Some(80)), (101, None, Some(2))]);
    let states = &usage.power.as_ref().unwrap().states;
    let suspend = states.iter().find(|row| row.state == PowerState::Suspend).unwrap();
    assert_eq!((suspend.time, suspend.transitions), (Some(5_400), Some(40)), "minutes, and once each");
    let jams = usage.incidents.iter().find(|row| row.code == "paperJams").unwrap();
    assert_eq!(jams.count, Some(6));
    let sizes: Vec<_> = usage.media_sizes.iter().map(|row| (row.name.as_str(), row.sheets)).collect();
    assert_eq!(sizes, [("iso_a4_210x297mm", Some(120))], "other(2) is no size");
    let types: Vec<_> = usage.media_types.iter().map(|row| (row.name.as_str(), row.sheets)).collect();
    assert_eq!(types, [("stationery", Some(105)), ("stationery-letterhead", Some(20))]);
    let up: Vec<_> =
        usage.print.iter().flat_map(|row| &row.by_number_up).map(|up| (up.number_up, up.value)).collect();
    assert_eq!(up, [(1, 700), (4, 60)]);
    let scan = usage.scan.iter().find(|row| row.sheets.is_some()).unwrap();
    assert_eq!(
        (scan.images, scan.sheets, scan.destination.clone()),
        (Some(30), Some(15), Some(ScanDestination::Email))
    );
    assert_eq!(
        (usage.crus[0].name.as_deref(), usage.crus[0].replacements),
        (Some("Black Cartridge"), Some(3))
    );
}

#[test]
fn other_makers_tell_languages_trays_service_items_coverage_and_parts() {
    let hp = of_maker(
        11,
        "1.3.6.1.4.1.11.2.3.9.4.2.1.3.3.3.5.0|2|800
        1.3.6.1.4.1.11.2.3.9.4.2.1.3.3.4.5.0|2|150
        1.3.6.1.4.1.11.2.3.9.4.2.1.2.2.1.20.0|2|33",
    );
    let languages: Vec<_> = hp
        .print
        .iter()
        .flat_map(|row| &row.by_language)
        .map(|row| (row.language.as_str(), row.value))
        .collect();
    assert_eq!(languages, [("pcl", 800), ("postscript", 150)]);
    assert_eq!((hp.scan[0].source.as_deref(), hp.scan[0].sheets), (Some("adf"), Some(33)));

    let samsung = of_maker(
        236,
        "1.3.6.1.4.1.236.11.5.11.55.20.1.5.0|2|4100\n1.3.6.1.4.1.236.11.5.11.55.20.1.11.0|2|3900",
    );
    assert_eq!((samsung.trays[0].tray.as_str(), samsung.trays[0].sheets), ("1", Some(3_900)));
    assert_eq!((samsung.hfsi[0].id.as_str(), samsung.hfsi[0].usage), ("fuser", Some(4_100)));

    let oki = of_maker(2001, "1.3.6.1.4.1.2001.1.1.1.1.100.2.1.1.7.2|4|512");
    assert_eq!((oki.trays[0].tray.as_str(), oki.trays[0].sheets), ("2", Some(512)));

    let xerox = of_maker(
        253,
        "1.3.6.1.4.1.253.8.53.13.2.1.6.1.20.90|2|12000
        1.3.6.1.4.1.253.8.53.13.2.1.6.1.23.90|2|100000
        1.3.6.1.4.1.253.8.53.13.2.1.6.1.27.90|2|-4
        1.3.6.1.4.1.253.8.53.13.2.1.6.1.58.90|2|81000
        1.3.6.1.4.1.253.8.53.13.2.1.6.1.250.1|2|6
        1.3.6.1.4.1.253.8.53.13.2.1.8.1.20.90|4|Fuser
        1.3.6.1.4.1.253.8.53.13.2.1.8.1.57.90|4x|07e8030915220b00
        1.3.6.1.4.1.253.8.53.13.2.1.8.1.250.1|4|black
        1.3.6.1.4.1.253.8.53.13.2.1.6.1.35.1|2|31
        1.3.6.1.4.1.253.8.53.13.2.1.8.1.35.1|4|xs-ietf-rfc1759-prtAlertCode-jam",
    );
    let [incident] = &xerox.incidents[..] else { panic!("{:?}", xerox.incidents) };
    assert_eq!((incident.code.as_str(), incident.count), ("xs-ietf-rfc1759-prtAlertCode-jam", Some(31)));
    let [item] = &xerox.hfsi[..] else { panic!("{:?}", xerox.hfsi) };
    assert_eq!((item.id.as_str(), item.name.as_deref()), ("90", Some("Fuser")));
    assert_eq!((item.usage, item.limit, item.days_until_replace), (Some(12_000), Some(100_000), Some(-4)));
    assert!(item.last_reset_at.is_some());
    let part = &xerox.parts_replaced[0];
    assert_eq!((part.name.as_deref(), part.count_at), (Some("Fuser"), Some(81_000)));
    assert_eq!(
        (xerox.average_coverage[0].colorant.as_str(), xerox.average_coverage[0].value),
        ("black", 6.0)
    );
}

#[test]
fn what_nobody_told_is_withheld_and_what_was_told_is_not() {
    let bare = usage("1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5");
    assert_eq!(bare.header.withheld.len(), 22);
    assert!(bare.header.withheld.iter().all(|row| row.reason == WithheldReason::NotSupported));
    let told = usage(IMAGING);
    for element in
        ["Print", "Power", "TrayUsage", "BinUsage", "InstalledMedia", "MediaType", "MediaSize", "Scan"]
    {
        assert!(told.header.withheld.iter().all(|row| row.element != element), "{element}");
        assert!(told.header.sources.iter().any(|row| row.element.starts_with(element)), "{element}");
    }
}

/// A device that answers from values.
struct Device(std::collections::BTreeMap<Oid, remote_services_snmp::Value>, Vec<drive::Answer<usize>>, usize);

impl drive::Asker for Device {
    type Id = usize;
    type Error = ();

    fn submit(
        &mut self,
        _: core::net::SocketAddr,
        _: usize,
        operation: remote_services_snmp::engine::Operation,
    ) -> Result<usize, ()> {
        self.2 += 1;
        let result = replay::answer(&self.0, &operation);
        self.1.insert(0, drive::Answer { id: self.2, result, partial: Vec::new() });
        Ok(self.2)
    }

    fn next(&mut self) -> Result<Option<drive::Answer<usize>>, ()> {
        Ok(self.1.pop())
    }
}

#[test]
fn a_collection_fetches_what_the_detailed_usage_needs_when_it_is_told_to() {
    let lexmark = "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.641.2
        1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
        1.3.6.1.4.1.641.6.4.2.5.1.2.1.1|2|1
        1.3.6.1.4.1.641.6.4.2.5.1.3.1.1|2|10
        1.3.6.1.4.1.641.6.4.2.5.1.5.1.1|65|80";
    for (lines, known) in [
        (IMAGING, Known::default()),
        (lexmark, Known::default()),
        (lexmark, Known { device: Some(1), object_id: Some(oid!("1.3.6.1.4.1.641.2")) }),
    ] {
        let context = ReadContext::default();
        let whole = ObjectStore::from(values(lines));
        let expected = build(&whole, &context, &build_report(&whole, &context));
        let read = |collection: Collection| {
            let mut collection = collection;
            let mut device = Device(values(lines), Vec::new(), 0);
            let address = "192.0.2.1:161".parse().unwrap();
            drive::collect(&mut collection, address, 0, &mut device).unwrap();
            let store = collection.finish();
            build(&store, &context, &build_report(&store, &context))
        };
        assert_eq!(read(Collection::new(&known).with_usage()), expected);
        assert_ne!(read(Collection::new(&known)), expected, "it is not asked for without being told");
    }
}

#[test]
fn what_only_the_usage_is_made_of_is_no_part_of_what_the_next_reading_asks_for() {
    let lexmark = "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.641.2
        1.3.6.1.2.1.1.3.0|67|1000
        1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
        1.3.6.1.4.1.641.6.4.2.1.1.2.1.61|2|2
        1.3.6.1.4.1.641.6.4.2.1.1.3.1.61|2|4
        1.3.6.1.4.1.641.6.4.2.1.1.4.1.61|65|9100
        1.3.6.1.4.1.641.6.4.2.5.1.2.1.1|2|1
        1.3.6.1.4.1.641.6.4.2.5.1.3.1.1|2|10
        1.3.6.1.4.1.641.6.4.2.5.1.5.1.1|65|80";
    let read = |mut collection: Collection| {
        let mut device = Device(values(lexmark), Vec::new(), 0);
        drive::collect(&mut collection, "192.0.2.1:161".parse().unwrap(), 0, &mut device).unwrap();
        let columns = collection.usage_columns().to_vec();
        (collection.finish(), columns)
    };
    let known = Known { device: Some(1), object_id: Some(oid!("1.3.6.1.4.1.641.2")) };
    let (usual, none) = read(Collection::new(&known));
    assert!(none.is_empty());
    for known in [known, Known::default()] {
        let (whole, columns) = read(Collection::new(&known).with_usage());
        let runs = |store: &ObjectStore| store.below(&oid!("1.3.6.1.4.1.641.6.4.2.5")).count();
        assert_eq!((runs(&whole), runs(&usual)), (3, 0));
        let kept = whole.without(&columns);
        assert_eq!(runs(&kept), 0);
        assert!(usual.values().keys().all(|name| kept.get(name).is_some()), "nothing else is missing");
    }
}
