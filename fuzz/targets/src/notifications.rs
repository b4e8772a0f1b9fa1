//! Datagrams of any sort to a receiver of notifications, from several sources and over time.

use std::net::SocketAddr;
use std::time::Duration;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::notify::{Notification, Receiver, ReceiverConfig, SourceLimits};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Message, Version};
use remote_services_snmp::pdu::{GenericTrap, Pdu, PduKind, TrapV1};
use remote_services_snmp::usm::{EngineTime, SecurityLevel};
use remote_services_snmp::{Value, oid};

use crate::bytes::{Bytes, dice, with_length};
use crate::{message, no_security};

const LARGEST: usize = 1_400;
const SOURCES: usize = 3;
const ENGINES: usize = 2;

pub(crate) fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let limits = SourceLimits { per_second: 5, burst: 10, max_sources: SOURCES };
    let config = ReceiverConfig::new(no_security::engine_id(), 3)
        .community("public")
        .user(no_security::user(), SecurityLevel::AuthNoPriv)
        .max_message_size(u32::try_from(LARGEST).expect("it is small"))
        .max_engines(ENGINES)
        .sources(limits);
    let mut now = Instant::START;
    let mut receiver = Receiver::new(config, no_security::provider(), now, dice(1)).expect("no constant");
    now = now + Duration::from_secs(500);
    let (mut datagrams, mut received) = (0, 0);
    while !bytes.is_empty() {
        let source = bytes.byte();
        now = now + Duration::from_millis(u64::from(bytes.byte()) * 10);
        let from = SocketAddr::from(([192, 0, 2, source % 5], u16::from(source / 5) + 1_000));
        let datagram = bytes.run();
        let handled = receiver.handle_datagram(now, from, datagram);
        datagrams += 1;
        let decoded = Message::decode(datagram, &Limits::default());
        if let Some(reply) = &handled.reply {
            assert!(reply.len() <= LARGEST, "{} octets", reply.len());
            answers(reply, decoded.as_ref().expect("what cannot be read is not answered"));
        }
        if let Some(notification) = &handled.received {
            received += 1;
            assert_eq!(notification.source, from);
            assert_eq!(
                notification.confirmed,
                handled.reply.is_some(),
                "an inform is answered, a trap never"
            );
            assert_eq!(notification.v1.is_some(), notification.version == Version::V1);
            // What came in can be passed on.
            let _ = notification.forwarded();
        }
        assert!(receiver.sources() <= SOURCES);
        assert!(receiver.engines(now).count() <= ENGINES);
    }
    let stats = receiver.stats();
    assert_eq!((stats.datagrams, stats.received), (datagrams, received));
}

/// A reply is a Response or a Report, in the version of the question and with its numbers.
fn answers(reply: &[u8], question: &Message<'_>) {
    match (Message::decode(reply, &Limits::default()).expect("we wrote it"), question) {
        (Message::Community(reply), Message::Community(question)) => {
            assert_eq!((reply.version, reply.community), (question.version, question.community));
            assert_eq!(reply.pdu.request_id(), question.pdu.request_id());
            let CommunityPdu::Pdu(pdu) = &reply.pdu else { panic!("a trap for an answer") };
            assert!(matches!(pdu.kind, PduKind::Response { .. }));
        }
        (Message::V3(reply), Message::V3(question)) => {
            assert_eq!(reply.header.msg_id, question.header.msg_id);
            assert!(!reply.header.flags.reportable, "an answer asks for no Report");
        }
        _ => panic!("an answer in another version"),
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let event = Notification::new(100, Notification::COLD_START)
        .with(oid!("1.3.6.1.2.1.43.18.1.1.8.1.1"), Value::from("paper jam"));
    let varbinds = event.into_varbinds();
    let trap = Pdu::request(PduKind::TrapV2, 1, varbinds.clone());
    let inform = Pdu::request(PduKind::Inform, 2, varbinds.clone());
    let v1 = CommunityMessage {
        version: Version::V1,
        community: b"public".to_vec(),
        pdu: CommunityPdu::TrapV1(TrapV1 {
            enterprise: oid!("1.3.6.1.4.1.32473"),
            agent_addr: [192, 0, 2, 7],
            generic_trap: GenericTrap::from_wire(0),
            specific_trap: 0,
            time_stamp: 99,
            varbinds,
        }),
    };
    let community = |pdu: &Pdu| CommunityMessage::new(Version::V2c, b"public", pdu.clone()).to_bytes();
    let mut datagrams = vec![v1.to_bytes(), community(&trap), community(&inform)];
    let time = EngineTime { boots: 3, time: 500 };
    datagrams.extend(message::sealed(&trap, time));
    datagrams.extend(message::sealed(&inform, time));
    let step = |source: u8, datagram: &[u8]| [&[source, 1][..], &with_length(datagram)].concat();
    let mut seeds: Vec<Vec<u8>> = datagrams.iter().map(|datagram| step(1, datagram)).collect();
    // An inform three times, the second time from elsewhere.
    seeds.push([step(1, &datagrams[2]), step(2, &datagrams[2]), step(1, &datagrams[2])].concat());
    seeds
}
