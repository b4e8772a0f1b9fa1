use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A moment in UTC with a resolution of one second, as seconds since 1970-01-01T00:00:00Z.
///
/// Reads RFC 3339 with `Z` or an offset, drops fractions of a second, prints with `Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// The text is not an RFC 3339 date and time between the years 1970 and 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 date and time between 1970 and 9999")]
pub struct TimestampError;

impl Timestamp {
    /// From seconds since 1970-01-01T00:00:00Z; what lies beyond the year 9999 becomes its last second.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        Self(seconds.min(MAX_SECONDS))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> u64 {
        self.0
    }

    /// The moment `seconds` later.
    #[must_use]
    pub fn plus(self, seconds: u64) -> Self {
        Self::from_unix(self.0.saturating_add(seconds))
    }
}

impl From<std::time::SystemTime> for Timestamp {
    fn from(time: std::time::SystemTime) -> Self {
        Self::from_unix(time.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0 / 86_400);
        let second = self.0 % 86_400;
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Result<u64, TimestampError> {
            let digits = bytes.get(from..to).ok_or(TimestampError)?;
            digits.iter().try_fold(0, |sum: u64, digit| match digit {
                b'0'..=b'9' => Ok(sum * 10 + u64::from(digit - b'0')),
                _ => Err(TimestampError),
            })
        };
        let sign = |at: usize, allowed: &[u8]| match bytes.get(at) {
            Some(found) if allowed.contains(found) => Ok(()),
            _ => Err(TimestampError),
        };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        sign(4, b"-")?;
        sign(7, b"-")?;
        sign(10, b"Tt")?;
        sign(13, b":")?;
        sign(16, b":")?;
        // RFC 3339 §5.6 allows 60 for a leap second; it is taken as the last second of its minute.
        if year < 1970 || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 60 {
            return Err(TimestampError);
        }
        if day == 0 || day > days_in_month(year, month) {
            return Err(TimestampError);
        }
        let mut at = 19;
        if bytes.get(at) == Some(&b'.') {
            let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return Err(TimestampError);
            }
            at += 1 + digits;
        }
        let local = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second.min(59);
        let seconds = match bytes.get(at) {
            Some(b'Z' | b'z') if bytes.len() == at + 1 => local,
            Some(direction @ (b'+' | b'-')) if bytes.len() == at + 6 => {
                sign(at + 3, b":")?;
                let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
                if hours > 23 || minutes > 59 {
                    return Err(TimestampError);
                }
                let offset = hours * 3_600 + minutes * 60;
                if *direction == b'+' {
                    local.checked_sub(offset).ok_or(TimestampError)?
                } else {
                    local + offset
                }
            }
            _ => return Err(TimestampError),
        };
        if seconds > MAX_SECONDS { Err(TimestampError) } else { Ok(Self(seconds)) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
const MAX_SECONDS: u64 = 253_402_300_799;

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 for a date from 1970 on, counting leap days by whole years.
fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let before = year - 1;
    let leap_days = before / 4 - before / 100 + before / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    let months: u64 = (1..month).map(|month| days_in_month(year, month)).sum();
    (year - 1970) * 365 + leap_days + months + day - 1
}

fn civil_from_days(days: u64) -> (u64, u64, u64) {
    // 400 years have 146,097 days; the first guess is at most one year too early.
    let mut year = 1970 + days * 400 / 146_097;
    while days_from_civil(year, 1, 1) > days {
        year -= 1;
    }
    while days_from_civil(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut rest = days - days_from_civil(year, 1, 1);
    let mut month = 1;
    while rest >= days_in_month(year, month) {
        rest -= days_in_month(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_prints_moments_that_others_published() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2001-09-09T01:46:40Z", 1_000_000_000),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2038-01-19T03:14:08Z", 2_147_483_648),
            ("9999-12-31T23:59:59Z", MAX_SECONDS),
        ] {
            assert_eq!(text.parse(), Ok(Timestamp(seconds)));
            assert_eq!(Timestamp(seconds).to_string(), text);
        }
    }

    #[test]
    fn takes_offsets_and_fractions() {
        let expected = Ok(Timestamp(482_196_050));
        assert_eq!("1985-04-12T23:20:50.52Z".parse(), expected);
        assert_eq!("1985-04-13T01:20:50+02:00".parse(), expected);
        assert_eq!("1985-04-12T15:20:50-08:00".parse(), expected);
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01 00:00:00",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError), "{text}");
        }
        assert!("1969-12-31T23:59:59Z".parse::<Timestamp>().is_err());
        assert!("1970-01-01T00:00:00+00:01".parse::<Timestamp>().is_err());
        assert!("2026-01-01T00:00:00Zjunk".parse::<Timestamp>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(seconds in 0..=MAX_SECONDS) {
            prop_assert_eq!(Timestamp(seconds).to_string().parse(), Ok(Timestamp(seconds)));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
