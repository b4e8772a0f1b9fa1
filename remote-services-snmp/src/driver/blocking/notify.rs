//! One thread that listens for notifications, and one that sends them.

use core::time::Duration;
use std::io;
use std::net::{SocketAddr, UdpSocket};

use super::super::notify::Step;
use super::super::{notify, socket, way_back};
use crate::driver::Clock;
use crate::engine::notify::{Notice, Notifier, Received, Receiver};

/// A [`Receiver`] with a socket and a clock, for a thread.
pub type NotificationListener = notify::NotificationListener<UdpSocket>;

/// A [`Notifier`] with a socket, for a thread.
pub type NotificationSender = notify::NotificationSender<UdpSocket>;

impl NotificationListener {
    /// Binds to `local`: port 162 by custom. The receiver's time, which it was made at
    /// [`Instant::START`](crate::engine::Instant::START) of, begins now.
    ///
    /// # Errors
    ///
    /// When the system refuses the address or the socket.
    pub fn bind(local: SocketAddr, receiver: Receiver) -> io::Result<Self> {
        let socket = socket::bind(local)?;
        way_back::enable(&socket);
        Ok(Self::over(socket, receiver))
    }

    /// The next notification, or `None` when `time_out` has passed. Informs are acknowledged on the way.
    ///
    /// # Errors
    ///
    /// When the socket of this machine fails; what senders and the network do is never an error here.
    pub fn next(&mut self, time_out: Duration) -> io::Result<Option<Received>> {
        let until = self.clock.now() + time_out;
        loop {
            let left = self.clock.until(until);
            if left.is_zero() {
                return Ok(None);
            }
            self.socket.set_read_timeout(Some(left))?;
            let received = way_back::receive(&self.socket, &mut self.buffer);
            if let Some(received) = self.take(received)? {
                return Ok(Some(received));
            }
        }
    }

    /// The address that it listens at.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl NotificationSender {
    /// Binds to any free port. `clock` must be the one of the responder whose notifications are sent.
    ///
    /// # Errors
    ///
    /// When the system refuses the socket.
    pub fn bind_any(notifier: Notifier, clock: Clock) -> io::Result<Self> {
        let socket = socket::bind_any()?;
        let v6 = socket.local_addr()?.is_ipv6();
        Ok(Self::over(socket, v6, notifier, clock))
    }

    /// The next thing known: [`Notice::Acknowledged`] or [`Notice::Failed`]. `None` when `time_out` has passed or there is
    /// nothing to wait for.
    ///
    /// # Errors
    ///
    /// When the socket of this machine fails; what targets and the network do is never an error here.
    pub fn next(&mut self, time_out: Duration) -> io::Result<Option<Notice>> {
        let until = self.clock.now() + time_out;
        loop {
            match self.step() {
                Step::Send { to, address, bytes } => {
                    let sent = self.socket.send_to(&bytes, address);
                    self.sent(to, sent);
                }
                Step::Tell(notice) => return Ok(Some(notice)),
                Step::Wait(_) if self.clock.until(until).is_zero() => return Ok(None),
                Step::Wait(deadline) => {
                    let left = self.clock.until(deadline.min(until)).max(SHORTEST_WAIT);
                    self.socket.set_read_timeout(Some(left))?;
                    let received = self.socket.recv_from(&mut self.buffer);
                    self.heard(received)?;
                }
                Step::Rest => return Ok(None),
            }
        }
    }
}

/// Systems round shorter waits to zero, which would spin or wait for ever.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
