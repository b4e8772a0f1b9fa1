//! A discovery with all that a site may want of it: pings first, networks with rules of their own, going on after a kill.

use super::journal::Journal;
use super::{SnmpAsker, Targets};
use crate::failure::{ExitCode, Failure};
use crate::present::HostRow;
use crate::progress::Progress;
use remote_services_collect::discover::{Discovery, Finding, Network, Options, SnmpVersion, Target};
use remote_services_collect::drive;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

/// How to discover.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Ask by ICMP echo first.
    pub echo: bool,
    /// Ask hosts by SNMP that did not answer the echo.
    pub ask_silent: bool,
    /// Nothing below this version is sent to anybody.
    pub lowest: SnmpVersion,
    /// Rules of the networks that targets name.
    pub networks: Vec<Network>,
}

/// What came of it.
#[derive(Debug)]
pub struct Scan {
    /// What became of each host that was asked this time, in the order of their addresses.
    pub findings: Vec<Finding>,
    /// Whether it was interrupted, so that hosts are left.
    pub interrupted: bool,
}

/// Asks all hosts who they are, but for those that were decided before.
///
/// # Errors
/// When this machine's socket or file fails. An interruption is none: what was decided by then is given.
pub fn scan(
    asker: &mut SnmpAsker,
    targets: &Targets,
    rules: &Rules,
    earlier: &[HostRow],
    mut journal: Option<&mut Journal>,
    progress: &mut Progress,
) -> Result<Scan, Failure> {
    let decided: BTreeSet<SocketAddr> = earlier.iter().map(|row| row.address).collect();
    let mut options = Options::new(asker.versions());
    options.profiles = asker.profiles();
    options.window = asker.in_flight();
    options.echo = rules.echo;
    options.ask_silent = rules.ask_silent;
    options.lowest = rules.lowest;
    options.networks.clone_from(&rules.networks);
    let names: Vec<String> =
        (0..options.credentials.len()).map(|position| asker.credential_name(position).to_owned()).collect();
    let is_left = |host: &Target| host.addresses().all(|address| !decided.contains(&address));
    let (before, total) = (decided.len() as u64, targets.len());
    let started = Instant::now();
    let mut discovery = Discovery::new(targets.hosts().filter(is_left), &options);
    let mut findings = Vec::new();
    let mut not_kept = None;
    let end = drive::discover(&mut discovery, asker, |finding, discovery| {
        let now = discovery.progress();
        progress.set_with(before + now.finished, || {
            let left = now.estimate(total.saturating_sub(before), started.elapsed());
            let left = left.map_or(String::new(), |left| format!(", about {} s left", left.as_secs() + 1));
            format!("{} found, {} silent{left}", now.found, now.no_answer)
        });
        if let Some(journal) = journal.as_deref_mut() {
            let row = HostRow::new(&finding, |position| names[position].clone())
                .with_origins(targets.origins(finding.address.ip()));
            not_kept = not_kept.take().or(journal.host(&row).err());
        }
        findings.push(finding);
    });
    let interrupted = match end {
        Ok(()) => false,
        Err(failure) if failure.code == ExitCode::Interrupted => true,
        Err(failure) => return Err(failure),
    };
    if let Some(failure) = not_kept {
        return Err(failure);
    }
    asker.forget_all_but(&findings);
    findings.sort_by_key(|finding| finding.address);
    Ok(Scan { findings, interrupted })
}
