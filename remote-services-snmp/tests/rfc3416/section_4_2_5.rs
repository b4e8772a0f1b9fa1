//! SET.
use remote_services_snmp::engine::responder::{Access, GenErr, MibHandler, Request, SetFailure, SortedTable};
use remote_services_snmp::message::Version;
use remote_services_snmp::pdu::{ErrorStatus, PduKind};
use remote_services_snmp::{Oid, Value, VarBind, oid};

use crate::asked::Asked;

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");

fn values() -> Vec<Value> {
    vec![
        Value::Integer(i32::MIN),
        Value::from("text"),
        Value::OctetString(Vec::new()),
        Value::Null,
        Value::ObjectIdentifier(Oid::default()),
        Value::IpAddress([0; 4]),
        Value::Counter32(u32::MAX),
        Value::Gauge32(0),
        Value::TimeTicks(1),
        Value::Opaque(vec![0x9f, 0x78, 4, 0, 0, 0, 0]),
        Value::Counter64(u64::MAX),
        Value::NoSuchObject,
        Value::NoSuchInstance,
        Value::EndOfMibView,
    ]
}

/// R44. net-snmp was brought down by values of types that it did not expect (CVE-2018-18065, CVE-2022-44792).
#[test]
fn rfc3416_4_2_5_every_type_onto_every_object_is_answered() {
    let mut table = SortedTable::new();
    let storable = values().into_iter().filter(|value| !value.is_exception());
    for (row, value) in (1..).zip(storable) {
        table.insert_writable(oid!("1.3.6.1.4.1.9").child(row).unwrap(), value);
    }
    let mut asked = Asked::new(1, table, |config| config.community("private", Access::ReadWrite));
    let mut names = asked.walk(Version::V2c, "private");
    assert!(names.len() > 30);
    names.push(oid!("0.0"));
    names.push(oid!("2.4294967295"));
    for name in names {
        for value in values() {
            for version in [Version::V1, Version::V2c] {
                let list = vec![VarBind::new(name.clone(), value.clone())];
                let (status, index, echoed) = asked.ask(version, "private", PduKind::Set, list.clone());
                assert_eq!(echoed, list);
                assert_eq!(index, u32::from(status != ErrorStatus::NoError));
                assert!(version != Version::V1 || status.to_v1() == status, "{status}");
                // R45.
                let old =
                    matches!(status, ErrorStatus::BadValue | ErrorStatus::ReadOnly | ErrorStatus::NoSuchName);
                assert!(version == Version::V1 || !old, "{status}");
            }
        }
    }
}

/// Fails in whatever way it is told to.
struct Fails(ErrorStatus);

impl MibHandler for Fails {
    fn get(&mut self, _: &Request<'_>, _: &Oid) -> Result<Value, GenErr> {
        Ok(Value::Null)
    }

    fn get_next(&mut self, _: &Request<'_>, _: &Oid) -> Result<Option<VarBind>, GenErr> {
        Ok(None)
    }

    fn test(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), SetFailure> {
        match self.0 {
            ErrorStatus::CommitFailed | ErrorStatus::UndoFailed => Ok(()),
            status => Err(SetFailure { status, index: 1 }),
        }
    }

    fn commit(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), usize> {
        Err(1)
    }

    fn undo(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), GenErr> {
        if self.0 == ErrorStatus::UndoFailed { Err(GenErr) } else { Ok(()) }
    }
}

/// R44, R45.
#[test]
fn rfc3416_4_2_5_every_error_of_the_section_can_be_said_and_has_its_word_in_v1() {
    use ErrorStatus as E;
    let table = [
        (E::NoAccess, E::NoSuchName),
        (E::NotWritable, E::NoSuchName),
        (E::WrongType, E::BadValue),
        (E::WrongLength, E::BadValue),
        (E::WrongEncoding, E::BadValue),
        (E::WrongValue, E::BadValue),
        (E::NoCreation, E::NoSuchName),
        (E::InconsistentName, E::NoSuchName),
        (E::InconsistentValue, E::BadValue),
        (E::ResourceUnavailable, E::GenErr),
        (E::GenErr, E::GenErr),
        (E::CommitFailed, E::GenErr),
        (E::UndoFailed, E::GenErr),
    ];
    for (status, in_v1) in table {
        let mut asked = Asked::new(1, Fails(status), |config| config.community("private", Access::ReadWrite));
        let list = || vec![VarBind::new(NAME, Value::Null), VarBind::new(NAME, Value::Null)];
        // RFC 3416 §4.2.5: undoFailed blames no binding.
        let index = if status == E::UndoFailed { 0 } else { 2 };
        assert_eq!(asked.ask(Version::V2c, "private", PduKind::Set, list()), (status, index, list()));
        assert_eq!(asked.ask(Version::V1, "private", PduKind::Set, list()), (in_v1, index, list()));
    }
}
