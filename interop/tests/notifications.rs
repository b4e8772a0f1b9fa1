//! net-snmp's snmptrap and snmpinform into our receiver; our traps and informs into its snmptrapd.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::net::SocketAddr;
use std::time::Duration;

use remote_services_interop::process::PATIENCE;
use remote_services_interop::snmpd::{AUTH_PASSWORD, PRIVACY_PASSWORD};
use remote_services_interop::snmptrapd::{ENGINE_ID, Snmptrapd, USER};
use remote_services_interop::{Tool, net_snmp, require};
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::{Clock, blocking, os_random, tokio as tasks};
use remote_services_snmp::engine::notify::{
    Notice, Notification, Notifier, NotifierConfig, Received, Receiver, ReceiverConfig, Sender, Target,
};
use remote_services_snmp::engine::responder::{Responder, ResponderConfig};
use remote_services_snmp::engine::{Credentials, Instant};
use remote_services_snmp::message::Version;
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use remote_services_snmp::{Oid, Value, oid};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");

fn receiver() -> Receiver {
    let auth = Some((AuthProtocol::HmacSha256, AUTH_PASSWORD.as_bytes()));
    let privacy = Some((PrivProtocol::Aes128, PRIVACY_PASSWORD.as_bytes()));
    let user = User::new(&rustcrypto(), &mut KeyCache::new(), USER.as_bytes(), auth, privacy).unwrap();
    let config = ReceiverConfig::new(EngineId::with_format(32_473, 4, b"ours").unwrap(), 1)
        .community("public")
        .user(user, SecurityLevel::AuthPriv);
    Receiver::new(config, rustcrypto(), Instant::START, os_random()).unwrap()
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn v3_words() -> Vec<String> {
    net_snmp::V3 { user: USER, auth: ("SHA-256", AUTH_PASSWORD), privacy: ("AES", PRIVACY_PASSWORD) }.words()
}

fn v3() -> Credentials {
    Credentials::V3 {
        user: USER.into(),
        auth: Some((AuthProtocol::HmacSha256, AUTH_PASSWORD.into())),
        privacy: Some((PrivProtocol::Aes128, PRIVACY_PASSWORD.into())),
        context_name: String::new(),
    }
}

/// Runs `program` with these words against `address`; gives whether it was content and what it said.
fn send(program: &str, way: &[String], address: SocketAddr, rest: &[&str]) -> (bool, String) {
    let mut command = net_snmp::command(program);
    net_snmp::ask(command.args(way).arg(address.to_string()).args(rest))
}

fn community(version: &str) -> Vec<String> {
    [version, "-c", "public"].map(str::to_owned).to_vec()
}

/// What the listener hears while `program` runs beside it.
fn heard(
    listener: &mut blocking::NotificationListener,
    program: &str,
    way: &[String],
    rest: &[&str],
) -> Received {
    let address = listener.local_addr().unwrap();
    std::thread::scope(|scope| {
        let sent = scope.spawn(|| send(program, way, address, rest));
        let received = listener.next(PATIENCE).unwrap();
        let (content, said) = sent.join().unwrap();
        assert!(content, "{program}: {said}");
        let stats = listener.receiver().stats();
        received.unwrap_or_else(|| panic!("{program} {way:?}: nothing arrives, {stats:?}, it said {said:?}"))
    })
}

#[test]
fn traps_and_informs_of_net_snmp_arrive_in_every_version() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let mut listener = blocking::NotificationListener::bind(loopback(), receiver()).unwrap();
    let event = ["4711", "1.3.6.1.4.1.253.0.18", "1.3.6.1.2.1.1.5.0", "s", "printer"];
    let expected = Notification::new(4_711, oid!("1.3.6.1.4.1.253.0.18")).with(NAME, Value::from("printer"));
    let v3_trap = [vec!["-e".to_owned(), format!("0x{ENGINE_ID}")], v3_words()].concat();
    for (program, way, version) in [
        ("snmptrap", community("-v2c"), Version::V2c),
        ("snmpinform", community("-v2c"), Version::V2c),
        ("snmptrap", v3_trap, Version::V3),
        ("snmpinform", v3_words(), Version::V3),
    ] {
        let received = heard(&mut listener, program, &way, &event);
        assert_eq!(received.notification, expected, "{program} {way:?}");
        assert_eq!((received.version, received.confirmed), (version, program == "snmpinform"));
        match received.sender {
            Sender::User { name, level, .. } => {
                assert_eq!((name.as_slice(), level), (USER.as_bytes(), SecurityLevel::AuthPriv));
            }
            _ => assert_eq!(version, Version::V2c),
        }
    }
    let v1 = ["1.3.6.1.4.1.253", "10.0.0.7", "6", "18", "4711", "1.3.6.1.2.1.1.5.0", "s", "printer"];
    let received = heard(&mut listener, "snmptrap", &community("-v1"), &v1);
    assert_eq!(received.notification, expected);
    assert_eq!(received.v1.unwrap().agent_addr, [10, 0, 0, 7]);
    assert_eq!(listener.receiver().stats().repeated, 0);
}

#[test]
fn a_wrong_password_is_not_acknowledged_and_not_handed_out() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let mut listener = blocking::NotificationListener::bind(loopback(), receiver()).unwrap();
    let address = listener.local_addr().unwrap();
    let wrong =
        net_snmp::V3 { user: USER, auth: ("SHA-256", "wrongpass12"), privacy: ("AES", PRIVACY_PASSWORD) };
    let said = std::thread::scope(|scope| {
        let sent = scope.spawn(|| send("snmpinform", &wrong.words(), address, &["1", "1.3.6.1.6.3.1.1.5.1"]));
        while !sent.is_finished() {
            assert!(listener.next(Duration::from_millis(50)).unwrap().is_none());
        }
        sent.join().unwrap()
    });
    assert!(!said.0 && said.1.contains("Authentication failure"), "{said:?}");
}

/// R47: the form that snmptrapd gives its handlers is the judge of ours.
#[test]
fn version_1_traps_are_mapped_as_snmptrapd_maps_them() {
    if !require(&[Tool::Snmp, Tool::Snmptrapd]) {
        return;
    }
    let mut judge = Snmptrapd::start();
    let mut listener = blocking::NotificationListener::bind(loopback(), receiver()).unwrap();
    let cases =
        [("0", "0"), ("1", "0"), ("2", "7"), ("3", "0"), ("4", "0"), ("5", "0"), ("6", "18"), ("6", "0")];
    for (count, (generic, specific)) in (1..).zip(cases) {
        let words =
            ["1.3.6.1.4.1.253.8", "10.0.0.7", generic, specific, "900", "1.3.6.1.2.1.1.7.0", "i", "72"];
        let (content, said) = send("snmptrap", &community("-v1"), judge.address, &words);
        assert!(content, "{said}");
        let theirs = judge.handled(count).pop().unwrap();
        let received = heard(&mut listener, "snmptrap", &community("-v1"), &words);
        let ours: String = received.forwarded().into_varbinds().iter().map(as_handlers_see).collect();
        // Host name and address of the sender come first.
        let theirs: String = theirs.lines().skip(2).map(|line| format!("{line}\n")).collect();
        assert_eq!(ours, theirs, "generic {generic}, specific {specific}");
    }
}

fn as_handlers_see(varbind: &remote_services_snmp::VarBind) -> String {
    let value = match &varbind.value {
        Value::ObjectIdentifier(oid) => format!(".{oid}"),
        Value::IpAddress(address) => address.map(|octet| octet.to_string()).join("."),
        Value::OctetString(octets) => format!("\"{}\"", String::from_utf8_lossy(octets)),
        other => other.as_i64().unwrap().to_string(),
    };
    format!(".{} {value}\n", varbind.name)
}

fn engine(id: &str) -> Responder {
    let octets: Vec<u8> =
        (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect();
    let config = ResponderConfig::new(EngineId::new(&octets).unwrap(), 3);
    Responder::new(config, &rustcrypto(), Instant::START, os_random()).unwrap()
}

fn notifier(address: SocketAddr, targets: Vec<fn(SocketAddr) -> Target>) -> Notifier {
    let config = NotifierConfig { agent_address: [192, 0, 2, 7], ..NotifierConfig::default() };
    let mut notifier = Notifier::new(config, rustcrypto(), os_random()).unwrap();
    for target in targets {
        notifier.add_target(target(address)).unwrap();
    }
    notifier
}

#[test]
fn our_traps_arrive_at_snmptrapd_in_every_version() {
    if !require(&[Tool::Snmptrapd]) {
        return;
    }
    let mut judge = Snmptrapd::start();
    let notifier = notifier(
        judge.address,
        vec![
            |address| Target::trap(address, Credentials::v1("public")),
            |address| Target::trap(address, Credentials::v2c("public")),
            |address| Target::trap(address, v3()),
        ],
    );
    let mut sender = blocking::NotificationSender::bind_any(notifier, Clock::start()).unwrap();
    let event = Notification::new(900, oid!("1.3.6.1.4.1.253.0.18")).with(NAME, Value::from("printer"));
    sender.notify(&mut engine(ENGINE_ID), &event).unwrap();
    assert!(sender.next(Duration::ZERO).unwrap().is_none());
    let log = judge.log(3);
    let name = ".1.3.6.1.2.1.1.5.0 = STRING: \"printer\"";
    let list = format!(".1.3.6.1.2.1.1.3.0 = 900;.1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.4.1.253.0.18;{name}");
    for line in [
        format!("got|0|TRAP, SNMP v1, community public|6|.18|.1.3.6.1.4.1.253|{name}|end"),
        format!("got|1|TRAP2, SNMP v2c, community public|0|0|.|{list}|end"),
        format!("got|3|TRAP2, SNMP v3, user {USER}, context |0|0|.|{list}|end"),
    ] {
        assert!(log.lines().any(|logged| logged == line), "{line}\nis not in\n{log}");
    }
}

#[test]
fn our_informs_are_acknowledged_by_snmptrapd_through_both_drivers() {
    if !require(&[Tool::Snmptrapd]) {
        return;
    }
    let mut judge = Snmptrapd::start();
    let targets: Vec<fn(SocketAddr) -> Target> =
        vec![|address| Target::inform(address, Credentials::v2c("public")), |address| {
            Target::inform(address, v3())
        }];
    let event = Notification::new(900, Notification::COLD_START);
    let notifier_a = notifier(judge.address, targets.clone());
    let mut sender = blocking::NotificationSender::bind_any(notifier_a, Clock::start()).unwrap();
    sender.notify(&mut engine(ENGINE_ID), &event).unwrap();
    for _ in 0..2 {
        let notice = sender.next(PATIENCE).unwrap();
        assert!(matches!(notice, Some(Notice::Acknowledged { .. })), "{notice:?}");
    }
    let notifier_b = notifier(judge.address, targets);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut sender = tasks::NotificationSender::bind_any(notifier_b, Clock::start()).unwrap();
        sender.notify(&mut engine(ENGINE_ID), &event).unwrap();
        for _ in 0..2 {
            let notice = sender.next().await.unwrap();
            assert!(matches!(notice, Some(Notice::Acknowledged { .. })), "{notice:?}");
        }
        assert!(sender.next().await.unwrap().is_none());
    });
    let log = judge.log(4);
    for said in ["INFORM, SNMP v2c, community public|", "INFORM, SNMP v3, user sha256aes, context |"] {
        assert_eq!(log.matches(said).count(), 2, "{log}");
    }
}

#[test]
fn the_listener_of_tasks_acknowledges_net_snmps_informs() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut listener = tasks::NotificationListener::bind(loopback(), receiver()).unwrap();
        let address = listener.local_addr().unwrap();
        let sent = tokio::task::spawn_blocking(move || {
            send("snmpinform", &v3_words(), address, &["1", "1.3.6.1.6.3.1.1.5.1"])
        });
        let received = listener.next().await.unwrap();
        assert_eq!(received.notification.trap_oid, Notification::COLD_START);
        let (content, said) = sent.await.unwrap();
        assert!(content, "{said}");
    });
}
