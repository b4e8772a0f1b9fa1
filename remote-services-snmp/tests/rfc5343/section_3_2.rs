//! §3.2: discovery of an engine's ID in the context of localEngineID.

use std::cell::RefCell;
use std::rc::Rc;

use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::{LOCAL_ENGINE_ID, ManagerConfig, Operation, PeerOptions};
use remote_services_snmp::usm::EngineId;
use remote_services_snmp::{Oid, Value, VarBind, oid};

use super::link::agent::Agent;
use super::link::secure::{AUTH, PRIVACY, SecureAgent, USER, credentials, engine_id};
use super::link::{AGENT, Link};

const SNMP_ENGINE_ID: Oid = oid!("1.3.6.1.6.3.10.2.1.1.0");

/// R38.
#[test]
fn rfc5343_3_2_snmp_engine_id_is_read_in_the_context_of_the_local_engine() {
    let id = engine_id(1).as_slice().to_vec();
    let mut agent =
        SecureAgent::new(Agent::new([(SNMP_ENGINE_ID, Value::OctetString(id))]), Some(AUTH), Some(PRIVACY));
    let contexts = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&contexts);
    agent.bend = Box::new(move |_, scoped| seen.borrow_mut().push(scoped.context_engine_id.clone()));
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let address = link.host(AGENT, move |now, bytes| agent.answer(now, bytes));
    let options =
        PeerOptions { context_engine_id: EngineId::new(&LOCAL_ENGINE_ID).ok(), ..PeerOptions::default() };
    let peer = link.peer_with(address, credentials(USER, Some(AUTH), Some(PRIVACY)), options);
    let read = link.read(peer, Operation::Get(vec![SNMP_ENGINE_ID]));
    assert_eq!(read, [VarBind::new(SNMP_ENGINE_ID, Value::OctetString(engine_id(1).as_slice().to_vec()))]);
    // The last answer echoes the context that was asked; before are the reports of the discovery.
    assert_eq!(contexts.borrow().last().unwrap(), &LOCAL_ENGINE_ID);
}

/// R38.
#[test]
fn rfc5343_3_2_an_answer_from_another_context_engine_is_dropped() {
    let mut agent = SecureAgent::new(Agent::new([(SNMP_ENGINE_ID, Value::Integer(1))]), Some(AUTH), None);
    agent.bend = Box::new(|_, scoped| scoped.context_engine_id = engine_id(1).as_slice().to_vec());
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let address = link.host(AGENT, move |now, bytes| agent.answer(now, bytes));
    let options = PeerOptions { context_engine_id: Some(engine_id(9)), ..PeerOptions::default() };
    let peer = link.peer_with(address, credentials(USER, Some(AUTH), None), options);
    assert!(link.ask(peer, Operation::Get(vec![SNMP_ENGINE_ID])).result.is_err());
    assert_eq!(link.manager.stats().mismatched, 4);
}
