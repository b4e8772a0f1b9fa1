//! The values of a variable binding (RFC 2578 §7.1, RFC 3416 §3), owned and borrowed.
use alloc::vec::Vec;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oid;

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
