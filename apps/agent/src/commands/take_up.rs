//! Taking commands up: those that an earlier run left open, and those of the list that are new.
use super::advance::{go_on, is_given_up};
use super::word::take_decision;
use super::{Obeyed, open_signed};
use crate::failure::{Context, Failure};
use crate::journal::{CommandJournal, Entry};
use crate::site::Site;
use crate::survey::{SnmpAsker, now};
use remote_services_core::command::{Action, CommandState, RejectReason};
use remote_services_core::id::Uuid;
use remote_services_payload::seal::PURPOSE_CODE_SIGNING;
use remote_services_transport::client::ClientError;
use remote_services_transport::client::blocking::FetchedCommand;
use remote_services_transport::document::{CommandEntry, Execution};
use remote_services_transport::execution::{self, Run};

/// A command that an earlier run left open, as far as it gets now.
pub(super) fn take_up_again(
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

/// Why a command of the list was not taken up.
pub(super) enum NotTaken {
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
pub(super) fn note_unread(site: &mut Site, unread: &[(Uuid, String)]) -> Result<(), Failure> {
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
pub(super) fn one(
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

/// So many commands of a list that were refused unread have a line each in the audit log.
const UNREAD_NOTED: usize = 3;
