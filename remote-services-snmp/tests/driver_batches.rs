//! Batches and one-by-one: two ways through the system, one behaviour.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::blocking::{self, ManagerDriver};
use remote_services_snmp::driver::tokio::ManagerHandle;
use remote_services_snmp::driver::{Clock, SocketOptions, bind, os_random};
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::engine::{
    Credentials, Manager, ManagerConfig, Operation, PeerOptions, RequestError,
};
use remote_services_snmp::usm::EngineId;
use remote_services_snmp::{Oid, Value, VarBind, oid};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const COLUMN: Oid = oid!("1.3.6.1.4.1.9");
/// More than one batch.
const DEVICES: u32 = 150;
const WAYS: [SocketOptions; 2] = [options(true), options(false)];

const fn options(batches: bool) -> SocketOptions {
    SocketOptions { batches, receive_buffer: 1 << 20 }
}

/// One responder that many peers stand for: an agent does not mind how often it is asked.
struct Served {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Served {
    fn new(local: &str) -> Option<Self> {
        let socket = bind(local.parse().unwrap()).ok()?;
        let address = socket.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let clock = Clock::start();
            let engine = EngineId::with_format(8072, 5, &[7]).unwrap();
            let config = ResponderConfig::new(engine, 1).community("public", Access::ReadWrite);
            let mut responder = Responder::new(config, &CryptoProvider::none(), clock.now(), 1).unwrap();
            let mut table = SortedTable::new();
            table.insert_writable(NAME, Value::from("lobby"));
            for row in 1..=50 {
                table.insert(COLUMN.child(row).unwrap(), Value::Gauge32(row));
            }
            blocking::serve(&socket, &mut responder, &mut table, clock, &stopped)
        });
        Some(Self { address, stop, thread: Some(thread) })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().unwrap().join();
        assert!(matches!(ended, Ok(Ok(()))) || std::thread::panicking(), "the responder failed");
    }
}

fn manager() -> Manager {
    let config = ManagerConfig { packets_per_second: 1_000_000, burst: 1_000, ..ManagerConfig::default() };
    Manager::new(config, CryptoProvider::none(), os_random())
}

fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[test]
fn a_blocking_driver_asks_more_devices_than_one_batch_holds() {
    let served = Served::new("127.0.0.1:0").unwrap();
    for way in &WAYS {
        let mut driver = ManagerDriver::bind_with(any_port(), manager(), way).unwrap();
        let mut asked = BTreeSet::new();
        for _ in 0..DEVICES {
            let peer =
                driver.add_peer(served.address, Credentials::v2c("public"), PeerOptions::default()).unwrap();
            asked.insert(driver.submit(peer, Operation::Get(vec![NAME])).unwrap());
        }
        while let Some(outcome) = driver.next(Duration::from_secs(20)).unwrap() {
            assert_eq!(outcome.result.unwrap(), [VarBind::new(NAME, Value::from("lobby"))]);
            assert!(asked.remove(&outcome.id));
        }
        assert!(asked.is_empty(), "{way:?}: {} without an outcome", asked.len());
        assert_eq!(driver.manager().stats().unmatched, 0);
    }
}

#[tokio::test]
async fn tasks_ask_more_devices_than_one_batch_holds() {
    let served = Served::new("127.0.0.1:0").unwrap();
    for way in &WAYS {
        let handle = ManagerHandle::bind_with(any_port(), manager(), way).unwrap();
        let mut tasks = Vec::new();
        for _ in 0..DEVICES {
            let peer = handle
                .add_peer(served.address, Credentials::v2c("public"), PeerOptions::default())
                .await
                .unwrap();
            let handle = handle.clone();
            tasks.push(tokio::spawn(async move { handle.call(peer, Operation::Walk(COLUMN)).await }));
        }
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap().len(), 50, "{way:?}");
        }
    }
}

#[test]
fn one_peer_without_a_way_there_costs_the_others_of_its_batch_nothing() {
    let served = Served::new("127.0.0.1:0").unwrap();
    for way in &WAYS {
        let mut driver = ManagerDriver::bind_with(any_port(), manager(), way).unwrap();
        let mut unreachable = BTreeSet::new();
        for number in 0..DEVICES {
            // An IPv4 socket has no way to an IPv6 address.
            let lost = number % 10 == 3;
            let address = if lost { "[::1]:161".parse().unwrap() } else { served.address };
            let peer = driver.add_peer(address, Credentials::v2c("public"), PeerOptions::default()).unwrap();
            let id = driver.submit(peer, Operation::Get(vec![NAME])).unwrap();
            if lost {
                unreachable.insert(id);
            }
        }
        let mut outcomes = 0;
        while let Some(outcome) = driver.next(Duration::from_secs(20)).unwrap() {
            outcomes += 1;
            match unreachable.contains(&outcome.id) {
                true => assert_eq!(outcome.result, Err(RequestError::Unreachable)),
                false => assert!(outcome.result.is_ok(), "{way:?}: {:?}", outcome.result),
            }
        }
        assert_eq!(outcomes, DEVICES);
        assert_eq!(driver.manager().stats().retransmitted, 0, "{way:?}");
    }
}

#[test]
fn what_the_system_grants_for_answers_bounds_the_requests_in_flight() {
    let silent = UdpSocket::bind(any_port()).unwrap();
    let tight = SocketOptions { receive_buffer: 20_000, ..SocketOptions::default() };
    let mut driver = ManagerDriver::bind_with(any_port(), manager(), &tight).unwrap();
    for _ in 0..DEVICES {
        let peer = driver
            .add_peer(silent.local_addr().unwrap(), Credentials::v2c("public"), PeerOptions::default())
            .unwrap();
        driver.submit(peer, Operation::Get(vec![NAME])).unwrap();
    }
    // Systems round the buffer up, none by a factor of ten.
    let in_flight = driver.manager().in_flight();
    assert!((1..100).contains(&in_flight), "{in_flight} in flight");
}
