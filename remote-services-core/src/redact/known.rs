//! Addresses by their value, in every form that devices are known to use.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ops::{Bound, Range};

/// The forms of some addresses, ready to be looked for.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// In lower case. In order, so that what a text goes on with is found in few steps, however many there are.
    needles: BTreeMap<String, Alone>,
    octets: BTreeSet<Vec<u8>>,
}

/// The most addresses that are looked for: a device has a handful, and each has some forty forms.
const MOST: usize = 1024;

/// What may not stand around a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Alone {
    /// Anything may.
    Anywhere,
    /// No digit: 10.0.0.5 is not in 110.0.0.50.
    Decimal,
    /// No letter and no digit.
    Word,
}

impl Known {
    /// Adds an address as text, with or without a zone (`fe80::1%eth0`); other text is passed over.
    pub(super) fn add_text(&mut self, text: &str) {
        let address = text.trim().split('%').next().unwrap_or("");
        if let Ok(address) = address.parse() {
            self.add(address);
        }
    }

    pub(super) fn add(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.add_v4(address),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(inner) => self.add_v4(inner),
                None => self.add_v6(address),
            },
        }
    }

    /// Adds what stateless configuration makes from a MAC address (RFC 4291 appendix A).
    pub(super) fn add_mac(&mut self, text: &str) {
        let octets: Vec<u8> =
            text.split([':', '-']).filter_map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
        let [a, b, c, d, e, f] = octets[..] else { return };
        if self.octets.len() >= MOST {
            return;
        }
        let host = [a ^ 2, b, c, 0xFF, 0xFE, d, e, f];
        let mut link_local = [0; 16];
        link_local[..2].copy_from_slice(&[0xFE, 0x80]);
        link_local[8..].copy_from_slice(&host);
        self.add_v6(link_local.into());
        let groups: Vec<u16> = host.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        for joint in [":", "-"] {
            self.insert(false, joined(groups.iter().map(|group| format!("{group:x}")), joint));
            self.insert(false, joined(groups.iter().map(|group| format!("{group:04x}")), joint));
        }
        for joint in ["", ":", "-"] {
            self.insert(false, joined(host.iter().map(|octet| format!("{octet:02x}")), joint));
        }
        self.octets.insert(host.to_vec());
    }

    /// Adds an IPX network number, or an address of network and node. The node is a MAC address: it stays alone.
    pub(super) fn add_ipx(&mut self, text: &str) {
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
        let (Some(network), true) = (digits.get(..8), matches!(digits.len(), 8 | 20)) else { return };
        if self.octets.len() >= MOST {
            return;
        }
        // small numbers are everywhere
        if network.trim_start_matches('0').len() > 2 {
            self.insert_word(network);
            let pairs = (0..8).step_by(2).filter_map(|at| u8::from_str_radix(&network[at..at + 2], 16).ok());
            let octets: Vec<u8> = pairs.collect();
            self.insert(true, joined(octets.iter().map(|octet| format!("{octet}")), "."));
            self.insert(false, joined(octets.iter().map(|octet| format!("{octet:02x}")), ":"));
            self.octets.insert(octets);
        }
        if digits.len() == 20 {
            let node = &digits[8..];
            let pairs = (0..12).step_by(2).map(|at| node[at..at + 2].to_string());
            let spelled = joined(pairs, ":");
            for joint in [".", ":", "-", ""] {
                self.insert(false, format!("{network}{joint}{node}"));
                self.insert(false, format!("{network}{joint}{spelled}"));
            }
        }
    }

    /// Where the text holds one of the forms.
    pub(super) fn find(&self, text: &str, found: &mut Vec<Range<usize>>) {
        if self.needles.is_empty() {
            return;
        }
        let text = text.to_ascii_lowercase();
        let bytes = text.as_bytes();
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        for at in (0..bytes.len()).filter(|at| text.is_char_boundary(*at)) {
            let mut rest = &text[at..];
            while let Some((needle, alone)) = self.longest_start_of(rest) {
                let end = at + needle.len();
                let fits = match alone {
                    Alone::Anywhere => true,
                    Alone::Decimal => (at == 0 || !digit(at - 1)) && !digit(end),
                    Alone::Word => (at == 0 || !letter(at - 1)) && !letter(end),
                };
                if fits {
                    found.push(at..end);
                    break;
                }
                rest = &rest[..needle.len() - 1];
            }
        }
    }

    /// The longest form that the text starts with. The last one not behind the text in order either is that, or has
    /// more in common with the text than any other.
    fn longest_start_of(&self, mut text: &str) -> Option<(&str, Alone)> {
        while !text.is_empty() {
            let below = (Bound::Unbounded, Bound::Included(text));
            let (needle, alone) = self.needles.range::<str, _>(below).next_back()?;
            if text.starts_with(needle.as_str()) {
                return Some((needle, *alone));
            }
            let common = needle.bytes().zip(text.bytes()).take_while(|(one, other)| one == other).count();
            // forms are ASCII, so a common start ends between characters
            text = text.get(..common)?;
        }
        None
    }

    /// Whether the octets hold one of the addresses.
    pub(super) fn is_in(&self, octets: &[u8]) -> bool {
        [4, 8, 16].into_iter().any(|length| octets.windows(length).any(|window| self.octets.contains(window)))
    }

    fn add_v4(&mut self, address: Ipv4Addr) {
        // these say nothing about anybody, and their digits are everywhere
        let nobody = address.is_unspecified() || address.is_loopback() || address.is_broadcast();
        if nobody || self.octets.len() >= MOST {
            return;
        }
        let mut octets = address.octets();
        self.octets.insert(octets.to_vec());
        self.insert(true, u32::from(address).to_string());
        self.insert(true, joined(octets.iter().map(|octet| format!("{octet:03}")), ""));
        self.insert(false, hexadecimal(&octets));
        for _ in 0..2 {
            // as panels show it, each number in the same room
            self.insert(
                true,
                joined(octets.iter().map(|octet| format!("{octet:>3}")), ".").trim_start().to_string(),
            );
            for joint in [".", "-", "_", ",", " ", ". ", " . ", "[.]", "%2e"] {
                self.insert(true, joined(octets.iter().map(|octet| format!("{octet}")), joint));
                self.insert(true, joined(octets.iter().map(|octet| format!("{octet:03}")), joint));
            }
            for joint in [":", "-", " "] {
                self.insert(false, joined(octets.iter().map(|octet| format!("{octet:02x}")), joint));
            }
            octets.reverse();
        }
    }

    fn add_v6(&mut self, address: Ipv6Addr) {
        if address.is_unspecified() || address.is_loopback() || self.octets.len() >= MOST {
            return;
        }
        let octets = address.octets();
        self.octets.insert(octets.to_vec());
        self.insert(true, joined(octets.iter().map(|octet| format!("{octet}")), "."));
        self.insert(false, hexadecimal(&octets));
        self.insert(false, joined(octets.iter().map(|octet| format!("{octet:02x}")), ":"));
        for joint in [":", "-"] {
            let groups = address.segments();
            self.insert(false, address.to_string().replace(':', joint));
            self.insert(false, joined(groups.iter().map(|group| format!("{group:x}")), joint));
            self.insert(false, joined(groups.iter().map(|group| format!("{group:04x}")), joint));
        }
        // ip6.arpa
        let nibbles = octets.iter().rev().flat_map(|octet| [octet & 15, octet >> 4]);
        self.insert(false, joined(nibbles.map(|nibble| format!("{nibble:x}")), "."));
    }

    fn insert_word(&mut self, text: &str) {
        self.insert_as(Alone::Word, text.to_string());
    }

    fn insert(&mut self, decimal: bool, text: String) {
        self.insert_as(if decimal { Alone::Decimal } else { Alone::Anywhere }, text);
    }

    fn insert_as(&mut self, alone: Alone, text: String) {
        if !text.is_empty() {
            // of two ways to look for the same, the one that finds more
            self.needles.entry(text).and_modify(|known| *known = alone.min(*known)).or_insert(alone);
        }
    }
}

fn joined(parts: impl Iterator<Item = String>, joint: &str) -> String {
    parts.collect::<Vec<_>>().join(joint)
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knowing(address: &str) -> Known {
        let mut known = Known::default();
        known.add_text(address);
        known
    }

    fn holds(known: &Known, text: &str) -> bool {
        let mut found = Vec::new();
        known.find(text, &mut found);
        !found.is_empty()
    }

    #[test]
    fn finds_every_form_of_an_ipv4_address() {
        let known = knowing("192.0.2.53");
        for text in [
            "C0000235",
            "prnC0000235",
            "3221226037",
            "192000002053",
            "1.4.192.0.2.53",
            "2-192-0-2-53-7",
            "192_0_2_53",
            "53-2-0-192",
            "c0:00:02:35",
            "::ffff:192.0.2.53",
            "IP: 192.  0.  2. 53",
            "192. 0. 2. 53",
        ] {
            assert!(holds(&known, text), "{text}");
        }
        for text in ["192.0.2.5", "192.0.2.530", "1192.0.2.53", "13221226037", "C0000236"] {
            assert!(!holds(&known, text), "{text}");
        }
        assert!(known.is_in(&[0x80, 0, 0, 9, 1, 192, 0, 2, 53]));
        assert!(!known.is_in(&[192, 0, 2, 54]));
    }

    #[test]
    fn finds_every_form_of_an_ipv6_address() {
        let known = knowing("2001:DB8::53%eth0");
        for text in [
            "20010db8000000000000000000000053",
            "2001-db8--53",
            "prn2001-db8--53",
            "2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.83",
            "3.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
            "2001:0DB8:0000:0000:0000:0000:0000:0053",
            "20:01:0d:b8:00:00:00:00:00:00:00:00:00:00:00:53",
        ] {
            assert!(holds(&known, text), "{text}");
        }
    }

    #[test]
    fn finds_the_host_part_that_a_mac_makes() {
        let mut known = Known::default();
        known.add_mac("00:00:5e:00:53:01");
        for text in
            ["200:5eff:fe00:5301", "0200-5eff-fe00-5301", "fe80::200:5eff:fe00:5301", "02005EFFFE005301"]
        {
            assert!(holds(&known, text), "{text}");
        }
        assert!(!holds(&known, "00:00:5e:00:53:01"), "the MAC itself stays");
    }

    #[test]
    fn finds_ipx_networks_and_addresses_but_not_the_node_alone() {
        let mut known = Known::default();
        known.add_ipx("00C0FFEE.00005E005301");
        for text in ["00c0ffee", "00C0FFEE:00:00:5e:00:53:01", "00c0ffee00005e005301", "1.0.192.255.238"] {
            assert!(holds(&known, text), "{text}");
        }
        for text in ["00005e005301", "00:00:5e:00:53:01", "X00C0FFEE1"] {
            assert!(!holds(&known, text), "{text}");
        }
        let mut small = Known::default();
        small.add_ipx("00000001");
        assert!(!holds(&small, "00000001"));
    }

    #[test]
    fn thousands_of_addresses_are_looked_for_in_long_texts() {
        let mut known = Known::default();
        for number in 0..2_000_u32 {
            known.add(IpAddr::V4(Ipv4Addr::from(0x0A00_0000 + number)));
        }
        assert_eq!(known.octets.len(), MOST);
        let text = "10.0.3.255 10.0.99.1 10.0.0.10 ".repeat(500);
        let mut found = Vec::new();
        known.find(&text, &mut found);
        let hits = found.iter().filter(|span| text[(*span).clone()].starts_with("10.")).count();
        assert_eq!(hits, 1_000, "the one in the middle is beyond those that are kept");
    }

    #[test]
    fn a_shorter_form_is_found_where_a_longer_one_may_not_stand() {
        let mut known = Known::default();
        known.insert_as(Alone::Anywhere, "ab".to_string());
        known.insert_as(Alone::Decimal, "ab12".to_string());
        let mut found = Vec::new();
        known.find("ab12 ab123 éab", &mut found);
        assert_eq!(found, [0..4, 5..7, 13..15]);
    }

    #[test]
    fn addresses_of_nobody_are_not_looked_for() {
        for nobody in ["0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "printer", ""] {
            assert!(knowing(nobody).octets.is_empty(), "{nobody}");
        }
    }
}
