//! The meters of each maker, from recordings made up of what their MIBs and devices are known to say. All are synthetic.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use remote_services_collect::profile::Profiles;
use remote_services_collect::{ObjectStore, ReadContext, build, record};
use remote_services_core::counter::{ColorCounts, Counters, Persistence, ServiceType, WorkCounters};

/// The counters of a printer of this enterprise that answers these lines below 1.3.6.1.4.1.
fn counters(enterprise: u32, lines: &[&str]) -> Counters {
    let mut recording = format!(
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.{enterprise}.1\n1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5\n"
    );
    for line in lines {
        recording += &format!("1.3.6.1.4.1.{line}\n");
    }
    let recording = record::parse(recording.as_bytes(), record::Mode::Lenient).unwrap();
    build(&ObjectStore::from(recording.values), &ReadContext::default()).counters
}

fn meters(counters: &Counters) -> Vec<(&str, u64, &str)> {
    counters
        .billing_meters
        .iter()
        .map(|meter| (meter.label.as_str(), meter.value, meter.unit.label()))
        .collect()
}

fn work<'a>(counters: &'a Counters, service: &ServiceType) -> &'a WorkCounters {
    let service = counters.services.iter().find(|found| found.service_type == *service).unwrap();
    assert_eq!(service.work.len(), 1);
    assert_eq!(service.work[0].persistence, Persistence::Lifetime);
    &service.work[0]
}

fn impressions(counters: &Counters, service: &ServiceType) -> ColorCounts {
    work(counters, service).impressions.clone().unwrap()
}

#[test]
fn rows_of_one_label_that_differ_fill_no_counter_of_the_model() {
    let two = |other: &str| {
        counters(
            253,
            &[
                "253.8.53.13.2.1.6.1.20.1|2|1000",
                &format!("253.8.53.13.2.1.6.1.20.2|2|{other}"),
                "253.8.53.13.2.1.6.1.20.7|2|500",
                "253.8.53.13.2.1.8.1.20.1|4|Total Impressions",
                "253.8.53.13.2.1.8.1.20.2|4|Total Impressions",
                "253.8.53.13.2.1.8.1.20.7|4|Printed Impressions",
            ],
        )
    };
    let found = two("9000");
    assert_eq!(meters(&found).len(), 3);
    assert!(found.services.iter().all(|service| service.service_type != ServiceType::SystemTotals));
    assert_eq!(impressions(&found, &ServiceType::Print).total, Some(500));
    let withheld = found.header.withheld.iter().find(|withheld| withheld.element == "Service").unwrap();
    let told = "systemTotals impressions: several rows claim it: 1000, 9000";
    assert_eq!(withheld.detail.as_deref(), Some(told));
    assert_eq!(impressions(&two("1000"), &ServiceType::SystemTotals).total, Some(1_000));
}

#[test]
fn xerox_rows_are_read_by_their_label_whatever_the_device_and_those_of_the_copier_not_twice() {
    let found = counters(
        253,
        &[
            "253.8.53.13.2.1.6.1.20.1|2|909",
            "253.8.53.13.2.1.6.1.20.33|2|390",
            "253.8.53.13.2.1.6.1.20.7|2|500",
            "253.8.53.13.2.1.6.1.20.9|2|70",
            "253.8.53.13.2.1.6.1.20.81|2|3",
            "253.8.53.13.2.1.6.103.20.3|2|20",
            "253.8.53.13.2.1.6.103.20.7|2|777",
            "253.8.53.13.2.1.6.10.20.12|2|9",
            "253.8.53.13.2.1.8.1.20.1|4|Total Impressions",
            "253.8.53.13.2.1.8.1.20.33|4|Color Impressions ",
            "253.8.53.13.2.1.8.1.20.7|4|Black Printed Impressions",
            "253.8.53.13.2.1.8.1.20.9|4|Black Printed 2 Sided Sheets",
            "253.8.53.13.2.1.8.1.20.81|4|Some Level",
            "253.8.53.13.2.1.8.103.20.3|4|Black Copied Impressions",
            "253.8.53.13.2.1.8.103.20.7|4|Black Printed Impressions",
            "253.8.53.13.2.1.8.10.20.12|4|Network Scanning Images Sent",
        ],
    );
    assert_eq!(
        meters(&found),
        [
            ("Total Impressions", 909, "impressions"),
            ("Black Printed Impressions", 500, "impressions"),
            ("Black Printed 2 Sided Sheets", 70, "sheets"),
            ("Color Impressions", 390, "impressions"),
            ("Network Scanning Images Sent", 9, "images"),
            ("Black Copied Impressions", 20, "impressions"),
        ]
    );
    let all = impressions(&found, &ServiceType::SystemTotals);
    assert_eq!((all.total, all.full_color, all.monochrome), (Some(909), Some(390), None));
    assert_eq!(impressions(&found, &ServiceType::Print).monochrome, Some(500));
    assert_eq!(impressions(&found, &ServiceType::Copy).monochrome, Some(20));
    let source = found.header.sources.iter().find(|source| source.element == "BillingMeter[6]").unwrap();
    assert_eq!(source.instance.as_deref(), Some("103.20.3"));
}

#[test]
fn ricoh_rows_are_read_by_their_type_and_keep_the_devices_words() {
    let base = "367.3.2.1.2.19.5.1";
    let rows =
        [(1, 10, "Counter:Machine Total", 271_871), (2, 200, "Copy", 5), (3, 870, "", 12), (4, 999, "?", 8)];
    let lines: Vec<String> = rows
        .iter()
        .flat_map(|(row, key, name, value)| {
            [
                format!("{base}.2.{row}|2|{key}"),
                format!("{base}.5.{row}|4|{name}"),
                format!("{base}.9.{row}|2|{value}"),
            ]
        })
        .collect();
    let found = counters(367, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(
        meters(&found),
        [
            ("Counter:Machine Total", 271_871, "impressions"),
            ("Copy", 5, "impressions"),
            ("Scan Color", 12, "images")
        ]
    );
    assert_eq!(impressions(&found, &ServiceType::SystemTotals).total, Some(271_871));
    assert_eq!(impressions(&found, &ServiceType::Copy).total, Some(5));
}

#[test]
fn konica_minolta_says_minus_one_for_what_it_does_not_count() {
    let found = counters(
        18334,
        &[
            "18334.1.1.1.5.7.2.1.1.0|2|700",
            "18334.1.1.1.5.7.2.2.1.5.1.2|2|600",
            "18334.1.1.1.5.7.2.2.1.5.2.2|2|-1",
            "18334.1.1.1.5.7.2.1.5.0|2|44",
        ],
    );
    assert_eq!(
        meters(&found),
        [("Total", 700, "impressions"), ("Scans", 44, "images"), ("Print Black", 600, "impressions")]
    );
    let print = impressions(&found, &ServiceType::Print);
    assert_eq!((print.monochrome, print.full_color), (Some(600), None));
    assert_eq!(work(&found, &ServiceType::Scan).images.as_ref().unwrap().total, Some(44));
}

#[test]
fn brother_packs_its_counters_into_records() {
    let found = counters(
        2435,
        &["2435.2.3.9.4.2.1.5.5.10.0|4x|00010400 00a7e0 01010400 00a000 02010400 0007e0 77010400 000001 ff"
            .replace(' ', "")
            .as_str()],
    );
    assert_eq!(
        meters(&found),
        [
            ("Page Counter", 42_976, "impressions"),
            ("B/W Pages", 40_960, "impressions"),
            ("Color Pages", 2_016, "impressions")
        ]
    );
    let all = impressions(&found, &ServiceType::SystemTotals);
    assert_eq!((all.total, all.monochrome, all.full_color), (Some(42_976), Some(40_960), Some(2_016)));
}

#[test]
fn the_other_makers_counters_come_with_their_service_and_colour() {
    let hp = counters(
        11,
        &[
            "11.2.3.9.4.2.1.4.1.2.5.0|2|1000",
            "11.2.3.9.4.2.1.4.1.2.7.0|2|250",
            "11.2.3.9.4.2.1.4.1.2.22.0|2|300",
        ],
    );
    let all = impressions(&hp, &ServiceType::SystemTotals);
    assert_eq!((all.total, all.full_color), (Some(1000), Some(250)));
    assert_eq!(meters(&hp)[2], ("duplex-page-count", 300, "sheets"));

    let canon = counters(
        1602,
        &["1602.1.11.1.3.1.4.101|65|90", "1602.1.11.1.3.1.4.301|65|60", "1602.1.11.1.3.1.4.501|65|7"],
    );
    assert_eq!(impressions(&canon, &ServiceType::SystemTotals).total, Some(90));
    assert_eq!(impressions(&canon, &ServiceType::Print).total, Some(60));
    assert_eq!(work(&canon, &ServiceType::Scan).images.as_ref().unwrap().total, Some(7));

    let lexmark = counters(
        641,
        &[
            "641.6.4.2.1.1.3.1.1|2|4",
            "641.6.4.2.1.1.3.1.2|2|4",
            "641.6.4.2.1.1.2.1.3|2|32",
            "641.6.4.2.1.1.3.1.3|2|5",
            "641.6.4.2.1.1.4.1.3|65|77",
            "641.6.4.2.1.1.2.1.1|2|16",
            "641.6.4.2.1.1.4.1.1|65|55",
            "641.6.4.2.1.1.2.1.2|2|35",
            "641.6.4.2.1.1.4.1.2|65|9",
        ],
    );
    // A type that is not listed, and a count of sheets where sides are expected, are left out.
    assert_eq!(meters(&lexmark), [("printTotal", 55, "impressions")]);
    assert_eq!(impressions(&lexmark, &ServiceType::Print).total, Some(55));

    let kyocera = counters(
        1347,
        &["1347.43.10.1.1.12.1.1|2|7342", "1347.42.3.1.2.1.1.1.1|2|7000", "1347.42.3.1.1.1.1.1|2|7100"],
    );
    assert_eq!(impressions(&kyocera, &ServiceType::SystemTotals).total, Some(7342));
    let print = impressions(&kyocera, &ServiceType::Print);
    assert_eq!((print.total, print.monochrome), (Some(7100), Some(7000)));

    let toshiba = counters(1129, &["1129.2.3.50.1.3.21.6.1.1|2|31"]);
    assert_eq!(meters(&toshiba), [("Total", 31, "impressions")]);
    assert!(toshiba.services.is_empty());
}

#[test]
fn a_maker_outside_the_list_gets_its_meters_from_a_profile_of_the_site() {
    let own = "schema = 1\nmanufacturer = \"Example\"\nenterprises = [99999]\n[[meter]]\nlabel = \"Total pages\"\n\
        object = \"1.3.6.1.4.1.99999.2.1\"\nunit = \"impressions\"\ncounts = { service = \"systemTotals\" }\n\
        source = \"a device that was read\"\n";
    let lines = b"1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1\n1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5\n\
        1.3.6.1.4.1.99999.2.1.0|65|1234\n";
    let values = record::parse(lines, record::Mode::Strict).unwrap().values;
    let read = |profiles: Profiles| {
        build(&ObjectStore::from(values.clone()), &ReadContext { profiles, ..ReadContext::default() })
    };
    assert!(read(Profiles::builtin()).counters.billing_meters.is_empty());
    let report = read(Profiles::builtin().with("example.toml", own).unwrap());
    assert_eq!(report.identity.manufacturer.as_deref(), Some("Example"));
    assert_eq!(meters(&report.counters), [("Total pages", 1234, "impressions")]);
}

#[test]
fn a_length_in_a_text_is_read_in_the_unit_that_the_rule_names() {
    let zebra = |text: &str| counters(10642, &[&format!("10642.200.17.3.0|4|{text}")]);
    assert_eq!(
        meters(&zebra("1920 INCHES, 4876 CENTIMETERS")),
        [("Printed Length", 19_200_000, "tenThousandthsOfInches")]
    );
    for none in ["", "INCHES", "4876 CENTIMETERS", "-5 INCHES", "18446744073709551615 INCHES"] {
        assert!(zebra(none).billing_meters.is_empty(), "{none}");
    }
}
