//! `discover`: which hosts are printers.

use super::scope::{Scope, ScopeOptions};
use super::snmp_options::SnmpOptions;
use super::{Format, print};
use crate::failure::{Context, Failure};
use crate::interrupt;
use crate::present::{HostRow, counted, hosts_json, hosts_table, hosts_xml, twins};
use crate::progress::Progress;
use crate::survey::{self, Earlier, Journal, Scan, SnmpAsker, Summary, scan};
use clap::Args;
use std::path::PathBuf;

/// Options of `discover`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent discover 192.0.2.0/24 --community site
  remote-services-agent discover 192.0.2.1-20 198.51.100.0/24:1161-1163 --exclude 192.0.2.7 --ping
  remote-services-agent discover --file addresses.txt --broadcast 192.0.2.0/24
  remote-services-agent discover --dns-sd --zone printers.example --print-server print.example
  remote-services-agent discover --networks networks.toml --data /var/lib/remote-services --resume
  RS_SNMP_AUTH_PASSWORD=... RS_SNMP_PRIV_PASSWORD=... remote-services-agent discover 192.0.2.0/24 --user monitor
  remote-services-agent discover 192.0.2.0/24 --credentials snmp.toml --format json", networks, credentials))]
pub struct DiscoverOptions {
    /// Whom to ask
    #[command(flatten)]
    pub scope: ScopeOptions,
    /// Show hosts that are no printers, refuse or cannot be used, and silent ones that a source named, too
    #[arg(long)]
    pub all: bool,
    /// Keep in DATA/state what is found out, so that a discovery that was interrupted or killed can go on
    #[arg(long, value_name = "DATA", env = "RS_AGENT_DATA")]
    pub data: Option<PathBuf>,
    /// Go on with the discovery that was interrupted: whoever was decided is not asked again
    #[arg(long, requires = "data")]
    pub resume: bool,
    /// How to show the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

pub(super) fn carry_out(options: &DiscoverOptions) -> Result<(), Failure> {
    let mut asker = SnmpAsker::new(&options.snmp, interrupt::stop_flag()?)?;
    let scope = options.scope.read(&mut asker)?;
    let mut targets = scope.targets()?;
    let Scope { rules, names, request, .. } = scope;
    let (mut journal, mut earlier) = match &options.data {
        Some(data) => {
            let (journal, earlier) = Journal::open(data, &request, options.resume)?;
            (Some(journal), earlier)
        }
        None => (None, Earlier::default()),
    };
    for (address, origin) in earlier.found.drain(..) {
        targets.add(address, origin);
    }
    if !earlier.sources_done {
        options.scope.ask_sources(&mut asker, &rules, &names, &mut |address, origin| {
            if let Some(journal) = &mut journal {
                journal.found(address, &origin)?;
            }
            targets.add(address, origin);
            Ok(())
        })?;
        if let Some(journal) = &mut journal {
            journal.sources_done()?;
        }
    }
    options.scope.check(&targets)?;
    for why in targets.unresolved() {
        tell!("{why}");
    }
    let mut progress = Progress::new("asking hosts", targets.len());
    progress.set(earlier.rows.len() as u64);
    let Scan { findings, interrupted } =
        scan(&mut asker, &targets, &rules, &earlier.rows, journal.as_mut(), &mut progress)?;
    let mut summary = Summary::of(&findings);
    summary.add_earlier(&earlier.rows);
    let verdict =
        if interrupted || earlier.rows.is_empty() { survey::verdict(&findings) } else { summary.verdict() };
    // A program gets its document also when nobody is in it.
    if verdict.is_ok() || options.all || interrupted || options.format != Format::Table {
        progress.finish();
        let name = |credential| asker.credential_name(credential).to_owned();
        let new = findings
            .iter()
            .map(|finding| HostRow::new(finding, name).with_origins(targets.origins(finding.address.ip())));
        let mut rows: Vec<HostRow> = earlier.rows.iter().cloned().chain(new).collect();
        rows.retain(|row| row.is_printer() || (options.all && row.is_worth_showing()));
        rows.sort_by_key(|row| row.address);
        match options.format {
            Format::Table => print(&hosts_table(&rows))?,
            Format::Json => print(&hosts_json(&rows)?)?,
            Format::Xml => print(&hosts_xml(&rows))?,
        }
        for twin in twins(&rows) {
            tell!("{twin}");
        }
        tell!("{summary}");
    }
    if interrupted {
        let left = targets.len().saturating_sub(summary.asked as u64);
        let left = counted(usize::try_from(left).unwrap_or(usize::MAX), "host");
        let how = if journal.is_some() { "; --resume goes on with them" } else { "" };
        return Err(Failure::interrupted().and(&format!("the result is partial: {left} not decided{how}")));
    }
    if let Some(journal) = journal {
        journal.finish().context("the discovery is done, but its state stays")?;
    }
    verdict
}
