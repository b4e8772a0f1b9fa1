//! SNMPv3: what is answered, what is reported, and at which level (RFC 3412 §7, RFC 3414 §3.2 and §4).
use remote_services_snmp::oid;
use remote_services_snmp::pdu::PduKind;
use remote_services_snmp::usm::{EngineTime, SecurityLevel};

use super::peer::{Question, in_words, unspecified};
use super::{Behaviour, Peer, SYS_DESCR};
use crate::responder::{AUTH_PASSWORD, PRIVACY_PASSWORD};

pub(super) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        name: "authPriv is answered at authPriv",
        observe: |peer| say(peer, "sha256aes", |_| ()),
        expected: "noError 0: value at authPriv",
    },
    Behaviour {
        name: "authNoPriv is answered at authNoPriv",
        observe: |peer| say(peer, "sha256only", |_| ()),
        expected: "noError 0: value at authNoPriv",
    },
    Behaviour {
        name: "a user who may only ask with privacy is refused without",
        observe: |peer| say(peer, "sha256aes", |question| question.level = SecurityLevel::AuthNoPriv),
        expected: "authorizationError 0: NULL at authNoPriv",
    },
    Behaviour {
        name: "an unknown engine is reported",
        observe: |peer| {
            say(peer, "sha256aes", |question| {
                question.level = SecurityLevel::NoAuthNoPriv;
                question.engine_id = vec![0x80, 0, 0, 1, 4, b'n', b'o'];
            })
        },
        expected: "Report UnknownEngineIds at noAuthNoPriv",
    },
    Behaviour {
        name: "an unknown user is reported",
        observe: |peer| say(peer, "sha256aes", |question| question.user_name = b"nobody".into()),
        expected: "Report UnknownUserNames at noAuthNoPriv",
    },
    Behaviour {
        name: "a level that the user has no keys for is reported",
        observe: |peer| {
            let keys = peer.keys("sha256only", AUTH_PASSWORD, Some(PRIVACY_PASSWORD));
            let question = Question { level: SecurityLevel::AuthPriv, keys, ..peer.question("sha256only") };
            peer.say_v3(&question)
        },
        expected: "Report UnsupportedSecLevels at noAuthNoPriv",
    },
    Behaviour {
        name: "a wrong digest is reported",
        observe: |peer| {
            let keys = peer.keys("sha256only", "not the password", None);
            let question = Question { keys, ..peer.question("sha256only") };
            peer.say_v3(&question)
        },
        expected: "Report WrongDigests at noAuthNoPriv",
    },
    Behaviour {
        name: "a wrong key for privacy is reported",
        observe: |peer| {
            let keys = peer.keys("sha256aes", AUTH_PASSWORD, Some("not the password"));
            let question = Question { keys, ..peer.question("sha256aes") };
            peer.say_v3(&question)
        },
        expected: "Report DecryptionErrors at noAuthNoPriv",
    },
    Behaviour {
        name: "a time outside the window is reported with a signature",
        observe: |peer| {
            let early = say(peer, "sha256aes", |question| question.time.time += 200);
            let boots = say(peer, "sha256aes", |question| {
                question.time = EngineTime { boots: question.time.boots + 1, time: question.time.time };
            });
            [early, boots].join(", ")
        },
        expected: "Report NotInTimeWindows at authNoPriv, Report NotInTimeWindows at authNoPriv",
    },
    Behaviour {
        name: "a time within the window is good",
        observe: |peer| say(peer, "sha256aes", |question| question.time.time += 140),
        expected: "noError 0: value at authPriv",
    },
    Behaviour {
        name: "without the reportable flag nothing is reported",
        observe: |peer| {
            say(peer, "sha256aes", |question| {
                question.reportable = false;
                question.user_name = b"nobody".into();
            })
        },
        expected: "silence",
    },
    Behaviour {
        name: "without the reportable flag a request is answered all the same",
        observe: |peer| say(peer, "sha256aes", |question| question.reportable = false),
        expected: "noError 0: value at authPriv",
    },
    Behaviour {
        name: "an unknown context is reported",
        observe: |peer| say(peer, "sha256aes", |question| question.context_name = b"nowhere".into()),
        expected: "Report 1.3.6.1.6.3.12.1.5.0 at authPriv",
    },
    Behaviour {
        name: "the context of another engine is reported",
        observe: |peer| {
            say(peer, "sha256aes", |question| {
                question.context_engine_id = vec![0x80, 0, 0, 1, 4, b'n', b'o'];
            })
        },
        expected: "Report 1.3.6.1.6.3.11.2.1.3.0 at authPriv",
    },
    Behaviour {
        name: "what does not fit into 484 octets is too big",
        observe: |peer| {
            say(peer, "sha256aes", |question| {
                question.max_size = 484;
                question.varbinds = unspecified(&vec![SYS_DESCR; 40]);
            })
        },
        expected: "tooBig 0:  at authPriv",
    },
    Behaviour {
        name: "GETBULK fills 484 octets and no more",
        observe: |peer| {
            let question = Question {
                max_size: 484,
                kind: PduKind::GetBulk { non_repeaters: 0, max_repetitions: 1_000 },
                varbinds: unspecified(&[oid!("1.3.6.1.2.1.1")]),
                ..peer.question("sha256aes")
            };
            let (_, pdu, octets) = peer.ask_v3(&question).expect("an answer");
            let words = in_words(&pdu);
            let status = words.split(':').next().unwrap_or_default();
            format!("{status}, {} {}", octets <= 484, pdu.varbinds.len() >= 3)
        },
        expected: "noError 0, true true",
    },
];

fn say(peer: &mut Peer, user: &str, change: impl FnOnce(&mut Question)) -> String {
    let mut question = peer.question(user);
    change(&mut question);
    peer.say_v3(&question)
}
