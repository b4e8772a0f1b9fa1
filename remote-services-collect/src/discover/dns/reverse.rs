//! The names of a range of addresses, one PTR question each: only those with a name are hosts to ask.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use remote_services_snmp::engine::Instant;
use simple_dns::rdata::RData;
use simple_dns::{Name, Packet, PacketFlag, QTYPE, TYPE};
use std::collections::{BTreeMap, VecDeque};

use super::{NamedHost, query, reverse_name};

/// Asks a name server for the names of many addresses, over UDP.
#[derive(Debug)]
pub struct ReverseWalk<T> {
    addresses: T,
    exhausted: bool,
    timeout: Duration,
    /// The most questions under way.
    window: usize,
    next_id: u16,
    open: BTreeMap<u16, Open>,
    again: VecDeque<Open>,
    found: VecDeque<(SocketAddr, NamedHost)>,
    silent: u64,
    asked: u64,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    address: SocketAddr,
    sent: u8,
    deadline: Instant,
}

impl<T: Iterator<Item = SocketAddr>> ReverseWalk<T> {
    /// A walk over these. `first_id` is random.
    pub fn new(addresses: T, timeout: Duration, window: usize, first_id: u16) -> Self {
        Self {
            addresses,
            exhausted: false,
            timeout,
            window: window.clamp(1, MAX_WINDOW),
            next_id: first_id,
            open: BTreeMap::new(),
            again: VecDeque::new(),
            found: VecDeque::new(),
            silent: 0,
            asked: 0,
        }
    }

    /// The next question, to be sent now; `None` when answers must come first or all is done.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Vec<u8>> {
        let address = match self.again.pop_front() {
            Some(open) => (open.address, open.sent),
            None if self.exhausted || self.open.len() >= self.window => return None,
            None => match self.addresses.next() {
                Some(address) => {
                    self.asked += 1;
                    (address, 0)
                }
                None => {
                    self.exhausted = true;
                    return None;
                }
            },
        };
        let (address, sent) = address;
        while self.open.contains_key(&self.next_id) {
            self.next_id = self.next_id.wrapping_add(1);
        }
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let name = reverse_name(address.ip());
        let name = Name::new_unchecked(&name);
        let bytes = query(id, vec![(name, QTYPE::TYPE(TYPE::PTR))], false, true)?;
        self.open.insert(id, Open { address, sent: sent + 1, deadline: now + self.timeout });
        Some(bytes)
    }

    /// Takes an answer of the name server. Anything else is ignored.
    pub fn handle_datagram(&mut self, bytes: &[u8]) {
        let Ok(packet) = Packet::parse(bytes) else { return };
        let Some(open) = self.open.get(&packet.id()) else { return };
        let asked = reverse_name(open.address.ip());
        let about_it = packet.questions.iter().any(|it| it.qname.to_string().eq_ignore_ascii_case(&asked));
        if !packet.has_flags(PacketFlag::RESPONSE) || !about_it {
            return;
        }
        let name = packet.answers.iter().find_map(|record| match &record.rdata {
            RData::PTR(name) => Some(name.0.to_string()),
            _ => None,
        });
        let address = open.address;
        self.open.remove(&packet.id());
        if let Some(name) = name {
            self.found.push_back((address, NamedHost { address: address.ip(), name }));
        }
    }

    /// Asks again, or gives up, what has not been answered.
    pub fn handle_deadline(&mut self, now: Instant) {
        let late: Vec<u16> =
            self.open.iter().filter(|(_, it)| it.deadline <= now).map(|(id, _)| *id).collect();
        for id in late {
            match self.open.remove(&id) {
                Some(open) if open.sent < TRIES => self.again.push_back(open),
                _ => self.silent += 1,
            }
        }
    }

    /// The next address with a name.
    pub fn next_found(&mut self) -> Option<(SocketAddr, NamedHost)> {
        self.found.pop_front()
    }

    /// Whether every address is decided.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.exhausted && self.open.is_empty() && self.again.is_empty()
    }

    /// Questions sent first, and those of them that the server never answered.
    #[must_use]
    pub fn asked_and_silent(&self) -> (u64, u64) {
        (self.asked, self.silent)
    }

    /// The addresses under way.
    pub fn under_way(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.open.values().map(|open| open.address.ip())
    }
}

const TRIES: u8 = 3;
/// Half of the numbers that a question can have.
const MAX_WINDOW: usize = 32_768;

#[cfg(test)]
mod tests {
    use super::*;
    use simple_dns::rdata::PTR;
    use simple_dns::{CLASS, ResourceRecord};

    fn at(ms: u64) -> Instant {
        Instant::from_start(Duration::from_millis(ms))
    }

    fn addresses(count: u8) -> impl Iterator<Item = SocketAddr> {
        (1..=count).map(|last| SocketAddr::from(([192, 0, 2, last], 161)))
    }

    fn answer(question: &[u8], name: Option<&'static str>) -> Vec<u8> {
        let mut packet = Packet::parse(question).unwrap().into_reply();
        packet.questions = Packet::parse(question).unwrap().questions;
        if let Some(name) = name {
            let data = RData::PTR(PTR(Name::new_unchecked(name)));
            packet.answers.push(ResourceRecord::new(packet.questions[0].qname.clone(), CLASS::IN, 60, data));
        }
        packet.build_bytes_vec().unwrap()
    }

    #[test]
    fn only_addresses_with_a_name_are_found_and_the_window_is_kept() {
        let mut walk = ReverseWalk::new(addresses(9), Duration::from_secs(1), 4, 65_534);
        let mut found = Vec::new();
        while !walk.is_done() {
            let questions: Vec<_> = std::iter::from_fn(|| walk.poll_transmit(at(0))).collect();
            assert!(questions.len() <= 4 && walk.under_way().count() <= 4);
            for question in &questions {
                let asked = Packet::parse(question).unwrap().questions[0].qname.to_string();
                let name = asked.starts_with("3.").then_some("laser.example");
                walk.handle_datagram(question);
                walk.handle_datagram(&answer(question, name));
                walk.handle_datagram(&answer(question, Some("twice.example")));
            }
            found.extend(
                std::iter::from_fn(|| walk.next_found())
                    .map(|(address, host)| (address.to_string(), host.name)),
            );
        }
        assert_eq!(found, [("192.0.2.3:161".to_owned(), "laser.example".to_owned())]);
        assert_eq!(walk.asked_and_silent(), (9, 0));
    }

    #[test]
    fn a_silent_server_is_asked_three_times_and_then_given_up() {
        let mut walk = ReverseWalk::new(addresses(1), Duration::from_millis(100), 4, 1);
        let mut sent = 0;
        for ms in 0..1_000 {
            walk.handle_deadline(at(ms));
            sent += std::iter::from_fn(|| walk.poll_transmit(at(ms))).count();
        }
        assert_eq!((sent, walk.asked_and_silent(), walk.is_done()), (3, (1, 1), true));
    }
}
