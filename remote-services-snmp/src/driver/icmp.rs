//! What the network says about datagrams that did not arrive.
//!
//! A socket that talks to many peers gets no such word from Linux unless it asks for the error queue, which names the
//! address each datagram was sent to. Elsewhere nothing is known, and a host where nobody listens looks like one that is
//! switched off: only time is lost.

use std::net::UdpSocket;

/// Asks for the error queue. A system that refuses leaves the socket as it was.
pub(super) fn enable(socket: &UdpSocket, v6: bool) {
    system::enable(socket, v6);
}

pub(super) use system::unreachable;

#[cfg(all(target_os = "linux", not(portable_sockets)))]
mod system {
    use std::io::{self, IoSliceMut};
    use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
    use std::os::fd::{AsFd, AsRawFd};

    use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr};
    use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt};

    use super::super::socket;

    pub(super) fn enable(socket: &UdpSocket, v6: bool) {
        // Without the error queue we only wait longer, so a refusal is no error.
        let _ = setsockopt(socket, Ipv4RecvErr, &true);
        if v6 {
            let _ = setsockopt(socket, Ipv6RecvErr, &true);
        }
    }

    /// Empties the error queue: addresses that cannot be reached.
    pub(in super::super) fn unreachable(socket: &(impl AsFd + AsRawFd)) -> Vec<SocketAddr> {
        let mut addresses = Vec::new();
        // Bounded, since an attacker could keep the queue from ever being empty.
        for _ in 0..MOST_AT_ONCE {
            let mut returned = [0; 64];
            let mut parts = [IoSliceMut::new(&mut returned)];
            let mut control = vec![0; CONTROL_SIZE];
            let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
            let message =
                recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(&mut control), flags);
            let Ok(message) = message else { break };
            let asked = message.address.and_then(|address| {
                let v4 = address.as_sockaddr_in().map(|v4| SocketAddr::V4(SocketAddrV4::from(*v4)));
                v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddr::V6(SocketAddrV6::from(*v6))))
            });
            let gone = message.cmsgs().is_ok_and(|mut messages| {
                messages.any(|message| match message {
                    ControlMessageOwned::Ipv4RecvErr(error, _)
                    | ControlMessageOwned::Ipv6RecvErr(error, _) => {
                        let code = i32::try_from(error.ee_errno).unwrap_or(0);
                        socket::no_way_there(&io::Error::from_raw_os_error(code))
                    }
                    _ => false,
                })
            });
            if let (Some(asked), true) = (asked, gone) {
                addresses.push(socket::as_received(asked));
            }
        }
        addresses
    }

    const MOST_AT_ONCE: usize = 1_024;
    /// Room for sock_extended_err and an address, several times over.
    const CONTROL_SIZE: usize = 512;
}

#[cfg(any(not(target_os = "linux"), portable_sockets))]
mod system {
    use std::net::{SocketAddr, UdpSocket};

    pub(super) fn enable(_: &UdpSocket, _: bool) {}

    /// Addresses that cannot be reached: this system does not tell.
    pub(in super::super) fn unreachable<S>(_: &S) -> Vec<SocketAddr> {
        Vec::new()
    }
}
