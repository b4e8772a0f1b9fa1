//! What the server is told of its commands.
use crate::failure::{Context, ExitCode, Failure};
use crate::journal::CommandJournal;
use crate::site::Site;
use remote_services_core::backoff::Backoff;
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_transport::document::Execution;
use remote_services_transport::execution::ReportOutcome;
use remote_services_transport::next_step::NextStep;
use remote_services_transport::poll::{MAX_SILENCES, PutOff};
use std::fmt::Display;
use std::time::{Duration, Instant};

/// Tells the server of every state that it does not know yet, when it may be told: who does not take them is left alone ever longer,
/// and that is told once; who does not answer is asked again when it is asked for commands. Gives why one did not come through that will not by itself.
pub(super) fn report_all(
    site: &mut Site,
    journal: &mut CommandJournal,
    tell: &mut dyn FnMut(&str),
) -> Result<Option<Failure>, Failure> {
    if !journal.pace.is_over(Instant::now()) {
        return Ok(journal.pace.unheard.clone());
    }
    let mut later = Vec::new();
    let mut open = journal.open_commands();
    open.sort_by_cached_key(|id| journal.put_off.reports.place(*id));
    for id in open {
        match report_one(site, journal, id)? {
            None => journal.put_off.reports.remove(id),
            Some(not_taken) => {
                journal.put_off.reports.add(id);
                later.push(not_taken);
            }
        }
        // One may be the fault of its command; with the second it is the server's.
        if later.len() == MAX_SILENCES {
            break;
        }
    }
    if later.is_empty() {
        journal.pace = Pace::default();
        journal.put_off.reports = PutOff::default();
        return Ok(None);
    }
    if !std::mem::replace(&mut journal.pace.told, true) {
        tell(&later[0].why);
    }
    if later.iter().any(|later| later.is_answer) {
        journal.pace.leave_alone(Instant::now(), later.iter().filter_map(|later| later.retry_after).max());
    }
    let unheard = later.into_iter().find_map(|later| later.unheard);
    journal.pace.unheard.clone_from(&unheard);
    Ok(unheard)
}

/// When reports are sent again after some were not taken.
#[derive(Debug)]
pub(crate) struct Pace {
    backoff: Backoff,
    not_before: Option<Instant>,
    told: bool,
    /// Why one did not come through that will not by itself.
    unheard: Option<Failure>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { backoff: Backoff::PROTOCOL, not_before: None, told: false, unheard: None }
    }
}

impl Pace {
    fn is_over(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|until| now >= until)
    }

    fn leave_alone(&mut self, now: Instant, retry_after: Option<Duration>) {
        self.not_before = Some(now + self.backoff.next_wait(0, retry_after));
    }
}

/// Why a report is sent again later.
struct Later {
    why: String,
    /// Whether the server said so.
    is_answer: bool,
    retry_after: Option<Duration>,
    /// The same, where it will not come through by itself.
    unheard: Option<Failure>,
}

/// Tells the server that a command begins. Says why nothing may be begun, if another has begun it or the server closed it; a
/// server that is away keeps nothing from being done.
pub(super) fn report_beginning(
    site: &mut Site,
    journal: &mut CommandJournal,
    id: Uuid,
) -> Result<Option<String>, Failure> {
    let Some(entry) = journal.get(id) else { return Ok(None) };
    let (execution, mut etag) = (tellable(site, &entry.execution), entry.etag.clone());
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
        Ok(ReportOutcome::ReadAgain { .. } | ReportOutcome::Refused(_)) => {
            Err(Failure::no_answer(format_args!(
                "command {id}: the server has another version of it and does not say which: not begun, and looked after"
            )))
        }
        Err(error) if error.step() == NextStep::Trust => Err(Failure::from(error)),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// What the server may be told of an execution by the settings of this moment, whenever it ended: a sentence as redacted as a
/// report, and in lockdown the code alone.
fn tellable(site: &Site, execution: &Execution) -> Execution {
    let mut told = execution.clone();
    if let Some(result) = &mut told.result {
        result.text = match site.settings.mode {
            SecurityMode::Lockdown => "withheld: the site is in lockdown".to_owned(),
            SecurityMode::Normal => site.redacted(&result.text),
        };
    }
    told
}

fn report_one(site: &mut Site, journal: &mut CommandJournal, id: Uuid) -> Result<Option<Later>, Failure> {
    let Some(entry) = journal.get(id).filter(|entry| !entry.reported) else { return Ok(None) };
    let (execution, mut etag) = (tellable(site, &entry.execution), entry.etag.clone());
    let later = |why: &dyn Display, is_answer, retry_after, unheard| {
        let why = format!("the report about command {id} will be sent later: {why}");
        Ok(Some(Later { why, is_answer, retry_after, unheard }))
    };
    let was_read = entry.command.is_some();
    match site.client.report(id, &execution, &mut etag) {
        Ok(ReportOutcome::Taken { .. } | ReportOutcome::Closed(_) | ReportOutcome::BegunElsewhere(_)) => {
            journal.reported(id, etag).context("command journal")?;
        }
        Ok(ReportOutcome::Refused(why)) => {
            // Of what nobody signed there is a line already, and the exchange.
            if was_read {
                site.claim("command", &id.to_string(), &format!("the server refuses the report: {why}"))?;
            }
            journal.reported(id, etag).context("command journal")?;
        }
        Ok(ReportOutcome::Untrusted(why)) => return Err(Failure::refused(why)),
        Ok(ReportOutcome::Later { step, why, retry_after }) => {
            let unheard = Failure::of_answer(step, format_args!("the report about command {id}: {why}"));
            let unheard = Some(unheard).filter(|unheard| unheard.code == ExitCode::Failed);
            return later(&why, true, retry_after, unheard);
        }
        Ok(_) => return later(&"the server has another version of it", true, None, None),
        Err(error) => return later(&error, false, None, None),
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_no_reports_is_left_alone_ever_longer_and_as_long_as_it_says() {
        let (mut pace, begin) = (Pace::default(), Instant::now());
        assert!(pace.is_over(begin));
        let mut now = begin;
        for seconds in [5, 10, 20] {
            pace.leave_alone(now, None);
            let at = |seconds| now + Duration::from_secs(seconds);
            assert!(!pace.is_over(at(seconds / 2)) && pace.is_over(at(seconds)), "{seconds}");
            now = at(seconds);
        }
        pace.leave_alone(now, Some(Duration::from_secs(600)));
        assert!(!pace.is_over(now + Duration::from_secs(599)));
    }
}
