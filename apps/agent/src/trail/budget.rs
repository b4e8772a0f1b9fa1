//! How many lines of a kind are written, whatever the server does.

use remote_services_core::time::Timestamp;
use std::time::Duration;

/// Lines that may be written at once, and one more after each such time.
pub(super) struct Budget {
    left: u32,
    most: u32,
    every: Duration,
    since: Option<Timestamp>,
}

impl Budget {
    pub(super) const fn new(left: u32, most: u32, every: Duration) -> Self {
        Self { left, most, every, since: None }
    }

    /// Whether there is room for another line, which takes it.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        // A clock that was ahead and is right again holds nothing up.
        let since = self.since.map_or(now, |since| since.min(now));
        let gained = now.since(since).as_millis() / self.every.as_millis().max(1);
        let gained = u32::try_from(gained).unwrap_or(u32::MAX);
        self.earn(gained);
        self.since = Some(since.plus(self.every.saturating_mul(gained)).min(now));
        let is_room = self.left > 0;
        self.left = self.left.saturating_sub(1);
        is_room
    }

    /// Makes room for so many more.
    pub(super) fn earn(&mut self, lines: u32) {
        self.left = self.left.saturating_add(lines).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_comes_back_with_time_up_to_the_most_and_a_clock_that_was_ahead_takes_none() {
        let mut budget = Budget::new(2, 3, Duration::from_secs(60));
        let mut taken =
            |seconds: i64| (0..9).take_while(|_| budget.take(Timestamp::from_unix_seconds(seconds))).count();
        assert_eq!([taken(1_000), taken(1_059), taken(1_060), taken(1_179)], [2, 0, 1, 1]);
        assert_eq!([taken(1_180), taken(9_000)], [1, 3]);
        assert_eq!([taken(0), taken(60), taken(i64::from(u32::MAX) * 1_000)], [0, 1, 3]);
    }
}
