//! GET, GETNEXT and GETBULK.
use super::*;

#[test]
fn rfc3416_4_2_1_get_tells_per_binding_what_is_not_there() {
    let names = [NAME, oid!("1.3.6.1.2.1.1.5.1"), oid!("1.3.6.1.2.1.99.1.0"), OCTETS_64];
    let values = values(Fixture::new().read(Version::V2c, PduKind::Get, &names));
    let expected =
        [Value::from("printer"), Value::NoSuchInstance, Value::NoSuchObject, Value::Counter64(1 << 40)];
    assert_eq!(values, expected);
}

#[test]
fn rfc1157_4_1_2_v1_get_blames_the_first_missing_name_and_repeats_the_request() {
    let names = [NAME, oid!("1.3.6.1.2.1.1.5.1"), oid!("1.3.6.1.2.1.99.1.0")];
    let (status, index, varbinds) = Fixture::new().read(Version::V1, PduKind::Get, &names);
    assert_eq!((status, index), (ErrorStatus::NoSuchName, 2));
    assert_eq!(varbinds, names.map(VarBind::unspecified));
}

#[test]
fn rfc3584_4_2_2_counter64_does_not_exist_for_v1() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.read(Version::V1, PduKind::Get, &[OCTETS_64]).0, ErrorStatus::NoSuchName);
    let (status, _, varbinds) = fixture.read(Version::V1, PduKind::GetNext, &[SERVICES]);
    assert_eq!((status, varbinds[0].name.clone()), (ErrorStatus::NoError, ALIAS));
    let (_, _, varbinds) = fixture.read(Version::V2c, PduKind::GetNext, &[SERVICES]);
    assert_eq!(varbinds[0].name, OCTETS_64);
}

#[test]
fn rfc3416_4_2_2_get_next_past_the_end_repeats_the_name() {
    let mut fixture = Fixture::new();
    let beyond = oid!("1.3.6.1.9");
    let end = VarBind::new(beyond.clone(), Value::EndOfMibView);
    assert_eq!(
        fixture.read(Version::V2c, PduKind::GetNext, core::slice::from_ref(&beyond)),
        (ErrorStatus::NoError, 0, vec![end])
    );
    let (status, index, _) = fixture.read(Version::V1, PduKind::GetNext, &[NAME, beyond]);
    assert_eq!((status, index), (ErrorStatus::NoSuchName, 2));
}

#[test]
fn rfc3416_4_2_3_bulk_reads_some_once_and_others_repeatedly_until_the_end() {
    let mut fixture = Fixture::new();
    let bulk = |non_repeaters, max_repetitions| PduKind::GetBulk { non_repeaters, max_repetitions };
    let names = |reply: Reply| reply.2.into_iter().map(|varbind| varbind.name).collect::<Vec<_>>();
    let start = [oid!("1.3.6"), NAME, OCTETS_64];
    let descr = oid!("1.3.6.1.2.1.1.1.0");
    let expected = [descr.clone(), SERVICES, ALIAS, OCTETS_64, ALIAS];
    assert_eq!(names(fixture.read(Version::V2c, bulk(1, 2), &start)), expected);
    assert_eq!(names(fixture.read(Version::V2c, bulk(0, 0), &start)), []);
    assert_eq!(names(fixture.read(Version::V2c, bulk(9, 5), &start)), [descr, SERVICES, ALIAS]);
    // One row of nothing but endOfMibView, then no more, however many were asked for.
    let all = values(fixture.read(Version::V2c, bulk(0, u32::MAX), &[OCTETS_64, ALIAS]));
    let end = Value::EndOfMibView;
    assert_eq!(all, [Value::from("alias"), end.clone(), end.clone(), end]);
}

#[test]
fn cve_2008_4309_a_bulk_of_any_size_is_cut_to_the_message() {
    let mut fixture = Fixture::with(|config| config.max_message_size(1_400));
    for row in 1..20_000 {
        fixture
            .mib
            .insert(NAME.extend(&[row]).unwrap(), Value::from("some text in a column of a long table"));
    }
    let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions: i32::MAX.cast_unsigned() };
    for columns in [1, 7, 100] {
        let names = vec![VarBind::unspecified(NAME); columns];
        let pdu = Pdu::request(bulk, 17, names);
        let octets = fixture.send(&CommunityMessage::new(Version::V2c, b"public", pdu).to_bytes()).unwrap();
        assert!((1_300..=1_400).contains(&octets.len()), "{columns} columns: {}", octets.len());
    }
}

#[test]
fn rfc3416_4_2_1_3_what_does_not_fit_is_too_big_and_empty() {
    let mut fixture = Fixture::with(|config| config.max_message_size(484));
    fixture.mib.insert(NAME, Value::OctetString(vec![b'x'; 500]));
    let too_big = (ErrorStatus::TooBig, 0, Vec::new());
    assert_eq!(fixture.read(Version::V2c, PduKind::Get, &[NAME]), too_big);
    let (status, index, varbinds) = fixture.read(Version::V1, PduKind::Get, &[NAME]);
    assert_eq!((status, index, varbinds.len()), (ErrorStatus::TooBig, 0, 1));
}
