//! The grammar of one item of a target list.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{SNMP_PORT, TargetFault};

pub(super) struct Item<'a> {
    pub(super) host: Host<'a>,
    pub(super) v6: bool,
    pub(super) ports: Option<(u16, u16)>,
}

pub(super) enum Host<'a> {
    Name(&'a str),
    Addresses { first: u128, last: u128 },
}

/// Items with their positions in characters from 1, without comments.
pub(super) fn items(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut line_start = 1;
    text.split('\n').flat_map(move |line| {
        let start = line_start;
        line_start += line.chars().count() + 1;
        let line = line.split('#').next().unwrap_or_default();
        let mut at = start;
        line.split([' ', '\t', '\r', ',']).filter_map(move |item| {
            let position = at;
            at += item.chars().count() + 1;
            (!item.is_empty()).then_some((position, item))
        })
    })
}

pub(super) fn parse_item(item: &str) -> Result<Item<'_>, TargetFault> {
    let (host, ports) = split_port(item)?;
    if host.contains('%') {
        return Err(TargetFault::Zone);
    }
    let ports = ports.map(parse_ports).transpose()?;
    let item = |(first, last): (u128, u128), v6| Item { host: Host::Addresses { first, last }, v6, ports };
    if let Some((address, prefix)) = host.split_once('/') {
        let address = address.parse().map_err(|_| TargetFault::NotAnAddress)?;
        let prefix = prefix.parse().map_err(|_| TargetFault::PrefixLength)?;
        return network(address, prefix).map(|span| item(span, address.is_ipv6()));
    }
    if let Some((first, last)) = host.split_once('-')
        && let Ok(first) = first.parse::<IpAddr>()
    {
        return Ok(item(range(first, last)?, first.is_ipv6()));
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        let number = number(address);
        return Ok(item((number, number), address.is_ipv6()));
    }
    match host {
        _ if host.contains(':') || host.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-') => {
            Err(TargetFault::NotAnAddress)
        }
        name if is_name(name) => Ok(Item { host: Host::Name(name), v6: false, ports }),
        _ => Err(TargetFault::NotAName),
    }
}

/// The address that reaches all hosts of a subnet, as typed: the network (`192.0.2.0/24`) or the address itself, each with
/// `:PORT` if it is not 161. IPv6 has none (RFC 4291 §2).
pub(super) fn broadcast_address(item: &str) -> Result<SocketAddr, TargetFault> {
    let parsed = parse_item(item)?;
    let (port, last_port) = parsed.ports.unwrap_or((SNMP_PORT, SNMP_PORT));
    let Host::Addresses { first, last } = parsed.host else { return Err(TargetFault::NoBroadcast) };
    // The last host of a network is even, before the broadcast address of all ones; /31 and /32 have no such.
    let is_network = item.contains('/');
    if parsed.v6
        || port != last_port
        || (is_network && last & 1 == 1)
        || (is_network && last == first)
        || (!is_network && first != last)
    {
        return Err(TargetFault::NoBroadcast);
    }
    let number = if is_network { last + 1 } else { last };
    let address = u32::try_from(number).map_err(|_| TargetFault::NoBroadcast)?;
    Ok((Ipv4Addr::from_bits(address), port).into())
}

/// Splits `host:port` and `[host]:port`. A host with several colons and no brackets is IPv6 without a port.
fn split_port(item: &str) -> Result<(&str, Option<&str>), TargetFault> {
    if let Some(inside) = item.strip_prefix('[') {
        let (host, behind) = inside.split_once(']').ok_or(TargetFault::Brackets)?;
        return match behind.strip_prefix(':') {
            Some(ports) => Ok((host, Some(ports))),
            None if behind.is_empty() => Ok((host, None)),
            None => Err(TargetFault::Brackets),
        };
    }
    match item.split_once(':') {
        Some((host, ports)) if !ports.contains(':') => Ok((host, Some(ports))),
        _ => Ok((item, None)),
    }
}

fn parse_ports(text: &str) -> Result<(u16, u16), TargetFault> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0).ok_or(TargetFault::Port);
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (port(first)?, port(last)?),
        None => (port(text)?, port(text)?),
    };
    if first <= last { Ok((first, last)) } else { Err(TargetFault::Port) }
}

fn network(address: IpAddr, prefix: u32) -> Result<(u128, u128), TargetFault> {
    let bits = if address.is_ipv6() { 128 } else { 32 };
    let host_bits = u32::checked_sub(bits, prefix).ok_or(TargetFault::PrefixLength)?;
    let size = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |size| size - 1);
    // `10.0.0.7/24` means the network that 10.0.0.7 is in.
    let first = number(address) & !size;
    let last = first | size;
    // The first address names the network and the last one all its hosts, unless it has but two (RFC 3021).
    Ok(if address.is_ipv4() && host_bits >= 2 { (first + 1, last - 1) } else { (first, last) })
}

fn range(first: IpAddr, last: &str) -> Result<(u128, u128), TargetFault> {
    let last = match (first, last.parse::<IpAddr>(), last.parse::<u8>()) {
        (_, Ok(last), _) => last,
        (IpAddr::V4(first), _, Ok(octet)) => {
            let [a, b, c, _] = first.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, octet))
        }
        _ => return Err(TargetFault::NotAnAddress),
    };
    if first.is_ipv4() != last.is_ipv4() || last < first {
        return Err(TargetFault::RangeEnds);
    }
    Ok((number(first), number(last)))
}

pub(super) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(ip) => u128::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.strip_suffix('.').unwrap_or(text).split('.').all(label)
}
