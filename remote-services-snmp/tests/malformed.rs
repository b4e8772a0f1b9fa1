//! Every vector cut at every length and with every octet changed: it may be refused, it must never panic.
#![cfg(feature = "rustcrypto")]
use remote_services_snmp::ber::{DecodeError, DecodeErrorKind, Limits, Reader, Tag, Writer};
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::message::{
    CommunityMessage, CommunityPdu, Message, MessageData, ScopedPdu, ScopedPduRef, Version,
};
use remote_services_snmp::pdu::{ErrorStatus, GenericTrap, Pdu, PduKind, TrapV1, VarBind};
use remote_services_snmp::usm::{
    EngineId, EngineTime, Envelope, KeyCache, SecurityLevel, User, UsmParameters, discovery, seal,
};
use remote_services_snmp::{Value, oid};

#[test]
fn a_cut_message_is_always_refused() {
    for vector in vectors() {
        assert!(decode_all(&vector).is_ok());
        for length in 0..vector.len() {
            assert!(decode_all(&vector[..length]).is_err(), "cut to {length} of {}", vector.len());
        }
    }
}

#[test]
fn a_changed_octet_never_panics_and_errors_point_into_the_datagram() {
    for vector in vectors() {
        for at in 0..vector.len() {
            let flipped = (0..8).map(|bit| vector[at] ^ (1 << bit));
            for changed_to in flipped.chain([0x00, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xff]) {
                let mut changed = vector.clone();
                changed[at] = changed_to;
                if let Err(error) = decode_all(&changed) {
                    assert!(error.offset() <= changed.len(), "{error}");
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}

#[test]
fn a_running_responder_survives_the_sweep_and_still_answers() {
    let mut mib = SortedTable::from_iter([(oid!("1.3.6.1.2.1.1.5.0"), Value::from("printer"))]);
    let config = ResponderConfig::new(engine_id(), 1).community("public", Access::ReadWrite).user(
        user(),
        Access::ReadWrite,
        SecurityLevel::NoAuthNoPriv,
    );
    let mut seed = 7_u64..;
    let mut responder =
        Responder::new(config, &rustcrypto(), Instant::START, || seed.next().unwrap()).unwrap();
    let from = "127.0.0.1:50000".parse().unwrap();
    let mut answered = 0;
    for vector in vectors() {
        for at in 0..vector.len() {
            for mask in [0x01, 0x04, 0x20, 0x80, 0xff] {
                let mut changed = vector.clone();
                changed[at] ^= mask;
                let reply = responder.handle_datagram(Instant::START, from, &changed, &mut mib);
                answered += u32::from(reply.is_some_and(|octets| decode_all(&octets).is_ok()));
            }
        }
    }
    assert!(answered > 100, "many changes leave a valid request: {answered}");
    let ping = CommunityMessage::new(Version::V2c, b"public", request(PduKind::Get)).to_bytes();
    assert!(responder.handle_datagram(Instant::START, from, &ping, &mut mib).is_some());
}

#[test]
fn long_and_deep_input_is_refused_at_once() {
    let limits = Limits::default();
    // An object identifier of nothing but continuation octets, and one of far too many arcs.
    for filling in [0x81, 0x01] {
        let mut writer = Writer::default();
        let end = writer.mark();
        writer.octets(Tag::OBJECT_IDENTIFIER, &vec![filling; 60_000]);
        writer.wrap(Tag::SEQUENCE, end);
        let octets = writer.into_vec();
        let mut reader = Reader::new(&octets);
        let error = reader.sequence().unwrap().oid(&limits).unwrap_err();
        assert!(matches!(error.kind(), DecodeErrorKind::ArcTooLarge | DecodeErrorKind::TooManyArcs(60_001)));
    }
    // Sequences in sequences: there is no recursion to run out of stack.
    let mut nested = Vec::new();
    for _ in 0..16_000 {
        let mut outer = Writer::with_capacity(nested.len() + 4);
        let end = outer.mark();
        outer.raw(&nested[nested.len().saturating_sub(200)..]);
        outer.wrap(Tag::SEQUENCE, end);
        nested = outer.into_vec();
    }
    assert!(Message::decode(&nested, &limits).is_err());
    let octets = vec![0x30; 65_000];
    assert!(Message::decode(&octets, &limits).is_err());
    assert!(Message::decode(&vec![0; 70_000], &limits).is_err());
}

/// Opens all that can be opened without keys.
fn decode_all(octets: &[u8]) -> Result<(), DecodeError> {
    let limits = Limits::default();
    match Message::decode(octets, &limits)? {
        Message::Community(message) => {
            let owned = message.to_owned();
            if let (CommunityPdu::Pdu(borrowed), CommunityPdu::Pdu(owned)) = (&message.pdu, &owned.pdu) {
                // None of the bindings got lost on the way.
                assert_eq!(borrowed.varbinds.iter().count(), borrowed.varbinds.len());
                assert_eq!(borrowed.varbinds.len(), owned.varbinds.len());
            }
        }
        Message::V3(message) => {
            UsmParameters::decode(&message)?;
            if let MessageData::Plaintext(data) = message.data {
                let mut reader = Reader::at(data, message.data_offset);
                ScopedPduRef::decode(&mut reader, &limits)?;
            }
        }
    }
    Ok(())
}

fn engine_id() -> EngineId {
    EngineId::new(b"an engine").expect("nine octets")
}

fn user() -> User {
    let auth = Some((AuthProtocol::HmacSha1, &b"maplesyrup"[..]));
    let privacy = Some((PrivProtocol::Aes128, &b"private secret"[..]));
    User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, privacy).expect("a good user")
}

fn request(kind: PduKind) -> Pdu {
    let varbinds = [
        Value::Null,
        Value::Integer(-129),
        Value::from("printer"),
        Value::ObjectIdentifier(oid!("1.3.6.1.4.1.253.8.62.1")),
        Value::IpAddress([192, 0, 2, 1]),
        Value::Counter32(u32::MAX),
        Value::Opaque(vec![0x9f, 0x78, 4, 0, 0, 0, 0]),
        Value::Counter64(u64::MAX),
        Value::EndOfMibView,
    ];
    let varbinds = varbinds.map(|value| VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), value)).into();
    Pdu::request(kind, 1_000_000, varbinds)
}

fn vectors() -> Vec<Vec<u8>> {
    let bulk = PduKind::GetBulk { non_repeaters: 1, max_repetitions: 20 };
    let response = PduKind::Response { status: ErrorStatus::NoError, error_index: 0 };
    let mut vectors: Vec<_> = [PduKind::Get, PduKind::GetNext, PduKind::Set, bulk, response, PduKind::TrapV2]
        .into_iter()
        .map(|kind| CommunityMessage::new(Version::V2c, b"public", request(kind)).to_bytes())
        .collect();
    vectors.push(CommunityMessage::new(Version::V1, b"public", request(PduKind::GetNext)).to_bytes());
    let trap = TrapV1 {
        enterprise: oid!("1.3.6.1.4.1.253.8.62.1"),
        agent_addr: [192, 0, 2, 1],
        generic_trap: GenericTrap::EnterpriseSpecific,
        specific_trap: 18,
        time_stamp: 123_456,
        // The last two are of SNMPv2.
        varbinds: request(PduKind::Get).varbinds[..7].to_vec(),
    };
    let pdu = CommunityPdu::TrapV1(trap);
    vectors.push(CommunityMessage { version: Version::V1, community: b"public".to_vec(), pdu }.to_bytes());
    vectors.push(discovery(77, 1, 65_507));
    let user = user().localize(&rustcrypto(), engine_id()).expect("RustCrypto has both algorithms");
    for level in [SecurityLevel::NoAuthNoPriv, SecurityLevel::AuthNoPriv, SecurityLevel::AuthPriv] {
        let time = EngineTime { boots: 1, time: 0 };
        let envelope = Envelope { level, ..Envelope::for_user(&user, 77, 65_507, time, [1; 8]) };
        let context_engine_id = engine_id().as_slice().to_vec();
        let scoped =
            ScopedPdu { context_engine_id, context_name: Vec::new(), pdu: request(PduKind::GetNext) };
        vectors.push(seal(&envelope, &scoped).expect("the user has all keys"));
    }
    vectors
}

/// The larger number of changes is part of `cargo xtask bench snmp`, with the peers beside it.
#[test]
fn a_changed_reply_is_never_taken_with_bindings_missing() {
    let varbinds = (1..=20_u32).map(|row| {
        let value = match row % 4 {
            0 => Value::Integer(-3),
            1 => Value::from("Black Cartridge"),
            2 => Value::Counter32(u32::MAX),
            _ => Value::ObjectIdentifier(oid!("1.3.6.1.4.1.253.8.62")),
        };
        VarBind::new(oid!("1.3.6.1.2.1.43.11.1.1.6").extend(&[1, row * 60]).expect("it is short"), value)
    });
    let reply = Pdu::response(1_414_683_000, ErrorStatus::NoError, 0, varbinds.collect());
    let reply = CommunityMessage::new(Version::V2c, b"public", reply).to_bytes();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).expect("31 bits")
    };
    let mut taken = 0;
    for _ in 0..100_000 {
        let mut changed = reply.clone();
        for _ in 0..=next() % 3 {
            let at = next() % changed.len();
            changed[at] = next().to_le_bytes()[0];
        }
        let Ok(Message::Community(message)) = Message::decode(&changed, &Limits::default()) else { continue };
        let CommunityPdu::Pdu(pdu) = &message.pdu else { continue };
        assert_eq!(pdu.varbinds.iter().count(), 20, "{changed:02x?}");
        taken += 1;
    }
    assert!(taken > 10_000, "many changes only touch contents: {taken}");
}
