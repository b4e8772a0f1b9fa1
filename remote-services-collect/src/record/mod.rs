//! Recordings of devices: `.snmprec` files, as snmpsim defines them.
//!
//! ```text
//! 1.3.6.1.2.1.43.11.1.1.6.1.1|4|Black Toner          OID | tag | value
//! 1.3.6.1.2.1.2.2.1.6.1|4x|0017c8b902de              `x`: the value in hexadecimal
//! ```
//!
//! | tag | value | | tag | value |
//! | --- | --- | --- | --- | --- |
//! | 2 | INTEGER, decimal | | 65 | Counter32, decimal |
//! | 4, 4x | OCTET STRING, bytes or hex | | 66 | Gauge32, decimal |
//! | 5 | NULL, empty | | 67 | TimeTicks, decimal |
//! | 6 | OBJECT IDENTIFIER, dotted | | 68, 68x | Opaque, bytes or hex |
//! | 64, 64x | IpAddress, dotted or hex | | 70 | Counter64, decimal |
//!
//! Lines may come in any order. When an OID comes twice the last line wins, as in snmpsim's index. Blank
//! lines and lines that start with `#` are skipped. Values are kept to the byte: trailing blanks too, which
//! snmpsim strips. snmpsim's variation modules (`65:numeric`) are not values and count as unreadable.

mod redact;
mod replacement;
mod secrets;
mod sources;
mod substitute;

pub use redact::{Redacted, redact};
pub use substitute::Substitution;

use core::fmt;
use remote_services_core::hex;
use remote_services_snmp::{Oid, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The most lines that a recording may have; the largest printer trees seen have some 5,000.
pub const MAX_LINES: usize = 1_000_000;

/// What a recording holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// The values in the order of their names.
    pub values: BTreeMap<Oid, Value>,
    /// Lines that could not be read, in [`Mode::Lenient`].
    pub skipped: Vec<RecordError>,
    /// Lines (from 1) whose OID had come before and whose value took the place of the earlier one.
    pub repeated: Vec<usize>,
}

/// What to do about a line that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The first one ends the reading.
    Strict,
    /// It is left out and reported in [`Recording::skipped`].
    Lenient,
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordError {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: LineFault,
}

/// What is wrong with a line of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineFault {
    /// Fewer than two `|`.
    NotThreeFields,
    /// The first field is no object identifier; the text says why.
    BadOid(String),
    /// The second field is none of the tags above.
    BadTag(String),
    /// The third field is no value of this type, or out of its range.
    BadValue(&'static str),
    /// More than [`MAX_LINES`] lines.
    TooManyLines,
}

/// Reads a recording.
///
/// # Errors
/// In [`Mode::Strict`] the first line that cannot be read; in both modes a file of more than [`MAX_LINES`].
pub fn parse(bytes: &[u8], mode: Mode) -> Result<Recording, RecordError> {
    let mut recording = Recording::default();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let number = at + 1;
        if number > MAX_LINES {
            return Err(RecordError { line: number, fault: LineFault::TooManyLines });
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        match parse_line(line) {
            Ok((name, value)) => {
                if recording.values.insert(name, value).is_some() {
                    recording.repeated.push(number);
                }
            }
            Err(fault) if mode == Mode::Strict => return Err(RecordError { line: number, fault }),
            Err(fault) => recording.skipped.push(RecordError { line: number, fault }),
        }
    }
    Ok(recording)
}

/// Writes values as a recording that [`parse`] and snmpsim read back. Exceptions such as noSuchObject are
/// no values and are left out.
#[must_use]
pub fn write<'a>(values: impl IntoIterator<Item = (&'a Oid, &'a Value)>) -> String {
    let mut text = String::new();
    for (name, value) in values {
        // Writing to a String cannot fail.
        let _ = match value {
            Value::Integer(number) => writeln!(text, "{name}|2|{number}"),
            Value::OctetString(octets) => writeln!(text, "{name}|{}", octets_field(4, octets)),
            Value::Null => writeln!(text, "{name}|5|"),
            Value::ObjectIdentifier(oid) => writeln!(text, "{name}|6|{oid}"),
            Value::IpAddress([a, b, c, d]) => writeln!(text, "{name}|64|{a}.{b}.{c}.{d}"),
            Value::Counter32(number) => writeln!(text, "{name}|65|{number}"),
            Value::Gauge32(number) => writeln!(text, "{name}|66|{number}"),
            Value::TimeTicks(number) => writeln!(text, "{name}|67|{number}"),
            Value::Opaque(octets) => writeln!(text, "{name}|{}", octets_field(68, octets)),
            Value::Counter64(number) => writeln!(text, "{name}|70|{number}"),
            _ => Ok(()),
        };
    }
    text
}

fn parse_line(line: &[u8]) -> Result<(Oid, Value), LineFault> {
    let mut fields = line.splitn(3, |byte| *byte == b'|');
    let (Some(name), Some(tag), Some(value)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(LineFault::NotThreeFields);
    };
    let name = parse_oid(name).map_err(LineFault::BadOid)?;
    Ok((name, parse_value(tag, value)?))
}

fn parse_value(tag: &[u8], value: &[u8]) -> Result<Value, LineFault> {
    use LineFault::BadValue;
    Ok(match tag {
        b"2" => Value::Integer(number(value).ok_or(BadValue("an INTEGER of 32 bits"))?),
        b"4" => Value::OctetString(value.into()),
        b"4x" => Value::OctetString(octets(value).ok_or(BadValue("octets in hexadecimal"))?),
        b"5" => match value {
            [] => Value::Null,
            _ => return Err(BadValue("an empty field for NULL")),
        },
        b"6" => Value::ObjectIdentifier(parse_oid(value).map_err(|_| BadValue("an OBJECT IDENTIFIER"))?),
        b"64" => Value::IpAddress(
            text(value)
                .and_then(|text| text.trim().parse::<core::net::Ipv4Addr>().ok())
                .ok_or(BadValue("an IPv4 address with dots"))?
                .octets(),
        ),
        b"64x" => Value::IpAddress(
            octets(value)
                .and_then(|octets| octets.try_into().ok())
                .ok_or(BadValue("four octets in hexadecimal"))?,
        ),
        b"65" => Value::Counter32(number(value).ok_or(BadValue("a Counter32"))?),
        b"66" => Value::Gauge32(number(value).ok_or(BadValue("a Gauge32"))?),
        b"67" => Value::TimeTicks(number(value).ok_or(BadValue("TimeTicks"))?),
        b"68" => Value::Opaque(value.into()),
        b"68x" => Value::Opaque(octets(value).ok_or(BadValue("octets in hexadecimal"))?),
        b"70" => Value::Counter64(number(value).ok_or(BadValue("a Counter64"))?),
        other => return Err(LineFault::BadTag(other.escape_ascii().to_string())),
    })
}

fn text(field: &[u8]) -> Option<&str> {
    core::str::from_utf8(field).ok()
}

fn number<T: core::str::FromStr>(field: &[u8]) -> Option<T> {
    text(field)?.trim().parse().ok()
}

fn parse_oid(field: &[u8]) -> Result<Oid, String> {
    let text = text(field).ok_or("not text")?.trim();
    text.parse().map_err(|error: remote_services_snmp::smi::OidError| error.to_string())
}

fn octets(field: &[u8]) -> Option<Vec<u8>> {
    let digits = field.trim_ascii();
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    pairs
        .iter()
        .map(|[high, low]| {
            let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            Some(digit(*high)? << 4 | digit(*low)?)
        })
        .collect()
}

/// Plain where snmpsim reads the same octets back from plain text, hexadecimal otherwise.
fn octets_field(tag: u8, octets: &[u8]) -> String {
    let plain = octets.iter().all(|octet| matches!(octet, b' '..=b'~')) && octets.last() != Some(&b' ');
    match core::str::from_utf8(octets) {
        Ok(text) if plain => format!("{tag}|{text}"),
        _ => format!("{tag}x|{}", hex::encode(octets)),
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the recording: {}", self.line, self.fault)
    }
}

impl core::error::Error for RecordError {}

impl fmt::Display for LineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotThreeFields => f.write_str("expected OID|tag|value"),
            Self::BadOid(why) => write!(f, "the first field is no object identifier: {why}"),
            Self::BadTag(tag) => {
                write!(f, "the tag {tag:?} is none of 2, 4, 5, 6, 64, 65, 66, 67, 68, 70, 4x, 64x, 68x")
            }
            Self::BadValue(expected) => write!(f, "the value is not {expected}"),
            Self::TooManyLines => write!(f, "a recording has at most {MAX_LINES} lines"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use remote_services_snmp::oid;

    #[test]
    fn reads_every_tag() {
        let text = b"1.3.6.1.1|2|-3\n1.3.6.1.2|4|Black Toner\n.1.3.6.1.3|4x|00C3a0\n1.3.6.1.4|5|\n1.3.6.1.5|6|.1.3.6\n\
            1.3.6.1.6|64|10.1.2.3\n1.3.6.1.7|64x|0a010204\n1.3.6.1.8|65|4294967295\n1.3.6.1.9|66|7\n\
            1.3.6.1.10|67|8\n1.3.6.1.11|68x|9f78\n1.3.6.1.12|70|18446744073709551615\n1.3.6.1.13|4|a|b \r\n";
        let read = parse(text, Mode::Strict).unwrap();
        let values: Vec<_> = read.values.into_values().collect();
        assert_eq!(
            values,
            [
                Value::Integer(-3),
                Value::from("Black Toner"),
                Value::OctetString(vec![0, 0xc3, 0xa0]),
                Value::Null,
                Value::ObjectIdentifier(oid!("1.3.6")),
                Value::IpAddress([10, 1, 2, 3]),
                Value::IpAddress([10, 1, 2, 4]),
                Value::Counter32(u32::MAX),
                Value::Gauge32(7),
                Value::TimeTicks(8),
                Value::Opaque(vec![0x9f, 0x78]),
                Value::Counter64(u64::MAX),
                Value::from("a|b "),
            ]
        );
    }

    #[test]
    fn unsorted_lines_are_sorted_and_the_last_of_two_wins() {
        let read = parse(b"1.3.10|2|1\n\n# note\n1.3.9|2|2\n1.3.10|2|3\n", Mode::Strict).unwrap();
        let pairs: Vec<_> = read.values.into_iter().collect();
        assert_eq!(pairs, [(oid!("1.3.9"), Value::Integer(2)), (oid!("1.3.10"), Value::Integer(3))]);
        assert_eq!(read.repeated, [5]);
    }

    #[test]
    fn a_bad_line_is_named_and_in_lenient_mode_left_out() {
        for (line, message) in [
            ("1.3.6", "line 2 of the recording: expected OID|tag|value"),
            (
                "1.x|2|1",
                "line 2 of the recording: the first field is no object identifier: expected a number at \
                 character 2 of the object identifier",
            ),
            ("1.3|2|2147483648", "line 2 of the recording: the value is not an INTEGER of 32 bits"),
            ("1.3|65|-1", "line 2 of the recording: the value is not a Counter32"),
            ("1.3|4x|abc", "line 2 of the recording: the value is not octets in hexadecimal"),
            (
                "1.3|65:numeric|rate=1",
                "line 2 of the recording: the tag \"65:numeric\" is none of 2, 4, 5, 6, 64, 65, 66, 67, 68, \
                 70, 4x, 64x, 68x",
            ),
        ] {
            let text = format!("1.3.1|2|1\n{line}\n1.3.2|2|2\n");
            assert_eq!(parse(text.as_bytes(), Mode::Strict).unwrap_err().to_string(), message);
            let lenient = parse(text.as_bytes(), Mode::Lenient).unwrap();
            assert_eq!(lenient.values.len(), 2);
            assert_eq!(lenient.skipped[0].to_string(), message);
        }
    }

    #[test]
    fn text_that_snmpsim_would_change_is_written_in_hexadecimal() {
        let values = BTreeMap::from([
            (oid!("1.3.1"), Value::from("Ready")),
            (oid!("1.3.2"), Value::from(" ")),
            (oid!("1.3.3"), Value::from("caf\u{e9}")),
            (oid!("1.3.4"), Value::NoSuchInstance),
        ]);
        assert_eq!(write(&values), "1.3.1|4|Ready\n1.3.2|4x|20\n1.3.3|4x|636166c3a9\n");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(octets: Vec<u8>, number: i32, counter: u64, address: [u8; 4]) {
            let values = BTreeMap::from([
                (oid!("1.3.1"), Value::OctetString(octets.clone())),
                (oid!("1.3.2"), Value::Integer(number)),
                (oid!("1.3.3"), Value::Counter64(counter)),
                (oid!("1.3.4"), Value::IpAddress(address)),
                (oid!("1.3.5"), Value::Opaque(octets)),
            ]);
            prop_assert_eq!(parse(write(&values).as_bytes(), Mode::Strict).unwrap().values, values);
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            prop_assert!(parse(&bytes, Mode::Lenient).is_ok());
        }
    }
}
