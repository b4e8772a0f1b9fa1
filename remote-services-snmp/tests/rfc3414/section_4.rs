//! §4: how the manager learns an engine's ID and time.

use remote_services_snmp::ber::Limits;
use remote_services_snmp::message::{MessageData, ScopedPduRef, V3MessageRef};
use remote_services_snmp::usm::{EngineTime, UsmParameters};

use super::link::secure::{AUTH, PRIVACY, USER, engine_id};
use super::section_3_2_7::{get, pair};

/// R15, R16.
#[test]
fn rfc3414_4_discovery_asks_for_the_engine_id_in_clear_and_for_the_time_with_zeros() {
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    let [probe, synchronise, request] = link.sent.as_slice() else { panic!("{} messages", link.sent.len()) };
    let open = |bytes| V3MessageRef::decode(bytes, &Limits::default()).unwrap();

    let message = open(&probe.bytes);
    let parameters = UsmParameters::decode(&message).unwrap();
    assert!(message.header.flags.reportable && !message.header.flags.auth && !message.header.flags.privacy);
    assert!(parameters.engine_id.is_empty() && parameters.user_name.is_empty());
    let MessageData::Plaintext(octets) = message.data else { panic!("the probe is encrypted") };
    let mut reader = remote_services_snmp::ber::Reader::new(octets);
    assert!(ScopedPduRef::decode(&mut reader, &Limits::default()).unwrap().pdu.varbinds.is_empty());

    let message = open(&synchronise.bytes);
    let parameters = UsmParameters::decode(&message).unwrap();
    assert!(message.header.flags.reportable && message.header.flags.auth);
    assert_eq!(parameters.engine_id, engine_id(1).as_slice());
    assert_eq!((parameters.user_name, parameters.time), (USER.as_bytes(), EngineTime::default()));

    let message = open(&request.bytes);
    let parameters = UsmParameters::decode(&message).unwrap();
    assert!(message.header.flags.privacy);
    assert_eq!(parameters.time, EngineTime { boots: 7, time: 1_000 });
}

/// R16: what was kept of the engine is enough, so that nothing is asked but the question.
#[test]
fn rfc3414_4_a_restored_engine_costs_one_message() {
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    let record = link.manager.engine(peer).unwrap();
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    link.manager.restore_engine(link.now(), peer, &record).unwrap();
    link.read(peer, get());
    assert_eq!(link.sent.len(), 1);
}
