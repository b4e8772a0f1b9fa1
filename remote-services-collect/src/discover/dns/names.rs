//! The names of devices whose addresses are known: asked for backwards (PTR), and believed where the name leads back to the
//! address (A, AAAA). Whoever has the reverse zone can write any name into it; the zone of the name says whose it is.
//!
//! ```text
//!  ask(address) ──▶ PTR? ──▶ name ──▶ A or AAAA? ──▶ the address is among them ──▶ found(address)
//! ```
//!
//! A name server that is silent holds nobody up: each question is given up after two tries, and after some that nobody
//! answered none is asked for a while.

use core::fmt;
use core::net::IpAddr;
use core::time::Duration;
use remote_services_snmp::engine::Instant;
use simple_dns::rdata::RData;
use simple_dns::{Name, Packet, PacketFlag, QTYPE, RCODE, TYPE};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{address as address_of, query, reverse_name};

/// What the name server said of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The names that lead back to it, in alphabetical order; none when it has none.
    Names(Vec<String>),
    /// Nothing, or that it does not want to.
    NotAnswered,
}

/// Asks a name server for the names of devices, over UDP. Sends nothing itself.
pub struct DeviceNames {
    timeout: Duration,
    /// Random numbers, for questions that nobody answers who has not seen them.
    random: Box<dyn FnMut() -> u64 + Send>,
    hosts: BTreeMap<IpAddr, Host>,
    to_ask: VecDeque<Asked>,
    open: BTreeMap<u16, Open>,
    /// Questions given up since the last answer.
    silent: u32,
    /// Nobody is asked before.
    not_before: Option<Instant>,
}

#[derive(Clone, Debug, Default)]
struct Host {
    names: BTreeSet<String>,
    not_answered: bool,
    /// Questions about it that are to be asked or under way.
    left: usize,
}

#[derive(Clone, Debug)]
struct Asked {
    address: IpAddr,
    /// The name that may be its own; `None` when that is the question.
    name: Option<String>,
    tries: u8,
}

struct Open {
    asked: Asked,
    deadline: Instant,
}

impl DeviceNames {
    /// Nobody is asked for yet. The name server has `timeout` for each try.
    pub fn new(timeout: Duration, random: impl FnMut() -> u64 + Send + 'static) -> Self {
        Self {
            timeout,
            random: Box::new(random),
            hosts: BTreeMap::new(),
            to_ask: VecDeque::new(),
            open: BTreeMap::new(),
            silent: 0,
            not_before: None,
        }
    }

    /// Wants the names of this address, as they are now.
    pub fn ask(&mut self, address: IpAddr, now: Instant) {
        let host = self.hosts.entry(address).or_default();
        if host.left > 0 {
            return;
        }
        *host = Host::default();
        if self.not_before.is_some_and(|not_before| now < not_before) {
            host.not_answered = true;
            return;
        }
        self.not_before = None;
        host.left = 1;
        self.to_ask.push_back(Asked { address, name: None, tries: 0 });
    }

    /// Whether there is a question to send now.
    #[must_use]
    pub fn has_question(&self) -> bool {
        !self.to_ask.is_empty() && self.open.len() < WINDOW
    }

    /// The next question, to be sent now; `None` when answers must come first or all is asked.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Vec<u8>> {
        if self.open.len() >= WINDOW {
            return None;
        }
        let mut asked = self.to_ask.pop_front()?;
        asked.tries += 1;
        let id = loop {
            let [high, low, ..] = (self.random)().to_be_bytes();
            let id = u16::from_be_bytes([high, low]);
            if !self.open.contains_key(&id) {
                break id;
            }
        };
        let (name, kind) = asked.question();
        let question = query(id, vec![(Name::new_unchecked(&name), QTYPE::TYPE(kind))], false, true);
        match question {
            Some(_) => drop(self.open.insert(id, Open { asked, deadline: now + self.timeout })),
            None => self.settle(&asked, BTreeSet::new(), false),
        }
        question
    }

    /// Takes an answer of the name server. Anything else is ignored.
    pub fn handle_datagram(&mut self, bytes: &[u8]) {
        let Ok(packet) = Packet::parse(bytes) else { return };
        let Some(open) = self.open.get(&packet.id()) else { return };
        let (name, kind) = open.asked.question();
        let about_it = packet
            .questions
            .iter()
            .any(|it| it.qtype == QTYPE::TYPE(kind) && it.qname.to_string().eq_ignore_ascii_case(&name));
        if !packet.has_flags(PacketFlag::RESPONSE) || !about_it {
            return;
        }
        let Some(Open { asked, .. }) = self.open.remove(&packet.id()) else { return };
        self.silent = 0;
        let answered = matches!(packet.rcode(), RCODE::NoError | RCODE::NameError);
        let records = packet.answers.iter().map(|record| &record.rdata);
        let names: BTreeSet<String> = match &asked.name {
            None => {
                let names = records.filter_map(|data| match data {
                    RData::PTR(name) => Some(name.0.to_string()),
                    _ => None,
                });
                names.filter(|name| is_host_name(name)).take(MOST_NAMES).collect()
            }
            Some(name) => {
                let mut addresses = records.filter_map(address_of);
                addresses.any(|found| found == asked.address).then(|| name.clone()).into_iter().collect()
            }
        };
        self.settle(&asked, names, answered);
    }

    /// Asks again, or gives up, what has not been answered.
    pub fn handle_deadline(&mut self, now: Instant) {
        let late: Vec<u16> =
            self.open.iter().filter(|(_, open)| open.deadline <= now).map(|(id, _)| *id).collect();
        for id in late {
            let Some(Open { asked, .. }) = self.open.remove(&id) else { continue };
            if asked.tries < TRIES {
                // Before those that were never asked: a server that is dead is known by the second silence.
                self.to_ask.push_front(asked);
                continue;
            }
            self.settle(&asked, BTreeSet::new(), false);
            self.silent += 1;
            if self.silent >= PATIENCE {
                self.not_before = Some(now + REST);
                while let Some(asked) = self.to_ask.pop_front() {
                    self.settle(&asked, BTreeSet::new(), false);
                }
            }
        }
    }

    /// What was found of an address; `None` as long as that is not decided, and when nobody asked.
    #[must_use]
    pub fn found(&self, address: IpAddr) -> Option<Found> {
        let host = self.hosts.get(&address).filter(|host| host.left == 0)?;
        let nothing = host.names.is_empty() && host.not_answered;
        Some(if nothing { Found::NotAnswered } else { Found::Names(host.names.iter().cloned().collect()) })
    }

    /// What came of one question: names to look up, or the name that is confirmed.
    fn settle(&mut self, asked: &Asked, names: BTreeSet<String>, answered: bool) {
        let Some(host) = self.hosts.get_mut(&asked.address) else { return };
        host.left -= 1;
        host.not_answered |= !answered;
        for name in names {
            if asked.name.is_some() {
                host.names.insert(name);
            } else {
                host.left += 1;
                self.to_ask.push_back(Asked { address: asked.address, name: Some(name), tries: 0 });
            }
        }
    }
}

impl Asked {
    fn question(&self) -> (String, TYPE) {
        match &self.name {
            None => (reverse_name(self.address), TYPE::PTR),
            Some(name) if self.address.is_ipv4() => (name.clone(), TYPE::A),
            Some(name) => (name.clone(), TYPE::AAAA),
        }
    }
}

impl fmt::Debug for DeviceNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceNames").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

/// What hosts are called; anything else in a reverse zone is no name to tell.
#[must_use]
pub fn is_host_name(name: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_');
    !name.is_empty() && name.len() <= 253 && name.bytes().all(allowed)
}

/// Questions under way at a time.
const WINDOW: usize = 32;
const TRIES: u8 = 2;
/// Names of an address that are looked at; some hosts of many services have a hundred.
pub const MOST_NAMES: usize = 4;
/// Questions in a row that nobody answers, after which the name server is taken for dead, and for how long.
const PATIENCE: u32 = 3;
const REST: Duration = Duration::from_secs(60);

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
