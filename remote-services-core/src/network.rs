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
        /// Interfaces that can reach others; loopback is left out.
        #[cfg_attr(feature = "serde", serde(rename = "Interface"))]
        pub interfaces: Vec<Interface>,
        /// Default gateways.
        #[cfg_attr(feature = "serde", serde(rename = "DefaultGateway"))]
        pub default_gateways: Vec<String>,
        /// DNS names.
        #[cfg_attr(feature = "serde", serde(rename = "DnsName"))]
        pub dns_names: Vec<String>,
        /// The address at which the device answered this time.
        pub last_known_address: Option<String>,
        /// Whether the address differs from that of the reading before.
        pub address_changed: Option<bool>,
        /// The address before the change.
        pub previous_address: Option<String>,
        /// When the change was noticed (UTC).
        pub address_changed_at: Option<Timestamp>,
        /// Time zone of the device.
        pub time_zone: Option<String>,
    }

    /// One network interface.
    pub struct Interface {
        /// ifDescr or ifName.
        pub name: Option<String>,
        /// MAC address, six octets in lower-case hexadecimal with colons (ifPhysAddress).
        pub mac_address: Option<String>,
        /// Network part of the IPv4 address.
        pub subnet_address: Option<String>,
        /// IPv4 addresses.
        #[cfg_attr(feature = "serde", serde(rename = "Ipv4Address"))]
        pub ipv4_addresses: Vec<String>,
        /// IPv6 addresses.
        #[cfg_attr(feature = "serde", serde(rename = "Ipv6Address"))]
        pub ipv6_addresses: Vec<String>,
        /// Length of the IPv4 network prefix in bits (0 to 32).
        #[cfg_attr(feature = "serde", serde(rename = "SubnetMask"))]
        pub prefix_length: Option<u8>,
    }
}
