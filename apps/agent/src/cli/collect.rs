//! `collect`: all that one device says.

use super::snmp_options::SnmpOptions;
use super::{Format, print};
use crate::failure::Failure;
use crate::present::{device_table, report_json, report_xml};
use crate::progress::Progress;
use crate::survey::{self, Candidate, SnmpAsker, read_targets};
use clap::Args;
use remote_services_collect::discover::Outcome;
use remote_services_snmp::engine::RequestError;
use remote_services_transport::client::blocking::StopFlag;

/// Options of `collect`.
#[derive(Args)]
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
    let mut unresolved = None;
    let targets =
        read_targets(std::slice::from_ref(&options.target), &[], |why| unresolved = Some(why.to_owned()))
            .map_err(|failure| match unresolved {
                Some(why) => Failure::no_answer(why),
                None => failure,
            })?;
    if targets.len() != 1 {
        return Err(Failure::usage("collect reads one device; discover finds many"));
    }
    let mut asker = SnmpAsker::new(&options.snmp, StopFlag::new())?;
    let findings = survey::discover(&mut asker, &targets, &mut Progress::silent())?;
    let Some(finding) = findings.first() else { return Err(Failure::no_answer("no host answered")) };
    let address = finding.address;
    let (credential, evidence) = match &finding.outcome {
        Outcome::Found { credential, evidence } => (*credential, evidence),
        Outcome::NotPrinter { credential, evidence } => {
            eprintln!("{address} speaks SNMP but is no printer: showing what it says");
            (*credential, evidence)
        }
        Outcome::Refused(error) => return Err(refusal(address, error)),
        _ => {
            return Err(Failure::no_answer(format_args!(
                "{address} does not answer: no SNMP there, another community, or another version"
            )));
        }
    };
    let mut report = None;
    survey::collect(&mut asker, &[Candidate { address, credential, evidence }], |reading| {
        report = Some(reading.report);
        Ok(())
    })?;
    let report = report.ok_or_else(|| Failure::no_answer(format_args!("{address} stopped answering")))?;
    match options.format {
        Format::Table => print(&device_table(&report).to_string()),
        Format::Json => print(&report_json(&report)?),
        Format::Xml => print(&report_xml(&report)?),
    }
}

fn refusal(address: std::net::SocketAddr, error: &RequestError) -> Failure {
    let sentence = format!("{address}: {error}");
    match error {
        RequestError::Unreachable | RequestError::Timeout { garbage: None, .. } => {
            Failure::no_answer(sentence)
        }
        RequestError::AuthenticationFailed
        | RequestError::UnknownUser
        | RequestError::UnsupportedSecurityLevel
        | RequestError::DecryptionFailed
        | RequestError::UnknownContext => Failure::refused(sentence),
        _ => Failure::failed(sentence),
    }
}
