//! How far a discovery is, and how long the rest may take.

use core::time::Duration;

/// How far a discovery is. Truthful: only what was handed out counts as started, only what is decided as finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Targets begun.
    pub started: u64,
    /// Targets decided.
    pub finished: u64,
    /// Of these, printers and print servers.
    pub found: u64,
    /// Of these, hosts that are no printers.
    pub not_printers: u64,
    /// Of these, silent.
    pub no_answer: u64,
    /// Of the silent, those that were not asked by SNMP because they did not answer ICMP echo.
    pub no_echo: u64,
    /// Of these, refusing.
    pub refused: u64,
    /// Of these, not asked, because the policy allows none of their credentials.
    pub not_asked: u64,
}

impl Progress {
    /// What is left of `total` targets at the pace so far; `None` while too little is decided to tell a pace
    /// from: whoever answers is decided at once, and silence takes its time.
    #[must_use]
    pub fn estimate(&self, total: u64, elapsed: Duration) -> Option<Duration> {
        let undecided = self.started.saturating_sub(self.finished);
        if self.finished == 0 || undecided > self.finished || elapsed < SHORTEST {
            return None;
        }
        #[allow(clippy::cast_precision_loss, reason = "an estimate")]
        let left = total.saturating_sub(self.finished) as f64 / self.finished as f64;
        Duration::try_from_secs_f64(elapsed.as_secs_f64() * left).ok()
    }
}

/// Nothing is said of a pace before.
const SHORTEST: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_the_pace_so_far_says_and_nothing_is_claimed_before() {
        let mut progress = Progress::default();
        assert_eq!(progress.estimate(100, Duration::from_secs(9)), None);
        (progress.started, progress.finished) = (90, 25);
        assert_eq!(progress.estimate(100, Duration::from_secs(5)), None, "only the fastest are decided");
        progress.started = 50;
        assert_eq!(progress.estimate(100, Duration::from_millis(80)), None, "it has hardly begun");
        assert_eq!(progress.estimate(100, Duration::from_secs(5)), Some(Duration::from_secs(15)));
        (progress.started, progress.finished) = (100, 100);
        assert_eq!(progress.estimate(100, Duration::from_secs(5)), Some(Duration::ZERO));
    }
}
