//! What a profile takes out is in no octet of the result: not in the container, the zip, the manifest, the XML, nor in
//! JSON, previews and what reaches a log. Every text of a full model is planted.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod layers;
mod models;
mod planted;
mod support;

use layers::{consents, each_layer, permits};
use models::sample_usage;
use planted::{Everything, Place, Planted};
use remote_services_core::consent::ConsentScope;
use remote_services_core::mode::SecurityMode;
use remote_services_core::reading::WithheldReason;
use remote_services_core::redact::{
    CustomProfile, CustomRule, CustomSettings, Personal, PseudonymKey, Redaction, RedactionProfile,
    Treatment, columns,
};
use remote_services_payload::kind;
use remote_services_payload::preview;
use remote_services_payload::xml;
use std::sync::Arc;

const OF_JOBS: &[ConsentScope] = &[ConsentScope::JobAccounting, ConsentScope::PrintControl];

/// Redacts, and looks for what was planted in all that could leave or be written down.
fn assert_gone(redaction: &Redaction, mut everything: Everything, planted: &Planted) {
    let before = everything.clone();
    everything.redact(redaction);
    let documents = everything.encode();
    each_layer(redaction, &documents, &|what, octets| planted.assert_absent(what, octets));
    // those that lockdown does not seal hold nothing either
    documents.iter().for_each(|document| planted.assert_absent(document.name(), &document.xml));
    planted.assert_absent("JSON", everything.json().to_string().as_bytes());
    planted.assert_absent("Debug of the model", format!("{everything:?}").as_bytes());
    planted.assert_absent("Debug of the redaction", format!("{redaction:?}").as_bytes());
    planted.assert_absent("the text", preview::preview(&redaction.label(), &documents).as_bytes());
    let shown = preview::Preview::of_report(redaction, &before.report).unwrap();
    assert_eq!(
        shown.sent(),
        &documents[..shown.sent().len()],
        "the preview shows the octets that are sealed"
    );
    planted.assert_absent("the XML preview", shown.xml().as_bytes());
    planted.assert_absent("Debug of the preview", format!("{shown:?}").as_bytes());
    // what is left is still what the schemas want
    for document in &documents {
        kind::decode(document.kind, &document.xml, &xml::Limits::default()).unwrap();
    }
    // whoever reads it with the wrong schema tells where, not what
    for document in &documents {
        for kind in [kind::PayloadKind::Identity, kind::PayloadKind::Supplies] {
            if let Err(error) = kind::decode(kind, &document.xml, &xml::Limits::default()) {
                planted.assert_absent("an error", format!("{error} {error:?}").as_bytes());
            }
        }
    }
}

fn profiles() -> Vec<Redaction> {
    let keep_all = || {
        let rules = remote_services_core::redact::elements()
            .into_iter()
            .map(|element| CustomRule { element: element.path, treatment: Treatment::Keep })
            .collect();
        CustomProfile::new(CustomSettings { name: Some("open".into()), rules, ..CustomSettings::default() })
            .unwrap()
    };
    let mut all: Vec<_> = [RedactionProfile::Default, RedactionProfile::Strict, RedactionProfile::Lockdown]
        .into_iter()
        .map(Redaction::new)
        .collect();
    all.push(Redaction::custom(keep_all()));
    all.extend(all.clone().into_iter().map(|redaction| redaction.in_mode(SecurityMode::Lockdown)));
    // once records of jobs are allowed, with and without a key for pseudonyms
    let consents = consents();
    let permits = permits(&consents, OF_JOBS);
    for at in 0..3 {
        let allowed = permits.iter().fold(all[at].clone(), Redaction::permitting);
        all.push(allowed.clone());
        all.push(allowed.with_pseudonyms(Arc::new(PseudonymKey::new([7; 32]))));
    }
    all
}

/// The addresses in the places that are made for them; the rest of the model must not name them either.
fn address_of(place: &Place<'_>) -> Option<&'static str> {
    Some(match place.path {
        "Network/LastKnownAddress" => "192.0.2.77",
        "Network/PreviousAddress" => "198.51.100.9",
        "Network/DefaultGateway" => "2001:db8::4d",
        "Network/Interface/Ipv4Address" => "203.0.113.8",
        "Network/Interface/Ipv6Address" => "fe80::200:5eff:fe00:5301%eth0",
        "Network/Interface/SubnetAddress" => "203.0.113.0",
        "Network/Interface/MacAddress" => "00:00:5e:00:53:01",
        "Network/Ipx/Address" => "00C0FFEE.00005E005302",
        "Network/Ipx/ExternalNetworkNumber" => "0BADCAFE",
        "Network/Ipx/PrintServerAddress" => "0DEFACED:00005E005303",
        "Agent/Host/IpAddress" => "192.0.2.77",
        _ => return None,
    })
}

/// Documents that are redacted together.
fn group(path: &str) -> &str {
    match path.split('/').next().unwrap() {
        alone @ ("Agent" | "Engineering" | "JobAccounting" | "PrintControl") => alone,
        _ => "device",
    }
}

const SPELLINGS: &[&str] = &[
    "192.0.2.77",
    "192.000.002.077",
    "192-0-2-77",
    "192_0_2_77",
    "192 0 2 77",
    "192,0,2,77",
    "192[.]0[.]2[.]77",
    "192%2E0%2E2%2E77",
    "77.2.0.192.in-addr.arpa",
    "C000024D",
    "c0:00:02:4d",
    "3221226061",
    "192000002077",
    "::ffff:192.0.2.77",
    "1.3.6.1.2.1.4.20.1.1.192.0.2.77",
    "1.4.192.0.2.77",
    "ipp://192.0.2.77:631/ipp/print",
];

/// Of the IPv6 and IPX addresses, which only the device's own documents name.
const SPELLINGS_OF_NETWORK: &[&str] = &[
    "198.51.100.9",
    "203-0-113-8",
    "2001:db8::4d",
    "2001:0DB8:0:0:0:0:0:4D",
    "2001:0db8:0000:0000:0000:0000:0000:004d",
    "20010db800000000000000000000004d",
    "2001-db8--4d.ipv6-literal.net",
    "2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.77",
    "d.4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
    "fe80::200:5eff:fe00:5301",
    "0200:5eff:fe00:5301",
    "02005EFFFE005301",
    "02:00:5e:ff:fe:00:53:01",
];

const SPELLINGS_OF_IPX: &[&str] = &[
    "00C0FFEE.00005E005302",
    "00c0ffee:00005e005302",
    "00C0FFEE00005E005302",
    "0BADCAFE",
    "0DEFACED:00005E005303",
];

#[test]
fn no_known_address_is_in_any_octet_whatever_text_spells_it_and_however() {
    let hides =
        |redaction: &&Redaction| redaction.label().contains("lockdown") || redaction.label() == "strict";
    let all = profiles();
    let consents = consents();
    // in lockdown no permit counts
    let everything_allowed = permits(&consents, &consents.records()[0].scopes)
        .iter()
        .fold(Redaction::new(RedactionProfile::Lockdown), Redaction::permitting);
    for (round, seed) in [(0, 1_u64), (1, 2)] {
        let mut everything = Everything::random(seed);
        let mut planted = Planted::default();
        let ipx = everything.json().to_string().contains("\"Ipx\"");
        let mut count = round * 7;
        everything.fill(&mut |place| {
            if let Some(address) = address_of(place) {
                return Some(address.to_owned());
            }
            let device = group(place.path) == "device";
            if matches!(group(place.path), "Engineering" | "JobAccounting" | "PrintControl") {
                return None;
            }
            let mut spellings = SPELLINGS.to_vec();
            if device {
                spellings.extend(SPELLINGS_OF_NETWORK);
                if ipx {
                    spellings.extend(SPELLINGS_OF_IPX);
                }
            }
            count += 1;
            let spelling = spellings[count % spellings.len()];
            planted.add(spelling, place.path);
            Some(if count % 3 == 0 { spelling.to_owned() } else { format!("at {spelling}, or") })
        });
        assert!(planted.len() > 150, "{}", planted.len());
        for redaction in all.iter().filter(hides).chain([&everything_allowed]) {
            assert_gone(redaction, everything.clone(), &planted);
        }
    }
}

#[test]
fn no_address_of_anybody_is_in_words_and_names() {
    let mut everything = Everything::random(5);
    let mut planted = Planted::default();
    let mut count = 0_u32;
    everything.fill(&mut |place| {
        if place.is_code() {
            return Some("1.2.3".to_owned());
        }
        count += 1;
        let (high, low) = (count / 250, count % 250);
        let text = match count % 6 {
            0 => format!("10.77.{high}.{low}"),
            1 => format!("10-77-{high}-{low}"),
            2 => format!("fd77:{high:x}::{low:x}"),
            3 => format!("fd77:0:0:0:0:0:{high:x}:{low:x}"),
            4 => format!("00AB{count:04X}.0000775E{count:04X}"),
            _ => format!("{count:x}:77ff:fe77:{low:x}"),
        };
        planted.add(&text, place.path);
        Some(format!("server {text} (old)"))
    });
    assert!(planted.len() > 100, "{}", planted.len());
    for redaction in profiles().iter().filter(|redaction| redaction.label().contains("lockdown")) {
        assert_gone(redaction, everything.clone(), &planted);
    }
    assert_gone(&Redaction::new(RedactionProfile::Strict), everything, &planted);
}

#[test]
fn no_profile_sends_mail_addresses_names_of_people_and_of_documents_or_phone_numbers() {
    let mut everything = Everything::random(6);
    let mut planted = Planted::default();
    let mut count = 0;
    let mut names = Vec::new();
    everything.fill(&mut |place| {
        count += 1;
        let text = match place.path {
            "Identity/PhoneNumber" => format!("+43 1 55{count:06}"),
            _ if place.is_personal() && count % 2 == 0 => format!("CORP\\usr{count}planted"),
            _ if place.is_personal() => format!("Usr{count} Planted"),
            _ => return None,
        };
        planted.add(text.rsplit('\\').next().unwrap(), place.path);
        names.push((group(place.path).to_owned(), text.clone()));
        Some(text)
    });
    assert!(names.len() >= 3, "{names:?}");
    everything.fill(&mut |place| {
        if place.is_personal() {
            return None;
        }
        count += 1;
        let mail = format!("m{count}.x@planted.example");
        planted.add(&mail, place.path);
        let mut text = format!("to {mail}");
        if place.is_written_by_people() {
            let document = format!("salaries-{count}.docx");
            planted.add(&document, place.path);
            // one document does not know whom another names
            let known: Vec<_> = names.iter().filter(|(of, _)| of == group(place.path)).collect();
            let of = if known.is_empty() { "somebody" } else { &known[count % known.len()].1 };
            text = format!("job \"{document}\" of {of}: {text}");
        }
        Some(text)
    });
    assert!(planted.len() > 150, "{}", planted.len());
    for redaction in &profiles() {
        assert_gone(redaction, everything.clone(), &planted);
    }
}

#[test]
fn strict_sends_nothing_that_tells_of_place_network_and_people() {
    let mut everything = Everything::random(7);
    let mut planted = Planted::default();
    let mut count = 0;
    everything.fill(&mut |place| {
        count += 1;
        let text = format!("planted-{count}-here");
        let columns = columns(place.path);
        let tells = columns.personal != Personal::No && !place.path.ends_with("/MacAddress");
        if !place.in_header() && tells {
            planted.add(&text, place.path);
        }
        Some(text)
    });
    assert!(planted.len() >= 15, "{}", planted.len());
    assert_gone(&Redaction::new(RedactionProfile::Strict), everything, &planted);
}

#[test]
fn once_records_of_jobs_are_allowed_users_are_pseudonyms_and_documents_have_no_names() {
    let mut jobs = sample_usage::job_accounting();
    jobs.header.withheld.clear();
    jobs.jobs[0].document_name = Some("offer to Mr Doe".into());
    let before = jobs.clone();
    let consents = consents();
    let key = Arc::new(PseudonymKey::new([7; 32]));
    let allowed = permits(&consents, OF_JOBS)
        .iter()
        .fold(Redaction::new(RedactionProfile::Default), Redaction::permitting)
        .with_pseudonyms(Arc::clone(&key));
    allowed.job_accounting(&mut jobs);
    let (was, is) = (&before.jobs[0], &jobs.jobs[0]);
    let owner = was.owner.as_deref().unwrap();
    assert_eq!(is.owner.as_deref(), Some(key.of(owner).as_str()));
    assert_eq!((&is.document_name, &is.job_name), (&None, &None));
    assert_eq!(is.pages_requested, was.pages_requested);
    let noted: Vec<_> = jobs.header.withheld.iter().map(|note| note.element.as_str()).collect();
    assert!(noted.contains(&"Job/Owner") && noted.contains(&"Job/DocumentName"), "{noted:?}");

    let mut without_key = before.clone();
    permits(&consents, OF_JOBS)
        .iter()
        .fold(Redaction::new(RedactionProfile::Default), Redaction::permitting)
        .job_accounting(&mut without_key);
    assert_eq!(without_key.jobs[0].owner, None);

    let mut without_consent = before;
    Redaction::new(RedactionProfile::Default).job_accounting(&mut without_consent);
    assert!(without_consent.jobs.is_empty());
    let note = &without_consent.header.withheld.last().unwrap();
    assert_eq!((note.element.as_str(), &note.reason), ("Job", &WithheldReason::DisabledByPolicy));
}
