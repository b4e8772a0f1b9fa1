//! Values that are replaced wherever they stand in a recording: in texts, among octets, and in the indexes of names.
//!
//! Who replaces a serial number has to find it in hrDeviceDescr as well, and a MAC address in the host name that was made
//! from it. A [`Substitution`] is a list of such values; [`Substitution::apply`] goes through a recording once.

use core::net::{Ipv4Addr, Ipv6Addr};
use remote_services_core::hex;
use remote_services_snmp::{Oid, Value};
use std::collections::BTreeMap;

/// What is to be replaced by what.
#[derive(Clone, Debug, Default)]
pub struct Substitution {
    /// By their first octet, in lower case if case does not count; the longest first.
    needles: BTreeMap<u8, Vec<Needle>>,
    addresses: BTreeMap<[u8; 4], [u8; 4]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Needle {
    from: Vec<u8>,
    to: Vec<u8>,
    /// What may not stand around it.
    alone: Alone,
    /// Whether case counts not.
    fold: bool,
    /// Whether it may also be part of an index.
    in_names: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alone {
    Anywhere,
    /// No digit.
    Decimal,
    /// No letter and no digit.
    Word,
    /// No hexadecimal digit before it, and no letter and no digit behind: the end of a word.
    Tail,
}

impl Substitution {
    /// Nothing to replace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to replace.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.needles.is_empty() && self.addresses.is_empty()
    }

    /// Replaces a text, in UTF-8, as these octets and in UTF-16, in any case. One of six characters or more with a digit
    /// among them is looked for inside words too; a shorter one only as a word; one of less than three not at all.
    pub fn text(&mut self, from: &str, to: &str) {
        let from = from.trim();
        if from.chars().count() < 3 || from == to {
            return;
        }
        let telling = from.len() >= 6 && from.contains(|c: char| c.is_ascii_digit());
        let alone = if telling { Alone::Anywhere } else { Alone::Word };
        self.add(from.as_bytes().to_vec(), to.as_bytes().to_vec(), alone, true, telling);
        for units in [u16::to_be_bytes, u16::to_le_bytes] {
            let wide = |text: &str| text.encode_utf16().flat_map(units).collect::<Vec<u8>>();
            self.add(wide(from), wide(to), Alone::Anywhere, false, false);
        }
    }

    /// Replaces these very octets, four or more.
    pub fn octets(&mut self, from: &[u8], to: &[u8]) {
        if from.len() >= 4 && from != to {
            self.add(from.to_vec(), to.to_vec(), Alone::Anywhere, false, from.len() == to.len());
        }
    }

    /// Replaces a MAC address: its octets, its digits with and without separators, the interface identifiers
    /// made from it (RFC 4291 appendix A), and the digits of its last three octets where a name ends with them,
    /// as in `BRN5B6C7D` and `NPI5B6C7D`.
    pub fn mac(&mut self, from: [u8; 6], to: [u8; 6]) {
        if from == to || from == [0; 6] || from == [0xFF; 6] {
            return;
        }
        self.octets(&from, &to);
        self.octets(&interface_id(from), &interface_id(to));
        for separator in ["", ":", "-", " "] {
            let written = |octets: [u8; 6]| octets.map(|octet| hex::encode(&[octet])).join(separator);
            self.add(written(from).into_bytes(), written(to).into_bytes(), Alone::Anywhere, true, false);
        }
        let ([.., a, b, c], [.., d, e, f]) = (from, to);
        let plain = [a, b, c] == [0; 3] || [a, b, c] == [0xFF; 3] || [a, b, c] == [d, e, f];
        for separator in ["", ":", "-"].into_iter().filter(|_| !plain) {
            let written = |octets: [u8; 3]| octets.map(|octet| hex::encode(&[octet])).join(separator);
            let (from, to) = (written([a, b, c]), written([d, e, f]));
            self.add(from.into_bytes(), to.into_bytes(), Alone::Tail, true, false);
        }
    }

    /// Replaces an IPv4 address: values of that type, texts, strings of its four octets, and indexes.
    pub fn ipv4(&mut self, from: Ipv4Addr, to: Ipv4Addr) {
        if from == to {
            return;
        }
        self.addresses.insert(from.octets(), to.octets());
        self.add(from.to_string().into_bytes(), to.to_string().into_bytes(), Alone::Decimal, false, false);
    }

    /// Replaces an IPv6 address: strings of its octets, its usual forms in texts, and indexes.
    pub fn ipv6(&mut self, from: Ipv6Addr, to: Ipv6Addr) {
        if from == to {
            return;
        }
        self.octets(&from.octets(), &to.octets());
        let written = to.to_string().into_bytes();
        let groups = from.segments();
        let plain = groups.map(|group| format!("{group:x}")).join(":");
        let full = groups.map(|group| format!("{group:04x}")).join(":");
        for form in [from.to_string(), plain, full] {
            self.add(form.into_bytes(), written.clone(), Alone::Word, true, false);
        }
    }

    fn add(&mut self, from: Vec<u8>, to: Vec<u8>, alone: Alone, fold: bool, in_names: bool) {
        let Some(first) = from.first() else { return };
        let first = if fold { first.to_ascii_lowercase() } else { *first };
        let bucket = self.needles.entry(first).or_default();
        if bucket.iter().any(|known| known.from == from) {
            return;
        }
        let at = bucket.partition_point(|known| known.from.len() >= from.len());
        bucket.insert(at, Needle { from, to, alone, fold, in_names });
    }

    /// A recording with everything replaced.
    #[must_use]
    pub fn apply(&self, values: &BTreeMap<Oid, Value>) -> BTreeMap<Oid, Value> {
        values
            .iter()
            .map(|(name, value)| {
                let name = self.name(name).unwrap_or_else(|| name.clone());
                (name, self.value(value).unwrap_or_else(|| value.clone()))
            })
            .collect()
    }

    /// The value with everything replaced; `None` when it stays as it is.
    #[must_use]
    pub fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::OctetString(octets) => self.replaced(octets).map(Value::OctetString),
            Value::Opaque(octets) => self.replaced(octets).map(Value::Opaque),
            Value::IpAddress(address) => self.addresses.get(address).copied().map(Value::IpAddress),
            Value::ObjectIdentifier(name) => self.name(name).map(Value::ObjectIdentifier),
            _ => None,
        }
    }

    /// The name of an instance with the addresses and octets of its index replaced; `None` when it stays as it is.
    #[must_use]
    pub fn name(&self, name: &Oid) -> Option<Oid> {
        let mut arcs = name.to_arcs();
        let mut changed = false;
        let mut at = PREFIX.min(arcs.len());
        while at < arcs.len() {
            match self.at_arcs(&arcs[at..]) {
                Some(new) => {
                    for (arc, octet) in arcs[at..].iter_mut().zip(new) {
                        *arc = u32::from(*octet);
                    }
                    at += new.len();
                    changed = true;
                }
                None => at += 1,
            }
        }
        if changed { Oid::from_arcs(&arcs).ok() } else { None }
    }

    /// The replacement, as long as what it replaces, of what these arcs begin with.
    fn at_arcs(&self, arcs: &[u32]) -> Option<&[u8]> {
        let begins = |octets: &[u8]| {
            arcs.len() >= octets.len()
                && octets.iter().zip(arcs).all(|(octet, arc)| u32::from(*octet) == *arc)
        };
        let first = u8::try_from(*arcs.first()?).ok()?;
        let bucket = self.needles.get(&first.to_ascii_lowercase()).into_iter();
        let same_case = self.needles.get(&first).into_iter();
        let mut needles = bucket.chain(same_case).flatten();
        let needle = needles
            .find(|it| it.in_names && it.from.len() == it.to.len() && begins(&it.from))
            .map(|it| &it.to[..]);
        needle.or_else(|| {
            let four: [u8; 4] = arcs
                .get(..4)?
                .iter()
                .map(|arc| u8::try_from(*arc).ok())
                .collect::<Option<Vec<_>>>()?
                .try_into()
                .ok()?;
            self.addresses.get(&four).map(<[u8; 4]>::as_slice)
        })
    }

    fn replaced(&self, octets: &[u8]) -> Option<Vec<u8>> {
        if let Ok(four) = <[u8; 4]>::try_from(octets)
            && let Some(new) = self.addresses.get(&four)
        {
            return Some(new.to_vec());
        }
        let mut out = Vec::new();
        let (mut at, mut copied) = (0, 0);
        while at < octets.len() {
            match self.at(octets, at) {
                Some(needle) => {
                    out.extend_from_slice(&octets[copied..at]);
                    out.extend(needle.written_like(&octets[at..at + needle.from.len()]));
                    at += needle.from.len();
                    copied = at;
                }
                None => at += 1,
            }
        }
        if copied == 0 {
            return None;
        }
        out.extend_from_slice(&octets[copied..]);
        Some(out)
    }

    fn at(&self, octets: &[u8], at: usize) -> Option<&Needle> {
        let first = octets[at];
        let lower = first.to_ascii_lowercase();
        let of = |first: u8| self.needles.get(&first).into_iter().flatten();
        let fits = |needle: &&Needle| needle.fits(octets, at);
        of(lower).find(fits).or_else(|| if lower == first { None } else { of(first).find(fits) })
    }
}

impl Needle {
    fn fits(&self, octets: &[u8], at: usize) -> bool {
        let Some(found) = octets.get(at..at + self.from.len()) else { return false };
        let same = if self.fold { found.eq_ignore_ascii_case(&self.from) } else { found == self.from };
        let before = at.checked_sub(1).and_then(|before| octets.get(before));
        let after = octets.get(at + self.from.len());
        let touches = |octet: Option<&u8>, behind: bool| {
            octet.is_some_and(|octet| match self.alone {
                Alone::Anywhere => false,
                Alone::Decimal => octet.is_ascii_digit(),
                Alone::Tail if !behind => octet.is_ascii_hexdigit(),
                Alone::Word | Alone::Tail => octet.is_ascii_alphanumeric(),
            })
        };
        // A scheme is no name, whatever else is called so.
        let scheme = self.alone == Alone::Word && octets[at + self.from.len()..].starts_with(b"://");
        same && !scheme && !touches(before, false) && !touches(after, true)
    }

    /// The replacement in the case of what was found.
    fn written_like(&self, found: &[u8]) -> Vec<u8> {
        if !self.fold {
            self.to.clone()
        } else if !found.iter().any(u8::is_ascii_lowercase) {
            self.to.to_ascii_uppercase()
        } else if !found.iter().any(u8::is_ascii_uppercase) {
            self.to.to_ascii_lowercase()
        } else {
            self.to.clone()
        }
    }
}

fn interface_id([a, b, c, d, e, f]: [u8; 6]) -> [u8; 8] {
    [a ^ 2, b, c, 0xFF, 0xFE, d, e, f]
}

/// Arcs of a name that are surely no index: 1.3.6.1.4.1 and the maker.
const PREFIX: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_snmp::oid;

    fn text(substitution: &Substitution, octets: &[u8]) -> Vec<u8> {
        match substitution.value(&Value::OctetString(octets.to_vec())) {
            Some(Value::OctetString(octets)) => octets,
            _ => octets.to_vec(),
        }
    }

    fn utf16_be(words: &str) -> Vec<u8> {
        words.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }

    #[test]
    fn a_serial_number_is_found_inside_words_and_a_short_name_is_not() {
        let mut all = Substitution::new();
        all.text("EHQ100000", "XXX000001");
        all.text("hp", "n1");
        all.text("laser", "name1");
        assert_eq!(
            text(&all, b"Model;SNEHQ100000;hp Laserjet laser"),
            b"Model;SNXXX000001;hp Laserjet name1"
        );
        assert_eq!(text(&all, b"xrx-ehq100000"), b"xrx-xxx000001");
        assert_eq!(text(&all, &utf16_be("EHQ100000!")), utf16_be("XXX000001!"));
    }

    #[test]
    fn a_mac_address_is_found_in_every_spelling_and_in_an_index() {
        let mut all = Substitution::new();
        all.mac([0, 0x17, 0xc8, 1, 2, 3], [0, 0x17, 0xc8, 0, 0, 1]);
        assert_eq!(text(&all, &[9, 0, 0x17, 0xc8, 1, 2, 3]), [9, 0, 0x17, 0xc8, 0, 0, 1]);
        assert_eq!(text(&all, b"KM0017C8010203 00:17:c8:01:02:03"), b"KM0017C8000001 00:17:c8:00:00:01");
        assert_eq!(text(&all, b"NPI010203.example BRN-01-02-03"), b"NPI000001.example BRN-00-00-01");
        assert_eq!(text(&all, b"0A010203 0102034 010203ff"), b"0A010203 0102034 010203ff", "other numbers");
        assert_eq!(
            all.name(&oid!("1.3.6.1.2.1.17.4.3.1.1.0.23.200.1.2.3")),
            Some(oid!("1.3.6.1.2.1.17.4.3.1.1.0.23.200.0.0.1"))
        );
    }

    #[test]
    fn an_address_is_found_as_value_text_octets_and_index() {
        let mut all = Substitution::new();
        all.ipv4(Ipv4Addr::new(10, 1, 2, 3), Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(all.value(&Value::IpAddress([10, 1, 2, 3])), Some(Value::IpAddress([192, 0, 2, 1])));
        assert_eq!(text(&all, &[10, 1, 2, 3]), [192, 0, 2, 1]);
        assert_eq!(text(&all, b"at 10.1.2.3, not 110.1.2.30"), b"at 192.0.2.1, not 110.1.2.30");
        let before = oid!("1.3.6.1.2.1.4.20.1.2.10.1.2.3");
        assert_eq!(all.name(&before), Some(oid!("1.3.6.1.2.1.4.20.1.2.192.0.2.1")));
        let six = "fd00::a:1".parse().unwrap();
        all.ipv6(six, "2001:db8::1".parse().unwrap());
        assert_eq!(text(&all, b"FD00:0:0:0:0:0:A:1"), b"2001:DB8::1");
        assert_eq!(text(&all, &six.octets())[..4], [0x20, 0x01, 0x0d, 0xb8]);
    }
}
