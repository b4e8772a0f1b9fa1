//! `collect`: all that a device says, or each of many.

use super::document::Array;
use super::scope::ScopeOptions;
use super::snmp_options::SnmpOptions;
use super::{Format, print};
use crate::device_jobs;
use crate::failure::Failure;
use crate::interrupt;
use crate::names::NamesSection;
use crate::present::{
    Serials, counted, device_table, jobs_json, jobs_table, jobs_xml, report_json, report_xml,
};
use crate::progress::Progress;
use crate::survey::{self, Candidate, Detail, Reading, Scan, SnmpAsker, Targets, read_targets};
use crate::vault::Vault;
use clap::Args;
use remote_services_collect::discover::{Evidence, Finding, Outcome};
use remote_services_core::job::JobAccounting;
use remote_services_core::reading::{Header, WithheldReason};
use remote_services_core::status::RetrievalOutcome;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Options of `collect`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent collect 192.0.2.7
  remote-services-agent collect printer-7.example:1161 --community site --format json
  remote-services-agent collect 192.0.2.7 --credentials snmp.toml --format xml
  remote-services-agent collect 192.0.2.0/24 --exclude 192.0.2.9 --format json
  remote-services-agent collect 192.0.2.7 --usage
  remote-services-agent collect 192.0.2.7 --jobs
  remote-services-agent collect --file addresses.txt --ping", networks, credentials))]
pub struct CollectOptions {
    /// Whom to read
    #[command(flatten)]
    pub scope: ScopeOptions,
    /// The detailed usage, too: prints and scans by service, trays, media, service items, and what else the maker tells
    #[arg(long)]
    pub usage: bool,
    /// The jobs that one device has ended and still keeps, with the names of people, instead of what it is
    #[arg(long, conflicts_with = "usage")]
    pub jobs: bool,
    /// How to show the result: of several devices a table each, or one JSON array, in which whoever was named alone and was not read
    /// has an "error"; XML is for one device
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

impl CollectOptions {
    fn detail(&self) -> Detail {
        if self.usage { Detail::Usage } else { Detail::Usual }
    }
}

pub(super) fn carry_out(options: &CollectOptions) -> Result<(), Failure> {
    if options.jobs {
        let target = options.scope.only_target();
        return show_jobs(target.ok_or_else(|| Failure::usage("--jobs is about one device"))?, options);
    }
    if let Some(target) = options.scope.only_target() {
        let report = read_one(
            target,
            &options.snmp,
            options.snmp.secrets.vault(None),
            &NamesSection::default(),
            options.detail(),
        )?
        .report;
        return match options.format {
            Format::Table => print(&device_table(&report).to_string()),
            Format::Json => print(&report_json(&report)?),
            Format::Xml => print(&report_xml(&report)?),
        };
    }
    if options.format == Format::Xml {
        return Err(Failure::usage("an XML document is about one device: take --format json for several"));
    }
    read_many(options)
}

/// Shows the jobs of one device, and keeps and sends nothing of them.
fn show_jobs(target: &str, options: &CollectOptions) -> Result<(), Failure> {
    let mut asker = SnmpAsker::new(&options.snmp, interrupt::stop_flag()?)?;
    let (address, credential, _) = find(target, &mut asker)?;
    let mut header = Header { read_at: survey::now(), ..Header::default() };
    let jobs = device_jobs::of_one(&mut asker, address, credential)?.unwrap_or_else(|| {
        tell!("{address} keeps no jobs, or does not tell them");
        header.withhold("Job", WithheldReason::NotSupported);
        Vec::new()
    });
    let accounting = JobAccounting { header, jobs };
    match options.format {
        Format::Table => print(&jobs_table(&accounting).to_string()),
        Format::Json => print(&jobs_json(&accounting)?),
        Format::Xml => print(&jobs_xml(accounting)?),
    }
}

/// Reads all printers of a scope, and shows each as soon as it is read.
fn read_many(options: &CollectOptions) -> Result<(), Failure> {
    let mut asker = SnmpAsker::new(&options.snmp, interrupt::stop_flag()?)?;
    asker.look_up_names(NamesSection::default().look_up(options.snmp.dns_names.as_deref())?);
    let scope = options.scope.read(&mut asker)?;
    let targets = options.scope.gather(&scope, &mut asker)?;
    let mut progress = Progress::new("asking hosts", targets.len());
    let Scan { findings, interrupted } =
        survey::scan(&mut asker, &targets, &scope.rules, &[], None, &mut progress)?;
    progress.finish();
    if interrupted {
        return Err(Failure::interrupted());
    }
    let json = options.format == Format::Json;
    let mut array = Array::default();
    if json {
        for why in targets.unresolved() {
            array.add_failure(None, &Failure::no_answer(why))?;
        }
        for (address, failure) in findings.iter().filter_map(|finding| unread(finding, &targets)) {
            array.add_failure(Some(address), &failure)?;
        }
    }
    let verdict = survey::verdict(&findings);
    if verdict.is_err() && json {
        array.end()?;
        return verdict;
    }
    verdict?;
    let candidates = survey::printers(&findings);
    let (mut serials, mut twins) = (Serials::default(), Vec::new());
    let mut progress = Progress::new("reading printers", candidates.len() as u64);
    let (mut read, mut cut, mut there) = (0_usize, 0_usize, BTreeSet::new());
    let all = survey::collect(&mut asker, &candidates, options.detail(), |reading| {
        let report = &reading.report;
        match json {
            true => array.add(&report_json(report)?)?,
            false => print(&format!("{}\n{}", reading.address, device_table(report)))?,
        }
        there.insert(reading.address);
        let serial = report.identity.serial_number.as_deref().unwrap_or("");
        twins.extend(serials.twin(reading.address, serial));
        read += 1;
        cut += usize::from(is_cut(&reading));
        progress.set(read as u64);
        Ok(())
    });
    progress.finish();
    // What was read stands in a whole document, however it ended.
    if json {
        let gone = candidates.iter().map(|candidate| candidate.address);
        for address in gone.filter(|address| all.is_ok() && !there.contains(address)) {
            array.add_failure(Some(address), &stopped(address))?;
        }
        array.end()?;
    }
    all?;
    for twin in twins {
        tell!("{twin}");
    }
    tell!("{} of {} read", read, counted(candidates.len(), "printer"));
    if cut > 0 {
        tell!("{} did not answer all questions: what is missing is marked", counted(cut, "printer"));
    }
    match (read, candidates.len()) {
        (0, 0) => Err(Failure::no_answer("no host that answers is a printer")),
        (0, _) => Err(Failure::no_answer("all printers stopped answering")),
        _ => Ok(()),
    }
}

/// Why nothing is read of a host that somebody expects to be read, or that is there and refuses.
fn unread(Finding { address, outcome }: &Finding, targets: &Targets) -> Option<(SocketAddr, Failure)> {
    let failure = match outcome {
        Outcome::Found { .. } => return None,
        Outcome::Refused(error) => survey::refusal(*address, error),
        _ if !targets.expects(*address) => return None,
        Outcome::NotPrinter { .. } => {
            Failure::failed(format_args!("{address} speaks SNMP but is no printer"))
        }
        Outcome::NotAsked => Failure::declined(format_args!(
            "{address} is not asked: the policy allows none of the credentials for it"
        )),
        _ => survey::silence(*address),
    };
    Some((*address, failure))
}

fn stopped(address: SocketAddr) -> Failure {
    Failure::no_answer(format_args!("{address} stopped answering"))
}

fn is_cut(reading: &Reading) -> bool {
    let retrieval = reading.report.status.retrieval.as_ref();
    retrieval.is_some_and(|retrieval| retrieval.outcome != RetrievalOutcome::Ok)
}

/// Reads one device.
pub(super) fn read_one(
    target: &str,
    snmp: &SnmpOptions,
    vault: Vault,
    names: &NamesSection,
    detail: Detail,
) -> Result<Reading, Failure> {
    let mut asker =
        SnmpAsker::with_vault(snmp, vault, interrupt::stop_flag()?)?.with_names(names.resolver()?);
    asker.look_up_names(names.look_up(snmp.dns_names.as_deref())?);
    let (address, credential, evidence) = find(target, &mut asker)?;
    let candidate = Candidate { address, credential, evidence: &evidence, baseline: None };
    let mut read = None;
    survey::collect(&mut asker, &[candidate], detail, |reading| {
        read = Some(reading);
        Ok(())
    })?;
    let reading = read.ok_or_else(|| stopped(address))?;
    if is_cut(&reading) {
        tell!("{address} did not answer all questions: what is missing is marked");
    }
    Ok(reading)
}

/// Where one device answers, and which of the credentials it takes.
pub(super) fn find_one(target: &str, asker: &mut SnmpAsker) -> Result<(SocketAddr, usize), Failure> {
    find(target, asker).map(|(address, credential, _)| (address, credential))
}

fn find(target: &str, asker: &mut SnmpAsker) -> Result<(SocketAddr, usize, Box<Evidence>), Failure> {
    let targets = read_targets(&[target.to_owned()], &[], &*asker.names())?;
    if targets.len() != 1 {
        return Err(Failure::usage("this reads one device; discover finds many"));
    }
    let findings = survey::discover(asker, &targets, &mut Progress::silent())?;
    survey::verdict(&findings)?;
    let found = findings.into_iter().find_map(|Finding { address, outcome }| match outcome {
        Outcome::Found { credential, evidence } => Some((address, credential, evidence)),
        Outcome::NotPrinter { credential, evidence } => {
            tell!("{address} speaks SNMP but is no printer: showing what it says");
            Some((address, credential, evidence))
        }
        _ => None,
    });
    found.ok_or_else(|| Failure::no_answer("no host answered"))
}
