//! One task that listens for notifications, and one that sends them.

use core::time::Duration;
use std::io;
use std::net::SocketAddr;

use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::super::notify::Step;
use super::super::{notify, socket, way_back};
use crate::driver::Clock;
use crate::engine::notify::{Notice, Notifier, Received, Receiver};

/// A [`Receiver`] with a socket and a clock, for a task.
pub type NotificationListener = notify::NotificationListener<UdpSocket>;

/// A [`Notifier`] with a socket, for a task.
pub type NotificationSender = notify::NotificationSender<UdpSocket>;

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
        Ok(Self::over(socket, receiver))
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
            if let Some(received) = self.take(received)? {
                return Ok(received);
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
        let socket = nonblocking(socket::bind_any()?)?;
        let v6 = socket.local_addr()?.is_ipv6();
        Ok(Self::over(socket, v6, notifier, clock))
    }

    /// The next thing known: [`Notice::Acknowledged`] or [`Notice::Failed`]. `None` when there is nothing to wait for.
    ///
    /// # Errors
    ///
    /// When the socket of this machine fails; what targets and the network do is never an error here.
    pub async fn next(&mut self) -> io::Result<Option<Notice>> {
        loop {
            match self.step() {
                Step::Send { to, address, bytes } => {
                    let sent = self.socket.send_to(&bytes, address).await;
                    self.sent(to, sent);
                }
                Step::Tell(notice) => return Ok(Some(notice)),
                Step::Wait(deadline) => {
                    let left = self.clock.until(deadline).max(Duration::from_millis(1));
                    let received = timeout(left, self.socket.recv_from(&mut self.buffer)).await;
                    self.heard(received.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())))?;
                }
                Step::Rest => return Ok(None),
            }
        }
    }
}

fn nonblocking(socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}
