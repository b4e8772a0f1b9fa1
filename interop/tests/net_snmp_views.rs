//! net-snmp's commands on a responder with views, contexts and tables.
use std::fs;

use remote_services_interop::net_snmp::{self, V3};
use remote_services_interop::responder::{AUTH_PASSWORD, PRIVACY_PASSWORD, Served, standard_table};
use remote_services_interop::{Tool, require};
use remote_services_snmp::engine::responder::{MibTree, SortedTable};
use remote_services_snmp::{Oid, Value, oid};

const SYSTEM: Oid = oid!("1.3.6.1.2.1.1");
const DESCRIPTION: &str = "1.3.6.1.2.1.1.1.0";

fn ask(program: &str, way: &[&str], address: &str, rest: &[&str]) -> (bool, String) {
    let mut command = net_snmp::command(program);
    net_snmp::ask(command.args(way).arg(address).args(rest))
}

#[test]
fn a_walk_in_a_view_brings_what_the_view_has_and_nothing_else() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let served = Served::start(standard_table());
    let address = served.address.to_string();
    let expected = ["1.1.0", "1.2.0", "1.3.0", "1.5.0", "1.6.0"].map(|end| format!(".1.3.6.1.2.1.{end} "));
    for (program, way) in [
        ("snmpwalk", ["-v1", "-c", "narrow"]),
        ("snmpwalk", ["-v2c", "-c", "narrow"]),
        ("snmpbulkwalk", ["-v2c", "-c", "narrow"]),
    ] {
        let (answered, text) = ask(program, &way, &address, &["1.3"]);
        assert!(answered, "{program} {way:?}: {text}");
        // The commands say so when they come to the end of all there is.
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.contains("No more variables") && *line != "End of MIB")
            .collect();
        assert_eq!(lines.len(), expected.len(), "{program} {way:?}: {text}");
        for (line, start) in lines.iter().zip(&expected) {
            assert!(line.starts_with(start), "{program} {way:?}: {line}");
        }
    }
    let (answered, text) = ask("snmpget", &["-v2c", "-c", "narrow"], &address, &["1.3.6.1.2.1.1.4.0"]);
    assert!(answered && text.contains("No Such Object"), "{text}");
}

#[test]
fn each_context_has_its_own_values_and_an_unknown_one_is_told() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let described =
        |text: &str| Box::new(SortedTable::from_iter([(oid!("1.3.6.1.2.1.1.1.0"), Value::from(text))]));
    let mut tree = MibTree::new();
    tree.mount(SYSTEM, described("the first"));
    tree.mount_in(b"second", SYSTEM, described("the second"));
    let served = Served::start(tree);
    let address = served.address.to_string();
    let v3 = V3 { user: "sha256aes", auth: ("SHA-256", AUTH_PASSWORD), privacy: ("AES", PRIVACY_PASSWORD) }
        .words();
    let in_context = |context: &str| {
        let mut way: Vec<&str> = v3.iter().map(String::as_str).collect();
        way.extend(["-n", context]);
        ask("snmpget", &way, &address, &[DESCRIPTION])
    };
    for (context, value) in [("", "the first"), ("second", "the second")] {
        let (answered, text) = in_context(context);
        assert!(answered && text.contains(value), "{context:?}: {text}");
    }
    let (answered, text) = in_context("third");
    assert!(!answered && text.contains("Bad context specified"), "{text}");
    // A community may stand for a context.
    for (community, value) in [("public", "the first"), ("second", "the second")] {
        for version in ["-v1", "-v2c"] {
            let (answered, text) = ask("snmpget", &[version, "-c", community], &address, &[DESCRIPTION]);
            assert!(answered && text.contains(value), "{version} {community}: {text}");
        }
    }
}

#[test]
fn snmpbulkget_reads_some_names_once_and_others_repeatedly() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let served = Served::start(standard_table());
    let way = ["-v2c", "-c", "public", "-Cn1", "-Cr2"];
    let names = ["1.3.6.1.2.1.1.4", "1.3.6.1.2.1.1.1", "1.3.6.1.2.1.31.1.1.1.6"];
    let (answered, text) = ask("snmpbulkget", &way, &served.address.to_string(), &names);
    assert!(answered, "{text}");
    let seen: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    let expected = [
        ".1.3.6.1.2.1.1.4.0",
        ".1.3.6.1.2.1.1.1.0",
        ".1.3.6.1.2.1.31.1.1.1.6.1",
        ".1.3.6.1.2.1.1.2.0",
        ".1.3.6.1.2.1.31.1.1.1.7.1",
    ];
    assert_eq!(seen, expected, "{text}");
}

#[test]
fn snmptable_puts_columns_side_by_side() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let mut table = SortedTable::new();
    for row in 1..=3 {
        let cell = |column| oid!("1.3.6.1.4.1.99999.3.1").extend(&[column, row]).expect("room for two arcs");
        table.insert(cell(2), Value::from(format!("tray{row}").as_str()));
        table.insert(cell(3), Value::Integer(i32::try_from(row).expect("a small number") * 100));
    }
    let served = Served::start(table);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    fs::write(folder.path().join("ROWS-MIB.txt"), ROWS_MIB).expect("the folder is ours");
    for way in [["-v1", "-c", "public"], ["-v2c", "-c", "public"]] {
        let mut command = net_snmp::command("snmptable");
        command.env("MIBS", "ROWS-MIB").env("MIBDIRS", folder.path()).args(["-OS", "-Ch", "-Cf", "|"]);
        command.args(way).arg(served.address.to_string()).arg("1.3.6.1.4.1.99999.3");
        let (answered, headers) = net_snmp::ask(&mut command);
        assert!(answered && headers.contains("rowText|rowCount"), "{way:?}: {headers}");
        let mut command = net_snmp::command("snmptable");
        command.env("MIBS", "ROWS-MIB").env("MIBDIRS", folder.path()).args(["-OS", "-CH", "-Cf", "|"]);
        command.args(way).arg(served.address.to_string()).arg("1.3.6.1.4.1.99999.3");
        let (answered, text) = net_snmp::ask(&mut command);
        let rows: Vec<&str> = text.lines().filter(|line| line.contains('|')).collect();
        assert!(answered, "{way:?}: {text}");
        assert_eq!(rows, ["\"tray1\"|100", "\"tray2\"|200", "\"tray3\"|300"], "{way:?}: {text}");
    }
}

/// A table of our own, so that no MIB file of others is needed.
const ROWS_MIB: &str = r#"ROWS-MIB DEFINITIONS ::= BEGIN
org OBJECT IDENTIFIER ::= { iso 3 }
dod OBJECT IDENTIFIER ::= { org 6 }
internet OBJECT IDENTIFIER ::= { dod 1 }
private OBJECT IDENTIFIER ::= { internet 4 }
enterprises OBJECT IDENTIFIER ::= { private 1 }
rows OBJECT IDENTIFIER ::= { enterprises 99999 }
rowTable OBJECT-TYPE SYNTAX SEQUENCE OF RowEntry MAX-ACCESS not-accessible STATUS current
    DESCRIPTION "Rows." ::= { rows 3 }
rowEntry OBJECT-TYPE SYNTAX RowEntry MAX-ACCESS not-accessible STATUS current
    DESCRIPTION "A row." INDEX { rowIndex } ::= { rowTable 1 }
RowEntry ::= SEQUENCE { rowIndex INTEGER, rowText OCTET STRING, rowCount INTEGER }
rowIndex OBJECT-TYPE SYNTAX INTEGER (1..100) MAX-ACCESS not-accessible STATUS current
    DESCRIPTION "The number of a row." ::= { rowEntry 1 }
rowText OBJECT-TYPE SYNTAX OCTET STRING MAX-ACCESS read-only STATUS current
    DESCRIPTION "Text." ::= { rowEntry 2 }
rowCount OBJECT-TYPE SYNTAX INTEGER MAX-ACCESS read-only STATUS current
    DESCRIPTION "A number." ::= { rowEntry 3 }
END
"#;
