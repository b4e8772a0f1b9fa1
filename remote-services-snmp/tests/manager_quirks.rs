//! A peer with bent values is understood when its options name the quirk, and only then.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use link::agent::Agent;
use link::{AGENT, Link};
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{Credentials, ManagerConfig, Operation, PeerOptions, RequestError};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const PAGES: Oid = oid!("1.3.6.1.2.1.43.10.2.1.4.1.1");

/// An agent that sends 2^32 as a Counter32, and a peer with these options.
fn asked(options: PeerOptions) -> Result<Vec<VarBind>, RequestError> {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let mut agent = Agent::new([(PAGES, Value::Counter64(1 << 32))]);
    let address = link.host(AGENT, move |_, bytes| {
        let mut replies = agent.answer(bytes);
        for reply in &mut replies {
            let tag = reply.len() - 7;
            assert_eq!(reply[tag..], [0x46, 5, 1, 0, 0, 0, 0]);
            reply[tag] = 0x41;
        }
        replies
    });
    let peer = link.peer_with(address, Credentials::v2c("public"), options);
    link.ask(peer, Operation::Get(vec![PAGES])).result
}

#[test]
fn a_counter_beyond_its_type_is_refused_by_default() {
    let error = asked(PeerOptions::default()).unwrap_err();
    assert!(error.to_string().contains("out of range"), "{error}");
}

#[test]
fn a_counter_beyond_its_type_is_handed_out_whole_when_the_peer_s_options_say_so() {
    let mut options = PeerOptions::default();
    options.quirks.oversized_unsigned = true;
    assert_eq!(asked(options).unwrap(), [VarBind::new(PAGES, Value::Counter64(1 << 32))]);
}

#[test]
fn another_quirk_does_not_help() {
    let mut options = PeerOptions::default();
    options.quirks.negative_unsigned = true;
    assert!(asked(options).is_err());
}
