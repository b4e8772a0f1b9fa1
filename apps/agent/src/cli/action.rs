//! `action`: what a person at the site does to one device, by the same way as commands of the server.

mod options;

use super::collect::find_one;
use super::{Format, print};
use crate::action::{Reach, Wanted};
use crate::failure::{Context, ExitCode, Failure};
use crate::home::Home;
use crate::identity;
use crate::interrupt;
use crate::progress::Progress as Shown;
use crate::settings::Settings;
use crate::survey::{Reading, SnmpAsker, now};
use crate::trail::Logs;
use remote_services_collect::action::{Before, Device as _, Outcome, Patience, Progress, Seen as _};
use remote_services_core::command::{Action, ActionSetting, RejectReason, ResultCode};
use remote_services_transport::audit::AuditLog;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub use options::{ActionOptions, ByOptions, What, Whom};

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
            let failure = bad.then(|| Failure {
                code: exit_code(&outcome.code),
                sentence: outcome.told_here().to_owned(),
            });
            (outcome, failure)
        }
        Err(Undone { code, failure }) => {
            (Outcome { code, text: failure.sentence.clone(), here: None, seen: None }, Some(failure))
        }
    };
    let noted = audit.map_or(Ok(()), |mut book| {
        let about = met.address.map_or_else(|| whom.host.clone(), |address| address.to_string());
        book.note(&about, &format!("{action}: {}, {}", outcome.code, outcome.told_here()))
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
    let mut asker = SnmpAsker::with_vault(&whom.snmp, whom.snmp.secrets.vault(whom.data.as_deref()), stop)?;
    if let Some(data) = &whom.data {
        asker = asker.with_names(Settings::read(&whom.snmp.secrets.look(data))?.names.resolver()?);
    }
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
            let code = ResultCode::from_label(RejectReason::NotMyDevice.label());
            return Err(Undone { code, failure: Failure::declined(text) });
        }
    }
    Ok(seen.key().to_string())
}

/// The audit log of the site, if there is a site, and whether it lets a person do it. What is not allowed is noted too.
fn decide(whom: &Whom, action: &Action) -> Result<(Option<Book>, Result<(), Undone>), Failure> {
    let Some(data) = &whom.data else { return Ok((None, Ok(()))) };
    let home = whom.snmp.secrets.look(data);
    let settings = Settings::read(&home)?;
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
    let opened = Book::open(&home, &settings).and_then(|mut book| {
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
    fn open(looked: &Home, settings: &Settings) -> Result<Self, Failure> {
        // Two writers would tear the chain of the log, and another user's agent could not read what is written: also not what
        // loading the key may put down.
        let home = Home::open(looked.root())?;
        let (_, identity) = identity::load(looked, settings)?;
        Ok(Self { audit: Logs::open(&home, &identity, &settings.limits)?.main, _home: home })
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
            "code": outcome.code, "text": outcome.told_here(), "before": met.before, "after": after,
        });
        return print(&format!("{result:#}"));
    }
    // What did not go well is told on standard error, with the exit code.
    if outcome.code == ResultCode::Ok {
        print(&crate::present::printable(outcome.told_here()))
    } else {
        Ok(())
    }
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
}
