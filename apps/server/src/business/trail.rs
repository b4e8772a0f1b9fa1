//! When what a client says of its own audit log cannot follow what it said before.

use remote_services_transport::document::AuditStand;
use std::time::Duration;

/// Whether a stand is an earlier one than `before`, which was heard first: what was sent last can overtake what
/// a proxy or a slow line held up.
pub(crate) fn is_late(before: &AuditStand, now: &AuditStand) -> bool {
    let (Some(then), Some(at)) = (before.time, now.time) else { return false };
    // A clock that was set back further than anything is held up excuses no log that went back.
    now.entries < before.entries && at < then && then.since(at) <= LONGEST_ON_THE_WAY
}

/// What does not fit between two stands of one log, in a sentence each. A log only grows, and what is in it stays.
pub(crate) fn misfits(before: Option<&AuditStand>, now: &AuditStand) -> Vec<String> {
    let mut found = Vec::new();
    let (entries, hash) = (now.entries, short(&now.hash));
    match before {
        Some(before) if entries < before.entries && !is_late(before, now) => {
            let had = before.entries;
            found.push(format!("the client's audit log went back from {had} entries to {entries} ({hash})"));
        }
        Some(before) if entries == before.entries && now.hash != before.hash => {
            let was = short(&before.hash);
            found.push(format!("entry {entries} of the client's audit log was {was} and is {hash} now"));
        }
        _ => {}
    }
    if let Some(from) = now.broken {
        found
            .push(format!("the client's audit log itself says that it cannot be believed from entry {from}"));
    }
    found
}

/// Enough of a hash to tell it from another by eye.
fn short(hash: &str) -> String {
    hash.chars().take(16).collect()
}

/// No request is on its way for longer.
const LONGEST_ON_THE_WAY: Duration = Duration::from_secs(15 * 60);

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::time::Timestamp;

    fn stand(entries: u64, hash: &str) -> AuditStand {
        AuditStand { entries, hash: hash.to_owned(), broken: None, time: None }
    }

    fn at(seconds: i64, entries: u64) -> AuditStand {
        AuditStand { time: Some(Timestamp::from_unix_seconds(seconds)), ..stand(entries, "aa") }
    }

    #[test]
    fn a_stand_that_comes_after_a_newer_one_is_late_and_no_finding() {
        let newer = at(10_000, 9);
        for earlier in [9_999, 9_100] {
            assert!(is_late(&newer, &at(earlier, 8)), "{earlier}");
            assert!(misfits(Some(&newer), &at(earlier, 8)).is_empty());
        }
        let says_more = AuditStand { broken: Some(2), ..at(9_999, 8) };
        assert_eq!(misfits(Some(&newer), &says_more).len(), 1);
    }

    #[test]
    fn a_log_that_went_back_is_no_late_one_whatever_its_clock_says() {
        let newer = at(10_000, 9);
        let untimed = stand(8, "aa");
        for back in [at(10_000, 8), at(10_001, 8), at(9_099, 8), untimed] {
            assert!(!is_late(&newer, &back));
            assert_eq!(misfits(Some(&newer), &back).len(), 1, "{back:?}");
        }
        let another = AuditStand { hash: "bb".into(), ..at(9_999, 9) };
        assert_eq!(misfits(Some(&newer), &another).len(), 1, "an entry stays what it was");
    }

    #[test]
    fn a_log_that_grows_or_stays_is_no_finding() {
        assert!(misfits(None, &stand(0, "")).is_empty());
        assert!(misfits(Some(&stand(3, "aa")), &stand(3, "aa")).is_empty());
        assert!(misfits(Some(&stand(3, "aa")), &stand(4, "bb")).is_empty());
    }

    #[test]
    fn a_log_that_went_back_or_is_another_or_says_so_itself_is_one() {
        let went_back = misfits(Some(&stand(3, "aa")), &stand(2, "bb"));
        assert_eq!(went_back, ["the client's audit log went back from 3 entries to 2 (bb)"]);
        let another = misfits(Some(&stand(3, "aa")), &stand(3, "bb"));
        assert_eq!(another, ["entry 3 of the client's audit log was aa and is bb now"]);
        let both = misfits(Some(&stand(3, "aa")), &AuditStand { broken: Some(2), ..stand(1, "cc") });
        assert_eq!(both.len(), 2, "{both:?}");
        assert!(both[1].contains("from entry 2"));
    }
}
