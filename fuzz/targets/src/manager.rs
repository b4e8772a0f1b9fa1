//! Any calls to a manager in any order, with an agent whose answers arrive, get lost, are changed or come again: every
//! accepted request ends exactly once, no limit is exceeded, and what is believed is what was asked for.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol};
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::engine::{
    CredentialSet, Credentials, EngineRecord, Instant, Manager, ManagerConfig, Operation, Output, PeerId,
    PeerOptions, Protection, RequestId,
};
use remote_services_snmp::usm::{EngineTime, SecurityLevel};
use remote_services_snmp::{Oid, Value, VarBind, oid};

use crate::believed::is_what_was_asked_for;
use crate::bytes::{Bytes, dice};
use crate::no_security::{self, PASSWORD, USER};

const COLUMN: Oid = oid!("1.3.6.1.4.1.32473.9");
const IN_FLIGHT: usize = 5;
const PENDING: usize = 12;
const PEERS: usize = 6;
const PER_SECOND: u32 = 40;
const BURST: u32 = 4;

pub(crate) fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut world = World::new();
    while !bytes.is_empty() {
        world.act(&mut bytes);
        world.is_within_limits();
    }
    world.end();
}

struct World {
    manager: Manager,
    agent: Responder,
    table: SortedTable,
    now: Instant,
    peers: Vec<PeerId>,
    asked: Vec<RequestId>,
    open: BTreeMap<RequestId, (PeerId, Operation)>,
    /// Datagrams of either direction, each with the address of the agent.
    seen: Vec<(SocketAddr, Vec<u8>)>,
    /// Packets that left, those taken for others among them.
    sent: u32,
}

impl World {
    fn new() -> Self {
        let config = ManagerConfig {
            max_in_flight: IN_FLIGHT,
            packets_per_second: PER_SECOND,
            burst: BURST,
            max_pending: PENDING,
            max_peers: PEERS,
            ..ManagerConfig::default()
        };
        let rights = ResponderConfig::new(no_security::engine_id(), 3)
            .community("public", Access::ReadWrite)
            .user(no_security::user(), Access::ReadWrite, SecurityLevel::NoAuthNoPriv);
        let provider = no_security::provider();
        let mut table = SortedTable::new();
        for row in 1..=60 {
            table.insert_writable(cell(row), Value::Integer(i32::from(row)));
        }
        Self {
            agent: Responder::new(rights, &provider, Instant::START, dice(3)).expect("no constant"),
            manager: Manager::new(config, provider, dice(7)).expect("no constant"),
            table,
            now: Instant::START,
            peers: Vec::new(),
            asked: Vec::new(),
            open: BTreeMap::new(),
            seen: Vec::new(),
            sent: 0,
        }
    }

    fn act(&mut self, bytes: &mut Bytes<'_>) {
        let act = bytes.byte();
        match act % 16 {
            0 => self.add_peer(bytes.byte()),
            1 => {
                if let Some(peer) = pick(&self.peers, bytes) {
                    self.manager.remove_peer(peer);
                }
            }
            2..=5 => self.request(bytes),
            6 => {
                if let Some(id) = pick(&self.asked, bytes) {
                    self.manager.cancel(id);
                }
            }
            7..=9 => self.drain(bytes.byte(), act >> 4),
            10 | 11 => self.replay(bytes),
            12 => self.pass(Duration::from_millis(u64::from(bytes.word()) % 3_000)),
            13 => self.manager.handle_unreachable(self.now, address(bytes.byte())),
            14 => {
                let (from, datagram) = (address(bytes.byte()), bytes.run());
                self.manager.handle_datagram(self.now, from, datagram);
            }
            _ => self.rarely(bytes),
        }
    }

    fn add_peer(&mut self, choice: u8) {
        let v3 = |auth: bool, privacy: bool| Credentials::V3 {
            user: USER.into(),
            auth: auth.then(|| (AuthProtocol::HmacSha256, PASSWORD.into())),
            privacy: privacy.then(|| (PrivProtocol::Aes128, PASSWORD.into())),
            context_name: String::new(),
        };
        let credentials = match choice >> 4 & 7 {
            0 => Credentials::v1("public"),
            1 | 2 => Credentials::v2c("public"),
            3 => v3(true, false),
            4 | 5 => v3(true, true),
            6 => v3(false, false),
            _ => {
                let candidates = [v3(true, true), Credentials::v2c("wrong"), Credentials::v2c("public")];
                let set = CredentialSet::new(candidates.map(Arc::new).to_vec(), Protection::V1)
                    .expect("all above the floor");
                let added = self.manager.add_peer_with_set(address(choice), &set, PeerOptions::default());
                self.peers.extend(added);
                return;
            }
        };
        self.peers.extend(self.manager.add_peer(address(choice), credentials, PeerOptions::default()));
    }

    fn request(&mut self, bytes: &mut Bytes<'_>) {
        let Some(peer) = pick(&self.peers, bytes) else { return };
        let kind = bytes.byte();
        let operation = match kind % 6 {
            0 => Operation::Get((0..kind / 4).map(cell).collect()),
            1 => Operation::GetNext(vec![cell(kind)]),
            2 => Operation::Walk(COLUMN),
            3 => Operation::Set(vec![VarBind::new(cell(kind), Value::Integer(1))]),
            4 => Operation::Table(vec![COLUMN]),
            _ => {
                Operation::GetBulk { non_repeaters: 0, max_repetitions: kind.into(), names: vec![cell(kind)] }
            }
        };
        if let Ok(id) = self.manager.request(self.now, peer, operation.clone()) {
            assert!(self.open.insert(id, (peer, operation)).is_none(), "an id was used twice");
            self.asked.push(id);
        }
    }

    /// Takes eight outputs. The agent's answers arrive where the bits say so, `bent` of them changed.
    fn drain(&mut self, arrives: u8, bent: u8) {
        for turn in 0..8 {
            let Some(output) = self.manager.poll_output() else { break };
            match output {
                Output::Transmit { to, bytes } => {
                    self.sent += 1;
                    let answer = self.agent.handle_datagram(self.now, to, &bytes, &mut self.table);
                    self.seen.push((to, bytes));
                    let Some(mut answer) = answer else { continue };
                    if bent > 0 && turn % 2 == 1 {
                        let at = usize::from(bent) * 11 % answer.len();
                        answer[at] ^= bent;
                    }
                    if arrives >> turn & 1 == 1 {
                        self.manager.handle_datagram(self.now, to, &answer);
                    }
                    self.seen.push((to, answer));
                }
                Output::Completed(completed) => {
                    let (peer, operation) = self.open.remove(&completed.id).expect("nothing ends twice");
                    assert_eq!(completed.peer, peer);
                    match &completed.result {
                        Ok(answer) => {
                            assert!(completed.partial.is_empty());
                            is_what_was_asked_for(&operation, answer);
                        }
                        Err(error) => {
                            let text = error.to_string();
                            assert!(!text.contains("error in the SNMP engine itself"), "{text}");
                        }
                    }
                }
                other => panic!("unknown output {other:?}"),
            }
        }
    }

    /// An earlier datagram again, changed in one octet or not.
    fn replay(&mut self, bytes: &mut Bytes<'_>) {
        let (which, at, bits) = (usize::from(bytes.word()), usize::from(bytes.word()), bytes.byte());
        if self.seen.is_empty() {
            return;
        }
        let (from, mut datagram) = self.seen[which % self.seen.len()].clone();
        let at = at % datagram.len();
        datagram[at] ^= bits;
        self.manager.handle_datagram(self.now, from, &datagram);
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        self.manager.handle_deadline(self.now);
    }

    /// What an application does once a day.
    fn rarely(&mut self, bytes: &mut Bytes<'_>) {
        let what = bytes.byte();
        let peer = pick(&self.peers, bytes);
        match (what % 5, peer) {
            (0, Some(peer)) => {
                let time = EngineTime { boots: bytes.word().into(), time: bytes.word().into() };
                let record = EngineRecord { engine_id: no_security::engine_id(), time: Some(time) };
                // A peer that speaks no SNMPv3 refuses it.
                let _ = self.manager.restore_engine(self.now, peer, &record);
            }
            (1, Some(peer)) => {
                let _ = self.manager.prefer_credentials(peer, bytes.pick(4));
            }
            (2, _) => self.sent += u32::from(self.manager.take_packet(self.now)),
            (3, _) => while self.manager.poll_engine().is_some() {},
            _ => self.pass(Duration::from_secs(bytes.word().into())),
        }
    }

    fn is_within_limits(&self) {
        assert!(self.manager.in_flight() <= IN_FLIGHT);
        assert!(self.open.len() <= PENDING);
        let earned = self.now.since_start().as_millis() * u128::from(PER_SECOND) / 1_000;
        assert!(
            u128::from(self.sent) <= earned + u128::from(BURST) + 1,
            "{} packets by {:?}",
            self.sent,
            self.now
        );
    }

    /// Nobody answers any more: everything comes to its end.
    fn end(&mut self) {
        for _ in 0..10_000 {
            let before = self.open.len();
            self.drain(0, 0);
            match self.manager.next_deadline() {
                Some(deadline) => {
                    self.now = self.now.max(deadline);
                    self.manager.handle_deadline(self.now);
                }
                None if self.open.is_empty() => break,
                None => assert!(self.open.len() < before, "requests never end"),
            }
            self.is_within_limits();
        }
        assert!(self.open.is_empty() && self.manager.requests_pending() == 0);
        assert_eq!(self.manager.next_deadline(), None);
        assert_eq!(self.manager.in_flight(), 0);
    }
}

fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number & 3], 161))
}

fn cell(row: u8) -> Oid {
    COLUMN.child(u32::from(row)).expect("a short name")
}

fn pick<T: Copy>(list: &[T], bytes: &mut Bytes<'_>) -> Option<T> {
    let at = bytes.byte();
    (!list.is_empty()).then(|| list[usize::from(at) % list.len()])
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // A peer of each sort, then each operation, its answers taken in, and some time.
    let sort = |sort: u8| {
        let mut octets = vec![0, sort << 4];
        for kind in 0..6 {
            octets.extend([2, 0, kind + 60, 7, 0xff, 8, 0xff, 12, 0, 50, 9, 0xff]);
        }
        octets
    };
    let mut seeds: Vec<Vec<u8>> = (0..8).map(sort).collect();
    // Changed, replayed, cancelled, forgotten.
    seeds.push([sort(4), vec![2, 0, 2, 0x97, 0xff, 10, 0, 3, 0, 60, 1, 0x38, 0xff, 6, 0, 1, 0]].concat());
    seeds.push([sort(1), vec![2, 0, 2, 7, 0, 12, 11, 0xb8, 13, 0, 15, 2, 0, 15, 4, 0, 1, 0]].concat());
    seeds
}
