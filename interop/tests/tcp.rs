//! SNMP over TCP: net-snmp's commands on our responder, our manager on its agent.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use remote_services_interop::responder::{AUTH_PASSWORD, PRIVACY_PASSWORD};
use remote_services_interop::snmpd::{self, Snmpd};
use remote_services_interop::{Tool, net_snmp, require};
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::{Clock, StreamLimits, blocking, os_random, tokio as tasks};
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, Operation, PeerOptions};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use remote_services_snmp::{Oid, Value, oid};

const SYSTEM: Oid = oid!("1.3.6.1.2.1.1");

fn table() -> SortedTable {
    let mut table = SortedTable::new();
    table.insert(oid!("1.3.6.1.2.1.1.5.0"), Value::from("a printer"));
    for row in 1..=300 {
        let name = oid!("1.3.6.1.4.1.99999.2.1").child(row).unwrap();
        table.insert(name, Value::OctetString(vec![b'x'; 100]));
    }
    table
}

fn responder(clock: Clock) -> Responder {
    let auth = Some((AuthProtocol::HmacSha256, AUTH_PASSWORD.as_bytes()));
    let privacy = Some((PrivProtocol::Aes128, PRIVACY_PASSWORD.as_bytes()));
    let user = User::new(&rustcrypto(), &mut KeyCache::new(), b"sha256aes", auth, privacy).unwrap();
    let config = ResponderConfig::new(EngineId::with_format(32_473, 4, b"tcp").unwrap(), 1)
        .community("public", Access::Read)
        .user(user, Access::Read, SecurityLevel::AuthPriv);
    Responder::new(config, &rustcrypto(), clock.now(), os_random()).unwrap()
}

/// What each way to ask our responder prints.
fn ask(address: SocketAddr, program: &str, way: &[String], rest: &[&str]) -> String {
    let mut command = net_snmp::command(program);
    let (content, said) = net_snmp::ask(command.args(way).arg(format!("tcp:{address}")).args(rest));
    assert!(content, "{program} {way:?}: {said}");
    said
}

fn ways() -> [Vec<String>; 3] {
    let v3 = net_snmp::V3 {
        user: "sha256aes",
        auth: ("SHA-256", AUTH_PASSWORD),
        privacy: ("AES", PRIVACY_PASSWORD),
    };
    [
        ["-v1", "-c", "public"].map(str::to_owned).into(),
        ["-v2c", "-c", "public"].map(str::to_owned).into(),
        v3.words(),
    ]
}

fn net_snmp_reads(address: SocketAddr) {
    for way in ways() {
        let said = ask(address, "snmpget", &way, &["1.3.6.1.2.1.1.5.0"]);
        assert!(said.contains("STRING: \"a printer\""), "{said}");
        let walked = ask(address, "snmpwalk", &way, &["1.3.6.1.4.1.99999.2"]);
        assert_eq!(walked.lines().count(), 300);
        if way[0] != "-v1" {
            // Answers larger than any Ethernet frame.
            let said = ask(address, "snmpbulkwalk", &way, &["-Cr200", "1.3.6.1.4.1.99999.2"]);
            assert_eq!(said, walked);
        }
    }
}

#[test]
fn net_snmp_reads_our_responder_over_tcp_with_threads() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let clock = Clock::start();
            let limits = StreamLimits::default();
            blocking::serve_tcp(&listener, &mut responder(clock), &mut table(), clock, &limits, &stop)
                .unwrap();
        });
        let outcome = std::panic::catch_unwind(|| net_snmp_reads(address));
        stop.store(true, Ordering::Relaxed);
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn net_snmp_reads_our_responder_over_tcp_with_tasks() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let clock = Clock::start();
        let (mut responder, mut table, limits) = (responder(clock), table(), StreamLimits::default());
        tokio::select! {
            ended = tasks::serve_tcp(&listener, &mut responder, &mut table, clock, &limits) => panic!("{ended:?}"),
            asked = tokio::task::spawn_blocking(move || net_snmp_reads(address)) => asked.unwrap(),
        }
    });
}

fn manager() -> Manager {
    Manager::new(ManagerConfig::default(), rustcrypto(), os_random()).unwrap()
}

fn credentials() -> [Credentials; 3] {
    [
        Credentials::v1("public"),
        Credentials::v2c("public"),
        Credentials::V3 {
            user: "sha256aes".into(),
            auth: Some((AuthProtocol::HmacSha256, snmpd::AUTH_PASSWORD.into())),
            privacy: Some((PrivProtocol::Aes128, snmpd::PRIVACY_PASSWORD.into())),
            context_name: String::new(),
        },
    ]
}

fn options() -> PeerOptions {
    PeerOptions { retries: 0, timeout: Duration::from_secs(30), ..PeerOptions::default() }
}

#[test]
fn our_manager_walks_snmpd_over_tcp_through_both_drivers() {
    if !require(&[Tool::Snmpd, Tool::Snmp]) {
        return;
    }
    let snmpd = Snmpd::start_on("tcp");
    let mut driver = blocking::ManagerDriver::over(blocking::Tcp::new(), manager());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let handle = runtime.block_on(async { tasks::ManagerHandle::over_streams(tasks::Tcp, manager()) });
    let mut lengths = Vec::new();
    for (one, other) in credentials().into_iter().zip(credentials()) {
        let peer = driver.add_peer(snmpd.address, one, options()).unwrap();
        lengths.push(driver.call(peer, Operation::Walk(SYSTEM)).unwrap().len());
        lengths.push(runtime.block_on(async {
            let peer = handle.add_peer(snmpd.address, other, options()).await.unwrap();
            handle.call(peer, Operation::Walk(SYSTEM)).await.unwrap().len()
        }));
    }
    assert!(lengths[0] > 7 && lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
}
