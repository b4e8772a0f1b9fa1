//! ifTable (IF-MIB), ipAddrTable, ipAddressTable and the default route (IP-MIB): where the device is.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use remote_services_core::network::{AddressOrigin, Interface, Network};
use remote_services_core::reading::{Withheld, WithheldReason};
use remote_services_snmp::{Oid, oid};
use std::collections::BTreeMap;

use super::{Reading, source_scalar};
use crate::store::Table;
use crate::text::Charset;

/// 2 description, 3 type, 6 physical address.
pub(crate) static INTERFACES: Table = Table { entry: oid!("1.3.6.1.2.1.2.2.1"), columns: &[2, 3, 6] };
/// 2 interface, 3 mask; indexed by the address.
pub(crate) static IPV4: Table = Table { entry: oid!("1.3.6.1.2.1.4.20.1"), columns: &[2, 3] };
/// 3 interface, 4 type, 5 prefix, 6 origin; indexed by type, length and octets of the address.
pub(crate) static ADDRESSES: Table = Table { entry: oid!("1.3.6.1.2.1.4.34.1"), columns: &[3, 4, 5, 6] };
/// ipAddressPrefixEntry
const PREFIXES: Oid = oid!("1.3.6.1.2.1.4.32.1");
/// ipRouteNextHop of the default route.
const GATEWAY: Oid = oid!("1.3.6.1.2.1.4.21.1.7.0.0.0.0");
/// inetCidrRouteIfIndex of routes to 0.0.0.0/0; the next hop is the end of the index.
pub(crate) const DEFAULT_ROUTE: Oid = oid!("1.3.6.1.2.1.4.24.7.1.7.1.4.0.0.0.0.0");
/// hrSystemDate
const SYSTEM_DATE: Oid = oid!("1.3.6.1.2.1.25.1.2.0");
/// ipAddressType
const BROADCAST: i64 = 3;
/// softwareLoopback
const LOOPBACK: i64 = 24;

/// Instances to GET.
pub(crate) fn names() -> [Oid; 2] {
    [GATEWAY, SYSTEM_DATE]
}

/// Fills interfaces, gateways and time zone. The interface that owns the address we asked comes first, since it is the one
/// whose MAC identifies the device.
///
/// Sources of addresses name no instance: in these tables the instance is the address.
pub(crate) fn fill_network(reading: &Reading<'_>, network: &mut Network) {
    let mut found: BTreeMap<u32, Found> = BTreeMap::new();
    for row in reading.store.rows(&INTERFACES, None) {
        if row.number(3) == Some(LOOPBACK) {
            continue;
        }
        let interface = found.entry(row.last()).or_default();
        interface.name = row.text(2, Charset::Unknown);
        interface.mac = row.octets(6).and_then(mac);
    }
    addresses(reading, &mut found);
    let asked = reading.context.address;
    let mut found: Vec<Found> = found.into_values().filter(Found::is_useful).collect();
    found.sort_by_key(|interface| !asked.is_some_and(|address| interface.owns(address)));
    for (position, interface) in found.into_iter().enumerate() {
        let here = format!("Interface[{}]", position + 1);
        if interface.mac.is_some() {
            network.header.source(format!("{here}/MacAddress"), INTERFACES.column(6).to_string(), None);
        } else {
            reading.withhold(&mut network.header, format!("{here}/MacAddress"), &[INTERFACES.column(6)]);
        }
        if !interface.ipv4.is_empty() {
            network.header.source(format!("{here}/Ipv4Address"), IPV4.entry.to_string(), None);
        }
        if !interface.ipv6.is_empty() {
            network.header.source(format!("{here}/Ipv6Address"), ADDRESSES.entry.to_string(), None);
        }
        if interface.origin().is_some() {
            network.header.source(format!("{here}/AddressOrigin"), ADDRESSES.column(6).to_string(), None);
        }
        if let Some(mask) = interface.mask_with_holes {
            network.header.withheld.push(Withheld {
                element: format!("{here}/SubnetMask"),
                reason: WithheldReason::Error,
                detail: Some(format!("{mask} is no prefix")),
            });
        }
        network.interfaces.push(interface.into_model());
    }
    if network.interfaces.is_empty() {
        reading.withhold(&mut network.header, "Interface", &[INTERFACES.column(6), IPV4.column(2)]);
    }
    match reading.store.get(&GATEWAY).and_then(|value| value.as_bytes()) {
        Some([0, 0, 0, 0]) => {}
        Some(&[a, b, c, d]) => {
            network.default_gateways.push(Ipv4Addr::new(a, b, c, d).to_string());
            source_scalar(&mut network.header, "DefaultGateway", &GATEWAY);
        }
        _ => match newer_gateway(reading) {
            Some(address) => {
                network.default_gateways.push(address.to_string());
                network.header.source("DefaultGateway", "1.3.6.1.2.1.4.24.7.1.6", None);
            }
            None => reading.withhold(&mut network.header, "DefaultGateway", &[GATEWAY]),
        },
    }
    let date = reading.store.get(&SYSTEM_DATE).and_then(|value| value.as_bytes());
    match date.and_then(offset) {
        // A local time without a zone is whole.
        None if date.is_some_and(|date| date.len() == 8) => {
            network.header.withhold("TimeZone", WithheldReason::NotSupported);
        }
        Some(offset) => {
            network.time_zone = Some(offset);
            source_scalar(&mut network.header, "TimeZone", &SYSTEM_DATE);
        }
        None => reading.withhold(&mut network.header, "TimeZone", &[SYSTEM_DATE]),
    }
}

#[derive(Default)]
struct Found {
    name: Option<String>,
    mac: Option<String>,
    /// Address and prefix length.
    ipv4: Vec<(Ipv4Addr, Option<u8>)>,
    ipv6: Vec<Ipv6Addr>,
    /// Of every address for which ipAddressTable tells it.
    origins: Vec<(IpAddr, AddressOrigin)>,
    mask_with_holes: Option<Ipv4Addr>,
}

impl Found {
    fn is_useful(&self) -> bool {
        self.mac.is_some() || !self.ipv4.is_empty() || !self.ipv6.is_empty()
    }

    fn owns(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.ipv4.iter().any(|(own, _)| *own == address),
            IpAddr::V6(address) => self.ipv6.contains(&address),
        }
    }

    /// That of the first address.
    fn origin(&self) -> Option<AddressOrigin> {
        let first = self.ipv4.first().map(|(address, _)| IpAddr::from(*address));
        let first = first.or(self.ipv6.first().map(|address| IpAddr::from(*address)))?;
        self.origins.iter().find(|(address, _)| *address == first).map(|(_, origin)| origin.clone())
    }

    fn into_model(self) -> Interface {
        let prefix_length = self.ipv4.first().and_then(|(_, prefix)| *prefix);
        let subnet = self.ipv4.first().and_then(|(address, prefix)| Some(subnet(*address, (*prefix)?)));
        Interface {
            address_origin: self.origin(),
            name: self.name,
            mac_address: self.mac,
            subnet_address: subnet.map(|subnet| subnet.to_string()),
            ipv4_addresses: self.ipv4.iter().map(|(address, _)| address.to_string()).collect(),
            ipv6_addresses: self.ipv6.iter().map(Ipv6Addr::to_string).collect(),
            prefix_length,
        }
    }
}

fn addresses(reading: &Reading<'_>, found: &mut BTreeMap<u32, Found>) {
    for row in reading.store.rows(&IPV4, None) {
        let Some(address) = ipv4(&row.index).filter(|address| is_usable(*address)) else { continue };
        let interface = row.number(2).and_then(|index| u32::try_from(index).ok()).unwrap_or(0);
        let entry = found.entry(interface).or_default();
        let mask = row.ipv4(3);
        let length = mask.and_then(prefix_length);
        if length.is_none() && entry.ipv4.is_empty() {
            entry.mask_with_holes = mask;
        }
        entry.ipv4.push((address, length));
    }
    for row in reading.store.rows(&ADDRESSES, None) {
        // ipAddressType broadcast(3): net-snmp lists the broadcast address of each subnet among the others.
        if row.number(4) == Some(BROADCAST) {
            continue;
        }
        let Some(interface) = row.number(3).and_then(|index| u32::try_from(index).ok()) else { continue };
        let entry = found.entry(interface).or_default();
        let address = match row.index.as_slice() {
            [1, 4, octets @ ..] => {
                let Some(address) = ipv4(octets).filter(|address| is_usable(*address)) else { continue };
                if !entry.ipv4.iter().any(|(known, _)| *known == address) {
                    entry.ipv4.push((address, row.oid(5).and_then(pointed_length)));
                }
                IpAddr::from(address)
            }
            [2, 16, octets @ ..] => {
                let usable = |address: &Ipv6Addr| !address.is_loopback() && !address.is_unspecified();
                let Some(address) = ipv6(octets).filter(usable) else { continue };
                entry.ipv6.push(address);
                IpAddr::from(address)
            }
            _ => continue,
        };
        entry.origins.extend(row.number(6).map(|number| (address, origin(number))));
    }
}

/// The next hop of the first default route in inetCidrRouteTable (RFC 4292), for agents without the older table.
fn newer_gateway(reading: &Reading<'_>) -> Option<Ipv4Addr> {
    let (index, _) = reading.store.below(&DEFAULT_ROUTE).next()?;
    let (before, octets) = index.split_at_checked(index.len().checked_sub(4)?)?;
    before.ends_with(&[1, 4]).then(|| ipv4(octets))?.filter(|address| is_usable(*address))
}

/// IpAddressOriginTC (IP-MIB).
fn origin(number: i64) -> AddressOrigin {
    match number {
        2 => AddressOrigin::Manual,
        4 => AddressOrigin::Dhcp,
        5 => AddressOrigin::Linklayer,
        6 => AddressOrigin::Random,
        _ => AddressOrigin::Other,
    }
}

/// The offset of a DateAndTime (RFC 2579) as `+01:00`; eight octets have none.
fn offset(date_and_time: &[u8]) -> Option<String> {
    match date_and_time[..] {
        [_, _, _, _, _, _, _, _, sign @ (b'+' | b'-'), hours @ 0..=13, minutes @ 0..=59] => {
            Some(format!("{}{hours:02}:{minutes:02}", char::from(sign)))
        }
        _ => None,
    }
}

/// ipAddressPrefix points at a row of ipAddressPrefixTable, whose index ends with the length; 0.0 at none.
fn pointed_length(prefix: &Oid) -> Option<u8> {
    let index: Vec<u32> = prefix.strip_prefix(&PREFIXES)?.collect();
    u8::try_from(*index.last()?).ok().filter(|length| *length <= 32)
}

fn is_usable(address: Ipv4Addr) -> bool {
    !address.is_loopback() && !address.is_unspecified()
}

fn ipv4(arcs: &[u32]) -> Option<Ipv4Addr> {
    Some(octets::<4>(arcs)?.into())
}

fn ipv6(arcs: &[u32]) -> Option<Ipv6Addr> {
    Some(octets::<16>(arcs)?.into())
}

fn octets<const N: usize>(arcs: &[u32]) -> Option<[u8; N]> {
    let octets: Vec<u8> = arcs.iter().map(|arc| u8::try_from(*arc).ok()).collect::<Option<_>>()?;
    octets.try_into().ok()
}

/// The length of a mask whose ones stand in front; `None` for any other.
fn prefix_length(mask: Ipv4Addr) -> Option<u8> {
    let bits = mask.to_bits();
    let ones = bits.leading_ones();
    (bits.checked_shl(ones).unwrap_or(0) == 0).then(|| u8::try_from(ones).ok()).flatten()
}

fn subnet(address: Ipv4Addr, prefix: u8) -> Ipv4Addr {
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
    Ipv4Addr::from_bits(address.to_bits() & mask)
}

/// Six octets in lower-case hexadecimal; all zero is none.
fn mac(octets: &[u8]) -> Option<String> {
    let octets: [u8; 6] = octets.try_into().ok()?;
    (octets != [0; 6]).then(|| octets.map(|octet| format!("{octet:02x}")).join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_become_prefix_lengths_when_they_are_masks() {
        assert_eq!(prefix_length(Ipv4Addr::new(255, 255, 240, 0)), Some(20));
        assert_eq!(prefix_length(Ipv4Addr::new(0, 0, 0, 0)), Some(0));
        assert_eq!(prefix_length(Ipv4Addr::BROADCAST), Some(32));
        assert_eq!(prefix_length(Ipv4Addr::new(255, 0, 255, 0)), None);
    }

    #[test]
    fn the_subnet_is_the_address_under_its_mask() {
        assert_eq!(subnet(Ipv4Addr::new(172, 16, 1, 253), 20), Ipv4Addr::new(172, 16, 0, 0));
        assert_eq!(subnet(Ipv4Addr::new(10, 1, 2, 3), 0), Ipv4Addr::UNSPECIFIED);
        assert_eq!(subnet(Ipv4Addr::new(10, 1, 2, 3), 32), Ipv4Addr::new(10, 1, 2, 3));
    }

    #[test]
    fn the_offset_stands_in_the_last_three_octets_of_eleven() {
        let date = |zone: &[u8]| [&[0x07, 0xEA, 11, 22, 9, 30, 0, 0], zone].concat();
        assert_eq!(offset(&date(b"+\x01\x00")).as_deref(), Some("+01:00"));
        assert_eq!(offset(&date(b"-\x03\x1e")).as_deref(), Some("-03:30"));
        for none in [&b""[..], b"+\x01", b"*\x01\x00", b"+\x01\x3c"] {
            assert_eq!(offset(&date(none)), None);
        }
    }

    #[test]
    fn the_length_of_a_prefix_is_the_end_of_what_is_pointed_at() {
        assert_eq!(pointed_length(&oid!("1.3.6.1.2.1.4.32.1.5.1.1.4.192.0.2.0.24")), Some(24));
        assert_eq!(pointed_length(&oid!("0.0")), None);
    }

    #[test]
    fn a_mac_has_six_octets_that_are_not_all_zero() {
        assert_eq!(mac(&[0, 0x17, 0xc8, 0xb9, 2, 0xde]).as_deref(), Some("00:17:c8:b9:02:de"));
        assert_eq!(mac(&[]), None);
        assert_eq!(mac(&[0; 6]), None);
        assert_eq!(mac(&[1; 8]), None);
    }
}
