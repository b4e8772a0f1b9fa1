//! The drivers on real sockets of this machine.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use link::agent::Agent;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::blocking::ManagerDriver;
use remote_services_snmp::driver::tokio::ManagerHandle;
use remote_services_snmp::driver::{CallError, os_random};
use remote_services_snmp::engine::{
    ApiMisuse, Credentials, Manager, ManagerConfig, Operation, PeerOptions, RequestError,
};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const COLUMN: Oid = oid!("1.3.6.1.4.1.9");

/// An agent on a socket and a thread of its own, which end with it.
struct Served {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    fn new(host: &str, mut agent: Agent) -> Option<Self> {
        let socket = UdpSocket::bind((host, 0)).ok()?;
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 65_535];
            while !stopped.load(Ordering::Relaxed) {
                if let Ok((length, from)) = socket.recv_from(&mut buffer) {
                    for answer in agent.answer(&buffer[..length]) {
                        socket.send_to(&answer, from).unwrap();
                    }
                }
            }
        });
        Some(Self { address, stop, thread: Some(thread) })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the agent panicked");
        }
    }
}

fn device(number: i32) -> Agent {
    let mut agent = Agent::table(std::slice::from_ref(&COLUMN), 300);
    agent.objects.insert(NAME, Value::Integer(number));
    agent
}

fn manager() -> Manager {
    Manager::new(ManagerConfig::default(), CryptoProvider::none(), os_random()).unwrap()
}

fn hasty() -> PeerOptions {
    PeerOptions { timeout: Duration::from_millis(50), retries: 1, ..PeerOptions::default() }
}

fn public() -> Credentials {
    Credentials::v2c("public")
}

#[test]
fn blocking_calls_and_walks_over_ipv4_and_ipv6() {
    let mut driver = ManagerDriver::bind_any(manager()).unwrap();
    for host in ["127.0.0.1", "::1"] {
        let Some(served) = Served::new(host, device(7)) else {
            println!("left out: this machine has no {host}");
            continue;
        };
        let peer = driver.add_peer(served.address, public(), PeerOptions::default()).unwrap();
        let read = driver.call(peer, Operation::Get(vec![NAME])).unwrap();
        assert_eq!(read, [VarBind::new(NAME, Value::Integer(7))]);
        assert_eq!(driver.call(peer, Operation::Walk(COLUMN)).unwrap().len(), 300);
    }
}

#[test]
fn one_blocking_thread_pumps_many_devices() {
    let served: Vec<Served> =
        (0..20).map(|number| Served::new("127.0.0.1", device(number)).unwrap()).collect();
    let mut driver = ManagerDriver::bind("127.0.0.1:0".parse().unwrap(), manager()).unwrap();
    let mut asked = std::collections::BTreeMap::new();
    for (number, device) in served.iter().enumerate() {
        let peer = driver.add_peer(device.address, public(), PeerOptions::default()).unwrap();
        for _ in 0..5 {
            asked.insert(driver.submit(peer, Operation::Get(vec![NAME])).unwrap(), number);
        }
    }
    while let Some(completed) = driver.next(Duration::from_secs(20)).unwrap() {
        let number = asked.remove(&completed.id).unwrap();
        assert_eq!(completed.result.unwrap()[0].value, Value::Integer(number.try_into().unwrap()));
    }
    assert!(asked.is_empty());
}

#[test]
fn a_call_leaves_the_outcomes_of_others_for_next() {
    let served = Served::new("127.0.0.1", device(1)).unwrap();
    let mut driver = ManagerDriver::bind_any(manager()).unwrap();
    let peer = driver.add_peer(served.address, public(), PeerOptions::default()).unwrap();
    let first = driver.submit(peer, Operation::Get(vec![NAME])).unwrap();
    driver.call(peer, Operation::Walk(COLUMN)).unwrap();
    assert_eq!(driver.next(Duration::from_secs(5)).unwrap().unwrap().id, first);
    assert!(driver.next(Duration::from_secs(5)).unwrap().is_none(), "nothing waits");
}

#[test]
fn next_returns_when_its_time_is_over() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut driver = ManagerDriver::bind_any(manager()).unwrap();
    let peer = driver.add_peer(silent.local_addr().unwrap(), public(), PeerOptions::default()).unwrap();
    driver.submit(peer, Operation::Get(vec![NAME])).unwrap();
    let start = Instant::now();
    assert!(driver.next(Duration::from_millis(60)).unwrap().is_none());
    let passed = start.elapsed();
    assert!(passed >= Duration::from_millis(60) && passed < Duration::from_millis(900), "{passed:?}");
}

#[test]
fn a_blocking_call_says_who_is_to_blame() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut driver = ManagerDriver::bind_any(manager()).unwrap();
    let peer = driver.add_peer(silent.local_addr().unwrap(), public(), hasty()).unwrap();
    let error = driver.call(peer, Operation::Get(vec![NAME])).unwrap_err();
    let CallError::Request { error: RequestError::Timeout { attempts: 2, .. }, .. } = error else {
        panic!("{error}")
    };
    let error = driver.call(peer, Operation::Get(Vec::new())).unwrap_err();
    assert!(matches!(error, CallError::Misuse(ApiMisuse::NoNames)));
    let v6 = "[::1]:161".parse().unwrap();
    let mut only_v4 = ManagerDriver::bind("127.0.0.1:0".parse().unwrap(), manager()).unwrap();
    let peer = only_v4.add_peer(v6, public(), PeerOptions::default()).unwrap();
    let error = only_v4.call(peer, Operation::Get(vec![NAME])).unwrap_err();
    assert!(matches!(error, CallError::Request { error: RequestError::Unreachable, .. }), "{error}");
}

#[tokio::test]
async fn many_tasks_share_one_socket() {
    let served: Vec<Served> =
        (0..10).map(|number| Served::new("127.0.0.1", device(number)).unwrap()).collect();
    let handle = ManagerHandle::bind_any(manager()).unwrap();
    let mut tasks = Vec::new();
    for (number, device) in served.iter().enumerate() {
        let peer = handle.add_peer(device.address, public(), PeerOptions::default()).await.unwrap();
        for _ in 0..5 {
            let handle = handle.clone();
            tasks.push(tokio::spawn(async move {
                let read = handle.call(peer, Operation::Get(vec![NAME])).await.unwrap();
                (number, read)
            }));
        }
    }
    for task in tasks {
        let (number, read) = task.await.unwrap();
        assert_eq!(read, [VarBind::new(NAME, Value::Integer(number.try_into().unwrap()))]);
    }
    assert_eq!(handle.stats().await.unwrap().accepted, 50);
}

#[tokio::test]
async fn a_dropped_call_is_cancelled() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let handle = ManagerHandle::bind("127.0.0.1:0".parse().unwrap(), manager()).unwrap();
    let peer = handle.add_peer(silent.local_addr().unwrap(), public(), PeerOptions::default()).await.unwrap();
    let call = handle.call(peer, Operation::Get(vec![NAME]));
    assert!(tokio::time::timeout(Duration::from_millis(30), call).await.is_err());
    // Commands keep their order, so the cancellation is through when this is answered.
    assert_eq!(handle.stats().await.unwrap().sent, 1);
    handle.remove_peer(peer);
    let error = handle.call(peer, Operation::Get(vec![NAME])).await.unwrap_err();
    assert!(matches!(error, CallError::Misuse(ApiMisuse::UnknownPeer)));
}

#[tokio::test]
async fn a_task_without_an_answer_gets_its_time_out() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let handle = ManagerHandle::bind("127.0.0.1:0".parse().unwrap(), manager()).unwrap();
    let peer = handle.add_peer(silent.local_addr().unwrap(), public(), hasty()).await.unwrap();
    let error = handle.call(peer, Operation::Get(vec![NAME])).await.unwrap_err();
    assert_eq!(error.to_string(), "no answer after 2 attempts");
}

/// An address where nobody listens: the socket that had it is gone.
fn dead_port() -> SocketAddr {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn a_port_where_nobody_listens_is_unreachable_at_once_and_others_do_not_suffer() {
    let served = Served::new("127.0.0.1", device(7)).unwrap();
    let mut driver = ManagerDriver::bind_any(manager()).unwrap();
    let alive = driver.add_peer(served.address, public(), PeerOptions::default()).unwrap();
    let dead = driver.add_peer(dead_port(), public(), PeerOptions::default()).unwrap();
    let mut outcomes = std::collections::BTreeMap::new();
    for _ in 0..10 {
        outcomes.insert(driver.submit(dead, Operation::Get(vec![NAME])).unwrap(), false);
        outcomes.insert(driver.submit(alive, Operation::Get(vec![NAME])).unwrap(), true);
    }
    while let Some(completed) = driver.next(Duration::from_secs(30)).unwrap() {
        match outcomes.remove(&completed.id).unwrap() {
            true => assert!(completed.result.is_ok(), "{:?}", completed.result),
            false if cfg!(all(target_os = "linux", not(portable_sockets))) => {
                assert_eq!(completed.result, Err(RequestError::Unreachable));
            }
            false => assert!(completed.result.is_err()),
        }
    }
    assert!(outcomes.is_empty());
}

#[tokio::test]
async fn a_task_hears_at_once_that_nobody_listens() {
    let served = Served::new("127.0.0.1", device(7)).unwrap();
    let handle = ManagerHandle::bind_any(manager()).unwrap();
    let alive = handle.add_peer(served.address, public(), PeerOptions::default()).await.unwrap();
    let dead = handle.add_peer(dead_port(), public(), PeerOptions::default()).await.unwrap();
    for _ in 0..10 {
        let (refused, answered) = tokio::join!(
            handle.call(dead, Operation::Get(vec![NAME])),
            handle.call(alive, Operation::Get(vec![NAME]))
        );
        assert!(answered.is_ok(), "{answered:?}");
        let Err(CallError::Request { error, .. }) = refused else { panic!("{refused:?}") };
        assert!(
            error == RequestError::Unreachable || !cfg!(all(target_os = "linux", not(portable_sockets))),
            "{error}"
        );
    }
}
