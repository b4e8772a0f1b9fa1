use super::origin::Origin;
use super::{Client, StopFlag};
use crate::client::ClientError;
use crate::exchange::Answer;
use crate::execution::CommandVerifier;
use crate::software::{
    ArtifactError, ArtifactFile, Component, Offer, Piece, Place, UpdateState, judge_software, redirected,
    request,
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
    /// The server sends this client where it does not go.
    #[error("{0}")]
    Redirect(String),
    /// The stop flag was set; what was fetched stays.
    #[error("interrupted")]
    Stopped,
}

impl Client {
    /// Asks what version of a component this client should have; `version` is the one that runs. The state is to be kept
    /// durably afterwards.
    ///
    /// # Errors
    /// When there was no answer. All answers are offers.
    pub fn software(
        &self,
        component: &Component,
        version: &str,
        state: &mut UpdateState,
        verifier: &dyn CommandVerifier,
        now: Timestamp,
    ) -> Result<Offer, ClientError> {
        let request = request(&self.urls().software, self.id(), component, version);
        let answer = self.exchange(&request, Duration::ZERO)?;
        Ok(judge_software(&answer, component, version, state, verifier, now))
    }

    /// Fetches what is missing of an artifact, piece by piece, and gives the whole file. `progress` hears how many octets
    /// are there.
    ///
    /// # Errors
    /// See [`FetchError`]; but for [`FetchError::Wrong`] the next call goes on where this one ended.
    pub fn fetch(
        &self,
        file: &mut ArtifactFile,
        piece: u64,
        stop: &StopFlag,
        progress: &mut dyn FnMut(u64),
    ) -> Result<PathBuf, FetchError> {
        let mut step = file.finish()?;
        let mut elsewhere = None;
        loop {
            match step {
                Piece::Whole(path) => return Ok(path),
                Piece::Wrong(why) => return Err(FetchError::Wrong(why)),
                Piece::Later { retry_after, why } => return Err(FetchError::Later { retry_after, why }),
                Piece::More => {}
            }
            if stop.is_stopped() {
                return Err(FetchError::Stopped);
            }
            let asked = self.exchange(&file.request(&self.urls().artifact, piece), Duration::ZERO)?;
            let answer = match redirected(&asked, self.server(), file.artifact()) {
                Some(place) => {
                    self.follow(place.map_err(FetchError::Redirect)?, file, piece, &mut elsewhere)?
                }
                None => asked,
            };
            step = file.handle(&answer)?;
            progress(file.have());
        }
    }

    /// Asks where the server sent us, once.
    fn follow(
        &self,
        place: Place,
        file: &ArtifactFile,
        piece: u64,
        elsewhere: &mut Option<Origin>,
    ) -> Result<Answer, FetchError> {
        let answer = match place {
            Place::Here(path) => self.exchange(&file.request_at(path, piece), Duration::ZERO)?,
            Place::Elsewhere(origin, path) => {
                let known = elsewhere.take().filter(|known| *known.config.server() == origin);
                let origin = match known {
                    Some(known) => known,
                    None => self.elsewhere(origin)?,
                };
                elsewhere.insert(origin).exchange(&file.request_at(path, piece), Duration::ZERO)?
            }
        };
        match answer.status {
            307 | 308 => Err(FetchError::Redirect("this client is sent on a second time".to_owned())),
            _ => Ok(answer),
        }
    }
}
