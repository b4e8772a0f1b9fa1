use super::{Client, StopFlag};
use crate::client::sending::{PartSource, PartsEnd, PartsFailure, Sending, SendingStep};
use crate::parts::PartsFolder;
use remote_services_core::backoff::Backoff;
use std::time::Duration;

/// Sends a log in parts: one part at a time in memory and on the disk, whatever its length.
pub struct PartsUploader<'a> {
    client: &'a Client,
    stop: &'a StopFlag,
    backoff: Backoff,
    max_failures: u32,
    longest: Duration,
    allowed: &'a dyn Fn() -> bool,
}

impl<'a> PartsUploader<'a> {
    /// An uploader at the protocol's pace that gives up after ten failures in a row, about an hour.
    #[must_use]
    pub fn new(client: &'a Client, stop: &'a StopFlag) -> Self {
        let (backoff, longest) = (Backoff::PROTOCOL, Duration::MAX);
        Self { client, stop, backoff, max_failures: 10, longest, allowed: &|| true }
    }

    /// Sets pace and patience: after so many failures in a row it goes on next time.
    #[must_use]
    pub fn with_patience(self, backoff: Backoff, max_failures: u32) -> Self {
        Self { backoff, max_failures, ..self }
    }

    /// Goes on next time when the server wants to be left alone for longer than this; without it every wait is waited for.
    #[must_use]
    pub fn with_longest_wait(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// Asks this before each part, and ends with [`PartsEnd::Halted`] when it says no: somebody may have forbidden meanwhile that
    /// the log is sent.
    #[must_use]
    pub fn while_allowed(self, allowed: &'a dyn Fn() -> bool) -> Self {
        Self { allowed, ..self }
    }

    /// Sends what the server does not have yet. `progress` hears how many parts it has, of how many.
    ///
    /// # Errors
    /// See [`PartsFailure`]; what is on the server stays there, and it goes on next time.
    pub fn send(
        &mut self,
        folder: &mut PartsFolder,
        source: &mut dyn PartSource,
        progress: &mut dyn FnMut(u32, u32),
    ) -> Result<PartsEnd, PartsFailure> {
        let patience = (self.backoff, self.max_failures, self.longest);
        let mut sending = Sending::new(self.client.id(), folder, patience);
        let mut step = SendingStep::Next;
        loop {
            step = match step {
                SendingStep::Next if self.stop.is_stopped() => return Ok(PartsEnd::Stopped),
                SendingStep::Next if !(self.allowed)() => return Ok(PartsEnd::Halted),
                SendingStep::Next => sending.next(source)?,
                SendingStep::Send(piece) => {
                    let request = sending.request(&piece, &self.client.urls());
                    let answer = self.client.exchange(&request, Duration::ZERO);
                    let step = sending.took(&piece, answer.as_ref(), self.client.random(), progress);
                    self.backoff = sending.backoff();
                    step?
                }
                SendingStep::Wait(wait) if self.stop.wait(wait) => return Ok(PartsEnd::Stopped),
                SendingStep::Wait(_) => SendingStep::Next,
                SendingStep::End(end) => return Ok(end),
            };
        }
    }
}
