//! Our manager and our responder on a wire made of data, in every version, over a bad network.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::cell::RefCell;
use std::rc::Rc;

use link::secure::{AUTH, PRIVACY, USER, credentials, engine_id};
use link::{AGENT, Fate, Link, dice, ms};
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::engine::{Credentials, Instant, ManagerConfig, Operation, PeerOptions};
use remote_services_snmp::usm::{KeyCache, SecurityLevel, User};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const COLUMNS: [Oid; 2] = [oid!("1.3.6.1.4.1.9.1"), oid!("1.3.6.1.4.1.9.2")];
const WIDE: Oid = oid!("1.3.6.1.4.1.9.3");

fn cells(column: &Oid, rows: u32) -> Vec<VarBind> {
    (1..=rows)
        .map(|row| VarBind::new(column.child(row).unwrap(), Value::Counter64(u64::MAX - u64::from(row))))
        .collect()
}

fn responder(boots: u32, now: Instant) -> Responder {
    let auth = Some((AuthProtocol::HmacSha256, AUTH.as_bytes()));
    let privacy = Some((PrivProtocol::Aes128, PRIVACY.as_bytes()));
    let user = User::new(&rustcrypto(), &mut KeyCache::new(), USER.as_bytes(), auth, privacy).unwrap();
    let config = ResponderConfig::new(engine_id(1), boots)
        .community("public", Access::Read)
        .user(user, Access::Read, SecurityLevel::AuthPriv)
        .max_message_size(1_472);
    Responder::new(config, &rustcrypto(), now, dice(5)).unwrap()
}

/// A link with a responder on it, whose boots can be raised from outside.
fn link() -> (Link, Rc<RefCell<Responder>>) {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let responder = Rc::new(RefCell::new(responder(1, link.now())));
    let mut table = SortedTable::new();
    for cell in COLUMNS.iter().flat_map(|column| cells(column, 70)) {
        table.insert(cell.name, cell.value);
    }
    for row in 1..=12 {
        table.insert(WIDE.child(row).unwrap(), Value::OctetString(vec![b'w'; 400]));
    }
    let shared = Rc::clone(&responder);
    link.host(AGENT, move |now, bytes| {
        let from = link::MANAGER.parse().unwrap();
        shared.borrow_mut().handle_datagram(now, from, bytes, &mut table).into_iter().collect()
    });
    (link, responder)
}

fn ways_in() -> [Credentials; 2] {
    [Credentials::v2c("public"), credentials(USER, Some(AUTH), Some(PRIVACY))]
}

#[test]
fn a_table_comes_whole_over_a_network_that_loses_repeats_and_delays() {
    for (seed, credentials) in (1..).zip(ways_in()) {
        let (mut link, _) = link();
        let mut random = dice(seed);
        link.fate = Box::new(move |_| match random() % 10 {
            0 | 1 => Fate::IsLost,
            2 => Fate::ArrivesTwice,
            3 => Fate::IsLate(ms(1_300)),
            _ => Fate::Arrives,
        });
        let options = PeerOptions { retries: 12, ..PeerOptions::default() };
        let peer = link.peer_with(AGENT.parse().unwrap(), credentials, options);
        let read = link.read(peer, Operation::Table(COLUMNS.to_vec()));
        assert_eq!(read, COLUMNS.iter().flat_map(|column| cells(column, 70)).collect::<Vec<_>>());
        assert!(link.manager.stats().retransmitted > 0);
    }
}

#[test]
fn answers_too_big_for_the_responder_are_asked_for_in_parts() {
    for credentials in ways_in() {
        let (mut link, _) = link();
        let peer = link.peer(AGENT.parse().unwrap(), credentials);
        let names: Vec<Oid> = (1..=12).map(|row| WIDE.child(row).unwrap()).collect();
        let read = link.read(peer, Operation::Get(names.clone()));
        assert_eq!(read.iter().map(|varbind| varbind.name.clone()).collect::<Vec<_>>(), names);
        assert!(
            read.iter().all(|varbind| varbind.value.as_bytes().is_some_and(|octets| octets.len() == 400))
        );
        assert_eq!(link.read(peer, Operation::Walk(WIDE)).len(), 12);
    }
}

#[test]
fn version_1_does_not_see_what_it_has_no_type_for() {
    let (mut link, _) = link();
    let peer = link.peer(AGENT.parse().unwrap(), Credentials::v1("public"));
    let first = COLUMNS[0].child(1).unwrap();
    let read = link.read(peer, Operation::Get(vec![first, WIDE.child(1).unwrap()]));
    assert_eq!(read[0].value, Value::NoSuchInstance);
    assert!(read[1].value.as_bytes().is_some());
    assert_eq!(link.read(peer, Operation::Walk(COLUMNS[0].clone())), []);
}

#[test]
fn a_restart_in_the_middle_of_a_walk_is_followed() {
    let (mut link, engine) = link();
    let options = PeerOptions { bulk_varbinds: 5, ..PeerOptions::default() };
    let peer = link.peer_with(AGENT.parse().unwrap(), credentials(USER, Some(AUTH), Some(PRIVACY)), options);
    let walk = link.request(peer, Operation::Walk(COLUMNS[0].clone()));
    link.run_for(ms(75));
    assert!(link.done.is_empty(), "the walk is under way");
    *engine.borrow_mut() = responder(2, link.now());
    link.run_until_idle();
    assert_eq!(link.completed(walk).result.unwrap(), cells(&COLUMNS[0], 70));
    assert_eq!(link.manager.stats().resynchronised, 1);
}
