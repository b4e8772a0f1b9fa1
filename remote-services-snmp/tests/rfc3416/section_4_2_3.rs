//! GETBULK.
use remote_services_snmp::engine::responder::{Access, GenErr, MibHandler, Request, SortedTable};
use remote_services_snmp::message::Version;
use remote_services_snmp::pdu::{ErrorStatus, PduKind};
use remote_services_snmp::usm::SecurityLevel;
use remote_services_snmp::{Oid, Value, VarBind, oid};

use crate::asked::{Asked, BULK, V3Question, answer, at, keys, user};

/// A table without end that counts how often it is asked.
struct Endless {
    calls: usize,
}

impl MibHandler for Endless {
    fn get(&mut self, _: &Request<'_>, _: &Oid) -> Result<Value, GenErr> {
        self.calls += 1;
        Ok(Value::NoSuchObject)
    }

    fn get_next(&mut self, _: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        self.calls += 1;
        let next = after.successor().ok_or(GenErr)?;
        // Past 120 arcs the next one stands beside, so that names stay lawful.
        let next = if next.len() > 120 { after.subtree_end().ok_or(GenErr)? } else { next };
        Ok(Some(VarBind::new(next, Value::Null)))
    }
}

/// R42.
#[test]
fn rfc3416_4_2_3_the_work_for_any_bulk_is_bounded_by_the_message() {
    for (columns, size) in [(1, 484), (128, 1_472), (1, 65_507), (128, 65_507), (2_000, 65_507)] {
        for max_repetitions in [1 << 20, 0x7fff_ffff] {
            let mut asked = Asked::new(1, Endless { calls: 0 }, |config| {
                config.community("public", Access::Read).max_message_size(size).serve_engine_objects(false)
            });
            let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions };
            let names = vec![oid!("1.3.6.1.4.1.9"); columns];
            let (status, _, list) = asked.read(Version::V2c, "public", bulk, &names);
            assert_eq!(status, ErrorStatus::NoError);
            // Every call but the last one brought a binding that was sent.
            assert!(asked.mib.calls <= list.len() + 1, "{} calls for {}", asked.mib.calls, list.len());
            assert!(!list.is_empty() && list.len() <= usize::try_from(size).unwrap() / 12);
        }
    }
}

/// R42.
#[test]
fn rfc3416_4_2_3_more_non_repeaters_than_names_and_no_repetitions_are_lawful() {
    let mut asked = Asked::new(1, Endless { calls: 0 }, |config| {
        config.community("public", Access::Read).serve_engine_objects(false)
    });
    let names = [oid!("1.3.1"), oid!("1.3.2")];
    for (non_repeaters, max_repetitions, expected) in
        [(0, 0, 0), (1, 0, 1), (9, 0, 2), (9, 0x7fff_ffff, 2), (1, 3, 4), (0, 3, 6)]
    {
        let bulk = PduKind::GetBulk { non_repeaters, max_repetitions };
        let (status, _, list) = asked.read(Version::V2c, "public", bulk, &names);
        assert_eq!((status, list.len()), (ErrorStatus::NoError, expected));
    }
}

/// R42.
#[test]
fn rfc3416_4_2_3_where_no_binding_fits_it_is_too_big_and_the_walk_ends() {
    let long = (oid!("1.3.6.1.2.1.1.4.0"), Value::OctetString(vec![b'x'; 600]));
    let short = (oid!("1.3.6.1.2.1.1.3.0"), Value::TimeTicks(1));
    let mib = SortedTable::from_iter([short, long]);
    let mut asked = Asked::new(1, mib, |config| {
        let config = config.community("public", Access::Read).max_message_size(484);
        config.serve_engine_objects(false)
    });
    // Once, repeated, and behind what fits.
    for (non_repeaters, first, status, count) in [
        (1, oid!("1.3.6.1.2.1.1.3.0"), ErrorStatus::TooBig, 0),
        (0, oid!("1.3.6.1.2.1.1.3.0"), ErrorStatus::TooBig, 0),
        (0, oid!("1.3.6.1.2.1.1.2"), ErrorStatus::NoError, 1),
    ] {
        let bulk = PduKind::GetBulk { non_repeaters, max_repetitions: 10 };
        let (found, index, list) = asked.read(Version::V2c, "public", bulk, &[first]);
        assert_eq!((found, index, list.len()), (status, 0, count));
    }
}

/// R01, R42.
#[test]
fn rfc3416_4_2_3_a_table_is_walked_whole_whatever_msg_max_size_the_manager_says() {
    const COLUMN: Oid = oid!("1.3.6.1.4.1.9.1");
    let row = |row: u32| {
        VarBind::new(COLUMN.child(row).unwrap(), Value::OctetString(vec![b'x'; 25 * row as usize]))
    };
    let table: Vec<VarBind> = (1..=12).map(row).collect();
    let mib = SortedTable::from_iter(table.iter().cloned().map(|varbind| (varbind.name, varbind.value)));
    let keys = keys("operator");
    let mut asked = Asked::new(1, mib, |config| {
        config.user(user("operator"), Access::Read, SecurityLevel::NoAuthNoPriv).serve_engine_objects(false)
    });
    for (number, max_size) in (484..=1_500).chain([4_096, 65_507, 65_508, 0x7fff_ffff]).enumerate() {
        asked.now = at(number as u64);
        let level = if number % 16 == 0 { SecurityLevel::AuthPriv } else { SecurityLevel::NoAuthNoPriv };
        let mut read: Vec<VarBind> = Vec::new();
        loop {
            let last = read.last().map_or(COLUMN, |last| last.name.clone());
            let question = V3Question { max_size, level, kind: BULK, ..V3Question::get("operator", last) };
            // That the answer fits is looked at there.
            let (_, pdu) = asked.ask_v3_with(&keys, &question).expect("an answer");
            let (status, _, list) = answer(pdu);
            assert!(status == ErrorStatus::NoError && !list.is_empty(), "{max_size}: {status:?}");
            let rows = list.iter().take_while(|varbind| varbind.value != Value::EndOfMibView).count();
            read.extend(list[..rows].iter().cloned());
            if rows < list.len() {
                break;
            }
        }
        assert_eq!(read, table, "{max_size}");
    }
}
