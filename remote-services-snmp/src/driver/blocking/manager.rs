//! One thread, one socket: a pump for many devices, or one call at a time.

use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use super::super::channel::Channel;
use super::super::outbox::{Outbox, hear_of_unreachable};
use super::super::{icmp, socket};
use crate::VarBind;
use crate::driver::{CallError, Clock, SocketOptions};
use crate::engine::{
    ApiMisuse, Completed, Credentials, Instant, Manager, Operation, PeerId, PeerOptions, RequestId,
};

/// A [`Manager`] with a socket and a clock. Everything happens inside [`next`](Self::next) and [`call`](Self::call).
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
pub struct ManagerDriver {
    manager: Manager,
    channel: Channel,
    outbox: Outbox,
    clock: Clock,
    completed: VecDeque<Completed>,
    /// The read time-out set on the socket, to spare a system call when it stays the same.
    time_out: Option<Duration>,
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
    pub fn bind_any(manager: Manager) -> io::Result<Self> {
        Self::over(socket::bind_any()?, manager, |socket| Channel::new(socket, &SocketOptions::default()))
    }

    /// As [`bind`](Self::bind), with a socket as the caller wants it.
    ///
    /// # Errors
    ///
    /// When the system refuses the address or the socket.
    pub fn bind_with(local: SocketAddr, manager: Manager, options: &SocketOptions) -> io::Result<Self> {
        Self::over(socket::bind_with(local, options)?, manager, |socket| Channel::new(socket, options))
    }

    /// For one device: a socket connected to it, which costs less a message than one for many. Datagrams from anywhere
    /// else do not reach it, so a device that answers from another of its addresses is not heard; to the drivers' other
    /// peers there is no way.
    ///
    /// # Errors
    ///
    /// When the system refuses the socket or knows no way to that address.
    pub fn connect(peer: SocketAddr, manager: Manager) -> io::Result<Self> {
        let local: IpAddr =
            if peer.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
        let socket = socket::bind((local, 0).into())?;
        socket.connect(peer)?;
        Self::over(socket, manager, |socket| Channel::connected(socket, peer))
    }

    fn over(
        socket: UdpSocket,
        mut manager: Manager,
        channel: impl FnOnce(UdpSocket) -> io::Result<Channel>,
    ) -> io::Result<Self> {
        icmp::enable(&socket, socket.local_addr()?.is_ipv6());
        if let Some(fit) = socket::answers_that_fit(&socket) {
            manager.limit_in_flight(fit);
        }
        Ok(Self {
            channel: channel(socket)?,
            outbox: Outbox::default(),
            manager,
            clock: Clock::start(),
            completed: VecDeque::new(),
            time_out: None,
        })
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
    /// When the socket of this machine fails; what peers and the network do is never an error here.
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
            if let Some(at) = self.completed.iter().position(|completed| completed.id == id)
                && let Some(Completed { result, partial, .. }) = self.completed.remove(at)
            {
                return result.map_err(|error| CallError::Request { error, partial });
            }
            now = self.turn(now, now + LONGEST_WAIT)?;
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

    /// The address that this driver sends from.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.channel.socket().local_addr()
    }

    /// Does what the manager wants done.
    fn drain(&mut self) {
        while self.outbox.collect(&mut self.manager, |outcome| self.completed.push_back(outcome)) {
            // A blocking socket always finds room.
            let _ = self.outbox.flush(&self.channel, &mut self.manager, self.clock);
        }
    }

    /// Waits for datagrams, the manager's deadline or `until`, and tells the manager. Returns the time, of which it
    /// wants to know what it was a moment ago: reading the clock once a turn is enough.
    fn turn(&mut self, now: Instant, until: Instant) -> io::Result<Instant> {
        let until = self.manager.next_deadline().map_or(until, |deadline| deadline.min(until));
        self.wait_at_most(until.saturating_since(now).clamp(SHORTEST_WAIT, LONGEST_WAIT))?;
        let (manager, clock) = (&mut self.manager, self.clock);
        let mut arrived = None;
        let received = self.channel.receive(manager.in_flight(), |from, bytes| {
            manager.handle_datagram(*arrived.get_or_insert_with(|| clock.now()), from, bytes);
        });
        match received {
            Ok(_) => {}
            Err(error) if socket::is_time_out(&error) => {}
            Err(error) if socket::receive_again(&error) => {
                hear_of_unreachable(&self.channel, &mut self.manager, self.clock);
            }
            Err(error) => return Err(error),
        }
        let now = arrived.unwrap_or_else(|| clock.now());
        self.manager.handle_deadline(now);
        Ok(now)
    }

    /// Sets the socket's time-out to at most `wait`. Waking early does no harm, so a time-out that is not much too
    /// short is left as it is: most datagrams then cost no system call for it.
    fn wait_at_most(&mut self, wait: Duration) -> io::Result<()> {
        if self.time_out.is_some_and(|set| set <= wait && set >= wait / 4) {
            return Ok(());
        }
        let half = (wait / 2).max(SHORTEST_WAIT);
        self.channel.socket().set_read_timeout(Some(half))?;
        self.time_out = Some(half);
        Ok(())
    }
}

/// Systems round shorter waits to zero, which would spin or wait for ever.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
