//! What a profile takes out is not in a single octet of what is sent.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod models;

use models::{random, sample};
use proptest::prelude::*;
use remote_services_core::agent::Agent;
use remote_services_core::device::DeviceReport;
use remote_services_core::reading::{Header, WithheldReason};
use remote_services_core::redact::{Redaction, RedactionProfile};
use remote_services_payload::kind::{self, Encoded};

fn sent(report: &DeviceReport, agent: &Agent) -> Vec<Encoded> {
    let mut files = kind::encode_report(report).unwrap();
    files.push(kind::encode_agent(agent).unwrap());
    files
}

/// Fails when a planted value is in a document, in whatever case.
fn assert_absent(files: &[Encoded], planted: &[&str]) {
    for file in files {
        let text = String::from_utf8(file.xml.clone()).unwrap().to_lowercase();
        for value in planted {
            if let Some((before, _)) = text.split_once(&value.to_lowercase()) {
                let tail: Vec<char> = before.chars().rev().take(120).collect();
                let tail: String = tail.into_iter().rev().collect();
                panic!("{} holds {value} after …{tail}", file.name());
            }
        }
    }
}

fn reasons<'a>(header: &'a Header, element: &str) -> Vec<&'a WithheldReason> {
    let entries = header.withheld.iter().filter(|withheld| withheld.element == element);
    entries.map(|withheld| &withheld.reason).collect()
}

#[test]
fn lockdown_leaves_no_known_address_in_any_text_of_the_model() {
    let lockdown = Redaction::new(RedactionProfile::Lockdown)
        .knowing(["192.0.2.77".parse().unwrap(), "2001:db8::4d".parse().unwrap()]);
    for spelling in [
        "192.0.2.77",
        "192-0-2-77",
        "192.000.002.077",
        "192.0.02.77",
        "77.2.0.192.in-addr.arpa",
        "C000024D",
        "1.3.6.1.2.1.4.20.1.1.192.0.2.77",
        "2001:db8::4d",
        "2001:0DB8:0:0:0:0:0:4D",
        "20010db800000000000000000000004d",
        "2001-db8--4d.ipv6-literal.net",
    ] {
        for text in
            [spelling.to_owned(), format!("see {spelling}, or joe@example.com"), format!("x{spelling}y")]
        {
            let (mut report, mut agent) = random::saying(&text);
            lockdown.report(&mut report);
            lockdown.agent(&mut agent);
            assert_absent(&sent(&report, &agent), &[spelling, "joe@example.com"]);
        }
    }
}

#[test]
fn lockdown_leaves_no_address_of_anybody_in_words() {
    let (mut report, mut agent) =
        sample_with_words("trap to 198.51.100.9 and fe80::1234, ip-203-0-113-8.example");
    let lockdown = Redaction::new(RedactionProfile::Lockdown);
    lockdown.report(&mut report);
    lockdown.agent(&mut agent);
    let files = sent(&report, &agent);
    assert_absent(&files, &["198.51.100.9", "fe80::1234", "203-0-113-8"]);
    assert_eq!(report.status.console_messages, ["trap to [withheld] and [withheld], ip-[withheld].example"]);
    assert_eq!(reasons(&report.status.header, "ConsoleMessage[1]"), [&WithheldReason::Lockdown]);
    assert_eq!(reasons(&report.status.header, "Alert[1]/Description"), [&WithheldReason::Lockdown]);
}

fn sample_with_words(words: &str) -> (DeviceReport, Agent) {
    let (mut report, mut agent) = (sample::report(), sample::agent());
    let identity = &mut report.identity;
    for text in [
        &mut identity.description,
        &mut identity.system_name,
        &mut identity.printer_name,
        &mut identity.location,
        &mut report.status.alerts[0].description,
        &mut report.supplies.supplies[0].name,
        &mut agent.site_name,
    ] {
        *text = Some(words.into());
    }
    identity.queue_names = vec![words.into()];
    report.network.dns_names = vec![words.into(), "printer.example.net".into()];
    report.status.console_messages = vec![words.into()];
    identity.header.source("Description", "rule", None);
    identity.header.sources[2].element = words.into();
    (report, agent)
}

#[test]
fn lockdown_withholds_the_address_fields_and_says_so() {
    let (mut report, mut agent) = (sample::report(), sample::agent());
    let addresses: Vec<_> = agent.host.ip_addresses.iter().map(|address| address.parse().unwrap()).collect();
    report.network.dns_names.insert(0, "ip-192-0-2-53.example.net".into());
    report.network.header.source("DnsName[1]", "reverse lookup", None);
    report.network.header.source("DnsName[2]", "reverse lookup", None);
    report.network.header.source(
        "Interface[1]/Ipv4Address",
        "1.3.6.1.2.1.4.20.1.1",
        Some("192.0.2.53".into()),
    );
    report.network.header.source("TimeZone", "agent at 192.0.2.10", Some("10.2.0.192".into()));
    let lockdown = Redaction::new(RedactionProfile::Lockdown).knowing(addresses);
    lockdown.report(&mut report);
    lockdown.agent(&mut agent);

    let network = &report.network;
    let interface = &network.interfaces[0];
    assert_eq!((&interface.subnet_address, &network.last_known_address), (&None, &None));
    assert!(interface.ipv4_addresses.is_empty() && interface.ipv6_addresses.is_empty());
    assert!(network.default_gateways.is_empty() && network.previous_address.is_none());
    assert!(agent.host.ip_addresses.is_empty());
    assert_eq!(network.ipx, Some(Default::default()));
    for element in [
        "Interface[1]/SubnetAddress",
        "Interface[1]/Ipv4Address",
        "Interface[1]/Ipv6Address",
        "DefaultGateway",
        "LastKnownAddress",
        "PreviousAddress",
        "DnsName",
        "Ipx/Address",
        "Ipx/ExternalNetworkNumber",
    ] {
        assert_eq!(reasons(&network.header, element), [&WithheldReason::Lockdown], "{element}");
    }
    assert_eq!(reasons(&agent.header, "Host/IpAddress"), [&WithheldReason::Lockdown]);

    // what a device is matched by stays
    assert_eq!(interface.mac_address, sample::report().network.interfaces[0].mac_address);
    assert_eq!(interface.prefix_length, Some(24));
    assert_eq!(network.dns_names, ["printer-2-17.example.net"]);
    assert_eq!(network.time_zone.as_deref(), Some("+01:00"));
    assert_eq!(network.address_changed, Some(true));
    assert_eq!(report.identity.snmp_engine_id, sample::report().identity.snmp_engine_id, "made from a MAC");
    assert_eq!(report.counters, sample::report().counters);

    // the source of the name that is left moved up, the one of the other is gone
    let of_names: Vec<_> =
        network.header.sources.iter().filter(|source| source.element.starts_with("DnsName")).collect();
    assert_eq!(of_names.len(), 1);
    assert_eq!(of_names[0].element, "DnsName[1]");
    assert_absent(
        &sent(&report, &agent),
        &["192.0.2", "192-0-2", "2.0.192", "2001:db8", "fe80:", "::10", "::53"],
    );
}

#[test]
fn lockdown_withholds_engine_ids_made_from_an_address() {
    for (engine_id, stays) in [
        ("800007e501c0a80105", false),                         // format 1: IPv4
        ("800007e50220010db800000000000000000000004d", false), // format 2: IPv6
        ("800007e50302005e000053", true),                      // format 3: MAC
        ("800007e5043139322e302e322e3737", false),             // format 4: "192.0.2.77"
        ("800007e5047072696e746572", true),                    // format 4: "printer"
        ("800007e505c000024d01", false),                       // format 5 with the device's address
        ("800007e505deadbeef01", true),
        ("000007e5000000a1c000024d", false), // before RFC 3411
        ("192.0.2.9", false),
    ] {
        let mut report = sample::report();
        report.network.last_known_address = Some("192.0.2.77".into());
        report.identity.snmp_engine_id = Some(engine_id.into());
        Redaction::new(RedactionProfile::Lockdown).report(&mut report);
        assert_eq!(report.identity.snmp_engine_id.as_deref(), stays.then_some(engine_id), "{engine_id}");
        let noted = !reasons(&report.identity.header, "SnmpEngineId").is_empty();
        assert_eq!(noted, !stays, "{engine_id}");
    }
}

#[test]
fn lockdown_finds_the_ipv6_address_that_a_mac_makes() {
    let mut report = sample::report();
    report.network.interfaces[0].mac_address = Some("00:00:5e:00:53:01".into());
    report.identity.serial_number = Some("SN-02005EFFFE005301".into());
    report.status.console_messages = vec!["host part 200:5eff:fe00:5301".into()];
    Redaction::new(RedactionProfile::Lockdown).report(&mut report);
    assert_eq!(report.identity.serial_number.as_deref(), Some("SN-[withheld]"));
    assert_eq!(report.status.console_messages, ["host part [withheld]"]);
}

#[test]
fn versions_and_object_identifiers_survive_lockdown() {
    let mut report = sample::report();
    report.identity.firmware_version = Some("4.11.0.2".into());
    report.identity.system_object_id = Some("1.3.6.1".into());
    report.identity.modules[0].version = Some("10.0.0.1".into());
    Redaction::new(RedactionProfile::Lockdown).report(&mut report);
    assert_eq!(report.identity.firmware_version.as_deref(), Some("4.11.0.2"));
    assert_eq!(report.identity.system_object_id.as_deref(), Some("1.3.6.1"));
    assert_eq!(report.identity.modules[0].version.as_deref(), Some("10.0.0.1"));
}

#[test]
fn the_default_takes_personal_data_and_nothing_else() {
    let mut report = sample::report();
    report.identity.contact = Some("Joe Doe, room 5".into());
    report.identity.phone_numbers = vec!["+43 1 2345678".into(), "110".into()];
    report.identity.location = Some("Desk 110, ask joe.doe@mail.example.com or +43 1 2345678".into());
    report.identity.header.withheld.clear();
    let mut agent = sample::agent();
    let before = (report.clone(), agent.clone());
    let redaction = Redaction::new(RedactionProfile::Default);
    redaction.report(&mut report);
    redaction.agent(&mut agent);
    assert_absent(&sent(&report, &agent), &["Joe", "joe", "2345678", "mail.example.com"]);
    assert_eq!(report.identity.location.as_deref(), Some("Desk 110, ask [redacted] or [redacted]"));
    let noted: Vec<_> = report.identity.header.withheld.iter().map(|entry| entry.element.as_str()).collect();
    assert_eq!(noted, ["Contact", "Location", "PhoneNumber"]);
    assert!(report.identity.header.withheld.iter().all(|entry| entry.reason == WithheldReason::Redacted));
    assert_eq!((&report.network, &agent), (&before.0.network, &before.1));
}

#[test]
fn who_is_named_with_a_number_in_the_contact_is_found_in_all_that_administrators_write() {
    let (mut report, agent) = (sample::report(), sample::agent());
    report.identity.contact = Some("Grace Hopper, IT, +49 89 1234567".to_owned());
    report.identity.serial_number = Some("0891234567".to_owned());
    let said = "mailbox of Grace Hopper, 089 / 123 45 67, Salaries 2026.xlsx".to_owned();
    report.identity.location = Some(said.clone());
    report.status.console_messages = vec![said.clone()];
    report.properties.input_trays[0].name = Some(said.clone());
    report.properties.output_bins[0].name = Some(said.clone());
    report.supplies.paper[0].tray = said;
    Redaction::new(RedactionProfile::Default).report(&mut report);
    assert_eq!(report.identity.serial_number.as_deref(), Some("0891234567"), "a device is known by it");
    assert_absent(&sent(&report, &agent), &["grace hopper", "123 45 67", "2026.xlsx"]);
    let marked = "mailbox of [redacted], [redacted], Salaries [redacted]";
    assert_eq!(report.properties.output_bins[0].name.as_deref(), Some(marked));
}

#[test]
fn the_profile_for_display_changes_nothing() {
    for seed in 0..20 {
        let (report, agent) = (random::report(seed), random::agent(seed));
        let (mut shown, mut shown_agent) = (report.clone(), agent.clone());
        let redaction = Redaction::new(RedactionProfile::None).knowing(["192.0.2.1".parse().unwrap()]);
        redaction.report(&mut shown);
        redaction.agent(&mut shown_agent);
        assert_eq!((shown, shown_agent), (report, agent));
    }
}

#[test]
fn redacting_twice_is_redacting_once() {
    let lockdown = Redaction::new(RedactionProfile::Lockdown);
    let mut once = sample_with_words("at 198.51.100.9, joe@example.com").0;
    lockdown.report(&mut once);
    let mut twice = once.clone();
    lockdown.report(&mut twice);
    assert_eq!(once, twice);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_redacted_once_and_for_all(
        before in "\\PC{0,12}", after in "[ -~é黒\u{202E}]{0,12}",
        octets in prop::array::uniform4(1_u8..),
        joint in prop::sample::select(vec![".", "-", "_"]),
        mail in "[a-z]{1,8}@[a-z]{1,8}\\.example",
    ) {
        let address = octets.map(|octet| octet.to_string()).join(joint);
        // joined to other numbers it is no address but a date or an object identifier
        let text = format!("{before} {address} {mail} {after}");
        let (mut once, _) = random::saying(&text);
        let lockdown = Redaction::new(RedactionProfile::Lockdown);
        lockdown.report(&mut once);
        let words = once.status.console_messages.join("\n");
        prop_assert!(!words.contains(&format!(" {address} ")) && !words.contains(&mail), "{}", words);
        let mut twice = once.clone();
        lockdown.report(&mut twice);
        prop_assert_eq!(once, twice);
    }
}
