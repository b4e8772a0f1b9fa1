//! Giving up: a request that waits, one under way, one that is over, a walk in the middle.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::cell::RefCell;
use std::rc::Rc;

use link::agent::Agent;
use link::secure::{AUTH, PRIVACY, SecureAgent, USER, credentials};
use link::{AGENT, Link, ms};
use remote_services_snmp::crypto::{CryptoProvider, rustcrypto};
use remote_services_snmp::engine::{
    Credentials, ManagerConfig, Operation, PeerId, PeerOptions, RequestError,
};
use remote_services_snmp::{Oid, Value, oid};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const COLUMN: Oid = oid!("1.3.6.1.4.1.9.1");

fn get() -> Operation {
    Operation::Get(vec![NAME])
}

fn printer() -> Agent {
    let mut agent = Agent::table(&[COLUMN], 1_000);
    agent.objects.insert(NAME, Value::from("lobby"));
    agent
}

/// A printer that is asked one thing at a time.
fn with(config: ManagerConfig) -> (Link, PeerId) {
    let mut link = Link::new(config, CryptoProvider::none());
    let mut agent = printer();
    let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
    let options = PeerOptions { window: 1, ..PeerOptions::default() };
    let peer = link.peer_with(address, Credentials::v2c("public"), options);
    (link, peer)
}

#[test]
fn a_request_that_waits_for_its_turn_is_never_sent_and_the_others_keep_theirs() {
    let (mut link, peer) = with(ManagerConfig::default());
    let ids: Vec<_> = (0..3).map(|_| link.request(peer, get())).collect();
    link.manager.cancel(ids[1]);
    link.run_until_idle();
    assert_eq!(link.completed(ids[1]).result, Err(RequestError::Cancelled));
    assert!(link.completed(ids[0]).result.is_ok() && link.completed(ids[2]).result.is_ok());
    assert_eq!(link.sent.len(), 2);
}

#[test]
fn a_request_that_waits_for_the_packet_rate_is_never_sent() {
    let (mut link, peer) =
        with(ManagerConfig { packets_per_second: 1, burst: 1, ..ManagerConfig::default() });
    let first = link.request(peer, get());
    link.run_for(ms(100));
    let second = link.request(peer, get());
    link.manager.cancel(second);
    link.run_until_idle();
    assert!(link.completed(first).result.is_ok());
    assert_eq!(link.completed(second).result, Err(RequestError::Cancelled));
    assert_eq!(link.sent.len(), 1);
}

#[test]
fn what_is_under_way_makes_room_for_the_next_at_once() {
    let (mut link, peer) = with(ManagerConfig::default());
    let (first, second) = (link.request(peer, get()), link.request(peer, get()));
    link.run_for(ms(1));
    assert_eq!((link.sent.len(), link.manager.in_flight()), (1, 1));
    link.manager.cancel(first);
    link.run_for(ms(1));
    assert_eq!((link.sent.len(), link.manager.in_flight()), (2, 1));
    link.run_until_idle();
    assert_eq!(link.completed(first).result, Err(RequestError::Cancelled));
    assert!(link.completed(second).result.is_ok());
    assert_eq!(link.manager.stats().unmatched, 1, "the answer to the first is dropped");
    assert_eq!(link.manager.stats().retransmitted, 0);
}

#[test]
fn a_request_that_is_over_stays_as_it_ended() {
    let (mut link, peer) = with(ManagerConfig::default());
    let id = link.request(peer, get());
    link.run_until_idle();
    link.manager.cancel(id);
    link.manager.cancel(id);
    assert_eq!(link.manager.poll_output(), None);
    assert!(link.completed(id).result.is_ok());
    // Neither does its handle mean the next request, which may take its place.
    let next = link.request(peer, get());
    link.manager.cancel(id);
    link.run_until_idle();
    assert!(link.completed(next).result.is_ok());
}

#[test]
fn a_walk_stops_where_it_is_and_gives_what_was_read() {
    let (mut link, peer) = with(ManagerConfig::default());
    let walk = link.request(peer, Operation::Walk(COLUMN));
    // An answer takes 10 ms.
    link.run_for(ms(55));
    let sent = link.sent.len();
    link.manager.cancel(walk);
    link.run_until_idle();
    let outcome = link.completed(walk);
    assert_eq!(outcome.result, Err(RequestError::Cancelled));
    assert_eq!(outcome.partial.len(), 40 * (sent - 1));
    assert!(outcome.partial.len() >= 200, "{}", outcome.partial.len());
    assert_eq!(link.sent.len(), sent, "nothing more is asked");
    assert_eq!((link.manager.in_flight(), link.manager.requests_pending()), (0, 0));
}

#[test]
fn who_waits_for_a_discovery_may_give_up_and_leave_it_to_the_others() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let agent = Rc::new(RefCell::new(SecureAgent::new(printer(), Some(AUTH), Some(PRIVACY))));
    let address = link.host(AGENT, move |now, bytes| agent.borrow_mut().answer(now, bytes));
    let peer = link.peer(address, credentials(USER, Some(AUTH), Some(PRIVACY)));
    let (first, second) = (link.request(peer, get()), link.request(peer, get()));
    link.run_for(ms(1));
    link.manager.cancel(first);
    link.run_until_idle();
    assert_eq!(link.completed(first).result, Err(RequestError::Cancelled));
    assert!(link.completed(second).result.is_ok());
}
