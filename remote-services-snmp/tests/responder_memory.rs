//! What a responder allocates for a request.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod asked;

use allocation_counter::measure;
use asked::{Asked, BULK, keys, user};
use remote_services_snmp::ber::BufferTooSmall;
use remote_services_snmp::engine::responder::{
    Access, Grant, MibHandler, MibTree, ResponderConfig, SortedTable, View,
};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, ScopedPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind, VarBindRef};
use remote_services_snmp::smi::ValueRef;
use remote_services_snmp::usm::{EngineTime, Envelope, SecurityLevel, UsmError, seal, seal_in};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const COLUMN: Oid = oid!("1.3.6.1.4.1.99999.2.1");

fn table(rows: u32) -> SortedTable {
    let mut table = SortedTable::new();
    table.insert(oid!("1.3.6.1.2.1.1.1.0"), Value::from("a printer with a description that is not short"));
    table.insert(oid!("1.3.6.1.2.1.1.2.0"), Value::ObjectIdentifier(oid!("1.3.6.1.4.1.99999.1")));
    table.insert_writable(oid!("1.3.6.1.2.1.1.6.0"), Value::from("room 1"));
    for row in 1..=rows {
        let cell = |column| COLUMN.extend(&[column, row]).unwrap();
        table.insert(cell(1), Value::from(format!("row {row} of a table").as_str()));
        table.insert(cell(2), Value::Counter64(u64::from(row) << 40));
        table.insert(cell(3), Value::Opaque(vec![0x9f, 0x78, 4, 0, 0, 0, 0]));
    }
    table
}

fn config(config: ResponderConfig) -> ResponderConfig {
    let narrow =
        View::nothing().include(oid!("1.3.6.1")).exclude(COLUMN.child(2).unwrap()).exclude(oid!("1.3.6.1.6"));
    config
        .community("public", Access::Read)
        .community("narrow", Grant::reading(narrow))
        .community("private", Access::ReadWrite)
        .user(user("operator"), Access::ReadWrite, SecurityLevel::AuthPriv)
}

/// Requests that read, each with a name for messages.
fn questions() -> Vec<(String, Vec<u8>)> {
    let bulk = PduKind::GetBulk { non_repeaters: 1, max_repetitions: 20 };
    let lists = [
        vec![oid!("1.3.6.1.2.1.1.1.0"), oid!("1.3.6.1.2.1.1.2.0"), oid!("1.3.6.1.6.3.10.2.1.1.0")],
        vec![COLUMN.extend(&[2, 7]).unwrap(), COLUMN.extend(&[3, 7]).unwrap()],
        vec![oid!("1.3.6.1.2.1.1.9.0"), oid!("1.3.6.1.7"), oid!("2.5")],
        vec![COLUMN.child(1).unwrap(), COLUMN.extend(&[1, 50]).unwrap(), oid!("1.3.6.1.2.1.1")],
    ];
    let mut questions = Vec::new();
    for version in [Version::V1, Version::V2c] {
        for community in ["public", "narrow", "stranger"] {
            for kind in [PduKind::Get, PduKind::GetNext, bulk, BULK] {
                for names in &lists {
                    let list = names.iter().cloned().map(VarBind::unspecified).collect();
                    let request = Pdu::request(kind, 17, list);
                    let message = CommunityMessage::new(version, community.as_bytes(), request);
                    questions
                        .push((format!("{version:?} {community} {kind:?} {names:?}"), message.to_bytes()));
                }
            }
        }
    }
    questions
}

/// A responder that has answered everything once allocates nothing when it is asked again.
fn allocates_nothing_when_warm(mib: impl MibHandler) {
    let mut asked = Asked::new(1, mib, config);
    let questions = questions();
    let mut reply = Vec::new();
    let (now, from) = (asked.now, asked.from);
    let mut answer = |octets: &[u8], reply: &mut Vec<u8>| {
        asked.responder.handle_datagram_into(now, from, octets, &mut asked.mib, reply)
    };
    let first: Vec<_> =
        questions.iter().map(|(_, octets)| answer(octets, &mut reply).then(|| reply.clone())).collect();
    assert!(first.iter().flatten().count() >= 2 * (2 + 4) * 4 - 8, "most are answered");
    for ((question, octets), first) in questions.iter().zip(first) {
        let mut answered = false;
        let used = measure(|| answered = answer(octets, &mut reply));
        assert_eq!(used.count_total, 0, "{question}");
        // Counters differ from one answer to the next, not the size of the table's values.
        assert_eq!(answered, first.is_some(), "{question}");
    }
}

#[test]
fn reading_a_sorted_table_by_v1_and_v2c_allocates_nothing() {
    allocates_nothing_when_warm(table(500));
}

#[test]
fn reading_a_tree_of_tables_by_v1_and_v2c_allocates_nothing() {
    let mut tree = MibTree::new();
    tree.mount(oid!("1.3.6"), Box::new(table(500)));
    tree.mount(oid!("1.3.6.1.2.1.1"), Box::new(table(0)));
    let row = COLUMN.extend(&[1, 100]).unwrap();
    tree.mount(row.clone(), Box::new(SortedTable::from_iter([(row, Value::from("of its own"))])));
    allocates_nothing_when_warm(tree);
}

#[test]
fn the_arena_stays_below_four_times_the_largest_message() {
    for size in [484, 1_472, 65_507] {
        let mut asked = Asked::new(1, table(2_000), |c| config(c).max_message_size(size));
        let mut reply = Vec::with_capacity(size as usize);
        let (now, from) = (asked.now, asked.from);
        let used = measure(|| {
            for (_, octets) in questions() {
                asked.responder.handle_datagram_into(now, from, &octets, &mut asked.mib, &mut reply);
            }
        });
        // What the questions took was given back.
        let kept = u64::try_from(used.bytes_current).unwrap();
        assert!(kept <= u64::from(size) * 4 + 1_024, "{size}: {kept} octets");
    }
}

#[test]
fn a_v3_request_takes_no_more_than_its_decryption() {
    let mut asked = Asked::new(1, table(500), config);
    let keys = keys("operator");
    let (now, from, time) = (asked.now, asked.from, asked.time());
    let mut reply = Vec::new();
    for kind in [PduKind::Get, PduKind::GetNext, PduKind::GetBulk { non_repeaters: 0, max_repetitions: 50 }] {
        let envelope =
            Envelope { level: SecurityLevel::AuthPriv, ..Envelope::for_user(&keys, 9, 65_507, time, [7; 8]) };
        let pdu = Pdu::request(kind, 17, vec![VarBind::unspecified(oid!("1.3.6.1.2.1.1.1.0"))]);
        let context_engine_id = asked::engine_id().as_slice().to_vec();
        let scoped = ScopedPdu { context_engine_id, context_name: Vec::new(), pdu };
        let octets = seal(&envelope, &scoped).unwrap();
        let mut ask =
            || assert!(asked.responder.handle_datagram_into(now, from, &octets, &mut asked.mib, &mut reply));
        ask();
        let used = measure(&mut ask);
        assert!(used.count_total <= 2, "{kind:?}: {used:?}");
    }
}

#[test]
fn a_reply_into_a_used_buffer_is_the_reply_alone() {
    let mut asked = Asked::new(1, table(1), config);
    let question = CommunityMessage::new(
        Version::V2c,
        b"public",
        Pdu::request(PduKind::Get, 17, vec![VarBind::unspecified(oid!("1.3.6.1.2.1.1.1.0"))]),
    );
    let expected = asked.send(&question.to_bytes()).unwrap();
    let mut reply = vec![0xff; 3_000];
    let (now, from) = (asked.now, asked.from);
    assert!(asked.responder.handle_datagram_into(
        now,
        from,
        &question.to_bytes(),
        &mut asked.mib,
        &mut reply
    ));
    assert_eq!(reply, expected);
    assert!(!asked.responder.handle_datagram_into(now, from, b"nothing", &mut asked.mib, &mut reply));
    assert!(reply.is_empty());
}

#[test]
fn a_message_that_borrows_its_parts_is_written_into_a_slice_without_allocating() {
    let name = COLUMN.extend(&[1, 7]).unwrap();
    let varbinds = [VarBindRef { name: name.as_ref(), value: ValueRef::OctetString(b"row 7") }];
    let kind = PduKind::Response { status: ErrorStatus::NoError, error_index: 0 };
    let pdu = Pdu { kind, request_id: 17, varbinds: &varbinds[..] };
    let community =
        CommunityMessage { version: Version::V2c, community: "public", pdu: CommunityPdu::Pdu(pdu.clone()) };
    let keys = keys("operator");
    let envelope = Envelope::for_user(&keys, 1, 1_472, EngineTime { boots: 1, time: 500 }, [7; 8]);
    let scoped = ScopedPdu {
        context_engine_id: asked::engine_id().as_slice().to_vec(),
        context_name: Vec::new(),
        pdu,
    };
    let (mut one, mut other) = ([0; 200], [0; 200]);
    // What the algorithms allocate is theirs.
    let mut of_algorithms = 0;
    for level in [SecurityLevel::NoAuthNoPriv, SecurityLevel::AuthPriv] {
        let envelope = Envelope { level, ..envelope };
        let expected = seal(&envelope, &scoped).unwrap();
        let sealed = measure(|| assert!(seal_in(&mut one, &envelope, &scoped).is_ok()));
        of_algorithms = sealed.count_total;
        assert!(level > SecurityLevel::NoAuthNoPriv || of_algorithms == 0, "{of_algorithms}");
        assert_eq!(seal_in(&mut one, &envelope, &scoped), Ok(&expected[..]));
        for size in 0..expected.len() {
            let too_small = BufferTooSmall { needed: expected.len() };
            assert_eq!(
                seal_in(&mut one[..size], &envelope, &scoped),
                Err(UsmError::BufferTooSmall(too_small))
            );
        }
    }
    assert!(of_algorithms <= 2, "{of_algorithms}");
    let written = measure(|| assert!(community.encode_in(&mut other).is_ok()));
    assert_eq!(written.count_total, 0);
    assert_eq!(community.encode_in(&mut other), Ok(&community.to_bytes()[..]));
}
