//! How long to wait before trying again: exponential, with jitter, bounded.
//!
//! ```text
//! no failure ── failed ─▶ 1st wait ── failed ─▶ 2nd wait ── … ─▶ n-th wait, in [base·2ⁿ⁻¹, base·2ⁿ), cap at most
//!      ▲                      │                     │                  │      (longer if the peer asked for it)
//!      └────── succeeded ─────┴─────────────────────┴──────────────────┘
//! ```

use core::time::Duration;

/// Waits grow by doubling from `base` up to `cap`; the n-th wait is drawn from `[base·2ⁿ⁻¹, base·2ⁿ)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    attempts: u32,
}

impl Backoff {
    /// The pace of the client ⇄ server protocol: 5 s at first, never more than an hour.
    pub const PROTOCOL: Self = Self::new(Duration::from_secs(5), Duration::from_secs(3600));

    /// A back-off that has not failed yet.
    #[must_use]
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap, attempts: 0 }
    }

    /// Notes one more failure and says how long to wait. `random` is any fresh random number;
    /// `retry_after` is what the peer asked for, and wins when it is longer (still bounded by the cap).
    pub fn next_wait(&mut self, random: u64, retry_after: Option<Duration>) -> Duration {
        self.attempts = self.attempts.saturating_add(1);
        let doubled = self.base.saturating_mul(1_u32.checked_shl(self.attempts - 1).unwrap_or(u32::MAX));
        let low = doubled.min(self.cap / 2);
        let span = u64::try_from(low.as_nanos()).unwrap_or(u64::MAX);
        let wait = low.saturating_add(Duration::from_nanos(if span == 0 { 0 } else { random % span }));
        wait.max(retry_after.unwrap_or(Duration::ZERO)).min(self.cap)
    }

    /// Forgets the failures, after a success.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }

    /// Failures in a row so far.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn doubles_up_to_the_cap_and_starts_again_after_a_success() {
        let mut backoff = Backoff::PROTOCOL;
        assert_eq!(backoff.next_wait(0, None), Duration::from_secs(5));
        assert_eq!(backoff.next_wait(0, None), Duration::from_secs(10));
        for _ in 0..40 {
            assert!(backoff.next_wait(u64::MAX, None) <= Duration::from_secs(3600));
        }
        assert_eq!(backoff.next_wait(0, None), Duration::from_secs(1800));
        backoff.reset();
        assert_eq!(backoff.next_wait(0, None), Duration::from_secs(5));
    }

    proptest! {
        #[test]
        fn stays_between_half_and_full(failures in 1_u32..64, random: u64) {
            let mut backoff = Backoff::PROTOCOL;
            let mut wait = Duration::ZERO;
            for _ in 0..failures {
                wait = backoff.next_wait(random, None);
            }
            let full = Duration::from_secs(5).saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX)).min(Duration::from_secs(3600));
            prop_assert!(wait >= full / 2 && wait <= full);
        }

        #[test]
        fn obeys_a_longer_retry_after_within_the_cap(random: u64, asked in 0_u64..100_000) {
            let wait = Backoff::PROTOCOL.clone().next_wait(random, Some(Duration::from_secs(asked)));
            prop_assert!(wait >= Duration::from_secs(asked.min(3600)) && wait <= Duration::from_secs(3600));
        }
    }
}
