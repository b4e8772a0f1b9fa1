//! `docs/leaves-the-site-beside-payloads.tsv` lists every member of the documents that a client sends beside payloads, and every header
//! field of its requests.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use remote_services_core::command::{Action, ActionSetting, CommandState, RejectReason, ResultCode};
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{
    AuditStand, Capabilities, ClientDescription, DeviceEvidence, DropCount, Evidence, EvidenceKind,
    Execution, ExecutionResult, SpoolReport, names,
};
use serde_json::Value;

const NOW: Timestamp = Timestamp::from_unix_seconds(1);

/// With every member: a new one does not compile until it stands here, and is not found in the list until it stands there.
fn description() -> ClientDescription {
    ClientDescription {
        software: BTreeMap::from([("agent".to_owned(), "1".to_owned())]),
        operating_system: Some(String::new()),
        edition: Some(String::new()),
        deployment_model: Some(String::new()),
        location: Some(String::new()),
        contact: Some(String::new()),
        capabilities: Capabilities {
            operations: vec![String::new()],
            actions: vec![Action::Restart],
            payloads: BTreeMap::from([(String::new(), vec![String::new()])]),
        },
        security_mode: SecurityMode::Normal,
        actions: BTreeMap::from([(Action::Restart, ActionSetting::On)]),
        proxy: Some(String::new()),
        spool: Some(SpoolReport {
            depth: 1,
            bytes: 1,
            quarantined: 1,
            dropped: 1,
            drops: vec![DropCount { class: String::new(), why: String::new(), count: 1 }],
            oldest: Some(NOW),
        }),
        audit: Some(AuditStand { entries: 1, hash: String::new(), broken: Some(1), time: Some(NOW) }),
        certificate_expires: Some(NOW),
        clock_skew: Some(1),
        errors: vec![String::new()],
        wishes_left_out: vec![String::new()],
        withheld: vec![String::new()],
    }
}

fn device() -> DeviceEvidence {
    let evidence =
        Evidence { kind: EvidenceKind::Serial, value: String::new(), source: "arp".to_owned(), time: NOW };
    DeviceEvidence {
        manufacturer: Some(String::new()),
        model: Some(String::new()),
        evidence: vec![evidence],
        withheld: vec![EvidenceKind::Address],
    }
}

fn execution() -> Execution {
    Execution {
        state: CommandState::Failed,
        attempt: 1,
        step: Some("a".to_owned()),
        percent: Some(1),
        started_at: Some(NOW),
        beginning: Some("b".to_owned()),
        finished_at: Some(NOW),
        reason: Some(RejectReason::Unsupported),
        result: Some(ExecutionResult { code: ResultCode::Ok, text: "c".to_owned() }),
        evidence: vec![Uuid::from_u128(1)],
    }
}

/// The members below a value that are documents' own; names of components, kinds and actions are values.
fn members(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    let is_map = ["software", "actions", "capabilities.payloads"].contains(&path);
    match value {
        Value::Object(inner) if !is_map => {
            for (name, value) in inner {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                members(value, &path, found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().for_each(|item| members(item, path, found));
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

/// The rows of the list; none where it is no part of the crate, as this is published.
fn rows() -> Option<Vec<Vec<String>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/leaves-the-site-beside-payloads.tsv");
    let Ok(list) = fs::read_to_string(&path) else {
        assert!(!path.parent().unwrap().is_dir(), "{} is missing", path.display());
        return None;
    };
    let row = |line: &str| line.split('\t').map(str::to_owned).collect();
    Some(list.lines().skip(1).map(row).collect())
}

/// The header fields that the code of the library, not that of its tests, puts into requests.
fn fields_sent(folder: &Path, found: &mut BTreeSet<String>) {
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            fields_sent(&path, found);
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") || path.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let code = code.join("\n");
        for begin in [".with(\"", "line(&[\"", "(b\""] {
            for (at, _) in code.match_indices(begin) {
                let name = code[at + begin.len()..].split(['"', ':']).next().unwrap();
                // Literals of octets are many things, of which a field has its colon behind.
                let is_field = begin != "(b\"" || code[at + begin.len() + name.len()..].starts_with(": ");
                let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
                found.extend((is_field && name.chars().all(is_name)).then(|| name.to_owned()));
            }
        }
        for begin in [".with(names::", "line(&[names::"] {
            for (at, _) in code.match_indices(begin) {
                found.insert(match code[at + begin.len()..].split(',').next().unwrap() {
                    "PARTS" => names::PARTS.to_owned(),
                    "CONTENT_DIGEST" => names::CONTENT_DIGEST.to_owned(),
                    other => panic!("{}: what field is names::{other}?", path.display()),
                });
            }
        }
    }
}

#[test]
fn every_header_field_of_a_request_is_listed_and_no_other() {
    let Some(rows) = rows() else { return };
    let mut sent = BTreeSet::new();
    fields_sent(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sent);
    let of_requests = ["every connection through a proxy", "every request", "a file", "registration"];
    let rows = rows.iter().filter(|row| of_requests.contains(&&*row[0]));
    let members = rows.flat_map(|row| row[1].split(", "));
    // The path is none, and what has capitals or blanks in it is no name of a field.
    let is_name = |name: &&str| *name != "path" && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let listed: BTreeSet<String> = members.filter(is_name).map(str::to_owned).collect();
    assert_eq!(listed, sent);
}

/// In lockdown these are not asked for: there is a row that says so, and none that says something else.
#[test]
fn what_is_not_asked_for_in_lockdown_is_listed_as_that() {
    let Some(rows) = rows() else { return };
    for exchange in ["a file", "software", "policy"] {
        let mut of_it = rows.iter().filter(|row| row[0] == exchange).peekable();
        assert!(of_it.peek().is_some() && of_it.all(|row| row[4] == "not asked"), "{exchange}");
    }
}

#[test]
fn every_member_of_what_is_sent_beside_payloads_is_listed_and_no_other() {
    let Some(rows) = rows() else { return };
    assert!(rows.iter().all(|row| row.len() == 5 && row.iter().all(|cell| !cell.is_empty())), "{rows:?}");
    for (exchange, document) in [
        ("description", serde_json::to_value(description()).unwrap()),
        ("device", serde_json::to_value(device()).unwrap()),
        ("command", serde_json::to_value(execution()).unwrap()),
    ] {
        let mut sent = BTreeSet::new();
        members(&document, "", &mut sent);
        let listed: BTreeSet<String> =
            rows.iter().filter(|row| row[0] == exchange).map(|row| row[1].clone()).collect();
        assert_eq!(listed, sent, "{exchange}");
    }
}
