//! What comes back: matching a datagram to its question, and what an answer or a report does.

use core::net::SocketAddr;

use super::job::{Answer, Progress};
use super::peer::{Dropped, Heard};
use super::pending::{ExchangeId, Purpose, Transmission};
use super::report::Report;
use super::{Instant, Manager, RequestError};
use crate::ber::{DecodeError, Limits, Quirks};
use crate::message::{CommunityMessageRef, CommunityPdu, Message};
use crate::pdu::{ErrorStatus, VarBinds};

impl Manager {
    /// Takes in one datagram. What cannot be read, was not asked for or is not proven is counted and dropped.
    pub fn handle_datagram(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let now = self.advance(now);
        self.stats.received += 1;
        self.sort(now, from, bytes);
        self.pump();
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
        let mut opened = None;
        let heard = peer.read(now, purpose, waiting.request_id, &message, &self.crypto, &mut opened);
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
    }

    /// A message that is one only by the quirks of a peer at this address.
    fn decode_bent<'a>(&self, from: SocketAddr, bytes: &'a [u8]) -> Option<Message<'a>> {
        let peers = self.addresses.get(&from)?.iter().filter_map(|peer| self.peers.get(peer.0));
        let quirks = peers.fold(Quirks::NONE, |all, peer| all.union(peer.options.quirks));
        let limits = Limits { quirks, ..Limits::default() };
        if quirks == Quirks::NONE { None } else { Message::decode(bytes, &limits).ok() }
    }

    fn answered(&mut self, to: &Transmission, purpose: Purpose, answer: &Answer<'_>) {
        let Some(exchange) = self.close(to.exchange) else { return };
        if purpose == Purpose::Trial
            && let Some(trial) = self.peers.get_mut(exchange.peer.0).and_then(|peer| peer.trial.as_mut())
        {
            trial.settle();
        }
        // An answer within the time window is all that a synchronisation wants.
        let Purpose::Request(id) = purpose else { return };
        let Some(peer) = self.peers.get_mut(exchange.peer.0) else { return };
        peer.seek = None;
        let Some(request) = self.requests.get_mut(id.0) else { return };
        request.octets = request.octets.saturating_add(answer.varbinds.octets());
        let limit = peer.options.max_answer_octets;
        if request.octets > limit {
            return self.complete(id, Err(RequestError::AnswerTooLong { limit }));
        }
        let since = *request.answered_at.get_or_insert(self.now);
        let limit = peer.options.max_duration;
        match request.job.answer(to.step, answer, &mut peer.habits) {
            Ok(Progress::Next) if self.now.saturating_since(since) > limit => {
                self.complete(id, Err(RequestError::TookTooLong { limit }));
            }
            Ok(Progress::Next) => self.resume(id),
            Ok(Progress::Done) => self.complete(id, Ok(())),
            Err(error) => self.complete(id, Err(error)),
        }
    }

    /// Our own message does not fit: the same to the job as an agent's tooBig.
    pub(super) fn too_large(&mut self, id: ExchangeId) {
        let Some(exchange) = self.pending.get(id) else { return };
        let purpose = exchange.purpose;
        let to = Transmission { exchange: id, request_id: 0, step: exchange.step };
        let answer = Answer { status: ErrorStatus::TooBig, index: 0, varbinds: VarBinds::empty() };
        self.answered(&to, purpose, &answer);
    }

    fn reported(&mut self, id: ExchangeId, purpose: Purpose, report: Report) {
        match report {
            Report::TimeLearned if matches!(purpose, Purpose::Probe | Purpose::Synchronise) => {
                self.stats.accepted += 1;
                self.close(id);
            }
            Report::TimeLearned => self.resynchronise(id),
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

    /// Not SNMP: remembered with whatever waits for that address, so that a host that answers garbage is told
    /// apart from a dead one.
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
