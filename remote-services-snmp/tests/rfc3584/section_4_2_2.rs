//! What SNMPv1 is told of a MIB that was made for SNMPv2.
use remote_services_snmp::engine::responder::{Access, SortedTable};
use remote_services_snmp::message::Version;
use remote_services_snmp::pdu::{ErrorStatus, PduKind};
use remote_services_snmp::{Value, VarBind, oid};

use crate::asked::Asked;

/// R46.
#[test]
fn rfc3584_4_2_2_1_counter64_is_not_there_for_v1() {
    let mut table = SortedTable::new();
    for column in 1..=19 {
        let value = if (6..=13).contains(&column) { Value::Counter64(1) } else { Value::Gauge32(1) };
        for row in 1..=50 {
            table.insert(oid!("1.3.6.1.2.1.31.1.1.1").extend(&[column, row]).unwrap(), value.clone());
        }
    }
    let mut asked =
        Asked::new(1, table, |config| config.community("public", Access::Read).serve_engine_objects(false));
    assert_eq!(asked.walk(Version::V1, "public").len(), 11 * 50);
    assert_eq!(asked.walk(Version::V2c, "public").len(), 19 * 50);
    let names = [oid!("1.3.6.1.2.1.31.1.1.1.1.1"), oid!("1.3.6.1.2.1.31.1.1.1.6.1")];
    let (status, index, list) = asked.read(Version::V1, "public", PduKind::Get, &names);
    assert_eq!((status, index), (ErrorStatus::NoSuchName, 2));
    assert_eq!(list, names.map(VarBind::unspecified));
}

/// R46.
#[test]
fn rfc3584_4_2_2_a_set_of_counter64_by_v1_finds_no_such_name_and_changes_nothing() {
    let (contact, counter) = (oid!("1.3.6.1.2.1.1.4.0"), oid!("1.3.6.1.4.1.9.1.0"));
    let mut table = SortedTable::new();
    table.insert_writable(contact.clone(), Value::from("nobody"));
    table.insert_writable(counter.clone(), Value::Counter64(1));
    let mut asked = Asked::new(1, table, |config| config.community("private", Access::ReadWrite));
    let writes = vec![
        VarBind::new(contact.clone(), Value::from("somebody")),
        VarBind::new(counter.clone(), Value::Counter64(2)),
    ];
    let refused = asked.ask(Version::V1, "private", PduKind::Set, writes.clone());
    assert_eq!(refused, (ErrorStatus::NoSuchName, 2, writes.clone()));
    assert_eq!(asked.mib.value(&contact), Some(&Value::from("nobody")));
    assert_eq!(asked.mib.value(&counter), Some(&Value::Counter64(1)));
    let done = asked.ask(Version::V2c, "private", PduKind::Set, writes.clone());
    assert_eq!(done, (ErrorStatus::NoError, 0, writes));
    assert_eq!(asked.mib.value(&counter), Some(&Value::Counter64(2)));
}
