//! What one client may have of uploads that are not closed: how many, how much, and what goes first.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_server::ServerConfig;
use remote_services_transport::document::{ContentDigest, names};
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::http::Answer;
use support::{Client, TestServer, folder, uuid7};
use uuid::Uuid;

fn put(server: &TestServer, client: &Client, upload: Uuid, part: u32, octets: &[u8]) -> Answer {
    let path = client.path(&format!("/uploads/{upload}/parts/{part}"));
    client.call(server, "PUT", &path).sealed(octets).send()
}

fn look(server: &TestServer, client: &Client, upload: Uuid) -> Answer {
    client.call(server, "HEAD", &client.path(&format!("/uploads/{upload}"))).send()
}

fn archived(data: &Path, octets: &[u8]) -> PathBuf {
    let digest = ContentDigest::of(octets).to_hex();
    data.join("archive/sha-256").join(&digest[..2]).join(&digest[2..])
}

fn given_up(server: &TestServer) -> Vec<String> {
    let audit = server.api("/api/v1/audit");
    let lines = audit["lines"].as_array().unwrap().iter();
    let told = lines.filter(|line| line["event"] == "partsGivenUp");
    told.map(|line| line["detail"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_upload_more_than_may_be_open_takes_the_place_of_the_one_left_alone_for_the_longest() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    (config.max_open_uploads, config.open_idle) = (2, Duration::ZERO);
    let server = TestServer::start_with(config);
    let (client, other) = (server.enrol("default"), server.enrol("default"));
    let [first, second, third, others] = [(); 4].map(|()| uuid7());
    assert_eq!(put(&server, &other, others, 1, b"0 shared").status, 201);
    assert_eq!(put(&server, &client, first, 1, b"0 first").status, 201);
    assert_eq!(put(&server, &client, first, 2, b"0 shared").status, 201);
    assert_eq!(put(&server, &client, second, 1, b"0 second").status, 201);
    assert!(given_up(&server).is_empty(), "within the bounds nothing goes");
    assert_eq!(put(&server, &client, third, 1, b"0 third").status, 201);

    assert_eq!(look(&server, &client, first).status, 404);
    for upload in [second, third] {
        assert_eq!(look(&server, &client, upload).header(names::PARTS), Some("(1 1)"));
    }
    let told = given_up(&server);
    assert!(told.len() == 1 && told[0].starts_with(&first.to_string()), "{told:?}");
    assert!(told[0].contains(&third.to_string()), "{told:?}");
    assert!(!archived(data.path(), b"0 first").exists());
    assert!(archived(data.path(), b"0 shared").exists(), "another client's upload has the same octets");
    assert_eq!(look(&server, &other, others).header(names::PARTS), Some("(1 1)"));

    // A part for the second, so that the third is the one that was left alone for longer.
    assert_eq!(put(&server, &client, second, 2, b"0 more").status, 201);
    assert_eq!(put(&server, &client, first, 1, b"0 first").status, 201);
    assert_eq!(look(&server, &client, third).status, 404);
    assert_eq!(look(&server, &client, second).header(names::PARTS), Some("(1 2)"));
}

#[test]
fn what_still_gets_parts_is_never_given_up_and_the_client_is_told_when_to_come_again() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    (config.max_open_uploads, config.open_idle) = (2, Duration::from_secs(600));
    let server = TestServer::start_with(config);
    let client = server.enrol("default");
    let (first, second) = (uuid7(), uuid7());
    assert_eq!(put(&server, &client, first, 1, b"0 first").status, 201);
    assert_eq!(put(&server, &client, second, 1, b"0 second").status, 201);
    let third = put(&server, &client, uuid7(), 1, b"0 third");
    assert_eq!((third.status, third.problem().as_str()), (429, "busy"));
    let wait: u64 = third.header("retry-after").unwrap().parse().unwrap();
    assert!((500..=600).contains(&wait), "{wait}");
    assert!(given_up(&server).is_empty());
    assert_eq!(put(&server, &client, first, 2, b"0 more").status, 201, "those that are open go on");
    assert_eq!(look(&server, &client, second).header(names::PARTS), Some("(1 1)"));
}

#[test]
fn the_octets_of_open_uploads_are_bounded_before_they_are_received_and_count_no_more_once_closed() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    (config.max_open_octets, config.open_idle) = (1_000, Duration::from_secs(600));
    let server = TestServer::start_with(config);
    let client = server.enrol("default");
    let (first, second) = (uuid7(), uuid7());
    assert_eq!(put(&server, &client, first, 1, &[b'0'; 600]).status, 201);
    // Only the head is sent: who waits for the body would not answer.
    let announce = |upload: Uuid, part: u32| {
        let path = client.path(&format!("/uploads/{upload}/parts/{part}"));
        let answer = client.call(&server, "PUT", &path).sealed(b"").announce(401).send();
        (answer.status, answer.problem())
    };
    assert_eq!(announce(second, 1), (429, "busy".to_owned()));
    assert_eq!(announce(first, 2), (413, "too-large".to_owned()));
    assert_eq!(put(&server, &client, first, 1, &[b'0'; 600]).status, 200, "what is there is known");

    let list = client.path(&format!("/uploads/{first}"));
    let closed = client.call(&server, "PUT", &list).sealed(b"0 list").header(names::PARTS, "(1 1)").send();
    assert_eq!(closed.status, 201, "{}", closed.text());
    assert_eq!(put(&server, &client, second, 1, &[b'0'; 1_000]).status, 201);
}
