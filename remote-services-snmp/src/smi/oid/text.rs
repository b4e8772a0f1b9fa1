//! Object identifiers as people write them, and why something is none.
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::{MAX_ARCS, Oid};

/// Why an object identifier could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OidError {
    /// Fewer than two arcs: BER has no form for them (X.690 §8.19.4).
    TooFewArcs,
    /// More than [`MAX_ARCS`].
    TooManyArcs,
    /// The first arc is above 2.
    FirstArc(u32),
    /// The first arc is 0 or 1 and the second is above 39.
    SecondArc(u32),
    /// An arc above 2^32 - 1 in text, whose first character stands at this position.
    ArcTooLarge(usize),
    /// A character at this position that is neither a digit nor a dot between digits.
    BadText(usize),
}

impl FromStr for Oid {
    type Err = OidError;

    /// Reads `1.3.6.1` or `.1.3.6.1`.
    fn from_str(text: &str) -> Result<Self, OidError> {
        let digits = text.strip_prefix('.').unwrap_or(text);
        let mut position = text.len() - digits.len();
        let mut arcs = Vec::new();
        for part in digits.split('.') {
            if let Some(bad) = part.bytes().position(|c| !c.is_ascii_digit()) {
                return Err(OidError::BadText(position + bad));
            }
            if part.is_empty() {
                return Err(OidError::BadText(position));
            }
            if arcs.len() == MAX_ARCS {
                return Err(OidError::TooManyArcs);
            }
            arcs.push(part.parse().map_err(|_| OidError::ArcTooLarge(position))?);
            position += part.len() + 1;
        }
        Self::from_arcs(&arcs)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

impl fmt::Display for OidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OidError::TooFewArcs => f.write_str("an object identifier needs at least two arcs"),
            OidError::TooManyArcs => write!(f, "an object identifier has at most {MAX_ARCS} arcs"),
            OidError::FirstArc(arc) => write!(f, "the first arc is {arc}, but may be 0, 1 or 2 only"),
            OidError::SecondArc(arc) => {
                write!(f, "the second arc is {arc}, but under 0 and 1 it is at most 39")
            }
            OidError::ArcTooLarge(at) => write!(f, "the arc at character {at} is above 4294967295"),
            OidError::BadText(at) => {
                write!(f, "expected a number at character {at} of the object identifier")
            }
        }
    }
}

impl core::error::Error for OidError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn oid(text: &str) -> Oid {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_no_identifier_is_refused_with_the_reason() {
        assert_eq!("".parse::<Oid>(), Err(OidError::BadText(0)));
        assert_eq!("1".parse::<Oid>(), Err(OidError::TooFewArcs));
        assert_eq!("1.3.x".parse::<Oid>(), Err(OidError::BadText(4)));
        assert_eq!("1..3".parse::<Oid>(), Err(OidError::BadText(2)));
        assert_eq!("1.3.".parse::<Oid>(), Err(OidError::BadText(4)));
        assert_eq!("1.3.+6".parse::<Oid>(), Err(OidError::BadText(4)));
        assert_eq!("1.3.4294967296".parse::<Oid>(), Err(OidError::ArcTooLarge(4)));
        assert_eq!("3.1".parse::<Oid>(), Err(OidError::FirstArc(3)));
        assert_eq!("1.40".parse::<Oid>(), Err(OidError::SecondArc(40)));
        assert_eq!(Oid::from_arcs(&[1; 129]), Err(OidError::TooManyArcs));
        assert_eq!(Oid::from_arcs(&[1; 128]).unwrap().child(0), Err(OidError::TooManyArcs));
    }

    #[test]
    fn text_and_arcs_and_wire_are_the_same_identifier() {
        let printer = oid("1.3.6.1.4.1.253.8.62");
        assert_eq!(printer, Oid::from_arcs(&[1, 3, 6, 1, 4, 1, 253, 8, 62]).unwrap());
        assert_eq!(printer.as_wire(), [0x2b, 6, 1, 4, 1, 0x81, 0x7d, 8, 62]);
        assert_eq!(printer.to_string(), "1.3.6.1.4.1.253.8.62");
        assert_eq!(printer.len(), 9);
        assert_eq!(oid(".1.3.6"), oid("1.3.6"));
    }
}
