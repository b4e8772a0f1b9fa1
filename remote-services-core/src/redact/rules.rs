//! The rules: what each kind of member may hold, and what is done about it.

use super::known::Known;
use super::walk::numbered;
use super::{Redaction, RedactionProfile, shape};
use crate::network::Network;
use crate::reading::{Header, Withheld, WithheldReason};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;
use core::ops::Range;

/// A profile at work on one report.
pub(super) struct Rules {
    lockdown: bool,
    known: Known,
    phones: Vec<String>,
    /// What the kind at hand has lost.
    notes: Vec<Withheld>,
}

/// What may hold an address, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// People's words: by shape and by value.
    Words,
    /// Versions, numbers, object identifiers: IPv4 by value only, since four small numbers are nothing unusual.
    Code,
}

impl Rules {
    pub(super) fn new(redaction: &Redaction) -> Self {
        let mut known = Known::default();
        redaction.known.iter().for_each(|address| known.add(*address));
        let lockdown = redaction.profile == RedactionProfile::Lockdown;
        Self { lockdown, known, phones: Vec::new(), notes: Vec::new() }
    }

    /// The addresses that the report itself names.
    pub(super) fn learn_from(&mut self, network: &Network) {
        if !self.lockdown {
            return;
        }
        for interface in &network.interfaces {
            let addresses = interface.ipv4_addresses.iter().chain(&interface.ipv6_addresses);
            self.learn(addresses.chain(&interface.subnet_address));
            if let Some(mac) = &interface.mac_address {
                self.known.add_mac(mac);
            }
        }
        self.learn(&network.default_gateways);
        self.learn(network.last_known_address.iter().chain(&network.previous_address));
    }

    /// The phone numbers of the report.
    pub(super) fn learn_phones(&mut self, numbers: &[String]) {
        self.phones.extend(numbers.iter().filter(|number| is_phone(number)).cloned());
    }

    /// Addresses as text.
    pub(super) fn learn<S: AsRef<str>>(&mut self, addresses: impl IntoIterator<Item = S>) {
        addresses.into_iter().for_each(|address| self.known.add_text(address.as_ref()));
    }

    /// The header comes last: it takes up what the kind has lost.
    pub(super) fn header(&mut self, header: &mut Header) {
        let lost = core::mem::take(&mut self.notes);
        for withheld in &mut header.withheld {
            self.scrub("", &mut withheld.element, Content::Words);
            if let Some(detail) = &mut withheld.detail {
                self.scrub("", detail, Content::Words);
            }
        }
        for source in &mut header.sources {
            self.scrub("", &mut source.element, Content::Words);
            if self.lockdown && cut_address_table(&mut source.object) {
                source.instance = None;
            }
            self.scrub("", &mut source.object, Content::Code);
            if let Some(instance) = &mut source.instance {
                self.scrub("", instance, Content::Code);
            }
        }
        self.notes.clear();
        header.withheld.extend(lost);
    }

    pub(super) fn words(&mut self, path: impl Display, text: &mut Option<String>) {
        if let Some(text) = text {
            self.scrub(path, text, Content::Words);
        }
    }

    pub(super) fn code(&mut self, path: impl Display, text: &mut Option<String>) {
        if let Some(text) = text {
            self.scrub(path, text, Content::Code);
        }
    }

    /// Takes what must not go out of a text and leaves a mark in its place.
    pub(super) fn scrub(&mut self, path: impl Display, text: &mut String, content: Content) {
        let mut personal = Vec::new();
        shape::mail_addresses(text, &mut personal);
        for phone in &self.phones {
            personal.extend(text.match_indices(phone.as_str()).map(|(at, found)| at..at + found.len()));
        }
        let addresses = if self.lockdown { self.addresses_in(text, content) } else { Vec::new() };
        if !addresses.is_empty() {
            self.note(&path, WithheldReason::Lockdown, Some("an address in the text"));
        }
        if !personal.is_empty() {
            self.note(path, WithheldReason::Redacted, Some("personal data in the text"));
        }
        replace(text, &personal, &addresses);
    }

    fn addresses_in(&self, text: &str, content: Content) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        shape::addresses(text, &mut found);
        if content == Content::Code {
            found.retain(|span| {
                shape::v4_octets(&text[span.clone()]).is_none_or(|octets| self.known.is_in(&octets))
            });
        }
        self.known.find(text, &mut found);
        found
    }

    /// A name that spells an address goes as a whole: with a hole in it, it names nothing.
    pub(super) fn name(&mut self, path: &str, name: &mut Option<String>) {
        if self.lockdown && name.as_ref().is_some_and(|name| self.spells_address(name)) {
            self.gone(path, name, WithheldReason::Lockdown);
        }
        self.words(path, name);
    }

    pub(super) fn names(&mut self, path: &str, names: &mut Vec<String>, header: &mut Header) {
        let mut position = 0;
        while position < names.len() {
            if self.lockdown && self.spells_address(&names[position]) {
                names.remove(position);
                forget_entry(header, path, position + 1);
                self.note(path, WithheldReason::Lockdown, None);
            } else {
                self.scrub(format_args!("{path}[{}]", position + 1), &mut names[position], Content::Words);
                position += 1;
            }
        }
    }

    fn spells_address(&self, name: &str) -> bool {
        !self.addresses_in(name, Content::Words).is_empty()
    }

    pub(super) fn address(&mut self, path: impl Display + Copy, address: &mut Option<String>) {
        if self.lockdown {
            self.gone(path, address, WithheldReason::Lockdown);
        }
        self.words(path, address);
    }

    pub(super) fn addresses(&mut self, path: impl Display + Copy, addresses: &mut Vec<String>) {
        if self.lockdown {
            self.all_gone(path, addresses, WithheldReason::Lockdown);
        }
        for (at, address) in numbered(path, addresses) {
            self.scrub(at, address, Content::Words);
        }
    }

    pub(super) fn gone(&mut self, path: impl Display, value: &mut Option<String>, reason: WithheldReason) {
        if value.take().is_some() {
            self.note(path, reason, None);
        }
    }

    pub(super) fn all_gone(&mut self, path: impl Display, values: &mut Vec<String>, reason: WithheldReason) {
        if !values.is_empty() {
            values.clear();
            self.note(path, reason, None);
        }
    }

    /// Engine ids are made from an address in formats 1 and 2 (RFC 3411, SnmpEngineID), may be in the form of
    /// before RFC 3411, and hold text in format 4.
    pub(super) fn engine_id(&mut self, engine_id: &mut Option<String>) {
        if let Some(text) = engine_id
            && self.lockdown
        {
            let made_from_address = match octets(text).as_deref() {
                Some([first, _, _, _, rest @ ..]) if first & 0x80 != 0 => {
                    let spelled = match rest {
                        [1 | 2, ..] => true,
                        [4, words @ ..] => self.spells_address(&String::from_utf8_lossy(words)),
                        _ => false,
                    };
                    spelled || self.known.is_in(rest)
                }
                Some(_) => true,
                None => self.spells_address(text),
            };
            if made_from_address {
                self.gone("SnmpEngineId", engine_id, WithheldReason::Lockdown);
            }
        }
        self.code("SnmpEngineId", engine_id);
    }

    fn note(&mut self, element: impl Display, reason: WithheldReason, detail: Option<&str>) {
        let element = element.to_string();
        if !self.notes.iter().any(|note| note.element == element && note.reason == reason) {
            self.notes.push(Withheld { element, reason, detail: detail.map(String::from) });
        }
    }
}

/// A number worth looking for in other texts: short ones are in everything.
fn is_phone(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 6
}

/// Puts marks in the place of the spans, whatever their order; where two meet, an address counts.
fn replace(text: &mut String, personal: &[Range<usize>], addresses: &[Range<usize>]) {
    let mut spans: Vec<_> = personal.iter().map(|span| (span.start, span.end, "[redacted]")).collect();
    spans.extend(addresses.iter().map(|span| (span.start, span.end, "[withheld]")));
    if spans.is_empty() {
        return;
    }
    spans.sort_unstable();
    let mut clean = String::with_capacity(text.len());
    let mut spans = spans.into_iter().peekable();
    let mut copied = 0;
    while let Some((start, mut end, mut mark)) = spans.next() {
        while let Some((_, next_end, next_mark)) = spans.next_if(|(next_start, _, _)| *next_start < end) {
            end = end.max(next_end);
            if next_mark == "[withheld]" {
                mark = next_mark;
            }
        }
        clean.push_str(&text[copied..start]);
        clean.push_str(mark);
        copied = end;
    }
    clean.push_str(&text[copied..]);
    *text = clean;
}

/// The octets of hexadecimal text, with or without joints and `0x`.
fn octets(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits: Vec<u32> = text
        .chars()
        .filter(|character| !matches!(character, ':' | '-' | ' '))
        .map(|character| character.to_digit(16))
        .collect::<Option<_>>()?;
    if digits.is_empty() || digits.len() % 2 == 1 {
        return None;
    }
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).ok()).collect()
}

/// Sources and notes about an entry that is gone go too, those behind it move up.
fn forget_entry(header: &mut Header, name: &str, gone: usize) {
    let moved = |element: &mut String| {
        let position = element
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('['))
            .and_then(|rest| rest.strip_suffix(']'))
            .and_then(|position| position.parse::<usize>().ok());
        match position {
            Some(position) if position == gone => false,
            Some(position) if position > gone => {
                *element = format!("{name}[{}]", position - 1);
                true
            }
            _ => true,
        }
    };
    header.sources.retain_mut(|source| moved(&mut source.element));
    header.withheld.retain_mut(|withheld| moved(&mut withheld.element));
}

/// Tables of which the index holds an address, and how many arcs their columns have.
const ADDRESS_TABLES: &[(&str, usize)] = &[
    ("1.3.6.1.2.1.3.1", 10),
    ("1.3.6.1.2.1.4.20", 10),
    ("1.3.6.1.2.1.4.21", 10),
    ("1.3.6.1.2.1.4.22", 10),
    ("1.3.6.1.2.1.4.24.2", 11),
    ("1.3.6.1.2.1.4.24.4", 11),
    ("1.3.6.1.2.1.4.24.7", 11),
    ("1.3.6.1.2.1.4.32", 10),
    ("1.3.6.1.2.1.4.34", 10),
    ("1.3.6.1.2.1.4.35", 10),
    ("1.3.6.1.2.1.4.37", 10),
    ("1.3.6.1.2.1.6.13", 10),
    ("1.3.6.1.2.1.6.19", 10),
    ("1.3.6.1.2.1.6.20", 10),
    ("1.3.6.1.2.1.7.5", 10),
    ("1.3.6.1.2.1.7.7", 10),
    ("1.3.6.1.2.1.55.1.7", 11),
    ("1.3.6.1.2.1.55.1.8", 11),
    ("1.3.6.1.2.1.55.1.11", 11),
    ("1.3.6.1.2.1.55.1.12", 11),
];

/// Cuts an object of such a table down to its column; false when it is of another table.
fn cut_address_table(object: &mut String) -> bool {
    let dotted = object.trim_start_matches('.');
    let table = ADDRESS_TABLES.iter().find(|(prefix, _)| {
        dotted.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    let Some((_, arcs)) = table else { return false };
    *object = dotted.split('.').take(*arcs).collect::<Vec<_>>().join(".");
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_replace_spans_that_meet() {
        let mut text = String::from("a 1@2.3 b 4.5 c");
        replace(&mut text, &[2..7, 14..15], &[4..7, 10..13]);
        assert_eq!(text, "a [withheld] b [withheld] [redacted]");
    }

    #[test]
    fn objects_of_address_tables_lose_what_follows_the_column() {
        for (object, cut) in [
            ("1.3.6.1.2.1.4.20.1.1.192.0.2.53", Some("1.3.6.1.2.1.4.20.1.1")),
            (".1.3.6.1.2.1.4.34.1.3.1.4.192.0.2.53", Some("1.3.6.1.2.1.4.34.1.3")),
            ("1.3.6.1.2.1.4.24.7.1.6.1.4.0.0", Some("1.3.6.1.2.1.4.24.7.1.6")),
            ("1.3.6.1.2.1.4.200.1", None),
            ("1.3.6.1.2.1.43.11.1.1.9", None),
        ] {
            let mut text = String::from(object);
            assert_eq!(cut_address_table(&mut text), cut.is_some(), "{object}");
            assert_eq!(text, cut.unwrap_or(object));
        }
    }

    #[test]
    fn entries_behind_a_removed_one_move_up() {
        let mut header = Header::default();
        for position in 1..=3 {
            header.source(format!("DnsName[{position}]"), "rule", None);
        }
        header.source("DnsName", "rule", None);
        forget_entry(&mut header, "DnsName", 2);
        let left: Vec<_> = header.sources.iter().map(|source| source.element.as_str()).collect();
        assert_eq!(left, ["DnsName[1]", "DnsName[2]", "DnsName"]);
    }

    #[test]
    fn hexadecimal_text_is_read_with_and_without_joints() {
        assert_eq!(octets("0x80:00 1f-88"), Some(Vec::from([0x80, 0, 0x1F, 0x88])));
        assert_eq!(octets("8"), None);
        assert_eq!(octets("text"), None);
    }
}
