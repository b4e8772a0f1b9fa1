//! What some devices send although the RFCs forbid it, one name for each habit.
use super::Tag;
use crate::smi::{OidRef, ValueRef};

/// Departures from RFC 2578 and RFC 3417 that a decoder takes. All are off by default.
///
/// No number is ever made up: a value that does not fit its type is handed out as a type that holds it, so that the
/// receiver sees both the number and that something was odd. What no quirk names stays refused.
///
/// In a Trap-PDU of SNMPv1, too, that type may be `Counter64`, which SNMPv1 does not have: who sends such a trap on does so
/// as SNMPv2-Trap-PDU (RFC 3584 §3.1), because as a Trap-PDU it is refused by who reads it.
///
/// ```
/// use remote_services_snmp::ber::{Limits, Quirks, Reader};
/// use remote_services_snmp::smi::ValueRef;
///
/// let counter = [0x41, 5, 1, 0, 0, 0, 0]; // a Counter32 of 2^32
/// assert!(Reader::new(&counter).value(&Limits::default()).is_err());
///
/// let mut limits = Limits::default();
/// limits.quirks.oversized_unsigned = true;
/// assert_eq!(Reader::new(&counter).value(&limits)?, ValueRef::Counter64(1 << 32));
/// # Ok::<(), remote_services_snmp::ber::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quirks {
    /// A Counter32, Gauge32 or TimeTicks above 2^32 - 1 is handed out as `Counter64` with the number that was sent.
    /// Above 2^64 - 1 it stays refused.
    pub oversized_unsigned: bool,
    /// An INTEGER from 2^31 to 2^32 - 1 is handed out as `Gauge32`, a larger one up to 2^63 - 1 as `Counter64`, with
    /// the number that was sent. Below -2^31 it stays refused.
    pub oversized_integer: bool,
    /// A Counter32, Gauge32 or TimeTicks of four octets, or a Counter64 of eight, whose first bit is set, is read as
    /// the unsigned number of these octets: the sender left out the leading zero octet that keeps it positive. A
    /// shorter one stays refused, because it cannot be told what was meant.
    pub negative_unsigned: bool,
    /// A number of no octets (INTEGER, Counter32, Gauge32, TimeTicks, Counter64) is read as 0: the sender dropped all
    /// zero octets instead of all but one.
    pub empty_number: bool,
    /// An OBJECT IDENTIFIER of no octets as a value is read as 0.0. As a name it stays refused.
    pub empty_oid: bool,
    /// An IpAddress of no octets is handed out as `Null`: there is no address.
    pub empty_ip_address: bool,
}

impl Quirks {
    /// What the RFCs allow and nothing else.
    pub const NONE: Self = Quirks {
        oversized_unsigned: false,
        oversized_integer: false,
        negative_unsigned: false,
        empty_number: false,
        empty_oid: false,
        empty_ip_address: false,
    };

    /// Every quirk that this version knows.
    pub const ALL: Self = Quirks {
        oversized_unsigned: true,
        oversized_integer: true,
        negative_unsigned: true,
        empty_number: true,
        empty_oid: true,
        empty_ip_address: true,
    };

    /// What either of the two takes.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Quirks {
            oversized_unsigned: self.oversized_unsigned || other.oversized_unsigned,
            oversized_integer: self.oversized_integer || other.oversized_integer,
            negative_unsigned: self.negative_unsigned || other.negative_unsigned,
            empty_number: self.empty_number || other.empty_number,
            empty_oid: self.empty_oid || other.empty_oid,
            empty_ip_address: self.empty_ip_address || other.empty_ip_address,
        }
    }

    /// The value that a bent device means by these contents, which are no value by the RFCs.
    pub(super) fn value<'a>(self, tag: Tag, contents: &'a [u8]) -> Option<ValueRef<'a>> {
        if contents.is_empty() {
            return self.empty(tag);
        }
        match tag {
            Tag::INTEGER if self.oversized_integer && contents[0] < 0x80 => {
                let number = number(contents).filter(|&number| i64::try_from(number).is_ok())?;
                Some(u32::try_from(number).map_or(ValueRef::Counter64(number), ValueRef::Gauge32))
            }
            Tag::COUNTER32 | Tag::GAUGE32 | Tag::TIME_TICKS => match *contents {
                [a, b, c, d] if self.negative_unsigned && a >= 0x80 => {
                    unsigned(tag, u32::from_be_bytes([a, b, c, d]))
                }
                [first, ..] if self.oversized_unsigned && first < 0x80 => {
                    number(contents).map(ValueRef::Counter64)
                }
                _ => None,
            },
            Tag::COUNTER64 if self.negative_unsigned && contents.len() == 8 => {
                number(contents).map(ValueRef::Counter64)
            }
            _ => None,
        }
    }

    fn empty<'a>(self, tag: Tag) -> Option<ValueRef<'a>> {
        match tag {
            Tag::INTEGER if self.empty_number => Some(ValueRef::Integer(0)),
            Tag::COUNTER64 if self.empty_number => Some(ValueRef::Counter64(0)),
            _ if self.empty_number && unsigned(tag, 0).is_some() => unsigned(tag, 0),
            Tag::OBJECT_IDENTIFIER if self.empty_oid => Some(ValueRef::ObjectIdentifier(OidRef::ZERO)),
            Tag::IP_ADDRESS if self.empty_ip_address => Some(ValueRef::Null),
            _ => None,
        }
    }
}

fn unsigned<'a>(tag: Tag, number: u32) -> Option<ValueRef<'a>> {
    match tag {
        Tag::COUNTER32 => Some(ValueRef::Counter32(number)),
        Tag::GAUGE32 => Some(ValueRef::Gauge32(number)),
        Tag::TIME_TICKS => Some(ValueRef::TimeTicks(number)),
        _ => None,
    }
}

/// The unsigned number of these octets, if it has at most 64 bits.
fn number(octets: &[u8]) -> Option<u64> {
    let zeros = octets.iter().take_while(|&&octet| octet == 0).count();
    let significant = &octets[zeros..];
    (significant.len() <= 8).then(|| significant.iter().fold(0, |sum, &octet| (sum << 8) | u64::from(octet)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ber::{Limits, Reader};

    type Case = (fn(&mut Quirks) -> &mut bool, &'static [u8], ValueRef<'static>);

    const CASES: [Case; 15] = [
        (|q| &mut q.oversized_unsigned, &[0x41, 5, 1, 0, 0, 0, 0], ValueRef::Counter64(1 << 32)),
        (|q| &mut q.oversized_unsigned, &[0x42, 5, 0x7f, 0, 0, 0, 1], ValueRef::Counter64(0x7f_0000_0001)),
        (
            |q| &mut q.oversized_unsigned,
            &[0x43, 9, 0, 255, 255, 255, 255, 255, 255, 255, 255],
            ValueRef::Counter64(u64::MAX),
        ),
        (|q| &mut q.oversized_integer, &[2, 5, 0, 0xff, 0xff, 0xff, 0xff], ValueRef::Gauge32(u32::MAX)),
        (|q| &mut q.oversized_integer, &[2, 5, 1, 0, 0, 0, 0], ValueRef::Counter64(1 << 32)),
        (|q| &mut q.negative_unsigned, &[0x41, 4, 0xff, 0xff, 0xff, 0xfe], ValueRef::Counter32(u32::MAX - 1)),
        (|q| &mut q.negative_unsigned, &[0x42, 4, 0x80, 0, 0, 0], ValueRef::Gauge32(1 << 31)),
        (
            |q| &mut q.negative_unsigned,
            &[0x46, 8, 255, 255, 255, 255, 255, 255, 255, 255],
            ValueRef::Counter64(u64::MAX),
        ),
        (|q| &mut q.empty_number, &[2, 0], ValueRef::Integer(0)),
        (|q| &mut q.empty_number, &[0x41, 0], ValueRef::Counter32(0)),
        (|q| &mut q.empty_number, &[0x42, 0], ValueRef::Gauge32(0)),
        (|q| &mut q.empty_number, &[0x43, 0], ValueRef::TimeTicks(0)),
        (|q| &mut q.empty_number, &[0x46, 0], ValueRef::Counter64(0)),
        (|q| &mut q.empty_oid, &[6, 0], ValueRef::ObjectIdentifier(OidRef::ZERO)),
        (|q| &mut q.empty_ip_address, &[0x40, 0], ValueRef::Null),
    ];

    #[test]
    fn each_quirk_is_refused_unless_it_is_named() {
        for (quirk, octets, meant) in CASES {
            let mut only = Limits::default();
            *quirk(&mut only.quirks) = true;
            let mut all_others = Limits::widest();
            *quirk(&mut all_others.quirks) = false;
            assert!(Reader::new(octets).value(&Limits::default()).is_err(), "{octets:02x?}");
            assert!(Reader::new(octets).value(&all_others).is_err(), "{octets:02x?}");
            assert_eq!(Reader::new(octets).value(&only), Ok(meant), "{octets:02x?}");
            assert_eq!(Reader::new(octets).value(&Limits::widest()), Ok(meant), "{octets:02x?}");
        }
    }

    #[test]
    fn what_cannot_be_told_stays_refused_with_all_quirks() {
        for octets in [
            &[0x41, 1, 0xff][..],
            &[0x41, 3, 0xff, 0xff, 0xff],
            &[0x41, 5, 0xff, 0, 0, 0, 0],
            &[0x43, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0x46, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0x46, 7, 0xff, 0, 0, 0, 0, 0, 0],
            &[0x41, 5, 0x80, 0, 0, 0, 0],
            &[2, 5, 0xff, 0, 0, 0, 0],
            &[2, 5, 0x80, 0, 0, 0, 0],
            &[2, 9, 0, 0xff, 0, 0, 0, 0, 0, 0, 0],
            &[0x40, 3, 1, 2, 3],
            &[5, 1, 0],
            &[6, 1, 0x80],
        ] {
            assert!(Reader::new(octets).value(&Limits::widest()).is_err(), "{octets:02x?}");
        }
    }

    #[test]
    fn two_sets_together_take_what_either_takes_and_no_more() {
        for (quirk, octets, meant) in CASES {
            let mut one = Quirks::NONE;
            *quirk(&mut one) = true;
            for both in [one.union(Quirks::NONE), Quirks::NONE.union(one)] {
                assert_eq!(both, one);
                let limits = Limits { quirks: both, ..Limits::default() };
                assert_eq!(Reader::new(octets).value(&limits), Ok(meant));
            }
        }
        assert_eq!(Quirks::NONE.union(Quirks::NONE), Quirks::NONE);
    }

    #[test]
    fn an_empty_name_is_refused_with_all_quirks() {
        assert!(Reader::new(&[6, 0]).oid(&Limits::widest()).is_err());
    }
}
