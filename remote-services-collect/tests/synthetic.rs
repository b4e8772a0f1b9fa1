//! Each maker's profile on the recording that was written for it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use remote_services_collect::{ObjectStore, ReadContext, build, jobs, record, synthetic, usage};
use remote_services_core::counter::{ColorCounts, ServiceType};
use remote_services_core::device::DeviceReport;
use remote_services_core::supply::LevelQuality as Quality;

fn read(name: &str) -> DeviceReport {
    let text = synthetic::by_name(name).unwrap().text;
    let recording = record::parse(text.as_bytes(), record::Mode::Strict).unwrap();
    assert!(recording.repeated.is_empty(), "{name}: {:?}", recording.repeated);
    build(&ObjectStore::from(recording.values), &ReadContext::default())
}

/// Name, manufacturer, model, serial number, firmware, sides in its life, meters that the profile knows.
type Row = (&'static str, &'static str, &'static str, &'static str, Option<&'static str>, u64, usize);

const EXPECTED: [Row; 18] = [
    ("xerox", "Xerox", "Xerox AltaLink C8155", "EHQ100000", Some("119.009.031.22300"), 96_411, 9),
    ("hp", "HP", "HP LaserJet MFP M528", "CNB1100001", Some("2411097_060379"), 90_046, 3),
    ("ricoh", "Ricoh", "RICOH IM C3000", "3089RA100001", Some("1.14"), 191_433, 17),
    ("canon", "Canon", "Canon iR-ADV C5535 /P", "XTQ100001", Some("75.58"), 64_100, 7),
    ("lexmark", "Lexmark", "Lexmark MX522adhe", "701600000A1B2", Some("MXTGM.076.293"), 57_647, 13),
    ("kyocera", "Kyocera", "KYOCERA ECOSYS M5526cdw", "VR91000001", Some("2R7_2000.003.102"), 11_279, 9),
    (
        "konica-minolta",
        "Konica Minolta",
        "KONICA MINOLTA bizhub C360i",
        "AA2K100001",
        Some("G00-35"),
        83_500,
        7,
    ),
    ("brother", "Brother", "Brother MFC-L8900CDW series", "E75880H1N100001", Some("R1.15"), 22_777, 4),
    ("epson", "Epson", "EPSON WF-C5790 Series", "X3BC000001", Some("BR12K1"), 15_821, 0),
    ("oki", "OKI", "OKI DATA CORP C844", "AL9A100001", Some("A5.03"), 37_030, 0),
    ("sharp", "Sharp", "SHARP MX-3071", "9501000100", Some("01.02.K1"), 121_104, 0),
    ("samsung", "Samsung", "Samsung M408x Series", "ZDGE100001", Some("V4.00.02.18 JUN-22-2017"), 25_312, 3),
    ("toshiba", "Toshiba", "TOSHIBA e-STUDIO3515AC", "CKHI100001", None, 50_031, 1),
    ("fujifilm", "FUJIFILM", "FUJIFILM Apeos C5570", "900000", Some("1.0.33"), 44_873, 6),
    ("dell", "Dell", "Dell B3460dn", "7XX1100", Some("NH63.TU.N632"), 25_312, 0),
    ("zebra", "Zebra", "ZTC ZD620-203dpi ZPL", "D1J100001", Some("V84.20.18Z"), 25_312, 1),
    ("pantum", "Pantum", "Pantum P3300DN Series", "CH1A100001", None, 25_312, 0),
    ("panasonic", "Panasonic", "Panasonic KX-MB2545", "4CBWB100001", None, 25_312, 0),
];

#[test]
fn each_profile_reads_who_its_device_is_and_its_meters() {
    let names: Vec<_> = synthetic::ALL.iter().map(|recording| recording.name).collect();
    assert_eq!(names, EXPECTED.map(|row| row.0));
    for (name, manufacturer, model, serial, firmware, sides, meters) in EXPECTED {
        let report = read(name);
        let identity = &report.identity;
        assert_eq!(identity.manufacturer.as_deref(), Some(manufacturer), "{name}");
        assert_eq!(identity.make_and_model.as_deref(), Some(model), "{name}");
        assert_eq!(identity.serial_number.as_deref(), Some(serial), "{name}");
        assert_eq!(identity.firmware_version.as_deref(), firmware, "{name}");
        assert_eq!(report.counters.life_counts[0].value, sides, "{name}");
        assert_eq!(report.counters.billing_meters.len(), meters, "{name}");
        assert_eq!(
            report.network.interfaces.iter().filter(|it| it.mac_address.is_some()).count(),
            if name == "kyocera" { 2 } else { 1 },
            "{name}"
        );
    }
}

#[test]
fn rows_that_say_in_numbers_what_they_count_have_labels_of_words() {
    let meters = read("samsung").counters.billing_meters;
    let told: Vec<_> = meters.iter().map(|it| (it.label.as_str(), it.value, it.unit.label())).collect();
    assert_eq!(
        told,
        [
            ("print, small, monoColor", 21_000, "impressions"),
            ("copy, small, simplex, monoColor", 4_312, "impressions"),
            ("scan, small, monoColor", 1_920, "images"),
        ]
    );
    // A number without a word leaves the row out, and so does one that stands for something not counted.
    let text = synthetic::by_name("samsung").unwrap().text;
    let sheets = text.replace("53.11.2.1.4.1.1|2|7", "53.11.2.1.4.1.1|2|8");
    let recording = record::parse(sheets.as_bytes(), record::Mode::Strict).unwrap();
    let report = build(&ObjectStore::from(recording.values), &ReadContext::default());
    let first = &report.counters.billing_meters[0];
    assert_eq!((first.label.as_str(), first.unit.label()), ("print, small, monoColor, sheets", "sheets"));
    let odd = text.replace("53.11.2.1.2.1.1|2|1", "53.11.2.1.2.1.1|2|77").replace("|65|4312", "|2|-2");
    let recording = record::parse(odd.as_bytes(), record::Mode::Strict).unwrap();
    let report = build(&ObjectStore::from(recording.values), &ReadContext::default());
    assert_eq!(report.counters.billing_meters.len(), 1);
}

#[test]
fn what_the_makers_count_adds_up() {
    let sum = |counts: &ColorCounts| {
        Some(counts.monochrome? + counts.full_color? + counts.highlight_color.unwrap_or_default())
    };
    let mut compared = 0;
    for recording in synthetic::ALL {
        let report = read(recording.name);
        let life = report.counters.life_counts[0].value;
        for service in &report.counters.services {
            let Some(counts) = service.work.iter().find_map(|work| work.impressions.as_ref()) else {
                continue;
            };
            if let (Some(total), Some(sum)) = (counts.total, sum(counts)) {
                assert_eq!(total, sum, "{}: {:?}", recording.name, service.service_type);
                compared += 1;
            }
            if service.service_type == ServiceType::SystemTotals {
                assert!(counts.total.is_none_or(|total| total == life), "{}", recording.name);
            }
        }
    }
    assert!(compared >= 9, "only {compared} sums were there to compare");
}

#[test]
fn a_device_with_imaging_counters_and_jobs_tells_its_use_its_services_and_its_jobs() {
    let text = synthetic::by_name("dell").unwrap().text;
    let store = ObjectStore::from(record::parse(text.as_bytes(), record::Mode::Strict).unwrap().values);
    let context = ReadContext::default();
    let report = build(&store, &context);
    let statistics = report.counters.usage.as_ref().unwrap();
    assert_eq!((statistics.jobs_completed, statistics.processing_time), (Some(4_120), Some(90_000)));
    assert_eq!(report.counters.sheets.as_ref().unwrap().total, Some(20_812));
    let usage = usage::build(&store, &context, &report);
    assert_eq!((usage.trays[0].tray.as_str(), usage.trays[0].sheets), ("Tray 1", Some(18_000)));
    assert_eq!(
        (usage.media_sizes[0].name.as_str(), usage.media_sizes[0].sheets),
        ("iso_a4_210x297mm", Some(20_812))
    );
    let jobs = jobs::build(&store, "7XX1100", ReadContext::default().read_at);
    let [job] = &jobs[..] else { panic!("{jobs:?}") };
    assert_eq!(
        (job.job_name.as_deref(), job.pages_requested, job.duplex),
        (Some("report"), Some(6), Some(true))
    );
    let mut usage = usage;
    usage::distribution::add_jobs(&mut usage, &jobs);
    assert_eq!(usage.document_lengths[0].documents, Some(1));
}

#[test]
fn levels_that_are_no_numbers_stay_words() {
    let qualities = |name: &str| -> Vec<Quality> {
        read(name).supplies.supplies.iter().map(|supply| supply.quality.clone()).collect()
    };
    assert!(
        qualities("brother")
            .iter()
            .all(|quality| matches!(quality, Quality::SomeRemaining | Quality::Unknown))
    );
    assert_eq!(qualities("ricoh")[2], Quality::SomeRemaining);
    assert_eq!(qualities("sharp")[5..], [Quality::Unknown, Quality::Unknown]);
    let sharp = read("sharp");
    assert_eq!(sharp.supplies.supplies[1].remaining_percent, Some(9.0));
    assert_eq!(sharp.supplies.supplies[6].name, None, "a cartridge from elsewhere has no name");
}

#[test]
fn every_recording_says_that_no_device_gave_it() {
    for recording in synthetic::ALL {
        assert!(recording.text.starts_with("# Synthetic: "), "{}", recording.name);
        let live = recording.text.lines().filter(|line| line.starts_with("# live: ")).count();
        // A length in words does not move.
        let still = recording.name == "zebra";
        assert!(
            live > 0 || still || EXPECTED.iter().any(|row| row.0 == recording.name && row.6 == 0),
            "{}",
            recording.name
        );
    }
}
