//! Where a device is on the network.

use crate::reading::Header;
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// Network addresses of a device. Lockdown withholds the addresses; MAC, mask and names stay.
    pub struct Network {
        /// When and from where.
        pub header: Header,
        /// An interface that can reach others; loopback is left out. Source: ifTable 1.3.6.1.2.1.2.2.
        #[cfg_attr(feature = "serde", serde(rename = "Interface"))]
        pub interfaces: Vec<Interface>,
        /// Address of a default router. Source: ipRouteNextHop 1.3.6.1.2.1.4.21.1.7 at 0.0.0.0,
        /// inetCidrRouteNextHop 1.3.6.1.2.1.4.24.7.1.6.
        #[cfg_attr(feature = "serde", serde(rename = "DefaultGateway"))]
        pub default_gateways: Vec<String>,
        /// DNS name, as the agent resolved it and checked forward. Source: reverse lookup; where the device
        /// is asked, xcmCOInternetIPHostName and xcmCOInternetDNSDomainName.
        #[cfg_attr(feature = "serde", serde(rename = "DnsName"))]
        pub dns_names: Vec<String>,
        /// The address at which the device answered this time.
        pub last_known_address: Option<String>,
        /// Whether that address differs from the one of the reading before. Source: the agent;
        /// ipAddressLastChanged 1.3.6.1.2.1.4.34.1.9 where there is one.
        pub address_changed: Option<bool>,
        /// The address of the reading before.
        pub previous_address: Option<String>,
        /// When the change was noticed (UTC): an upper bound of the moment itself. Source: the agent;
        /// ipAddressLastChanged 1.3.6.1.2.1.4.34.1.9 where there is one.
        pub address_changed_at: Option<Timestamp>,
        /// Time zone of the device: a name, or the offset as +01:00. Source: octets 9 to 11 of hrSystemDate
        /// 1.3.6.1.2.1.25.1.2.
        pub time_zone: Option<String>,
        /// IPX, where a device still speaks it; addresses of it are withheld in lockdown like any other.
        pub ipx: Option<Ipx>,
    }

    /// One network interface.
    pub struct Interface {
        /// Source: ifName 1.3.6.1.2.1.31.1.1.1.1, ifDescr 1.3.6.1.2.1.2.2.1.2.
        pub name: Option<String>,
        /// Six octets in lower-case hexadecimal with colons. Source: ifPhysAddress 1.3.6.1.2.1.2.2.1.6.
        pub mac_address: Option<String>,
        /// Network part of the IPv4 address, dotted. Source: ipAdEntAddr 1.3.6.1.2.1.4.20.1.1 with
        /// ipAdEntNetMask 1.3.6.1.2.1.4.20.1.3.
        pub subnet_address: Option<String>,
        /// IPv4 address, dotted. Source: ipAdEntAddr 1.3.6.1.2.1.4.20.1.1, ipAddressTable 1.3.6.1.2.1.4.34.
        #[cfg_attr(feature = "serde", serde(rename = "Ipv4Address"))]
        pub ipv4_addresses: Vec<String>,
        /// IPv6 address as RFC 5952 writes it, link-local ones with their zone. Source: index of
        /// ipAddressTable 1.3.6.1.2.1.4.34 (ipAddressAddr).
        #[cfg_attr(feature = "serde", serde(rename = "Ipv6Address"))]
        pub ipv6_addresses: Vec<String>,
        /// Length of the IPv4 network prefix in bits. Source: ipAdEntNetMask 1.3.6.1.2.1.4.20.1.3, last arc
        /// of ipAddressPrefix 1.3.6.1.2.1.4.34.1.5.
        #[cfg_attr(feature = "serde", serde(rename = "SubnetMask"))]
        pub prefix_length: Option<u8>,
        /// How the interface came by its first address. Source: ipAddressOrigin 1.3.6.1.2.1.4.34.1.6.
        pub address_origin: Option<AddressOrigin>,
    }

    /// What a device says about IPX.
    pub struct Ipx {
        /// Address as network, a full stop and node in hexadecimal. Source: xcmCommsOptionValueString
        /// 1.3.6.1.4.1.253.8.64.4.2.1.7 of xcmCONetwareIPXAddress 1.3.6.1.4.1.253.8.63.19.1301.1.
        pub address: Option<String>,
        /// Number of the external network: eight hexadecimal digits. Source: network part of
        /// xcmCONetwareIPXSocketAddress 1.3.6.1.4.1.253.8.63.19.1301.1.1.
        #[cfg_attr(feature = "serde", serde(rename = "ExternalNetworkNumber"))]
        pub external_network: Option<String>,
        /// Address of the NetWare print server that feeds the device. Source: vendor profile; Xerox publishes
        /// its name only, xcmCONetwarePServerName 1.3.6.1.4.1.253.8.63.19.1503.1.
        pub print_server_address: Option<String>,
    }
}

open_enum! {
    /// How an interface came by an address.
    /// Source: ipAddressOrigin.
    pub enum AddressOrigin {
        /// Typed in.
        Manual: "manual",
        /// Leased from a server.
        Dhcp: "dhcp",
        /// Made from the MAC.
        Linklayer: "linklayer",
        /// Made by chance.
        Random: "random",
        /// Origin outside this list.
        Other: "other",
    }
}
