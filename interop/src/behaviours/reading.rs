//! GET, GETNEXT and GETBULK (RFC 3416 §4.2.1 to §4.2.3, RFC 3584 §4.2.2, RFC 3415 §3.2).
use remote_services_snmp::message::Version;
use remote_services_snmp::pdu::PduKind;
use remote_services_snmp::{Oid, Value, oid};

use super::peer::{in_words, unspecified};
use super::{Behaviour, NOWHERE, Peer, SYS_CONTACT, SYS_DESCR};

const NO_ROW: Oid = oid!("1.3.6.1.2.1.1.1.7");
/// Behind all there is.
const LAST: Oid = oid!("2.39.1");
const IF_HC_IN_OCTETS: Oid = oid!("1.3.6.1.2.1.31.1.1.1.6");
const SYSTEM: Oid = oid!("1.3.6.1.2.1.1");

pub(super) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        name: "GET says for each binding what is not there",
        observe: |peer| peer.read(Version::V2c, "public", PduKind::Get, &[SYS_DESCR, NO_ROW, NOWHERE]),
        expected: "noError 0: value, noSuchInstance, noSuchObject",
    },
    Behaviour {
        name: "GET of SNMPv1 blames the first name that is not there",
        observe: |peer| peer.read(Version::V1, "public", PduKind::Get, &[SYS_DESCR, NO_ROW, NOWHERE]),
        expected: "noSuchName 2: NULL, NULL, NULL",
    },
    Behaviour {
        name: "GETNEXT at the end repeats the name",
        observe: |peer| {
            let pdu = peer.pdu(Version::V2c, "public", PduKind::GetNext, unspecified(&[SYS_DESCR, LAST]));
            let pdu = pdu.expect("an answer");
            format!("{}, {}", in_words(&pdu), pdu.varbinds[1].name == LAST)
        },
        expected: "noError 0: value, endOfMibView, true",
    },
    Behaviour {
        name: "GETNEXT of SNMPv1 at the end is noSuchName",
        observe: |peer| peer.read(Version::V1, "public", PduKind::GetNext, &[SYS_DESCR, LAST]),
        expected: "noSuchName 2: NULL, NULL",
    },
    Behaviour {
        name: "GETNEXT of a name in the middle of nothing gives what follows",
        observe: |peer| {
            let between = oid!("1.3.6.1.2.1.1.1.0.5.5");
            let pdu = peer.pdu(Version::V2c, "public", PduKind::GetNext, unspecified(&[between]));
            pdu.expect("an answer").varbinds[0].name.to_string()
        },
        expected: "1.3.6.1.2.1.1.2.0",
    },
    Behaviour {
        name: "GETBULK reads some names once and the others repeatedly",
        observe: |peer| names_of_bulk(peer, 1, 2, &[SYSTEM, SYSTEM, SYS_DESCR]),
        expected: "1.1.0 | 1.1.0 1.2.0 | 1.2.0 1.3.0",
    },
    Behaviour {
        name: "GETBULK with more non-repeaters than names reads each once",
        observe: |peer| names_of_bulk(peer, 100, 5, &[SYSTEM, SYS_DESCR]),
        expected: "1.1.0 | 1.2.0",
    },
    Behaviour {
        name: "GETBULK with no repetitions reads the non-repeaters alone",
        observe: |peer| names_of_bulk(peer, 1, 0, &[SYSTEM, SYS_DESCR]),
        expected: "1.1.0 | ",
    },
    Behaviour {
        name: "GETBULK at the end says so once",
        observe: |peer| {
            let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 3 };
            peer.read(Version::V2c, "public", bulk, &[LAST])
        },
        expected: "noError 0: endOfMibView",
    },
    Behaviour {
        name: "GETBULK of everything is cut to a message",
        observe: |peer| {
            let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 0x7fff_ffff };
            let pdu = peer.pdu(Version::V2c, "public", bulk, unspecified(&[oid!("1.3"), SYSTEM]));
            let pdu = pdu.expect("an answer");
            let words = in_words(&pdu);
            format!("{} {}", &words[..words.find(':').unwrap_or(0)], pdu.varbinds.len() > 10)
        },
        expected: "noError 0 true",
    },
    Behaviour {
        name: "Counter64 is there for SNMPv2c",
        observe: |peer| {
            let name = IF_HC_IN_OCTETS.child(1).expect("room for an arc");
            peer.read(Version::V2c, "public", PduKind::Get, &[name])
        },
        expected: "noError 0: Counter64",
    },
    Behaviour {
        name: "Counter64 is not there for GET of SNMPv1",
        observe: |peer| {
            let name = IF_HC_IN_OCTETS.child(1).expect("room for an arc");
            peer.read(Version::V1, "public", PduKind::Get, &[SYS_DESCR, name])
        },
        expected: "noSuchName 2: NULL, NULL",
    },
    Behaviour {
        name: "GETNEXT of SNMPv1 steps over Counter64",
        observe: |peer| {
            let list = unspecified(&[IF_HC_IN_OCTETS]);
            let Some(pdu) = peer.pdu(Version::V1, "public", PduKind::GetNext, list) else {
                return "silence".to_owned();
            };
            let [next] = &pdu.varbinds[..] else { return in_words(&pdu) };
            let stepped = next.name > IF_HC_IN_OCTETS && !next.name.starts_with(&IF_HC_IN_OCTETS);
            format!("{stepped} {}", matches!(next.value, Value::Counter64(_)))
        },
        expected: "true false",
    },
    Behaviour {
        name: "what the view hides is not there",
        observe: |peer| {
            let names = [SYS_DESCR, SYS_CONTACT, IF_HC_IN_OCTETS.child(1).expect("room for an arc")];
            let later = peer.read(Version::V2c, "narrow", PduKind::Get, &names);
            [later, peer.read(Version::V1, "narrow", PduKind::Get, &names)].join("; ")
        },
        expected: "noError 0: value, noSuchObject, noSuchObject; noSuchName 2: NULL, NULL, NULL",
    },
    Behaviour {
        name: "a walk does not come across what the view hides",
        observe: |peer| {
            let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 400 };
            let pdu = peer.pdu(Version::V2c, "narrow", bulk, unspecified(&[oid!("1.3")])).expect("an answer");
            let (inside, rest): (Vec<_>, Vec<_>) =
                pdu.varbinds.iter().partition(|varbind| varbind.value != Value::EndOfMibView);
            let seen = |name: &Oid| inside.iter().any(|varbind| varbind.name == *name);
            let all_inside = inside.iter().all(|varbind| varbind.name.starts_with(&SYSTEM));
            format!("{} {} {all_inside} {}", seen(&SYS_DESCR), seen(&SYS_CONTACT), rest.is_empty())
        },
        expected: "true false true false",
    },
];

/// The ends of the names that a GETBULK brings, a stroke between its rows, the first being the non-repeaters.
fn names_of_bulk(peer: &mut Peer, non_repeaters: u32, max_repetitions: u32, names: &[Oid]) -> String {
    let bulk = PduKind::GetBulk { non_repeaters, max_repetitions };
    let pdu = peer.pdu(Version::V2c, "public", bulk, unspecified(names)).expect("an answer");
    let prefix = format!("{}.", oid!("1.3.6.1.2.1"));
    let ends = pdu.varbinds.iter().map(|varbind| varbind.name.to_string().replacen(&prefix, "", 1));
    let ends: Vec<_> = ends.collect();
    let once = (non_repeaters as usize).min(names.len());
    let mut rows = vec![ends[..once].join(" | ")];
    let width = names.len() - once;
    if width > 0 {
        rows.extend(ends[once..].chunks(width).map(|row| row.join(" ")));
    }
    if rows.len() == 1 && width > 0 {
        rows.push(String::new());
    }
    rows.join(" | ")
}
