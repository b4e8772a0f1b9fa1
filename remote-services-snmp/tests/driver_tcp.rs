//! SNMP over TCP through both drivers, on loopback.
#![cfg(all(feature = "blocking", feature = "tokio", feature = "rustcrypto"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::{CallError, Clock, StreamLimits, blocking, os_random, tokio as tasks};
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::engine::{
    Credentials, Manager, ManagerConfig, Operation, PeerOptions, RequestError,
};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Framer, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const COLUMN: Oid = oid!("1.3.6.1.4.1.9.1");
const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");

fn table() -> SortedTable {
    let mut table = SortedTable::new();
    table.insert(NAME, Value::from("a printer"));
    for row in 1..=500 {
        table.insert(COLUMN.child(row).unwrap(), Value::OctetString(vec![b'x'; 50]));
    }
    table
}

fn responder(clock: Clock) -> Responder {
    let auth = Some((AuthProtocol::HmacSha256, &b"authentication"[..]));
    let privacy = Some((PrivProtocol::Aes128, &b"privacypassword"[..]));
    let user = User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, privacy).unwrap();
    let config = ResponderConfig::new(EngineId::with_format(32_473, 4, b"tcp").unwrap(), 1)
        .community("public", Access::Read)
        .user(user, Access::Read, SecurityLevel::AuthPriv);
    Responder::new(config, &rustcrypto(), clock.now(), os_random()).unwrap()
}

fn manager() -> Manager {
    Manager::new(
        ManagerConfig { packets_per_second: 100_000, ..ManagerConfig::default() },
        rustcrypto(),
        os_random(),
    )
    .unwrap()
}

fn v3() -> Credentials {
    Credentials::V3 {
        user: "operator".into(),
        auth: Some((AuthProtocol::HmacSha256, "authentication".into())),
        privacy: Some((PrivProtocol::Aes128, "privacypassword".into())),
        context_name: String::new(),
    }
}

fn patient() -> PeerOptions {
    PeerOptions { retries: 0, timeout: Duration::from_secs(60), bulk_varbinds: 200, ..PeerOptions::default() }
}

/// Runs `test` against a responder that is served by the blocking driver.
fn served(limits: &StreamLimits, test: impl FnOnce(SocketAddr)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            let clock = Clock::start();
            blocking::serve_tcp(&listener, &mut responder(clock), &mut table(), clock, limits, &stop)
        });
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(address)));
        stop.store(true, Ordering::Relaxed);
        server.join().unwrap().unwrap();
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Runs `test` against a responder that is served by the tokio driver.
fn served_by_tasks<F: Future<Output = ()>>(limits: StreamLimits, test: impl FnOnce(SocketAddr) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let clock = Clock::start();
        let (mut responder, mut table) = (responder(clock), table());
        tokio::select! {
            ended = tasks::serve_tcp(&listener, &mut responder, &mut table, clock, &limits) => panic!("{ended:?}"),
            () = test(address) => {}
        }
    });
}

fn get(number: i32) -> Vec<u8> {
    let names = vec![VarBind::unspecified(NAME)];
    CommunityMessage::new(Version::V2c, b"public", Pdu::request(PduKind::Get, number, names)).to_bytes()
}

/// The request-ids of so many answers.
fn answers(stream: &mut TcpStream, count: usize) -> Vec<i32> {
    let mut framer = Framer::new(&Limits::default());
    let mut buffer = [0; 4_096];
    let mut ids = Vec::new();
    while ids.len() < count {
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "closed after {ids:?}");
        framer.push(&buffer[..length]);
        while let Some(message) = framer.next_message().unwrap() {
            let message = CommunityMessage::from_bytes(message, &Limits::default()).unwrap();
            let CommunityPdu::Pdu(pdu) = message.pdu else { panic!("a trap") };
            ids.push(pdu.request_id);
        }
    }
    ids
}

#[test]
fn a_table_is_walked_over_tcp_by_the_blocking_driver_in_both_versions() {
    served(&StreamLimits::default(), |address| {
        let mut driver = blocking::ManagerDriver::over(blocking::Tcp::new(), manager());
        for credentials in [Credentials::v2c("public"), v3()] {
            let peer = driver.add_peer(address, credentials, patient()).unwrap();
            assert_eq!(driver.call(peer, Operation::Walk(COLUMN)).unwrap().len(), 500);
        }
    });
}

#[test]
fn a_table_is_walked_over_tcp_by_the_tokio_driver_in_both_versions() {
    served_by_tasks(StreamLimits::default(), async |address| {
        let handle = tasks::ManagerHandle::over_streams(tasks::Tcp, manager());
        for credentials in [Credentials::v2c("public"), v3()] {
            let peer = handle.add_peer(address, credentials, patient()).await.unwrap();
            assert_eq!(handle.call(peer, Operation::Walk(COLUMN)).await.unwrap().len(), 500);
        }
    });
}

#[test]
fn nobody_listening_is_told_at_once() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let mut driver = blocking::ManagerDriver::over(blocking::Tcp::new(), manager());
    let peer = driver.add_peer(address, Credentials::v2c("public"), patient()).unwrap();
    let failed = driver.call(peer, Operation::Get(vec![NAME]));
    assert!(matches!(failed, Err(CallError::Request { error: RequestError::Unreachable, .. })), "{failed:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let handle = tasks::ManagerHandle::over_streams(tasks::Tcp, manager());
        let peer = handle.add_peer(address, Credentials::v2c("public"), patient()).await.unwrap();
        let failed = handle.call(peer, Operation::Get(vec![NAME])).await;
        assert!(
            matches!(failed, Err(CallError::Request { error: RequestError::Unreachable, .. })),
            "{failed:?}"
        );
    });
}

/// A server of something else, which says so and closes.
fn not_snmp(says: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 2_000]);
            let _ = stream.write_all(says);
        }
    });
    address
}

#[test]
fn what_is_no_snmp_on_a_stream_is_named_by_both_drivers() {
    let options =
        || PeerOptions { timeout: Duration::from_millis(100), retries: 1, ..PeerOptions::default() };
    for (says, offset) in [(&b"HTTP/1.0 400\r\n\r\n"[..], 0), (&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], 65_507)]
    {
        let address = not_snmp(says);
        let named = |failed: CallError| match failed {
            CallError::Request { error: RequestError::Timeout { garbage: Some(error), .. }, .. } => {
                assert_eq!(error.offset(), offset, "{error}");
            }
            other => panic!("{other:?}"),
        };
        let mut driver = blocking::ManagerDriver::over(blocking::Tcp::new(), manager());
        let peer = driver.add_peer(address, Credentials::v2c("public"), options()).unwrap();
        named(driver.get(peer, &[NAME]).unwrap_err());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let driver = tasks::ManagerHandle::over_streams(tasks::Tcp, manager());
            let peer = driver.add_peer(address, Credentials::v2c("public"), options()).await.unwrap();
            named(driver.get(peer, &[NAME]).await.unwrap_err());
        });
    }
}

#[test]
fn a_connection_that_the_agent_closed_is_opened_anew() {
    let limits = StreamLimits { idle: Duration::from_millis(150), ..StreamLimits::default() };
    served(&limits, |address| {
        // A second connection shows when the agent has closed what was idle.
        let mut driver = blocking::ManagerDriver::over(blocking::Tcp::new(), manager());
        let peer = driver.add_peer(address, Credentials::v2c("public"), patient()).unwrap();
        driver.call(peer, Operation::Get(vec![NAME])).unwrap();
        for _ in 0..8 {
            let mut witness = TcpStream::connect(address).unwrap();
            assert_eq!(witness.read(&mut [0; 16]).unwrap(), 0, "closed for being idle");
        }
        let again = PeerOptions { retries: 2, timeout: Duration::from_secs(5), ..patient() };
        let peer = driver.add_peer(address, Credentials::v2c("public"), again).unwrap();
        driver.call(peer, Operation::Get(vec![NAME])).unwrap();
    });
}

/// The same behaviours of both servers, seen from a socket.
fn hostile_clients_cost_themselves_only(address: SocketAddr) {
    // Many requests at once are answered in order.
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&(1..=20).map(get).collect::<Vec<_>>().concat()).unwrap();
    assert_eq!(answers(&mut stream, 20), (1..=20).collect::<Vec<_>>());
    // A message octet by octet.
    for octet in get(21) {
        stream.write_all(&[octet]).unwrap();
    }
    assert_eq!(answers(&mut stream, 1), [21]);
    // One that stops in the middle, and one that says nothing, do not keep others from being answered.
    let mut half = TcpStream::connect(address).unwrap();
    half.write_all(&get(1)[..10]).unwrap();
    let silent = TcpStream::connect(address).unwrap();
    stream.write_all(&get(22)).unwrap();
    assert_eq!(answers(&mut stream, 1), [22]);
    // One that speaks another protocol is cut off.
    let mut web = TcpStream::connect(address).unwrap();
    web.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(matches!(web.read(&mut [0; 16]), Ok(0) | Err(_)));
    // A header that promises two gigabytes is cut off.
    let mut huge = TcpStream::connect(address).unwrap();
    huge.write_all(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]).unwrap();
    assert!(matches!(huge.read(&mut [0; 16]), Ok(0) | Err(_)));
    // One that asks and never reads fills its own connection.
    let mut deaf = TcpStream::connect(address).unwrap();
    deaf.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 500 };
    let much = Pdu::request(bulk, 1, vec![VarBind::unspecified(COLUMN)]);
    let much = CommunityMessage::new(Version::V2c, b"public", much).to_bytes();
    while deaf.write_all(&much).is_ok() {}
    stream.write_all(&get(23)).unwrap();
    assert_eq!(answers(&mut stream, 1), [23]);
    drop((half, silent));
}

#[test]
fn slow_silent_deaf_and_lying_clients_cost_themselves_only_with_threads() {
    served(&StreamLimits::default(), hostile_clients_cost_themselves_only);
}

#[test]
fn slow_silent_deaf_and_lying_clients_cost_themselves_only_with_tasks() {
    served_by_tasks(StreamLimits::default(), async |address| {
        tokio::task::spawn_blocking(move || hostile_clients_cost_themselves_only(address)).await.unwrap();
    });
}

#[test]
fn one_source_takes_no_more_than_its_connections() {
    let limits = StreamLimits { connections_of_one_source: 2, ..StreamLimits::default() };
    served(&limits, |address| {
        let mut kept: Vec<TcpStream> = (0..2).map(|_| TcpStream::connect(address).unwrap()).collect();
        for stream in &mut kept {
            stream.write_all(&get(1)).unwrap();
            assert_eq!(answers(stream, 1), [1]);
        }
        let mut third = TcpStream::connect(address).unwrap();
        assert!(matches!(third.read(&mut [0; 16]), Ok(0) | Err(_)), "closed");
        kept[0].write_all(&get(2)).unwrap();
        assert_eq!(answers(&mut kept[0], 1), [2]);
    });
}

#[test]
fn a_message_that_takes_too_long_ends_its_connection() {
    let limits = StreamLimits { message: Duration::from_millis(150), ..StreamLimits::default() };
    let stops_inside = |address: SocketAddr| {
        let mut half = TcpStream::connect(address).unwrap();
        half.write_all(&get(1)[..10]).unwrap();
        assert!(matches!(half.read(&mut [0; 16]), Ok(0) | Err(_)));
    };
    served(&limits, stops_inside);
    served_by_tasks(limits, async |address| {
        tokio::task::spawn_blocking(move || stops_inside(address)).await.unwrap();
    });
}
