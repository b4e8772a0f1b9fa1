//! Why an artifact or a manifest is not there yet, for both drivers.

use super::ClientError;
use crate::exchange::Answer;
use crate::software::{ArtifactError, Offer, Piece, UpdateState, judge_silence};
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
    /// The server sends this client where it does not go.
    #[error("{0}")]
    Redirect(String),
    /// The stop flag was set; what was fetched stays.
    #[error("interrupted")]
    Stopped,
}

/// The whole file; `None` while there is more to fetch.
pub(super) fn whole(step: Piece) -> Result<Option<PathBuf>, FetchError> {
    match step {
        Piece::Whole(path) => Ok(Some(path)),
        Piece::Wrong(why) => Err(FetchError::Wrong(why)),
        Piece::Later { retry_after, why } => Err(FetchError::Later { retry_after, why }),
        Piece::More => Ok(None),
    }
}

/// An answer from where the server sent us, which must not send us on.
pub(super) fn followed(answer: Answer) -> Result<Answer, FetchError> {
    match answer.status {
        307 | 308 => Err(FetchError::Redirect("this client is sent on a second time".to_owned())),
        _ => Ok(answer),
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
