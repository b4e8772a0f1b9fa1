//! Whether access is allowed, and what is said when it is not.
use remote_services_snmp::engine::responder::{Grant, Rights, SortedTable, View};
use remote_services_snmp::message::Version;
use remote_services_snmp::pdu::{ErrorStatus, PduKind};
use remote_services_snmp::usm::SecurityLevel;
use remote_services_snmp::{Oid, Value, VarBind, oid};

use crate::asked::{Asked, BULK, V3Question, answer, user};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const LOCATION: Oid = oid!("1.3.6.1.2.1.1.6.0");
const HIDDEN: Oid = oid!("1.3.6.1.2.1.2.2.1.2.1");
const LAST: Oid = oid!("1.3.6.1.2.1.43.5.1.1.1.1");

fn table() -> SortedTable {
    let mut table = SortedTable::new();
    for name in [NAME, LOCATION, HIDDEN, LAST] {
        table.insert_writable(name, Value::from("text"));
    }
    for row in 2..5_000 {
        table.insert(oid!("1.3.6.1.2.1.2.2.1.2").child(row).unwrap(), Value::from("hidden"));
    }
    table
}

fn view() -> View {
    View::nothing().include(oid!("1.3.6.1.2.1")).exclude(oid!("1.3.6.1.2.1.2"))
}

fn asked() -> Asked<SortedTable> {
    Asked::new(1, table(), |config| {
        let writer = Grant::reading(view()).writing(View::nothing().include(LOCATION));
        config.community("seer", Grant::reading(view())).community("writer", writer)
    })
}

/// R64.
#[test]
fn rfc3415_3_2_what_is_not_in_the_view_is_not_there() {
    let mut asked = asked();
    let (status, _, list) = asked.read(Version::V2c, "seer", PduKind::Get, &[NAME, HIDDEN]);
    assert_eq!(status, ErrorStatus::NoError);
    assert_eq!((&list[0].value, &list[1].value), (&Value::from("text"), &Value::NoSuchObject));
    let (status, index, _) = asked.read(Version::V1, "seer", PduKind::Get, &[NAME, HIDDEN]);
    assert_eq!((status, index), (ErrorStatus::NoSuchName, 2));
}

/// R64.
#[test]
fn rfc3415_3_2_a_walk_never_crosses_into_the_hidden() {
    let mut asked = asked();
    let seen = |names: Vec<Oid>| -> Vec<Oid> {
        names.into_iter().filter(|name| !name.starts_with(&oid!("1.3.6.1.2.1.11"))).collect()
    };
    for version in [Version::V1, Version::V2c] {
        assert_eq!(seen(asked.walk(version, "seer")), [NAME, LOCATION, LAST]);
    }
    let (_, _, list) = asked.read(Version::V2c, "seer", BULK, &[oid!("1.3")]);
    assert!(list.iter().all(|varbind| !varbind.name.starts_with(&oid!("1.3.6.1.2.1.2"))));
    assert_eq!(list.last().unwrap().value, Value::EndOfMibView);
}

/// R64.
#[test]
fn rfc3415_3_2_a_set_outside_the_write_view_is_no_access() {
    let mut asked = asked();
    let set = |name| vec![VarBind::new(LOCATION, "x".into()), VarBind::new(name, Value::from("new"))];
    for name in [NAME, HIDDEN, oid!("1.3.6.1.9.9.0")] {
        let (status, index, _) = asked.ask(Version::V2c, "writer", PduKind::Set, set(name.clone()));
        assert_eq!((status, index), (ErrorStatus::NoAccess, 2));
        let (status, index, _) = asked.ask(Version::V1, "writer", PduKind::Set, set(name));
        assert_eq!((status, index), (ErrorStatus::NoSuchName, 2));
    }
    assert_eq!(asked.mib.value(&LOCATION), Some(&Value::from("text")));
    assert_eq!(asked.ask(Version::V2c, "writer", PduKind::Set, set(LOCATION)).0, ErrorStatus::NoError);
    assert_eq!(asked.ask(Version::V2c, "seer", PduKind::Set, set(LOCATION)).0, ErrorStatus::NoAccess);
    assert_eq!(asked.mib.value(&LOCATION), Some(&Value::from("new")));
}

#[test]
fn rfc3415_4_the_level_and_the_context_choose_the_view() {
    let everything = || Grant::reading(View::everything());
    let rights = Rights::none()
        .grant(Grant::reading(View::nothing().include(NAME)))
        .grant(everything().at_least(SecurityLevel::AuthPriv));
    let mut asked = Asked::new(1, table(), |config| {
        let elsewhere = everything().in_context(b"elsewhere");
        config.user(user("operator"), rights, SecurityLevel::AuthNoPriv).user(
            user("stranger"),
            elsewhere,
            SecurityLevel::AuthNoPriv,
        )
    });
    for (level, value) in
        [(SecurityLevel::AuthNoPriv, Value::NoSuchObject), (SecurityLevel::AuthPriv, Value::from("text"))]
    {
        let question = V3Question { level, ..V3Question::get("operator", LOCATION) };
        let (_, pdu) = asked.ask_v3(&question).unwrap();
        assert_eq!(answer(pdu), (ErrorStatus::NoError, 0, vec![VarBind::new(LOCATION, value)]));
    }
    let (_, pdu) = asked.ask_v3(&V3Question::get("stranger", NAME)).unwrap();
    assert_eq!(answer(pdu).0, ErrorStatus::AuthorizationError);
}

#[test]
fn a_community_may_mean_other_rights_at_other_addresses() {
    let near = |grant: Grant| grant.from_network("192.0.2.0".parse().unwrap(), 24);
    let mut asked = Asked::new(1, table(), |config| {
        config.community("public", near(Grant::reading(View::nothing().include(NAME)))).community(
            "public",
            Grant::reading(View::everything()).from_network("2001:db8::".parse().unwrap(), 32),
        )
    });
    let value = |asked: &mut Asked<SortedTable>| {
        asked.read(Version::V2c, "public", PduKind::Get, &[LOCATION]).2.remove(0).value
    };
    assert_eq!(value(&mut asked), Value::NoSuchObject);
    asked.from = "[2001:db8::7]:9".parse().unwrap();
    assert_eq!(value(&mut asked), Value::from("text"));
    asked.from = "198.51.100.1:9".parse().unwrap();
    let request = remote_services_snmp::pdu::Pdu::request(PduKind::Get, 1, Vec::new());
    let message = remote_services_snmp::message::CommunityMessage::new(Version::V2c, b"public", request);
    assert_eq!(asked.send(&message.to_bytes()), None);
    assert_eq!(asked.responder.stats().bad_community_names, 1);
}
