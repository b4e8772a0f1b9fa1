//! Boots, time and the window of 150 seconds (RFC 3414 §2.2, §2.3, §3.2 step 7).
use core::time::Duration;

use super::UsmError;
use super::authentication::Authenticated;

/// snmpEngineBoots and snmpEngineTime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngineTime {
    /// How often the engine started: 0 to 2^31 - 1, where it sticks.
    pub boots: u32,
    /// Seconds since it last started: 0 to 2^31 - 1.
    pub time: u32,
}

/// Proof that boots and time were inside the window (RFC 3414 §3.2 step 7).
pub(super) struct Timely(());

/// The clock of the engine that we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthorityClock {
    boots: u32,
    started: Duration,
}

/// What we know of the clock of another engine (RFC 3414 §2.3). Only authentic messages move it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemoteClock {
    synchronized: Option<Synchronized>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Synchronized {
    boots: u32,
    /// latestReceivedEngineTime, the highest time received under these boots.
    latest_received: u32,
    /// When it was received, on the caller's clock.
    at: Duration,
}

impl AuthorityClock {
    /// A clock that starts now. `boots` is the number of this start: the caller has counted and stored it
    /// (RFC 3414 §2.2.1).
    #[must_use]
    pub fn new(boots: u32, now: Duration) -> Self {
        AuthorityClock { boots: boots.min(MAX_BOOTS_OR_TIME), started: now }
    }

    /// Boots and time. After 2^31 seconds the time starts at zero and boots rises (§2.2.1).
    #[must_use]
    pub fn at(&self, now: Duration) -> EngineTime {
        let seconds = now.saturating_sub(self.started).as_secs();
        let wrap = u64::from(MAX_BOOTS_OR_TIME) + 1;
        let boots = u64::from(self.boots).saturating_add(seconds / wrap).min(u64::from(MAX_BOOTS_OR_TIME));
        let small = |number: u64| u32::try_from(number).unwrap_or(MAX_BOOTS_OR_TIME);
        EngineTime { boots: small(boots), time: small(seconds % wrap) }
    }

    /// Starts anew with the next boots. False at 2^31 - 1, where boots sticks.
    pub(crate) fn restart(&mut self, now: Duration) -> bool {
        let EngineTime { boots, .. } = self.at(now);
        *self = if boots < MAX_BOOTS_OR_TIME { Self::new(boots + 1, now) } else { *self };
        boots < MAX_BOOTS_OR_TIME
    }

    /// §3.2 step 7 a: the checks of the authoritative engine.
    pub(super) fn check(
        &self,
        now: Duration,
        received: EngineTime,
        _: &Authenticated,
    ) -> Result<Timely, UsmError> {
        let local = self.at(now);
        let timely = local.boots != MAX_BOOTS_OR_TIME
            && received.boots == local.boots
            && received.time.abs_diff(local.time) <= TIME_WINDOW;
        if timely { Ok(Timely(())) } else { Err(UsmError::NotInTimeWindow) }
    }
}

impl RemoteClock {
    /// A clock that was kept from an earlier run: it is right only if the caller's time went on since `at`.
    #[must_use]
    pub fn restored(known: EngineTime, at: Duration) -> Self {
        let EngineTime { boots, time } = known;
        RemoteClock { synchronized: Some(Synchronized { boots, latest_received: time, at }) }
    }

    /// What the other engine's clock shows by our reckoning, or `None` before the first authentic message.
    #[must_use]
    pub fn at(&self, now: Duration) -> Option<EngineTime> {
        let known = self.synchronized?;
        let passed = u32::try_from(now.saturating_sub(known.at).as_secs()).unwrap_or(u32::MAX);
        let time = known.latest_received.saturating_add(passed).min(MAX_BOOTS_OR_TIME);
        Some(EngineTime { boots: known.boots, time })
    }

    /// The boots that are known.
    pub(crate) fn boots(&self) -> Option<u32> {
        self.synchronized.map(|known| known.boots)
    }

    /// Forgets what was known: the next authentic message sets the clock.
    pub fn forget(&mut self) {
        self.synchronized = None;
    }

    /// §3.2 step 7 b: learns from an authentic message, then checks it as an engine that is not authoritative.
    pub(super) fn check(
        &mut self,
        now: Duration,
        received: EngineTime,
        _: &Authenticated,
    ) -> Result<Timely, UsmError> {
        let newer = match self.synchronized {
            None => true,
            Some(known) => {
                received.boots > known.boots
                    || (received.boots == known.boots && received.time > known.latest_received)
            }
        };
        if newer {
            *self = RemoteClock::restored(received, now);
        }
        let local = self.at(now).unwrap_or(received);
        let too_old = local.boots == MAX_BOOTS_OR_TIME
            || received.boots < local.boots
            || (received.boots == local.boots && received.time.saturating_add(TIME_WINDOW) < local.time);
        if too_old { Err(UsmError::NotInTimeWindow) } else { Ok(Timely(())) }
    }
}

/// Seconds by which the times of two engines may differ (RFC 3414 §2.2.3).
pub const TIME_WINDOW: u32 = 150;
/// 2^31 - 1: where boots sticks and every window is shut, and where time wraps.
pub const MAX_BOOTS_OR_TIME: u32 = 0x7fff_ffff;

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn t(boots: u32, time: u32) -> EngineTime {
        EngineTime { boots, time }
    }

    #[test]
    fn rfc3414_3_2_7_a_authority_takes_150_seconds_either_way_and_no_other_boots() {
        let proof = Authenticated::for_test();
        let clock = AuthorityClock::new(5, s(1_000));
        let good = |received| clock.check(s(2_000), received, &proof).is_ok();
        assert!(good(t(5, 1_000)) && good(t(5, 850)) && good(t(5, 1_150)));
        assert!(!good(t(5, 849)) && !good(t(5, 1_151)));
        assert!(!good(t(4, 1_000)) && !good(t(6, 1_000)));
        let stuck = AuthorityClock::new(MAX_BOOTS_OR_TIME, s(0));
        assert!(stuck.check(s(10), t(MAX_BOOTS_OR_TIME, 10), &proof).is_err());
    }

    #[test]
    fn rfc3414_2_2_1_time_wraps_into_boots_and_boots_sticks() {
        let clock = AuthorityClock::new(5, s(7));
        assert_eq!(clock.at(s(7 + 0x7fff_ffff)), t(5, MAX_BOOTS_OR_TIME));
        assert_eq!(clock.at(s(7 + 0x8000_0000)), t(6, 0));
        assert_eq!(clock.at(s(3)), t(5, 0));
        let last = AuthorityClock::new(MAX_BOOTS_OR_TIME, s(0));
        assert_eq!(last.at(s(0x8000_0000)), t(MAX_BOOTS_OR_TIME, 0));
        assert_eq!(AuthorityClock::new(u32::MAX, s(0)).at(s(0)).boots, MAX_BOOTS_OR_TIME);
    }

    #[test]
    fn rfc3414_3_2_7_b_manager_adopts_newer_boots_and_time_and_refuses_older() {
        let proof = Authenticated::for_test();
        let mut clock = RemoteClock::default();
        assert_eq!(clock.at(s(0)), None);
        assert!(clock.check(s(100), t(3, 5_000), &proof).is_ok());
        assert_eq!(clock.at(s(160)), Some(t(3, 5_060)));
        // 150 s late is in the window, 151 s is not; neither moves the clock.
        assert!(clock.check(s(160), t(3, 4_910), &proof).is_ok());
        assert!(clock.check(s(160), t(3, 4_909), &proof).is_err());
        assert_eq!(clock.at(s(160)), Some(t(3, 5_060)));
        // A fast clock is believed at any distance, a lower boots never.
        assert!(clock.check(s(160), t(3, 9_000), &proof).is_ok());
        assert!(clock.check(s(161), t(2, 9_001), &proof).is_err());
        assert!(clock.check(s(162), t(4, 3), &proof).is_ok());
        assert_eq!(clock.at(s(162)), Some(t(4, 3)));
        assert!(clock.check(s(163), t(3, 9_100), &proof).is_err());
    }

    #[test]
    fn an_engine_whose_boots_is_used_up_is_refused() {
        let proof = Authenticated::for_test();
        let mut clock = RemoteClock::default();
        assert!(clock.check(s(1), t(MAX_BOOTS_OR_TIME, 1), &proof).is_err());
    }
    #[test]
    fn rfc3414_2_2_1_each_start_counts_one_up_to_where_boots_sticks() {
        let mut clock = AuthorityClock::new(MAX_BOOTS_OR_TIME - 1, s(7));
        assert!(clock.restart(s(100)));
        assert_eq!(clock.at(s(103)), t(MAX_BOOTS_OR_TIME, 3));
        assert!(!clock.restart(s(200)));
        assert_eq!(clock.at(s(203)), t(MAX_BOOTS_OR_TIME, 103), "it goes on, and takes nothing in");
    }

    #[test]
    fn rfc3414_3_2_7_b_the_same_time_again_does_not_move_the_clock() {
        let proof = Authenticated::for_test();
        let mut clock = RemoteClock::default();
        assert_eq!(clock.boots(), None);
        assert!(clock.check(s(100), t(3, 5_000), &proof).is_ok());
        assert!(clock.check(s(160), t(3, 5_000), &proof).is_ok());
        assert_eq!((clock.at(s(160)), clock.boots()), (Some(t(3, 5_060)), Some(3)));
        clock.forget();
        assert_eq!((clock.at(s(160)), clock.boots()), (None, None));
        assert!(clock.check(s(170), t(2, 10), &proof).is_ok(), "whatever it was before");
    }

    #[test]
    fn a_clock_that_was_kept_goes_on_to_the_highest_time_and_never_back() {
        let clock = RemoteClock::restored(t(3, MAX_BOOTS_OR_TIME - 5), s(100));
        assert_eq!(clock.at(s(104)), Some(t(3, MAX_BOOTS_OR_TIME - 1)));
        assert_eq!(clock.at(s(200)), Some(t(3, MAX_BOOTS_OR_TIME)));
        assert_eq!(clock.at(s(1 << 40)), Some(t(3, MAX_BOOTS_OR_TIME)));
        assert_eq!(clock.at(s(50)), Some(t(3, MAX_BOOTS_OR_TIME - 5)));
    }
}
