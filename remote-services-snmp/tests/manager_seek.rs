//! Peers that are sought: flat waits, word of the first silence, and an end of both with the first answer.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::time::Duration;

use link::agent::Agent;
use link::{AGENT, Fate, Link, ms};
use remote_services_snmp::crypto::{AuthProtocol, CryptoProvider, rustcrypto};
use remote_services_snmp::engine::{
    ApiMisuse, Credentials, ManagerConfig, Operation, PeerId, RequestError, RequestId, Seek,
};
use remote_services_snmp::{Oid, Value, oid};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const SEEK: Seek = Seek { wait: ms(700), attempts: 3 };

fn question() -> Operation {
    Operation::Get(vec![NAME])
}

fn sought(link: &mut Link, credentials: Credentials) -> PeerId {
    let peer = link.peer(AGENT.parse().unwrap(), credentials);
    link.manager.seek(peer, SEEK).unwrap();
    peer
}

/// How long after each datagram the next one left.
fn gaps(link: &Link) -> Vec<Duration> {
    link.sent.windows(2).map(|pair| pair[1].at.saturating_since(pair[0].at)).collect()
}

fn silent(link: &mut Link) -> Vec<RequestId> {
    std::iter::from_fn(|| link.manager.poll_silent()).collect()
}

#[test]
fn nobody_is_waited_for_the_same_time_after_each_attempt_and_the_first_silence_is_told_once() {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let peer = sought(&mut link, Credentials::v2c("public"));
    let start = link.now();
    let id = link.request(peer, question());
    link.run_for(ms(690));
    assert_eq!(silent(&mut link), []);
    link.run_for(ms(90));
    assert_eq!((silent(&mut link), link.sent.len()), (vec![id], 2));
    link.run_until_idle();
    assert_eq!(link.completed(id).result, Err(RequestError::Timeout { attempts: 3, garbage: None }));
    assert_eq!(silent(&mut link), []);
    assert!(gaps(&link).iter().all(|gap| (ms(700)..=ms(770)).contains(gap)), "{:?}", gaps(&link));
    let whole = link.now().saturating_since(start);
    assert!((ms(2_100)..=ms(2_310)).contains(&whole), "{whole:?}");
}

#[test]
fn who_takes_a_while_is_heard_by_its_answer_to_the_first_datagram() {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let mut agent = Agent::new([(NAME, Value::from("lobby"))]);
    link.host(AGENT, move |_, bytes| agent.answer(bytes));
    link.latency = ms(750);
    let peer = sought(&mut link, Credentials::v2c("public"));
    let start = link.now();
    let answer = link.read(peer, question());
    assert_eq!(answer[0].value, Value::from("lobby"));
    assert!(link.sent.iter().filter(|packet| packet.at.saturating_since(start) < ms(1_500)).count() >= 2);
}

#[test]
fn after_its_first_answer_a_peer_is_asked_as_its_options_say_and_its_silence_is_nobodys_business() {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let mut agent = Agent::new([(NAME, Value::from("lobby"))]);
    link.host(AGENT, move |_, bytes| agent.answer(bytes));
    let peer = sought(&mut link, Credentials::v2c("public"));
    link.read(peer, question());
    link.fate = Box::new(|_| Fate::IsLost);
    link.sent.clear();
    link.fail(peer, question());
    assert_eq!((silent(&mut link), link.sent.len()), (Vec::new(), 4));
    assert!(gaps(&link)[1] >= ms(2_000), "{:?}", gaps(&link));
}

#[test]
fn with_one_attempt_the_end_is_the_only_word_and_what_is_over_is_not_told_of() {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let peer = link.peer(AGENT.parse().unwrap(), Credentials::v2c("public"));
    link.manager.seek(peer, Seek { attempts: 1, ..SEEK }).unwrap();
    link.fail(peer, question());
    assert_eq!((silent(&mut link), link.sent.len()), (Vec::new(), 1));

    link.manager.seek(peer, SEEK).unwrap();
    let id = link.request(peer, question());
    link.run_for(ms(800));
    link.manager.cancel(id);
    assert_eq!(silent(&mut link), []);
    link.manager.remove_peer(peer);
    assert_eq!(link.manager.seek(peer, SEEK), Err(ApiMisuse::UnknownPeer));
}

#[test]
fn a_silent_engine_is_told_of_by_the_requests_that_wait_for_its_name() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let auth = Some((AuthProtocol::HmacSha256, "a long password".into()));
    let credentials =
        Credentials::V3 { user: "monitor".into(), auth, privacy: None, context_name: String::new() };
    let peer = sought(&mut link, credentials);
    let id = link.request(peer, question());
    link.run_for(ms(800));
    assert_eq!(silent(&mut link), [id]);
    link.run_until_idle();
    assert_eq!(link.completed(id).result, Err(RequestError::Timeout { attempts: 3, garbage: None }));
    assert_eq!(link.sent.len(), 3);
}
