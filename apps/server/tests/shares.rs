//! What one client may have of what waits to be opened and of the quarantine, and that clients take turns.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_server::ServerConfig;
use remote_services_transport::document::{ContentDigest, names};
use serde_json::json;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::http::Answer;
use support::payload::{Parcel, report};
use support::{Client, TestServer, folder, uuid7};
use uuid::Uuid;

fn archived(data: &Path, octets: &[u8]) -> PathBuf {
    let digest = ContentDigest::of(octets).to_hex();
    data.join("archive/sha-256").join(&digest[..2]).join(&digest[2..])
}

/// Whose uploads were quarantined, in the order in which they were.
fn quarantined(server: &TestServer) -> Vec<String> {
    let audit = server.api("/api/v1/audit");
    let lines = audit["lines"].as_array().unwrap().iter().rev();
    let told = lines.filter(|line| line["event"] == "uploadQuarantined");
    told.map(|line| line["actor"].as_str().unwrap().to_owned()).collect()
}

/// So many uploads of each client, received one client after the other and not opened, on a server that is away.
fn received(data: &Path, uploads: &[(&Client, usize)]) {
    let octets = b"0 not sealed to anybody";
    std::fs::write(archived(data, octets), octets).unwrap();
    let options = SqliteConnectOptions::new().filename(data.join("server.sqlite"));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut store = SqliteConnection::connect_with(&options).await.unwrap();
        let mut at = 0_i64;
        for (client, count) in uploads {
            for _ in 0..*count {
                at += 1;
                sqlx::query(
                    "INSERT INTO uploads (client, id, sha256, size, stored_at) VALUES (?, ?, ?, ?, ?)",
                )
                .bind(client.id.to_string())
                .bind(uuid7().to_string())
                .bind(ContentDigest::of(octets).as_bytes().as_slice())
                .bind(i64::try_from(octets.len()).unwrap())
                .bind(at)
                .execute(&mut store)
                .await
                .unwrap();
            }
        }
        store.close().await.unwrap();
    });
}

#[test]
fn the_backlog_of_one_client_does_not_hold_up_the_others() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (flood, quiet) = (server.enrol("default"), server.enrol("default"));
    server.stop();
    received(data.path(), &[(&flood, 40), (&quiet, 2)]);

    let server = TestServer::start(data.path());
    server.api_until("/api/v1/uploads?state=received", |left| left.as_array()?.is_empty().then_some(()));
    let order = quarantined(&server);
    let turns = order.iter().rposition(|client| *client == quiet.id.to_string()).unwrap();
    assert!(order.len() == 42 && turns <= 3, "{turns}: {order:?}");
}

fn is_refused_for_now(answer: &Answer) {
    assert_eq!((answer.status, answer.problem().as_str()), (429, "busy"), "{}", answer.text());
    assert_eq!(answer.header("retry-after"), Some("60"));
}

/// Waits until so many uploads of all clients are quarantined.
fn until_quarantined(server: &TestServer, count: usize) {
    let path = "/api/v1/uploads?state=quarantined";
    server.api_until(path, |uploads| (uploads.as_array()?.len() == count).then_some(()));
}

#[test]
fn a_client_whose_share_is_full_is_told_to_come_again_and_the_others_are_not() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    (config.max_unopened_uploads, config.max_unopened_octets) = (3, 1_000);
    let server = TestServer::start_with(config);
    let (flood, large, quiet) = (server.enrol("default"), server.enrol("default"), server.enrol("default"));
    let first = uuid7();
    for (upload, octets) in [(first, b"0 first"), (uuid7(), b"0 other"), (uuid7(), b"0 third")] {
        assert_eq!(flood.put_upload(&server, upload, octets).status, 201);
    }
    let more = uuid7();
    is_refused_for_now(&flood.put_upload(&server, more, b"0 more"));
    // What was taken is known, and what was refused is not.
    assert_eq!(flood.put_upload(&server, first, b"0 first").status, 200);
    let path = flood.path(&format!("/uploads/{more}"));
    assert_eq!(flood.call(&server, "HEAD", &path).send().status, 404);

    assert_eq!(large.put_upload(&server, uuid7(), &[b'0'; 999]).status, 201, "one octet is left");
    assert_eq!(large.put_upload(&server, uuid7(), b"0 and is enough for one of any size").status, 201);
    is_refused_for_now(&large.put_upload(&server, uuid7(), b"0 more"));
    // Nothing but the head is sent: who waits for the body would not answer.
    let path = large.path(&format!("/uploads/{}", uuid7()));
    is_refused_for_now(&large.call(&server, "PUT", &path).sealed(b"").announce(900).send());
    assert_eq!(quiet.put_upload(&server, uuid7(), b"0 quiet").status, 201);

    until_quarantined(&server, 6);
    is_refused_for_now(&flood.put_upload(&server, more, b"0 more"));
    let clients = server.api("/api/v1/clients");
    let shown = clients.as_array().unwrap().iter().find(|row| row["id"] == flood.id.to_string()).unwrap();
    assert_eq!(shown["unopened"], json!({ "uploads": 3, "octets": 21 }));
}

#[test]
fn what_is_opened_counts_no_more_and_a_log_counts_with_its_parts() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    (config.max_unopened_uploads, config.max_unopened_octets) = (2, 100_000);
    let server = TestServer::start_with(config);
    let (good, logs) = (server.enrol("default"), server.enrol("default"));
    for at in 1..=6_u64 {
        let upload = uuid7();
        let parcel = Parcel { sequence: at, ..Parcel::of(&good, upload, Uuid::from_u128(7)) };
        let sealed = parcel.seal(&server, &report("ABC123456", "00:9c:02:ab:cd:01"));
        assert_eq!(good.put_upload(&server, upload, &sealed).status, 201, "{at}");
        let opened = usize::try_from(at).unwrap();
        server.api_until("/api/v1/uploads?state=opened", |uploads| {
            (uploads.as_array()?.len() == opened).then_some(())
        });
    }

    let log = uuid7();
    let part = logs.path(&format!("/uploads/{log}/parts/1"));
    assert_eq!(logs.call(&server, "PUT", &part).sealed(&[b'0'; 100_000]).send().status, 201);
    let list = logs.path(&format!("/uploads/{log}"));
    let closed = logs.call(&server, "PUT", &list).sealed(b"0 list").header(names::PARTS, "(1 1)").send();
    assert_eq!(closed.status, 201, "{}", closed.text());
    is_refused_for_now(&logs.put_upload(&server, uuid7(), b"0 more"));
}

#[test]
fn many_at_once_do_not_get_past_the_bound_and_what_is_refused_leaves_nothing_in_the_archive() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    config.max_unopened_uploads = 2;
    let server = TestServer::start_with(config);
    let client = server.enrol("default");
    let uploads: Vec<Vec<u8>> = (0..12).map(|at| format!("0 upload {at}").into_bytes()).collect();
    let statuses = std::thread::scope(|scope| {
        let put = |octets| client.put_upload(&server, uuid7(), octets).status;
        let puts: Vec<_> = uploads.iter().map(|octets| scope.spawn(move || put(octets))).collect();
        puts.into_iter().map(|put| put.join().unwrap()).collect::<Vec<u16>>()
    });
    for (octets, status) in uploads.iter().zip(&statuses) {
        assert!(matches!(status, 201 | 429), "{statuses:?}");
        assert_eq!(archived(data.path(), octets).exists(), *status == 201, "{statuses:?}");
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 2, "{statuses:?}");
}

#[test]
fn the_oldest_of_a_full_quarantine_make_room_once_they_were_kept_for_long_enough() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    config.max_unopened_uploads = 4;
    let server = TestServer::start_with(config.clone());
    let (client, other) = (server.enrol("default"), server.enrol("default"));
    assert_eq!(other.put_upload(&server, uuid7(), b"0 shared").status, 201);
    let uploads = [b"0 shared", b"0 second", b"0 third.", b"0 fourth"].map(|octets| (uuid7(), octets));
    for (at, (upload, octets)) in uploads.iter().enumerate() {
        assert_eq!(client.put_upload(&server, *upload, *octets).status, 201);
        until_quarantined(&server, at + 2);
    }
    let more = uuid7();
    is_refused_for_now(&client.put_upload(&server, more, b"0 more"));
    server.stop();
    // What was kept for a moment only stays, however often the server starts.
    let server = TestServer::start_with(config.clone());
    is_refused_for_now(&client.put_upload(&server, more, b"0 more"));
    server.stop();

    config.keep_quarantined = Duration::ZERO;
    let server = TestServer::start_with(config);
    let told = server.api_until("/api/v1/audit", |audit| {
        let told = audit["lines"].as_array()?.iter().find(|line| line["event"] == "quarantineGivenUp")?;
        Some((told["actor"].clone(), told["detail"].as_str()?.to_owned()))
    });
    assert_eq!(told.0, client.id.to_string());
    assert!(told.1.starts_with("2 uploads"), "{}", told.1);
    assert_eq!(client.put_upload(&server, more, b"0 more").status, 201);
    let again = client.put_upload(&server, uploads[0].0, uploads[0].1);
    assert_eq!(again.status, 200, "what was given up was taken, and is not taken again");
    let shown = server.api("/api/v1/uploads");
    let shown = |upload: Uuid| {
        let found = shown.as_array().unwrap().iter().find(|row| row["upload"] == upload.to_string());
        found.unwrap()["givenUpAt"].is_string()
    };
    assert_eq!(uploads.map(|(upload, _)| shown(upload)), [true, true, false, false]);
    assert!(archived(data.path(), uploads[0].1).exists(), "another client's upload has the same octets");
    let deadline = Instant::now() + Duration::from_secs(30);
    while archived(data.path(), uploads[1].1).exists() {
        assert!(Instant::now() < deadline, "its octets stay");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(archived(data.path(), uploads[2].1).exists());
}
