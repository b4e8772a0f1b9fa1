//! What people at the site said of commands in the meantime, into the journal and the audit log.

use crate::decision::{Damaged, Decision, SAY_AGAIN};
use crate::failure::{Context, Failure};
use crate::journal::CommandJournal;
use crate::site::Site;
use remote_services_core::id::Uuid;

/// Takes up what was said of a command that is open.
pub(super) fn take_decision(site: &mut Site, journal: &mut CommandJournal, id: Uuid) -> Result<(), Failure> {
    if !Decision::is_left(&site.home, id) {
        return Ok(());
    }
    let _alone = Decision::alone(&site.home).context(DOING)?;
    take_left(site, journal, id).map(|_| ())
}

/// The same for whoever keeps others from it, see [`Decision::alone`]: whether it is another word than was
/// known.
pub(super) fn take_left(site: &mut Site, journal: &mut CommandJournal, id: Uuid) -> Result<bool, Failure> {
    let known = journal.get(id).and_then(|entry| entry.decision.clone());
    let decision = match Decision::left(&site.home, id) {
        Ok(None) => return Ok(false),
        Ok(Some(decision)) => decision,
        Err(damaged) => {
            set_aside(site, id, &damaged, SAY_AGAIN)?;
            // After somebody agreed, nothing else is left than that somebody refuses.
            let had_agreed = known.is_some_and(|known| known.given);
            if had_agreed {
                journal.undecided(id).context("command journal")?;
            }
            return Ok(had_agreed);
        }
    };
    // The agent may have died before the file was gone.
    let is_news = known.as_ref() != Some(&decision);
    if is_news {
        for word in decision.words() {
            site.note("consent", &id.to_string(), &word)?;
        }
        journal.decided(id, decision).context("command journal")?;
    }
    Decision::clear(&site.home, id).context(DOING)?;
    Ok(is_news)
}

/// What was said of commands that were over when it was said, or before it was looked for, is on record and has no effect.
pub(super) fn take_late(site: &mut Site, journal: &CommandJournal) -> Result<(), Failure> {
    let is_over = |id: &Uuid| journal.get(*id).is_none_or(|entry| entry.execution.state.is_closed());
    let late: Vec<Uuid> =
        Decision::all(&site.home).context(DOING)?.into_iter().filter(|id| is_over(id)).collect();
    for id in late {
        let _alone = Decision::alone(&site.home).context(DOING)?;
        match Decision::left(&site.home, id) {
            Ok(None) => continue,
            Ok(Some(decision)) => {
                for word in decision.words() {
                    site.note("consent", &id.to_string(), &format!("{word}; the command was over before"))?;
                }
            }
            Err(damaged) => {
                set_aside(site, id, &damaged, "the command is over")?;
                continue;
            }
        }
        Decision::clear(&site.home, id).context(DOING)?;
    }
    Ok(())
}

/// Where it cannot even be moved away it is told once a turn, and holds up nothing: it is no decision.
fn set_aside(site: &mut Site, id: Uuid, damaged: &Damaged, what_now: &str) -> Result<(), Failure> {
    match damaged.set_aside(what_now) {
        Ok(told) => {
            tell!("{told}");
            site.note("consent", &id.to_string(), &format!("not known: {told}"))
        }
        Err(error) => {
            tell!("{error}");
            Ok(())
        }
    }
}

const DOING: &str = "a decision about a command";
