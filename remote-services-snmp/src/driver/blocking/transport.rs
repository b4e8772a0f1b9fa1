//! What carries the messages of a [`ManagerDriver`](super::ManagerDriver): a UDP socket, or streams, tunnels and whatever encrypts.

use core::time::Duration;
use std::io;
use std::net::SocketAddr;

use super::super::datagrams::Datagrams;
use super::super::socket;
use crate::driver::Inbox;

/// Carries whole messages between a manager and its peers. [`Udp`] and [`Tcp`](super::Tcp) do; TLS and DTLS go here.
pub trait Transport {
    /// Takes a message on its way, and waits for nobody.
    fn send(&mut self, to: SocketAddr, message: Vec<u8>);

    /// Sends what was taken and not yet sent. What cannot be sent is lost, or told of as unreachable. For those that send at
    /// once there is nothing to do.
    fn flush(&mut self, inbox: &mut Inbox<'_>) {
        let _ = inbox;
    }

    /// Waits for something to arrive, at most about as long as `wait`, and tells of it.
    ///
    /// # Errors
    ///
    /// Only when this machine can go on no longer.
    fn receive(&mut self, wait: Duration, inbox: &mut Inbox<'_>) -> io::Result<()>;
}

/// Datagrams over one socket, many with each system call where the system can do that (RFC 3417 §3).
pub struct Udp {
    pub(super) datagrams: Datagrams,
    /// The read time-out set on the socket, to spare a system call when it stays the same.
    time_out: Option<Duration>,
}

impl Udp {
    pub(super) fn new(datagrams: Datagrams) -> Self {
        Self { datagrams, time_out: None }
    }

    /// Sets the socket's time-out to at most `wait`. Waking early does no harm, so a time-out that is not much too
    /// short is left as it is: most datagrams then cost no system call for it.
    fn wait_at_most(&mut self, wait: Duration) -> io::Result<()> {
        let wait = wait.max(SHORTEST_WAIT);
        if self.time_out.is_some_and(|set| set <= wait && set >= wait / 4) {
            return Ok(());
        }
        let half = (wait / 2).max(SHORTEST_WAIT);
        self.datagrams.socket().set_read_timeout(Some(half))?;
        self.time_out = Some(half);
        Ok(())
    }
}

impl Transport for Udp {
    fn send(&mut self, to: SocketAddr, message: Vec<u8>) {
        self.datagrams.push(to, message);
    }

    fn flush(&mut self, inbox: &mut Inbox<'_>) {
        // A blocking socket always finds room.
        let _ = self.datagrams.flush(inbox);
    }

    fn receive(&mut self, wait: Duration, inbox: &mut Inbox<'_>) -> io::Result<()> {
        self.wait_at_most(wait)?;
        match self.datagrams.receive(inbox.expected(), inbox) {
            Err(error) if socket::is_time_out(&error) => Ok(()),
            Err(error) if socket::receive_again(&error) => {
                self.datagrams.hear_of_unreachable(inbox);
                Ok(())
            }
            received => received.map(drop),
        }
    }
}

/// Systems round shorter waits to zero, which would spin or wait for ever.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
