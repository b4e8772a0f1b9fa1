//! RFC 3412 §6: the SNMPv3 message format and the ranges of its fields.
use remote_services_snmp::ber::{DecodeErrorKind, Limits, Reader, Tag, Writer};
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::responder::{Responder, ResponderConfig, SortedTable};
use remote_services_snmp::message::{MsgFlags, ScopedPduRef, V3MessageRef};
use remote_services_snmp::usm::{EngineId, UsmParameters};

/// A message whose fields may be anything.
struct Fields<'a> {
    msg_id: i32,
    max_size: i32,
    flags: u8,
    user_name: &'a [u8],
    engine_id: &'a [u8],
    context_name: &'a [u8],
}

const GOOD: Fields<'_> =
    Fields { msg_id: 7, max_size: 1_472, flags: 4, user_name: b"", engine_id: b"", context_name: b"" };

impl Fields<'_> {
    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        let end = writer.mark();
        // A GET of nothing, as a probe for the engine ID is.
        writer.octets(Tag(0xa0), &[2, 1, 1, 2, 1, 0, 2, 1, 0, 0x30, 0]);
        writer.octets(Tag::OCTET_STRING, self.context_name);
        writer.octets(Tag::OCTET_STRING, self.engine_id);
        writer.wrap(Tag::SEQUENCE, end);
        let parameters = writer.mark();
        writer.octets(Tag::OCTET_STRING, b"");
        writer.octets(Tag::OCTET_STRING, b"");
        writer.octets(Tag::OCTET_STRING, self.user_name);
        writer.integer(0);
        writer.integer(0);
        writer.octets(Tag::OCTET_STRING, self.engine_id);
        writer.wrap(Tag::SEQUENCE, parameters);
        writer.wrap(Tag::OCTET_STRING, parameters);
        let header = writer.mark();
        writer.integer(3);
        writer.octets(Tag::OCTET_STRING, &[self.flags]);
        writer.integer(self.max_size);
        writer.integer(self.msg_id);
        writer.wrap(Tag::SEQUENCE, header);
        writer.integer(3);
        writer.wrap(Tag::SEQUENCE, end);
        writer.into_vec()
    }

    /// What opening all of it without keys ends with.
    fn opened(&self) -> Result<(), DecodeErrorKind> {
        let octets = self.to_bytes();
        let limits = Limits::default();
        let open = || {
            let message = V3MessageRef::decode(&octets, &limits)?;
            UsmParameters::decode(&message)?;
            let remote_services_snmp::message::MessageData::Plaintext(data) = message.data else {
                return Ok(());
            };
            ScopedPduRef::decode(&mut Reader::at(data, message.data_offset), &limits).map(|_| ())
        };
        open().map_err(|error: remote_services_snmp::ber::DecodeError| error.kind())
    }
}

fn responder() -> Responder {
    let config = ResponderConfig::new(EngineId::new(b"an engine").unwrap(), 1);
    let mut seed = 7_u64..;
    Responder::new(config, &rustcrypto(), Instant::START, || seed.next().unwrap()).unwrap()
}

/// Whether a running responder answers, and how many parse errors it counted.
fn heard(octets: &[u8]) -> (bool, u32) {
    let mut responder = responder();
    let from = "127.0.0.1:50000".parse().unwrap();
    let reply = responder.handle_datagram(Instant::START, from, octets, &mut SortedTable::new());
    (reply.is_some(), responder.stats().asn_parse_errors)
}

/// R02.
#[test]
fn rfc3412_6_3_msg_max_size_below_484_is_a_parse_error() {
    for max_size in [i32::MIN, -1, 0, 483] {
        let fields = Fields { max_size, ..GOOD };
        assert_eq!(fields.opened(), Err(DecodeErrorKind::MaxSizeTooSmall(max_size)));
        assert_eq!(heard(&fields.to_bytes()), (false, 1));
    }
    for max_size in [484, 65_507, i32::MAX] {
        let fields = Fields { max_size, ..GOOD };
        assert_eq!(fields.opened(), Ok(()));
        assert_eq!(heard(&fields.to_bytes()), (true, 0));
    }
}

/// R03.
#[test]
fn rfc3412_6_2_msg_id_reaches_from_0_to_2_31_minus_1() {
    for msg_id in [0, 1, i32::MAX] {
        assert_eq!(heard(&Fields { msg_id, ..GOOD }.to_bytes()), (true, 0));
    }
    for msg_id in [-1, i32::MIN] {
        let fields = Fields { msg_id, ..GOOD };
        assert_eq!(fields.opened(), Err(DecodeErrorKind::OutOfRange(Tag::INTEGER)));
        assert_eq!(heard(&fields.to_bytes()), (false, 1));
    }
    // 2^31 takes five octets: one more in the number, in the header and in the message.
    let mut octets = Fields { msg_id: i32::MAX, ..GOOD }.to_bytes();
    let at = octets.windows(6).position(|six| six == [2, 4, 0x7f, 255, 255, 255]).unwrap();
    octets.splice(at..at + 6, [2, 5, 0, 0x80, 0, 0, 0]);
    octets[1] += 1;
    octets[at - 1] += 1;
    assert_eq!(heard(&octets), (false, 1));
}

/// R06.
#[test]
fn rfc3412_6_4_reserved_flags_are_ignored_when_received_and_sent_as_zero() {
    let octets = Fields { flags: 0x0c, ..GOOD }.to_bytes();
    let flags = V3MessageRef::decode(&octets, &Limits::default()).unwrap().header.flags;
    assert_eq!(flags, MsgFlags { reportable: true, ..MsgFlags::default() });
    assert_eq!(heard(&octets), (true, 0));
    for octet in 0..=u8::MAX {
        assert_eq!(MsgFlags::from_wire(octet).to_wire(), octet & 7);
    }
}

/// R36: msgUserName 0 to 32 octets, contextName 0 to 255, engine ID 0 to 32.
#[test]
fn rfc3412_6_names_keep_their_lengths() {
    let long = [b'x'; 256];
    for (fields, limit) in [
        (Fields { user_name: &long[..33], ..GOOD }, 32),
        (Fields { context_name: &long, ..GOOD }, 255),
        (Fields { engine_id: &long[..33], ..GOOD }, 32),
    ] {
        assert_eq!(fields.opened(), Err(DecodeErrorKind::TooLong { limit }));
    }
    let fields =
        Fields { user_name: &long[..32], context_name: &long[..255], engine_id: &long[..32], ..GOOD };
    assert_eq!(fields.opened(), Ok(()));
}

/// R53: what is no message is counted and not answered, whichever octet is missing.
#[test]
fn rfc3412_7_2_a_parse_error_is_counted_and_not_answered() {
    let octets = GOOD.to_bytes();
    assert_eq!(heard(&octets), (true, 0));
    for length in 0..octets.len() {
        assert_eq!(heard(&octets[..length]), (false, 1), "cut to {length}");
    }
    for wrong_tag in [0x00, 0x31, 0x7f, 0xff] {
        let mut octets = octets.clone();
        octets[0] = wrong_tag;
        assert_eq!(heard(&octets), (false, 1));
    }
}

/// R65: in SNMPv3 as in the others.
#[test]
fn rfc3412_7_2_octets_after_the_message_are_ignored() {
    let octets = [GOOD.to_bytes(), vec![0, 0x30, 5]].concat();
    assert_eq!(heard(&octets), (true, 0));
}
