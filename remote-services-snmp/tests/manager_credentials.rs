//! Several credentials for one device: which one is used, when the next one is tried, and what never happens.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use link::agent::Agent;
use link::secure::{AUTH, PRIVACY, SecureAgent, USER, credentials};
use link::{AGENT, Fate, Link};
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::{
    ApiMisuse, CredentialSet, Credentials, ManagerConfig, Operation, PeerId, PeerOptions, Protection,
    RequestError,
};
use remote_services_snmp::message::{CommunityMessageRef, V3MessageRef, Version};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const UP_TIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
const LOCATION: Oid = oid!("1.3.6.1.2.1.1.6.0");

fn agent() -> Agent {
    Agent::new([(UP_TIME, Value::TimeTicks(7)), (LOCATION, Value::from("lobby"))])
}

fn lobby() -> Vec<VarBind> {
    vec![VarBind::new(LOCATION, Value::from("lobby"))]
}

fn get() -> Operation {
    Operation::Get(vec![LOCATION])
}

fn right() -> Credentials {
    credentials(USER, Some(AUTH), Some(PRIVACY))
}

/// An agent that speaks SNMPv3, and v2c or v1 with this community only.
fn host(link: &mut Link, community: Option<(i32, &'static str)>, secure: bool) -> Rc<RefCell<SecureAgent>> {
    let shared = Rc::new(RefCell::new(SecureAgent::new(agent(), Some(AUTH), Some(PRIVACY))));
    let v3 = shared.clone();
    let mut plain = agent();
    link.host(AGENT, move |now, bytes| match CommunityMessageRef::decode(bytes, &Limits::default()) {
        Ok(asked) => {
            let version = if asked.version == Version::V1 { 0 } else { 1 };
            let known = community.is_some_and(|(v, name)| v == version && name.as_bytes() == asked.community);
            if known { plain.answer(bytes) } else { Vec::new() }
        }
        Err(_) if secure => v3.borrow_mut().answer(now, bytes),
        Err(_) => Vec::new(),
    });
    shared
}

fn link_with(list: Vec<Credentials>, floor: Protection) -> (Link, PeerId) {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let set = CredentialSet::new(list.into_iter().map(Arc::new).collect(), floor).unwrap();
    let peer = link.manager.add_peer_with_set(AGENT.parse().unwrap(), &set, PeerOptions::default()).unwrap();
    (link, peer)
}

fn is_version3(bytes: &[u8]) -> bool {
    V3MessageRef::decode(bytes, &Limits::default()).is_ok()
}

fn ladder() -> Vec<Credentials> {
    vec![right(), Credentials::v2c("wrong"), Credentials::v2c("public"), Credentials::v1("public")]
}

#[test]
fn the_first_credentials_that_are_answered_are_used_and_remembered() {
    for (community, secure, expected) in
        [(Some((1, "public")), true, 0), (Some((1, "public")), false, 2), (Some((0, "public")), false, 3)]
    {
        let (mut link, peer) = link_with(ladder(), Protection::V1);
        host(&mut link, community, secure);
        let outcome = link.ask(peer, get());
        assert_eq!((outcome.result, outcome.credentials), (Ok(lobby()), expected));
        assert_eq!(link.manager.credentials(peer), Some(expected));
        let before = link.sent.len();
        assert_eq!(link.read(peer, get()), lobby());
        assert_eq!(link.sent.len(), before + 1, "what worked is asked with at once");
    }
}

#[test]
fn a_refusal_that_nobody_proves_moves_on_no_sooner_than_silence_does() {
    let wrong = || credentials("nobody", Some(AUTH), Some(PRIVACY));
    let bad_password = || credentials(USER, Some("another password"), Some(PRIVACY));
    let (mut link, peer) = link_with(vec![wrong(), bad_password(), right()], Protection::AuthPriv);
    host(&mut link, None, true);
    let start = link.now();
    let outcome = link.ask(peer, get());
    assert_eq!((outcome.result, outcome.credentials), (Ok(lobby()), 2));
    let PeerOptions { timeout, trial_retries: 1, .. } = PeerOptions::default() else { panic!("one retry") };
    assert!(link.now().saturating_since(start) >= 2 * (timeout + 2 * timeout));
    // probe, unknown user twice, wrong digest twice, time, trial, get: the engine's name is learnt once.
    assert_eq!(link.sent.len(), 8);
}

#[test]
fn when_none_works_the_error_says_what_the_host_said_and_a_dead_host_is_a_time_out() {
    let list = || vec![credentials(USER, Some("another password"), Some(PRIVACY)), Credentials::v2c("wrong")];
    let (mut link, peer) = link_with(list(), Protection::V1);
    host(&mut link, Some((1, "public")), true);
    assert_eq!(link.fail(peer, get()), RequestError::AuthenticationFailed);
    assert_eq!(link.manager.credentials(peer), None);

    let (mut link, peer) = link_with(list(), Protection::V1);
    let [first, second] = [link.request(peer, get()), link.request(peer, get())];
    link.run_until_idle();
    for id in [first, second] {
        assert!(matches!(link.completed(id).result, Err(RequestError::Timeout { garbage: None, .. })));
    }
    // Each of both twice, for both requests together.
    assert_eq!(link.sent.len(), 4);
    let id = link.request(peer, get());
    link.manager.handle_unreachable(link.now(), AGENT.parse().unwrap());
    link.run_until_idle();
    assert_eq!(link.completed(id).result, Err(RequestError::Unreachable));
}

#[test]
fn nothing_weaker_than_the_floor_can_be_configured_and_nothing_weaker_than_what_worked_is_sent() {
    let list = ladder().into_iter().map(Arc::new).collect();
    let refused = CredentialSet::new(list, Protection::AuthNoPriv).err();
    assert_eq!(refused, Some(ApiMisuse::BelowFloor { position: 1 }));
    assert_eq!(CredentialSet::new(Vec::new(), Protection::V1).err(), Some(ApiMisuse::NoCredentials));

    let (mut link, peer) = link_with(ladder(), Protection::V1);
    host(&mut link, Some((1, "public")), true);
    assert_eq!(link.read(peer, get()), lobby());
    // Somebody on the way lets SNMPv3 through no more.
    link.sent.clear();
    link.fate = Box::new(|packet| if is_version3(&packet.bytes) { Fate::IsLost } else { Fate::Arrives });
    for _ in 0..3 {
        assert!(link.ask(peer, get()).result.is_err());
    }
    assert!(link.sent.iter().all(|packet| is_version3(&packet.bytes)));
}

#[test]
fn credentials_that_were_changed_on_the_device_are_found_again() {
    let list = vec![Credentials::v2c("old"), Credentials::v2c("new")];
    let (mut link, peer) = link_with(list, Protection::V2c);
    host(&mut link, Some((1, "old")), false);
    assert_eq!(link.read(peer, get()), lobby());
    host(&mut link, Some((1, "new")), false);
    assert!(matches!(link.fail(peer, get()), RequestError::Timeout { .. }));
    let outcome = link.ask(peer, get());
    assert_eq!((outcome.result, outcome.credentials), (Ok(lobby()), 1));
}

#[test]
fn what_worked_can_be_kept_over_a_restart() {
    let (mut link, peer) = link_with(ladder(), Protection::V1);
    host(&mut link, Some((1, "public")), false);
    link.manager.prefer_credentials(peer, 2).unwrap();
    assert_eq!(link.ask(peer, get()).credentials, 2);
    assert_eq!(link.sent.len(), 2);
    assert_eq!(link.manager.prefer_credentials(peer, 9), Err(ApiMisuse::NoCredentials));
}

#[test]
fn a_set_is_written_once_however_many_credentials_are_tried() {
    let (mut link, peer) = link_with(ladder(), Protection::V1);
    let agent = host(&mut link, Some((1, "public")), false);
    drop(agent);
    let write = VarBind::new(LOCATION, Value::from("attic"));
    assert_eq!(link.read(peer, Operation::Set(vec![write.clone()])), vec![write]);
    let writes = link.sent.iter().filter(|packet| packet.bytes.windows(5).any(|octets| octets == b"attic"));
    assert_eq!(writes.count(), 1);
}

#[test]
fn a_peer_that_turns_out_to_speak_version_1_is_walked_by_getnext_and_asked_no_bulk() {
    let (mut link, peer) = link_with(ladder(), Protection::V1);
    host(&mut link, Some((0, "public")), false);
    assert_eq!(link.read(peer, Operation::Walk(LOCATION.parent().unwrap())), lobby());
    let bulk = Operation::GetBulk { non_repeaters: 0, max_repetitions: 5, names: vec![LOCATION] };
    assert_eq!(link.fail(peer, bulk), RequestError::NotInVersion1);
    assert_eq!(link.read(peer, get()), lobby());
}
