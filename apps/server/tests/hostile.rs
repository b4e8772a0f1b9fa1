//! Registered clients that say what no client says: each is refused in words, and the operator sees all the others.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use rustls::{ClientConnection, StreamOwned};
use serde_json::json;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::http::Answer;
use support::{Client, TestServer, folder, uuid7};
use uuid::Uuid;

/// Puts a text as a JSON document, whatever it is.
fn put(server: &TestServer, client: &Client, path: &str, text: &str, if_match: Option<&str>) -> Answer {
    let call = client.call(server, "PUT", path).header("content-type", "application/json");
    match if_match {
        Some(tag) => call.header("if-match", tag).body(text.as_bytes()).send(),
        None => call.body(text.as_bytes()).send(),
    }
}

fn queue(server: &TestServer, client: &Client) -> Uuid {
    let wish = json!({ "client": client.id, "action": "restart" });
    let answer = server.operator("POST", "/api/v1/commands").json(&wish).send();
    answer.json()["id"].as_str().unwrap().parse().unwrap()
}

#[test]
fn what_is_unknown_in_a_document_and_cannot_be_read_hides_no_other_client_from_the_operator() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (hostile, honest) = (server.enrol("default"), server.enrol("default"));
    let command = queue(&server, &hostile);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for unreadable in [deep.as_str(), r#""\ud800""#, "1e999"] {
        for (path, start) in [
            (hostile.path(""), "{"),
            (hostile.path(&format!("/devices/{}", uuid7())), r#"{"evidence":[],"#),
            (hostile.path(&format!("/commands/{command}/execution")), r#"{"state":"accepted","#),
        ] {
            let text = format!(r#"{start}"unknown":{unreadable}}}"#);
            let answer = put(&server, &hostile, &path, &text, None);
            let shown = &unreadable[..unreadable.len().min(10)];
            assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed"), "{path}: {shown}");
        }
    }
    let clients = server.api("/api/v1/clients");
    let listed = |id: Uuid| clients.as_array().unwrap().iter().any(|client| client["id"] == id.to_string());
    assert!(listed(hostile.id) && listed(honest.id), "{clients}");
    assert_eq!(server.api("/api/v1/commands")[0]["id"], command.to_string());
}

#[test]
fn a_weak_tag_is_no_precondition_and_does_for_a_question() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let command = queue(&server, &client);
    let list = client.path("/commands");
    let tag = client.call(&server, "GET", &list).send().header("etag").unwrap().to_owned();
    for known in [format!("W/{tag}"), format!(r#""x",W/"y" , {tag}"#), "*".to_owned()] {
        let answer = client.call(&server, "GET", &list).header("if-none-match", &known).send();
        assert_eq!(answer.status, 304, "{known}");
    }
    let path = client.path(&format!("/commands/{command}/execution"));
    let tag = client.call(&server, "GET", &path).send().header("etag").unwrap().to_owned();
    let accepted = r#"{"state":"accepted"}"#;
    let weak = put(&server, &client, &path, accepted, Some(&format!("W/{tag}")));
    assert_eq!((weak.status, weak.header("etag")), (412, Some(tag.as_str())));
    assert_eq!(put(&server, &client, &path, accepted, Some(&tag)).status, 200);
}

#[test]
fn a_question_for_software_that_names_none_is_refused_by_a_problem_document() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let answer = client.call(&server, "GET", &client.path("/software?version=1.0")).send();
    assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed"));
}

#[test]
fn one_client_does_not_hold_all_connections() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (hostile, honest) = (server.enrol("default"), server.enrol("default"));
    let identity = Some((hostile.certificate.clone(), hostile.key.serialize_der()));
    let config = support::http::tls(&server.running().ca_pem(), identity).unwrap();
    let address = server.running().device_address();
    let hold = || {
        let stream = TcpStream::connect(address)?;
        let tls =
            ClientConnection::new(Arc::clone(&config), address.ip().into()).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(tls, stream);
        stream.write_all(b"GET /rs/v1/ HTTP/1.1\r\nhost: test\r\n\r\n")?;
        stream.read_exact(&mut [0; 12])?;
        io::Result::Ok(stream)
    };
    let held: Vec<_> = (0..65).map_while(|_| hold().ok()).collect();
    assert_eq!(held.len(), 64);
    assert_eq!(honest.call(&server, "GET", "/rs/v1/").send().status, 200);
    drop(held);
    let deadline = Instant::now() + Duration::from_secs(30);
    while hold().is_err() {
        assert!(Instant::now() < deadline, "those that are gone still count");
        std::thread::sleep(Duration::from_millis(10));
    }
}
