//! What clients say of their own audit logs, and what does not fit what they said before.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use serde_json::{Value, json};
use support::http::Call;
use support::{Client, TestServer, folder};

/// Tells it, and gives where the log stood before, as the server says.
fn tell(server: &TestServer, client: &Client, audit: &Value) -> Value {
    let answer = client.call(server, "PUT", &client.path("")).json(&json!({ "audit": audit })).send();
    match answer.status {
        201 | 204 => Value::Null,
        200 => serde_json::from_str::<Value>(&answer.text()).unwrap()["audit"].take(),
        status => panic!("{status}: {}", answer.text()),
    }
}

/// What was found wrong with a client.
fn findings(server: &TestServer, client: &Client) -> Vec<String> {
    let clients = server.api("/api/v1/clients");
    let all = clients.as_array().unwrap();
    let own = all.iter().find(|it| it["id"] == client.id.to_string().as_str()).unwrap();
    let texts = own["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    texts.iter().map(|it| it["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_audit_log_that_goes_back_or_becomes_another_is_a_finding_that_stays() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (edited, cut, honest) = (server.enrol("acme"), server.enrol("acme"), server.enrol("acme"));
    for client in [&edited, &cut, &honest] {
        let first = json!({ "entries": 7, "hash": "a".repeat(64) });
        assert_eq!(tell(&server, client, &first), Value::Null, "nothing was known");
        assert_eq!(tell(&server, client, &first), first);
        assert_eq!(tell(&server, client, &json!({ "entries": 9, "hash": "b".repeat(64) })), first);
        assert!(findings(&server, client).is_empty(), "a log that grows");
    }
    tell(&server, &edited, &json!({ "entries": 9, "hash": "c".repeat(64) }));
    tell(&server, &cut, &json!({ "entries": 8, "hash": "d".repeat(64) }));
    tell(&server, &honest, &json!({ "entries": 10, "hash": "d".repeat(64) }));
    server.stop();
    // Neither a restart of the server nor better stands make it forget.
    let server = TestServer::start(data.path());
    for client in [&edited, &cut, &honest] {
        tell(&server, client, &json!({ "entries": 20, "hash": "e".repeat(64) }));
    }
    let of_edited = findings(&server, &edited);
    assert!(of_edited.len() == 1 && of_edited[0].contains("entry 9 of the client's audit log was bbbb"));
    let of_cut = findings(&server, &cut);
    assert!(of_cut.len() == 1 && of_cut[0].contains("went back from 9 entries to 8"), "{of_cut:?}");
    assert!(findings(&server, &honest).is_empty());
    let first = server.api("/api/v1/clients?limit=2").to_string();
    assert!(
        first.contains(&edited.id.to_string()) && first.contains(&cut.id.to_string()),
        "however many there are"
    );
    let lines = server.api("/api/v1/audit")["lines"].to_string();
    assert_eq!(lines.matches("clientAudit").count(), 2, "{lines}");
}

#[test]
fn a_heartbeat_that_a_newer_one_has_overtaken_is_no_finding_and_replaces_nothing() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("acme");
    let stand = |entries: u64, hash: &str, time: &str| {
        let (hash, time) = (hash.repeat(64), format!("2026-11-29T{time}Z"));
        json!({ "entries": entries, "hash": hash, "time": time })
    };
    tell(&server, &client, &stand(7, "a", "10:00:00"));
    tell(&server, &client, &stand(9, "b", "10:01:00"));
    tell(&server, &client, &stand(8, "c", "10:00:30"));
    assert!(findings(&server, &client).is_empty());
    let described = server.api("/api/v1/clients")[0]["description"]["audit"]["entries"].clone();
    assert_eq!(described, 9, "what is newer stays");
    // What it is held against is the newest stand, also after a late one and a restart.
    server.stop();
    let server = TestServer::start(data.path());
    tell(&server, &client, &stand(8, "c", "10:00:30"));
    assert!(findings(&server, &client).is_empty());
    tell(&server, &client, &stand(8, "c", "10:02:00"));
    let found = findings(&server, &client);
    assert!(found.len() == 1 && found[0].contains("went back from 9 entries to 8"), "{found:?}");
}

#[test]
fn what_a_client_says_of_its_own_log_is_told_once_and_shown_on_the_page_of_clients() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("acme");
    for entries in 5..8 {
        tell(&server, &client, &json!({ "entries": entries, "hash": "a".repeat(64), "broken": 3 }));
    }
    assert_eq!(findings(&server, &client).len(), 1);
    let link = server.login_link();
    let path = link.strip_prefix(server.running().operator_url()).unwrap();
    let address = server.running().operator_address();
    let cookie = Call::new(address, None, "GET", path).send().header("set-cookie").unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap();
    let page = Call::new(address, None, "GET", "/clients").header("cookie", cookie).send();
    let text = page.text();
    for wanted in ["1 here need attention", "cannot be believed from entry 3", "7 entries"] {
        assert!(page.status == 200 && text.contains(wanted), "{wanted} is missing in {text}");
    }
    assert_eq!(Call::new(address, None, "GET", "/clients").send().status, 401);
}

#[test]
fn a_client_cannot_fill_the_disk_with_findings_nor_break_the_server_with_its_stand() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("acme");
    for stand in
        [json!({ "entries": u64::MAX, "hash": "a" }), json!({ "entries": 0, "hash": "b".repeat(10_000) })]
    {
        tell(&server, &client, &stand);
    }
    for entries in (0..120).rev() {
        tell(&server, &client, &json!({ "entries": entries, "hash": "a" }));
    }
    let found = findings(&server, &client);
    assert_eq!(found.len(), 100);
    assert!(found.iter().all(|text| text.len() < 200));
}
