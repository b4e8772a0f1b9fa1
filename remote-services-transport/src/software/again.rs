//! What failed and is tried again: how often, and what is said when it is not any more.

use super::{Updates, WrongArtifact};
use crate::document::{ContentDigest, SoftwareManifest};
use remote_services_core::time::Timestamp;

impl Updates {
    /// The process ended while the installer ran, and what runs is what ran before. Says whether it may begin again, as it may twice
    /// for one file of what is offered; to be kept.
    pub fn interrupted(&mut self, now: Timestamp) -> bool {
        let offered = self.state.offered.as_ref().filter(|_| self.state.ready);
        let version = offered.map(|offered| &offered.version);
        let (Some(offered), true) = (offered, version == self.state.installing.as_ref()) else {
            return false;
        };
        let again =
            once_more(&mut self.state.interrupted, offered.artifact.digest, now).times <= MOST_REPEATS;
        if again {
            self.state.installing = None;
        }
        again
    }

    /// How often the installation of this file was interrupted.
    pub(super) fn interruptions(&self, digest: ContentDigest) -> u32 {
        let interrupted = self.state.interrupted.iter().find(|interrupted| interrupted.digest == digest);
        interrupted.map_or(0, |interrupted| interrupted.times)
    }

    /// What the last manifest offered and is not tried any more, where another version runs: one sentence about why.
    #[must_use]
    pub fn given_up(&self, running: &str) -> Option<String> {
        let SoftwareManifest { version, artifact, .. } = self.state.last.as_ref()?;
        if version == running || !self.state.failed.contains(version) {
            return None;
        }
        Some(match self.interruptions(artifact.digest) {
            0..=MOST_REPEATS => format!("{version} was offered and failed before: it is not tried again"),
            times => format!("{version} was offered and was given up after {times} interruptions"),
        })
    }
}

/// One more of these, of which so many are remembered.
pub(super) fn once_more(
    known: &mut Vec<WrongArtifact>,
    digest: ContentDigest,
    now: Timestamp,
) -> WrongArtifact {
    let before = known.iter().position(|it| it.digest == digest).map_or(0, |at| known.remove(at).times);
    let more = WrongArtifact { digest, times: before.saturating_add(1), at: now };
    known.push(more.clone());
    let excess = known.len().saturating_sub(MOST_WRONG);
    known.drain(..excess);
    more
}

const MOST_WRONG: usize = 32;
/// So often an installation of one file begins again that was interrupted.
const MOST_REPEATS: u32 = 2;
