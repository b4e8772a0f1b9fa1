//! §7.2: what comes in belongs to a question that is open, from the one who was asked.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::{ManagerConfig, Operation, PeerId, ProtocolError, RequestError};
use remote_services_snmp::message::{ScopedPdu, V3MessageRef};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::usm::{EngineId, EngineTime, Envelope, SecurityLevel, UsmStat, seal};
use remote_services_snmp::{Oid, Value, VarBind, oid};

use super::link::agent::Agent;
use super::link::secure::{AUTH, PRIVACY, SecureAgent, USER, credentials, engine_id};
use super::link::{AGENT, Fate, Link, MANAGER};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const STRANGER: &str = "192.0.2.99:161";

pub(crate) fn get() -> Operation {
    Operation::Get(vec![NAME])
}

pub(crate) fn lobby() -> Vec<VarBind> {
    vec![VarBind::new(NAME, Value::from("lobby"))]
}

fn agent(auth: Option<&str>, privacy: Option<&str>) -> SecureAgent {
    SecureAgent::new(Agent::new([(NAME, Value::from("lobby"))]), auth, privacy)
}

pub(crate) fn pair(auth: Option<&str>, privacy: Option<&str>) -> (Link, PeerId, Rc<RefCell<SecureAgent>>) {
    let agent = Rc::new(RefCell::new(agent(auth, privacy)));
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let at = Rc::clone(&agent);
    let address = link.host(AGENT, move |now, bytes| at.borrow_mut().answer(now, bytes));
    let peer = link.peer(address, credentials(USER, auth, privacy));
    (link, peer, agent)
}

/// R09.
#[test]
fn rfc3412_7_2_10_a_response_with_another_message_id_is_dropped_and_the_right_one_counts() {
    let mut other = agent(Some(AUTH), Some(PRIVACY));
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let wrong = Rc::new(RefCell::new(false));
    let bend = Rc::clone(&wrong);
    other.bend = Box::new(move |envelope, _| envelope.msg_id ^= i32::from(*bend.borrow()));
    let address = link.host(AGENT, move |now, bytes| {
        let right = other.answer(now, bytes);
        *wrong.borrow_mut() = true;
        let forged = other.answer(now, bytes);
        *wrong.borrow_mut() = false;
        forged.into_iter().chain(right).collect()
    });
    let peer = link.peer(address, credentials(USER, Some(AUTH), Some(PRIVACY)));
    assert_eq!(link.read(peer, get()), lobby());
    // One for each of probe, synchronisation and GET.
    assert_eq!(link.manager.stats().unmatched, 3);
}

/// R14.
#[test]
fn rfc3412_7_2_10_further_copies_of_a_response_are_dropped() {
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    link.fate =
        Box::new(
            |packet| {
                if packet.to == MANAGER.parse().unwrap() { Fate::ArrivesTwice } else { Fate::Arrives }
            },
        );
    assert_eq!(link.read(peer, get()), lobby());
    assert!(link.done.is_empty());
    assert_eq!(link.manager.stats().unmatched, 3);
}

/// R11.
#[test]
fn rfc3412_7_2_12_an_agent_that_answers_below_the_level_asked_is_not_believed() {
    for level in [SecurityLevel::NoAuthNoPriv, SecurityLevel::AuthNoPriv] {
        let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
        link.read(peer, get());
        agent.borrow_mut().bend = Box::new(move |envelope, _| envelope.level = level);
        assert!(link.ask(peer, get()).result.is_err());
        assert_eq!(link.manager.stats().mismatched, 4);
    }
}

/// R55.
#[test]
fn rfc3412_7_2_a_version_3_answer_from_another_address_counts_only_when_it_is_authentic() {
    for auth in [None, Some(AUTH)] {
        let mut agent = agent(auth, None);
        let mut link = Link::new(ManagerConfig::default(), rustcrypto());
        let stranger: SocketAddr = STRANGER.parse().unwrap();
        let here: SocketAddr = AGENT.parse().unwrap();
        let mut answered = 0;
        link.lying_host(AGENT, move |now, bytes| {
            answered += 1;
            let discovery = answered <= if auth.is_some() { 2 } else { 1 };
            let from = if discovery { here } else { stranger };
            agent.answer(now, bytes).into_iter().map(|bytes| (from, bytes)).collect()
        });
        let peer = link.peer(here, credentials(USER, auth, None));
        let outcome = link.ask(peer, get()).result;
        if auth.is_some() {
            assert_eq!(outcome, Ok(lobby()));
        } else {
            assert_eq!(outcome, Err(RequestError::Timeout { attempts: 4, garbage: None }));
            assert_eq!(link.manager.stats().wrong_source, 4);
        }
    }
}

#[test]
fn rfc3412_7_2_a_thousand_forged_answers_complete_nothing() {
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    // The forger sees what is asked, and has a key of his own.
    let mut forger = SecureAgent::new(
        Agent::new([(NAME, Value::from("forged"))]),
        Some("a password of the forger"),
        Some(PRIVACY),
    );
    let mut honest = agent(Some(AUTH), Some(PRIVACY));
    link.host(AGENT, move |now, bytes| {
        let mut forged = Vec::new();
        for _ in 0..1_000 {
            forged.extend(forger.forge(now, bytes));
        }
        forged.into_iter().chain(honest.answer(now, bytes)).collect()
    });
    assert_eq!(link.read(peer, get()), lobby());
    assert_eq!(link.manager.stats().not_authentic, 1_000);
}

/// What anybody can send who has seen a message with this number.
fn forged_report(msg_id: i32, engine: EngineId, counter: Oid) -> Vec<u8> {
    let envelope = Envelope {
        msg_id,
        max_size: 65_507,
        reportable: false,
        level: SecurityLevel::NoAuthNoPriv,
        engine_id: engine.as_slice(),
        time: EngineTime::default(),
        user_name: USER.as_bytes(),
        user: None,
        salt: [0; 8],
    };
    let pdu = Pdu::request(PduKind::Report, 0, vec![VarBind::new(counter, Value::Counter32(1))]);
    let scoped = ScopedPdu { context_engine_id: engine.as_slice().to_vec(), context_name: Vec::new(), pdu };
    seal(&envelope, &scoped).unwrap()
}

#[test]
fn a_forged_report_costs_a_request_nothing_and_is_told_only_when_no_answer_comes() {
    let cases = [
        (UsmStat::UnsupportedSecLevels.oid(), RequestError::UnsupportedSecurityLevel),
        (UsmStat::UnknownUserNames.oid(), RequestError::UnknownUser),
        (UsmStat::WrongDigests.oid(), RequestError::AuthenticationFailed),
        (UsmStat::DecryptionErrors.oid(), RequestError::DecryptionFailed),
        // The engine that was asked, which it says is another.
        (UsmStat::UnknownEngineIds.oid(), ProtocolError::EngineIdChanges.into()),
        (oid!("1.3.6.1.6.3.12.1.5.0"), RequestError::UnknownContext),
        (oid!("1.3.6.1.6.3.11.2.1.3.0"), ProtocolError::UnknownPduHandler.into()),
        (oid!("1.3.6.1.6.3.12.1.4.0"), RequestError::UnavailableContext),
        (oid!("1.3.6.1.4.1.9"), ProtocolError::UnknownReport.into()),
    ];
    for (counter, hint) in cases {
        for (auth, privacy) in [(Some(AUTH), None), (Some(AUTH), Some(PRIVACY))] {
            let (mut link, peer, agent) = pair(auth, privacy);
            link.read(peer, get());
            link.sent.clear();
            let (at, counter, answers) = (Rc::clone(&agent), counter.clone(), Rc::new(Cell::new(true)));
            let answer = Rc::clone(&answers);
            link.host(AGENT, move |now, bytes| {
                let asked = V3MessageRef::decode(bytes, &Limits::default()).unwrap().header.msg_id;
                let mut said = vec![forged_report(asked, engine_id(1), counter.clone())];
                if answer.get() {
                    said.extend(at.borrow_mut().answer(now, bytes));
                }
                said
            });
            assert_eq!(link.read(peer, get()), lobby(), "{hint}");
            assert_eq!((link.sent.len(), link.manager.stats().unauthenticated_refusals), (1, 1), "{hint}");
            answers.set(false);
            assert_eq!(link.fail(peer, get()), hint);
            assert_eq!((link.sent.len(), link.manager.stats().unauthenticated_refusals), (5, 5), "{hint}");
            answers.set(true);
            assert_eq!(link.read(peer, get()), lobby(), "after {hint}");
        }
    }
}

#[test]
fn a_report_is_all_that_a_user_without_keys_can_be_answered_with() {
    let (mut link, _, _) = pair(None, None);
    let peer = link.peer(AGENT.parse().unwrap(), credentials("nobody", None, None));
    assert_eq!(link.fail(peer, get()), RequestError::UnknownUser);
    assert_eq!((link.sent.len(), link.manager.stats().unauthenticated_refusals), (2, 0));
}
