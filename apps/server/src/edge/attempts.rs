//! Slows down who guesses registration keys: a few failures per address and minute.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Failures per address within the running minute. Bounded: when full, all is forgotten.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<IpAddr, Failures>>);

struct Failures {
    since_ms: i64,
    count: u32,
}

impl Attempts {
    /// Whether this address may try (again).
    pub(crate) fn may_try(&self, address: IpAddr, now_ms: i64) -> bool {
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures
            .get(&address)
            .is_none_or(|failures| failures.count < MOST || now_ms - failures.since_ms >= WINDOW_MS)
    }

    /// This address failed.
    pub(crate) fn failed(&self, address: IpAddr, now_ms: i64) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= ADDRESSES && !failures.contains_key(&address) {
            failures.clear();
        }
        let entry = failures.entry(address).or_insert(Failures { since_ms: now_ms, count: 0 });
        if now_ms - entry.since_ms >= WINDOW_MS {
            *entry = Failures { since_ms: now_ms, count: 0 };
        }
        entry.count += 1;
    }
}

const MOST: u32 = 20;
const WINDOW_MS: i64 = 60_000;
const ADDRESSES: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn an_address_that_fails_too_often_waits_out_its_minute_and_others_do_not() {
        let attempts = Attempts::default();
        let (bad, good) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::BROADCAST));
        for at in 0..20 {
            assert!(attempts.may_try(bad, at));
            attempts.failed(bad, at);
        }
        assert!(!attempts.may_try(bad, 59_999));
        assert!(attempts.may_try(good, 59_999));
        assert!(attempts.may_try(bad, 60_000));
    }
}
