//! Traps of SNMPv1 in the form of SNMPv2.
use remote_services_snmp::engine::notify::{Notification, TrapHeader, Unmappable};
use remote_services_snmp::pdu::{GenericTrap, TrapV1};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const ENTERPRISE: Oid = oid!("1.3.6.1.4.1.253.8.62");
const ALERT: Oid = oid!("1.3.6.1.2.1.43.18.1.1.8.1.2");

fn trap(generic: i32, specific: i32) -> TrapV1 {
    TrapV1 {
        enterprise: ENTERPRISE,
        agent_addr: [192, 0, 2, 7],
        generic_trap: GenericTrap::from_wire(generic),
        specific_trap: specific,
        time_stamp: 4_711,
        varbinds: vec![VarBind::new(ALERT, Value::from("tray 2 empty"))],
    }
}

/// R47.
#[test]
fn rfc3584_3_1_2_generic_traps_become_snmp_traps_one_higher() {
    for generic in 0..=5 {
        let mapped = Notification::from_v1(trap(generic, 99)).unwrap();
        let arc = u32::try_from(generic).unwrap() + 1;
        assert_eq!(mapped.trap_oid, oid!("1.3.6.1.6.3.1.1.5").child(arc).unwrap());
        assert_eq!(mapped.uptime, 4_711);
        assert_eq!(mapped.varbinds, trap(0, 0).varbinds);
    }
}

/// R47.
#[test]
fn rfc3584_3_1_2_an_enterprise_specific_trap_becomes_enterprise_zero_specific() {
    let mapped = Notification::from_v1(trap(6, 18)).unwrap();
    assert_eq!(mapped.trap_oid, ENTERPRISE.extend(&[0, 18]).unwrap());
    let greatest = Notification::from_v1(trap(6, i32::MAX)).unwrap();
    assert_eq!(greatest.trap_oid, ENTERPRISE.extend(&[0, 0x7fff_ffff]).unwrap());
}

/// R47.
#[test]
fn rfc3584_3_1_3_a_proxy_appends_address_community_and_enterprise_once() {
    let header = TrapHeader::of(&trap(6, 18));
    let mapped = Notification::from_v1(trap(6, 18)).unwrap().forwarded(&header, b"public");
    let expected = [
        VarBind::new(ALERT, Value::from("tray 2 empty")),
        VarBind::new(oid!("1.3.6.1.6.3.18.1.3.0"), Value::IpAddress([192, 0, 2, 7])),
        VarBind::new(oid!("1.3.6.1.6.3.18.1.4.0"), Value::from("public")),
        VarBind::new(oid!("1.3.6.1.6.3.1.1.4.3.0"), Value::ObjectIdentifier(ENTERPRISE)),
    ];
    assert_eq!(mapped.varbinds, expected);
    let other = TrapHeader { agent_addr: [10, 0, 0, 1], ..header };
    assert_eq!(mapped.clone().forwarded(&other, b"private"), mapped, "what is there already stays");
}

/// R47.
#[test]
fn traps_that_name_no_event_are_refused() {
    for (generic, specific) in [(7, 0), (-1, 0), (6, -1), (i32::MAX, 1), (6, i32::MIN)] {
        assert_eq!(Notification::from_v1(trap(generic, specific)), Err(Unmappable::Trap));
    }
    let arcs: Vec<u32> = [1, 3].into_iter().chain((0..125).map(|_| 1)).collect();
    let long = TrapV1 { enterprise: Oid::from_arcs(&arcs).unwrap(), ..trap(6, 1) };
    assert_eq!(Notification::from_v1(long), Err(Unmappable::Trap));
    let longest = TrapV1 { enterprise: Oid::from_arcs(&arcs[..126]).unwrap(), ..trap(6, 1) };
    assert_eq!(Notification::from_v1(longest).unwrap().trap_oid.len(), 128);
}
