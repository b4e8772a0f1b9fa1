//! SNMPv3: discovery, time, reports and what no unauthenticated word may do.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use link::agent::Agent;
use link::secure::{AUTH, PRIVACY, SecureAgent, USER, credentials, engine_id};
use link::{AGENT, Fate, Link, MANAGER};
use remote_services_snmp::crypto::{AuthProtocol, CryptoError, CryptoProvider, PrivProtocol, rustcrypto};
use remote_services_snmp::engine::{
    ApiMisuse, Credentials, ManagerConfig, Operation, PeerId, PeerOptions, ProtocolError, RequestError,
};
use remote_services_snmp::usm::{AuthorityClock, EngineTime, KeyCache, SecurityLevel, User};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");

type Shared = Rc<RefCell<SecureAgent>>;

fn get() -> Operation {
    Operation::Get(vec![NAME])
}

fn lobby() -> Vec<VarBind> {
    vec![VarBind::new(NAME, Value::from("lobby"))]
}

/// An agent whose user has these passwords, and a peer that asks with the right ones.
fn pair(auth: Option<&str>, privacy: Option<&str>) -> (Link, PeerId, Shared) {
    let (mut link, agent) = engine(auth, privacy);
    let peer = link.peer(AGENT.parse().unwrap(), credentials(USER, auth, privacy));
    (link, peer, agent)
}

fn engine(auth: Option<&str>, privacy: Option<&str>) -> (Link, Shared) {
    let agent = SecureAgent::new(Agent::new([(NAME, Value::from("lobby"))]), auth, privacy);
    let agent = Rc::new(RefCell::new(agent));
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let at = Rc::clone(&agent);
    link.host(AGENT, move |now, bytes| at.borrow_mut().answer(now, bytes));
    (link, agent)
}

#[test]
fn every_security_level_reads() {
    for (auth, privacy, messages) in [(None, None, 2), (Some(AUTH), None, 3), (Some(AUTH), Some(PRIVACY), 3)]
    {
        let (mut link, peer, _) = pair(auth, privacy);
        assert_eq!(link.read(peer, get()), lobby());
        // Probe, for the time if it matters, get; then the get alone.
        assert_eq!(link.sent.len(), messages);
        assert_eq!(link.read(peer, get()), lobby());
        assert_eq!(link.sent.len(), messages + 1);
    }
}

#[test]
fn rfc3414_4_discovery_is_shared_by_all_requests_that_wait() {
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    let ids: Vec<_> = (0..10).map(|_| link.request(peer, get())).collect();
    link.run_until_idle();
    for id in ids {
        assert_eq!(link.completed(id).result, Ok(lobby()));
    }
    assert_eq!(link.sent.len(), 12);
}

#[test]
fn walks_and_sets_work_encrypted() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    let column = oid!("1.3.6.1.4.1.9");
    agent.borrow_mut().agent = Agent::table(std::slice::from_ref(&column), 100);
    assert_eq!(link.read(peer, Operation::Walk(column)).len(), 100);
    link.read(peer, Operation::Set(vec![VarBind::new(NAME, Value::from("hall"))]));
    assert_eq!(agent.borrow().agent.objects[&NAME], Value::from("hall"));
}

#[test]
fn losses_during_discovery_are_made_good() {
    for lost in 0..6 {
        let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
        let count = Cell::new(0);
        link.fate = Box::new(move |_| {
            count.set(count.get() + 1);
            if count.get() == lost + 1 { Fate::IsLost } else { Fate::Arrives }
        });
        assert_eq!(link.read(peer, get()), lobby());
    }
}

#[test]
fn a_dead_host_fails_every_request_that_waited_for_the_discovery() {
    let (mut link, peer, _) = pair(Some(AUTH), None);
    link.fate = Box::new(|_| Fate::IsLost);
    let ids: Vec<_> = (0..3).map(|_| link.request(peer, get())).collect();
    link.run_until_idle();
    for id in ids {
        assert_eq!(link.completed(id).result, Err(RequestError::Timeout { attempts: 4, garbage: None }));
    }
    assert_eq!(link.sent.len(), 4);
    link.fate = Box::new(|_| Fate::Arrives);
    assert_eq!(link.read(peer, get()), lobby());
}

#[test]
fn manager_resynchronises_after_agent_reboot() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    assert_eq!(link.read(peer, get()), lobby());
    agent.borrow_mut().reboot(link.now());
    assert_eq!(link.read(peer, get()), lobby());
    assert_eq!(link.sent.len(), 5); // probe, unsynchronised, get; stale get, get
    assert_eq!(link.manager.stats().resynchronised, 1);
}

#[test]
fn local_time_goes_on_by_itself_so_that_a_pause_costs_nothing() {
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    link.run_for(Duration::from_secs(100_000));
    link.read(peer, get());
    assert_eq!(link.sent.len(), 4);
}

#[test]
fn rfc3414_3_2_7_an_unauthenticated_report_does_not_move_the_clock() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    let before = link.manager.engine(peer).unwrap().time.unwrap();
    {
        let mut agent = agent.borrow_mut();
        agent.reports_in_clear = true;
        agent.clock = AuthorityClock::new(1_000_000, Duration::ZERO);
    }
    assert_eq!(link.fail(peer, get()), RequestError::NotInTimeWindow);
    assert_eq!(link.manager.stats().unauthenticated_time, 4);
    assert_eq!(link.manager.stats().resynchronised, 0);
    // What was believed is forgotten, and nothing of the report took its place.
    assert_eq!(link.manager.engine(peer).unwrap().time, None);
    assert_eq!(before.boots, 7);
}

#[test]
fn an_engine_that_lost_count_of_its_boots_is_refused_once_and_then_asked_anew() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    agent.borrow_mut().clock = AuthorityClock::new(2, link.now().since_start());
    assert_eq!(link.fail(peer, get()), RequestError::NotInTimeWindow);
    assert!(link.manager.stats().not_in_time > 0);
    assert_eq!(link.read(peer, get()), lobby());
}

#[test]
fn a_replaced_engine_is_discovered_anew() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    agent.borrow_mut().replace_engine(engine_id(2));
    link.sent.clear();
    assert_eq!(link.read(peer, get()), lobby());
    assert_eq!(link.sent.len(), 3); // stale get, unsynchronised, get
    assert_eq!(link.manager.engine(peer).unwrap().engine_id, engine_id(2));
}

#[test]
fn an_engine_id_that_changes_with_every_message_is_a_protocol_error() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    let next = Cell::new(2_u8);
    let at = Rc::clone(&agent);
    link.host(AGENT, move |now, bytes| {
        next.set(next.get().wrapping_add(1));
        at.borrow_mut().replace_engine(engine_id(next.get()));
        at.borrow_mut().answer(now, bytes)
    });
    assert_eq!(link.fail(peer, get()), RequestError::Protocol(ProtocolError::EngineIdChanges));
    assert!(link.sent.len() < 10);
}

#[test]
fn each_refusal_is_told_apart() {
    let cases = [
        (credentials("nobody", Some(AUTH), Some(PRIVACY)), RequestError::UnknownUser),
        (credentials(USER, Some("other password"), Some(PRIVACY)), RequestError::AuthenticationFailed),
        (credentials(USER, Some(AUTH), Some("other password")), RequestError::DecryptionFailed),
    ];
    for (wrong, expected) in cases {
        let (mut link, _) = engine(Some(AUTH), Some(PRIVACY));
        let peer = link.peer(AGENT.parse().unwrap(), wrong);
        assert_eq!(link.fail(peer, get()), expected);
    }
    let (mut link, _) = engine(Some(AUTH), None);
    let peer = link.peer(AGENT.parse().unwrap(), credentials(USER, Some(AUTH), Some(PRIVACY)));
    assert_eq!(link.fail(peer, get()), RequestError::UnsupportedSecurityLevel);
}

#[test]
fn a_context_that_the_agent_does_not_know_is_said_so() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    agent.borrow_mut().context = b"fax".to_vec();
    assert_eq!(link.fail(peer, get()), RequestError::UnknownContext);
}

#[test]
fn an_agent_that_proves_its_key_and_then_says_nothing_is_told_apart_from_a_dead_one() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    agent.borrow_mut().agent.is_mute = true;
    assert_eq!(link.fail(peer, get()), RequestError::SilentAfterDiscovery { attempts: 4 });
    agent.borrow_mut().agent.is_mute = false;
    assert_eq!(link.read(peer, get()), lobby());
    agent.borrow_mut().agent.is_mute = true;
    assert_eq!(link.fail(peer, get()), RequestError::Timeout { attempts: 4, garbage: None });
}

#[test]
fn rfc3412_7_2_12_data_from_another_level_engine_context_or_user_is_dropped() {
    type Bend =
        fn(&mut remote_services_snmp::usm::Envelope<'_>, &mut remote_services_snmp::message::ScopedPdu);
    let bends: [Bend; 6] = [
        |envelope, _| envelope.level = SecurityLevel::NoAuthNoPriv,
        |envelope, _| envelope.level = SecurityLevel::AuthNoPriv,
        |_, scoped| scoped.context_engine_id.push(1),
        |_, scoped| scoped.context_name = b"other".to_vec(),
        |envelope, _| envelope.user_name = b"somebody",
        |_, scoped| scoped.pdu.request_id ^= 1,
    ];
    for bend in bends {
        let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
        link.read(peer, get());
        agent.borrow_mut().bend = Box::new(bend);
        let error = link.fail(peer, get());
        assert_eq!(error, RequestError::Timeout { attempts: 4, garbage: None });
        assert_eq!(link.manager.stats().mismatched, 4);
    }
}

#[test]
fn rfc3414_3_2_6_an_answer_with_one_wrong_bit_anywhere_is_dropped() {
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    let bit = Rc::new(Cell::new(0_usize));
    let flipped = Rc::clone(&bit);
    link.fate = Box::new(|_| Fate::Arrives);
    let agent = {
        let agent = SecureAgent::new(Agent::new([(NAME, Value::from("lobby"))]), Some(AUTH), Some(PRIVACY));
        Rc::new(RefCell::new(agent))
    };
    link.host(AGENT, move |now, bytes| {
        let mut answers = agent.borrow_mut().answer(now, bytes);
        let octets = &mut answers[0];
        let at = flipped.get() % (octets.len() * 8);
        octets[at / 8] ^= 1 << (at % 8);
        answers
    });
    let now = link.now();
    for at in (0..1_600).step_by(7) {
        bit.set(at);
        let id = link.manager.request(now, peer, get()).unwrap();
        link.run_for(Duration::from_millis(100));
        assert!(link.done.is_empty(), "bit {at} went unnoticed: {:?}", link.done);
        link.manager.cancel(id);
        link.run_for(Duration::from_millis(1));
        link.completed(id);
    }
}

#[test]
fn rfc3414_3_2_7_b_2_a_replayed_answer_is_dropped() {
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    let recorded = Rc::new(RefCell::new(Vec::new()));
    let tape = Rc::clone(&recorded);
    link.fate = Box::new(move |packet| {
        if packet.to == MANAGER.parse().unwrap() {
            tape.borrow_mut().clone_from(&packet.bytes);
        }
        Fate::Arrives
    });
    link.read(peer, get());
    let old = recorded.borrow().clone();
    let unmatched = link.manager.stats().unmatched;
    let id = link.request(peer, get());
    link.inject(AGENT.parse().unwrap(), old);
    link.run_until_idle();
    assert_eq!(link.completed(id).result, Ok(lobby()));
    assert_eq!(link.manager.stats().unmatched, unmatched + 1);
}

#[test]
fn what_was_learnt_of_an_engine_can_be_kept_over_a_restart() {
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    let record = link.manager.engine(peer).unwrap();
    assert_eq!(record.time, Some(EngineTime { boots: 7, time: 1_000 }));

    let again = link.peer(AGENT.parse().unwrap(), credentials(USER, Some(AUTH), Some(PRIVACY)));
    let now = link.now();
    link.manager.restore_engine(now, again, &record).unwrap();
    link.sent.clear();
    assert_eq!(link.read(again, get()), lobby());
    assert_eq!(link.sent.len(), 1);

    // An old record costs one message, since the agent says what time it is.
    let third = link.peer(AGENT.parse().unwrap(), credentials(USER, Some(AUTH), Some(PRIVACY)));
    let mut old = record;
    old.time = Some(EngineTime { boots: 6, time: 5_000_000 });
    link.manager.restore_engine(now, third, &old).unwrap();
    link.sent.clear();
    assert_eq!(link.read(third, get()), lobby());
    assert_eq!(link.sent.len(), 2);
}

#[test]
fn a_small_msg_max_size_of_the_peer_splits_what_is_asked() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    agent.borrow_mut().bend = Box::new(|envelope, _| envelope.max_size = 484);
    link.read(peer, get());
    let column = oid!("1.3.6.1.4.1.11111.22222.33333.44444.55555.66666.77777.88888");
    let names: Vec<Oid> = (1..=24).map(|row| column.child(row).unwrap()).collect();
    link.sent.clear();
    let read = link.read(peer, Operation::Get(names));
    assert_eq!(read.len(), 24);
    assert!(link.sent.len() > 1 && link.sent.iter().all(|packet| packet.bytes.len() <= 484));
}

#[test]
fn credentials_that_no_agent_could_accept_are_refused() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let at = AGENT.parse().unwrap();
    let mut add = |credentials| link.manager.add_peer(at, credentials, PeerOptions::default());
    assert_eq!(add(credentials(USER, Some("seven77"), None)), Err(ApiMisuse::PasswordTooShort));
    assert_eq!(add(credentials(USER, Some(AUTH), Some("seven77"))), Err(ApiMisuse::PasswordTooShort));
    assert_eq!(add(credentials(USER, None, Some(PRIVACY))), Err(ApiMisuse::PrivacyWithoutAuthentication));
    assert_eq!(add(credentials("", None, None)), Err(ApiMisuse::NameLength));
    assert_eq!(add(credentials(&"n".repeat(33), None, None)), Err(ApiMisuse::NameLength));
    let long =
        Credentials::V3 { user: USER.into(), auth: None, privacy: None, context_name: "c".repeat(256) };
    assert_eq!(add(long), Err(ApiMisuse::NameLength));
    let mut poor = Link::new(ManagerConfig::default(), CryptoProvider::none());
    for (auth, privacy) in [(Some(AUTH), None), (Some(AUTH), Some(PRIVACY))] {
        let refused = poor.manager.add_peer(at, credentials(USER, auth, privacy), PeerOptions::default());
        assert!(matches!(refused, Err(ApiMisuse::Crypto(_))));
    }
}

#[test]
fn keys_localised_elsewhere_read_without_a_password_and_from_their_engine_only() {
    let auth = Some((AuthProtocol::HmacSha256, AUTH.as_bytes()));
    let privacy = Some((PrivProtocol::Aes128, PRIVACY.as_bytes()));
    let user = User::new(&rustcrypto(), &mut KeyCache::new(), USER.as_bytes(), auth, privacy).unwrap();
    for (keys_for, expected) in
        [(1, Ok(lobby())), (2, Err(RequestError::Crypto(CryptoError::NoKeyForEngine)))]
    {
        let keys = user.export_localized_keys(&rustcrypto(), engine_id(keys_for)).unwrap();
        let keys = vec![Arc::new(keys)];
        let imported = Credentials::V3Localized { user: USER.into(), keys, context_name: String::new() };
        let (mut link, _) = engine(Some(AUTH), Some(PRIVACY));
        let peer = link.peer(AGENT.parse().unwrap(), imported);
        assert_eq!(link.ask(peer, get()).result, expected);
    }
}

#[test]
fn engines_that_became_known_or_rebooted_are_told_once_each() {
    let (mut link, peer, agent) = pair(Some(AUTH), None);
    link.read(peer, get());
    let (told, record) = link.manager.poll_engine().unwrap();
    assert_eq!((told, record.engine_id, record.time.unwrap().boots), (peer, engine_id(1), 7));
    link.read(peer, get());
    assert_eq!(link.manager.poll_engine(), None);
    agent.borrow_mut().reboot(link.now());
    link.read(peer, get());
    assert_eq!(link.manager.poll_engine().unwrap().1.time.unwrap().boots, 8);
    assert_eq!(link.manager.poll_engine(), None);
}

#[test]
fn users_of_one_address_share_what_is_known_of_its_engine() {
    let (mut link, first, _agent) = pair(Some(AUTH), None);
    link.read(first, get());
    let second = link.peer(AGENT.parse().unwrap(), credentials(USER, Some(AUTH), None));
    link.sent.clear();
    assert_eq!(link.read(second, get()), lobby());
    assert_eq!(link.sent.len(), 1, "neither probe nor synchronisation");
}
