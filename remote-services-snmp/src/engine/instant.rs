//! Time as the caller counts it.

use core::ops::Add;
use core::time::Duration;

/// A point in time, counted since an arbitrary start that the caller chooses once per engine.
///
/// The engine never reads a clock. All arithmetic saturates, and an engine that is handed an earlier
/// time than before goes on with the later one, so a clock that jumps back does no harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// The start of the caller's count.
    pub const START: Self = Self(Duration::ZERO);

    /// The point `since_start` after the start.
    #[must_use]
    pub const fn from_start(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// How long after the start this is.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// The time from `earlier` to here, or zero when `earlier` is later.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let late = Instant::from_start(Duration::MAX);
        assert_eq!(late + Duration::from_secs(1), late);
        assert_eq!(Instant::START.saturating_since(late), Duration::ZERO);
        assert_eq!((Instant::START + Duration::from_secs(2)).since_start(), Duration::from_secs(2));
    }
}
