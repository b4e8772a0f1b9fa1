//! ICMP echo (RFC 792, RFC 4443 §4): which hosts are there at all.
//!
//! [`Echoes`] sends nothing: it gives messages for a socket of the kind ICMP and takes what that socket received. Each
//! message counts as a packet of the site's budget, so the caller takes the right to send it before it asks for one.

use core::net::IpAddr;
use core::time::Duration;
use remote_services_snmp::engine::Instant;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How patiently to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EchoOptions {
    /// How long to wait for an answer, each time. Default 1 s.
    pub timeout: Duration,
    /// How often to ask again. Default 1.
    pub retries: u8,
}

impl Default for EchoOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(1), retries: 1 }
    }
}

/// The handle of a host that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EchoId(u64);

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EchoRequest {
    /// The handle.
    pub id: EchoId,
    /// To whom.
    pub to: IpAddr,
    /// ICMP type and all behind it; IPv6 leaves the checksum to the operating system (RFC 3542 §3.1).
    pub bytes: [u8; MESSAGE],
}

/// Hosts that are asked whether they are there.
#[derive(Debug)]
pub struct Echoes {
    options: EchoOptions,
    /// In every message, so that nobody else's answer counts.
    token: u64,
    next: u64,
    /// Hosts without an answer.
    open: BTreeMap<EchoId, Open>,
    to_send: VecDeque<EchoId>,
    deadlines: BTreeSet<(Instant, EchoId)>,
    outcomes: VecDeque<(EchoId, bool)>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    to: IpAddr,
    sent: u8,
    /// Also in `deadlines`; `None` while it is in `to_send`.
    deadline: Option<Instant>,
}

impl Echoes {
    /// Nobody is asked yet. `token` is random.
    #[must_use]
    pub fn new(options: EchoOptions, token: u64) -> Self {
        Self {
            options,
            token,
            next: 0,
            open: BTreeMap::new(),
            to_send: VecDeque::new(),
            deadlines: BTreeSet::new(),
            outcomes: VecDeque::new(),
        }
    }

    /// Asks a host.
    pub fn ask(&mut self, to: IpAddr) -> EchoId {
        let id = EchoId(self.next);
        self.next += 1;
        self.open.insert(id, Open { to, sent: 0, deadline: None });
        self.to_send.push_back(id);
        id
    }

    /// Whether [`Echoes::poll_transmit`] has something.
    #[must_use]
    pub fn wants_to_send(&self) -> bool {
        !self.to_send.is_empty()
    }

    /// Hosts without an outcome.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// The next message, to be sent now.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<EchoRequest> {
        while let Some(id) = self.to_send.pop_front() {
            let Some(open) = self.open.get_mut(&id) else { continue };
            let deadline = now + self.options.timeout;
            open.sent += 1;
            open.deadline = Some(deadline);
            self.deadlines.insert((deadline, id));
            let to = open.to;
            return Some(EchoRequest { id, to, bytes: message(to, self.token, id.0) });
        }
        None
    }

    /// Takes what the socket received: an ICMP message, with the IPv4 header before it or without. Whatever is no answer
    /// to one of ours is ignored.
    pub fn handle_datagram(&mut self, from: IpAddr, bytes: &[u8]) {
        let Some(id) = self.answered(from, bytes) else { return };
        if let Some(Open { deadline, .. }) = self.open.remove(&id) {
            if let Some(deadline) = deadline {
                self.deadlines.remove(&(deadline, id));
            }
            self.outcomes.push_back((id, true));
        }
    }

    /// Says that there is no way to this host.
    pub fn handle_unreachable(&mut self, id: EchoId) {
        if let Some(Open { deadline, .. }) = self.open.remove(&id) {
            if let Some(deadline) = deadline {
                self.deadlines.remove(&(deadline, id));
            }
            self.outcomes.push_back((id, false));
        }
    }

    /// Asks again, or gives up, whoever has been silent for too long.
    pub fn handle_deadline(&mut self, now: Instant) {
        while let Some((deadline, id)) =
            self.deadlines.first().copied().filter(|(deadline, _)| *deadline <= now)
        {
            self.deadlines.remove(&(deadline, id));
            let Some(open) = self.open.get_mut(&id) else { continue };
            open.deadline = None;
            if open.sent <= self.options.retries {
                self.to_send.push_back(id);
            } else {
                self.open.remove(&id);
                self.outcomes.push_back((id, false));
            }
        }
    }

    /// When to call [`Echoes::handle_deadline`] next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// The next host that answered (`true`) or stayed silent.
    pub fn next_outcome(&mut self) -> Option<(EchoId, bool)> {
        self.outcomes.pop_front()
    }

    fn answered(&self, from: IpAddr, bytes: &[u8]) -> Option<EchoId> {
        // A raw socket of IPv4 gives the IP header too, whose first octet is 0x45 to 0x4f; no ICMP type that we take is.
        let message = match bytes.first()? {
            first if from.is_ipv4() && first >> 4 == 4 => bytes.get(usize::from(first & 0xF) * 4..)?,
            _ => bytes,
        };
        let (header, data) = message.split_at_checked(8)?;
        let reply = if from.is_ipv4() { ECHO_REPLY } else { ECHO_REPLY_V6 };
        if header[..2] != [reply, 0] {
            return None;
        }
        let (token, number) = data
            .split_first_chunk::<8>()
            .and_then(|(token, rest)| Some((token, rest.first_chunk::<8>()?)))?;
        let id = EchoId(u64::from_be_bytes(*number));
        let open = self.open.get(&id)?;
        (u64::from_be_bytes(*token) == self.token && open.to == from.to_canonical()).then_some(id)
    }
}

/// Echo request: type, code, checksum, identifier, sequence number, data.
fn message(to: IpAddr, token: u64, number: u64) -> [u8; MESSAGE] {
    let mut bytes = [0; MESSAGE];
    bytes[0] = if to.is_ipv4() { ECHO_REQUEST } else { ECHO_REQUEST_V6 };
    bytes[4..6].copy_from_slice(&token.to_be_bytes()[..2]);
    bytes[6..8].copy_from_slice(&number.to_be_bytes()[6..]);
    bytes[8..16].copy_from_slice(&token.to_be_bytes());
    bytes[16..].copy_from_slice(&number.to_be_bytes());
    if to.is_ipv4() {
        let sum = checksum(&bytes);
        bytes[2..4].copy_from_slice(&sum.to_be_bytes());
    }
    bytes
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8; MESSAGE]) -> u16 {
    let (pairs, _) = bytes.as_chunks::<2>();
    let mut sum: u32 = pairs.iter().map(|pair| u32::from(u16::from_be_bytes(*pair))).sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(u16::MAX)
}

/// Octets of a message: the header, and 16 that the host gives back.
const MESSAGE: usize = 24;
const ECHO_REQUEST: u8 = 8;
const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST_V6: u8 = 128;
const ECHO_REPLY_V6: u8 = 129;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_start(Duration::from_millis(ms))
    }

    fn host(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn reply(request: &EchoRequest) -> Vec<u8> {
        let mut bytes = request.bytes.to_vec();
        bytes[0] = if request.to.is_ipv4() { ECHO_REPLY } else { ECHO_REPLY_V6 };
        bytes
    }

    #[test]
    fn who_answers_is_there_with_the_ip_header_or_without_and_by_ipv6() {
        let mut echoes = Echoes::new(EchoOptions::default(), 7);
        for (to, before) in [(host(1), 0), (host(2), 20), ("2001:db8::1".parse().unwrap(), 0)] {
            let id = echoes.ask(to);
            let request = echoes.poll_transmit(at(0)).unwrap();
            let mut bytes = vec![0x45; before];
            bytes.extend(reply(&request));
            echoes.handle_datagram(to, &bytes);
            assert_eq!(echoes.next_outcome(), Some((id, true)), "{to}");
        }
        assert_eq!((echoes.open(), echoes.next_deadline()), (0, None));
    }

    #[test]
    fn who_is_silent_is_asked_again_and_then_given_up() {
        let mut echoes = Echoes::new(EchoOptions { timeout: Duration::from_millis(100), retries: 1 }, 7);
        let id = echoes.ask(host(1));
        let mut sent = 0;
        for ms in 0..=300 {
            echoes.handle_deadline(at(ms));
            sent += std::iter::from_fn(|| echoes.poll_transmit(at(ms))).count();
            assert!(echoes.next_outcome().is_none_or(|outcome| ms == 200 && outcome == (id, false)), "{ms}");
        }
        assert_eq!((sent, echoes.open()), (2, 0));
    }

    #[test]
    fn answers_of_others_and_to_others_do_not_count() {
        let mut echoes = Echoes::new(EchoOptions::default(), 7);
        echoes.ask(host(1));
        let request = echoes.poll_transmit(at(0)).unwrap();
        let good = reply(&request);
        echoes.handle_datagram(host(2), &good);
        echoes.handle_datagram(host(1), &request.bytes);
        for cut in 0..good.len() {
            echoes.handle_datagram(host(1), &good[..cut]);
        }
        for octet in 8..good.len() {
            let mut bad = good.clone();
            bad[octet] ^= 1;
            echoes.handle_datagram(host(1), &bad);
        }
        assert_eq!(echoes.next_outcome(), None);
        echoes.handle_datagram(host(1), &good);
        echoes.handle_datagram(host(1), &good);
        assert!(echoes.next_outcome().is_some());
        assert_eq!(echoes.next_outcome(), None);
    }

    #[test]
    fn the_checksum_is_that_of_rfc_1071() {
        // Whoever adds up all pairs of a message with its checksum gets 0xffff.
        let bytes = message(host(1), 0x0102_0304_0506_0708, 99);
        assert_eq!(checksum(&bytes), 0);
    }
}
