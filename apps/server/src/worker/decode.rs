//! From entries to the core model, and from the model to rows.

use remote_services_core::device::Identity;
use remote_services_core::network::Network;
use remote_services_core::reading::Header;
use remote_services_payload::container::Unpacked;
use remote_services_payload::kind::{self, Document, PayloadKind};
use remote_services_payload::xml::Limits;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::open::OpenedLog;
use crate::store::{DeviceEvidenceRow, LogRow, NewReading, PartTable};

/// All that a payload says.
pub(super) struct DecodedPayload {
    /// The device that it is about, if it is one.
    pub(super) device: Option<NamedDevice>,
    /// The sender's count of its payloads.
    pub(super) sequence: i64,
    pub(super) readings: Vec<NewReading>,
    /// What the log is, if it is one in parts.
    pub(super) log: Option<LogRow>,
}

/// A device by the sender's name for it.
pub(super) struct NamedDevice {
    pub(super) name: Uuid,
    pub(super) evidence: DeviceEvidenceRow,
}

/// Reads every entry. One that cannot be read makes the whole payload refused, with entry and place.
pub(super) fn decode(unpacked: &Unpacked) -> Result<DecodedPayload, String> {
    let archive = unpacked.archive().map_err(|error| error.to_string())?;
    let head = &archive.manifest().head;
    let sequence = i64::try_from(head.sequence).map_err(|_| "the sequence number is too large".to_owned())?;
    let mut evidence = DeviceEvidenceRow::default();
    let mut readings = Vec::new();
    for entry in archive.entries() {
        let (listed, octets) = entry.map_err(|error| error.to_string())?;
        // A kind from a later version stays in the archive, to be opened again by a later server; so do the
        // kinds that need consent, which are for few eyes.
        let Some(kind) = PayloadKind::from_label(&listed.kind).filter(|kind| !kind.needs_consent()) else {
            continue;
        };
        if readings.iter().any(|earlier: &NewReading| earlier.kind == kind.label()) {
            return Err(format!("{}: a second document of the kind {}", listed.name, kind.label()));
        }
        let decoded = kind::decode(kind, &octets, &Limits::default())
            .map_err(|error| format!("{}: {error}", listed.name))?;
        gather(&decoded.document, &mut evidence);
        let xml = String::from_utf8(octets).map_err(|_| format!("{}: not UTF-8", listed.name))?;
        readings.push(reading(&decoded.document, xml).map_err(|error| format!("{}: {error}", listed.name))?);
    }
    let about_device = readings.iter().any(|reading| reading.about_device);
    let device = match (&head.device, about_device) {
        (Some(name), _) => Some(NamedDevice { name: device_name(name), evidence }),
        (None, true) => {
            return Err("the manifest names no device, but there are entries about one".to_owned());
        }
        (None, false) => None,
    };
    Ok(DecodedPayload { device, sequence, readings, log: None })
}

/// What is kept of a log in parts: what it is. Its octets stay sealed in the archive: they are for few eyes.
pub(super) fn log(opened: &OpenedLog) -> Result<DecodedPayload, String> {
    let sequence =
        i64::try_from(opened.sequence).map_err(|_| "the sequence number is too large".to_owned())?;
    let list = &opened.list;
    let log = LogRow { kind: list.kind.clone(), name: list.name.clone(), length: list.length };
    Ok(DecodedPayload { device: None, sequence, readings: Vec::new(), log: Some(log) })
}

/// Clients name devices by UUID; another name is turned into one that is always the same.
fn device_name(name: &str) -> Uuid {
    name.parse().unwrap_or_else(|_| {
        let digest = Sha256::digest(name.as_bytes());
        let mut octets = [0; 16];
        octets.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(octets).into_uuid()
    })
}

fn gather(document: &Document, evidence: &mut DeviceEvidenceRow) {
    match document {
        Document::Identity(Identity { manufacturer, make_and_model, serial_number, .. }) => {
            evidence.manufacturer.clone_from(manufacturer);
            evidence.model.clone_from(make_and_model);
            evidence.serial.clone_from(serial_number);
        }
        Document::Network(Network { interfaces, .. }) => {
            let macs = interfaces.iter().filter_map(|interface| interface.mac_address.clone());
            evidence.macs.extend(macs.take(MAX_MACS));
        }
        _ => {}
    }
}

fn reading(document: &Document, xml: String) -> Result<NewReading, serde_json::Error> {
    let mut parts = Vec::new();
    let (header, json) = match document {
        Document::Identity(content) => whole(&content.header, content)?,
        Document::Network(content) => whole(&content.header, content)?,
        Document::Properties(content) => whole(&content.header, content)?,
        Document::Status(content) => {
            parts.push((PartTable::Alerts, rows(&content.alerts)?));
            whole(&content.header, content)?
        }
        Document::Counters(content) => {
            let mut counters = rows(&content.billing_meters)?;
            counters.extend(rows(&content.life_counts)?);
            counters.extend(rows(&content.services)?);
            parts.push((PartTable::Counters, counters));
            whole(&content.header, content)?
        }
        Document::Supplies(content) => {
            parts.push((PartTable::Supplies, rows(&content.supplies)?));
            whole(&content.header, content)?
        }
        Document::DetailedUsage(content) => whole(&content.header, content)?,
        Document::Agent(content) => whole(&content.header, content)?,
        _ => return Err(serde::ser::Error::custom("a kind that this server does not store")),
    };
    Ok(NewReading {
        kind: document.kind().label().to_owned(),
        read_at: header.read_at.unix_millis(),
        about_device: document.kind() != PayloadKind::Agent,
        xml,
        document: json,
        parts,
    })
}

fn whole<'a>(header: &'a Header, content: &impl Serialize) -> Result<(&'a Header, Value), serde_json::Error> {
    Ok((header, serde_json::to_value(content)?))
}

fn rows<T: Serialize>(items: &[T]) -> Result<Vec<Value>, serde_json::Error> {
    items.iter().map(serde_json::to_value).collect()
}

/// More network cards than any device has.
const MAX_MACS: usize = 16;
