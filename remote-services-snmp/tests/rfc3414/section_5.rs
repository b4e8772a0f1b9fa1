//! usmStats: what raises them, what is reported, how they are read.
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::{AuthProtocol, rustcrypto};
use remote_services_snmp::engine::responder::{Access, SortedTable};
use remote_services_snmp::message::{ScopedPdu, V3MessageRef, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::usm::{Envelope, KeyCache, SecurityLevel, User, UsmStat, seal};
use remote_services_snmp::{Value, VarBind, oid};

use crate::asked::{Asked, engine_id, keys, user};

fn asked() -> Asked<SortedTable> {
    let auth = Some((AuthProtocol::HmacSha256, &b"maplesyrup"[..]));
    let signer = User::new(&rustcrypto(), &mut KeyCache::new(), b"signer", auth, None).unwrap();
    Asked::new(3, SortedTable::new(), |config| {
        config
            .community("public", Access::Read)
            .user(user("operator"), Access::Read, SecurityLevel::AuthNoPriv)
            .user(signer, Access::Read, SecurityLevel::AuthNoPriv)
    })
}

fn scoped() -> ScopedPdu {
    let pdu = Pdu::request(PduKind::Get, 17, Vec::new());
    ScopedPdu { context_engine_id: engine_id().as_slice().to_vec(), context_name: Vec::new(), pdu }
}

/// Sends a message that must be refused: the Report names the counter, without security, and the counter has risen
/// for whoever reads it.
fn refused(asked: &mut Asked<SortedTable>, octets: &[u8], stat: UsmStat) {
    let read = |asked: &mut Asked<SortedTable>| {
        asked.read(Version::V2c, "public", PduKind::Get, &[stat.oid()]).2.remove(0).value
    };
    let before = read(asked).as_u64().unwrap();
    let reply = asked.send(octets).expect("a Report");
    let message = V3MessageRef::decode(&reply, &Limits::default()).unwrap();
    assert!(!message.header.flags.auth && !message.header.flags.reportable);
    let remote_services_snmp::message::MessageData::Plaintext(plain) = message.data else { panic!() };
    let mut reader = remote_services_snmp::ber::Reader::new(plain);
    let report =
        remote_services_snmp::message::ScopedPduRef::decode(&mut reader, &Limits::default()).unwrap();
    let expected = VarBind::new(stat.oid(), Value::Counter32(u32::try_from(before).unwrap() + 1));
    assert_eq!((report.pdu.kind, report.pdu.varbinds.to_vec()), (PduKind::Report, vec![expected]));
    assert_eq!(read(asked).as_u64(), Some(before + 1));
}

/// R17, R61.
#[test]
fn rfc3414_3_2_3_an_unknown_engine_is_reported() {
    let mut asked = asked();
    let keys = keys("operator");
    let envelope = Envelope::for_user(&keys, 1, 65_507, asked.time(), [1; 8]);
    for level in [SecurityLevel::NoAuthNoPriv, SecurityLevel::AuthNoPriv, SecurityLevel::AuthPriv] {
        let octets = seal(&Envelope { level, engine_id: b"another engine", ..envelope }, &scoped()).unwrap();
        refused(&mut asked, &octets, UsmStat::UnknownEngineIds);
    }
}

/// R18, R61.
#[test]
fn rfc3414_3_2_4_an_unknown_user_is_reported() {
    let mut asked = asked();
    let keys = keys("operator");
    let envelope = Envelope::for_user(&keys, 1, 65_507, asked.time(), [1; 8]);
    for user_name in [&b"nobody"[..], b"", b"operator1", b"operato"] {
        let octets = seal(&Envelope { user_name, ..envelope }, &scoped()).unwrap();
        refused(&mut asked, &octets, UsmStat::UnknownUserNames);
    }
}

/// R19, R61.
#[test]
fn rfc3414_3_2_5_a_level_without_keys_is_reported() {
    let mut asked = asked();
    let keys = keys("operator");
    let envelope = Envelope::for_user(&keys, 1, 65_507, asked.time(), [1; 8]);
    let octets = seal(&Envelope { user_name: b"signer", ..envelope }, &scoped()).unwrap();
    refused(&mut asked, &octets, UsmStat::UnsupportedSecLevels);
    assert_eq!(oid!("1.3.6.1.6.3.15.1.1.1.0"), UsmStat::UnsupportedSecLevels.oid());
}

/// R61.
#[test]
fn rfc3414_5_wrong_digests_are_counted() {
    let mut asked = asked();
    let keys = keys("operator");
    let envelope = Envelope::for_user(&keys, 1, 65_507, asked.time(), [1; 8]);
    let mut octets = seal(&envelope, &scoped()).unwrap();
    *octets.last_mut().unwrap() ^= 1;
    refused(&mut asked, &octets, UsmStat::WrongDigests);
}
