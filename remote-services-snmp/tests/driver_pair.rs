//! Manager and responder through their drivers, on real sockets of this machine, in every version.
#![cfg(all(feature = "blocking", feature = "tokio", feature = "rustcrypto"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::blocking::{self, ManagerDriver};
use remote_services_snmp::driver::tokio::{self as tokio_driver, ManagerHandle};
use remote_services_snmp::driver::{CallError, Clock, bind, os_random};
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::engine::{
    Credentials, Instant, Manager, ManagerConfig, Operation, PeerOptions, RequestError,
};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const COLUMN: Oid = oid!("1.3.6.1.4.1.9");
const AUTH: &str = "authentication";
const PRIVACY: &str = "privacypassword";

fn table() -> SortedTable {
    let mut table = SortedTable::new();
    table.insert_writable(NAME, Value::from("lobby"));
    for row in 1..=200 {
        table.insert(COLUMN.child(row).unwrap(), Value::Gauge32(row));
    }
    table
}

fn responder(now: Instant) -> Responder {
    let mut keys = KeyCache::new();
    let mut user = |name: &str, auth, privacy: Option<&str>| {
        let auth = Some((auth, AUTH.as_bytes()));
        let privacy = privacy.map(|password| (PrivProtocol::Aes128, password.as_bytes()));
        User::new(&rustcrypto(), &mut keys, name.as_bytes(), auth, privacy).unwrap()
    };
    let config = ResponderConfig::new(EngineId::with_format(8072, 5, &[9, 9, 9]).unwrap(), 3)
        .community("public", Access::Read)
        .community("private", Access::ReadWrite)
        .user(user("sha1", AuthProtocol::HmacSha1, None), Access::Read, SecurityLevel::AuthNoPriv)
        .user(
            user("sha256", AuthProtocol::HmacSha256, Some(PRIVACY)),
            Access::ReadWrite,
            SecurityLevel::AuthPriv,
        );
    Responder::new(config, &rustcrypto(), now, os_random()).unwrap()
}

struct Served {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Served {
    fn new() -> Self {
        let socket = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let clock = Clock::start();
            blocking::serve(&socket, &mut responder(clock.now()), &mut table(), clock, &stopped)
        });
        Self { address, stop, thread: Some(thread) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(matches!(ended, Ok(Ok(()))) || std::thread::panicking(), "the responder failed");
        }
    }
}

fn user(name: &str, auth: (AuthProtocol, &str), privacy: Option<&str>) -> Credentials {
    Credentials::V3 {
        user: name.into(),
        auth: Some((auth.0, auth.1.into())),
        privacy: privacy.map(|password| (PrivProtocol::Aes128, password.into())),
        context_name: String::new(),
    }
}

/// Every way in that the responder knows.
fn ways_in() -> [Credentials; 4] {
    [
        Credentials::v1("public"),
        Credentials::v2c("public"),
        user("sha1", (AuthProtocol::HmacSha1, AUTH), None),
        user("sha256", (AuthProtocol::HmacSha256, AUTH), Some(PRIVACY)),
    ]
}

fn driver() -> ManagerDriver {
    ManagerDriver::bind_any(Manager::new(ManagerConfig::default(), rustcrypto(), os_random()).unwrap())
        .unwrap()
}

#[test]
fn every_version_reads_and_walks() {
    let served = Served::new();
    let mut driver = driver();
    for credentials in ways_in() {
        let peer = driver.add_peer(served.address, credentials, PeerOptions::default()).unwrap();
        let read = driver.call(peer, Operation::Get(vec![NAME])).unwrap();
        assert_eq!(read, [VarBind::new(NAME, Value::from("lobby"))]);
        let walked = driver.call(peer, Operation::Walk(COLUMN)).unwrap();
        assert_eq!(
            walked.iter().filter_map(|v| v.value.as_u64()).collect::<Vec<_>>(),
            (1..=200).collect::<Vec<_>>()
        );
    }
}

#[test]
fn whoever_may_write_writes_and_others_are_refused() {
    let served = Served::new();
    let mut driver = driver();
    let set = || Operation::Set(vec![VarBind::new(NAME, Value::from("hall"))]);
    for (credentials, may) in [
        (Credentials::v2c("public"), false),
        (user("sha1", (AuthProtocol::HmacSha1, AUTH), None), false),
        (Credentials::v2c("private"), true),
        (user("sha256", (AuthProtocol::HmacSha256, AUTH), Some(PRIVACY)), true),
    ] {
        let peer = driver.add_peer(served.address, credentials, PeerOptions::default()).unwrap();
        let outcome = driver.call(peer, set());
        match outcome {
            Ok(written) => assert!(may && written == [VarBind::new(NAME, Value::from("hall"))]),
            Err(CallError::Request { error: RequestError::ErrorStatus { .. }, .. }) => assert!(!may),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn each_wrong_credential_has_its_own_error() {
    let served = Served::new();
    let mut driver = driver();
    // Nobody can prove a refusal of the user or password, so each lasts until the last time-out.
    let options = PeerOptions { timeout: Duration::from_millis(200), retries: 2, ..PeerOptions::default() };
    let sha256 = |password| user("sha256", (AuthProtocol::HmacSha256, AUTH), Some(password));
    for (credentials, expected) in [
        (user("nobody", (AuthProtocol::HmacSha1, AUTH), None), RequestError::UnknownUser),
        (user("sha1", (AuthProtocol::HmacSha1, "other password"), None), RequestError::AuthenticationFailed),
        (user("sha1", (AuthProtocol::HmacSha256, AUTH), None), RequestError::AuthenticationFailed),
        (user("sha1", (AuthProtocol::HmacSha1, AUTH), Some(PRIVACY)), RequestError::UnsupportedSecurityLevel),
        (sha256("other password"), RequestError::DecryptionFailed),
    ] {
        let peer = driver.add_peer(served.address, credentials, options.clone()).unwrap();
        match driver.call(peer, Operation::Get(vec![NAME])).unwrap_err() {
            CallError::Request { error, .. } => assert_eq!(error, expected),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_task_serves_and_tasks_ask() {
    let clock = Clock::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let address = socket.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let socket = tokio::net::UdpSocket::from_std(socket)?;
        tokio_driver::serve(&socket, &mut responder(clock.now()), &mut table(), clock).await
    });
    let manager = Manager::new(ManagerConfig::default(), rustcrypto(), os_random()).unwrap();
    let handle = ManagerHandle::bind_any(manager).unwrap();
    for credentials in ways_in() {
        let peer = handle.add_peer(address, credentials, PeerOptions::default()).await.unwrap();
        assert_eq!(handle.call(peer, Operation::Walk(COLUMN)).await.unwrap().len(), 200);
    }
    assert!(!server.is_finished());
    server.abort();
}
