//! The command poll: fetch, check, carry out where the customer allows it, report. Each command at most once.

pub(crate) mod put_off;
pub(crate) mod report;

use self::report::{report_all, report_beginning};
use crate::action::{self, Done, Hands, Prepared};
use crate::decision::Decision;
use crate::engineering;
use crate::failure::{Context, ExitCode, Failure};
use crate::journal::{CommandJournal, Entry};
use crate::site::{SUPPORTED, Site};
use crate::survey::{SnmpAsker, now};
use remote_services_collect::action::{Before, Patience};
use remote_services_core::command::{Action, ActionSetting, CommandState, RejectReason, ResultCode};
use remote_services_core::id::Uuid;
use remote_services_payload::seal::{
    Certificate, CryptoProvider, ObjectIdentifier, PURPOSE_CODE_SIGNING, SealLimits, Trust, verify,
};
use remote_services_transport::client::ClientError;
use remote_services_transport::client::blocking::FetchedCommand;
use remote_services_transport::document::{Command, CommandEntry, Execution, ExecutionResult, names};
use remote_services_transport::execution::{self, Asked, Run, Step};
use remote_services_transport::poll::{MAX_SILENCES, Poll, PollOutcome};
use remote_services_transport::schedule::window_state;
use std::collections::BTreeMap;
use std::time::Duration;

/// What became of one command in this round.
pub struct Obeyed {
    /// Which.
    pub command: Uuid,
    /// What was asked; unknown when its signature did not hold.
    pub action: Option<Action>,
    /// Where it stands now.
    pub execution: Execution,
}

/// What one poll came to.
pub struct Obedience {
    /// What became of each command.
    pub obeyed: Vec<Obeyed>,
    /// When to ask again, if somebody was asked.
    pub again: Option<Duration>,
    /// Why the server could not be asked, if so.
    pub missed: Option<Failure>,
    /// What went wrong on this machine with the first command that something went wrong with; the others went on.
    pub failed: Option<Failure>,
}

impl Obedience {
    /// Keeps what went wrong with one command.
    ///
    /// # Errors
    /// When it is that the stop flag was set: then none goes on.
    fn note(&mut self, failure: Failure) -> Result<(), Failure> {
        if failure.code == ExitCode::Interrupted {
            return Err(failure);
        }
        self.failed.get_or_insert(failure);
        Ok(())
    }
}

/// Asks for commands once, carries them out and reports. Without `poll` nobody is asked: what was begun before is brought to
/// its end.
///
/// # Errors
/// When the server does not trust this client, this machine fails as a whole, or the stop flag was set.
pub fn obey(
    site: &mut Site,
    asker: &mut SnmpAsker,
    journal: &mut CommandJournal,
    poll: Option<&mut Poll>,
    tell: &mut dyn FnMut(&str),
) -> Result<Obedience, Failure> {
    let mut all = Obedience { obeyed: Vec::new(), again: None, missed: None, failed: None };
    for id in journal.open_commands() {
        match take_up_again(site, asker, journal, id) {
            Ok(done) => all.obeyed.extend(done),
            Err(failure) => all.note(failure)?,
        }
    }
    site.heed();
    // In lockdown, too: whatever comes is refused, so that nothing waits for its end. While the settings are
    // wrong, nobody knows what to refuse; what was begun before is still brought to its end.
    let mut poll = poll;
    if let Some(poll) = poll.as_deref_mut()
        && !site.settings.is_suspended()
    {
        let (outcome, again) = site.client.commands(poll, None);
        let failed = matches!(outcome, PollOutcome::Failed { .. } | PollOutcome::Untrusted(_));
        all.again = Some(site.settings.limits.pace(again, failed));
        match outcome {
            PollOutcome::Commands(list) => {
                let (mut unread, mut silences) = (Vec::new(), 0);
                for entry in poll.at_once(list, |id| journal.get(id).is_some()) {
                    match one(site, asker, journal, &entry, &mut unread) {
                        Ok(Some(done)) => all.obeyed.push(done),
                        Ok(None) => {}
                        // One that cannot be had holds up no other, nor the results.
                        Err(NotTaken::Unavailable(why)) => {
                            poll.forget();
                            // Each wait is a long one, and other work waits for the end of this round.
                            if why.is_silence() {
                                poll.put_off(entry.id);
                                silences += 1;
                            }
                            let ends = silences == MAX_SILENCES || !why.concerns_one();
                            let text = format!("command {} did not come", entry.id);
                            all.missed = Some(Failure::from(why).while_doing(&text));
                            if ends {
                                break;
                            }
                        }
                        Err(NotTaken::Underway | NotTaken::Missing) => poll.forget(),
                        Err(NotTaken::Failure(failure)) => {
                            poll.forget();
                            all.note(failure)?;
                        }
                    }
                }
                note_unread(site, &unread)?;
            }
            PollOutcome::Untrusted(why) => return Err(Failure::refused(why)),
            PollOutcome::Failed { step, why } => {
                all.missed =
                    Some(Failure::of_answer(step, format_args!("the command poll did not work: {why}")));
            }
            _ => {}
        }
    }
    if let Err(failure) = engineering::clear(&site.home, journal) {
        all.note(failure)?;
    }
    let unheard = report_all(site, journal, tell);
    // Also where the server trusts this client no more: it may again.
    if let Some(poll) = poll {
        journal.put_off.commands.clone_from(poll.put_off_so_far());
    }
    if let Err(failure) = journal.put_off.keep().context("command journal") {
        all.note(failure)?;
    }
    all.missed = all.missed.or(unheard?);
    journal.forget_old(now()).context("command journal")?;
    Ok(all)
}

/// A command that an earlier run left open, as far as it gets now.
fn take_up_again(
    site: &mut Site,
    asker: &mut SnmpAsker,
    journal: &mut CommandJournal,
    id: Uuid,
) -> Result<Option<Obeyed>, Failure> {
    let Some(entry) = journal.get(id).cloned().filter(|entry| !entry.execution.state.is_closed()) else {
        return Ok(None);
    };
    let before = entry.execution.state.clone();
    let mut run = Run::resume(id, entry.execution, journal).context("command journal")?;
    let action = match &entry.command {
        // It waits for the clock, and keeps no other command waiting.
        Some(command) if command.action == Action::SendEngineeringLog && site.check_clock().is_err() => {
            return Ok(None);
        }
        Some(command) => {
            take_decision(site, journal, id)?;
            go_on(site, asker, journal, command, &mut run, false)?;
            Some(command.action.clone())
        }
        // The agent died between taking it up and refusing it.
        None => {
            let reason = run.execution().reason.clone().unwrap_or(RejectReason::BadSignature);
            run.reject(journal, reason, now()).context("command journal")?;
            None
        }
    };
    let execution = run.execution().clone();
    Ok((execution.state != before).then_some(Obeyed { command: id, action, execution }))
}

/// What a person said in the meantime goes into the journal and the audit log.
fn take_decision(site: &mut Site, journal: &mut CommandJournal, id: Uuid) -> Result<(), Failure> {
    let Some(decision) = Decision::left(&site.home, id).context("a decision about a command")? else {
        return Ok(());
    };
    let word = if decision.given { "agreed" } else { "refused" };
    let reason = decision.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    site.note("consent", &id.to_string(), &format!("{word} by {} at {}{reason}", decision.by, decision.at))?;
    journal.decided(id, decision).context("command journal")?;
    Decision::clear(&site.home, id).context("a decision about a command")
}

/// Why a command of the list was not taken up.
enum NotTaken {
    /// The server did not give it; the others go on.
    Unavailable(ClientError),
    /// Another of this agent's name may be at it.
    Underway,
    /// It is not there any more, or there is no room for it: whether it is to be taken up, the list says when it comes again.
    Missing,
    /// This machine fails.
    Failure(Failure),
}

impl From<Failure> for NotTaken {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// What was refused unread goes into the audit log, in few lines however much it is.
fn note_unread(site: &mut Site, unread: &[(Uuid, String)]) -> Result<(), Failure> {
    for (id, why) in unread.iter().take(UNREAD_NOTED) {
        site.claim("command", &id.to_string(), &format!("refused: {why}"))?;
    }
    match unread.len().saturating_sub(UNREAD_NOTED) {
        0 => Ok(()),
        more => {
            site.claim("command", "unread", &format!("{more} more commands of the same list refused unread"))
        }
    }
}

/// A command from the server's list. What is refused without having been read is added to `unread`.
fn one(
    site: &mut Site,
    asker: &mut SnmpAsker,
    journal: &mut CommandJournal,
    listed: &CommandEntry,
    unread: &mut Vec<(Uuid, String)>,
) -> Result<Option<Obeyed>, NotTaken> {
    let id = listed.id;
    if let Some(entry) = journal.get(id).cloned() {
        // Known: it was, or will be, taken up from the journal. Only a wish to cancel is news.
        if listed.state == CommandState::CancelRequested
            && let (Some(command), false) = (entry.command, entry.execution.state.is_closed())
        {
            let mut run = Run::resume(id, entry.execution, journal).context("command journal")?;
            go_on(site, asker, journal, &command, &mut run, true)?;
        }
        return Ok(None);
    }
    let (anchors, module) = (site.identity.anchors.certificates().to_vec(), site.module);
    let verifier =
        |media_type: &str, body: &[u8]| open_signed(&anchors, PURPOSE_CODE_SIGNING, module, media_type, body);
    let mut entry = Entry {
        command: None,
        execution: Execution::in_state(CommandState::Delivered),
        reported: false,
        etag: None,
        before: None,
        since: now(),
        decision: None,
    };
    let mut run = Run::new(id);
    // By the server's word this client has begun it, and does not know that any more.
    if matches!(listed.state, CommandState::Running | CommandState::Interrupted) {
        let known = site.client.execution(id).map_err(NotTaken::Unavailable)?;
        let Some((known, etag)) = known.filter(|(known, _)| !known.state.is_closed()) else {
            return Ok(None);
        };
        // Where it is one with a copy of this data folder, the end is that one's to tell.
        if execution::is_underway(&known, now()) {
            return Err(NotTaken::Underway);
        }
        (entry.execution, entry.etag) = (Execution { state: CommandState::Running, ..known }, etag);
    }
    let action = match site.client.command(id, &verifier).map_err(NotTaken::Unavailable)? {
        // Whoever began it may be at it for as long as a log may take.
        FetchedCommand::Verified(command)
            if command.action == Action::SendEngineeringLog
                && entry.execution.state == CommandState::Running
                && !is_given_up(&command, &entry.execution) =>
        {
            return Err(NotTaken::Underway);
        }
        FetchedCommand::Verified(command) => {
            entry.command = Some((*command).clone());
            let execution = entry.execution.clone();
            journal.take_up(id, entry).context("command journal")?;
            site.note(
                "command",
                &id.to_string(),
                &format!("{} asked by {}", command.action, command.issuer),
            )?;
            run = Run::resume(id, execution, journal).context("command journal")?;
            let cancel = listed.state == CommandState::CancelRequested;
            go_on(site, asker, journal, &command, &mut run, cancel)?;
            Some(command.action.clone())
        }
        // It is listed again, and there is room when the server knows of the others.
        FetchedCommand::BadSignature(_) | FetchedCommand::Unreadable(_) if journal.is_full_of_unread() => {
            return Err(NotTaken::Missing);
        }
        FetchedCommand::BadSignature(why) => {
            refuse_unread(journal, &mut run, entry, RejectReason::BadSignature)?;
            unread.push((id, why));
            None
        }
        FetchedCommand::Unreadable(why) => {
            refuse_unread(journal, &mut run, entry, RejectReason::Unsupported)?;
            unread.push((id, why));
            None
        }
        _ => return Err(NotTaken::Missing),
    };
    Ok(Some(Obeyed { command: id, action, execution: run.execution().clone() }))
}

fn refuse_unread(
    journal: &mut CommandJournal,
    run: &mut Run,
    mut entry: Entry,
    reason: RejectReason,
) -> Result<(), Failure> {
    entry.execution.reason = Some(reason.clone());
    journal.take_up(run.command(), entry).context("command journal")?;
    run.reject(journal, reason, now()).context("command journal")
}

/// Does what is next with a command, until it is over or waits.
fn go_on(
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
                    let (id, code) = (command.id.to_string(), &done.result.code);
                    let text = format!("{}: {code}, {}", command.action, done.result.text);
                    site.note("command", &id, &text)?;
                    run.conclude(journal, done.result, done.evidence, now()).context("command journal")?;
                }
            },
            Step::Look => {
                let done = look_after(site, asker, journal, command, run)?;
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
fn is_given_up(command: &Command, execution: &Execution) -> bool {
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
    let begun = run.begin(journal, now()).context("command journal")?;
    let id = command.id;
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
    site.note(
        "command",
        &id.to_string(),
        &format!("{}: {}, {}", command.action, done.result.code, done.result.text),
    )?;
    run.finish(journal, begun, command, done.result, done.evidence, now()).context("command journal")
}

/// Checks that a document is signed by a certificate that the server's authority issued for signing such documents, and for
/// nothing else.
pub(crate) fn open_signed(
    anchors: &[Vec<u8>],
    role: ObjectIdentifier,
    module: &'static dyn CryptoProvider,
    media_type: &str,
    body: &[u8],
) -> Result<Vec<u8>, String> {
    if media_type != names::SIGNED {
        return Err(format!("what has the media type {media_type:?} is not signed"));
    }
    let mut trust = Trust::new(now()).role(role).provider(module);
    for anchor in anchors {
        trust = trust.authority(Certificate::from_der(anchor).map_err(|error| error.to_string())?);
    }
    let verified = verify(body, &trust, &SealLimits::default()).map_err(|error| error.to_string())?;
    Ok(verified.content.to_vec())
}

/// A large log over a slow line takes days.
const LONGEST_RUN: Duration = Duration::from_secs(7 * 24 * 3600);
/// So many commands of a list that were refused unread have a line each in the audit log.
const UNREAD_NOTED: usize = 3;
