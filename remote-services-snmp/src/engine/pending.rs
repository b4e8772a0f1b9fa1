//! The questions that wait for an answer.
//!
//! An exchange is one question at a time, however often it is sent. Every transmission has a msgID and a request-id of its own
//! (RFC 3412 §6.2), and all of one exchange stay valid until it closes: a slow agent's answer to the first is as good as
//! one to the second, and each is matched against what exactly it was asked.

use alloc::boxed::Box;
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::job::Step;
use super::numbers::Numbers;
use super::slab::{Key, Slab};
use super::{Instant, PeerId, RequestError, RequestId};
use crate::ber::DecodeError;

/// The handle of an exchange. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExchangeId(Key);

/// What an exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A step of this request.
    Request(RequestId),
    /// RFC 3414 §4, first step: which engine is this?
    Probe,
    /// RFC 3414 §4, second step: what time is it there?
    Synchronise,
    /// Do these credentials of the peer's set work?
    Trial,
    /// Has the other engine that somebody says is there now our user's key?
    Proof,
}

/// One question to one peer.
pub(crate) struct Exchange {
    pub(crate) peer: PeerId,
    pub(crate) purpose: Purpose,
    /// What the next transmission asks.
    pub(crate) step: Step,
    /// Transmissions that no answer came for in time, and the one under way.
    pub(crate) attempts: u32,
    /// Transmissions repeated because the agent's clock had moved on.
    pub(crate) resyncs: u8,
    /// What was wrong with the last thing from the peer's address that was not SNMP.
    pub(crate) garbage: Option<DecodeError>,
    /// What stands in the way by a message that proves nothing: the outcome, should no answer come.
    pub(crate) hint: Option<Box<RequestError>>,
    /// The key of the last transmission in `Pending::transmissions`.
    sent: Option<i32>,
    /// The keys of those before it: empty without loss.
    sent_before: Vec<i32>,
    /// When to give up waiting; `None` while it waits to be sent.
    deadline: Option<Instant>,
    /// Whether it has a place in the window: until its first wait is over.
    in_window: bool,
}

impl Exchange {
    /// Whether it was sent and waits for the answer to that.
    pub(crate) fn waits(&self) -> bool {
        self.deadline.is_some()
    }

    fn new(peer: PeerId, purpose: Purpose, step: Step) -> Self {
        Self {
            peer,
            purpose,
            step,
            attempts: 0,
            resyncs: 0,
            garbage: None,
            hint: None,
            sent: None,
            sent_before: Vec::new(),
            deadline: None,
            in_window: true,
        }
    }
}

/// One datagram that may be answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transmission {
    pub(crate) exchange: ExchangeId,
    pub(crate) request_id: i32,
    /// What this datagram asked, which later ones of the exchange may ask less of.
    pub(crate) step: Step,
}

/// All exchanges of a manager.
pub(crate) struct Pending {
    exchanges: Slab<Exchange>,
    /// How many of them have a place in the window.
    in_window: usize,
    /// By msgID in SNMPv3, by request-id in the versions before.
    transmissions: Numbers<Transmission>,
    /// Every exchange with a deadline has it in here. Other entries are stale and skipped, and never the first.
    deadlines: BinaryHeap<Reverse<(Instant, ExchangeId)>>,
}

impl Pending {
    pub(crate) const fn new() -> Self {
        Self {
            exchanges: Slab::new(),
            in_window: 0,
            transmissions: Numbers::new(),
            deadlines: BinaryHeap::new(),
        }
    }

    /// A new question, not sent yet.
    pub(crate) fn open(&mut self, peer: PeerId, purpose: Purpose, step: Step) -> ExchangeId {
        self.in_window += 1;
        ExchangeId(self.exchanges.insert(Exchange::new(peer, purpose, step)))
    }

    /// Whether an exchange that was answered may become the next question of its request within a window of this size.
    pub(crate) fn may_renew(&self, id: ExchangeId, window: usize) -> bool {
        self.in_window < window || self.exchanges.get(id.0).is_some_and(|open| open.in_window)
    }

    /// Makes an exchange whose question was answered the next question of the same request, not sent yet.
    pub(crate) fn renew(&mut self, id: ExchangeId, step: Step) {
        self.disown(id);
        if let Some(open) = self.exchanges.get_mut(id.0) {
            self.in_window += usize::from(!open.in_window);
            *open = Exchange::new(open.peer, open.purpose, step);
            self.skip_stale();
        }
    }

    pub(crate) fn get(&self, id: ExchangeId) -> Option<&Exchange> {
        self.exchanges.get(id.0)
    }

    pub(crate) fn get_mut(&mut self, id: ExchangeId) -> Option<&mut Exchange> {
        self.exchanges.get_mut(id.0)
    }

    /// How many questions have a place in the window.
    pub(crate) fn in_window(&self) -> usize {
        self.in_window
    }

    /// Takes the place in the window from a question that had no answer in time. The packet rate bounds how often it is
    /// repeated, and the limit of requests how many such there are.
    pub(crate) fn release(&mut self, id: ExchangeId) {
        if let Some(open) = self.exchanges.get_mut(id.0) {
            self.in_window -= usize::from(core::mem::take(&mut open.in_window));
        }
    }

    /// A number from 1 to 2^31 - 1 (RFC 3412 §6) that no transmission waits under, made of 31 random bits.
    pub(crate) fn free_id(&self, random: u32) -> i32 {
        // Never zero, to which some agents answer nothing.
        let mut id = i32::try_from(random >> 1).unwrap_or(1).max(1);
        while self.transmissions.get(id).is_some() {
            id = if id == i32::MAX { 1 } else { id + 1 };
        }
        id
    }

    /// Notes that the question went out under this id, and until when to wait.
    pub(crate) fn sent(&mut self, exchange: ExchangeId, id: i32, request_id: i32, until: Instant) {
        let Some(open) = self.exchanges.get_mut(exchange.0) else { return };
        open.sent_before.extend(open.sent.replace(id));
        open.deadline = Some(until);
        self.transmissions.insert(id, Transmission { exchange, request_id, step: open.step });
        self.deadlines.push(Reverse((until, exchange)));
        self.skip_stale();
    }

    /// Stops the clock of a question that is to be sent again.
    pub(crate) fn unsent(&mut self, exchange: ExchangeId) {
        if let Some(open) = self.exchanges.get_mut(exchange.0) {
            open.deadline = None;
            self.skip_stale();
        }
    }

    /// Expects no answer any more to what was sent so far.
    pub(crate) fn disown(&mut self, exchange: ExchangeId) {
        if let Some(open) = self.exchanges.get_mut(exchange.0) {
            for id in open.sent_before.drain(..).chain(open.sent.take()) {
                self.transmissions.remove(id);
            }
        }
    }

    /// The transmission that waits under this id.
    pub(crate) fn find(&self, id: i32) -> Option<Transmission> {
        self.transmissions.get(id).copied()
    }

    /// Ends an exchange: nothing is matched to it any more.
    pub(crate) fn close(&mut self, id: ExchangeId) -> Option<Exchange> {
        let exchange = self.exchanges.remove(id.0)?;
        self.in_window -= usize::from(exchange.in_window);
        for id in exchange.sent_before.iter().chain(&exchange.sent) {
            self.transmissions.remove(*id);
        }
        self.skip_stale();
        Some(exchange)
    }

    /// The next exchange whose deadline has come.
    pub(crate) fn due(&self, now: Instant) -> Option<ExchangeId> {
        self.deadlines.peek().filter(|Reverse((at, _))| *at <= now).map(|Reverse((_, id))| *id)
    }

    /// When the next exchange falls due.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.peek().map(|Reverse((at, _))| *at)
    }

    /// Forgets deadlines of exchanges that are over: those in front, and all when they become the most.
    fn skip_stale(&mut self) {
        let exchanges = &self.exchanges;
        let live = |&Reverse((at, id)): &Reverse<(Instant, ExchangeId)>| {
            exchanges.get(id.0).is_some_and(|exchange| exchange.deadline == Some(at))
        };
        while self.deadlines.peek().is_some_and(|first| !live(first)) {
            self.deadlines.pop();
        }
        if self.deadlines.len() > 2 * exchanges.len() + STALE_ALLOWED {
            self.deadlines.retain(live);
        }
    }
}

/// Stale deadlines that are not worth a cleaning.
const STALE_ALLOWED: usize = 64;

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::super::job::{Ask, Step};
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_start(Duration::from_millis(ms))
    }

    fn peer() -> PeerId {
        PeerId(Slab::new().insert(()))
    }

    #[test]
    fn the_first_deadline_is_always_that_of_an_open_exchange() {
        let mut pending = Pending::new();
        let step = Step { ask: Ask::Get, names: 1 };
        let ids: Vec<ExchangeId> = (0..4).map(|_| pending.open(peer(), Purpose::Probe, step)).collect();
        for (id, (number, until)) in ids.iter().zip([(1, 40), (2, 10), (3, 30), (4, 20)]) {
            pending.sent(*id, number, 0, at(until));
        }
        assert_eq!(pending.next_deadline(), Some(at(10)));
        pending.close(ids[1]);
        assert_eq!((pending.next_deadline(), pending.due(at(19))), (Some(at(20)), None));
        pending.unsent(ids[3]);
        pending.sent(ids[3], 5, 0, at(60));
        assert_eq!(pending.due(at(30)), Some(ids[2]));
        pending.close(ids[2]);
        pending.close(ids[0]);
        assert_eq!(pending.next_deadline(), Some(at(60)));
        pending.close(ids[3]);
        assert_eq!(
            (pending.next_deadline(), pending.find(5).is_none(), pending.in_window()),
            (None, true, 0)
        );
    }

    #[test]
    fn a_place_in_the_window_is_given_back_once_and_taken_again_by_the_next_question() {
        let mut pending = Pending::new();
        let step = Step { ask: Ask::Get, names: 1 };
        let [first, second] = [(); 2].map(|()| pending.open(peer(), Purpose::Probe, step));
        pending.release(first);
        pending.release(first);
        assert_eq!(pending.in_window(), 1);
        assert!(!pending.may_renew(first, 1) && pending.may_renew(first, 2) && pending.may_renew(second, 1));
        pending.renew(first, step);
        pending.renew(second, step);
        assert_eq!(pending.in_window(), 2);
        pending.release(second);
        pending.close(first);
        pending.close(second);
        assert_eq!(pending.in_window(), 0);
    }

    #[test]
    fn deadlines_of_what_was_answered_do_not_pile_up() {
        let mut pending = Pending::new();
        let step = Step { ask: Ask::Get, names: 1 };
        let slow = pending.open(peer(), Purpose::Probe, step);
        pending.sent(slow, i32::MAX, 0, at(1));
        for number in 1..10_000 {
            let id = pending.open(peer(), Purpose::Probe, step);
            pending.sent(id, number, 0, at(1_000 + number.unsigned_abs() as u64));
            pending.close(id);
        }
        assert!(pending.deadlines.len() <= 4 + STALE_ALLOWED);
    }
}
