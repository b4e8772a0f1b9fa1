//! Notification originators.
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::notify::{
    Notice, Notification, NotifierConfig, NotifyError, Target, Unmappable,
};
use remote_services_snmp::engine::responder::{
    Access, Grant, Responder, ResponderConfig, ResponderEvent, SortedTable, View,
};
use remote_services_snmp::engine::{ApiMisuse, Credentials, Instant, RequestError};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, V3MessageRef, Version};
use remote_services_snmp::pdu::{GenericTrap, Pdu, PduKind};
use remote_services_snmp::usm::{EngineTime, UsmParameters};
use remote_services_snmp::{Value, VarBind, oid};

use crate::notify::{
    at, carry, datagrams, device, engine_id, event, notifier, notifier_of, random, receiver, target, v3,
};

#[test]
fn a_community_target_is_told_in_its_own_version() {
    let config = NotifierConfig { agent_address: [192, 0, 2, 7], ..NotifierConfig::default() };
    let mut notifier = notifier_of(config);
    notifier.add_target(Target::trap(target(), Credentials::v1("public"))).unwrap();
    notifier.add_target(Target::trap(target(), Credentials::v2c("public"))).unwrap();
    notifier.notify(at(1), &mut device(9, 1, at(0)), &event()).unwrap();
    let sent = datagrams(&mut notifier);
    let read = |octets: &[u8]| CommunityMessage::from_bytes(octets, &Limits::default()).unwrap();
    assert_eq!(sent.len(), 2);
    let CommunityPdu::TrapV1(trap) = read(&sent[0]).pdu else { panic!("no trap of SNMPv1") };
    assert_eq!((trap.generic_trap, trap.specific_trap), (GenericTrap::EnterpriseSpecific, 1));
    assert_eq!((trap.enterprise, trap.agent_addr), (oid!("1.3.6.1.2.1.43.18.2"), [192, 0, 2, 7]));
    assert_eq!((trap.time_stamp, trap.varbinds), (4_711, event().varbinds));
    let second = read(&sent[1]);
    let CommunityPdu::Pdu(pdu) = second.pdu else { panic!("a trap of SNMPv1") };
    assert_eq!((second.version, pdu.kind), (Version::V2c, PduKind::TrapV2));
    assert_eq!(pdu.varbinds, event().into_varbinds());
}

/// R48.
#[test]
fn a_counter64_fails_the_version_1_target_alone() {
    let mut notifier = notifier();
    let old = notifier.add_target(Target::trap(target(), Credentials::v1("public"))).unwrap();
    notifier.add_target(Target::trap(target(), Credentials::v2c("public"))).unwrap();
    let counted = event().with(oid!("1.3.6.1.2.1.31.1.1.1.6.1"), Value::Counter64(1));
    let id = notifier.notify(at(1), &mut device(9, 1, at(0)), &counted).unwrap();
    let mut receiver = receiver();
    let (handled, said) = carry(at(1), &mut notifier, &mut receiver);
    assert_eq!(handled[0].received.as_ref().unwrap().notification, counted);
    let [Notice::Failed { id: failed, target, error: NotifyError::Unmappable(Unmappable::Value) }] =
        said.as_slice()
    else {
        panic!("{said:?}")
    };
    assert_eq!((*failed, *target), (id, old));
}

/// R51.
#[test]
fn rfc3414_1_5_1_of_a_trap_the_sender_is_authoritative_and_no_report_is_wanted() {
    let mut notifier = notifier();
    notifier.add_target(Target::trap(target(), v3())).unwrap();
    notifier.notify(at(70), &mut device(9, 3, at(10)), &event()).unwrap();
    let sent = datagrams(&mut notifier);
    let message = V3MessageRef::decode(&sent[0], &Limits::default()).unwrap();
    let parameters = UsmParameters::decode(&message).unwrap();
    assert_eq!(parameters.engine_id, engine_id(9).as_slice());
    assert_eq!(parameters.time, EngineTime { boots: 3, time: 60 });
    assert!(message.header.flags.privacy && !message.header.flags.reportable);
}

/// R51.
#[test]
fn rfc3414_1_5_1_of_an_inform_the_receiver_is_authoritative_and_discovered_first() {
    let mut notifier = notifier();
    let mut receiver = receiver();
    let target = notifier.add_target(Target::inform(target(), v3())).unwrap();
    let id = notifier.notify(at(70), &mut device(9, 3, at(10)), &event()).unwrap();
    let (handled, said) = carry(at(70), &mut notifier, &mut receiver);
    let [Notice::Acknowledged { id: told, target: who }] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!((*told, *who), (id, target));
    let received: Vec<_> = handled.iter().filter_map(|handled| handled.received.as_ref()).collect();
    assert_eq!(received.len(), 1);
    assert_eq!((&received[0].notification, received[0].confirmed), (&event(), true));
    // Who are you, what time is it, and the inform itself.
    assert_eq!(handled.len(), 3);
    notifier.notify(at(80), &mut device(9, 3, at(10)), &event()).unwrap();
    assert_eq!(carry(at(80), &mut notifier, &mut receiver).0.len(), 1, "discovered once");
}

/// R51.
#[test]
fn a_receiver_that_restarts_is_followed() {
    let mut notifier = notifier();
    notifier.add_target(Target::inform(target(), v3())).unwrap();
    let mut device = device(9, 3, at(0));
    notifier.notify(at(500), &mut device, &event()).unwrap();
    let mut first = receiver();
    assert!(matches!(carry(at(500), &mut notifier, &mut first).1[..], [Notice::Acknowledged { .. }]));
    let config = remote_services_snmp::engine::notify::ReceiverConfig::new(engine_id(1), 6)
        .user(crate::notify::user(crate::notify::AUTH), remote_services_snmp::usm::SecurityLevel::AuthPriv);
    let mut second = crate::notify::receiver_of(config);
    notifier.notify(at(600), &mut device, &event()).unwrap();
    assert!(matches!(carry(at(600), &mut notifier, &mut second).1[..], [Notice::Acknowledged { .. }]));
    assert_eq!(
        second.stats().usm.varbind(remote_services_snmp::usm::UsmStat::NotInTimeWindows).value,
        Value::Counter32(1)
    );
}

#[test]
fn an_exception_in_place_of_a_value_is_told_nobody() {
    let mut notifier = notifier();
    for version in [Credentials::v1("public"), Credentials::v2c("public")] {
        notifier.add_target(Target::trap(target(), version)).unwrap();
    }
    notifier.add_target(Target::inform(target(), Credentials::v2c("public"))).unwrap();
    let notification = event().with(oid!("1.3.6.1.2.1.1.5.0"), Value::NoSuchObject);
    let refused = notifier.notify(at(1), &mut device(9, 1, at(0)), &notification);
    assert_eq!(refused, Err(ApiMisuse::NotAValue));
    assert!(notifier.poll_notice().is_none() && notifier.informs_pending() == 0);
}

fn seconds_of_attempts(retries: u8) -> (Vec<Instant>, Notice) {
    let mut notifier = notifier();
    notifier.add_target(Target::inform(target(), Credentials::v2c("public")).retry_count(retries)).unwrap();
    notifier.notify(at(0), &mut device(9, 1, at(0)), &event()).unwrap();
    let (mut sent, mut now) = (Vec::new(), at(0));
    loop {
        while let Some(notice) = notifier.poll_notice() {
            match notice {
                Notice::Transmit { .. } => sent.push(now),
                over => return (sent, over),
            }
        }
        now = notifier.next_deadline().unwrap();
        notifier.handle_deadline(now);
    }
}

#[test]
fn an_inform_without_acknowledgement_is_repeated_at_growing_intervals_and_then_fails() {
    let (sent, over) = seconds_of_attempts(3);
    assert_eq!(sent.len(), 4);
    let waits: Vec<_> = sent.windows(2).map(|pair| pair[1].saturating_since(pair[0])).collect();
    assert!(waits.windows(2).all(|pair| pair[1].as_secs_f64() > 1.8 * pair[0].as_secs_f64()), "{waits:?}");
    let Notice::Failed { error: NotifyError::Inform(RequestError::Timeout { attempts: 4, .. }), .. } = over
    else {
        panic!("{over:?}")
    };
    assert_eq!(seconds_of_attempts(0).0.len(), 1);
}

#[test]
fn a_trap_larger_than_the_target_takes_is_not_sent() {
    let mut notifier = notifier();
    notifier.add_target(Target::trap(target(), Credentials::v2c("public")).max_message_size(484)).unwrap();
    let big = event().with(oid!("1.3.6.1.2.1.1.1.0"), Value::OctetString(vec![b'x'; 500]));
    notifier.notify(at(1), &mut device(9, 1, at(0)), &big).unwrap();
    let failed = notifier.poll_notice();
    let Some(Notice::Failed { error: NotifyError::TooLarge { octets, limit: 484 }, .. }) = failed else {
        panic!("{failed:?}")
    };
    assert!(octets > 484);
}

#[test]
fn the_queue_is_bounded_and_a_removed_target_is_told_no_more() {
    let mut notifier = notifier_of(NotifierConfig { max_pending: 3, ..NotifierConfig::default() });
    let target = notifier.add_target(Target::inform(target(), Credentials::v2c("public"))).unwrap();
    let mut device = device(9, 1, at(0));
    let accepted = (0..10).filter(|_| notifier.notify(at(1), &mut device, &event()).is_ok()).count();
    assert!((1..=3).contains(&accepted), "{accepted}");
    let refused = notifier.notify(at(1), &mut device, &event());
    assert_eq!(refused, Err(ApiMisuse::TooManyRequests { limit: 3 }));
    notifier.remove_target(target);
    assert_eq!((notifier.informs_pending(), notifier.next_deadline()), (0, None));
    let cancelled = std::iter::from_fn(|| notifier.poll_notice())
        .filter(|notice| {
            matches!(notice, Notice::Failed { error: NotifyError::Inform(RequestError::Cancelled), .. })
        })
        .count();
    assert_eq!(cancelled, accepted);
}

#[test]
fn version_1_has_no_informs() {
    let refused = notifier().add_target(Target::inform(target(), Credentials::v1("public")));
    assert_eq!(refused.unwrap_err(), ApiMisuse::NotInVersion1);
}

/// R52, the trap: a wrong community is told to whom it concerns, in every version.
#[test]
fn an_authentication_failure_can_be_told_in_every_version() {
    let mut notifier = notifier();
    for credentials in [Credentials::v1("public"), Credentials::v2c("public"), v3()] {
        notifier.add_target(Target::trap(target(), credentials)).unwrap();
    }
    let failure = Notification::new(5, Notification::AUTHENTICATION_FAILURE);
    notifier.notify(at(1), &mut device(9, 1, at(0)), &failure).unwrap();
    let (handled, said) = carry(at(1), &mut notifier, &mut receiver());
    assert_eq!((handled.len(), said.len()), (3, 0));
    for (handled, version) in handled.into_iter().zip([Version::V1, Version::V2c, Version::V3]) {
        let received = handled.received.unwrap();
        assert_eq!((received.version, &received.notification), (version, &failure));
        let generic = received.v1.map(|trap| trap.generic_trap);
        assert_eq!(generic, (version == Version::V1).then_some(GenericTrap::AuthenticationFailure));
    }
}

/// R52, the whole: a wrong community is not answered, and becomes a trap when that is enabled.
#[test]
fn a_wrong_community_becomes_an_authentication_failure_trap_when_enabled() {
    for enabled in [true, false] {
        let config = ResponderConfig::new(engine_id(9), 1)
            .community("public", Access::Read)
            .authentication_traps(enabled);
        let mut responder = Responder::new(config, &rustcrypto(), at(0), random()).unwrap();
        let mut notifier = notifier();
        notifier.add_target(Target::trap(target(), v3())).unwrap();
        let names = vec![VarBind::unspecified(oid!("1.3.6.1.2.1.1.5.0"))];
        let wrong = CommunityMessage::new(Version::V2c, b"guess", Pdu::request(PduKind::Get, 1, names));
        let stranger = "203.0.113.9:40000".parse().unwrap();
        let answer = responder.handle_datagram(at(1), stranger, &wrong.to_bytes(), &mut SortedTable::new());
        assert_eq!((answer, responder.stats().bad_community_names), (None, 1));
        while let Some(event) = responder.poll_event() {
            if let ResponderEvent::AuthenticationFailure { from } = event {
                assert_eq!(from, stranger);
                let failure = Notification::new(100, Notification::AUTHENTICATION_FAILURE);
                notifier.notify(at(1), &mut responder, &failure).unwrap();
            }
        }
        let (handled, _) = carry(at(1), &mut notifier, &mut receiver());
        assert_eq!(handled.len(), usize::from(enabled));
        for handled in handled {
            let told = handled.received.unwrap().notification.trap_oid;
            assert_eq!(told, Notification::AUTHENTICATION_FAILURE);
        }
    }
}

#[test]
fn rfc3413_3_3_a_target_is_told_what_its_notify_view_has() {
    let standard = View::nothing().include(oid!("1.3.6.1.6.3.1.1.5"));
    let config = ResponderConfig::new(engine_id(9), 3)
        .community("public", Grant::reading(View::everything()).notifying(standard))
        .community("blind", Grant::reading(View::everything()))
        .community("all", Access::Read);
    let mut device = Responder::new(config, &rustcrypto(), at(0), random()).unwrap();
    let mut notifier = notifier();
    let mut target_of =
        |community: &str| notifier.add_target(Target::trap(target(), Credentials::v2c(community))).unwrap();
    let [public, blind, _, _] = ["public", "blind", "all", "nobody's"].map(&mut target_of);
    let mut told = |notification: &Notification| {
        notifier.notify(at(1), &mut device, notification).unwrap();
        let (mut sent, mut refused) = (0, Vec::new());
        while let Some(notice) = notifier.poll_notice() {
            match notice {
                Notice::Transmit { .. } => sent += 1,
                Notice::Failed { target, error: NotifyError::NotInView, .. } => refused.push(target),
                other => panic!("{other:?}"),
            }
        }
        (sent, refused)
    };
    let cold_start = Notification::new(1, Notification::COLD_START);
    assert_eq!(told(&cold_start), (3, vec![blind]));
    // The view has the notification, but not what it tells.
    assert_eq!(told(&cold_start.with(oid!("1.3.6.1.2.1.1.5.0"), Value::Null)), (2, vec![public, blind]));
    assert_eq!(told(&event()), (2, vec![public, blind]));
}
