//! The command poll: fetch, check, carry out where the customer allows it, report. Each command at most once.

mod advance;
pub(crate) mod put_off;
pub(crate) mod report;
mod signed;
mod take_up;
mod word;

use self::report::report_all;
pub(crate) use self::signed::open_signed;
use self::take_up::{NotTaken, note_unread, one, take_up_again};
use self::word::take_late;
use crate::engineering;
use crate::failure::{Context, ExitCode, Failure};
use crate::journal::CommandJournal;
use crate::site::Site;
use crate::survey::{SnmpAsker, now};
use remote_services_core::command::Action;
use remote_services_core::id::Uuid;
use remote_services_transport::document::Execution;
use remote_services_transport::poll::{MAX_SILENCES, Poll, PollOutcome};
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
    if let Err(failure) = take_late(site, journal) {
        all.note(failure)?;
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
