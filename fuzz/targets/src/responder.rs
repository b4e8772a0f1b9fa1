//! Requests of any sort to a responder, one after the other: it answers in kind and in size, only what the rights
//! show, and a SET is done as a whole or not at all.

use std::net::SocketAddr;
use std::time::Duration;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::responder::{Access, Grant, Responder, ResponderConfig, SortedTable, View};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Message, V3MessageRef, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind, VarBind};
use remote_services_snmp::usm::{EngineTime, RemoteClock, SecurityLevel, open_as_manager};
use remote_services_snmp::{Oid, Value, oid};

use crate::bytes::{Bytes, dice, with_length};
use crate::{message, no_security};

const SYSTEM: Oid = oid!("1.3.6.1.2.1.1");
const PRIVATE: Oid = oid!("1.3.6.1.4.1.32473.1");
/// Octets of the largest message.
const LARGEST: usize = 700;
const COMMUNITIES: [&[u8]; 4] = [b"public", b"private", b"system", b"nobody"];

pub(crate) fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut world = World::new();
    let mut datagrams = 0;
    while !bytes.is_empty() {
        let act = bytes.byte();
        datagrams += 1;
        match act % 4 {
            0 => {
                let datagram = bytes.run();
                world.say(datagram);
            }
            1 => world.community(act, &mut bytes),
            2 => world.version3(act, &mut bytes),
            _ => world.changed(&mut bytes),
        }
        assert_eq!(world.responder.stats().in_packets, datagrams);
        world.now = world.now + Duration::from_millis(u64::from(act) * 40);
    }
}

struct World {
    responder: Responder,
    table: SortedTable,
    now: Instant,
    before: Vec<u8>,
}

impl World {
    fn new() -> Self {
        let config = ResponderConfig::new(no_security::engine_id(), 3)
            .community("public", Access::Read)
            .community("private", Access::ReadWrite)
            .community("system", Grant::reading(View::nothing().include(SYSTEM)))
            .user(no_security::user(), Access::ReadWrite, SecurityLevel::AuthNoPriv)
            .serve_engine_objects(false)
            .max_message_size(u32::try_from(LARGEST).expect("it is small"));
        let mut table = SortedTable::new();
        for number in 1..=4 {
            table.insert(SYSTEM.extend(&[number, 0]).expect("short"), Value::from("of the system"));
        }
        for row in 1..=12 {
            let name = PRIVATE.extend(&[1, row]).expect("short");
            table.insert_writable(name, Value::Integer(i32::try_from(row).expect("it is small")));
        }
        table.insert(PRIVATE.extend(&[2, 1]).expect("short"), Value::OctetString(vec![b'x'; 300]));
        let responder = Responder::new(config, &no_security::provider(), Instant::START, dice(5));
        let now = Instant::START + Duration::from_secs(500);
        Self { responder: responder.expect("no constant"), table, now, before: Vec::new() }
    }

    /// What is answered to a datagram, after the checks that hold for all of them.
    fn say(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        self.before = datagram.to_vec();
        let from = SocketAddr::from(([192, 0, 2, 9], 40_000));
        let table: Vec<(Oid, Value)> =
            self.table.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let reply = self.responder.handle_datagram(self.now, from, datagram, &mut self.table);
        let asked = Message::decode(datagram, &Limits::default());
        let changed: Vec<Oid> = table
            .iter()
            .filter(|(name, value)| self.table.value(name) != Some(value))
            .map(|(name, _)| name.clone())
            .collect();
        assert_eq!(self.table.len(), table.len(), "nothing is made or lost");
        if let Ok(Message::Community(asked)) = &asked {
            let may = matches!(&asked.pdu, CommunityPdu::Pdu(pdu) if pdu.kind == PduKind::Set);
            assert!(changed.is_empty() || (may && asked.community == b"private"));
        }
        let Some(reply) = reply else {
            assert!(changed.is_empty(), "a change is told of");
            return None;
        };
        assert!(reply.len() <= LARGEST, "{} octets", reply.len());
        match (
            Message::decode(&reply, &Limits::default()).expect("we wrote it"),
            asked.expect("it was answered"),
        ) {
            (Message::Community(reply), Message::Community(asked)) => {
                assert_eq!((reply.version, reply.community), (asked.version, asked.community));
                assert_eq!(reply.pdu.request_id(), asked.pdu.request_id());
                let CommunityPdu::Pdu(pdu) = &reply.pdu else { panic!("a trap for an answer") };
                let PduKind::Response { status, .. } = pdu.kind else {
                    panic!("{:?} for an answer", pdu.kind)
                };
                assert!(changed.is_empty() || status == ErrorStatus::NoError);
                assert!(reply.community != COMMUNITIES[3], "nobody has no rights");
                // An error gives the bindings back as they came.
                if reply.version == Version::V1 && status == ErrorStatus::NoError {
                    let counter64 = |it: &VarBind| matches!(it.value, Value::Counter64(_));
                    assert!(!pdu.varbinds.to_vec().iter().any(|it| it.value.is_exception() || counter64(it)));
                }
            }
            (Message::V3(reply), Message::V3(asked)) => {
                assert_eq!(reply.header.msg_id, asked.header.msg_id);
                assert!(reply.whole.len() <= usize::try_from(asked.header.max_size).expect("32 bits"));
                assert!(!reply.header.flags.reportable);
            }
            _ => panic!("an answer in another version"),
        }
        Some(reply)
    }

    fn community(&mut self, act: u8, bytes: &mut Bytes<'_>) {
        let community = COMMUNITIES[usize::from(act >> 2 & 3)];
        let version = if act & 0x10 == 0 { Version::V2c } else { Version::V1 };
        let pdu = pdu(bytes);
        let datagram = CommunityMessage::new(version, community, pdu.clone()).to_bytes();
        let Some(reply) = self.say(&datagram) else { return };
        let reply = CommunityMessage::from_bytes(&reply, &Limits::default()).expect("checked before");
        let CommunityPdu::Pdu(reply) = reply.pdu else { return };
        self.is_an_answer(&pdu, &reply, version);
        if community == COMMUNITIES[2] {
            // What stands in an error are the names that were asked for, without values of ours.
            let PduKind::Response { status: ErrorStatus::NoError, .. } = reply.kind else { return };
            let hidden = |it: &VarBind| !it.value.is_exception() && !it.name.starts_with(&SYSTEM);
            assert!(!reply.varbinds.iter().any(hidden), "{reply:?}");
        }
    }

    fn version3(&mut self, act: u8, bytes: &mut Bytes<'_>) {
        let pdu = pdu(bytes);
        let seconds = u32::try_from(self.now.since_start().as_secs()).expect("it is small");
        let datagrams = message::sealed(&pdu, EngineTime { boots: 3, time: seconds });
        let level = usize::from(act >> 2) % 3;
        let Some(reply) = self.say(&datagrams[level]) else { return };
        let limits = Limits::default();
        let reply = V3MessageRef::decode(&reply, &limits).expect("checked before");
        let user = no_security::localized(no_security::engine_id());
        let mut clock = RemoteClock::default();
        let opened =
            open_as_manager(&reply, Some(&user), &mut clock, Duration::ZERO).expect("it was in time");
        let scoped = opened.scoped_pdu(&limits).expect("we wrote it").to_owned();
        if matches!(scoped.pdu.kind, PduKind::Response { .. }) {
            assert_eq!(scoped.pdu.request_id, pdu.request_id);
            assert!(
                level > 0
                    || !matches!(scoped.pdu.kind, PduKind::Response { status: ErrorStatus::NoError, .. })
            );
            self.is_an_answer(&pdu, &scoped.pdu, Version::V3);
        } else {
            assert_eq!(scoped.pdu.kind, PduKind::Report);
        }
    }

    /// The one before, with an octet changed.
    fn changed(&mut self, bytes: &mut Bytes<'_>) {
        let (at, bits) = (usize::from(bytes.word()), bytes.byte());
        let mut datagram = self.before.clone();
        if !datagram.is_empty() {
            let at = at % datagram.len();
            datagram[at] ^= bits;
        }
        self.say(&datagram);
    }

    fn is_an_answer(&self, asked: &Pdu, reply: &Pdu, version: Version) {
        let PduKind::Response { status, error_index } = reply.kind else { return };
        if status != ErrorStatus::NoError {
            assert!(usize::try_from(error_index).expect("32 bits") <= asked.varbinds.len());
            return;
        }
        match asked.kind {
            PduKind::Get | PduKind::Set => {
                assert!(
                    reply.varbinds.iter().map(|it| &it.name).eq(asked.varbinds.iter().map(|it| &it.name))
                );
            }
            PduKind::GetNext => {
                assert_eq!(reply.varbinds.len(), asked.varbinds.len());
                for (it, asked) in reply.varbinds.iter().zip(&asked.varbinds) {
                    let end = it.value == Value::EndOfMibView && version != Version::V1;
                    assert!(it.name > asked.name || end, "{it:?} after {}", asked.name);
                }
            }
            PduKind::GetBulk { .. } => assert_ne!(version, Version::V1, "SNMPv1 has no GETBULK"),
            other => panic!("{other:?} was answered"),
        }
        if asked.kind == PduKind::Set {
            // The last binding of a name counts.
            for (at, it) in asked.varbinds.iter().enumerate() {
                let last = asked.varbinds[at + 1..].iter().all(|later| later.name != it.name);
                assert!(!last || self.table.value(&it.name) == Some(&it.value), "{it:?} was not set");
            }
        }
    }
}

fn pdu(bytes: &mut Bytes<'_>) -> Pdu {
    let kind = match bytes.byte() % 8 {
        0 | 1 => PduKind::Get,
        2 => PduKind::GetNext,
        3 | 4 => PduKind::Set,
        5 => PduKind::GetBulk { non_repeaters: bytes.byte().into(), max_repetitions: bytes.word().into() },
        6 => PduKind::Inform,
        _ => PduKind::Response { status: ErrorStatus::NoError, error_index: 0 },
    };
    let count = bytes.byte() % 40;
    let varbinds = (0..count).map(|_| {
        let (name, value) = (bytes.byte(), bytes.byte());
        VarBind::new(name_of(name), value_of(value))
    });
    let varbinds = varbinds.collect();
    Pdu::request(kind, i32::from(bytes.word()), varbinds)
}

fn name_of(choice: u8) -> Oid {
    let number = u32::from(choice >> 3);
    let name = match choice % 8 {
        0 => SYSTEM.extend(&[number, 0]),
        1 => SYSTEM.child(number),
        2..=4 => PRIVATE.extend(&[1, number]),
        5 => PRIVATE.extend(&[2, number]),
        6 => PRIVATE.child(u32::MAX - number),
        _ => Ok(oid!("1.3")),
    };
    name.expect("short")
}

fn value_of(choice: u8) -> Value {
    match choice % 8 {
        0 => Value::Null,
        1..=3 => Value::Integer(i32::from(choice)),
        4 => Value::OctetString(vec![b'y'; usize::from(choice)]),
        5 => Value::Counter64(u64::from(choice)),
        6 => Value::NoSuchInstance,
        _ => Value::IpAddress([choice; 4]),
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // Every community and both versions, each kind of request; then the same by SNMPv3.
    let kinds: [&[u8]; 5] = [
        &[0, 2, 8, 0, 18, 0, 0, 1],
        &[2, 2, 8, 0, 18, 0, 0, 2],
        &[3, 2, 18, 9, 26, 17, 0, 3],
        &[3, 2, 18, 25, 8, 0, 0, 4],
        &[5, 1, 0, 30, 2, 8, 0, 7, 0, 0, 5],
    ];
    let mut seeds: Vec<Vec<u8>> = kinds
        .iter()
        .map(|kind| (0..8).flat_map(|who| [&[who << 2 | 1][..], *kind].concat()).collect())
        .collect();
    seeds.push(
        (0..3)
            .flat_map(|level| kinds.iter().flat_map(move |kind| [&[level << 2 | 2], *kind].concat()))
            .collect(),
    );
    seeds.extend(
        message::seeds()
            .iter()
            .map(|datagram| [vec![0], with_length(datagram), vec![3, 0, 20, 1, 3, 0, 7, 0x80]].concat()),
    );
    seeds
}
