//! Many devices, one thread, one GET of six objects a poll.
use std::time::{Duration, Instant};

use remote_services_snmp::Oid;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::blocking::ManagerDriver;
use remote_services_snmp::driver::tokio::ManagerHandle;
use remote_services_snmp::driver::{SocketOptions, os_random};
use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, Operation, PeerOptions};

use crate::agent::{Agent, POLLED};
use crate::cpu;

pub(crate) fn run(who: &str, devices: usize, polls: usize) {
    let agent = Agent::start();
    match who {
        "ours" => blocking(&agent, devices, polls, true),
        "ours-one-by-one" => blocking(&agent, devices, polls, false),
        "ours-tokio" => runtime().block_on(tasks(&agent, devices, polls)),
        #[cfg(feature = "peers")]
        "snmp2" => runtime().block_on(crate::snmp2_client::fleet(agent.address, devices, polls)),
        _ => panic!("unknown client {who}"),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn manager() -> Manager {
    let config = ManagerConfig { packets_per_second: 10_000_000, burst: 10_000, ..ManagerConfig::default() };
    Manager::new(config, CryptoProvider::none(), os_random()).expect("randomness")
}

fn names() -> Vec<Oid> {
    POLLED.iter().map(|name| name.parse().expect("an OID")).collect()
}

fn blocking(agent: &Agent, devices: usize, polls: usize, batches: bool) {
    let options = SocketOptions { batches, ..SocketOptions::default() };
    let local = "127.0.0.1:0".parse().expect("an address");
    let mut driver = ManagerDriver::bind_with(local, manager(), &options).expect("a socket");
    let credentials = std::sync::Arc::new(Credentials::v2c("public"));
    let peers: Vec<_> = (0..devices)
        .map(|_| driver.add_peer(agent.address, credentials.clone(), PeerOptions::default()).expect("a peer"))
        .collect();
    let names = names();
    let run = Run::start();
    let mut left = devices * (polls - 1);
    for peer in &peers {
        driver.submit(*peer, Operation::Get(names.clone())).expect("a request");
    }
    while let Some(outcome) = driver.next(Duration::from_secs(30)).expect("the socket works") {
        assert_eq!(outcome.result.expect("an answer").len(), names.len());
        if left > 0 {
            left -= 1;
            driver.submit(outcome.peer, Operation::Get(names.clone())).expect("a request");
        }
    }
    run.end(devices * polls, driver.manager().stats().retransmitted);
}

async fn tasks(agent: &Agent, devices: usize, polls: usize) {
    let handle =
        ManagerHandle::bind("127.0.0.1:0".parse().expect("an address"), manager()).expect("a socket");
    let credentials = std::sync::Arc::new(Credentials::v2c("public"));
    let mut peers = Vec::new();
    for _ in 0..devices {
        let added = handle.add_peer(agent.address, credentials.clone(), PeerOptions::default()).await;
        peers.push(added.expect("a peer"));
    }
    let run = Run::start();
    let tasks: Vec<_> = peers
        .into_iter()
        .map(|peer| {
            let handle = handle.clone();
            tokio::spawn(async move {
                let names = names();
                for _ in 0..polls {
                    let read = handle.call(peer, Operation::Get(names.clone())).await.expect("an answer");
                    assert_eq!(read.len(), names.len());
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    run.end(devices * polls, handle.stats().await.expect("it runs").retransmitted);
}

/// Memory of so many sessions of one process, each of which was asked once.
pub(crate) fn sessions(devices: usize) {
    let agent = Agent::start();
    let local = "127.0.0.1:0".parse().expect("an address");
    let mut driver = ManagerDriver::bind(local, manager()).expect("a socket");
    let credentials = std::sync::Arc::new(Credentials::v2c("public"));
    let before = cpu::memory();
    let peers: Vec<_> = (0..devices)
        .map(|_| driver.add_peer(agent.address, credentials.clone(), PeerOptions::default()).expect("a peer"))
        .collect();
    let names = names();
    for peer in &peers {
        driver.submit(*peer, Operation::Get(names.clone())).expect("a request");
    }
    // With a request of each waiting, and those that may be on their way.
    let waiting = cpu::memory();
    let mut answered = 0;
    while let Some(outcome) = driver.next(Duration::from_secs(30)).expect("the socket works") {
        answered += usize::from(outcome.result.is_ok());
    }
    println!("{}", waiting.saturating_sub(before) / devices);
    println!("{answered}");
}

/// From the first poll to the last.
pub(crate) struct Run {
    clock: Instant,
    cpu: Duration,
}

impl Run {
    pub(crate) fn start() -> Self {
        Self { clock: Instant::now(), cpu: cpu::time() }
    }

    pub(crate) fn end(self, polls: usize, sent_again: u64) {
        let used = cpu::time() - self.cpu;
        println!("{:.0}", polls as f64 / self.clock.elapsed().as_secs_f64());
        println!("{:.0}", used.as_secs_f64() * 1e9 / polls as f64);
        println!("{sent_again}");
    }
}
