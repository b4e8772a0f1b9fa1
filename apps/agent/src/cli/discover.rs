//! `discover`: which hosts are printers.

use super::snmp_options::SnmpOptions;
use super::{Format, print};
use crate::failure::{Context, Failure};
use crate::present::{printable, table};
use crate::progress::Progress;
use crate::survey::{self, SnmpAsker, read_targets};
use clap::Args;
use remote_services_collect::discover::{Evidence, Finding, Outcome};
use remote_services_transport::client::blocking::StopFlag;
use serde::Serialize;
use std::net::SocketAddr;

/// Options of `discover`.
#[derive(Args)]
pub struct DiscoverOptions {
    /// Address, name, CIDR (192.0.2.0/24) or range (192.0.2.1-20), each with :PORT or :PORT-PORT if it is not 161
    #[arg(required = true, value_name = "TARGETS")]
    pub targets: Vec<String>,
    /// Targets to leave out, in the same forms
    #[arg(long, value_name = "TARGETS")]
    pub exclude: Vec<String>,
    /// Show hosts that are no printers, refuse or cannot be used, too
    #[arg(long)]
    pub all: bool,
    /// How to show the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

/// One host, as JSON tells it: names as in the XML schemas.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    address: SocketAddr,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    make_and_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_object_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(super) fn carry_out(options: &DiscoverOptions) -> Result<(), Failure> {
    if options.format == Format::Xml {
        return Err(Failure::usage("discover shows tables and JSON; collect shows XML"));
    }
    let targets = read_targets(&options.targets, &options.exclude, |why| eprintln!("{why}"))?;
    let mut asker = SnmpAsker::new(&options.snmp, StopFlag::new())?;
    let mut progress = Progress::new("asking hosts", targets.len());
    let findings = survey::discover(&mut asker, &targets, &mut progress)?;
    progress.finish();
    let rows: Vec<Row> = findings
        .iter()
        .filter(|finding| match finding.outcome {
            Outcome::Found { .. } => true,
            Outcome::NoAnswer => false,
            _ => options.all,
        })
        .map(|finding| row(finding, &asker))
        .collect();
    match options.format {
        Format::Json => print(&serde_json::to_string_pretty(&rows).context("cannot write JSON")?)?,
        _ => print(&show(&rows))?,
    }
    verdict(&findings)
}

fn row(finding: &Finding, asker: &SnmpAsker) -> Row {
    let mut row = Row {
        address: finding.address,
        outcome: "noAnswer",
        credentials: None,
        make_and_model: None,
        serial_number: None,
        system_name: None,
        description: None,
        system_object_id: None,
        reason: None,
    };
    let mut said = |outcome, credential, evidence: &Evidence| {
        row.outcome = outcome;
        row.credentials = Some(asker.credential_name(credential).to_owned());
        row.make_and_model.clone_from(&evidence.model);
        row.serial_number.clone_from(&evidence.serial_number);
        row.system_name.clone_from(&evidence.system_name);
        row.description.clone_from(&evidence.description);
        row.system_object_id = evidence.object_id.as_ref().map(ToString::to_string);
    };
    match &finding.outcome {
        Outcome::Found { credential, evidence } => said("printer", *credential, evidence),
        Outcome::NotPrinter { credential, evidence } => said("notPrinter", *credential, evidence),
        Outcome::Refused(error) => {
            row.outcome = "refused";
            row.reason = Some(error.to_string());
        }
        _ => {}
    }
    row
}

fn show(rows: &[Row]) -> String {
    let mut table = table(&["Address", "What", "SNMP", "Model", "Serial", "Name"]);
    for row in rows {
        let text = |value: &Option<String>| printable(value.as_deref().unwrap_or("-"));
        let what = row.reason.clone().unwrap_or_else(|| row.outcome.to_owned());
        table.add_row([
            row.address.to_string(),
            what,
            text(&row.credentials),
            text(&row.make_and_model),
            text(&row.serial_number),
            text(&row.system_name),
        ]);
    }
    table.to_string()
}

/// What the findings mean for the exit code: nobody answered, or all who did refused.
fn verdict(findings: &[Finding]) -> Result<(), Failure> {
    let mut printers = 0;
    let mut others = 0;
    let mut refused: Vec<String> = Vec::new();
    for finding in findings {
        match &finding.outcome {
            Outcome::Found { .. } => printers += 1,
            Outcome::NotPrinter { .. } => others += 1,
            Outcome::Refused(error) => refused.push(format!("{}: {error}", finding.address)),
            _ => {}
        }
    }
    eprintln!(
        "{} hosts asked: {printers} printers, {others} other SNMP hosts, {} refused or unusable, {} silent",
        findings.len(),
        refused.len(),
        findings.len() - printers - others - refused.len()
    );
    match (printers + others, refused.first()) {
        (0, Some(first)) => Err(Failure::refused(first)),
        (0, None) => Err(Failure::no_answer("no host answered SNMP with these credentials")),
        _ => Ok(()),
    }
}
