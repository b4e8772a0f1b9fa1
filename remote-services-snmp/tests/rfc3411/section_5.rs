//! §5: SnmpEngineID.
use std::cell::RefCell;
use std::rc::Rc;

use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::{ManagerConfig, Operation, ProtocolError, RequestError};
use remote_services_snmp::oid;
use remote_services_snmp::usm::{EngineId, EngineIdError};

use crate::link::agent::Agent;
use crate::link::secure::{AUTH, SecureAgent, USER, credentials};
use crate::link::{AGENT, Link};

/// R35.
#[test]
fn rfc3411_5_an_engine_id_has_5_to_32_octets_and_some_content() {
    for (len, good) in [(0, false), (4, false), (5, true), (32, true), (33, false)] {
        assert_eq!(EngineId::new(&[7; 33][..len]).is_ok(), good, "{len}");
    }
    assert_eq!(EngineId::new(&[0; 12]), Err(EngineIdError::Reserved));
    assert_eq!(EngineId::new(&[0xff; 5]), Err(EngineIdError::Reserved));
}

/// R35.
#[test]
fn rfc3411_5_a_manager_takes_no_other_from_a_report() {
    for wrong in [&[][..], &[7; 4], &[0; 12], &[0xff; 32]] {
        let mut agent = SecureAgent::new(Agent::new([]), Some(AUTH), None);
        agent.bend = Box::new(move |envelope, _| envelope.engine_id = wrong);
        let agent = Rc::new(RefCell::new(agent));
        let mut link = Link::new(ManagerConfig::default(), rustcrypto());
        let address = link.host(AGENT, move |now, bytes| agent.borrow_mut().answer(now, bytes));
        let peer = link.peer(address, credentials(USER, Some(AUTH), None));
        let error = link.fail(peer, Operation::Get(vec![oid!("1.3.6.1.2.1.1.5.0")]));
        assert_eq!(error, RequestError::Protocol(ProtocolError::EngineId), "{wrong:02x?}");
    }
}
