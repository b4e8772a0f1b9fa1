//! Whether this machine can send to a host at all: silence of a host is something else than no network.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Why not one of these addresses can be sent to from here; none when there is a way to at least one. Nothing is sent:
/// connecting a UDP socket only asks the system for the way.
pub(super) fn none_to(addresses: impl IntoIterator<Item = SocketAddr>) -> Option<io::Error> {
    let mut first = None;
    for address in addresses {
        match way_to(address) {
            Ok(()) => return None,
            Err(error) => first = first.or(Some(error)),
        }
    }
    first
}

fn way_to(address: SocketAddr) -> io::Result<()> {
    let any = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    UdpSocket::bind(any)?.connect(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_is_enough_and_without_any_the_reason_is_told() {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 161));
        // A socket that was not made for broadcasts may not send there, whatever the network.
        let nowhere = SocketAddr::from(([255, 255, 255, 255], 161));
        assert!(none_to([nowhere, loopback]).is_none());
        assert!(none_to([nowhere, nowhere]).is_some());
        assert!(none_to([]).is_none());
    }
}
