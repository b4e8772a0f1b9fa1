//! Informs as requests of a manager: acknowledged, repeated, refused.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use link::{AGENT, Fate, Link, bent};
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::notify::Notification;
use remote_services_snmp::engine::{ApiMisuse, Credentials, ManagerConfig, Operation, RequestError};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::{Value, oid};

fn event() -> Notification {
    Notification::new(77, Notification::COLD_START).with(oid!("1.3.6.1.2.1.1.5.0"), Value::from("printer"))
}

fn sent(link: &Link) -> Vec<Pdu> {
    let pdu = |bytes: &[u8]| match CommunityMessage::from_bytes(bytes, &Limits::default()).unwrap().pdu {
        CommunityPdu::Pdu(pdu) => pdu,
        CommunityPdu::TrapV1(_) => panic!("a trap of SNMPv1"),
    };
    link.sent.iter().map(|packet| pdu(&packet.bytes)).collect()
}

#[test]
fn an_inform_has_a_value_in_each_binding() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let peer = link.peer(AGENT.parse().unwrap(), Credentials::v2c("public"));
    let inform = Operation::Inform(event().with(oid!("1.3.6.1.2.1.1.6.0"), Value::EndOfMibView));
    assert_eq!(link.manager.request(link.now(), peer, inform), Err(ApiMisuse::NotAValue));
}

#[test]
fn an_inform_carries_uptime_and_trap_oid_first_and_is_done_when_acknowledged() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let address = link.host(AGENT, |_, bytes| vec![bent(bytes, |_| {})]);
    let peer = link.peer(address, Credentials::v2c("public"));
    let answer = link.read(peer, Operation::Inform(event()));
    assert_eq!(answer.len(), 3);
    let sent = sent(&link);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].kind, PduKind::Inform);
    assert_eq!(sent[0].varbinds, event().into_varbinds());
}

#[test]
fn a_lost_inform_is_repeated_under_the_same_request_id() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let mut packets = 0;
    link.fate = Box::new(move |_| {
        packets += 1;
        if packets < 3 { Fate::IsLost } else { Fate::Arrives }
    });
    let address = link.host(AGENT, |_, bytes| vec![bent(bytes, |_| {})]);
    let peer = link.peer(address, Credentials::v2c("public"));
    link.read(peer, Operation::Inform(event()));
    let ids: Vec<i32> = sent(&link).iter().map(|pdu| pdu.request_id).collect();
    assert_eq!(ids, [ids[0]; 3]);
}

#[test]
fn an_inform_that_nobody_acknowledges_fails_after_its_retries() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let peer = link.peer(AGENT.parse().unwrap(), Credentials::v2c("public"));
    let failure = link.fail(peer, Operation::Inform(event()));
    assert_eq!(failure, RequestError::Timeout { attempts: 4, garbage: None });
}

#[test]
fn rfc3416_4_2_7_too_big_and_other_refusals_are_told_apart() {
    for (status, expected) in [
        (ErrorStatus::TooBig, RequestError::TooLarge),
        (
            ErrorStatus::AuthorizationError,
            RequestError::ErrorStatus { status: ErrorStatus::AuthorizationError, index: 0, name: None },
        ),
    ] {
        let mut link = Link::new(ManagerConfig::default(), rustcrypto());
        let address = link.host(AGENT, move |_, bytes| {
            vec![bent(bytes, |pdu| *pdu = Pdu::response(pdu.request_id, status, 0, Vec::new()))]
        });
        let peer = link.peer(address, Credentials::v2c("public"));
        assert_eq!(link.fail(peer, Operation::Inform(event())), expected);
    }
}

#[test]
fn version_1_has_no_informs() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let peer = link.peer(AGENT.parse().unwrap(), Credentials::v1("public"));
    let refused = link.manager.request(link.now(), peer, Operation::Inform(event()));
    assert_eq!(refused, Err(ApiMisuse::NotInVersion1));
}
