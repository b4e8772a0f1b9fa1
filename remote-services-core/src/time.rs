//! Points in time, as the payloads write them: UTC, to the millisecond, RFC 3339.

mod date_time;

pub use date_time::DateTime;

#[cfg(feature = "serde")]
use alloc::string::String;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;

/// A point in time in UTC: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Prints and parses as RFC 3339 with a `Z` (`2026-11-22T09:30:00.000Z`); years 0000 to 9999.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 date and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampError {
    /// Byte at which the text stopped being one.
    pub offset: usize,
}

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an RFC 3339 date and time at byte {}", self.offset)
    }
}

impl core::error::Error for TimestampError {}

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z, clamped to the years 0000 to 9999.
    #[must_use]
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(if millis < FIRST {
            FIRST
        } else if millis > LAST {
            LAST
        } else {
            millis
        })
    }

    /// From seconds since 1970-01-01T00:00:00Z, clamped to the years 0000 to 9999.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self::from_unix_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This point moved into the future.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self::from_unix_millis(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This point moved into the past.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self::from_unix_millis(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Time from `earlier` to this point; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The point in time that the standard library's clock type names, clamped to the years 0000 to 9999.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn from_system_time(time: std::time::SystemTime) -> Self {
        match time.duration_since(std::time::SystemTime::UNIX_EPOCH) {
            Ok(after) => Self::default().plus(after),
            Err(before) => Self::default().minus(before.duration()),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.div_euclid(DAY);
        let in_day = self.0.rem_euclid(DAY);
        let (year, month, day) = civil_from_days(days);
        // written by hand: every row of every document has one or two
        let mut text = *b"0000-00-00T00:00:00.000Z";
        for (end, mut number) in [
            (4, year),
            (7, month),
            (10, day),
            (13, in_day / 3_600_000),
            (16, in_day / 60_000 % 60),
            (19, in_day / 1000 % 60),
            (23, in_day % 1000),
        ] {
            let mut at = end;
            while number > 0 {
                at -= 1;
                text[at] = b"0123456789"[usize::try_from(number % 10).unwrap_or(0)];
                number /= 10;
            }
        }
        f.write_str(core::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339: an offset is converted to UTC, digits beyond the millisecond are cut off.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let bytes = text.as_bytes();
        let number = |from: usize, count: usize| -> Result<i64, TimestampError> {
            let mut value = 0;
            for offset in from..from + count {
                match bytes.get(offset) {
                    Some(digit @ b'0'..=b'9') => value = value * 10 + i64::from(digit - b'0'),
                    _ => return Err(TimestampError { offset }),
                }
            }
            Ok(value)
        };
        let expect = |offset: usize, allowed: &[u8]| match bytes.get(offset) {
            Some(byte) if allowed.contains(byte) => Ok(()),
            _ => Err(TimestampError { offset }),
        };
        let within = |value: i64, low: i64, high: i64, offset: usize| {
            if (low..=high).contains(&value) { Ok(value) } else { Err(TimestampError { offset }) }
        };
        let year = number(0, 4)?;
        expect(4, b"-")?;
        let month = within(number(5, 2)?, 1, 12, 5)?;
        expect(7, b"-")?;
        let day = within(number(8, 2)?, 1, days_in_month(year, month), 8)?;
        expect(10, b"Tt ")?;
        let hour = within(number(11, 2)?, 0, 23, 11)?;
        expect(13, b":")?;
        let minute = within(number(14, 2)?, 0, 59, 14)?;
        expect(16, b":")?;
        let second = within(number(17, 2)?, 0, 60, 17)?;
        let mut at = 19;
        let mut millis = 0;
        if bytes.get(at) == Some(&b'.') {
            let first = at + 1;
            at = first;
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            if at == first {
                return Err(TimestampError { offset: at });
            }
            let kept = (at - first).min(3);
            millis = number(first, kept)? * [1, 100, 10, 1][kept];
        }
        let east = match bytes.get(at) {
            Some(b'Z' | b'z') => {
                at += 1;
                0
            }
            Some(sign @ (b'+' | b'-')) => {
                let hours = within(number(at + 1, 2)?, 0, 23, at + 1)?;
                expect(at + 3, b":")?;
                let minutes = within(number(at + 4, 2)?, 0, 59, at + 4)?;
                at += 6;
                (hours * 60 + minutes) * if *sign == b'+' { 60_000 } else { -60_000 }
            }
            _ => return Err(TimestampError { offset: at }),
        };
        if at != bytes.len() {
            return Err(TimestampError { offset: at });
        }
        let in_day = ((hour * 60 + minute) * 60 + second) * 1000 + millis;
        Ok(Self::from_unix_millis(days_from_civil(year, month, day) * DAY + in_day - east))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

const DAY: i64 = 86_400_000;
/// 0000-01-01T00:00:00.000Z
const FIRST: i64 = -719_528 * DAY;
/// 9999-12-31T23:59:59.999Z
const LAST: i64 = 2_932_897 * DAY - 1;

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, counted in years that start in
/// March so that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let from_era = days + 719_468;
    let era = from_era.div_euclid(146_097);
    let day_of_era = from_era.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn prints_and_reads_known_points() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_339_800_123, "2026-11-22T09:30:00.123Z"),
            (LAST, "9999-12-31T23:59:59.999Z"),
            (FIRST, "0000-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp::from_unix_millis(millis).to_string(), text);
            assert_eq!(text.parse(), Ok(Timestamp::from_unix_millis(millis)));
        }
    }

    #[test]
    fn converts_an_offset_to_utc() {
        let east: Timestamp = "2026-11-22T11:30:00+02:00".parse().unwrap();
        assert_eq!(east.to_string(), "2026-11-22T09:30:00.000Z");
    }

    #[test]
    fn says_where_a_bad_text_breaks() {
        for (text, offset) in [
            ("", 0),
            ("2026-13-01T00:00:00Z", 5),
            ("2025-02-29T00:00:00Z", 8),
            ("2026-11-22T24:00:00Z", 11),
            ("2026-11-22T09:30:00", 19),
            ("2026-11-22T09:30:00.Z", 20),
            ("2026-11-22T09:30:00Zx", 20),
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError { offset }), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(millis in FIRST..=LAST) {
            let point = Timestamp::from_unix_millis(millis);
            prop_assert_eq!(point.to_string().parse(), Ok(point));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
