//! Any sequence of calls in any order, with any datagrams: every request ends exactly once and no limit is exceeded.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use link::agent::Agent;
use link::dice;
use proptest::prelude::*;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    Credentials, Instant, Manager, ManagerConfig, Operation, Output, PeerId, PeerOptions, RequestId,
};
use remote_services_snmp::{Oid, Value, oid};

const COLUMN: Oid = oid!("1.3.6.1.4.1.9");

#[derive(Clone, Debug)]
enum Act {
    AddPeer(u8),
    RemovePeer(usize),
    Request(usize, u8),
    Cancel(usize),
    /// Takes outputs; the agent answers those datagrams whose turn the bits say.
    Drain(u8),
    /// An earlier datagram of the manager or an answer, again, perhaps bent at one place.
    Replay(usize, u16, u8),
    Pass(u16),
    Unreachable(u8),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        1 => (0..4_u8).prop_map(Act::AddPeer),
        1 => any::<usize>().prop_map(Act::RemovePeer),
        6 => (any::<usize>(), any::<u8>()).prop_map(|(peer, kind)| Act::Request(peer, kind)),
        1 => any::<usize>().prop_map(Act::Cancel),
        8 => any::<u8>().prop_map(Act::Drain),
        3 => (any::<usize>(), any::<u16>(), any::<u8>()).prop_map(|(which, at, bits)| Act::Replay(which, at, bits)),
        4 => (0..3_000_u16).prop_map(Act::Pass),
        1 => (0..4_u8).prop_map(Act::Unreachable),
    ];
    prop::collection::vec(act, 1..150)
}

fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 161))
}

struct World {
    manager: Manager,
    agent: Agent,
    now: Instant,
    peers: Vec<PeerId>,
    asked: Vec<RequestId>,
    open: BTreeSet<RequestId>,
    seen: Vec<(SocketAddr, Vec<u8>)>,
}

impl World {
    fn new() -> Self {
        let config = ManagerConfig {
            max_in_flight: 5,
            packets_per_second: 40,
            burst: 4,
            max_pending: 12,
            max_peers: 6,
            ..ManagerConfig::default()
        };
        Self {
            manager: Manager::new(config, CryptoProvider::none(), dice(7)).unwrap(),
            agent: Agent::table(std::slice::from_ref(&COLUMN), 60),
            now: Instant::START,
            peers: Vec::new(),
            asked: Vec::new(),
            open: BTreeSet::new(),
            seen: Vec::new(),
        }
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::AddPeer(number) => {
                let credentials =
                    if number % 2 == 0 { Credentials::v1("public") } else { Credentials::v2c("public") };
                let added = self.manager.add_peer(address(number), credentials, PeerOptions::default());
                self.peers.extend(added);
            }
            Act::RemovePeer(which) => {
                if let Some(peer) = pick(&self.peers, which) {
                    self.manager.remove_peer(peer);
                }
            }
            Act::Request(which, kind) => {
                let Some(peer) = pick(&self.peers, which) else { return };
                let cell = |row: u8| COLUMN.child(u32::from(row) + 1).unwrap();
                let operation = match kind % 5 {
                    0 => Operation::Get((0..kind).map(cell).collect()),
                    1 => Operation::GetNext(vec![cell(kind)]),
                    2 => Operation::Walk(COLUMN),
                    3 => Operation::Set(vec![remote_services_snmp::VarBind::new(
                        cell(kind),
                        Value::Integer(1),
                    )]),
                    _ => Operation::GetBulk {
                        non_repeaters: 0,
                        max_repetitions: kind.into(),
                        names: vec![cell(kind)],
                    },
                };
                if let Ok(id) = self.manager.request(self.now, peer, operation) {
                    assert!(self.open.insert(id), "an id was used twice");
                    self.asked.push(id);
                }
            }
            Act::Cancel(which) => {
                if let Some(id) = pick(&self.asked, which) {
                    self.manager.cancel(id);
                }
            }
            Act::Drain(answered) => {
                for turn in 0..8 {
                    let Some(output) = self.manager.poll_output() else { break };
                    match output {
                        Output::Transmit { to, bytes } => {
                            let answers = self.agent.answer(&bytes);
                            self.seen.push((to, bytes));
                            for answer in answers {
                                if answered >> turn & 1 == 1 {
                                    self.manager.handle_datagram(self.now, to, &answer);
                                }
                                self.seen.push((to, answer));
                            }
                        }
                        Output::Completed(completed) => {
                            assert!(self.open.remove(&completed.id), "{:?} ended twice", completed.id);
                            assert!(completed.result.is_err() || completed.partial.is_empty());
                        }
                        other => panic!("unknown output {other:?}"),
                    }
                }
            }
            Act::Replay(which, at, bits) => {
                if self.seen.is_empty() {
                    return;
                }
                let (from, mut bytes) = self.seen[which % self.seen.len()].clone();
                let at = usize::from(at) % bytes.len();
                bytes[at] ^= bits;
                self.manager.handle_datagram(self.now, from, &bytes);
            }
            Act::Pass(ms) => {
                self.now = self.now + Duration::from_millis(ms.into());
                self.manager.handle_deadline(self.now);
            }
            Act::Unreachable(number) => self.manager.handle_unreachable(self.now, address(number)),
        }
        assert!(self.manager.in_flight() <= 5);
        assert!(self.open.len() <= 12);
    }
}

fn pick<T: Copy>(list: &[T], which: usize) -> Option<T> {
    (!list.is_empty()).then(|| list[which % list.len()])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_request_ends_exactly_once_whatever_happens(acts in acts()) {
        let mut world = World::new();
        for act in &acts {
            world.act(act);
        }
        for _ in 0..10_000 {
            world.act(&Act::Drain(0xff));
            let Some(deadline) = world.manager.next_deadline() else { break };
            world.now = world.now.max(deadline);
            world.manager.handle_deadline(world.now);
        }
        while !world.open.is_empty() {
            let before = world.open.len();
            world.act(&Act::Drain(0xff));
            prop_assert!(world.open.len() < before || world.manager.next_deadline().is_some(), "requests never end");
        }
        prop_assert_eq!(world.manager.next_deadline(), None);
        prop_assert_eq!(world.manager.in_flight(), 0);
    }
}
