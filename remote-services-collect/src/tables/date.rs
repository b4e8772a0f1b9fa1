//! Dates of devices: DateAndTime (RFC 2579), or digits from the year on, as some makers write them.

use remote_services_core::time::DateTime;

/// The date that these octets hold; without a zone it stays local. A clock that was never set (zeros, or a year before
/// 1990) gives none.
pub(crate) fn date_time(octets: &[u8]) -> Option<DateTime> {
    binary(octets).or_else(|| digits(core::str::from_utf8(octets).ok()?.trim_matches(['\0', ' '])))
}

fn binary(octets: &[u8]) -> Option<DateTime> {
    let ([high, low, month, day, hour, minute, second, tenths], zone) = octets.split_first_chunk::<8>()?;
    let zone = match zone {
        [] => String::new(),
        [sign @ (b'+' | b'-'), hours @ 0..=13, minutes @ 0..=59] => {
            format!("{}{hours:02}:{minutes:02}", char::from(*sign))
        }
        _ => return None,
    };
    // A leap second is written as the last one of its minute.
    let (second, tenths) = (second.min(&59), tenths.min(&9));
    let year = u16::from_be_bytes([*high, *low]);
    written(year.into(), &format!("{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{tenths}00{zone}"))
}

/// `YYYYMMDD`, with `HHmm` or `HHmmss` and `Z` after it if they are told, and the same with `-`, `/`, `T` and `:`.
fn digits(text: &str) -> Option<DateTime> {
    let (text, zone) = text.strip_suffix('Z').map_or((text, ""), |text| (text, "Z"));
    // The year comes first; other orders cannot be told apart.
    if !text.get(..4)?.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let only: String = text.chars().filter(|c| !matches!(c, '-' | '/' | ':' | 'T' | ' ')).collect();
    if !matches!(only.len(), 8 | 12 | 14) || !only.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let full = format!("{only:0<14}");
    let (year, rest) = full.split_at(4);
    let part = |at: usize| rest.get(at..at + 2);
    let date = format!("{}-{}T{}:{}:{}", part(0)?, part(2)?, part(4)?, part(6)?, part(8)?);
    written(year.parse().ok()?, &format!("{date}{zone}"))
}

fn written(year: u32, rest: &str) -> Option<DateTime> {
    (year >= 1990).then(|| format!("{year:04}-{rest}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8]) -> Option<String> {
        date_time(octets).map(|date| date.to_string())
    }

    #[test]
    fn a_date_without_a_zone_stays_local_and_one_with_a_zone_becomes_utc() {
        assert_eq!(read(&[7, 0xe8, 3, 9, 14, 5, 30, 2]).as_deref(), Some("2024-03-09T14:05:30.200"));
        let zoned = [7, 0xe8, 3, 9, 14, 5, 30, 0, b'-', 5, 30];
        assert_eq!(read(&zoned).as_deref(), Some("2024-03-09T19:35:30.000Z"));
    }

    #[test]
    fn digits_from_the_year_on_are_a_date() {
        for (text, date) in [
            ("20240309", "2024-03-09T00:00:00.000"),
            ("202403091405Z", "2024-03-09T14:05:00.000Z"),
            ("2024-03-09 14:05:30", "2024-03-09T14:05:30.000"),
            ("2024/03/09", "2024-03-09T00:00:00.000"),
        ] {
            assert_eq!(read(text.as_bytes()).as_deref(), Some(date), "{text}");
        }
    }

    #[test]
    fn clocks_that_were_never_set_and_what_is_no_date_give_none() {
        for none in
            [&[0; 8][..], &[7, 0xbc, 1, 1, 0, 0, 0, 0], b"", b"00000000", b"09/03/2024", b"20241350", b"n/a"]
        {
            assert_eq!(read(none), None, "{none:?}");
        }
    }
}
