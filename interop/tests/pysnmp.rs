//! pysnmp on our responder: an implementation that shares nothing with net-snmp.
use std::process::{Command, Output};

use remote_services_interop::process::run;
use remote_services_interop::responder::{AUTH_PASSWORD, PRIVACY_PASSWORD, Served, standard_table};
use remote_services_interop::{Tool, require};
use remote_services_snmp::{Value, oid};

const ASK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pysnmp/ask.py");

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
