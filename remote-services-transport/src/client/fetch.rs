//! How an artifact comes, and why it or a manifest is not there yet, for both drivers.

use super::ClientError;
use crate::exchange::{Answer, Request};
use crate::registration_key::ServerUrl;
use crate::software::{
    ArtifactError, ArtifactFile, Offer, Piece, Place, UpdateState, judge_silence, redirected,
};
use remote_services_core::time::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

/// Why an artifact is not there yet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// There was no answer; what was fetched stays.
    #[error(transparent)]
    Exchange(#[from] ClientError),
    /// The disk does not do as asked.
    #[error(transparent)]
    Disk(#[from] ArtifactError),
    /// The server could not give it now; what was fetched stays.
    #[error("{why}")]
    Later {
        /// The server's own wish, if it had one.
        retry_after: Option<Duration>,
        /// One sentence.
        why: String,
    },
    /// What came is not what the manifest names; it was thrown away.
    #[error("{0}")]
    Wrong(String),
    /// Too many answers brought far less than was asked for: whoever gives an octet at a time would keep this client for ever.
    /// What was fetched stays; to be left alone for a while.
    #[error("the server gives the file in scraps: {answers} answers brought less than {fair} octets each")]
    Scraps {
        /// How many did.
        answers: u32,
        /// What an answer was to bring at least.
        fair: u64,
    },
    /// The server sends this client where it does not go.
    #[error("{0}")]
    Redirect(String),
    /// The stop flag was set; what was fetched stays.
    #[error("interrupted")]
    Stopped,
}

/// An artifact on its way: which piece is asked for where, and what an answer means. Neither sends nor waits.
///
/// ```text
/// piece ─▶ GET of the server ─▶ octets ─────────────────▶ the next piece, or the whole file
///                       ╲─▶ 307 308 ─▶ GET from there ─▶ octets ─╯          ╲─▶ 307 308: refused
///
/// octets: less than 64 KiB, and than was asked for, for the 17th time: given up for now
/// ```
pub(super) struct Fetching<'a> {
    file: &'a mut ArtifactFile,
    piece: u64,
    /// Where the server sent us for the piece that is next.
    place: Option<Place>,
    /// Answers that brought less than a fair part of what was asked for.
    scraps: u32,
    whole: Option<PathBuf>,
}

/// What to do next.
pub(super) enum FetchStep {
    /// Send this, to another origin if one is named, and say what came of it.
    Send(Option<ServerUrl>, Request<'static>),
    /// All of it is there.
    Whole(PathBuf),
}

impl<'a> Fetching<'a> {
    /// Goes on where the file ends; each request is for so many octets at most.
    pub(super) fn new(file: &'a mut ArtifactFile, piece: u64) -> Result<Self, FetchError> {
        let whole = whole(file.finish()?)?;
        Ok(Self { file, piece, place: None, scraps: 0, whole })
    }

    /// What to ask; `template` is the server's for artifacts.
    pub(super) fn next(&self, template: &str) -> FetchStep {
        if let Some(path) = &self.whole {
            return FetchStep::Whole(path.clone());
        }
        match &self.place {
            None => FetchStep::Send(None, self.file.request(template, self.piece)),
            Some(Place::Here(path)) => FetchStep::Send(None, self.file.request_at(path.clone(), self.piece)),
            Some(Place::Elsewhere(origin, path)) => {
                FetchStep::Send(Some(origin.clone()), self.file.request_at(path.clone(), self.piece))
            }
        }
    }

    /// Takes in an answer, where `server` is the client's own. `progress` hears how many octets are there.
    pub(super) fn took(
        &mut self,
        answer: &Answer,
        server: &ServerUrl,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), FetchError> {
        if self.place.take().is_some() {
            if matches!(answer.status, 301..=303 | 307 | 308) {
                return Err(FetchError::Redirect("this client is sent on a second time".to_owned()));
            }
        } else if let Some(place) = redirected(answer, server, self.file.artifact()) {
            self.place = Some(place.map_err(FetchError::Redirect)?);
            return Ok(());
        }
        let before = self.file.have();
        let fair = self.piece.clamp(1, FAIR_PIECE).min(self.file.artifact().size.saturating_sub(before));
        let step = self.file.handle(answer)?;
        progress(self.file.have());
        self.whole = whole(step)?;
        if self.whole.is_none() && self.file.have() < before.saturating_add(fair) {
            self.scraps += 1;
            if self.scraps > MOST_SCRAPS {
                return Err(FetchError::Scraps { answers: self.scraps, fair });
            }
        }
        Ok(())
    }
}

/// What an answer brings at least, if so much was asked for. A server may give less (RFC 9110 §15.3.7), but not always: so a
/// file takes no more requests than its size divided by this, and [`MOST_SCRAPS`].
const FAIR_PIECE: u64 = 64 * 1024;
/// So many answers of one fetch may bring less.
const MOST_SCRAPS: u32 = 16;

/// The whole file; `None` while there is more to fetch.
fn whole(step: Piece) -> Result<Option<PathBuf>, FetchError> {
    match step {
        Piece::Whole(path) => Ok(Some(path)),
        Piece::Wrong(why) => Err(FetchError::Wrong(why)),
        Piece::Later { retry_after, why } => Err(FetchError::Later { retry_after, why }),
        Piece::More => Ok(None),
    }
}

/// What it means for a component that the server could not be asked: an error, or that nothing fresh was seen for too long.
pub(super) fn unanswered(
    error: ClientError,
    state: &mut UpdateState,
    now: Timestamp,
) -> Result<Offer, ClientError> {
    match error {
        // Nobody was asked.
        ClientError::Setup(_) | ClientError::NotFips(_) => Err(error),
        _ => judge_silence(state, now).map_or(Err(error), |refusal| Ok(Offer::Refused(refusal))),
    }
}
