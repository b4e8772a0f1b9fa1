//! Agents that blame the wrong name, and answers to GET that are no values.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use link::agent::Agent;
use link::{AGENT, Link, bent};
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    Credentials, ManagerConfig, Operation, PeerOptions, ProtocolError, RequestError,
};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu};
use remote_services_snmp::pdu::{ErrorStatus, PduKind};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const DESCR: Oid = oid!("1.3.6.1.2.1.1.1.0");
const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");

#[test]
fn a_name_that_an_error_index_blames_is_asked_alone_before_it_is_believed() {
    let names: Vec<Oid> = (1..=6).map(|row| oid!("1.3.6.1.4.1.9").child(row).unwrap()).collect();
    let objects = || names.iter().map(|name| (name.clone(), Value::from("there")));
    for (version1, lie) in [(false, 1), (false, 6), (true, 1), (true, 6)] {
        let mut agent = Agent::new(objects());
        match version1 {
            true => drop(agent.objects.remove(&names[2])),
            false => agent.broken = vec![names[2].clone()],
        }
        let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
        let address = link.host(AGENT, move |_, bytes| {
            let mut replies = agent.answer(bytes);
            for reply in &mut replies {
                let mut message = CommunityMessage::from_bytes(reply, &Limits::default()).unwrap();
                if let CommunityPdu::Pdu(pdu) = &mut message.pdu
                    && let PduKind::Response { status, error_index } = &mut pdu.kind
                    && *status != ErrorStatus::NoError
                {
                    *error_index = lie;
                }
                *reply = message.to_bytes();
            }
            replies
        });
        let credentials = if version1 { Credentials::v1("public") } else { Credentials::v2c("public") };
        let peer = link.peer(address, credentials);
        let completed = link.ask(peer, Operation::Get(names.clone()));
        let there = |row: usize| VarBind::new(names[row].clone(), Value::from("there"));
        if version1 {
            let mut expected: Vec<VarBind> = (0..6).map(there).collect();
            expected[2].value = Value::NoSuchInstance;
            assert_eq!(completed.result.unwrap(), expected);
        } else {
            let Err(RequestError::ErrorStatus { status, name, .. }) = completed.result else {
                panic!("no error")
            };
            assert_eq!((status, name.as_ref()), (ErrorStatus::GenErr, Some(&names[2])));
            assert_eq!(completed.partial, [0, 1, 3, 4, 5].map(there));
        }
        assert!(link.sent.len() <= 12, "{}", link.sent.len());
    }
}

#[test]
fn null_and_end_of_mib_view_are_no_values_to_a_get_unless_null_is_admitted() {
    for (value, admitted, good) in [
        (Value::Null, false, false),
        (Value::Null, true, true),
        (Value::EndOfMibView, false, false),
        (Value::EndOfMibView, true, false),
    ] {
        let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
        let given = value.clone();
        let address = link.host(AGENT, move |_, bytes| {
            vec![bent(bytes, |response| response.varbinds[1].value = given.clone())]
        });
        let options = PeerOptions { accept_null: admitted, ..PeerOptions::default() };
        let peer = link.peer_with(address, Credentials::v2c("public"), options);
        let result = link.ask(peer, Operation::Get(vec![NAME, DESCR])).result;
        if good {
            assert_eq!(result.unwrap()[1], VarBind::new(DESCR, value));
        } else {
            assert_eq!(result, Err(ProtocolError::NotAValue { position: 2 }.into()));
        }
    }
}
