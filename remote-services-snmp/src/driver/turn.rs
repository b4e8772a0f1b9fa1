//! Requests of one turn and their answers, many a system call where the system can do that.
//!
//! Taking several costs more than taking one, so after a lone request the next one is expected alone too, but for every
//! eighth time. Under load as many as have come are taken together, and their answers leave together.

use std::io;

use super::socket::MAX_DATAGRAM;
use super::way_back::{self, MOST_AT_ONCE, Replies, WayBack};
use crate::engine::Instant;
use crate::engine::responder::{MibHandler, Responder};

/// What one turn of a driver that answers holds. Its memory is used again in the next turn: room for [`MOST_AT_ONCE`]
/// largest datagrams, of which Linux gives only what was written to, and as many answers.
pub(super) struct Turn {
    /// One largest datagram after the other.
    room: Vec<u8>,
    /// How many datagrams to take at once.
    most: usize,
    /// Lone requests since there were several.
    lone: usize,
    /// Of each request: its place in the room, its length, and where its answer goes.
    requests: Vec<(usize, usize, WayBack)>,
    /// The answers to some of them; more of them may be left from earlier turns.
    answers: Vec<Vec<u8>>,
    /// Where the first answers go.
    ways: Vec<WayBack>,
    /// How many of these have been dealt with.
    done: usize,
}

impl Turn {
    pub(super) fn new() -> Self {
        Self {
            room: vec![0; MOST_AT_ONCE * MAX_DATAGRAM],
            most: 1,
            lone: 0,
            requests: Vec::new(),
            answers: vec![Vec::new(); MOST_AT_ONCE],
            ways: Vec::new(),
            done: 0,
        }
    }

    /// Waits for a request as the socket is set to, and takes those that have come by then.
    ///
    /// # Errors
    ///
    /// The system's, time-outs among them; then there is nothing to answer.
    pub(super) fn receive(&mut self, socket: &impl Replies) -> io::Result<()> {
        self.requests.clear();
        let requests = &mut self.requests;
        way_back::receive_many(socket, &mut self.room, self.most, |slot, length, way| {
            requests.push((slot, length, way));
        })?;
        let several = requests.len() > 1;
        self.lone = if several { 0 } else { self.lone + 1 };
        let look = several || self.lone.is_multiple_of(LOOK_EVERY);
        let most = if look { 2 * requests.len() } else { 1 };
        self.most = most.clamp(1, MOST_AT_ONCE);
        Ok(())
    }

    /// Has the requests answered. What was not sent of the answers before is lost, as on any network.
    pub(super) fn answer(&mut self, now: Instant, responder: &mut Responder, mib: &mut dyn MibHandler) {
        self.ways.clear();
        self.done = 0;
        for (slot, length, way) in self.requests.drain(..) {
            let datagram = &self.room[slot * MAX_DATAGRAM..][..length];
            let answer = &mut self.answers[self.ways.len()];
            if responder.handle_datagram_into(now, way.asker(), datagram, mib, answer) {
                self.ways.push(way);
            }
        }
    }

    /// Sends the answers. Whoever gets none will ask again; there is nobody else to tell of those that cannot leave.
    ///
    /// # Errors
    ///
    /// Only when a non-blocking socket has no room: call again when it has.
    pub(super) fn send(&mut self, socket: &impl Replies) -> io::Result<()> {
        while self.done < self.ways.len() {
            let rest = self.done..self.ways.len();
            match way_back::reply_many(socket, &self.ways[rest.clone()], &self.answers[rest]) {
                Ok(sent) => self.done += sent.max(1),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                Err(_) => self.done += 1,
            }
        }
        self.ways.clear();
        self.done = 0;
        Ok(())
    }
}

const LOOK_EVERY: usize = 8;

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};

    use super::*;
    use crate::crypto::CryptoProvider;
    use crate::engine::responder::{Access, ResponderConfig, SortedTable};
    use crate::message::{CommunityMessage, Version};
    use crate::oid;
    use crate::pdu::{Pdu, PduKind, VarBind};
    use crate::usm::EngineId;

    #[test]
    fn answers_that_never_leave_make_room_for_later_ones() {
        let names = vec![VarBind::unspecified(oid!("1.3.6.1.2.1.1.5.0"))];
        let request = CommunityMessage::new(Version::V2c, b"public", Pdu::request(PduKind::Get, 1, names));
        let engine_id = EngineId::with_format(32_473, 4, b"turn").unwrap();
        let config = ResponderConfig::new(engine_id, 1).community("public", Access::Read);
        let mut numbers = 1..;
        let random = || numbers.next().unwrap_or(0);
        let mut responder = Responder::new(config, &CryptoProvider::none(), Instant::START, random).unwrap();
        let device = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let asker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (mut turn, mut table) = (Turn::new(), SortedTable::new());
        for _ in 0..=2 * MOST_AT_ONCE {
            asker.send_to(&request.to_bytes(), device.local_addr().unwrap()).unwrap();
            turn.receive(&device).unwrap();
            turn.answer(Instant::START, &mut responder, &mut table);
        }
        turn.send(&device).unwrap();
        asker.recv(&mut [0; 512]).unwrap();
        asker.set_nonblocking(true).unwrap();
        assert!(asker.recv(&mut [0; 512]).is_err(), "only the last turn's answer leaves");
    }
}
