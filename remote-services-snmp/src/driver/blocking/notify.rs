//! One thread that listens for notifications, and one that sends them.

use core::time::Duration;
use std::io;
use std::net::{SocketAddr, UdpSocket};

use super::super::socket::{self, MAX_DATAGRAM};
use super::super::way_back;
use crate::driver::Clock;
use crate::engine::ApiMisuse;
use crate::engine::notify::{Notice, NoticeId, Notification, Notifier, Received, Receiver};
use crate::engine::responder::Responder;

/// A [`Receiver`] with a socket and a clock. Everything happens inside [`next`](Self::next).
///
/// ```no_run
/// use remote_services_snmp::crypto::rustcrypto;
/// use remote_services_snmp::driver::{blocking::NotificationListener, os_random};
/// use remote_services_snmp::engine::Instant;
/// use remote_services_snmp::engine::notify::{Receiver, ReceiverConfig};
/// use remote_services_snmp::usm::EngineId;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine_id = EngineId::with_format(32_473, 4, b"trap receiver")?;
/// let config = ReceiverConfig::new(engine_id, 1).community("public");
/// let receiver = Receiver::new(config, rustcrypto(), Instant::START, os_random())?;
/// let mut listener = NotificationListener::bind("0.0.0.0:162".parse()?, receiver)?;
/// loop {
///     if let Some(received) = listener.next(std::time::Duration::from_secs(3600))? {
///         println!("{}: {}", received.source, received.notification.trap_oid);
///     }
/// }
/// # }
/// ```
pub struct NotificationListener {
    receiver: Receiver,
    socket: UdpSocket,
    clock: Clock,
    buffer: Vec<u8>,
}

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
        Ok(Self { receiver, socket, clock: Clock::start(), buffer: vec![0; MAX_DATAGRAM] })
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
            let (length, way) = match way_back::receive(&self.socket, &mut self.buffer) {
                Ok(received) => received,
                Err(error) if socket::is_time_out(&error) || socket::receive_again(&error) => continue,
                Err(error) => return Err(error),
            };
            let datagram = &self.buffer[..length];
            let handled = self.receiver.handle_datagram(self.clock.now(), way.asker(), datagram);
            if let Some(reply) = handled.reply {
                // An inform whose acknowledgement is lost is sent again.
                let _ = way_back::reply(&self.socket, &way, &reply);
            }
            if handled.received.is_some() {
                return Ok(handled.received);
            }
        }
    }

    /// The receiver, for counters and engines.
    pub fn receiver(&mut self) -> &mut Receiver {
        &mut self.receiver
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

/// A [`Notifier`] with a socket.
pub struct NotificationSender {
    notifier: Notifier,
    socket: UdpSocket,
    v6: bool,
    clock: Clock,
    buffer: Vec<u8>,
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
        Ok(Self { notifier, socket, v6, clock, buffer: vec![0; MAX_DATAGRAM] })
    }

    /// See [`Notifier::notify`]. What there is to send leaves in [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn notify(
        &mut self,
        engine: &mut Responder,
        notification: &Notification,
    ) -> Result<NoticeId, ApiMisuse> {
        self.notifier.notify(self.clock.now(), engine, notification)
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
            while let Some(notice) = self.notifier.poll_notice() {
                match notice {
                    Notice::Transmit { to, bytes } => self.send(to, &bytes),
                    other => return Ok(Some(other)),
                }
            }
            let Some(deadline) = self.notifier.next_deadline() else { return Ok(None) };
            if self.clock.until(until).is_zero() {
                return Ok(None);
            }
            let left = self.clock.until(deadline.min(until)).max(Duration::from_millis(1));
            if let Some((length, from)) = receive(&self.socket, &mut self.buffer, left)? {
                let from = socket::as_received(from);
                self.notifier.handle_datagram(self.clock.now(), from, &self.buffer[..length]);
            }
            self.notifier.handle_deadline(self.clock.now());
        }
    }

    /// The notifier, to add and remove targets.
    pub fn notifier(&mut self) -> &mut Notifier {
        &mut self.notifier
    }

    fn send(&mut self, to: SocketAddr, bytes: &[u8]) {
        let sent = socket::for_sending(to, self.v6).and_then(|address| self.socket.send_to(bytes, address));
        if sent.is_err_and(|error| socket::no_way_there(&error)) {
            self.notifier.handle_unreachable(self.clock.now(), to);
        }
    }
}

/// One datagram, or `None` when there was none in time.
fn receive(socket: &UdpSocket, buffer: &mut [u8], wait: Duration) -> io::Result<Option<(usize, SocketAddr)>> {
    socket.set_read_timeout(Some(wait))?;
    match socket.recv_from(buffer) {
        Ok(received) => Ok(Some(received)),
        Err(error) if socket::is_time_out(&error) || socket::receive_again(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
