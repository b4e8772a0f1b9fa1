//! A message of each version and kind, and a fixed series of changes to them.
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, ScopedPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, GenericTrap, Pdu, PduKind, TrapV1, VarBind};
use remote_services_snmp::usm::{
    EngineId, EngineTime, Envelope, KeyCache, SecurityLevel, User, discovery, seal,
};
use remote_services_snmp::{Value, oid};

fn varbinds() -> Vec<VarBind> {
    let values = [
        Value::Integer(-129),
        Value::from("printer"),
        Value::OctetString(vec![]),
        Value::Null,
        Value::ObjectIdentifier(oid!("1.3.6.1.4.1.253.8.62")),
        Value::IpAddress([192, 0, 2, 1]),
        Value::Counter32(u32::MAX),
        Value::Gauge32(128),
        Value::TimeTicks(1),
        Value::Opaque(vec![0x9f, 0x78, 4, 0, 0, 0, 0]),
        Value::Counter64(u64::MAX),
        Value::EndOfMibView,
    ];
    values.map(|value| VarBind::new(oid!("1.3.6.1.4.1.253.8.5"), value)).into()
}

/// All of them are sound.
pub(crate) fn messages() -> Vec<Vec<u8>> {
    let bulk = PduKind::GetBulk { non_repeaters: 1, max_repetitions: 20 };
    let response = PduKind::Response { status: ErrorStatus::WrongType, error_index: 2 };
    let request = |kind| Pdu::request(kind, 70_000, varbinds());
    let mut messages: Vec<_> = [PduKind::Get, bulk, response, PduKind::Set, PduKind::Inform, PduKind::TrapV2]
        .into_iter()
        .map(|kind| CommunityMessage::new(Version::V2c, b"public", request(kind)).to_bytes())
        .collect();
    for kind in [PduKind::GetNext, response] {
        messages.push(CommunityMessage::new(Version::V1, b"public", request(kind)).to_bytes());
    }
    let trap = TrapV1 {
        enterprise: oid!("1.3.6.1.4.1.253.8.62.1"),
        agent_addr: [192, 0, 2, 1],
        generic_trap: GenericTrap::EnterpriseSpecific,
        specific_trap: 18,
        time_stamp: 123_456,
        // The last two are of SNMPv2.
        varbinds: varbinds()[..10].to_vec(),
    };
    let pdu = CommunityPdu::TrapV1(trap);
    messages.push(CommunityMessage { version: Version::V1, community: b"public".to_vec(), pdu }.to_bytes());
    messages.push(discovery(77, 1, 65_507));
    messages.extend(secure(&request(PduKind::GetNext)));
    messages
}

/// The PDU in SNMPv3 messages of all levels.
fn secure(pdu: &Pdu) -> Vec<Vec<u8>> {
    let engine_id = EngineId::new(b"an engine").expect("nine octets");
    let auth = Some((AuthProtocol::HmacSha1, &b"maplesyrup"[..]));
    let privacy = Some((PrivProtocol::Aes128, &b"private secret"[..]));
    let user =
        User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, privacy).expect("a good user");
    let user = user.localize(&rustcrypto(), engine_id).expect("RustCrypto has both algorithms");
    let time = EngineTime { boots: 1, time: 300 };
    let scoped = ScopedPdu {
        context_engine_id: engine_id.as_slice().to_vec(),
        context_name: b"tray".to_vec(),
        pdu: pdu.clone(),
    };
    let levels = [SecurityLevel::NoAuthNoPriv, SecurityLevel::AuthNoPriv, SecurityLevel::AuthPriv];
    let seal = |level| {
        let envelope = Envelope { level, ..Envelope::for_user(&user, 77, 65_507, time, [1; 8]) };
        seal(&envelope, &scoped).expect("the user has all keys")
    };
    levels.into_iter().map(seal).collect()
}

/// The messages with one to three octets changed, always in the same way.
pub(crate) fn for_changed(times: usize, mut look: impl FnMut(&[u8])) {
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

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
