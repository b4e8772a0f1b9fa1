//! RFC 1157 §4.1.6: the Trap-PDU.
use remote_services_snmp::ber::{DecodeErrorKind, Limits, Reader, Tag, Writer};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{GenericTrap, TrapV1, VarBind};
use remote_services_snmp::{Value, oid};

fn trap(generic_trap: GenericTrap) -> TrapV1 {
    TrapV1 {
        enterprise: oid!("1.3.6.1.4.1.253.8.62.1"),
        agent_addr: [192, 0, 2, 1],
        generic_trap,
        specific_trap: 18,
        time_stamp: u32::MAX,
        varbinds: vec![VarBind::new(oid!("1.3.6.1.2.1.43.18.1.1.8.1.1"), Value::from("cover open"))],
    }
}

fn message(version: Version, trap: TrapV1) -> CommunityMessage {
    CommunityMessage { version, community: b"public".into(), pdu: CommunityPdu::TrapV1(trap) }
}

fn decoded(octets: &[u8]) -> Result<TrapV1, DecodeErrorKind> {
    let trap = TrapV1::decode(&mut Reader::new(octets), &Limits::default());
    trap.map(|trap| trap.to_owned()).map_err(|error| error.kind())
}

/// The fields from first to last, each as its contents, and the tag of each.
const FIELDS: [(Tag, &[u8]); 6] = [
    (Tag::OBJECT_IDENTIFIER, &[0x2b, 6, 1, 4, 1, 0x81, 0x7d]),
    (Tag::IP_ADDRESS, &[192, 0, 2, 1]),
    (Tag::INTEGER, &[6]),
    (Tag::INTEGER, &[18]),
    (Tag::TIME_TICKS, &[1, 0]),
    (Tag::SEQUENCE, &[]),
];

fn written(fields: &[(Tag, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::default();
    let end = writer.mark();
    for (tag, contents) in fields.iter().rev() {
        writer.octets(*tag, contents);
    }
    writer.wrap(Tag::TRAP_V1, end);
    writer.into_vec()
}

#[test]
fn rfc1157_4_1_6_every_generic_trap_survives_the_wire_and_so_do_unnamed_numbers() {
    let named = [
        GenericTrap::ColdStart,
        GenericTrap::WarmStart,
        GenericTrap::LinkDown,
        GenericTrap::LinkUp,
        GenericTrap::AuthenticationFailure,
        GenericTrap::EgpNeighborLoss,
        GenericTrap::EnterpriseSpecific,
    ];
    for (number, generic) in (0..).zip(named) {
        assert_eq!((generic.to_wire(), GenericTrap::from_wire(number)), (number, generic));
    }
    for generic in named.into_iter().chain([-1, 7, i32::MAX].map(GenericTrap::Other)) {
        let sent = message(Version::V1, trap(generic));
        assert_eq!(CommunityMessage::from_bytes(&sent.to_bytes(), &Limits::default()), Ok(sent));
    }
}

#[test]
fn rfc1157_4_1_6_the_fields_stand_in_the_order_of_the_rfc() {
    let expected = TrapV1 {
        enterprise: oid!("1.3.6.1.4.1.253"),
        agent_addr: [192, 0, 2, 1],
        generic_trap: GenericTrap::EnterpriseSpecific,
        specific_trap: 18,
        time_stamp: 256,
        varbinds: Vec::new(),
    };
    assert_eq!(decoded(&written(&FIELDS)), Ok(expected));
    for other in 1..FIELDS.len() {
        let mut fields = FIELDS;
        fields.swap(0, other);
        assert!(matches!(decoded(&written(&fields)), Err(DecodeErrorKind::UnexpectedTag { .. })), "{other}");
    }
}

#[test]
fn rfc1157_4_1_6_a_missing_field_and_one_too_many_are_refused() {
    for missing in 0..FIELDS.len() {
        let mut fields = FIELDS.to_vec();
        fields.remove(missing);
        let kind = decoded(&written(&fields)).unwrap_err();
        let at_end = missing + 1 == FIELDS.len();
        assert_eq!(matches!(kind, DecodeErrorKind::Truncated { .. }), at_end, "{missing}: {kind}");
        // The two INTEGERs look alike, so without one the next field has the wrong tag.
        assert_eq!(matches!(kind, DecodeErrorKind::UnexpectedTag { .. }), !at_end, "{missing}: {kind}");
    }
    let mut fields = FIELDS.to_vec();
    fields.push((Tag::NULL, &[]));
    assert_eq!(decoded(&written(&fields)), Err(DecodeErrorKind::TrailingData { extra: 2 }));
}

/// R59. agent-addr is a NetworkAddress, of which there is only the one of four octets.
#[test]
fn rfc1157_4_1_6_agent_addr_has_four_octets() {
    for wrong in [&[][..], &[192, 0, 2], &[192, 0, 2, 1, 0], &[0; 16]] {
        let mut fields = FIELDS;
        fields[1].1 = wrong;
        let expected = DecodeErrorKind::WrongSize { tag: Tag::IP_ADDRESS, found: wrong.len() };
        assert_eq!(decoded(&written(&fields)), Err(expected));
    }
}

/// R56.
#[test]
fn rfc1157_4_1_6_time_stamp_is_an_unsigned_number_of_32_bits() {
    for (contents, expected) in [
        (&[0, 0xff, 0xff, 0xff, 0xff][..], Ok(u32::MAX)),
        (&[1, 0, 0, 0, 0], Err(DecodeErrorKind::OutOfRange(Tag::TIME_TICKS))),
        (&[0xff], Err(DecodeErrorKind::OutOfRange(Tag::TIME_TICKS))),
        (&[], Err(DecodeErrorKind::WrongSize { tag: Tag::TIME_TICKS, found: 0 })),
    ] {
        let mut fields = FIELDS;
        fields[4].1 = contents;
        assert_eq!(decoded(&written(&fields)).map(|trap| trap.time_stamp), expected);
    }
}

/// RFC 3416 §3 has no such PDU: its traps have the form of all other PDUs.
#[test]
fn rfc1157_4_1_6_is_refused_in_other_versions() {
    let octets = message(Version::V2c, trap(GenericTrap::ColdStart)).to_bytes();
    let error = CommunityMessage::from_bytes(&octets, &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::UnknownPdu(Tag::TRAP_V1));
    // It points at the PDU, after the header, the version and the community.
    assert_eq!(octets[error.offset()], Tag::TRAP_V1.0);
    assert_eq!(error.offset(), 2 + 3 + 8);
}

/// SNMPv1 has neither Counter64 nor the exceptions: a trap with one is no trap, and the octet is named.
#[test]
fn rfc1157_4_1_6_values_of_later_versions_are_refused() {
    let foreign = [Value::Counter64(1), Value::NoSuchObject, Value::NoSuchInstance, Value::EndOfMibView];
    for (tag, value) in [0x46, 0x80, 0x81, 0x82].into_iter().zip(foreign) {
        let mut trap = trap(GenericTrap::EnterpriseSpecific);
        trap.varbinds.push(VarBind::new(oid!("1.3.6.1.2.1.31.1.1.1.6.1"), value));
        let octets = message(Version::V1, trap).to_bytes();
        let error = CommunityMessage::from_bytes(&octets, &Limits::default()).unwrap_err();
        assert_eq!((error.kind(), octets[error.offset()]), (DecodeErrorKind::UnknownValue(Tag(tag)), tag));
    }
}
