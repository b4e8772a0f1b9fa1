//! `docs/leaves-the-site.tsv` lists every element that a payload can have, with what redaction does to it; it is made from
//! the codec's table and the columns of redaction, and must be what they say. What is sent is searched for addresses first.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::fs;
use std::path::Path;

use remote_services_core::redact::{Needs, Personal, columns};
use remote_services_payload::kind::PayloadKind;
use remote_services_payload::xml::table::{Content, Field, Occurs, Type};

const HEADING: &str = "kind\telement\ttype\toccurs\tspeaks of\tin lockdown\tonly with consent\n";

#[test]
fn the_list_of_what_can_leave_a_site_is_what_codec_and_redaction_say() {
    let mut made = HEADING.to_owned();
    for kind in PayloadKind::ALL {
        rows(kind.label(), kind.root(), kind.table(), "once", Fate::default(), &mut made);
    }
    assert!(made.lines().count() > 400, "{}", made.lines().count());
    let listed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/leaves-the-site.tsv");
    if fs::read_to_string(&listed).unwrap_or_default() != made {
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("leaves-the-site.tsv");
        fs::write(&fresh, made).unwrap();
        panic!("docs/leaves-the-site.tsv is not what the code says; {} is", fresh.display());
    }
}

#[test]
fn what_speaks_of_people_or_the_network_does_not_pass_unsaid() {
    let mut made = String::new();
    for kind in PayloadKind::ALL {
        rows(kind.label(), kind.root(), kind.table(), "once", Fate::default(), &mut made);
    }
    let row = |element: &str| {
        let found = made.lines().find(|line| line.split('\t').nth(1) == Some(element));
        found.unwrap_or_else(|| panic!("{element} is not listed")).split('\t').skip(4).collect::<Vec<_>>()
    };
    assert_eq!(row("Network/LastKnownAddress"), ["the network", "withheld", "-"]);
    assert_eq!(row("JobAccounting/Job/Source/UserName"), ["a person", "withheld", "jobAccounting"]);
    assert_eq!(row("Identity/Contact"), ["a person", "withheld", "personalDetails"]);
    assert_eq!(row("Identity/SerialNumber"), ["nobody", "sent", "-"]);
}

/// What redaction does with an element goes for all that stands in it.
#[derive(Clone, Copy, Default)]
struct Fate {
    withheld: bool,
    consent: Option<Needs>,
}

/// The element, its attributes and children.
fn rows(kind: &str, path: &str, of: &Type, occurs: &str, outer: Fate, made: &mut String) {
    let is = columns(path);
    let name = match &of.content {
        Content::Attributes { text: Some(text), .. } => text.name,
        _ => of.name,
    };
    let personal = match is.personal {
        Personal::No => "nobody",
        Personal::Person => "a person",
        Personal::Content => "what is printed",
        Personal::Location => "the place",
        Personal::Network => "the network",
        other => panic!("{path}: {other:?} has no word here"),
    };
    let consent = is.consent.or(outer.consent);
    // No consent counts in lockdown. An engine id is the one code that lockdown looks at: it may be made from an address.
    let engine_id = is.is_code() && is.withheld_in_lockdown && consent.is_none() && !outer.withheld;
    let fate = Fate {
        withheld: !engine_id && (is.withheld_in_lockdown || consent.is_some() || outer.withheld),
        consent,
    };
    let lockdown = match (engine_id, fate.withheld) {
        (true, _) => "withheld when made from an address",
        (false, true) => "withheld",
        (false, false) => "sent",
    };
    let consent = consent.map_or_else(|| "-".to_owned(), |needs| needs.scope().label().to_owned());
    made.push_str(&format!("{kind}\t{path}\t{name}\t{occurs}\t{personal}\t{lockdown}\t{consent}\n"));
    let mut member = |field: &Field, mark: &str| {
        let occurs = match field.occurs {
            Occurs::Once => "once",
            Occurs::Optional => "0..1",
            Occurs::Many => "0..n",
        };
        rows(kind, &format!("{path}/{mark}{}", field.name), field.of, occurs, fate, made);
    };
    match &of.content {
        Content::Text | Content::Tokens { .. } => {}
        Content::Elements { fields } => fields.iter().for_each(|field| member(field, "")),
        Content::Attributes { attributes, .. } => attributes.iter().for_each(|field| member(field, "@")),
    }
}
