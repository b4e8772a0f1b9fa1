//! `network.xml`: where the device is on the network.

use crate::xml::{macros::record, tokens};
use remote_services_core::network::{AddressOrigin, Interface, Ipx, Network};

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
        ipx: "Ipx",
    }

    Interface {
        name: "Name",
        mac_address: "MacAddress",
        subnet_address: "SubnetAddress",
        ipv4_addresses: "Ipv4Address",
        ipv6_addresses: "Ipv6Address",
        prefix_length: "SubnetMask",
        address_origin: "AddressOrigin",
    }

    Ipx {
        address: "Address",
        external_network: "ExternalNetworkNumber",
        print_server_address: "PrintServerAddress",
    }
}

tokens!(AddressOrigin);
