//! Asking an address that may be nobody's: little patience, and word of the first silence while an answer may still come.
//!
//! ```text
//!  seek() ──▶ attempt ──wait──▶ attempt ──wait──▶ attempt ──wait──▶ Timeout
//!                          │                                   any answer: from then on the peer is asked
//!                          └──▶ poll_silent()                  as its options say
//! ```
//!
//! Patience that doubles suits a device that is known to be there. Of a range, most addresses are nobody's, and what is
//! waited for them is the time that the whole search takes.

use alloc::boxed::Box;
use core::time::Duration;

use super::pending::Purpose;
use super::{ApiMisuse, Manager, PeerId, RequestId};

/// How a peer is asked until its first answer, in place of what its options say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seek {
    /// How long each attempt waits, and up to a tenth more by chance. An answer to an earlier attempt counts as long as
    /// the last one waits.
    pub wait: Duration,
    /// How often a question is sent at most. Zero is read as one.
    pub attempts: u8,
}

impl Manager {
    /// Asks this peer with the patience of a search until a request of it is answered. A discovery of its SNMPv3 engine
    /// alone is no answer.
    ///
    /// # Errors
    ///
    /// When the peer is unknown.
    pub fn seek(&mut self, peer: PeerId, seek: Seek) -> Result<(), ApiMisuse> {
        let known = self.peers.get_mut(peer.0).ok_or(ApiMisuse::UnknownPeer)?;
        known.seek = Some(Box::new(seek));
        Ok(())
    }

    /// The next request to a peer that is sought whose first datagram had no answer in time. It was sent again and may
    /// be answered yet; so may the first datagram be. Told once of a request, and not where it had one attempt only.
    pub fn poll_silent(&mut self) -> Option<RequestId> {
        while let Some(request) = self.silent.pop_front() {
            if self.requests.get(request.0).is_some() {
                return Some(request);
            }
        }
        None
    }

    /// Notes the requests that the silence after a first datagram is about.
    pub(super) fn note_silence(&mut self, peer: PeerId, purpose: Purpose) {
        let Some(peer) = self.peers.get(peer.0).filter(|peer| peer.seek.is_some()) else { return };
        let room = self.config.max_pending.saturating_sub(self.silent.len());
        match purpose {
            Purpose::Request(request) => self.silent.extend(Some(request).into_iter().take(room)),
            // They wait for what the engine is found out to be.
            _ => self.silent.extend(peer.queue.iter().copied().take(room)),
        }
    }
}
