//! Messages on a stream, told apart by their BER lengths.
use proptest::prelude::*;
use remote_services_snmp::ber::{DecodeErrorKind, Limits, Tag};
use remote_services_snmp::message::{CommunityMessage, Framer, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::{Value, VarBind, oid};

fn message(number: i32, octets: usize) -> Vec<u8> {
    let varbinds = vec![VarBind::new(oid!("1.3.6.1.2.1.1.1.0"), Value::OctetString(vec![7; octets]))];
    CommunityMessage::new(Version::V2c, b"public", Pdu::request(PduKind::Set, number, varbinds)).to_bytes()
}

/// What a framer makes of these pieces.
fn cut(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut framer = Framer::new(&Limits::default());
    let mut messages = Vec::new();
    for piece in pieces {
        framer.push(piece);
        while let Some(message) = framer.next_message().unwrap() {
            messages.push(message.to_vec());
        }
    }
    assert!(!framer.is_inside());
    messages
}

#[test]
fn rfc3430_2_1_messages_follow_each_other_without_anything_between() {
    let all: Vec<Vec<u8>> = [0, 1, 100, 127, 128, 300, 8_192, 60_000].map(|octets| message(1, octets)).into();
    assert_eq!(cut(&[&all.concat()]), all);
}

#[test]
fn rfc3430_2_1_a_message_may_come_in_any_pieces() {
    let two = [message(1, 150), message(2, 3)];
    let whole = two.concat();
    for at in 0..=whole.len() {
        assert_eq!(cut(&[&whole[..at], &whole[at..]]), two, "cut at {at}");
    }
    let octets: Vec<&[u8]> = whole.chunks(1).collect();
    assert_eq!(cut(&octets), two);
}

#[test]
fn a_long_form_length_is_taken_and_an_indefinite_one_is_not() {
    assert_eq!(
        cut(&[&[0x30, 0x83, 0, 0, 2, 5, 0, 0x30, 0]]),
        [vec![0x30, 0x83, 0, 0, 2, 5, 0], vec![0x30, 0]]
    );
    for (start, expected) in [
        (&[0x30, 0x80][..], DecodeErrorKind::IndefiniteLength),
        (&[0x30, 0x85], DecodeErrorKind::LengthOfLength(5)),
        (&[0x16], DecodeErrorKind::UnexpectedTag { expected: Tag::SEQUENCE, found: Tag(0x16) }),
        (b"GET / HTTP/1.1\r\n", DecodeErrorKind::UnexpectedTag { expected: Tag::SEQUENCE, found: Tag(b'G') }),
    ] {
        let mut framer = Framer::new(&Limits::default());
        framer.push(start);
        assert_eq!(framer.next_message().unwrap_err().kind(), expected);
    }
}

#[test]
fn a_length_beyond_the_limit_is_refused_by_its_header_alone() {
    let mut framer = Framer::new(&Limits::default());
    framer.push(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]);
    assert_eq!(framer.next_message().unwrap_err().kind(), DecodeErrorKind::MessageTooLarge { limit: 65_507 });
    let mut framer = Framer::new(&Limits::default());
    framer.push(&[0x30, 0x82, 0xff, 0xdf]);
    assert_eq!(framer.next_message(), Ok(None), "65,507 octets with their header");
    let mut framer = Framer::new(&Limits::default());
    framer.push(&[0x30, 0x82, 0xff, 0xe0]);
    assert!(framer.next_message().is_err());
}

proptest! {
    #[test]
    fn any_stream_of_octets_is_cut_or_refused(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..40)) {
        let mut framer = Framer::new(&Limits::default());
        let mut handed_out = 0;
        let mut pushed = 0;
        for piece in &pieces {
            framer.push(piece);
            pushed += piece.len();
            loop {
                match framer.next_message() {
                    Ok(Some(message)) => handed_out += message.len(),
                    Ok(None) => break,
                    Err(_) => return Ok(()),
                }
            }
            prop_assert!(handed_out <= pushed);
        }
    }
}
