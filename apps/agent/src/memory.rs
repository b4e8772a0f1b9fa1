//! What the agent remembers between runs: its devices with their last counters, the payload sequence, and how large a part of a log
//! gets through.
//!
//! One JSON file, replaced as a whole. It holds no secrets. Beside it stands what the administrator wrote of devices, which
//! is read and never written.

mod kept;

use kept::EvidenceOnDisk;
pub use kept::{KeptFaults, KeptLedger, KeptUsage};

use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::produce::facts::Facts;
use crate::regular;
use remote_services_collect::history::FaultLog;
use remote_services_collect::identity::{DeviceKey, Evidence};
use remote_services_collect::truth::Ledger;
use remote_services_collect::usage::log::UsageLog;
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_transport::durable;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The agent's memory. Changes are kept by [`Memory::save`].
pub struct Memory {
    facts: Facts,
    path: PathBuf,
    content: Content,
    /// The number of the payload sequence up to which the disk knows them as taken.
    reserved: u64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Content {
    sequence: u64,
    devices: BTreeMap<Uuid, Device>,
    part_octets: Option<u64>,
}

/// [`Content`] as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    sequence: u64,
    devices: &'a BTreeMap<Uuid, Device>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part_octets: Option<u64>,
}

/// What is remembered of one device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// What it is recognised by: serial number, else MAC, else engine id, else address.
    pub key: String,
    /// What it is recognised by when a reading does not tell its serial number.
    #[serde(with = "EvidenceOnDisk", default)]
    pub evidence: Evidence,
    /// Manufacturer and model, for messages.
    pub name: String,
    /// Where it answered last.
    pub address: SocketAddr,
    /// Name of the credentials that it took last.
    pub credentials: String,
    /// When it was read last.
    pub read_at: Timestamp,
    /// What its counters showed, to tell a wrap from a reset.
    pub ledger: KeptLedger,
    /// Faults that were seen, for devices that keep no history.
    #[serde(default)]
    pub faults: KeptFaults,
    /// Units and parts that were changed, and faults that went away.
    #[serde(default)]
    pub usage: KeptUsage,
}

impl Device {
    /// The serial number that it is recognised by, in capitals without blanks.
    #[must_use]
    pub fn serial_number(&self) -> Option<&str> {
        let (_enterprise, serial) = self.key.strip_prefix("serial:")?.split_once(':')?;
        Some(serial)
    }
}

impl Memory {
    /// Reads the memory; an absent file is an empty memory.
    ///
    /// # Errors
    /// When the file is there and cannot be read: forgetting the last counters could double a bill. When the administrator's
    /// `devices.toml` is wrong.
    pub fn load(home: &Home) -> Result<Self, Failure> {
        let path = home.state("devices.json");
        let content = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                Failure::failed(format_args!(
                    "what this agent remembers of its devices cannot be read, so their counters could not be \
                     trusted: {}: {error}; bring the file back from a backup, or remove it to begin anew",
                    path.display()
                ))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Content::default(),
            Err(error) => return Err(Failure::failed(format_args!("{}: {error}", path.display()))),
        };
        let written = home.root().join("devices.toml");
        let facts = match regular::read_to_string(&written) {
            Ok(text) => Facts::read(&text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Facts::default(),
            Err(error) => return Err(regular::failure(written.display(), &error)),
        };
        let reserved = content.sequence;
        Ok(Self { facts, path, content, reserved })
    }

    /// Writes the memory to the disk.
    ///
    /// # Errors
    /// When it cannot be written; the file on the disk is then the one before.
    pub fn save(&mut self) -> Result<(), Failure> {
        self.save_ahead(0)
    }

    /// As [`Self::save`], and so many numbers of the payload sequence may be taken then without another one in between. An
    /// agent that dies before the next one leaves them out.
    ///
    /// # Errors
    /// As there.
    pub fn save_ahead(&mut self, numbers: u64) -> Result<(), Failure> {
        let Content { sequence, ref devices, part_octets } = self.content;
        let bytes = serde_json::to_vec(&Written { sequence: sequence + numbers, devices, part_octets });
        let bytes = bytes.context(self.path.display())?;
        durable::replace(&self.path, &bytes)
            .context(format_args!("cannot keep the state of the devices in {}", self.path.display()))?;
        self.reserved = sequence + numbers;
        Ok(())
    }

    /// How many octets of a log a part had at most that got through where larger ones did not; `None` where none was too large
    /// so far.
    #[must_use]
    pub fn part_octets(&self) -> Option<u64> {
        self.content.part_octets
    }

    /// Remembers that parts of so many octets get through, and larger ones do not.
    pub fn set_part_octets(&mut self, octets: u64) {
        self.content.part_octets = Some(octets);
    }

    /// Whether all numbers that were taken may be used: the disk knows of them.
    #[must_use]
    pub fn is_sequence_kept(&self) -> bool {
        self.content.sequence <= self.reserved
    }

    /// Takes `count` numbers of the payload sequence and returns the first. They may be used as
    /// soon as [`Self::is_sequence_kept`].
    pub fn take_sequence(&mut self, count: u64) -> u64 {
        let first = self.content.sequence + 1;
        self.content.sequence += count;
        first
    }

    /// The id under which this client reports a device, and what it is recognised by.
    ///
    /// A serial number that is known decides alone, so a device that was replaced is another one. A device that tells
    /// its serial number for the first time is the one that was known by its hardware only. One that does not tell it,
    /// asleep or not wholly read, is the device that is known by its hardware, or at its address when all else agrees:
    /// its counters must not begin anew.
    #[must_use]
    pub fn recognise(&self, client: Uuid, report: &DeviceReport, address: SocketAddr) -> (Uuid, String) {
        let key = DeviceKey::of(report, address);
        let tells_serial = matches!(key, DeviceKey::Serial { .. });
        let key = key.to_string();
        let own = Uuid::new_v5(&client, key.as_bytes());
        if tells_serial {
            let known = self.device(own).filter(|known| known.key == key).map(|_| own);
            let known =
                known.or_else(|| self.devices().find(|(_, known)| known.key == key).map(|(id, _)| id));
            if let Some(id) = known {
                return (id, key);
            }
        }
        let seen = Evidence::of(report);
        let is_this = |known: &Device| {
            if tells_serial {
                return known.serial_number().is_none() && known.evidence.is_same_hardware(&seen);
            }
            known.evidence.is_same_hardware(&seen) || known.address == address && known.evidence.agrees(&seen)
        };
        let known = self
            .devices()
            .filter(|(_, known)| is_this(known))
            .max_by_key(|(_, known)| (known.evidence.is_same_hardware(&seen), known.read_at));
        match known {
            Some((id, _)) if tells_serial => (id, key),
            Some((id, known)) => (id, known.key.clone()),
            None => (own, key),
        }
    }

    /// What to remember of a device to recognise it by.
    #[must_use]
    pub fn evidence(&self, id: Uuid, report: &DeviceReport) -> Evidence {
        let earlier = self.device(id).map(|known| known.evidence.clone()).unwrap_or_default();
        Evidence::of(report).or(earlier)
    }

    /// Compares a report's counters with those of the reading before, which gives them their epoch and events, and adds
    /// what the administrator wrote of the device; gives what to remember of the counters.
    pub fn compare(&self, id: Uuid, report: &mut DeviceReport) -> Ledger {
        self.facts.add(report);
        let mut ledger = Ledger::default();
        let mut elapsed = Duration::ZERO;
        if let Some(known) = self.device(id) {
            ledger = Ledger::from(&known.ledger);
            elapsed = report.identity.header.read_at.since(known.read_at);
        }
        ledger.observe_device(report, elapsed);
        ledger
    }

    /// Adds to a report what only follows from the reading before: faults of the past, and whether the address is new.
    /// Gives what to remember of the faults.
    pub fn recall(&self, id: Uuid, report: &mut DeviceReport, address: SocketAddr) -> FaultLog {
        let read_at = report.status.header.read_at;
        let known = self.device(id);
        let mut log = known.map(|known| FaultLog::from(&known.faults)).unwrap_or_default();
        log.observe(&mut report.status, read_at);
        if let Some(before) = known.map(|known| known.address.ip()) {
            let changed = before != address.ip();
            report.network.address_changed = Some(changed);
            report.network.previous_address = changed.then(|| before.to_string());
            report.network.address_changed_at = changed.then_some(read_at);
        }
        log
    }

    /// Adds to the detailed usage, where there is one, what this side has seen of it from reading to reading. Gives what
    /// to remember of that.
    pub fn used(&self, id: Uuid, report: &mut DeviceReport) -> UsageLog {
        let known = self.device(id);
        let mut log = known.map(|known| UsageLog::from(&known.usage)).unwrap_or_default();
        log.observe(report, report.status.header.read_at);
        if let Some(usage) = &mut report.usage {
            log.fill(usage);
        }
        log
    }

    /// A device by its id.
    #[must_use]
    pub fn device(&self, id: Uuid) -> Option<&Device> {
        self.content.devices.get(&id)
    }

    /// Remembers a device.
    pub fn remember(&mut self, id: Uuid, device: Device) {
        self.content.devices.insert(id, device);
    }

    /// All devices.
    pub fn devices(&self) -> impl Iterator<Item = (Uuid, &Device)> {
        self.content.devices.iter().map(|(id, device)| (*id, device))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::network::Interface;

    #[test]
    fn a_sequence_number_is_never_given_twice_over_runs() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let mut memory = Memory::load(&home).unwrap();
        assert_eq!(memory.take_sequence(3), 1);
        memory.save().unwrap();
        assert_eq!(Memory::load(&home).unwrap().take_sequence(1), 4);
    }

    #[test]
    fn numbers_that_were_reserved_are_left_out_by_who_dies_and_used_by_who_lives() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let mut memory = Memory::load(&home).unwrap();
        assert_eq!(memory.take_sequence(3), 1);
        assert!(!memory.is_sequence_kept());
        memory.save_ahead(5).unwrap();
        assert_eq!(memory.take_sequence(5), 4);
        assert!(memory.is_sequence_kept());
        // It dies here, with these in use.
        assert_eq!(Memory::load(&home).unwrap().take_sequence(1), 9);
        assert_eq!(memory.take_sequence(1), 9);
        assert!(!memory.is_sequence_kept());
        memory.save().unwrap();
        assert_eq!(Memory::load(&home).unwrap().take_sequence(1), 10);
    }

    #[test]
    fn a_torn_memory_is_an_error_and_not_an_empty_memory() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        std::fs::write(home.state("devices.json"), b"{\"sequence\": 4, \"dev").unwrap();
        assert!(Memory::load(&home).err().unwrap().sentence.contains("devices.json"));
    }

    #[test]
    fn what_the_administrator_wrote_stands_in_every_report_and_a_mistake_stops_the_agent() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let file = home.root().join("devices.toml");
        std::fs::write(&file, "[[device]]\ntarget-volume = 4000\n").unwrap();
        let mut report = DeviceReport::default();
        Memory::load(&home).unwrap().compare(Uuid::from_bytes([7; 16]), &mut report);
        assert_eq!(report.counters.target_volume, Some(4_000));
        std::fs::write(&file, "[[device]]\nvolume = 4000\n").unwrap();
        assert!(Memory::load(&home).err().unwrap().sentence.contains("devices.toml, line 2"));
    }

    fn device(address: &str, faults: KeptFaults) -> Device {
        Device {
            key: "serial:1:A".into(),
            evidence: Evidence::default(),
            name: "A".into(),
            address: address.parse().unwrap(),
            credentials: "public".into(),
            read_at: Timestamp::default(),
            ledger: KeptLedger::default(),
            faults,
            usage: KeptUsage::default(),
        }
    }

    #[test]
    fn faults_and_a_new_address_are_told_from_run_to_run() {
        use remote_services_core::alert_code::AlertCode;
        use remote_services_core::status::{Alert, AlertSeverity};
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let id = Uuid::from_bytes([7; 16]);
        let mut jammed = DeviceReport::default();
        let severity = AlertSeverity::Critical;
        jammed.status.alerts = vec![Alert { index: 1, code: AlertCode(8), severity, ..Alert::default() }];
        let mut memory = Memory::load(&home).unwrap();
        let log = memory.recall(id, &mut jammed, "192.0.2.1:161".parse().unwrap());
        assert_eq!(jammed.network.address_changed, None, "nothing is known of a first reading");
        memory.remember(id, device("192.0.2.1:161", (&log).into()));
        memory.save().unwrap();

        let memory = Memory::load(&home).unwrap();
        let mut later = DeviceReport::default();
        memory.recall(id, &mut later, "192.0.2.9:161".parse().unwrap());
        assert_eq!(later.status.fault_history.unwrap().faults[0].code, "jam");
        assert_eq!(later.network.address_changed, Some(true));
        assert_eq!(later.network.previous_address.as_deref(), Some("192.0.2.1"));
        let mut same = DeviceReport::default();
        memory.recall(id, &mut same, "192.0.2.1:161".parse().unwrap());
        assert_eq!((same.network.address_changed, same.network.address_changed_at), (Some(false), None));
    }

    fn report(serial: Option<&str>, macs: &[&str], model: Option<&str>) -> DeviceReport {
        let interface = |mac: &&str| Interface { mac_address: Some((*mac).into()), ..Interface::default() };
        let mut report = DeviceReport::default();
        report.identity.serial_number = serial.map(Into::into);
        report.identity.make_and_model = model.map(Into::into);
        report.network.interfaces = macs.iter().map(interface).collect();
        report
    }

    #[test]
    fn a_reading_without_the_serial_number_is_of_the_device_that_is_known_at_its_address() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let client = Uuid::from_u128(1);
        let (wired, wireless) = ("00:17:c8:b9:02:de", "00:17:c8:b9:02:df");
        let (at, elsewhere) = ("192.0.2.1:161".parse().unwrap(), "192.0.2.9:161".parse().unwrap());
        let awake = report(Some("VD21457943"), &[wired, wireless], Some("A 1"));
        let mut memory = Memory::load(&home).unwrap();
        let (id, key) = memory.recognise(client, &awake, at);
        let evidence = memory.evidence(id, &awake);
        memory.remember(id, Device { key, evidence, ..device("192.0.2.1:161", KeptFaults::default()) });
        memory.save().unwrap();

        let mut memory = Memory::load(&home).unwrap();
        let of = |memory: &Memory, report: &DeviceReport, at| memory.recognise(client, report, at).0;
        let asleep = report(None, &[wireless], None);
        assert_eq!(memory.recognise(client, &asleep, at), (id, "serial:0:VD21457943".into()));
        let in_part = report(None, &[], Some("A 1"));
        assert_eq!(of(&memory, &in_part, at), id);
        assert_ne!(of(&memory, &in_part, elsewhere), id, "a model is no evidence at another address");
        assert_ne!(of(&memory, &report(None, &[], None), at), id, "nothing but the address");
        assert_ne!(of(&memory, &report(None, &["00:17:c8:00:00:01"], Some("A 1")), at), id, "replaced");
        assert_ne!(of(&memory, &report(Some("VD2"), &[wired], Some("A 1")), at), id, "its card in another");

        // What such a reading does not tell stays known.
        let evidence = memory.evidence(id, &in_part);
        let known = memory.device(id).unwrap().clone();
        memory.remember(id, Device { evidence, ..known });
        assert_eq!(of(&memory, &asleep, at), id);
    }

    #[test]
    fn a_device_that_tells_its_serial_number_for_the_first_time_stays_the_same_device() {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Memory::load(&Home::open(folder.path()).unwrap()).unwrap();
        let client = Uuid::from_u128(1);
        let (mac, at) = ("00:17:c8:b9:02:de", "192.0.2.1:161".parse().unwrap());
        let elsewhere = "192.0.2.9:161".parse().unwrap();
        let remember = |memory: &mut Memory, report: &DeviceReport| {
            let (id, key) = memory.recognise(client, report, at);
            let evidence = memory.evidence(id, report);
            memory.remember(id, Device { key, evidence, ..device("192.0.2.1:161", KeptFaults::default()) });
            id
        };
        let id = remember(&mut memory, &report(None, &[mac], Some("A 1")));

        let told = report(Some("VD1"), &[mac], Some("A 1"));
        assert_eq!(
            memory.recognise(client, &told, elsewhere),
            (id, "serial:0:VD1".into()),
            "moved meanwhile"
        );
        assert_ne!(memory.recognise(client, &report(Some("VD1"), &[mac], Some("A 2")), at).0, id);
        assert_ne!(memory.recognise(client, &report(Some("VD1"), &[], Some("A 1")), at).0, id, "only alike");

        // From then on the serial number decides.
        assert_eq!(remember(&mut memory, &told), id);
        assert_eq!(memory.recognise(client, &report(Some("VD1"), &[], None), elsewhere).0, id);
        assert_ne!(memory.recognise(client, &report(Some("VD2"), &[mac], Some("A 1")), at).0, id);
        let silent = report(None, &[mac], Some("A 1"));
        assert_eq!(memory.recognise(client, &silent, elsewhere), (id, "serial:0:VD1".into()));
    }

    #[test]
    fn of_two_devices_that_were_known_at_an_address_the_later_one_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Memory::load(&Home::open(folder.path()).unwrap()).unwrap();
        let in_part = report(None, &[], Some("A 1"));
        for (id, seconds) in [(1, 50), (2, 90), (3, 70)] {
            let read_at = Timestamp::from_unix_seconds(seconds);
            let evidence = Evidence::of(&in_part);
            let device = device("192.0.2.1:161", KeptFaults::default());
            memory.remember(Uuid::from_u128(id), Device { evidence, read_at, ..device });
        }
        let at = "192.0.2.1:161".parse().unwrap();
        assert_eq!(memory.recognise(Uuid::from_u128(9), &in_part, at).0, Uuid::from_u128(2));
    }
}
