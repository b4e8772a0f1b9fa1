//! pysnmp on our responder and our receiver: an implementation that shares nothing with net-snmp.
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::time::Duration;

use remote_services_interop::process::run;
use remote_services_interop::responder::{AUTH_PASSWORD, PRIVACY_PASSWORD, Served, standard_table};
use remote_services_interop::{Tool, require};
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::{blocking::NotificationListener, os_random};
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::notify::{Receiver, ReceiverConfig};
use remote_services_snmp::message::Version;
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use remote_services_snmp::{Value, VarBind, oid};

const ASK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pysnmp/ask.py");
const TELL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pysnmp/tell.py");

#[test]
fn pysnmp_reads_and_writes_in_every_version() {
    // snmpsim is made of it, and brings it along.
    if !require(&[Tool::Snmpsim]) {
        return;
    }
    let served = Served::start(standard_table());
    let mut command = Command::new(Tool::Snmpsim.path().with_file_name("python"));
    command.arg(ASK).arg(served.address.port().to_string()).args([AUTH_PASSWORD, PRIVACY_PASSWORD]);
    let Output { status, stdout, stderr } = run(&mut command);
    let said = String::from_utf8_lossy(&stdout).into_owned();
    assert!(status.success(), "{said}\n{}", String::from_utf8_lossy(&stderr));
    let mut expected = Vec::new();
    for way in ["v1", "v2c", "v3 SHA", "v3 SHA-256"] {
        expected.extend(expected_of(way));
    }
    expected.push("v3 stranger get: Unknown USM user".to_owned());
    // Which it knows by its number alone: snmpUnknownContexts.
    expected.push("v3 lost get: 1.3.6.1.6.3.12.1.5.0".to_owned());
    assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{}", String::from_utf8_lossy(&stderr));
    let location = served.table().value(&oid!("1.3.6.1.2.1.1.6.0")).cloned();
    assert_eq!(location, Some(Value::from("room of v3 SHA-256")));
}

fn expected_of(way: &str) -> Vec<String> {
    let descr = "1.3.6.1.2.1.1.1.0 OctetString a device that is asked";
    let next = "1.3.6.1.2.1.1.2.0 ObjectIdentifier 1.3.6.1.4.1.99999.1";
    let up_time = "1.3.6.1.2.1.1.3.0 TimeTicks 4711";
    let mut lines = vec![format!("get: {descr}, {next}, {up_time}")];
    if way == "v1" {
        lines.push("get missing: noSuchName 2".to_owned());
        lines.push("get counter64: noSuchName 1".to_owned());
        lines.push(format!("next: {next}, 1.3.6.1.2.1.31.1.1.1.15.1 Gauge32 10"));
        lines.push(format!("set: 1.3.6.1.2.1.1.6.0 OctetString room of {way}"));
        lines.push("set fixed: noSuchName 1".to_owned());
    } else {
        lines.push(format!("get missing: {descr}, 1.3.6.1.2.1.1.1.7 NoSuchInstance No Such Instance currently exists at this OID"));
        let counter = "1.3.6.1.2.1.31.1.1.1.6.1 Counter64 18446744073709551615";
        lines.push(format!("get counter64: {counter}"));
        lines.push(format!("next: {next}, {counter}"));
        let contact = "1.3.6.1.2.1.1.4.0 OctetString operator@example.com";
        lines.push(format!("bulk: {next}, {up_time}, {contact}"));
        lines.push(format!("set: 1.3.6.1.2.1.1.6.0 OctetString room of {way}"));
        lines.push("set fixed: notWritable 1".to_owned());
    }
    lines.push(format!("get set: 1.3.6.1.2.1.1.6.0 OctetString room of {way}"));
    lines.into_iter().map(|line| format!("{way} {line}")).collect()
}

#[test]
fn pysnmp_tells_our_receiver_of_events_and_is_acknowledged_in_every_version() {
    if !require(&[Tool::Snmpsim]) {
        return;
    }
    let (auth, privacy) = (AUTH_PASSWORD.as_bytes(), PRIVACY_PASSWORD.as_bytes());
    let auth = Some((AuthProtocol::HmacSha256, auth));
    let privacy = Some((PrivProtocol::Aes128, privacy));
    let user = User::new(&rustcrypto(), &mut KeyCache::new(), b"trapper", auth, privacy);
    let config = ReceiverConfig::new(EngineId::with_format(32_473, 4, b"ours").expect("four octets"), 1)
        .community("public")
        .user(user.expect("long passwords"), SecurityLevel::AuthPriv);
    let receiver = Receiver::new(config, rustcrypto(), Instant::START, os_random()).expect("randomness");
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut listener = NotificationListener::bind(local, receiver).expect("loopback has a free port");
    let port = listener.local_addr().expect("it is bound").port().to_string();
    let heard = std::thread::scope(|scope| {
        let told = scope.spawn(|| {
            let mut command = Command::new(Tool::Snmpsim.path().with_file_name("python"));
            command.arg(TELL).args([&port, "trapper", "8000000001020304", AUTH_PASSWORD, PRIVACY_PASSWORD]);
            run(&mut command)
        });
        let mut heard = Vec::new();
        while !told.is_finished() {
            heard.extend(listener.next(Duration::from_millis(200)).expect("the socket works"));
        }
        let Output { status, stdout, stderr } = told.join().expect("it does not panic");
        let said = String::from_utf8_lossy(&stdout).into_owned();
        assert!(status.success(), "{said}\n{}", String::from_utf8_lossy(&stderr));
        let expected = [
            "v1 trap: None",
            "v2c trap: None",
            "v2c inform: None",
            "v3 trap: None",
            "v3 inform: None",
            "v3 wrong inform: Wrong SNMP PDU digest",
        ];
        assert_eq!(said.lines().collect::<Vec<_>>(), expected);
        heard
    });
    let seen: Vec<_> = heard.iter().map(|received| (received.version, received.confirmed)).collect();
    let expected = [
        (Version::V1, false),
        (Version::V2c, false),
        (Version::V2c, true),
        (Version::V3, false),
        (Version::V3, true),
    ];
    assert_eq!(seen, expected, "{:?}", listener.receiver().stats());
    let name = VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), Value::from("printer"));
    for received in heard {
        assert_eq!(received.notification.trap_oid, oid!("1.3.6.1.4.1.253.0.18"), "{:?}", received.version);
        assert!(received.notification.varbinds.contains(&name), "{:?}", received.notification);
    }
}
