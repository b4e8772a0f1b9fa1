//! Real sealed payloads of small devices.

use super::{Client, TestServer, now};
use remote_services_core::counter::{BillingMeter, CounterUnit, MarkerCount};
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_core::network::Interface;
use remote_services_core::status::{Alert, AlertSeverity, OverallStatus};
use remote_services_core::supply::{LevelQuality, Supply, SupplyClass, SupplyType};
use remote_services_payload::archive::{EntrySource, ManifestHead, ManifestVersion, Part};
use remote_services_payload::container::{self, Limits};
use remote_services_payload::kind;
use remote_services_payload::seal::{Certificate, KeyDerivation, OsRandom, Signer, SoftwareSigner};
use remote_services_transport::document::Directory;

/// What a manifest says; the defaults are right for the client and upload.
pub struct Parcel<'a> {
    pub sender: &'a Client,
    pub signer: &'a Client,
    pub transfer: Uuid,
    pub device: Option<String>,
    pub sequence: u64,
    pub derivation: KeyDerivation,
}

impl<'a> Parcel<'a> {
    pub fn of(client: &'a Client, upload: Uuid, device: Uuid) -> Self {
        Self {
            sender: client,
            signer: client,
            transfer: upload,
            device: Some(device.to_string()),
            sequence: 1,
            derivation: KeyDerivation::default(),
        }
    }

    /// Seals a report to the server's encryption certificate, as its directory announces it.
    pub fn seal(&self, server: &TestServer, report: &DeviceReport) -> Vec<u8> {
        let encoded = kind::encode_report(report).unwrap();
        let entries: Vec<EntrySource<'_>> = encoded
            .iter()
            .map(|file| EntrySource {
                name: file.name(),
                kind: file.kind.label(),
                schema: Some(file.kind.namespace()),
                octets: &file.xml,
            })
            .collect();
        self.seal_entries(server, &entries)
    }

    pub fn seal_entries(&self, server: &TestServer, entries: &[EntrySource<'_>]) -> Vec<u8> {
        let recipient = encryption_certificate(server, self.sender);
        let certificate = Certificate::from_der(&self.signer.certificate).unwrap();
        let key = SoftwareSigner::from_pkcs8_der(&self.signer.key.serialize_der()).unwrap();
        let signer = Signer { derivation: self.derivation, ..Signer::new(&certificate, &key) };
        let head = ManifestHead {
            version: ManifestVersion::V1_0,
            payload: super::uuid7(),
            transfer: self.transfer,
            sender: self.sender.id.to_string(),
            recipients: Vec::new(),
            sequence: self.sequence,
            part: Part::WHOLE,
            created_at: now(),
            redaction: "default".to_owned(),
            device: self.device.clone(),
        };
        container::pack(head, entries, &[], &signer, &[recipient], &Limits::default(), &mut OsRandom).unwrap()
    }
}

pub fn encryption_certificate(server: &TestServer, client: &Client) -> Certificate {
    let answer = client.call(server, "GET", "/rs/v1/").send();
    let directory: Directory = serde_json::from_slice(&answer.body).unwrap();
    Certificate::from_der(&directory.encryption_certificates[0].certificate.0).unwrap()
}

/// A colour printer with a serial number, a MAC address, a nearly empty cartridge and a jam.
pub fn report(serial: &str, mac: &str) -> DeviceReport {
    let mut report = DeviceReport::default();
    let at = now();
    report.identity.header.read_at = at;
    report.network.header.read_at = at;
    report.properties.header.read_at = at;
    report.status.header.read_at = at;
    report.counters.header.read_at = at;
    report.supplies.header.read_at = at;
    report.identity.manufacturer = Some("Xerox".into());
    report.identity.make_and_model = Some("Xerox VersaLink C405".into());
    report.identity.serial_number = Some(serial.to_owned());
    report.identity.location = Some("second floor".into());
    let interface = Interface { mac_address: Some(mac.to_owned()), ..Interface::default() };
    report.network.interfaces = vec![interface];
    report.status.overall = OverallStatus::Stopped;
    report.status.alerts = vec![Alert {
        index: 1,
        severity: AlertSeverity::Critical,
        description: Some("Paper jam in <area 2>".into()),
        ..Alert::default()
    }];
    report.counters.life_counts =
        vec![MarkerCount { value: 1_234_567, unit: CounterUnit::Impressions, marker: Some(1) }];
    report.counters.billing_meters = vec![BillingMeter {
        label: "Black Impressions".into(),
        value: 1_000_000,
        unit: CounterUnit::Impressions,
        service_usage: None,
    }];
    report.supplies.supplies =
        [("Cyan Toner", 90), ("Magenta Toner", 55), ("Yellow Toner", 40), ("Black Toner", 4)]
            .into_iter()
            .enumerate()
            .map(|(at, (name, level))| Supply {
                index: format!("1.{}", at + 1),
                class: SupplyClass::SupplyThatIsConsumed,
                supply_type: SupplyType::Toner,
                name: Some(name.into()),
                max_capacity: Some(100),
                level: Some(level),
                quality: LevelQuality::Measured,
                ..Supply::default()
            })
            .collect();
    report
}
