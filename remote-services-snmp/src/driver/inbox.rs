//! Between a manager and what carries its messages.

use std::net::SocketAddr;

use super::Clock;
use crate::ber::DecodeError;
use crate::engine::{Completed, Instant, Manager, Output};

/// Where a carrier of messages tells what it heard.
pub struct Inbox<'a> {
    manager: &'a mut Manager,
    clock: Clock,
    /// When the first thing was heard: one look at the clock is enough for all that comes at once.
    now: Option<Instant>,
}

impl<'a> Inbox<'a> {
    pub(super) fn new(manager: &'a mut Manager, clock: Clock) -> Self {
        Self { manager, clock, now: None }
    }

    /// A message came from this peer.
    pub fn message(&mut self, from: SocketAddr, message: &[u8]) {
        let now = self.now();
        self.manager.handle_datagram(now, from, message);
    }

    /// Something came from this peer that cannot be cut into messages: on a stream, the last thing that can be read.
    pub fn garbage(&mut self, from: SocketAddr, error: DecodeError) {
        let now = self.now();
        self.manager.handle_garbage(now, from, error);
    }

    /// There is no way to this peer, or nobody listens there.
    pub fn unreachable(&mut self, to: SocketAddr) {
        let now = self.now();
        self.manager.handle_unreachable(now, to);
    }

    /// A message has left, and its memory may be used for another one. Telling this is optional.
    pub fn sent(&mut self, message: Vec<u8>) {
        self.manager.recycle(message);
    }

    /// How many answers may still come.
    #[must_use]
    pub fn expected(&self) -> usize {
        self.manager.in_flight()
    }

    /// When the first thing was heard, or now.
    pub(super) fn now(&mut self) -> Instant {
        *self.now.get_or_insert_with(|| self.clock.now())
    }
}

/// Hands over all that a manager has to say. Returns whether there was anything to send.
pub(super) fn deliver(
    manager: &mut Manager,
    mut transmit: impl FnMut(SocketAddr, Vec<u8>),
    mut completed: impl FnMut(Completed),
) -> bool {
    let mut any = false;
    while let Some(output) = manager.poll_output() {
        match output {
            Output::Transmit { to, bytes } => {
                any = true;
                transmit(to, bytes);
            }
            Output::Completed(outcome) => completed(outcome),
        }
    }
    any
}
