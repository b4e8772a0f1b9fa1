//! The time that printers live by.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counts from when it was made. Copies show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// That of this machine, this many times as fast.
    Running { since: Instant, speed: u32 },
    /// Stands until it is moved; in milliseconds.
    Standing(Arc<AtomicU64>),
}

impl Clock {
    /// That of this machine.
    #[must_use]
    pub fn real() -> Self {
        Self::fast(1)
    }

    /// An hour passes in a minute with 60.
    #[must_use]
    pub fn fast(speed: u32) -> Self {
        Self(Kind::Running { since: Instant::now(), speed: speed.max(1) })
    }

    /// Stands until [`advance`](Self::advance) moves it.
    #[must_use]
    pub fn standing() -> Self {
        Self(Kind::Standing(Arc::default()))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Duration {
        match &self.0 {
            Kind::Running { since, speed } => since.elapsed() * *speed,
            Kind::Standing(millis) => Duration::from_millis(millis.load(Ordering::Acquire)),
        }
    }

    /// Moves a standing clock; `false` when it runs by itself.
    pub fn advance(&self, by: Duration) -> bool {
        match &self.0 {
            Kind::Running { .. } => false,
            Kind::Standing(millis) => {
                millis.fetch_add(u64::try_from(by.as_millis()).unwrap_or(0), Ordering::AcqRel);
                true
            }
        }
    }

    /// How long this machine has to wait until it shows `at`; `None` when it never will by itself.
    #[must_use]
    pub fn until(&self, at: Duration) -> Option<Duration> {
        match &self.0 {
            Kind::Running { speed, .. } => Some(at.saturating_sub(self.now()) / *speed),
            Kind::Standing(_) => None,
        }
    }
}
