//! Notification receivers.
use remote_services_snmp::engine::notify::{Receiver, Sender, SourceLimits, Target};
use remote_services_snmp::engine::responder::Responder;
use remote_services_snmp::engine::{Credentials, Instant};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{GenericTrap, Pdu, PduKind, TrapV1};
use remote_services_snmp::usm::{EngineTime, SecurityLevel, UsmStat};
use remote_services_snmp::{Value, VarBind, oid};

use crate::notify::{
    AUTH, USER, at, config, datagrams, device, engine_id, event, notifier, receiver, receiver_of, source,
    target, user, v2c, v3,
};

/// The octets of one v3 trap.
fn trap_by(device: &mut Responder, credentials: Credentials, now: Instant) -> Vec<u8> {
    let mut notifier = notifier();
    notifier.add_target(Target::trap(target(), credentials)).unwrap();
    notifier.notify(now, device, &event()).unwrap();
    datagrams(&mut notifier).remove(0)
}

fn takes(receiver: &mut Receiver, now: Instant, datagram: &[u8]) -> bool {
    let handled = receiver.handle_datagram(now, source(), datagram);
    assert!(handled.reply.is_none(), "nobody answers a trap");
    handled.received.is_some()
}

fn counted(receiver: &Receiver, stat: UsmStat) -> Value {
    receiver.stats().usm.varbind(stat).value
}

/// R47.
#[test]
fn a_version_1_trap_comes_in_the_form_of_version_2_with_its_own_fields_beside_it() {
    let trap = TrapV1 {
        enterprise: oid!("1.3.6.1.4.1.253.8.62"),
        agent_addr: [10, 0, 0, 7],
        generic_trap: GenericTrap::EnterpriseSpecific,
        specific_trap: 18,
        time_stamp: 900,
        varbinds: vec![VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), Value::from("printer"))],
    };
    let mut message = CommunityMessage::new(Version::V1, b"public", Pdu::request(PduKind::Get, 1, vec![]));
    message.pdu = CommunityPdu::TrapV1(trap.clone());
    let received = receiver().handle_datagram(at(1), source(), &message.to_bytes()).received.unwrap();
    assert_eq!(received.notification.trap_oid, oid!("1.3.6.1.4.1.253.8.62.0.18"));
    assert_eq!((received.notification.uptime, &received.notification.varbinds), (900, &trap.varbinds));
    assert_eq!(received.v1.as_ref().unwrap().agent_addr, [10, 0, 0, 7]);
    let forwarded = received.forwarded().varbinds;
    assert_eq!(forwarded[2], VarBind::new(oid!("1.3.6.1.6.3.18.1.4.0"), Value::from("public")));
    assert_eq!(forwarded.len(), 4);
    assert!(!format!("{received:?}").contains("public") && !format!("{received:?}").contains("112, 117"));
}

/// R46.
#[test]
fn a_version_1_trap_with_a_counter64_is_malformed_and_counted() {
    let trap = TrapV1 {
        enterprise: oid!("1.3.6.1.4.1.253.8.62"),
        agent_addr: [10, 0, 0, 7],
        generic_trap: GenericTrap::EnterpriseSpecific,
        specific_trap: 18,
        time_stamp: 900,
        varbinds: vec![VarBind::new(oid!("1.3.6.1.2.1.31.1.1.1.6.1"), Value::Counter64(7))],
    };
    let message =
        CommunityMessage { version: Version::V1, community: "public", pdu: CommunityPdu::TrapV1(trap) };
    let mut receiver = receiver();
    assert!(!takes(&mut receiver, at(1), &message.to_bytes()));
    assert_eq!(receiver.stats().malformed, 1);
}

#[test]
fn a_sender_is_shown_by_name_and_engine_as_people_write_them() {
    let sender = Sender::User {
        name: b"operator\n".to_vec(),
        level: SecurityLevel::AuthPriv,
        context_engine_id: vec![0x80, 0, 0x1f],
        context_name: b"tray".to_vec(),
    };
    let shown =
        r#"User { name: "operator\n", level: AuthPriv, context_engine_id: 80001f, context_name: "tray" }"#;
    assert_eq!(format!("{sender:?}"), shown);
}

#[test]
fn an_unknown_community_is_not_heard_and_not_answered() {
    let mut receiver = receiver();
    for community in [&b"Public"[..], b"", b"public2", b"publi"] {
        let inform = Pdu::request(PduKind::Inform, 1, event().into_varbinds());
        let octets = CommunityMessage::new(Version::V2c, community, inform).to_bytes();
        let handled = receiver.handle_datagram(at(1), source(), &octets);
        assert!(handled.reply.is_none() && handled.received.is_none());
    }
    assert_eq!(receiver.stats().bad_communities, 4);
    let mut open = receiver_of(config().any_community(true));
    let inform = Pdu::request(PduKind::Inform, 1, event().into_varbinds());
    let octets = CommunityMessage::new(Version::V2c, b"whatever", inform).to_bytes();
    assert!(open.handle_datagram(at(1), source(), &octets).received.is_some());
}

#[test]
fn requests_and_responses_are_not_notifications() {
    let mut receiver = receiver();
    for kind in [PduKind::Get, PduKind::Set, PduKind::Report] {
        let handled = receiver.handle_datagram(at(1), source(), &v2c(kind, 1, event().into_varbinds()));
        assert!(handled.reply.is_none() && handled.received.is_none());
    }
    assert_eq!(receiver.stats().not_notifications, 3);
}

/// R51.
#[test]
fn a_v3_trap_is_taken_from_an_engine_met_for_the_first_time() {
    let mut receiver = receiver();
    let octets = trap_by(&mut device(9, 3, at(0)), v3(), at(100));
    let received = receiver.handle_datagram(at(5), source(), &octets).received.unwrap();
    assert_eq!((received.version, &received.notification), (Version::V3, &event()));
    let Sender::User { name, level, context_engine_id, context_name } = received.sender else { panic!("v3") };
    assert_eq!(
        (name.as_slice(), level, context_name.as_slice()),
        (USER.as_bytes(), SecurityLevel::AuthPriv, &b"site"[..])
    );
    assert_eq!(context_engine_id, engine_id(9).as_slice());
    let learnt: Vec<_> = receiver.engines(at(5)).collect();
    assert_eq!((learnt.len(), learnt[0].engine_id), (1, engine_id(9)));
    assert_eq!(learnt[0].time, Some(EngineTime { boots: 3, time: 100 }));
}

#[test]
fn rfc3414_3_2_7_b_old_traps_are_refused_and_restarts_of_the_sender_followed() {
    let mut receiver = receiver();
    let mut first = device(9, 3, at(0));
    let early = trap_by(&mut first, v3(), at(100));
    let late = trap_by(&mut first, v3(), at(1_000));
    assert!(takes(&mut receiver, at(1_000), &late));
    assert!(!takes(&mut receiver, at(1_001), &early), "more than 150 s old");
    assert_eq!(counted(&receiver, UsmStat::NotInTimeWindows), Value::Counter32(1));
    assert!(takes(&mut receiver, at(1_149), &trap_by(&mut first, v3(), at(1_001))));
    assert!(!takes(&mut receiver, at(1_300), &late));
    let mut restarted = device(9, 4, at(2_000));
    assert!(takes(&mut receiver, at(2_001), &trap_by(&mut restarted, v3(), at(2_001))));
    assert!(!takes(&mut receiver, at(2_002), &trap_by(&mut first, v3(), at(2_002))), "boots went back");
    let mut worn_out = device(8, 0x7fff_ffff, at(0));
    assert!(!takes(&mut receiver, at(2_003), &trap_by(&mut worn_out, v3(), at(1))));
}

#[test]
fn what_was_learnt_survives_a_restart_of_the_receiver() {
    let mut first = receiver();
    let mut sender = device(9, 3, at(0));
    let old = trap_by(&mut sender, v3(), at(10));
    assert!(takes(&mut first, at(500), &trap_by(&mut sender, v3(), at(500))));
    let kept: Vec<_> = first.engines(at(500)).collect();
    let mut second = receiver_of(config().learn_engines(false));
    assert!(!takes(&mut second, at(1), &trap_by(&mut sender, v3(), at(501))), "not learnt");
    assert_eq!(second.stats().foreign_engines, 1);
    assert!(kept.iter().all(|record| second.restore_engine(at(2), record)));
    assert!(!takes(&mut second, at(2), &old), "a replay");
    assert!(takes(&mut second, at(3), &trap_by(&mut sender, v3(), at(503))));
}

#[test]
fn wrong_keys_unknown_users_and_lower_levels_are_refused_and_leave_nothing_behind() {
    let mut receiver = receiver();
    let other = |user: &str, auth: Option<&str>| Credentials::V3 {
        user: user.into(),
        auth: auth.map(|password| (remote_services_snmp::crypto::AuthProtocol::HmacSha256, password.into())),
        privacy: None,
        context_name: String::new(),
    };
    let mut sender = device(9, 3, at(0));
    assert!(!takes(&mut receiver, at(1), &trap_by(&mut sender, other("stranger", Some(AUTH)), at(1))));
    assert_eq!(counted(&receiver, UsmStat::UnknownUserNames), Value::Counter32(1));
    assert!(!takes(&mut receiver, at(1), &trap_by(&mut sender, other(USER, Some(AUTH)), at(1))));
    assert!(!takes(&mut receiver, at(1), &trap_by(&mut sender, other(USER, None), at(1))));
    assert_eq!(receiver.stats().below_level, 2);
    let mut lax = receiver_of(config().user(user("another password"), SecurityLevel::AuthNoPriv));
    assert!(!takes(&mut lax, at(1), &trap_by(&mut sender, other(USER, Some(AUTH)), at(1))));
    assert_eq!(counted(&lax, UsmStat::WrongDigests), Value::Counter32(1));
    assert_eq!(lax.engines(at(1)).count() + receiver.engines(at(1)).count(), 0);
    let mut flipped = trap_by(&mut sender, v3(), at(1));
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    assert!(!takes(&mut receiver, at(1), &flipped));
    assert_eq!(counted(&receiver, UsmStat::WrongDigests), Value::Counter32(1));
}

#[test]
fn a_noauth_trap_is_taken_only_where_the_user_may_be_so_careless() {
    let nobody =
        Credentials::V3 { user: USER.into(), auth: None, privacy: None, context_name: String::new() };
    let octets = trap_by(&mut device(9, 3, at(0)), nobody, at(1));
    let mut careless = receiver_of(config().user(user(AUTH), SecurityLevel::NoAuthNoPriv));
    let received = careless.handle_datagram(at(1), source(), &octets).received.unwrap();
    assert!(matches!(received.sender, Sender::User { level: SecurityLevel::NoAuthNoPriv, .. }));
    assert_eq!(careless.engines(at(1)).count(), 0, "nothing was proven");
    assert!(!takes(&mut receiver(), at(1), &octets));
}

#[test]
fn engines_beyond_the_bound_are_refused_and_known_ones_stay() {
    let mut receiver = receiver_of(config().max_engines(2));
    let mut devices: Vec<_> = (10..14).map(|last| device(last, 1, at(0))).collect();
    let taken: Vec<bool> =
        devices.iter_mut().map(|device| takes(&mut receiver, at(1), &trap_by(device, v3(), at(1)))).collect();
    assert_eq!(taken, [true, true, false, false]);
    assert_eq!(receiver.stats().foreign_engines, 2);
    assert!(takes(&mut receiver, at(2), &trap_by(&mut devices[0], v3(), at(2))));
}

#[test]
fn a_flood_from_one_source_costs_that_source_only() {
    let limits = SourceLimits { per_second: 10, burst: 20, max_sources: 100 };
    let mut receiver = receiver_of(config().sources(limits));
    let octets = v2c(PduKind::TrapV2, 1, event().into_varbinds());
    let mut heard = 0;
    for packet in 0..10_000_u16 {
        // A source may have many ports.
        let from = (source().ip(), 1_024 + packet).into();
        heard += u32::from(receiver.handle_datagram(at(1), from, &octets).received.is_some());
    }
    assert_eq!((heard, receiver.stats().rate_limited, receiver.sources()), (20, 9_980, 1));
    let other = "192.0.2.8:162".parse().unwrap();
    assert!(receiver.handle_datagram(at(1), other, &octets).received.is_some());
    assert!(receiver.handle_datagram(at(2), source(), &octets).received.is_some());
}

#[test]
fn ten_thousand_spoofed_sources_do_not_fill_the_memory() {
    let limits = SourceLimits { per_second: 10, burst: 20, max_sources: 100 };
    let mut receiver = receiver_of(config().sources(limits));
    let octets = v2c(PduKind::TrapV2, 1, event().into_varbinds());
    let honest = source();
    assert!(receiver.handle_datagram(at(1), honest, &octets).received.is_some());
    for number in 0..10_000_u32 {
        let from = (std::net::Ipv4Addr::from(0x0a00_0000 + number), 162).into();
        let _ = receiver.handle_datagram(at(2), from, &octets);
    }
    assert_eq!(receiver.sources(), 100);
    assert!(receiver.handle_datagram(at(3), honest, &octets).received.is_some());
}

/// R51: a trap of which the receiver itself would be the authority proves nothing about its sender.
#[test]
fn a_trap_in_the_name_of_the_receivers_own_engine_is_refused() {
    let mut receiver = receiver();
    let mut impostor = device(1, 5, at(0));
    assert_eq!(impostor.engine_id(), receiver.engine_id());
    assert!(!takes(&mut receiver, at(1), &trap_by(&mut impostor, v3(), at(1))));
    assert_eq!(receiver.stats().not_notifications, 1);
}
