//! The domain name system as a source of hosts: a zone transferred whole, the names of a range of addresses, and services
//! announced on the local network.
//!
//! | module | source |
//! | --- | --- |
//! | [`transfer`] | all addresses of a zone (AXFR, RFC 5936), where its server lets us |
//! | [`reverse`] | those addresses of a range that have a name (PTR, RFC 1035 §3.5) |
//! | [`names`] | no hosts: the names of devices that are known by their address (PTR, and back) |
//! | [`service`] | printers that announce themselves by multicast DNS (RFC 6762, RFC 6763) |
//!
//! Messages are read and written by the `simple-dns` crate.

pub mod names;
pub mod reverse;
pub mod service;
pub mod transfer;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, QCLASS, QTYPE, Question};

/// A host that a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedHost {
    /// Its address.
    pub address: IpAddr,
    /// Its name, without the dot at the end.
    pub name: String,
}

/// The name of an address in the reverse tree: `7.2.0.192.in-addr.arpa`, or below `ip6.arpa` (RFC 3596 §2.5).
#[must_use]
pub fn reverse_name(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(ip) => {
            let nibbles = ip.octets().into_iter().rev().flat_map(|octet| [octet & 0xF, octet >> 4]);
            nibbles.map(|nibble| format!("{nibble:x}.")).collect::<String>() + "ip6.arpa"
        }
    }
}

/// The address of a name in the reverse tree.
#[must_use]
pub fn reversed(name: &str) -> Option<IpAddr> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if let Some(labels) = name.strip_suffix(".in-addr.arpa") {
        let turned: Vec<&str> = labels.rsplit('.').collect();
        return turned.join(".").parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    }
    let mut number: u128 = 0;
    let mut count = 0;
    for label in name.strip_suffix(".ip6.arpa")?.rsplit('.') {
        let nibble = u128::from_str_radix(label, 16).ok().filter(|_| label.len() == 1)?;
        number = number.checked_shl(4)? | nibble;
        count += 1;
    }
    (count == 32).then(|| Ipv6Addr::from_bits(number).into())
}

/// The address of an A or AAAA record.
fn address(data: &RData<'_>) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(Ipv4Addr::from_bits(a.address).into()),
        RData::AAAA(aaaa) => Some(Ipv6Addr::from_bits(aaaa.address).into()),
        _ => None,
    }
}

/// A message with these questions.
fn query(id: u16, questions: Vec<(Name<'_>, QTYPE)>, unicast: bool, recurse: bool) -> Option<Vec<u8>> {
    let mut packet = Packet::new_query(id);
    if recurse {
        packet.set_flags(simple_dns::PacketFlag::RECURSION_DESIRED);
    }
    for (name, kind) in questions {
        packet.questions.push(Question::new(name, kind, QCLASS::CLASS(CLASS::IN), unicast));
    }
    packet.build_bytes_vec().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_their_reverse_names_go_both_ways() {
        let v6 = "8.b.d.0.1.0.0.2.ip6.arpa";
        for text in ["192.0.2.7", "2001:db8::7", "::"] {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(reversed(&reverse_name(address)), Some(address), "{text}");
        }
        assert_eq!(reverse_name("192.0.2.7".parse().unwrap()), "7.2.0.192.in-addr.arpa");
        assert!(reverse_name("2001:db8::7".parse().unwrap()).ends_with(v6));
        for wrong in ["2.0.192.in-addr.arpa", "x.2.0.192.in-addr.arpa", v6, "example", ""] {
            assert_eq!(reversed(wrong), None, "{wrong}");
        }
    }
}
