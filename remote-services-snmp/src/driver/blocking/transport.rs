//! A manager over anything that carries messages: TCP now, TLS and DTLS by another [`Transport`].

use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::VarBind;
use crate::driver::{CallError, Clock};
use crate::engine::{
    ApiMisuse, Completed, Credentials, Instant, Manager, Operation, Output, PeerId, PeerOptions, RequestId,
};

/// Carries whole messages between a manager and its peers. What encrypts or tunnels implements this.
pub trait Transport {
    /// Starts to send a message, and waits for nobody. One that cannot be sent is lost, or told of by
    /// [`Arrival::Unreachable`].
    fn send(&mut self, to: SocketAddr, message: Vec<u8>);

    /// Waits for something to arrive, at most for `wait`.
    ///
    /// # Errors
    ///
    /// Only when this machine can go on no longer.
    fn receive(&mut self, wait: Duration) -> io::Result<Arrival>;
}

/// What a [`Transport`] has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Nothing came in time.
    Nothing,
    /// A message from this peer.
    Message(SocketAddr, Vec<u8>),
    /// There is no way to this peer, or nobody listens there.
    Unreachable(SocketAddr),
}

/// A [`Manager`] with a transport and a clock, used as [`ManagerDriver`](super::ManagerDriver) is.
pub struct TransportDriver<T> {
    manager: Manager,
    transport: T,
    clock: Clock,
    completed: VecDeque<Completed>,
}

impl<T: Transport> TransportDriver<T> {
    /// A driver over [`Tcp`](super::Tcp) or another transport. Over one that repeats by itself, as TCP does, give peers
    /// `retries: 0`.
    pub fn new(transport: T, manager: Manager) -> Self {
        Self { manager, transport, clock: Clock::start(), completed: VecDeque::new() }
    }

    /// See [`Manager::add_peer`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn add_peer(
        &mut self,
        address: SocketAddr,
        credentials: impl Into<Arc<Credentials>>,
        options: PeerOptions,
    ) -> Result<PeerId, ApiMisuse> {
        self.manager.add_peer(address, credentials, options)
    }

    /// Accepts a request, whose outcome will come from [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// As [`Manager::request`].
    pub fn submit(&mut self, peer: PeerId, operation: Operation) -> Result<RequestId, ApiMisuse> {
        self.manager.request(self.clock.now(), peer, operation)
    }

    /// The next outcome of any request, or `None` when `time_out` passed or no request waits.
    ///
    /// # Errors
    ///
    /// When the transport of this machine fails.
    pub fn next(&mut self, time_out: Duration) -> io::Result<Option<Completed>> {
        let until = self.clock.now() + time_out;
        loop {
            self.drain();
            if let Some(completed) = self.completed.pop_front() {
                return Ok(Some(completed));
            }
            if self.manager.requests_pending() == 0 || self.clock.now() >= until {
                return Ok(None);
            }
            self.turn(until)?;
        }
    }

    /// Asks and waits for the answer. Outcomes of other requests are kept for [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// Says who is to blame: this machine, the caller, or the peer.
    pub fn call(&mut self, peer: PeerId, operation: Operation) -> Result<Vec<VarBind>, CallError> {
        let id = self.submit(peer, operation)?;
        loop {
            self.drain();
            if let Some(at) = self.completed.iter().position(|completed| completed.id == id)
                && let Some(Completed { result, partial, .. }) = self.completed.remove(at)
            {
                return result.map_err(|error| CallError::Request { error, partial });
            }
            self.turn(self.clock.now() + LONGEST_WAIT)?;
        }
    }

    /// The manager, for everything else. Its time is counted by this driver: see [`now`](Self::now).
    pub fn manager(&mut self) -> &mut Manager {
        &mut self.manager
    }

    /// The time to name when the manager is called directly.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    fn drain(&mut self) {
        while let Some(output) = self.manager.poll_output() {
            match output {
                Output::Transmit { to, bytes } => self.transport.send(to, bytes),
                Output::Completed(completed) => self.completed.push_back(completed),
            }
        }
    }

    fn turn(&mut self, until: Instant) -> io::Result<()> {
        let until = self.manager.next_deadline().map_or(until, |deadline| deadline.min(until));
        let arrived = self.transport.receive(self.clock.until(until))?;
        let now = self.clock.now();
        match arrived {
            Arrival::Nothing => {}
            Arrival::Message(from, message) => self.manager.handle_datagram(now, from, &message),
            Arrival::Unreachable(peer) => self.manager.handle_unreachable(now, peer),
        }
        self.manager.handle_deadline(now);
        Ok(())
    }
}

const LONGEST_WAIT: Duration = Duration::from_secs(60);
