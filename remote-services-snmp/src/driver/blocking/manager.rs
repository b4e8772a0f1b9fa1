//! One thread, one socket or other transport: a pump for many devices, or one call at a time.

use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::super::datagrams::Datagrams;
use super::super::{call_error, inbox, named_calls::named_calls};
use super::{Transport, Udp};
use crate::VarBind;
use crate::driver::{CallError, Clock, Inbox, SocketOptions};
use crate::engine::{
    ApiMisuse, Completed, Credentials, Instant, Manager, Operation, PeerId, PeerOptions, RequestId,
};

/// A [`Manager`] with a transport, which is a UDP socket unless said otherwise, and a clock. Everything happens inside [`next`](Self::next) and [`call`](Self::call).
///
/// ```no_run
/// use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
/// use remote_services_snmp::driver::{blocking::ManagerDriver, os_random};
/// use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, Operation, PeerOptions};
/// use remote_services_snmp::oid;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let manager = Manager::new(ManagerConfig::default(), rustcrypto(), os_random())?;
/// let mut driver = ManagerDriver::bind_any(manager)?;
/// let credentials = Credentials::V3 {
///     user: "operator".into(),
///     auth: Some((AuthProtocol::HmacSha256, "a long password".into())),
///     privacy: Some((PrivProtocol::Aes128, "another long password".into())),
///     context_name: String::new(),
/// };
/// let printer = driver.add_peer("192.0.2.7:161".parse()?, credentials, PeerOptions::default())?;
/// for supply in driver.call(printer, Operation::Walk(oid!("1.3.6.1.2.1.43.11.1.1.6")))? {
///     println!("{} = {:?}", supply.name, supply.value);
/// }
/// # Ok(())
/// # }
/// ```
pub struct ManagerDriver<T = Udp> {
    manager: Manager,
    transport: T,
    clock: Clock,
    completed: VecDeque<Completed>,
}

impl ManagerDriver {
    /// Binds to `local`; port 0 is any free one. An IPv6 address reaches IPv4 peers too.
    ///
    /// # Errors
    ///
    /// When the system refuses the address or the socket.
    pub fn bind(local: SocketAddr, manager: Manager) -> io::Result<Self> {
        Self::bind_with(local, manager, &SocketOptions::default())
    }

    /// Binds to any free port, for IPv6 and IPv4 where this machine has both.
    ///
    /// # Errors
    ///
    /// When the system refuses the socket.
    pub fn bind_any(mut manager: Manager) -> io::Result<Self> {
        let datagrams = Datagrams::bind(None, &SocketOptions::default(), &mut manager)?;
        Ok(Self::over(Udp::new(datagrams), manager))
    }

    /// As [`bind`](Self::bind), with a socket as the caller wants it.
    ///
    /// # Errors
    ///
    /// When the system refuses the address or the socket.
    pub fn bind_with(local: SocketAddr, mut manager: Manager, options: &SocketOptions) -> io::Result<Self> {
        let datagrams = Datagrams::bind(Some(local), options, &mut manager)?;
        Ok(Self::over(Udp::new(datagrams), manager))
    }

    /// For one device: a socket connected to it, which costs less a message than one for many. Datagrams from anywhere
    /// else do not reach it, so a device that answers from another of its addresses is not heard; to the drivers' other
    /// peers there is no way.
    ///
    /// # Errors
    ///
    /// When the system refuses the socket or knows no way to that address.
    pub fn connect(peer: SocketAddr, mut manager: Manager) -> io::Result<Self> {
        let datagrams = Datagrams::connect(peer, &mut manager)?;
        Ok(Self::over(Udp::new(datagrams), manager))
    }

    /// The address that this driver sends from.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.transport.datagrams.socket().local_addr()
    }
}

impl<T: Transport> ManagerDriver<T> {
    /// Over [`Tcp`](super::Tcp) or another transport. Over one that repeats by itself, as TCP does, give peers `retries: 0`.
    pub fn over(transport: T, manager: Manager) -> Self {
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
    /// When the socket or transport of this machine fails; what peers and the network do is never an error here.
    pub fn next(&mut self, time_out: Duration) -> io::Result<Option<Completed>> {
        let mut now = self.clock.now();
        let until = now + time_out;
        loop {
            self.drain();
            if let Some(completed) = self.completed.pop_front() {
                return Ok(Some(completed));
            }
            if self.manager.requests_pending() == 0 || now >= until {
                return Ok(None);
            }
            now = self.turn(now, until)?;
        }
    }

    /// Asks and waits for the answer. Outcomes of other requests are kept for [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// Says who is to blame: this machine, the caller, or the peer.
    pub fn call(&mut self, peer: PeerId, operation: Operation) -> Result<Vec<VarBind>, CallError> {
        let id = self.submit(peer, operation)?;
        let mut now = self.clock.now();
        loop {
            self.drain();
            let found = self.completed.iter().position(|completed| completed.id == id);
            if let Some(outcome) = found.and_then(|at| self.completed.remove(at)) {
                return call_error::answer(outcome);
            }
            now = self.turn(now, now + LONGEST_WAIT)?;
        }
    }

    named_calls!([] (&mut self) self);

    /// The manager, for everything else. Its time is counted by this driver: see [`now`](Self::now).
    pub fn manager(&mut self) -> &mut Manager {
        &mut self.manager
    }

    /// The time to name when the manager is called directly.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Does what the manager wants done.
    fn drain(&mut self) {
        let Self { manager, transport, clock, completed } = self;
        while inbox::deliver(
            manager,
            |to, message| transport.send(to, message),
            |outcome| completed.push_back(outcome),
        ) {
            transport.flush(&mut Inbox::new(manager, *clock));
        }
    }

    /// Waits for messages, the manager's deadline or `until`, and tells the manager. Returns the time, of which it
    /// wants to know what it was a moment ago: reading the clock once a turn is enough.
    fn turn(&mut self, now: Instant, until: Instant) -> io::Result<Instant> {
        // What is heard meanwhile sets later ones only.
        let deadline = self.manager.next_deadline();
        let until = deadline.map_or(until, |deadline| deadline.min(until));
        let wait = until.saturating_since(now).min(LONGEST_WAIT);
        let mut inbox = Inbox::new(&mut self.manager, self.clock);
        self.transport.receive(wait, &mut inbox)?;
        let now = inbox.now();
        if deadline.is_some_and(|deadline| deadline <= now) {
            self.manager.handle_deadline(now);
        }
        Ok(now)
    }
}

const LONGEST_WAIT: Duration = Duration::from_secs(60);
