//! A command on its way: from step to step until it is over or waits.
use super::report::report_beginning;
use super::word::take_left;
use crate::action::{self, Done, Hands, Prepared};
use crate::decision::Decision;
use crate::engineering;
use crate::failure::{Context, ExitCode, Failure};
use crate::journal::CommandJournal;
use crate::site::{SUPPORTED, Site};
use crate::survey::{SnmpAsker, now};
use remote_services_collect::action::{Before, Patience};
use remote_services_core::command::{Action, ActionSetting, CommandState, ResultCode};
use remote_services_transport::document::{Command, Execution, ExecutionResult};
use remote_services_transport::execution::{self, Asked, Run, Step};
use remote_services_transport::schedule::window_state;
use std::collections::BTreeMap;
use std::time::Duration;

/// Does what is next with a command, until it is over or waits.
pub(super) fn go_on(
    site: &mut Site,
    asker: &mut SnmpAsker,
    journal: &mut CommandJournal,
    command: &Command,
    run: &mut Run,
    cancel: bool,
) -> Result<(), Failure> {
    loop {
        site.heed();
        let step = next_step(site, journal, command, run, cancel);
        // What the settings say cannot be understood: nothing is begun, and nothing refused that they may allow again.
        if site.settings.is_suspended() && !matches!(step, Step::Look | Step::Close(_)) {
            return Ok(());
        }
        match step {
            Step::Reject(reason) => {
                let late = match site.settings.limits.is_too_old(command.issued_at, now()) {
                    true => format!(
                        "; [limits] lets none begin that was issued as long ago as {}",
                        command.issued_at
                    ),
                    false => String::new(),
                };
                let text = format!("{} refused: {reason}{late}", command.action);
                site.note("command", &command.id.to_string(), &text)?;
                run.reject(journal, reason, now()).context("command journal")?;
            }
            Step::Accept => run.accept(journal).context("command journal")?,
            Step::Hold(state) => run.hold(journal, state).context("command journal")?,
            Step::Begin if !site.settings.limits.may_begin(journal.begun(), now()) => {
                if run.execution().state == CommandState::Scheduled {
                    return Ok(());
                }
                let text = format!("{} waits: [limits] lets no more begin within an hour", command.action);
                site.note("command", &command.id.to_string(), &text)?;
                run.hold(journal, CommandState::Scheduled).context("command journal")?;
            }
            Step::Begin => match action::prepare(command, site)? {
                Prepared::Ready => carry_out(site, asker, journal, command, run)?,
                // That took its time: whether it may still begin is asked again.
                Prepared::Fetched => {}
                Prepared::Later(why) => {
                    let text = format!("{} waits: {why}", command.action);
                    site.claim("command", &command.id.to_string(), &text)?;
                    if run.execution().state != CommandState::Scheduled {
                        run.hold(journal, CommandState::Scheduled).context("command journal")?;
                    }
                    return Ok(());
                }
                Prepared::Never(done) => {
                    note_end(site, command, &done)?;
                    run.conclude(journal, done.result, done.evidence, now()).context("command journal")?;
                }
            },
            Step::Look => {
                let done = look_after(site, asker, journal, command, run)?;
                note_end(site, command, &done)?;
                run.conclude(journal, done.result, done.evidence, now()).context("command journal")?;
            }
            Step::GiveUp(code) => {
                let text = match code {
                    ResultCode::ConsentDenied => "a person at the site did not agree",
                    _ => "the site's administrator has switched the action off",
                };
                site.note("command", &command.id.to_string(), &format!("{}: {text}", command.action))?;
                let result = ExecutionResult { code, text: text.to_owned() };
                run.conclude(journal, result, Vec::new(), now()).context("command journal")?;
            }
            Step::Close(state) => run.close(journal, state, now()).context("command journal")?,
            _ => return Ok(()),
        }
    }
}

/// Whether the time of a command that was interrupted is over: its own, or a week.
pub(super) fn is_given_up(command: &Command, execution: &Execution) -> bool {
    let allowed = command.run_deadline.map_or(LONGEST_RUN, |seconds| Duration::from_secs(seconds.into()));
    execution.started_at.is_none_or(|since| since.plus(allowed) <= now())
}

/// Looks what became of a command that was interrupted.
fn look_after(
    site: &mut Site,
    asker: &mut SnmpAsker,
    journal: &CommandJournal,
    command: &Command,
    run: &Run,
) -> Result<Done, Failure> {
    let is_over = is_given_up(command, run.execution());
    // What was begun here is planned here; what was not may have arrived, and would be there twice.
    if is_over
        && command.action == Action::SendEngineeringLog
        && !engineering::is_planned(&site.home, command.id)
    {
        let why = "given up: nothing of it was sent from this data folder, and whether another agent of this name, or this one \
                   before the folder was restored, has sent it is not known here";
        return Ok(Done::with(ResultCode::Internal, why));
    }
    let before = journal.get(command.id).and_then(|entry| entry.before.clone());
    let (patience, keep) = (patience_left(site, command, run), &mut |_: &_| Ok(()));
    let mut hands = Hands { site, asker, keep, patience };
    match action::look_after(command, before.as_ref(), &mut hands) {
        // What does not come to its end in its time is not waited for any more.
        Err(failure) if failure.code != ExitCode::Interrupted && is_over => {
            Ok(Done::with(ResultCode::Internal, format!("given up: {failure}")))
        }
        looked => looked,
    }
}

/// How long to look for what became of a command that was interrupted: what is left of its deadline, but once at least.
fn patience_left(site: &Site, command: &Command, run: &Run) -> Patience {
    let deadline = command.run_deadline.zip(run.execution().started_at);
    deadline.map_or(site.watch, |(seconds, since)| {
        site.watch.within(since.plus(Duration::from_secs(seconds.into())).since(now()))
    })
}

fn next_step(site: &Site, journal: &CommandJournal, command: &Command, run: &Run, cancel: bool) -> Step {
    let actions: BTreeMap<Action, ActionSetting> =
        SUPPORTED.iter().map(|action| (action.clone(), site.settings.action(action))).collect();
    let rules = execution::Site {
        client: site.client.id(),
        mode: site.settings.mode,
        actions: &actions,
        supported: SUPPORTED,
        manages: &|device| site.memory.device(device).is_some(),
        // How old it is counts when it comes; one that was accepted in time waits for its own.
        seen: &|command| {
            journal.may_have_been_done(command)
                || run.execution().state == CommandState::Delivered
                    && site.settings.limits.is_too_old(command.issued_at, now())
        },
    };
    let decision = journal.get(command.id).and_then(|entry| entry.decision.as_ref());
    let asked = Asked {
        consent: decision.map(|decision| decision.given),
        cancel,
        window: window_state(command.window.as_deref(), now(), &jiff::tz::TimeZone::system()),
    };
    execution::next(command, run.execution(), asked, &rules, now())
}

fn carry_out(
    site: &mut Site,
    asker: &mut SnmpAsker,
    journal: &mut CommandJournal,
    command: &Command,
    run: &mut Run,
) -> Result<(), Failure> {
    let id = command.id;
    // Whoever refuses later than this is told that it has begun.
    let alone = Decision::alone(&site.home).context("a decision about a command")?;
    if take_left(site, journal, id)? {
        return Ok(());
    }
    let begun = run.begin(journal, now()).context("command journal")?;
    drop(alone);
    // So that an operator can watch, and no other of this name does the same; without it the result alone will be reported.
    let elsewhere = match report_beginning(site, journal, id) {
        // Not trusted, for now or by somebody in front: it begins when that is over, if there is time left.
        Err(failure) if failure.code == ExitCode::Refused => {
            run.take_back(journal, begun).context("command journal")?;
            return Err(failure);
        }
        told => told?,
    };
    if let Some(why) = elsewhere {
        let result = ExecutionResult { code: ResultCode::Internal, text: format!("not begun here: {why}") };
        site.note("command", &id.to_string(), &format!("{}: {}", command.action, result.text))?;
        run.finish(journal, begun, command, result, Vec::new(), now()).context("command journal")?;
        // What the server has is somebody else's word, or its last.
        let etag = journal.get(id).and_then(|entry| entry.etag.clone());
        return journal.reported(id, etag).context("command journal");
    }
    site.heed();
    let done = if site.settings.action(&command.action) == ActionSetting::Off {
        Done::with(
            ResultCode::PolicyDisabled,
            "the site's administrator switched the action off in the last moment",
        )
    } else {
        let mut keep = |before: &Before| journal.looked(id, before.clone()).context("command journal");
        let deadline = command.run_deadline.map(|seconds| Duration::from_secs(seconds.into()));
        let patience = deadline.map_or(site.watch, |deadline| site.watch.within(deadline));
        let mut hands = Hands { site, asker, keep: &mut keep, patience };
        action::carry_out(command, &mut hands, &begun)?
    };
    note_end(site, command, &done)?;
    run.finish(journal, begun, command, done.result, done.evidence, now()).context("command journal")
}

/// All of how a command ended goes into the audit log.
fn note_end(site: &mut Site, command: &Command, done: &Done) -> Result<(), Failure> {
    let text = format!("{}: {}, {}", command.action, done.result.code, done.told_here());
    site.note("command", &command.id.to_string(), &text)
}

/// A large log over a slow line takes days.
const LONGEST_RUN: Duration = Duration::from_secs(7 * 24 * 3600);
