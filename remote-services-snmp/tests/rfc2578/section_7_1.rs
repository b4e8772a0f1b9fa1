//! RFC 2578 §7.1: the values and their ranges.
use remote_services_snmp::ber::{DecodeErrorKind, Limits, Reader, Tag};
use remote_services_snmp::smi::ValueRef;

fn value(octets: &[u8]) -> Result<ValueRef<'_>, DecodeErrorKind> {
    Reader::new(octets).value(&Limits::default()).map_err(|error| error.kind())
}

/// R56.
#[test]
fn rfc2578_7_1_1_integers_reach_from_minus_2_31_to_2_31_minus_1() {
    assert_eq!(value(&[2, 4, 0x80, 0, 0, 0]), Ok(ValueRef::Integer(i32::MIN)));
    assert_eq!(value(&[2, 4, 0x7f, 255, 255, 255]), Ok(ValueRef::Integer(i32::MAX)));
    assert_eq!(value(&[2, 5, 0, 0x80, 0, 0, 0]), Err(DecodeErrorKind::OutOfRange(Tag::INTEGER)));
    assert_eq!(value(&[2, 5, 0xff, 0x7f, 255, 255, 255]), Err(DecodeErrorKind::OutOfRange(Tag::INTEGER)));
    assert_eq!(value(&[2, 0]), Err(DecodeErrorKind::WrongSize { tag: Tag::INTEGER, found: 0 }));
}

/// R56.
#[test]
fn rfc2578_7_1_6_unsigned_values_of_32_bits_reach_from_0_to_2_32_minus_1() {
    for (tag, make) in [
        (Tag::COUNTER32, ValueRef::Counter32 as fn(u32) -> ValueRef<'static>),
        (Tag::GAUGE32, ValueRef::Gauge32),
        (Tag::TIME_TICKS, ValueRef::TimeTicks),
    ] {
        assert_eq!(value(&[tag.0, 1, 0]), Ok(make(0)));
        assert_eq!(value(&[tag.0, 5, 0, 255, 255, 255, 255]), Ok(make(u32::MAX)));
        assert_eq!(value(&[tag.0, 6, 0, 0, 255, 255, 255, 255]), Ok(make(u32::MAX)));
        assert_eq!(value(&[tag.0, 5, 1, 0, 0, 0, 0]), Err(DecodeErrorKind::OutOfRange(tag)));
        assert_eq!(value(&[tag.0, 4, 255, 255, 255, 255]), Err(DecodeErrorKind::OutOfRange(tag)));
        assert_eq!(value(&[tag.0, 0]), Err(DecodeErrorKind::WrongSize { tag, found: 0 }));
    }
}

/// R56.
#[test]
fn rfc2578_7_1_10_counter64_reaches_from_0_to_2_64_minus_1() {
    let largest = [0x46, 9, 0, 255, 255, 255, 255, 255, 255, 255, 255];
    assert_eq!(value(&largest), Ok(ValueRef::Counter64(u64::MAX)));
    let padded = [0x46, 10, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255];
    assert_eq!(value(&padded), Ok(ValueRef::Counter64(u64::MAX)));
    let greater = [0x46, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(value(&greater), Err(DecodeErrorKind::OutOfRange(Tag::COUNTER64)));
    let negative = [0x46, 8, 255, 255, 255, 255, 255, 255, 255, 255];
    assert_eq!(value(&negative), Err(DecodeErrorKind::OutOfRange(Tag::COUNTER64)));
}

/// R59.
#[test]
fn rfc2578_7_1_5_an_ip_address_has_four_octets() {
    assert_eq!(value(&[0x40, 4, 192, 0, 2, 1]), Ok(ValueRef::IpAddress([192, 0, 2, 1])));
    for size in [0, 3, 5, 16] {
        let octets = [&[0x40, size][..], &vec![1; size.into()]].concat();
        let wrong = DecodeErrorKind::WrongSize { tag: Tag::IP_ADDRESS, found: size.into() };
        assert_eq!(value(&octets), Err(wrong));
    }
}

/// R59. What an Opaque holds is another encoding: it is kept as it came and only looked into when asked.
#[test]
fn rfc2578_7_1_9_an_opaque_keeps_the_octets_that_it_wraps() {
    use remote_services_snmp::smi::OpaqueNumber;
    let octets = [0x44, 7, 0x9f, 0x78, 4, 0x41, 0x20, 0, 0];
    let opaque = value(&octets).unwrap();
    assert_eq!(opaque, ValueRef::Opaque(&octets[2..]));
    assert_eq!(opaque.as_opaque_number(), Some(OpaqueNumber::Float(10.0)));
    let raw = value(&[0x44, 4, 0x41, 0xf0, 0, 0]).unwrap();
    assert_eq!((raw, raw.as_opaque_number()), (ValueRef::Opaque(&[0x41, 0xf0, 0, 0]), None));
}
