//! The guide to profiles, followed to the letter: its pieces make one profile, and a device of that maker is read by it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use remote_services_collect::profile::Profiles;
use remote_services_collect::record::{self, Mode};
use remote_services_collect::{ObjectStore, ReadContext, build, usage};
use remote_services_core::counter::{CounterUnit, ServiceType};
use remote_services_core::usage::PowerState;

const GUIDE: &str = include_str!("../src/profile/guide.md");

/// All pieces of TOML of the guide, one after the other.
fn profile() -> String {
    let blocks = GUIDE.split("```toml\n").skip(1);
    let blocks: Vec<&str> = blocks.map(|block| block.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 6, "{} pieces", blocks.len());
    blocks.join("\n")
}

/// A printer of a maker that nobody knows, the seventh device of its host.
const DEVICE: &[u8] = b"\
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1
1.3.6.1.2.1.25.3.2.1.2.3|6|1.3.6.1.2.1.25.3.1.3
1.3.6.1.2.1.25.3.2.1.2.7|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.2.1.3.7|4|Example Corp Press 9
1.3.6.1.4.1.99999.1.2.1.7|4|EX100001
1.3.6.1.4.1.99999.1.2.2.7|4|V2.31
1.3.6.1.4.1.99999.1.2.3.7|4|A-0042
1.3.6.1.4.1.99999.2.1.0|65|9000
1.3.6.1.4.1.99999.2.2.0|65|400
1.3.6.1.4.1.99999.2.3.0|4|1920 INCHES, 4876 CENTIMETERS
1.3.6.1.4.1.99999.2.4.0|65|120
1.3.6.1.4.1.99999.3.1.2.7.1|2|300
1.3.6.1.4.1.99999.3.1.2.7.2|2|999
1.3.6.1.4.1.99999.3.1.3.7.1|4|Faxes printed
1.3.6.1.4.1.99999.3.1.3.7.2|4|Nobody knows
1.3.6.1.4.1.99999.3.1.4.7.1|65|25
1.3.6.1.4.1.99999.3.1.4.7.2|65|1
1.3.6.1.4.1.99999.3.2.2.1|2|1
1.3.6.1.4.1.99999.3.2.2.2|2|5
1.3.6.1.4.1.99999.3.2.2.3|2|9
1.3.6.1.4.1.99999.3.2.3.1|2|2
1.3.6.1.4.1.99999.3.2.3.2|2|0
1.3.6.1.4.1.99999.3.2.3.3|2|0
1.3.6.1.4.1.99999.3.2.4.1|65|310
1.3.6.1.4.1.99999.3.2.4.2|65|77
1.3.6.1.4.1.99999.3.2.4.3|65|5
1.3.6.1.4.1.99999.4.1.0|2|5
1.3.6.1.4.1.99999.5.1.2.1|4|E-42
1.3.6.1.4.1.99999.5.1.3.1|4x|07e8030915220b00
1.3.6.1.4.1.99999.6.1.2.1|2|97
1.3.6.1.4.1.99999.6.1.2.2|2|12
1.3.6.1.4.1.99999.6.1.4.1|65|3
1.3.6.1.4.1.99999.6.1.4.2|65|88
1.3.6.1.4.1.99999.7.1.2.1|4|Upper tray
1.3.6.1.4.1.99999.7.1.3.1|65|700
";

#[test]
fn every_piece_of_the_guide_reads_what_it_says() {
    let profiles =
        Profiles::builtin().with("example.toml", &profile()).unwrap_or_else(|error| panic!("{error}"));
    let store = ObjectStore::from(record::parse(DEVICE, Mode::Strict).unwrap().values);
    let context = ReadContext { profiles, ..ReadContext::default() };
    let report = build(&store, &context);

    let identity = &report.identity;
    assert_eq!(identity.manufacturer.as_deref(), Some("Example"));
    assert_eq!(identity.make_and_model.as_deref(), Some("Example Corp Press 9"));
    assert_eq!(identity.serial_number.as_deref(), Some("EX100001"));
    assert_eq!(identity.firmware_version.as_deref(), Some("V2.31"));
    assert_eq!(identity.asset_tags, ["A-0042"]);
    for key in ["[[firmware_version]]", "[[model]]", "[[asset_tag]]", "[[console]]"] {
        assert!(GUIDE.contains(key), "{key}");
    }

    let meters: Vec<_> = report
        .counters
        .billing_meters
        .iter()
        .map(|meter| (meter.label.as_str(), meter.value, &meter.unit))
        .collect();
    let sides = CounterUnit::Impressions;
    assert_eq!(
        meters,
        [
            ("Total pages", 9_000, &sides),
            ("Color copies", 400, &sides),
            ("Printed length", 19_200_000, &CounterUnit::TenThousandthsOfInches),
            ("Large impressions in black", 120, &sides),
            ("Faxes printed", 25, &sides),
            ("print, color", 310, &sides),
            ("scan", 77, &CounterUnit::from_label("images")),
        ]
    );
    let total = |service: ServiceType| {
        let found = report.counters.services.iter().find(|known| known.service_type == service).unwrap();
        found.work[0].impressions.clone().unwrap()
    };
    assert_eq!(total(ServiceType::SystemTotals).total, Some(9_000));
    assert_eq!(total(ServiceType::Copy).full_color, Some(400));
    assert_eq!(total(ServiceType::FaxIn).total, Some(25));

    assert_eq!(report.counters.large[0].impressions.monochrome, Some(120));

    let [sleep] = &report.properties.power_modes[..] else { panic!("{:?}", report.properties.power_modes) };
    assert_eq!((sleep.state.clone(), sleep.delay), (Some(PowerState::Suspend), Some(300)));
    let faults = &report.status.fault_history.as_ref().unwrap().faults;
    assert_eq!((faults[0].code.as_str(), faults[0].occurred_at.is_some()), ("E-42", true));
    let [jam] = &report.status.jams[..] else { panic!("{:?}", report.status.jams) };
    assert_eq!((jam.count, jam.location.as_deref()), (Some(3), Some("paper path")));

    let usage = usage::build(&store, &context, &report);
    assert_eq!((usage.trays[0].tray.as_str(), usage.trays[0].sheets), ("Upper tray", Some(700)));

    // What the guide says of the header.
    let source =
        report.counters.header.sources.iter().find(|source| source.element == "BillingMeter[1]").unwrap();
    assert_eq!(source.object, "1.3.6.1.4.1.99999.2.1");
    assert!(identity.header.withheld.iter().any(|withheld| withheld.element == "Location"));
}

#[test]
fn every_word_that_a_meter_may_have_stands_in_the_guide() {
    let row = |what: &str| {
        let line = GUIDE.lines().find(|line| line.starts_with(&format!("| `{what}` |"))).unwrap();
        line.split('`').skip(3).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let units: Vec<_> = CounterUnit::LISTED.iter().map(|unit| unit.1).chain(["images"]).collect();
    assert_eq!(row("unit"), units);
    let services: Vec<_> = ServiceType::LISTED.iter().map(|service| service.1).collect();
    assert_eq!(row("service"), services);
}
