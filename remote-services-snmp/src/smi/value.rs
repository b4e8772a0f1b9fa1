//! The values of a variable binding (RFC 2578 §7.1, RFC 3416 §3), owned and borrowed.
use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;

use super::{Oid, OidRef};

/// A value that owns what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Value {
    /// INTEGER, Integer32 and every enumeration.
    Integer(i32),
    /// OCTET STRING. Text, addresses and bit strings alike; which one, the MIB object knows.
    OctetString(Vec<u8>),
    /// NULL: the value of a name in a request ("unSpecified" in RFC 3416).
    #[default]
    Null,
    /// OBJECT IDENTIFIER.
    ObjectIdentifier(Oid),
    /// IpAddress: an IPv4 address in network order.
    IpAddress([u8; 4]),
    /// Counter32: counts up and wraps at 2^32.
    Counter32(u32),
    /// Gauge32 or Unsigned32, which are the same on the wire.
    Gauge32(u32),
    /// TimeTicks: hundredths of a second.
    TimeTicks(u32),
    /// Opaque: the octets of some other BER encoding, kept as they came.
    Opaque(Vec<u8>),
    /// Counter64: does not exist in SNMPv1.
    Counter64(u64),
    /// noSuchObject: the responder does not know this object at all.
    NoSuchObject,
    /// noSuchInstance: it knows the object, but has no such row or scalar.
    NoSuchInstance,
    /// endOfMibView: nothing comes after this name.
    EndOfMibView,
}

impl Value {
    /// Any numeric value that fits into an `i64`.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_ref().as_i64()
    }

    /// Any numeric value that is not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_ref().as_u64()
    }

    /// The octets of an OCTET STRING, an Opaque or an IpAddress.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::OctetString(octets) | Value::Opaque(octets) => Some(octets),
            Value::IpAddress(octets) => Some(octets),
            _ => None,
        }
    }

    /// The identifier of an OBJECT IDENTIFIER.
    #[must_use]
    pub fn as_oid(&self) -> Option<&Oid> {
        match self {
            Value::ObjectIdentifier(oid) => Some(oid),
            _ => None,
        }
    }

    /// Whether this stands for a value that is not there: noSuchObject, noSuchInstance or endOfMibView.
    #[must_use]
    pub fn is_exception(&self) -> bool {
        self.as_ref().is_exception()
    }

    /// The borrowed form.
    #[must_use]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::OctetString(octets) => ValueRef::OctetString(octets),
            Value::Null => ValueRef::Null,
            Value::ObjectIdentifier(oid) => ValueRef::ObjectIdentifier(oid.as_ref()),
            Value::IpAddress(octets) => ValueRef::IpAddress(*octets),
            Value::Counter32(number) => ValueRef::Counter32(*number),
            Value::Gauge32(number) => ValueRef::Gauge32(*number),
            Value::TimeTicks(number) => ValueRef::TimeTicks(*number),
            Value::Opaque(octets) => ValueRef::Opaque(octets),
            Value::Counter64(number) => ValueRef::Counter64(*number),
            Value::NoSuchObject => ValueRef::NoSuchObject,
            Value::NoSuchInstance => ValueRef::NoSuchInstance,
            Value::EndOfMibView => ValueRef::EndOfMibView,
        }
    }
}

/// As [`ValueRef`]'s.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::OctetString(text.as_bytes().into())
    }
}

/// A value that borrows the datagram it was decoded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// See [`Value::Integer`].
    Integer(i32),
    /// See [`Value::OctetString`].
    OctetString(&'a [u8]),
    /// See [`Value::Null`].
    Null,
    /// See [`Value::ObjectIdentifier`].
    ObjectIdentifier(OidRef<'a>),
    /// See [`Value::IpAddress`].
    IpAddress([u8; 4]),
    /// See [`Value::Counter32`].
    Counter32(u32),
    /// See [`Value::Gauge32`].
    Gauge32(u32),
    /// See [`Value::TimeTicks`].
    TimeTicks(u32),
    /// See [`Value::Opaque`].
    Opaque(&'a [u8]),
    /// See [`Value::Counter64`].
    Counter64(u64),
    /// See [`Value::NoSuchObject`].
    NoSuchObject,
    /// See [`Value::NoSuchInstance`].
    NoSuchInstance,
    /// See [`Value::EndOfMibView`].
    EndOfMibView,
}

impl ValueRef<'_> {
    /// Any numeric value that fits into an `i64`.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        match self {
            ValueRef::Integer(number) => Some(i64::from(number)),
            ValueRef::Counter32(number) | ValueRef::Gauge32(number) | ValueRef::TimeTicks(number) => {
                Some(i64::from(number))
            }
            ValueRef::Counter64(number) => i64::try_from(number).ok(),
            _ => None,
        }
    }

    /// Any numeric value that is not negative.
    #[must_use]
    pub fn as_u64(self) -> Option<u64> {
        match self {
            ValueRef::Counter64(number) => Some(number),
            other => u64::try_from(other.as_i64()?).ok(),
        }
    }

    /// Whether this stands for a value that is not there.
    #[must_use]
    pub fn is_exception(self) -> bool {
        matches!(self, ValueRef::NoSuchObject | ValueRef::NoSuchInstance | ValueRef::EndOfMibView)
    }

    /// A copy that lives without the datagram.
    #[inline]
    #[must_use]
    pub fn to_owned(self) -> Value {
        let mut copy = Value::Null;
        self.copy_to(&mut copy);
        copy
    }

    /// Puts the copy where it is to stay: moving a value costs more than making most of them.
    #[inline(always)]
    pub(crate) fn copy_to(self, place: &mut Value) {
        match self {
            ValueRef::Integer(number) => *place = Value::Integer(number),
            ValueRef::OctetString(octets) => *place = Value::OctetString(octets.into()),
            ValueRef::Null => *place = Value::Null,
            ValueRef::ObjectIdentifier(oid) => *place = Value::ObjectIdentifier(oid.to_owned()),
            ValueRef::IpAddress(octets) => *place = Value::IpAddress(octets),
            ValueRef::Counter32(number) => *place = Value::Counter32(number),
            ValueRef::Gauge32(number) => *place = Value::Gauge32(number),
            ValueRef::TimeTicks(number) => *place = Value::TimeTicks(number),
            ValueRef::Opaque(octets) => *place = Value::Opaque(octets.into()),
            ValueRef::Counter64(number) => *place = Value::Counter64(number),
            ValueRef::NoSuchObject => *place = Value::NoSuchObject,
            ValueRef::NoSuchInstance => *place = Value::NoSuchInstance,
            ValueRef::EndOfMibView => *place = Value::EndOfMibView,
        }
    }
}

/// Type and value in one line, in the notation of RFC 2578: octets as text where they are letters, digits and printable
/// ASCII without quotes, else in hexadecimal digits.
///
/// ```
/// use remote_services_snmp::Value;
///
/// assert_eq!(Value::Counter32(1_204).to_string(), "Counter32 1204");
/// assert_eq!(Value::from("lobby").to_string(), "OCTET STRING \"lobby\"");
/// assert_eq!(Value::OctetString(vec![0, 0x1f]).to_string(), "OCTET STRING '001F'H");
/// ```
impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            ValueRef::Integer(number) => write!(f, "INTEGER {number}"),
            ValueRef::OctetString(octets) => match text(octets) {
                Some(text) => write!(f, "OCTET STRING \"{text}\""),
                None => write!(f, "OCTET STRING {}", Hexadecimal(octets)),
            },
            ValueRef::Null => f.write_str("NULL"),
            ValueRef::ObjectIdentifier(oid) => write!(f, "OBJECT IDENTIFIER {oid}"),
            ValueRef::IpAddress(octets) => write!(f, "IpAddress {}", Ipv4Addr::from(octets)),
            ValueRef::Counter32(number) => write!(f, "Counter32 {number}"),
            ValueRef::Gauge32(number) => write!(f, "Gauge32 {number}"),
            ValueRef::TimeTicks(number) => write!(f, "TimeTicks {number}"),
            ValueRef::Opaque(octets) => write!(f, "Opaque {}", Hexadecimal(octets)),
            ValueRef::Counter64(number) => write!(f, "Counter64 {number}"),
            ValueRef::NoSuchObject => f.write_str("noSuchObject"),
            ValueRef::NoSuchInstance => f.write_str("noSuchInstance"),
            ValueRef::EndOfMibView => f.write_str("endOfMibView"),
        }
    }
}

/// The text that octets are, if it can stand between quotes in one line of a log.
fn text(octets: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(octets).ok()?;
    let plain = |c: char| c != '"' && (c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric());
    text.chars().all(plain).then_some(text)
}

struct Hexadecimal<'a>(&'a [u8]);

impl fmt::Display for Hexadecimal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("'")?;
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))?;
        f.write_str("'H")
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::oid;

    #[test]
    fn every_value_prints_its_type_and_itself_in_one_line() {
        for (value, line) in [
            (Value::Integer(-5), "INTEGER -5"),
            (Value::from("3. Stock, Büro \u{420}"), "OCTET STRING \"3. Stock, Büro \u{420}\""),
            (Value::from(""), "OCTET STRING \"\""),
            (Value::from("a\nb"), "OCTET STRING '610A62'H"),
            (Value::from("\""), "OCTET STRING '22'H"),
            (Value::from("\u{202e}"), "OCTET STRING 'E280AE'H"),
            (Value::OctetString([0xff, 1].into()), "OCTET STRING 'FF01'H"),
            (Value::Null, "NULL"),
            (Value::ObjectIdentifier(oid!("1.3.6.1")), "OBJECT IDENTIFIER 1.3.6.1"),
            (Value::IpAddress([192, 0, 2, 1]), "IpAddress 192.0.2.1"),
            (Value::Counter32(u32::MAX), "Counter32 4294967295"),
            (Value::Gauge32(7), "Gauge32 7"),
            (Value::TimeTicks(100), "TimeTicks 100"),
            (Value::Opaque([0x9f, 0x78].into()), "Opaque '9F78'H"),
            (Value::Counter64(u64::MAX), "Counter64 18446744073709551615"),
            (Value::NoSuchObject, "noSuchObject"),
            (Value::NoSuchInstance, "noSuchInstance"),
            (Value::EndOfMibView, "endOfMibView"),
        ] {
            assert_eq!((value.to_string(), value.as_ref().to_string()), (line.into(), line.into()));
        }
    }

    #[test]
    fn numbers_are_read_whatever_their_type() {
        assert_eq!(Value::Integer(-3).as_i64(), Some(-3));
        assert_eq!(Value::Integer(-3).as_u64(), None);
        assert_eq!(Value::Gauge32(u32::MAX).as_i64(), Some(4_294_967_295));
        assert_eq!(Value::Counter64(u64::MAX).as_i64(), None);
        assert_eq!(Value::Counter64(u64::MAX).as_u64(), Some(u64::MAX));
        assert_eq!(Value::from("7").as_u64(), None);
    }

    #[test]
    fn octets_identifiers_and_exceptions_are_told_apart() {
        assert_eq!(Value::from("ready").as_bytes(), Some(&b"ready"[..]));
        assert_eq!(Value::IpAddress([127, 0, 0, 1]).as_bytes(), Some(&[127, 0, 0, 1][..]));
        assert_eq!(Value::ObjectIdentifier(oid!("1.3.6")).as_oid(), Some(&oid!("1.3.6")));
        assert!(Value::NoSuchInstance.is_exception() && Value::EndOfMibView.is_exception());
        assert!(!Value::Null.is_exception());
    }

    #[test]
    fn borrowing_and_owning_keeps_the_value() {
        for value in [
            Value::Opaque([1, 2].into()),
            Value::ObjectIdentifier(oid!("1.3.6.1.4.1.11")),
            Value::NoSuchObject,
            Value::TimeTicks(4_294_967_295),
        ] {
            assert_eq!(value.as_ref().to_owned(), value);
        }
    }
}
