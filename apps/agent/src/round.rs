//! One round of work: read all devices into the spool, and send what waits.

use crate::failure::Failure;
use crate::intake::{self, Device};
use crate::present::{HostRow, counted};
use crate::progress::Progress;
use crate::roster::{Known, Roster};
use crate::site::Site;
use crate::survey::{self, Rules, Scan, SnmpAsker, Targets};
use remote_services_collect::discover::{Evidence, Finding, Outcome};
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_transport::client::blocking::{DrainEnd, DrainReport, UploadEvent};
use remote_services_transport::document::Receipt;
use std::collections::BTreeSet;

/// What a round brought.
#[derive(Default)]
pub struct Round {
    /// The devices that were read, in the order of their addresses.
    pub devices: Vec<Device>,
    /// What became of each target.
    pub findings: Vec<Finding>,
}

impl Round {
    /// What to tell the server of who the devices are.
    #[must_use]
    pub fn introductions(&self) -> Vec<(Uuid, &DeviceReport)> {
        self.devices.iter().map(|device| (device.id, &device.report)).collect()
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
    roster: &mut Roster,
    progress: &mut Progress,
) -> Result<Round, Failure> {
    search(site, asker, targets, rules, roster, Round::default(), progress)
}

/// Reads what moves of the devices that are known. A device that is silent for the first time, or another one in its place,
/// may be anywhere: then all other targets are searched, too.
///
/// # Errors
/// As [`read`].
pub fn read_known(
    site: &mut Site,
    asker: &mut SnmpAsker,
    targets: &mut dyn FnMut(&mut SnmpAsker) -> Result<Targets, Failure>,
    rules: &Rules,
    roster: &mut Roster,
    progress: &mut Progress,
) -> Result<Round, Failure> {
    roster.read_anew(&std::mem::take(&mut site.touched));
    let candidates = roster.candidates();
    let devices = intake::keep_candidates(site, asker, &candidates, roster, intake::introduction, progress)?;
    let mut round = Round { devices, ..Round::default() };
    let mut others = false;
    for device in &round.devices {
        others |= roster.at(device.address) != Some(device.id);
        let before = candidates.iter().find(|candidate| candidate.address == device.address);
        round.findings.extend(before.map(|candidate| Finding {
            address: candidate.address,
            outcome: Outcome::Found {
                credential: candidate.credential,
                evidence: Box::new(candidate.evidence.clone()),
            },
        }));
    }
    drop(candidates);
    learn(roster, &mut round);
    let read = round.devices.iter().map(|device| device.id).collect();
    if roster.asked(&read) || others {
        tell!("a device is not where it was: searching");
        let targets = targets(asker)?;
        return search(site, asker, &targets, rules, roster, round, progress);
    }
    site.keep_agent(0)?;
    Ok(round)
}

/// Searches all targets but those that were read already, and reads who is found.
fn search(
    site: &mut Site,
    asker: &mut SnmpAsker,
    targets: &Targets,
    rules: &Rules,
    roster: &mut Roster,
    mut round: Round,
    progress: &mut Progress,
) -> Result<Round, Failure> {
    let name = |position| asker.credential_name(position).to_owned();
    let decided: Vec<HostRow> = round.findings.iter().map(|finding| HostRow::new(finding, name)).collect();
    let Scan { findings, interrupted } = survey::scan(asker, targets, rules, &decided, None, progress)?;
    if interrupted {
        return Err(Failure::interrupted());
    }
    let known: BTreeSet<Uuid> = round.devices.iter().map(|device| device.id).collect();
    let printers = survey::printers(&findings);
    let progress = &mut Progress::silent();
    let devices = intake::keep_candidates(site, asker, &printers, roster, intake::introduction, progress)?;
    let mut found = Round { devices, findings };
    learn(roster, &mut found);
    found.devices.retain(|device| !known.contains(&device.id));
    round.devices.append(&mut found.devices);
    round.findings.append(&mut found.findings);
    round.devices.sort_by_key(|device| device.address);
    roster.searched(&round.devices.iter().map(|device| device.id).collect());
    site.keep_agent(round.out_of_scope())?;
    Ok(round)
}

/// Remembers what was read for the next reading.
fn learn(roster: &mut Roster, round: &mut Round) {
    for device in &mut round.devices {
        let finding = round.findings.iter().find(|finding| finding.address == device.address);
        let Some(Finding { outcome: Outcome::Found { evidence, .. }, .. }) = finding else { continue };
        let (address, credential, baseline) = (device.address, device.credential, device.baseline.take());
        let evidence = Evidence::clone(evidence);
        roster.put(device.id, Known { address, credential, evidence, baseline, missing: false });
    }
}

/// Reads the printers among the findings, and seals and spools each soon after it is read.
///
/// # Errors
/// As [`read`].
pub fn collect(
    site: &mut Site,
    asker: &mut SnmpAsker,
    findings: &[Finding],
    progress: &mut Progress,
) -> Result<Vec<Device>, Failure> {
    let (printers, roster) = (survey::printers(findings), Roster::default());
    intake::keep_candidates(site, asker, &printers, &roster, |report| report, progress)
}

/// Sends all that waits; `tell` hears of what did not go through, and unless `quiet` of what is tried again. Gives the
/// server's receipts.
///
/// # Errors
/// When the server does not trust this client, cannot be used, or stays away; what was not sent waits.
pub fn send(site: &mut Site, quiet: bool, tell: &mut dyn FnMut(&str)) -> Result<Vec<Receipt>, Failure> {
    send_with(site, quiet, tell, &mut |_| {})
}

/// As [`send`]; `stored` hears of every receipt.
///
/// # Errors
/// As [`send`].
pub fn send_with(
    site: &mut Site,
    quiet: bool,
    tell: &mut dyn FnMut(&str),
    stored: &mut dyn FnMut(usize),
) -> Result<Vec<Receipt>, Failure> {
    let mut receipts = Vec::new();
    let DrainReport { end, set_aside, damaged, .. } = site.send(|event| match event {
        UploadEvent::Stored { receipt, .. } => {
            receipts.push(receipt.clone());
            stored(receipts.len());
        }
        UploadEvent::SetAside { entry, why, .. } => {
            tell(&format!("payload {} was set aside: {why}", entry.id));
        }
        UploadEvent::PassedOver { entry, why } if !quiet => {
            tell(&format!("payload {} waits: {why}", entry.id));
        }
        UploadEvent::Waiting { wait, why } if !quiet => {
            tell(&format!("{why}; trying again in {} s", wait.as_secs()));
        }
        _ => {}
    })?;
    match end {
        // It was told of each; that it is not at the server should not go unnoticed in a script.
        DrainEnd::Empty if set_aside > 0 => Err(Failure::failed(lost_way(set_aside - damaged, damaged))),
        DrainEnd::Empty => Ok(receipts),
        DrainEnd::Stopped => Err(Failure::interrupted()),
        DrainEnd::Untrusted(why) => Err(Failure::refused(why)),
        DrainEnd::GaveUp(why) => Err(Failure::no_answer(why)),
        DrainEnd::Misconfigured(why) | DrainEnd::Stuck(why) => Err(Failure::failed(why)),
        _ => Err(Failure::failed("the upload ended")),
    }
}

/// What became of payloads that do not go: whose doing it is.
fn lost_way(refused: usize, damaged: usize) -> String {
    let server = format!("the server would not take {refused} of the payloads");
    let disk = format!("{} damaged on this machine's disk", counted(damaged, "payload"));
    let what = match (refused, damaged) {
        (_, 0) => server,
        (0, _) => disk,
        _ => format!("{server}; {disk}"),
    };
    format!("{what}; set aside: quarantine list shows why")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_payload_is_not_said_to_be_refused() {
        assert!(lost_way(2, 0).starts_with("the server would not take 2 of the payloads; set aside"));
        assert!(lost_way(0, 1).starts_with("1 payload damaged on this machine's disk; set aside"));
        assert!(
            lost_way(1, 2).contains("not take 1 of the payloads; 2 payloads damaged on this machine's disk")
        );
    }
}
