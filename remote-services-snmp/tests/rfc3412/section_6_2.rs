//! §6.2: msgID, fresh for every transmission.

use std::collections::BTreeSet;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::engine::RequestError;
use remote_services_snmp::message::V3MessageRef;
use remote_services_snmp::usm::{SaltCounter, UsmParameters};

use super::link::secure::{AUTH, PRIVACY};
use super::link::{Fate, ms};
use super::section_7_2::{get, lobby, pair};

/// R13.
#[test]
fn rfc3412_6_2_every_transmission_has_a_message_id_and_a_salt_of_its_own() {
    let (mut link, peer, _) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    link.sent.clear();
    link.fate = Box::new(|_| Fate::IsLost);
    assert!(matches!(
        link.fail(peer, get()),
        RequestError::SilentAfterDiscovery { .. } | RequestError::Timeout { .. }
    ));
    let mut numbers = BTreeSet::new();
    let mut salts = BTreeSet::new();
    for packet in &link.sent {
        let message = V3MessageRef::decode(&packet.bytes, &Limits::default()).unwrap();
        numbers.insert(message.header.msg_id);
        salts.insert(UsmParameters::decode(&message).unwrap().privacy.to_vec());
    }
    assert_eq!((link.sent.len(), numbers.len(), salts.len()), (4, 4, 4));
    let mut counter = SaltCounter::new(1);
    assert_ne!(counter.next_salt(), counter.next_salt());
}

/// R13.
#[test]
fn rfc3412_6_2_a_late_answer_to_the_first_transmission_never_completes_another_request() {
    let (mut link, peer, _) = pair(Some(AUTH), None);
    link.read(peer, get());
    let mut first = true;
    link.fate = Box::new(move |packet| {
        let answer = packet.to == super::link::MANAGER.parse().unwrap();
        if answer && core::mem::take(&mut first) { Fate::IsLate(ms(3_000)) } else { Fate::Arrives }
    });
    let unmatched = link.manager.stats().unmatched;
    let id = link.request(peer, get());
    link.run_for(ms(2_000));
    assert_eq!(link.completed(id).result, Ok(lobby()));
    // Both are open or over when it comes; it belongs to neither.
    link.run_for(ms(2_000));
    assert_eq!(link.manager.stats().unmatched, unmatched + 1);
}
