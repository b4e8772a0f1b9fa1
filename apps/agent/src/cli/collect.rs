//! `collect`: all that one device says.

use super::snmp_options::SnmpOptions;
use super::{Format, print};
use crate::failure::Failure;
use crate::interrupt;
use crate::present::{device_table, report_json, report_xml};
use crate::progress::Progress;
use crate::survey::{self, Candidate, Reading, SnmpAsker, read_targets};
use clap::Args;
use remote_services_collect::discover::Outcome;
use remote_services_core::status::RetrievalOutcome;

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
    let targets = read_targets(&[target.to_owned()], &[])?;
    if targets.len() != 1 {
        return Err(Failure::usage("this reads one device; discover finds many"));
    }
    let mut asker = SnmpAsker::new(snmp, interrupt::stop_flag()?)?;
    let findings = survey::discover(&mut asker, &targets, &mut Progress::silent())?;
    survey::verdict(&findings)?;
    let candidate = findings.iter().find_map(|finding| match &finding.outcome {
        Outcome::Found { credential, evidence } => {
            Some(Candidate { address: finding.address, credential: *credential, evidence })
        }
        Outcome::NotPrinter { credential, evidence } => {
            tell!("{} speaks SNMP but is no printer: showing what it says", finding.address);
            Some(Candidate { address: finding.address, credential: *credential, evidence })
        }
        _ => None,
    });
    let Some(candidate) = candidate else { return Err(Failure::no_answer("no host answered")) };
    let address = candidate.address;
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
