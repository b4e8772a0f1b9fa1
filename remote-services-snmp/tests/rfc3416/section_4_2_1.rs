//! GET, and answers of every size.
use remote_services_snmp::engine::responder::{Access, SortedTable};
use remote_services_snmp::message::Version;
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::usm::SecurityLevel;
use remote_services_snmp::{Oid, Value, VarBind, oid};

use crate::asked::{Answer, Asked, BULK, V3Question, answer, at, keys, user};

const COLUMN: Oid = oid!("1.3.6.1.2.1.43.11.1.1.6.1");
const ROWS: u32 = 40;

fn table() -> SortedTable {
    let mut table = SortedTable::new();
    for row in 1..=ROWS {
        let text = "x".repeat(usize::try_from(row * 7).unwrap());
        table.insert_writable(COLUMN.child(row).unwrap(), Value::from(text.as_str()));
    }
    table
}

/// Requests whose full answers grow from small to far above every size.
fn requests() -> Vec<(PduKind, Vec<VarBind>)> {
    let mut requests = Vec::new();
    for kind in [PduKind::Get, PduKind::GetNext, PduKind::Set, BULK] {
        for rows in [1, 2, 4, 6, 8] {
            let name = |row| COLUMN.child(row).unwrap();
            let value = |row: u32| match kind {
                PduKind::Set => Value::OctetString(vec![b'y'; usize::try_from(row * 8).unwrap()]),
                _ => Value::Null,
            };
            requests
                .push((kind, (1..=rows).map(|row| VarBind::new(name(row * 5), value(row * 5))).collect()));
        }
    }
    requests
}

fn check(kind: PduKind, asked: &[VarBind], mib: &SortedTable, answer: &Answer) -> bool {
    let (status, index, list) = answer;
    if *status == ErrorStatus::TooBig {
        assert_eq!((*index, list.len()), (0, 0));
        assert!(!matches!(kind, PduKind::GetBulk { .. }), "GETBULK is cut instead");
        for varbind in asked.iter().filter(|_| kind == PduKind::Set) {
            assert!(mib.value(&varbind.name).unwrap().as_bytes().unwrap().starts_with(b"x"));
        }
        return false;
    }
    assert_eq!((*status, *index), (ErrorStatus::NoError, 0));
    if !matches!(kind, PduKind::GetBulk { .. }) {
        assert_eq!(list.len(), asked.len());
    }
    for varbind in list.iter().filter(|varbind| varbind.value != Value::EndOfMibView) {
        assert_eq!(mib.value(&varbind.name), Some(&varbind.value));
    }
    true
}

/// R01, R43.
#[test]
fn rfc3416_4_2_1_3_for_every_message_size_the_answer_is_whole_or_cut_or_too_big() {
    let mut outcomes = [0, 0];
    for size in 484..=1500 {
        let (kind, list) = requests().swap_remove(usize::try_from(size).unwrap() % requests().len());
        let mut asked = Asked::new(1, table(), |config| {
            config.community("private", Access::ReadWrite).max_message_size(size).serve_engine_objects(false)
        });
        let message = remote_services_snmp::message::CommunityMessage::new(
            Version::V2c,
            b"private",
            Pdu::request(kind, 17, list.clone()),
        );
        let octets = asked.send(&message.to_bytes()).expect("at least tooBig fits");
        assert!(octets.len() <= usize::try_from(size).unwrap());
        let reply = remote_services_snmp::message::CommunityMessage::from_bytes(&octets, &<_>::default());
        let remote_services_snmp::message::CommunityPdu::Pdu(pdu) = reply.unwrap().pdu else { panic!() };
        outcomes[usize::from(check(kind, &list, &asked.mib, &answer(pdu)))] += 1;
    }
    assert!(outcomes.iter().all(|&count| count > 50), "{outcomes:?}");
}

/// R01, R43.
#[test]
fn rfc3416_4_2_1_3_for_every_msg_max_size_of_a_manager_too() {
    let mut outcomes = [0, 0];
    let keys = keys("operator");
    let mut asked = Asked::new(1, table(), |config| {
        let operator = user("operator");
        config.user(operator, Access::ReadWrite, SecurityLevel::AuthNoPriv).serve_engine_objects(false)
    });
    for max_size in 484..=1500 {
        asked.now = at(u64::from(max_size));
        asked.mib = table();
        let (kind, varbinds) = requests().swap_remove(usize::try_from(max_size).unwrap() % requests().len());
        let question = V3Question { max_size, kind, varbinds, ..V3Question::get("operator", COLUMN) };
        let (_, pdu) = asked.ask_v3_with(&keys, &question).expect("at least tooBig fits");
        outcomes[usize::from(check(kind, &question.varbinds, &asked.mib, &answer(pdu)))] += 1;
    }
    assert!(outcomes.iter().all(|&count| count > 50), "{outcomes:?}");
}

/// R43.
#[test]
fn rfc3416_4_2_1_3_when_not_even_too_big_fits_the_request_is_dropped_and_counted() {
    // A community that fills the message by itself.
    let community = "c".repeat(470);
    let mut asked = Asked::new(1, table(), |config| {
        config
            .community(community.as_str(), Access::Read)
            .community("public", Access::Read)
            .max_message_size(484)
    });
    let pdu = Pdu::request(PduKind::Get, 17, Vec::new());
    let message =
        remote_services_snmp::message::CommunityMessage::new(Version::V2c, community.as_bytes(), pdu);
    assert_eq!(asked.send(&message.to_bytes()), None);
    let (_, _, list) = asked.read(Version::V2c, "public", PduKind::Get, &[oid!("1.3.6.1.2.1.11.31.0")]);
    assert_eq!(list[0].value, Value::Counter32(1));
}

/// R40.
#[test]
fn rfc3416_4_2_1_what_is_missing_is_said_binding_by_binding() {
    let mut asked = Asked::new(1, table(), |config| config.community("public", Access::Read));
    let names = [COLUMN.child(1).unwrap(), COLUMN.child(0).unwrap(), oid!("1.3.6.1.2.1.99.1.0")];
    let (status, index, list) = asked.read(Version::V2c, "public", PduKind::Get, &names);
    assert_eq!((status, index), (ErrorStatus::NoError, 0));
    let expected = [Value::from("xxxxxxx"), Value::NoSuchInstance, Value::NoSuchObject];
    assert_eq!(list.into_iter().map(|varbind| varbind.value).collect::<Vec<_>>(), expected);
}

/// R41.
#[test]
fn rfc3416_4_2_2_past_the_end_the_name_stays_and_the_value_is_end_of_mib_view() {
    let mut asked = Asked::new(1, table(), |config| config.community("public", Access::Read));
    let beyond = oid!("1.3.9");
    let expected = vec![VarBind::new(beyond.clone(), Value::EndOfMibView)];
    let answer = asked.read(Version::V2c, "public", PduKind::GetNext, &[beyond]);
    assert_eq!(answer, (ErrorStatus::NoError, 0, expected));
}
