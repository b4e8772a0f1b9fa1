//! Arbitrary messages.
#![allow(dead_code, reason = "each test program uses its own part")]
use proptest::prelude::*;
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, GenericTrap, Pdu, PduKind, TrapV1, VarBind};
use remote_services_snmp::{Oid, Value};

pub(crate) fn oid() -> impl Strategy<Value = Oid> {
    let roots = prop_oneof![(0..=1_u32, 0..40_u32), (Just(2), any::<u32>())];
    let arc = prop_oneof![4 => 0..200_u32, 1 => any::<u32>()];
    (roots, prop::collection::vec(arc, 0..40)).prop_map(|((first, second), rest)| {
        let mut arcs = vec![first, second];
        arcs.extend(rest);
        Oid::from_arcs(&arcs).expect("made by the rules")
    })
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i32>().prop_map(Value::Integer),
        (-300..300_i32).prop_map(Value::Integer),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::OctetString),
        Just(Value::Null),
        oid().prop_map(Value::ObjectIdentifier),
        any::<[u8; 4]>().prop_map(Value::IpAddress),
        any::<u32>().prop_map(Value::Counter32),
        any::<u32>().prop_map(Value::Gauge32),
        any::<u32>().prop_map(Value::TimeTicks),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::Opaque),
        any::<u64>().prop_map(Value::Counter64),
        Just(Value::NoSuchObject),
        Just(Value::NoSuchInstance),
        Just(Value::EndOfMibView),
    ]
}

pub(crate) fn varbinds() -> impl Strategy<Value = Vec<VarBind>> {
    prop::collection::vec((oid(), value()).prop_map(|(name, value)| VarBind::new(name, value)), 0..12)
}

pub(crate) fn kind() -> impl Strategy<Value = PduKind> {
    let number = 0..=i32::MAX.cast_unsigned();
    prop_oneof![
        Just(PduKind::Get),
        Just(PduKind::GetNext),
        Just(PduKind::Set),
        Just(PduKind::Inform),
        Just(PduKind::TrapV2),
        Just(PduKind::Report),
        (number.clone(), number.clone())
            .prop_map(|(non_repeaters, max_repetitions)| PduKind::GetBulk { non_repeaters, max_repetitions }),
        (any::<i32>(), number).prop_map(|(status, error_index)| PduKind::Response {
            status: ErrorStatus::from_wire(status),
            error_index
        }),
    ]
}

pub(crate) fn pdu() -> impl Strategy<Value = Pdu> {
    (kind(), any::<i32>(), varbinds()).prop_map(|(kind, id, varbinds)| Pdu::request(kind, id, varbinds))
}

pub(crate) fn trap_v1() -> impl Strategy<Value = TrapV1> {
    let numbers = (any::<[u8; 4]>(), any::<i32>(), any::<i32>(), any::<u32>());
    (oid(), numbers, varbinds().prop_map(of_version1)).prop_map(
        |(enterprise, (agent_addr, generic, specific_trap, time_stamp), varbinds)| {
            let generic_trap = GenericTrap::from_wire(generic);
            TrapV1 { enterprise, agent_addr, generic_trap, specific_trap, time_stamp, varbinds }
        },
    )
}

/// Those whose values SNMPv1 has.
fn of_version1(mut varbinds: Vec<VarBind>) -> Vec<VarBind> {
    varbinds.retain(|VarBind { value, .. }| !value.is_exception() && !matches!(value, Value::Counter64(_)));
    varbinds
}

pub(crate) fn community_message() -> impl Strategy<Value = CommunityMessage> {
    let community = prop::collection::vec(any::<u8>(), 0..40);
    let v2c = (community.clone(), pdu())
        .prop_map(|(community, pdu)| CommunityMessage::new(Version::V2c, &community, pdu));
    let v1 = (community, trap_v1()).prop_map(|(community, trap)| CommunityMessage {
        version: Version::V1,
        community,
        pdu: CommunityPdu::TrapV1(trap),
    });
    prop_oneof![3 => v2c, 1 => v1]
}

/// A response in SNMPv2c whose fields every decoder can hold.
pub(crate) fn response() -> impl Strategy<Value = CommunityMessage> {
    (0..=i32::MAX, 0..19_i32, 0..100_u32, varbinds()).prop_map(|(id, status, index, varbinds)| {
        let pdu = Pdu::response(id, ErrorStatus::from_wire(status), index, varbinds);
        CommunityMessage::new(Version::V2c, b"public", pdu)
    })
}
