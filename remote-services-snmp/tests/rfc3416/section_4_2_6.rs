//! SNMPv2-Trap.
use proptest::prelude::*;
use remote_services_snmp::pdu::PduKind;
use remote_services_snmp::{Oid, Value, VarBind, oid};

use crate::notify::{at, event, receiver, source, v2c};

const UPTIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
const TRAP_OID: Oid = oid!("1.3.6.1.6.3.1.1.4.1.0");

/// R49.
#[test]
fn rfc3416_4_2_6_a_trap_begins_with_uptime_and_trap_oid() {
    let mut receiver = receiver();
    let datagram = v2c(PduKind::TrapV2, 1, event().into_varbinds());
    let handled = receiver.handle_datagram(at(1), source(), &datagram);
    let received = handled.received.unwrap();
    assert_eq!(received.notification, event());
    assert_eq!((received.confirmed, received.source), (false, source()));
    assert!(handled.reply.is_none() && received.v1.is_none());
}

/// R49.
#[test]
fn rfc3416_4_2_6_missing_swapped_doubled_or_mistyped_first_bindings_are_refused() {
    let uptime = VarBind::new(UPTIME, Value::TimeTicks(1));
    let trap_oid = VarBind::new(TRAP_OID, Value::ObjectIdentifier(oid!("1.3.6.1.6.3.1.1.5.1")));
    let wrong = [
        vec![],
        vec![uptime.clone()],
        vec![trap_oid.clone()],
        vec![trap_oid.clone(), uptime.clone()],
        vec![uptime.clone(), uptime.clone(), trap_oid.clone()],
        vec![uptime.clone(), VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), Value::from("x")), trap_oid.clone()],
        vec![VarBind::new(UPTIME, Value::Integer(1)), trap_oid.clone()],
        vec![VarBind::new(oid!("1.3.6.1.2.1.1.3"), Value::TimeTicks(1)), trap_oid.clone()],
        vec![uptime.clone(), VarBind::new(TRAP_OID, Value::from("1.3.6.1.6.3.1.1.5.1"))],
        vec![uptime.clone(), VarBind::new(TRAP_OID, Value::Null)],
    ];
    let mut receiver = receiver();
    for (count, varbinds) in (1..).zip(wrong) {
        for kind in [PduKind::TrapV2, PduKind::Inform] {
            let handled = receiver.handle_datagram(at(1), source(), &v2c(kind, 1, varbinds.clone()));
            assert!(handled.received.is_none() && handled.reply.is_none(), "{varbinds:?}");
        }
        assert_eq!(receiver.stats().bad_notifications, 2 * count);
    }
    let doubled = vec![uptime.clone(), trap_oid.clone(), trap_oid.clone(), uptime];
    let handled = receiver.handle_datagram(at(1), source(), &v2c(PduKind::TrapV2, 1, doubled));
    assert_eq!(handled.received.unwrap().notification.varbinds.len(), 2, "what comes later is content");
}

/// R49.
#[test]
fn rfc3416_3_an_exception_is_no_value_of_a_notification() {
    let mut receiver = receiver();
    for (count, exception) in (1..).zip([Value::NoSuchObject, Value::NoSuchInstance, Value::EndOfMibView]) {
        let mut varbinds = event().into_varbinds();
        varbinds.push(VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), exception));
        for kind in [PduKind::TrapV2, PduKind::Inform] {
            let handled = receiver.handle_datagram(at(1), source(), &v2c(kind, 1, varbinds.clone()));
            assert!(handled.received.is_none() && handled.reply.is_none(), "{varbinds:?}");
        }
        assert_eq!(receiver.stats().bad_notifications, 2 * count);
    }
}

/// CVE-2025-68615 and its kin: a snmpTrapOID of every length and lie, in the octets of the message itself.
#[test]
fn a_trap_oid_of_any_number_of_arcs_is_taken_or_refused() {
    let datagram = |wire: &[u8]| {
        let tlv = |tag: u8, contents: &[u8]| {
            let length = contents.len();
            let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
            let mut whole = vec![tag, 0x82, high, low];
            whole.extend(contents);
            whole
        };
        let uptime = tlv(0x30, &[tlv(6, UPTIME.as_wire()), tlv(0x43, &[1])].concat());
        let trap_oid = tlv(0x30, &[tlv(6, TRAP_OID.as_wire()), tlv(6, wire)].concat());
        let list = tlv(0x30, &[uptime, trap_oid].concat());
        let pdu = tlv(0xa7, &[tlv(2, &[1]), tlv(2, &[0]), tlv(2, &[0]), list].concat());
        tlv(0x30, &[tlv(2, &[1]), tlv(4, b"public"), pdu].concat())
    };
    let mut receiver = receiver();
    for (numbers, taken) in
        [(0, false), (1, true), (126, true), (127, true), (128, false), (129, false), (9_999, false)]
    {
        let handled = receiver.handle_datagram(
            at(numbers),
            source(),
            &datagram(&vec![1; usize::try_from(numbers).unwrap()]),
        );
        assert_eq!(handled.received.is_some(), taken, "{numbers} numbers");
        if let Some(received) = handled.received {
            assert_eq!(received.notification.trap_oid.len() as u64, numbers + 1);
            let _ = received.notification.to_v1([0; 4]);
        }
    }
    for broken in [&[0x80][..], &[0x2b, 0x80, 1], &[0x2b, 0xff], &[0x2b, 0x90, 0x80, 0x80, 0x80, 0]] {
        assert!(receiver.handle_datagram(at(20_000), source(), &datagram(broken)).received.is_none());
    }
    assert_eq!(receiver.stats().malformed, 4 + 4);
}

proptest! {
    #[test]
    fn no_octets_make_a_receiver_panic_or_answer_strangers(
        mut octets in prop::collection::vec(any::<u8>(), 0..64),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut receiver = receiver();
        let first = receiver.handle_datagram(at(1), source(), &octets);
        prop_assert!(first.reply.is_none() && first.received.is_none());
        octets = v2c(PduKind::Inform, 1, event().into_varbinds());
        for (place, octet) in flips {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        let handled = receiver.handle_datagram(at(2), source(), &octets);
        prop_assert!(handled.received.is_none() || handled.received.as_ref().unwrap().confirmed == handled.reply.is_some());
    }
}
