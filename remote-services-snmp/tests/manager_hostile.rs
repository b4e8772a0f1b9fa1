//! Loss, duplicates, delay, strangers, forgeries and garbage.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;

use link::agent::Agent;
use link::{AGENT, Fate, Link, MANAGER, bent, dice, ms};
use remote_services_snmp::ber::{DecodeErrorKind, Limits};
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    Credentials, ManagerConfig, Operation, PeerId, PeerOptions, RequestError,
};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const STRANGER: &str = "192.0.2.66:161";

fn with_agent() -> (Link, PeerId) {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let mut agent = Agent::new([(NAME, Value::from("lobby"))]);
    let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
    let peer = link.peer(address, Credentials::v2c("public"));
    (link, peer)
}

fn get() -> Operation {
    Operation::Get(vec![NAME])
}

fn pdu(bytes: &[u8]) -> Pdu {
    match CommunityMessage::from_bytes(bytes, &Limits::default()).unwrap().pdu {
        CommunityPdu::Pdu(pdu) => pdu,
        CommunityPdu::TrapV1(_) => panic!("a manager sends no traps"),
    }
}

#[test]
fn retransmits_with_growing_jittered_waits_and_a_fresh_request_id_each_time() {
    let (mut link, peer) = with_agent();
    link.fate = Box::new(|_| Fate::IsLost);
    let error = link.fail(peer, get());
    assert_eq!(error.to_string(), "no answer after 4 attempts");
    let waits: Vec<u128> =
        link.sent.windows(2).map(|pair| pair[1].at.saturating_since(pair[0].at).as_millis()).collect();
    for (wait, least) in waits.iter().zip([1_000, 2_000, 4_000]) {
        assert!((least..=least * 11 / 10).contains(wait), "{waits:?}");
    }
    assert!(waits.iter().any(|wait| wait % 1_000 != 0), "no jitter: {waits:?}");
    let ids: std::collections::BTreeSet<i32> =
        link.sent.iter().map(|packet| pdu(&packet.bytes).request_id).collect();
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| *id > 0));
    assert_eq!(link.manager.stats().retransmitted, 3);
}

#[test]
fn lost_requests_and_lost_answers_are_made_good() {
    for lost in 0..3 {
        let (mut link, peer) = with_agent();
        let count = Cell::new(0);
        link.fate = Box::new(move |_| {
            count.set(count.get() + 1);
            if count.get() <= lost { Fate::IsLost } else { Fate::Arrives }
        });
        assert_eq!(link.read(peer, get()), [VarBind::new(NAME, Value::from("lobby"))]);
        assert_eq!(link.sent.len(), lost + 1);
    }
}

#[test]
fn a_duplicate_answer_counts_once() {
    let (mut link, peer) = with_agent();
    link.fate = Box::new(|_| Fate::ArrivesTwice);
    link.read(peer, get());
    link.run_until_idle();
    assert!(link.done.is_empty());
    let stats = link.manager.stats();
    assert_eq!((stats.accepted, stats.unmatched), (1, 3));
}

#[test]
fn a_slow_agent_s_answer_to_the_first_attempt_is_taken_and_later_ones_are_not_mistaken_for_other_requests() {
    let (mut link, peer) = with_agent();
    link.fate =
        Box::new(
            |packet| {
                if packet.to == MANAGER.parse().unwrap() { Fate::IsLate(ms(1_500)) } else { Fate::Arrives }
            },
        );
    let first = link.ask(peer, get());
    assert_eq!(first.result.unwrap(), [VarBind::new(NAME, Value::from("lobby"))]);
    assert_eq!(link.manager.stats().unmatched, 1, "the answer to the second attempt");
    link.fate = Box::new(|_| Fate::Arrives);
    assert!(link.ask(peer, get()).result.is_ok());
}

#[test]
fn an_answer_after_the_end_is_dropped() {
    let (mut link, peer) = with_agent();
    link.fate = Box::new(|packet| {
        if packet.to == MANAGER.parse().unwrap() { Fate::IsLate(ms(60_000)) } else { Fate::Arrives }
    });
    assert_eq!(link.fail(peer, get()), RequestError::Timeout { attempts: 4, garbage: None });
    assert_eq!(link.manager.stats().unmatched, 4);
}

#[test]
fn answers_from_another_address_or_port_are_dropped_unless_allowed() {
    for other in [STRANGER, "192.0.2.2:1161"] {
        for allowed in [false, true] {
            let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
            let other: SocketAddr = other.parse().unwrap();
            let address = link.lying_host(AGENT, move |_, bytes| vec![(other, bent(bytes, |_| ()))]);
            let options = PeerOptions { accept_other_source: allowed, ..PeerOptions::default() };
            let peer = link.peer_with(address, Credentials::v2c("public"), options);
            let outcome = link.ask(peer, get()).result;
            if allowed {
                assert_eq!(outcome.unwrap(), [VarBind::new(NAME, Value::Integer(1))]);
            } else {
                assert_eq!(outcome, Err(RequestError::Timeout { attempts: 4, garbage: None }));
                assert_eq!(link.manager.stats().wrong_source, 4);
            }
        }
    }
}

#[test]
fn a_forged_answer_changes_nothing_and_the_right_one_still_counts() {
    let forgeries: [fn(&mut CommunityMessage); 5] = [
        |message| change(message, |pdu| pdu.request_id ^= 1),
        |message| message.community = b"private".to_vec(),
        |message| message.version = Version::V1,
        |message| change(message, |pdu| pdu.kind = PduKind::Get),
        |message| change(message, |pdu| pdu.kind = PduKind::TrapV2),
    ];
    for forge in forgeries {
        let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
        let address = link.host(AGENT, move |_, bytes| {
            let right = bent(bytes, |_| ());
            let mut forged = CommunityMessage::from_bytes(&right, &Limits::default()).unwrap();
            change(&mut forged, |pdu| pdu.varbinds[0].value = Value::from("forged"));
            forge(&mut forged);
            vec![forged.to_bytes(), right]
        });
        let peer = link.peer(address, Credentials::v2c("public"));
        assert_eq!(link.read(peer, get()), [VarBind::new(NAME, Value::Integer(1))]);
        let stats = link.manager.stats();
        assert_eq!(stats.unmatched + stats.mismatched, 1);
    }
}

#[test]
fn a_thousand_guessed_answers_before_the_right_one_change_nothing() {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let mut agent = Agent::new([(NAME, Value::from("lobby"))]);
    let mut random = dice(7);
    let address = link.host(AGENT, move |_, bytes| {
        let right = pdu(bytes).request_id;
        let guesses = std::iter::repeat_with(|| i32::try_from(random() >> 33).unwrap());
        let forged = guesses.filter(|guess| *guess != right).take(1_000);
        let mut answers: Vec<_> = forged.map(|guess| bent(bytes, |pdu| pdu.request_id = guess)).collect();
        answers.append(&mut agent.answer(bytes));
        answers
    });
    let peer = link.peer(address, Credentials::v2c("public"));
    assert_eq!(link.read(peer, get()), [VarBind::new(NAME, Value::from("lobby"))]);
    let stats = link.manager.stats();
    assert_eq!((stats.unmatched, stats.accepted, link.sent.len()), (1_000, 1, 1));
}

fn change(message: &mut CommunityMessage, change: impl FnOnce(&mut Pdu)) {
    match &mut message.pdu {
        CommunityPdu::Pdu(pdu) => change(pdu),
        CommunityPdu::TrapV1(_) => panic!("not a trap"),
    }
}

#[test]
fn a_host_that_answers_garbage_is_told_apart_from_a_dead_one() {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let address = link.host(AGENT, |_, _| vec![b"HTTP/1.0 400 Bad Request\r\n".to_vec()]);
    let peer = link.peer(address, Credentials::v2c("public"));
    let error = link.fail(peer, get());
    let RequestError::Timeout { attempts: 4, garbage: Some(why) } = &error else { panic!("{error:?}") };
    assert!(matches!(why.kind(), DecodeErrorKind::UnexpectedTag { .. }), "{why}");
    assert!(error.to_string().starts_with("the host answers, but not with SNMP"));
    assert_eq!(link.manager.stats().malformed, 4);
}

#[test]
fn no_cut_and_no_flipped_octet_of_an_answer_does_harm() {
    let (mut link, peer) = with_agent();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let copy = Rc::clone(&seen);
    link.fate = Box::new(move |packet| {
        if packet.to == MANAGER.parse().unwrap() {
            copy.borrow_mut().clone_from(&packet.bytes);
        }
        Fate::Arrives
    });
    link.read(peer, get());
    let whole = seen.borrow().clone();
    let agent: SocketAddr = AGENT.parse().unwrap();
    let id = link.request(peer, get());
    let now = link.now();
    for cut in 0..whole.len() {
        link.manager.handle_datagram(now, agent, &whole[..cut]);
    }
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            link.manager.handle_datagram(now, agent, &bytes);
        }
    }
    link.run_until_idle();
    assert_eq!(link.completed(id).result.unwrap(), [VarBind::new(NAME, Value::from("lobby"))]);
}

#[test]
fn datagrams_that_nobody_drains_are_as_good_as_lost() {
    let (mut link, peer) = with_agent();
    let id = link.request(peer, get());
    let mut now = link.now();
    while let Some(deadline) = link.manager.next_deadline() {
        now = now.max(deadline);
        link.manager.handle_deadline(now);
    }
    link.run_until_idle();
    assert_eq!(link.completed(id).result, Err(RequestError::Timeout { attempts: 4, garbage: None }));
}

#[test]
fn a_clock_that_jumps_back_and_deadlines_handled_too_often_do_no_harm() {
    let (mut link, peer) = with_agent();
    let id = link.request(peer, get());
    let now = link.now();
    for _ in 0..100 {
        link.manager.handle_deadline(remote_services_snmp::engine::Instant::START);
        link.manager.handle_deadline(now);
    }
    link.run_until_idle();
    assert!(link.completed(id).result.is_ok());
    assert_eq!(link.sent.len(), 1);
}

#[test]
fn a_device_that_sends_garbage_costs_its_own_request_and_nothing_else() {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let mut dice = dice(7);
    let bad = link.host("192.0.2.66:161", move |_, bytes| {
        let noise: Vec<u8> = (0..200).map(|_| dice().to_be_bytes()[0]).collect();
        let mut mangled = bent(bytes, |_| ());
        let at = usize::from(noise[0]) % mangled.len();
        mangled.truncate(at);
        vec![noise, mangled, Vec::new(), vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]]
    });
    let good = link.host(AGENT, |_, bytes| vec![bent(bytes, |_| ())]);
    let bad = link.peer(bad, Credentials::v2c("public"));
    let good = link.peer(good, Credentials::v2c("public"));
    let hopeless = link.request(bad, get());
    let start = link.now();
    for _ in 0..50 {
        let id = link.request(good, get());
        link.run_for(ms(10));
        assert!(link.completed(id).result.is_ok());
    }
    assert_eq!(link.now().saturating_since(start), ms(500));
    link.run_until_idle();
    assert!(matches!(
        link.completed(hopeless).result,
        Err(RequestError::Timeout { attempts: 4, garbage: Some(_) })
    ));
}
