//! `audit`: what this agent did, to read, to take along, and to check.

use super::secrets_key::SecretsKey;
use super::{Format, print};
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::identity;
use crate::present::printable;
use crate::settings::Settings;
use crate::trail::{self, AUDIT, EXCHANGES, Verdicts, verify};
use clap::{Args, Subcommand};
use remote_services_transport::audit::{
    AuditEntry, CheckpointKey, CheckpointSigner, Fault, Verdict, verify_export,
};
use remote_services_transport::durable;
use remote_services_transport::enrol::client_name;
use remote_services_transport::pem;
use serde::Serialize;
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

What the agent did is in one log, each exchange with the server in another, so that no number of these takes away what was
decided and done: all of this is about both. They are signed by the client's key, which is another after each renewal: identity/client.pem has the
certificate of the present one, identity/earlier.pem those of the keys before, in the word of the present one."))]
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
    /// Write all entries into a file that can be checked without this folder, and the exchanges into another beside it; the client's
    /// key signs for each up to its end, and where it is not at hand standard error says so
    #[command(after_help = help!(
        "  remote-services-agent audit export --data DIR --output audit-2026-11.log"))]
    Export {
        /// Folder with the agent's data
        #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
        data: PathBuf,
        /// Where to: audit.log, and audit.exchanges.log; must not be there yet
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        /// Where the key of the secrets is
        #[command(flatten)]
        secrets: SecretsKey,
    },
    /// Find any edit, removal or cut end of what was signed, now or at any time before: exit code 1 when there is one, and when an
    /// export has entries that nobody signed for; those of a log at work are told
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
        /// The client's certificate, as whoever checks knows it: for a folder, so that nothing in it says whose the log is; for an export,
        /// and behind it the list of its earlier ones that it signed
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
        What::Export { data, output, secrets } => {
            let home = Home::existing(data)?.with_secrets_key(secrets.secrets_key.as_deref());
            take_along(&home, output)
        }
        What::Verify { data, file, certificate, format } => {
            let verdicts = match (data, file, &certificate[..]) {
                (_, Some(file), [_, ..]) => (exported(file, certificate)?, None),
                (Some(data), _, certificates) => {
                    let own = match certificates {
                        [] => None,
                        [path] => Some(named(path, &std::fs::read_to_string(path).context(path.display())?)?),
                        _ => {
                            return Err(Failure::usage(
                                "with --data, --certificate is given once: earlier ones are in the folder",
                            ));
                        }
                    };
                    let home = Home::existing(data)?;
                    let look = || verify(&home, own.clone(), &mut |_, _| {});
                    let mut verdicts = look()?;
                    if verdicts.main.is_err() || verdicts.exchanges.is_err() {
                        // The key may just have become another between two files.
                        verdicts = look()?;
                    }
                    (verdicts.main, Some(verdicts.exchanges))
                }
                _ => return Err(Failure::usage("--data or --file with --certificate")),
            };
            let verdict = believed(verdicts);
            let loose = match &verdict {
                Ok((main, None)) if main.unsigned() > 0 => Some(main.last - main.unsigned() + 1),
                _ => None,
            };
            say_verdict(verdict, *format)?;
            // Whoever takes it along could add what they like there.
            loose.map_or(Ok(()), |from| {
                Err(Failure::failed(format_args!(
                    "nobody vouches for what the export says from entry {from} on: no signed checkpoint stands behind it"
                )))
            })
        }
    }
}

/// Both hold, or the sentence about the first that does not.
fn believed(
    (main, exchanges): (Result<Verdict, Fault>, Option<Result<Verdict, Fault>>),
) -> Result<(Verdict, Option<Verdict>), String> {
    let main = main.map_err(|fault| fault.to_string())?;
    let exchanges = exchanges.transpose().map_err(|fault| format!("the exchanges: {fault}"))?;
    Ok((main, exchanges))
}

/// Checks an export by the keys of the first file, and by those that one of these vouches for: whoever writes a list of others could
/// have signed all of the export.
fn exported(file: &Path, certificates: &[PathBuf]) -> Result<Result<Verdict, Fault>, Failure> {
    let mut keys: Option<CheckpointKey> = None;
    for path in certificates {
        let text = std::fs::read_to_string(path).context(path.display())?;
        keys = Some(match keys {
            None => named(path, &text)?,
            Some(keys) => keys.and_earlier(&text).map_err(|why| {
                Failure::failed(format_args!(
                    "the list of earlier certificates in {} is not believed: {why}. The first --certificate is that of the key \
                     that signs it, identity/client.pem beside it",
                    path.display()
                ))
            })?,
        });
    }
    let lines = BufReader::new(File::open(file).context(file.display())?);
    Ok(verify_export(file, lines, keys.as_ref(), &mut |_| {}))
}

/// The keys of certificates that somebody knows to be the client's.
fn named(path: &Path, text: &str) -> Result<CheckpointKey, Failure> {
    // Whoever issued them is in the file, too, and signs no log.
    let own = pem::certificates(text).unwrap_or_default();
    let mut keys = own
        .iter()
        .filter(|der| client_name(der).is_some())
        .map(|der| CheckpointKey::from_certificate(der).context(path.display()));
    let none = || Failure::usage(format!("{} holds no certificate of a client in PEM", path.display()));
    let first = keys.next().ok_or_else(none)?;
    keys.try_fold(first?, |keys, key| Ok(keys.or(key?)))
}

fn say_verdict(verdict: Result<(Verdict, Option<Verdict>), String>, format: Format) -> Result<(), Failure> {
    if format == Format::Xml {
        return Err(Failure::usage("the verdict is said as table or json"));
    }
    match verdict {
        Ok((main, exchanges)) if format == Format::Json => {
            let mut told = in_json(&main);
            told["holds"] = true.into();
            match exchanges {
                Some(exchanges) => told["exchanges"] = in_json(&exchanges),
                None => {
                    told["log"] = main.log.into();
                    told["isEnd"] = main.is_end.into();
                }
            }
            print(&told.to_string())
        }
        Ok((main, None)) => {
            // Both logs can be taken along, and one must not pass for the other.
            let of = match main.log.as_str() {
                EXCHANGES => "exchanges".to_owned(),
                AUDIT => "audit log: entries".to_owned(),
                other => format!("log {other:?}: entries"),
            };
            let said = in_words(&of, &main);
            print(&if main.is_end { format!("{said}, where the export ends") } else { said + MORE })
        }
        Ok((main, exchanges)) => {
            let exchanges = exchanges.filter(|exchanges| exchanges.last > 0);
            let lines = [("entries", Some(main)), ("exchanges", exchanges)];
            let said = lines.iter().filter_map(|(name, verdict)| Some(in_words(name, verdict.as_ref()?)));
            print(&said.collect::<Vec<_>>().join("\n"))
        }
        Err(why) => {
            if format == Format::Json {
                print(&serde_json::json!({ "holds": false, "why": why }).to_string())?;
            }
            Err(Failure::failed(format_args!("the audit log cannot be believed: {why}")))
        }
    }
}

fn in_json(verdict: &Verdict) -> serde_json::Value {
    serde_json::json!({
        "first": verdict.first, "last": verdict.last,
        "vouchedUpTo": verdict.vouched.map(|(entry, _)| entry),
        "signedAt": verdict.vouched.map(|(_, time)| time),
        "unsigned": verdict.unsigned(),
    })
}

fn in_words(name: &str, verdict: &Verdict) -> String {
    let Verdict { first, last, vouched, .. } = verdict;
    match vouched {
        Some((entry, time)) => {
            let said = format!("{name} {first} to {last} hold together; up to {entry} signed on {time}");
            match verdict.unsigned() {
                0 => said,
                behind => format!("{said}, {behind} behind it not yet"),
            }
        }
        None => format!("{name} {first} to {last} hold together; nothing is signed yet"),
    }
}

/// An entry as it is shown: those of both logs in the order in which they happened.
#[derive(Serialize)]
struct Shown {
    log: &'static str,
    #[serde(flatten)]
    entry: AuditEntry,
}

fn show(home: &Home, last: usize, format: Format) -> Result<(), Failure> {
    let mut newest = [VecDeque::new(), VecDeque::new()];
    let Verdicts { main, exchanges } = verify(home, None, &mut |entry, is_exchange| {
        let log = if is_exchange { "exchanges" } else { "audit" };
        let newest = &mut newest[usize::from(is_exchange)];
        newest.push_back(Shown { log, entry });
        if newest.len() > last {
            newest.pop_front();
        }
    })?;
    let mut newest = merged(newest);
    newest.drain(..newest.len().saturating_sub(last));
    match format {
        Format::Xml => return Err(Failure::usage("entries are shown as table or json")),
        Format::Json => print(&serde_json::to_string_pretty(&newest).context("entries")?)?,
        Format::Table => {
            let line = |Shown { log, entry }: &Shown| {
                let AuditEntry { sequence, time, event, subject, text } = entry;
                printable(&format!("{log:<9} {sequence:>6}  {time}  {event:<10}  {subject}  {text}"))
            };
            print(&newest.iter().map(line).collect::<Vec<_>>().join("\n"))?;
        }
    }
    believed((main, Some(exchanges)))
        .map(drop)
        .map_err(|why| Failure::failed(format_args!("the audit log cannot be believed: {why}")))
}

/// Both logs in the order in which they happened, each in its own: a clock that was set back makes nothing older than what stands
/// before it.
fn merged(logs: [VecDeque<Shown>; 2]) -> Vec<Shown> {
    let timed = logs.into_iter().flat_map(|log| {
        log.into_iter().scan(None, |latest, shown| {
            *latest = (*latest).max(Some(shown.entry.time));
            Some((*latest, shown))
        })
    });
    let mut timed: Vec<_> = timed.collect();
    timed.sort_by_key(|(latest, _)| *latest);
    timed.into_iter().map(|(_, shown)| shown).collect()
}

fn take_along(home: &Home, output: &Path) -> Result<(), Failure> {
    let beside = beside(output);
    // They are as private as the logs.
    let create = |path: &Path| durable::private_file().create_new(true).open(path).context(path.display());
    let main = create(output)?;
    let exchanges = create(&beside);
    if exchanges.is_err() {
        let _ = std::fs::remove_file(output);
    }
    let mut files = [(output, main), (beside.as_path(), exchanges?)];
    let identity = Settings::read(home).and_then(|settings| {
        let (server, own) = identity::load(home, &settings)?;
        // Nobody could check what another key signs.
        identity::fits(home, &own, &settings)?;
        Ok((server, own))
    });
    let key = identity.as_ref().map(|(_, identity)| &identity.key as &dyn CheckpointSigner);
    let [(_, main), (_, exchanges)] = &mut files;
    let not_signed = trail::take_along(home, key, [main, exchanges]).context(output.display())?;
    for (path, file) in &mut files {
        file.flush().context(path.display())?;
    }
    for why in not_signed {
        tell!("{why}");
    }
    print(&format!(
        "written to {} and {}; check either with audit verify --file",
        output.display(),
        beside.display()
    ))
}

/// What is said of an export without a word of its end.
const MORE: &str = "; its last line does not say what the export is, so more may have stood before or behind and have been cut off";

/// Where the exchanges go: `audit.exchanges.log` beside `audit.log`.
fn beside(output: &Path) -> PathBuf {
    let mut name = output.file_stem().unwrap_or_default().to_owned();
    name.push(".exchanges");
    if let Some(extension) = output.extension() {
        name.push(".");
        name.push(extension);
    }
    output.with_file_name(name)
}
