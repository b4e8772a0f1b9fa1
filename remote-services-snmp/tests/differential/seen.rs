//! What both decoders can tell of a message, and each one's way to tell it.
use remote_services_snmp::ber::{DecodeError, DecodeErrorKind, Limits, Reader};
use remote_services_snmp::message::{CommunityPdu, Message, MessageData, ScopedPduRef, Version};
use remote_services_snmp::pdu::{Pdu, PduKind, TrapV1, VarBindRef, VarBinds};
use remote_services_snmp::smi::ValueRef;
use remote_services_snmp::usm::UsmParameters;
use snmp_parser::{
    NetworkAddress, ObjectSyntax, ScopedPduData, SecurityParameters, SnmpMessage, SnmpPdu, SnmpV3Message,
    SnmpVariable, UsmSecurityParameters, VarBindValue, parse_snmp_v1, parse_snmp_v2c, parse_snmp_v3,
};

#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    Community { version: u8, community: Vec<u8>, data: Data },
    V3 { numbers: [i64; 4], usm: Option<Usm>, context: Option<[Vec<u8>; 2]>, data: Option<Data> },
}

#[derive(Debug, PartialEq)]
pub(crate) struct Usm {
    engine_id: Vec<u8>,
    boots: i64,
    time: i64,
    user_name: Vec<u8>,
    authentication: Vec<u8>,
    privacy: Vec<u8>,
}

/// `fields` are error-status and error-index of a Response, non-repeaters and max-repetitions of a GetBulk, and of a
/// Trap of SNMPv1 its address, both numbers and the time.
#[derive(Debug, PartialEq)]
pub(crate) struct Data {
    pdu: u8,
    request_id: i64,
    enterprise: Vec<u8>,
    fields: Vec<i64>,
    bindings: Vec<(Vec<u8>, Content)>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Content {
    Number(u8, i128),
    Octets(u8, Vec<u8>),
    /// snmp-parser calls every value without contents empty, an OCTET STRING of no octets included.
    Nothing,
    Exception(u8),
}

impl Seen {
    pub(crate) fn version(&self) -> u8 {
        match self {
            Seen::Community { version, .. } => *version,
            Seen::V3 { .. } => 3,
        }
    }

    pub(crate) fn bindings(&self) -> usize {
        self.data().map_or(0, |data| data.bindings.len())
    }

    /// Of a Trap of SNMPv1.
    pub(crate) fn generic_trap(&self) -> Option<i64> {
        self.data().filter(|data| data.pdu == 4).map(|trap| trap.fields[1])
    }

    /// What snmp-parser takes for UTF-8.
    pub(crate) fn names(&self) -> Option<&[u8]> {
        match self {
            Seen::Community { community, .. } => Some(community),
            Seen::V3 { usm, .. } => usm.as_ref().map(|usm| &*usm.user_name),
        }
    }

    fn data(&self) -> Option<&Data> {
        match self {
            Seen::Community { data, .. } => Some(data),
            Seen::V3 { data, .. } => data.as_ref(),
        }
    }
}

/// All that can be read without keys.
pub(crate) fn ours(octets: &[u8]) -> Result<Seen, DecodeErrorKind> {
    our_message(octets).map_err(|error| error.kind())
}

fn our_message(octets: &[u8]) -> Result<Seen, DecodeError> {
    let limits = Limits::default();
    let message = match Message::decode(octets, &limits)? {
        Message::Community(message) => {
            let data = match &message.pdu {
                CommunityPdu::Pdu(pdu) => our_pdu(pdu),
                CommunityPdu::TrapV1(trap) => our_trap(trap),
            };
            let version = if message.version == Version::V1 { 0 } else { 1 };
            return Ok(Seen::Community { version, community: message.community.into(), data });
        }
        Message::V3(message) => message,
    };
    let header = message.header;
    let flags = [(header.flags.auth, 1), (header.flags.privacy, 2), (header.flags.reportable, 4)];
    let flags = flags.iter().map(|&(set, bit)| if set { bit } else { 0 }).sum();
    let numbers = [header.msg_id.into(), header.max_size.into(), flags, header.security_model.into()];
    let usm = if header.security_model == 3 {
        let usm = UsmParameters::decode(&message)?;
        Some(Usm {
            engine_id: usm.engine_id.into(),
            boots: usm.time.boots.into(),
            time: usm.time.time.into(),
            user_name: usm.user_name.into(),
            authentication: usm.authentication.into(),
            privacy: usm.privacy.into(),
        })
    } else {
        None
    };
    let (context, data) = match message.data {
        MessageData::Encrypted(_) => (None, None),
        MessageData::Plaintext(data) => {
            let scoped = ScopedPduRef::decode(&mut Reader::at(data, message.data_offset), &limits)?;
            let context = [scoped.context_engine_id.into(), scoped.context_name.into()];
            (Some(context), Some(our_pdu(&scoped.pdu)))
        }
    };
    Ok(Seen::V3 { numbers, usm, context, data })
}

fn our_pdu(pdu: &Pdu<VarBinds<'_>>) -> Data {
    let fields = match pdu.kind {
        PduKind::Response { status, error_index } => vec![status.to_wire().into(), error_index.into()],
        PduKind::GetBulk { non_repeaters, max_repetitions } => {
            vec![non_repeaters.into(), max_repetitions.into()]
        }
        _ => Vec::new(),
    };
    Data {
        pdu: pdu.kind.tag().0 & 0x1f,
        request_id: pdu.request_id.into(),
        enterprise: Vec::new(),
        fields,
        bindings: pdu.varbinds.iter().map(our_binding).collect(),
    }
}

fn our_trap(trap: &TrapV1<VarBinds<'_>>) -> Data {
    let address = u32::from_be_bytes(trap.agent_addr).into();
    let generic = trap.generic_trap.to_wire().into();
    Data {
        pdu: 4,
        request_id: 0,
        enterprise: trap.enterprise.as_wire().into(),
        fields: vec![address, generic, trap.specific_trap.into(), trap.time_stamp.into()],
        bindings: trap.varbinds.iter().map(our_binding).collect(),
    }
}

fn our_binding(VarBindRef { name, value }: VarBindRef<'_>) -> (Vec<u8>, Content) {
    let content = match value {
        ValueRef::Integer(number) => Content::Number(2, number.into()),
        ValueRef::Counter32(number) => Content::Number(0x41, number.into()),
        ValueRef::Gauge32(number) => Content::Number(0x42, number.into()),
        ValueRef::TimeTicks(number) => Content::Number(0x43, number.into()),
        ValueRef::Counter64(number) => Content::Number(0x46, number.into()),
        ValueRef::OctetString([]) | ValueRef::Null => Content::Nothing,
        ValueRef::OctetString(octets) => Content::Octets(4, octets.to_vec()),
        ValueRef::ObjectIdentifier(oid) => Content::Octets(6, oid.as_wire().to_vec()),
        ValueRef::IpAddress(octets) => Content::Octets(0x40, octets.to_vec()),
        ValueRef::Opaque(octets) => Content::Octets(0x44, octets.to_vec()),
        ValueRef::NoSuchObject => Content::Exception(0),
        ValueRef::NoSuchInstance => Content::Exception(1),
        ValueRef::EndOfMibView => Content::Exception(2),
        other => panic!("a value of ours that this test does not know: {other:?}"),
    };
    (name.as_wire().to_vec(), content)
}

/// What snmp-parser reads, by whichever of its three functions takes the message; `None` when none does.
pub(crate) fn theirs(octets: &[u8]) -> Option<Seen> {
    if let Ok((_, message)) = parse_snmp_v1(octets).or_else(|_| parse_snmp_v2c(octets)) {
        let SnmpMessage { version, community, pdu } = message;
        return Some(Seen::Community {
            version: u8::try_from(version).expect("0 or 1"),
            community: community.into_bytes(),
            data: their_pdu(&pdu),
        });
    }
    let (_, SnmpV3Message { header_data, security_params, data, .. }) = parse_snmp_v3(octets).ok()?;
    let flags = i64::from(header_data.msg_flags & 7);
    let model = header_data.msg_security_model.0.into();
    let numbers = [header_data.msg_id.into(), header_data.msg_max_size.into(), flags, model];
    let usm = match security_params {
        SecurityParameters::USM(usm) => Some(their_usm(usm)),
        SecurityParameters::Raw(_) => None,
    };
    let (context, data) = match data {
        ScopedPduData::Encrypted(_) => (None, None),
        ScopedPduData::Plaintext(scoped) => (
            Some([scoped.ctx_engine_id.into(), scoped.ctx_engine_name.into()]),
            Some(their_pdu(&scoped.data)),
        ),
    };
    Some(Seen::V3 { numbers, usm, context, data })
}

fn their_usm(usm: UsmSecurityParameters<'_>) -> Usm {
    Usm {
        engine_id: usm.msg_authoritative_engine_id.into(),
        boots: usm.msg_authoritative_engine_boots.into(),
        time: usm.msg_authoritative_engine_time.into(),
        user_name: usm.msg_user_name.into_bytes(),
        authentication: usm.msg_authentication_parameters.into(),
        privacy: usm.msg_privacy_parameters.into(),
    }
}

fn their_pdu(pdu: &SnmpPdu<'_>) -> Data {
    let (request_id, enterprise, fields, bindings) = match pdu {
        SnmpPdu::Generic(pdu) => {
            let fields =
                if pdu.pdu_type.0 == 2 { vec![pdu.err.0.into(), pdu.err_index.into()] } else { Vec::new() };
            (pdu.req_id, Vec::new(), fields, &pdu.var)
        }
        SnmpPdu::Bulk(pdu) => {
            let fields = vec![pdu.non_repeaters.into(), pdu.max_repetitions.into()];
            (pdu.req_id, Vec::new(), fields, &pdu.var)
        }
        SnmpPdu::TrapV1(trap) => {
            let NetworkAddress::IPv4(address) = trap.agent_addr;
            let generic = trap.generic_trap.0.into();
            let fields =
                vec![u32::from(address).into(), generic, trap.specific_trap.into(), trap.timestamp.into()];
            (0, trap.enterprise.as_bytes().to_vec(), fields, &trap.var)
        }
    };
    let pdu = u8::try_from(pdu.pdu_type().0).expect("nine kinds");
    Data {
        pdu,
        request_id: request_id.into(),
        enterprise,
        fields,
        bindings: bindings.iter().map(their_binding).collect(),
    }
}

fn their_binding(SnmpVariable { oid, val }: &SnmpVariable<'_>) -> (Vec<u8>, Content) {
    let content = match val {
        VarBindValue::Unspecified | VarBindValue::Value(ObjectSyntax::Empty) => Content::Nothing,
        VarBindValue::NoSuchObject => Content::Exception(0),
        VarBindValue::NoSuchInstance => Content::Exception(1),
        VarBindValue::EndOfMibView => Content::Exception(2),
        VarBindValue::Value(value) => match value {
            ObjectSyntax::Number(number) => Content::Number(2, (*number).into()),
            ObjectSyntax::Counter32(number) => Content::Number(0x41, (*number).into()),
            ObjectSyntax::Gauge32(number) => Content::Number(0x42, (*number).into()),
            ObjectSyntax::TimeTicks(number) => Content::Number(0x43, (*number).into()),
            ObjectSyntax::Counter64(number) => Content::Number(0x46, (*number).into()),
            ObjectSyntax::String(octets) => Content::Octets(4, octets.to_vec()),
            ObjectSyntax::Object(oid) => Content::Octets(6, oid.as_bytes().to_vec()),
            ObjectSyntax::IpAddress(NetworkAddress::IPv4(address)) => {
                Content::Octets(0x40, address.octets().to_vec())
            }
            ObjectSyntax::Opaque(octets) => Content::Octets(0x44, octets.to_vec()),
            other => Content::Octets(0, format!("{other:?}").into_bytes()),
        },
    };
    (oid.as_bytes().to_vec(), content)
}
