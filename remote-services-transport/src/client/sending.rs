//! How a log goes in parts: what is sent next, and what an answer means for it. Neither sends nor waits.

use super::ClientError;
use super::drain::no_answer;
use crate::document::{ContentDigest, Receipt, UrlTemplates};
use crate::exchange::{Answer, Body, Request};
use crate::parts::{Fault, PartsFolder, PartsOutcome, PartsStep, PartsUpload, SealedDigest};
use crate::upload::{UploadOutcome, wait_after};
use remote_services_core::backoff::Backoff;
use std::error::Error;
use std::time::Duration;
use uuid::Uuid;

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

/// Why sending a log in parts ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartsEnd {
    /// The server has all of the log. The folder may be removed.
    Stored(Receipt),
    /// The server will never take it.
    Refused(String),
    /// The server has other bytes under this name than those that were sealed here, such as those of a copy of this client. What it
    /// has is of no use: the folder is to be removed, and the log begun again under another name, or it is lost.
    OtherBytes(String),
    /// A part is too large for somebody in front of the server. The folder may be removed, and the log begun again under another
    /// name in smaller parts, if there are any: see [`Cut::smaller`](crate::parts::Cut::smaller).
    TooLarge(String),
    /// The stop flag was set; it goes on next time.
    Stopped,
    /// It was not allowed any more, see [`PartsUploader::while_allowed`](crate::client::blocking::PartsUploader::while_allowed).
    Halted,
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

/// One sending of a log.
pub(super) struct Sending<'a> {
    upload: PartsUpload,
    folder: &'a mut PartsFolder,
    backoff: Backoff,
    max_failures: u32,
    longest: Duration,
}

/// What to do next.
pub(super) enum SendingStep {
    /// Send this, and say what came of it.
    Send(Piece),
    /// Wait, then ask for the next step.
    Wait(Duration),
    /// Ask for the next step.
    Next,
    /// It is over.
    End(PartsEnd),
}

/// What is sent with one request.
pub(super) enum Piece {
    /// The question what is there.
    Look,
    /// A part.
    Part(u32, Vec<u8>, ContentDigest),
    /// The list that closes the log.
    List(Vec<u8>, ContentDigest),
}

impl<'a> Sending<'a> {
    pub(super) fn new(
        client: Uuid,
        folder: &'a mut PartsFolder,
        (backoff, max_failures, longest): (Backoff, u32, Duration),
    ) -> Self {
        let upload = PartsUpload::new(client, folder.upload(), folder.parts());
        Self { upload, folder, backoff, max_failures, longest }
    }

    /// What the server does not have yet and comes first; what was never sealed is sealed on the way.
    pub(super) fn next(&mut self, source: &mut dyn PartSource) -> Result<SendingStep, PartsFailure> {
        let piece = match self.upload.next() {
            PartsStep::Look => Some(Piece::Look),
            PartsStep::Part(part) => self.part(part, source)?,
            PartsStep::List => self.list(source)?,
            PartsStep::Ended => {
                return Ok(SendingStep::End(PartsEnd::Refused("it was refused before".to_owned())));
            }
        };
        Ok(match piece {
            Some(piece) => SendingStep::Send(piece),
            None => SendingStep::End(stranger()),
        })
    }

    fn part(&mut self, part: u32, source: &mut dyn PartSource) -> Result<Option<Piece>, PartsFailure> {
        if let Some((octets, digest)) = self.folder.kept(part)? {
            return Ok(Some(Piece::Part(part, octets, digest)));
        }
        let Some(before) = self.known(part - 1) else { return Ok(None) };
        let sealed = source.part(part, &before).map_err(PartsFailure::Source)?;
        self.folder.forget_list()?;
        let digest = self.folder.keep(part, sealed.length, &sealed.octets)?;
        Ok(Some(Piece::Part(part, sealed.octets, digest)))
    }

    fn list(&self, source: &mut dyn PartSource) -> Result<Option<Piece>, PartsFailure> {
        let octets = match self.folder.list()? {
            Some(octets) => octets,
            None => {
                let Some(parts) = self.known(self.upload.of()) else { return Ok(None) };
                let octets = source.list(&parts).map_err(PartsFailure::Source)?;
                self.folder.keep_list(&octets)?;
                octets
            }
        };
        let digest = ContentDigest::of(&octets);
        Ok(Some(Piece::List(octets, digest)))
    }

    /// The digests of the parts 1 to `last`, if all of them are known.
    fn known(&self, last: u32) -> Option<Vec<SealedDigest>> {
        (1..=last).map(|part| self.folder.sealed().get(&part).copied()).collect()
    }

    pub(super) fn request<'p>(&self, piece: &'p Piece, urls: &UrlTemplates) -> Request<'p> {
        match piece {
            Piece::Look => self.upload.look(&urls.upload),
            Piece::Part(part, octets, digest) => {
                self.upload.part(&urls.upload_part, *part, Body::known(octets, *digest))
            }
            Piece::List(octets, digest) => self.upload.list(&urls.upload, Body::known(octets, *digest)),
        }
    }

    /// Takes in what came of sending a piece. `random` is a fresh random number; `progress` hears how many parts the server
    /// has, of how many.
    pub(super) fn took(
        &mut self,
        piece: &Piece,
        answer: Result<&Answer, &ClientError>,
        random: u64,
        progress: &mut dyn FnMut(u32, u32),
    ) -> Result<SendingStep, PartsFailure> {
        let outcome = match (piece, answer) {
            (_, Err(error)) => PartsOutcome::Not(no_answer(error)),
            (Piece::Look, Ok(answer)) => self.upload.handle_look(answer),
            (Piece::Part(part, _, digest), Ok(answer)) => self.upload.handle_part(*part, *digest, answer),
            (Piece::List(_, digest), Ok(answer)) => self.upload.handle_list(*digest, answer),
        };
        match outcome {
            PartsOutcome::GoOn => {
                // A server that says what it has and takes nothing is not better than one that is silent.
                if let Piece::Part(part, ..) = piece {
                    self.folder.sent(*part)?;
                    self.backoff.reset();
                }
                progress(u32::try_from(self.upload.present().len()).unwrap_or(u32::MAX), self.upload.of());
                Ok(SendingStep::Next)
            }
            PartsOutcome::Stored { receipt, .. } => Ok(SendingStep::End(PartsEnd::Stored(receipt))),
            PartsOutcome::OtherBytes(why) => Ok(SendingStep::End(PartsEnd::OtherBytes(why))),
            PartsOutcome::Refused(why) => Ok(SendingStep::End(PartsEnd::Refused(why))),
            PartsOutcome::TooLarge(why) => Ok(SendingStep::End(PartsEnd::TooLarge(why))),
            PartsOutcome::Not(outcome) => Ok(self.wait(outcome, random)),
        }
    }

    /// The wait before the next try, or why to end.
    fn wait(&mut self, outcome: UploadOutcome, random: u64) -> SendingStep {
        let wait = wait_after(&outcome, &mut self.backoff, random).unwrap_or_default();
        let why = match outcome {
            UploadOutcome::Untrusted { why } => return SendingStep::End(PartsEnd::Untrusted(why)),
            UploadOutcome::Stopped { why, .. } | UploadOutcome::PassedOver { why } => {
                return SendingStep::End(PartsEnd::Misconfigured(why));
            }
            UploadOutcome::Unconfirmed { status, why } => {
                let why = format!("the server answered with status {status}, but {why}");
                return SendingStep::End(PartsEnd::Misconfigured(why));
            }
            UploadOutcome::Later { why, .. } | UploadOutcome::Refused { why, .. } => Some(why),
            UploadOutcome::Stored { .. } => None,
        };
        if let Some(why) = why
            && (self.backoff.attempts() >= self.max_failures || wait > self.longest)
        {
            return SendingStep::End(PartsEnd::GaveUp(why));
        }
        self.upload.handle_no_answer();
        SendingStep::Wait(wait)
    }

    /// The pace as it is now, for the next sending.
    pub(super) fn backoff(&self) -> Backoff {
        self.backoff
    }
}

fn stranger() -> PartsEnd {
    PartsEnd::OtherBytes("the server has a part under this name that was not sealed here".to_owned())
}
