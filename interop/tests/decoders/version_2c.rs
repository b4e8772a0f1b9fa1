//! SNMPv2c, which all three read.
use remote_services_snmp::Value;
use remote_services_snmp::VarBind;
use remote_services_snmp::ber::{DecodeError, DecodeErrorKind, Limits, Reader};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};

use crate::changed::{self, NAME, for_changed, hex};
use crate::reasons::{CONSTRUCTED, PADDED_ARC, Reason, UNBOUNDED};

type Rasn = rasn_snmp::v2c::Message<rasn_snmp::v2::Pdus>;

/// Why rasn-snmp takes what we refuse.
const ONLY_RASN: [Reason; 4] = [
    ("any number is a version to it, and any PDU goes with any", |kind| {
        matches!(kind, DecodeErrorKind::UnknownVersion(_) | DecodeErrorKind::UnknownPdu(_))
    }),
    PADDED_ARC,
    CONSTRUCTED,
    UNBOUNDED,
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
        Ok::<_, DecodeError>((pdu.integer()?, pdu.integer()?))
    };
    fields().is_ok_and(|(first, second)| first < 0 || second < 0)
}

#[test]
fn changed_messages_are_read_alike_by_rasn_snmp_or_the_reason_is_listed() {
    let mut agreed = 0;
    let mut refused = 0;
    for_changed(&messages(), 60_000, |_, octets| match (ours(octets), rasn(octets)) {
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
    for (_, octets) in messages() {
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
    for_changed(&messages(), 200_000, |_, octets| match (ours(octets), rasn(octets)) {
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

/// A response with a value of every type, a GETBULK, a GET and the messages of the benchmarks.
fn messages() -> Vec<(u8, Vec<u8>)> {
    let mut varbinds = changed::varbinds();
    let later = [Value::Counter64(u64::MAX), Value::NoSuchObject, Value::NoSuchInstance, Value::EndOfMibView];
    varbinds.extend(later.map(|value| VarBind::new(NAME, value)));
    let bulk = PduKind::GetBulk { non_repeaters: 1, max_repetitions: 20 };
    let names = vec![VarBind::unspecified(NAME); 2];
    [
        Pdu::response(7, ErrorStatus::WrongType, 2, varbinds),
        Pdu::request(bulk, 70_000, names.clone()),
        Pdu::request(PduKind::Get, 1, names),
    ]
    .map(|pdu| CommunityMessage::new(Version::V2c, b"public", pdu).to_bytes())
    .into_iter()
    .chain([
        include_bytes!("../../../benches/snmp/data/resp20.bin").to_vec(),
        include_bytes!("../../../benches/snmp/data/get6.bin").to_vec(),
    ])
    .map(|octets| (1, octets))
    .collect()
}
