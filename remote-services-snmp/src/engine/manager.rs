//! The manager itself: who may send when, and what becomes of a request in the end.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::job::{Ask, Job, Step};
use super::pacing::TokenBucket;
use super::peer::{Numbers, Peer, Readiness};
use super::pending::{Exchange, ExchangeId, Pending, Purpose};
use super::{
    ApiMisuse, Completed, Credentials, EngineRecord, Instant, ManagerConfig, ManagerStats, Operation, Output,
    PeerId, PeerOptions, RequestError, RequestId,
};
use crate::crypto::CryptoProvider;
use crate::usm::{KeyCache, SaltCounter};

/// Asks many peers over one socket that it does not own. Does no I/O and reads no clock.
///
/// Hand every datagram to [`handle_datagram`](Self::handle_datagram), call [`handle_deadline`](Self::handle_deadline) when
/// [`next_deadline`](Self::next_deadline) has come, and after any call drain [`poll_output`](Self::poll_output). Wrong use does
/// no harm: undrained outcomes wait, datagrams that nobody drains are taken for lost and sent again, a deadline
/// handled late or too often changes nothing but the time.
pub struct Manager {
    pub(super) config: ManagerConfig,
    pub(super) crypto: CryptoProvider,
    keys: KeyCache,
    /// One for all keys (RFC 3826 §3.1.2.1).
    salts: SaltCounter,
    random: Box<dyn FnMut() -> u64 + Send>,
    /// The latest time any call has named.
    now: Instant,
    pub(super) peers: BTreeMap<PeerId, Peer>,
    /// Every peer under its address.
    pub(super) addresses: BTreeMap<SocketAddr, Vec<PeerId>>,
    requests: BTreeMap<RequestId, Request>,
    pub(super) pending: Pending,
    bucket: TokenBucket,
    /// Exchanges waiting for a packet of the rate. Closed ones are skipped.
    to_send: VecDeque<ExchangeId>,
    /// Peers that may start an exchange, each at most once.
    runnable: VecDeque<PeerId>,
    output: VecDeque<Output>,
    /// How many of `output` are outcomes.
    undelivered: usize,
    next_peer: u64,
    next_request: u64,
    pub(super) stats: ManagerStats,
}

/// A request of the application that is not over.
struct Request {
    peer: PeerId,
    job: Job,
    /// Octets of names and values that its answers had so far.
    octets: usize,
    /// The step under way. Without one, the request stands in its peer's queue.
    exchange: Option<ExchangeId>,
}

impl Manager {
    /// A manager without peers. `random` must be unpredictable to others on the network, since message numbers and
    /// encryption salts come from it; only tests may pass a fixed sequence.
    pub fn new(
        config: ManagerConfig,
        crypto: CryptoProvider,
        mut random: impl FnMut() -> u64 + Send + 'static,
    ) -> Self {
        Self {
            bucket: TokenBucket::new(config.packets_per_second, config.burst),
            config,
            crypto,
            keys: KeyCache::new(),
            salts: SaltCounter::new(random()),
            random: Box::new(random),
            now: Instant::START,
            peers: BTreeMap::new(),
            addresses: BTreeMap::new(),
            requests: BTreeMap::new(),
            pending: Pending::default(),
            to_send: VecDeque::new(),
            runnable: VecDeque::new(),
            output: VecDeque::new(),
            undelivered: 0,
            next_peer: 0,
            next_request: 0,
            stats: ManagerStats::default(),
        }
    }

    /// Makes an address known with what to ask it with. Passwords become keys here, which takes about a millisecond
    /// for each one not met before.
    ///
    /// # Errors
    ///
    /// When the credentials break a rule of RFC 3411, 3412 or 3414, or there are too many peers.
    pub fn add_peer(
        &mut self,
        address: SocketAddr,
        credentials: impl Into<Arc<Credentials>>,
        options: PeerOptions,
    ) -> Result<PeerId, ApiMisuse> {
        if self.peers.len() >= self.config.max_peers {
            return Err(ApiMisuse::TooManyPeers { limit: self.config.max_peers });
        }
        let peer = Peer::new(address, credentials.into(), options, &mut self.keys, &self.crypto)?;
        let id = PeerId(self.next_peer);
        self.next_peer += 1;
        self.peers.insert(id, peer);
        self.addresses.entry(address).or_default().push(id);
        Ok(id)
    }

    /// Forgets a peer. Its requests end as [`RequestError::Cancelled`]. Does nothing for an unknown one.
    pub fn remove_peer(&mut self, peer: PeerId) {
        let Some(known) = self.peers.get(&peer) else { return };
        let address = known.address;
        let queued: Vec<RequestId> = known.queue.iter().copied().collect();
        for exchange in known.open.clone() {
            self.fail(exchange, &RequestError::Cancelled);
        }
        for request in queued {
            self.complete(request, Err(RequestError::Cancelled));
        }
        self.peers.remove(&peer);
        if let Some(others) = self.addresses.get_mut(&address) {
            others.retain(|other| *other != peer);
            if others.is_empty() {
                self.addresses.remove(&address);
            }
        }
        self.pump();
    }

    /// Accepts a request and returns the handle that its outcome will carry.
    ///
    /// # Errors
    ///
    /// When the operation cannot be meant or too many requests wait; then nothing has changed.
    pub fn request(
        &mut self,
        now: Instant,
        peer: PeerId,
        operation: Operation,
    ) -> Result<RequestId, ApiMisuse> {
        self.advance(now);
        let known = self.peers.get_mut(&peer).ok_or(ApiMisuse::UnknownPeer)?;
        if self.requests.len() + self.undelivered >= self.config.max_pending {
            return Err(ApiMisuse::TooManyRequests { limit: self.config.max_pending });
        }
        let job = Job::new(operation, known.speaks_version1(), &known.options)?;
        let id = RequestId(self.next_request);
        self.next_request += 1;
        known.queue.push_back(id);
        self.requests.insert(id, Request { peer, job, octets: 0, exchange: None });
        self.make_runnable(peer);
        self.pump();
        Ok(id)
    }

    /// Ends a request as [`RequestError::Cancelled`]; late answers to it are dropped. Does nothing for one that is over.
    pub fn cancel(&mut self, id: RequestId) {
        let Some(request) = self.requests.get(&id) else { return };
        let (peer, exchange) = (request.peer, request.exchange);
        match exchange {
            Some(exchange) => drop(self.close(exchange)),
            None => {
                if let Some(peer) = self.peers.get_mut(&peer) {
                    peer.queue.retain(|waiting| *waiting != id);
                }
            }
        }
        self.complete(id, Err(RequestError::Cancelled));
        self.pump();
    }

    /// Sends again or gives up whatever is due, and sends what the packet rate now allows.
    pub fn handle_deadline(&mut self, now: Instant) {
        self.advance(now);
        while let Some(exchange) = self.pending.due(self.now) {
            self.expire(exchange);
        }
        self.pump();
    }

    /// Tells that the network has no way to `address`, or nobody listens there: what was sent to it fails at once.
    pub fn handle_unreachable(&mut self, now: Instant, address: SocketAddr) {
        self.advance(now);
        let peers = self.addresses.get(&address).cloned().unwrap_or_default();
        let open: Vec<ExchangeId> = peers
            .iter()
            .filter_map(|peer| self.peers.get(peer))
            .flat_map(|peer| peer.open.iter().copied())
            .collect();
        for exchange in open {
            if self.pending.get(exchange).is_some_and(|open| open.attempts > 0) {
                self.fail(exchange, &RequestError::Unreachable);
            }
        }
        self.pump();
    }

    /// The next thing to do or to know; `None` until something else happens.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.output.pop_front()?;
        if matches!(output, Output::Completed(_)) {
            self.undelivered -= 1;
        }
        Some(output)
    }

    /// When to call [`handle_deadline`](Self::handle_deadline) next; `None` while nothing is under way.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let may_start = !self.runnable.is_empty() && self.pending.len() < self.config.max_in_flight.max(1);
        let rate =
            (may_start || !self.to_send.is_empty()).then(|| self.bucket.next_token().unwrap_or(self.now));
        [self.pending.next_deadline(), rate].into_iter().flatten().min()
    }

    /// Requests that are not over.
    #[must_use]
    pub fn requests_pending(&self) -> usize {
        self.requests.len()
    }

    /// Questions sent or about to be, over all peers; never above [`ManagerConfig::max_in_flight`].
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.pending.len()
    }

    /// What happened to datagrams so far.
    #[must_use]
    pub fn stats(&self) -> ManagerStats {
        self.stats
    }

    /// What is known of the peer's SNMPv3 engine at the time last named, to be kept over a restart.
    #[must_use]
    pub fn engine(&self, peer: PeerId) -> Option<EngineRecord> {
        self.peers.get(&peer)?.engine_record(self.now)
    }

    /// Takes over what was known of the peer's SNMPv3 engine, which saves its discovery. A record that is too old costs
    /// one message more; one of another engine costs the discovery.
    ///
    /// # Errors
    ///
    /// When the peer is unknown or does not speak SNMPv3, or the cryptography fails.
    pub fn restore_engine(
        &mut self,
        now: Instant,
        peer: PeerId,
        record: &EngineRecord,
    ) -> Result<(), ApiMisuse> {
        self.advance(now);
        let now = self.now;
        self.peers.get_mut(&peer).ok_or(ApiMisuse::UnknownPeer)?.restore_engine(now, record, &self.crypto)
    }

    pub(super) fn advance(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }

    /// Starts and sends as much as the windows and the packet rate allow.
    pub(super) fn pump(&mut self) {
        loop {
            while let Some(&exchange) = self.to_send.front() {
                let open = self.pending.get(exchange).is_some();
                if open && !self.bucket.take(self.now) {
                    return;
                }
                self.to_send.pop_front();
                if open {
                    self.transmit(exchange);
                }
            }
            if self.pending.len() >= self.config.max_in_flight.max(1) || !self.bucket.ready(self.now) {
                return;
            }
            let Some(peer) = self.runnable.pop_front() else { return };
            self.start(peer);
        }
    }

    /// Opens the next exchange of a peer, if its window has room.
    fn start(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        peer.runnable = false;
        if peer.open.len() >= peer.options.window.max(1) || peer.discovering {
            return;
        }
        let exchange = match peer.readiness(self.now) {
            Readiness::Ready => {
                let Some(next) = peer.queue.pop_front() else { return };
                let Some(request) = self.requests.get_mut(&next) else { return };
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
                    _ => Purpose::Synchronise,
                };
                self.pending.open(id, purpose, Step { ask: Ask::Get, varbinds: Vec::new() })
            }
        };
        peer.open.push(exchange);
        self.to_send.push_back(exchange);
        self.make_runnable(id);
    }

    fn transmit(&mut self, id: ExchangeId) {
        let numbers = Numbers {
            message_id: self.pending.free_id(&mut self.random),
            request_id: self.pending.free_id(&mut self.random),
            salt: self.salts.next_salt(),
        };
        let Some(exchange) = self.pending.get_mut(id) else { return };
        let Some(peer) = self.peers.get(&exchange.peer) else { return };
        exchange.attempts += 1;
        let written =
            peer.write(self.now, exchange.purpose, &exchange.step, numbers, self.config.max_message_size);
        match written {
            Ok((key, bytes)) => {
                let wait = patience(&peer.options, exchange.attempts, (self.random)());
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
    fn expire(&mut self, id: ExchangeId) {
        let Some(exchange) = self.pending.get_mut(id) else { return };
        let Some(peer) = self.peers.get_mut(&exchange.peer) else { return };
        let mut job = match exchange.purpose {
            Purpose::Request(request) => self.requests.get_mut(&request).map(|request| &mut request.job),
            _ => None,
        };
        let once = job.as_ref().is_some_and(|job| job.writes()) && !peer.options.retransmit_set;
        let allowed = if once { 1 } else { u32::from(peer.options.retries) + 1 };
        if exchange.attempts < allowed {
            let last = exchange.attempts + 1 == allowed;
            let less = job.as_mut().and_then(|job| job.retry(&exchange.step, &mut peer.habits, last));
            if let Some(step) = less {
                exchange.step = Arc::new(step);
            }
            self.stats.retransmitted += 1;
            self.send_again(id);
            return;
        }
        let error = if exchange.clock_refused {
            // It may have lost count of its boots: the next request asks for its time anew.
            peer.forget_time();
            RequestError::NotInTimeWindow
        } else if exchange.garbage.is_none() && peer.is_silent(self.now) {
            RequestError::SilentAfterDiscovery { attempts: exchange.attempts }
        } else {
            RequestError::Timeout { attempts: exchange.attempts, garbage: exchange.garbage }
        };
        self.fail(id, &error);
    }

    pub(super) fn send_again(&mut self, id: ExchangeId) {
        self.pending.unsent(id);
        self.to_send.push_back(id);
    }

    /// Ends an exchange without an answer, and with it the request, or every request that waits for the discovery.
    pub(super) fn fail(&mut self, id: ExchangeId, error: &RequestError) {
        let Some(exchange) = self.close(id) else { return };
        match exchange.purpose {
            Purpose::Request(request) => self.complete(request, Err(error.clone())),
            Purpose::Probe | Purpose::Synchronise => {
                let waiting = self.peers.get_mut(&exchange.peer).map(|peer| core::mem::take(&mut peer.queue));
                for request in waiting.unwrap_or_default() {
                    self.complete(request, Err(error.clone()));
                }
            }
        }
    }

    /// Takes an exchange out of everything that knows it, so that its peer may start another.
    pub(super) fn close(&mut self, id: ExchangeId) -> Option<Exchange> {
        let exchange = self.pending.close(id)?;
        if let Some(peer) = self.peers.get_mut(&exchange.peer) {
            peer.open.retain(|open| *open != id);
            match exchange.purpose {
                Purpose::Request(request) => {
                    if let Some(request) = self.requests.get_mut(&request) {
                        request.exchange = None;
                    }
                }
                Purpose::Probe | Purpose::Synchronise => peer.discovering = false,
            }
        }
        self.make_runnable(exchange.peer);
        Some(exchange)
    }

    /// Puts a request back to the head of its peer's queue.
    pub(super) fn resume(&mut self, id: RequestId) {
        let Some(request) = self.requests.get(&id) else { return };
        if let Some(peer) = self.peers.get_mut(&request.peer) {
            peer.queue.push_front(id);
        }
        let peer = request.peer;
        self.make_runnable(peer);
    }

    pub(super) fn job(&mut self, id: RequestId) -> Option<&mut Job> {
        self.requests.get_mut(&id).map(|request| &mut request.job)
    }

    /// Adds to what the answers to a request have had, and gives the sum.
    pub(super) fn count_octets(&mut self, id: RequestId, octets: usize) -> usize {
        let Some(request) = self.requests.get_mut(&id) else { return octets };
        request.octets = request.octets.saturating_add(octets);
        request.octets
    }

    /// Ends a request. What its job has read is the answer, or in failure what was read before.
    pub(super) fn complete(&mut self, id: RequestId, result: Result<(), RequestError>) {
        let Some(request) = self.requests.remove(&id) else { return };
        let read = request.job.take();
        let (result, partial) = match result {
            Ok(()) => (Ok(read), Vec::new()),
            Err(error) => (Err(error), read),
        };
        self.undelivered += 1;
        self.output.push_back(Output::Completed(Completed { id, peer: request.peer, result, partial }));
    }

    fn make_runnable(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        if !peer.runnable && !peer.discovering && !peer.queue.is_empty() {
            peer.runnable = true;
            self.runnable.push_back(id);
        }
    }
}

/// How long to wait for the answer to this attempt: doubled each time, and up to a tenth more.
fn patience(options: &PeerOptions, attempt: u32, dice: u64) -> Duration {
    let doubled = options.timeout.saturating_mul(1 << (attempt - 1).min(16));
    let wait = doubled.min(options.max_timeout.max(options.timeout));
    let tenth = wait / 10;
    // 0 to 255 of 256 parts of a tenth.
    let parts = u32::from(dice.to_be_bytes()[0]);
    wait.saturating_add(tenth / 256 * parts)
}

/// Datagrams that may wait to be drained.
const MAX_UNDRAINED: usize = 65_536;
