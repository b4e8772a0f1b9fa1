//! The clock on the wall, watched beside the one that only counts on: where they part, the machine was asleep, which the
//! counting one sleeps through, or somebody has set the clock. Waits until a time of day are then of the wrong length.

use remote_services_core::time::Timestamp;
use std::time::{Duration, Instant};

/// What both clocks said when they were last looked at.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    counted: Instant,
    wall: Timestamp,
}

impl WallClock {
    /// What both say now.
    #[must_use]
    pub fn new(counted: Instant, wall: Timestamp) -> Self {
        Self { counted, wall }
    }

    /// What the counting one counted since the last look.
    pub(super) fn passed(&self, counted: Instant) -> Duration {
        counted.saturating_duration_since(self.counted)
    }

    /// Whether one went further than the other since the last look.
    pub fn leapt(&mut self, counted: Instant, wall: Timestamp) -> bool {
        let passed = self.passed(counted);
        let expected = self.wall.plus(passed);
        (self.counted, self.wall) = (counted, wall);
        wall.since(expected).max(expected.since(wall)) > LEAP
    }
}

/// Less is nothing to a schedule of minutes, and may be the time between reading one clock and the other.
const LEAP: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_goes_on_does_not_leap_and_one_that_is_set_or_was_slept_over_leaps_once() {
        let (begun, at) = (Instant::now(), Timestamp::from_unix_seconds);
        let mut clock = WallClock { counted: begun, wall: at(10_000) };
        let mut leapt = |counted, wall| clock.leapt(begun + Duration::from_secs(counted), at(wall));
        assert!(!leapt(5, 10_005) && !leapt(3_605, 13_630), "a little ahead");
        assert!(leapt(3_610, 40_000), "slept");
        assert!(!leapt(3_615, 40_005));
        assert!(leapt(3_620, 36_410), "set back by an hour");
        assert!(!leapt(3_625, 36_415));
    }
}
