//! A manager that asks an agent whose every answer, lie or silence is chosen by the octets.

use std::time::Duration;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    Credentials, Instant, Manager, ManagerConfig, Operation, Output, PeerOptions,
};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind, VarBind};
use remote_services_snmp::{Oid, Value, oid};

use crate::believed::is_what_was_asked_for;
use crate::bytes::{Bytes, dice};

const TABLE: Oid = oid!("1.3.6.1.4.1.32473.1");
const COLUMNS: [Oid; 3] =
    [oid!("1.3.6.1.4.1.32473.1.1"), oid!("1.3.6.1.4.1.32473.1.2"), oid!("1.3.6.1.4.1.32473.1.3")];

pub(crate) fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let first = bytes.byte();
    let version1 = first & 0x80 != 0;
    let credentials = if version1 { Credentials::v1("public") } else { Credentials::v2c("public") };
    let options = PeerOptions {
        tolerate_unordered_names: first & 0x40 != 0,
        no_such_ends_walks: first & 0x20 != 0,
        avoid_bulk: first & 0x10 != 0,
        max_walk_varbinds: 500,
        max_answer_octets: 20_000,
        ..PeerOptions::default()
    };
    let unordered = options.tolerate_unordered_names;
    let operation = operation(&mut bytes);
    let mut manager =
        Manager::new(ManagerConfig::default(), CryptoProvider::none(), dice(1)).expect("no constant");
    let address = "192.0.2.2:161".parse().expect("an address");
    let peer = manager.add_peer(address, credentials, options).expect("there is room");
    let mut now = Instant::START;
    let Ok(id) = manager.request(now, peer, operation.clone()) else { return };
    let (mut sent, mut answered, mut outcome) = (0, 0, None);
    while outcome.is_none() {
        while let Some(output) = manager.poll_output() {
            match output {
                Output::Transmit { to, bytes: question } => {
                    assert_eq!(to, address);
                    sent += 1;
                    if let Some(answer) = answer(&mut bytes, &question) {
                        answered += 1;
                        now = now + Duration::from_millis(1);
                        manager.handle_datagram(now, address, &answer);
                    }
                }
                Output::Completed(completed) => {
                    assert_eq!(completed.id, id);
                    assert!(outcome.replace(completed).is_none(), "it ended twice");
                }
                other => panic!("unknown output {other:?}"),
            }
        }
        // Each answer leads to few questions, and silence ends them.
        assert!(sent <= 64 + 8 * answered, "{sent} questions after {answered} answers");
        assert!(outcome.is_some() || manager.next_deadline().is_some(), "nothing will ever happen");
        if let Some(next) = manager.next_deadline().filter(|_| outcome.is_none()) {
            now = now.max(next);
            manager.handle_deadline(now);
        }
    }
    assert!(now.since_start() <= Duration::from_secs(700), "{now:?}");
    let completed = outcome.expect("the loop ended by it");
    match &completed.result {
        // Who asked for it takes names in any order.
        Ok(answer) if !unordered => is_what_was_asked_for(&operation, answer),
        Ok(_) => {}
        Err(error) => assert!(!error.to_string().contains("error in the SNMP engine itself"), "{error}"),
    }
    assert_eq!((manager.in_flight(), manager.requests_pending()), (0, 0));
}

fn operation(bytes: &mut Bytes<'_>) -> Operation {
    let cell = |at: u8| TABLE.extend(&[u32::from(at % 3) + 1, u32::from(at / 3)]).expect("a short name");
    match bytes.byte() % 7 {
        0 => Operation::Walk(TABLE),
        1 => Operation::BulkWalk { root: COLUMNS[1].clone(), max_repetitions: bytes.word() },
        2 => Operation::Table(COLUMNS.to_vec()),
        3 => Operation::Get((0..=bytes.byte() % 30).map(cell).collect()),
        4 => Operation::GetNext((0..=bytes.byte() % 30).map(cell).collect()),
        5 => Operation::GetBulk {
            non_repeaters: u16::from(bytes.byte()),
            max_repetitions: u16::from(bytes.byte()),
            names: (0..=bytes.byte() % 5).map(cell).collect(),
        },
        _ => {
            Operation::Set(vec![VarBind::new(cell(1), Value::Integer(1)), VarBind::new(cell(2), Value::Null)])
        }
    }
}

/// What the agent says; `None` is silence, and behind the end of the octets it is silent for ever.
fn answer(bytes: &mut Bytes<'_>, question: &[u8]) -> Option<Vec<u8>> {
    let mut message =
        CommunityMessage::from_bytes(question, &Limits::default()).expect("the manager sends SNMP");
    let CommunityPdu::Pdu(asked) = &message.pdu else { panic!("the manager asks") };
    if bytes.is_empty() {
        return None;
    }
    let how = bytes.byte();
    if how % 8 == 7 {
        return None;
    }
    if how % 8 == 6 {
        return Some(bytes.run().to_vec());
    }
    let count = match how >> 3 & 3 {
        0 => asked.varbinds.len(),
        1 => bytes.pick(8),
        2 => asked.varbinds.len() * (bytes.pick(20) + 1),
        _ => bytes.pick(256),
    };
    let mut last: Vec<Oid> = asked.varbinds.iter().map(|it| it.name.clone()).collect();
    last.is_empty().then(|| last.push(TABLE));
    let columns = last.len();
    // How every name of this answer comes to be, unless one is chosen by itself.
    let one_by_one = how & 0x40 != 0;
    let all = bytes.byte();
    let varbinds = (0..count).map(|at| {
        let choice = if one_by_one { bytes.byte() } else { all };
        let name = name(choice, &last[at % columns]);
        last[at % columns] = name.clone();
        VarBind::new(name, value(choice))
    });
    let varbinds = varbinds.collect();
    let (status, index) = if how & 0x80 != 0 { (bytes.byte(), bytes.byte()) } else { (0, 0) };
    let mut pdu =
        Pdu::response(asked.request_id, ErrorStatus::from_wire(status.into()), index.into(), varbinds);
    if status == 0xff {
        pdu.kind = [PduKind::Report, PduKind::Inform, PduKind::Get, PduKind::TrapV2][usize::from(index % 4)];
    }
    message.pdu = CommunityPdu::Pdu(pdu);
    Some(message.to_bytes())
}

fn name(choice: u8, before: &Oid) -> Oid {
    let next = before.successor().unwrap_or(TABLE);
    match choice % 16 {
        8 => before.clone(),
        9 => before.parent().unwrap_or(TABLE),
        10 => COLUMNS[usize::from(choice / 16) % 3].clone(),
        11 => oid!("1.3.6.1.5.1.0"),
        12 => oid!("1.3.6.1.2.1.1.1.0"),
        13 => before.child(u32::MAX).unwrap_or(next),
        14 => before.child(u32::from(choice)).unwrap_or(next),
        15 => TABLE.subtree_end().unwrap_or(next),
        // What an honest agent has there: the next row.
        _ => match before.to_arcs().split_last() {
            Some((row, column)) if before.len() > COLUMNS[0].len() => {
                Oid::from_arcs(&[column, &[row.saturating_add(1)]].concat()).unwrap_or(next)
            }
            _ => before.child(1).unwrap_or(next),
        },
    }
}

fn value(choice: u8) -> Value {
    match choice / 16 {
        10 => Value::EndOfMibView,
        11 => Value::NoSuchInstance,
        12 => Value::NoSuchObject,
        13 => Value::Null,
        14 => Value::OctetString(vec![b'x'; 400]),
        _ => Value::Integer(1),
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let honest = [0; 24].to_vec();
    let mut seeds: Vec<Vec<u8>> =
        (0..7).map(|operation| [vec![0, operation, 0, 10, 2], honest.clone()].concat()).collect();
    // Twenty rows at a time, and the end of the view.
    seeds.push(vec![0, 1, 0, 20, 0b1_0000, 19, 0, 0b1_0000, 19, 0, 0, 0xa0]);
    // By SNMPv1, noSuchName at the end; unordered names; an agent that blames one name after the other.
    seeds.push(vec![0x80, 0, 0, 0, 0, 0, 0x80, 0, 2, 1]);
    seeds.push(vec![0x40, 0, 0, 14, 0, 9, 0, 10, 0, 8, 0, 0xa0]);
    seeds.push([vec![0x80, 3, 29], [0x80, 0, 2, 1].repeat(12)].concat());
    seeds
}
