//! What one client may have of what waits to be opened and of the quarantine, and that clients take turns.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_transport::document::ContentDigest;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::path::{Path, PathBuf};
use support::{Client, TestServer, folder, uuid7};

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
