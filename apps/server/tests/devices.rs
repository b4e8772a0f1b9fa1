//! A device seen by two clients is one device; contradictions are told, not guessed away.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_core::time::Timestamp;
use serde_json::{Value, json};
use support::payload::{Parcel, report};
use support::{Client, TestServer, folder, now, uuid7};
use uuid::Uuid;

fn evidence(serial: Option<&str>, mac: Option<&str>) -> Value {
    let time = "2026-11-22T10:00:00Z";
    let mut pieces = Vec::new();
    pieces.extend(serial.map(|value| json!({ "kind": "serial", "value": value, "time": time })));
    pieces.extend(mac.map(|value| json!({ "kind": "macAddress", "value": value, "time": time })));
    json!({ "manufacturer": "Xerox", "model": "C405", "evidence": pieces })
}

fn put(server: &TestServer, client: &Client, name: Uuid, document: &Value) -> support::http::Answer {
    client.put_json(server, &client.path(&format!("/devices/{name}")), document)
}

/// Sends what the device said by a clock that is off by so many seconds, and waits until it is opened.
fn tell(server: &TestServer, client: &Client, device: Uuid, life_count: u64, off: i64) {
    let mut report = report("ABC123456", "00:9c:02:ab:cd:01");
    let read_at = Timestamp::from_unix_millis(now().unix_millis() + off * 1_000);
    (report.counters.header.read_at, report.counters.life_counts[0].value) = (read_at, life_count);
    let upload = uuid7();
    let parcel = Parcel { sequence: life_count, ..Parcel::of(client, upload, device) };
    assert_eq!(client.put_upload(server, upload, &parcel.seal(server, &report)).status, 201);
    server.api_until("/api/v1/uploads", |uploads| {
        let opened = |row: &Value| row["upload"] == upload.to_string() && row["state"] == "opened";
        uploads.as_array()?.iter().any(opened).then_some(())
    });
}

#[test]
fn what_a_device_says_from_the_future_is_newest_only_until_it_says_more() {
    const YEAR: i64 = 365 * 24 * 60 * 60;
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let device = uuid7();
    let newest = || {
        let shown = server.api(&format!("/api/v1/devices/{device}"));
        shown["latest"]["counters"]["LifeCount"][0]["value"].as_u64().unwrap()
    };
    tell(&server, &client, device, 1, YEAR);
    assert_eq!(newest(), 1);
    tell(&server, &client, device, 2, 0);
    assert_eq!(newest(), 2, "it came later, and by a clock that is right");
    tell(&server, &client, device, 3, YEAR / 2);
    assert_eq!(newest(), 3);
    tell(&server, &client, device, 4, -YEAR / 2);
    assert_eq!(newest(), 3, "what waited for long is as old as it says");
    tell(&server, &client, device, 5, 0);
    assert_eq!(newest(), 5);

    let readings = server.api(&format!("/api/v1/readings?device={device}&kind=counters"));
    let told = readings.as_array().unwrap().iter().map(|reading| {
        let count = reading["document"]["LifeCount"][0]["value"].as_u64().unwrap();
        assert!(reading["receivedAt"].is_string());
        (count, reading["ahead"] == true)
    });
    assert_eq!(told.collect::<Vec<_>>(), [(5, false), (3, true), (2, false), (1, true), (4, false)]);
}

#[test]
fn the_same_evidence_again_changes_nothing() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let name = uuid7();
    let document = evidence(Some("ABC123456"), Some("00:9c:02:ab:cd:01"));
    assert_eq!(put(&server, &client, name, &document).status, 201);
    assert_eq!(put(&server, &client, name, &document).status, 204);
    let devices = server.api("/api/v1/devices");
    assert_eq!((&devices["total"], &devices["devices"][0]["id"]), (&json!(1), &json!(name)));
}

#[test]
fn a_second_client_is_sent_to_the_device_that_the_first_one_reported() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (agent, device_itself) = (server.enrol("acme"), server.enrol("acme"));
    let (first, second) = (uuid7(), uuid7());
    let seen_by_agent = evidence(Some("ABC123456"), None);
    assert_eq!(put(&server, &agent, first, &seen_by_agent).status, 201);

    let seen_by_itself = evidence(Some("abc-123-456"), Some("00:9c:02:ab:cd:01"));
    let answer = put(&server, &device_itself, second, &seen_by_itself);
    assert_eq!(answer.status, 308);
    let there = answer.header("location").unwrap();
    assert_eq!(there, device_itself.path(&format!("/devices/{first}")));
    assert_eq!(device_itself.put_json(&server, there, &seen_by_itself).status, 204);

    let devices = server.api("/api/v1/devices");
    assert_eq!(devices["total"], 1);
    assert_eq!(devices["devices"][0]["clients"].as_array().unwrap().len(), 2);
}

#[test]
fn reports_of_two_clients_about_one_device_land_at_that_device() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (agent, device_itself) = (server.enrol("acme"), server.enrol("acme"));
    let report = report("ABC123456", "00:9c:02:ab:cd:01");
    for client in [&agent, &device_itself] {
        let upload = uuid7();
        let sealed = Parcel::of(client, upload, uuid7()).seal(&server, &report);
        assert_eq!(client.put_upload(&server, upload, &sealed).status, 201);
    }
    server.api_until("/api/v1/uploads?state=opened", |list| (list.as_array()?.len() == 2).then_some(()));
    let devices = server.api("/api/v1/devices");
    assert_eq!(devices["total"], 1);
    let id = devices["devices"][0]["id"].as_str().unwrap();
    let counters = server.api(&format!("/api/v1/readings?device={id}&kind=counters"));
    assert_eq!(counters.as_array().unwrap().len(), 2);
}

#[test]
fn the_same_serial_at_another_customer_is_another_device() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (here, there) = (server.enrol("acme"), server.enrol("globex"));
    let document = evidence(Some("ABC123456"), Some("00:9c:02:ab:cd:01"));
    assert_eq!(put(&server, &here, uuid7(), &document).status, 201);
    assert_eq!(put(&server, &there, uuid7(), &document).status, 201);
    assert_eq!(server.api("/api/v1/devices")["total"], 2);
}

#[test]
fn two_records_that_turn_out_to_be_one_are_merged() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("acme");
    let (by_mac, by_serial) = (uuid7(), uuid7());
    assert_eq!(put(&server, &client, by_mac, &evidence(None, Some("00:9c:02:ab:cd:01"))).status, 201);
    assert_eq!(put(&server, &client, by_serial, &evidence(Some("ABC123456"), None)).status, 201);
    assert_eq!(server.api("/api/v1/devices")["total"], 2);

    let both = evidence(Some("ABC123456"), Some("00:9c:02:ab:cd:01"));
    let answer = put(&server, &client, by_mac, &both);
    assert_eq!(answer.status, 308);
    assert!(answer.header("location").unwrap().ends_with(&by_serial.to_string()));
    assert_eq!(server.api("/api/v1/devices")["total"], 1);
    let merged = server.api(&format!("/api/v1/devices/{by_mac}"));
    assert_eq!(merged["id"], by_serial.to_string(), "the old name still leads there");
}

#[test]
fn a_name_that_suddenly_means_another_device_is_a_conflict() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("acme");
    let name = uuid7();
    assert_eq!(put(&server, &client, name, &evidence(Some("ABC123456"), None)).status, 201);
    let answer = put(&server, &client, name, &evidence(Some("XYZ987654"), None));
    assert_eq!(answer.status, 409);
    assert_eq!(answer.json()["candidates"], json!([name]));
}
