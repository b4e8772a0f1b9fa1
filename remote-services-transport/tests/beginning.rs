//! The report that a command begins: whatever another of the same name wrote is not overwritten, and no leave to begin.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

mod support;

use remote_services_core::command::CommandState;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::{blocking, tokio as on_tokio};
use remote_services_transport::document::Execution;
use remote_services_transport::execution::ReportOutcome;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use support::{Authority, PROBLEM, Server, answer, server_tls};
use uuid::Uuid;

/// Takes reports for the version `"2"` alone, and says `known` of what it has, with this status.
fn outcomes(put: u16, get: u16, known: &Value) -> (Vec<ReportOutcome>, Vec<Value>) {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let (taken, known) = (Arc::new(Mutex::new(Vec::new())), known.to_string());
    let told = Arc::clone(&taken);
    let server = Server::start(tls, move |seen, tls| {
        if seen.line.starts_with("GET ") {
            let fields = if get == 200 { "etag: \"2\"\r\n" } else { PROBLEM };
            return answer(tls, get, fields, known.as_bytes());
        }
        if put == 200 || put == 412 && seen.field("if-match") == Some("\"2\"") {
            told.lock().unwrap().push(serde_json::from_slice(&seen.body).unwrap());
            return answer(tls, 200, "etag: \"3\"\r\n", b"");
        }
        answer(tls, put, PROBLEM, b"{}")
    });
    let (config, identity) = (server.config(), authority.client());
    let own = Execution {
        attempt: 1,
        started_at: Some(Timestamp::from_unix_seconds(5)),
        ..Execution::in_state(CommandState::Running)
    };
    let command = Uuid::from_u128(3);
    let first = blocking::Client::new(config.clone(), &identity).unwrap();
    let first = first.report_beginning(command, &own, &mut None).unwrap();
    let second = on_tokio::Client::new(config, &identity).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let second = runtime.block_on(async { second.report_beginning(command, &own, &mut None).await.unwrap() });
    let taken = taken.lock().unwrap().clone();
    (vec![first, second], taken)
}

type Is<'a> = &'a dyn Fn(&ReportOutcome) -> bool;

#[test]
fn what_another_began_is_not_begun_and_an_answer_that_was_lost_is_no_other() {
    let elsewhere = json!({ "state": "running", "attempt": 1, "startedAt": "1970-01-01T00:00:04Z" });
    let before = json!({ "state": "accepted", "attempt": 0 });
    let is_taken = |outcome: &ReportOutcome| matches!(outcome, ReportOutcome::Taken { etag } if etag.as_deref() == Some("\"3\""));
    let is_another = |outcome: &ReportOutcome| matches!(outcome, ReportOutcome::BegunElsewhere(_));
    let is_none = |outcome: &ReportOutcome| {
        matches!(
            outcome,
            ReportOutcome::ReadAgain { .. } | ReportOutcome::Refused(_) | ReportOutcome::Closed(_)
        )
    };
    let cases: [(u16, u16, &Value, Is<'_>, usize); 9] = [
        (200, 200, &before, &is_taken, 2),
        (412, 200, &before, &is_taken, 2),
        (412, 200, &elsewhere, &is_another, 0),
        (409, 200, &elsewhere, &is_another, 0),
        // Somebody else wrote, and nobody says what: that is no leave to begin.
        (412, 503, &before, &is_none, 0),
        (409, 503, &before, &is_none, 0),
        (409, 200, &before, &is_none, 0),
        (412, 404, &before, &is_none, 0),
        (410, 200, &before, &is_none, 0),
    ];
    for (put, get, known, is, begun) in cases {
        let (outcomes, taken) = outcomes(put, get, known);
        assert!(outcomes.iter().all(is), "{put} {get} {known}: {outcomes:?}");
        assert_eq!(taken.len(), begun, "{put} {get} {known}");
    }
}
