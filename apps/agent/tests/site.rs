//! An agent and its server, both in this process.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use remote_services_agent::cli::register::register;
use remote_services_agent::consents;
use remote_services_agent::home::Home;
use remote_services_agent::progress::Progress;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::survey::{Reading, now};
use remote_services_collect::ObjectStore;
use remote_services_core::consent::{Consent, ConsentScope};
use remote_services_core::counter::{BillingMeter, CounterUnit};
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_server::{RunningServer, Server, ServerConfig};
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::registration_key::RegistrationKey;
use remote_services_transport::spool::Class;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

fn reading(serial: &str, unit: CounterUnit) -> Reading {
    let mut report = DeviceReport::default();
    report.identity.header.read_at = now();
    report.identity.manufacturer = Some("Xerox".into());
    report.identity.serial_number = Some(serial.into());
    report.counters.billing_meters =
        vec![BillingMeter { label: "Total".into(), value: 7, unit, service_usage: None }];
    Reading {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 161)),
        credential: 0,
        credentials: "v2c".into(),
        whole: true,
        store: ObjectStore::new(),
        report,
    }
}

/// A server, and an agent that is registered with it.
fn registered(folder: &Path) -> (Runtime, RunningServer, Site) {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(Server::start(ServerConfig::new(folder.join("server")))).unwrap();
    let key = runtime.block_on(server.create_registration_key("default", Duration::from_secs(60))).unwrap();
    let home = Home::open(&folder.join("agent")).unwrap();
    let settings = Settings::default();
    register(&home, &settings, &RegistrationKey::from_text(key.text()).unwrap()).unwrap();
    let site = Site::open(home, settings, StopFlag::new()).unwrap();
    (runtime, server, site)
}

#[test]
fn a_device_that_says_too_much_of_itself_does_not_keep_the_others_from_being_introduced() {
    let folder = tempfile::tempdir().unwrap();
    let (runtime, server, mut site) = registered(folder.path());
    let readings = ["SERIAL0001", &"X".repeat(300_000), "SERIAL0003"]
        .map(|serial| reading(serial, CounterUnit::Impressions));
    let devices: Vec<_> = (1..).zip(&readings).map(|(id, it)| (Uuid::from_u128(id), &it.report)).collect();
    let mut progress = Progress::silent();
    site.introduce(&devices, &mut progress).unwrap();
    let known = ureq::get(format!("{}/api/v1/devices", server.operator_url()))
        .header("authorization", format!("Bearer {}", server.operator_token()))
        .call()
        .unwrap()
        .into_body()
        .read_json::<serde_json::Value>()
        .unwrap();
    let serials: Vec<_> = known["devices"].as_array().unwrap().iter().map(|it| &it["serial"]).collect();
    assert_eq!(serials, ["SERIAL0001", "SERIAL0003"]);
    runtime.block_on(server.shutdown());
}

#[test]
fn a_device_whose_report_cannot_be_carried_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (runtime, server, mut site) = registered(folder.path());
    let mut readings = [
        reading("SERIAL0001", CounterUnit::Impressions),
        reading("SERIAL0002", CounterUnit::from_label("")),
        reading("SERIAL0003", CounterUnit::Impressions),
    ];
    let kept = site.keep_all(&mut readings, Class::Meter).unwrap();
    assert_eq!(kept.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(site.waiting(), 2);
    let (unsealed, _) = site.device_id(&readings[1].report, readings[1].address);
    assert!(site.memory.device(unsealed).is_none(), "its counters are compared when they can be told");
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains(&unsealed.to_string()), "{audit}");
    runtime.block_on(server.shutdown());
}

#[test]
fn a_device_that_sleeps_and_tells_no_serial_number_stays_the_device_that_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (runtime, server, mut site) = registered(folder.path());
    let mut awake = reading("SERIAL0001", CounterUnit::Impressions);
    awake.report.identity.make_and_model = Some("Xerox A 1".into());
    let mut asleep = reading("SERIAL0001", CounterUnit::Impressions);
    asleep.report.identity = awake.report.identity.clone();
    asleep.report.identity.serial_number = None;
    let (id, _) = site.keep(&mut awake, Class::Meter).unwrap();
    assert_eq!(site.keep(&mut asleep, Class::Meter).unwrap().0, id);
    let mut replaced = reading("SERIAL0002", CounterUnit::Impressions);
    assert_ne!(site.keep(&mut replaced, Class::Meter).unwrap().0, id);
    assert_eq!(site.memory.devices().count(), 2);
    runtime.block_on(server.shutdown());
}

#[test]
fn what_is_consented_to_reaches_the_server_until_it_is_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let (runtime, server, mut site) = registered(folder.path());
    let scope = ConsentScope::PersonalDetails;
    let consent = Consent {
        id: Uuid::from_u128(7),
        given_by: "Ada Lovelace".into(),
        given_at: now(),
        text: scope.statement().into(),
        scopes: vec![scope],
        devices: Vec::new(),
        until: None,
        revocation: None,
    };
    let keep = |site: &mut Site, serial: &str, contact: &str| {
        let mut reading = reading(serial, CounterUnit::Impressions);
        reading.report.identity.contact = Some(contact.into());
        site.keep(&mut reading, Class::Meter).unwrap();
    };
    // as `consent record` and `consent withdraw` do it, while the agent has its folder open
    let beside = Home::look(&folder.path().join("agent"));
    keep(&mut site, "SERIAL0001", "contact-before");
    consents::record(&beside, consent).unwrap();
    keep(&mut site, "SERIAL0002", "contact-during");
    // What waits then is given up.
    site.send(|_| {}).unwrap();
    consents::withdraw(&beside, Uuid::from_u128(7), "Ada Lovelace", now()).unwrap();
    keep(&mut site, "SERIAL0003", "contact-after");
    site.send(|_| {}).unwrap();
    let identities = || {
        ureq::get(format!("{}/api/v1/readings?kind=identity", server.operator_url()))
            .header("authorization", format!("Bearer {}", server.operator_token()))
            .call()
            .unwrap()
            .into_body()
            .read_json::<serde_json::Value>()
            .unwrap()
    };
    // the server opens what it took a little later
    let opened = (0..400).map(|_| identities()).find(|found| {
        std::thread::sleep(Duration::from_millis(25));
        found.as_array().is_some_and(|found| found.len() == 3)
    });
    let all = opened.unwrap_or_else(|| panic!("{}", identities())).to_string();
    assert!(all.contains("SERIAL0001") && all.contains("contact-during"), "{all}");
    assert!(!all.contains("contact-before") && !all.contains("contact-after"), "{all}");
    runtime.block_on(server.shutdown());
}
