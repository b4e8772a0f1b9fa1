//! The socket of a manager: many datagrams for one system call where the system can do that, else one by one.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use super::SocketOptions;
use super::socket::{self, MAX_DATAGRAM};

/// A UDP socket with room for the datagrams of one turn.
pub(super) struct Channel {
    socket: UdpSocket,
    v6: bool,
    batches: bool,
    /// The one peer of a connected socket.
    only: Option<SocketAddr>,
    room: Vec<u8>,
}

impl Channel {
    pub(super) fn new(socket: UdpSocket, options: &SocketOptions) -> io::Result<Self> {
        let v6 = socket.local_addr()?.is_ipv6();
        let batches = options.batches && system::CAN_BATCH;
        let slots = if batches { MOST_AT_ONCE } else { 1 };
        Ok(Self { socket, v6, batches, only: None, room: vec![0; slots * MAX_DATAGRAM] })
    }

    /// Over a socket that is connected to this peer. It never has many datagrams at once.
    #[cfg(feature = "blocking")]
    pub(super) fn connected(socket: UdpSocket, peer: SocketAddr) -> io::Result<Self> {
        let v6 = socket.local_addr()?.is_ipv6();
        Ok(Self { socket, v6, batches: false, only: Some(peer), room: vec![0; MAX_DATAGRAM] })
    }

    pub(super) fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// How many datagrams one call may bring.
    pub(super) fn most_at_once(&self) -> usize {
        if self.batches { MOST_AT_ONCE } else { 1 }
    }

    /// Waits for the first datagram as the socket is set to, and takes what has arrived by then, at most `most` of them.
    ///
    /// # Errors
    ///
    /// The system's, time-outs among them; `take` has then not been called.
    pub(super) fn receive(
        &mut self,
        most: usize,
        mut take: impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        let most = most.min(self.most_at_once());
        if most > 1 {
            return system::receive(&self.socket, &mut self.room, most, &mut take);
        }
        let room = &mut self.room[..MAX_DATAGRAM];
        let (length, from) = match self.only {
            Some(peer) => (self.socket.recv(room)?, peer),
            None => self.socket.recv_from(room).map(|(length, from)| (length, socket::as_received(from)))?,
        };
        take(from, &self.room[..length]);
        Ok(1)
    }

    /// Sends the first of these and as many after it as the system takes at once. Returns how many it took.
    ///
    /// # Errors
    ///
    /// Why the first could not be sent.
    pub(super) fn send(&self, datagrams: &[(SocketAddr, Vec<u8>)]) -> io::Result<usize> {
        let Some((to, bytes)) = datagrams.first() else { return Ok(0) };
        if let Some(peer) = self.only {
            // Any other is no peer that this socket has a way to.
            let its_own =
                if peer == *to { self.socket.send(bytes) } else { Err(io::ErrorKind::Unsupported.into()) };
            return its_own.map(|_| 1);
        }
        let first = socket::for_sending(*to, self.v6)?;
        if self.batches && datagrams.len() > 1 {
            return system::send(&self.socket, self.v6, &datagrams[..datagrams.len().min(MOST_AT_ONCE)]);
        }
        self.socket.send_to(bytes, first).map(|_| 1)
    }
}

/// Datagrams a system call: beyond this the call itself is a small part of the cost.
const MOST_AT_ONCE: usize = 64;

#[cfg(all(target_os = "linux", not(portable_sockets)))]
mod system {
    use std::io::{self, IoSlice, IoSliceMut};
    use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};
    use rustix::net::addr::SocketAddrArg;
    use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};

    use super::super::socket::{self, MAX_DATAGRAM};

    pub(super) const CAN_BATCH: bool = true;

    /// recvmmsg(2): `room` is one largest datagram for each of `most`.
    pub(super) fn receive(
        from: &UdpSocket,
        room: &mut [u8],
        most: usize,
        take: &mut impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        // Headers hold raw pointers, so keeping them would tie the driver to one thread.
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(most, None);
        let mut slots: Vec<[IoSliceMut<'_>; 1]> =
            room.chunks_mut(MAX_DATAGRAM).take(most).map(|slot| [IoSliceMut::new(slot)]).collect();
        let flags = MsgFlags::MSG_WAITFORONE;
        let mut received = 0;
        for message in recvmmsg(from.as_raw_fd(), &mut headers, slots.iter_mut(), flags, None)? {
            received += 1;
            let source = message.address.and_then(|address| {
                let v4 = address.as_sockaddr_in().map(|v4| SocketAddr::V4(SocketAddrV4::from(*v4)));
                v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddr::V6(SocketAddrV6::from(*v6))))
            });
            if let Some(source) = source {
                take(socket::as_received(source), message.iovs().next().unwrap_or_default());
            }
        }
        Ok(received)
    }

    /// sendmmsg(2).
    pub(super) fn send(from: &UdpSocket, v6: bool, datagrams: &[(SocketAddr, Vec<u8>)]) -> io::Result<usize> {
        // Up to the first that this socket has no way to; that one will be the first of the next call.
        let messages: Vec<(SocketAddrAny, [IoSlice<'_>; 1])> = datagrams
            .iter()
            .map_while(|(to, bytes)| {
                let address = socket::for_sending(*to, v6).ok()?;
                Some((address.as_any(), [IoSlice::new(bytes)]))
            })
            .collect();
        let mut no_control: Vec<SendAncillaryBuffer<'_, '_, '_>> =
            messages.iter().map(|_| SendAncillaryBuffer::default()).collect();
        let mut headers: Vec<MMsgHdr<'_>> = messages
            .iter()
            .zip(&mut no_control)
            .map(|((address, bytes), control)| MMsgHdr::new_with_addr(address, bytes, control))
            .collect();
        Ok(sendmmsg(from, &mut headers, SendFlags::empty())?)
    }
}

#[cfg(any(not(target_os = "linux"), portable_sockets))]
mod system {
    use std::io;
    use std::net::{SocketAddr, UdpSocket};

    pub(super) const CAN_BATCH: bool = false;

    pub(super) fn receive(
        _: &UdpSocket,
        _: &mut [u8],
        _: usize,
        _: &mut impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn send(_: &UdpSocket, _: bool, _: &[(SocketAddr, Vec<u8>)]) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
