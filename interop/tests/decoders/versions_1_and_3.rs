//! SNMPv1 and SNMPv3, as ours and rasn-snmp read them. Where only one of them takes a message the reason is listed, in
//! [`ONLY_RASN`] or [`ONLY_OURS`].
use remote_services_snmp::ber::{DecodeError, DecodeErrorKind as Kind, Limits, Reader, Tag};
use remote_services_snmp::message::{
    CommunityMessage, CommunityPdu, MessageData, ScopedPdu, ScopedPduRef, V3MessageRef, Version,
};
use remote_services_snmp::pdu::{ErrorStatus, GenericTrap, Pdu, PduKind, TrapV1, VarBind};
use remote_services_snmp::usm::{EngineTime, Envelope, SecurityLevel, discovery, seal};
use remote_services_snmp::{Value, oid};

use crate::changed::{self, NAME, for_changed, hex};
use crate::reasons::{CONSTRUCTED, PADDED_ARC, Reason, UNBOUNDED};

/// Why rasn-snmp takes what we refuse.
const ONLY_RASN: [Reason; 5] = [
    ("any number is a version to it", |kind| matches!(kind, Kind::UnknownVersion(_))),
    PADDED_ARC,
    CONSTRUCTED,
    UNBOUNDED,
    (
        "it does not look whether the fields of SNMPv3 go together, nor whether the privacy flag fits the data",
        |kind| match kind {
            Kind::MaxSizeTooSmall(_) | Kind::PrivacyWithoutAuthentication => true,
            Kind::UnexpectedTag { expected, found } => {
                [expected, found] == [Tag::OCTET_STRING, Tag::SEQUENCE]
                    || [expected, found] == [Tag::SEQUENCE, Tag::OCTET_STRING]
            }
            _ => false,
        },
    ),
];

/// A reason in words, and whether it explains that we take this PDU, whose second and third number these are.
type ReasonOfOurs = (&'static str, fn(&CommunityPdu, &[i32]) -> bool);

/// Why rasn-snmp refuses what we take.
const ONLY_OURS: [ReasonOfOurs; 2] = [
    ("values that SNMPv1 does not have are no values to it; we read them in every version", |pdu, _| {
        let varbinds = match pdu {
            CommunityPdu::Pdu(pdu) => &pdu.varbinds,
            CommunityPdu::TrapV1(trap) => &trap.varbinds,
        };
        let late = |value: &Value| {
            matches!(
                value,
                Value::Counter64(_) | Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView
            )
        };
        varbinds.iter().any(|varbind| late(&varbind.value))
    }),
    ("error-status and error-index of SNMPv3 are unsigned to it, in requests as well", |_, numbers| {
        numbers.iter().any(|&number| number < 0)
    }),
];

#[test]
fn changed_messages_of_versions_1_and_3_are_read_alike_or_the_reason_is_listed_and_occurs() {
    let (mut agreed, mut refused) = ([0; 4], 0);
    let (mut only_rasn, mut only_ours) = ([0; ONLY_RASN.len()], [0; ONLY_OURS.len()]);
    for_changed(&messages(), 60_000, |version, octets| {
        match (ours(version, octets), rasn(version, octets)) {
            (Ok(ours), Some(theirs)) => {
                assert_eq!(ours, theirs, "{}", hex(octets));
                agreed[usize::from(version)] += 1;
            }
            (Ok(_), None) => {
                let reason = reason_of_ours(version, octets);
                only_ours[reason.unwrap_or_else(|| panic!("only we take {}", hex(octets)))] += 1;
            }
            (Err(kind), Some(_)) => {
                let reason = ONLY_RASN.iter().position(|(_, explains)| explains(kind));
                only_rasn
                    [reason.unwrap_or_else(|| panic!("{kind}: only rasn-snmp takes {}", hex(octets)))] += 1;
            }
            (Err(_), None) => refused += 1,
        }
    });
    assert!(agreed[0] > 5_000 && agreed[3] > 5_000 && refused > 10_000, "{agreed:?}, {refused} refused");
    for ((reason, _), count) in ONLY_RASN.iter().zip(only_rasn) {
        assert!(count > 0, "this does not occur: {reason}");
    }
    for ((reason, _), count) in ONLY_OURS.iter().zip(only_ours) {
        assert!(count > 0, "this does not occur: {reason}");
    }
}

#[test]
fn unchanged_messages_of_versions_1_and_3_are_read_alike() {
    for (version, octets) in messages() {
        let ours = ours(version, &octets).expect("a sound message");
        assert_eq!(Some(ours), rasn(version, &octets), "{}", hex(&octets));
    }
}

/// Which of [`ONLY_OURS`] explains that only we take this message.
fn reason_of_ours(version: u8, octets: &[u8]) -> Option<usize> {
    let limits = Limits::default();
    if version == 0 {
        let pdu = CommunityMessage::from_bytes(octets, &limits).ok()?.pdu;
        return ONLY_OURS.iter().position(|(_, explains)| explains(&pdu, &[]));
    }
    let message = V3MessageRef::decode(octets, &limits).ok()?;
    let MessageData::Plaintext(data) = message.data else { return None };
    let mut scoped = Reader::new(data).sequence().ok()?;
    scoped.octet_string(usize::MAX).ok()?;
    scoped.octet_string(usize::MAX).ok()?;
    let (_, mut pdu) = scoped.element().ok()?;
    pdu.integer().ok()?;
    let numbers = [pdu.integer().ok()?, pdu.integer().ok()?];
    ONLY_OURS[1].1(&CommunityPdu::Pdu(Pdu::request(PduKind::Get, 0, Vec::new())), &numbers).then_some(1)
}

/// Everything that is in a message but its lengths; fields that a request does not have are zero.
type Seen = (Vec<Vec<u8>>, Vec<u8>);

fn ours(version: u8, octets: &[u8]) -> Result<Seen, Kind> {
    let limits = Limits::default();
    let read = || {
        if version == 0 {
            return Ok((vec![], CommunityMessage::from_bytes(octets, &limits)?.to_bytes()));
        }
        let message = V3MessageRef::decode(octets, &limits)?;
        let header = message.header;
        let numbers = format!("{} {} {}", header.msg_id, header.max_size, header.security_model);
        let mut fields =
            vec![numbers.into_bytes(), vec![header.flags.to_wire()], message.security_parameters.to_vec()];
        let pdu = match message.data {
            MessageData::Encrypted(data) => data.to_vec(),
            MessageData::Plaintext(data) => {
                let mut reader = Reader::at(data, message.data_offset);
                let scoped = ScopedPduRef::decode(&mut reader, &limits)?.to_owned();
                fields.extend([scoped.context_engine_id, scoped.context_name]);
                CommunityMessage::new(Version::V2c, b"", scoped.pdu).to_bytes()
            }
        };
        Ok::<_, DecodeError>((fields, pdu))
    };
    read().map_err(|error| error.kind())
}

fn rasn(version: u8, octets: &[u8]) -> Option<Seen> {
    if version == 0 {
        use rasn_snmp::v1::{GetNextRequest, GetRequest, Message, Pdus, SetRequest};
        let mut message = rasn::ber::decode::<Message<Pdus>>(octets).ok()?;
        if let Pdus::GetRequest(GetRequest(pdu))
        | Pdus::GetNextRequest(GetNextRequest(pdu))
        | Pdus::SetRequest(SetRequest(pdu)) = &mut message.data
        {
            (pdu.error_status, pdu.error_index) = (0.into(), 0.into());
        }
        return Some((vec![], rasn::ber::encode(&message).ok()?));
    }
    use rasn_snmp::v2::{GetNextRequest, GetRequest, InformRequest, Pdus, Report, SetRequest, Trap};
    use rasn_snmp::v3::{Message, ScopedPduData};
    let message = rasn::ber::decode::<Message>(octets).ok()?;
    let header = message.global_data;
    let numbers = format!("{} {} {}", header.message_id, header.max_size, header.security_model);
    let flags = header.flags.iter().map(|flags| flags & 7).collect();
    let mut fields = vec![numbers.into_bytes(), flags, message.security_parameters.to_vec()];
    let pdu = match message.scoped_data {
        ScopedPduData::EncryptedPdu(data) => data.to_vec(),
        ScopedPduData::CleartextPdu(mut scoped) => {
            if let Pdus::GetRequest(GetRequest(pdu))
            | Pdus::GetNextRequest(GetNextRequest(pdu))
            | Pdus::SetRequest(SetRequest(pdu))
            | Pdus::InformRequest(InformRequest(pdu))
            | Pdus::Trap(Trap(pdu))
            | Pdus::Report(Report(pdu)) = &mut scoped.data
            {
                (pdu.error_status, pdu.error_index) = (0, 0);
            }
            fields.extend([scoped.engine_id.to_vec(), scoped.name.to_vec()]);
            let message = rasn_snmp::v2c::Message {
                version: 1.into(),
                community: Vec::new().into(),
                data: scoped.data,
            };
            rasn::ber::encode(&message).ok()?
        }
    };
    Some((fields, pdu))
}

/// Sound messages with their versions: every kind and type that the version has.
fn messages() -> Vec<(u8, Vec<u8>)> {
    let varbinds = changed::varbinds();
    let response = Pdu::response(7, ErrorStatus::NoSuchName, 2, varbinds.clone());
    let next = Pdu::request(PduKind::GetNext, 70_000, vec![VarBind::unspecified(NAME); 2]);
    let trap = TrapV1 {
        enterprise: oid!("1.3.6.1.4.1.253.8.62.1"),
        agent_addr: [192, 0, 2, 1],
        generic_trap: GenericTrap::EnterpriseSpecific,
        specific_trap: 18,
        time_stamp: 123_456,
        varbinds,
    };
    let pdus =
        [CommunityPdu::Pdu(response.clone()), CommunityPdu::Pdu(next.clone()), CommunityPdu::TrapV1(trap)];
    let first = pdus.map(|pdu| {
        (0, CommunityMessage { version: Version::V1, community: b"public".to_vec(), pdu }.to_bytes())
    });
    first.into_iter().chain([(3, discovery(77, 1, 65_507)), (3, clear(response)), (3, clear(next))]).collect()
}

/// In SNMPv3 without keys.
fn clear(pdu: Pdu) -> Vec<u8> {
    let envelope = Envelope {
        msg_id: 77,
        max_size: 65_507,
        reportable: true,
        level: SecurityLevel::NoAuthNoPriv,
        engine_id: b"an engine",
        time: EngineTime { boots: 1, time: 300 },
        user_name: b"operator",
        user: None,
        salt: [1; 8],
    };
    let scoped = ScopedPdu { context_engine_id: b"an engine".to_vec(), context_name: b"tray".to_vec(), pdu };
    seal(&envelope, &scoped).expect("nothing is to be encrypted")
}
