//! `docs/leaves-the-site-beside-payloads.tsv` lists every member of the documents that a client sends beside payloads.
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
    Execution, ExecutionResult, SpoolReport,
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

#[test]
fn every_member_of_what_is_sent_beside_payloads_is_listed_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/leaves-the-site-beside-payloads.tsv");
    let Ok(list) = fs::read_to_string(&path) else {
        // The list is no part of the crate as it is published.
        assert!(!path.parent().unwrap().is_dir(), "{} is missing", path.display());
        return;
    };
    let rows: Vec<Vec<&str>> = list.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 5 && row.iter().all(|cell| !cell.is_empty())), "{rows:?}");
    for (exchange, document) in [
        ("description", serde_json::to_value(description()).unwrap()),
        ("device", serde_json::to_value(device()).unwrap()),
        ("command", serde_json::to_value(execution()).unwrap()),
    ] {
        let mut sent = BTreeSet::new();
        members(&document, "", &mut sent);
        let listed: BTreeSet<String> =
            rows.iter().filter(|row| row[0] == exchange).map(|row| row[1].to_owned()).collect();
        assert_eq!(listed, sent, "{exchange}");
    }
}
