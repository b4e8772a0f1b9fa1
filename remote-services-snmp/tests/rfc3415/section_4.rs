//! vacmViewTreeFamilyTable.
use remote_services_snmp::engine::responder::{Grant, MibTree, SortedTable, View};
use remote_services_snmp::message::Version;
use remote_services_snmp::{Value, oid};

use crate::asked::Asked;

#[test]
fn rfc3415_4_the_longest_subtree_decides() {
    let view = View::nothing()
        .include(oid!("1.3.6"))
        .exclude(oid!("1.3.6.1.2"))
        .include(oid!("1.3.6.1.2.1.1"))
        .exclude(oid!("1.3.6.1.2.1.1.5"));
    for (name, inside) in [
        (oid!("1.3.6.1"), true),
        (oid!("1.3.6.1.2.9"), false),
        (oid!("1.3.6.1.2.1.1.4.0"), true),
        (oid!("1.3.6.1.2.1.1.5.0"), false),
        (oid!("1.3.6.1.2.1.1.50.0"), true),
        (oid!("1.3.7"), false),
    ] {
        assert_eq!(view.contains(name.as_ref()), inside, "{name}");
    }
    assert!(View::nothing().exclude(oid!("1.3")).is_empty() && !View::everything().is_empty());
}

#[test]
fn rfc3415_4_a_mask_lets_one_row_of_a_table_be_seen() {
    // ifEntry.*.2: every column of row 2.
    let row = View::nothing().include_masked(oid!("1.3.6.1.2.1.2.2.1.0.2"), &[0xff, 0xa0]);
    assert!(row.contains(oid!("1.3.6.1.2.1.2.2.1.7.2").as_ref()));
    assert!(row.contains(oid!("1.3.6.1.2.1.2.2.1.7.2.1").as_ref()));
    assert!(!row.contains(oid!("1.3.6.1.2.1.2.2.1.7.3").as_ref()));
    assert!(!row.contains(oid!("1.3.6.1.2.1.2.2.1.7").as_ref()));
    let mut table = SortedTable::new();
    for column in 1..=3 {
        for row in 1..=3 {
            table.insert(oid!("1.3.6.1.2.1.2.2.1").extend(&[column, row]).unwrap(), Value::Integer(1));
        }
    }
    let mut asked = Asked::new(1, table, |config| config.community("row", Grant::reading(row)));
    let expected = [1, 2, 3].map(|column| oid!("1.3.6.1.2.1.2.2.1").extend(&[column, 2]).unwrap());
    assert_eq!(asked.walk(Version::V2c, "row"), expected);
}

#[test]
fn rfc3415_4_each_community_sees_its_own_context() {
    let mut tree = MibTree::new();
    for (context, text) in [("", "default"), ("tray", "of the tray")] {
        let table = SortedTable::from_iter([(oid!("1.3.6.1.2.1.1.5.0"), Value::from(text))]);
        assert!(tree.mount_in(context.as_bytes(), oid!("1.3.6.1.2.1.1"), Box::new(table)).is_none());
    }
    let everything = || Grant::reading(View::everything());
    let mut asked = Asked::new(1, tree, |config| {
        config.community("public", everything()).community_in_context("tray", everything(), b"tray")
    });
    for (community, text) in [("public", "default"), ("tray", "of the tray")] {
        let kind = remote_services_snmp::pdu::PduKind::Get;
        let (_, _, list) = asked.read(Version::V2c, community, kind, &[oid!("1.3.6.1.2.1.1.5.0")]);
        assert_eq!(list[0].value, Value::from(text));
    }
    // The engine's own objects belong to the default context.
    assert_eq!(asked.walk(Version::V2c, "tray").len(), 1);
}
