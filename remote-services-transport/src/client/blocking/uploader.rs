use super::{Client, StopFlag, random};
use crate::client::ClientError;
use crate::document::Receipt;
use crate::next_step::NextStep;
use crate::spool::{Entry, Spool, SpoolError};
use crate::upload::{UploadOutcome, wait_after};
use remote_services_core::backoff::Backoff;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Sends what waits in a spool until it is empty.
pub struct Uploader<'a> {
    client: &'a Client,
    spool: &'a Mutex<Spool>,
    stop: &'a StopFlag,
    backoff: Backoff,
    max_failures: u32,
}

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
    /// It did not work this time.
    Waiting {
        /// Until the next try.
        wait: Duration,
        /// One sentence.
        why: String,
    },
}

/// Why an [`Uploader`] ended.
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
    /// Something is set up wrongly; the rest waits for a person.
    Misconfigured(String),
}

/// What an [`Uploader`] did.
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
}

impl<'a> Uploader<'a> {
    /// An uploader at the protocol's pace that gives up after ten failures in a row, about an hour.
    #[must_use]
    pub fn new(client: &'a Client, spool: &'a Mutex<Spool>, stop: &'a StopFlag) -> Self {
        Self { client, spool, stop, backoff: Backoff::PROTOCOL, max_failures: 10 }
    }

    /// Sets pace and patience: after so many failures in a row it leaves the rest for the next time.
    #[must_use]
    pub fn with_patience(self, backoff: Backoff, max_failures: u32) -> Self {
        Self { backoff, max_failures, ..self }
    }

    /// Sends payload after payload. The spool is locked only while it is changed, so others may add to it meanwhile.
    ///
    /// # Errors
    /// When the spool's disk fails; what was sent by then is sent again next time, and the server knows it.
    pub fn drain(&mut self, progress: &mut dyn FnMut(&UploadEvent)) -> Result<DrainReport, SpoolError> {
        let mut report = DrainReport { stored: 0, duplicates: 0, set_aside: 0, end: DrainEnd::Empty };
        loop {
            if self.stop.is_stopped() {
                return Ok(DrainReport { end: DrainEnd::Stopped, ..report });
            }
            let (entry, waiting) = {
                let spool = self.lock();
                match spool.next() {
                    Some(entry) => (entry, spool.pending().len()),
                    None => return Ok(report),
                }
            };
            progress(&UploadEvent::Sending { entry, waiting });
            if let Some(end) = self.one(entry, &mut report, progress)? {
                return Ok(DrainReport { end, ..report });
            }
        }
    }

    /// One try with one payload; says why to end, if so.
    fn one(
        &mut self,
        entry: Entry,
        report: &mut DrainReport,
        progress: &mut dyn FnMut(&UploadEvent),
    ) -> Result<Option<DrainEnd>, SpoolError> {
        let read = self.lock().read(&entry);
        let outcome = match read {
            Ok(sealed) => self.client.upload(entry.id, &sealed).unwrap_or_else(|error| no_answer(&error)),
            // It was dropped for something more important in the meantime.
            Err(_) if !self.lock().pending().any(|known| *known == entry) => return Ok(None),
            Err(error @ SpoolError::Damaged(_)) => {
                UploadOutcome::Refused { status: 0, why: error.to_string() }
            }
            Err(error) => return Err(error),
        };
        let wait = wait_after(&outcome, &mut self.backoff, random());
        let why = match outcome {
            UploadOutcome::Stored { receipt, duplicate } => {
                self.lock().done(&receipt)?;
                report.stored += 1;
                report.duplicates += usize::from(duplicate);
                progress(&UploadEvent::Stored { entry, receipt, duplicate });
                return Ok(None);
            }
            UploadOutcome::Refused { why, .. } => {
                match self.lock().quarantine(entry.id, &why) {
                    Ok(()) | Err(SpoolError::Unknown(_)) => {}
                    Err(error) => return Err(error),
                }
                report.set_aside += 1;
                progress(&UploadEvent::SetAside { entry, why });
                return Ok(None);
            }
            UploadOutcome::Untrusted { why } => return Ok(Some(DrainEnd::Untrusted(why))),
            UploadOutcome::Stopped { why } => return Ok(Some(DrainEnd::Misconfigured(why))),
            UploadOutcome::Unconfirmed { status, why } => {
                let why = format!("the server answered with status {status}, but {why}");
                return Ok(Some(DrainEnd::Misconfigured(why)));
            }
            UploadOutcome::Later { why, .. } => why,
        };
        if self.backoff.attempts() >= self.max_failures {
            return Ok(Some(DrainEnd::GaveUp(why)));
        }
        let wait = wait.unwrap_or_default();
        progress(&UploadEvent::Waiting { wait, why });
        Ok(self.stop.wait(wait).then_some(DrainEnd::Stopped))
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
