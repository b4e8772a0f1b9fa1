//! How a spool is emptied: what is sent next, and what an outcome means for it. Neither sends nor waits.

use super::ClientError;
use crate::document::Receipt;
use crate::next_step::NextStep;
use crate::spool::{Entry, Spool, SpoolError};
use crate::upload::{UploadOutcome, wait_after};
use remote_services_core::backoff::Backoff;
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
    },
    /// It waits on, while others are sent: it cannot be read, or does not get through to the server.
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
        }
    }

    /// Gives up instead of waiting longer than this.
    pub(super) fn with_longest(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// What waits and comes first; damaged payloads are set aside on the way.
    pub(super) fn next(&mut self, progress: &mut dyn FnMut(&UploadEvent)) -> Result<DrainStep, SpoolError> {
        let (entry, waiting) = {
            let spool = self.lock();
            let next = spool.pending().find(|entry| !self.passed_over.contains(&entry.id)).copied();
            match next {
                Some(entry) => (entry, spool.pending().len() - self.passed_over.len()),
                None => {
                    let end = self.because.clone().map_or(DrainEnd::Empty, DrainEnd::Misconfigured);
                    return Ok(self.end(end));
                }
            }
        };
        progress(&UploadEvent::Sending { entry, waiting });
        let read = self.lock().read(&entry);
        match read {
            Ok(sealed) => Ok(DrainStep::Send(entry, sealed)),
            // It was dropped for something more important in the meantime.
            Err(_) if !self.lock().pending().any(|known| *known == entry) => Ok(DrainStep::Next),
            Err(error @ SpoolError::Damaged(_)) => {
                let outcome = UploadOutcome::Refused { status: 0, why: error.to_string() };
                self.took(entry, outcome, 0, progress)
            }
            // Whatever is wrong with this file, the others may be sent.
            Err(error) => Ok(self.pass_over(entry, error.to_string(), progress)),
        }
    }

    fn pass_over(&mut self, entry: Entry, why: String, progress: &mut dyn FnMut(&UploadEvent)) -> DrainStep {
        self.passed_over.insert(entry.id);
        self.because.get_or_insert_with(|| format!("payload {} waits: {why}", entry.id));
        progress(&UploadEvent::PassedOver { entry, why });
        DrainStep::Next
    }

    /// Takes in what came of sending an entry. `random` is a fresh random number.
    pub(super) fn took(
        &mut self,
        entry: Entry,
        outcome: UploadOutcome,
        random: u64,
        progress: &mut dyn FnMut(&UploadEvent),
    ) -> Result<DrainStep, SpoolError> {
        let wait = wait_after(&outcome, &mut self.backoff, random);
        let why = match outcome {
            UploadOutcome::Stored { receipt, duplicate } => {
                self.lock().done(&receipt)?;
                self.report.stored += 1;
                self.report.duplicates += usize::from(duplicate);
                progress(&UploadEvent::Stored { entry, receipt, duplicate });
                return Ok(DrainStep::Next);
            }
            UploadOutcome::Refused { why, .. } => {
                match self.lock().quarantine(entry.id, &why) {
                    Ok(()) | Err(SpoolError::Unknown(_)) => {}
                    Err(error) => return Err(error),
                }
                self.report.set_aside += 1;
                progress(&UploadEvent::SetAside { entry, why });
                return Ok(DrainStep::Next);
            }
            UploadOutcome::PassedOver { why } => return Ok(self.pass_over(entry, why, progress)),
            UploadOutcome::Untrusted { why } => return Ok(self.end(DrainEnd::Untrusted(why))),
            UploadOutcome::Stopped { why } => return Ok(self.end(DrainEnd::Misconfigured(why))),
            UploadOutcome::Unconfirmed { status, why } => {
                let why = format!("the server answered with status {status}, but {why}");
                return Ok(self.end(DrainEnd::Misconfigured(why)));
            }
            UploadOutcome::Later { why, .. } => why,
        };
        let wait = wait.unwrap_or_default();
        if self.backoff.attempts() >= self.max_failures || wait > self.longest {
            self.report.leave_alone = wait;
            return Ok(self.end(DrainEnd::GaveUp(why)));
        }
        progress(&UploadEvent::Waiting { wait, why });
        Ok(DrainStep::Wait(wait))
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

/// What an exchange without an answer means for an upload.
pub(super) fn no_answer(error: &ClientError) -> UploadOutcome {
    let why = error.to_string();
    match error.step() {
        NextStep::Trust => UploadOutcome::Untrusted { why },
        NextStep::Misconfigured | NextStep::ProxyCredentials => UploadOutcome::Stopped { why },
        _ => UploadOutcome::Later { retry_after: None, longest: false, why },
    }
}
