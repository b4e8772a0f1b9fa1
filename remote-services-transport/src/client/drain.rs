//! How a spool is emptied: what is sent next, and what an outcome means for it. Neither sends nor waits.
//!
//! ```text
//! first that waits ─▶ sent ─▶ stored, refused: next
//!      ▲    │              ├─▶ not taken, and it may be the server: the back-off, then the same again
//!      │    ╲─ it failed 3 times: after the others,  ├─▶ not taken, and others may be: the same, and it is counted for this payload
//!      │       when its own wait is over             ╲─▶ untrusted, wrong way, too many in a row: the end
//!      ╰───────────────────────────────────────────╯
//! ```
//!
//! Every failure, of whatever payload, makes the back-off longer, and only what gets through shortens it: a server that takes
//! nothing is asked as rarely with ten thousand payloads waiting as with one.

use super::ClientError;
use crate::document::Receipt;
use crate::next_step::NextStep;
use crate::spool::{Entry, Failures, Spool, SpoolError};
use crate::upload::{UploadOutcome, wait_after};
use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// What happens while a spool is emptied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadEvent {
    /// A payload is being sent.
    Sending {
        /// Which.
        entry: Entry,
        /// How many wait, this one included.
        waiting: usize,
    },
    /// The server has it.
    Stored {
        /// Which.
        entry: Entry,
        /// The server's word for it.
        receipt: Receipt,
        /// Whether the server had it already.
        duplicate: bool,
    },
    /// It was set aside and will not be sent again.
    SetAside {
        /// Which.
        entry: Entry,
        /// One sentence.
        why: String,
        /// Whether it was damaged on this machine's disk; else the server would not take it.
        damaged: bool,
    },
    /// It waits on, while others are sent: it cannot be read, does not get through to the server, or the server did not take it
    /// several times.
    PassedOver {
        /// Which.
        entry: Entry,
        /// One sentence.
        why: String,
    },
    /// It did not work this time.
    Waiting {
        /// Until the next try.
        wait: Duration,
        /// One sentence.
        why: String,
    },
}

/// Why an [`Uploader`](super::blocking::Uploader) ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DrainEnd {
    /// The spool is empty.
    Empty,
    /// The stop flag was set.
    Stopped,
    /// Too many failures in a row; the rest waits for the next time.
    GaveUp(String),
    /// The server does not trust this client; the rest waits for the enrolment.
    Untrusted(String),
    /// What is left the server did not take several times, and took others since; each is tried again after a wait of its own.
    Stuck(String),
    /// Something is set up wrongly, or what is left cannot be read or does not get through; it waits for a person.
    Misconfigured(String),
}

/// What an [`Uploader`](super::blocking::Uploader) did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrainReport {
    /// Payloads that the server has now.
    pub stored: usize,
    /// Payloads among them that it had already.
    pub duplicates: usize,
    /// Payloads that were set aside.
    pub set_aside: usize,
    /// Payloads among them that were damaged on this machine's disk and not sent.
    pub damaged: usize,
    /// Why it ended.
    pub end: DrainEnd,
    /// After [`DrainEnd::GaveUp`]: how long the server is to be left alone, as it asked or as the back-off has it.
    pub leave_alone: Duration,
}

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
}

/// What comes first.
enum Choice {
    Send(Entry, usize),
    /// Nothing now: all that is left is left alone for so long.
    Wait(Duration, String),
    End(DrainEnd),
}

/// What to do next.
pub(super) enum DrainStep {
    /// Send this, and say what came of it.
    Send(Entry, Vec<u8>),
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
        let (entry, waiting) = match self.choose(now) {
            Choice::Send(entry, waiting) => (entry, waiting),
            Choice::Wait(wait, why) => {
                progress(&UploadEvent::Waiting { wait, why });
                return Ok(DrainStep::Wait(wait));
            }
            Choice::End(end) => return Ok(self.end(end)),
        };
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

    /// The first that is not stuck; else the first that is, and whose wait is over.
    fn choose(&self, now: Timestamp) -> Choice {
        let spool = self.lock();
        // One that was passed over may have been dropped meanwhile.
        let waiting = spool.pending().len().saturating_sub(self.passed_over.len());
        let (mut due, mut later, mut stuck) = (None, Duration::MAX, None);
        for entry in spool.pending().filter(|entry| !self.passed_over.contains(&entry.id)) {
            match spool.failures(entry.id).filter(|failures| failures.is_stuck()) {
                None => return Choice::Send(*entry, waiting),
                Some(failures) if failures.wait(now).is_zero() => due = due.or(Some(*entry)),
                Some(failures) => {
                    later = later.min(failures.wait(now));
                    // One that is stuck while others get through says more than one of many.
                    if stuck.is_none_or(|(_, known): (_, &Failures)| failures.alone && !known.alone) {
                        stuck = Some((entry.id, failures));
                    }
                }
            }
        }
        match (due, stuck, &self.because) {
            (Some(entry), ..) => Choice::Send(entry, waiting),
            (None, None, None) => Choice::End(DrainEnd::Empty),
            (None, _, Some(why)) => Choice::End(DrainEnd::Misconfigured(why.clone())),
            (None, Some((id, failures)), None) => {
                let why = format!("payload {id} waits: {}", failures.why);
                match failures.alone {
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
        if let Some(why) = of_payload(&outcome)
            && self.lock().failed(entry.id, now, self.backoff, random, &why)
        {
            return Ok(self.stuck(entry, &outcome, why, (now, random), progress));
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
            UploadOutcome::PassedOver { why } => return Ok(self.pass_over(entry, why, progress)),
            UploadOutcome::Untrusted { why } => return Ok(self.end(DrainEnd::Untrusted(why))),
            UploadOutcome::Stopped { why, .. } => return Ok(self.end(DrainEnd::Misconfigured(why))),
            UploadOutcome::Unconfirmed { status, why } => {
                return Ok(self.end(DrainEnd::Misconfigured(unconfirmed(status, &why))));
            }
            UploadOutcome::Later { why, .. } => why,
        };
        Ok(self.wait(wait.unwrap_or_default(), why, progress))
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
        outcome: &UploadOutcome,
        why: String,
        (now, random): (Timestamp, u64),
        progress: &mut dyn FnMut(&UploadEvent),
    ) -> DrainStep {
        progress(&UploadEvent::PassedOver { entry, why: why.clone() });
        let wait = self.backoff.next_wait(random, None);
        self.failing = true;
        let ends = !matches!(outcome, UploadOutcome::Later { .. });
        match self.choose(now) {
            // What ended it before still does, unless there is another to try.
            Choice::Wait(..) | Choice::End(DrainEnd::GaveUp(_)) if ends => {
                self.end(DrainEnd::Misconfigured(why))
            }
            Choice::Send(..) if ends && self.backoff.attempts() >= self.max_failures => {
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

/// What went wrong, if it may be different with another payload.
fn of_payload(outcome: &UploadOutcome) -> Option<String> {
    match outcome {
        UploadOutcome::Unconfirmed { status, why } => Some(unconfirmed(*status, why)),
        UploadOutcome::Later { of_payload: true, why, .. }
        | UploadOutcome::Stopped { of_payload: true, why } => Some(why.clone()),
        _ => None,
    }
}

fn unconfirmed(status: u16, why: &str) -> String {
    format!("the server answered with status {status}, but {why}")
}

/// What an exchange without an answer means for an upload.
pub(super) fn no_answer(error: &ClientError) -> UploadOutcome {
    let why = error.to_string();
    match error.step() {
        NextStep::Trust => UploadOutcome::Untrusted { why },
        NextStep::Misconfigured | NextStep::ProxyCredentials => {
            UploadOutcome::Stopped { of_payload: false, why }
        }
        _ => UploadOutcome::Later { retry_after: None, longest: false, of_payload: false, why },
    }
}

#[cfg(test)]
mod tests;
