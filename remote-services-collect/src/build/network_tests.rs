//! Networks of synthetic recordings: what a mask, an origin and a clock tell.

use super::*;
use crate::samples::store;
use remote_services_core::network::{AddressOrigin, Network};
use remote_services_core::reading::WithheldReason;

fn network(lines: &str) -> Network {
    build(&store(lines), &ReadContext::default()).network
}

#[test]
fn the_origin_is_that_of_the_first_address() {
    let network = network(
        "\
1.3.6.1.2.1.2.2.1.2.2|4|eth0
1.3.6.1.2.1.4.34.1.3.1.4.192.0.2.7|2|2
1.3.6.1.2.1.4.34.1.3.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7|2|2
1.3.6.1.2.1.4.34.1.6.1.4.192.0.2.7|2|4
1.3.6.1.2.1.4.34.1.6.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7|2|5
",
    );
    assert_eq!(network.interfaces[0].address_origin, Some(AddressOrigin::Dhcp));
    let mut sources = network.header.sources.iter();
    let source = sources.find(|source| source.element == "Interface[1]/AddressOrigin").unwrap();
    assert_eq!((source.object.as_str(), &source.instance), ("1.3.6.1.2.1.4.34.1.6", &None));
}

#[test]
fn a_mask_with_holes_is_no_length_and_is_kept_as_text() {
    let network = network(
        "\
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.2.1.4.20.1.2.192.0.2.7|2|1
1.3.6.1.2.1.4.20.1.3.192.0.2.7|64|255.0.255.0
",
    );
    assert_eq!((network.interfaces[0].prefix_length, &network.interfaces[0].subnet_address), (None, &None));
    let mut withheld = network.header.withheld.iter();
    let mask = withheld.find(|withheld| withheld.element == "Interface[1]/SubnetMask").unwrap();
    assert_eq!(mask.reason, WithheldReason::Error);
    assert_eq!(mask.detail.as_deref(), Some("255.0.255.0 is no prefix"));
}

#[test]
fn the_time_zone_is_the_offset_of_the_clock_when_it_tells_one() {
    let zone = network("1.3.6.1.2.1.25.1.2.0|4x|07ea0b16091e00002b0100\n");
    assert_eq!(zone.time_zone.as_deref(), Some("+01:00"));
    let none = network("1.3.6.1.2.1.25.1.2.0|4x|07ea0b16091e0000\n");
    assert_eq!(none.time_zone, None);
}

#[test]
fn names_of_the_dns_have_their_source_and_their_absence_its_reason() {
    let named = ReadContext { dns_names: vec!["laser.example".into()], ..ReadContext::default() };
    let network = build(&store(""), &named).network;
    assert_eq!(network.dns_names, ["laser.example"]);
    let sources =
        network.header.sources.iter().map(|source| (source.element.as_str(), source.object.as_str()));
    assert!(sources.into_iter().any(|source| source == ("DnsName[1]", "rule:dns")));
    assert!(network.header.withheld.iter().all(|withheld| withheld.element != "DnsName"));

    for reason in [WithheldReason::NotSupported, WithheldReason::NotAnswered] {
        let nameless = ReadContext { no_dns_names: reason.clone(), ..ReadContext::default() };
        let header = build(&store(""), &nameless).network.header;
        let withheld: Vec<_> = header.withheld.iter().filter(|it| it.element == "DnsName").collect();
        assert_eq!(withheld.iter().map(|it| &it.reason).collect::<Vec<_>>(), [&reason]);
    }
}
