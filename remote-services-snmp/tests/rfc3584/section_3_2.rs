//! Notifications of SNMPv2 as traps of SNMPv1.
use proptest::prelude::*;
use remote_services_snmp::engine::notify::{Notification, TrapHeader, Unmappable};
use remote_services_snmp::pdu::GenericTrap;
use remote_services_snmp::{Oid, Value, VarBind, oid};

const SNMP_TRAPS: Oid = oid!("1.3.6.1.6.3.1.1.5");
const TRAP_ENTERPRISE: Oid = oid!("1.3.6.1.6.3.1.1.4.3.0");
const TRAP_ADDRESS: Oid = oid!("1.3.6.1.6.3.18.1.3.0");

/// R48.
#[test]
fn rfc3584_3_2_standard_traps_get_their_number_back() {
    for arc in 1..=6 {
        let notification = Notification::new(9, SNMP_TRAPS.child(arc).unwrap());
        let trap = notification.to_v1([192, 0, 2, 1]).unwrap();
        assert_eq!(trap.generic_trap.to_wire(), i32::try_from(arc).unwrap() - 1);
        assert_eq!((trap.specific_trap, trap.time_stamp), (0, 9));
        assert_eq!((trap.enterprise.clone(), trap.agent_addr), (SNMP_TRAPS, [192, 0, 2, 1]));
        let value = Value::ObjectIdentifier(oid!("1.3.6.1.4.1.11"));
        let named = notification.with(TRAP_ENTERPRISE, value);
        assert_eq!(named.to_v1([0; 4]).unwrap().enterprise, oid!("1.3.6.1.4.1.11"));
    }
}

/// R48.
#[test]
fn rfc3584_3_2_1_other_traps_lose_one_arc_or_two_when_the_one_before_the_last_is_zero() {
    let cases = [
        (oid!("1.3.6.1.4.1.11.0.3"), oid!("1.3.6.1.4.1.11"), 3),
        (oid!("1.3.6.1.4.1.11.2.3"), oid!("1.3.6.1.4.1.11.2"), 3),
        (oid!("1.3.6.1.4.1.11.0.0"), oid!("1.3.6.1.4.1.11"), 0),
        (oid!("1.3.6.1.6.3.1.1.5.7"), SNMP_TRAPS, 7),
        (oid!("1.3.6.1.6.3.1.1.5.1.1"), oid!("1.3.6.1.6.3.1.1.5.1"), 1),
    ];
    for (trap_oid, enterprise, specific) in cases {
        let notification = Notification::new(1, trap_oid);
        let trap = notification.to_v1([0; 4]).unwrap();
        assert_eq!(trap.generic_trap, GenericTrap::EnterpriseSpecific);
        assert_eq!((trap.enterprise, trap.specific_trap), (enterprise, specific));
    }
}

/// R48.
#[test]
fn rfc3584_3_2_2_a_proxy_names_the_address_in_the_notification_or_none() {
    let trap_oid = oid!("1.3.6.1.4.1.11.0.3");
    let passed_on =
        Notification::new(1, trap_oid.clone()).with(TRAP_ADDRESS, Value::IpAddress([10, 1, 2, 3]));
    assert_eq!(passed_on.to_v1([0; 4]).unwrap().agent_addr, [10, 1, 2, 3]);
    assert_eq!(passed_on.to_v1([10, 9, 9, 9]).unwrap().agent_addr, [10, 9, 9, 9]);
    assert_eq!(Notification::new(1, trap_oid).to_v1([0; 4]).unwrap().agent_addr, [0; 4]);
}

/// R48.
#[test]
fn rfc3584_3_2_6_a_counter64_or_an_exception_is_not_sent_by_version_1() {
    let trap = Notification::new(1, oid!("1.3.6.1.4.1.11.0.3"));
    for value in [Value::Counter64(1), Value::NoSuchObject, Value::NoSuchInstance, Value::EndOfMibView] {
        let with = trap.clone().with(oid!("1.3.6.1.2.1.31.1.1.1.6.1"), value);
        assert_eq!(with.to_v1([0; 4]).unwrap_err(), Unmappable::Value);
    }
    assert!(trap.with(oid!("1.3.6.1.2.1.2.2.1.10.1"), Value::Counter32(1)).to_v1([0; 4]).is_ok());
}

/// CVE-2025-68615 and its kin: identifiers of every length, converted both ways.
#[test]
fn trap_oids_of_every_length_are_mapped_or_refused() {
    for arcs in 2..=128 {
        for last in [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            for before in [0, 7] {
                let mut whole = vec![1, 3];
                whole.resize(arcs.max(2), 1);
                whole[arcs - 1] = if arcs == 2 { 3 } else { last };
                if arcs > 3 {
                    whole[arcs - 2] = before;
                }
                let trap_oid = Oid::from_arcs(&whole).unwrap();
                let notification = Notification::new(1, trap_oid.clone());
                let trap = notification.to_v1([0; 4]);
                if arcs < 3 || last > 0x7fff_ffff {
                    assert_eq!(trap.unwrap_err(), Unmappable::TrapOid);
                    continue;
                }
                let back = Notification::from_v1(trap.unwrap().to_owned_trap());
                match back {
                    Ok(back) if before == 0 && arcs > 4 => assert_eq!(back.trap_oid, trap_oid),
                    // RFC 3584 §3.1 (2) puts a zero in, whether or not there was one.
                    Ok(back) => assert_eq!(back.trap_oid.arcs().last(), Some(last)),
                    Err(error) => assert_eq!((error, arcs), (Unmappable::Trap, 128)),
                }
            }
        }
    }
}

fn arcs() -> impl Strategy<Value = Vec<u32>> {
    let arc = prop_oneof![Just(0), 1..5_u32, any::<u32>()];
    (0..3_u32, 0..40_u32, prop::collection::vec(arc, 0..126)).prop_map(|(first, second, mut rest)| {
        rest.splice(0..0, [first, second]);
        rest
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i32>().prop_map(Value::Integer),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::OctetString),
        arcs().prop_map(|arcs| Value::ObjectIdentifier(Oid::from_arcs(&arcs).unwrap())),
        any::<[u8; 4]>().prop_map(Value::IpAddress),
        Just(Value::NoSuchObject),
        any::<u64>().prop_map(Value::Counter64),
    ]
}

proptest! {
    #[test]
    fn what_was_mapped_to_version_1_and_back_is_as_version_1_had_it(
        uptime: u32,
        trap_oid in arcs(),
        names in prop::collection::vec(prop_oneof![Just(TRAP_ADDRESS), Just(TRAP_ENTERPRISE), Just(SNMP_TRAPS)], 0..4),
        values in prop::collection::vec(value(), 4),
        address: [u8; 4],
    ) {
        let varbinds = names.into_iter().zip(values).map(|(name, value)| VarBind::new(name, value)).collect();
        let notification = Notification { uptime, trap_oid: Oid::from_arcs(&trap_oid).unwrap(), varbinds };
        if let Ok(trap) = notification.to_v1(address) {
            let trap = trap.to_owned_trap();
            let header = TrapHeader::of(&trap);
            if let Ok(back) = Notification::from_v1(trap.clone()) {
                prop_assert_eq!(&back.varbinds, &notification.varbinds);
                let forwarded = back.forwarded(&header, b"");
                let again = forwarded.to_v1([0; 4]);
                // A value of a wrong type under one of the names that a proxy looks at hides the header's.
                if let Ok(again) = again {
                    prop_assert_eq!((again.generic_trap, again.specific_trap), (trap.generic_trap, trap.specific_trap));
                }
            }
        }
    }
}
