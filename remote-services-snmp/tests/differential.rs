//! Ours and snmp-parser read the same messages the same way, or the difference is listed here with its reason.
mod generate;

use proptest::prelude::*;
use remote_services_snmp::ber::Limits;
use remote_services_snmp::message::{CommunityMessageRef, CommunityPdu, Version};
use remote_services_snmp::pdu::{PduKind, VarBindRef};
use remote_services_snmp::smi::ValueRef;
use snmp_parser::{NetworkAddress, ObjectSyntax, SnmpPdu, SnmpVariable, VarBindValue, parse_snmp_v2c};

proptest! {
    #[test]
    fn valid_responses_are_read_alike(message in generate::response()) {
        let octets = message.to_bytes();
        let ours = ours(&octets).unwrap();
        prop_assert!(ours.reasons.is_empty());
        prop_assert_eq!(Some(ours.message), theirs(&octets));
    }

    #[test]
    fn changed_responses_are_read_alike_or_refused_for_a_listed_reason(
        message in generate::response(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut octets = message.to_bytes();
        for (at, to) in changes {
            let at = at.index(octets.len());
            octets[at] = to;
        }
        let Ok(ours) = ours(&octets) else { return Ok(()) };
        match theirs(&octets) {
            Some(theirs) => prop_assert_eq!(ours.message, theirs),
            None => prop_assert!(!ours.reasons.is_empty(), "only we accept {:02x?}", octets),
        }
    }
}

#[test]
fn the_bench_messages_are_read_alike() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/bench");
    for (name, bindings) in [("resp20.bin", 20), ("resp6.bin", 6), ("get6.bin", 6)] {
        let Ok(octets) = std::fs::read(format!("{folder}/{name}")) else {
            println!("left out: {folder}/{name} is not there");
            continue;
        };
        let ours = ours(&octets).unwrap();
        assert_eq!(ours.message.bindings.len(), bindings);
        assert_eq!(Some(ours.message), theirs(&octets));
    }
}

/// What both decoders can tell.
#[derive(Debug, PartialEq)]
struct Seen {
    request_id: i64,
    bindings: Vec<(Vec<u8>, Content)>,
}

#[derive(Debug, PartialEq)]
enum Content {
    Number(u8, i128),
    Octets(u8, Vec<u8>),
    /// snmp-parser calls every value without contents empty, an OCTET STRING of no octets included.
    Nothing,
    Exception(u8),
}

struct Ours {
    message: Seen,
    /// Why snmp-parser refuses this, though it is a message.
    reasons: Vec<&'static str>,
}

fn ours(octets: &[u8]) -> Result<Ours, ()> {
    let message = CommunityMessageRef::decode(octets, &Limits::default()).map_err(|_| ())?;
    let mut reasons = Vec::new();
    let CommunityPdu::Pdu(pdu) = &message.pdu else { return Err(()) };
    if message.version != Version::V2c {
        return Err(());
    }
    if pdu.request_id < 0 {
        reasons.push("it holds a request-id as unsigned");
    }
    match pdu.kind {
        PduKind::Response { status, .. } if status.to_wire() >= 0 => {}
        _ => reasons.push("it holds error-status, error-index and the fields of GetBulk as unsigned"),
    }
    if core::str::from_utf8(message.community).is_err() {
        reasons.push("it takes a community for UTF-8");
    }
    if octets[1] > 0x80 && outer_length_is_padded(octets) {
        reasons.push("it wants the outer length in shortest form, RFC 3417 §8 does not");
    }
    let bindings = pdu.varbinds.iter().map(our_binding).collect();
    Ok(Ours { message: Seen { request_id: pdu.request_id.into(), bindings }, reasons })
}

fn outer_length_is_padded(octets: &[u8]) -> bool {
    octets[2] == 0 || (octets[1] == 0x81 && octets[2] < 0x80)
}

fn our_binding(VarBindRef { name, value }: VarBindRef<'_>) -> (Vec<u8>, Content) {
    let content = match value {
        ValueRef::Integer(number) => Content::Number(2, number.into()),
        ValueRef::Counter32(number) => Content::Number(0x41, number.into()),
        ValueRef::Gauge32(number) => Content::Number(0x42, number.into()),
        ValueRef::TimeTicks(number) => Content::Number(0x43, number.into()),
        ValueRef::Counter64(number) => Content::Number(0x46, number.into()),
        ValueRef::OctetString([]) | ValueRef::Null => Content::Nothing,
        ValueRef::OctetString(octets) => Content::Octets(4, octets.to_vec()),
        ValueRef::ObjectIdentifier(oid) => Content::Octets(6, oid.as_wire().to_vec()),
        ValueRef::IpAddress(octets) => Content::Octets(0x40, octets.to_vec()),
        ValueRef::Opaque(octets) => Content::Octets(0x44, octets.to_vec()),
        ValueRef::NoSuchObject => Content::Exception(0),
        ValueRef::NoSuchInstance => Content::Exception(1),
        ValueRef::EndOfMibView => Content::Exception(2),
        other => panic!("a value of ours that this test does not know: {other:?}"),
    };
    (name.as_wire().to_vec(), content)
}

fn theirs(octets: &[u8]) -> Option<Seen> {
    let (_, message) = parse_snmp_v2c(octets).ok()?;
    let (request_id, bindings) = match &message.pdu {
        SnmpPdu::Generic(pdu) => (pdu.req_id, &pdu.var),
        SnmpPdu::Bulk(pdu) => (pdu.req_id, &pdu.var),
        SnmpPdu::TrapV1(_) => return None,
    };
    Some(Seen { request_id: request_id.into(), bindings: bindings.iter().map(their_binding).collect() })
}

fn their_binding(SnmpVariable { oid, val }: &SnmpVariable<'_>) -> (Vec<u8>, Content) {
    let content = match val {
        VarBindValue::Unspecified | VarBindValue::Value(ObjectSyntax::Empty) => Content::Nothing,
        VarBindValue::NoSuchObject => Content::Exception(0),
        VarBindValue::NoSuchInstance => Content::Exception(1),
        VarBindValue::EndOfMibView => Content::Exception(2),
        VarBindValue::Value(value) => match value {
            ObjectSyntax::Number(number) => Content::Number(2, (*number).into()),
            ObjectSyntax::Counter32(number) => Content::Number(0x41, (*number).into()),
            ObjectSyntax::Gauge32(number) => Content::Number(0x42, (*number).into()),
            ObjectSyntax::TimeTicks(number) => Content::Number(0x43, (*number).into()),
            ObjectSyntax::Counter64(number) => Content::Number(0x46, (*number).into()),
            ObjectSyntax::String(octets) => Content::Octets(4, octets.to_vec()),
            ObjectSyntax::Object(oid) => Content::Octets(6, oid.as_bytes().to_vec()),
            ObjectSyntax::IpAddress(NetworkAddress::IPv4(address)) => {
                Content::Octets(0x40, address.octets().to_vec())
            }
            ObjectSyntax::Opaque(octets) => Content::Octets(0x44, octets.to_vec()),
            other => panic!("we accepted what snmp-parser reads as {other:?}"),
        },
    };
    (oid.as_bytes().to_vec(), content)
}
