//! Types that fill an element or an attribute with text.

use super::error::EncodeCause;
use super::table::{Content, Type};
use super::{Place, Writer};
use remote_services_core::alert_code::AlertCode;
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::{DateTime, Timestamp};

/// A type with a text form.
pub(crate) trait Simple: Sized {
    const TYPE: &'static Type;

    /// Writes the text; `element` names the place for errors.
    fn write_text(&self, element: &'static str, place: Place, out: &mut Writer);

    /// Reads the text; `None` when it is not a value of the type.
    fn parse(text: &str) -> Option<Self>;
}

impl Simple for String {
    const TYPE: &'static Type = &Type { name: "Text", content: Content::Text };

    fn write_text(&self, _: &'static str, place: Place, out: &mut Writer) {
        out.text(self, place);
    }

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Simple for bool {
    const TYPE: &'static Type = &Type { name: "Boolean", content: Content::Text };

    fn write_text(&self, _: &'static str, _: Place, out: &mut Writer) {
        out.raw(if *self { "true" } else { "false" });
    }

    fn parse(text: &str) -> Option<Self> {
        match collapsed(text) {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

impl Simple for u64 {
    const TYPE: &'static Type = &Type { name: "Count", content: Content::Text };

    fn write_text(&self, _: &'static str, _: Place, out: &mut Writer) {
        out.unsigned(*self);
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = collapsed(text);
        // `parse` would also take a plus sign
        if digits.starts_with('+') { None } else { digits.parse().ok() }
    }
}

impl Simple for i64 {
    const TYPE: &'static Type = &Type { name: "Integer", content: Content::Text };

    fn write_text(&self, _: &'static str, _: Place, out: &mut Writer) {
        if *self < 0 {
            out.raw("-");
        }
        out.unsigned(self.unsigned_abs());
    }

    fn parse(text: &str) -> Option<Self> {
        collapsed(text).parse().ok()
    }
}

/// The only octet-sized number of the model is the length of an IPv4 prefix.
impl Simple for u8 {
    const TYPE: &'static Type = &Type { name: "PrefixLength", content: Content::Text };

    fn write_text(&self, element: &'static str, _: Place, out: &mut Writer) {
        if *self > LONGEST_PREFIX {
            out.fail(element, EncodeCause::OutOfRange);
        }
        out.unsigned(u64::from(*self));
    }

    fn parse(text: &str) -> Option<Self> {
        <u64 as Simple>::parse(text)?.try_into().ok().filter(|length| *length <= LONGEST_PREFIX)
    }
}

impl Simple for f64 {
    const TYPE: &'static Type = &Type { name: "Decimal", content: Content::Text };

    /// Six decimals at most: validators stop at 24 digits, and nothing here is measured more closely.
    fn write_text(&self, element: &'static str, _: Place, out: &mut Writer) {
        if self.is_nan() || self.abs() > LARGEST_DECIMAL {
            out.fail(element, EncodeCause::OutOfRange);
            return;
        }
        let rounded = (self * 1e6).round() / 1e6;
        out.display(if rounded == 0.0 { 0.0 } else { rounded });
    }

    fn parse(text: &str) -> Option<Self> {
        let text = collapsed(text);
        let number = text.strip_prefix(['+', '-']).unwrap_or(text);
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let dots = number.bytes().filter(|byte| *byte == b'.').count();
        if digits == 0 || dots > 1 || digits + dots != number.len() {
            return None;
        }
        text.parse().ok().filter(|value: &f64| value.abs() <= LARGEST_DECIMAL)
    }
}

impl Simple for Timestamp {
    const TYPE: &'static Type = &Type { name: "Instant", content: Content::Text };

    fn write_text(&self, element: &'static str, _: Place, out: &mut Writer) {
        if self.unix_millis() < FIRST_INSTANT {
            out.fail(element, EncodeCause::OutOfRange);
        }
        out.display(self);
    }

    /// What XSD 1.0 calls a dateTime, in UTC: `T` and `Z`, years 0001 to 9999.
    fn parse(text: &str) -> Option<Self> {
        let text = collapsed(text);
        if text.as_bytes().get(10) != Some(&b'T') || !text.ends_with('Z') {
            return None;
        }
        text.parse().ok().filter(|time: &Self| time.unix_millis() >= FIRST_INSTANT)
    }
}

impl Simple for DateTime {
    const TYPE: &'static Type = &Type { name: "DateTime", content: Content::Text };

    fn write_text(&self, element: &'static str, _: Place, out: &mut Writer) {
        if self.as_written().unix_millis() < FIRST_INSTANT {
            out.fail(element, EncodeCause::OutOfRange);
        }
        out.display(self);
    }

    /// A dateTime of XSD 1.0 in UTC or without a zone, years 0001 to 9999.
    fn parse(text: &str) -> Option<Self> {
        let text = collapsed(text);
        match <Timestamp as Simple>::parse(text) {
            Some(instant) => Some(Self::Utc(instant)),
            None if text.ends_with(|last: char| last.is_ascii_digit()) => match text.parse().ok()? {
                // an offset would have made it UTC
                local @ Self::Local(written)
                    if text.as_bytes().get(10) == Some(&b'T') && written.unix_millis() >= FIRST_INSTANT =>
                {
                    Some(local)
                }
                _ => None,
            },
            None => None,
        }
    }
}

impl Simple for AlertCode {
    const TYPE: &'static Type =
        &Type { name: "AlertCode", content: Content::Tokens { labels: alert_labels } };

    fn write_text(&self, _: &'static str, _: Place, out: &mut Writer) {
        out.display(self);
    }

    fn parse(text: &str) -> Option<Self> {
        let text = collapsed(text);
        if text.is_empty() { None } else { Some(Self::from_label(text)) }
    }
}

fn alert_labels() -> Vec<&'static str> {
    AlertCode::listed().map(|(_, label)| label).collect()
}

impl Simple for SecurityMode {
    const TYPE: &'static Type =
        &Type { name: "SecurityMode", content: Content::Tokens { labels: mode_labels } };

    fn write_text(&self, _: &'static str, _: Place, out: &mut Writer) {
        out.raw(self.label());
    }

    /// Closed: a mode that we do not know must not be taken for one that allows more.
    fn parse(text: &str) -> Option<Self> {
        Self::from_label(collapsed(text))
    }
}

fn mode_labels() -> Vec<&'static str> {
    vec![SecurityMode::Normal.label(), SecurityMode::Lockdown.label()]
}

/// Gives open enumerations of the model their text form.
macro_rules! tokens {
    ($($type:ident),+ $(,)?) => {$(
        impl crate::xml::Simple for $type {
            const TYPE: &'static crate::xml::table::Type = &crate::xml::table::Type {
                name: stringify!($type),
                content: crate::xml::table::Content::Tokens {
                    labels: || $type::LISTED.iter().map(|(_, label, _)| *label).collect(),
                },
            };

            fn write_text(&self, element: &'static str, place: crate::xml::Place, out: &mut crate::xml::Writer) {
                let label = self.label();
                if crate::xml::macros::collapsed(label).is_empty() {
                    out.fail(element, crate::xml::EncodeCause::EmptyToken);
                }
                out.text(label, place);
            }

            fn parse(text: &str) -> Option<Self> {
                let text = crate::xml::macros::collapsed(text);
                if text.is_empty() { None } else { Some(Self::from_label(text)) }
            }
        }
    )+};
}
pub(crate) use tokens;

use super::macros::collapsed;

/// Bits of an IPv4 address.
const LONGEST_PREFIX: u8 = 32;
/// Beyond this an f64 no longer holds every whole number with six decimals to spare.
const LARGEST_DECIMAL: f64 = 1e12;
/// 0001-01-01T00:00:00Z: XSD 1.0 has no year 0000.
const FIRST_INSTANT: i64 = -62_135_596_800_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::EncodeError;

    fn written<T: Simple>(value: &T) -> Result<String, EncodeError> {
        let mut out = Writer::new();
        value.write_text("Here", Place::Text, &mut out);
        out.finish().map(|octets| String::from_utf8(octets).unwrap())
    }

    #[test]
    fn numbers_take_the_lexical_forms_of_the_schema_only() {
        assert_eq!(<u64 as Simple>::parse(" 42\n"), Some(42));
        assert_eq!(<u64 as Simple>::parse("18446744073709551615"), Some(u64::MAX));
        for bad in ["", " ", "+4", "-1", "4.0", "0x1", "18446744073709551616", "1 2", "٣"] {
            assert_eq!(<u64 as Simple>::parse(bad), None, "{bad}");
        }
        assert_eq!(<i64 as Simple>::parse("-3"), Some(-3));
        assert_eq!(<f64 as Simple>::parse("-0.50"), Some(-0.5));
        assert_eq!(<f64 as Simple>::parse("+.5"), Some(0.5));
        for bad in ["", ".", "1e3", "NaN", "inf", "1.2.3", "--1", "1-", "9999999999999"] {
            assert_eq!(<f64 as Simple>::parse(bad), None, "{bad}");
        }
        assert_eq!(<u8 as Simple>::parse("33"), None);
        assert_eq!(<u8 as Simple>::parse("32"), Some(32));
    }

    #[test]
    fn decimals_have_six_places_and_no_exponent() {
        assert_eq!(written(&66.7_f64).unwrap(), "66.7");
        assert_eq!(written(&(7.0 / 60.0)).unwrap(), "0.116667");
        assert_eq!(written(&-0.000_000_01_f64).unwrap(), "0");
        assert_eq!(written(&1e12).unwrap(), "1000000000000");
        for bad in [f64::NAN, f64::INFINITY, 1e13] {
            assert_eq!(written(&bad).unwrap_err().cause, EncodeCause::OutOfRange);
        }
    }

    #[test]
    fn instants_are_utc_and_never_before_year_1() {
        assert!(<Timestamp as Simple>::parse("2026-11-22T09:30:00.000Z").is_some());
        assert!(<Timestamp as Simple>::parse("0001-01-01T00:00:00Z").is_some());
        for bad in ["2026-11-22 09:30:00Z", "2026-11-22T09:30:00+00:00", "0000-12-31T23:59:59Z", "2026-11-22"]
        {
            assert_eq!(<Timestamp as Simple>::parse(bad), None, "{bad}");
        }
        assert!(written(&Timestamp::from_unix_millis(FIRST_INSTANT)).is_ok());
        assert!(written(&Timestamp::from_unix_millis(FIRST_INSTANT - 1)).is_err());
    }

    #[test]
    fn dates_of_devices_are_utc_or_have_no_zone() {
        for good in ["2026-11-22T09:30:00.000Z", "2026-11-22T09:30:00.000"] {
            assert_eq!(written(&<DateTime as Simple>::parse(good).unwrap()).unwrap(), good);
        }
        for bad in
            ["2026-11-22 09:30:00", "2026-11-22T09:30:00+00:00", "0000-12-31T23:59:59", "2026-11-22T09:30"]
        {
            assert_eq!(<DateTime as Simple>::parse(bad), None, "{bad}");
        }
        assert!(written(&DateTime::Local(Timestamp::from_unix_millis(FIRST_INSTANT - 1))).is_err());
    }

    #[test]
    fn an_unknown_security_mode_is_refused() {
        assert_eq!(<SecurityMode as Simple>::parse("lockdown"), Some(SecurityMode::Lockdown));
        assert_eq!(<SecurityMode as Simple>::parse("relaxed"), None);
    }
}
