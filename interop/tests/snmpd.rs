//! Our manager, behind both of its drivers, on net-snmp's agent; and what it says when something is wrong.
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::thread;

use remote_services_interop::manager::{Patience, askers, user};
use remote_services_interop::net_snmp;
use remote_services_interop::process::free_udp_port;
use remote_services_interop::responder::Served;
use remote_services_interop::snmpd::{AUTH_PASSWORD, PRIVACY_PASSWORD, Snmpd};
use remote_services_interop::{Tool, require};
use remote_services_snmp::crypto::AuthProtocol::{HmacSha1, HmacSha256};
use remote_services_snmp::driver::CallError;
use remote_services_snmp::engine::responder::SortedTable;
use remote_services_snmp::engine::{Credentials, Operation, RequestError};
use remote_services_snmp::{Value, VarBind, oid};

/// Every way to read, with a name for messages.
fn readers() -> Vec<(&'static str, Arc<Credentials>)> {
    let privacy = Some(PRIVACY_PASSWORD);
    [
        ("v1", Credentials::v1("public")),
        ("v2c", Credentials::v2c("public")),
        ("v3 SHA-1, AES-128", user("sha1aes", HmacSha1, AUTH_PASSWORD, privacy, "")),
        ("v3 SHA-256, AES-128", user("sha256aes", HmacSha256, AUTH_PASSWORD, privacy, "")),
        ("v3 SHA-1, in the clear", user("sha1only", HmacSha1, AUTH_PASSWORD, None, "")),
        ("v3 SHA-256, in the clear", user("sha256only", HmacSha256, AUTH_PASSWORD, None, "")),
    ]
    .map(|(name, credentials)| (name, Arc::new(credentials)))
    .into()
}

/// Runs one behaviour with every driver and every way to read.
fn with_everything(behaviour: impl Fn(&str, &mut dyn FnMut(Operation) -> Result<Vec<VarBind>, CallError>)) {
    if !require(&[Tool::Snmp, Tool::Snmpd]) {
        return;
    }
    let snmpd = Snmpd::start();
    for (driver, mut asker) in askers(Patience::Much) {
        for (version, credentials) in readers() {
            let mut ask = |operation| asker.ask(snmpd.address, &credentials, operation);
            behaviour(&format!("{driver}, {version}"), &mut ask);
        }
    }
}

#[test]
fn get_reads_values_and_says_what_is_not_there() {
    with_everything(|how, ask| {
        let names = vec![oid!("1.3.6.1.2.1.1.4.0"), oid!("1.3.6.1.2.1.1.3.0"), oid!("1.3.6.1.2.1.1.4.7")];
        let answer = ask(Operation::Get(names)).unwrap_or_else(|error| panic!("{how}: {error}"));
        assert_eq!(answer[0].value, Value::from("operator@example.com"), "{how}");
        assert!(matches!(answer[1].value, Value::TimeTicks(_)), "{how}");
        assert!(answer[2].value.is_exception(), "{how}: {:?}", answer[2].value);
    });
}

#[test]
fn getnext_goes_on_from_a_name_that_does_not_exist_itself() {
    with_everything(|how, ask| {
        let names = vec![oid!("1.3.6.1.2.1.1.4"), oid!("1.3.6.1.2.1.1.4.0")];
        let answer = ask(Operation::GetNext(names)).unwrap_or_else(|error| panic!("{how}: {error}"));
        assert_eq!(answer[0].name, oid!("1.3.6.1.2.1.1.4.0"), "{how}");
        assert_eq!(answer[1].name, oid!("1.3.6.1.2.1.1.5.0"), "{how}");
    });
}

#[test]
fn a_walk_brings_the_same_names_as_net_snmps_own() {
    if !require(&[Tool::Snmp, Tool::Snmpd]) {
        return;
    }
    let snmpd = Snmpd::start();
    // A subtree that does not change meanwhile.
    let (root, top) = (oid!("1.3.6.1.2.1.1"), "1.3.6.1.2.1.1");
    let mut walk = net_snmp::command("snmpbulkwalk");
    let (walked, text) = net_snmp::ask(walk.args(["-v2c", "-c", "public", &snmpd.address.to_string(), top]));
    assert!(walked, "{text}");
    let theirs: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix('.')?.split(" = ").next()).collect();
    assert!(theirs.len() > 25, "{text}");
    for (driver, mut asker) in askers(Patience::Much) {
        for (version, credentials) in readers() {
            let answer = asker.ask(snmpd.address, &credentials, Operation::Walk(root.clone())).unwrap();
            let ours: Vec<String> = answer.iter().map(|varbind| varbind.name.to_string()).collect();
            assert_eq!(ours, theirs, "{driver}, {version}");
        }
    }
}

#[test]
fn a_table_comes_column_by_column() {
    with_everything(|how, ask| {
        // sysORID and sysORDescr: two columns of one table, without gaps.
        let columns = [oid!("1.3.6.1.2.1.1.9.1.2"), oid!("1.3.6.1.2.1.1.9.1.3")];
        let answer = ask(Operation::Table(columns.to_vec())).unwrap_or_else(|error| panic!("{how}: {error}"));
        let (ids, texts): (Vec<_>, Vec<_>) = answer.iter().partition(|row| row.name.starts_with(&columns[0]));
        assert!(ids.len() > 3 && ids.len() == texts.len(), "{how}: {} and {}", ids.len(), texts.len());
        assert!(ids.iter().all(|row| row.value.as_oid().is_some()), "{how}");
        assert!(texts.iter().all(|row| row.value.as_bytes().is_some()), "{how}");
    });
}

#[test]
fn what_set_writes_net_snmp_reads() {
    if !require(&[Tool::Snmp, Tool::Snmpd]) {
        return;
    }
    let snmpd = Snmpd::start();
    let location = oid!("1.3.6.1.2.1.1.6.0");
    let writers = readers().into_iter().map(|(version, credentials)| match *credentials {
        Credentials::V1 { .. } => (version, Arc::new(Credentials::v1("private"))),
        Credentials::V2c { .. } => (version, Arc::new(Credentials::v2c("private"))),
        _ => (version, credentials),
    });
    let writers: Vec<_> = writers.collect();
    for (driver, mut asker) in askers(Patience::Much) {
        for (version, credentials) in &writers {
            let text = format!("room of {driver} and {version}");
            let wanted = VarBind::new(location.clone(), Value::from(text.as_str()));
            asker.ask(snmpd.address, credentials, Operation::Set(vec![wanted])).unwrap();
            let mut get = net_snmp::command("snmpget");
            let address = snmpd.address.to_string();
            let (_, read) =
                net_snmp::ask(get.args(["-v2c", "-c", "public", "-Oqv", &address, "1.3.6.1.2.1.1.6.0"]));
            assert_eq!(read.trim().trim_matches('"'), text);
        }
    }
}

#[test]
fn a_refused_set_names_the_object_and_changes_nothing() {
    with_everything(|how, ask| {
        // snmpd was told the contact in its configuration, so that nobody may write it; v1 and v2c read as `public`.
        let name = oid!("1.3.6.1.2.1.1.4.0");
        let wanted = VarBind::new(name.clone(), Value::from("somebody else"));
        let error = request_error(ask(Operation::Set(vec![wanted])));
        assert!(
            matches!(&error, RequestError::ErrorStatus { name: Some(named), .. } if *named == name),
            "{how}: {error}"
        );
        let answer = ask(Operation::Get(vec![name])).unwrap();
        assert_eq!(answer[0].value, Value::from("operator@example.com"), "{how}");
    });
}

#[test]
fn a_context_of_snmpd_stands_for_the_device_behind_it() {
    if !require(&[Tool::Snmp, Tool::Snmpd]) {
        return;
    }
    let name = oid!("1.3.6.1.2.1.43.5.1.1.16.1");
    let behind = Served::start(SortedTable::from_iter([(name.clone(), Value::from("the one behind"))]));
    let snmpd = Snmpd::start_with(&format!(
        "view everything included .1\nrouser sha256aes priv -V everything behind\n\
         proxy -Cn behind -v 2c -c public {} .1.3.6.1.2.1.43\n",
        behind.address
    ));
    for (driver, mut asker) in askers(Patience::Much) {
        for (context, expected) in [("behind", Value::from("the one behind")), ("", Value::NoSuchInstance)] {
            let reader = user("sha256aes", HmacSha256, AUTH_PASSWORD, Some(PRIVACY_PASSWORD), context);
            let answer = asker.ask(snmpd.address, &Arc::new(reader), Operation::Get(vec![name.clone()]));
            let read = answer.unwrap_or_else(|error| panic!("{driver}: {error}"));
            let value = read[0].value.clone();
            let missing = [Value::NoSuchInstance, Value::NoSuchObject];
            let same = value == expected || missing.contains(&value) && missing.contains(&expected);
            assert!(same, "{driver}, {context:?}: {value:?}");
        }
    }
}

#[test]
fn wrong_credentials_are_told_apart() {
    if !require(&[Tool::Snmp, Tool::Snmpd]) {
        return;
    }
    let snmpd = Snmpd::start();
    let privacy = Some(PRIVACY_PASSWORD);
    for (driver, mut asker) in askers(Patience::Little) {
        let mut outcome = |credentials| {
            let get = Operation::Get(vec![oid!("1.3.6.1.2.1.1.3.0")]);
            request_error(asker.ask(snmpd.address, &Arc::new(credentials), get))
        };
        let error = outcome(Credentials::v2c("no such community"));
        assert!(matches!(error, RequestError::Timeout { garbage: None, .. }), "{driver}: {error:?}");
        let error = outcome(user("sha256aes", HmacSha256, "not the password", privacy, ""));
        assert_eq!(error, RequestError::AuthenticationFailed, "{driver}");
        let error = outcome(user("sha256aes", HmacSha1, AUTH_PASSWORD, privacy, ""));
        assert_eq!(error, RequestError::AuthenticationFailed, "{driver}: the wrong protocol");
        let error = outcome(user("sha256aes", HmacSha256, AUTH_PASSWORD, Some("not the password"), ""));
        // snmpd says nothing to what it cannot decrypt, but has told its time; snmpsim reports it, see snmpsim.rs.
        assert!(matches!(error, RequestError::SilentAfterDiscovery { .. }), "{driver}: {error:?}");
        let error = outcome(user("nobody", HmacSha256, AUTH_PASSWORD, privacy, ""));
        assert_eq!(error, RequestError::UnknownUser, "{driver}");
        let error = outcome(user("sha256only", HmacSha256, AUTH_PASSWORD, privacy, ""));
        assert_eq!(error, RequestError::UnsupportedSecurityLevel, "{driver}");
    }
}

#[test]
fn a_port_where_nobody_listens_and_a_host_that_talks_nonsense_are_told_apart() {
    let nonsense = UdpSocket::bind("127.0.0.1:0").unwrap();
    let talker = nonsense.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((_, from)) = nonsense.recv_from(&mut buffer) {
            let _ = nonsense.send_to(b"HTTP/1.1 400 Bad Request\r\n\r\n", from);
        }
    });
    let dead = SocketAddr::from(([127, 0, 0, 1], free_udp_port()));
    for (driver, mut asker) in askers(Patience::Little) {
        for credentials in [Credentials::v2c("public"), user("user", HmacSha256, AUTH_PASSWORD, None, "")] {
            let credentials = Arc::new(credentials);
            let get = || Operation::Get(vec![oid!("1.3.6.1.2.1.1.3.0")]);
            let error = request_error(asker.ask(dead, &credentials, get()));
            let silent =
                matches!(error, RequestError::Unreachable | RequestError::Timeout { garbage: None, .. });
            assert!(silent, "{driver}: {error:?}");
            let error = request_error(asker.ask(talker, &credentials, get()));
            assert!(matches!(error, RequestError::Timeout { garbage: Some(_), .. }), "{driver}: {error:?}");
        }
    }
}

fn request_error(outcome: Result<Vec<VarBind>, CallError>) -> RequestError {
    match outcome {
        Err(CallError::Request { error, .. }) => error,
        other => panic!("not an error of the request: {other:?}"),
    }
}
