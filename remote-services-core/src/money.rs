//! Money: decimals that stay what they are, and the currency beside them.

use core::fmt;
use core::str::FromStr;

leaf! {
    /// A sum of money.
    pub struct Money {
        /// How much.
        pub value: Amount,
        /// Of what.
        pub currency: Currency,
    }
}

/// A decimal with at most six places, -1,000,000,000,000 to 1,000,000,000,000. No binary fraction is involved:
/// a price is written as it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

/// An ISO 4217 code of three capital letters. The default is `XXX`: no currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// The text is no amount, or no currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MoneyError {
    /// Not a decimal of at most six places within the range.
    Amount,
    /// Not three capital letters.
    Currency,
}

impl Amount {
    /// From millionths; `None` outside the range.
    #[must_use]
    pub const fn from_millionths(millionths: i64) -> Option<Self> {
        if millionths.unsigned_abs() <= MOST { Some(Self(millionths)) } else { None }
    }

    /// Millionths.
    #[must_use]
    pub const fn millionths(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Amount {
    /// Without zeros that say nothing: `1.5`, `-0.07`, `12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millionths = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", millionths / ONE)?;
        let (mut rest, mut places) = (millionths % ONE, PLACES);
        if rest == 0 {
            return Ok(());
        }
        while rest % 10 == 0 {
            rest /= 10;
            places -= 1;
        }
        write!(f, ".{rest:0places$}")
    }
}

impl FromStr for Amount {
    type Err = MoneyError;

    /// The lexical form of an XSD decimal: a sign, digits, a point and more digits.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction = fraction.trim_end_matches('0');
        let plain = |part: &str| part.bytes().all(|octet| octet.is_ascii_digit());
        let any = digits.bytes().any(|octet| octet.is_ascii_digit());
        if !any || !plain(whole) || !plain(fraction) || fraction.len() > PLACES {
            return Err(MoneyError::Amount);
        }
        let places = whole.bytes().chain(fraction.bytes()).chain(core::iter::repeat(b'0'));
        let mut millionths = 0_u64;
        for digit in places.take(whole.len() + PLACES) {
            millionths = millionths.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
        }
        if millionths > MOST {
            return Err(MoneyError::Amount);
        }
        let size = i64::try_from(millionths).map_err(|_| MoneyError::Amount)?;
        Ok(Self(if text.starts_with('-') { -size } else { size }))
    }
}

impl Currency {
    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self(*b"XXX")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(MoneyError::Currency),
        }
    }
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Amount => "not a decimal of at most six places between -1000000000000 and 1000000000000",
            Self::Currency => "not a currency code of three capital letters",
        })
    }
}

impl core::error::Error for MoneyError {}

text_in_serde!(Amount, Currency);

/// Places behind the point.
const PLACES: usize = 6;
/// Millionths in one.
const ONE: u64 = 1_000_000;
/// Millionths in the largest amount.
const MOST: u64 = 1_000_000_000_000 * ONE;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn amounts_are_written_as_they_are_read() {
        for text in ["0", "12", "1.5", "-0.07", "0.000001", "1000000000000", "-1000000000000", "0.1", "0.3"] {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), text);
        }
        for (text, short) in [("+1.50", "1.5"), (".5", "0.5"), ("5.", "5"), ("007", "7"), ("-0", "0")] {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), short, "{text}");
        }
        assert_eq!("1.2500000000".parse(), Ok(Amount(1_250_000)));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in
            ["", ".", "-", "1e3", "1,5", "0.0000001", "1000000000000.000001", "1.2.3", " 1", "--1", "١"]
        {
            assert_eq!(text.parse::<Amount>(), Err(MoneyError::Amount), "{text}");
        }
        assert_eq!("9".repeat(100).parse::<Amount>(), Err(MoneyError::Amount));
        assert_eq!(Amount::from_millionths(i64::MIN), None);
    }

    #[test]
    fn currencies_are_three_capital_letters() {
        assert_eq!("EUR".parse::<Currency>().unwrap().code(), "EUR");
        assert_eq!(Currency::default().to_string(), "XXX");
        for text in ["", "eur", "EU", "EURO", "E R", "ÄB"] {
            assert_eq!(text.parse::<Currency>(), Err(MoneyError::Currency), "{text}");
        }
    }
}
