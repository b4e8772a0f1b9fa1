//! §4.2.2, and §4.2.3 by reference: names increase, or a walk would never end; endOfMibView is the only exception there.

use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    Completed, Credentials, ManagerConfig, Operation, PeerOptions, ProtocolError, RequestError,
};
use remote_services_snmp::{Oid, Value, oid};

use super::link::agent::Agent;
use super::link::{AGENT, Link};

const COLUMN: Oid = oid!("1.3.6.1.4.1.9.1");

/// R60.
#[test]
fn rfc3416_4_2_2_a_walk_ends_at_a_name_that_repeats_or_goes_round_in_a_circle() {
    let row = |row: u32| COLUMN.child(row).unwrap();
    for avoid_bulk in [false, true] {
        for (from, to) in [(3, 3), (3, 2), (4, 1)] {
            let mut agent = Agent::table(&[COLUMN], 9);
            agent.next_is.insert(row(from), row(to));
            let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
            let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
            let options = PeerOptions { avoid_bulk, ..PeerOptions::default() };
            let peer = link.peer_with(address, Credentials::v2c("public"), options);
            let outcome = link.ask(peer, Operation::Walk(COLUMN));
            let error = RequestError::OidNotIncreasing { previous: row(from), returned: row(to) };
            assert_eq!(outcome.result, Err(error));
            assert_eq!(outcome.partial.len(), from as usize);
        }
    }
}

/// What comes of a walk over three rows where the agent has this in place of endOfMibView.
fn walked(end: &Value, credentials: Credentials, options: PeerOptions, operation: Operation) -> Completed {
    let mut agent = Agent::table(&[COLUMN], 3);
    agent.end = end.clone();
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
    let peer = link.peer_with(address, credentials, options);
    link.ask(peer, operation)
}

#[test]
fn rfc3416_4_2_2_no_such_object_and_instance_are_no_end_unless_the_quirk_says_so() {
    let refused = Err(RequestError::Protocol(ProtocolError::NoSuchForNext));
    for end in [Value::NoSuchObject, Value::NoSuchInstance] {
        for avoid_bulk in [false, true] {
            let options = PeerOptions { avoid_bulk, ..PeerOptions::default() };
            let quirk = PeerOptions { no_such_ends_walks: true, ..options.clone() };
            let community = || Credentials::v2c("public");
            for operation in [Operation::Walk(COLUMN), Operation::Table(vec![COLUMN])] {
                let outcome = walked(&end, community(), options.clone(), operation.clone());
                assert_eq!((&outcome.result, outcome.partial.len()), (&refused, 3), "{end:?} {operation:?}");
                let outcome = walked(&end, community(), quirk.clone(), operation);
                assert_eq!(outcome.result.map(|read| read.len()), Ok(3));
            }
            let last = COLUMN.child(3).unwrap();
            let next = Operation::GetNext(vec![last.clone()]);
            assert_eq!(walked(&end, community(), options, next.clone()).result, refused);
            let read = walked(&end, community(), quirk, next).result.unwrap();
            assert_eq!((&read[0].name, &read[0].value), (&last, &Value::EndOfMibView));
        }
    }
}

/// An agent that mistakes GETBULK for GET has rows all the same: nothing may be taken for absent.
#[test]
fn rfc3416_4_2_3_a_subtree_answered_with_no_such_object_is_an_error_and_not_an_empty_one() {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let mut agent = Agent::new([]);
    agent.end = Value::NoSuchObject;
    let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
    let peer = link.peer(address, Credentials::v2c("public"));
    let outcome = link.ask(peer, Operation::Walk(COLUMN));
    assert_eq!(outcome.result, Err(RequestError::Protocol(ProtocolError::NoSuchForNext)));
}

/// RFC 1157 §4.1.3 has no exceptions: noSuchName is the end; RFC 3416 §3 keeps it for proxies.
#[test]
fn rfc3416_3_no_such_name_ends_a_walk_in_every_version() {
    for credentials in [Credentials::v1("public"), Credentials::v2c("public")] {
        let mut agent = Agent::table(&[COLUMN], 3);
        let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
        // As a proxy in front of an SNMPv1 agent that hands its errors on unchanged.
        let address = link.host(AGENT, move |_, bytes| agent.answer_as_version1(bytes));
        let peer = link.peer(address, credentials);
        let outcome = link.ask(peer, Operation::Walk(COLUMN));
        assert_eq!(outcome.result.map(|read| read.len()), Ok(3));
    }
}
