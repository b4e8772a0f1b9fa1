//! What the set-ups of responder and receiver have in common: the engine that we are towards others.

use super::Instant;
use super::authority::Authority;
use crate::ber::Limits;
use crate::crypto::CryptoError;
use crate::message::{LARGEST_MESSAGE, MIN_MAX_SIZE};
use crate::usm::{AuthorityClock, EngineId, SaltCounter};

/// Name, boots and bounds of an authoritative engine that has not started yet.
pub(super) struct OwnEngine {
    pub(super) id: EngineId,
    pub(super) boots: u32,
    pub(super) limits: Limits,
    max_message_size: u32,
}

impl OwnEngine {
    pub(super) fn new(id: EngineId, boots: u32) -> Self {
        Self { id, boots, limits: Limits::default(), max_message_size: LARGEST_MESSAGE }
    }

    /// Bounds the messages that it sends and says that it takes: 484 octets (RFC 3411) to what UDP carries.
    pub(super) fn limit_messages(&mut self, octets: u32) {
        self.max_message_size = octets.clamp(MIN_MAX_SIZE, LARGEST_MESSAGE);
    }

    /// The engine as it starts now.
    ///
    /// # Errors
    /// [`CryptoError::RandomRepeats`] for a constant.
    pub(super) fn start(
        &self,
        now: Instant,
        random: &mut impl FnMut() -> u64,
    ) -> Result<Authority, CryptoError> {
        Ok(Authority {
            engine_id: self.id,
            clock: AuthorityClock::new(self.boots, now.since_start()),
            salts: SaltCounter::from_source(random)?,
            max_message_size: self.max_message_size,
        })
    }
}
