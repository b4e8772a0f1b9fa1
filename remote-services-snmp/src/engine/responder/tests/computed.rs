//! Closures in place of values.
use core::sync::atomic::{AtomicI32, Ordering};

use super::*;
use crate::engine::responder::Computed;

const LEVEL: Oid = oid!("1.3.6.1.4.1.99999.1.0");
const LIMIT: Oid = oid!("1.3.6.1.4.1.99999.2.0");
const TEXT: Oid = oid!("1.3.6.1.2.1.1.1.0");

fn ask(mib: &mut dyn MibHandler, kind: PduKind, varbinds: &[(Oid, Value)]) -> Reply {
    let varbinds = varbinds.iter().cloned().map(|(name, value)| VarBind::new(name, value)).collect();
    let octets = CommunityMessage::new(Version::V2c, b"private", Pdu::request(kind, 17, varbinds)).to_bytes();
    let mut responder = Fixture::new().responder;
    let answer = responder.handle_datagram(at(1_500), FROM, &octets, mib).unwrap();
    match CommunityMessage::from_bytes(&answer, &Limits::default()).unwrap().pdu {
        CommunityPdu::Pdu(pdu) => reply(pdu),
        CommunityPdu::TrapV1(_) => panic!("a trap is no answer"),
    }
}

#[test]
fn closures_are_answered_for_as_a_table_with_the_same_values_is() {
    let mut table = SortedTable::new();
    table.insert(TEXT, Value::from("text"));
    table.insert_writable(LEVEL, Value::Integer(3));
    table.insert(LIMIT, Value::Integer(9));
    let level = AtomicI32::new(3);
    let mut computed =
        Computed::new().object(LIMIT, || Value::Integer(9)).object(TEXT, || Value::from("text")).writable(
            LEVEL,
            || Value::Integer(level.load(Ordering::Relaxed)),
            |_| Ok(()),
            |wanted| store(&level, wanted),
        );
    let near = LEVEL.parent().unwrap().child(7).unwrap();
    let names = [TEXT, LEVEL, LIMIT, near.clone(), oid!("1.3.6.1.2.1.1"), oid!("2.5")];
    let unset = |name: &Oid| (name.clone(), Value::Null);
    for kind in [PduKind::Get, PduKind::GetNext, PduKind::GetBulk { non_repeaters: 1, max_repetitions: 3 }] {
        let asked: Vec<_> = names.iter().map(unset).collect();
        assert_eq!(ask(&mut computed, kind, &asked), ask(&mut table, kind, &asked));
    }
    for asked in [
        vec![(LEVEL, Value::Integer(4))],
        vec![(LEVEL, Value::Integer(5)), (LIMIT, Value::Integer(5))],
        vec![(LEVEL, Value::Integer(6)), (LEVEL, Value::from("text"))],
        vec![(near, Value::Integer(7))],
        vec![(oid!("1.3.9.0"), Value::Integer(7))],
    ] {
        assert_eq!(ask(&mut computed, PduKind::Set, &asked), ask(&mut table, PduKind::Set, &asked));
        assert_eq!(Some(&Value::Integer(level.load(Ordering::Relaxed))), table.value(&LEVEL));
    }
    assert_eq!(level.load(Ordering::Relaxed), 4);
}

#[test]
fn a_value_that_the_closure_refuses_or_cannot_read_changes_nothing() {
    let level = AtomicI32::new(3);
    let read = || Value::Integer(level.load(Ordering::Relaxed));
    let below_ten = |wanted: &Value| match wanted {
        Value::Integer(0..=9) => Ok(()),
        _ => Err(ErrorStatus::WrongValue),
    };
    let mut computed = Computed::new()
        .writable(LEVEL, read, below_ten, |wanted| store(&level, wanted))
        .fallible(TEXT, || Err(GenErr));
    let (status, index, _) = ask(&mut computed, PduKind::Set, &[(LEVEL, Value::Integer(10))]);
    assert_eq!((status, index), (ErrorStatus::WrongValue, 1));
    let (status, index, _) = ask(&mut computed, PduKind::Get, &[(LEVEL, Value::Null), (TEXT, Value::Null)]);
    assert_eq!((status, index), (ErrorStatus::GenErr, 2));
    let both = [(LEVEL, Value::Integer(8)), (TEXT, Value::from("x"))];
    let (status, index, _) = ask(&mut computed, PduKind::Set, &both);
    assert_eq!((status, index), (ErrorStatus::NotWritable, 2));
    assert_eq!(level.load(Ordering::Relaxed), 3);
}

#[test]
fn what_was_set_before_a_failing_one_is_set_back() {
    let level = AtomicI32::new(3);
    let mut broken = Computed::new()
        .writable(
            LEVEL,
            || Value::Integer(level.load(Ordering::Relaxed)),
            |_| Ok(()),
            |wanted| store(&level, wanted),
        )
        .object(LIMIT, || Value::Integer(9));
    let request = Request {
        version: Version::V2c,
        level: SecurityLevel::NoAuthNoPriv,
        principal: b"private",
        context_name: b"",
        from: FROM,
    };
    let asked = [(LEVEL, 8), (LIMIT, 8)].map(|(name, value)| VarBind::new(name, Value::Integer(value)));
    assert_eq!(broken.commit(&request, &asked), Err(1));
    assert_eq!(level.load(Ordering::Relaxed), 8);
    assert_eq!(broken.undo(&request, &asked), Ok(()));
    assert_eq!(level.load(Ordering::Relaxed), 3);
}

fn store(level: &AtomicI32, wanted: &Value) {
    if let Value::Integer(wanted) = wanted {
        level.store(*wanted, Ordering::Relaxed);
    }
}
