//! The questions that wait for an answer.
//!
//! An exchange is one question, however often it is sent. Every transmission has a msgID and a request-id of its own
//! (RFC 3412 §6.2), and all of one exchange stay valid until it closes: a slow agent's answer to the first is as good as
//! one to the second, and each is matched against what exactly it was asked.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::job::Step;
use super::{Instant, PeerId, RequestId};
use crate::ber::DecodeError;

/// The handle of an exchange. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExchangeId(u64);

/// What an exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A step of this request.
    Request(RequestId),
    /// RFC 3414 §4, first step: which engine is this?
    Probe,
    /// RFC 3414 §4, second step: what time is it there?
    Synchronise,
}

/// One question to one peer.
pub(crate) struct Exchange {
    pub(crate) peer: PeerId,
    pub(crate) purpose: Purpose,
    /// What the next transmission asks.
    pub(crate) step: Arc<Step>,
    /// Transmissions that no answer came for in time, and the one under way.
    pub(crate) attempts: u32,
    /// Transmissions repeated because the agent's clock had moved on.
    pub(crate) resyncs: u8,
    /// What was wrong with the last thing from the peer's address that was not SNMP.
    pub(crate) garbage: Option<DecodeError>,
    /// The agent refused our clock without proving who it is.
    pub(crate) clock_refused: bool,
    /// Keys into `Pending::transmissions`.
    sent: Vec<i32>,
    /// When to give up waiting; `None` while it waits to be sent. Also in `Pending::deadlines`.
    deadline: Option<Instant>,
}

/// One datagram that may be answered.
#[derive(Clone)]
pub(crate) struct Transmission {
    pub(crate) exchange: ExchangeId,
    pub(crate) request_id: i32,
    /// What this datagram asked, which later ones of the exchange may ask less of.
    pub(crate) step: Arc<Step>,
}

/// All exchanges of a manager.
#[derive(Default)]
pub(crate) struct Pending {
    next: u64,
    exchanges: BTreeMap<ExchangeId, Exchange>,
    /// By msgID in SNMPv3, by request-id in the versions before.
    transmissions: BTreeMap<i32, Transmission>,
    /// Every exchange with a deadline, and no other.
    deadlines: BTreeSet<(Instant, ExchangeId)>,
}

impl Pending {
    /// A new question, not sent yet.
    pub(crate) fn open(&mut self, peer: PeerId, purpose: Purpose, step: Step) -> ExchangeId {
        let id = ExchangeId(self.next);
        self.next += 1;
        let exchange = Exchange {
            peer,
            purpose,
            step: Arc::new(step),
            attempts: 0,
            resyncs: 0,
            garbage: None,
            clock_refused: false,
            sent: Vec::new(),
            deadline: None,
        };
        self.exchanges.insert(id, exchange);
        id
    }

    pub(crate) fn get(&self, id: ExchangeId) -> Option<&Exchange> {
        self.exchanges.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ExchangeId) -> Option<&mut Exchange> {
        self.exchanges.get_mut(&id)
    }

    /// How many questions are open.
    pub(crate) fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// A number from 1 to 2^31 - 1 (RFC 3412 §6) that no transmission waits under.
    pub(crate) fn free_id(&self, random: &mut dyn FnMut() -> u64) -> i32 {
        // 31 bits of the 64; never zero, to which some agents answer nothing.
        let mut id = i32::try_from(random() >> 33).unwrap_or(1).max(1);
        while self.transmissions.contains_key(&id) {
            id = if id == i32::MAX { 1 } else { id + 1 };
        }
        id
    }

    /// Notes that the question went out under this id, and until when to wait.
    pub(crate) fn sent(&mut self, exchange: ExchangeId, id: i32, request_id: i32, until: Instant) {
        self.wait_until(exchange, Some(until));
        if let Some(open) = self.exchanges.get_mut(&exchange) {
            open.sent.push(id);
            let step = Arc::clone(&open.step);
            self.transmissions.insert(id, Transmission { exchange, request_id, step });
        }
    }

    /// Stops the clock of a question that is to be sent again.
    pub(crate) fn unsent(&mut self, exchange: ExchangeId) {
        self.wait_until(exchange, None);
    }

    /// Expects no answer any more to what was sent so far.
    pub(crate) fn disown(&mut self, exchange: ExchangeId) {
        if let Some(open) = self.exchanges.get_mut(&exchange) {
            for id in open.sent.drain(..) {
                self.transmissions.remove(&id);
            }
        }
    }

    /// The transmission that waits under this id.
    pub(crate) fn find(&self, id: i32) -> Option<&Transmission> {
        self.transmissions.get(&id)
    }

    /// Ends an exchange: nothing is matched to it any more.
    pub(crate) fn close(&mut self, id: ExchangeId) -> Option<Exchange> {
        self.wait_until(id, None);
        let exchange = self.exchanges.remove(&id)?;
        for id in &exchange.sent {
            self.transmissions.remove(id);
        }
        Some(exchange)
    }

    /// The next exchange whose deadline has come.
    pub(crate) fn due(&self, now: Instant) -> Option<ExchangeId> {
        self.deadlines.first().filter(|(at, _)| *at <= now).map(|(_, id)| *id)
    }

    /// When the next exchange falls due.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    fn wait_until(&mut self, id: ExchangeId, until: Option<Instant>) {
        let Some(exchange) = self.exchanges.get_mut(&id) else { return };
        if let Some(before) = core::mem::replace(&mut exchange.deadline, until) {
            self.deadlines.remove(&(before, id));
        }
        if let Some(until) = until {
            self.deadlines.insert((until, id));
        }
    }
}
