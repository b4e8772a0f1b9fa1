//! Whether a certificate that was issued may follow one that is good for longer.
//!
//! An authority that issues for a shorter time than it did before is right to do so. One that gives what is over before it can be renewed
//! locks its client out, which the present certificate would not have done.
//!
//! ```text
//! ends no earlier than the present one ─▶ taken
//! ends earlier, its own time to be renewed has not come, and an hour or more is left ─▶ taken
//! ends earlier otherwise ─▶ refused, the present one stays
//! ```

use super::{EnrolError, renew_at, validity};
use remote_services_core::time::Timestamp;
use std::time::Duration;

/// Looks whether a certificate that was just issued leaves time to be renewed in, where it ends before the `present` one does. `now` is
/// the server's time.
///
/// # Errors
/// [`EnrolError::EndsEarly`] when it does not.
pub fn may_follow(issued: &[u8], present: &[u8], now: Timestamp) -> Result<(), EnrolError> {
    let (Some((from, ends)), Some((_, present))) = (validity(issued), validity(present)) else {
        return Ok(());
    };
    let is_due = now >= renew_at(from, ends, 0);
    if ends < present && (is_due || ends.since(now) < SHORTEST) {
        return Err(EnrolError::EndsEarly { ends, present });
    }
    Ok(())
}

/// As much as two clocks may be apart that agree: what ends sooner may be over for one of them.
const SHORTEST: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;

    fn now() -> Timestamp {
        "2026-06-01T00:00:00Z".parse().unwrap()
    }

    /// A certificate that is valid from then until then, in seconds from [`now`].
    fn certificate(from: i64, until: i64) -> Vec<u8> {
        let begin = rcgen::date_time_ymd(2026, 6, 1).unix_timestamp();
        let date = |seconds: i64| {
            rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(begin + seconds).unwrap())
        };
        let mut params = CertificateParams::default();
        (params.not_before, params.not_after) = (date(from), date(until));
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    fn follows(issued: (i64, i64), present: i64) -> bool {
        let (issued, present) = (certificate(issued.0, issued.1), certificate(-300 * DAY, present));
        match may_follow(&issued, &present, now()) {
            Ok(()) => true,
            Err(error) => {
                assert!(matches!(error, EnrolError::EndsEarly { .. }) && error.is_of_the_issued(), "{error}");
                false
            }
        }
    }

    #[test]
    fn one_that_ends_no_earlier_follows_however_short_it_is() {
        for (issued, present) in
            [((0, 2), 2), ((-10 * HOUR, 2), 1), ((0, 90 * DAY), 20 * DAY), ((0, 5), -3 * DAY)]
        {
            assert!(follows(issued, present), "{issued:?} {present}");
        }
    }

    #[test]
    fn one_that_ends_earlier_follows_if_it_can_be_renewed_in_time() {
        for (issued, taken) in [
            // An authority that issued for a year, and for two months or a day now.
            ((0, 60 * DAY), true),
            ((0, DAY), true),
            ((-5 * 60, HOUR), true),
            ((0, HOUR - 1), false),
            ((-10 * HOUR, 2), false),
            // Two thirds of it are over.
            ((-41 * DAY, 19 * DAY), false),
            ((-39 * DAY, 21 * DAY), true),
        ] {
            assert_eq!(follows(issued, 122 * DAY), taken, "{issued:?}");
        }
    }
}
