//! An agent that lies in every field, one lie after the other, to every operation: what is believed is what was asked for,
//! everything ends, and an agent that tells the truth again is understood again.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod believed;
mod link;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use believed::is_what_was_asked_for;
use link::agent::Agent;
use link::secure::{AUTH, PRIVACY, SecureAgent, credentials};
use link::{AGENT, Link, dice};
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::notify::Notification;
use remote_services_snmp::engine::{Completed, Credentials, ManagerConfig, Operation, PeerId, PeerOptions};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, ScopedPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::usm::{EngineTime, Envelope, SecurityLevel, UsmStat};
use remote_services_snmp::{Oid, Value, VarBind, oid};

const TABLE: Oid = oid!("1.3.6.1.4.1.99999.1");
const COLUMNS: [Oid; 3] =
    [oid!("1.3.6.1.4.1.99999.1.1"), oid!("1.3.6.1.4.1.99999.1.2"), oid!("1.3.6.1.4.1.99999.1.3")];
const BEFORE: Oid = oid!("1.3.6.1.2.1.1.1.0");
const BEHIND: Oid = oid!("1.3.6.1.5.1.0");
const ROWS: u32 = 30;

type Lie = (&'static str, Box<dyn Fn(&mut Pdu)>);

/// A lie about the bindings, given those of the truth.
fn bindings(name: &'static str, lie: impl Fn(&mut Vec<VarBind>) + 'static) -> Lie {
    (name, Box::new(move |pdu| lie(&mut pdu.varbinds)))
}

fn status(pdu: &mut Pdu, status: i32, error_index: u32) {
    pdu.kind = PduKind::Response { status: ErrorStatus::from_wire(status), error_index };
}

fn lies() -> Vec<Lie> {
    let mut lies: Vec<Lie> = Vec::new();
    for number in [-1, 1, 2, 3, 5, 6, 13, 16, 18, 19, 255, i32::MAX, i32::MIN] {
        for index in [0, 1, 2, 24, u32::MAX] {
            lies.push(("an error-status", Box::new(move |pdu| status(pdu, number, index))));
            let emptied = move |pdu: &mut Pdu| {
                status(pdu, number, index);
                pdu.varbinds.clear();
            };
            lies.push(("an error-status without bindings", Box::new(emptied)));
        }
    }
    for (name, kind) in [
        ("a request for an answer", PduKind::Get),
        ("an inform for an answer", PduKind::Inform),
        ("a trap for an answer", PduKind::TrapV2),
        ("a report for an answer", PduKind::Report),
        ("a bulk for an answer", PduKind::GetBulk { non_repeaters: 0, max_repetitions: 1 }),
    ] {
        lies.push((name, Box::new(move |pdu| pdu.kind = kind)));
    }
    for stat in [
        UsmStat::UnsupportedSecLevels,
        UsmStat::NotInTimeWindows,
        UsmStat::UnknownUserNames,
        UsmStat::UnknownEngineIds,
        UsmStat::WrongDigests,
        UsmStat::DecryptionErrors,
    ] {
        let lie = move |pdu: &mut Pdu| {
            pdu.kind = PduKind::Report;
            pdu.varbinds = vec![VarBind::new(stat.oid(), Value::Counter32(1))];
        };
        lies.push(("a signed report", Box::new(lie)));
    }
    lies.push(("another request-id", Box::new(|pdu| pdu.request_id ^= 1)));
    lies.push(("the negative request-id", Box::new(|pdu| pdu.request_id = pdu.request_id.wrapping_neg())));
    lies.extend([
        bindings("nothing", Vec::clear),
        bindings("all but the last", |list| drop(list.pop())),
        bindings("all but the first", |list| drop(list.drain(..1.min(list.len())))),
        bindings("one more", |list| list.push(VarBind::new(BEHIND, Value::Integer(1)))),
        bindings("thousands more", |list| {
            list.extend(
                (0..4_000).map(|row| VarBind::new(COLUMNS[0].child(row).unwrap(), Value::Integer(0))),
            );
            list.truncate(4_000);
        }),
        bindings("everything twice", |list| list.extend(list.clone())),
        bindings("the other way round", |list| list.reverse()),
        bindings("one name for all", |list| {
            let name = list.first().map(|first| first.name.clone());
            list.iter_mut().for_each(|it| it.name = name.clone().unwrap());
        }),
        bindings("names before", |list| list.iter_mut().for_each(|it| it.name = BEFORE)),
        bindings("names behind", |list| list.iter_mut().for_each(|it| it.name = BEHIND)),
        bindings("the root itself", |list| list.iter_mut().for_each(|it| it.name = TABLE)),
        bindings("the name zero", |list| list.iter_mut().for_each(|it| it.name = oid!("0.0"))),
        bindings("the last name of all", |list| {
            list.iter_mut().for_each(|it| it.name = Oid::from_arcs(&[2, u32::MAX - 80, u32::MAX]).unwrap());
        }),
        bindings("the longest names", |list| {
            for it in list {
                let longer = vec![u32::MAX; 128 - it.name.len()];
                it.name = it.name.extend(&longer).unwrap();
            }
        }),
        bindings("names without their last arc", |list| {
            list.iter_mut().for_each(|it| it.name = it.name.parent().unwrap());
        }),
        bindings("the columns mixed up", |list| {
            let names: Vec<_> = list.iter().map(|it| it.name.clone()).collect();
            list.iter_mut().zip(names.iter().cycle().skip(1)).for_each(|(it, name)| it.name = name.clone());
        }),
        bindings("a row again and again", |list| {
            let half = list.len() / 2;
            let first = list[..half].to_vec();
            list[half..].iter_mut().zip(first).for_each(|(it, earlier)| *it = earlier);
        }),
    ]);
    for (name, value) in [
        ("null", Value::Null),
        ("noSuchObject", Value::NoSuchObject),
        ("noSuchInstance", Value::NoSuchInstance),
        ("endOfMibView", Value::EndOfMibView),
        ("another type", Value::Opaque(vec![0x9f, 0x78, 4, 0x7f, 0xc0, 0, 0])),
        ("a long text", Value::OctetString(vec![0xff; 1_000])),
    ] {
        let all = value.clone();
        let everywhere = move |list: &mut Vec<VarBind>| {
            list.iter_mut().for_each(|it| it.value = all.clone());
        };
        lies.push(bindings(name, everywhere));
        let last = move |list: &mut Vec<VarBind>| {
            if let Some(it) = list.last_mut() {
                it.value = value.clone();
            }
        };
        lies.push(bindings(name, last));
    }
    lies
}

fn operations() -> Vec<Operation> {
    let cells: Vec<Oid> = (1..=3).map(|row| COLUMNS[1].child(row).unwrap()).collect();
    let write = cells.iter().map(|name| VarBind::new(name.clone(), Value::Integer(7)));
    vec![
        Operation::Get(cells.clone()),
        Operation::Get((1..=ROWS).map(|row| COLUMNS[0].child(row).unwrap()).collect()),
        Operation::GetNext(COLUMNS.to_vec()),
        Operation::GetBulk { non_repeaters: 1, max_repetitions: 5, names: COLUMNS.to_vec() },
        Operation::Set(write.collect()),
        Operation::Walk(TABLE),
        Operation::BulkWalk { root: COLUMNS[1].clone(), max_repetitions: 7 },
        Operation::Table(COLUMNS.to_vec()),
    ]
}

fn truthful() -> Agent {
    let mut agent = Agent::table(&COLUMNS, ROWS);
    agent.objects.insert(BEFORE, Value::from("before"));
    agent.objects.insert(BEHIND, Value::from("behind"));
    agent
}

/// Turned on by a test, and off by itself after so many answers.
#[derive(Clone, Default)]
struct Lying(Rc<RefCell<Option<Told>>>);

/// A lie, and how many answers more it is told in.
type Told = (Rc<Lie>, u32);

impl Lying {
    fn bend(&self, pdu: &mut Pdu) {
        let mut now = self.0.borrow_mut();
        if let Some((lie, left)) = now.as_mut().filter(|(_, left)| *left > 0) {
            *left -= 1;
            lie.1(pdu);
        }
    }
}

/// What the operation came to; it must have ended soon enough and after few enough messages.
fn ask(link: &mut Link, peer: PeerId, operation: &Operation, what: &str) -> Completed {
    let (start, sent) = (link.now(), link.sent.len());
    let completed = link.ask(peer, operation.clone());
    let (took, sent) = (link.now().saturating_since(start), link.sent.len() - sent);
    assert!(took <= Duration::from_secs(700), "{what}: {took:?}");
    // A list of 24 names that is blamed name by name asks once for each; everything else is far below.
    assert!(sent <= 400, "{what}: {sent} messages");
    link.sent.clear();
    completed
}

fn lies_do_no_harm(link: &mut Link, peer: PeerId, lying: &Lying, version: &str) {
    let lies: Vec<_> = lies().into_iter().map(Rc::new).collect();
    let mut refused = 0;
    for lie in &lies {
        let bulk = |it: &Operation| matches!(it, Operation::GetBulk { .. } | Operation::BulkWalk { .. });
        for operation in operations().into_iter().filter(|it| version != "v1" || !bulk(it)) {
            for times in [1, u32::MAX] {
                let what = format!("{version}, {} ({times}), {operation:?}", lie.0);
                *lying.0.borrow_mut() = Some((Rc::clone(lie), times));
                match ask(link, peer, &operation, &what).result {
                    Ok(answer) => is_what_was_asked_for(&operation, &answer),
                    Err(error) => {
                        assert!(
                            !error.to_string().contains("error in the SNMP engine itself"),
                            "{what}: {error}"
                        );
                        refused += 1;
                    }
                }
                *lying.0.borrow_mut() = None;
                let again = ask(link, peer, &Operation::Get(vec![BEFORE]), &what).result;
                assert_eq!(again, Ok(vec![VarBind::new(BEFORE, Value::from("before"))]), "after {what}");
            }
        }
    }
    assert!(refused > lies.len() * 4, "{refused}: most lies are noticed");
    let walked = link.read(peer, Operation::Walk(TABLE));
    assert_eq!(walked.len(), COLUMNS.len() * usize::try_from(ROWS).unwrap());
}

#[test]
fn no_lie_of_a_community_agent_is_believed_beyond_what_was_asked_and_each_ends() {
    for (name, credentials) in [("v1", Credentials::v1("public")), ("v2c", Credentials::v2c("public"))] {
        let mut link = Link::new(ManagerConfig::default(), rustcrypto());
        let lying = Lying::default();
        let (mut agent, bent) = (truthful(), lying.clone());
        let address = link.host(AGENT, move |_, bytes| {
            let limits = Limits::default();
            let lie = |answer: &Vec<u8>| {
                let mut message = CommunityMessage::from_bytes(answer, &limits).unwrap();
                if let CommunityPdu::Pdu(pdu) = &mut message.pdu {
                    bent.bend(pdu);
                }
                message.to_bytes()
            };
            agent.answer(bytes).iter().map(lie).collect()
        });
        let peer = link.peer(address, credentials);
        lies_do_no_harm(&mut link, peer, &lying, name);
    }
}

#[test]
fn no_lie_of_an_agent_that_has_the_key_is_believed_beyond_what_was_asked_and_each_ends() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let lying = Lying::default();
    let mut agent = SecureAgent::new(truthful(), Some(AUTH), Some(PRIVACY));
    let bent = lying.clone();
    agent.bend = Box::new(move |_, scoped| bent.bend(&mut scoped.pdu));
    let address = link.host(AGENT, move |now, bytes| agent.answer(now, bytes));
    let peer = link.peer(address, credentials("operator", Some(AUTH), Some(PRIVACY)));
    lies_do_no_harm(&mut link, peer, &lying, "v3");
}

type Wrapped = fn(&mut Envelope<'_>, &mut ScopedPdu);

/// Lies in what stands around the PDU, which the agent signs.
const AROUND: [(&str, Wrapped); 14] = [
    ("msgID", |envelope, _| envelope.msg_id ^= 1),
    ("a small msgMaxSize", |envelope, _| envelope.max_size = 484),
    ("the largest msgMaxSize", |envelope, _| envelope.max_size = 0x7fff_ffff),
    ("the reportable flag", |envelope, _| envelope.reportable = true),
    ("no privacy", |envelope, _| envelope.level = SecurityLevel::AuthNoPriv),
    ("no authentication", |envelope, _| envelope.level = SecurityLevel::NoAuthNoPriv),
    ("another engine", |envelope, _| envelope.engine_id = b"another engine"),
    ("no engine", |envelope, _| envelope.engine_id = b""),
    ("another user", |envelope, _| envelope.user_name = b"another"),
    ("last boots", |envelope, _| envelope.time = EngineTime { boots: 0x7fff_ffff, time: 1 }),
    ("old boots", |envelope, _| envelope.time.boots = 0),
    ("an old time", |envelope, _| envelope.time.time = envelope.time.time.saturating_sub(151)),
    ("another context", |_, scoped| scoped.context_name = b"another".to_vec()),
    ("the context of another engine", |_, scoped| scoped.context_engine_id = b"another engine".to_vec()),
];

#[test]
fn no_lie_around_the_pdu_is_believed_and_each_ends() {
    for (lie, bend) in AROUND {
        let mut link = Link::new(ManagerConfig::default(), rustcrypto());
        let lying = Rc::new(RefCell::new(false));
        let mut agent = SecureAgent::new(truthful(), Some(AUTH), Some(PRIVACY));
        let bent = Rc::clone(&lying);
        agent.bend = Box::new(move |envelope, scoped| {
            if *bent.borrow() {
                bend(envelope, scoped);
            }
        });
        let address = link.host(AGENT, move |now, bytes| agent.answer(now, bytes));
        let peer = link.peer(address, credentials("operator", Some(AUTH), Some(PRIVACY)));
        // From the beginning, and after the engine is known.
        for known in [false, true] {
            *lying.borrow_mut() = true;
            for operation in operations() {
                let what = format!("{lie}, {known}, {operation:?}");
                if let Ok(answer) = ask(&mut link, peer, &operation, &what).result {
                    is_what_was_asked_for(&operation, &answer);
                    let harmless = ["a small msgMaxSize", "the largest msgMaxSize", "the reportable flag"];
                    assert!(harmless.contains(&lie) || lie == "an old time", "{what}");
                }
            }
            *lying.borrow_mut() = false;
            let fine = ask(&mut link, peer, &Operation::Get(vec![BEFORE]), lie);
            // What is signed by the engine itself is its own word: boots at their end stay there.
            assert!(fine.result.is_ok() || lie == "last boots", "{lie}: {:?}", fine.result);
        }
    }
}

#[test]
fn an_agent_that_lies_in_another_way_each_time_ends_every_request() {
    let lies: Vec<_> = lies().into_iter().map(Rc::new).collect();
    let mut random = dice(11);
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let mut agent = SecureAgent::new(truthful(), Some(AUTH), Some(PRIVACY));
    let mut pick = move |of: usize| usize::try_from(random() >> 33).unwrap() % of;
    agent.bend = Box::new(move |envelope, scoped| {
        if pick(3) > 0 {
            lies[pick(lies.len())].1(&mut scoped.pdu);
        }
        if pick(6) == 0 {
            AROUND[pick(AROUND.len())].1(envelope, scoped);
            // Else nothing more would be heard.
            envelope.time.boots = envelope.time.boots.min(1_000_000);
        }
    });
    let address = link.host(AGENT, move |now, bytes| agent.answer(now, bytes));
    let options = PeerOptions { window: 4, ..PeerOptions::default() };
    let peer = link.peer_with(address, credentials("operator", Some(AUTH), Some(PRIVACY)), options);
    let mut operations = operations();
    operations.push(Operation::Inform(Notification::new(1, Notification::COLD_START)));
    for round in 0..60 {
        for operation in &operations {
            let what = format!("round {round}, {operation:?}");
            if let Ok(answer) = ask(&mut link, peer, operation, &what).result {
                is_what_was_asked_for(operation, &answer);
            }
        }
    }
}

#[test]
fn a_version_1_answer_to_a_version_2_question_is_not_one() {
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let mut agent = truthful();
    let address = link.host(AGENT, move |_, bytes| {
        let downgrade = |answer: &Vec<u8>| {
            let mut message = CommunityMessage::from_bytes(answer, &Limits::default()).unwrap();
            message.version = Version::V1;
            message.to_bytes()
        };
        agent.answer(bytes).iter().map(downgrade).collect()
    });
    let peer = link.peer(address, Credentials::v2c("public"));
    for operation in operations() {
        assert!(ask(&mut link, peer, &operation, "v1 for v2c").result.is_err(), "{operation:?}");
    }
}
