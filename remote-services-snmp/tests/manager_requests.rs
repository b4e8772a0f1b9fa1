//! GET, GETNEXT, GETBULK and SET through a manager, without a network.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::cell::RefCell;
use std::rc::Rc;

use link::agent::Agent;
use link::{AGENT, Fate, Link, ms};
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    ApiMisuse, Credentials, ManagerConfig, Operation, PeerId, PeerOptions, ProtocolError, RequestError,
};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu};
use remote_services_snmp::pdu::ErrorStatus;
use remote_services_snmp::{Oid, Value, VarBind, oid};

const DESCR: Oid = oid!("1.3.6.1.2.1.1.1.0");
const UPTIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const NOWHERE: Oid = oid!("1.3.6.1.2.1.1.4.0");

fn printer() -> Agent {
    Agent::new([
        (DESCR, Value::from("a printer")),
        (UPTIME, Value::TimeTicks(100)),
        (NAME, Value::from("lobby")),
    ])
}

fn link() -> Link {
    Link::new(ManagerConfig::default(), CryptoProvider::none())
}

/// A link with this agent on it, asked by v2c.
fn with(agent: Agent) -> (Link, PeerId) {
    with_options(agent, PeerOptions::default())
}

fn with_options(mut agent: Agent, options: PeerOptions) -> (Link, PeerId) {
    let mut link = link();
    let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
    let peer = link.peer_with(address, Credentials::v2c("public"), options);
    (link, peer)
}

fn with_v1(mut agent: Agent) -> (Link, PeerId) {
    let mut link = link();
    let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
    let peer = link.peer(address, Credentials::v1("public"));
    (link, peer)
}

fn values(read: &[VarBind]) -> Vec<Value> {
    read.iter().map(|varbind| varbind.value.clone()).collect()
}

#[test]
fn get_answers_every_name_in_the_order_asked() {
    let (mut link, peer) = with(printer());
    let read = link.read(peer, Operation::Get(vec![NAME, NOWHERE, DESCR]));
    assert_eq!(read.iter().map(|v| v.name.clone()).collect::<Vec<_>>(), [NAME, NOWHERE, DESCR]);
    assert_eq!(values(&read), [Value::from("lobby"), Value::NoSuchInstance, Value::from("a printer")]);
    assert_eq!(link.sent.len(), 1);
}

#[test]
fn version_1_leaves_missing_names_out_and_asks_for_the_rest() {
    let (mut link, peer) = with_v1(printer());
    let read = link.read(peer, Operation::Get(vec![NOWHERE, NAME, NOWHERE, DESCR]));
    assert_eq!(
        values(&read),
        [Value::NoSuchInstance, Value::from("lobby"), Value::NoSuchInstance, Value::from("a printer")]
    );
    // Each of the two is asked alone as well.
    assert_eq!(link.sent.len(), 5);
}

#[test]
fn version_1_get_next_says_where_the_view_ends() {
    let (mut link, peer) = with_v1(printer());
    let read = link.read(peer, Operation::GetNext(vec![NAME, DESCR]));
    assert_eq!(values(&read), [Value::EndOfMibView, Value::TimeTicks(100)]);
    assert_eq!((&read[0].name, &read[1].name), (&NAME, &UPTIME));
}

#[test]
fn long_lists_are_split_and_joined_in_order() {
    let column = oid!("1.3.6.1.4.1.9");
    let (mut link, peer) = with(Agent::table(std::slice::from_ref(&column), 60));
    let names: Vec<Oid> = (1..=60).rev().map(|row| column.child(row).unwrap()).collect();
    let read = link.read(peer, Operation::Get(names.clone()));
    assert_eq!(read.into_iter().map(|varbind| varbind.name).collect::<Vec<_>>(), names);
    assert_eq!(link.sent.len(), 3); // 24, 24, 12
}

#[test]
fn too_big_halves_the_list_until_it_fits() {
    let column = oid!("1.3.6.1.4.1.9");
    let mut agent = Agent::table(std::slice::from_ref(&column), 20);
    agent.size_limit = 6;
    let (mut link, peer) = with(agent);
    let names: Vec<Oid> = (1..=20).map(|row| column.child(row).unwrap()).collect();
    let read = link.read(peer, Operation::Get(names.clone()));
    assert_eq!(read.into_iter().map(|varbind| varbind.name).collect::<Vec<_>>(), names);
    assert_eq!(link.sent.len(), 2 + 4); // 20, 10; then 5, 5, 5, 5
}

#[test]
fn one_value_that_is_too_big_is_an_error() {
    let mut agent = printer();
    agent.size_limit = 0;
    let (mut link, peer) = with(agent);
    assert_eq!(link.fail(peer, Operation::Get(vec![DESCR, NAME])), RequestError::TooLarge);
}

#[test]
fn gen_err_names_the_object_and_every_other_value_is_read() {
    let column = oid!("1.3.6.1.4.1.9");
    let mut agent = Agent::table(std::slice::from_ref(&column), 30);
    agent.broken = vec![column.child(27).unwrap()];
    let (mut link, peer) = with(agent);
    let names: Vec<Oid> = (1..=30).map(|row| column.child(row).unwrap()).collect();
    let outcome = link.ask(peer, Operation::Get(names));
    let error = outcome.result.unwrap_err();
    assert_eq!(
        error,
        RequestError::ErrorStatus {
            status: ErrorStatus::GenErr,
            index: 1,
            name: Some(column.child(27).unwrap())
        }
    );
    assert_eq!(error.to_string(), "the agent answers genErr for 1.3.6.1.4.1.9.27");
    assert_eq!(outcome.partial.len(), 29);
}

#[test]
fn gen_err_that_names_nothing_is_narrowed_down_to_the_object_by_halving() {
    let column = oid!("1.3.6.1.4.1.9");
    let mut agent = Agent::table(std::slice::from_ref(&column), 16);
    agent.broken = vec![column.child(6).unwrap()];
    agent.blames_nobody = true;
    let (mut link, peer) = with(agent);
    let names: Vec<Oid> = (1..=16).map(|row| column.child(row).unwrap()).collect();
    let outcome = link.ask(peer, Operation::Get(names));
    let RequestError::ErrorStatus { status, name, .. } = outcome.result.unwrap_err() else { panic!() };
    assert_eq!((status, name), (ErrorStatus::GenErr, Some(column.child(6).unwrap())));
    assert_eq!(outcome.partial.len(), 15);
    assert!(!outcome.partial.iter().any(|read| read.name == column.child(6).unwrap()));
}

#[test]
fn an_agent_that_stumbles_over_every_name_is_not_asked_for_all_of_them() {
    let column = oid!("1.3.6.1.4.1.9");
    let mut agent = Agent::table(std::slice::from_ref(&column), 200);
    agent.broken = (1..=200).map(|row| column.child(row).unwrap()).collect();
    agent.blames_nobody = true;
    let names = agent.broken.clone();
    let (mut link, peer) = with(agent);
    assert!(link.ask(peer, Operation::Get(names)).partial.is_empty());
    assert!(link.sent.len() < 40);
}

#[test]
fn get_bulk_is_handed_on_as_given_and_asks_for_less_when_it_must() {
    let columns = [oid!("1.3.6.1.4.1.9"), oid!("1.3.6.1.4.1.10")];
    let mut agent = Agent::table(&columns, 9);
    agent.bulk_limit = 7;
    let (mut link, peer) = with(agent);
    let names = vec![columns[0].clone(), columns[0].clone(), columns[1].clone()];
    let bulk =
        |max_repetitions| Operation::GetBulk { non_repeaters: 1, max_repetitions, names: names.clone() };
    let read = link.read(peer, bulk(8)); // 8, 4, 2: 1 + 2 × 2
    assert_eq!(values(&read), [1, 1, 1, 2, 2].map(Value::Integer));
    assert_eq!(link.sent.len(), 3);
    let (mut old, peer) = with_v1(Agent::table(&columns, 9));
    let now = old.now();
    assert_eq!(old.manager.request(now, peer, bulk(8)), Err(ApiMisuse::NotInVersion1));
}

#[test]
fn set_writes_once_and_says_what_the_agent_answered() {
    let agent = Rc::new(RefCell::new(printer()));
    let mut link = link();
    let at = Rc::clone(&agent);
    let address = link.host(AGENT, move |_, bytes| at.borrow_mut().answer(bytes));
    let peer = link.peer(address, Credentials::v2c("private"));
    let written = link.read(peer, Operation::Set(vec![VarBind::new(NAME, Value::from("hall"))]));
    assert_eq!(written, [VarBind::new(NAME, Value::from("hall"))]);
    assert_eq!(agent.borrow().objects[&NAME], Value::from("hall"));
}

#[test]
fn a_set_without_an_answer_is_not_sent_again_unless_wanted() {
    for (again, expected) in [(false, 1), (true, 4)] {
        let options = PeerOptions { retransmit_set: again, ..PeerOptions::default() };
        let (mut link, peer) = with_options(printer(), options);
        link.fate = Box::new(|_| Fate::IsLost);
        let error = link.fail(peer, Operation::Set(vec![VarBind::new(NAME, Value::from("hall"))]));
        assert_eq!(error, RequestError::Timeout { attempts: expected, garbage: None });
        assert_eq!(link.sent.len(), expected as usize);
    }
}

#[test]
fn a_list_of_another_length_or_about_other_names_is_a_protocol_error() {
    type Bend = fn(&mut Vec<VarBind>);
    let cases: [(Bend, ProtocolError); 3] = [
        (|list| drop(list.pop()), ProtocolError::VarBindCount { expected: 2, found: 1 }),
        (|list| list.push(VarBind::unspecified(NAME)), ProtocolError::VarBindCount { expected: 2, found: 3 }),
        (|list| list.swap(0, 1), ProtocolError::OtherName { position: 1 }),
    ];
    for (bend, expected) in cases {
        let mut link = link();
        let address =
            link.host(AGENT, move |_, bytes| vec![link::bent(bytes, |pdu| bend(&mut pdu.varbinds))]);
        let peer = link.peer(address, Credentials::v2c("public"));
        let error = link.fail(peer, Operation::Get(vec![NAME, DESCR]));
        assert_eq!(error, RequestError::Protocol(expected));
    }
}

#[test]
fn what_stands_behind_the_bindings_asked_for_is_left_out_where_that_is_wanted() {
    let (mut link, peer) = with(printer());
    let asked = [
        Operation::Get(vec![NAME, DESCR]),
        Operation::GetNext(vec![DESCR, UPTIME]),
        // More rows than one answer has.
        Operation::Walk(oid!("1.3.6.1.2.1.1")),
        Operation::Table(vec![oid!("1.3.6.1.2.1.1.1"), oid!("1.3.6.1.2.1.1")]),
    ];
    let right = asked.map(|operation| (operation.clone(), link.read(peer, operation)));
    let mut agent = printer();
    let address = link.host("192.0.2.8:161", move |_, bytes| {
        let more = |answer: Vec<u8>| {
            let mut message = CommunityMessage::from_bytes(&answer, &Limits::default()).unwrap();
            let CommunityPdu::Pdu(pdu) = &mut message.pdu else { panic!("no response") };
            pdu.varbinds.push(VarBind::new(NOWHERE, Value::from("invented")));
            message.to_bytes()
        };
        agent.answer(bytes).into_iter().map(more).collect()
    });
    let options = PeerOptions { drop_surplus_bindings: true, ..PeerOptions::default() };
    let bent = link.peer_with(address, Credentials::v2c("public"), options);
    for (operation, expected) in right {
        assert_eq!(link.read(bent, operation.clone()), expected, "{operation:?}");
    }
}

#[test]
fn a_column_without_end_is_left_at_the_limit_of_rows_and_the_others_are_read() {
    let (long, short) = (oid!("1.3.6.1.4.1.99999.1"), oid!("1.3.6.1.4.1.99999.2"));
    let row = |column: &Oid, row| (column.child(row).unwrap(), Value::Integer(1));
    let rows = (1..=900).map(|number| row(&long, number)).chain((1..=60).map(|number| row(&short, number)));
    let options = PeerOptions { max_rows: 100, ..PeerOptions::default() };
    let (mut link, peer) = with_options(Agent::new(rows), options);
    let completed = link.ask(peer, Operation::Table(vec![long.clone(), short.clone()]));
    assert_eq!(completed.result, Err(RequestError::WalkTooLong { limit: 100 }));
    let count = |column: &Oid| completed.partial.iter().filter(|read| read.name.starts_with(column)).count();
    assert_eq!(count(&short), 60);
    assert!((100..200).contains(&count(&long)), "{}", count(&long));
}

#[test]
fn misuse_is_refused_and_changes_nothing() {
    let (mut link, peer) = with(printer());
    let now = link.now();
    let mut ask = |operation| link.manager.request(now, peer, operation);
    assert_eq!(ask(Operation::Get(Vec::new())), Err(ApiMisuse::NoNames));
    assert_eq!(ask(Operation::Set(vec![VarBind::new(NAME, Value::NoSuchObject)])), Err(ApiMisuse::NotAValue));
    assert!(matches!(ask(Operation::Table(vec![NAME; 1_000])), Err(ApiMisuse::TooManyNames { .. })));
    link.manager.remove_peer(peer);
    assert_eq!(link.manager.request(now, peer, Operation::Get(vec![NAME])), Err(ApiMisuse::UnknownPeer));
    assert_eq!(link.manager.poll_output(), None);
    assert_eq!(link.manager.next_deadline(), None);
}

#[test]
fn outcomes_that_nobody_takes_bound_what_is_accepted() {
    let config = ManagerConfig { max_pending: 3, ..ManagerConfig::default() };
    let mut link = Link::new(config, CryptoProvider::none());
    let peer = link.peer(AGENT.parse().unwrap(), Credentials::v2c("public"));
    let now = link.now();
    let get = || Operation::Get(vec![NAME]);
    let first = link.manager.request(now, peer, get()).unwrap();
    link.manager.request(now, peer, get()).unwrap();
    link.manager.request(now, peer, get()).unwrap();
    assert_eq!(link.manager.request(now, peer, get()), Err(ApiMisuse::TooManyRequests { limit: 3 }));
    link.manager.cancel(first);
    assert!(link.manager.request(now, peer, get()).is_err(), "the outcome was not taken yet");
    while link.manager.poll_output().is_some() {}
    assert!(link.manager.request(now, peer, get()).is_ok());
}

#[test]
fn a_cancelled_request_ends_at_once_and_its_late_answer_is_dropped() {
    let (mut link, peer) = with(printer());
    let id = link.request(peer, Operation::Get(vec![NAME]));
    link.run_for(ms(1));
    link.manager.cancel(id);
    link.run_until_idle();
    assert_eq!(link.completed(id).result, Err(RequestError::Cancelled));
    assert_eq!(link.manager.stats().unmatched, 1);
    link.manager.cancel(id);
    assert_eq!(link.manager.poll_output(), None);
}

#[test]
fn removing_a_peer_cancels_what_it_was_asked_and_sends_nothing_more() {
    let (mut link, peer) = with(printer());
    let ids: Vec<_> = (0..5).map(|_| link.request(peer, Operation::Get(vec![NAME]))).collect();
    link.run_for(ms(1));
    link.manager.remove_peer(peer);
    link.run_until_idle();
    for id in ids {
        assert_eq!(link.completed(id).result, Err(RequestError::Cancelled));
    }
    assert_eq!(link.sent.len(), 2, "the window of one peer");
    assert_eq!(link.manager.in_flight(), 0);
}

#[test]
fn an_unreachable_host_fails_at_once() {
    let (mut link, peer) = with(printer());
    let id = link.request(peer, Operation::Get(vec![NAME]));
    let now = link.now();
    link.manager.handle_unreachable(now, "192.0.2.77:161".parse().unwrap());
    link.manager.handle_unreachable(now, AGENT.parse().unwrap());
    link.run_until_idle();
    assert_eq!(link.completed(id).result, Err(RequestError::Unreachable));
}

#[test]
fn all_requests_of_a_peer_are_cancelled_at_once_and_those_of_others_go_on() {
    let (mut link, peer) = with(printer());
    let other = {
        let mut agent = printer();
        let address = link.host("192.0.2.77:161", move |_, bytes| agent.answer(bytes));
        link.peer(address, Credentials::v2c("public"))
    };
    let now = link.now();
    let name = oid!("1.3.6.1.2.1.1.5.0");
    let cancelled: Vec<_> =
        (0..5).map(|_| link.manager.get(now, peer, vec![name.clone()]).unwrap()).collect();
    let kept = link.manager.walk(now, other, oid!("1.3.6.1.2.1.1")).unwrap();
    link.manager.cancel_peer(peer);
    assert_eq!(link.manager.requests_pending(), 1);
    link.run_until_idle();
    for id in cancelled {
        assert_eq!(link.completed(id).result, Err(RequestError::Cancelled));
    }
    assert!(link.completed(kept).result.is_ok());
    assert!(link.ask(peer, Operation::Get(vec![name])).result.is_ok());
}
