//! Several credentials for one device, of which it is not known which one it takes.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{ApiMisuse, Credentials, RequestError};

/// How well credentials protect what is asked, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protection {
    /// SNMPv1: a community in clear.
    V1,
    /// SNMPv2c: a community in clear.
    V2c,
    /// SNMPv3 without keys: nothing is proven.
    NoAuthNoPriv,
    /// SNMPv3, authenticated and readable by all.
    AuthNoPriv,
    /// SNMPv3, authenticated and encrypted.
    AuthPriv,
}

/// Credentials to be tried in this order, none of them weaker than a floor. One value may serve many peers.
///
/// The first time that a peer is asked, and again after the credentials that worked were refused or met silence, the
/// manager sends one harmless GET (sysUpTime.0) with each of them until one is answered; requests wait meanwhile, so
/// that nothing is written or read twice. What worked is remembered, and nothing weaker is tried on that peer any more:
/// who drops packets cannot make a device's SNMPv3 password lead to a community in clear.
///
/// Each wrong credential costs the time-outs of [`PeerOptions::trial_retries`](super::PeerOptions::trial_retries). An SNMPv3
/// engine says what it refuses (user, password, level), but cannot prove that it is the one who says so, and whoever
/// could forge it would choose the credentials that are sent. A community that the agent does not know meets silence, as
/// a dead host does. When none has worked, the error is what a Report said, if there was any, else a time-out;
/// unreachable hosts and ports end the trial at once.
#[derive(Clone)]
pub struct CredentialSet {
    pub(crate) candidates: Arc<[Arc<Credentials>]>,
}

impl CredentialSet {
    /// Credentials in the order in which they are tried, the best first.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::NoCredentials`] for none, [`ApiMisuse::BelowFloor`] when one of them is weaker than `floor`.
    pub fn new(candidates: Vec<Arc<Credentials>>, floor: Protection) -> Result<Self, ApiMisuse> {
        if candidates.is_empty() {
            return Err(ApiMisuse::NoCredentials);
        }
        match candidates.iter().position(|candidate| candidate.protection() < floor) {
            Some(position) => Err(ApiMisuse::BelowFloor { position }),
            None => Ok(Self { candidates: candidates.into() }),
        }
    }
}

/// How far one peer's trial of its set is.
pub(crate) struct Trial {
    set: CredentialSet,
    /// The candidate in use.
    pub(crate) at: usize,
    /// Whether that one was answered.
    pub(crate) settled: bool,
    /// How well the candidate that last worked protects.
    floor: Option<Protection>,
    /// The candidate that this trial began with.
    first: usize,
    /// The most telling error of this trial.
    said: Option<RequestError>,
}

impl Trial {
    pub(crate) fn new(set: CredentialSet) -> Self {
        Self { set, at: 0, settled: false, floor: None, first: 0, said: None }
    }

    pub(crate) fn candidate(&self, at: usize) -> Option<&Arc<Credentials>> {
        self.set.candidates.get(at)
    }

    /// The candidate in use was answered.
    pub(crate) fn settle(&mut self) {
        self.settled = true;
        self.said = None;
        self.floor = self.candidate(self.at).map(|candidate| candidate.protection());
    }

    /// The candidate that worked does no more: the next request finds out, beginning with that one.
    pub(crate) fn doubt(&mut self) {
        if core::mem::take(&mut self.settled) {
            self.first = self.at;
        }
    }

    /// The candidate in use has failed. The next one to try, or the error when there is none.
    pub(crate) fn fail(&mut self, error: &RequestError) -> Result<Arc<Credentials>, RequestError> {
        if self.said.as_ref().is_none_or(|said| weight(error) > weight(said)) {
            self.said = Some(error.clone());
        }
        let count = self.set.candidates.len();
        let later = (1..count).map(|step| (self.at + step) % count).take_while(|at| *at != self.first);
        let mut strong_enough =
            later.filter(|&at| self.floor.is_none_or(|floor| self.set.candidates[at].protection() >= floor));
        match strong_enough.next() {
            Some(at) => {
                self.at = at;
                Ok(self.set.candidates[at].clone())
            }
            None => Err(self.said.take().unwrap_or_else(|| error.clone())),
        }
    }

    /// Back to where the trial began.
    pub(crate) fn restart(&mut self) -> Option<Arc<Credentials>> {
        self.at = self.first;
        self.said = None;
        self.candidate(self.at).cloned()
    }

    /// Begins with this candidate from now on.
    pub(crate) fn prefer(&mut self, at: usize) -> Option<Arc<Credentials>> {
        let candidate = self.candidate(at)?.clone();
        (self.at, self.first, self.settled) = (at, at, false);
        Some(candidate)
    }
}

/// Whether an error means that credentials which have worked may do so no more.
pub(crate) fn is_refusal_or_silence(error: &RequestError) -> bool {
    matches!(
        error,
        RequestError::Timeout { .. }
            | RequestError::SilentAfterDiscovery { .. }
            | RequestError::AuthenticationFailed
            | RequestError::UnknownUser
            | RequestError::UnsupportedSecurityLevel
            | RequestError::DecryptionFailed
            | RequestError::UnknownContext
    )
}

/// How much an error tells about a host: silence the least.
fn weight(error: &RequestError) -> u8 {
    match error {
        RequestError::Timeout { garbage: None, .. } => 0,
        RequestError::Timeout { .. } => 1,
        RequestError::SilentAfterDiscovery { .. } => 2,
        _ => 3,
    }
}
