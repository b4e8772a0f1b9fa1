//! The monotonic clock of the operating system, as engines count time.

use core::time::Duration;
use std::time::Instant as SystemInstant;

use crate::engine::Instant;

/// Counts from the moment it was made. Copies count from the same moment.
#[derive(Clone, Copy, Debug)]
pub struct Clock(SystemInstant);

impl Clock {
    /// A clock that shows [`Instant::START`] now.
    #[must_use]
    pub fn start() -> Self {
        Self(SystemInstant::now())
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_start(self.0.elapsed())
    }

    /// How long until `deadline`; zero when it has passed.
    pub(super) fn until(&self, deadline: Instant) -> Duration {
        deadline.saturating_since(self.now())
    }
}
