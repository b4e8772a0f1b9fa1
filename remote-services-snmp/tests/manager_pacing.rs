//! The site's budget: windows and packet rate are kept, and nobody starves.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use link::agent::Agent;
use link::{Fate, Link, MANAGER, ms};
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{Credentials, Instant, ManagerConfig, Operation, PeerOptions};
use remote_services_snmp::{Oid, Value, oid};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");

fn address(device: u16) -> String {
    format!("192.0.2.{}:{}", device % 250 + 2, 1_000 + device)
}

/// So many devices, of which every third is dead, each asked `each` times.
fn site(config: ManagerConfig, devices: u16, each: usize, latency: Duration) -> Link {
    let mut link = Link::new(config, CryptoProvider::none());
    link.latency = latency;
    for device in 0..devices {
        let mut agent = Agent::new([(NAME, Value::from("lobby"))]);
        let at: SocketAddr = match device % 3 {
            0 => address(device).parse().unwrap(),
            _ => link.host(&address(device), move |_, bytes| agent.answer(bytes)),
        };
        let peer = link.peer_with(
            at,
            Credentials::v2c("public"),
            PeerOptions { retries: 1, ..PeerOptions::default() },
        );
        for _ in 0..each {
            link.request(peer, Operation::Get(vec![NAME]));
        }
    }
    link
}

#[test]
fn the_packet_rate_is_never_exceeded_retransmissions_included() {
    let config =
        ManagerConfig { packets_per_second: 50, burst: 10, max_in_flight: 1_000, ..ManagerConfig::default() };
    let mut link = site(config, 300, 2, ms(5));
    link.run_until_idle();
    assert_eq!(link.done.len(), 600);
    assert!(link.manager.stats().retransmitted > 100);
    let times: Vec<Instant> = link.sent.iter().map(|packet| packet.at).collect();
    // In any second: the rate and one burst at most; from any packet to the 60 after it that takes a second.
    for window in times.windows(62) {
        assert!(window[61].saturating_since(window[0]) >= Duration::from_secs(1));
    }
    let whole = times[times.len() - 1].saturating_since(times[0]).as_secs_f64();
    assert!((times.len() as f64) <= 50.0 * whole + 10.0 + 1.0);
}

#[test]
fn neither_the_window_of_a_peer_nor_that_of_the_site_is_exceeded() {
    let config = ManagerConfig {
        packets_per_second: 100_000,
        burst: 100_000,
        max_in_flight: 16,
        ..ManagerConfig::default()
    };
    let mut link = site(config, 60, 10, ms(20));
    let mut most = 0;
    while link.manager.requests_pending() > 0 {
        link.run_for(ms(7));
        most = most.max(link.manager.in_flight());
    }
    assert_eq!(most, 16);
    // What a device sees: never a third question before one of two has been answered or given up.
    let mut open: BTreeMap<SocketAddr, Vec<Instant>> = BTreeMap::new();
    for packet in &link.sent {
        let sent = open.entry(packet.to).or_default();
        sent.retain(|at| packet.at.saturating_since(*at) < ms(40));
        sent.push(packet.at);
        assert!(sent.len() <= 2);
    }
    assert_eq!(link.done.len(), 600);
}

#[test]
fn a_long_walk_does_not_keep_others_waiting() {
    let column = oid!("1.3.6.1.4.1.9");
    let config = ManagerConfig { max_in_flight: 1, ..ManagerConfig::default() };
    let mut link = Link::new(config, CryptoProvider::none());
    let mut agent = Agent::table(std::slice::from_ref(&column), 10_000);
    let big = link.host("192.0.2.2:161", move |_, bytes| agent.answer(bytes));
    let mut agent = Agent::new([(NAME, Value::from("lobby"))]);
    let small = link.host("192.0.2.3:161", move |_, bytes| agent.answer(bytes));
    let big = link.peer(big, Credentials::v2c("public"));
    let small = link.peer(small, Credentials::v2c("public"));
    let walk = link.request(big, Operation::Walk(column));
    link.run_for(ms(100));
    let get = link.request(small, Operation::Get(vec![NAME]));
    link.run_for(ms(100));
    assert!(link.completed(get).result.is_ok());
    link.run_until_idle();
    assert_eq!(link.completed(walk).result.unwrap().len(), 10_000);
}

#[test]
fn silent_devices_cost_those_behind_them_packets_but_not_their_time_outs() {
    for silent in [256_u16, 1_000, 10_000] {
        let config = ManagerConfig::default();
        let (rate, burst) = (config.packets_per_second as usize, config.burst as usize);
        let mut link = Link::new(config, CryptoProvider::none());
        let ask = |link: &mut Link, at: SocketAddr| {
            let peer = link.peer(at, Credentials::v2c("public"));
            link.request(peer, Operation::Get(vec![NAME]))
        };
        let start = link.now();
        for device in 0..silent {
            ask(&mut link, address(device).parse().unwrap());
        }
        let mut agent = Agent::new([(NAME, Value::from("lobby"))]);
        let at = link.host("198.51.100.1:161", move |_, bytes| agent.answer(bytes));
        let last = ask(&mut link, at);
        let mut most = 0;
        while !link.done.iter().any(|completed| completed.id == last) {
            link.run_for(ms(50));
            most = most.max(link.manager.in_flight());
        }
        assert_eq!((link.completed(last).result.is_ok(), most), (true, 256));
        // The window is new each second, and half of the packets are for new questions.
        let took = link.now().saturating_since(start);
        assert!(took < ms(2_000) + ms(1_000) * silent.into() / 230, "{silent} silent: {took:?}");
        link.run_until_idle();
        assert_eq!((link.done.len(), link.sent.len()), (silent.into(), 4 * usize::from(silent) + 1));
        for window in link.sent.windows(rate + burst + 1) {
            assert!(window[rate + burst].at.saturating_since(window[0].at) >= Duration::from_secs(1));
        }
    }
}

#[test]
fn repetitions_are_not_put_off_by_those_who_always_have_something_new_to_ask() {
    let config = ManagerConfig { packets_per_second: 100, burst: 1, ..ManagerConfig::default() };
    let mut link = Link::new(config, CryptoProvider::none());
    let column = oid!("1.3.6.1.4.1.9");
    let silent = link.peer("192.0.2.9:161".parse().unwrap(), Credentials::v2c("public"));
    let start = link.now();
    let given_up = link.request(silent, Operation::Get(vec![NAME]));
    for device in 0..20 {
        let mut agent = Agent::table(std::slice::from_ref(&column), 20_000);
        let at = link.host(&address(device), move |_, bytes| agent.answer(bytes));
        let peer = link.peer(at, Credentials::v2c("public"));
        link.request(peer, Operation::Walk(column.clone()));
    }
    while link.done.is_empty() {
        link.run_for(ms(100));
    }
    assert!(link.completed(given_up).result.is_err());
    // 1 + 2 + 4 + 8 s and a tenth.
    assert!(link.now().saturating_since(start) < ms(17_000));
}

#[test]
fn a_thousand_devices_share_a_manager_and_every_answer_finds_its_question() {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let mut asked = BTreeMap::new();
    for device in 0..1_000_u16 {
        let mut agent = Agent::new([(NAME, Value::Integer(device.into()))]);
        let at = link.host(&address(device), move |_, bytes| agent.answer(bytes));
        // A fifth of the exchanges is lost, so with fewer attempts some device would seem dead.
        let options = PeerOptions { retries: 9, ..PeerOptions::default() };
        let peer = link.peer_with(at, Credentials::v2c("public"), options);
        asked.insert(link.request(peer, Operation::Get(vec![NAME])), device);
    }
    let mut count = 0_u32;
    link.fate = Box::new(move |packet| {
        count += 1;
        match count % 10 {
            0 => Fate::IsLost,
            1 if packet.to == MANAGER.parse().unwrap() => Fate::IsLate(ms(700)),
            2 => Fate::ArrivesTwice,
            _ => Fate::Arrives,
        }
    });
    link.run_until_idle();
    let done: BTreeSet<_> = link.done.iter().map(|completed| completed.id).collect();
    assert_eq!(done.len(), 1_000);
    for completed in &link.done {
        let value = completed.result.as_ref().unwrap()[0].value.clone();
        assert_eq!(value, Value::Integer(asked[&completed.id].into()));
    }
}

#[test]
fn packets_of_the_callers_own_come_out_of_the_same_budget() {
    let config = ManagerConfig { packets_per_second: 10, burst: 2, ..ManagerConfig::default() };
    let mut link = site(config, 0, 0, ms(1));
    let at = |ms: u64| Instant::from_start(Duration::from_millis(ms));
    assert!(link.manager.take_packet(at(0)) && link.manager.take_packet(at(0)));
    assert!(!link.manager.take_packet(at(0)));
    assert_eq!(link.manager.next_packet(), Some(at(100)));
    let peer =
        link.peer_with("192.0.2.9:161".parse().unwrap(), Credentials::v2c("x"), PeerOptions::default());
    link.manager.request(at(0), peer, Operation::Get(vec![NAME])).unwrap();
    // The budget is spent, so the request waits for the next token.
    assert_eq!(link.manager.next_deadline(), Some(at(100)));
    assert!(link.manager.take_packet(at(150)));
}

#[test]
fn walks_take_turns_where_there_is_room_for_one_question_only() {
    let config = ManagerConfig { max_in_flight: 1, ..ManagerConfig::default() };
    let mut link = Link::new(config, CryptoProvider::none());
    let column = oid!("1.3.6.1.2.1.2.2.1.10");
    for device in 0..3 {
        let mut agent = Agent::table(std::slice::from_ref(&column), 400);
        let at = link.host(&address(device), move |_, bytes| agent.answer(bytes));
        let peer = link.peer(at, Credentials::v2c("public"));
        link.request(peer, Operation::Walk(column.clone()));
    }
    link.run_until_idle();
    assert_eq!(link.done.len(), 3);
    // Each has a message in every three until the ends, which differ by one at most.
    let asked: Vec<SocketAddr> = link.sent.iter().map(|packet| packet.to).collect();
    assert!(asked.len() > 30);
    assert!(
        asked[..asked.len() - 3].windows(3).all(|turn| BTreeSet::from_iter(turn).len() == 3),
        "{asked:?}"
    );
}
