//! Definitions: counters and authenticationFailure.
use remote_services_snmp::engine::responder::{Access, ResponderEvent, SortedTable};
use remote_services_snmp::message::{CommunityMessage, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::{Oid, Value, VarBind, oid};

use crate::asked::Asked;

const ENABLE: Oid = oid!("1.3.6.1.2.1.11.30.0");

fn asked() -> Asked<SortedTable> {
    let mut table = SortedTable::new();
    table.insert_writable(oid!("1.3.6.1.2.1.1.5.0"), Value::from("printer"));
    Asked::new(1, table, |config| {
        config.community("public", Access::Read).community("private", Access::ReadWrite)
    })
}

fn counter(asked: &mut Asked<SortedTable>, number: u32) -> u64 {
    let name = oid!("1.3.6.1.2.1.11").extend(&[number, 0]).unwrap();
    asked.read(Version::V2c, "public", PduKind::Get, &[name]).2[0].value.as_u64().unwrap()
}

fn stranger() -> Vec<u8> {
    CommunityMessage::new(Version::V2c, b"wrong", Pdu::request(PduKind::Get, 1, Vec::new())).to_bytes()
}

/// R52.
#[test]
fn rfc3418_2_a_wrong_community_gets_no_answer_and_is_counted_and_told_if_enabled() {
    let mut asked = asked();
    assert_eq!(asked.send(&stranger()), None);
    assert_eq!((counter(&mut asked, 4), asked.responder.poll_event()), (1, None));

    let enable = vec![VarBind::new(ENABLE, Value::Integer(1))];
    assert_eq!(asked.ask(Version::V2c, "private", PduKind::Set, enable).0, ErrorStatus::NoError);
    assert_eq!(asked.send(&stranger()), None);
    assert_eq!(counter(&mut asked, 4), 2);
    let told = ResponderEvent::AuthenticationFailure { from: asked.from };
    assert_eq!(asked.responder.poll_event(), Some(told));
    assert_eq!(asked.responder.poll_event(), None);
}

#[test]
fn rfc3418_2_a_set_of_the_engine_s_own_objects_is_all_or_nothing_with_the_handler_s() {
    let mut asked = asked();
    let name = oid!("1.3.6.1.2.1.1.5.0");
    let rename = || VarBind::new(name.clone(), Value::from("new"));
    for (other, status) in [
        (VarBind::new(ENABLE, Value::Integer(3)), ErrorStatus::WrongValue),
        (VarBind::new(ENABLE, Value::Null), ErrorStatus::WrongType),
        (VarBind::new(oid!("1.3.6.1.2.1.11.1.0"), Value::Counter32(0)), ErrorStatus::NotWritable),
    ] {
        let answer = asked.ask(Version::V2c, "private", PduKind::Set, vec![rename(), other]);
        assert_eq!((answer.0, answer.1), (status, 2));
    }
    let enable = VarBind::new(ENABLE, Value::Integer(1));
    let wrong = VarBind::new(name.clone(), Value::Integer(1));
    let answer = asked.ask(Version::V2c, "private", PduKind::Set, vec![enable.clone(), wrong]);
    assert_eq!((answer.0, answer.1), (ErrorStatus::WrongType, 2));
    assert_eq!(asked.mib.value(&name), Some(&Value::from("printer")));
    assert_eq!(counter(&mut asked, 30), 2);
    let answer = asked.ask(Version::V2c, "private", PduKind::Set, vec![enable, rename()]);
    assert_eq!(answer.0, ErrorStatus::NoError);
    assert_eq!((counter(&mut asked, 30), asked.mib.value(&name)), (1, Some(&Value::from("new"))));
}

/// R61.
#[test]
fn rfc3418_2_counters_are_read_over_snmp_and_only_rise() {
    let mut asked = asked();
    let message = |version, community: &[u8], kind| {
        CommunityMessage::new(version, community, Pdu::request(kind, 1, Vec::new())).to_bytes()
    };
    let mut unknown_version = message(Version::V2c, b"public", PduKind::Get);
    unknown_version[4] = 2;
    let cases: [(u32, Vec<u8>); 4] =
        [(3, unknown_version), (4, stranger()), (6, b"garbage".to_vec()), (6, vec![0x30, 0x80, 0, 0])];
    for (number, octets) in cases {
        let before = counter(&mut asked, number);
        let packets = counter(&mut asked, 1);
        assert_eq!(asked.send(&octets), None);
        assert_eq!(counter(&mut asked, number), before + 1);
        assert_eq!(counter(&mut asked, 1), packets + 3);
    }
    let before = counter(&mut asked, 5);
    let rename = vec![VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), Value::from("x"))];
    asked.ask(Version::V1, "public", PduKind::Set, rename);
    assert_eq!(counter(&mut asked, 5), before + 1);
}
