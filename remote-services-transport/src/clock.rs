//! Whether this client's clock and the server's agree so far that the server believes what is signed here.
//!
//! ```text
//! unknown ─ the server tells its time ─▶ agrees ◀── twice ──▶ off: nothing is read or sealed, and a person is told
//!    ▲                                        ╰──── set, or slept ────╯
//!    ╰────────────────────────────────────────────────────╯
//! ```
//!
//! One answer alone puts no clock off: it may have been stored on its way, or be another's. So the server is asked a second time
//! a [moment](TICK) later, and both must say the same of this clock, while the server's has gone on: what somebody has stored stands still.
//!
//! The server puts aside what is signed too far ahead of its own clock, or too long before it, however good it is otherwise: so
//! it is not made. What counts grows on in the devices, and is read when the clock was set.
//!
//! `directory_and_clock` of both drivers asks the server and holds a [`Clock`] against it; who asks on his own gives what he
//! heard to [`Clock::compare`].

mod wall;

pub use wall::WallClock;

use remote_services_core::time::Timestamp;
use std::time::{Duration, Instant};

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
    /// What the server told of its clock between two moments of the clock that counts and of this one; nothing when these
    /// parted meanwhile: who slept, or whose clock was set, cannot tell when the answer was given.
    #[must_use]
    pub fn between(
        (begun, before): (Instant, Timestamp),
        server: Option<Timestamp>,
        (ended, after): (Instant, Timestamp),
    ) -> Option<Self> {
        let leapt = WallClock::new(begun, before).leapt(ended, after);
        server.filter(|_| !leapt).map(|server| Self { server, before, after })
    }

    /// This clock minus the server's, in milliseconds: what it is at least.
    fn skew(&self) -> i64 {
        let minus = |own: Timestamp| own.unix_millis().saturating_sub(self.server.unix_millis());
        0.clamp(minus(self.before).min(minus(self.after)), minus(self.after).max(minus(self.before)))
    }
}

/// What is known of this host's clock.
#[derive(Debug)]
pub struct Clock {
    /// How far ahead of the server's the server bears.
    most_ahead: Duration,
    /// How far behind it.
    most_behind: Duration,
    /// This clock minus the server's, in milliseconds.
    skew: Option<i64>,
    /// What a person was told, while the clock is off.
    told: Option<String>,
    /// How far off it was then.
    told_at: i64,
    /// It was set since, or the machine slept: what is known is of another clock.
    doubted: bool,
    /// This clock beside the one that counts, as they were last looked at.
    beside: Option<WallClock>,
    /// What passed from look to look, and nobody took.
    passed: Duration,
    /// How far off it is by one answer, which may be wrong, and what the server's clock showed by it.
    suspected: Option<(i64, Timestamp)>,
    /// What the server's clock showed, if this one showed the same to the hour and nobody took it since.
    vouched: Option<Timestamp>,
}

/// What changed.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// It is off, or further off, or less.
    Off(String),
    /// It was off, and is not any more.
    Agrees,
}

impl Clock {
    /// A clock of which nothing is known. The server believes what is signed by one that is no further ahead of its own, and no
    /// further behind.
    #[must_use]
    pub fn new(most_ahead: Duration, most_behind: Duration) -> Self {
        Self {
            most_ahead,
            most_behind,
            skew: None,
            told: None,
            told_at: 0,
            doubted: false,
            beside: None,
            passed: Duration::ZERO,
            suspected: None,
            vouched: None,
        }
    }

    /// Looks at this clock and at one that cannot be set: where they parted since the last look, it is doubted.
    pub fn look(&mut self, counted: Instant, own: Timestamp) {
        let beside = self.beside.get_or_insert(WallClock::new(counted, own));
        self.passed += beside.passed(counted);
        if beside.leapt(counted, own) {
            self.doubt();
        }
    }

    /// Takes in what both clocks show, and says what a person is to be told.
    pub fn compare(&mut self, told: Told) -> Option<Change> {
        let skew = told.skew();
        let apart = Duration::from_millis(skew.unsigned_abs());
        let (ahead, behind) = if skew > 0 { (apart, Duration::ZERO) } else { (Duration::ZERO, apart) };
        let is_off = ahead > self.most_ahead || behind > self.most_behind;
        // One of them alone may be wrong by any time.
        self.vouched = (apart <= AGREED).then_some(told.server);
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
        let off = match ahead > self.most_ahead {
            true => {
                format!("{} ahead of the server's, which puts aside what is signed so far ahead", span(ahead))
            }
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

    /// Takes in what the server told, if it did; says whether another answer is to be had.
    pub fn hear(&mut self, told: Option<Told>) -> bool {
        told.is_some_and(|told| {
            self.compare(told);
            self.is_suspected()
        })
    }

    /// Whether one answer says that it is off, so that another one is to be had.
    #[must_use]
    pub fn is_suspected(&self) -> bool {
        self.suspected.is_some()
    }

    /// It was set, or the machine slept: what is known is of another clock.
    pub fn doubt(&mut self) {
        (self.doubted, self.suspected) = (true, None);
    }

    /// How far off it is, as far as is known, and what a person is to do about it: until then nothing is to be sealed.
    #[must_use]
    pub fn off(&self) -> Option<&str> {
        self.told.as_deref().filter(|_| !self.doubted)
    }

    /// The real time at some moment since the last call, if there was one at which this clock and the server's agreed on it.
    pub fn take_vouched(&mut self) -> Option<Timestamp> {
        self.vouched.take()
    }

    /// What passed between the looks since the last call, by the clock that only counts.
    pub fn take_passed(&mut self) -> Duration {
        std::mem::take(&mut self.passed)
    }

    /// What the server's clock shows when this one shows `own`, where both were compared.
    #[must_use]
    pub fn at_the_server(&self, own: Timestamp) -> Option<Timestamp> {
        let skew = self.skew.filter(|_| !self.doubted)?;
        let apart = Duration::from_millis(skew.unsigned_abs());
        Some(if skew > 0 { own.minus(apart) } else { own.plus(apart) })
    }

    /// This clock minus the server's, in seconds.
    #[must_use]
    pub fn skew(&self) -> Option<i64> {
        self.skew.map(|skew| skew.div_euclid(1000))
    }
}

/// A time for a person: days, or hours and minutes.
fn span(time: Duration) -> String {
    let minutes = time.as_secs() / MINUTE.as_secs();
    let (days, hours) = (minutes / (24 * 60), minutes / 60 % 24);
    if days > 0 { format!("{days} d {hours} h") } else { format!("{hours} h {} min", minutes % 60) }
}

/// Two clocks agree on what time it is that are no further apart.
const AGREED: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
/// How long to wait before the server is asked a second time: after so long a clock that shows whole seconds shows another one.
pub const TICK: Duration = Duration::from_millis(1_500);

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::new(AGREED, Duration::from_secs(90 * 86_400))
    }

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
        let mut clock = clock();
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
        let mut clock = clock();
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
        let mut clock = clock();
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
        let mut clock = clock();
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
        let mut clock = clock();
        assert_eq!((clock.compare(took(0, 8 * 3600)), clock.is_suspected()), (None, false));
    }

    #[test]
    fn a_time_is_vouched_for_once_where_both_clocks_agree_to_the_hour_and_is_the_servers() {
        let mut clock = clock();
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

    #[test]
    fn a_clock_that_moves_otherwise_than_time_passes_is_doubted() {
        let (begun, second) = (Instant::now(), Duration::from_secs(1));
        let mut clock = clock();
        clock.look(begun, at(7200));
        assert!(twice(&mut clock, ahead(7200)).is_some());
        clock.look(begun + second, at(7201));
        assert!(clock.off().is_some(), "it goes on");
        clock.look(begun + 2 * second, at(2));
        assert_eq!(clock.off(), None, "it was set");
        assert_eq!((clock.take_passed(), clock.take_passed()), (2 * second, Duration::ZERO));
    }
}
