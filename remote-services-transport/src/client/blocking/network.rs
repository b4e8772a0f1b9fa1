//! How the network is called that this host is on: by its own addresses on the way to the internet.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// The name; empty where this host has no way to anywhere. Nothing is sent to find it.
pub(in crate::client) fn own_network() -> String {
    // Addresses of documentation (RFC 5737, RFC 3849): the way there is that to anywhere.
    name([([192, 0, 2, 1], 9).into(), ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 9).into()].map(own_address))
}

/// The address that packets to `far` would be from.
fn own_address(far: SocketAddr) -> io::Result<IpAddr> {
    let any: SocketAddr = if far.is_ipv4() { ([0; 4], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(any)?;
    socket.connect(far)?;
    Ok(socket.local_addr()?.ip())
}

fn name(own: [io::Result<IpAddr>; 2]) -> String {
    let words = own.into_iter().flatten().map(|address| match address {
        IpAddr::V4(address) => address.to_string(),
        // The other half changes from day to day on the same network (RFC 8981).
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(address: &str) -> io::Result<IpAddr> {
        Ok(address.parse().unwrap())
    }

    fn has_not() -> io::Result<IpAddr> {
        Err(io::ErrorKind::NetworkUnreachable.into())
    }

    #[test]
    fn a_network_is_known_by_the_addresses_of_either_family() {
        assert_eq!(name([has("198.51.100.7"), has_not()]), "198.51.100.7");
        assert_eq!(name([has_not(), has("2001:db8:1:2:a::7")]), "2001:db8:1:2::/64");
        assert_eq!(name([has("198.51.100.7"), has("fd00::7")]), "198.51.100.7 fd00:0:0:0::/64");
        assert_eq!(name([has_not(), has_not()]), "");
        let (yesterday, today) = (has("2001:db8:1:2:a:b:c:d"), has("2001:db8:1:2:1:2:3:4"));
        assert_eq!(name([has_not(), yesterday]), name([has_not(), today]));
    }

    #[test]
    fn an_own_address_is_that_of_the_way_to_the_other() {
        for own in ["127.0.0.1:9", "[::1]:9"] {
            let far: SocketAddr = own.parse().unwrap();
            // A host may be without one of the families.
            if UdpSocket::bind((far.ip(), 0)).is_ok() {
                assert_eq!(own_address(far).unwrap(), far.ip());
            }
        }
    }
}
