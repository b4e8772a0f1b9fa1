//! Somebody beside the agent who sees every request, answers first, and has no key.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use link::agent::Agent;
use link::secure::{AUTH, PRIVACY, SecureAgent, USER, credentials, engine_id};
use link::{AGENT, Link};
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::{
    EngineRecord, ManagerConfig, Operation, PeerId, ProtocolError, RequestError,
};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");

fn get() -> Operation {
    Operation::Get(vec![NAME])
}

fn lobby() -> Vec<VarBind> {
    vec![VarBind::new(NAME, Value::from("lobby"))]
}

/// Who answers at the address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    Agent,
    Impostor,
    /// The impostor first.
    Both,
}

/// An agent that was asked once, and an impostor that names another engine with every answer, or always the same.
fn beside_an_impostor(changes: bool) -> (Link, PeerId, Rc<Cell<Answers>>) {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let agent = || Agent::new([(NAME, Value::from("lobby"))]);
    let truth = RefCell::new(SecureAgent::new(agent(), Some(AUTH), Some(PRIVACY)));
    let impostor = RefCell::new(SecureAgent::new(agent(), Some("guessed wrong"), Some("guessed wrong")));
    impostor.borrow_mut().replace_engine(engine_id(9));
    let answers = Rc::new(Cell::new(Answers::Agent));
    let (who, number) = (Rc::clone(&answers), Cell::new(9_u8));
    let address = link.host(AGENT, move |now, bytes| {
        let mut replies = Vec::new();
        if who.get() != Answers::Agent {
            if changes {
                number.set(number.get().wrapping_add(1).max(9));
                impostor.borrow_mut().replace_engine(engine_id(number.get()));
            }
            replies.extend(impostor.borrow_mut().answer(now, bytes));
        }
        if who.get() != Answers::Impostor {
            replies.extend(truth.borrow_mut().answer(now, bytes));
        }
        replies
    });
    let peer = link.peer(address, credentials(USER, Some(AUTH), Some(PRIVACY)));
    assert_eq!(link.read(peer, get()), lobby());
    let (told, record) = link.manager.poll_engine().unwrap();
    assert_eq!((told, record.engine_id, link.manager.poll_engine()), (peer, engine_id(1), None));
    (link, peer, answers)
}

fn known(link: &Link, peer: PeerId) -> EngineRecord {
    link.manager.engine(peer).unwrap()
}

#[test]
fn the_agents_answer_counts_though_somebody_said_before_that_another_engine_is_there() {
    for changes in [false, true] {
        let (mut link, peer, answers) = beside_an_impostor(changes);
        let before = known(&link, peer);
        answers.set(Answers::Both);
        for _ in 0..10 {
            assert_eq!(link.read(peer, get()), lobby());
        }
        let after = known(&link, peer);
        assert_eq!((after.engine_id, link.manager.poll_engine()), (before.engine_id, None));
        assert!(after.time.unwrap() >= before.time.unwrap());
        assert_eq!(link.manager.in_flight(), 0);
    }
}

#[test]
fn an_impostor_that_answers_each_time_fails_the_request_and_changes_nothing_that_is_remembered() {
    for changes in [false, true] {
        let (mut link, peer, answers) = beside_an_impostor(changes);
        answers.set(Answers::Impostor);
        for _ in 0..4 {
            let failed = link.fail(peer, get());
            assert_eq!(failed, RequestError::Protocol(ProtocolError::EngineIdChanges));
            assert_eq!((known(&link, peer).engine_id, link.manager.poll_engine()), (engine_id(1), None));
            assert!(known(&link, peer).time.is_some());
        }
        answers.set(Answers::Agent);
        link.sent.clear();
        assert_eq!(link.read(peer, get()), lobby());
        assert_eq!(link.sent.len(), 1, "the engine and its clock are known as before");
    }
}

#[test]
fn a_record_with_a_time_is_believed_as_its_engine_was_and_one_without_is_replaced_at_once() {
    for with_time in [true, false] {
        let (mut link, peer, answers) = beside_an_impostor(false);
        let EngineRecord { engine_id, time } = known(&link, peer);
        let record = EngineRecord { engine_id, time: time.filter(|_| with_time) };
        link.manager.restore_engine(link.now(), peer, &record).unwrap();
        answers.set(Answers::Impostor);
        link.ask(peer, get()).result.unwrap_err();
        let still = link.manager.engine(peer).is_some_and(|record| record.engine_id == engine_id);
        assert_eq!(still, with_time);
        assert_eq!(link.manager.poll_engine(), None, "nothing was proven");
    }
}

#[test]
fn another_engine_is_told_of_once_it_has_proven_its_key_and_every_open_request_goes_there() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let agent = Agent::new([(NAME, Value::from("lobby"))]);
    let agent = Rc::new(RefCell::new(SecureAgent::new(agent, Some(AUTH), Some(PRIVACY))));
    let at = Rc::clone(&agent);
    let address = link.host(AGENT, move |now, bytes| at.borrow_mut().answer(now, bytes));
    let peer = link.peer(address, credentials(USER, Some(AUTH), Some(PRIVACY)));
    link.read(peer, get());
    link.manager.poll_engine().unwrap();
    agent.borrow_mut().replace_engine(engine_id(2));
    let asked: Vec<_> = (0..5).map(|_| link.request(peer, get())).collect();
    let start = link.now();
    link.run_until_idle();
    for id in asked {
        assert_eq!(link.completed(id).result.unwrap(), lobby());
    }
    assert!(link.now().saturating_since(start) < Duration::from_secs(1), "without a time-out");
    let (told, record) = link.manager.poll_engine().unwrap();
    assert_eq!((told, record.engine_id, record.time.is_some()), (peer, engine_id(2), true));
    assert_eq!((link.manager.poll_engine(), link.manager.in_flight()), (None, 0));
}
