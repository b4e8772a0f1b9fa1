//! Batches and one-by-one: two ways through the system, one behaviour.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod served;

use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::blocking::ManagerDriver;
use remote_services_snmp::driver::tokio::ManagerHandle;
use remote_services_snmp::driver::{SocketOptions, os_random};
use remote_services_snmp::engine::{
    Credentials, Manager, ManagerConfig, Operation, PeerOptions, RequestError,
};
use remote_services_snmp::{Value, VarBind};
use served::{COLUMN, NAME, ROWS, Served};

/// More than one batch.
const DEVICES: u32 = 150;
const WAYS: [SocketOptions; 2] = [options(true), options(false)];

const fn options(batches: bool) -> SocketOptions {
    SocketOptions { batches, receive_buffer: 1 << 20 }
}

fn manager() -> Manager {
    let config = ManagerConfig { packets_per_second: 1_000_000, burst: 1_000, ..ManagerConfig::default() };
    Manager::new(config, CryptoProvider::none(), os_random()).unwrap()
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
            tasks.push(tokio::spawn(async move { handle.walk(peer, COLUMN).await }));
        }
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap().len(), ROWS as usize, "{way:?}");
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
