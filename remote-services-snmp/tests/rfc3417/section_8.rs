//! RFC 3417 §8: which of the basic encoding rules SNMP uses.
use std::fmt::Write as _;

use remote_services_snmp::ber::{DecodeErrorKind, Limits, Reader, Tag, Writer};
use remote_services_snmp::message::{CommunityMessage, Message, Version};
use remote_services_snmp::pdu::{Pdu, PduKind, VarBind};
use remote_services_snmp::smi::ValueRef;
use remote_services_snmp::{Value, oid};

fn value(octets: &[u8]) -> Result<ValueRef<'_>, DecodeErrorKind> {
    Reader::new(octets).value(&Limits::default()).map_err(|error| error.kind())
}

fn message() -> CommunityMessage {
    let varbinds = vec![
        VarBind::new(oid!("1.3.6.1.2.1.1.3.0"), Value::TimeTicks(5)),
        VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), Value::from("printer")),
    ];
    CommunityMessage::new(Version::V2c, b"public", Pdu::request(PduKind::Set, 7, varbinds))
}

/// The same message with every length in the long form of so many octets.
fn with_long_lengths(mut contents: Reader<'_>, octets: u8, writer: &mut Writer) {
    let mut elements = Vec::new();
    while !contents.is_empty() {
        elements.push(contents.element().expect("a good message"));
    }
    for (tag, contents) in elements.into_iter().rev() {
        let end = writer.len();
        if tag == Tag::SEQUENCE || tag.0 >= 0xa0 {
            with_long_lengths(contents, octets, writer);
        } else {
            writer.raw(contents.rest());
        }
        let length = u32::try_from(writer.len() - end).expect("a short message").to_be_bytes();
        writer.raw(&length[4 - usize::from(octets)..]);
        writer.raw(&[tag.0, 0x80 | octets]);
    }
}

/// R58.
#[test]
fn rfc3417_8_takes_a_length_of_any_number_of_octets_up_to_four_everywhere() {
    let plain = message().to_bytes();
    for octets in 1..=4 {
        let mut writer = Writer::default();
        with_long_lengths(Reader::new(&plain), octets, &mut writer);
        assert_eq!(CommunityMessage::from_bytes(writer.as_slice(), &Limits::default()), Ok(message()));
    }
    assert_eq!(value(&[4, 0x84, 0, 0, 0, 5, 1, 2, 3, 4, 5]), Ok(ValueRef::OctetString(&[1, 2, 3, 4, 5])));
    assert_eq!(value(&[4, 0x85, 0, 0, 0, 0, 1, 7]), Err(DecodeErrorKind::LengthOfLength(5)));
}

/// R58. The error points at the element, counted from the first octet of the datagram.
#[test]
fn rfc3417_8_refuses_the_indefinite_form_everywhere() {
    assert_eq!(value(&[4, 0x80, 1, 0, 0]), Err(DecodeErrorKind::IndefiniteLength));
    let plain = message().to_bytes();
    let mut refused = 0;
    for at in 1..plain.len() {
        let mut octets = plain.clone();
        octets[at] = 0x80;
        if let Err(error) = Message::decode(&octets, &Limits::default())
            && error.kind() == DecodeErrorKind::IndefiniteLength
        {
            assert_eq!(error.offset(), at - 1);
            refused += 1;
        }
    }
    // Message, version, community, PDU, its three fields, list, and three lengths in each of two bindings.
    assert_eq!(refused, 14);
}

/// R56.
#[test]
fn rfc3417_8_takes_numbers_with_more_octets_than_needed() {
    assert_eq!(value(&[2, 4, 0, 0, 0, 5]), Ok(ValueRef::Integer(5)));
    assert_eq!(value(&[2, 6, 255, 255, 255, 255, 255, 254]), Ok(ValueRef::Integer(-2)));
    assert_eq!(value(&[0x41, 5, 0, 0, 0, 0, 5]), Ok(ValueRef::Counter32(5)));
    assert_eq!(value(&[0x46, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]), Ok(ValueRef::Counter64(5)));
}

/// R59.
#[test]
fn rfc3417_8_null_and_the_exceptions_have_no_octets() {
    for tag in [Tag::NULL, Tag::NO_SUCH_OBJECT, Tag::NO_SUCH_INSTANCE, Tag::END_OF_MIB_VIEW] {
        assert!(value(&[tag.0, 0]).is_ok());
        assert!(value(&[tag.0, 0x82, 0, 0]).is_ok());
        assert_eq!(value(&[tag.0, 1, 0]), Err(DecodeErrorKind::WrongSize { tag, found: 1 }));
    }
}

/// R65. Our rule: octets after the outer SEQUENCE are ignored in every version, octets left over inside are refused.
#[test]
fn rfc3417_8_octets_after_the_message_are_ignored_and_octets_left_over_inside_are_refused() {
    let mut octets = message().to_bytes();
    octets.extend([0, 0xff]);
    assert_eq!(CommunityMessage::from_bytes(&octets, &Limits::default()), Ok(message()));
    octets[1] += 2;
    let error = CommunityMessage::from_bytes(&octets, &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::TrailingData { extra: 2 });
    assert_eq!(error.offset(), octets.len() - 2);
}

/// Cut at each octet: always an error, never a panic, and the error points into what is there.
#[test]
fn a_message_cut_at_any_octet_is_refused_at_a_place_that_exists() {
    let octets = message().to_bytes();
    for length in 0..octets.len() {
        let error = Message::decode(&octets[..length], &Limits::default()).unwrap_err();
        assert!(matches!(error.kind(), DecodeErrorKind::Truncated { .. }), "{length}: {error}");
        assert!(error.offset() <= length);
    }
}

/// An identifier is read in one pass: no arc is looked at twice, and nothing is allocated before the limit is known.
#[test]
fn a_long_identifier_is_refused_before_its_arcs_are_kept() {
    for (filling, length) in [(0x81, 65_000), (0x01, 60_000), (0xff, 65_000)] {
        let mut writer = Writer::default();
        writer.octets(Tag::OBJECT_IDENTIFIER, &vec![filling; length]);
        let octets = writer.into_vec();
        let kind = Reader::new(&octets).oid(&Limits::default()).unwrap_err().kind();
        assert!(matches!(kind, DecodeErrorKind::ArcTooLarge | DecodeErrorKind::TooManyArcs(_)), "{kind:?}");
    }
    let mut text = String::from("1.3");
    for _ in 0..30_000 {
        write!(text, ".1").unwrap();
    }
    assert!(text.parse::<remote_services_snmp::Oid>().is_err());
}

/// The decoder does not recurse: elements inside elements cost no stack.
#[test]
fn deep_nesting_fits_into_a_thread_with_a_small_stack() {
    let deep = |depth: usize| {
        let mut writer = Writer::with_capacity(5 * depth);
        let end = writer.mark();
        for _ in 0..depth {
            writer.wrap(Tag::SEQUENCE, end);
        }
        writer.into_vec()
    };
    let nested = [deep(10), deep(1_000), deep(16_000), vec![0x30; 65_000]];
    let small = std::thread::Builder::new().stack_size(64 * 1024);
    let refused = small
        .spawn(move || nested.iter().all(|octets| Message::decode(octets, &Limits::default()).is_err()))
        .unwrap();
    assert!(refused.join().unwrap());
}
