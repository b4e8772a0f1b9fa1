//! How many requests may be on their way, and how many packets a second.
//!
//! A site has one manager, so its limits are the site's budget. Two limits work together: the window
//! bounds what waits for an answer (and with it what a receive buffer must hold at once), the token
//! bucket bounds the packets per second, retransmissions and discovery included.

use core::time::Duration;

use super::Instant;

/// A token bucket: up to `burst` packets at once, `per_second` in the long run.
#[derive(Clone, Debug)]
pub(crate) struct TokenBucket {
    interval: Duration,
    burst: u32,
    tokens: u32,
    /// When the bucket last gained a token. Never later than the time of the last call.
    filled_at: Instant,
}

impl TokenBucket {
    /// A full bucket. Zero for either number is read as one: a manager that may never send is of no use.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        let burst = burst.max(1);
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self { interval, burst, tokens: burst, filled_at: Instant::START }
    }

    /// Takes one token if there is one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        if self.tokens == 0 {
            return false;
        }
        self.tokens -= 1;
        true
    }

    /// Whether a token is there.
    pub(crate) fn ready(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.tokens > 0
    }

    /// When the next token is there: `None` if one is there already.
    pub(crate) fn next_token(&self) -> Option<Instant> {
        (self.tokens == 0).then(|| self.filled_at + self.interval)
    }

    fn refill(&mut self, now: Instant) {
        if self.tokens == self.burst {
            // A full bucket gains nothing by waiting.
            self.filled_at = self.filled_at.max(now);
            return;
        }
        let waited = now.saturating_since(self.filled_at);
        if waited < self.interval {
            return;
        }
        let missing = self.burst - self.tokens;
        if waited >= self.interval.saturating_mul(missing) {
            self.tokens = self.burst;
            self.filled_at = self.filled_at.max(now);
            return;
        }
        // Fewer than are missing, so the number fits.
        let gained = waited.as_nanos() / self.interval.as_nanos().max(1);
        let gained = u32::try_from(gained).unwrap_or(missing);
        self.tokens += gained;
        self.filled_at = self.filled_at + self.interval * gained;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_start(Duration::from_millis(ms))
    }

    #[test]
    fn gives_a_burst_then_the_rate() {
        let mut bucket = TokenBucket::new(10, 3);
        assert_eq!((0..5).filter(|_| bucket.take(at(0))).count(), 3);
        assert_eq!(bucket.next_token(), Some(at(100)));
        assert!(!bucket.take(at(99)));
        assert!(bucket.take(at(100)));
        assert!(!bucket.take(at(199)));
        assert!(bucket.take(at(200)));
    }

    #[test]
    fn idle_time_fills_no_more_than_the_burst() {
        let mut bucket = TokenBucket::new(10, 3);
        while bucket.take(at(0)) {}
        assert_eq!((0..9).filter(|_| bucket.take(at(60_000))).count(), 3);
    }

    #[test]
    fn fractions_of_a_token_are_not_lost() {
        let mut bucket = TokenBucket::new(10, 1);
        assert!(bucket.take(at(0)));
        let taken = (1..=1_000).filter(|ms| bucket.take(at(*ms))).count();
        assert_eq!(taken, 10);
    }

    #[test]
    fn zero_limits_still_let_one_packet_through() {
        let mut bucket = TokenBucket::new(0, 0);
        assert!(bucket.take(at(0)));
        assert!(!bucket.take(at(500)));
        assert!(bucket.take(at(1_000)));
    }
}
