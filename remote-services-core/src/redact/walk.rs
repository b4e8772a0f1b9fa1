//! The walk over the model: which rule each member falls under.

use super::known::Known;
use super::{Redaction, RedactionProfile, shape};
use crate::agent::{Agent, Host};
use crate::counter::Counters;
use crate::device::{DeviceReport, Identity};
use crate::network::Network;
use crate::properties::Properties;
use crate::reading::{Header, Withheld, WithheldReason};
use crate::status::Status;
use crate::supply::Supplies;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;
use core::ops::Range;

pub(super) fn report(redaction: &Redaction, report: &mut DeviceReport) {
    let mut walk = Walk::new(redaction);
    if walk.lockdown {
        walk.learn_from(&report.network);
    }
    walk.phones.extend(report.identity.phone_numbers.iter().filter(|number| is_phone(number)).cloned());
    walk.identity(&mut report.identity);
    walk.network(&mut report.network);
    walk.properties(&mut report.properties);
    walk.status(&mut report.status);
    walk.counters(&mut report.counters);
    walk.supplies(&mut report.supplies);
}

pub(super) fn agent(redaction: &Redaction, agent: &mut Agent) {
    let mut walk = Walk::new(redaction);
    walk.learn(&agent.host.ip_addresses);
    walk.agent(agent);
}

struct Walk {
    lockdown: bool,
    known: Known,
    phones: Vec<String>,
    /// What the kind at hand has lost.
    notes: Vec<Withheld>,
}

/// What may hold an address, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    /// People's words: by shape and by value.
    Words,
    /// Versions, numbers, object identifiers: IPv4 by value only, since four small numbers are nothing unusual.
    Code,
}

impl Walk {
    fn new(redaction: &Redaction) -> Self {
        let mut known = Known::default();
        redaction.known.iter().for_each(|address| known.add(*address));
        let lockdown = redaction.profile == RedactionProfile::Lockdown;
        Self { lockdown, known, phones: Vec::new(), notes: Vec::new() }
    }

    /// The addresses that the report itself names.
    fn learn_from(&mut self, network: &Network) {
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

    fn learn<S: AsRef<str>>(&mut self, addresses: impl IntoIterator<Item = S>) {
        addresses.into_iter().for_each(|address| self.known.add_text(address.as_ref()));
    }

    fn identity(&mut self, identity: &mut Identity) {
        self.words("Manufacturer", &mut identity.manufacturer);
        self.words("MakeAndModel", &mut identity.make_and_model);
        self.words("Description", &mut identity.description);
        self.code("FirmwareVersion", &mut identity.firmware_version);
        for (at, module) in numbered("Module", &mut identity.modules) {
            self.words(format_args!("{at}/Name"), &mut module.name);
            self.code(format_args!("{at}/Version"), &mut module.version);
            self.code(format_args!("{at}/SerialNumber"), &mut module.serial_number);
        }
        self.code("SerialNumber", &mut identity.serial_number);
        for (at, tag) in numbered("AssetTag", &mut identity.asset_tags) {
            self.scrub(at, tag, Content::Words);
        }
        self.words("CustomerAssetTag", &mut identity.customer_asset_tag);
        self.name("SystemName", &mut identity.system_name);
        self.gone("Contact", &mut identity.contact, WithheldReason::Redacted);
        self.words("Location", &mut identity.location);
        self.all_gone("PhoneNumber", &mut identity.phone_numbers, WithheldReason::Redacted);
        for (at, name) in numbered("QueueName", &mut identity.queue_names) {
            self.scrub(at, name, Content::Words);
        }
        self.words("DeviceId1284", &mut identity.device_id_1284);
        self.code("SystemObjectId", &mut identity.system_object_id);
        self.engine_id(&mut identity.snmp_engine_id);
        self.header(&mut identity.header);
    }

    fn network(&mut self, network: &mut Network) {
        for (at, interface) in numbered("Interface", &mut network.interfaces) {
            self.words(format_args!("{at}/Name"), &mut interface.name);
            self.code(format_args!("{at}/MacAddress"), &mut interface.mac_address);
            self.address(format_args!("{at}/SubnetAddress"), &mut interface.subnet_address);
            self.addresses(format_args!("{at}/Ipv4Address"), &mut interface.ipv4_addresses);
            self.addresses(format_args!("{at}/Ipv6Address"), &mut interface.ipv6_addresses);
        }
        self.addresses("DefaultGateway", &mut network.default_gateways);
        self.names("DnsName", &mut network.dns_names, &mut network.header);
        self.address("LastKnownAddress", &mut network.last_known_address);
        self.address("PreviousAddress", &mut network.previous_address);
        self.code("TimeZone", &mut network.time_zone);
        self.header(&mut network.header);
    }

    fn properties(&mut self, properties: &mut Properties) {
        for (at, component) in numbered("Component", &mut properties.components) {
            self.scrub(format_args!("{at}/Index"), &mut component.index, Content::Code);
            self.words(format_args!("{at}/Description"), &mut component.description);
            self.code(format_args!("{at}/Identifier"), &mut component.identifier);
        }
        for (at, tray) in numbered("InputTray", &mut properties.input_trays) {
            self.scrub(format_args!("{at}/Index"), &mut tray.index, Content::Code);
            self.words(format_args!("{at}/Name"), &mut tray.name);
        }
        for (at, bin) in numbered("OutputBin", &mut properties.output_bins) {
            self.scrub(format_args!("{at}/Index"), &mut bin.index, Content::Code);
            self.words(format_args!("{at}/Name"), &mut bin.name);
        }
        for (at, finisher) in numbered("Finisher", &mut properties.finishers) {
            self.words(format_args!("{at}/Description"), &mut finisher.description);
        }
        for (at, marker) in numbered("Marker", &mut properties.markers) {
            self.scrub(format_args!("{at}/Index"), &mut marker.index, Content::Code);
        }
        for (at, colorant) in numbered("Colorant", &mut properties.colorants) {
            self.scrub(at, colorant, Content::Words);
        }
        for (at, module) in numbered("SoftwareModule", &mut properties.software_modules) {
            self.words(format_args!("{at}/Name"), &mut module.name);
            self.code(format_args!("{at}/Version"), &mut module.version);
        }
        for (at, storage) in numbered("Storage", &mut properties.storages) {
            self.words(format_args!("{at}/Description"), &mut storage.description);
        }
        for (at, interpreter) in numbered("Interpreter", &mut properties.interpreters) {
            self.code(format_args!("{at}/Level"), &mut interpreter.level);
            self.code(format_args!("{at}/Version"), &mut interpreter.version);
            self.words(format_args!("{at}/Description"), &mut interpreter.description);
        }
        self.header(&mut properties.header);
    }

    fn status(&mut self, status: &mut Status) {
        for (at, alert) in numbered("Alert", &mut status.alerts) {
            self.words(format_args!("{at}/Description"), &mut alert.description);
        }
        for (at, line) in numbered("ConsoleMessage", &mut status.console_messages) {
            self.scrub(at, line, Content::Words);
        }
        for (at, component) in numbered("Component", &mut status.components) {
            self.scrub(format_args!("{at}/Index"), &mut component.index, Content::Code);
            self.words(format_args!("{at}/Description"), &mut component.description);
        }
        self.header(&mut status.header);
    }

    fn counters(&mut self, counters: &mut Counters) {
        for (at, meter) in numbered("BillingMeter", &mut counters.billing_meters) {
            self.scrub(format_args!("{at}/Label"), &mut meter.label, Content::Words);
        }
        self.header(&mut counters.header);
    }

    fn supplies(&mut self, supplies: &mut Supplies) {
        for (at, supply) in numbered("Supply", &mut supplies.supplies) {
            self.scrub(format_args!("{at}/Index"), &mut supply.index, Content::Code);
            self.words(format_args!("{at}/Name"), &mut supply.name);
            self.words(format_args!("{at}/Manufacturer"), &mut supply.manufacturer);
            self.words(format_args!("{at}/Model"), &mut supply.model);
            self.code(format_args!("{at}/PartNumber"), &mut supply.part_number);
            self.code(format_args!("{at}/SerialNumber"), &mut supply.serial_number);
            self.words(format_args!("{at}/Colorant"), &mut supply.colorant);
        }
        for (at, paper) in numbered("Paper", &mut supplies.paper) {
            self.scrub(format_args!("{at}/Tray"), &mut paper.tray, Content::Words);
            self.words(format_args!("{at}/MediaName"), &mut paper.media_name);
            self.words(format_args!("{at}/MediaType"), &mut paper.media_type);
        }
        self.header(&mut supplies.header);
    }

    fn agent(&mut self, agent: &mut Agent) {
        let Host { dns_name, ip_addresses, os_name, processor, time_zone, .. } = &mut agent.host;
        self.name("Host/DnsName", dns_name);
        self.addresses("Host/IpAddress", ip_addresses);
        self.words("Host/OsName", os_name);
        self.words("Host/Processor", processor);
        self.code("Host/TimeZone", time_zone);
        self.words("SiteName", &mut agent.site_name);
        self.scrub("ApplicationVersion", &mut agent.application_version, Content::Code);
        self.code("RuntimeVersion", &mut agent.runtime_version);
        self.code("DiscoveryVersion", &mut agent.discovery_version);
        for (at, service) in numbered("CriticalService", &mut agent.critical_services) {
            self.scrub(format_args!("{at}/Name"), &mut service.name, Content::Words);
        }
        self.header(&mut agent.header);
    }

    /// The header comes last: it takes up what the kind has lost.
    fn header(&mut self, header: &mut Header) {
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

    fn words(&mut self, path: impl Display, text: &mut Option<String>) {
        if let Some(text) = text {
            self.scrub(path, text, Content::Words);
        }
    }

    fn code(&mut self, path: impl Display, text: &mut Option<String>) {
        if let Some(text) = text {
            self.scrub(path, text, Content::Code);
        }
    }

    /// Takes what must not go out of a text and leaves a mark in its place.
    fn scrub(&mut self, path: impl Display, text: &mut String, content: Content) {
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
    fn name(&mut self, path: &str, name: &mut Option<String>) {
        if self.lockdown && name.as_ref().is_some_and(|name| self.spells_address(name)) {
            self.gone(path, name, WithheldReason::Lockdown);
        }
        self.words(path, name);
    }

    fn names(&mut self, path: &str, names: &mut Vec<String>, header: &mut Header) {
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

    fn address(&mut self, path: impl Display + Copy, address: &mut Option<String>) {
        if self.lockdown {
            self.gone(path, address, WithheldReason::Lockdown);
        }
        self.words(path, address);
    }

    fn addresses(&mut self, path: impl Display + Copy, addresses: &mut Vec<String>) {
        if self.lockdown {
            self.all_gone(path, addresses, WithheldReason::Lockdown);
        }
        for (at, address) in numbered(path, addresses) {
            self.scrub(at, address, Content::Words);
        }
    }

    fn gone(&mut self, path: impl Display, value: &mut Option<String>, reason: WithheldReason) {
        if value.take().is_some() {
            self.note(path, reason, None);
        }
    }

    fn all_gone(&mut self, path: impl Display, values: &mut Vec<String>, reason: WithheldReason) {
        if !values.is_empty() {
            values.clear();
            self.note(path, reason, None);
        }
    }

    /// Engine ids are made from an address in formats 1 and 2 (RFC 3411, SnmpEngineID), may be in the form of
    /// before RFC 3411, and hold text in format 4.
    fn engine_id(&mut self, engine_id: &mut Option<String>) {
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

/// The path of a row: `Alert[1]`.
#[derive(Clone, Copy)]
struct Row<P> {
    path: P,
    position: usize,
}

impl<P: Display> Display for Row<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}[{}]", self.path, self.position)
    }
}

/// Rows with their paths.
fn numbered<P: Copy, T>(path: P, rows: &mut [T]) -> impl Iterator<Item = (Row<P>, &mut T)> {
    rows.iter_mut().enumerate().map(move |(at, row)| (Row { path, position: at + 1 }, row))
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
