//! Who may send when, and how a question ends: windows, packet rate, retransmission, queues.

use alloc::vec::Vec;
use core::time::Duration;

use super::credential_set;
use super::job::{Ask, Asked, Step};
use super::peer::{Numbers, Readiness};
use super::pending::{Exchange, ExchangeId, Purpose};
use super::seek::Seek;
use super::send_queue::Line;
use super::{
    ApiMisuse, Completed, Manager, Output, PeerId, PeerOptions, ProtocolError, RequestError, RequestId,
};
use crate::pdu::Pdu;

impl Manager {
    /// Starts and sends as much as the windows and the packet rate allow.
    pub(super) fn pump(&mut self) {
        loop {
            while let Some((line, exchange)) = self.to_send.front(self.may_start()) {
                let open = self.pending.get(exchange).is_some();
                if open && !self.bucket.take(self.now) {
                    return;
                }
                self.to_send.pop(line);
                if open {
                    self.to_send.sent(line);
                    self.transmit(exchange);
                }
            }
            let Some(&peer) = self.runnable.front() else { return };
            if !self.may_start() || !self.bucket.ready(self.now) {
                return;
            }
            self.runnable.pop_front();
            self.start(peer);
        }
    }

    /// Whether a peer wants to ask something and the window has room for it.
    pub(super) fn may_start(&self) -> bool {
        !self.runnable.is_empty() && self.pending.in_window() < self.config.max_in_flight.max(1)
    }

    /// Opens the next exchange of a peer, if its window has room.
    fn start(&mut self, id: PeerId) {
        if self.peers.get(id.0).is_some_and(|peer| peer.wants_engine(self.now)) {
            self.share_engine(id);
        }
        let Some(peer) = self.peers.get_mut(id.0) else { return };
        peer.runnable = false;
        if peer.under_way() >= peer.options.window.max(1) || peer.discovering {
            return;
        }
        let exchange = match peer.readiness(self.now) {
            Readiness::Ready => {
                let Some(next) = peer.queue.pop_front() else { return };
                let Some(request) = self.requests.get_mut(next.0) else { return };
                if peer.trial.is_some()
                    && peer.speaks_version1()
                    && let Err(error) = request.job.fit_version1()
                {
                    self.complete(next, Err(error));
                    return self.make_runnable(id);
                }
                let exchange = self.pending.open(id, Purpose::Request(next), request.job.step(&peer.habits));
                request.exchange = Some(exchange);
                exchange
            }
            not_ready => {
                if peer.queue.is_empty() {
                    return;
                }
                peer.discovering = true;
                let purpose = match not_ready {
                    Readiness::EngineUnknown => Purpose::Probe,
                    Readiness::Untried => Purpose::Trial,
                    _ => Purpose::Synchronise,
                };
                self.pending.open(id, purpose, Step { ask: Ask::Get, names: 0 })
            }
        };
        peer.open.push(exchange);
        self.to_send.push(Line::Fresh, exchange);
        self.make_runnable(id);
    }

    /// Lets a peer without an engine know what another user of the same address has found out (RFC 3414 §2.3: engine ID,
    /// boots and time belong to the engine, not to the user). Should it be wrong, the engine says so.
    #[cold]
    fn share_engine(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get(id.0).filter(|peer| !peer.discovering) else { return };
        let others = self.addresses.get(&peer.address).into_iter().flatten().filter(|other| **other != id);
        let records = others.filter_map(|other| self.peers.get(other.0)?.engine_record(self.now));
        let Some(record) = records.max_by_key(|record| record.time) else { return };
        if let Some(peer) = self.peers.get_mut(id.0) {
            // Where the keys cannot be made, the discovery will say so.
            let _ = peer.restore_engine(self.now, &record, &self.crypto);
        }
    }

    fn transmit(&mut self, id: ExchangeId) {
        let random = (self.random)().to_be_bytes();
        let [a, b, c, d, e, f, g, h] = random;
        let mut numbers = Numbers {
            message_id: self.pending.free_id(u32::from_be_bytes([a, b, c, d])),
            request_id: self.pending.free_id(u32::from_be_bytes([e, f, g, h])),
            salt: self.salts.next_salt(),
        };
        let Some(exchange) = self.pending.get_mut(id) else { return };
        let Some(peer) = self.peers.get(exchange.peer.0) else { return };
        exchange.attempts += 1;
        let asked = match exchange.purpose {
            Purpose::Request(request) => match self.requests.get_mut(request.0) {
                Some(request) => {
                    numbers.request_id = request.job.request_id(numbers.request_id);
                    Asked::Step(&request.job, exchange.step)
                }
                None => return,
            },
            Purpose::Trial => Asked::SysUpTime,
            Purpose::Probe | Purpose::Synchronise | Purpose::Proof => Asked::Nothing,
        };
        let pdu = Pdu { kind: exchange.step.ask.kind(), request_id: numbers.request_id, varbinds: asked };
        let memory = self.spare.pop().unwrap_or_default();
        let written =
            peer.write(self.now, exchange.purpose, pdu, numbers, self.config.max_message_size, memory);
        match written {
            Ok((key, bytes)) => {
                // Whoever times our retransmissions may learn of these bits: their numbers have been sent by then.
                let wait = patience(peer.seek.as_deref(), &peer.options, exchange.attempts, a ^ h);
                let to = peer.address;
                self.pending.sent(id, key, numbers.request_id, self.now + wait);
                self.stats.sent += 1;
                // Nobody drains: as good as lost on the way, and sent again later.
                if self.output.len() - self.undelivered < MAX_UNDRAINED {
                    self.output.push_back(Output::Transmit { to, bytes });
                }
            }
            Err(RequestError::TooLarge) => self.too_large(id),
            Err(error) => self.fail(id, &error),
        }
    }

    /// No answer came in time.
    #[cold]
    pub(super) fn expire(&mut self, id: ExchangeId) {
        let Some(exchange) = self.pending.get_mut(id) else { return };
        let Some(peer) = self.peers.get_mut(exchange.peer.0) else { return };
        let mut job = match exchange.purpose {
            Purpose::Request(request) => self.requests.get_mut(request.0).map(|request| &mut request.job),
            _ => None,
        };
        let once = job.as_ref().is_some_and(|job| job.writes()) && !peer.options.retransmit_set;
        let retries = match (&peer.seek, &peer.trial) {
            (Some(seek), _) => seek.attempts.saturating_sub(1),
            (None, Some(trial)) if !trial.settled => peer.options.retries.min(peer.options.trial_retries),
            _ => peer.options.retries,
        };
        let allowed = if once { 1 } else { u32::from(retries) + 1 };
        if exchange.attempts < allowed {
            let last = exchange.attempts + 1 == allowed;
            let (first, about, purpose) = (exchange.attempts == 1, exchange.peer, exchange.purpose);
            let less = job.as_mut().and_then(|job| job.retry(exchange.step, &mut peer.habits, last));
            if let Some(step) = less {
                exchange.step = step;
            }
            self.stats.retransmitted += 1;
            self.pending.release(id);
            self.send_again(id);
            if first {
                self.note_silence(about, purpose);
            }
            return;
        }
        if let Some(hint) = exchange.hint.take().filter(|_| exchange.purpose != Purpose::Proof) {
            return self.refused(id, &hint);
        }
        let error = if exchange.garbage.is_none() && peer.is_silent(self.now) {
            RequestError::SilentAfterDiscovery { attempts: exchange.attempts }
        } else {
            RequestError::Timeout { attempts: exchange.attempts, garbage: exchange.garbage }
        };
        self.fail(id, &error);
    }

    pub(super) fn send_again(&mut self, id: ExchangeId) {
        self.pending.unsent(id);
        self.to_send.push(Line::Again, id);
    }

    /// Ends an exchange that the peer refuses, after which the next request may have to find out more.
    #[cold]
    pub(super) fn refused(&mut self, id: ExchangeId, error: &RequestError) {
        let peer = self.pending.get(id).map(|exchange| exchange.peer);
        if let Some(peer) = peer.and_then(|peer| self.peers.get_mut(peer.0)) {
            match error {
                // It may have lost count of its boots.
                RequestError::NotInTimeWindow => peer.forget_time(),
                RequestError::Protocol(ProtocolError::EngineIdChanges) => peer.forget_engine(),
                _ => {}
            }
        }
        self.fail(id, error);
    }

    /// Ends an exchange without an answer, and with it the request, or every request that waits for the discovery.
    #[cold]
    pub(super) fn fail(&mut self, id: ExchangeId, error: &RequestError) {
        let Some(exchange) = self.close(id) else { return };
        if let Purpose::Request(request) = exchange.purpose {
            if let Some(trial) = self.peers.get_mut(exchange.peer.0).and_then(|peer| peer.trial.as_mut())
                && credential_set::is_refusal_or_silence(error)
            {
                trial.doubt();
            }
            return self.complete(request, Err(error.clone()));
        }
        if exchange.purpose == Purpose::Proof {
            // Nothing waits for it: the requests go on with the engine that has proven its key.
            return;
        }
        let Err(error) = self.next_credentials(exchange.peer, error) else { return };
        let waiting = self.peers.get_mut(exchange.peer.0).map(|peer| core::mem::take(&mut peer.queue));
        for request in waiting.unwrap_or_default() {
            self.complete(request, Err(error.clone()));
        }
    }

    /// After a failed discovery or trial: goes on with the peer's next credentials, or tells what its requests end with.
    #[cold]
    fn next_credentials(&mut self, id: PeerId, error: &RequestError) -> Result<(), RequestError> {
        let mut error = error.clone();
        let Some(peer) = self.peers.get_mut(id.0) else { return Err(error) };
        let Some(trial) = &mut peer.trial else { return Err(error) };
        trial.doubt();
        // A command to stop, or a network that has no way there, is no matter of the credentials.
        while !matches!(error, RequestError::Cancelled | RequestError::Unreachable)
            && let Some(trial) = &mut peer.trial
        {
            let credentials = match trial.fail(&error) {
                Ok(credentials) => credentials,
                Err(said) => {
                    error = said;
                    break;
                }
            };
            match peer.use_credentials(self.now, credentials, &mut self.keys, &self.crypto) {
                Ok(()) => return Ok(()),
                Err(ApiMisuse::Crypto(failed)) => error = RequestError::Crypto(failed),
                Err(_) => error = RequestError::Internal("credentials that were accepted before"),
            }
        }
        if let Some(first) = peer.trial.as_mut().and_then(|trial| trial.restart()) {
            // They were accepted before; should they fail now, the next request says so.
            let _ = peer.use_credentials(self.now, first, &mut self.keys, &self.crypto);
        }
        Err(error)
    }

    /// Takes an exchange out of everything that knows it, so that its peer may start another.
    pub(super) fn close(&mut self, id: ExchangeId) -> Option<Exchange> {
        let exchange = self.pending.close(id)?;
        if let Some(peer) = self.peers.get_mut(exchange.peer.0) {
            peer.open.retain(|open| *open != id);
            match exchange.purpose {
                Purpose::Request(request) => {
                    if let Some(request) = self.requests.get_mut(request.0) {
                        request.exchange = None;
                    }
                }
                Purpose::Probe | Purpose::Synchronise | Purpose::Trial => peer.discovering = false,
                Purpose::Proof => peer.forget_candidate(),
            }
        }
        self.make_runnable(exchange.peer);
        Some(exchange)
    }

    /// Puts a request back to the head of its peer's queue.
    pub(super) fn resume(&mut self, id: RequestId) {
        let Some(request) = self.requests.get(id.0) else { return };
        if let Some(peer) = self.peers.get_mut(request.peer.0) {
            peer.queue.push_front(id);
        }
        let peer = request.peer;
        self.make_runnable(peer);
    }

    /// Ends a request. What its job has read is the answer, or in failure what was read before.
    pub(super) fn complete(&mut self, id: RequestId, result: Result<(), RequestError>) {
        let Some(request) = self.requests.remove(id.0) else { return };
        let read = request.job.take();
        let (result, partial) = match result {
            Ok(()) => (Ok(read), Vec::new()),
            Err(error) => (Err(error), read),
        };
        self.undelivered += 1;
        let peer = request.peer;
        let trial = self.peers.get(peer.0).and_then(|peer| peer.trial.as_ref());
        let credentials = trial.map_or(0, |trial| trial.at);
        self.output.push_back(Output::Completed(Completed { id, peer, result, credentials, partial }));
    }

    pub(super) fn make_runnable(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(id.0) else { return };
        if !peer.runnable && !peer.discovering && !peer.queue.is_empty() {
            peer.runnable = true;
            self.runnable.push_back(id);
        }
    }
}

/// How long to wait for the answer to this attempt: doubled each time, or always the same when the peer is sought, and up
/// to a tenth more.
fn patience(seek: Option<&Seek>, options: &PeerOptions, attempt: u32, dice: u8) -> Duration {
    let doubled = options.timeout.saturating_mul(1 << (attempt - 1).min(16));
    let wait = seek.map_or(doubled.min(options.max_timeout.max(options.timeout)), |seek| seek.wait);
    let tenth = wait / 10;
    // 0 to 255 of 256 parts of a tenth.
    let parts = u32::from(dice);
    wait.saturating_add(tenth / 256 * parts)
}

/// Datagrams that may wait to be drained.
const MAX_UNDRAINED: usize = 65_536;
