//! `discover`: which hosts are printers.

use super::snmp_options::SnmpOptions;
use super::{Format, print};
use crate::failure::Failure;
use crate::interrupt;
use crate::present::{HostRow, hosts_json, hosts_table, hosts_xml};
use crate::progress::Progress;
use crate::survey::{self, SnmpAsker, Summary, read_targets};
use clap::Args;
use remote_services_collect::discover::Outcome;

/// Options of `discover`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent discover 192.0.2.0/24 --community site
  remote-services-agent discover 192.0.2.1-20 198.51.100.0/24:1161-1163 --exclude 192.0.2.7
  RS_SNMP_AUTH_PASSWORD=... RS_SNMP_PRIV_PASSWORD=... remote-services-agent discover 192.0.2.0/24 --user monitor
  remote-services-agent discover 192.0.2.0/24 --credentials snmp.toml --format json", credentials))]
pub struct DiscoverOptions {
    /// Address, name, CIDR (192.0.2.0/24) or range (192.0.2.1-20), each with :PORT or :PORT-PORT if it is not 161
    #[arg(required = true, value_name = "TARGETS")]
    pub targets: Vec<String>,
    /// Targets to leave out, in the same forms; may be given again and again
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

pub(super) fn carry_out(options: &DiscoverOptions) -> Result<(), Failure> {
    let targets = read_targets(&options.targets, &options.exclude)?;
    for why in targets.unresolved() {
        tell!("{why}");
    }
    let mut asker = SnmpAsker::new(&options.snmp, interrupt::stop_flag()?)?;
    let mut progress = Progress::new("asking hosts", targets.len());
    let findings = survey::discover(&mut asker, &targets, &mut progress)?;
    let summary = Summary::of(&findings);
    let verdict = survey::verdict(&findings);
    if verdict.is_ok() || options.all {
        progress.finish();
        let rows: Vec<HostRow> = findings
            .iter()
            .filter(|finding| match finding.outcome {
                Outcome::Found { .. } => true,
                Outcome::NoAnswer => false,
                _ => options.all,
            })
            .map(|finding| HostRow::new(finding, |credential| asker.credential_name(credential).to_owned()))
            .collect();
        match options.format {
            Format::Table => print(&hosts_table(&rows))?,
            Format::Json => print(&hosts_json(&rows)?)?,
            Format::Xml => print(&hosts_xml(&rows))?,
        }
        tell!("{summary}");
    }
    verdict
}
