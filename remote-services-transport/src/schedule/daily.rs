use crate::execution::WindowState;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use remote_services_core::time::Timestamp;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

/// A span of every day in local time, such as `02:00-04:00` or `22:30-01:00`; also a maintenance window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyWindow {
    start: Time,
    /// More than nothing, and a day at most.
    length: Duration,
}

/// How the window of a command stands: `HH:MM-HH:MM` in the local time of the client.
#[must_use]
pub fn window_state(window: Option<&str>, now: Timestamp, zone: &TimeZone) -> WindowState {
    match window.map(str::parse::<DailyWindow>) {
        None => WindowState::Open,
        Some(Ok(window)) if window.contains(now, zone) => WindowState::Open,
        Some(Ok(_)) => WindowState::Closed,
        Some(Err(_)) => WindowState::Unknown,
    }
}

/// A text that is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a window is HH:MM-HH:MM in local time, such as 02:00-04:00, not {0:?}")]
pub struct WindowError(pub String);

impl DailyWindow {
    /// A window that begins at `start`; its length is kept between one minute and one day.
    #[must_use]
    pub fn new(start: Time, length: Duration) -> Self {
        Self { start, length: length.clamp(Duration::from_secs(60), DAY) }
    }

    /// How long it is by the clock on the wall.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Whether `now` lies in the window of its local day, or in that of the day before when it runs over midnight. On a
    /// day on which the clocks jump over part of it, it ends as much later: it is never shorter than on others.
    #[must_use]
    pub fn contains(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.end(now, zone).is_some()
    }

    /// When the window that `now` lies in ends.
    fn end(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = local_date(now, zone)?;
        [Some(today), today.yesterday().ok()].into_iter().flatten().find_map(|date| {
            let from = self.moment(date, Duration::ZERO, zone)?;
            let to = self.moment(date, self.length, zone)?.max(from.plus(self.length));
            (from..to).contains(&now).then_some(to)
        })
    }

    /// The moment so long after the start of the window that begins on this local day, by the clock on the wall.
    fn moment(&self, date: Date, after: Duration, zone: &TimeZone) -> Option<Timestamp> {
        let after = SignedDuration::try_from(after).ok()?;
        let wall = date.to_datetime(self.start).checked_add(after).ok()?;
        // "Compatible" (RFC 5545): a gap is skipped by as much as it is long, of two the first.
        let instant = zone.to_ambiguous_timestamp(wall).compatible().ok()?;
        Some(Timestamp::from_unix_millis(instant.as_millisecond()))
    }
}

impl fmt::Display for DailyWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = SignedDuration::try_from(self.length).unwrap_or_default();
        let end = self.start.wrapping_add(length);
        write!(f, "{}-{}", self.start.strftime("%H:%M"), end.strftime("%H:%M"))
    }
}

impl FromStr for DailyWindow {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        let wrong = || WindowError(text.chars().take(40).collect());
        let time = |part: &str| -> Option<Time> {
            let (hours, minutes) = part.trim().split_once(':')?;
            let two = |digits: &str| {
                (digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit()))
                    .then(|| digits.parse().ok())?
            };
            Time::new(two(hours)?, two(minutes)?, 0, 0).ok()
        };
        let (start, end) = text.split_once('-').ok_or_else(wrong)?;
        let (start, end) = (time(start).ok_or_else(wrong)?, time(end).ok_or_else(wrong)?);
        let seconds = (seconds_of(end) + 86_400 - seconds_of(start)) % 86_400;
        // From a time to itself is a whole day.
        let length = if seconds == 0 { DAY } else { Duration::from_secs(seconds) };
        Ok(Self { start, length })
    }
}

/// The daily work of one client.
#[derive(Clone, Debug)]
pub struct Daily {
    window: DailyWindow,
    zone: TimeZone,
    /// This client's part of the window, in 2⁻³².
    phase: u32,
}

/// What the schedule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Now.
    Now,
    /// At this moment, if nothing else happens.
    At(Timestamp),
}

impl Daily {
    /// The schedule of the client with this id, in this time zone.
    #[must_use]
    pub fn new(window: DailyWindow, zone: TimeZone, id: Uuid) -> Self {
        Self { window, zone, phase: phase_of(id) }
    }

    /// Whether work is due, given when it was last done, and when this client woke (it was asleep or off before). Of work
    /// that was slept over one piece is due, a part of an hour after waking.
    #[must_use]
    pub fn due(&self, last: Option<Timestamp>, woke: Timestamp, now: Timestamp) -> Due {
        // Work that seems to lie in the future was done before the clock was set back.
        let last = last.filter(|last| since(*last, now) <= DAY);
        let Some(last) = last else {
            return self.after_waking(woke, now);
        };
        if last >= now {
            return self.next(last);
        }
        match self.moment_after(last) {
            Some(moment) if moment > now => Due::At(moment),
            Some(moment) if moment >= woke => Due::Now,
            Some(_) => self.after_waking(woke, now),
            None => Due::Now,
        }
    }

    /// As [`Self::due`], for work that is not done outside of the window: what was missed waits for this client's moment
    /// in the next one. Who never did it, or missed it in the window that is open, does it there.
    #[must_use]
    pub fn due_within(&self, last: Option<Timestamp>, now: Timestamp) -> Due {
        // Work that seems to lie in the future was done before the clock was set back.
        let last = last.filter(|last| *last <= now).unwrap_or(now.minus(self.window.length));
        match self.moment_after(last) {
            Some(moment) if moment > now => Due::At(moment),
            missed => match (missed, self.window.end(now, &self.zone), self.moment_after(now)) {
                // Many may have missed the same: each keeps to its own moment.
                (_, Some(end), Some(moment)) if moment < end => Due::At(moment),
                (Some(_), Some(_), _) => Due::Now,
                (.., moment) => moment.map_or(Due::Now, Due::At),
            },
        }
    }

    /// From which waking the wait for work that was slept over counts: from the one `before`, if the work was missed by then
    /// and was not done since, so that who is never awake for long does it all the same; else from this one.
    #[must_use]
    pub fn waking(&self, last: Option<Timestamp>, before: Timestamp, woke: Timestamp) -> Timestamp {
        let last = last.filter(|last| since(*last, woke) <= DAY);
        let missed = last.is_none_or(|last| self.moment_after(last).is_some_and(|moment| moment < before));
        if missed && before <= woke { before } else { woke }
    }

    fn after_waking(&self, woke: Timestamp, now: Timestamp) -> Due {
        let spread = self.window.length.min(CATCH_UP);
        let moment = woke.plus(part_of(spread, self.phase));
        if moment > now { Due::At(moment) } else { Due::Now }
    }

    fn next(&self, last: Timestamp) -> Due {
        self.moment_after(last).map_or(Due::Now, Due::At)
    }

    /// This client's first moment after `time`.
    #[must_use]
    pub fn moment_after(&self, time: Timestamp) -> Option<Timestamp> {
        let date = local_date(time, &self.zone)?;
        // A window over midnight that began yesterday may still have its moment before it.
        (-1..=2).find_map(|days: i64| {
            let date = date.checked_add(Span::new().try_days(days).ok()?).ok()?;
            self.moment_on(date).filter(|moment| *moment > time)
        })
    }

    /// This client's moment in the window that begins on a local day.
    fn moment_on(&self, date: Date) -> Option<Timestamp> {
        self.window.moment(date, part_of(self.window.length, self.phase), &self.zone)
    }
}

/// A client's place in every window, uniform over all of u32 and the same for ever.
fn phase_of(id: Uuid) -> u32 {
    let digest = Sha256::digest(id.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// Whole seconds of a span, so that a moment never falls on its end.
fn part_of(span: Duration, phase: u32) -> Duration {
    // A day has less than 2¹⁷ seconds, so the product fits in 49 bits.
    Duration::from_secs((span.as_secs() * u64::from(phase)) >> 32)
}

fn local_date(time: Timestamp, zone: &TimeZone) -> Option<Date> {
    let instant = jiff::Timestamp::from_millisecond(time.unix_millis()).ok()?;
    Some(zone.to_datetime(instant).date())
}

fn seconds_of(time: Time) -> u64 {
    let part = |value: i8| u64::try_from(value).unwrap_or(0);
    part(time.hour()) * 3600 + part(time.minute()) * 60
}

/// How far `later` lies behind `now`; nothing when it does not.
fn since(later: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(later.unix_millis().saturating_sub(now.unix_millis())).unwrap_or(0))
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Over how much time clients are spread that wake together.
const CATCH_UP: Duration = Duration::from_secs(60 * 60);
