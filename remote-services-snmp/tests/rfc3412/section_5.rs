//! snmpMPDStats, and when a Report may be sent (§6.4, §7.1, §7.2).
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::engine::responder::{Access, SortedTable};
use remote_services_snmp::message::{ScopedPdu, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::usm::{Envelope, KeyCache, SecurityLevel, User, UsmStat, discovery, seal};
use remote_services_snmp::{Oid, Value, VarBind, oid};

use crate::asked::{Asked, V3Question, engine_id, user};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");

fn asked() -> Asked<SortedTable> {
    Asked::new(3, SortedTable::from_iter([(NAME, Value::from("printer"))]), |config| {
        let operator = user("operator");
        config.community("public", Access::Read).user(operator, Access::Read, SecurityLevel::AuthNoPriv)
    })
}

fn counter(asked: &mut Asked<SortedTable>, name: &Oid) -> Option<u64> {
    asked.read(Version::V2c, "public", PduKind::Get, std::slice::from_ref(name)).2[0].value.as_u64()
}

/// R04, R05.
#[test]
fn rfc3412_7_2_privacy_without_authentication_and_unknown_models_are_dropped_and_counted() {
    let mut asked = asked();
    let octets = discovery(1, 1, 65_507);
    let flags = octets.windows(3).position(|window| window == [4, 1, 4]).unwrap() + 2;
    for (place, value, name) in [
        (flags, 2, oid!("1.3.6.1.6.3.11.2.1.2.0")),
        (flags, 6, oid!("1.3.6.1.6.3.11.2.1.2.0")),
        (flags + 3, 99, oid!("1.3.6.1.6.3.11.2.1.1.0")),
        (flags + 3, 1, oid!("1.3.6.1.6.3.11.2.1.1.0")),
    ] {
        let before = counter(&mut asked, &name).unwrap();
        let mut changed = octets.clone();
        changed[place] = value;
        assert_eq!(asked.send(&changed), None);
        assert_eq!(counter(&mut asked, &name), Some(before + 1));
    }
}

/// R07, R08.
#[test]
fn rfc3412_7_2_6_what_cannot_be_decrypted_is_reported_if_the_flag_says_so() {
    let mut asked = asked();
    let auth = Some((AuthProtocol::HmacSha256, &b"maplesyrup"[..]));
    let privacy = Some((PrivProtocol::Aes128, &b"another secret"[..]));
    let wrong = User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, privacy).unwrap();
    let keys = wrong.localize(&rustcrypto(), engine_id()).unwrap();
    let pdu = Pdu::request(PduKind::Get, 17, Vec::new());
    let context_engine_id = engine_id().as_slice().to_vec();
    let scoped = ScopedPdu { context_engine_id, context_name: Vec::new(), pdu };
    let envelope = Envelope::for_user(&keys, 1, 65_507, asked.time(), [7; 8]);
    for (reportable, count) in [(true, 1), (false, 2)] {
        let octets = seal(&Envelope { reportable, ..envelope }, &scoped).unwrap();
        assert_eq!(asked.send(&octets).is_some(), reportable);
        assert_eq!(counter(&mut asked, &UsmStat::DecryptionErrors.oid()), Some(count));
    }
}

/// R37.
#[test]
fn rfc3413_3_2_an_unknown_context_is_reported_and_counted() {
    let mut asked = asked();
    let name = oid!("1.3.6.1.6.3.12.1.5.0");
    for (reportable, count) in [(true, 1), (false, 2)] {
        let question = V3Question { context: "nosuch", reportable, ..V3Question::get("operator", NAME) };
        let report = asked.ask_v3(&question);
        assert_eq!(report.is_some(), reportable);
        if let Some((level, report)) = report {
            assert_eq!((level, report.kind), (SecurityLevel::AuthPriv, PduKind::Report));
            assert_eq!(report.varbinds[0].name, name);
        }
        assert_eq!(counter(&mut asked, &name), Some(count));
    }
}

/// R37.
#[test]
fn rfc3412_7_2_13_the_context_of_an_unknown_engine_is_reported_and_counted() {
    let mut asked = asked();
    let name = oid!("1.3.6.1.6.3.11.2.1.3.0");
    for (reportable, count) in [(true, 1), (false, 2)] {
        let context_engine_id = b"\x80\0\0\0\x04another".to_vec();
        let question = V3Question { context_engine_id, reportable, ..V3Question::get("operator", NAME) };
        let report = asked.ask_v3(&question);
        assert_eq!(report.is_some(), reportable);
        if let Some((level, report)) = report {
            assert_eq!((level, report.kind), (SecurityLevel::AuthPriv, PduKind::Report));
            assert_eq!(report.varbinds, [VarBind::new(name.clone(), Value::Counter32(1))]);
        }
        assert_eq!(counter(&mut asked, &name), Some(count));
    }
}

/// A refusal that does not fit is a silent drop like any other (RFC 3418 §2).
#[test]
fn rfc3413_3_2_6_a_refusal_that_does_not_fit_is_dropped_and_counted() {
    let mut asked = Asked::new(3, SortedTable::new(), |config| {
        let operator = user("operator");
        config.community("public", Access::Read).user(operator, Access::Read, SecurityLevel::AuthPriv)
    });
    let question = V3Question {
        level: SecurityLevel::AuthNoPriv,
        max_size: 484,
        varbinds: vec![VarBind::unspecified(NAME); 60],
        ..V3Question::get("operator", NAME)
    };
    assert!(asked.ask_v3(&question).is_none());
    assert_eq!(asked.responder.stats().silent_drops, 1);
    assert_eq!(counter(&mut asked, &oid!("1.3.6.1.2.1.11.31.0")), Some(1));
}
