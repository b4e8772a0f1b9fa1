//! Datagrams of one turn on their way out, and what is done about those that cannot leave.

use std::io;
use std::net::SocketAddr;

use super::channel::Channel;
use super::{Clock, icmp, socket};
use crate::engine::{Completed, Manager, Output};

/// What a manager wanted sent and has not been sent.
#[derive(Default)]
pub(super) struct Outbox {
    datagrams: Vec<(SocketAddr, Vec<u8>)>,
    /// How many of them have been dealt with.
    done: usize,
    /// Whether the first of the others was tried before.
    tried: bool,
}

impl Outbox {
    /// Takes over all that the manager has to say. Returns whether there is anything to send.
    pub(super) fn collect(&mut self, manager: &mut Manager, mut completed: impl FnMut(Completed)) -> bool {
        while let Some(output) = manager.poll_output() {
            match output {
                Output::Transmit { to, bytes } => self.datagrams.push((to, bytes)),
                Output::Completed(outcome) => completed(outcome),
            }
        }
        !self.datagrams.is_empty()
    }

    /// Sends everything. What cannot be sent is lost, as on any network; the manager hears of hosts without a way there.
    ///
    /// # Errors
    ///
    /// Only when a non-blocking socket has no room: call again when it has.
    pub(super) fn flush(&mut self, channel: &Channel, manager: &mut Manager, clock: Clock) -> io::Result<()> {
        while let Some((to, _)) = self.datagrams.get(self.done) {
            match channel.send(&self.datagrams[self.done..]) {
                Ok(sent) => self.pass(sent.max(1)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                // That may be about an earlier datagram to somebody else; whose it was stands in the error queue.
                Err(error) if socket::receive_again(&error) && !self.tried => {
                    self.tried = true;
                    hear_of_unreachable(channel, manager, clock);
                }
                Err(error) => {
                    if socket::no_way_there(&error) {
                        manager.handle_unreachable(clock.now(), *to);
                    }
                    self.pass(1);
                }
            }
        }
        for (_, bytes) in self.datagrams.drain(..) {
            manager.recycle(bytes);
        }
        self.done = 0;
        Ok(())
    }

    fn pass(&mut self, datagrams: usize) {
        self.done += datagrams;
        self.tried = false;
    }
}

/// Tells the manager what the network says about datagrams that did not arrive.
pub(super) fn hear_of_unreachable(channel: &Channel, manager: &mut Manager, clock: Clock) {
    for address in icmp::unreachable(channel.socket()) {
        manager.handle_unreachable(clock.now(), address);
    }
}
