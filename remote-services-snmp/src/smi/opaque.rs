//! Numbers that net-snmp and its relatives wrap into an Opaque, because SNMP has no type for them.
//!
//! ```text
//!  44 07   9f 78 04 41 20 00 00      Opaque { float 10.0 }
//!          9f 79 08 …                double
//!          9f 76 01..09 …            Counter64, 9f 7a signed, 9f 7b unsigned 64-bit integer
//! ```
use alloc::vec::Vec;

use super::{Value, ValueRef};

/// A number inside an Opaque. The tags are of an expired draft that agents follow all the same.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum OpaqueNumber {
    /// IEEE 754 single precision: `9f 78`.
    Float(f32),
    /// IEEE 754 double precision: `9f 79`.
    Double(f64),
    /// Counter64, for SNMPv1 which has none: `9f 76`.
    Counter64(u64),
    /// A signed number of 64 bits: `9f 7a`.
    Integer64(i64),
    /// An unsigned number of 64 bits: `9f 7b`.
    Unsigned64(u64),
}

impl OpaqueNumber {
    /// Reads the contents of an Opaque; `None` when they are anything but exactly one such number.
    #[must_use]
    pub fn from_contents(contents: &[u8]) -> Option<Self> {
        let &[0x9f, tag, length, ref octets @ ..] = contents else { return None };
        if length >= 0x80 || octets.len() != usize::from(length) {
            return None;
        }
        match tag {
            FLOAT => octets.try_into().ok().map(|octets| Self::Float(f32::from_be_bytes(octets))),
            DOUBLE => octets.try_into().ok().map(|octets| Self::Double(f64::from_be_bytes(octets))),
            COUNTER64 => unsigned(octets).map(Self::Counter64),
            INTEGER64 => signed(octets).map(Self::Integer64),
            UNSIGNED64 => unsigned(octets).map(Self::Unsigned64),
            _ => None,
        }
    }

    /// The contents of the Opaque that holds this number, in the shortest form.
    #[must_use]
    pub fn to_contents(self) -> Vec<u8> {
        let number = |tag, sign_and_number: [u8; 9]| {
            let redundant = |pair: &&[u8]| matches!(pair, [0, 0..0x80] | [0xff, 0x80..=0xff]);
            let skip = sign_and_number.windows(2).take_while(redundant).count();
            element(tag, &sign_and_number[skip..])
        };
        let with_sign = |sign, octets: [u8; 8]| {
            let mut whole = [sign; 9];
            whole[1..].copy_from_slice(&octets);
            whole
        };
        match self {
            Self::Float(number) => element(FLOAT, &number.to_be_bytes()),
            Self::Double(number) => element(DOUBLE, &number.to_be_bytes()),
            Self::Counter64(n) => number(COUNTER64, with_sign(0, n.to_be_bytes())),
            Self::Unsigned64(n) => number(UNSIGNED64, with_sign(0, n.to_be_bytes())),
            Self::Integer64(n) => number(INTEGER64, with_sign(if n < 0 { 0xff } else { 0 }, n.to_be_bytes())),
        }
    }
}

impl Value {
    /// The number inside an Opaque, if there is one.
    #[must_use]
    pub fn as_opaque_number(&self) -> Option<OpaqueNumber> {
        self.as_ref().as_opaque_number()
    }
}

impl ValueRef<'_> {
    /// The number inside an Opaque, if there is one.
    #[must_use]
    pub fn as_opaque_number(self) -> Option<OpaqueNumber> {
        match self {
            ValueRef::Opaque(contents) => OpaqueNumber::from_contents(contents),
            _ => None,
        }
    }
}

/// As an Opaque.
impl From<OpaqueNumber> for Value {
    fn from(number: OpaqueNumber) -> Self {
        Value::Opaque(number.to_contents())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "at most nine octets")]
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    [&[0x9f, tag, contents.len() as u8], contents].concat()
}

/// As agents send it: with the zero octet that keeps a large number positive, or without.
fn unsigned(octets: &[u8]) -> Option<u64> {
    let octets = match octets {
        [0, rest @ ..] if rest.len() == 8 => rest,
        other => other,
    };
    let fits = matches!(octets.len(), 1..=8);
    fits.then(|| octets.iter().fold(0, |sum, &octet| (sum << 8) | u64::from(octet)))
}

fn signed(octets: &[u8]) -> Option<i64> {
    let sign = if *octets.first()? < 0x80 { 0 } else { 0xff };
    let mut whole = [sign; 8];
    whole.get_mut(8_usize.checked_sub(octets.len())?..)?.copy_from_slice(octets);
    Some(i64::from_be_bytes(whole))
}

const COUNTER64: u8 = 0x76;
const FLOAT: u8 = 0x78;
const DOUBLE: u8 = 0x79;
const INTEGER64: u8 = 0x7a;
const UNSIGNED64: u8 = 0x7b;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_an_opaque_are_read_as_net_snmp_writes_them() {
        let read = OpaqueNumber::from_contents;
        assert_eq!(read(&[0x9f, 0x78, 4, 0x41, 0x20, 0, 0]), Some(OpaqueNumber::Float(10.0)));
        let double = [0x9f, 0x79, 8, 0x40, 0x24, 0, 0, 0, 0, 0, 0];
        assert_eq!(read(&double), Some(OpaqueNumber::Double(10.0)));
        assert_eq!(read(&[0x9f, 0x76, 2, 1, 0]), Some(OpaqueNumber::Counter64(256)));
        assert_eq!(read(&[0x9f, 0x7a, 1, 0xfe]), Some(OpaqueNumber::Integer64(-2)));
        let largest = [0x9f, 0x7b, 9, 0, 255, 255, 255, 255, 255, 255, 255, 255];
        assert_eq!(read(&largest), Some(OpaqueNumber::Unsigned64(u64::MAX)));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for number in [
            OpaqueNumber::Float(-0.5),
            OpaqueNumber::Double(1e300),
            OpaqueNumber::Counter64(u64::MAX),
            OpaqueNumber::Counter64(0),
            OpaqueNumber::Integer64(i64::MIN),
            OpaqueNumber::Integer64(-129),
            OpaqueNumber::Unsigned64(128),
        ] {
            assert_eq!(Value::from(number).as_opaque_number(), Some(number));
        }
        assert_eq!(OpaqueNumber::Counter64(128).to_contents(), [0x9f, 0x76, 2, 0, 128]);
    }

    #[test]
    fn anything_else_in_an_opaque_is_no_number() {
        for contents in [
            &[][..],
            &[0x9f],
            &[0x9f, 0x78, 4, 0, 0, 0],
            &[0x9f, 0x78, 3, 0, 0, 0],
            &[0x9f, 0x78, 4, 0, 0, 0, 0, 0],
            &[0x9f, 0x76, 0],
            &[0x9f, 0x76, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0x9f, 0x7a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0x9f, 0x77, 1, 0],
            &[0x41, 0xf0, 0, 0],
        ] {
            assert_eq!(OpaqueNumber::from_contents(contents), None, "{contents:02x?}");
        }
        assert_eq!(Value::from("text").as_opaque_number(), None);
    }
}
