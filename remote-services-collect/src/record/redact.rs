//! Recordings that may be given away: what tells who a device is and whose, replaced, everywhere and by the same each time.
//!
//! | what | becomes |
//! | --- | --- |
//! | serial numbers (of the device, its parts and supplies), asset tags | as long, letters `X`, digits `0`, numbered at the end |
//! | MAC addresses, their last three octets in host names | addresses for documentation (RFC 9542) |
//! | IPv4, IPv6 addresses | addresses for documentation (RFC 5737, RFC 3849); masks, loopback and 0.0.0.0 stay |
//! | sysName, sysContact, sysLocation, operators, printer and queue names, user names | `name-1`, `contact-1`, … |
//! | snmpEngineID | its first five octets, then a number |
//! | the sources::organisation's word of a domain, such as `acme` of `prn.acme.example` | as the names |
//! | e-mail addresses in any text | `person-1@example.org` |
//! | what stands behind `password:`, `PIN=` and the like in any text | `secret-1` |
//!
//! They are looked for by the objects that hold them (see `sources`), and what is found is replaced wherever it stands: in other
//! texts, among octets, in indexes, in any case. Subtrees that hold nothing but others' data (jobs, connections, neighbours, users
//! and communities of SNMP) and the makers' objects for passwords and communities are left out. What a person wrote into an object that is made for something else cannot be told
//! from other words: look through a recording before you give it away.

use super::Substitution;
use crate::store::ObjectStore;
use crate::{ReadContext, build};
use remote_services_core::device::DeviceReport;
use remote_services_snmp::{Oid, Value, oid};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::replacement::{
    documentation, documentation_mac, hyphenated_like, numbered_octets, pattern, without_hyphens,
};
use super::sources::{self, Holds};

/// A recording without what tells who and whose a device is.
#[derive(Clone, Debug, Default)]
pub struct Redacted {
    /// The values.
    pub values: BTreeMap<Oid, Value>,
    /// How many different originals were replaced, by what they are.
    pub replaced: BTreeMap<&'static str, usize>,
    /// Values that were left out with their subtree.
    pub left_out: usize,
}

/// Makes a recording that may be given away.
#[must_use]
pub fn redact(values: &BTreeMap<Oid, Value>, context: &ReadContext) -> Redacted {
    let mut left: BTreeMap<Oid, Value> = values
        .iter()
        .filter(|(name, _)| !sources::is_others_data(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let left_out = values.len() - left.len();
    let mut all = Originals::default();
    all.replace_secrets(&mut left);
    let report = build(&ObjectStore::from(left.clone()), context);
    all.of_objects(&left, context);
    all.of_report(&left, &report);
    all.of_texts(&left);
    all.of_organisations(&report);
    all.of_hyphens(&left);
    let substitution = all.substitution();
    let mut values = substitution.apply(&left);
    // What is too short to be looked for everywhere is replaced where it stands.
    for (name, value) in &left {
        if let (Some(holds), Value::OctetString(octets)) = (sources::holds(name, context), value)
            && let Some(new) = all.replacement(holds, octets)
        {
            let name = substitution.name(name).unwrap_or_else(|| name.clone());
            values.insert(name, Value::OctetString(new));
        }
    }
    Redacted { values, replaced: all.counts(), left_out }
}

/// What was found, each with what takes its place.
#[derive(Default)]
struct Originals {
    texts: BTreeMap<(Holds, Vec<u8>), Vec<u8>>,
    /// Serial numbers as they are written elsewhere, with or without hyphens.
    forms: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Words of domains that name an sources::organisation.
    organisations: BTreeSet<String>,
    macs: BTreeMap<[u8; 6], [u8; 6]>,
    v4: BTreeMap<Ipv4Addr, Ipv4Addr>,
    v6: BTreeMap<Ipv6Addr, Ipv6Addr>,
    engines: BTreeMap<Vec<u8>, Vec<u8>>,
    mails: BTreeMap<String, String>,
    numbers: BTreeMap<Holds, u32>,
}

impl Originals {
    /// Replaces what a text calls a password where it stands: too many are words that stand elsewhere, too.
    fn replace_secrets(&mut self, values: &mut BTreeMap<Oid, Value>) {
        for value in values.values_mut() {
            let Value::OctetString(octets) = value else { continue };
            for range in sources::secrets_in(octets).into_iter().rev() {
                let secret = octets[range.clone()].to_vec();
                self.text(Holds::Secret, &secret);
                let new = self.texts.get(&(Holds::Secret, secret)).cloned();
                octets.splice(range, new.unwrap_or_default());
            }
        }
    }

    fn of_objects(&mut self, values: &BTreeMap<Oid, Value>, context: &ReadContext) {
        for (name, value) in values {
            match value {
                Value::IpAddress(octets) => self.address(Ipv4Addr::from(*octets)),
                Value::OctetString(octets) => {
                    if let Some(holds) = sources::holds(name, context) {
                        self.text_with_parts(holds, octets);
                        if holds == Holds::Name {
                            let host = String::from_utf8_lossy(trimmed(octets)).into_owned();
                            self.organisations
                                .extend(host.split_once('.').and_then(|(_, it)| sources::organisation(it)));
                        }
                    }
                }
                _ => {}
            }
            if let Some(address) = sources::address_of_index(name) {
                match address {
                    std::net::IpAddr::V4(address) => self.address(address),
                    std::net::IpAddr::V6(address) => self.address6(address),
                }
            }
        }
    }

    /// What profiles and the reading of 1284 ids and supplies' descriptions know.
    fn of_report(&mut self, values: &BTreeMap<Oid, Value>, report: &DeviceReport) {
        let identity = &report.identity;
        let parts = identity.modules.iter().map(|module| &module.serial_number);
        let supplies = report.supplies.supplies.iter().map(|supply| &supply.serial_number);
        for serial in parts.chain(supplies).chain([&identity.serial_number]).flatten() {
            self.text(Holds::Serial, serial.as_bytes());
        }
        for tag in &identity.asset_tags {
            self.text(Holds::Serial, tag.as_bytes());
        }
        // Many devices give their model here, others the name that an administrator chose.
        let model = identity.make_and_model.as_deref().unwrap_or("").to_lowercase();
        for (_, value) in values.iter().filter(|(name, _)| name.starts_with(&PRINTER_NAME)) {
            let text = String::from_utf8_lossy(trimmed(value.as_bytes().unwrap_or_default())).to_lowercase();
            if !text.is_empty() && !model.contains(&text) {
                self.text_with_parts(Holds::Name, value.as_bytes().unwrap_or_default());
            }
        }
        for interface in &report.network.interfaces {
            let mac = interface.mac_address.as_deref().map(sources::octets_of_mac);
            if let Some(Some(mac)) = mac {
                self.mac(mac);
            }
            for address in &interface.ipv4_addresses {
                if let Ok(address) = address.parse() {
                    self.address(address);
                }
            }
            for address in &interface.ipv6_addresses {
                if let Ok(address) = address.split('%').next().unwrap_or("").parse() {
                    self.address6(address);
                }
            }
        }
    }

    /// What is recognised by its form in any text.
    fn of_texts(&mut self, values: &BTreeMap<Oid, Value>) {
        for octets in values.values().filter_map(Value::as_bytes) {
            let text = String::from_utf8_lossy(octets);
            for queue in sources::queues_in(&text) {
                self.text(Holds::Name, queue.as_bytes());
            }
            for serial in sources::serials_in(&text) {
                self.text(Holds::Serial, serial.as_bytes());
            }
            for word in text.split(|c: char| c.is_whitespace() || ",;<>()[]\"'=|".contains(c)) {
                let word = word.trim_matches(|c: char| !c.is_alphanumeric());
                if sources::is_mail(word) && !self.mails.contains_key(word) {
                    let new = format!("person-{}@example.org", self.mails.len() + 1);
                    self.mails.insert(word.to_owned(), new);
                    self.organisations
                        .extend(word.split_once('@').and_then(|(_, host)| sources::organisation(host)));
                }
                let uri = word.split_once("://").map(|(_, rest)| rest);
                let host = uri.unwrap_or(word).split(['/', ':', '?']).next().unwrap_or("");
                if uri.is_some() && host.len() >= SHORTEST_PART && host.parse::<Ipv4Addr>().is_err() {
                    self.text_with_parts(Holds::Name, host.as_bytes());
                }
                if let Ok(address) = host.parse::<Ipv4Addr>()
                    && (address.is_private() || address.is_link_local())
                {
                    self.address(address);
                }
                if let Ok(address) = word.parse::<Ipv6Addr>() {
                    self.address6(address);
                }
                if let Some(mac) = sources::octets_of_mac(word) {
                    self.mac(mac);
                }
            }
        }
    }

    /// The word of a domain that is somebody's name, but for the maker's own.
    fn of_organisations(&mut self, report: &DeviceReport) {
        let plain =
            |text: &str| -> String { text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect() };
        let identity = &report.identity;
        let maker =
            [&identity.manufacturer, &identity.make_and_model].map(|it| plain(it.as_deref().unwrap_or("")));
        for word in core::mem::take(&mut self.organisations) {
            if !maker.iter().any(|maker| maker.contains(&plain(&word))) {
                self.text(Holds::Name, word.as_bytes());
                self.text(Holds::Name, word.replace('-', " ").as_bytes());
            }
        }
    }

    /// Serial numbers that are written with hyphens in one place and without in another.
    fn of_hyphens(&mut self, values: &BTreeMap<Oid, Value>) {
        let upper = |octets: &[u8]| without_hyphens(octets).to_ascii_uppercase();
        let serials = self.texts.iter().filter(|((holds, _), _)| *holds == Holds::Serial);
        let known: BTreeMap<Vec<u8>, Vec<u8>> =
            serials.map(|((_, serial), new)| (upper(serial), without_hyphens(new))).collect();
        for ((_, serial), new) in self.texts.iter().filter(|((holds, _), _)| *holds == Holds::Serial) {
            if serial.contains(&b'-') {
                self.forms.insert(without_hyphens(serial), without_hyphens(new));
            }
        }
        for octets in values.values().filter_map(Value::as_bytes) {
            let words = octets.split(|octet| octet.is_ascii_whitespace() || b",;:=#()|\"/".contains(octet));
            for word in words.filter(|word| word.contains(&b'-')) {
                if let Some(new) = known.get(&upper(word)) {
                    self.forms.insert(word.to_vec(), hyphenated_like(word, new));
                }
            }
        }
    }

    /// A text, and the parts of it that may stand alone elsewhere: of a contact the names and numbers, of a host name the
    /// host and the domain.
    fn text_with_parts(&mut self, holds: Holds, octets: &[u8]) {
        self.text(holds, octets);
        let text = String::from_utf8_lossy(trimmed(octets)).into_owned();
        match holds {
            Holds::Contact => {
                for part in text.split([',', ';', '<', '>', '(', ')', '/']).map(str::trim) {
                    if part.len() >= SHORTEST_PART && part != text && !sources::is_mail(part) {
                        self.text(Holds::User, part.as_bytes());
                    }
                }
            }
            Holds::Name => {
                if let Some((host, domain)) = text.split_once('.') {
                    for part in [host, domain].into_iter().filter(|part| part.len() >= SHORTEST_PART) {
                        self.text(Holds::Name, part.as_bytes());
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, holds: Holds, octets: &[u8]) {
        if holds == Holds::Mac {
            if let Ok(mac) = <[u8; 6]>::try_from(octets) {
                self.mac(mac);
            }
            return;
        }
        if holds == Holds::Engine {
            if octets.len() >= 5 && !self.engines.contains_key(octets) {
                let new = numbered_octets(octets, 5, self.engines.len() + 1);
                self.engines.insert(octets.to_vec(), new);
            }
            return;
        }
        let kept = trimmed(octets);
        let key = (holds, kept.to_vec());
        if kept.is_empty() || self.texts.contains_key(&key) {
            return;
        }
        // The same text in another role keeps its replacement.
        if let Some(known) =
            self.texts.iter().find(|((_, text), _)| *text == kept).map(|(_, new)| new.clone())
        {
            self.texts.insert(key, known);
            return;
        }
        let number = self.numbers.entry(holds).or_default();
        *number += 1;
        let new = match holds {
            Holds::Serial => pattern(kept, *number),
            other => format!("{}-{number}", other.word()).into_bytes(),
        };
        self.texts.insert(key, new);
    }

    fn mac(&mut self, mac: [u8; 6]) {
        if mac != [0; 6] && mac != [0xFF; 6] && !self.macs.contains_key(&mac) {
            self.macs.insert(mac, documentation_mac(self.macs.len() + 1));
        }
    }

    fn address(&mut self, address: Ipv4Addr) {
        if sources::is_telling(address) && !self.v4.contains_key(&address) {
            let new = documentation(self.v4.len());
            self.v4.insert(address, new);
        }
    }

    fn address6(&mut self, address: Ipv6Addr) {
        let nobody = address.is_loopback() || address.is_unspecified() || address.is_multicast();
        if !nobody && !self.v6.contains_key(&address) {
            let number = u16::try_from(self.v6.len() + 1).unwrap_or(u16::MAX);
            let first = if address.segments()[0] & 0xFFC0 == 0xFE80 { [0xFE80, 0] } else { [0x2001, 0xDB8] };
            self.v6.insert(address, Ipv6Addr::new(first[0], first[1], 0, 0, 0, 0, 0, number));
        }
    }

    fn substitution(&self) -> Substitution {
        let mut all = Substitution::new();
        for (from, to) in &self.mails {
            all.text(from, to);
        }
        for (from, to) in &self.forms {
            all.text(&String::from_utf8_lossy(from), &String::from_utf8_lossy(to));
        }
        for ((holds, from), to) in &self.texts {
            // A password that may be a common word was replaced where it is called one.
            if *holds == Holds::Secret && !(from.len() >= 6 && from.iter().any(u8::is_ascii_digit)) {
                continue;
            }
            let to = String::from_utf8_lossy(to);
            match std::str::from_utf8(from) {
                Ok(from) => all.text(from, &to),
                Err(_) => all.octets(from, to.as_bytes()),
            }
        }
        for (from, to) in &self.engines {
            all.octets(from, to);
        }
        for (from, to) in &self.macs {
            all.mac(*from, *to);
        }
        for (from, to) in &self.v4 {
            all.ipv4(*from, *to);
        }
        for (from, to) in &self.v6 {
            all.ipv6(*from, *to);
        }
        all
    }

    /// What takes the place of the whole value of an object that holds one of these.
    fn replacement(&self, holds: Holds, octets: &[u8]) -> Option<Vec<u8>> {
        let kept = trimmed(octets);
        let new = self.texts.get(&(holds, kept.to_vec()))?;
        let at = octets.iter().take_while(|octet| octet.is_ascii_control()).count();
        let at = at.min(octets.len() - kept.len());
        Some([&octets[..at], new, &octets[at + kept.len()..]].concat())
    }

    fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts: BTreeMap<&'static str, BTreeSet<&[u8]>> = BTreeMap::new();
        for (holds, text) in self.texts.keys() {
            counts.entry(holds.word()).or_default().insert(text);
        }
        let mut counts: BTreeMap<&'static str, usize> =
            counts.into_iter().map(|(word, texts)| (word, texts.len())).collect();
        for (word, count) in [
            ("MAC address", self.macs.len()),
            ("IPv4 address", self.v4.len()),
            ("IPv6 address", self.v6.len()),
            ("engine ID", self.engines.len()),
            ("e-mail address", self.mails.len()),
        ] {
            if count > 0 {
                counts.insert(word, count);
            }
        }
        counts
    }
}

/// Without what devices pad texts with, and without the two octets by which HP names a symbol set.
fn trimmed(octets: &[u8]) -> &[u8] {
    let end =
        octets.iter().rposition(|octet| !matches!(octet, 0 | b' ' | b'\n' | b'\r')).map_or(0, |at| at + 1);
    let start = octets[..end].iter().take_while(|octet| octet.is_ascii_control()).count();
    &octets[start..end]
}

const PRINTER_NAME: Oid = oid!("1.3.6.1.2.1.43.5.1.1.16");
/// Shorter parts of names are common words.
const SHORTEST_PART: usize = 4;

#[cfg(test)]
mod tests;
