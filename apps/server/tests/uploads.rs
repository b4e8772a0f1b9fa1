//! Taken once, acknowledged when durable, opened once.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_payload::archive::EntrySource;
use remote_services_payload::kind;
use remote_services_payload::seal::KeyDerivation;
use remote_services_server::ServerConfig;
use remote_services_transport::document::{ContentDigest, Receipt, names};
use serde_json::Value;
use support::payload::{Parcel, report};
use support::{TestServer, folder, uuid7};
use uuid::Uuid;

const MAC: &str = "00:9c:02:ab:cd:01";

fn state_of(server: &TestServer, upload: Uuid) -> (String, String) {
    server.api_until("/api/v1/uploads", |uploads| {
        let upload = uploads.as_array()?.iter().find(|row| row["upload"] == upload.to_string())?;
        let state = upload["state"].as_str()?;
        let reason = upload["reason"].as_str().unwrap_or_default();
        (state != "received").then(|| (state.to_owned(), reason.to_owned()))
    })
}

#[test]
fn the_same_bytes_again_are_acknowledged_and_other_bytes_refused() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let upload = uuid7();

    let first = client.put_upload(&server, upload, b"0 first bytes");
    assert_eq!(first.status, 201, "{}", first.text());
    let receipt: Receipt = serde_json::from_slice(&first.body).unwrap();
    assert_eq!((receipt.upload, receipt.digest), (upload, ContentDigest::of(b"0 first bytes")));
    assert_eq!(first.header("content-digest").unwrap(), ContentDigest::of(&first.body).to_string());

    let again = client.put_upload(&server, upload, b"0 first bytes");
    assert_eq!((again.status, &again.body), (200, &first.body));

    let other = client.put_upload(&server, upload, b"0 other bytes");
    assert_eq!((other.status, other.problem().as_str()), (409, "conflict"));

    let path = client.path(&format!("/uploads/{upload}"));
    let look = client.call(&server, "HEAD", &path).send();
    assert_eq!((look.status, look.header("content-length")), (200, Some("13")));
    assert_eq!(look.header("repr-digest").unwrap(), receipt.digest.to_string());
    let path = client.path(&format!("/uploads/{}", uuid7()));
    assert_eq!(client.call(&server, "HEAD", &path).send().status, 404);
    assert_eq!(server.api("/api/v1/uploads").as_array().unwrap().len(), 1);
}

#[test]
fn a_claim_to_be_the_same_bytes_is_checked() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let upload = uuid7();
    assert_eq!(client.put_upload(&server, upload, b"0 first bytes").status, 201);
    let path = client.path(&format!("/uploads/{upload}"));
    let digest = ContentDigest::of(b"0 first bytes").to_string();
    let call = client.call(&server, "PUT", &path).sealed(b"0 lies, lies!").without("content-digest");
    let answer = call.header("content-digest", &digest).send();
    assert_eq!((answer.status, answer.problem().as_str()), (400, "digest"));
}

#[test]
fn two_documents_of_one_kind_are_the_senders_fault_and_delay_nobody() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let encoded = kind::encode_report(&report("SERIAL0001", MAC)).unwrap();
    let entry = |name| EntrySource {
        name,
        kind: encoded[0].kind.label(),
        schema: Some(encoded[0].kind.namespace()),
        octets: &encoded[0].xml,
    };
    let upload = uuid7();
    let parcel = Parcel::of(&client, upload, uuid7());
    let sealed = parcel.seal_entries(&server, &[entry("identity.xml"), entry("again.xml")]);
    assert_eq!(client.put_upload(&server, upload, &sealed).status, 201);
    let (state, reason) = state_of(&server, upload);
    assert_eq!(state, "quarantined");
    assert!(reason.contains("again.xml") && reason.contains("identity"), "{reason}");
}

#[test]
fn what_is_not_as_the_protocol_wants_is_refused_and_nothing_is_kept() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    config.max_upload = 1000;
    let server = TestServer::start_with(config);
    let client = server.enrol("default");
    let path = client.path(&format!("/uploads/{}", uuid7()));
    let call = || client.call(&server, "PUT", &path);
    let fits = vec![b'0'; 1000];

    let wrong = ContentDigest::of(b"something else").to_string();
    let answers = [
        (call().sealed(b"0x").without("content-digest").header("content-digest", &wrong), 400, "digest"),
        (call().sealed(b"0x").without("content-digest"), 400, "digest"),
        (
            call().sealed(b"0x").without("content-digest").header("content-digest", "md5=:AAAA:"),
            400,
            "digest",
        ),
        (call().sealed(b"0x").without("if-none-match"), 400, "malformed"),
        (
            call().sealed(b"").header("transfer-encoding", "chunked").body(b"1\r\n0\r\n0\r\n\r\n"),
            400,
            "malformed",
        ),
        (call().sealed(b"0x").without("content-type").header("content-type", names::JSON), 415, "media-type"),
        (call().sealed(b"not sealed at all"), 422, "payload"),
        (call().sealed(b""), 422, "payload"),
        (call().sealed(&[&fits[..], b"!"].concat()), 413, "too-large"),
        (call().sealed(b"0").announce(1 << 40), 413, "too-large"),
    ];
    for (at, (call, status, problem)) in answers.into_iter().enumerate() {
        let answer = call.send();
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (status, problem),
            "case {at}: {}",
            answer.text()
        );
    }
    let version4 = client.path("/uploads/f81d4fae-7dec-41d0-a765-00a0c91e6bf6");
    assert_eq!(client.call(&server, "PUT", &version4).sealed(b"0x").send().problem(), "malformed");

    assert!(server.api("/api/v1/uploads").as_array().unwrap().is_empty());
    let incoming = std::fs::read_dir(data.path().join("archive/incoming")).unwrap();
    assert_eq!(incoming.count(), 0);
    assert_eq!(call().sealed(&fits).send().status, 201, "the limit itself is allowed");
}

#[test]
fn a_large_refused_upload_still_hears_why() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let path = client.path(&format!("/uploads/{}", uuid7()));
    let answer = client.call(&server, "PUT", &path).sealed(&vec![b'0'; 20 << 20]).send();
    assert_eq!((answer.status, answer.problem().as_str()), (413, "too-large"));
}

#[test]
fn a_sealed_report_is_opened_and_its_device_shown() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("acme");
    let (upload, device) = (uuid7(), uuid7());
    let sealed = Parcel::of(&client, upload, device).seal(&server, &report("ABC123456", MAC));
    assert_eq!(client.put_upload(&server, upload, &sealed).status, 201);
    assert_eq!(state_of(&server, upload), ("opened".to_owned(), String::new()));

    let list = server.api("/api/v1/devices");
    assert_eq!(list["total"], 1);
    let found = &list["devices"][0];
    assert_eq!(found["id"], device.to_string());
    assert_eq!(found["serial"], "ABC123456");
    assert_eq!(found["macs"][0], "009c02abcd01");
    assert_eq!(found["clients"][0], client.id.to_string());
    assert_eq!(found["latest"]["identity"]["SerialNumber"], "ABC123456");
    assert_eq!(found["latest"]["supplies"]["Supply"][3]["Level"], 4);
    assert_eq!(found["latest"]["status"]["Alert"][0]["Description"], "Paper jam in <area 2>");

    let page = server.api(&format!("/api/v1/devices/{device}?xml=true"));
    let readings = page["readings"].as_array().unwrap();
    let mut kinds: Vec<&str> = readings.iter().map(|reading| reading["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["counters", "identity", "network", "properties", "status", "supplies"]);
    assert!(readings.iter().all(|reading| reading["xml"].as_str().unwrap().starts_with("<?xml")));
    let counters = server.api(&format!("/api/v1/readings?device={device}&kind=counters"));
    assert_eq!(counters[0]["document"]["LifeCount"][0]["value"], 1_234_567);
    let uploads = server.api(&format!("/api/v1/uploads?device={device}"));
    assert_eq!(uploads[0]["kinds"].as_array().unwrap().len(), 6);
}

#[test]
fn what_a_client_seals_by_hkdf_is_opened_as_well() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("acme");
    for (derivation, serial, mac) in [
        (KeyDerivation::HkdfSha256, "ABC123456", MAC),
        (KeyDerivation::HkdfSha384, "ABC123457", "00:9c:02:ab:cd:02"),
    ] {
        let (upload, device) = (uuid7(), uuid7());
        let parcel = Parcel { derivation, ..Parcel::of(&client, upload, device) };
        let sealed = parcel.seal(&server, &report(serial, mac));
        assert_eq!(client.put_upload(&server, upload, &sealed).status, 201);
        assert_eq!(state_of(&server, upload), ("opened".to_owned(), String::new()));
        let serials = server.api("/api/v1/devices")["devices"].to_string();
        assert!(serials.contains(serial), "{derivation:?}: {serials}");
    }
}

#[test]
fn what_does_not_prove_its_origin_is_quarantined_with_the_reason() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (client, other) = (server.enrol("default"), server.enrol("default"));
    let report = report("ABC123456", MAC);
    let put = |sealed: &[u8], upload| {
        assert_eq!(client.put_upload(&server, upload, sealed).status, 201);
        let (state, reason) = state_of(&server, upload);
        assert_eq!(state, "quarantined");
        reason
    };

    let upload = uuid7();
    let signed_by_other = Parcel { signer: &other, ..Parcel::of(&client, upload, uuid7()) };
    let reason = put(&signed_by_other.seal(&server, &report), upload);
    assert!(reason.contains("signer's certificate"), "{reason}");

    let upload = uuid7();
    let sent_by_other = Parcel { sender: &other, ..Parcel::of(&client, upload, uuid7()) };
    let reason = put(&sent_by_other.seal(&server, &report), upload);
    assert!(reason.contains("sender"), "{reason}");

    let upload = uuid7();
    let reason = put(&Parcel::of(&client, uuid7(), uuid7()).seal(&server, &report), upload);
    assert!(reason.contains("transfer"), "{reason}");

    let upload = uuid7();
    let mut damaged = Parcel::of(&client, upload, uuid7()).seal(&server, &report);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let reason = put(&damaged, upload);
    assert!(reason.contains("changed"), "{reason}");

    let upload = uuid7();
    let entry = EntrySource {
        name: "supplies.xml",
        kind: "supplies",
        schema: Some("urn:remote-services:supplies:1"),
        octets: b"<?xml version=\"1.0\"?><!DOCTYPE x><Supplies/>",
    };
    let reason = put(&Parcel::of(&client, upload, uuid7()).seal_entries(&server, &[entry]), upload);
    assert!(reason.starts_with("supplies.xml: "), "{reason}");

    assert_eq!(server.api("/api/v1/devices")["total"], 0, "nothing of them may be believed");
    let audit = server.api("/api/v1/audit");
    assert_eq!(audit["brokenAt"], Value::Null);
    let lines = audit["lines"].as_array().unwrap();
    assert_eq!(lines.iter().filter(|line| line["event"] == "uploadQuarantined").count(), 5);
}

#[test]
fn many_uploads_at_once_are_all_kept_and_opened() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let parcels: Vec<(Uuid, Vec<u8>)> = (0..24_u64)
        .map(|at| {
            let upload = uuid7();
            let parcel = Parcel { sequence: at, ..Parcel::of(&client, upload, uuid7()) };
            let (serial, mac) = (format!("SERIAL{at:04}"), format!("00:9c:02:00:01:{at:02x}"));
            (upload, parcel.seal(&server, &report(&serial, &mac)))
        })
        .collect();
    std::thread::scope(|scope| {
        for (upload, sealed) in &parcels {
            scope.spawn(|| assert_eq!(client.put_upload(&server, *upload, sealed).status, 201));
        }
    });
    server
        .api_until("/api/v1/uploads?state=opened", |uploads| (uploads.as_array()?.len() == 24).then_some(()));
    assert_eq!(server.api("/api/v1/devices")["total"], 24);
}

#[test]
fn a_restart_keeps_everything() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let (upload, device) = (uuid7(), uuid7());
    let sealed = Parcel::of(&client, upload, device).seal(&server, &report("ABC123456", MAC));
    let first = client.put_upload(&server, upload, &sealed);
    state_of(&server, upload);
    let description = serde_json::json!({ "edition": "lite", "somethingNew": [1] });
    assert_eq!(client.put_json(&server, &client.path(""), &description).status, 201);
    let (pin, token) = (server.running().ca_spki_pin(), server.running().operator_token().to_owned());
    server.stop();

    let server = TestServer::start(data.path());
    assert_eq!(server.running().ca_spki_pin(), pin);
    assert_eq!(server.running().operator_token(), token);
    let again = client.put_upload(&server, upload, &sealed);
    assert_eq!((again.status, again.body), (200, first.body));
    assert_eq!(server.api("/api/v1/devices")["devices"][0]["serial"], "ABC123456");
    let clients = server.api("/api/v1/clients");
    assert_eq!(clients[0]["description"]["somethingNew"][0], 1, "unknown members are kept");
    assert_eq!(client.put_json(&server, &client.path(""), &description).status, 204);
}

// Only there a system says what is free.
#[cfg(unix)]
#[test]
fn a_disk_that_is_to_stay_free_takes_nothing_for_now_and_says_so() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    config.keep_free = Some(u64::MAX);
    let server = TestServer::start_with(config.clone());
    let client = server.enrol("default");
    let (upload, octets) = (uuid7(), b"0 first bytes");
    let part = client.path(&format!("/uploads/{upload}/parts/1"));
    let whole = client.put_upload(&server, upload, octets);
    for answer in [&whole, &client.call(&server, "PUT", &part).sealed(octets).send()] {
        assert_eq!((answer.status, answer.problem().as_str()), (503, "internal"));
        assert_eq!(answer.header("retry-after"), Some("30"));
        assert!(answer.text().contains("disk is full"), "{}", answer.text());
    }
    let digest = ContentDigest::of(octets).to_string();
    let artifact = server.operator("PUT", "/api/v1/artifacts").header("content-digest", &digest).body(octets);
    assert_eq!(artifact.send().status, 503);
    let health = |server: &TestServer| {
        let answer = server.operator("GET", "/api/v1/health").send();
        (answer.status, answer.json()["status"].as_str().unwrap().to_owned())
    };
    assert_eq!(health(&server), (503, "diskFull".to_owned()));
    assert_eq!(std::fs::read_dir(data.path().join("archive/incoming")).unwrap().count(), 0);
    // What needs no room of payloads goes on.
    assert_eq!(client.put_json(&server, &client.path(""), &serde_json::json!({})).status, 201);
    server.stop();

    config.keep_free = Some(0);
    let server = TestServer::start_with(config);
    assert_eq!(health(&server), (200, "ok".to_owned()));
    assert_eq!(client.put_upload(&server, upload, octets).status, 201);
}

#[test]
fn a_crash_between_archive_and_row_leaves_nothing_wrong() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let (upload, device) = (uuid7(), uuid7());
    let sealed = Parcel::of(&client, upload, device).seal(&server, &report("ABC123456", MAC));
    server.stop();

    // As the crash leaves it: the file durable under its digest, another one half-written, and no row.
    let name = ContentDigest::of(&sealed).to_hex();
    std::fs::write(data.path().join("archive/sha-256").join(&name[..2]).join(&name[2..]), &sealed).unwrap();
    std::fs::write(data.path().join("archive/incoming/half"), &sealed[..100]).unwrap();

    let server = TestServer::start(data.path());
    assert!(server.api("/api/v1/uploads").as_array().unwrap().is_empty());
    let path = client.path(&format!("/uploads/{upload}"));
    assert_eq!(client.call(&server, "HEAD", &path).send().status, 404);
    assert_eq!(std::fs::read_dir(data.path().join("archive/incoming")).unwrap().count(), 0);
    assert_eq!(client.put_upload(&server, upload, &sealed).status, 201);
    assert_eq!(state_of(&server, upload).0, "opened");
    assert_eq!(server.api("/api/v1/devices")["total"], 1);
}
