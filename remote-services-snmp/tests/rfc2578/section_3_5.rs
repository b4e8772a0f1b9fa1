//! RFC 2578 §3.5: object identifiers have at most 128 sub-identifiers, each at most 2^32 - 1 (on the wire: X.690 §8.19).
use remote_services_snmp::Oid;
use remote_services_snmp::ber::{DecodeErrorKind, Limits, Reader, Tag, Writer};
use remote_services_snmp::smi::OidRef;

fn decoded(contents: &[u8]) -> Result<Oid, DecodeErrorKind> {
    let mut writer = Writer::default();
    writer.octets(Tag::OBJECT_IDENTIFIER, contents);
    let octets = writer.into_vec();
    Reader::new(&octets).oid(&Limits::default()).map(OidRef::to_owned).map_err(|error| error.kind())
}

/// R57.
#[test]
fn rfc2578_3_5_takes_128_sub_identifiers_and_refuses_129() {
    let longest = decoded(&[0x2b; 127]).unwrap();
    assert_eq!(longest.len(), 128);
    assert_eq!(longest.arcs().count(), 128);
    assert_eq!(decoded(&[0x2b; 128]), Err(DecodeErrorKind::TooManyArcs(129)));
    assert!(Oid::from_arcs(&[1; 128]).is_ok() && Oid::from_arcs(&[1; 129]).is_err());
}

/// R57.
#[test]
fn rfc2578_3_5_takes_a_sub_identifier_of_2_32_minus_1_and_refuses_greater_ones() {
    assert_eq!(decoded(&[0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f]).unwrap(), "1.3.4294967295".parse().unwrap());
    for greater in [
        &[0x2b, 0x90, 0x80, 0x80, 0x80, 0x00][..],
        &[0x2b, 0x90, 0x80, 0x80, 0x80, 0x01],
        &[0x2b, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00],
        &[0x2b, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
        &[0x2b, 0x80 | 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    ] {
        assert_eq!(decoded(greater), Err(DecodeErrorKind::ArcTooLarge), "{greater:02x?}");
    }
}

/// R57. X.690 §8.19.2 forbids the padding, and with it two encodings would be one name.
#[test]
fn rfc2578_3_5_refuses_a_sub_identifier_that_starts_with_0x80() {
    assert_eq!(decoded(&[0x2b, 0x80, 0x01]), Err(DecodeErrorKind::PaddedArc));
    assert_eq!(decoded(&[0x80, 0x2b]), Err(DecodeErrorKind::PaddedArc));
    assert!(decoded(&[0x2b, 0x81, 0x00]).is_ok());
}

/// R57.
#[test]
fn rfc2578_3_5_unpacks_the_first_two_sub_identifiers() {
    for (contents, text) in [
        (&[0][..], "0.0"),
        (&[39], "0.39"),
        (&[40], "1.0"),
        (&[79], "1.39"),
        (&[80], "2.0"),
        (&[127], "2.47"),
        (&[0x81, 0x00], "2.48"),
        (&[0x88, 0x37], "2.999"),
        (&[0x90, 0x80, 0x80, 0x80, 0x4f], "2.4294967295"),
    ] {
        let oid = decoded(contents).unwrap();
        assert_eq!(oid.to_string(), text);
        assert_eq!(text.parse::<Oid>().unwrap().as_wire(), contents);
    }
    assert_eq!(decoded(&[0x90, 0x80, 0x80, 0x80, 0x50]), Err(DecodeErrorKind::ArcTooLarge));
}

#[test]
fn rfc2578_3_5_refuses_what_is_empty_or_does_not_end() {
    assert_eq!(decoded(&[]), Err(DecodeErrorKind::EmptyOid));
    assert_eq!(decoded(&[0x2b, 0x06, 0x81]), Err(DecodeErrorKind::UnfinishedArc));
}
