//! `network.xml`: where the device is on the network.

use crate::xml::macros::record;
use remote_services_core::network::{Interface, Network};

record! {
    Network {
        header: "Header",
        interfaces: "Interface",
        default_gateways: "DefaultGateway",
        dns_names: "DnsName",
        last_known_address: "LastKnownAddress",
        address_changed: "AddressChanged",
        previous_address: "PreviousAddress",
        address_changed_at: "AddressChangedAt",
        time_zone: "TimeZone",
    }

    Interface {
        name: "Name",
        mac_address: "MacAddress",
        subnet_address: "SubnetAddress",
        ipv4_addresses: "Ipv4Address",
        ipv6_addresses: "Ipv6Address",
        prefix_length: "SubnetMask",
    }
}
