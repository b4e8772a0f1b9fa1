//! What comes back: matching a datagram to its question, and what an answer or a report does.

use alloc::boxed::Box;
use core::net::SocketAddr;

use super::job::{Answer, Ask, Progress, Step};
use super::manager::MAX_SPARE_OCTETS;
use super::peer::{Dropped, Heard, Kept};
use super::pending::{ExchangeId, Purpose, Transmission};
use super::report::Report;
use super::send_queue::Line;
use super::{Instant, Manager, ProtocolError, RequestError};
use crate::ber::{DecodeError, Limits, Quirks};
use crate::message::{CommunityMessageRef, CommunityPdu, Message};
use crate::pdu::{ErrorStatus, VarBinds};
use crate::usm::Opened;

impl Manager {
    /// Takes in one datagram. What cannot be read, was not asked for or is not proven is counted and dropped.
    pub fn handle_datagram(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let now = self.advance(now);
        self.stats.received += 1;
        self.sort(now, from, bytes);
        self.pump();
    }

    /// Tells that something came from there that cannot even be cut into messages, for drivers of streams: who waits for an
    /// answer from there will know why there was none.
    #[cold]
    pub fn handle_garbage(&mut self, now: Instant, from: SocketAddr, error: DecodeError) {
        self.advance(now);
        self.stats.received += 1;
        self.malformed(from, error);
    }

    fn sort(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let strict = Message::decode(bytes, &Limits::default());
        let message = match strict.or_else(|error| self.decode_bent(from, bytes).ok_or(error)) {
            Ok(message) => message,
            Err(error) => return self.malformed(from, error),
        };
        let Some(waiting) = matching_id(&message).and_then(|id| self.pending.find(id)) else {
            self.stats.unmatched += 1;
            return;
        };
        let Some(exchange) = self.pending.get(waiting.exchange) else { return };
        let purpose = exchange.purpose;
        let id = exchange.peer;
        let Some(peer) = self.peers.get_mut(id.0) else { return };
        if !peer.answers_from(from, &message) {
            self.stats.wrong_source += 1;
            return;
        }
        let mut kept = Kept { memory: core::mem::take(&mut self.plaintext), opened: None };
        let heard = peer.read(now, purpose, waiting.request_id, &message, &self.crypto, &mut kept);
        if peer.take_engine_changed() && !core::mem::replace(&mut peer.engine_changed, true) {
            self.engines_changed.push_back(id);
        }
        match heard {
            Ok(Heard::Answer(answer)) => {
                self.stats.accepted += 1;
                self.answered(&waiting, purpose, &answer);
            }
            Ok(Heard::Report(report)) => self.reported(waiting.exchange, purpose, report),
            Err(Dropped::Malformed(error)) => self.malformed(from, error),
            Err(Dropped::Mismatched) => self.stats.mismatched += 1,
            Err(Dropped::NotAuthentic) => self.stats.not_authentic += 1,
            Err(Dropped::NotInTime) => {
                self.stats.not_in_time += 1;
                if let Some(exchange) = self.pending.get_mut(waiting.exchange) {
                    exchange.hint = Some(Box::new(RequestError::NotInTimeWindow));
                }
            }
            Err(Dropped::Undecryptable) => {
                self.stats.accepted += 1;
                self.fail(waiting.exchange, &RequestError::DecryptionFailed);
            }
        }
        let memory = kept.opened.and_then(Opened::into_memory).unwrap_or(kept.memory);
        if memory.capacity() <= MAX_SPARE_OCTETS {
            self.plaintext = memory;
        }
    }

    /// A message that is one only by the quirks of a peer at this address.
    #[cold]
    fn decode_bent<'a>(&self, from: SocketAddr, bytes: &'a [u8]) -> Option<Message<'a>> {
        let peers = self.addresses.get(&from)?.iter().filter_map(|peer| self.peers.get(peer.0));
        let quirks = peers.fold(Quirks::NONE, |all, peer| all.union(peer.options.quirks));
        let limits = Limits { quirks, ..Limits::default() };
        if quirks == Quirks::NONE { None } else { Message::decode(bytes, &limits).ok() }
    }

    fn answered(&mut self, to: &Transmission, purpose: Purpose, answer: &Answer<'_>) {
        if purpose == Purpose::Proof {
            return self.follow_engine(to.exchange);
        }
        let Purpose::Request(id) = purpose else {
            // An answer within the time window is all that a synchronisation wants.
            let peer = self.close(to.exchange).and_then(|exchange| self.peers.get_mut(exchange.peer.0));
            if let Some(trial) =
                peer.and_then(|peer| peer.trial.as_mut()).filter(|_| purpose == Purpose::Trial)
            {
                trial.settle();
            }
            return;
        };
        let Some(request) = self.requests.get_mut(id.0) else { return };
        let Some(peer) = self.peers.get_mut(request.peer.0) else { return };
        peer.seek = None;
        request.octets = request.octets.saturating_add(answer.varbinds.octets());
        let since = *request.answered_at.get_or_insert(self.now);
        let result = if request.octets > peer.options.max_answer_octets {
            Err(RequestError::AnswerTooLong { limit: peer.options.max_answer_octets })
        } else {
            match request.job.answer(to.step, answer, &mut peer.habits) {
                Ok(Progress::Next) if self.now.saturating_since(since) > peer.options.max_duration => {
                    Err(RequestError::TookTooLong { limit: peer.options.max_duration })
                }
                // Nobody else waits for the place that this one has in the windows.
                Ok(Progress::Next)
                    if self.runnable.is_empty()
                        && peer.may_go_on()
                        && self.pending.may_renew(to.exchange, self.config.max_in_flight) =>
                {
                    self.pending.renew(to.exchange, request.job.step(&peer.habits));
                    return self.to_send.push(Line::Fresh, to.exchange);
                }
                Ok(Progress::Next) => {
                    self.close(to.exchange);
                    return self.resume(id);
                }
                Ok(Progress::Done) => Ok(()),
                Err(error) => Err(error),
            }
        };
        self.close(to.exchange);
        self.complete(id, result);
    }

    /// Our own message does not fit: the same to the job as an agent's tooBig.
    #[cold]
    pub(super) fn too_large(&mut self, id: ExchangeId) {
        let Some(exchange) = self.pending.get(id) else { return };
        let purpose = exchange.purpose;
        let to = Transmission { exchange: id, request_id: 0, step: exchange.step };
        let answer = Answer { status: ErrorStatus::TooBig, index: 0, varbinds: VarBinds::empty() };
        self.answered(&to, purpose, &answer);
    }

    #[cold]
    fn reported(&mut self, id: ExchangeId, purpose: Purpose, report: Report) {
        match report {
            Report::TimeLearned if matches!(purpose, Purpose::Probe | Purpose::Synchronise) => {
                self.stats.accepted += 1;
                self.close(id);
            }
            Report::TimeLearned if purpose == Purpose::Proof => {
                self.stats.accepted += 1;
                self.follow_engine(id);
            }
            Report::TimeLearned => self.resynchronise(id),
            Report::OtherEngine => self.want_proof(id),
            Report::EngineLearned => {
                // The engine that we knew is gone from this address: its request starts again from discovery.
                self.stats.accepted += 1;
                self.close(id);
                if let Purpose::Request(request) = purpose {
                    self.resume(request);
                }
            }
            Report::Unproven(error) => {
                match error {
                    RequestError::NotInTimeWindow => self.stats.unauthenticated_time += 1,
                    _ => self.stats.unauthenticated_refusals += 1,
                }
                if let Some(exchange) = self.pending.get_mut(id) {
                    exchange.hint = Some(Box::new(error));
                }
            }
            Report::Refused(error) => {
                self.stats.accepted += 1;
                self.refused(id, &error);
            }
        }
    }

    /// The clock was set by an authentic report: the same question again, with the right time.
    #[cold]
    fn resynchronise(&mut self, id: ExchangeId) {
        self.stats.accepted += 1;
        let Some(exchange) = self.pending.get_mut(id) else { return };
        exchange.resyncs += 1;
        if exchange.resyncs > MAX_RESYNCS {
            return self.refused(id, &RequestError::NotInTimeWindow);
        }
        // This transmission was refused, so it does not count as unanswered.
        exchange.attempts = exchange.attempts.saturating_sub(1);
        // What else is under way was sent by the old clock too, and will be refused as well.
        self.pending.disown(id);
        self.stats.resynchronised += 1;
        self.send_again(id);
    }

    /// Somebody says that another engine is there. While that one is asked for a proof, beside the windows, the answer of the
    /// one that is known counts as before.
    #[cold]
    fn want_proof(&mut self, id: ExchangeId) {
        self.stats.unauthenticated_refusals += 1;
        let Some(exchange) = self.pending.get_mut(id) else { return };
        exchange.hint = Some(Box::new(ProtocolError::EngineIdChanges.into()));
        let about = exchange.peer;
        let Some(peer) = self.peers.get_mut(about.0) else { return };
        let proof = self.pending.open(about, Purpose::Proof, Step { ask: Ask::Get, names: 0 });
        self.pending.release(proof);
        peer.open.push(proof);
        self.to_send.push(Line::Again, proof);
    }

    /// Another engine has proven its key and is the peer's from now on: what is open is asked of it.
    #[cold]
    fn follow_engine(&mut self, proof: ExchangeId) {
        let Some(peer) = self.close(proof).and_then(|proof| self.peers.get(proof.peer.0)) else { return };
        for id in peer.open.clone() {
            self.pending.disown(id);
            let Some(exchange) = self.pending.get_mut(id) else { continue };
            exchange.hint = None;
            if exchange.waits() {
                exchange.attempts = exchange.attempts.saturating_sub(1);
                self.send_again(id);
            }
        }
    }

    /// Not SNMP: remembered with whatever waits for that address, so that a host that answers garbage is told
    /// apart from a dead one.
    #[cold]
    fn malformed(&mut self, from: SocketAddr, error: DecodeError) {
        self.stats.malformed += 1;
        let Some(peers) = self.addresses.get(&from) else { return };
        for peer in peers {
            let Some(peer) = self.peers.get(peer.0) else { continue };
            for exchange in &peer.open {
                if let Some(exchange) = self.pending.get_mut(*exchange) {
                    exchange.garbage = Some(error);
                }
            }
        }
    }
}

/// The number that ties an answer to its question: msgID in SNMPv3, request-id before.
fn matching_id(message: &Message<'_>) -> Option<i32> {
    match message {
        Message::Community(CommunityMessageRef { pdu: CommunityPdu::Pdu(pdu), .. }) => Some(pdu.request_id),
        Message::Community(_) => None,
        Message::V3(message) => Some(message.header.msg_id),
    }
}

/// One is what a reboot costs; more means that the agent refuses the very time that it tells.
const MAX_RESYNCS: u8 = 2;
