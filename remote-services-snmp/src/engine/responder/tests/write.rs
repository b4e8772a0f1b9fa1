//! SET, and handlers that fail.
use super::*;

#[test]
fn rfc3416_4_2_5_a_set_changes_everything_or_nothing() {
    let mut fixture = Fixture::new();
    let good = [(NAME, Value::from("new name")), (ALIAS, Value::from("new alias"))];
    let echoed = values(fixture.set(Version::V2c, &good));
    assert_eq!(echoed, [Value::from("new name"), Value::from("new alias")]);
    assert_eq!(fixture.mib.value(&ALIAS), Some(&Value::from("new alias")));

    let bad_third = |value: (Oid, Value)| [(NAME, Value::from("x")), (ALIAS, Value::from("y")), value];
    for (third, status, v1_status) in [
        ((SERVICES, Value::Integer(1)), ErrorStatus::NotWritable, ErrorStatus::NoSuchName),
        ((NAME, Value::Integer(1)), ErrorStatus::WrongType, ErrorStatus::BadValue),
        ((NAME, Value::Null), ErrorStatus::WrongType, ErrorStatus::BadValue),
        ((NAME, Value::NoSuchObject), ErrorStatus::WrongType, ErrorStatus::BadValue),
        ((oid!("1.3.6.1.9.9.0"), Value::Integer(1)), ErrorStatus::NotWritable, ErrorStatus::NoSuchName),
        ((no_instance(), Value::Integer(1)), ErrorStatus::NoCreation, ErrorStatus::NoSuchName),
    ] {
        for (version, expected) in [(Version::V2c, status), (Version::V1, v1_status)] {
            let (status, index, varbinds) = fixture.set(version, &bad_third(third.clone()));
            assert_eq!((status, index, varbinds.len()), (expected, 3, 3));
            assert_eq!(fixture.mib.value(&NAME), Some(&Value::from("new name")));
        }
    }
}

/// Of an object that has an instance which can be written.
fn no_instance() -> Oid {
    NAME.parent().unwrap().child(9).unwrap()
}

/// A device whose second change fails, and which may or may not be able to go back.
struct Stubborn {
    can_undo: bool,
    undone: bool,
}

impl MibHandler for Stubborn {
    fn get(&mut self, _: &Request<'_>, _: &Oid) -> Result<Value, GenErr> {
        Err(GenErr)
    }

    fn get_next(&mut self, _: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        Ok(Some(VarBind::new(after.clone(), Value::Integer(1))))
    }

    fn test(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), SetFailure> {
        Ok(())
    }

    fn commit(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), usize> {
        Err(1)
    }

    fn undo(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), GenErr> {
        self.undone = true;
        if self.can_undo { Ok(()) } else { Err(GenErr) }
    }
}

fn ask_stubborn(kind: PduKind, can_undo: bool) -> (ErrorStatus, u32, bool) {
    let mut responder = Fixture::new().responder;
    let mut mib = Stubborn { can_undo, undone: false };
    let varbinds = vec![VarBind::new(NAME, Value::Integer(1)), VarBind::new(ALIAS, Value::Integer(2))];
    let octets = CommunityMessage::new(Version::V2c, b"private", Pdu::request(kind, 17, varbinds)).to_bytes();
    let octets = responder.handle_datagram(at(1_500), FROM, &octets, &mut mib).unwrap();
    let CommunityPdu::Pdu(pdu) = CommunityMessage::from_bytes(&octets, &Limits::default()).unwrap().pdu
    else {
        panic!("not a trap")
    };
    let (status, index, _) = reply(pdu);
    (status, index, mib.undone)
}

#[test]
fn rfc3416_4_2_5_a_commit_that_fails_is_undone() {
    assert_eq!(ask_stubborn(PduKind::Set, true), (ErrorStatus::CommitFailed, 2, true));
    assert_eq!(ask_stubborn(PduKind::Set, false), (ErrorStatus::UndoFailed, 0, true));
}

#[test]
fn a_handler_that_fails_or_does_not_advance_is_a_gen_err() {
    assert_eq!(ask_stubborn(PduKind::Get, true), (ErrorStatus::GenErr, 1, false));
    assert_eq!(ask_stubborn(PduKind::GetNext, true), (ErrorStatus::GenErr, 1, false));
    let bulk = PduKind::GetBulk { non_repeaters: 1, max_repetitions: 5 };
    assert_eq!(ask_stubborn(bulk, true), (ErrorStatus::GenErr, 1, false));
}

#[test]
fn a_commit_is_taken_back_by_the_table_itself() {
    let mut table = mib();
    let request = Request {
        version: Version::V2c,
        level: SecurityLevel::NoAuthNoPriv,
        principal: b"private",
        context_name: b"",
        from: FROM,
    };
    let twice = [VarBind::new(NAME, Value::from("one")), VarBind::new(NAME, Value::from("two"))];
    table.commit(&request, &twice).unwrap();
    assert_eq!(table.value(&NAME), Some(&Value::from("two")));
    table.undo(&request, &twice).unwrap();
    assert_eq!(table.value(&NAME), Some(&Value::from("printer")));
}

#[test]
fn a_read_only_community_may_not_set() {
    let mut fixture = Fixture::new();
    let varbinds = || vec![VarBind::new(NAME, Value::from("x"))];
    let (status, index, _) = fixture.ask(Version::V2c, b"public", PduKind::Set, varbinds());
    assert_eq!((status, index), (ErrorStatus::NoAccess, 1));
    let (status, index, _) = fixture.ask(Version::V1, b"public", PduKind::Set, varbinds());
    assert_eq!((status, index), (ErrorStatus::NoSuchName, 1));
    assert_eq!(fixture.responder.stats().bad_community_uses, 2);
    assert_eq!(fixture.mib.value(&NAME), Some(&Value::from("printer")));
}
