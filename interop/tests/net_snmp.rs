//! net-snmp's commands on our responder: what they read, what they write, and what they say when they may not.
use remote_services_interop::net_snmp::{self, V3};
use remote_services_interop::responder::{AUTH_PASSWORD, PRIVACY_PASSWORD, Served};
use remote_services_interop::{Tool, require};
use remote_services_snmp::engine::responder::SortedTable;
use remote_services_snmp::smi::Oid;
use remote_services_snmp::{Value, oid};

const NAME: &str = "1.3.6.1.2.1.1.5.0";
const LOCATION: &str = "1.3.6.1.2.1.1.6.0";
/// A column with more rows than fit into one message.
const ROWS: u32 = 400;

fn table() -> SortedTable {
    let mut table = SortedTable::new();
    table.insert(oid!("1.3.6.1.2.1.1.2.0"), Value::ObjectIdentifier(oid!("1.3.6.1.4.1.99999.1")));
    table.insert(oid!("1.3.6.1.2.1.1.3.0"), Value::TimeTicks(4_294_967_295));
    table.insert(oid!("1.3.6.1.2.1.1.5.0"), Value::from("a printer"));
    table.insert_writable(oid!("1.3.6.1.2.1.1.6.0"), Value::from("room 1"));
    table.insert_writable(oid!("1.3.6.1.2.1.1.4.0"), Value::from("nobody"));
    table.insert(oid!("1.3.6.1.2.1.4.20.1.1.192.0.2.7"), Value::IpAddress([192, 0, 2, 7]));
    table.insert(oid!("1.3.6.1.2.1.31.1.1.1.6.1"), Value::Counter64(u64::MAX));
    table.insert(oid!("1.3.6.1.2.1.43.10.2.1.4.1.1"), Value::Counter32(4_294_967_290));
    table.insert(oid!("1.3.6.1.2.1.43.11.1.1.9.1.1"), Value::Integer(-3));
    for row in 1..=ROWS {
        let name = oid!("1.3.6.1.4.1.99999.2.1").child(row).expect("an object identifier may have 128 arcs");
        table.insert(name, Value::from(format!("row {row} of a long table").as_str()));
    }
    table
}

/// The arguments of every way to ask, with a name for messages.
fn ways(community: &str) -> Vec<(String, Vec<String>)> {
    let mut ways: Vec<_> = ["-v1", "-v2c"]
        .map(|version| (version.to_owned(), [version, "-c", community].map(str::to_owned).to_vec()))
        .into();
    for (user, auth) in [("sha1aes", "SHA"), ("sha256aes", "SHA-256")] {
        let words = V3 { user, auth: (auth, AUTH_PASSWORD), privacy: ("AES", PRIVACY_PASSWORD) }.words();
        ways.push((format!("-v3 {auth}"), words));
    }
    ways
}

fn ask(program: &str, way: &[String], served: &Served, rest: &[&str]) -> (bool, String) {
    let mut command = net_snmp::command(program);
    net_snmp::ask(command.args(way).arg(served.address.to_string()).args(rest))
}

#[test]
fn snmpget_reads_every_type_with_every_version() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let served = Served::start(table());
    let expected = [
        ("1.3.6.1.2.1.1.2.0", "OID: .1.3.6.1.4.1.99999.1"),
        ("1.3.6.1.2.1.1.3.0", "4294967295"),
        (NAME, "STRING: \"a printer\""),
        ("1.3.6.1.2.1.4.20.1.1.192.0.2.7", "IpAddress: 192.0.2.7"),
        ("1.3.6.1.2.1.43.10.2.1.4.1.1", "Counter32: 4294967290"),
        ("1.3.6.1.2.1.43.11.1.1.9.1.1", "INTEGER: -3"),
    ];
    for (how, way) in ways("public") {
        let (answered, text) = ask("snmpget", &way, &served, &expected.map(|(name, _)| name));
        assert!(answered, "{how}: {text}");
        for (name, value) in expected {
            assert!(text.contains(&format!(".{name} = {value}\n")), "{how}: {name} in\n{text}");
        }
        if how != "-v1" {
            let (_, text) = ask("snmpget", &way, &served, &["1.3.6.1.2.1.31.1.1.1.6.1"]);
            assert!(text.contains("Counter64: 18446744073709551615"), "{how}: {text}");
        }
    }
}

#[test]
fn what_is_not_there_is_said_in_the_words_of_each_version() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let served = Served::start(table());
    for (how, way) in ways("public") {
        let (_, text) = ask("snmpget", &way, &served, &["1.3.6.1.2.1.1.5.7"]);
        let word = if how == "-v1" { "noSuchName" } else { "No Such Instance" };
        assert!(text.contains(word), "{how}: {text}");
    }
}

#[test]
fn walks_bring_the_whole_table_in_order_by_getnext_and_by_getbulk() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let served = Served::start(table());
    let rows: Vec<String> = (1..=ROWS).map(|row| format!(".1.3.6.1.4.1.99999.2.1.{row} = ")).collect();
    for (how, way) in ways("public") {
        let programs: &[(&str, &[&str])] = match how.as_str() {
            "-v1" => &[("snmpwalk", &[])],
            _ => &[("snmpwalk", &[]), ("snmpbulkwalk", &["-Cr10"]), ("snmpbulkwalk", &["-Cr5000"])],
        };
        for (program, options) in programs {
            let way: Vec<String> = options.iter().map(|word| (*word).to_owned()).chain(way.clone()).collect();
            let (answered, text) = ask(program, &way, &served, &["1.3.6.1.4.1.99999.2"]);
            assert!(answered, "{how} {program}: {text}");
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), rows.len(), "{how} {program} {options:?}");
            for (line, row) in lines.iter().zip(&rows) {
                assert!(line.starts_with(row), "{how} {program}: {line}");
            }
        }
    }
}

#[test]
fn a_v1_walk_passes_over_counter64() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let served = Served::start(table());
    let (how, way) = ways("public").swap_remove(0);
    let (answered, text) = ask("snmpgetnext", &way, &served, &["1.3.6.1.2.1.31.1.1.1.6"]);
    assert!(answered && text.starts_with(".1.3.6.1.2.1.43.10.2.1.4.1.1 "), "{how}: {text}");
}

#[test]
fn snmpset_writes_what_may_be_written() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let served = Served::start(table());
    for (how, way) in ways("private") {
        let text = format!("room of {how}");
        let (answered, said) = ask("snmpset", &way, &served, &[LOCATION, "s", &text]);
        assert!(answered, "{how}: {said}");
        assert_eq!(value(&served, LOCATION), Value::from(text.as_str()), "{how}");
    }
}

#[test]
fn a_set_that_cannot_be_done_as_a_whole_changes_nothing_and_says_why() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let served = Served::start(table());
    let refusals: [(&[&str], &str, &str); 4] = [
        (&[LOCATION, "s", "elsewhere", NAME, "s", "other"], "noSuchName", "notWritable"),
        (&[LOCATION, "s", "elsewhere", "1.3.6.1.2.1.1.4.0", "i", "7"], "badValue", "wrongType"),
        (&[LOCATION, "s", "elsewhere", "1.3.6.1.2.1.99.0", "i", "7"], "noSuchName", "notWritable"),
        (&[LOCATION, "s", "elsewhere", "1.3.6.1.2.1.1.6.7", "s", "x"], "noSuchName", "noCreation"),
    ];
    for (how, way) in ways("private") {
        for (words, in_v1, later) in refusals {
            let (answered, text) = ask("snmpset", &way, &served, words);
            let word = if how == "-v1" { in_v1 } else { later };
            assert!(!answered && text.contains(word), "{how}, {words:?}: {text}");
            assert_eq!(value(&served, LOCATION), Value::from("room 1"), "{how}, {words:?}");
        }
    }
}

#[test]
fn who_may_only_read_cannot_write() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let served = Served::start(table());
    for (how, way) in ways("public").into_iter().take(2) {
        let (answered, text) = ask("snmpset", &way, &served, &[LOCATION, "s", "elsewhere"]);
        assert!(!answered && text.contains("Reason: "), "{how}: {text}");
        assert_eq!(value(&served, LOCATION), Value::from("room 1"), "{how}");
    }
}

#[test]
fn strangers_are_told_what_the_standard_says_and_no_more() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let served = Served::start(table());
    let v3 = |user, auth, privacy| V3 { user, auth: ("SHA-256", auth), privacy: ("AES", privacy) }.words();
    let community = ["-v2c", "-c", "wrong", "-t", "0.5", "-r", "0"].map(str::to_owned).to_vec();
    let plain = ["-v3", "-l", "authNoPriv", "-u", "sha256aes", "-a", "SHA-256", "-A", AUTH_PASSWORD];
    let strangers = [
        (community, "Timeout"),
        (v3("nobody", AUTH_PASSWORD, PRIVACY_PASSWORD), "Unknown user name"),
        (v3("sha256aes", "not the password", PRIVACY_PASSWORD), "Authentication failure"),
        (v3("sha256aes", AUTH_PASSWORD, "not the password"), "Decryption error"),
        (plain.map(str::to_owned).to_vec(), "authorizationError"),
    ];
    for (way, expected) in strangers {
        let (answered, text) = ask("snmpget", &way, &served, &[NAME]);
        assert!(!answered && text.contains(expected), "{expected}: {text}");
    }
}

fn value(served: &Served, name: &str) -> Value {
    let name: Oid = name.parse().expect("an object identifier");
    served.table().value(&name).expect("it is in the table").clone()
}
