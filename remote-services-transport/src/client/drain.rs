//! How a spool is emptied: what is sent next, and what an outcome means for it. Neither sends nor waits.
//!
//! ```text
//! first that waits ─▶ sent ─▶ stored, refused: next
//!      ▲    │              ├─▶ not taken, and it may be the server: the back-off, then the same again
//!      │    ╲─ it failed 3 times, or is too large: after   ├─▶ not taken, and others may be: the same, and it is counted for this payload
//!      │       the others, when its own wait is over       ├─▶ the server was lost: the same, and before it is sent again the server is asked for
//!      │                                                   │   its directory: while that is not answered, nothing is sent and nothing counted
//!      │                                                   │   (every third time one is sent all the same, others than that first)
//!      ╰────────────────────────────────────────────────── ╲─▶ untrusted, wrong way, too many in a row: the end
//! ```
//!
//! Every failure, of whatever payload, makes the back-off longer, and only what gets through shortens it: a server that takes
//! nothing is asked as rarely with ten thousand payloads waiting as with one. After one that is too large, smaller ones come first.

mod outcome;
mod told;

pub(super) use outcome::no_answer;
use outcome::{of_payload, unconfirmed};
pub use told::{DrainEnd, DrainReport, UploadEvent};

use super::ClientError;
use crate::exchange::Answer;
use crate::next_step::{NextStep, Outcome, next_step};
use crate::spool::{Entry, Failures, NotTaken, Spool, SpoolError, VAIN};
use crate::upload::{Concerns, UploadOutcome, wait_after};
use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// One emptying of a spool, which is locked only while it is changed: others may add to it meanwhile.
pub(super) struct Drain<'a> {
    spool: &'a Mutex<Spool>,
    backoff: Backoff,
    max_failures: u32,
    longest: Duration,
    report: DrainReport,
    /// What waits on, and why the first of it does.
    passed_over: BTreeSet<Uuid>,
    because: Option<String>,
    /// Whether anything failed since the last that got through.
    failing: bool,
    /// Whether the server answered anything since it was last lost, and since this began.
    answered: bool,
    /// Whether what is being sent is sent although the server did not answer.
    all_the_same: bool,
}

/// What comes first.
enum Choice {
    Send(Entry, usize),
    /// Nothing now: all that is left is left alone for so long.
    Wait(Duration, String),
    End(DrainEnd),
}

/// Which payloads are asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Among {
    All,
    ThoseNotInDoubt,
}

/// What to do next.
pub(super) enum DrainStep {
    /// Send this, and say what came of it ([`Drain::took`]).
    Send(Entry, Vec<u8>),
    /// Ask for the directory, and say what came of it ([`Drain::heard`]).
    Ask,
    /// Wait, then ask for the next step.
    Wait(Duration),
    /// Ask for the next step.
    Next,
    /// It is over.
    End(DrainReport),
}

impl<'a> Drain<'a> {
    pub(super) fn new(spool: &'a Mutex<Spool>, backoff: Backoff, max_failures: u32) -> Self {
        let report = DrainReport {
            stored: 0,
            duplicates: 0,
            set_aside: 0,
            damaged: 0,
            end: DrainEnd::Empty,
            leave_alone: Duration::ZERO,
        };
        Self {
            spool,
            backoff,
            max_failures,
            longest: Duration::MAX,
            report,
            passed_over: BTreeSet::new(),
            because: None,
            failing: false,
            answered: false,
            all_the_same: false,
        }
    }

    /// Gives up instead of waiting longer than this.
    pub(super) fn with_longest(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// What waits and comes first, by the client's clock; damaged payloads are set aside on the way.
    pub(super) fn next(
        &mut self,
        now: Timestamp,
        progress: &mut dyn FnMut(&UploadEvent),
    ) -> Result<DrainStep, SpoolError> {
        let (mut entry, waiting) = match self.choose(now, Among::All) {
            Choice::Send(entry, waiting) => (entry, waiting),
            Choice::Wait(wait, why) => {
                progress(&UploadEvent::Waiting { wait, why });
                return Ok(DrainStep::Wait(wait));
            }
            Choice::End(end) => return Ok(self.end(end)),
        };
        self.all_the_same = false;
        if !self.answered && self.lock().failures(entry.id).is_some_and(Failures::is_in_doubt) {
            if self.lock().asked_in_vain() < VAIN {
                return Ok(DrainStep::Ask);
            }
            self.all_the_same = true;
            // The next two times it is asked again.
            self.lock().heard(true);
            if let Choice::Send(other, _) = self.choose(now, Among::ThoseNotInDoubt) {
                entry = other;
            }
        }
        progress(&UploadEvent::Sending { entry, waiting });
        let read = self.lock().read(&entry);
        match read {
            Ok(sealed) => Ok(DrainStep::Send(entry, sealed)),
            // It was dropped for something more important in the meantime.
            Err(_) if !self.lock().pending().any(|known| *known == entry) => Ok(DrainStep::Next),
            Err(error @ SpoolError::Damaged(_)) => {
                self.set_aside(entry, error.to_string(), true, progress)?;
                Ok(DrainStep::Next)
            }
            // Whatever is wrong with this file, the others may be sent.
            Err(error) => Ok(self.pass_over(entry, error.to_string(), progress)),
        }
    }

    /// The first that is not stuck and not as large as one that was too large; else one as large; else the first that is stuck,
    /// and whose wait is over.
    fn choose(&self, now: Timestamp, among: Among) -> Choice {
        let spool = self.lock();
        let too_large = spool.least_too_large().unwrap_or(u64::MAX);
        // One that was passed over may have been dropped meanwhile.
        let waiting = spool.pending().len().saturating_sub(self.passed_over.len());
        let (mut large, mut due, mut later, mut stuck) = (None, None, Duration::MAX, None);
        let may_be = |entry: &&Entry| {
            !self.passed_over.contains(&entry.id)
                && (among == Among::All || !spool.failures(entry.id).is_some_and(Failures::is_in_doubt))
        };
        for entry in spool.pending().filter(may_be) {
            match spool.failures(entry.id).filter(|failures| failures.is_stuck()) {
                None if entry.bytes < too_large => return Choice::Send(*entry, waiting),
                None => large = large.or(Some(*entry)),
                Some(failures) if failures.wait(now).is_zero() => due = due.or(Some(*entry)),
                Some(failures) => {
                    later = later.min(failures.wait(now));
                    // One that is stuck while others get through says more than one of many.
                    let says_more = |known: &Failures| failures.is_alone() && !known.is_alone();
                    if stuck.is_none_or(|(_, known)| says_more(known)) {
                        stuck = Some((entry.id, failures));
                    }
                }
            }
        }
        match (large.or(due), stuck, &self.because) {
            (Some(entry), ..) => Choice::Send(entry, waiting),
            (None, None, None) => Choice::End(DrainEnd::Empty),
            (None, _, Some(why)) => Choice::End(DrainEnd::Misconfigured(why.clone())),
            (None, Some((id, failures)), None) => {
                let why = format!("payload {id} waits: {}", failures.why());
                match failures.is_alone() {
                    true => Choice::End(DrainEnd::Stuck(why)),
                    false if self.failing && later <= self.longest => Choice::Wait(later, why),
                    false => Choice::End(DrainEnd::GaveUp(why)),
                }
            }
        }
    }

    fn pass_over(&mut self, entry: Entry, why: String, progress: &mut dyn FnMut(&UploadEvent)) -> DrainStep {
        self.passed_over.insert(entry.id);
        self.because.get_or_insert_with(|| format!("payload {} waits: {why}", entry.id));
        progress(&UploadEvent::PassedOver { entry, why });
        DrainStep::Next
    }

    /// Takes in what came of sending an entry, with the client's clock and a fresh random number.
    pub(super) fn took(
        &mut self,
        entry: Entry,
        outcome: UploadOutcome,
        (now, random): (Timestamp, u64),
        progress: &mut dyn FnMut(&UploadEvent),
    ) -> Result<DrainStep, SpoolError> {
        // One more loss without an answer in between is not the payload's own.
        let known =
            of_payload(&outcome, &entry).filter(|(how, _)| !(self.all_the_same && *how == NotTaken::Lost));
        // What was not answered says nothing, and what was lost the opposite.
        self.answered = match &outcome {
            UploadOutcome::Later { concerns, .. } => *concerns == Concerns::Payload,
            _ => true,
        };
        if let Some((how, why)) = known
            && self.lock().not_taken(entry.id, how, &why, (now, random), self.backoff)
        {
            return Ok(self.stuck(entry, how, &outcome, why, (now, random), progress));
        }
        let wait = wait_after(&outcome, &mut self.backoff, random);
        let why = match outcome {
            UploadOutcome::Stored { receipt, duplicate } => {
                {
                    let mut spool = self.lock();
                    spool.done(&receipt)?;
                    spool.got_through(now);
                }
                self.failing = false;
                self.report.stored += 1;
                self.report.duplicates += usize::from(duplicate);
                progress(&UploadEvent::Stored { entry, receipt, duplicate });
                return Ok(DrainStep::Next);
            }
            UploadOutcome::Refused { why, .. } => {
                self.set_aside(entry, why, false, progress)?;
                self.failing = false;
                return Ok(DrainStep::Next);
            }
            UploadOutcome::Untrusted { why } => return Ok(self.end(DrainEnd::Untrusted(why))),
            UploadOutcome::Stopped { why, .. } => return Ok(self.end(DrainEnd::Misconfigured(why))),
            UploadOutcome::Unconfirmed { status, why } => {
                return Ok(self.end(DrainEnd::Misconfigured(unconfirmed(status, &why))));
            }
            UploadOutcome::Later { why, .. } | UploadOutcome::PassedOver { why } => why,
        };
        Ok(self.wait(wait.unwrap_or_default(), why, progress))
    }

    /// Takes in what came of asking for the directory, with a fresh random number. Any answer but one that would make a client
    /// wait shows that the server is there.
    pub(super) fn heard(
        &mut self,
        answer: Result<&Answer, &ClientError>,
        random: u64,
        progress: &mut dyn FnMut(&UploadEvent),
    ) -> DrainStep {
        let (retry_after, why) = match answer {
            Ok(answer) => match next_step(Outcome::Status(answer.status)) {
                NextStep::BackOff | NextStep::AskAgain => (answer.retry_after(), answer.complaint()),
                NextStep::Unknown if answer.status >= 500 => (answer.retry_after(), answer.complaint()),
                _ => {
                    self.answered = true;
                    self.lock().heard(true);
                    return DrainStep::Next;
                }
            },
            Err(error) => match no_answer(error) {
                UploadOutcome::Untrusted { why } => return self.end(DrainEnd::Untrusted(why)),
                UploadOutcome::Stopped { why, .. } => return self.end(DrainEnd::Misconfigured(why)),
                _ => (None, error.to_string()),
            },
        };
        self.lock().heard(false);
        let wait = self.backoff.next_wait(random, retry_after);
        self.wait(wait, why, progress)
    }

    fn set_aside(
        &mut self,
        entry: Entry,
        why: String,
        damaged: bool,
        progress: &mut dyn FnMut(&UploadEvent),
    ) -> Result<(), SpoolError> {
        match self.lock().quarantine(entry.id, &why) {
            Ok(()) | Err(SpoolError::Unknown(_)) => {}
            Err(error) => return Err(error),
        }
        self.report.set_aside += 1;
        self.report.damaged += usize::from(damaged);
        progress(&UploadEvent::SetAside { entry, why, damaged });
        Ok(())
    }

    /// Goes on with another than this, after the back-off.
    fn stuck(
        &mut self,
        entry: Entry,
        how: NotTaken,
        outcome: &UploadOutcome,
        why: String,
        (now, random): (Timestamp, u64),
        progress: &mut dyn FnMut(&UploadEvent),
    ) -> DrainStep {
        progress(&UploadEvent::PassedOver { entry, why: why.clone() });
        let wait = self.backoff.next_wait(random, None);
        self.failing = true;
        let ends = !matches!(outcome, UploadOutcome::Later { .. });
        let enough = self.backoff.attempts() >= self.max_failures;
        match self.choose(now, Among::All) {
            // Nothing is wrong with the server, and one as large, or that is stuck itself, is probably no better.
            Choice::Send(next, _)
                if how == NotTaken::TooLarge
                    && enough
                    && (next.bytes >= entry.bytes
                        || self.lock().failures(next.id).is_some_and(Failures::is_stuck)) =>
            {
                self.end(DrainEnd::Stuck(format!("payload {} waits: {why}", entry.id)))
            }
            // What is smaller may get through, however much was not taken before.
            Choice::Send(..) if how == NotTaken::TooLarge && wait <= self.longest => {
                progress(&UploadEvent::Waiting { wait, why });
                DrainStep::Wait(wait)
            }
            // What ended it before still does, unless there is another to try.
            Choice::Wait(..) | Choice::End(DrainEnd::GaveUp(_)) if ends => {
                self.end(DrainEnd::Misconfigured(why))
            }
            Choice::Send(..) if ends && enough && how != NotTaken::TooLarge => {
                self.end(DrainEnd::Misconfigured(why))
            }
            Choice::Send(..) | Choice::Wait(..) => self.wait(wait, why, progress),
            Choice::End(end) => {
                if let DrainEnd::GaveUp(_) = end {
                    self.report.leave_alone = wait;
                }
                self.end(end)
            }
        }
    }

    fn wait(&mut self, wait: Duration, why: String, progress: &mut dyn FnMut(&UploadEvent)) -> DrainStep {
        self.failing = true;
        if self.backoff.attempts() >= self.max_failures || wait > self.longest {
            self.report.leave_alone = wait;
            return self.end(DrainEnd::GaveUp(why));
        }
        progress(&UploadEvent::Waiting { wait, why });
        DrainStep::Wait(wait)
    }

    /// Ends it before its time.
    pub(super) fn stopped(&self) -> DrainReport {
        DrainReport { end: DrainEnd::Stopped, ..self.report.clone() }
    }

    /// Ends it since it may not go on as it is.
    pub(super) fn halted(&self) -> DrainReport {
        DrainReport { end: DrainEnd::Halted, ..self.report.clone() }
    }

    /// The pace as it is now, for the next emptying.
    pub(super) fn backoff(&self) -> Backoff {
        self.backoff
    }

    fn end(&self, end: DrainEnd) -> DrainStep {
        DrainStep::End(DrainReport { end, ..self.report.clone() })
    }

    fn lock(&self) -> MutexGuard<'a, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod picture;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_one;
