//! Real connections that are cut after the request, or within it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use rcgen::KeyPair;
use serde_json::json;
use std::time::Duration;
use support::{Client, TestServer, folder, uuid7};

/// When a connection is cut after the request; which of them meets a write depends on the machine.
fn pauses() -> impl Iterator<Item = Duration> {
    (0..).map(|try_| Duration::from_micros(try_ % 24 * 250))
}

#[test]
fn a_command_whose_operator_was_cut_off_reaches_a_client_that_waits() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let wish = json!({ "client": client.id, "action": "getStatus" });
    let path = client.path("/commands");
    let (mut known, mut tag) = (0, String::new());
    for (tries, pause) in pauses().enumerate() {
        server.operator("POST", "/api/v1/commands").json(&wish).send_and_cut(pause);
        let made = server.api("/api/v1/commands").as_array().unwrap().len();
        if made > known {
            let poll = client.call(&server, "GET", &path).header("prefer", "wait=20");
            let answer = poll.header("if-none-match", &tag).send();
            assert_eq!(answer.status, 200, "command {made} is never heard of");
            // One more may have been made by the time of the answer.
            known = answer.json()["commands"].as_array().unwrap().len();
            answer.header("etag").unwrap().clone_into(&mut tag);
        }
        if known >= 20 {
            return;
        }
        assert!(tries < 1_000, "hardly a command was made: {known}");
    }
}

#[test]
fn a_client_that_was_cut_off_while_it_enrolled_is_known_when_it_asks_again() {
    let data = folder();
    let server = TestServer::start(data.path());
    for pause in pauses().take(48) {
        let (one_time, key) =
            (server.one_time_key("default", Duration::from_secs(60)), KeyPair::generate().unwrap());
        server.enrolment(&one_time, &key).send_and_cut(pause);
        let answer = server.simple_enroll(&one_time, &key);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let client = Client::new(&answer, key);
        assert_eq!(client.call(&server, "GET", "/rs/v1/").send().status, 200);
    }
}

#[test]
fn a_body_that_is_cut_off_leaves_nothing_behind() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let octets = format!("0{}", "x".repeat(300_000));
    for pause in pauses().take(24) {
        for rest in ["", "/parts/1"] {
            let path = client.path(&format!("/uploads/{}{rest}", uuid7()));
            let call = client.call(&server, "PUT", &path).sealed(octets.as_bytes());
            call.body(&octets.as_bytes()[..200_000]).announce(octets.len()).send_and_cut(pause);
        }
        let wish = json!({ "client": client.id, "action": "getStatus" });
        let call = server.operator("POST", "/api/v1/commands").json(&wish);
        call.announce(wish.to_string().len() + 1).send_and_cut(pause);
    }
    server.stop();
    let incoming = std::fs::read_dir(data.path().join("archive/incoming")).unwrap();
    assert_eq!(incoming.count(), 0, "what was given up stays");
    let server = TestServer::start(data.path());
    for list in ["/api/v1/uploads", "/api/v1/commands"] {
        assert_eq!(server.api(list), json!([]));
    }
}
