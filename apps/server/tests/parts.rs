//! Logs in parts: resumed after failures on either side, closed once, opened once, bounded.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_payload::seal::Certificate;
use remote_services_server::ServerConfig;
use remote_services_transport::client::ClientConfig;
use remote_services_transport::client::blocking::{
    Client as RealClient, PartSource, PartsEnd, PartsFailure, PartsUploader, SealedPart, SourceError,
    StopFlag,
};
use remote_services_transport::document::{Directory, names};
use remote_services_transport::enrol::Identity;
use remote_services_transport::parts::{PartsFolder, SealedDigest};
use remote_services_transport::pem;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use support::log::Log;
use support::payload::encryption_certificate;
use support::program::Program;
use support::{Client, TestServer, folder, uuid7};

fn identity(client: &Client, ca_pem: &str) -> Identity {
    let key = client.key.serialize_pem();
    Identity::from_pem(&pem::certificate_to_pem(&client.certificate), &key, ca_pem).unwrap()
}

fn real(client: &Client, url: &str, ca_pem: &str) -> RealClient {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    RealClient::new(ClientConfig::new(url.parse().unwrap(), provider), &identity(client, ca_pem)).unwrap()
}

fn send(client: &RealClient, folder: &mut PartsFolder, log: &mut Log) -> PartsEnd {
    let stop = StopFlag::new();
    PartsUploader::new(client, &stop).send(folder, log, &mut |_, _| {}).unwrap()
}

#[test]
fn a_log_in_parts_is_closed_opened_and_listed_with_what_it_is() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let real = real(&client, server.running().device_url(), &server.running().ca_pem());
    assert!(real.directory().unwrap().features.contains("parts"));
    let recipient = encryption_certificate(&server, &client);
    let mut log = Log::new(&client, recipient, uuid7(), 250_000, 100_000);
    let path = data.path().join("client/log");
    std::fs::create_dir_all(data.path().join("client")).unwrap();
    let mut parts = PartsFolder::open(&path, log.transfer, log.parts(), "trace").unwrap();
    let PartsEnd::Stored(receipt) = send(&real, &mut parts, &mut log) else { panic!("not stored") };
    assert_eq!(receipt.upload, log.transfer);
    let again = send(&real, &mut parts, &mut log);
    assert_eq!(again, PartsEnd::Stored(receipt), "the answer was lost: the same receipt");
    assert_eq!(log.sealed, 3);
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 3, "head, digests and list: no part stays");
    let row = opened(&|path| server.api(path), log.transfer);
    assert_eq!((&row["state"], &row["parts"]), (&"opened".into(), &3.into()), "{row}");
    assert_eq!(row["kinds"][0], "engineering");
    assert_eq!((&row["log"]["name"], &row["log"]["length"]), (&"trace.log".into(), &250_000.into()));
    parts.remove().unwrap();
}

/// The upload's row as soon as the worker is done with it.
fn opened(api: &dyn Fn(&str) -> Value, upload: uuid::Uuid) -> Value {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        let rows = api("/api/v1/uploads");
        let row = rows.as_array().unwrap().iter().find(|row| row["upload"] == upload.to_string());
        if let Some(row) = row.filter(|row| row["state"] != "received") {
            return row.clone();
        }
        assert!(std::time::Instant::now() < deadline, "never opened: {rows}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn parts_that_do_not_make_the_listed_log_are_quarantined_with_the_reason() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let real = real(&client, server.running().device_url(), &server.running().ca_pem());
    let recipient = encryption_certificate(&server, &client);
    let mut log = Log::new(&client, recipient, uuid7(), 2_000, 1_000);
    // Part 1 arrives from an earlier run whose digests were lost; the folder believes in another sealing of it.
    let (first, second) = (folder(), folder());
    let mut forgotten = PartsFolder::open(first.path(), log.transfer, 2, "trace").unwrap();
    let stop = StopFlag::new();
    let died = PartsUploader::new(&real, &stop).send(&mut forgotten, &mut Cut(&mut log), &mut |_, _| {});
    assert!(matches!(died, Err(PartsFailure::Source(_))));
    let mut parts = PartsFolder::open(second.path(), log.transfer, 2, "trace").unwrap();
    let other = PartSource::part(&mut log, 1, &[]).unwrap();
    parts.keep(1, other.length, &other.octets).unwrap();
    assert!(matches!(send(&real, &mut parts, &mut log), PartsEnd::Stored(_)));
    let row = opened(&|path| server.api(path), log.transfer);
    assert_eq!(row["state"], "quarantined", "{row}");
    assert!(row["reason"].as_str().unwrap().contains("part 1"), "{row}");
}

/// Seals part 1 and then stops its client as if it had died.
struct Cut<'a>(&'a mut Log);

impl PartSource for Cut<'_> {
    fn part(&mut self, part: u32, before: &[SealedDigest]) -> Result<SealedPart, SourceError> {
        if part > 1 { Err("died here".into()) } else { self.0.part(part, before) }
    }

    fn list(&mut self, parts: &[SealedDigest]) -> Result<Vec<u8>, SourceError> {
        self.0.list(parts)
    }
}

#[test]
fn parts_are_bounded_and_a_list_closes_only_what_is_whole() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    (config.part_size, config.max_open_uploads) = (1_000, 2);
    let server = TestServer::start_with(config);
    let client = server.enrol("default");
    let directory: Directory =
        serde_json::from_slice(&client.call(&server, "GET", "/rs/v1/").send().body).unwrap();
    assert_eq!((directory.limits.part_size, directory.limits.max_open_uploads), (1_000, 2));
    let part = |upload: uuid::Uuid, part: &str, octets: &[u8]| {
        let path = client.path(&format!("/uploads/{upload}/parts/{part}"));
        let answer = client.call(&server, "PUT", &path).sealed(octets).send();
        (answer.status, answer.text())
    };
    let (first, second) = (uuid7(), uuid7());
    assert_eq!(part(first, "1", b"0 one").0, 201);
    assert_eq!(part(first, "1", b"0 one").0, 200);
    let other = part(first, "1", b"0 other");
    assert!(other.0 == 409 && other.1.contains("otherBytes"), "{other:?}");
    assert_eq!(part(first, "3", b"0 three").0, 201);
    assert_eq!(part(first, "2", &vec![b'0'; 1_001]).0, 413);
    for wrong in ["0", "4097", "x", "-1"] {
        assert_eq!(part(first, wrong, b"0").0, 413, "{wrong}");
    }
    assert_eq!(part(second, "1", b"0 one").0, 201);
    let third = part(uuid7(), "1", b"0 one");
    assert_eq!(third.0, 429, "{third:?}");

    let path = client.path(&format!("/uploads/{first}"));
    let look = client.call(&server, "HEAD", &path).send();
    assert_eq!((look.status, look.header(names::PARTS)), (204, Some("(1 1), (3 3)")));
    let close = |parts: &str| {
        let call = client.call(&server, "PUT", &path).sealed(b"0 list").header(names::PARTS, parts);
        let answer = call.send();
        (answer.status, answer.text())
    };
    for (parts, status, word) in [
        ("(1 3)", 409, "part 2 of 3"),
        ("(1 1)", 409, "beyond 1"),
        ("(2 3)", 400, "all parts"),
        ("all", 400, "all parts"),
    ] {
        let answer = close(parts);
        assert!(answer.0 == status && answer.1.contains(word), "{parts}: {answer:?}");
    }
    assert_eq!(part(first, "2", b"0 two").0, 201);
    assert_eq!(close("(1 3)").0, 201);
    assert_eq!(close("(1 3)").0, 200);
    assert_eq!(part(first, "2", b"0 two").0, 200, "a part that comes late is known");
    assert_eq!(part(first, "4", b"0 four").0, 409, "nothing is added to what is closed");
    assert_eq!(part(uuid7(), "1", b"0 one").0, 201, "the closed one counts no more");
}

#[test]
fn parts_of_an_upload_that_is_never_closed_are_given_up() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let upload = uuid7();
    let path = client.path(&format!("/uploads/{upload}/parts/1"));
    assert_eq!(client.call(&server, "PUT", &path).sealed(b"0 one").send().status, 201);
    server.stop();
    let digest = remote_services_transport::document::ContentDigest::of(b"0 one").to_hex();
    let file = data.path().join("archive/sha-256").join(&digest[..2]).join(&digest[2..]);
    assert!(file.exists());
    let mut config = ServerConfig::new(data.path());
    config.keep_parts = Duration::ZERO;
    let server = TestServer::start_with(config);
    server.api_until("/api/v1/audit", |audit| {
        audit["lines"].as_array()?.iter().find(|line| line["event"] == "partsGivenUp").map(|_| ())
    });
    let path = client.path(&format!("/uploads/{upload}"));
    assert_eq!(client.call(&server, "HEAD", &path).send().status, 404);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while file.exists() {
        assert!(std::time::Instant::now() < deadline, "the archived part stays");
        std::thread::sleep(Duration::from_millis(10));
    }
}

const FOLDER: &str = "REMOTE_SERVICES_PARTS_TEST_FOLDER";
const URL: &str = "REMOTE_SERVICES_PARTS_TEST_URL";
const LENGTH: u64 = 3_000_000;
const PART: usize = 50_000;

/// Uploads the log in the folder until it is killed or done.
fn upload_until_killed(folder: &Path, url: &str) {
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let key = rcgen::KeyPair::from_pem(&String::from_utf8(read("key.pem")).unwrap()).unwrap();
    let client = Client { id: uuid::Uuid::nil(), certificate: read("certificate.der"), key };
    let id = remote_services_transport::enrol::client_name(&client.certificate).unwrap();
    let client = Client { id, ..client };
    let real = real(&client, url, &String::from_utf8(read("ca.pem")).unwrap());
    let recipient = Certificate::from_der(&read("recipient.der")).unwrap();
    let parts = u32::try_from(LENGTH.div_ceil(PART as u64)).unwrap();
    let mut parts = PartsFolder::open(&folder.join("log"), uuid7(), parts, "trace").unwrap();
    let mut log = Log::new(&client, recipient, parts.upload(), LENGTH, PART);
    let stop = StopFlag::new();
    let mut told = std::io::stdout().lock();
    let end = PartsUploader::new(&real, &stop)
        .with_patience(remote_services_core::backoff::Backoff::new(Duration::ZERO, Duration::ZERO), 1)
        .send(&mut parts, &mut log, &mut |present, _| {
            writeln!(told, "\npresent {present}").and_then(|()| told.flush()).unwrap();
        })
        .unwrap();
    let ended = matches!(end, PartsEnd::Stored(_));
    writeln!(told, "\n{} {}", if ended { "stored" } else { "ended" }, parts.upload()).unwrap();
}

fn uploading(folder: &Path, url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "killed_on_both_sides_a_log_arrives_whole_and_once"])
        .env(FOLDER, folder)
        .env(URL, url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_on_both_sides_a_log_arrives_whole_and_once() {
    if let (Some(folder), Ok(url)) = (std::env::var_os(FOLDER), std::env::var(URL)) {
        return upload_until_killed(Path::new(&folder), &url);
    }
    let (data, home) = (folder(), folder());
    let mut program = Program::serve(data.path());
    let client = program.enrol(data.path());
    let directory = program.call("GET", "/rs/v1/").identity(&client.certificate, &client.key).send();
    let directory: Directory = serde_json::from_slice(&directory.body).unwrap();
    let write = |name: &str, octets: &[u8]| std::fs::write(home.path().join(name), octets).unwrap();
    write("key.pem", client.key.serialize_pem().as_bytes());
    write("certificate.der", &client.certificate);
    write("ca.pem", program.ca.as_bytes());
    write("recipient.der", &directory.encryption_certificates[0].certificate.0);

    let (mut rounds, mut most) = (0, 0);
    let upload = loop {
        rounds += 1;
        assert!(rounds < 200, "it never ends");
        let mut child = uploading(home.path(), &format!("https://{}", program.device));
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Killed a few parts further each time, the client and the server in turn, now and then both.
        let (mut steps, mut stored) = (0, None);
        for line in lines.by_ref() {
            if let Some(upload) = line.strip_prefix("stored ") {
                stored = Some(upload.parse::<uuid::Uuid>().unwrap());
            } else if let Some(present) = line.strip_prefix("present ") {
                most = most.max(present.parse().unwrap());
                steps += 1;
                if steps == 3 + rounds % 5 && rounds < 12 {
                    if rounds % 3 != 1 {
                        program.child.kill().unwrap();
                    }
                    if rounds % 3 != 2 {
                        child.kill().unwrap();
                    }
                }
            }
        }
        child.wait().unwrap();
        if program.child.try_wait().unwrap().is_some() {
            program = Program::serve(data.path());
        }
        if let Some(upload) = stored {
            break upload;
        }
    };
    assert!(rounds >= 5, "it was interrupted {rounds} times only");
    assert_eq!(most, 60);
    let row = opened(&|path| program.api(path), upload);
    assert_eq!((&row["state"], &row["log"]["length"]), (&"opened".into(), &LENGTH.into()), "{row}");
    assert_eq!(program.api("/api/v1/uploads").as_array().unwrap().len(), 1);
}
