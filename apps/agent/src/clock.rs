//! Whether this host's clock and the server's agree so far that the server believes what is signed here.
//!
//! ```text
//! unknown ─ the server tells its time ─▶ agrees ◀── twice ──▶ off: nothing is read or sealed, and a person is told
//!    ▲                                        ╰──── set, or slept ────╯
//!    ╰────────────────────────────────────────────────────╯
//! ```
//!
//! One answer alone puts no clock off: it may have been stored on its way, or be another's. So the server is asked a second time
//! a moment later, and both must say the same of this clock, while the server's has gone on: what somebody has stored stands still.
//!
//! The server puts aside what is signed too far ahead of its own clock, or too long before it, however good it is otherwise: so
//! it is not made. What counts grows on in the devices, and is read when the clock was set.

use crate::failure::Failure;
use crate::site::Site;
use remote_services_core::time::Timestamp;
use remote_services_payload::seal::{MAX_AGE, MAX_SKEW};
use std::time::Duration;

/// What the server's clock showed at some moment between two of this one.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The server's time.
    pub server: Timestamp,
    /// When it was asked.
    pub before: Timestamp,
    /// When it had answered.
    pub after: Timestamp,
}

impl Told {
    /// This clock minus the server's, in milliseconds: what it is at least.
    fn skew(&self) -> i64 {
        let minus = |own: Timestamp| own.unix_millis().saturating_sub(self.server.unix_millis());
        0.clamp(minus(self.before).min(minus(self.after)), minus(self.after).max(minus(self.before)))
    }
}

/// What is known of this host's clock.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// This clock minus the server's, in milliseconds.
    skew: Option<i64>,
    /// What a person was told, while the clock is off.
    told: Option<String>,
    /// How far off it was then.
    told_at: i64,
    /// It was set since, or the machine slept: what is known is of another clock.
    doubted: bool,
    /// How far off it is by one answer, which may be wrong, and what the server's clock showed by it.
    suspected: Option<(i64, Timestamp)>,
    /// What the server's clock showed, if this one showed the same to the hour and nobody took it since.
    vouched: Option<Timestamp>,
}

/// What changed.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    /// It is off, or further off, or less.
    Off(String),
    /// It was off, and is not any more.
    Agrees,
}

impl Clock {
    /// Takes in what both clocks show.
    fn compare(&mut self, told: Told) -> Option<Change> {
        let skew = told.skew();
        let apart = Duration::from_millis(skew.unsigned_abs());
        let (ahead, behind) = if skew > 0 { (apart, Duration::ZERO) } else { (Duration::ZERO, apart) };
        let is_off = ahead > MAX_SKEW || behind > MAX_AGE;
        // One of them alone may be wrong by any time.
        self.vouched = (apart <= MAX_SKEW).then_some(told.server);
        let says_the_same = |known: i64| skew.abs_diff(known) < 60_000;
        let confirmed = match self.suspected.take() {
            Some((known, shown)) => says_the_same(known) && told.server > shown,
            None => self.off().and(self.skew).is_some_and(says_the_same),
        };
        if is_off && !confirmed {
            self.suspected = Some((skew, told.server));
            return None;
        }
        (self.skew, self.doubted) = (Some(skew), false);
        if !is_off {
            return self.told.take().map(|_| Change::Agrees);
        }
        if self.told.is_some() && skew.abs_diff(self.told_at) < 60_000 {
            return None;
        }
        let off = match ahead > MAX_SKEW {
            true => format!(
                "{} ahead of the server's, which puts aside what is signed more than an hour ahead",
                span(ahead)
            ),
            false => {
                format!("{} behind the server's, which puts aside what was signed so long ago", span(behind))
            }
        };
        let text = format!(
            "this host's clock is {off}: set the clock here, or have the server's set if that is the wrong one; \
             until then nothing is read or sealed"
        );
        (self.told, self.told_at) = (Some(text.clone()), skew);
        Some(Change::Off(text))
    }

    /// Whether one answer says that it is off, so that another one is to be had.
    fn is_suspected(&self) -> bool {
        self.suspected.is_some()
    }

    /// What is known is of another clock.
    fn doubt(&mut self) {
        (self.doubted, self.suspected) = (true, None);
    }

    /// How far off it is, as far as is known.
    fn off(&self) -> Option<&str> {
        self.told.as_deref().filter(|_| !self.doubted)
    }

    /// The real time at some moment since the last call, if there was one at which this clock and the server's agreed on it.
    pub(crate) fn take_vouched(&mut self) -> Option<Timestamp> {
        self.vouched.take()
    }

    /// What the server's clock shows when this one shows `own`, where both were compared.
    pub(crate) fn at_the_server(&self, own: Timestamp) -> Option<Timestamp> {
        let skew = self.skew.filter(|_| !self.doubted)?;
        let apart = Duration::from_millis(skew.unsigned_abs());
        Some(if skew > 0 { own.minus(apart) } else { own.plus(apart) })
    }

    /// This clock minus the server's, in seconds.
    pub(crate) fn skew(&self) -> Option<i64> {
        self.skew.map(|skew| skew.div_euclid(1000))
    }
}

impl Site {
    /// Takes in what the server's clock showed, if it said so; asks a second time, when it must have gone on, before this one counts
    /// as off.
    pub(crate) fn hear_clock(&mut self, told: Option<Told>) -> Result<(), Failure> {
        told.map_or(Ok(()), |told| self.compare_clock(told))?;
        if told.is_none() || !self.clock.is_suspected() {
            return Ok(());
        }
        if self.wait(TICK) {
            return Err(Failure::interrupted());
        }
        let (_, again) = self.contact().ask();
        again.map_or(Ok(()), |again| self.compare_clock(again))
    }

    /// Holds this host's clock against the server's. That they differ by more than the server bears, as two answers in a row
    /// have it, and that they do not any more, is noted and told to the server.
    ///
    /// # Errors
    /// When the audit log cannot be kept.
    pub fn compare_clock(&mut self, told: Told) -> Result<(), Failure> {
        match self.clock.compare(told) {
            Some(Change::Off(text)) => {
                self.claim("clock", "server", &text)?;
                if let Err(error) = self.tell_errors(&[text]) {
                    tell!("the server was not told of the clock: {error}");
                }
                Ok(())
            }
            Some(Change::Agrees) => {
                self.claim("clock", "server", "this host's clock and the server's agree again")
            }
            None => Ok(()),
        }
    }

    /// Notes that the clock was set, or the machine slept: nothing is known of it until the server tells its time again.
    pub(crate) fn doubt_clock(&mut self) {
        self.clock.doubt();
    }

    /// Whether the server would believe what is sealed now, as far as is known.
    ///
    /// # Errors
    /// When the clocks differ by too much: what a person is to do about it.
    pub fn check_clock(&self) -> Result<(), Failure> {
        self.clock.off().map_or(Ok(()), |text| Err(Failure::failed(text)))
    }
}

/// A time for a person: days, or hours and minutes.
fn span(time: Duration) -> String {
    let minutes = time.as_secs() / MINUTE.as_secs();
    let (days, hours) = (minutes / (24 * 60), minutes / 60 % 24);
    if days > 0 { format!("{days} d {hours} h") } else { format!("{hours} h {} min", minutes % 60) }
}

const MINUTE: Duration = Duration::from_secs(60);
/// After so long a clock that shows whole seconds shows another one.
const TICK: Duration = Duration::from_millis(1_500);

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::id::uuid_v7;
    use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};
    use std::collections::BTreeMap;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_800_000_000 + seconds)
    }

    /// An answer that was there at once, by a clock that is so far ahead.
    fn ahead(seconds: i64) -> Told {
        Told { server: at(0), before: at(seconds), after: at(seconds) }
    }

    /// The same clocks two seconds later.
    fn later(told: Told) -> Told {
        let later = |time: Timestamp| time.plus(Duration::from_secs(2));
        Told { server: later(told.server), before: later(told.before), after: later(told.after) }
    }

    /// What a second answer in a row leads to that says the same.
    fn twice(clock: &mut Clock, told: Told) -> Option<Change> {
        assert_eq!(clock.compare(told), None);
        assert!(clock.is_suspected());
        let change = clock.compare(later(told));
        assert!(!clock.is_suspected());
        change
    }

    #[test]
    fn a_clock_is_off_beyond_what_the_server_bears_and_is_told_once_until_it_moves() {
        let mut clock = Clock::default();
        assert_eq!((clock.compare(ahead(0)), clock.skew()), (None, Some(0)));
        assert_eq!((clock.compare(ahead(3600)), clock.is_suspected()), (None, false));
        let Some(Change::Off(text)) = twice(&mut clock, ahead(7200)) else { panic!("2 h are not told") };
        assert!(text.starts_with("this host's clock is 2 h 0 min ahead of the server's"), "{text}");
        assert_eq!((clock.compare(ahead(7230)), clock.skew()), (None, Some(7230)));
        assert!(
            matches!(twice(&mut clock, ahead(400_000)), Some(Change::Off(text)) if text.contains("4 d 15 h"))
        );
        assert_eq!(clock.compare(ahead(0)), Some(Change::Agrees));
        assert_eq!(clock.compare(ahead(0)), None);
        // What waited in a spool may be old, and a clock may be as far behind.
        assert_eq!((clock.compare(ahead(-90 * 86_400)), clock.skew()), (None, Some(-90 * 86_400)));
        let off = twice(&mut clock, ahead(-91 * 86_400));
        assert!(matches!(&off, Some(Change::Off(text)) if text.contains("91 d 0 h behind")), "{off:?}");
    }

    #[test]
    fn a_clock_that_was_set_is_not_called_off_until_the_server_tells_its_time_again() {
        let mut clock = Clock::default();
        assert!(twice(&mut clock, ahead(7200)).is_some() && clock.off().is_some());
        assert_eq!(clock.at_the_server(at(7205)), Some(at(5)));
        clock.doubt();
        assert_eq!((clock.off(), clock.at_the_server(at(7205))), (None, None));
        // As far off as before: known again, and not told again.
        assert_eq!(twice(&mut clock, ahead(7200)), None);
        assert!(clock.off().is_some());
        clock.doubt();
        assert_eq!((clock.compare(ahead(0)), clock.off()), (Some(Change::Agrees), None));
        // What was suspected before says nothing of the clock as it was set.
        assert_eq!(clock.compare(ahead(7200)), None);
        clock.doubt();
        assert_eq!((clock.compare(ahead(7200)), clock.off()), (None, None));
    }

    #[test]
    fn one_answer_that_tells_another_time_puts_no_clock_off_nor_do_two_that_differ() {
        let mut clock = Clock::default();
        assert_eq!((clock.compare(ahead(7200)), clock.off(), clock.skew()), (None, None, None));
        assert_eq!((clock.compare(ahead(5)), clock.is_suspected()), (None, false));
        assert_eq!(clock.compare(ahead(7200)), None);
        for other in [20_000, 7200, -100 * 86_400, 20_000] {
            assert_eq!((clock.compare(ahead(other)), clock.off(), clock.skew()), (None, None, Some(5)));
        }
        // Nor is it right again by one that is off by something else.
        assert!(matches!(clock.compare(later(ahead(20_000))), Some(Change::Off(_))));
        assert_eq!(clock.compare(ahead(7200)), None);
        assert!(clock.off().is_some_and(|text| text.contains("5 h 33 min")));
    }

    #[test]
    fn a_time_that_stands_still_puts_no_clock_off_however_often_it_is_told() {
        let mut clock = Clock::default();
        for second in 0..20 {
            let told = Told { server: at(-7200), before: at(second), after: at(second) };
            assert_eq!((clock.compare(told), clock.off(), clock.skew()), (None, None, None), "{second}");
        }
    }

    #[test]
    fn an_answer_that_took_long_is_of_some_moment_meanwhile() {
        let took = |before, after| Told { server: at(0), before: at(before), after: at(after) };
        for (told, skew) in [
            (took(-8 * 3600, 10), 0),
            (took(-10, 8 * 3600), 0),
            (took(7200, 20_000), 7200),
            (took(-20_000, -7200), -7200),
            // It was set back meanwhile.
            (took(100, -100), 0),
        ] {
            assert_eq!(told.skew(), skew * 1000, "{told:?}");
        }
        let mut clock = Clock::default();
        assert_eq!((clock.compare(took(0, 8 * 3600)), clock.is_suspected()), (None, false));
    }

    #[test]
    fn a_time_is_vouched_for_once_where_both_clocks_agree_to_the_hour_and_is_the_servers() {
        let mut clock = Clock::default();
        assert_eq!(clock.take_vouched(), None);
        for (seconds, vouched) in [(0, true), (3600, true), (-3600, true), (3601, false), (-3601, false)] {
            clock.compare(ahead(0));
            clock.compare(ahead(seconds));
            assert_eq!(clock.take_vouched(), vouched.then_some(at(0)), "{seconds}");
            assert_eq!(clock.take_vouched(), None);
        }
        assert!(twice(&mut clock, ahead(10 * 86_400)).is_some());
        assert_eq!(
            clock.take_vouched(),
            None,
            "a clock that is off makes nothing older, nor does the server's alone"
        );
    }

    /// Starts, turns, sleep, and this host's clock set to whatever, beside a server whose clock is right when it is there.
    #[test]
    fn nothing_goes_for_its_age_that_has_not_waited_so_long_whatever_this_hosts_clock_shows() {
        const HOUR: Duration = Duration::from_secs(3600);
        let max_age = Duration::from_secs(7 * 86_400);
        let limits = SpoolLimits { max_age, ..SpoolLimits::default() };
        let (mut by_vouching, mut made) = (0, BTreeMap::new());
        for seed in 1..=12_u64 {
            let folder = tempfile::tempdir().unwrap();
            let open = || Spool::open(folder.path(), limits).unwrap().0;
            let mut dice = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut roll = |sides: u32| {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                u32::try_from(dice % u64::from(sides)).unwrap()
            };
            let (mut spool, mut clock) = (open(), Clock::default());
            let (mut real, mut off, mut elapsed) = (at(0), 0_i64, Duration::ZERO);
            for number in 0..60_u8 {
                match roll(8) {
                    0 => {
                        (spool, clock, elapsed) = {
                            drop(spool);
                            (open(), Clock::default(), Duration::ZERO)
                        }
                    }
                    1 => {
                        off = [0, 0, 10, -10, 25_000, -20_000][usize::try_from(roll(6)).unwrap()] * 24
                            + i64::from(roll(3))
                            - 1;
                    }
                    2 => {
                        let time = HOUR * roll(60);
                        (real, elapsed) = (real.plus(time), elapsed + time);
                    }
                    // It sleeps, or is off until the next start.
                    3 => real = real.plus(HOUR * roll(100)),
                    4 => {
                        let named = Timestamp::from_unix_millis(real.unix_millis() + off * 3_600_000);
                        let id = uuid_v7(named, [number; 10]);
                        let octets = sealed();
                        spool.append(Class::Meter, id, SealedPayload::new(&octets).unwrap()).unwrap();
                        made.insert(id, real);
                    }
                    turn => {
                        let own = Timestamp::from_unix_millis(real.unix_millis() + off * 3_600_000);
                        let told = Told { server: real, before: own, after: own };
                        if turn < 7 {
                            clock.compare(told);
                            if clock.is_suspected() {
                                clock.compare(later(told));
                            }
                        }
                        let passed = std::mem::take(&mut elapsed);
                        let vouched = clock.take_vouched();
                        for dropped in spool.expire(vouched, passed).unwrap() {
                            let age = real.unix_millis() - made[&dropped.entry.id].unix_millis();
                            assert!(
                                age > 7 * 86_400_000,
                                "seed {seed}: {dropped:?} after {} h",
                                age / 3_600_000
                            );
                            by_vouching += u32::from(vouched.is_some() && passed < max_age);
                        }
                    }
                }
            }
        }
        assert!(by_vouching > 5, "only {by_vouching} went, so nothing was tried");
    }

    /// The smallest container that has the form of a sealed one.
    fn sealed() -> Vec<u8> {
        let name = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
        [&[0x30, 0x84, 0, 0, 0, 13][..], &name].concat()
    }
}
