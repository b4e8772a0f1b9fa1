//! A data folder that is put back from a backup: its counts go on from there, and no client takes what comes of that for what
//! it had seen before.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_payload::seal::{self, Certificate, SealLimits, Trust};
use remote_services_transport::document::{ContentDigest, SoftwareManifest};
use serde_json::{Value, json};
use std::path::Path;
use support::http::Answer;
use support::{Client, TestServer, folder, now};
use uuid::Uuid;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Stops the server and starts another one, on a copy of what it had.
fn restart_on_a_copy(server: TestServer, data: &Path, backup: &Path) -> TestServer {
    server.stop();
    copy(data, backup);
    TestServer::start(data)
}

fn queue(server: &TestServer, client: &Client, action: &str) -> Uuid {
    let wish = json!({ "client": client.id, "action": action });
    let answer = server.operator("POST", "/api/v1/commands").json(&wish).send();
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().parse().unwrap()
}

fn get(server: &TestServer, client: &Client, path: &str, known: Option<&str>) -> Answer {
    let path = client.path(path);
    let call = client.call(server, "GET", &path);
    match known {
        Some(tag) => call.header("if-none-match", tag).send(),
        None => call.send(),
    }
}

fn report(server: &TestServer, client: &Client, command: Uuid, tag: &str, report: &Value) -> Answer {
    let path = client.path(&format!("/commands/{command}/execution"));
    client.call(server, "PUT", &path).header("if-match", tag).json(report).send()
}

#[test]
fn another_list_of_commands_under_the_number_of_one_that_the_client_knows_is_given() {
    let (data, backup) = (folder(), folder());
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let server = restart_on_a_copy(server, data.path(), backup.path());
    queue(&server, &client, "restart");
    let known = get(&server, &client, "/commands", None).header("etag").unwrap().to_owned();
    server.stop();

    let server = TestServer::start(backup.path());
    let other = queue(&server, &client, "troubleshoot");
    // Somebody hears of it, so that its list comes to the number that the client knows.
    let listed = get(&server, &client, "/commands", None);
    let number = |tag: &str| tag.split('-').next().unwrap().to_owned();
    assert_eq!(number(listed.header("etag").unwrap()), number(&known));
    let heard = get(&server, &client, "/commands", Some(&known));
    assert_eq!(heard.status, 200, "304 would hide the command");
    assert_eq!(heard.json()["commands"][0]["id"], other.to_string());
    let tag = heard.header("etag").unwrap();
    assert_eq!(get(&server, &client, "/commands", Some(tag)).status, 304);
}

#[test]
fn a_report_about_a_version_that_is_gone_is_not_taken_for_one_about_its_successor() {
    let (data, backup) = (folder(), folder());
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let id = queue(&server, &client, "restart");
    get(&server, &client, "/commands", None);
    let server = restart_on_a_copy(server, data.path(), backup.path());
    let path = format!("/commands/{id}/execution");
    let before = get(&server, &client, &path, None).header("etag").unwrap().to_owned();
    let accepted = report(&server, &client, id, &before, &json!({ "state": "accepted" }));
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    server.stop();

    let server = TestServer::start(backup.path());
    let cancel = server.operator("POST", &format!("/api/v1/commands/{id}/cancel")).send();
    assert_eq!(cancel.json()["state"], "cancelRequested");
    let running = json!({ "state": "running", "attempt": 1 });
    let crossed = report(&server, &client, id, accepted.header("etag").unwrap(), &running);
    assert_eq!((crossed.status, crossed.problem().as_str()), (412, "precondition"));
    let current = get(&server, &client, &path, None);
    assert_eq!(crossed.header("etag"), current.header("etag"), "the refusal says what would be right");
}

#[test]
fn another_manifest_under_the_number_of_one_that_the_client_knows_is_given() {
    let (data, backup) = (folder(), folder());
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let digest = ContentDigest::of(b"a program");
    let call = server.operator("PUT", "/api/v1/artifacts").header("content-digest", &digest.to_string());
    assert_eq!(call.header("content-type", "application/octet-stream").body(b"a program").send().status, 201);
    let publish = |server: &TestServer, version: &str| {
        let wish = json!({ "component": "agent", "version": version, "digest": digest });
        assert_eq!(server.operator("POST", "/api/v1/software").json(&wish).send().status, 201);
    };
    let server = restart_on_a_copy(server, data.path(), backup.path());
    publish(&server, "1.1");
    let path = "/software?component=agent&version=1.0";
    let known = get(&server, &client, path, None).header("etag").unwrap().to_owned();
    server.stop();

    let server = TestServer::start(backup.path());
    publish(&server, "1.2");
    let answer = get(&server, &client, path, Some(&known));
    assert_eq!(answer.status, 200, "304 would hide the newer version");
    let root = Certificate::from_pem(&server.running().ca_pem()).unwrap();
    let trust = Trust::new(now()).authority(root);
    let verified = seal::verify(&answer.body, &trust, &SealLimits::default()).unwrap();
    let manifest: SoftwareManifest = serde_json::from_slice(verified.content).unwrap();
    assert_eq!((manifest.version.as_str(), manifest.sequence), ("1.2", 1));
}
