//! The command poll, the signed command, and the reports of its execution.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use der::asn1::ObjectIdentifier;
use remote_services_core::command::Action;
use remote_services_payload::seal::{self, Certificate, SealLimits, Signer, SoftwareSigner, Trust};
use remote_services_server::ServerConfig;
use remote_services_transport::document::Command;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::http::Answer;
use support::payload::{Parcel, report};
use support::{Client, TestServer, folder, now, uuid7};
use uuid::Uuid;

fn queue(server: &TestServer, wish: &Value) -> Uuid {
    let answer = server.operator("POST", "/api/v1/commands").json(wish).send();
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().parse().unwrap()
}

fn poll(server: &TestServer, client: &Client, etag: Option<&str>, wait: u64) -> Answer {
    let path = client.path("/commands");
    let mut call = client.call(server, "GET", &path).header("prefer", &format!("wait={wait}"));
    if let Some(etag) = etag {
        call = call.header("if-none-match", etag);
    }
    call.send()
}

fn put_execution(
    server: &TestServer,
    client: &Client,
    command: Uuid,
    if_match: Option<&str>,
    document: &Value,
) -> Answer {
    let path = client.path(&format!("/commands/{command}/execution"));
    let mut call = client.call(server, "PUT", &path).json(document);
    if let Some(etag) = if_match {
        call = call.header("if-match", etag);
    }
    call.send()
}

#[test]
fn a_poll_says_nothing_open_then_nothing_new_then_the_list() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let empty = poll(&server, &client, None, 0);
    assert_eq!(empty.status, 204);
    let etag = empty.header("etag").unwrap();
    assert_eq!(poll(&server, &client, Some(etag), 0).status, 304);

    let id = queue(&server, &json!({ "client": client.id, "action": "checkSoftware" }));
    let list = poll(&server, &client, Some(etag), 0);
    assert_eq!(list.status, 200);
    assert_eq!(list.json()["commands"], json!([{ "id": id, "state": "delivered" }]));
    assert_eq!(list.header("remote-services-next-poll"), Some("900;jitter=300"));
    assert_eq!(poll(&server, &client, list.header("etag"), 0).status, 304);
    let view = server.api(&format!("/api/v1/commands/{id}"));
    assert_eq!((&view["state"], &view["action"]), (&json!("delivered"), &json!("checkSoftware")));
}

#[test]
fn to_look_at_commands_delivers_none_of_them_and_is_never_held() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let list = client.path("/commands");
    let look = |path: &str, tag: Option<&str>| {
        let call = client.call(&server, "HEAD", path).header("prefer", "wait=50");
        let call = if let Some(tag) = tag { call.header("if-none-match", tag) } else { call };
        let (began, answer) = (Instant::now(), call.send());
        assert!(began.elapsed() < Duration::from_secs(20), "it waited for its time to pass");
        assert_eq!(answer.text(), "", "{path}");
        answer
    };
    let empty = look(&list, None);
    let tag = empty.header("etag").unwrap().to_owned();
    assert_eq!((empty.status, look(&list, Some(&tag)).status), (204, 304));
    assert_eq!(poll(&server, &client, Some(&tag), 0).status, 304);

    let id = queue(&server, &json!({ "client": client.id, "action": "checkSoftware" }));
    let state = || server.api(&format!("/api/v1/commands/{id}"))["state"].clone();
    let (one, execution) = (format!("{list}/{id}"), format!("{list}/{id}/execution"));
    let looked = look(&list, Some(&tag));
    for path in [&one, &execution] {
        let answer = look(path, None);
        assert!(answer.status == 200 && answer.header("etag").is_some(), "{path}: {answer:?}");
    }
    assert_eq!(state(), "queued");

    let heard = poll(&server, &client, looked.header("etag").or(Some(&tag)), 0);
    assert_eq!(
        (heard.status, state()),
        (200, json!("delivered")),
        "what was looked at is heard of all the same"
    );
    for field in ["content-length", "content-digest", "content-type"] {
        assert_eq!(looked.header(field), heard.header(field), "{field}");
    }
    let again = look(&list, Some(&tag));
    assert_eq!((again.status, again.header("etag")), (200, heard.header("etag")));
    assert_eq!(look(&list, heard.header("etag")).status, 304);
}

#[test]
fn a_waiting_poll_is_answered_as_soon_as_a_command_is_queued() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let etag = poll(&server, &client, None, 0).header("etag").unwrap().to_owned();
    let began = Instant::now();
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| poll(&server, &client, Some(&etag), 50));
        queue(&server, &json!({ "client": client.id, "action": "checkSoftware" }));
        waiting.join().unwrap()
    });
    assert_eq!(answer.status, 200);
    assert!(began.elapsed() < Duration::from_secs(20), "it waited for its time to pass");
}

// Only Linux tells without privileges when the other end has accepted.
#[cfg(target_os = "linux")]
#[test]
fn a_waiting_poll_does_not_hold_up_the_end_of_the_server() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let port = format!(":{:04X}", server.running().device_address().port());
    let path = client.path("/commands");
    std::thread::scope(|scope| {
        let request = client.call(&server, "GET", &path).header("prefer", "wait=50");
        let waiting = scope.spawn(move || request.try_send());
        let deadline = Instant::now() + Duration::from_secs(30);
        let established = || {
            let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
            table.lines().any(|line| line.contains(&port) && line.contains(" 01 "))
        };
        while !established() {
            assert!(Instant::now() < deadline, "the poll never connected");
            std::thread::sleep(Duration::from_millis(5));
        }
        let began = Instant::now();
        server.stop();
        assert!(began.elapsed() < Duration::from_secs(20));
        // Answered or cut off while it was still shaking hands, but not left waiting.
        drop(waiting.join().unwrap());
        assert!(began.elapsed() < Duration::from_secs(30));
    });
}

#[test]
fn the_command_is_signed_by_the_command_key_and_by_no_other() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let (upload, device) = (uuid7(), uuid7());
    let sealed = Parcel::of(&client, upload, device).seal(&server, &report("ABC123456", "00:9c:02:ab:cd:01"));
    client.put_upload(&server, upload, &sealed);
    server.api_until("/api/v1/devices", |devices| (devices["total"] == 1).then_some(()));
    let id = queue(
        &server,
        &json!({
            "client": client.id, "device": device, "action": "printTestPage",
            "parameters": { "pages": 1 }, "reason": "installation", "expiresIn": 60,
            "window": "22:00-05:30", "notBefore": now(),
        }),
    );

    let answer = client.call(&server, "GET", &client.path(&format!("/commands/{id}"))).send();
    assert_eq!(answer.header("content-type"), Some("application/vnd.remote-services.signed"));
    let root = Certificate::from_pem(&server.running().ca_pem()).unwrap();
    let code_signing = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
    let trust = Trust::new(now()).authority(root).purpose(code_signing);
    let verified = seal::verify(&answer.body, &trust, &SealLimits::default()).unwrap();
    assert_eq!(verified.signer.common_name().as_deref(), Some("remote-services command signing"));
    let command: Command = serde_json::from_slice(verified.content).unwrap();
    assert_eq!((command.id, command.client, command.device), (id, client.id, Some(device)));
    assert_eq!((command.action, &command.parameters["pages"]), (Action::PrintTestPage, &json!(1)));
    assert_eq!(command.window.as_deref(), Some("22:00-05:30"));
    assert!(command.not_before.unwrap() <= command.issued_at);
    assert_eq!(command.nonce.0.len(), 16);
    assert!(command.expires_at.since(command.issued_at) == Duration::from_secs(60));

    // A client's certificate leads to the same authority, and still cannot give commands.
    let certificate = Certificate::from_der(&client.certificate).unwrap();
    let key = SoftwareSigner::from_pkcs8_der(&client.key.serialize_der()).unwrap();
    let signer = Signer::new(&certificate, &key);
    let forged = seal::sign(verified.content, &signer, now()).unwrap();
    assert!(seal::verify(&forged, &trust, &SealLimits::default()).is_err());

    let stranger = server.enrol("default");
    let path = stranger.path(&format!("/commands/{id}"));
    assert_eq!(stranger.call(&server, "GET", &path).send().status, 404);
}

#[test]
fn an_execution_goes_its_way_step_by_step_and_ends() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let id = queue(&server, &json!({ "client": client.id, "action": "troubleshoot" }));
    poll(&server, &client, None, 0);

    let accepted = json!({ "state": "accepted" });
    let answer = put_execution(&server, &client, id, None, &accepted);
    assert_eq!(answer.status, 200, "a first report needs no precondition");
    let first = answer.header("etag").unwrap().to_owned();

    // The answer was lost, so the client sends it again with what it knew before.
    let again = put_execution(&server, &client, id, None, &accepted);
    assert_eq!((again.status, again.header("etag")), (200, Some(first.as_str())));

    let done = json!({ "state": "succeeded", "attempt": 1, "result": { "code": "ok", "text": "all well" } });
    let running = json!({ "state": "running", "attempt": 1, "extra": { "kept": true } });
    let stale = put_execution(&server, &client, id, Some("\"e0\""), &running);
    assert_eq!((stale.status, stale.problem().as_str()), (412, "precondition"));
    let current = stale.header("etag").unwrap().to_owned();
    assert_eq!(current, first, "the refusal says what would be right");
    let missing = put_execution(&server, &client, id, None, &running);
    assert_eq!(missing.status, 412, "only a first report goes without");

    let answer = put_execution(&server, &client, id, Some(&current), &running);
    assert_eq!(answer.status, 200);
    let path = client.path(&format!("/commands/{id}/execution"));
    let read = client.call(&server, "GET", &path).send();
    assert_eq!(
        (read.json()["state"].as_str(), read.header("etag")),
        (Some("running"), answer.header("etag"))
    );

    let back = json!({ "state": "scheduled" });
    let back = put_execution(&server, &client, id, answer.header("etag"), &back);
    assert_eq!((back.status, back.problem().as_str()), (409, "transition"));
    let answer = put_execution(&server, &client, id, answer.header("etag"), &done);
    assert_eq!(answer.status, 200);
    assert_eq!(put_execution(&server, &client, id, None, &done).status, 200, "the last report again");
    let late = put_execution(&server, &client, id, answer.header("etag"), &json!({ "state": "failed" }));
    assert_eq!((late.status, late.problem().as_str()), (410, "closed"));
    assert_eq!(poll(&server, &client, None, 0).status, 204);

    let view = server.api(&format!("/api/v1/commands/{id}"));
    assert_eq!(view["state"], "succeeded");
    let states: Vec<&str> =
        view["executions"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["accepted", "running", "succeeded"]);
    assert_eq!(view["executions"][1]["extra"]["kept"], true, "unknown members are kept");
    assert_eq!(view["executions"][2]["result"]["text"], "all well");
}

#[test]
fn a_refusal_by_the_site_is_shown_with_its_reason() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let id = queue(&server, &json!({ "client": client.id, "action": "restart" }));
    poll(&server, &client, None, 0);
    let refusal = json!({ "state": "rejected", "reason": "blockedByPolicy" });
    assert_eq!(put_execution(&server, &client, id, None, &refusal).status, 200);
    let commands = server.api(&format!("/api/v1/commands?client={}", client.id));
    assert_eq!(commands[0]["state"], "rejected");
    assert_eq!(commands[0]["executions"][0]["reason"], "blockedByPolicy");
}

#[test]
fn a_command_whose_time_passed_is_closed() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let id = queue(&server, &json!({ "client": client.id, "action": "restart", "expiresIn": 0 }));
    server.api_until(&format!("/api/v1/commands/{id}"), |view| (view["state"] == "expired").then_some(()));
    assert_eq!(poll(&server, &client, None, 0).status, 204);
    let late = put_execution(&server, &client, id, None, &json!({ "state": "accepted" }));
    assert_eq!(late.problem(), "closed");
}

#[test]
fn a_wish_that_cannot_be_a_command_is_refused() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    for (wish, status) in [
        (json!({ "client": client.id, "action": "dance" }), 422),
        (json!({ "client": uuid7(), "action": "restart" }), 404),
        (json!({ "client": client.id, "device": uuid7(), "action": "restart" }), 404),
        (json!({ "action": "restart" }), 400),
        // Whatever is not understood might be what keeps it from being done at once.
        (json!({ "client": client.id, "action": "restart", "notbefore": "2030-01-01T00:00:00Z" }), 400),
        (json!({ "client": client.id, "action": "restart", "notBefore": "tonight" }), 400),
        (json!({ "client": client.id, "action": "restart", "notBefore": "2030-01-01T00:00:00Z" }), 422),
        (json!({ "client": client.id, "action": "restart", "window": "banana" }), 422),
        (json!({ "client": client.id, "action": "restart", "maxAttempts": 2 }), 400),
    ] {
        let answer = server.operator("POST", "/api/v1/commands").json(&wish).send();
        assert_eq!(answer.status, status, "{wish}: {}", answer.text());
    }
    assert!(server.api("/api/v1/commands").as_array().unwrap().is_empty());
}

#[test]
fn commands_and_their_versions_survive_a_restart() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    config.next_poll.seconds = 7;
    let server = TestServer::start_with(config.clone());
    let client = server.enrol("default");
    let id = queue(&server, &json!({ "client": client.id, "action": "restart" }));
    let etag = poll(&server, &client, None, 0).header("etag").unwrap().to_owned();
    server.stop();

    let server = TestServer::start_with(config);
    let answer = poll(&server, &client, Some(&etag), 0);
    assert_eq!((answer.status, answer.header("remote-services-next-poll")), (304, Some("7;jitter=300")));
    let fresh = poll(&server, &client, None, 0);
    assert_eq!(fresh.json()["commands"][0]["id"], id.to_string());
}

#[test]
fn a_command_is_taken_back_at_once_or_by_a_wish_that_the_client_sees() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let wish = json!({ "client": client.id, "action": "restart" });
    let cancel = |id: Uuid| {
        let path = format!("/api/v1/commands/{id}/cancel");
        let answer = server.operator("POST", &path).send();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["state"].as_str().unwrap().to_owned()
    };
    let unheard = queue(&server, &wish);
    assert_eq!(cancel(unheard), "cancelled");
    assert_eq!(poll(&server, &client, None, 0).status, 204, "nobody hears of it");

    let heard = queue(&server, &wish);
    let etag = poll(&server, &client, None, 0).header("etag").unwrap().to_owned();
    assert_eq!(cancel(heard), "cancelRequested");
    let list = poll(&server, &client, Some(&etag), 0).json();
    assert_eq!(list["commands"], json!([{ "id": heard, "state": "cancelRequested" }]));
    // A report that crossed with the wish names the version before it, and hears of the new one.
    let late = put_execution(&server, &client, heard, None, &json!({ "state": "cancelled" }));
    assert_eq!(late.status, 412);
    let etag = late.header("etag").unwrap().to_owned();
    let taken = put_execution(&server, &client, heard, Some(&etag), &json!({ "state": "cancelled" }));
    assert_eq!(taken.status, 200, "{}", taken.text());
    assert_eq!(cancel(heard), "cancelled", "a second wish changes nothing");
    let strange = format!("/api/v1/commands/{}/cancel", uuid7());
    assert_eq!(server.operator("POST", &strange).send().status, 404);
}

#[test]
fn a_result_that_comes_after_the_command_expired_is_not_lost() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let id = queue(&server, &json!({ "client": client.id, "action": "restart", "expiresIn": 1 }));
    assert_eq!(poll(&server, &client, None, 0).status, 200);
    server.api_until(&format!("/api/v1/commands/{id}"), |view| (view["state"] == "expired").then_some(()));
    let accepted = put_execution(&server, &client, id, None, &json!({ "state": "accepted" }));
    assert_eq!(accepted.status, 410, "what had not begun will not begin");
    let done = json!({ "state": "succeeded", "attempt": 1, "result": { "code": "ok", "text": "restarted" } });
    let late = put_execution(&server, &client, id, None, &done);
    assert_eq!(late.status, 412);
    let etag = late.header("etag").unwrap().to_owned();
    assert_eq!(put_execution(&server, &client, id, Some(&etag), &done).status, 200);
    assert_eq!(server.api(&format!("/api/v1/commands/{id}"))["state"], "succeeded");
}
