//! What a web server in front says in the place of the server ends nothing: it is asked again, by both drivers.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

mod support;

use remote_services_core::command::{Action, ActionSetting, ResultCode};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::{blocking, tokio as on_tokio};
use remote_services_transport::document::{Command, ExecutionResult, NextPoll};
use remote_services_transport::execution::{Begun, CommandBook, Hands, Orders};
use remote_services_transport::poll::Poll;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use support::{Authority, SIGNED, Server, answer, server_tls};
use uuid::Uuid;

const ID: &str = "00000000-0000-0000-0000-000000000003";

#[derive(Default)]
struct Counting(usize);

impl Hands for Counting {
    fn act(&mut self, _: &Command, _: &Begun) -> (ExecutionResult, Vec<Uuid>) {
        self.0 += 1;
        (ExecutionResult { code: ResultCode::Ok, text: "done".into() }, Vec::new())
    }

    fn look(&mut self, _: &Command) -> (ExecutionResult, Vec<Uuid>) {
        panic!("nothing was cut short")
    }

    fn now(&self) -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }
}

/// Two rounds of one driver, in the first of which requests that end so are answered by a page with this status: how often the
/// command had its effect, and what the server was told.
fn rounds(driver: &str, ending: &'static str, status: u16) -> (usize, Vec<Value>) {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let (told, in_front) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(true)));
    let (taken, page) = (Arc::clone(&told), Arc::clone(&in_front));
    let server = Server::start(tls, move |seen, tls| {
        let path = seen.line.split(' ').nth(1).unwrap();
        if path.ends_with(ending) && *page.lock().unwrap() {
            return answer(tls, status, "content-type: text/html\r\n", b"<html>nginx</html>");
        }
        if path.ends_with("/commands") {
            let list = json!({"commands": [{"id": ID, "state": "queued"}]}).to_string();
            return match seen.field("if-none-match") {
                Some("\"1\"") => answer(tls, 304, "etag: \"1\"\r\n", b""),
                _ => answer(tls, 200, "etag: \"1\"\r\n", list.as_bytes()),
            };
        }
        if path.ends_with("/execution") {
            let execution: Value = serde_json::from_slice(&seen.body).unwrap();
            taken.lock().unwrap().push(execution["state"].clone());
            return answer(tls, 200, "etag: \"1\"\r\n", b"");
        }
        let command = json!({"id": ID, "client": Uuid::from_u128(7), "action": "restart", "issuer": "o",
            "issuedAt": "2026-11-22T10:00:00Z", "expiresAt": "2026-11-23T10:00:00Z",
            "nonce": "AAECAwQFBgcICQoLDA0ODw=="});
        answer(tls, 200, SIGNED, command.to_string().as_bytes())
    });
    let actions = BTreeMap::from([(Action::Restart, ActionSetting::On)]);
    let verifier = |_: &str, body: &[u8]| match body.starts_with(b"{") {
        true => Ok(body.to_vec()),
        false => Err("not signed".to_owned()),
    };
    let orders = Orders {
        client: Uuid::from_u128(7),
        mode: SecurityMode::Normal,
        actions: &actions,
        manages: &|_| false,
        verifier: &verifier,
    };
    let mut poll = Poll::new(Uuid::from_u128(7), NextPoll { seconds: 900, jitter: 0 });
    let (mut book, mut hands) = (CommandBook::default(), Counting::default());
    let keep = &mut |_: &CommandBook| Ok(());
    let (config, identity) = (server.config(), authority.client());
    let first = blocking::Client::new(config.clone(), &identity).unwrap();
    let second = on_tokio::Client::new(config, &identity).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for _ in 0..2 {
        let _ = match driver {
            "blocking" => first.obey(&mut poll, &mut book, keep, &orders, &mut hands),
            _ => runtime.block_on(second.obey(&mut poll, &mut book, keep, &orders, &mut hands)),
        };
        *in_front.lock().unwrap() = false;
    }
    let told = told.lock().unwrap().clone();
    (hands.0, told)
}

#[test]
fn a_page_in_the_place_of_a_command_has_it_fetched_again_and_not_rejected() {
    for driver in ["blocking", "tokio"] {
        for status in [200, 400, 404, 410] {
            let (acts, told) = rounds(driver, ID, status);
            assert_eq!(acts, 1, "{driver} {status}");
            assert_eq!(told.last().unwrap(), "succeeded", "{driver} {status}: {told:?}");
        }
    }
}

#[test]
fn a_page_to_a_report_loses_no_result() {
    for driver in ["blocking", "tokio"] {
        for status in [200, 400, 404, 409, 410, 413, 422] {
            let (acts, told) = rounds(driver, "/execution", status);
            assert_eq!(acts, 1, "{driver} {status}");
            assert_eq!(told, ["succeeded"], "{driver} {status}");
        }
    }
}
