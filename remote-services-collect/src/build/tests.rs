//! Reports of synthetic recordings, member by member.

use super::*;
use crate::samples::{BROTHER, IDENTITY_ONLY, KYOCERA, LEXMARK, SHARP, XEROX, store};
use remote_services_core::alert_code::AlertCode;
use remote_services_core::counter::CounterUnit;
use remote_services_core::device::ModuleKind;
use remote_services_core::reading::Header;
use remote_services_core::reading::WithheldReason;
use remote_services_core::status::{DetectedError, DeviceStatus, OverallStatus, RetrievalOutcome};
use remote_services_core::supply::{LevelQuality, SupplyClass, SupplyState, SupplyUnit};

fn report(lines: &str) -> DeviceReport {
    let read_at = Timestamp::from_unix_seconds(1_000_000);
    build(&store(lines), &ReadContext { read_at, ..ReadContext::default() })
}

fn withheld(header: &Header, element: &str) -> Option<WithheldReason> {
    header
        .withheld
        .iter()
        .find(|withheld| withheld.element == element)
        .map(|withheld| withheld.reason.clone())
}

fn source<'a>(header: &'a Header, element: &str) -> Option<(&'a str, Option<&'a str>)> {
    let source = header.sources.iter().find(|source| source.element == element)?;
    Some((&source.object, source.instance.as_deref()))
}

#[test]
fn kyocera_identity_names_its_witnesses() {
    let identity = report(KYOCERA).identity;
    assert_eq!(identity.manufacturer.as_deref(), Some("Kyocera"));
    assert_eq!(identity.make_and_model.as_deref(), Some("ECOSYS P2040dw"));
    assert_eq!(identity.serial_number.as_deref(), Some("VD20000001"));
    assert_eq!(identity.firmware_version.as_deref(), Some("2VN_S000.002.205"));
    assert_eq!(identity.system_name.as_deref(), Some("KM000001"));
    assert_eq!(source(&identity.header, "SerialNumber"), Some(("1.3.6.1.2.1.43.5.1.1.17", Some("1"))));
    assert_eq!(source(&identity.header, "Manufacturer"), Some(("1.3.6.1.2.1.1.2", Some("0"))));
    // An empty contact is an answer; a location that was not answered is missing.
    assert_eq!((identity.contact, withheld(&identity.header, "Contact")), (None, None));
    assert_eq!(withheld(&identity.header, "Location"), Some(WithheldReason::NotSupported));
}

#[test]
fn a_lexmark_s_own_objects_come_first_and_its_description_is_named_as_witness() {
    let identity = report(LEXMARK).identity;
    assert_eq!(identity.make_and_model.as_deref(), Some("Lexmark MX611de"));
    assert_eq!(identity.firmware_version.as_deref(), Some("LW80.SB7.P210"));
    assert_eq!(source(&identity.header, "FirmwareVersion"), Some(("1.3.6.1.4.1.641.2.1.2.1.4", Some("1"))));
    assert_eq!(identity.serial_number.as_deref(), Some("70160000H0KCP"));
    assert_eq!(source(&identity.header, "SerialNumber"), Some(("rule:hrDeviceDescr", None)));
}

#[test]
fn numbers_are_read_from_digits_and_from_the_wrong_unsigned_type() {
    let report = report(LEXMARK);
    assert_eq!(report.status.device_status, Some(DeviceStatus::Warning));
    let [toner, waste] = report.supplies.supplies.as_slice() else { panic!("two supplies") };
    assert_eq!(
        (toner.level, toner.max_capacity, toner.unit.clone()),
        (Some(42), Some(100), SupplyUnit::Percent)
    );
    assert_eq!((toner.quality.clone(), toner.remaining_percent), (LevelQuality::Measured, Some(42.0)));
    assert_eq!((waste.level, waste.max_capacity), (Some(-3), Some(-2)));
    assert_eq!(waste.quality, LevelQuality::SomeRemaining);
}

#[test]
fn a_serial_number_loses_the_full_stop_that_samsung_adds() {
    let samsung = KYOCERA.replace("VD20000001", "Z6SYB8KC500123X.");
    assert_eq!(report(&samsung).identity.serial_number.as_deref(), Some("Z6SYB8KC500123X"));
}

#[test]
fn the_interface_that_was_asked_comes_first_and_loopback_not_at_all() {
    let address = Some("192.0.2.81".parse().unwrap());
    let network = build(&store(KYOCERA), &ReadContext { address, ..ReadContext::default() }).network;
    assert_eq!(network.interfaces.len(), 2);
    let asked = &network.interfaces[0];
    assert_eq!(asked.name.as_deref(), Some("wlan0"));
    assert_eq!(asked.mac_address.as_deref(), Some("00:17:c8:00:00:02"));
    assert_eq!(asked.ipv4_addresses, ["192.0.2.81"]);
    assert_eq!((asked.prefix_length, asked.subnet_address.as_deref()), (Some(26), Some("192.0.2.64")));
    assert_eq!(network.interfaces[1].ipv6_addresses, ["fe80::217:c8ff:fe00:1"]);
    assert_eq!(network.default_gateways, ["192.0.2.1"]);
    assert_eq!(network.last_known_address.as_deref(), Some("192.0.2.81"));
    // The instances of address tables are addresses, which a lockdown must not find in the sources.
    assert!(
        network
            .header
            .sources
            .iter()
            .all(|source| { !source.element.contains("Address") || source.instance.is_none() })
    );
}

#[test]
fn the_broadcast_address_of_a_subnet_is_no_address_of_the_device() {
    let recording = "\
1.3.6.1.2.1.2.2.1.2.2|4|eth0
1.3.6.1.2.1.4.34.1.3.1.4.192.0.2.7|2|2
1.3.6.1.2.1.4.34.1.3.1.4.192.0.2.255|2|2
1.3.6.1.2.1.4.34.1.4.1.4.192.0.2.7|2|1
1.3.6.1.2.1.4.34.1.4.1.4.192.0.2.255|2|3
";
    let network = report(recording).network;
    assert_eq!(network.interfaces[0].ipv4_addresses, ["192.0.2.7"]);
}

#[test]
fn kyocera_status_is_ready_although_old_alerts_stand_in_the_table() {
    let status = report(KYOCERA).status;
    assert_eq!(status.overall, OverallStatus::Ready);
    assert_eq!(status.detected_errors, []);
    assert_eq!(status.console_messages, ["Sleeping"]);
    let [alert] = &status.alerts[..] else { panic!("{:?}", status.alerts) };
    assert_eq!(
        (alert.index, alert.code, alert.group_index, alert.location),
        (23, AlertCode(1001), Some(1), Some(-2))
    );
    assert_eq!(alert.description.as_deref(), Some(AlertCode(1001).words().as_str()));
    assert_eq!(alert.raised_at, Some(Timestamp::from_unix_seconds(999_900)));
    assert_eq!(status.retrieval.as_ref().unwrap().outcome, RetrievalOutcome::Ok);
    assert_eq!(status.uptime, Some(181_301_465));
}

#[test]
fn kyocera_counters_and_supplies_keep_unit_and_sentinels() {
    let report = report(KYOCERA);
    let [life] = &report.counters.life_counts[..] else { panic!() };
    assert_eq!((life.value, &life.unit, life.marker), (7432, &CounterUnit::Impressions, Some(1)));
    assert_eq!(report.counters.impressions.as_ref().unwrap().total, Some(7432));
    assert_eq!(report.counters.power_on_counts[0].value, 52);

    let [toner, waste] = &report.supplies.supplies[..] else { panic!() };
    assert_eq!(toner.remaining_percent, Some(98.0));
    assert_eq!(
        (toner.max_capacity, toner.level, &toner.unit),
        (Some(7200), Some(7056), &SupplyUnit::Impressions)
    );
    assert_eq!((toner.colorant.as_deref(), waste.colorant.as_deref()), (Some("black"), None));
    assert_eq!((waste.max_capacity, waste.level), (Some(-2), Some(-3)));
    assert_eq!((&waste.quality, waste.remaining_percent), (&LevelQuality::SomeRemaining, None));
    assert_eq!(waste.class, SupplyClass::ReceptacleThatIsFilled);

    let [bypass, cassette] = &report.supplies.paper[..] else { panic!() };
    assert_eq!((bypass.tray.as_str(), bypass.level), ("MP Tray", Some(0)));
    assert_eq!((cassette.level, &cassette.quality), (Some(-3), &LevelQuality::SomeRemaining));
    assert_eq!(cassette.media_name.as_deref(), Some("PLAIN"));
}

#[test]
fn kyocera_properties() {
    let properties = report(KYOCERA).properties;
    assert_eq!(properties.color_supported, Some(false));
    assert_eq!(properties.duplex_supported, Some(true));
    let [speed] = properties.print_speeds.as_slice() else { panic!("one path") };
    assert_eq!((speed.value, &speed.unit), (40.0, &Some(CounterUnit::Impressions)));
    assert_eq!(properties.memory_size, Some(268_435_456));
    assert_eq!(properties.configuration_changes, Some(7));
    assert_eq!(properties.interpreters.len(), 2);
    // Two hrDevices and a cover.
    assert_eq!(properties.components.len(), 3);
}

#[test]
fn a_brother_behind_another_makers_object_id_is_a_brother() {
    let report = report(BROTHER);
    assert_eq!(report.identity.manufacturer.as_deref(), Some("Brother"));
    assert_eq!(report.identity.make_and_model.as_deref(), Some("Brother MFC-L2710DW series"));
    assert_eq!(report.identity.serial_number.as_deref(), Some("E00000A0N000001"));
    assert_eq!(report.identity.firmware_version.as_deref(), Some("Q"));
    assert!(report.identity.device_id_1284.unwrap().starts_with("MFG:Brother"));
    assert_eq!(report.status.overall, OverallStatus::Busy);
    let [toner, drum] = &report.supplies.supplies[..] else { panic!() };
    assert_eq!((&toner.quality, &toner.state), (&LevelQuality::SomeRemaining, &Some(SupplyState::Ok)));
    assert_eq!((&drum.quality, &drum.state), (&LevelQuality::Unknown, &Some(SupplyState::Unknown)));
    assert_eq!((toner.remaining_percent, drum.remaining_percent), (None, None));
    assert_eq!(withheld(&report.supplies.header, "Supply[2]/Type"), Some(WithheldReason::NotSupported));
    assert_eq!(withheld(&report.counters.header, "LifeCount"), Some(WithheldReason::NotSupported));
}

#[test]
fn a_sharp_with_the_printer_at_another_index_and_percentages_without_a_maximum() {
    let report = report(SHARP);
    assert_eq!(printer_index(&store(SHARP)), Some(21));
    assert_eq!(report.identity.make_and_model.as_deref(), Some("SHARP MX-3570N"));
    assert_eq!(report.identity.serial_number.as_deref(), Some("65000001 X00"));
    // A single blank is the bit lowToner.
    assert_eq!(report.status.detected_errors, [DetectedError::LowToner]);
    assert_eq!(report.status.overall, OverallStatus::Warning);

    let [toner, waste, fuser, foreign] = &report.supplies.supplies[..] else { panic!() };
    assert_eq!((toner.remaining_percent, &toner.state), (Some(9.0), &Some(SupplyState::Low)));
    assert_eq!((waste.remaining_percent, &waste.state), (Some(100.0), &Some(SupplyState::Ok)));
    assert_eq!((fuser.remaining_percent, &fuser.quality), (None, &LevelQuality::Unknown));
    assert_eq!(
        (foreign.level, foreign.max_capacity, &foreign.quality),
        (Some(0), Some(0), &LevelQuality::Unknown)
    );
    assert_eq!((foreign.name.as_deref(), &foreign.state), (None, &Some(SupplyState::Unknown)));
    assert_eq!(foreign.index, "30");
}

#[test]
fn several_markers_are_never_summed_and_a_count_without_a_unit_is_withheld() {
    let counters = report(SHARP).counters;
    let counts: Vec<_> = counters.life_counts.iter().map(|count| (count.value, count.unit.label())).collect();
    assert_eq!(counts, [(121_104, "impressions"), (4000, "sheets")]);
    assert_eq!(counters.impressions, None);
    let refused = counters.header.withheld.iter().find(|withheld| withheld.element == "LifeCount").unwrap();
    assert_eq!(refused.detail.as_deref(), Some("marker 3: 12, but no unit (prtMarkerCounterUnit)"));
    assert_eq!(refused.reason, WithheldReason::Error);
}

#[test]
fn a_xerox_with_parts_meters_character_sets_and_a_jam() {
    let report = report(XEROX);
    let identity = &report.identity;
    assert_eq!(identity.manufacturer.as_deref(), Some("Xerox"));
    assert_eq!(identity.make_and_model.as_deref(), Some("Xerox WorkCentre 7545 v1 Multifunction System"));
    assert_eq!(identity.firmware_version.as_deref(), Some("061.121.225.08301"));
    assert_eq!(identity.serial_number.as_deref(), Some("XHZ000001"));
    assert_eq!(identity.system_name.as_deref(), Some("XRX"));
    let kinds: Vec<_> = identity.modules.iter().map(|module| module.kind.clone()).collect();
    assert_eq!(kinds, [ModuleKind::System, ModuleKind::Controller, ModuleKind::Marker]);

    assert_eq!(report.status.overall, OverallStatus::Stopped);
    assert_eq!(report.status.detected_errors, [DetectedError::Jammed]);
    assert_eq!(report.status.console_messages, ["Papierstau ö"]);
    // The bare number of the maker is kept behind the words.
    assert_eq!(report.status.alerts[0].description.as_deref(), Some("jam (08-153)"));
    assert_eq!(report.supplies.supplies[0].name.as_deref(), Some("Unità imaging"));

    let meters: Vec<_> =
        report.counters.billing_meters.iter().map(|meter| (meter.label.as_str(), meter.value)).collect();
    let copied = ("Black Copied Impressions", 519);
    assert_eq!(meters, [("Total Impressions", 909), ("Color Impressions", 390), copied]);
}

#[test]
fn an_agent_that_only_says_who_it_is_gives_that_and_reasons_for_the_rest() {
    let report = report(IDENTITY_ONLY);
    assert_eq!(report.identity.manufacturer.as_deref(), Some("Lexmark"));
    assert_eq!(report.identity.make_and_model.as_deref(), Some("Lexmark T640"));
    assert_eq!(report.identity.firmware_version.as_deref(), Some("NS.NP.N219"));
    assert_eq!(report.status.overall, OverallStatus::Unknown);
    for (header, element) in [
        (&report.identity.header, "SerialNumber"),
        (&report.network.header, "Interface"),
        (&report.properties.header, "ColorSupported"),
        (&report.status.header, "PrinterStatus"),
        (&report.counters.header, "LifeCount"),
        (&report.supplies.header, "Supply"),
    ] {
        assert_eq!(withheld(header, element), Some(WithheldReason::NotSupported), "{element}");
    }
}

#[test]
fn nothing_at_all_gives_an_empty_report_and_no_panic() {
    let report = build(&ObjectStore::new(), &ReadContext::default());
    assert_eq!(report.status.retrieval.unwrap().outcome, RetrievalOutcome::NoAnswer);
    assert_eq!(report.identity.manufacturer, None);
}

#[test]
fn values_of_wrong_types_are_missing_not_wrong() {
    let lines = "\
        1.3.6.1.2.1.1.1.0|2|5
        1.3.6.1.2.1.1.2.0|4|not an oid
        1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
        1.3.6.1.2.1.25.3.2.1.5.1|4|running
        1.3.6.1.2.1.25.3.5.1.2.1|2|7
        1.3.6.1.2.1.43.10.2.1.3.1.1|2|7
        1.3.6.1.2.1.43.10.2.1.4.1.1|2|-5
        1.3.6.1.2.1.43.11.1.1.9.1.1|4|full
        1.3.6.1.2.1.4.20.1.2.300.1.2.3|2|1";
    let report = report(lines);
    assert_eq!(report.identity.description, None);
    assert_eq!(report.status.device_status, None);
    assert_eq!(withheld(&report.status.header, "DetectedErrorState"), Some(WithheldReason::Error));
    assert_eq!(report.counters.life_counts, []);
    let refused =
        report.counters.header.withheld.iter().find(|withheld| withheld.element == "LifeCount").unwrap();
    assert_eq!(refused.detail.as_deref(), Some("marker 1: -5 is no count"));
    assert_eq!(report.supplies.supplies[0].level, None);
    assert_eq!(report.supplies.supplies[0].quality, LevelQuality::Unknown);
    assert_eq!(report.network.interfaces, []);
}

#[test]
fn a_life_count_that_no_counter_of_32_bits_can_hold_is_withheld_with_what_it_was() {
    for (type_and_value, told) in [
        ("70|18446744073709551615", Err("marker 1: 18446744073709551615 is more than a Counter32 holds")),
        ("70|4294967296", Err("marker 1: 4294967296 is more than a Counter32 holds")),
        ("67|1000", Err("marker 1: a time is no count")),
        ("65|4294967295", Ok(4_294_967_295)),
        ("70|4294967295", Ok(4_294_967_295)),
        ("2|1000", Ok(1_000)),
    ] {
        let counters = report(&format!(
            "1.3.6.1.2.1.43.10.2.1.3.1.1|2|7\n1.3.6.1.2.1.43.10.2.1.4.1.1|{type_and_value}\n"
        ))
        .counters;
        let refused = counters.header.withheld.iter().find(|withheld| withheld.element == "LifeCount");
        let told_now = match counters.life_counts.as_slice() {
            [count] => Ok(count.value),
            _ => Err(refused.and_then(|refused| refused.detail.as_deref()).unwrap_or("")),
        };
        assert_eq!(told_now, told);
        assert_eq!(counters.impressions.is_some(), told.is_ok());
    }
}

#[test]
fn a_tray_without_capacity_and_level_measures_nothing() {
    let tray = |max: i32, level: i32| {
        let columns = [(9, max), (10, level)];
        let lines = columns.map(|(column, number)| format!("1.3.6.1.2.1.43.8.2.1.{column}.1.1|2|{number}\n"));
        report(&lines.concat()).supplies
    };
    let supplies = tray(0, 0);
    assert_eq!(supplies.paper[0].quality, LevelQuality::Unknown);
    assert_eq!(withheld(&supplies.header, "Paper[1]/Level"), Some(WithheldReason::NotSupported));
    let empty = tray(500, 0);
    assert_eq!(empty.paper[0].quality, LevelQuality::Measured);
    assert_eq!(withheld(&empty.header, "Paper[1]/Level"), None);
}

#[test]
fn a_printer_whose_host_numbers_it_otherwise_is_read_where_its_printer_mib_stands() {
    let odd = "\
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.43.5.1.1.17.4|4|AK55001122
1.3.6.1.2.1.43.10.2.1.3.4.1|2|7
1.3.6.1.2.1.43.10.2.1.4.4.1|65|1234
";
    let report = report(odd);
    assert_eq!(report.identity.serial_number.as_deref(), Some("AK55001122"));
    assert_eq!(report.counters.life_counts[0].value, 1_234);
    assert_eq!(other_printers(&store(odd)), [0_u32; 0], "it is one printer with two numbers");
    // Of two printers in that MIB nobody can say which one it is.
    let two = format!("{odd}1.3.6.1.2.1.43.5.1.1.17.5|4|AK55009999\n");
    assert_eq!(printer_index(&store(&two)), Some(1));
    assert_eq!(other_printers(&store(&two)), [4, 5]);
}

#[test]
fn a_print_server_says_which_printers_are_not_read() {
    let server = "\
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.3
1.3.6.1.2.1.25.3.2.1.2.2|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.2.1.2.5|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.43.5.1.1.17.2|4|AK55001122
1.3.6.1.2.1.43.5.1.1.17.5|4|E74010A1N111111
";
    assert_eq!(report(server).identity.serial_number.as_deref(), Some("AK55001122"));
    assert_eq!(other_printers(&store(server)), [5]);
    assert_eq!(other_printers(&store(SHARP)), [0_u32; 0]);
    let header = report(server).properties.header;
    let told = header.withheld.iter().find(|withheld| withheld.element == "Component[3]").unwrap();
    assert!(told.detail.as_deref().unwrap().contains("hrDeviceIndex 5 is another printer"));
    // Without hrDeviceTable the Printer-MIB tells them.
    let general: String =
        server.lines().filter(|line| line.contains(".43.")).map(|it| format!("{it}\n")).collect();
    assert_eq!(other_printers(&store(&general)), [5]);
    let header = report(&general).properties.header;
    let told = header.withheld.iter().filter(|withheld| withheld.element == "Component");
    assert!(told.into_iter().any(|withheld| withheld.detail.is_some()));
}

#[test]
fn a_chinese_supply_name_in_utf_16_is_read() {
    let pantum = "\
1.3.6.1.2.1.43.5.1.1.2.1|2|1
1.3.6.1.2.1.43.7.1.1.4.1.1|2|1000
1.3.6.1.2.1.43.11.1.1.6.1.1|4x|7c8976d2
1.3.6.1.2.1.43.11.1.1.9.1.1|2|73
";
    assert_eq!(report(pantum).supplies.supplies[0].name.as_deref(), Some("粉盒"));
}
