//! What the server is told of its commands.
use crate::failure::{Context, ExitCode, Failure};
use crate::journal::CommandJournal;
use crate::site::Site;
use remote_services_core::id::Uuid;
use remote_services_transport::execution::ReportOutcome;

/// Tells the server of every state that it does not know yet. Gives why one did not come through that will not by itself.
pub(super) fn report_all(
    site: &mut Site,
    journal: &mut CommandJournal,
    tell: &mut dyn FnMut(&str),
) -> Result<Option<Failure>, Failure> {
    let mut unheard = None;
    for id in journal.open_commands() {
        unheard = unheard.or(report_one(site, journal, id, tell)?);
    }
    Ok(unheard)
}

/// Tells the server that a command begins. Says why nothing may be begun, if another has begun it or the server closed it; a
/// server that is away keeps nothing from being done.
pub(super) fn report_beginning(
    site: &mut Site,
    journal: &mut CommandJournal,
    id: Uuid,
) -> Result<Option<String>, Failure> {
    let Some(entry) = journal.get(id) else { return Ok(None) };
    let (execution, mut etag) = (entry.execution.clone(), entry.etag.clone());
    match site.client.report_beginning(id, &execution, &mut etag) {
        Ok(ReportOutcome::Taken { .. }) => {
            journal.reported(id, etag).context("command journal")?;
            Ok(None)
        }
        Ok(ReportOutcome::BegunElsewhere(why)) => {
            tell!("command {id}: {why}. Is this data folder a copy? Each agent needs its own registration");
            Ok(Some(why))
        }
        Ok(ReportOutcome::Closed(why)) => Ok(Some(why)),
        Ok(ReportOutcome::Untrusted(why)) => Err(Failure::refused(why)),
        Ok(_) | Err(_) => Ok(None),
    }
}

pub(super) fn report_one(
    site: &mut Site,
    journal: &mut CommandJournal,
    id: Uuid,
    tell: &mut dyn FnMut(&str),
) -> Result<Option<Failure>, Failure> {
    let Some(entry) = journal.get(id).filter(|entry| !entry.reported) else { return Ok(None) };
    let (execution, mut etag) = (entry.execution.clone(), entry.etag.clone());
    match site.client.report(id, &execution, &mut etag) {
        Ok(ReportOutcome::Taken { .. } | ReportOutcome::Closed(_) | ReportOutcome::BegunElsewhere(_)) => {
            journal.reported(id, etag).context("command journal")?;
        }
        Ok(ReportOutcome::Refused(why)) => {
            site.note("command", &id.to_string(), &format!("the server refuses the report: {why}"))?;
            journal.reported(id, etag).context("command journal")?;
        }
        Ok(ReportOutcome::Untrusted(why)) => return Err(Failure::refused(why)),
        Ok(ReportOutcome::Later { step, why, .. }) => {
            tell(&format!("the report about command {id} will be sent later: {why}"));
            let unheard = Failure::of_answer(step, format_args!("the report about command {id}: {why}"));
            return Ok(Some(unheard).filter(|unheard| unheard.code == ExitCode::Failed));
        }
        Ok(_) => tell(&format!("the report about command {id} will be sent later")),
        Err(error) => tell(&format!("the report about command {id} will be sent later: {error}")),
    }
    Ok(None)
}
