//! Messages of every version: what is taken is written and read again as the same, with quirks and without.

use remote_services_snmp::ber::{DecodeErrorKind, Limits, Quirks, Reader, Tag, Writer};
use remote_services_snmp::message::{
    CommunityMessage, CommunityPdu, Message, MessageData, ScopedPdu, ScopedPduRef, V3MessageRef, Version,
};
use remote_services_snmp::pdu::{ErrorStatus, GenericTrap, Pdu, PduKind, TrapV1, VarBind};
use remote_services_snmp::usm::{EngineTime, Envelope, SecurityLevel, UsmParameters, discovery, seal};
use remote_services_snmp::{Value, oid};

use crate::no_security;

pub(crate) fn run(data: &[u8]) {
    let strict = Limits::default();
    let mut tolerant = Limits::default();
    tolerant.quirks = Quirks::ALL;
    read(data, &strict);
    read(data, &tolerant);
    if let (Ok(strictly), Ok(tolerantly)) = (Message::decode(data, &strict), Message::decode(data, &tolerant))
    {
        assert_eq!(strictly, tolerantly, "a quirk changes what is sound without it");
    }
}

fn read(data: &[u8], limits: &Limits) {
    match Message::decode(data, limits) {
        Ok(Message::Community(message)) => {
            let owned = message.to_owned();
            let octets = owned.to_bytes();
            // A quirk hands values out as types that hold them, so that they are written soundly.
            let again = CommunityMessage::from_bytes(&octets, &Limits::default());
            if limits.quirks != Quirks::NONE && is_trap_with_counter64(&owned) {
                // There is no other type that holds such a number, and SNMPv1 does not have this one.
                let kind = again.map_err(|error| error.kind());
                assert_eq!(kind, Err(DecodeErrorKind::UnknownValue(Tag::COUNTER64)));
            } else {
                assert_eq!(again.as_ref(), Ok(&owned));
            }
            let mut exact = vec![0; octets.len()];
            assert_eq!(owned.encode_in(&mut exact).ok(), Some(octets.as_slice()));
            assert!(owned.encode_in(&mut exact[1..]).is_err(), "one octet less is too few");
        }
        Ok(Message::V3(message)) => open(&message, limits),
        Err(error) => assert!(error.offset() <= data.len()),
    }
}

fn is_trap_with_counter64(message: &CommunityMessage) -> bool {
    let CommunityPdu::TrapV1(trap) = &message.pdu else { return false };
    trap.varbinds.iter().any(|varbind| matches!(varbind.value, Value::Counter64(_)))
}

/// What a receiver reads of a v3 message before it knows whether it is authentic.
fn open(message: &V3MessageRef<'_>, limits: &Limits) {
    if let Ok(parameters) = UsmParameters::decode(message) {
        let end = parameters.authentication_offset + parameters.authentication.len();
        assert_eq!(message.whole.get(parameters.authentication_offset..end), Some(parameters.authentication));
    }
    let MessageData::Plaintext(octets) = message.data else { return };
    let scoped = ScopedPduRef::decode(&mut Reader::at(octets, message.data_offset), limits);
    let Ok(scoped) = scoped else { return };
    assert_eq!(scoped.pdu.varbinds.iter().count(), scoped.pdu.varbinds.len());
    let owned = scoped.to_owned();
    let mut writer = Writer::default();
    owned.encode(&mut writer);
    let octets = writer.into_vec();
    let again = ScopedPduRef::decode(&mut Reader::new(&octets), &Limits::default());
    assert_eq!(again.map(|scoped| scoped.to_owned()), Ok(owned));
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let names = vec![VarBind::unspecified(oid!("1.3.6.1.2.1.1.1.0"))];
    let answer = vec![
        VarBind::new(oid!("1.3.6.1.2.1.1.1.0"), Value::from("a printer")),
        VarBind::new(oid!("1.3.6.1.2.1.43.11.1.1.9.1.1"), Value::Integer(-3)),
        VarBind::new(oid!("1.3.6.1.2.1.31.1.1.1.6.1"), Value::Counter64(1 << 40)),
        VarBind::new(oid!("1.3.6.1.2.1.1.9.0"), Value::NoSuchObject),
    ];
    let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 40 };
    let trap = CommunityMessage {
        version: Version::V1,
        community: b"public".to_vec(),
        pdu: CommunityPdu::TrapV1(TrapV1 {
            enterprise: oid!("1.3.6.1.4.1.32473"),
            agent_addr: [192, 0, 2, 7],
            generic_trap: GenericTrap::from_wire(6),
            specific_trap: 4,
            time_stamp: 99,
            varbinds: names.clone(),
        }),
    };
    let community = |version, pdu| CommunityMessage::new(version, b"public", pdu).to_bytes();
    let mut seeds = vec![
        community(Version::V1, Pdu::request(PduKind::Get, 1, names.clone())),
        community(Version::V2c, Pdu::response(2, ErrorStatus::NoError, 0, answer.clone())),
        community(Version::V2c, Pdu::request(bulk, 3, names)),
        trap.to_bytes(),
        discovery(4, 5, 65_507),
    ];
    seeds.extend(sealed(
        &Pdu::response(6, ErrorStatus::NoError, 0, answer),
        EngineTime { boots: 3, time: 500 },
    ));
    seeds
}

/// A PDU at each of the three levels, from or to the engine of [`no_security`].
pub(crate) fn sealed(pdu: &Pdu, time: EngineTime) -> Vec<Vec<u8>> {
    let engine_id = no_security::engine_id();
    let user = no_security::localized(engine_id);
    let scoped = ScopedPdu {
        context_engine_id: engine_id.as_slice().to_vec(),
        context_name: Vec::new(),
        pdu: pdu.clone(),
    };
    let levels = [SecurityLevel::NoAuthNoPriv, SecurityLevel::AuthNoPriv, SecurityLevel::AuthPriv];
    levels
        .map(|level| {
            let mut envelope = Envelope::for_user(&user, 7, 65_507, time, [1; 8]);
            envelope.level = level;
            seal(&envelope, &scoped).expect("the user has every key")
        })
        .to_vec()
}
