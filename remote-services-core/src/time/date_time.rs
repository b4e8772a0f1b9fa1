//! Dates and times as devices give them: not all say in which zone.

use super::{Timestamp, TimestampError};
#[cfg(feature = "serde")]
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// A date and time of a device: a point in UTC or, where the device told no zone, the local time that it showed.
///
/// RFC 2579 DateAndTime has a form of eight octets without a zone. No zone is made up for it, so it cannot be
/// compared with a point in time, nor with the local time of another device.
///
/// Prints and parses as RFC 3339, local time without the `Z` (`2026-11-22T09:30:00.000`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateTime {
    /// A point in time.
    Utc(Timestamp),
    /// What the clock on the wall showed, written as if it were UTC.
    Local(Timestamp),
}

impl DateTime {
    /// The point in time; `None` for local time of an unknown zone.
    #[must_use]
    pub const fn instant(self) -> Option<Timestamp> {
        match self {
            Self::Utc(instant) => Some(instant),
            Self::Local(_) => None,
        }
    }

    /// Date and time as they are written, whatever the zone.
    #[must_use]
    pub const fn as_written(self) -> Timestamp {
        match self {
            Self::Utc(written) | Self::Local(written) => written,
        }
    }
}

impl Default for DateTime {
    fn default() -> Self {
        Self::Utc(Timestamp::default())
    }
}

impl From<Timestamp> for DateTime {
    fn from(instant: Timestamp) -> Self {
        Self::Utc(instant)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utc(instant) => instant.fmt(f),
            Self::Local(written) => {
                let text = alloc::format!("{written}");
                f.write_str(text.strip_suffix('Z').unwrap_or(&text))
            }
        }
    }
}

impl FromStr for DateTime {
    type Err = TimestampError;

    /// Reads RFC 3339 with or without a zone; an offset is converted to UTC.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        match text.parse() {
            Ok(instant) => Ok(Self::Utc(instant)),
            // what is missing may be the zone
            Err(TimestampError { offset }) if offset == text.len() => {
                alloc::format!("{text}Z").parse().map(Self::Local)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for DateTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for DateTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn local_time_stays_local() {
        let local: DateTime = "2026-11-22T09:30:00.5".parse().unwrap();
        assert_eq!(local.to_string(), "2026-11-22T09:30:00.500");
        assert_eq!(local.to_string().parse(), Ok(local));
        assert_eq!(local.instant(), None);
        assert_eq!(local.as_written().to_string(), "2026-11-22T09:30:00.500Z");
    }

    #[test]
    fn a_zone_makes_a_point_in_time() {
        let utc: DateTime = "2026-11-22T11:30:00+02:00".parse().unwrap();
        assert_eq!(utc.to_string(), "2026-11-22T09:30:00.000Z");
        assert_eq!(utc.instant().map(DateTime::from), Some(utc));
        assert_ne!(utc, DateTime::Local(utc.as_written()));
    }

    #[test]
    fn what_is_cut_short_is_no_date() {
        let whole = "2026-11-22T09:30:00";
        for end in 0..whole.len() {
            assert!(whole[..end].parse::<DateTime>().is_err(), "{}", &whole[..end]);
        }
        assert_eq!("2026-11-22T09:30:00x".parse::<DateTime>(), Err(TimestampError { offset: 19 }));
    }
}
