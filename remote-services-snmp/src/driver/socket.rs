//! One UDP socket that reaches IPv4 and IPv6 peers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::SocketOptions;

/// Opens and binds a UDP socket as the drivers do: with a large receive buffer and never SO_REUSEADDR. One bound to an
/// unspecified IPv6 address talks to IPv4 peers too.
///
/// # Errors
///
/// When the system refuses the address or the socket.
pub fn bind(local: SocketAddr) -> io::Result<UdpSocket> {
    bind_with(local, &SocketOptions::default())
}

/// As [`bind`], with the numbers that the caller wants.
pub(super) fn bind_with(local: SocketAddr, options: &SocketOptions) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
    if local.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // A system may cap or refuse it; the in-flight window then has to be what keeps answers from being lost.
    let _ = socket.set_recv_buffer_size(options.receive_buffer);
    socket.bind(&local.into())?;
    Ok(socket.into())
}

/// Binds to any free port of this machine, for IPv6 and IPv4 where the system has both, else for IPv4.
pub(super) fn bind_any() -> io::Result<UdpSocket> {
    bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)))
        .or_else(|_| bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))))
}

/// Binds to any free port and connects to one peer.
#[cfg(feature = "blocking")]
pub(super) fn connect(peer: SocketAddr) -> io::Result<UdpSocket> {
    let local: IpAddr =
        if peer.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    let socket = bind((local, 0).into())?;
    socket.connect(peer)?;
    Ok(socket)
}

/// How many answers the receive buffer holds that the system has granted, if it tells.
pub(super) fn answers_that_fit(socket: &UdpSocket) -> Option<usize> {
    let granted = SockRef::from(socket).recv_buffer_size().ok()?;
    Some((granted / ANSWER_COST).max(1))
}

/// The form of a peer's address that a socket of this family sends to, if it can.
pub(super) fn for_sending(to: SocketAddr, socket_is_v6: bool) -> io::Result<SocketAddr> {
    match to.ip() {
        IpAddr::V4(v4) if socket_is_v6 => Ok(SocketAddr::from((v4.to_ipv6_mapped(), to.port()))),
        IpAddr::V6(_) if !socket_is_v6 => Err(io::ErrorKind::Unsupported.into()),
        _ => Ok(to),
    }
}

/// The form in which a source address is compared with peers' addresses.
pub(super) fn as_received(from: SocketAddr) -> SocketAddr {
    match from {
        SocketAddr::V6(v6) => match v6.ip().to_ipv4_mapped() {
            Some(v4) => SocketAddr::from((v4, v6.port())),
            None => SocketAddrV6::new(*v6.ip(), v6.port(), 0, v6.scope_id()).into(),
        },
        SocketAddr::V4(_) => from,
    }
}

/// Whether sending failed because there is no way to that host, as opposed to a passing trouble of this machine.
pub(super) fn no_way_there(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::Unsupported
    )
}

/// Whether an error from receiving is about an earlier datagram of ours (Windows and Linux report ICMP so) or a signal.
pub(super) fn receive_again(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::Interrupted
    )
}

/// Whether nothing came in time. Unix and Windows name an expired read time-out differently.
pub(super) fn is_time_out(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// What Linux counts for a datagram that fills an Ethernet frame: the octets and their bookkeeping.
const ANSWER_COST: usize = 2_304;
/// The largest UDP payload.
pub(super) const MAX_DATAGRAM: usize = 65_535;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_over_a_port_by_so_reuseaddr() {
        let ours = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = ours.local_addr().unwrap();
        let other = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).unwrap();
        other.set_reuse_address(true).unwrap();
        let refused = other.bind(&address.into()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
    }
}
