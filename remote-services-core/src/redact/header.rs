//! The header of a kind: what it says about the rest must not give away what the rest has lost.

use super::columns::Content;
use super::rules::Rules;
use crate::reading::{Header, Withheld, WithheldReason};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Comes last: the header takes up what the kind has lost.
pub(super) fn redact(rules: &Rules, header: &mut Header, removed: &[(String, usize)], lost: Vec<Withheld>) {
    for (list, position) in removed {
        forget_entry(header, list, *position);
    }
    for withheld in &mut header.withheld {
        rules.clean(&mut withheld.element, Content::Words, true);
        if let WithheldReason::Unlisted(token) = &mut withheld.reason {
            let mut text = String::from(&**token);
            rules.clean(&mut text, Content::Words, true);
            *token = text.into_boxed_str();
        }
        if let Some(detail) = &mut withheld.detail {
            rules.clean(detail, Content::People, true);
        }
    }
    for source in &mut header.sources {
        rules.clean(&mut source.element, Content::Words, true);
        let of_addresses = rules.hides_addresses() && cut_address_table(&mut source.object);
        rules.clean(&mut source.object, Content::Code, true);
        let Some(instance) = &mut source.instance else { continue };
        if of_addresses || (rules.hides_addresses() && may_hold_address(instance)) {
            source.instance = None;
        } else {
            rules.clean(instance, Content::Code, true);
        }
    }
    header.withheld.extend(lost);
}

/// Whether an instance of dotted numbers has four in a row that fit into an octet each. Rows of printers' tables
/// have three numbers at most.
fn may_hold_address(instance: &str) -> bool {
    let mut run = 0;
    instance.split('.').any(|arc| {
        run = if arc.parse::<u8>().is_ok() { run + 1 } else { 0 };
        run == 4
    })
}

/// Sources and notes about an entry that is gone go too, those behind it move up.
fn forget_entry(header: &mut Header, list: &str, gone: usize) {
    let moved = |element: &mut String| {
        let Some((position, rest)) = element
            .strip_prefix(list)
            .and_then(|rest| rest.strip_prefix('['))
            .and_then(|rest| rest.split_once(']'))
            .and_then(|(position, rest)| Some((position.parse::<usize>().ok()?, rest)))
        else {
            return true;
        };
        if position > gone {
            *element = format!("{list}[{}]{rest}", position - 1);
        }
        position != gone
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
        header.source("DnsName[3]/Part", "rule", None);
        forget_entry(&mut header, "DnsName", 2);
        let left: Vec<_> = header.sources.iter().map(|source| source.element.as_str()).collect();
        assert_eq!(left, ["DnsName[1]", "DnsName[2]", "DnsName", "DnsName[2]/Part"]);
    }

    #[test]
    fn four_small_numbers_in_a_row_may_be_an_address() {
        for (instance, may) in [
            ("1", false),
            ("1.3.7", false),
            ("1.192.0.2.9", true),
            ("300.1.1.1", false),
            ("1.4.10.0.0.5.7", true),
        ] {
            assert_eq!(may_hold_address(instance), may, "{instance}");
        }
    }
}
