//! `audit`: what this agent did, to read, to take along, and to check.

use super::{Format, print};
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::present::printable;
use crate::trail::history;
use clap::{Args, Subcommand};
use remote_services_transport::audit::{
    AuditEntry, AuditLimits, CheckpointKey, Fault, Verdict, export, verify_export, verify_log,
};
use remote_services_transport::enrol::client_name;
use remote_services_transport::pem;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

/// Options of `audit`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent audit show --data DIR --last 20
  remote-services-agent audit export --data DIR --output audit-2026-11.log
  remote-services-agent audit verify --data DIR
  remote-services-agent audit verify --file audit-2026-11.log --certificate client.pem --certificate earlier.pem

The log is signed by the client's key, which is another after each renewal: identity/client.pem has the certificate of
the present one, identity/earlier.pem those of the keys before."))]
pub struct AuditOptions {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What to do with the audit log.
#[derive(Subcommand)]
pub enum What {
    /// Show the newest entries; says first when the log cannot be believed
    #[command(after_help = help!("  remote-services-agent audit show --data DIR --last 20
  remote-services-agent audit show --data DIR --format json"))]
    Show {
        /// Folder with the agent's data
        #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
        data: PathBuf,
        /// How many
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        last: usize,
        /// How to show them
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Write all entries into one file that can be checked without this folder
    #[command(after_help = help!(
        "  remote-services-agent audit export --data DIR --output audit-2026-11.log"))]
    Export {
        /// Folder with the agent's data
        #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
        data: PathBuf,
        /// Where to; must not be there yet
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
    /// Find any edit, removal or cut end, now or at any time before: exit code 1 when there is one
    #[command(after_help = help!("  remote-services-agent audit verify --data DIR
  remote-services-agent audit verify --file audit-2026-11.log --certificate client.pem \\
      --certificate earlier.pem"))]
    Verify {
        /// Folder with the agent's data
        #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA", required_unless_present = "file")]
        data: Option<PathBuf>,
        /// An export instead of a folder
        #[arg(long, value_name = "FILE", conflicts_with = "data", requires = "certificate")]
        file: Option<PathBuf>,
        /// Certificates of the client, for an export; may be given again and again
        #[arg(long, value_name = "FILE")]
        certificate: Vec<PathBuf>,
        /// How to say it
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
}

pub(super) fn carry_out(options: &AuditOptions) -> Result<(), Failure> {
    match &options.what {
        What::Show { data, last, format } => show(&Home::existing(data)?, *last, *format),
        What::Export { data, output } => take_along(&Home::existing(data)?, output),
        What::Verify { data, file, certificate, format } => {
            let verdict = match (data, file, &certificate[..]) {
                (_, Some(file), [_, ..]) => exported(file, certificate)?,
                (Some(data), ..) => whole(&Home::existing(data)?, &mut |_| {})?,
                _ => return Err(Failure::usage("--data or --file with --certificate")),
            };
            say_verdict(&verdict, *format)
        }
    }
}

fn whole(home: &Home, entry: &mut dyn FnMut(AuditEntry)) -> Result<Result<Verdict, Fault>, Failure> {
    Ok(verify_log(&home.audit(), AuditLimits::default().keep, Some(&history(home)?), entry))
}

fn exported(file: &Path, certificates: &[PathBuf]) -> Result<Result<Verdict, Fault>, Failure> {
    let mut keys: Option<CheckpointKey> = None;
    for path in certificates {
        let text = std::fs::read_to_string(path).context(path.display())?;
        // Whoever issued them is in the file, too, and signs no log.
        let own = pem::certificates(&text).unwrap_or_default();
        let own: Vec<_> = own.iter().filter(|der| client_name(der).is_some()).collect();
        if own.is_empty() {
            let why = format!("{} holds no certificate of a client in PEM", path.display());
            return Err(Failure::usage(why));
        }
        for der in own {
            let key = CheckpointKey::from_certificate(der).context(path.display())?;
            keys = Some(keys.map_or(key.clone(), |keys| keys.or(key)));
        }
    }
    let lines = BufReader::new(File::open(file).context(file.display())?);
    Ok(verify_export(file, lines, keys.as_ref(), &mut |_| {}))
}

fn say_verdict(verdict: &Result<Verdict, Fault>, format: Format) -> Result<(), Failure> {
    if format == Format::Xml {
        return Err(Failure::usage("the verdict is said as table or json"));
    }
    match verdict {
        Ok(verdict) if format == Format::Json => print(
            &serde_json::json!({
                "holds": true, "first": verdict.first, "last": verdict.last,
                "vouchedUpTo": verdict.vouched.map(|(entry, _)| entry),
                "signedAt": verdict.vouched.map(|(_, time)| time),
            })
            .to_string(),
        ),
        Ok(Verdict { first, last, vouched }) => print(&match vouched {
            Some((entry, time)) => {
                format!("entries {first} to {last} hold together; up to {entry} signed on {time}")
            }
            None => format!("entries {first} to {last} hold together; nothing is signed yet"),
        }),
        Err(fault) => {
            if format == Format::Json {
                print(&serde_json::json!({ "holds": false, "why": fault.to_string() }).to_string())?;
            }
            Err(Failure::failed(format_args!("the audit log cannot be believed: {fault}")))
        }
    }
}

fn show(home: &Home, last: usize, format: Format) -> Result<(), Failure> {
    let mut newest = VecDeque::new();
    let verdict = whole(home, &mut |entry| {
        newest.push_back(entry);
        if newest.len() > last {
            newest.pop_front();
        }
    })?;
    match format {
        Format::Xml => return Err(Failure::usage("entries are shown as table or json")),
        Format::Json => {
            let entries: Vec<&AuditEntry> = newest.iter().collect();
            print(&serde_json::to_string_pretty(&entries).context("entries")?)?;
        }
        Format::Table => {
            let line = |entry: &AuditEntry| {
                let AuditEntry { sequence, time, event, subject, text } = entry;
                printable(&format!("{sequence:>6}  {time}  {event:<10}  {subject}  {text}"))
            };
            print(&newest.iter().map(line).collect::<Vec<_>>().join("\n"))?;
        }
    }
    verdict
        .map(drop)
        .map_err(|fault| Failure::failed(format_args!("the audit log cannot be believed: {fault}")))
}

fn take_along(home: &Home, output: &Path) -> Result<(), Failure> {
    let mut file = File::create_new(output).context(output.display())?;
    export(&home.audit(), &mut file).and_then(|()| file.flush()).context(output.display())?;
    print(&format!("written to {}; check it with audit verify --file", output.display()))
}
