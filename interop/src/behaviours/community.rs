//! Messages of SNMPv1 and SNMPv2c: which of them are answered at all (RFC 1157 §4.1, RFC 3416 §4.2, RFC 3417 §8).
use remote_services_snmp::Value;
use remote_services_snmp::message::{CommunityMessage, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind, VarBind};

use super::peer::{SILENCE, in_words, unspecified};
use super::{Behaviour, Peer, SYS_DESCR};

pub(super) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        name: "a wrong community is not answered",
        observe: |peer| {
            let ask = |peer: &mut Peer, version| peer.read(version, "wrong", PduKind::Get, &[SYS_DESCR]);
            [ask(peer, Version::V1), ask(peer, Version::V2c)].join(", ")
        },
        expected: "silence, silence",
    },
    Behaviour {
        name: "a version that does not exist is not answered",
        observe: |peer| changed(peer, |octets| octets[4] = 7),
        expected: "silence",
    },
    Behaviour {
        name: "lengths in long form are read",
        observe: |peer| {
            changed(peer, |octets| {
                octets.splice(1..2, [0x84, 0, 0, 0, octets[1]]);
            })
        },
        expected: "noError 0: value",
    },
    Behaviour {
        name: "an indefinite length is not answered",
        observe: |peer| {
            changed(peer, |octets| {
                octets[1] = 0x80;
                octets.extend([0, 0]);
            })
        },
        expected: "silence",
    },
    Behaviour {
        name: "octets behind the message are ignored",
        observe: |peer| changed(peer, |octets| octets.extend([1, 2, 3])),
        expected: "noError 0: value",
    },
    Behaviour {
        name: "a message that is cut short is not answered",
        observe: |peer| changed(peer, |octets| octets.truncate(octets.len() - 1)),
        expected: "silence",
    },
    Behaviour {
        name: "the first and the last request-id come back",
        observe: |peer| {
            let mut ask = |request_id| {
                let request = Pdu::request(PduKind::Get, request_id, unspecified(&[SYS_DESCR]));
                let octets = CommunityMessage::new(Version::V2c, b"public", request).to_bytes();
                peer.raw(&octets).is_some_and(|pdu| pdu.request_id == request_id).to_string()
            };
            [i32::MIN, -1, 0, i32::MAX].map(&mut ask).join(", ")
        },
        expected: "true, true, true, true",
    },
    Behaviour {
        name: "a Response, a trap and a Report that come unasked are not answered",
        observe: |peer| {
            let response = PduKind::Response { status: ErrorStatus::NoError, error_index: 0 };
            let mut ask = |kind| peer.read(Version::V2c, "public", kind, &[SYS_DESCR]);
            [response, PduKind::TrapV2, PduKind::Report].map(&mut ask).join(", ")
        },
        expected: "silence, silence, silence",
    },
    Behaviour {
        name: "values in a request that reads are ignored",
        observe: |peer| {
            let list = vec![VarBind::new(SYS_DESCR, Value::Integer(5))];
            peer.ask(Version::V2c, "public", PduKind::Get, list)
        },
        expected: "noError 0: value",
    },
    Behaviour {
        name: "a request without names has an answer without values",
        observe: |peer| {
            let mut ask = |kind| peer.read(Version::V2c, "public", kind, &[]);
            let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 10 };
            [PduKind::Get, PduKind::GetNext, bulk].map(&mut ask).join("; ")
        },
        expected: "noError 0: ; noError 0: ; noError 0: ",
    },
];

/// What becomes of a good GET whose octets are changed.
fn changed(peer: &mut Peer, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let request = Pdu::request(PduKind::Get, peer.next_request_id(), unspecified(&[SYS_DESCR]));
    let mut octets = CommunityMessage::new(Version::V2c, b"public", request).to_bytes();
    change(&mut octets);
    peer.raw(&octets).map_or_else(|| SILENCE.to_owned(), |pdu| in_words(&pdu))
}
