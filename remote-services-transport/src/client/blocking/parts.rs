use super::{Client, StopFlag, random};
use crate::client::ClientError;
use crate::client::drain::no_answer;
use crate::document::Receipt;
use crate::exchange::{Answer, Body, Request};
use crate::parts::{Fault, PartsFolder, PartsOutcome, PartsStep, PartsUpload, SealedDigest};
use crate::upload::{UploadOutcome, wait_after};
use remote_services_core::backoff::Backoff;
use std::error::Error;
use std::time::Duration;

/// Where the parts of a log come from: whoever can read the log and seal.
pub trait PartSource {
    /// Seals one part, the first being 1; `before` are those before it, in order.
    ///
    /// # Errors
    /// When the log cannot be read or is not what it was, or sealing fails.
    fn part(&mut self, part: u32, before: &[SealedDigest]) -> Result<SealedPart, SourceError>;

    /// Seals the list that closes the log.
    ///
    /// # Errors
    /// When sealing fails.
    fn list(&mut self, parts: &[SealedDigest]) -> Result<Vec<u8>, SourceError>;
}

/// What a [`PartSource`] says when it fails.
pub type SourceError = Box<dyn Error + Send + Sync>;

/// A part that is ready to be sent.
pub struct SealedPart {
    /// Octets of the log in it.
    pub length: u64,
    /// The sealed container.
    pub octets: Vec<u8>,
}

/// Sends a log in parts: one part at a time in memory and on the disk, whatever its length.
pub struct PartsUploader<'a> {
    client: &'a Client,
    stop: &'a StopFlag,
    backoff: Backoff,
    max_failures: u32,
    longest: Duration,
}

/// Why a [`PartsUploader`] ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartsEnd {
    /// The server has all of the log. The folder may be removed.
    Stored(Receipt),
    /// The server will never take it under this name. The folder may be removed, and the log begun again.
    Refused(String),
    /// The stop flag was set; it goes on next time.
    Stopped,
    /// Too many failures in a row, or too long a wait; it goes on next time.
    GaveUp(String),
    /// The server does not trust this client; it waits for the enrolment.
    Untrusted(String),
    /// Something is set up wrongly; it waits for a person.
    Misconfigured(String),
}

/// Why a log cannot be sent, for reasons on this side.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PartsFailure {
    /// The folder is of no use.
    #[error(transparent)]
    Folder(#[from] Fault),
    /// The log cannot be read or sealed.
    #[error("the log cannot be sealed: {0}")]
    Source(SourceError),
}

impl<'a> PartsUploader<'a> {
    /// An uploader at the protocol's pace that gives up after ten failures in a row, about an hour.
    #[must_use]
    pub fn new(client: &'a Client, stop: &'a StopFlag) -> Self {
        Self { client, stop, backoff: Backoff::PROTOCOL, max_failures: 10, longest: Duration::MAX }
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
        let mut upload = PartsUpload::new(self.client.id(), folder.upload(), folder.parts());
        loop {
            if self.stop.is_stopped() {
                return Ok(PartsEnd::Stopped);
            }
            let step = upload.next();
            let outcome = match step {
                PartsStep::Look => {
                    let answer = self.exchange(&upload.look(&self.client.urls().upload));
                    match answer {
                        Ok(answer) => upload.handle_look(&answer),
                        Err(outcome) => outcome,
                    }
                }
                PartsStep::Part(part) => self.part(&mut upload, part, folder, source)?,
                PartsStep::List => self.list(&mut upload, folder, source)?,
                PartsStep::Ended => return Ok(PartsEnd::Refused("it was refused before".to_owned())),
            };
            let outcome = match outcome {
                PartsOutcome::GoOn => {
                    progress(u32::try_from(upload.present().len()).unwrap_or(u32::MAX), upload.of());
                    // A server that says what it has and takes nothing is not better than one that is silent.
                    if matches!(step, PartsStep::Part(_)) {
                        self.backoff.reset();
                    }
                    continue;
                }
                PartsOutcome::Stored { receipt, .. } => return Ok(PartsEnd::Stored(receipt)),
                PartsOutcome::Refused(why) => return Ok(PartsEnd::Refused(why)),
                PartsOutcome::Not(outcome) => outcome,
            };
            if let Some(end) = self.wait(outcome) {
                return Ok(end);
            }
            upload.handle_no_answer();
        }
    }

    fn part(
        &self,
        upload: &mut PartsUpload,
        part: u32,
        folder: &mut PartsFolder,
        source: &mut dyn PartSource,
    ) -> Result<PartsOutcome, PartsFailure> {
        let (octets, digest) = match folder.kept(part)? {
            Some(kept) => kept,
            None => {
                let Some(before) = known(folder, part - 1) else { return Ok(stranger()) };
                let sealed = source.part(part, &before).map_err(PartsFailure::Source)?;
                folder.forget_list()?;
                let digest = folder.keep(part, sealed.length, &sealed.octets)?;
                (sealed.octets, digest)
            }
        };
        let body = Body::known(&octets, digest);
        let request = upload.part(&self.client.urls().upload_part, part, body);
        let outcome = match self.exchange(&request) {
            Ok(answer) => upload.handle_part(part, digest, &answer),
            Err(outcome) => outcome,
        };
        if outcome == PartsOutcome::GoOn {
            folder.sent(part)?;
        }
        Ok(outcome)
    }

    fn list(
        &self,
        upload: &mut PartsUpload,
        folder: &PartsFolder,
        source: &mut dyn PartSource,
    ) -> Result<PartsOutcome, PartsFailure> {
        let octets = match folder.list()? {
            Some(octets) => octets,
            None => {
                let Some(parts) = known(folder, upload.of()) else { return Ok(stranger()) };
                let octets = source.list(&parts).map_err(PartsFailure::Source)?;
                folder.keep_list(&octets)?;
                octets
            }
        };
        let body = Body::from(&octets);
        let request = upload.list(&self.client.urls().upload, body);
        Ok(match self.exchange(&request) {
            Ok(answer) => upload.handle_list(body.digest(), &answer),
            Err(outcome) => outcome,
        })
    }

    fn exchange(&self, request: &Request<'_>) -> Result<Answer, PartsOutcome> {
        let answer = self.client.exchange(request, Duration::ZERO);
        answer.map_err(|error: ClientError| PartsOutcome::Not(no_answer(&error)))
    }

    /// Waits before the next try; says why to end, if so.
    fn wait(&mut self, outcome: UploadOutcome) -> Option<PartsEnd> {
        let wait = wait_after(&outcome, &mut self.backoff, random()).unwrap_or_default();
        let why = match outcome {
            UploadOutcome::Untrusted { why } => return Some(PartsEnd::Untrusted(why)),
            UploadOutcome::Stopped { why } | UploadOutcome::PassedOver { why } => {
                return Some(PartsEnd::Misconfigured(why));
            }
            UploadOutcome::Unconfirmed { status, why } => {
                return Some(PartsEnd::Misconfigured(format!(
                    "the server answered with status {status}, but {why}"
                )));
            }
            UploadOutcome::Later { why, .. } | UploadOutcome::Refused { why, .. } => why,
            UploadOutcome::Stored { .. } => return None,
        };
        if self.backoff.attempts() >= self.max_failures || wait > self.longest {
            return Some(PartsEnd::GaveUp(why));
        }
        self.stop.wait(wait).then_some(PartsEnd::Stopped)
    }
}

/// The digests of the parts 1 to `last`, if all of them are known.
fn known(folder: &PartsFolder, last: u32) -> Option<Vec<SealedDigest>> {
    (1..=last).map(|part| folder.sealed().get(&part).copied()).collect()
}

fn stranger() -> PartsOutcome {
    PartsOutcome::Refused("the server has a part under this name that was not sealed here".to_owned())
}
