//! Jobs that the devices themselves keep, by the Job-Monitoring MIB (RFC 2707): to the server, under consent.
//!
//! ```text
//! devices that are there ──one GETNEXT──▶ those that keep jobs ──their tables──▶ jobs that ended
//!        new ones since the consent ──redacted──▶ sealed under the consent ──▶ spool
//!                     ▲                                                          │
//!                     └────────────── DATA/state/device-jobs.json ◀──────────────┘
//! ```
//!
//! Nobody is asked without `devices = "on"` and a consent for the whole site, in lockdown, or while the settings cannot be
//! understood. What a device showed last is kept after the payload is in the spool: an agent that dies in between sends some
//! records twice, and each has an identifier by which it counts once.

use crate::accounting::{MOST, given_at, seal};
use crate::failure::{Context, Failure};
use crate::memory::Device;
use crate::roster::Roster;
use crate::settings::{Settings, Switch};
use crate::site::Site;
use crate::survey::{self, SnmpAsker, now};
use remote_services_collect::{ObjectStore, jobs};
use remote_services_core::consent::ConsentScope;
use remote_services_core::id::Uuid;
use remote_services_core::job::{Job, JobAccounting, JobDestination};
use remote_services_core::reading::Header;
use remote_services_core::time::Timestamp;
use remote_services_payload::kind::Document;
use remote_services_snmp::VarBind;
use remote_services_snmp::engine::Operation;
use remote_services_transport::durable;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// What each device showed when it was asked last.
type Shown = BTreeMap<Uuid, Last>;

/// The last answer of one device.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Last {
    read_at: Timestamp,
    /// Identifiers of the records that it had.
    records: BTreeSet<String>,
}

/// Asks the devices that are there, and seals and spools what is new. Gives how many records that were.
///
/// # Errors
/// When this machine fails, or the stop flag was set. What a device does not answer is asked the next time.
pub fn keep(site: &mut Site, asker: &mut SnmpAsker, roster: &Roster) -> Result<usize, Failure> {
    let (now, consents) = (now(), site.consents()?);
    let Some(since) = given_at(&consents, &ConsentScope::JobAccounting, now, site) else { return Ok(0) };
    if !is_wanted(&site.settings) {
        return Ok(0);
    }
    let mut shown = load(site)?;
    shown.retain(|id, _| site.memory.device(*id).is_some());
    let mut records = Vec::new();
    for (id, (read_at, mut jobs)) in read(asker, roster)? {
        let last = shown.entry(id).or_default();
        let all = jobs.iter().map(|job| job.management.record_id.clone()).collect();
        let is_new = |job: &Job| {
            let ended = job.result.as_ref().and_then(|result| result.completed_at);
            // A job without a time ended since the device was asked before, or nobody knows when.
            ended.unwrap_or(last.read_at) >= since && !last.records.contains(&job.management.record_id)
        };
        jobs.retain(is_new);
        if let Some(device) = site.memory.device(id) {
            jobs.iter_mut().for_each(|job| job.destination = Some(destination(id, device, job)));
        }
        *last = Last { read_at, records: all };
        records.append(&mut jobs);
    }
    let count = records.len();
    let mut rest = records.into_iter().peekable();
    while rest.peek().is_some() {
        let header = Header { read_at: now, ..Header::default() };
        let document = JobAccounting { header, jobs: rest.by_ref().take(MOST).collect() };
        seal(site, Document::JobAccounting(document), now, &consents)?;
    }
    save(site, &shown)?;
    Ok(count)
}

fn is_wanted(settings: &Settings) -> bool {
    let devices = settings.jobs.as_ref().and_then(|jobs| jobs.devices);
    devices == Some(Switch::On) && !settings.is_suspended()
}

/// The jobs that one device keeps, for whoever stands in front of it. `None` when it keeps none, or does not tell.
///
/// # Errors
/// When it does not answer, or this machine fails.
pub fn of_one(
    asker: &mut SnmpAsker,
    address: SocketAddr,
    credential: usize,
) -> Result<Option<Vec<Job>>, Failure> {
    // The end of the MIB is an error in SNMPv1, and not silence.
    let answers = asker.call(address, credential, Operation::GetNext(jobs::probe()))?.unwrap_or_default();
    let (mut store, read_at) = (store_of(answers), now());
    if !jobs::are_there(&store) {
        return Ok(None);
    }
    let (columns, _) = jobs::columns();
    store.extend(asker.ask(address, credential, Operation::Table(columns))?);
    Ok(Some(jobs::build(&store, &address.to_string(), read_at)))
}

/// The jobs that each device has, and when it was asked what time it is.
fn read(asker: &mut SnmpAsker, roster: &Roster) -> Result<BTreeMap<Uuid, (Timestamp, Vec<Job>)>, Failure> {
    let devices: Vec<(Uuid, SocketAddr, usize)> = roster.present().collect();
    let at = |(_, address, credential): &(Uuid, SocketAddr, usize), operation: Operation| {
        (*address, *credential, operation)
    };
    let probes = devices.iter().map(|device| at(device, Operation::GetNext(jobs::probe())));
    let mut keepers = Vec::new();
    survey::ask_each(asker, probes, |position, answers| {
        let clock = store_of(answers);
        if jobs::are_there(&clock) {
            keepers.push((devices[position], now(), clock));
        }
    })?;
    let (columns, _) = jobs::columns();
    let tables = keepers.iter().map(|(device, ..)| at(device, Operation::Table(columns.clone())));
    let mut all = BTreeMap::new();
    survey::ask_each(asker, tables, |position, answers| {
        let ((id, ..), read_at, clock) = &keepers[position];
        let mut store = clock.clone();
        store.extend(answers);
        all.insert(*id, (*read_at, jobs::build(&store, &id.to_string(), *read_at)));
    })?;
    Ok(all)
}

fn store_of(answers: Vec<VarBind>) -> ObjectStore {
    let mut store = ObjectStore::new();
    store.extend(answers);
    store
}

/// The device that did a job, by what is remembered of it.
fn destination(id: Uuid, device: &Device, job: &Job) -> JobDestination {
    JobDestination {
        device: Some(id.to_string()),
        model: Some(device.name.clone()).filter(|name| !name.is_empty()),
        ip_address: Some(device.address.ip().to_string()),
        mac_address: device.evidence.macs.first().cloned(),
        serial_number: device.serial_number().map(str::to_owned),
        ..job.destination.clone().unwrap_or_default()
    }
}

fn load(site: &Site) -> Result<Shown, Failure> {
    let path = site.home.state(FILE);
    match std::fs::read(&path) {
        Ok(octets) => serde_json::from_slice(&octets).context(path.display()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Shown::default()),
        Err(error) => Err(Failure::failed(format_args!("{}: {error}", path.display()))),
    }
}

fn save(site: &Site, shown: &Shown) -> Result<(), Failure> {
    let path = site.home.state(FILE);
    let octets = serde_json::to_vec(shown).context(path.display())?;
    durable::replace(&path, &octets).context(path.display())
}

const FILE: &str = "device-jobs.json";
