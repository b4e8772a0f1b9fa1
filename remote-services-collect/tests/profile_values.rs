//! What profiles fill beyond identity and meters: rows and members from makers' own objects.

use remote_services_collect::profile::Profiles;
use remote_services_collect::record::{self, Mode};
use remote_services_collect::{ObjectStore, ReadContext, build};
use remote_services_core::device::{DeviceReport, LicenceState, ModuleKind};
use remote_services_core::status::Jam;
use remote_services_core::supply::ReplaceableBy;
use remote_services_core::usage::{PowerState, ScanDestination};

/// A printer at hrDeviceIndex 1 of this enterprise.
fn read(enterprise: u32, lines: &str, profiles: Profiles) -> DeviceReport {
    let lines = format!(
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.{enterprise}.1\n1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5\n{lines}\n"
    );
    let values = record::parse(lines.as_bytes(), Mode::Strict).expect("a recording").values;
    build(&ObjectStore::from(values), &ReadContext { profiles, ..ReadContext::default() })
}

#[test]
fn xerox_faults_licences_power_modes_and_parts_are_read() {
    let report = read(
        253,
        "\
1.3.6.1.2.1.43.5.1.1.17.1|4|ABC1234567
1.3.6.1.2.1.43.11.1.1.6.1.1|4|Fuser Assembly
1.3.6.1.4.1.253.8.53.3.2.1.2.1|4|Printer
1.3.6.1.4.1.253.8.53.3.2.1.2.7|4|Finisher LCSS
1.3.6.1.4.1.253.8.53.3.2.1.3.1|4|ABC1234567
1.3.6.1.4.1.253.8.53.3.2.1.3.7|4|FIN0000042
1.3.6.1.4.1.253.8.53.3.2.1.8.1|4x|07e8030915220b00
1.3.6.1.4.1.253.8.53.3.2.1.8.7|4x|07e8030a09000000
1.3.6.1.4.1.253.8.53.8.2.1.3.5|2|8153
1.3.6.1.4.1.253.8.53.8.2.1.4.5|4|Paper jam in tray 2
1.3.6.1.4.1.253.8.53.8.2.1.7.5|4x|07e8041001020300
1.3.6.1.4.1.253.8.53.13.2.1.6.1.111.1|2|5
1.3.6.1.4.1.253.8.53.13.2.1.6.1.114.1|2|8
1.3.6.1.4.1.253.8.53.13.2.1.6.1.119.1|2|45
1.3.6.1.4.1.253.8.53.13.2.1.8.1.110.1|4|Sleep
1.3.6.1.4.1.253.8.53.13.2.1.6.1.501.2|2|1
1.3.6.1.4.1.253.8.53.13.2.1.9.1.501.2|4|Scan to PC
1.3.6.1.4.1.253.8.53.13.2.1.8.1.180.1|4|600
1.3.6.1.4.1.253.8.53.13.2.1.9.1.180.1|4|Default Resolution
1.3.6.1.4.1.253.8.53.13.2.1.8.1.180.2|4|hunter2
1.3.6.1.4.1.253.8.53.13.2.1.9.1.180.2|4|Admin Password
1.3.6.1.4.1.253.8.53.20.1.1.4.9|2|4
1.3.6.1.4.1.253.8.53.20.1.1.5.9|4|Fuser Assembly
1.3.6.1.4.1.253.8.53.20.1.1.6.9|4|008R13028",
        Profiles::builtin(),
    );
    let identity = &report.identity;
    assert_eq!(identity.installed_at.unwrap().to_string(), "2024-03-09T21:34:11.000");
    let [finisher] = &identity.modules[..] else {
        panic!("the device itself is no module: {:?}", identity.modules)
    };
    assert_eq!(finisher.serial_number.as_deref(), Some("FIN0000042"));
    assert_eq!(
        (identity.licences[0].feature.as_str(), &identity.licences[0].state),
        ("Scan to PC", &LicenceState::Installed)
    );
    let fault = &report.status.fault_history.as_ref().unwrap().faults[0];
    assert_eq!(
        (fault.code.as_str(), fault.occurred_at.unwrap().to_string().as_str()),
        ("8153", "2024-04-16T01:02:03.000")
    );
    let mode = &report.properties.power_modes[0];
    assert_eq!((mode.state.as_ref(), mode.delay), (Some(&PowerState::Suspend), Some(45 * 60)));
    let [setting] = &report.properties.settings[..] else { panic!("a password is no setting") };
    assert_eq!((setting.name.as_str(), setting.value.as_deref()), ("Default Resolution", Some("600")));
    let fuser = &report.supplies.supplies[0];
    assert_eq!(fuser.part_number.as_deref(), Some("008R13028"));
    assert_eq!(fuser.replaceable_by, Some(ReplaceableBy::CustomerReplacable));
    assert!(!format!("{report:?}").contains("hunter2"));
}

#[test]
fn xerox_options_are_parts_when_they_are_there() {
    let report = read(
        253,
        "\
1.3.6.1.4.1.253.8.55.6.1.0|2|3
1.3.6.1.4.1.253.8.55.6.2.0|2|4
1.3.6.1.4.1.253.8.55.6.5.0|2|5
1.3.6.1.4.1.253.8.55.6.7.0|2|4
1.3.6.1.4.1.253.8.55.6.8.0|4|dClassFinisherProduction
1.3.6.1.4.1.253.8.55.6.10.0|2|2
1.3.6.1.4.1.253.8.55.6.14.0|2|5
1.3.6.1.4.1.253.8.55.6.15.0|2|2048
1.3.6.1.4.1.253.8.55.6.20.0|2|1
1.3.6.1.4.1.253.8.55.6.50.0|2|3",
        Profiles::builtin(),
    );
    let options = report.properties.components.iter().filter(|part| part.index.starts_with("option"));
    let told: Vec<_> =
        options.map(|part| (part.kind.label(), part.description.as_deref().unwrap_or_default())).collect();
    let expected = [
        ("finisher", "Stapler"),
        ("mediaPath", "Duplex unit"),
        ("inputTray", "High capacity feeder, oversized"),
        ("faxModem", "Fax unit"),
    ];
    assert_eq!(told, expected, "neither what is not present, nor what only is no part");
    let source = report.properties.header.sources.iter().find(|source| source.element == "Component[2]");
    assert_eq!(source.map(|source| source.object.as_str()), Some("1.3.6.1.4.1.253.8.55.6"));
}

#[test]
fn lexmark_supplies_jams_parts_and_scans_are_read() {
    let report = read(
        641,
        "\
1.3.6.1.2.1.43.11.1.1.6.1.1|4|Black Cartridge
1.3.6.1.2.1.43.11.1.1.7.1.1|2|7
1.3.6.1.4.1.641.6.3.1.1.3.1.4|2|8
1.3.6.1.4.1.641.6.3.1.1.7.1.4|4|STPL00042
1.3.6.1.4.1.641.6.3.1.1.8.1.4|4|Staple finisher
1.3.6.1.4.1.641.6.3.1.1.3.1.5|2|11
1.3.6.1.4.1.641.6.3.1.1.7.1.5|4|
1.3.6.1.4.1.641.6.3.1.1.8.1.5|4|RAM
1.3.6.1.4.1.641.6.4.1.1.1.2.1.1|2|97
1.3.6.1.4.1.641.6.4.1.1.1.2.1.2|2|96
1.3.6.1.4.1.641.6.4.1.1.1.4.1.1|65|31
1.3.6.1.4.1.641.6.4.1.1.1.4.1.2|65|4
1.3.6.1.4.1.641.6.4.3.1.1.2.1.1|2|1
1.3.6.1.4.1.641.6.4.3.1.1.2.1.2|2|3
1.3.6.1.4.1.641.6.4.3.1.1.2.1.3|2|259
1.3.6.1.4.1.641.6.4.3.1.1.4.1.1|65|900
1.3.6.1.4.1.641.6.4.3.1.1.4.1.2|65|20
1.3.6.1.4.1.641.6.4.3.1.1.4.1.3|65|3
1.3.6.1.4.1.641.6.4.4.1.1.5.1.1|4|Black Cartridge
1.3.6.1.4.1.641.6.4.4.1.1.6.1.1|4|CRT000001
1.3.6.1.4.1.641.6.4.4.1.1.9.1.1|2|22
1.3.6.1.4.1.641.6.4.4.1.1.10.1.1|4x|07e8030915220b00
1.3.6.1.4.1.641.6.4.4.1.1.11.1.1|65|12000
1.3.6.1.4.1.641.6.4.4.1.1.17.1.1|65|3400",
        Profiles::builtin(),
    );
    let [finisher] = &report.identity.modules[..] else { panic!("what has no number is no module") };
    assert_eq!(
        (&finisher.kind, finisher.serial_number.as_deref()),
        (&ModuleKind::Finisher, Some("STPL00042"))
    );
    let jam = Jam { count: Some(31), location: Some("paper path".into()), occurred_at: None };
    assert_eq!(report.status.jams, [jam]);
    let [mail] = &report.counters.scan_to[..] else { panic!("copies are no destination") };
    assert_eq!((&mail.destination, mail.images), (&ScanDestination::Email, 23));
    let black = &report.supplies.supplies[0];
    assert_eq!(black.serial_number.as_deref(), Some("CRT000001"));
    assert_eq!(black.size.as_deref(), Some("high yield, return program"));
    assert_eq!((black.count_at_install, black.lifetime_usage.as_ref().unwrap().value), (Some(12_000), 3_400));
    assert!(black.installed_at.is_some());
}

#[test]
fn a_timer_is_told_in_seconds_and_one_that_is_off_not_at_all() {
    let timer = |value: u32| {
        read(1347, &format!("1.3.6.1.4.1.1347.43.5.1.1.23.1|2|{value}"), Profiles::builtin()).properties
    };
    assert_eq!(timer(3).power_modes[0].delay, Some(900));
    assert!(timer(0).power_modes.is_empty());
}

/// An Internet and a NetWare stack described row by row, read by a profile of the site.
const SITE: &str = r#"
schema = 1
manufacturer = "Example"
enterprises = [99999]

[[rows]]
fills = "dnsName"
columns = { name = "1.3.6.1.4.1.99999.1.7" }
where = { column = "1.3.6.1.4.1.99999.1.3", is = "1.3.6.1.4.1.99999.9.50" }
source = "EXAMPLE-MIB exOptions"

[[rows]]
fills = "ipxAddress"
columns = { address = "1.3.6.1.4.1.99999.1.7" }
where = { column = "1.3.6.1.4.1.99999.1.3", is = "1.3.6.1.4.1.99999.9.60" }
source = "EXAMPLE-MIB exOptions"

[[rows]]
fills = "ipxSocket"
columns = { address = "1.3.6.1.4.1.99999.1.7" }
where = { column = "1.3.6.1.4.1.99999.1.3", is = "1.3.6.1.4.1.99999.9.60" }
source = "EXAMPLE-MIB exOptions"

[[rows]]
fills = "trapDestination"
columns = { address = "1.3.6.1.4.1.99999.2.2" }
source = "EXAMPLE-MIB exTrapTable"
"#;

#[test]
fn a_site_reads_names_ipx_and_trap_destinations_by_its_own_rules() {
    let profiles = Profiles::builtin().with("example.toml", SITE).unwrap();
    let report = read(
        99_999,
        "\
1.3.6.1.4.1.99999.1.3.4|6|1.3.6.1.4.1.99999.9.50
1.3.6.1.4.1.99999.1.3.5|6|1.3.6.1.4.1.99999.9.60
1.3.6.1.4.1.99999.1.3.6|6|1.3.6.1.4.1.99999.9.70
1.3.6.1.4.1.99999.1.7.4|4|printer.example.com
1.3.6.1.4.1.99999.1.7.5|4|0000C0DE.0000AA000001
1.3.6.1.4.1.99999.1.7.6|4|something else
1.3.6.1.4.1.99999.2.2.1|64|192.0.2.9
1.3.6.1.4.1.99999.2.2.2|4x|c000020a00a2",
        profiles,
    );
    assert_eq!(report.network.dns_names, ["printer.example.com"]);
    let ipx = report.network.ipx.unwrap();
    assert_eq!(ipx.address.as_deref(), Some("0000C0DE.0000AA000001"));
    assert_eq!(ipx.external_network.as_deref(), Some("0000C0DE"));
    assert_eq!(report.status.traps.unwrap().destinations, ["192.0.2.9", "192.0.2.10"]);
}

#[test]
fn a_rule_that_fills_what_there_is_not_is_refused_with_its_place() {
    let refused = |rule: &str| {
        let text = format!("schema = 1\nmanufacturer = \"E\"\nenterprises = [99999]\n\n[[rows]]\n{rule}\n");
        Profiles::builtin().with("e.toml", &text).unwrap_err().to_string()
    };
    let error =
        refused("fills = \"fault\"\ncolumns = { description = \"1.3.6.1.4.1.99999.1\" }\nsource = \"x\"");
    assert!(error.contains("code") && error.contains("e.toml:5"), "{error}");
    let error = refused(
        "fills = \"jam\"\ncolumns = { count = \"1.3.6.1.4.1.9.1\", colour = \"1.3.6.1.4.1.9.2\" }\nsource = \"x\"",
    );
    assert!(error.contains("colour"), "{error}");
    let error = refused("fills = \"jam\"\ncolumns = { count = \"1.3.6.1.4.printer\" }\nsource = \"x\"");
    assert!(error.contains("printer"), "{error}");
}

#[test]
fn boards_and_firmware_parts_are_modules_and_words_before_a_version_are_none_of_it() {
    let brother = read(2435, "1.3.6.1.4.1.2435.2.4.3.1240.6.5.0|4|Firmware Ver.Q", Profiles::builtin());
    assert_eq!(brother.identity.firmware_version.as_deref(), Some("Q"));
    let other = read(2435, "1.3.6.1.4.1.2435.2.4.3.1240.6.5.0|4|Loader 3", Profiles::builtin());
    assert_eq!(other.identity.firmware_version, None, "not the text that the rule knows");

    let epson = read(
        1248,
        "\
1.3.6.1.2.1.43.5.1.1.17.1|4|X8G9000415
1.3.6.1.4.1.1248.1.2.2.2.1.1.2.1.1|4|EQ22M3
1.3.6.1.4.1.1248.1.2.2.2.1.1.2.1.2|4|X8G9000415
1.3.6.1.4.1.1248.1.2.2.2.1.1.3.1.1|4|Printer FW
1.3.6.1.4.1.1248.1.2.2.2.1.1.3.1.2|4|Serial No",
        Profiles::builtin(),
    );
    let [part] = &epson.identity.modules[..] else {
        panic!("the serial number is no version: {:?}", epson.identity.modules)
    };
    assert_eq!((part.name.as_deref(), part.version.as_deref()), (Some("Printer FW"), Some("EQ22M3")));

    let zebra =
        read(10642, "1.3.6.1.4.1.683.1.4.0|4|79071\n1.3.6.1.4.1.683.1.5.0|4|7062184", Profiles::builtin());
    let [board] = &zebra.identity.modules[..] else { panic!("one board: {:?}", zebra.identity.modules) };
    assert_eq!((board.serial_number.as_deref(), &board.kind), (Some("7062184"), &ModuleKind::Network));

    let kyocera = read(1347, "1.3.6.1.4.1.1347.40.10.1.1.5.1|4|KM00AA11", Profiles::builtin());
    assert_eq!(kyocera.network.dns_names, ["KM00AA11"]);
}
