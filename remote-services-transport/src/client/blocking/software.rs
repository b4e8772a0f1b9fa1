use super::origin::Origin;
use super::{Client, StopFlag};
use crate::client::ClientError;
use crate::client::fetch::{FetchError, FetchStep, Fetching, unanswered};
use crate::execution::CommandVerifier;
use crate::software::{ArtifactFile, Component, Offer, UpdateState, judge_software, request};
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
    /// are there. Whether it fits is to be asked before, see [`ArtifactFile::fits`].
    ///
    /// # Errors
    /// See [`FetchError`]; but for [`FetchError::Wrong`] and a disk that is full the next call goes on where this one ended.
    pub fn fetch(
        &self,
        file: &mut ArtifactFile,
        piece: u64,
        stop: &StopFlag,
        progress: &mut dyn FnMut(u64),
    ) -> Result<PathBuf, FetchError> {
        let mut fetching = Fetching::new(file, piece)?;
        let mut elsewhere: Option<Origin> = None;
        loop {
            let (origin, request) = match fetching.next(&self.urls().artifact) {
                FetchStep::Whole(path) => return Ok(path),
                FetchStep::Send(origin, request) => (origin, request),
            };
            if stop.is_stopped() {
                return Err(FetchError::Stopped);
            }
            let answer = match origin {
                None => self.exchange(&request, Duration::ZERO)?,
                Some(origin) => {
                    let known = elsewhere.take().filter(|known| *known.config.server() == origin);
                    let known = known.map_or_else(|| self.elsewhere(origin), Ok)?;
                    elsewhere.insert(known).exchange(&request, Duration::ZERO)?
                }
            };
            fetching.took(&answer, self.server(), progress)?;
        }
    }
}
