//! InformRequest.
use remote_services_snmp::ber::Limits;
use remote_services_snmp::message::{CommunityMessage, CommunityPdu};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::{Value, oid};

use crate::notify::{
    at, carry, config, device, event, notifier, receiver, receiver_of, source, target, v2c, v3,
};
use remote_services_snmp::engine::notify::{Notice, NotifyError, Target};
use remote_services_snmp::engine::{Credentials, RequestError};

fn response(reply: &[u8]) -> Pdu {
    let message = CommunityMessage::from_bytes(reply, &Limits::default()).unwrap();
    assert_eq!(message.community, b"public");
    match message.pdu {
        CommunityPdu::Pdu(pdu) => pdu,
        CommunityPdu::TrapV1(_) => panic!("a trap"),
    }
}

/// R50.
#[test]
fn rfc3416_4_2_7_an_inform_is_answered_with_its_own_bindings() {
    let mut receiver = receiver();
    let varbinds = event().into_varbinds();
    let handled = receiver.handle_datagram(at(1), source(), &v2c(PduKind::Inform, -77, varbinds.clone()));
    assert_eq!(response(&handled.reply.unwrap()), Pdu::response(-77, ErrorStatus::NoError, 0, varbinds));
    assert!(handled.received.unwrap().confirmed);
}

/// R50.
#[test]
fn rfc3416_4_2_7_an_answer_that_does_not_fit_is_too_big_and_the_inform_is_not_handed_out() {
    let big = event().with(oid!("1.3.6.1.2.1.1.1.0"), Value::OctetString(vec![b'x'; 500]));
    let datagram = v2c(PduKind::Inform, 3, big.clone().into_varbinds());
    let mut small = receiver_of(config().max_message_size(484));
    let handled = small.handle_datagram(at(1), source(), &datagram);
    assert_eq!(response(&handled.reply.unwrap()), Pdu::response(3, ErrorStatus::TooBig, 0, Vec::new()));
    assert!(handled.received.is_none());
    assert_eq!((small.stats().too_big, small.stats().silent_drops), (1, 0));
    let mut exact = receiver_of(config().max_message_size(u32::try_from(datagram.len()).unwrap()));
    assert!(exact.handle_datagram(at(1), source(), &datagram).received.is_some());
    let community = vec![b'c'; 480];
    let mut none_fits = receiver_of(config().any_community(true).max_message_size(484));
    let inform = Pdu::request(PduKind::Inform, 3, big.into_varbinds());
    let message = CommunityMessage::new(remote_services_snmp::message::Version::V2c, &community, inform);
    let handled = none_fits.handle_datagram(at(1), source(), &message.to_bytes());
    assert!(handled.reply.is_none() && handled.received.is_none());
    assert_eq!(none_fits.stats().silent_drops, 1);
}

/// R50.
#[test]
fn rfc3416_4_2_7_the_sender_of_a_v3_inform_hears_too_big_as_well() {
    let mut receiver = receiver_of(config().max_message_size(484));
    let mut notifier = notifier();
    let mut device = device(9, 1, at(0));
    notifier.add_target(Target::inform(target(), v3())).unwrap();
    let big = event().with(oid!("1.3.6.1.2.1.1.1.0"), Value::OctetString(vec![b'x'; 330]));
    notifier.notify(at(5), &mut device, &big).unwrap();
    let (handled, said) = carry(at(5), &mut notifier, &mut receiver);
    assert!(handled.iter().all(|handled| handled.received.is_none()));
    let [Notice::Failed { error: NotifyError::Inform(RequestError::TooLarge), .. }] = said.as_slice() else {
        panic!("{said:?}")
    };
}

#[test]
fn an_inform_whose_acknowledgement_was_lost_is_acknowledged_again_and_reported_once() {
    for credentials in [Credentials::v2c("public"), v3()] {
        let mut receiver = receiver();
        let mut notifier = notifier();
        let mut device = device(9, 1, at(0));
        notifier.add_target(Target::inform(target(), credentials)).unwrap();
        notifier.notify(at(5), &mut device, &event()).unwrap();
        let mut reported = 0;
        let mut acknowledged = 0;
        for seconds in 5..20 {
            while let Some(notice) = notifier.poll_notice() {
                match notice {
                    Notice::Transmit { to, bytes } => {
                        let handled = receiver.handle_datagram(at(seconds), source(), &bytes);
                        let informed = handled.received.is_some();
                        reported += u32::from(informed);
                        // The first acknowledgement is lost.
                        if let Some(reply) = handled.reply.filter(|_| !informed) {
                            notifier.handle_datagram(at(seconds), to, &reply);
                        }
                    }
                    Notice::Acknowledged { .. } => acknowledged += 1,
                    other => panic!("{other:?}"),
                }
            }
            notifier.handle_deadline(at(seconds + 1));
        }
        assert_eq!((reported, acknowledged, receiver.stats().repeated), (1, 1, 1));
    }
}

#[test]
fn the_same_event_informed_of_twice_is_two_events() {
    let mut receiver = receiver();
    for request_id in [1, 2] {
        let datagram = v2c(PduKind::Inform, request_id, event().into_varbinds());
        assert!(receiver.handle_datagram(at(1), source(), &datagram).received.is_some());
    }
}
