use super::origin::Origin;
use super::{Client, StopFlag};
use crate::client::ClientError;
use crate::client::fetch::{FetchError, followed, unanswered, whole};
use crate::exchange::Answer;
use crate::execution::CommandVerifier;
use crate::software::{
    ArtifactFile, Component, Offer, Place, UpdateState, judge_software, redirected, request,
};
use remote_services_core::time::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

impl Client {
    /// Asks what version of a component this client should have; `version` is the one that runs. The state is to be kept
    /// durably afterwards, after an error as well.
    ///
    /// # Errors
    /// When there was no answer. All answers are offers, and so is silence for longer than the last manifest holds: as
    /// [`OfferRefusal::Frozen`](crate::software::OfferRefusal::Frozen).
    pub fn software(
        &self,
        component: &Component,
        version: &str,
        state: &mut UpdateState,
        verifier: &dyn CommandVerifier,
        now: Timestamp,
    ) -> Result<Offer, ClientError> {
        let request = request(&self.urls().software, self.id(), component, version);
        match self.exchange(&request, Duration::ZERO) {
            Ok(answer) => Ok(judge_software(&answer, component, version, state, verifier, now)),
            Err(error) => unanswered(error, state, now),
        }
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
            if let Some(path) = whole(step)? {
                return Ok(path);
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
        followed(match place {
            Place::Here(path) => self.exchange(&file.request_at(path, piece), Duration::ZERO)?,
            Place::Elsewhere(origin, path) => {
                let known = elsewhere.take().filter(|known| *known.config.server() == origin);
                let origin = match known {
                    Some(known) => known,
                    None => self.elsewhere(origin)?,
                };
                elsewhere.insert(origin).exchange(&file.request_at(path, piece), Duration::ZERO)?
            }
        })
    }
}
