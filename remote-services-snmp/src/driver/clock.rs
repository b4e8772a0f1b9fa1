//! The monotonic clock of the operating system, as engines count time.

use core::time::Duration;
use std::time::Instant as SystemInstant;

use crate::engine::Instant;

/// Counts from the moment it was made.
pub(super) struct Clock(SystemInstant);

impl Clock {
    pub(super) fn start() -> Self {
        Self(SystemInstant::now())
    }

    pub(super) fn now(&self) -> Instant {
        Instant::from_start(self.0.elapsed())
    }

    /// How long until `deadline`; zero when it has passed.
    pub(super) fn until(&self, deadline: Instant) -> Duration {
        deadline.saturating_since(self.now())
    }
}
