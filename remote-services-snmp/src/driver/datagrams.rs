//! One UDP socket for all peers: what leaves it, what comes to it, and what the network says about either.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use super::channel::Channel;
use super::{Inbox, SocketOptions, icmp, socket};
use crate::engine::Manager;

/// The socket, with what a manager wanted sent and has not been sent.
pub(super) struct Datagrams {
    channel: Channel,
    outgoing: Vec<(SocketAddr, Vec<u8>)>,
    /// How many of them have been dealt with.
    done: usize,
    /// Whether the first of the others was tried before.
    tried: bool,
}

impl Datagrams {
    /// Binds to `local`, or to any free port where that is `None`, for this manager.
    pub(super) fn bind(
        local: Option<SocketAddr>,
        options: &SocketOptions,
        manager: &mut Manager,
    ) -> io::Result<Self> {
        let socket = match local {
            Some(local) => socket::bind_with(local, options)?,
            None => socket::bind_any()?,
        };
        Self::over(&socket, manager)?;
        Ok(Self::through(Channel::new(socket, options)?))
    }

    /// Through a socket connected to this peer.
    #[cfg(feature = "blocking")]
    pub(super) fn connect(peer: SocketAddr, manager: &mut Manager) -> io::Result<Self> {
        let socket = socket::connect(peer)?;
        Self::over(&socket, manager)?;
        Ok(Self::through(Channel::connected(socket, peer)?))
    }

    fn over(socket: &UdpSocket, manager: &mut Manager) -> io::Result<()> {
        icmp::enable(socket, socket.local_addr()?.is_ipv6());
        if let Some(fit) = socket::answers_that_fit(socket) {
            manager.limit_in_flight(fit);
        }
        Ok(())
    }

    fn through(channel: Channel) -> Self {
        Self { channel, outgoing: Vec::new(), done: 0, tried: false }
    }

    pub(super) fn socket(&self) -> &UdpSocket {
        self.channel.socket()
    }

    /// How many datagrams one call of [`receive`](Self::receive) may bring.
    #[cfg(feature = "tokio")]
    pub(super) fn most_at_once(&self) -> usize {
        self.channel.most_at_once()
    }

    /// Keeps a datagram for [`flush`](Self::flush).
    pub(super) fn push(&mut self, to: SocketAddr, datagram: Vec<u8>) {
        self.outgoing.push((to, datagram));
    }

    /// Sends everything. What cannot be sent is lost, as on any network; the manager hears of hosts without a way there.
    ///
    /// # Errors
    ///
    /// Only when a non-blocking socket has no room: call again when it has.
    pub(super) fn flush(&mut self, inbox: &mut Inbox<'_>) -> io::Result<()> {
        while let Some((to, _)) = self.outgoing.get(self.done) {
            match self.channel.send(&self.outgoing[self.done..]) {
                Ok(sent) => self.pass(sent.max(1)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                // That may be about an earlier datagram to somebody else; whose it was stands in the error queue.
                Err(error) if socket::receive_again(&error) && !self.tried => {
                    self.tried = true;
                    self.hear_of_unreachable(inbox);
                }
                Err(error) => {
                    if socket::no_way_there(&error) {
                        inbox.unreachable(*to);
                    }
                    self.pass(1);
                }
            }
        }
        while let Some((_, datagram)) = self.outgoing.pop() {
            inbox.sent(datagram);
        }
        self.done = 0;
        Ok(())
    }

    fn pass(&mut self, datagrams: usize) {
        self.done += datagrams;
        self.tried = false;
    }

    /// Waits for a datagram as the socket is set to, and hands over what has arrived by then, at most `most` datagrams.
    ///
    /// # Errors
    ///
    /// The system's, time-outs among them.
    pub(super) fn receive(&mut self, most: usize, inbox: &mut Inbox<'_>) -> io::Result<usize> {
        self.channel.receive(most, |from, datagram| inbox.message(from, datagram))
    }

    /// Tells the manager what the network says about datagrams that did not arrive.
    #[cold]
    pub(super) fn hear_of_unreachable(&self, inbox: &mut Inbox<'_>) {
        for address in icmp::unreachable(self.channel.socket()) {
            inbox.unreachable(address);
        }
    }
}
