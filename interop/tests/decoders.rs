//! Ours, snmp-parser and rasn-snmp read the same messages: what two of them take they take as the same message, and
//! where one of ours and rasn-snmp takes what the other refuses the reason stands in [`ONLY_RASN`] or [`only_ours`].
//! The reasons for differences from snmp-parser stand in the SNMP crate's own differential test.
use remote_services_snmp::ber::{DecodeErrorKind, Limits, Reader, Tag};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind, VarBind};
use remote_services_snmp::{Value, oid};

type Rasn = rasn_snmp::v2c::Message<rasn_snmp::v2::Pdus>;

/// Whether a reason explains that we refuse with this error.
type Explains = fn(DecodeErrorKind) -> bool;

/// Why rasn-snmp takes what we refuse: the reason, and the errors of ours that it explains.
const ONLY_RASN: [(&str, Explains); 4] = [
    ("any number is a version to it, and any PDU goes with any", |kind| {
        matches!(kind, DecodeErrorKind::UnknownVersion(_) | DecodeErrorKind::UnknownPdu(_))
    }),
    ("it takes sub-identifiers that start with 0x80, which X.690 8.19.2 forbids", |kind| {
        kind == DecodeErrorKind::PaddedArc
    }),
    ("it does not look at the bit that says whether a type is constructed", |kind| match kind {
        DecodeErrorKind::UnexpectedTag { expected, found } => found.0 ^ expected.0 == 0x20,
        DecodeErrorKind::UnknownValue(found) => is_value(Tag(found.0 ^ 0x20)),
        _ => false,
    }),
    ("its INTEGER has no bounds", |kind| kind == DecodeErrorKind::OutOfRange(Tag::INTEGER)),
];

/// Why rasn-snmp refuses what we take: it holds error-status, error-index, non-repeaters and max-repetitions as
/// unsigned. We ignore the first two in requests and count negative ones of the others as zero (RFC 3416 §4.2.3).
fn only_ours(octets: &[u8]) -> bool {
    let fields = || {
        let mut contents = Reader::new(octets).sequence()?;
        contents.integer()?;
        contents.octet_string(usize::MAX)?;
        let (_, mut pdu) = contents.element()?;
        pdu.integer()?;
        Ok::<_, remote_services_snmp::ber::DecodeError>((pdu.integer()?, pdu.integer()?))
    };
    fields().is_ok_and(|(first, second)| first < 0 || second < 0)
}

#[test]
fn changed_messages_are_read_alike_by_rasn_snmp_or_the_reason_is_listed() {
    let mut agreed = 0;
    let mut refused = 0;
    for_changed(60_000, |octets| match (ours(octets), rasn(octets)) {
        (Ok(ours), Some(theirs)) => {
            assert_eq!(hex(&ours.to_bytes()), hex(&theirs), "{}", hex(octets));
            agreed += 1;
        }
        (Ok(_), None) => assert!(only_ours(octets), "only we take {}", hex(octets)),
        (Err(kind), Some(_)) => {
            let listed = ONLY_RASN.iter().any(|(_, explains)| explains(kind));
            assert!(listed, "only rasn-snmp takes {}: {kind}", hex(octets));
        }
        (Err(_), None) => refused += 1,
    });
    assert!(agreed > 20_000 && refused > 10_000, "{agreed} agreed, {refused} refused");
}

#[test]
fn unchanged_messages_are_read_alike_by_all_three() {
    for octets in messages() {
        let ours = ours(&octets).unwrap();
        assert_eq!(Some(ours.to_bytes()), rasn(&octets));
        let (_, theirs) = snmp_parser::parse_snmp_v2c(&octets).unwrap();
        assert_eq!(theirs.vars_iter().count(), bindings(&ours));
    }
}

#[test]
fn each_reason_for_a_difference_from_rasn_snmp_is_met() {
    let mut met = [false; ONLY_RASN.len()];
    let mut ours_alone = false;
    for_changed(200_000, |octets| match (ours(octets), rasn(octets)) {
        (Err(kind), Some(_)) => {
            for (met, (_, explains)) in met.iter_mut().zip(ONLY_RASN) {
                *met |= explains(kind);
            }
        }
        (Ok(_), None) => ours_alone = true,
        _ => {}
    });
    let unmet: Vec<&str> =
        ONLY_RASN.iter().zip(met).filter(|(_, met)| !met).map(|((reason, _), _)| *reason).collect();
    assert!(unmet.is_empty() && ours_alone, "{unmet:?} are no reasons any more");
}

fn ours(octets: &[u8]) -> Result<CommunityMessage, DecodeErrorKind> {
    CommunityMessage::from_bytes(octets, &Limits::default()).map_err(|error| error.kind())
}

/// What rasn-snmp reads, written again by itself; without the fields that a request does not have.
fn rasn(octets: &[u8]) -> Option<Vec<u8>> {
    use rasn_snmp::v2::Pdus;
    let mut message = rasn::ber::decode::<Rasn>(octets).ok()?;
    if let Pdus::GetRequest(rasn_snmp::v2::GetRequest(pdu))
    | Pdus::GetNextRequest(rasn_snmp::v2::GetNextRequest(pdu))
    | Pdus::SetRequest(rasn_snmp::v2::SetRequest(pdu))
    | Pdus::InformRequest(rasn_snmp::v2::InformRequest(pdu))
    | Pdus::Trap(rasn_snmp::v2::Trap(pdu))
    | Pdus::Report(rasn_snmp::v2::Report(pdu)) = &mut message.data
    {
        (pdu.error_status, pdu.error_index) = (0, 0);
    }
    rasn::ber::encode(&message).ok()
}

fn bindings(message: &CommunityMessage) -> usize {
    match &message.pdu {
        CommunityPdu::Pdu(pdu) => pdu.varbinds.len(),
        CommunityPdu::TrapV1(trap) => trap.varbinds.len(),
    }
}

fn is_value(tag: Tag) -> bool {
    let octets = match tag {
        Tag::IP_ADDRESS => vec![tag.0, 4, 1, 2, 3, 4],
        Tag::NULL | Tag::NO_SUCH_OBJECT | Tag::NO_SUCH_INSTANCE | Tag::END_OF_MIB_VIEW => vec![tag.0, 0],
        _ => vec![tag.0, 1, 1],
    };
    Reader::new(&octets).value(&Limits::default()).is_ok()
}

/// A response with a value of every type, a GETBULK, a GET and the messages of the benchmarks.
fn messages() -> Vec<Vec<u8>> {
    let name = oid!("1.3.6.1.2.1.43.11.1.1.6.1.1");
    let values = [
        Value::Integer(-129),
        Value::from("Black Cartridge"),
        Value::Null,
        Value::ObjectIdentifier(oid!("1.3.6.1.4.1.253.8.62")),
        Value::IpAddress([192, 0, 2, 1]),
        Value::Counter32(u32::MAX),
        Value::Gauge32(128),
        Value::TimeTicks(1),
        Value::Opaque(vec![0x9f, 0x78, 4, 0, 0, 0, 0]),
        Value::Counter64(u64::MAX),
        Value::NoSuchObject,
        Value::NoSuchInstance,
        Value::EndOfMibView,
    ];
    let varbinds: Vec<_> = values.into_iter().map(|value| VarBind::new(name.clone(), value)).collect();
    let bulk = PduKind::GetBulk { non_repeaters: 1, max_repetitions: 20 };
    let names = vec![VarBind::unspecified(name); 2];
    [
        Pdu::response(7, ErrorStatus::WrongType, 2, varbinds),
        Pdu::request(bulk, 70_000, names.clone()),
        Pdu::request(PduKind::Get, 1, names),
    ]
    .map(|pdu| CommunityMessage::new(Version::V2c, b"public", pdu).to_bytes())
    .into_iter()
    .chain([
        include_bytes!("../../benches/snmp/data/resp20.bin").to_vec(),
        include_bytes!("../../benches/snmp/data/get6.bin").to_vec(),
    ])
    .collect()
}

/// The messages with one to three octets changed, always in the same way.
fn for_changed(times: usize, mut look: impl FnMut(&[u8])) {
    let messages = messages();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).expect("31 bits")
    };
    for round in 0..times {
        let mut octets = messages[round % messages.len()].clone();
        for _ in 0..=next() % 3 {
            let at = next() % octets.len();
            octets[at] = next().to_le_bytes()[0];
        }
        look(&octets);
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
