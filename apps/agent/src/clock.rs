//! Whether this host's clock and the server's agree so far that the server believes what is signed here.
//!
//! ```text
//! unknown ─ the server tells its time ─▶ agrees ◀──────────▶ off: nothing is read or sealed, and a person is told
//!    ▲                                        ╰──── set, or slept ────╯
//!    ╰────────────────────────────────────────────────────╯
//! ```
//!
//! The server puts aside what is signed too far ahead of its own clock, or too long before it, however good it is otherwise: so
//! it is not made. What counts grows on in the devices, and is read when the clock was set.

use crate::failure::Failure;
use crate::site::Site;
use crate::survey::now;
use remote_services_core::time::Timestamp;
use remote_services_payload::seal::{MAX_AGE, MAX_SKEW};
use std::time::Duration;

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
    fn compare(&mut self, own: Timestamp, server: Timestamp) -> Option<Change> {
        let skew = own.unix_millis().saturating_sub(server.unix_millis());
        (self.skew, self.doubted) = (Some(skew), false);
        let (ahead, behind) = (own.since(server), server.since(own));
        if ahead <= MAX_SKEW && behind <= MAX_AGE {
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

    /// How far off it is, as far as is known.
    fn off(&self) -> Option<&str> {
        self.told.as_deref().filter(|_| !self.doubted)
    }

    /// This clock minus the server's, in seconds.
    pub(crate) fn skew(&self) -> Option<i64> {
        self.skew.map(|skew| skew.div_euclid(1000))
    }
}

impl Site {
    /// Holds this host's clock against the server's. That they differ by more than the server bears, and that they do not any
    /// more, is noted and told to the server.
    ///
    /// # Errors
    /// When the audit log cannot be kept.
    pub fn compare_clock(&mut self, server: Timestamp) -> Result<(), Failure> {
        match self.clock.compare(now(), server) {
            Some(Change::Off(text)) => {
                self.note("clock", "server", &text)?;
                if let Err(error) = self.tell_errors(&[text]) {
                    tell!("the server was not told of the clock: {error}");
                }
                Ok(())
            }
            Some(Change::Agrees) => {
                self.note("clock", "server", "this host's clock and the server's agree again")
            }
            None => Ok(()),
        }
    }

    /// Notes that the clock was set, or the machine slept: nothing is known of it until the server tells its time again.
    pub(crate) fn doubt_clock(&mut self) {
        self.clock.doubted = true;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_beyond_what_the_server_bears_and_is_told_once_until_it_moves() {
        let server = Timestamp::from_unix_seconds(1_800_000_000);
        let seconds = |seconds| server.plus(Duration::from_secs(seconds));
        let mut clock = Clock::default();
        assert_eq!((clock.compare(server, server), clock.skew()), (None, Some(0)));
        assert_eq!(clock.compare(seconds(3600), server), None);
        let Some(Change::Off(text)) = clock.compare(seconds(7200), server) else {
            panic!("2 h are not told")
        };
        assert!(text.starts_with("this host's clock is 2 h 0 min ahead of the server's"), "{text}");
        assert_eq!((clock.compare(seconds(7230), server), clock.skew()), (None, Some(7230)));
        assert!(
            matches!(clock.compare(seconds(400_000), server), Some(Change::Off(text)) if text.contains("4 d 15 h"))
        );
        assert_eq!(clock.compare(server, server), Some(Change::Agrees));
        assert_eq!(clock.compare(server, server), None);
        // What waited in a spool may be old, and a clock may be as far behind.
        assert_eq!((clock.compare(server, seconds(90 * 86_400)), clock.skew()), (None, Some(-90 * 86_400)));
        let off = clock.compare(server, seconds(91 * 86_400));
        assert!(matches!(&off, Some(Change::Off(text)) if text.contains("91 d 0 h behind")), "{off:?}");
    }

    #[test]
    fn a_clock_that_was_set_is_not_called_off_until_the_server_tells_its_time_again() {
        let server = Timestamp::from_unix_seconds(1_800_000_000);
        let ahead = server.plus(Duration::from_secs(7200));
        let mut clock = Clock::default();
        assert!(clock.compare(ahead, server).is_some() && clock.off().is_some());
        clock.doubted = true;
        assert_eq!(clock.off(), None);
        // As far off as before: known again, and not told again.
        assert_eq!(clock.compare(ahead, server), None);
        assert!(clock.off().is_some());
        clock.doubted = true;
        assert_eq!((clock.compare(server, server), clock.off()), (Some(Change::Agrees), None));
    }
}
