//! `action`: what a person at the site does to one device, by the same way as commands of the server.

use super::collect::find_one;
use super::snmp_options::SnmpOptions;
use super::{Format, print};
use crate::action::{By, Firmware, FirmwareFile, Reach, Wanted, WayName};
use crate::failure::{Context, ExitCode, Failure};
use crate::home::Home;
use crate::identity;
use crate::interrupt;
use crate::progress::Progress as Shown;
use crate::settings::Settings;
use crate::survey::{Reading, SnmpAsker, now};
use crate::trail::open_audit;
use clap::{Args, Subcommand};
use remote_services_collect::action::{Before, Device as _, Outcome, Patience, Progress, Seen as _, Setting};
use remote_services_core::command::{Action, ActionSetting, ResultCode};
use remote_services_core::hex;
use remote_services_transport::audit::AuditLog;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Options of `action`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent action status 192.0.2.7
  remote-services-agent action ping 192.0.2.7 --format json
  remote-services-agent action restart 192.0.2.7 --serial EHQ100000 --write-community site-write
  remote-services-agent action test-page 192.0.2.7 --way lpr --queue text
  remote-services-agent action set 192.0.2.7 --write-community site-write location=\"Second floor\" contact=\"help@example.com\"
  remote-services-agent action upgrade 192.0.2.7 --file new.dlm --sha-256 9f86…0a08 --firmware-version 119.010

The device is read first, and again immediately before anything is done to it: if another answers there by then, or one
with another serial number than --serial, nothing is done. What was done is done once, and then looked for: --wait says
for how long. SNMPv1 and v2c write nothing without --write-community. With --data the site's settings count, and the audit log has a line of it.

Names for set: name location contact, printerName operator servicePerson where there is a Printer-MIB, and what the
maker's profile lists, such as assetTag."))]
pub struct ActionOptions {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// Whom to do it to, and how to tell.
#[derive(Args)]
pub struct Whom {
    /// Address or name of the device, with :PORT if SNMP is not on 161
    #[arg(value_name = "HOST")]
    pub host: String,
    /// Only to the device with this serial number
    #[arg(long, value_name = "NUMBER")]
    pub serial: Option<String>,
    /// How to show the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// Seconds to look whether it shows; default: 600 for a restart, 1800 for an upgrade, 60 for a page
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u32>,
    /// Data folder of the agent of this site, whose settings say what may be done
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: Option<PathBuf>,
    /// Who agrees, where the settings say "ask": a name for the audit log
    #[arg(long, value_name = "NAME", requires = "data")]
    pub agreed_by: Option<String>,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

/// By which way print data goes.
#[derive(Args)]
pub struct ByOptions {
    /// Raw TCP or LPR; default: what the device offers
    #[arg(long, value_enum)]
    pub way: Option<WayName>,
    /// TCP port, if not the one that the device names
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Queue for LPR, if not the one that the device names
    #[arg(long, value_name = "NAME")]
    pub queue: Option<String>,
}

impl ByOptions {
    fn by(&self) -> By {
        By { way: self.way, port: self.port, queue: self.queue.clone() }
    }
}

/// An action.
#[derive(Subcommand)]
pub enum What {
    /// Read the device and say how it is
    Status {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
    },
    /// Ping it, then read it
    Ping {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
    },
    /// Restart it and watch until it is back
    Restart {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
    },
    /// Print a page in a language that it knows, and see its page counter move
    TestPage {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
        /// By which way
        #[command(flatten)]
        by: ByOptions,
    },
    /// Send it a firmware, watch it restart and read the version back
    Upgrade {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
        /// The firmware
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// SHA-256 of the file in hexadecimal, as its maker publishes it; with another one nothing is sent
        #[arg(long = "sha-256", value_name = "DIGEST")]
        sha256: String,
        /// The version that must be read back; without it any other than before
        #[arg(long, value_name = "VERSION")]
        firmware_version: Option<String>,
        /// The model that the file is for: what the device calls itself, with or without the name of its maker
        #[arg(long, value_name = "MODEL", value_parser = model)]
        model: Option<String>,
        /// A version that the file may replace; may be given again and again
        #[arg(long, value_name = "VERSION")]
        from: Vec<String>,
        /// By which way
        #[command(flatten)]
        by: ByOptions,
    },
    /// Write settings, and read them back
    Set {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
        /// NAME=VALUE
        #[arg(value_name = "NAME=VALUE", required = true)]
        settings: Vec<String>,
    },
}

impl What {
    fn whom(&self) -> &Whom {
        match self {
            Self::Status { whom }
            | Self::Ping { whom }
            | Self::Restart { whom }
            | Self::TestPage { whom, .. }
            | Self::Upgrade { whom, .. }
            | Self::Set { whom, .. } => whom,
        }
    }

    /// The word of the site's settings.
    fn action(&self) -> Action {
        match self {
            Self::Status { .. } => Action::GetStatus,
            Self::Ping { .. } => Action::Troubleshoot,
            Self::Restart { .. } => Action::Restart,
            Self::TestPage { .. } => Action::PrintTestPage,
            Self::Upgrade { .. } => Action::Upgrade,
            Self::Set { .. } => Action::SetConfiguration,
        }
    }

    fn wanted(&self) -> Result<Wanted, Failure> {
        Ok(match self {
            Self::Status { .. } => Wanted::GetStatus,
            Self::Ping { .. } => Wanted::Troubleshoot,
            Self::Restart { .. } => Wanted::Restart,
            Self::TestPage { by, .. } => Wanted::TestPage(by.by()),
            Self::Set { settings, .. } => {
                Wanted::Set(settings.iter().map(setting).collect::<Result<_, _>>()?)
            }
            Self::Upgrade { file, sha256, firmware_version, model, from, by, .. } => {
                let digest = hex::decode(sha256.trim()).ok_or_else(|| {
                    Failure::usage("--sha-256 takes 64 hexadecimal digits, as `sha256sum FILE` prints them")
                })?;
                let opened = FirmwareFile::new(file.clone(), digest)
                    .map_err(|error| Failure::usage(format_args!("{}: {error}", file.display())))?;
                Wanted::Upgrade(Box::new(Firmware {
                    file: opened,
                    by: by.by(),
                    version: firmware_version.clone(),
                    model: model.clone(),
                    from: from.clone(),
                }))
            }
        })
    }
}

fn model(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("a model has a name".to_owned()) } else { Ok(text.to_owned()) }
}

fn setting(text: &String) -> Result<Setting, Failure> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| Failure::usage(format_args!("{text:?} is no setting: NAME=VALUE")))?;
    Ok(Setting { name: name.to_owned(), value: value.to_owned() })
}

pub(super) fn carry_out(options: &ActionOptions) -> Result<(), Failure> {
    let (what, whom) = (&options.what, options.what.whom());
    if whom.format == Format::Xml {
        return Err(Failure::usage("the result of an action is shown as table or json"));
    }
    let wanted = what.wanted()?;
    let action = what.action();
    let (mut audit, allowed) = decide(whom, &action)?;
    let mut met = Met::default();
    let ended = allowed.and_then(|()| act(whom, &action, &wanted, audit.as_mut(), &mut met));
    let (outcome, failure) = match ended {
        Ok(outcome) => {
            let bad = outcome.code != ResultCode::Ok;
            let failure =
                bad.then(|| Failure { code: exit_code(&outcome.code), sentence: outcome.text.clone() });
            (outcome, failure)
        }
        Err(Undone { code, failure }) => {
            (Outcome { code, text: failure.sentence.clone(), seen: None }, Some(failure))
        }
    };
    let noted = audit.map_or(Ok(()), |mut book| {
        let about = met.address.map_or_else(|| whom.host.clone(), |address| address.to_string());
        book.note(&about, &format!("{action}: {}, {}", outcome.code, outcome.text))
    });
    if failure.as_ref().is_none_or(|failure| failure.code != ExitCode::Usage) {
        show(whom.format, &action, &met, &outcome)?;
    }
    failure.map_or(noted, Err)
}

/// What was learnt of the device on the way.
#[derive(Default)]
struct Met {
    address: Option<SocketAddr>,
    who: Option<String>,
    before: Option<Before>,
}

/// Why nothing came of it: for the result, and for the exit code.
struct Undone {
    code: ResultCode,
    failure: Failure,
}

impl From<Failure> for Undone {
    fn from(failure: Failure) -> Self {
        let code = match failure.code {
            ExitCode::NoAnswer => ResultCode::NotReachable,
            ExitCode::Refused => ResultCode::AuthenticationFailed,
            ExitCode::Declined => ResultCode::RefusedByDevice,
            _ => ResultCode::Internal,
        };
        Self { code, failure }
    }
}

fn act(
    whom: &Whom,
    action: &Action,
    wanted: &Wanted,
    audit: Option<&mut Book>,
    met: &mut Met,
) -> Result<Outcome<Reading>, Undone> {
    let stop = interrupt::stop_flag()?;
    let mut asker = SnmpAsker::new(&whom.snmp, stop)?;
    let (address, credential) = find_one(&whom.host, &mut asker)?;
    met.address = Some(address);
    let credentials = Some(asker.credential_name(credential).to_owned());
    let (before, mut audit) = (&mut met.before, audit);
    let mut keep = |look: &Before| {
        *before = Some(look.clone());
        let text = format!("{action} asked by a person at the site");
        audit.as_mut().map_or(Ok(()), |book| book.note(&address.to_string(), &text))
    };
    let mut shower = Shower::default();
    let mut reach = Reach {
        address,
        credentials,
        asker: &mut asker,
        keep: &mut keep,
        tell: &mut |progress| shower.show(progress),
        patience: patience(whom.wait),
        begun: Instant::now(),
    };
    let who = expect(&mut reach, whom)?;
    let ended = reach.carry_out(wanted.order(), met.who.insert(who));
    shower.end();
    ended.map_err(|failure| match failure.code {
        ExitCode::Interrupted if met.before.is_some() => {
            failure.and("what was begun goes on in the device: look with `action status`").into()
        }
        _ => failure.into(),
    })
}

/// The device that is meant: the one that answers there now, if it has the serial number that was given.
fn expect(reach: &mut Reach<'_>, whom: &Whom) -> Result<String, Undone> {
    let seen = match reach.read()? {
        Ok(seen) => seen,
        Err(unreached) => {
            let failure = Failure { code: exit_code(&unreached.code), sentence: unreached.text };
            return Err(Undone { code: unreached.code, failure });
        }
    };
    if let Some(wanted) = &whom.serial {
        let is = seen.report.identity.serial_number.as_deref().unwrap_or("none");
        if !is.eq_ignore_ascii_case(wanted.trim()) {
            let text =
                format!("serial number {is} answers at {}, not {wanted}; nothing was done", seen.address);
            return Err(Undone { code: ResultCode::NotReachable, failure: Failure::declined(text) });
        }
    }
    Ok(seen.key().to_string())
}

/// The audit log of the site, if there is a site, and whether it lets a person do it. What is not allowed is noted too.
fn decide(whom: &Whom, action: &Action) -> Result<(Option<Book>, Result<(), Undone>), Failure> {
    let Some(data) = &whom.data else { return Ok((None, Ok(()))) };
    let settings = Settings::read(&Home::look(data).settings())?;
    let setting = settings.action(action);
    let agreed = whom.agreed_by.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let refused = |code, text| Err(Undone { code, failure: Failure::declined(text) });
    let allowed = match (&setting, agreed) {
        (ActionSetting::On, _) | (ActionSetting::Ask, Some(_)) => Ok(()),
        (ActionSetting::Ask, None) => refused(
            ResultCode::ConsentDenied,
            format!("the site's settings ask for somebody's word before {action}: --agreed-by NAME"),
        ),
        _ => refused(
            ResultCode::PolicyDisabled,
            format!("the site's settings have {action} switched off, or the site is in lockdown"),
        ),
    };
    let opened = Book::open(data, &settings).and_then(|mut book| {
        if let (Ok(()), Some(name)) = (&allowed, agreed) {
            let text = format!("agreed by {name}");
            book.audit.append(now(), "consent", action.label(), &text).context("audit log")?;
        }
        Ok(book)
    });
    Ok(match (opened, allowed) {
        (Ok(book), allowed) => (Some(book), allowed),
        (Err(failure), Ok(())) => (None, Err(failure.into())),
        (Err(why), Err(Undone { code, failure })) => {
            let failure = failure.and(&format!("this is not in the audit log: {why}"));
            (None, Err(Undone { code, failure }))
        }
    })
}

/// The audit log of the site, and its data folder, which nobody else works on meanwhile.
struct Book {
    audit: AuditLog,
    _home: Home,
}

impl Book {
    fn open(data: &Path, settings: &Settings) -> Result<Self, Failure> {
        let (_, identity) = identity::load(&Home::look(data), settings)?;
        // Two writers would tear the chain of the log.
        let home = Home::open(data)?;
        Ok(Self { audit: open_audit(&home, &identity)?, _home: home })
    }

    fn note(&mut self, about: &str, text: &str) -> Result<(), Failure> {
        self.audit.append(now(), "action", about, text).context("audit log")
    }
}

fn patience(wait: Option<u32>) -> Patience {
    let usual = Patience::default();
    wait.map_or(usual, |wait| usual.lasting(Duration::from_secs(wait.into())))
}

fn exit_code(code: &ResultCode) -> ExitCode {
    match code {
        ResultCode::NotReachable => ExitCode::NoAnswer,
        ResultCode::AuthenticationFailed => ExitCode::Refused,
        ResultCode::Internal => ExitCode::Failed,
        _ => ExitCode::Declined,
    }
}

fn show(format: Format, action: &Action, met: &Met, outcome: &Outcome<Reading>) -> Result<(), Failure> {
    if format == Format::Json {
        let seen = outcome.seen.as_ref();
        let after = seen.map(|seen| {
            serde_json::json!({
                "status": seen.report.status.overall,
                "upTime": seen.report.status.uptime,
                "lifeCount": seen.report.counters.life_counts.first().map(|count| count.value),
                "firmware": seen.report.identity.firmware_version,
            })
        });
        let result = serde_json::json!({
            "action": action, "device": met.who, "address": seen.map(|seen| seen.address).or(met.address),
            "serialNumber": seen.and_then(|seen| seen.report.identity.serial_number.clone()),
            "makeAndModel": seen.and_then(|seen| seen.report.identity.make_and_model.clone()),
            "code": outcome.code, "text": outcome.text, "before": met.before, "after": after,
        });
        return print(&format!("{result:#}"));
    }
    // What did not go well is told on standard error, with the exit code.
    if outcome.code == ResultCode::Ok { print(&crate::present::printable(&outcome.text)) } else { Ok(()) }
}

/// How far it has come, on standard error.
#[derive(Default)]
struct Shower {
    shown: Option<(bool, Shown)>,
}

impl Shower {
    fn show(&mut self, progress: Progress) {
        let (sending, done, total, label) = match progress {
            Progress::Sending(done, total) => (true, done, total, "octets sent"),
            Progress::Watching(done, total) => (false, done.into(), total.into(), "looking at the device"),
            _ => return,
        };
        if self.shown.as_ref().is_some_and(|(kind, _)| *kind != sending) {
            self.end();
        }
        let (_, shown) = self.shown.get_or_insert_with(|| (sending, Shown::new(label, total)));
        shown.set(done);
    }

    fn end(&mut self) {
        if let Some((_, shown)) = self.shown.take() {
            shown.finish();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_wait_is_to_look_as_often_as_fits() {
        let short = patience(Some(20));
        assert_eq!((short.restart_looks, short.upgrade_looks, short.page_looks), (5, 5, 11));
        assert_eq!(patience(None), Patience::default());
        assert_eq!(patience(Some(0)).restart_looks, 1, "one look at least");
    }

    #[test]
    fn a_setting_has_a_name_and_a_value_that_may_have_anything() {
        let parsed = setting(&"contact=a=b".to_owned()).unwrap();
        assert_eq!((parsed.name.as_str(), parsed.value.as_str()), ("contact", "a=b"));
        assert_eq!(setting(&"contact".to_owned()).err().unwrap().code, ExitCode::Usage);
    }
}
