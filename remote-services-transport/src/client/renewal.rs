//! How often a certificate is renewed, whatever the wall clock says: one that was issued just now cannot be late.
//!
//! A clock that is months ahead has a certificate due that is minutes old, and the next one as well. What passes between two
//! renewals of one process is therefore measured by a clock that nobody sets.

use crate::enrol::{self, EnrolOutcome, Identity};
use remote_services_core::time::Timestamp;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Which certificates are not renewed before when; shared by all clients of one [`ClientConfig`](super::ClientConfig).
#[derive(Default)]
pub(super) struct RenewalMemory(Mutex<BTreeMap<[u8; 32], Instant>>);

impl RenewalMemory {
    /// Whether this identity's certificate may be renewed. If so the next try is not at once.
    pub(super) fn try_one(&self, own: &Identity, now: Instant) -> bool {
        let mut rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rests.retain(|_, until| now < *until);
        let Some(certificate) = own.chain.first() else { return false };
        let key = Sha256::digest(certificate).into();
        if rests.contains_key(&key) {
            return false;
        }
        rests.insert(key, now + SHORTEST_REST);
        true
    }

    /// Notes what a renewal of this identity came to: the certificate that was issued rests for a twentieth of its life or a day, the
    /// old one as long as the server says. Its life is what is left of it by the server's clock, since many begin before they are
    /// issued; where that is not known, all of it.
    pub(super) fn note(
        &self,
        own: &Identity,
        outcome: &EnrolOutcome,
        (now, told): (Instant, Option<Timestamp>),
    ) {
        let (chain, rest) = match outcome {
            EnrolOutcome::Issued(_, chain) | EnrolOutcome::IssuedEarly(_, chain, _) => {
                let life = chain.first().and_then(|issued| enrol::validity(issued));
                let rest = |(from, until): (Timestamp, Timestamp)| until.since(told.unwrap_or(from)) / 20;
                (chain, life.map_or(LONGEST_REST, rest).min(LONGEST_REST))
            }
            EnrolOutcome::AskAgain(wait) => (&own.chain, *wait),
        };
        let Some(certificate) = chain.first() else { return };
        let mut rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rests.insert(Sha256::digest(certificate).into(), now + rest);
    }

    /// How much longer this identity's certificate rests.
    pub(super) fn rest(&self, own: &Identity, now: Instant) -> Duration {
        let rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = own
            .chain
            .first()
            .and_then(|certificate| rests.get(&<[u8; 32]>::from(Sha256::digest(certificate))));
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }
}

/// As long as the protocol's shortest wait for a certificate.
const SHORTEST_REST: Duration = Duration::from_secs(5);
/// A clock that nobody sets stands still while a device sleeps, so it alone does not put off for longer what may be due by then.
const LONGEST_REST: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrol::{ClientKey, TrustAnchors};
    use rcgen::{CertificateParams, KeyPair};
    use uuid::Uuid;

    const SECOND: Duration = Duration::from_secs(1);

    /// A certificate of so many days.
    fn issued(days: u8) -> Vec<u8> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(2026, 1, 1), rcgen::date_time_ymd(2026, 1, 1 + days));
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    fn with(certificate: &[u8]) -> Identity {
        let key = ClientKey::from_pkcs8(KeyPair::generate().unwrap().serialized_der()).unwrap();
        let anchors = TrustAnchors::from_stored(Vec::new());
        Identity { client: Uuid::nil(), chain: vec![certificate.to_vec()], key, anchors }
    }

    #[test]
    fn what_was_issued_just_now_rests_for_a_twentieth_of_its_life_or_a_day() {
        let begin = Instant::now();
        let second = Timestamp::from_unix_seconds(rcgen::date_time_ymd(2026, 1, 2).unix_timestamp())
            .minus(20 * SECOND);
        for (days, told, rest) in
            [(1, None, 4_320), (20, None, 24 * 3600), (25, None, 24 * 3600), (1, Some(second), 1)]
        {
            let (memory, old, new) = (RenewalMemory::default(), with(&issued(30)), issued(days));
            assert!(memory.try_one(&old, begin));
            memory.note(&old, &EnrolOutcome::Issued(Uuid::nil(), vec![new.clone()]), (begin, told));
            let (new, end) = (with(&new), begin + SECOND * rest);
            assert_eq!(memory.rest(&new, begin), SECOND * rest);
            assert_eq!(memory.rest(&new, end + SECOND), Duration::ZERO);
            assert!(!memory.try_one(&new, begin) && !memory.try_one(&new, end - SECOND), "{days}");
            assert!(memory.try_one(&new, end), "{days}");
            assert!(memory.try_one(&with(&issued(30)), begin), "another client's");
        }
    }

    #[test]
    fn what_was_not_issued_is_asked_for_again_after_a_while_and_as_late_as_the_server_says() {
        let (begin, memory, own) = (Instant::now(), RenewalMemory::default(), with(&issued(30)));
        assert!(memory.try_one(&own, begin));
        assert!(!memory.try_one(&own, begin + SECOND));
        assert!(memory.try_one(&own, begin + 5 * SECOND));
        memory.note(&own, &EnrolOutcome::AskAgain(60 * SECOND), (begin + 5 * SECOND, None));
        assert!(!memory.try_one(&own, begin + 64 * SECOND));
        assert!(memory.try_one(&own, begin + 65 * SECOND));
    }
}
