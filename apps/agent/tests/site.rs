//! An agent and its server, both in this process.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use remote_services_agent::cli::register::register;
use remote_services_agent::home::Home;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::survey::{Reading, now};
use remote_services_collect::ObjectStore;
use remote_services_core::counter::{BillingMeter, CounterUnit};
use remote_services_core::device::DeviceReport;
use remote_services_server::{Server, ServerConfig};
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::registration_key::RegistrationKey;
use remote_services_transport::spool::Class;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

fn reading(serial: &str, unit: CounterUnit) -> Reading {
    let mut report = DeviceReport::default();
    report.identity.header.read_at = now();
    report.identity.manufacturer = Some("Xerox".into());
    report.identity.serial_number = Some(serial.into());
    report.counters.billing_meters = vec![BillingMeter { label: "Total".into(), value: 7, unit }];
    Reading {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 161)),
        credential: 0,
        credentials: "v2c".into(),
        store: ObjectStore::new(),
        report,
    }
}

#[test]
fn a_device_whose_report_cannot_be_carried_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::start(ServerConfig::new(folder.path().join("server")))).unwrap();
    let key = runtime.block_on(server.create_registration_key("default", Duration::from_secs(60))).unwrap();
    let home = Home::open(&folder.path().join("agent")).unwrap();
    let settings = Settings::default();
    register(&home, &settings, &RegistrationKey::from_text(key.text()).unwrap()).unwrap();
    let mut site = Site::open(home, settings, StopFlag::new()).unwrap();

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
