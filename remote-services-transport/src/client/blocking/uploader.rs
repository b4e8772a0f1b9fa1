use super::{Client, StopFlag, now};
use crate::client::drain::{Drain, DrainReport, DrainStep, UploadEvent, no_answer};
use crate::exchange::Body;
use crate::spool::{Spool, SpoolError};
use remote_services_core::backoff::Backoff;
use std::sync::Mutex;
use std::time::Duration;

/// Sends what waits in a spool until it is empty.
pub struct Uploader<'a> {
    client: &'a Client,
    spool: &'a Mutex<Spool>,
    stop: &'a StopFlag,
    backoff: Backoff,
    max_failures: u32,
    longest: Duration,
    allowed: &'a dyn Fn() -> bool,
}

impl<'a> Uploader<'a> {
    /// An uploader at the protocol's pace that gives up after ten failures in a row, about an hour.
    #[must_use]
    pub fn new(client: &'a Client, spool: &'a Mutex<Spool>, stop: &'a StopFlag) -> Self {
        let (backoff, longest) = (Backoff::PROTOCOL, Duration::MAX);
        Self { client, spool, stop, backoff, max_failures: 10, longest, allowed: &|| true }
    }

    /// Sets pace and patience: after so many failures in a row it leaves the rest for the next time.
    #[must_use]
    pub fn with_patience(self, backoff: Backoff, max_failures: u32) -> Self {
        Self { backoff, max_failures, ..self }
    }

    /// Leaves the rest for the next time when the server wants to be left alone for longer than this; without it every wait
    /// is waited for.
    #[must_use]
    pub fn with_longest_wait(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// Asks this before each payload, and ends with [`DrainEnd::Halted`](crate::client::blocking::DrainEnd::Halted) when it says no:
    /// somebody may have forbidden meanwhile what waits.
    #[must_use]
    pub fn while_allowed(self, allowed: &'a dyn Fn() -> bool) -> Self {
        Self { allowed, ..self }
    }

    /// Sends payload after payload. The spool is locked only while it is changed, so others may add to it meanwhile.
    ///
    /// # Errors
    /// When the spool's disk fails; what was sent by then is sent again next time, and the server knows it.
    pub fn drain(&mut self, progress: &mut dyn FnMut(&UploadEvent)) -> Result<DrainReport, SpoolError> {
        let mut drain = Drain::new(self.spool, self.backoff, self.max_failures).with_longest(self.longest);
        let mut step = DrainStep::Next;
        loop {
            step = match step {
                DrainStep::Next if self.stop.is_stopped() => return Ok(drain.stopped()),
                DrainStep::Next if !(self.allowed)() => return Ok(drain.halted()),
                DrainStep::Next => drain.next(now(), progress)?,
                DrainStep::Send(entry, sealed) => {
                    let sent = self.client.upload(entry.id, Body::known(&sealed, entry.digest));
                    let outcome = sent.unwrap_or_else(|error| no_answer(&error));
                    let step = drain.took(entry, outcome, (now(), self.client.random()), progress);
                    self.backoff = drain.backoff();
                    step?
                }
                DrainStep::Ask => {
                    let answer = self.client.ask_for_directory();
                    let step = drain.heard(answer.as_ref(), self.client.random(), progress);
                    self.backoff = drain.backoff();
                    step
                }
                DrainStep::Wait(wait) if self.stop.wait(wait) => return Ok(drain.stopped()),
                DrainStep::Wait(_) => DrainStep::Next,
                DrainStep::End(report) => return Ok(report),
            };
        }
    }
}
