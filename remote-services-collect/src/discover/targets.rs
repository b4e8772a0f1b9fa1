//! TARGETS: what a person types to say where printers may be.
//!
//! ```text
//! 10.0.0.7                 an address                   [2001:db8::7]:1161    IPv6 with a port, in brackets
//! 10.0.0.7:1161            with a port                  2001:db8::/120        IPv6 without one
//! 10.0.0.7:1161-1170       with a range of ports        printer-7.example     a name, for the caller to resolve
//! 10.0.0.0/24              a network, without its first and last address (they are no hosts) up to /30
//! 10.0.0.1-10.0.0.20       a range, both ends included; also 10.0.0.1-20
//! ```
//!
//! Items stand apart by blanks, commas or line ends; `#` begins a comment. Exclusions are written the same
//! way; one without a port excludes every port. What is named twice is asked once. A list is kept as spans and never
//! spelled out; more than [`MAX_TARGETS`] are refused, with IPv6 networks the usual reason.

mod error;
mod item;
mod span;

pub use error::{TargetError, TargetFault};

use core::net::SocketAddr;

use item::{Host, items, parse_item};
use span::{ExcludedHost, Exclusion, Span};

/// The most targets of one list: 16 networks of the size /16.
pub const MAX_TARGETS: u64 = 1_048_576;

/// The SNMP port, used where an item names none.
pub const SNMP_PORT: u16 = 161;

/// The address that reaches all hosts of an IPv4 subnet: from the subnet (`192.0.2.0/24`) or the address itself, each
/// with `:PORT` if it is not 161.
///
/// # Errors
/// When there is none, as with IPv6 (RFC 4291 §2).
pub fn broadcast_address(item: &str) -> Result<SocketAddr, TargetError> {
    item::broadcast_address(item).map_err(|cause| TargetError { position: 1, item: item.to_owned(), cause })
}

/// What to ask: addresses, and names to be resolved first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetList {
    /// Sorted, apart from each other.
    spans: Vec<Span>,
    /// Those that were typed as one address, excluded or not.
    alone: Vec<Span>,
    names: Vec<NamedTarget>,
    excluded: Vec<Exclusion>,
}

/// A name for the caller to resolve, with the port to ask.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedTarget {
    /// The name, as typed.
    pub host: String,
    /// The UDP port.
    pub port: u16,
}

impl TargetList {
    /// Reads targets and exclusions.
    ///
    /// # Errors
    /// The first item that is wrong, with its position; positions in `exclusions` count from its own start.
    pub fn parse(targets: &str, exclusions: &str) -> Result<Self, TargetError> {
        let mut list = Self::default();
        let mut count = 0_u64;
        for (position, item) in items(targets) {
            let error = |cause| TargetError { position, item: item.to_owned(), cause };
            let parsed = parse_item(item).map_err(error)?;
            let (first, last) = parsed.ports.unwrap_or((SNMP_PORT, SNMP_PORT));
            let ports = u64::from(last - first) + 1;
            let hosts = match &parsed.host {
                Host::Name(_) => 1,
                Host::Addresses { first, last } => last.saturating_sub(*first).saturating_add(1),
            };
            count = u64::try_from(hosts)
                .ok()
                .and_then(|hosts| hosts.checked_mul(ports)?.checked_add(count))
                .filter(|count| *count <= MAX_TARGETS)
                .ok_or_else(|| error(TargetFault::TooMany))?;
            for port in first..=last {
                match &parsed.host {
                    Host::Name(name) => list.names.push(NamedTarget { host: (*name).to_owned(), port }),
                    Host::Addresses { first: lowest, last: highest } => {
                        let span = Span { port, v6: parsed.v6, first: *lowest, last: *highest };
                        if lowest == highest && first == last {
                            list.alone.push(span.clone());
                        }
                        list.spans.push(span);
                    }
                }
            }
        }
        for (position, item) in items(exclusions) {
            let error = |cause| TargetError { position, item: item.to_owned(), cause };
            let parsed = parse_item(item).map_err(error)?;
            list.excluded.push(Exclusion {
                host: match parsed.host {
                    Host::Name(name) => ExcludedHost::Name(name.to_ascii_lowercase()),
                    Host::Addresses { first, last } => ExcludedHost::Addresses { v6: parsed.v6, first, last },
                },
                ports: parsed.ports.unwrap_or((1, u16::MAX)),
            });
        }
        list.tidy();
        Ok(list)
    }

    /// How many addresses there are, names not counted.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.spans.iter().map(Span::len).sum()
    }

    /// Whether there is nothing to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.names.is_empty()
    }

    /// The addresses, in order, made one by one.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + Clone + '_ {
        self.spans.iter().flat_map(|span| (span.first..=span.last).map(|number| span.address(number)))
    }

    /// The addresses, range by range: for who asks several subnets at once.
    pub fn ranges(&self) -> impl Iterator<Item: Iterator<Item = SocketAddr> + '_> + '_ {
        self.spans.iter().map(|span| (span.first..=span.last).map(|number| span.address(number)))
    }

    /// Names to resolve. What a name resolves to may be excluded: see [`TargetList::excludes`].
    #[must_use]
    pub fn names(&self) -> &[NamedTarget] {
        &self.names
    }

    /// Whether an address, for instance of a resolved name, is excluded.
    #[must_use]
    pub fn excludes(&self, address: SocketAddr) -> bool {
        let span = Span::of(address);
        self.excluded.iter().any(|exclusion| exclusion.covers(&span))
    }

    /// Whether an address is among [`TargetList::addresses`].
    #[must_use]
    pub fn contains(&self, address: SocketAddr) -> bool {
        let wanted = Span::of(address);
        let behind = self.spans.partition_point(|span| span <= &Span { last: u128::MAX, ..wanted.clone() });
        self.spans[..behind].last().is_some_and(|span| {
            (span.v6, span.port) == (wanted.v6, wanted.port)
                && wanted.first <= span.last
                && span.first <= wanted.first
        })
    }

    /// Whether somebody typed this address and no range that it is in: who names it so expects a device there.
    #[must_use]
    pub fn names_alone(&self, address: SocketAddr) -> bool {
        self.alone.binary_search(&Span::of(address)).is_ok()
    }

    /// Takes away what another list has too, so that nobody is asked twice.
    pub fn subtract(&mut self, other: &Self) {
        for hole in other.spans.iter().map(Exclusion::from) {
            self.spans = self.spans.drain(..).flat_map(|span| hole.cut(span)).collect();
        }
        self.names.retain(|name| !other.names.contains(name));
    }

    /// Joins what overlaps, takes away what is excluded.
    fn tidy(&mut self) {
        for exclusion in &self.excluded {
            self.spans = self.spans.drain(..).flat_map(|span| exclusion.cut(span)).collect();
        }
        self.spans.sort_unstable();
        let mut joined: Vec<Span> = Vec::with_capacity(self.spans.len());
        for span in self.spans.drain(..) {
            match joined.last_mut() {
                Some(before) if before.touches(&span) => before.last = before.last.max(span.last),
                _ => joined.push(span),
            }
        }
        self.spans = joined;
        self.alone.sort_unstable();
        let excluded = &self.excluded;
        self.names.retain(|name| !excluded.iter().any(|exclusion| exclusion.covers_name(name)));
        self.names.sort_unstable();
        self.names.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::IpAddr;
    use proptest::prelude::*;

    fn addresses(targets: &str, exclusions: &str) -> Vec<String> {
        TargetList::parse(targets, exclusions)
            .unwrap()
            .addresses()
            .map(|address| address.to_string())
            .collect()
    }

    fn fault(targets: &str) -> TargetFault {
        TargetList::parse(targets, "").unwrap_err().cause
    }

    #[test]
    fn one_address_is_told_from_a_range_that_it_is_in() {
        let list =
            TargetList::parse("192.0.2.0/29 192.0.2.3, 192.0.2.4:1161 192.0.2.9:7-8 [2001:db8::7]:161", "")
                .unwrap();
        for (address, alone) in [
            ("192.0.2.3:161", true),
            ("192.0.2.4:161", false),
            ("192.0.2.4:1161", true),
            ("192.0.2.9:7", false),
            ("[2001:db8::7]:161", true),
        ] {
            assert_eq!(list.names_alone(address.parse().unwrap()), alone, "{address}");
        }
    }

    #[test]
    fn every_form_of_an_item() {
        assert_eq!(addresses("10.0.0.7", ""), ["10.0.0.7:161"]);
        assert_eq!(addresses("10.0.0.7:1161-1162", ""), ["10.0.0.7:1161", "10.0.0.7:1162"]);
        assert_eq!(addresses("10.0.0.254-10.0.1.1", "").len(), 4);
        assert_eq!(addresses("10.0.0.9-10:99", ""), ["10.0.0.9:99", "10.0.0.10:99"]);
        assert_eq!(addresses("10.0.0.4/30", ""), ["10.0.0.5:161", "10.0.0.6:161"]);
        assert_eq!(addresses("10.0.0.4/31", ""), ["10.0.0.4:161", "10.0.0.5:161"]);
        assert_eq!(addresses("10.0.0.4/32", ""), ["10.0.0.4:161"]);
        assert_eq!(addresses("10.0.0.6/30", ""), ["10.0.0.5:161", "10.0.0.6:161"]);
        assert_eq!(addresses("2001:db8::7", ""), ["[2001:db8::7]:161"]);
        assert_eq!(addresses("[2001:db8::7]:1161", ""), ["[2001:db8::7]:1161"]);
        assert_eq!(addresses("2001:db8::/126", "").len(), 4);
        assert_eq!(addresses("[2001:db8::1-2001:db8::2]:9", ""), ["[2001:db8::1]:9", "[2001:db8::2]:9"]);
        assert_eq!(TargetList::parse("10.0.0.0/24", "").unwrap().len(), 254);
    }

    #[test]
    fn names_are_given_back_with_their_ports() {
        let list = TargetList::parse("printer-7.example Printer8:1161, printer-7.example", "").unwrap();
        let named = |host: &str, port| NamedTarget { host: host.into(), port };
        assert_eq!(list.names(), [named("Printer8", 1161), named("printer-7.example", 161)]);
        assert_eq!(list.len(), 0);
        assert!(!list.is_empty());
    }

    #[test]
    fn what_is_named_twice_is_asked_once() {
        assert_eq!(addresses("10.0.0.2,10.0.0.1-3 # twice\n10.0.0.0/30", "").len(), 3);
        assert_eq!(addresses("10.0.0.1 10.0.0.1:162", "").len(), 2);
    }

    #[test]
    fn exclusions_cut_holes() {
        assert_eq!(addresses("10.0.0.1-5", "10.0.0.2-3"), ["10.0.0.1:161", "10.0.0.4:161", "10.0.0.5:161"]);
        assert_eq!(addresses("10.0.0.1:161-163", "10.0.0.1:162"), ["10.0.0.1:161", "10.0.0.1:163"]);
        assert!(addresses("10.0.0.1-5", "10.0.0.0/29").is_empty());
        let list = TargetList::parse("a.example b.example", "A.example 10.1.0.0/16").unwrap();
        assert_eq!(list.names().len(), 1);
        assert!(list.excludes("10.1.2.3:161".parse().unwrap()));
        assert!(!list.excludes("10.2.2.3:161".parse().unwrap()));
    }

    #[test]
    fn a_subnet_or_its_broadcast_address_can_be_named() {
        let address = |item| broadcast_address(item).map(|address| address.to_string()).ok();
        assert_eq!(address("192.0.2.0/24").as_deref(), Some("192.0.2.255:161"));
        assert_eq!(address("10.1.2.3/16:1161").as_deref(), Some("10.1.255.255:1161"));
        assert_eq!(address("192.0.2.127").as_deref(), Some("192.0.2.127:161"));
        for wrong in ["192.0.2.0/31", "192.0.2.0/32", "192.0.2.1-9", "2001:db8::/64", "host", "192.0.2.1:1-2"]
        {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lists_that_overlap_share_nobody_after_subtraction() {
        let mut list = TargetList::parse("10.0.0.0/24 10.0.0.7:99 a.example b.example", "").unwrap();
        let other = TargetList::parse("10.0.0.4-9 b.example", "").unwrap();
        list.subtract(&other);
        assert_eq!((list.len(), list.names().len()), (254 - 6 + 1, 1));
        assert!(list.addresses().all(|address| !other.contains(address) && list.contains(address)));
        assert!(other.addresses().all(|address| !list.contains(address)));
        assert!(
            !list.contains("10.0.1.0:161".parse().unwrap())
                && !list.contains("10.0.0.0:161".parse().unwrap())
        );
    }

    #[test]
    fn a_wrong_item_of_a_file_has_line_and_column() {
        let text = "# Büro\r\n10.0.0.1\n  10.0.0.2, 10.0.0.300 # here\n";
        let error = TargetList::parse(text, "").unwrap_err();
        assert_eq!(error.line_and_column(text), (3, 13));
    }

    #[test]
    fn a_wrong_item_is_named_with_its_place() {
        let error = TargetList::parse("10.0.0.1, 10.0.0.300", "").unwrap_err();
        assert_eq!(error.to_string(), "target \"10.0.0.300\" at character 11: this is no IP address");
        let error = TargetList::parse("# office\n10.0.0.1 ü!\n", "").unwrap_err();
        assert_eq!((error.position, error.cause), (19, TargetFault::NotAName));
        for (item, cause) in [
            ("10.0.0.0/33", TargetFault::PrefixLength),
            ("10.0.0.9-10.0.0.1", TargetFault::RangeEnds),
            ("10.0.0.9-300", TargetFault::NotAnAddress),
            ("10.0.0.1-::1", TargetFault::RangeEnds),
            ("10.0.0.1:0", TargetFault::Port),
            ("10.0.0.1:9-8", TargetFault::Port),
            ("[::1", TargetFault::Brackets),
            ("[::1]x", TargetFault::Brackets),
            ("1.2.3", TargetFault::NotAnAddress),
            ("fe80::1%eth0", TargetFault::Zone),
            ("[fe80::1%2]:1161", TargetFault::Zone),
            ("fe80::%eth0/64", TargetFault::Zone),
            ("-x.example", TargetFault::NotAName),
        ] {
            assert_eq!(fault(item), cause, "{item}");
        }
    }

    #[test]
    fn too_many_targets_are_refused_before_any_is_made() {
        assert_eq!(TargetList::parse("10.0.0.0/12", "").unwrap().len(), MAX_TARGETS - 2);
        assert_eq!(fault("10.0.0.0/11"), TargetFault::TooMany);
        assert_eq!(fault("10.0.0.0/12 11.0.0.0/29"), TargetFault::TooMany);
        assert_eq!(fault("::/0"), TargetFault::TooMany);
        assert_eq!(fault("0.0.0.0/0:1-65535"), TargetFault::TooMany);
        assert_eq!(fault("10.0.0.0/24:1-65535"), TargetFault::TooMany);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9a-f:./\\[\\], -]{0,40}", exclusions in "[0-9./-]{0,20}") {
            if let Ok(list) = TargetList::parse(&text, &exclusions) {
                let made = list.addresses().take(10).count();
                prop_assert!(u64::try_from(made).unwrap() <= list.len());
            }
        }

        #[test]
        fn what_is_excluded_is_not_asked(first: u8, last: u8, hole: u8) {
            let (first, last) = (first.min(last), first.max(last));
            let list = TargetList::parse(&format!("10.0.0.{first}-{last}"), &format!("10.0.0.{hole}")).unwrap();
            let asked: Vec<u8> = list
                .addresses()
                .map(|address| match address.ip() {
                    IpAddr::V4(ip) => ip.octets()[3],
                    IpAddr::V6(_) => unreachable!(),
                })
                .collect();
            let expected: Vec<u8> = (first..=last).filter(|octet| *octet != hole).collect();
            prop_assert_eq!(asked, expected);
        }
    }
}
