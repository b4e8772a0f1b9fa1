//! One task that listens for notifications, and one that sends them.

use core::time::Duration;
use std::io;
use std::net::SocketAddr;

use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::super::socket::{self, MAX_DATAGRAM};
use super::super::way_back;
use crate::driver::Clock;
use crate::engine::ApiMisuse;
use crate::engine::notify::{Notice, NoticeId, Notification, Notifier, Received, Receiver};
use crate::engine::responder::Responder;

/// A [`Receiver`] with a socket and a clock. Everything happens inside [`next`](Self::next).
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
        let socket = nonblocking(socket::bind(local)?)?;
        way_back::enable(&socket);
        Ok(Self { receiver, socket, clock: Clock::start(), buffer: vec![0; MAX_DATAGRAM] })
    }

    /// The next notification. Informs are acknowledged on the way. Dropping the future loses nothing but, at worst, one
    /// acknowledgement, which the sender will ask for again.
    ///
    /// # Errors
    ///
    /// When the socket of this machine fails; what senders and the network do is never an error here.
    pub async fn next(&mut self) -> io::Result<Received> {
        loop {
            self.socket.readable().await?;
            let (socket, buffer) = (&self.socket, &mut self.buffer);
            let received = socket.try_io(Interest::READABLE, || way_back::receive(socket, buffer));
            let (length, way) = match received {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) if socket::receive_again(&error) => continue,
                Err(error) => return Err(error),
            };
            let datagram = &self.buffer[..length];
            let handled = self.receiver.handle_datagram(self.clock.now(), way.asker(), datagram);
            if let Some(reply) = handled.reply {
                // An inform whose acknowledgement is lost is sent again. Not awaited, so that nothing received is lost
                // when the caller drops this future.
                let socket = &self.socket;
                let _ = socket.try_io(Interest::WRITABLE, || way_back::reply(socket, &way, &reply));
            }
            if let Some(received) = handled.received {
                return Ok(received);
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
        let socket = nonblocking(socket::bind_any()?)?;
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

    /// The next thing known: [`Notice::Acknowledged`] or [`Notice::Failed`]. `None` when there is nothing to wait for.
    ///
    /// # Errors
    ///
    /// When the socket of this machine fails; what targets and the network do is never an error here.
    pub async fn next(&mut self) -> io::Result<Option<Notice>> {
        loop {
            while let Some(notice) = self.notifier.poll_notice() {
                match notice {
                    Notice::Transmit { to, bytes } => self.send(to, &bytes).await,
                    other => return Ok(Some(other)),
                }
            }
            let Some(deadline) = self.notifier.next_deadline() else { return Ok(None) };
            let wait = self.clock.until(deadline).max(Duration::from_millis(1));
            match timeout(wait, self.socket.recv_from(&mut self.buffer)).await {
                Ok(Ok((length, from))) => {
                    let from = socket::as_received(from);
                    self.notifier.handle_datagram(self.clock.now(), from, &self.buffer[..length]);
                }
                Ok(Err(error)) if !socket::receive_again(&error) => return Err(error),
                _ => {}
            }
            self.notifier.handle_deadline(self.clock.now());
        }
    }

    /// The notifier, to add and remove targets.
    pub fn notifier(&mut self) -> &mut Notifier {
        &mut self.notifier
    }

    async fn send(&mut self, to: SocketAddr, bytes: &[u8]) {
        let Ok(address) = socket::for_sending(to, self.v6) else {
            return self.notifier.handle_unreachable(self.clock.now(), to);
        };
        if self.socket.send_to(bytes, address).await.is_err_and(|error| socket::no_way_there(&error)) {
            self.notifier.handle_unreachable(self.clock.now(), to);
        }
    }
}

fn nonblocking(socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}
