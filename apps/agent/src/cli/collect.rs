//! `collect`: all that one device says.

use super::snmp_options::SnmpOptions;
use super::{Format, print};
use crate::failure::Failure;
use crate::interrupt;
use crate::present::{device_table, report_json, report_xml};
use crate::progress::Progress;
use crate::survey::{self, Candidate, Reading, SnmpAsker, read_targets};
use clap::Args;
use remote_services_collect::discover::{Evidence, Finding, Outcome};
use remote_services_core::status::RetrievalOutcome;
use std::net::SocketAddr;

/// Options of `collect`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent collect 192.0.2.7
  remote-services-agent collect printer-7.example:1161 --community site --format json
  remote-services-agent collect 192.0.2.7 --credentials snmp.toml --format xml", credentials))]
pub struct CollectOptions {
    /// Address or name, with :PORT if it is not 161
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// How to show the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

pub(super) fn carry_out(options: &CollectOptions) -> Result<(), Failure> {
    let report = read_one(&options.target, &options.snmp)?.report;
    match options.format {
        Format::Table => print(&device_table(&report).to_string()),
        Format::Json => print(&report_json(&report)?),
        Format::Xml => print(&report_xml(&report)?),
    }
}

/// Reads one device.
pub(super) fn read_one(target: &str, snmp: &SnmpOptions) -> Result<Reading, Failure> {
    let mut asker = SnmpAsker::new(snmp, interrupt::stop_flag()?)?;
    let (address, credential, evidence) = find(target, &mut asker)?;
    let candidate = Candidate { address, credential, evidence: &evidence };
    let mut read = None;
    survey::collect(&mut asker, &[candidate], |reading| {
        read = Some(reading);
        Ok(())
    })?;
    let reading = read.ok_or_else(|| Failure::no_answer(format_args!("{address} stopped answering")))?;
    let retrieval = reading.report.status.retrieval.as_ref();
    if retrieval.is_some_and(|retrieval| retrieval.outcome != RetrievalOutcome::Ok) {
        tell!("{address} did not answer all questions: what is missing is marked");
    }
    Ok(reading)
}

/// Where one device answers, and which of the credentials it takes.
pub(super) fn find_one(target: &str, asker: &mut SnmpAsker) -> Result<(SocketAddr, usize), Failure> {
    find(target, asker).map(|(address, credential, _)| (address, credential))
}

fn find(target: &str, asker: &mut SnmpAsker) -> Result<(SocketAddr, usize, Box<Evidence>), Failure> {
    let targets = read_targets(&[target.to_owned()], &[])?;
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
