//! From the network into the spool: devices are read on one thread, and sealed and spooled in groups on another.
//!
//! ```text
//!  SNMP ──▶ readings, complete ──▶ group ──▶ sealed ──▶ one sync for all ──▶ what the round needs of each
//!  ╰── a thread of its own ──╯     ╰──────────── the thread that asked for them ────────────╯
//! ```
//!
//! What a device said, raw, is held until its group is spooled and no longer. No further device is begun while so many are
//! under way or wait for the spool, so a slow disk slows the reading and does not fill the memory.

use crate::failure::{Context, Failure};
use crate::present::printable;
use crate::progress::Progress;
use crate::roster::Roster;
use crate::site::Site;
use crate::survey::{self, Candidate, Reading, SnmpAsker};
use remote_services_collect::plan::Baseline;
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_transport::spool::Class;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// A device that was read, sealed and spooled.
pub struct Device {
    /// Under which it is reported.
    pub id: Uuid,
    /// Name of its upload.
    pub upload: Uuid,
    /// Where it answered.
    pub address: SocketAddr,
    /// Position of the credentials that it took.
    pub credential: usize,
    /// Whether everything was read, and not only what moves.
    pub whole: bool,
    /// What it said, or as much of it as was to be held.
    pub report: DeviceReport,
    /// What serves its next reading.
    pub baseline: Option<Baseline>,
}

/// Who a device is and where: that much of its report.
pub(crate) fn introduction(report: DeviceReport) -> DeviceReport {
    let DeviceReport { identity, network, .. } = report;
    DeviceReport { identity, network, ..DeviceReport::default() }
}

/// Reads all candidates, and seals and spools each soon after it is read; of its report, what `hold` gives is held.
///
/// # Errors
/// When this machine fails or the stop flag was set; what was spooled by then stays.
pub(crate) fn keep_candidates(
    site: &mut Site,
    asker: &mut SnmpAsker,
    candidates: &[Candidate<'_>],
    roster: &Roster,
    hold: fn(DeviceReport) -> DeviceReport,
    progress: &mut Progress,
) -> Result<Vec<Device>, Failure> {
    let (sender, readings) = sync_channel(MOST_WAITING);
    let (waiting, detail) = (&AtomicUsize::new(0), site.detail);
    let mut intake =
        Intake { site, roster, hold, progress, waiting, seen: BTreeMap::new(), devices: Vec::new() };
    thread::scope(|scope| {
        let read = move || {
            survey::collect_beside(asker, candidates, detail, waiting, |reading| {
                waiting.fetch_add(1, Ordering::Relaxed);
                sender.send(reading).map_err(|_| Failure::failed("the spool takes no more"))
            })
        };
        let reader = thread::Builder::new().spawn_scoped(scope, read).context("no thread to read devices")?;
        let kept = intake.keep(&readings);
        // Whoever reads does not wait for a spool that failed.
        drop(readings);
        // Why the spool took no more is told before that it did not.
        let read = reader.join().unwrap_or_else(|panic| resume_unwind(panic));
        kept.and(read)
    })?;
    let mut devices = intake.devices;
    devices.sort_by_key(|device| device.address);
    Ok(devices)
}

struct Intake<'a> {
    site: &'a mut Site,
    roster: &'a Roster,
    hold: fn(DeviceReport) -> DeviceReport,
    progress: &'a mut Progress,
    /// Readings that were handed over and are not spooled yet.
    waiting: &'a AtomicUsize,
    seen: BTreeMap<Uuid, SocketAddr>,
    devices: Vec<Device>,
}

impl Intake<'_> {
    /// Takes readings in until there are no more.
    fn keep(&mut self, readings: &Receiver<Reading>) -> Result<(), Failure> {
        loop {
            let (group, more) = next_group(readings);
            let taken = group.len();
            let mut group: Vec<Reading> = group.into_iter().filter(|reading| self.is_new(reading)).collect();
            if !group.is_empty() {
                self.spool(&mut group, if more { GROUP } else { 0 })?;
            }
            drop(group);
            self.waiting.fetch_sub(taken, Ordering::Relaxed);
            if !more {
                return Ok(());
            }
        }
    }

    fn is_new(&mut self, reading: &Reading) -> bool {
        let (id, key) = self.site.device_id(&reading.report, reading.address);
        if let Some(first) = self.seen.get(&id) {
            tell!("{first} and {} are the same device ({}): reported once", reading.address, printable(&key));
            return false;
        }
        self.seen.insert(id, reading.address);
        self.progress.set(self.seen.len() as u64);
        true
    }

    fn spool(&mut self, group: &mut [Reading], further: usize) -> Result<(), Failure> {
        let kept = self.site.keep_group(group, Class::Meter, further)?;
        for (kept, reading) in kept.into_iter().zip(group) {
            let Some((id, upload)) = kept else { continue };
            let Reading { address, credential, whole, .. } = *reading;
            let baseline = self.baseline(id, reading);
            let report = (self.hold)(std::mem::take(&mut reading.report));
            self.devices.push(Device { id, upload, address, credential, whole, report, baseline });
        }
        Ok(())
    }

    fn baseline(&self, id: Uuid, reading: &Reading) -> Option<Baseline> {
        let read_at = reading.report.identity.header.read_at;
        let before = self.roster.get(id).and_then(|known| known.baseline.as_ref());
        match before.filter(|_| !reading.whole) {
            Some(before) => before.renewed(&reading.store, read_at),
            None => Baseline::new(&reading.store, read_at),
        }
    }
}

/// The next readings, and whether there may be more after them.
fn next_group(readings: &Receiver<Reading>) -> (Vec<Reading>, bool) {
    let mut group = Vec::new();
    let Ok(first) = readings.recv() else { return (group, false) };
    group.push(first);
    let until = Instant::now() + LONGEST_WAIT;
    while group.len() < GROUP {
        match readings.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(reading) => group.push(reading),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return (group, false),
        }
    }
    (group, true)
}

/// Readings that are spooled together. The memory is written once a group: often enough to lose little, seldom enough for a
/// thousand devices.
const GROUP: usize = 32;
/// How long the first of a group waits for the others.
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// More than can be under way: whoever reads does not wait for the spool in the middle of a device.
const MOST_WAITING: usize = 2 * survey::AT_A_TIME;
