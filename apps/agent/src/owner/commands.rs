//! What becomes of commands when the identity that they were for is replaced.
//!
//! No other server knows them, and none is told of them: what did not begin is refused, what came of the
//! others stands in the audit log. All stay in the journal, so that none is ever done again.

use super::Owner;
use crate::decision::Decision;
use crate::engineering;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::journal::{CommandJournal, Entry};
use crate::present::counted;
use crate::survey::now;
use crate::trail::Trail;
use remote_services_core::command::{CommandState, RejectReason, ResultCode};
use remote_services_core::id::Uuid;
use remote_services_transport::document::{Execution, ExecutionResult};

/// Of how many commands the server does not know yet what came of them.
///
/// # Errors
/// As the disk says, or when the journal cannot be read.
pub fn untold(home: &Home) -> Result<usize, Failure> {
    let journal = CommandJournal::open(home).context("command journal")?;
    let open = journal.open_commands();
    Ok(open.into_iter().filter_map(|id| journal.get(id)).filter(|entry| has_result(entry)).count())
}

/// Closes the commands of another identity than `client`.
pub(super) fn close(home: &Home, owner: Owner, client: Uuid, audit: &Trail) -> Result<(), Failure> {
    let mut journal = CommandJournal::open(home).context("command journal")?;
    let others = |entry: &&Entry| entry.command.as_ref().is_none_or(|command| command.client != client);
    let mut untold = 0;
    for id in journal.open_commands() {
        let Some(entry) = journal.get(id).filter(others).cloned() else { continue };
        let execution = closed(&entry);
        if let Some(command) = &entry.command {
            let what = match &execution.result {
                Some(result) => format!("{}, {}, {}", execution.state, result.code, result.text),
                None => execution.state.to_string(),
            };
            let text = format!("{}: {what}; the server of {owner} was never told", command.action);
            // Before it is closed: whoever is killed in between notes it once more, rather than never.
            audit.append(now(), "command", &id.to_string(), &text).context("audit log")?;
        }
        untold += usize::from(has_result(&entry));
        engineering::forget(home, id)?;
        note_decision(home, id, audit)?;
        journal.close_untold(id, execution).context("command journal")?;
    }
    if untold > 0 {
        let results = counted(untold, "command result");
        let told = format!("{results} of {owner} never told to its server, which no other may report");
        tell!("{told}: the audit log has what came of them");
        audit.append(now(), "withheld", "commands", &told).context("audit log")?;
    }
    Ok(())
}

/// What somebody said of a command, and nobody took up any more, is on record all the same.
fn note_decision(home: &Home, id: Uuid, audit: &Trail) -> Result<(), Failure> {
    let (id_text, over) = (id.to_string(), "it was another identity's command, which is over");
    let alone = Decision::alone(home).context("a decision about a command")?;
    match Decision::left(home, id) {
        Ok(None) => return Ok(()),
        Ok(Some(decision)) => {
            for word in decision.words() {
                audit.append(now(), "consent", &id_text, &format!("{word}; {over}")).context("audit log")?;
            }
        }
        Err(damaged) => {
            audit
                .append(now(), "consent", &id_text, &format!("not known: {damaged}; {over}"))
                .context("audit log")?;
            // What cannot be moved, such as on a disk that may not be written, keeps no identity from being taken over.
            match damaged.set_aside(over) {
                Ok(told) => tell!("{told}"),
                Err(error) => tell!("{error}"),
            }
            return Ok(());
        }
    }
    let cleared = Decision::clear(home, id).context("a decision about a command");
    drop(alone);
    cleared
}

fn has_result(entry: &Entry) -> bool {
    let Execution { state, started_at, .. } = &entry.execution;
    entry.command.is_some() && (state.is_closed() || started_at.is_some())
}

fn closed(entry: &Entry) -> Execution {
    let execution = entry.execution.clone();
    if execution.state.is_closed() {
        return execution;
    }
    let finished_at = Some(now());
    if execution.started_at.is_none() {
        let reason = execution.reason.clone().or(Some(RejectReason::NotMyDevice));
        return Execution { state: CommandState::Rejected, reason, finished_at, ..execution };
    }
    let text = "this agent was registered anew before it was known what came of it".to_owned();
    let result = Some(ExecutionResult { code: ResultCode::Internal, text });
    Execution { state: CommandState::Failed, result, finished_at, ..execution }
}
