//! The manager as the application calls it.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::credential_set::Trial;
use super::job::Job;
use super::key_ring::KeyRing;
use super::pacing::TokenBucket;
use super::peer::Peer;
use super::pending::{ExchangeId, Pending};
use super::send_queue::SendQueue;
use super::slab::Slab;
use super::{
    ApiMisuse, CredentialSet, Credentials, EngineRecord, Instant, ManagerConfig, ManagerStats, Operation,
    Output, PeerId, PeerOptions, RequestError, RequestId,
};
use crate::crypto::{CryptoError, CryptoProvider};
use crate::usm::SaltCounter;

/// Asks many peers over one socket that it does not own. Does no I/O and reads no clock.
///
/// Hand every datagram to [`handle_datagram`](Self::handle_datagram), call [`handle_deadline`](Self::handle_deadline) when
/// [`next_deadline`](Self::next_deadline) has come, and after any call drain [`poll_output`](Self::poll_output). Wrong use does
/// no harm: undrained outcomes wait, datagrams that nobody drains are taken for lost and sent again, a deadline
/// handled late or too often changes nothing but the time.
pub struct Manager {
    pub(super) config: ManagerConfig,
    pub(super) crypto: CryptoProvider,
    pub(super) keys: KeyRing,
    /// One for all keys (RFC 3826 §3.1.2.1).
    pub(super) salts: SaltCounter,
    pub(super) random: Box<dyn FnMut() -> u64 + Send>,
    /// The latest time any call has named.
    pub(super) now: Instant,
    pub(super) peers: Slab<Box<Peer>>,
    /// Every peer under its address.
    pub(super) addresses: BTreeMap<SocketAddr, Vec<PeerId>>,
    pub(super) requests: Slab<Box<Request>>,
    pub(super) pending: Pending,
    pub(super) bucket: TokenBucket,
    /// Exchanges waiting for a packet of the rate.
    pub(super) to_send: SendQueue,
    /// Peers that may start an exchange, each at most once.
    pub(super) runnable: VecDeque<PeerId>,
    pub(super) output: VecDeque<Output>,
    /// How many of `output` are outcomes.
    pub(super) undelivered: usize,
    /// Peers whose engine changed since `poll_engine` told of it, each at most once.
    pub(super) engines_changed: VecDeque<PeerId>,
    /// Those of the peer added last.
    last_options: Arc<PeerOptions>,
    /// Requests of which `poll_silent` is to tell.
    pub(super) silent: VecDeque<RequestId>,
    /// Memory of datagrams that were sent, for the next ones.
    pub(super) spare: Vec<Vec<u8>>,
    /// Memory of what was decrypted last, for the next answer.
    pub(super) plaintext: Vec<u8>,
    pub(super) stats: ManagerStats,
}

/// A request of the application that is not over.
pub(super) struct Request {
    pub(super) peer: PeerId,
    pub(super) job: Job,
    /// Octets of names and values that its answers had so far.
    pub(super) octets: usize,
    /// When its first answer came.
    pub(super) answered_at: Option<Instant>,
    /// The step under way. Without one, the request stands in its peer's queue.
    pub(super) exchange: Option<ExchangeId>,
}

impl Manager {
    /// A manager without peers. `random` must be unpredictable to others on the network, since message numbers and
    /// encryption salts come from it; only tests may pass a fixed sequence.
    ///
    /// # Errors
    ///
    /// [`CryptoError::RandomRepeats`] for a constant.
    pub fn new(
        config: ManagerConfig,
        crypto: CryptoProvider,
        mut random: impl FnMut() -> u64 + Send + 'static,
    ) -> Result<Self, CryptoError> {
        Ok(Self {
            bucket: TokenBucket::new(config.packets_per_second, config.burst),
            config,
            crypto,
            keys: KeyRing::default(),
            salts: SaltCounter::from_source(&mut random)?,
            random: Box::new(random),
            now: Instant::START,
            peers: Slab::new(),
            addresses: BTreeMap::new(),
            requests: Slab::new(),
            pending: Pending::new(),
            to_send: SendQueue::default(),
            runnable: VecDeque::new(),
            output: VecDeque::new(),
            undelivered: 0,
            engines_changed: VecDeque::new(),
            last_options: Arc::default(),
            silent: VecDeque::new(),
            spare: Vec::new(),
            plaintext: Vec::new(),
            stats: ManagerStats::default(),
        })
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
        let options = self.share_options(options);
        let peer = Peer::new(address, credentials.into(), options, &mut self.keys, &self.crypto)?;
        let id = PeerId(self.peers.insert(Box::new(peer)));
        // Most addresses have one peer.
        self.addresses.entry(address).or_insert_with(|| Vec::with_capacity(1)).push(id);
        Ok(id)
    }

    /// Makes an address known with several credentials to be tried in order. See [`CredentialSet`].
    ///
    /// # Errors
    ///
    /// As [`add_peer`](Self::add_peer), for any of the credentials.
    pub fn add_peer_with_set(
        &mut self,
        address: SocketAddr,
        set: &CredentialSet,
        options: PeerOptions,
    ) -> Result<PeerId, ApiMisuse> {
        let shared = self.share_options(options.clone());
        for credentials in set.candidates.iter().skip(1) {
            Peer::new(address, credentials.clone(), shared.clone(), &mut self.keys, &self.crypto)?;
        }
        let first = set.candidates.first().ok_or(ApiMisuse::NoCredentials)?;
        let id = self.add_peer(address, first.clone(), options)?;
        if let Some(peer) = self.peers.get_mut(id.0) {
            peer.trial = Some(Box::new(Trial::new(set.clone())));
        }
        Ok(id)
    }

    /// Which credentials of its [`CredentialSet`] the peer has answered to, from 0; `None` while that is not known.
    #[must_use]
    pub fn credentials(&self, peer: PeerId) -> Option<usize> {
        match &self.peers.get(peer.0)?.trial {
            Some(trial) => trial.settled.then_some(trial.at),
            None => Some(0),
        }
    }

    /// Begins with these credentials of the peer's set instead of the first, for instance with those that worked before a
    /// restart. Later ones follow, then those before.
    ///
    /// # Errors
    ///
    /// When the peer is unknown, is being asked, or has no such credentials.
    pub fn prefer_credentials(&mut self, peer: PeerId, position: usize) -> Result<(), ApiMisuse> {
        let known = self.peers.get_mut(peer.0).ok_or(ApiMisuse::UnknownPeer)?;
        if !known.open.is_empty() {
            return Err(ApiMisuse::PeerBusy);
        }
        let trial = known.trial.as_mut().ok_or(ApiMisuse::NoCredentials)?;
        let credentials = trial.prefer(position).ok_or(ApiMisuse::NoCredentials)?;
        known.use_credentials(self.now, credentials, &mut self.keys, &self.crypto)
    }

    /// Forgets a peer. Its requests end as [`RequestError::Cancelled`]. Does nothing for an unknown one.
    #[cold]
    pub fn remove_peer(&mut self, peer: PeerId) {
        let Some(known) = self.peers.get(peer.0) else { return };
        let address = known.address;
        let queued: Vec<RequestId> = known.queue.iter().copied().collect();
        for exchange in known.open.clone() {
            self.fail(exchange, &RequestError::Cancelled);
        }
        for request in queued {
            self.complete(request, Err(RequestError::Cancelled));
        }
        self.peers.remove(peer.0);
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
        let known = self.peers.get_mut(peer.0).ok_or(ApiMisuse::UnknownPeer)?;
        if self.requests.len() + self.undelivered >= self.config.max_pending {
            return Err(ApiMisuse::TooManyRequests { limit: self.config.max_pending });
        }
        // With a set, the version is known only when the request is sent.
        let version1 = known.trial.is_none() && known.speaks_version1();
        let job = Job::new(operation, version1, &known.options)?;
        let request = Request { peer, job, octets: 0, answered_at: None, exchange: None };
        let id = RequestId(self.requests.insert(Box::new(request)));
        known.queue.push_back(id);
        self.make_runnable(peer);
        self.pump();
        Ok(id)
    }

    /// Ends a request as [`RequestError::Cancelled`]; late answers to it are dropped. Does nothing for one that is over.
    #[cold]
    pub fn cancel(&mut self, id: RequestId) {
        let Some(request) = self.requests.get(id.0) else { return };
        let (peer, exchange) = (request.peer, request.exchange);
        match exchange {
            Some(exchange) => drop(self.close(exchange)),
            None => {
                if let Some(peer) = self.peers.get_mut(peer.0) {
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
    #[cold]
    pub fn handle_unreachable(&mut self, now: Instant, address: SocketAddr) {
        self.advance(now);
        let peers = self.addresses.get(&address).cloned().unwrap_or_default();
        let open: Vec<ExchangeId> = peers
            .iter()
            .filter_map(|peer| self.peers.get(peer.0))
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

    /// Takes the memory of a datagram back that was sent, which spares an allocation for a later one. Optional.
    pub fn recycle(&mut self, bytes: Vec<u8>) {
        if self.spare.len() < MAX_SPARE && bytes.capacity() <= MAX_SPARE_OCTETS {
            self.spare.push(bytes);
        }
    }

    /// When to call [`handle_deadline`](Self::handle_deadline) next; `None` while nothing is under way.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let waits = self.may_start() || !self.to_send.is_empty();
        let rate = waits.then(|| self.bucket.next_token().unwrap_or(self.now));
        [self.pending.next_deadline(), rate].into_iter().flatten().min()
    }

    /// Requests that are not over.
    #[must_use]
    pub fn requests_pending(&self) -> usize {
        self.requests.len()
    }

    /// Questions sent or about to be whose first wait is not over, over all peers; never above
    /// [`ManagerConfig::max_in_flight`].
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.pending.in_window()
    }

    /// Takes the right to send one packet that is not this manager's, such as an ICMP echo, out of the site's one budget
    /// of [`ManagerConfig::packets_per_second`]. Without a token, `false`: ask again at [`Manager::next_packet`].
    pub fn take_packet(&mut self, now: Instant) -> bool {
        self.advance(now);
        self.bucket.take(self.now)
    }

    /// When [`Manager::take_packet`] will say yes; `None` when it would at once.
    #[must_use]
    pub fn next_packet(&self) -> Option<Instant> {
        self.bucket.next_token()
    }

    /// Lowers [`ManagerConfig::max_in_flight`] to what the receive buffer of the socket holds, for drivers.
    pub fn limit_in_flight(&mut self, most: usize) {
        self.config.max_in_flight = self.config.max_in_flight.min(most.max(1));
    }

    /// What happened to datagrams so far.
    #[must_use]
    pub fn stats(&self) -> ManagerStats {
        self.stats
    }

    /// What is known of the peer's SNMPv3 engine at the time last named, to be kept over a restart.
    #[must_use]
    pub fn engine(&self, peer: PeerId) -> Option<EngineRecord> {
        self.peers.get(peer.0)?.engine_record(self.now)
    }

    /// The next peer whose engine ID or boots became known or changed, with what to keep over a restart. Where the user has
    /// keys, an engine is told of once it has proven that it has them. Optional: who
    /// calls it after each turn can write every change down, and who never does loses nothing.
    pub fn poll_engine(&mut self) -> Option<(PeerId, EngineRecord)> {
        while let Some(id) = self.engines_changed.pop_front() {
            let Some(peer) = self.peers.get_mut(id.0) else { continue };
            peer.engine_changed = false;
            if let Some(record) = peer.engine_record(self.now) {
                return Some((id, record));
            }
        }
        None
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
        self.peers.get_mut(peer.0).ok_or(ApiMisuse::UnknownPeer)?.restore_engine(now, record, &self.crypto)
    }

    /// The options of the peer before, if these are the same.
    fn share_options(&mut self, options: PeerOptions) -> Arc<PeerOptions> {
        if *self.last_options != options {
            self.last_options = Arc::new(options);
        }
        Arc::clone(&self.last_options)
    }

    pub(super) fn advance(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }
}

/// Datagrams kept for their memory: as many as leave in one burst.
const MAX_SPARE: usize = 64;
/// Larger ones are rare and go back to the allocator.
pub(super) const MAX_SPARE_OCTETS: usize = 2_048;
