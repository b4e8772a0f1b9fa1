//! The profiles do with every element what the data dictionary says of it: its columns `personal`, `lockdown` and
//! `consent` are the rules.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod models;
mod planted;
#[allow(dead_code, reason = "other tests use the rest")]
mod rows;

use planted::Everything;
use remote_services_core::redact::{Personal, Redaction, RedactionProfile, columns, elements};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// What a row of the dictionary says.
struct Row {
    id: String,
    path: String,
    personal: String,
    withheld_in_lockdown: bool,
    needs_consent: bool,
}

/// The rows, in the places where they stand in the payload; `None` where there is no shared folder.
fn dictionary() -> Option<Vec<Row>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/DATA-DICTIONARY.tsv");
    let Ok(text) = std::fs::read_to_string(file) else {
        println!("left out: needs ../shared/DATA-DICTIONARY.tsv");
        return None;
    };
    let row = |line: &str| {
        let columns: Vec<_> = line.split('\t').collect();
        let renamed = rows::ALL.iter().flat_map(|kind| kind.renamed).find(|(id, ..)| *id == columns[0]);
        Row {
            id: columns[0].to_owned(),
            path: renamed.map_or(columns[3], |(_, path, _)| path).to_owned(),
            personal: columns[13].to_owned(),
            withheld_in_lockdown: columns[14] == "withheld",
            needs_consent: columns[15] == "needed",
        }
    };
    Some(text.lines().skip(1).map(row).collect())
}

/// How many values stand at a path.
fn count(value: &Value, path: &str) -> usize {
    match (value, path.split_once('/')) {
        (Value::Array(entries), _) => entries.iter().map(|entry| count(entry, path)).sum(),
        (value, _) if path.is_empty() => usize::from(!value.is_null()),
        (value, steps) => {
            let (step, rest) = steps.unwrap_or((path, ""));
            value.get(step.trim_start_matches('@')).map_or(0, |member| count(member, rest))
        }
    }
}

/// A full model in which no text says anything about anybody.
fn harmless() -> Everything {
    let mut everything = Everything::random(11);
    everything.fill(&mut |place| match place.path {
        // made from an address
        "Identity/SnmpEngineId" => Some("800007e501c0000235".to_owned()),
        "Network/Interface/MacAddress" => Some("00:00:5e:00:53:01".to_owned()),
        _ => Some("plain".to_owned()),
    });
    everything
}

#[test]
fn the_rules_have_the_columns_of_the_dictionary() {
    let Some(dictionary) = dictionary() else { return };
    let known: BTreeSet<_> = elements().into_iter().map(|element| element.path).collect();
    let (mut wrong, mut absent) = (Vec::new(), 0);
    for row in &dictionary {
        if !known.contains(&row.path) {
            absent += 1;
            continue;
        }
        let ours = columns(&row.path);
        let personal = match ours.personal {
            Personal::No => "no",
            Personal::Person => "person",
            Personal::Content => "content",
            Personal::Location => "location",
            Personal::Network => "network",
            _ => "?",
        };
        let agrees = personal == row.personal
            && ours.withheld_in_lockdown == row.withheld_in_lockdown
            && ours.consent.is_some() == row.needs_consent;
        if !agrees {
            wrong.push(format!("{} {}: {ours:?}", row.id, row.path));
        }
    }
    println!("{absent} of {} rows are not in the model", dictionary.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lockdown_and_default_take_out_the_rows_that_the_dictionary_names_and_no_others() {
    let Some(dictionary) = dictionary() else { return };
    let before = harmless();
    let after = |profile| {
        let mut everything = before.clone();
        everything.redact(&Redaction::new(profile));
        everything.json()
    };
    let (lockdown, default) = (after(RedactionProfile::Lockdown), after(RedactionProfile::Default));
    let before = before.json();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for row in &dictionary {
        let there = count(&before, &row.path);
        if there == 0 {
            continue;
        }
        checked += 1;
        let mut check = |profile: &str, after: &Value, gone: bool| {
            let left = count(after, &row.path);
            if left != if gone { 0 } else { there } {
                wrong.push(format!("{profile}: {} {}: {left} of {there} left", row.id, row.path));
            }
        };
        check("lockdown", &lockdown, row.withheld_in_lockdown || row.needs_consent);
        check("default", &default, row.needs_consent);
    }
    assert!(checked > 100, "{checked}");
    println!("{} of {} rows are not in the model", dictionary.len() - checked, dictionary.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_element_with_a_rule_of_its_own_is_in_the_model() {
    // the catalogue and the model name elements alike
    let known: BTreeSet<_> = elements().into_iter().map(|element| element.path).collect();
    for path in [
        "Identity/Contact",
        "Network/Interface/Ipv4Address",
        "Status/Alert/Description",
        "Agent/Host/DnsName",
    ] {
        assert!(known.contains(path), "{path}");
    }
    assert!(known.contains("Counters/LifeCount/@unit"), "{known:?}");
}

#[test]
fn strict_takes_all_that_lockdown_and_default_take_of_a_device() {
    let everything = harmless();
    let left = |profile| {
        let mut redacted = everything.clone();
        redacted.redact(&Redaction::new(profile));
        let json = redacted.json();
        let paths = elements().into_iter().map(|element| element.path);
        paths.filter(|path| count(&json, path) > 0).collect::<BTreeSet<_>>()
    };
    let [strict, lockdown, default] =
        [RedactionProfile::Strict, RedactionProfile::Lockdown, RedactionProfile::Default].map(left);
    assert!(strict.is_subset(&lockdown), "{:?}", strict.difference(&lockdown).collect::<Vec<_>>());
    assert!(lockdown.is_subset(&default), "{:?}", lockdown.difference(&default).collect::<Vec<_>>());
    assert!(strict.len() < lockdown.len() && lockdown.len() < default.len());
    for kept in ["Identity/SerialNumber", "Network/Interface/MacAddress", "Supplies/Supply/SerialNumber"] {
        assert!(strict.contains(kept), "devices and supplies must still be told apart: {kept}");
    }
}
