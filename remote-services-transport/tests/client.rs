//! The client and a server that behaves: enrolment, documents, uploads, commands, and the connections they use.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

mod support;

use remote_services_core::command::{Action, CommandState};
use remote_services_core::time::Timestamp;
use remote_services_transport::certs_only;
use remote_services_transport::client::ClientError;
use remote_services_transport::client::blocking::{Client, DeviceOutcome, Enrolled, FetchedCommand, enrol};
use remote_services_transport::document::{
    ClientDescription, ContentDigest, DeviceEvidence, Execution, NextPoll, ProblemKind, Receipt,
};
use remote_services_transport::enrol::{EnrolError, EnrolOutcome};
use remote_services_transport::execution::ReportOutcome;
use remote_services_transport::poll::{Poll, PollOutcome};
use remote_services_transport::registration_key::{OneTimeKey, RegistrationKey, ServerUrl, SpkiPin};
use remote_services_transport::upload::UploadOutcome;
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, PROBLEM, SIGNED, Server, answer, server_tls};
use uuid::Uuid;

fn start(
    authority: &Authority,
    mutual: bool,
    serve: impl Fn(&support::Seen, &mut support::Tls) -> std::io::Result<bool> + Send + Sync + 'static,
) -> Server {
    Server::start(server_tls(authority, mutual, authority.server("localhost", |_| {})), serve)
}

fn registration(server: &Server, authority: &Authority) -> RegistrationKey {
    RegistrationKey {
        server: ServerUrl::new("localhost", server.listener.address.port()).unwrap(),
        pin: SpkiPin::of_certificate(&authority.certificate).unwrap(),
        key: OneTimeKey::from_random([5; 16]),
    }
}

/// An EST server that knows one key.
fn est(authority: &Arc<Authority>) -> Server {
    let issuer = Arc::clone(authority);
    start(authority, false, move |seen, tls| {
        if seen.line.starts_with("GET /.well-known/est/cacerts ") {
            let other = Authority::new();
            let body = certs_only::write(&[&other.certificate, &issuer.certificate]);
            return answer(tls, 200, "content-type: application/pkcs7-mime\r\n", body.as_bytes());
        }
        let key = OneTimeKey::from_basic(seen.field("authorization").unwrap()).unwrap();
        if !key.equals(&OneTimeKey::from_random([5; 16])) {
            let problem = format!(r#"{{"type":"{}"}}"#, ProblemKind::RegistrationKey.uri());
            return answer(tls, 401, "content-type: application/problem+json\r\n", problem.as_bytes());
        }
        let request = certs_only::from_base64_lines(&seen.body).unwrap();
        let issued = issuer.issue(&request, Uuid::from_u128(9));
        answer(tls, 200, "", certs_only::write(&[&issuer.certificate, &issued]).as_bytes())
    })
}

#[test]
fn a_registration_key_becomes_an_identity_that_works() {
    let authority = Arc::new(Authority::new());
    let server = est(&authority);
    let key = support::client_key();
    let enrolled = enrol(&server.config(), &registration(&server, &authority), &key).unwrap();
    let Enrolled::Issued(identity) = enrolled else { panic!("not issued") };
    assert_eq!(identity.client, Uuid::from_u128(9));
    assert_eq!(
        identity.anchors.certificates(),
        std::slice::from_ref(&authority.certificate),
        "the other anchor is not believed"
    );

    let directory = br#"{"serverTime":"2026-11-22T10:00:00Z"}"#;
    let mutual = start(&authority, true, |_, tls| answer(tls, 200, "etag: \"1\"\r\n", directory));
    let client = Client::new(mutual.config(), &identity).unwrap();
    assert_eq!(client.directory().unwrap().server_time, Timestamp::from_unix_seconds(1_795_341_600));
}

#[test]
fn the_one_time_key_goes_to_nobody_but_the_pinned_server() {
    let authority = Arc::new(Authority::new());
    let server = est(&authority);
    let mut registration = registration(&server, &authority);
    registration.pin = SpkiPin::from_bytes([1; 32]);
    let error = enrol(&server.config(), &registration, &support::client_key()).err().unwrap();
    assert!(matches!(error, ClientError::Enrol(EnrolError::WrongAnchor)), "{error}");
    assert!(server.seen().iter().all(|seen| seen.field("authorization").is_none()));

    // Somebody in between may pass the real anchors on, but cannot show a certificate that leads to them.
    let issuer = Arc::clone(&authority);
    let between = start(&Authority::new(), false, move |_, tls| {
        answer(tls, 200, "", certs_only::write(&[&issuer.certificate]).as_bytes())
    });
    registration.server = ServerUrl::new("localhost", between.listener.address.port()).unwrap();
    registration.pin = SpkiPin::of_certificate(&authority.certificate).unwrap();
    let error = enrol(&server.config(), &registration, &support::client_key()).err().unwrap();
    assert!(error.to_string().contains("unknown issuer"), "{error}");
    assert!(between.seen().iter().all(|seen| seen.field("authorization").is_none()));
}

#[test]
fn a_used_key_is_refused_in_words() {
    let authority = Arc::new(Authority::new());
    let server = est(&authority);
    let registration =
        RegistrationKey { key: OneTimeKey::from_random([6; 16]), ..registration(&server, &authority) };
    let error = enrol(&server.config(), &registration, &support::client_key()).err().unwrap();
    assert!(error.to_string().starts_with("the server does not accept the registration key"), "{error}");
}

#[test]
fn a_renewed_certificate_must_be_for_the_same_client() {
    let authority = Arc::new(Authority::new());
    for (name, fits) in [(7, true), (8, false)] {
        let issuer = Arc::clone(&authority);
        let server = start(&authority, true, move |seen, tls| {
            assert!(seen.line.starts_with("POST /.well-known/est/simplereenroll "));
            let issued =
                issuer.issue(&certs_only::from_base64_lines(&seen.body).unwrap(), Uuid::from_u128(name));
            answer(tls, 200, "", certs_only::write(&[&issued]).as_bytes())
        });
        let client = Client::new(server.config(), &authority.client()).unwrap();
        let renewed = client.renew(&support::client_key());
        assert_eq!(matches!(renewed, Ok(EnrolOutcome::Issued(..))), fits);
    }
}

/// Stores uploads as the protocol says.
fn store(
    uploads: &Mutex<HashMap<String, ContentDigest>>,
    seen: &support::Seen,
    tls: &mut support::Tls,
) -> std::io::Result<bool> {
    let path = seen.line.split(' ').nth(1).unwrap().to_owned();
    let digest = ContentDigest::of(&seen.body);
    assert_eq!(seen.field("content-digest"), Some(&*digest.to_string()));
    assert_eq!(seen.field("if-none-match"), Some("*"));
    assert_eq!(seen.field("content-type"), Some("application/vnd.remote-services.sealed"));
    let upload = path.rsplit('/').next().unwrap().parse().unwrap();
    let known = uploads.lock().unwrap().insert(path, digest);
    let receipt = Receipt { upload, digest, stored_at: Timestamp::from_unix_seconds(1) };
    let body = serde_json::to_vec(&receipt).unwrap();
    let fields = format!("content-digest: {}\r\n", ContentDigest::of(&body));
    answer(tls, if known.is_some() { 200 } else { 201 }, &fields, &body)
}

#[test]
fn uploads_share_a_connection_and_know_duplicates() {
    let authority = Authority::new();
    let uploads = Arc::new(Mutex::new(HashMap::new()));
    let stored = Arc::clone(&uploads);
    let server = start(&authority, true, move |seen, tls| store(&stored, seen, tls));
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let large = vec![7; 300_000];
    for (id, bytes, again) in [(1, &b"small"[..], false), (2, &large, false), (1, b"small", true)] {
        let outcome = client.upload(Uuid::from_u128(id), bytes).unwrap();
        let UploadOutcome::Stored { duplicate, receipt } = outcome else { panic!("{outcome:?}") };
        assert_eq!((duplicate, receipt.digest), (again, ContentDigest::of(bytes)));
    }
    assert_eq!(server.listener.count(), 1);
    assert_eq!(uploads.lock().unwrap().len(), 2);
}

#[test]
fn a_connection_that_the_server_closed_while_idle_is_replaced() {
    let authority = Authority::new();
    let server = start(&authority, true, |_, tls| answer(tls, 204, "", b"").map(|_| false));
    let client = Client::new(server.config(), &authority.client()).unwrap();
    for _ in 0..3 {
        client.describe(&ClientDescription::default()).unwrap();
    }
    assert_eq!(server.listener.count(), 3);
    assert_eq!(server.seen().len(), 3, "nothing was sent twice");
}

#[test]
fn a_connection_that_is_cut_is_told_in_words_of_ours() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let server = support::Listener::start(move |tcp| {
        let mut tls = rustls::StreamOwned::new(rustls::ServerConnection::new(Arc::clone(&tls)).unwrap(), tcp);
        tls.read(&mut [0; 4096]).map(drop)
    });
    let client = Client::new(support::config(server.address), &authority.client()).unwrap();
    let error = client.directory().unwrap_err();
    let ClientError::Lost { source, .. } = &error else { panic!("{error:?}") };
    assert_eq!(source.kind(), std::io::ErrorKind::UnexpectedEof);
    assert!(error.to_string().ends_with("closed at the other end, or cut in between"), "{error}");
    assert!(!error.to_string().contains("://"), "{error}");
}

/// Answers after the first octets of the request; then reads on, or closes with octets unread, which resets the connection.
fn hasty(authority: &Authority, reads_on: bool) -> support::Listener {
    let tls = server_tls(authority, true, authority.server("localhost", |_| {}));
    support::Listener::start(move |tcp| {
        let mut tls = rustls::StreamOwned::new(rustls::ServerConnection::new(Arc::clone(&tls)).unwrap(), tcp);
        let _ = tls.read(&mut [0; 1000])?;
        tls.write_all(b"HTTP/1.1 413 Too large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")?;
        tls.conn.send_close_notify();
        tls.flush()?;
        if reads_on {
            std::io::copy(&mut tls, &mut std::io::sink())?;
        }
        Ok(())
    })
}

#[test]
fn a_body_that_the_server_does_not_want_to_read_still_gets_its_answer() {
    let authority = Authority::new();
    // Only where the system keeps what came before a reset can the hastier one be understood.
    for reads_on in if cfg!(target_os = "linux") { &[true, false][..] } else { &[true] } {
        let server = hasty(&authority, *reads_on);
        let client = Client::new(support::config(server.address), &authority.client()).unwrap();
        for _ in 0..5 {
            let outcome = client.upload(Uuid::from_u128(1), &vec![1; 4 << 20]).unwrap();
            let UploadOutcome::PassedOver { why } = &outcome else { panic!("{outcome:?}") };
            assert!(why.contains("status 413"), "{why}");
        }
    }
}

#[test]
fn devices_are_known_merged_or_in_conflict() {
    let authority = Authority::new();
    let server =
        start(&authority, true, |seen, tls| match seen.line.split(' ').nth(1).unwrap().chars().last() {
            Some('1') => answer(tls, 201, "", b""),
            Some('2') => {
                let to = "location: /rs/v1/clients/x/devices/00000000-0000-0000-0000-000000000001\r\n";
                answer(tls, 308, to, b"")
            }
            _ => answer(tls, 409, "", br#"{"candidates":["00000000-0000-0000-0000-000000000001"]}"#),
        });
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let put = |device| client.put_device(Uuid::from_u128(device), &DeviceEvidence::default()).unwrap();
    assert_eq!(put(1), DeviceOutcome::Known);
    assert_eq!(put(2), DeviceOutcome::Merged(Uuid::from_u128(1)));
    assert_eq!(put(3), DeviceOutcome::Conflict(vec![Uuid::from_u128(1)]));
}

const COMMAND: &str = r#"{"id":"00000000-0000-0000-0000-000000000003","client":"00000000-0000-0000-0000-000000000007",
    "action":"restart","issuedAt":"2026-11-22T10:00:00Z","expiresAt":"2026-11-23T10:00:00Z","issuer":"o","nonce":"AAAA"}"#;

#[test]
fn a_command_is_listed_fetched_verified_and_reported() {
    let authority = Authority::new();
    let server = start(&authority, true, |seen, tls| {
        let path = seen.line.split(' ').nth(1).unwrap();
        if path.ends_with("/commands") {
            let fields = "etag: \"5\"\r\nremote-services-next-poll: 30\r\n";
            let list = br#"{"commands":[{"id":"00000000-0000-0000-0000-000000000003","state":"queued"}]}"#;
            return match seen.field("if-none-match") {
                Some("\"5\"") => answer(tls, 304, fields, b""),
                _ => answer(tls, 200, fields, list),
            };
        }
        if path.ends_with("/execution") {
            return match seen.field("if-match") {
                Some("\"b\"") => answer(tls, 200, "etag: \"c\"\r\n", b""),
                _ => answer(tls, 412, "etag: \"b\"\r\n", b""),
            };
        }
        if path.ends_with("9") {
            answer(tls, 404, PROBLEM, b"")
        } else {
            answer(tls, 200, SIGNED, COMMAND.as_bytes())
        }
    });
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let mut poll = Poll::new(client.id(), NextPoll { seconds: 900, jitter: 0 });
    let (outcome, wait) = client.commands(&mut poll, Some(Duration::from_secs(50)));
    let PollOutcome::Commands(list) = outcome else { panic!("{outcome:?}") };
    assert_eq!(wait, Duration::from_secs(30));
    assert_eq!(client.commands(&mut poll, None).0, PollOutcome::Nothing);

    let id = list.commands[0].id;
    let trusting = |media: &str, body: &[u8]| {
        if SIGNED.contains(media) { Ok(body.to_vec()) } else { Err("media".into()) }
    };
    let FetchedCommand::Verified(command) = client.command(id, &trusting).unwrap() else {
        panic!("not verified")
    };
    assert_eq!((command.id, &command.action), (id, &Action::Restart));
    let strict = |_: &str, _: &[u8]| Err::<Vec<u8>, String>("not signed".into());
    assert_eq!(client.command(id, &strict).unwrap(), FetchedCommand::BadSignature("not signed".into()));
    let other = client.command(Uuid::from_u128(4), &trusting).unwrap();
    assert!(matches!(other, FetchedCommand::BadSignature(_)), "a signed command under another's name");
    assert_eq!(client.command(Uuid::from_u128(9), &trusting).unwrap(), FetchedCommand::Gone);

    let mut etag = Some("\"a\"".to_owned());
    let execution = Execution::in_state(CommandState::Accepted);
    let outcome = client.report(id, &execution, &mut etag).unwrap();
    assert_eq!(outcome, ReportOutcome::Taken { etag: Some("\"c\"".into()) });
    assert_eq!(etag.as_deref(), Some("\"c\""));
}
