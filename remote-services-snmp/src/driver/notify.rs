//! Notifications in and out through a socket: everything but the waiting, which threads and tasks do each in their way.

use std::io;
use std::net::SocketAddr;

use super::socket::{self, MAX_DATAGRAM};
use super::way_back::{self, Replies, WayBack};
use crate::driver::Clock;
use crate::engine::notify::{Notice, NoticeId, Notification, Notifier, Received, Receiver};
use crate::engine::responder::Responder;
use crate::engine::{ApiMisuse, Instant};

/// A [`Receiver`] with a socket and a clock. Everything happens inside its `next`.
///
/// ```no_run
/// # #[cfg(feature = "blocking")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use remote_services_snmp::crypto::rustcrypto;
/// use remote_services_snmp::driver::{blocking::NotificationListener, os_random};
/// use remote_services_snmp::engine::Instant;
/// use remote_services_snmp::engine::notify::{Receiver, ReceiverConfig};
/// use remote_services_snmp::usm::EngineId;
///
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
/// # #[cfg(not(feature = "blocking"))]
/// # fn main() {}
/// ```
pub struct NotificationListener<S> {
    receiver: Receiver,
    pub(super) socket: S,
    pub(super) clock: Clock,
    pub(super) buffer: Vec<u8>,
}

impl<S> NotificationListener<S> {
    pub(super) fn over(socket: S, receiver: Receiver) -> Self {
        Self { receiver, socket, clock: Clock::start(), buffer: vec![0; MAX_DATAGRAM] }
    }

    /// The receiver, for counters and engines.
    pub fn receiver(&mut self) -> &mut Receiver {
        &mut self.receiver
    }

    /// Takes in what receiving into the buffer gave, and acknowledges an inform. That nothing came is no error.
    pub(super) fn take(&mut self, received: io::Result<(usize, WayBack)>) -> io::Result<Option<Received>>
    where
        S: Replies,
    {
        let (length, way) = match received {
            Ok(received) => received,
            Err(error) if socket::is_time_out(&error) || socket::receive_again(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let datagram = &self.buffer[..length];
        let handled = self.receiver.handle_datagram(self.clock.now(), way.asker(), datagram);
        if let Some(reply) = handled.reply {
            // An inform whose acknowledgement is lost is sent again. Not waited for: what was received must not be lost.
            let _ = way_back::reply(&self.socket, &way, &reply);
        }
        Ok(handled.received)
    }
}

/// A [`Notifier`] with a socket.
pub struct NotificationSender<S> {
    notifier: Notifier,
    pub(super) socket: S,
    v6: bool,
    pub(super) clock: Clock,
    pub(super) buffer: Vec<u8>,
}

/// What a sender does next.
pub(super) enum Step {
    /// Send this to `address`, which is how the socket names `to`, and tell [`NotificationSender::sent`].
    Send { to: SocketAddr, address: SocketAddr, bytes: Vec<u8> },
    /// The caller is to know this.
    Tell(Notice),
    /// Receive into the buffer until this time, and tell [`NotificationSender::heard`].
    Wait(Instant),
    /// There is nothing to wait for.
    Rest,
}

impl<S> NotificationSender<S> {
    pub(super) fn over(socket: S, v6: bool, notifier: Notifier, clock: Clock) -> Self {
        Self { notifier, socket, v6, clock, buffer: vec![0; MAX_DATAGRAM] }
    }

    /// See [`Notifier::notify`]. What there is to send leaves in `next`.
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

    /// The notifier, to add and remove targets.
    pub fn notifier(&mut self) -> &mut Notifier {
        &mut self.notifier
    }

    pub(super) fn step(&mut self) -> Step {
        while let Some(notice) = self.notifier.poll_notice() {
            match notice {
                Notice::Transmit { to, bytes } => match socket::for_sending(to, self.v6) {
                    Ok(address) => return Step::Send { to, address, bytes },
                    Err(_) => self.notifier.handle_unreachable(self.clock.now(), to),
                },
                other => return Step::Tell(other),
            }
        }
        self.notifier.next_deadline().map_or(Step::Rest, Step::Wait)
    }

    pub(super) fn sent(&mut self, to: SocketAddr, sent: io::Result<usize>) {
        if sent.is_err_and(|error| socket::no_way_there(&error)) {
            self.notifier.handle_unreachable(self.clock.now(), to);
        }
    }

    /// Takes in what receiving into the buffer gave. That nothing came is no error.
    pub(super) fn heard(&mut self, received: io::Result<(usize, SocketAddr)>) -> io::Result<()> {
        match received {
            Ok((length, from)) => {
                let from = socket::as_received(from);
                self.notifier.handle_datagram(self.clock.now(), from, &self.buffer[..length]);
            }
            Err(error) if socket::is_time_out(&error) || socket::receive_again(&error) => {}
            Err(error) => return Err(error),
        }
        self.notifier.handle_deadline(self.clock.now());
        Ok(())
    }
}
