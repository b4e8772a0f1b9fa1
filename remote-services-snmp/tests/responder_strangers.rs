//! Whatever is asked in whatever version, by somebody who has every right or none: the answer is one to the question, fits,
//! and says nothing that its version cannot say; a SET that fails has changed nothing.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod asked;
mod generate;

use std::time::Duration;

use asked::{Asked, engine_id, keys, user};
use proptest::prelude::*;
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::notify::{Receiver, ReceiverConfig};
use remote_services_snmp::engine::responder::{Access, ResponderConfig, SortedTable};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, ScopedPdu, V3MessageRef, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::usm::{EngineTime, Envelope, RemoteClock, SecurityLevel, open_as_manager, seal};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const ROOT: Oid = oid!("1.3.6.1.4.1.99999");

fn table() -> SortedTable {
    let mut table = SortedTable::new();
    for row in 1..=40_u32 {
        let cell = |column| ROOT.extend(&[column, row]).unwrap();
        table.insert_writable(cell(1), Value::Integer(1));
        table.insert_writable(cell(2), Value::OctetString(vec![b'x'; usize::try_from(row * 7).unwrap()]));
        table.insert(cell(3), Value::Counter64(u64::MAX));
    }
    table
}

fn config(config: ResponderConfig) -> ResponderConfig {
    config.community("private", Access::ReadWrite).user(
        user("operator"),
        Access::ReadWrite,
        SecurityLevel::NoAuthNoPriv,
    )
}

/// Names of the table and near it as well as any other.
fn question() -> impl Strategy<Value = Pdu> {
    let near = (0..5_u32, 0..45_u32).prop_map(|(column, row)| ROOT.extend(&[column, row]).unwrap());
    let name = prop_oneof![4 => near, 1 => generate::oid()];
    let value = prop_oneof![1 => Just(Value::Null), 1 => Just(Value::Integer(7)), 2 => generate::value()];
    let varbind = (name, value).prop_map(|(name, value)| VarBind::new(name, value));
    let list = prop::collection::vec(varbind, 0..30);
    (generate::kind(), any::<i32>(), list).prop_map(|(kind, id, list)| Pdu::request(kind, id, list))
}

/// What must hold of an answer to `asked`.
fn is_an_answer(version: Version, asked: &Pdu, answer: &Pdu) {
    assert_eq!(answer.request_id, asked.request_id);
    let PduKind::Response { status, error_index } = answer.kind else { panic!("{:?}", answer.kind) };
    let pointed_at = usize::try_from(error_index).unwrap();
    assert!(pointed_at <= asked.varbinds.len(), "{error_index} of {}", asked.varbinds.len());
    if status != ErrorStatus::NoError {
        let echoed = answer.varbinds == asked.varbinds;
        assert!(echoed || status == ErrorStatus::TooBig && answer.varbinds.is_empty(), "{status:?}");
    } else if matches!(asked.kind, PduKind::Get | PduKind::Set) {
        assert!(answer.varbinds.iter().map(|it| &it.name).eq(asked.varbinds.iter().map(|it| &it.name)));
    } else if asked.kind == PduKind::GetNext {
        assert_eq!(answer.varbinds.len(), asked.varbinds.len());
        for (it, asked) in answer.varbinds.iter().zip(&asked.varbinds) {
            assert!(it.name > asked.name || it.value == Value::EndOfMibView, "{it:?} after {}", asked.name);
        }
    }
    if version == Version::V1 {
        assert!((0..=5).contains(&status.to_wire()), "{status:?} in SNMPv1");
        let new = |it: &VarBind| {
            matches!(
                it.value,
                Value::Counter64(_) | Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView
            )
        };
        assert!(status != ErrorStatus::NoError || !answer.varbinds.iter().any(new), "{answer:?}");
    }
}

fn changed_by_a_set_alone(before: &SortedTable, after: &SortedTable, asked: &Pdu, answer: Option<&Pdu>) {
    let set = answer
        .is_some_and(|answer| matches!(answer.kind, PduKind::Response { status: ErrorStatus::NoError, .. }));
    if asked.kind == PduKind::Set && set {
        for varbind in &asked.varbinds {
            let last = asked.varbinds.iter().rfind(|it| it.name == varbind.name).unwrap();
            assert_eq!(after.value(&varbind.name), Some(&last.value));
        }
    } else {
        assert!(before.iter().eq(after.iter()), "{asked:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn who_may_write_by_community_gets_an_answer_that_is_one(pdu in question(), v1 in any::<bool>()) {
        let mut asked = Asked::new(1, table(), config);
        let before = asked.mib.clone();
        let version = if v1 { Version::V1 } else { Version::V2c };
        let octets = CommunityMessage::new(version, b"private", pdu.clone()).to_bytes();
        let answer = asked.send(&octets).map(|octets| {
            let answer = CommunityMessage::from_bytes(&octets, &Limits::default()).unwrap();
            prop_assert_eq!(answer.version, version);
            let CommunityPdu::Pdu(answer) = answer.pdu else { panic!("a trap") };
            is_an_answer(version, &pdu, &answer);
            Ok(answer)
        }).transpose()?;
        changed_by_a_set_alone(&before, &asked.mib, &pdu, answer.as_ref());
        let stranger = CommunityMessage::new(version, b"guessed", pdu).to_bytes();
        prop_assert_eq!(asked.send(&stranger), None);
    }

    #[test]
    fn who_has_the_key_gets_an_answer_that_fits_whatever_stands_around_the_question(
        pdu in question(),
        msg_id in 0..=i32::MAX,
        max_size in prop_oneof![484..1_500_u32, 484..=0x7fff_ffff_u32],
        reportable in any::<bool>(),
        level in 0..3_u8,
        bent in 0..12_u8,
    ) {
        let mut asked = Asked::new(1, table(), config);
        let before = asked.mib.clone();
        let keys = keys("operator");
        let level = match level {
            0 => SecurityLevel::NoAuthNoPriv,
            1 => SecurityLevel::AuthNoPriv,
            _ => SecurityLevel::AuthPriv,
        };
        let mut envelope = Envelope {
            level,
            reportable,
            ..Envelope::for_user(&keys, msg_id, max_size, asked.time(), [7; 8])
        };
        let mut context = (engine_id().as_slice().to_vec(), Vec::new());
        match bent {
            0 => envelope.time = EngineTime { boots: 0x7fff_ffff, time: 0x7fff_ffff },
            1 => envelope.time = EngineTime { boots: 0, time: 0 },
            2 => envelope.engine_id = b"another engine",
            3 => envelope.engine_id = b"",
            4 => envelope.user_name = b"somebody else",
            5 => context.0 = b"another engine".to_vec(),
            6 => context.1 = vec![0xff; 255],
            _ => {}
        }
        // RFC 3414 §3.2 (7): without authentication the time does not matter.
        let sound = bent > 6 || bent < 2 && level == SecurityLevel::NoAuthNoPriv;
        let (context_engine_id, context_name) = context;
        let scoped = ScopedPdu { context_engine_id, context_name, pdu: pdu.clone() };
        let octets = seal(&envelope, &scoped).unwrap();
        let Some(reply) = asked.send(&octets) else {
            // Silence is for what is no question, and for what does not want a Report.
            let confirmed = matches!(pdu.kind, PduKind::Get | PduKind::GetNext | PduKind::Set);
            prop_assert!(!(sound && confirmed) || max_size < 600, "a sound question was not answered");
            changed_by_a_set_alone(&before, &asked.mib, &pdu, None);
            return Ok(());
        };
        prop_assert!(reply.len() <= usize::try_from(max_size).unwrap(), "{} of {max_size}", reply.len());
        let message = V3MessageRef::decode(&reply, &Limits::default()).unwrap();
        prop_assert_eq!(message.header.msg_id, msg_id);
        prop_assert!(!message.header.flags.reportable);
        let mut clock = RemoteClock::default();
        let opened = open_as_manager(&message, Some(&keys), &mut clock, Duration::ZERO);
        // The Report about another user or engine is in nobody's name that we have.
        let Ok(opened) = opened else { prop_assert!(!sound); return Ok(()) };
        let answer = opened.scoped_pdu(&Limits::default()).unwrap().pdu.to_owned();
        if answer.kind == PduKind::Report {
            prop_assert!(reportable, "a Report that nobody wanted");
            prop_assert_eq!(answer.varbinds.len(), 1);
            changed_by_a_set_alone(&before, &asked.mib, &pdu, None);
        } else {
            prop_assert!(sound, "{bent}: {answer:?}");
            prop_assert_eq!(opened.level, level);
            is_an_answer(Version::V3, &pdu, &answer);
            changed_by_a_set_alone(&before, &asked.mib, &pdu, Some(&answer));
        }
    }

    #[test]
    fn a_receiver_acknowledges_informs_with_what_they_say_and_answers_nothing_else(
        pdu in generate::pdu(),
        v1 in any::<bool>(),
    ) {
        let mut seed = 7_u64..;
        let config = ReceiverConfig::new(engine_id(), 1).community("public");
        let random = || seed.next().unwrap();
        let mut receiver = Receiver::new(config, rustcrypto(), asked::at(0), random).unwrap();
        let version = if v1 { Version::V1 } else { Version::V2c };
        let octets = CommunityMessage::new(version, b"public", pdu.clone()).to_bytes();
        let handled = receiver.handle_datagram(asked::at(1), "192.0.2.9:162".parse().unwrap(), &octets);
        if let Some(reply) = &handled.reply {
            prop_assert_eq!(pdu.kind, PduKind::Inform);
            let reply = CommunityMessage::from_bytes(reply, &Limits::default()).unwrap();
            let CommunityPdu::Pdu(reply) = reply.pdu else { panic!("a trap") };
            prop_assert_eq!((reply.request_id, reply.varbinds), (pdu.request_id, pdu.varbinds));
        }
        let taken = handled.received.is_some();
        prop_assert!(!taken || matches!(pdu.kind, PduKind::Inform | PduKind::TrapV2));
        prop_assert_eq!(handled.reply.is_some(), taken && pdu.kind == PduKind::Inform);
    }
}
