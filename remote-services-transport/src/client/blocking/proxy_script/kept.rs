//! What looking for the script came to, and how long that counts.

use std::time::{Duration, Instant};

/// The script, or why there is none: from when and from which network.
pub(super) struct Kept {
    since: Instant,
    network: String,
    found: Result<Vec<u8>, String>,
    /// How often in a row there was none on this network.
    failures: u32,
}

impl Kept {
    /// What was found at `since`, after `before`.
    pub(super) fn new(
        before: Option<&Self>,
        since: Instant,
        network: String,
        found: Result<Vec<u8>, String>,
    ) -> Self {
        let earlier = before.filter(|before| before.network == network).map_or(0, |before| before.failures);
        let failures = if found.is_ok() { 0 } else { earlier.saturating_add(1) };
        Self { since, network, found, failures }
    }

    /// What still counts at `now`, on this network.
    pub(super) fn at(&self, now: Instant, network: &str) -> Option<Result<Vec<u8>, String>> {
        let left = self.counts_for().saturating_sub(now.saturating_duration_since(self.since));
        (!left.is_zero() && self.network == network).then(|| match &self.found {
            Ok(script) => Ok(script.clone()),
            Err(why) => Err(format!("{why}; it is looked for again in {} s", left.as_secs().max(1))),
        })
    }

    fn counts_for(&self) -> Duration {
        match self.failures {
            0 => FRESH,
            failures => LONGEST_PAUSE.min(PAUSE * (1 << (failures - 1).min(8))),
        }
    }

    /// Whether somebody else found the script at `began` or later, on this network.
    pub(super) fn is_a_script_since(&self, began: Instant, network: &str) -> bool {
        self.found.is_ok() && self.since >= began && self.network == network
    }
}

/// How long a script is used before it is read again on the same network.
const FRESH: Duration = Duration::from_secs(3600);
/// How long a script that cannot be had is not looked for; twice as long each time,
const PAUSE: Duration = Duration::from_secs(300);
/// and never longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(1800);

#[cfg(test)]
mod tests {
    use super::*;

    fn lasts(kept: &Kept) -> u64 {
        let counts = |second: &u64| kept.at(kept.since + Duration::from_secs(*second), "home").is_some();
        (0..).take_while(counts).count() as u64
    }

    #[test]
    fn a_script_counts_for_an_hour_and_a_failure_for_longer_each_time_until_there_is_a_script() {
        let now = Instant::now();
        let next = |before: Option<&Kept>, found| Kept::new(before, now, "home".into(), found);
        let mut failed = next(None, Err("silence".into()));
        for seconds in [300, 600, 1200, 1800, 1800] {
            assert_eq!(lasts(&failed), seconds);
            failed = next(Some(&failed), Err("silence".into()));
        }
        let told = failed.at(now + Duration::from_secs(1700), "home").unwrap().unwrap_err();
        assert_eq!(told, "silence; it is looked for again in 100 s");
        let found = next(Some(&failed), Ok(b"script".to_vec()));
        assert_eq!((lasts(&found), found.at(now, "home").unwrap().unwrap()), (3600, b"script".to_vec()));
        assert_eq!(lasts(&next(Some(&found), Err("silence".into()))), 300);
        // For ever, if need be.
        let many = Kept { failures: u32::MAX, ..next(None, Err("silence".into())) };
        assert_eq!(lasts(&next(Some(&many), Err("silence".into()))), 1800);
    }

    #[test]
    fn another_network_is_asked_at_once_and_its_failures_are_its_own() {
        let now = Instant::now();
        let home = Kept::new(None, now, "home".into(), Err("silence".into()));
        assert!(home.at(now, "home").is_some() && home.at(now, "office").is_none());
        let home = Kept::new(Some(&home), now, "home".into(), Err("silence".into()));
        let office = Kept::new(Some(&home), now, "office".into(), Err("silence".into()));
        assert_eq!((home.failures, office.failures), (2, 1));
    }
}
