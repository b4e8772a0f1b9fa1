//! One round of work: read all devices into the spool, and send what waits.

use crate::failure::Failure;
use crate::present::printable;
use crate::progress::Progress;
use crate::site::Site;
use crate::survey::{self, Reading, Rules, Scan, SnmpAsker, Targets};
use remote_services_collect::discover::{Finding, Outcome};
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_transport::client::blocking::{DrainEnd, DrainReport, UploadEvent};
use remote_services_transport::document::Receipt;
use remote_services_transport::spool::Class;
use std::collections::BTreeMap;

/// What a round brought.
pub struct Round {
    /// The devices that were read, with their ids and the names of their uploads, in the order of their addresses.
    pub devices: Vec<(Uuid, Uuid, Reading)>,
    /// What became of each target.
    pub findings: Vec<Finding>,
}

impl Round {
    /// What to tell the server of who the devices are.
    #[must_use]
    pub fn introductions(&self) -> Vec<(Uuid, &DeviceReport)> {
        self.devices.iter().map(|(id, _, reading)| (*id, &reading.report)).collect()
    }

    /// SNMP hosts that are no printers.
    #[must_use]
    pub fn out_of_scope(&self) -> u64 {
        let others =
            self.findings.iter().filter(|finding| matches!(finding.outcome, Outcome::NotPrinter { .. }));
        others.count() as u64
    }
}

/// Discovers, reads, seals and spools.
///
/// # Errors
/// When this machine fails or the stop flag was set; what was spooled by then stays.
pub fn read(
    site: &mut Site,
    asker: &mut SnmpAsker,
    targets: &Targets,
    rules: &Rules,
    progress: &mut Progress,
) -> Result<Round, Failure> {
    let Scan { findings, interrupted } = survey::scan(asker, targets, rules, &[], None, progress)?;
    if interrupted {
        return Err(Failure::interrupted());
    }
    let devices = collect(site, asker, &findings, &mut Progress::silent())?;
    let round = Round { devices, findings };
    site.keep_agent(round.out_of_scope())?;
    Ok(round)
}

/// Reads the printers among the findings, and seals and spools each as soon as it is read.
///
/// # Errors
/// As [`read`].
pub fn collect(
    site: &mut Site,
    asker: &mut SnmpAsker,
    findings: &[Finding],
    progress: &mut Progress,
) -> Result<Vec<(Uuid, Uuid, Reading)>, Failure> {
    let candidates = survey::printers(findings);
    let mut devices: Vec<(Uuid, Uuid, Reading)> = Vec::new();
    let mut batch: Vec<Reading> = Vec::new();
    let mut seen = BTreeMap::new();
    survey::collect(asker, &candidates, |reading| {
        let (id, key) = site.device_id(&reading.report, reading.address);
        if let Some(first) = seen.get(&id) {
            tell!("{first} and {} are the same device ({}): reported once", reading.address, printable(&key));
            return Ok(());
        }
        seen.insert(id, reading.address);
        progress.set(seen.len() as u64);
        batch.push(reading);
        if batch.len() >= BATCH { keep(site, &mut batch, &mut devices) } else { Ok(()) }
    })?;
    keep(site, &mut batch, &mut devices)?;
    devices.sort_by_key(|(_, _, reading)| reading.address);
    Ok(devices)
}

/// The memory is written once a batch: often enough to lose little, seldom enough for a thousand devices.
const BATCH: usize = 64;

fn keep(
    site: &mut Site,
    batch: &mut Vec<Reading>,
    devices: &mut Vec<(Uuid, Uuid, Reading)>,
) -> Result<(), Failure> {
    let kept = site.keep_all(batch, Class::Meter)?;
    let sealed = kept.into_iter().zip(batch.drain(..));
    devices.extend(sealed.filter_map(|(kept, reading)| kept.map(|(id, upload)| (id, upload, reading))));
    Ok(())
}

/// Sends all that waits; `tell` hears of what did not go through. Gives the server's receipts.
///
/// # Errors
/// When the server does not trust this client, cannot be used, or stays away; what was not sent waits.
pub fn send(site: &mut Site, tell: &mut dyn FnMut(&str)) -> Result<Vec<Receipt>, Failure> {
    send_with(site, tell, &mut |_| {})
}

/// As [`send`]; `stored` hears of every receipt.
///
/// # Errors
/// As [`send`].
pub fn send_with(
    site: &mut Site,
    tell: &mut dyn FnMut(&str),
    stored: &mut dyn FnMut(usize),
) -> Result<Vec<Receipt>, Failure> {
    let mut receipts = Vec::new();
    let DrainReport { end, .. } = site.send(|event| match event {
        UploadEvent::Stored { receipt, .. } => {
            receipts.push(receipt.clone());
            stored(receipts.len());
        }
        UploadEvent::SetAside { entry, why } => tell(&format!("payload {} was set aside: {why}", entry.id)),
        UploadEvent::Waiting { wait, why } => tell(&format!("{why}; trying again in {} s", wait.as_secs())),
        _ => {}
    })?;
    match end {
        DrainEnd::Empty => Ok(receipts),
        DrainEnd::Stopped => Err(Failure::interrupted()),
        DrainEnd::Untrusted(why) => Err(Failure::refused(why)),
        DrainEnd::GaveUp(why) => Err(Failure::failed(why)),
        DrainEnd::Misconfigured(why) => Err(Failure::failed(why)),
        _ => Err(Failure::failed("the upload ended")),
    }
}
