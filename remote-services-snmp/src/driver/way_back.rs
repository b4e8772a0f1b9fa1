//! Replies that leave from the address that was asked.
//!
//! A socket bound to a wildcard address sends from whatever address the routing prefers. Who asked another one drops such
//! an answer, and RFC 3417 §3 wants the address asked. Linux tells for each datagram where it was sent to and lets the
//! reply name its source (IP_PKTINFO, IPV6_PKTINFO). Elsewhere bind the socket to one address.
//!
//! recvmmsg tells it of each datagram. sendmmsg as nix offers it names one source for all that it sends, so replies that
//! follow one another and leave from the same address, as nearly all do, go together.

use std::net::SocketAddr;

use super::socket;

pub(super) use system::{MOST_AT_ONCE, Replies, receive, receive_many, reply, reply_many};

/// Where a datagram came from, and where it was sent to as far as the system tells.
pub(super) struct WayBack {
    from: SocketAddr,
    #[cfg(all(target_os = "linux", not(portable_sockets)))]
    asked: Option<system::Asked>,
}

impl WayBack {
    /// Who sent it, as peers are compared.
    pub(super) fn asker(&self) -> SocketAddr {
        socket::as_received(self.from)
    }
}

/// Makes the system tell. One that refuses leaves the socket as it was.
pub(super) fn enable(socket: &impl Replies) {
    system::enable(socket);
}

#[cfg(all(target_os = "linux", not(portable_sockets)))]
mod system {
    use std::io::{self, IoSlice, IoSliceMut};
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
    use std::os::fd::{AsFd, AsRawFd};

    use nix::cmsg_space;
    use nix::libc::{in_addr, in_pktinfo, in6_pktinfo};
    use nix::sys::socket::sockopt::{Ipv4PacketInfo, Ipv6RecvPacketInfo};
    use nix::sys::socket::{
        ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockaddrStorage, recvmmsg,
        recvmsg, sendmmsg, sendmsg, setsockopt,
    };

    use super::super::socket::MAX_DATAGRAM;
    use super::WayBack;

    /// Datagrams a system call: half of what a manager takes, since a device is seldom asked by so many at once.
    pub(in super::super) const MOST_AT_ONCE: usize = 32;

    pub(in super::super) trait Replies: AsFd + AsRawFd {}
    impl<S: AsFd + AsRawFd> Replies for S {}

    /// The address of ours that was asked.
    #[derive(Clone, Copy)]
    pub(super) enum Asked {
        V4(in_pktinfo),
        V6(in6_pktinfo),
    }

    pub(super) fn enable(socket: &impl Replies) {
        // Without it replies leave as they did before, so a refusal is no error.
        let _ = setsockopt(socket, Ipv4PacketInfo, &true);
        let _ = setsockopt(socket, Ipv6RecvPacketInfo, &true);
    }

    pub(in super::super) fn receive(
        socket: &impl Replies,
        buffer: &mut [u8],
    ) -> io::Result<(usize, WayBack)> {
        let mut parts = [IoSliceMut::new(buffer)];
        let mut control = [0; CONTROL_SIZE];
        let message = recvmsg::<SockaddrStorage>(
            socket.as_raw_fd(),
            &mut parts,
            Some(&mut control),
            MsgFlags::empty(),
        )?;
        Ok((message.bytes, way_back(&message)?))
    }

    /// As [`receive`] as many as have come and find room, at most `most`; `room` is one largest datagram for each.
    pub(in super::super) fn receive_many(
        socket: &impl Replies,
        room: &mut [u8],
        most: usize,
        mut take: impl FnMut(usize, usize, WayBack),
    ) -> io::Result<()> {
        if most == 1 {
            let (length, way) = receive(socket, &mut room[..MAX_DATAGRAM])?;
            take(0, length, way);
            return Ok(());
        }
        // Made anew for each call: the system notes in them how much control room it has used.
        let control = Some(cmsg_space!(in_pktinfo, in6_pktinfo));
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(most, control);
        let mut slots: Vec<[IoSliceMut<'_>; 1]> =
            room.chunks_mut(MAX_DATAGRAM).take(most).map(|slot| [IoSliceMut::new(slot)]).collect();
        let flags = MsgFlags::MSG_WAITFORONE;
        let messages = recvmmsg(socket.as_raw_fd(), &mut headers, slots.iter_mut(), flags, None)?;
        for (slot, message) in messages.enumerate() {
            if let Ok(way) = way_back(&message) {
                take(slot, message.bytes, way);
            }
        }
        Ok(())
    }

    fn way_back(message: &RecvMsg<'_, '_, SockaddrStorage>) -> io::Result<WayBack> {
        let from = message.address.and_then(|address| {
            let v4 = address.as_sockaddr_in().map(|v4| SocketAddr::V4(SocketAddrV4::from(*v4)));
            v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddr::V6(SocketAddrV6::from(*v6))))
        });
        let from = from.ok_or(io::ErrorKind::InvalidData)?;
        let (mut v4, mut v6) = (None, None);
        for told in message.cmsgs()? {
            match told {
                ControlMessageOwned::Ipv4PacketInfo(info) => v4 = Some(info),
                ControlMessageOwned::Ipv6PacketInfo(info) => v6 = Some(info),
                _ => {}
            }
        }
        // An IPv6 socket names IPv4 addresses in the IPv6 way, besides the IPv4 one.
        let asked = match from {
            SocketAddr::V4(_) => v4.map(Asked::V4),
            SocketAddr::V6(_) => v6.map(Asked::V6),
        };
        Ok(WayBack { from, asked: asked.and_then(as_source) })
    }

    /// What to name as the source of a reply: a host's own address, over whatever interface the routing chooses. For a
    /// broadcast Linux itself names one of ours; a multicast group cannot be a source.
    fn as_source(asked: Asked) -> Option<Asked> {
        match asked {
            Asked::V4(info) => {
                let own = Ipv4Addr::from(u32::from_be(info.ipi_spec_dst.s_addr));
                let anything = in_addr { s_addr: 0 };
                let info = in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: info.ipi_spec_dst, ipi_addr: anything };
                (!own.is_unspecified() && !own.is_multicast()).then_some(Asked::V4(info))
            }
            Asked::V6(info) => {
                let own = Ipv6Addr::from(info.ipi6_addr.s6_addr);
                // A link-local address means something on its own link only.
                let interface = if own.is_unicast_link_local() { info.ipi6_ifindex } else { 0 };
                let info = in6_pktinfo { ipi6_ifindex: interface, ..info };
                (!own.is_unspecified() && !own.is_multicast()).then_some(Asked::V6(info))
            }
        }
    }

    pub(in super::super) fn reply(socket: &impl Replies, way: &WayBack, bytes: &[u8]) -> io::Result<usize> {
        let source = way.asked.as_ref().map(Asked::as_control);
        let to = SockaddrStorage::from(way.from);
        let control = source.as_slice();
        Ok(sendmsg(socket.as_raw_fd(), &[IoSlice::new(bytes)], control, MsgFlags::empty(), Some(&to))?)
    }

    /// Sends the first of these replies, and those after it that leave from the same address and that the system takes at
    /// once. Gives how many it took; an error says why the first could not be sent.
    pub(in super::super) fn reply_many(
        socket: &impl Replies,
        ways: &[WayBack],
        replies: &[Vec<u8>],
    ) -> io::Result<usize> {
        let (Some(first), Some(only)) = (ways.first(), replies.first()) else { return Ok(0) };
        let source = first.asked.as_ref().map(Asked::key);
        let same = ways.iter().take_while(|way| way.asked.as_ref().map(Asked::key) == source);
        let to: Vec<Option<SockaddrStorage>> = same.map(|way| Some(way.from.into())).collect();
        if to.len() == 1 {
            return reply(socket, first, only).map(|_| 1);
        }
        // No octet more than the one message takes, or the system reads on.
        let room = first.asked.as_ref().map(|asked| match asked {
            Asked::V4(_) => cmsg_space!(in_pktinfo),
            Asked::V6(_) => cmsg_space!(in6_pktinfo),
        });
        let control = first.asked.as_ref().map(Asked::as_control);
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(to.len(), room);
        let slots: Vec<[IoSlice<'_>; 1]> = replies.iter().map(|reply| [IoSlice::new(reply)]).collect();
        let sent =
            sendmmsg(socket.as_raw_fd(), &mut headers, &slots, &to, control.as_slice(), MsgFlags::empty())?;
        Ok(sent.count())
    }

    impl Asked {
        fn as_control(&self) -> ControlMessage<'_> {
            match self {
                Self::V4(info) => ControlMessage::Ipv4PacketInfo(info),
                Self::V6(info) => ControlMessage::Ipv6PacketInfo(info),
            }
        }

        /// What tells two sources apart: address and interface.
        fn key(&self) -> ([u8; 16], u32) {
            match self {
                Self::V4(info) => {
                    (Ipv4Addr::from(u32::from_be(info.ipi_spec_dst.s_addr)).to_ipv6_mapped().octets(), 0)
                }
                Self::V6(info) => (info.ipi6_addr.s6_addr, info.ipi6_ifindex),
            }
        }
    }

    /// Room for both kinds of packet information, several times over.
    const CONTROL_SIZE: usize = 256;
}

#[cfg(any(not(target_os = "linux"), portable_sockets))]
mod system {
    use std::io;
    use std::net::{SocketAddr, UdpSocket};

    use super::WayBack;

    pub(in super::super) const MOST_AT_ONCE: usize = 1;

    /// A socket of either kind.
    pub(in super::super) trait Replies {
        fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
        fn send(&self, bytes: &[u8], to: SocketAddr) -> io::Result<usize>;
    }

    impl Replies for UdpSocket {
        fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
            self.recv_from(buffer)
        }
        fn send(&self, bytes: &[u8], to: SocketAddr) -> io::Result<usize> {
            self.send_to(bytes, to)
        }
    }

    #[cfg(feature = "tokio")]
    impl Replies for tokio::net::UdpSocket {
        fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
            self.try_recv_from(buffer)
        }
        fn send(&self, bytes: &[u8], to: SocketAddr) -> io::Result<usize> {
            self.try_send_to(bytes, to)
        }
    }

    pub(super) fn enable(_: &impl Replies) {}

    pub(in super::super) fn receive(
        socket: &impl Replies,
        buffer: &mut [u8],
    ) -> io::Result<(usize, WayBack)> {
        let (length, from) = socket.receive(buffer)?;
        Ok((length, WayBack { from }))
    }

    pub(in super::super) fn receive_many(
        socket: &impl Replies,
        room: &mut [u8],
        _: usize,
        mut take: impl FnMut(usize, usize, WayBack),
    ) -> io::Result<()> {
        let (length, way) = receive(socket, room)?;
        take(0, length, way);
        Ok(())
    }

    pub(in super::super) fn reply(socket: &impl Replies, way: &WayBack, bytes: &[u8]) -> io::Result<usize> {
        socket.send(bytes, way.from)
    }

    pub(in super::super) fn reply_many(
        socket: &impl Replies,
        ways: &[WayBack],
        replies: &[Vec<u8>],
    ) -> io::Result<usize> {
        match (ways.first(), replies.first()) {
            (Some(way), Some(bytes)) => reply(socket, way, bytes).map(|_| 1),
            _ => Ok(0),
        }
    }
}
