//! A manager on a wire made of data: time passes only when nothing is left to do, and every packet's fate is the test's.
#![allow(dead_code, unreachable_pub, reason = "a module of many test files, each of which uses its part")]
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "all of it is test code")]

pub mod agent;
pub mod secure;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    Completed, Credentials, Instant, Manager, ManagerConfig, Operation, Output, PeerId, PeerOptions,
    RequestError, RequestId,
};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu};
use remote_services_snmp::pdu::{ErrorStatus, Pdu};
use remote_services_snmp::{Value, VarBind};

/// A datagram on its way.
#[derive(Clone, Debug)]
pub struct Packet {
    pub at: Instant,
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
}

/// What happens to a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Arrives,
    IsLost,
    ArrivesTwice,
    IsLate(Duration),
}

/// Whatever answers at an address: (now, datagram) to datagrams, each with the address it comes from.
pub type Host = Box<dyn FnMut(Instant, &[u8]) -> Vec<(SocketAddr, Vec<u8>)>>;

pub struct Link {
    pub manager: Manager,
    pub latency: Duration,
    /// Decides about each datagram in either direction.
    pub fate: Box<dyn FnMut(&Packet) -> Fate>,
    /// Every datagram that the manager sent.
    pub sent: Vec<Packet>,
    pub done: VecDeque<Completed>,
    hosts: BTreeMap<SocketAddr, Host>,
    now: Instant,
    wire: BTreeMap<(Instant, u64), Packet>,
    count: u64,
}

pub const MANAGER: &str = "192.0.2.1:50000";
pub const AGENT: &str = "192.0.2.2:161";

pub const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A fixed sequence in place of randomness: the same test run every time.
pub fn dice(seed: u64) -> impl FnMut() -> u64 + Send {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Link {
    pub fn new(config: ManagerConfig, crypto: CryptoProvider) -> Self {
        Self {
            manager: Manager::new(config, crypto, dice(1)).unwrap(),
            latency: ms(5),
            fate: Box::new(|_| Fate::Arrives),
            sent: Vec::new(),
            done: VecDeque::new(),
            hosts: BTreeMap::new(),
            now: Instant::from_start(Duration::from_secs(1_000)),
            wire: BTreeMap::new(),
            count: 0,
        }
    }

    pub fn now(&self) -> Instant {
        self.now
    }

    /// Puts something at an address.
    pub fn host(
        &mut self,
        at: &str,
        mut answer: impl FnMut(Instant, &[u8]) -> Vec<Vec<u8>> + 'static,
    ) -> SocketAddr {
        let address: SocketAddr = at.parse().unwrap();
        self.hosts.insert(
            address,
            Box::new(move |now, bytes| {
                answer(now, bytes).into_iter().map(|bytes| (address, bytes)).collect()
            }),
        );
        address
    }

    /// Puts something at an address that may answer from others.
    pub fn lying_host(
        &mut self,
        at: &str,
        answer: impl FnMut(Instant, &[u8]) -> Vec<(SocketAddr, Vec<u8>)> + 'static,
    ) -> SocketAddr {
        let address: SocketAddr = at.parse().unwrap();
        self.hosts.insert(address, Box::new(answer));
        address
    }

    pub fn peer(&mut self, address: SocketAddr, credentials: Credentials) -> PeerId {
        self.peer_with(address, credentials, PeerOptions::default())
    }

    pub fn peer_with(
        &mut self,
        address: SocketAddr,
        credentials: Credentials,
        options: PeerOptions,
    ) -> PeerId {
        self.manager.add_peer(address, credentials, options).unwrap()
    }

    pub fn request(&mut self, peer: PeerId, operation: Operation) -> RequestId {
        self.manager.request(self.now, peer, operation).unwrap()
    }

    /// Asks and lets time pass until there is an outcome.
    pub fn ask(&mut self, peer: PeerId, operation: Operation) -> Completed {
        let id = self.request(peer, operation);
        self.run_until_idle();
        self.completed(id)
    }

    pub fn read(&mut self, peer: PeerId, operation: Operation) -> Vec<VarBind> {
        self.ask(peer, operation).result.unwrap()
    }

    pub fn fail(&mut self, peer: PeerId, operation: Operation) -> RequestError {
        self.ask(peer, operation).result.unwrap_err()
    }

    pub fn completed(&mut self, id: RequestId) -> Completed {
        let at = self.done.iter().position(|completed| completed.id == id).expect("the request is over");
        self.done.remove(at).unwrap()
    }

    /// Puts a datagram on the wire to the manager, as from anybody.
    pub fn inject(&mut self, from: SocketAddr, bytes: Vec<u8>) {
        self.carry(from, MANAGER.parse().unwrap(), bytes, Duration::ZERO);
    }

    /// Lets things happen until nothing is left that could.
    pub fn run_until_idle(&mut self) {
        for _ in 0..1_000_000 {
            if !self.turn(None) {
                return;
            }
        }
        panic!("this never ends");
    }

    /// Lets things happen for so long, and time pass to exactly then.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        while self.turn(Some(until)) {}
        self.now = until;
        self.manager.handle_deadline(until);
        self.drain();
    }

    /// Lets the next thing happen. False when there is none (before `until`).
    fn turn(&mut self, until: Option<Instant>) -> bool {
        self.drain();
        let packet = self.wire.keys().next().copied();
        let deadline = self.manager.next_deadline();
        let Some(next) = packet.map(|(at, _)| at).into_iter().chain(deadline).min() else { return false };
        if until.is_some_and(|until| next > until) {
            return false;
        }
        self.now = self.now.max(next);
        match packet.filter(|(at, _)| *at <= self.now) {
            Some(key) => {
                let packet = self.wire.remove(&key).unwrap();
                self.deliver(&packet);
            }
            None => self.manager.handle_deadline(self.now),
        }
        self.drain();
        true
    }

    fn deliver(&mut self, packet: &Packet) {
        if packet.to == MANAGER.parse().unwrap() {
            self.manager.handle_datagram(self.now, packet.from, &packet.bytes);
            return;
        }
        let Some(host) = self.hosts.get_mut(&packet.to) else { return };
        for (from, bytes) in host(self.now, &packet.bytes) {
            self.carry(from, packet.from, bytes, self.latency);
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.manager.poll_output() {
            match output {
                Output::Transmit { to, bytes } => {
                    let from = MANAGER.parse().unwrap();
                    self.sent.push(Packet { at: self.now, from, to, bytes: bytes.clone() });
                    self.carry(from, to, bytes, self.latency);
                }
                Output::Completed(completed) => self.done.push_back(completed),
                other => panic!("unknown output {other:?}"),
            }
        }
    }

    fn carry(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>, latency: Duration) {
        let mut packet = Packet { at: self.now + latency, from, to, bytes };
        let copies = match (self.fate)(&packet) {
            Fate::IsLost => 0,
            Fate::Arrives => 1,
            Fate::ArrivesTwice => 2,
            Fate::IsLate(more) => {
                packet.at = packet.at + more;
                1
            }
        };
        for _ in 0..copies {
            self.count += 1;
            self.wire.insert((packet.at, self.count), packet.clone());
        }
    }
}

/// The answer to a GET as an agent would give it (integer 1 for every name), after somebody bent it.
pub fn bent(request: &[u8], bend: impl FnOnce(&mut Pdu)) -> Vec<u8> {
    let mut message = CommunityMessage::from_bytes(request, &Limits::default()).unwrap();
    let CommunityPdu::Pdu(pdu) = &mut message.pdu else { panic!("no request") };
    let values =
        pdu.varbinds.iter().map(|asked| VarBind::new(asked.name.clone(), Value::Integer(1))).collect();
    let mut response = Pdu::response(pdu.request_id, ErrorStatus::NoError, 0, values);
    bend(&mut response);
    *pdu = response;
    message.to_bytes()
}
