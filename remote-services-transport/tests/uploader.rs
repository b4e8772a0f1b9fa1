//! A spool, an uploader and a server that fails in every way: in the end the server has each payload exactly once.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

#[path = "support/sealed.rs"]
mod sealed;
mod support;

use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::blocking::{
    Client, DrainEnd, DrainReport, StopFlag, UploadEvent, Uploader,
};
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};
use sealed::sealed;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, Server, answer, server_tls};
use uuid::Uuid;

/// What a server keeps: all bodies that came under one name.
type Stored = Arc<Mutex<BTreeMap<Uuid, Vec<Vec<u8>>>>>;

/// A server that keeps what it is sent, and on its n-th request does what `mishap` says.
fn start(
    authority: &Authority,
    mishap: impl Fn(usize, &mut support::Tls) -> io::Result<Option<bool>> + Send + Sync + 'static,
) -> (Server, Stored) {
    let stored = Stored::default();
    let (kept, count) = (Arc::clone(&stored), AtomicUsize::new(0));
    let tls = server_tls(authority, true, authority.server("localhost", |_| {}));
    let server = Server::start(tls, move |seen, tls| {
        if seen.line.starts_with("GET ") {
            return answer(tls, 200, "", b"{}");
        }
        let path = seen.line.split(' ').nth(1).unwrap();
        let upload: Uuid = path.rsplit('/').next().unwrap().parse().unwrap();
        if seen.body == sealed(b"too large") {
            return answer(tls, 413, "content-type: text/html\r\n", b"<html>nginx</html>");
        }
        if seen.body == sealed(b"refuse me") {
            let fields = "content-type: application/problem+json\r\n";
            return answer(tls, 422, fields, br#"{"title":"unreadable","entry":"status.xml"}"#);
        }
        let number = count.fetch_add(1, Ordering::SeqCst);
        if number % 5 == 1
            && let Some(more) = mishap(number, tls)?
        {
            return Ok(more);
        }
        let mut kept = kept.lock().unwrap();
        let known = kept.entry(upload).or_default();
        let duplicate = known.contains(&seen.body);
        if !duplicate {
            known.push(seen.body.clone());
        }
        if number % 5 == 3
            && let Some(more) = mishap(number, tls)?
        {
            return Ok(more);
        }
        let digest = ContentDigest::of(&seen.body);
        let receipt = Receipt { upload, digest, stored_at: Timestamp::from_unix_seconds(1) };
        answer(tls, if duplicate { 200 } else { 201 }, "", &serde_json::to_vec(&receipt).unwrap())
    });
    (server, stored)
}

fn spool(folder: &tempfile::TempDir, payloads: u128) -> Mutex<Spool> {
    let mut spool = Spool::open(folder.path(), SpoolLimits::default()).unwrap().0;
    for number in 0..payloads {
        let payload = sealed(format!("payload {number}").as_bytes());
        spool.append(Class::Report, Uuid::from_u128(number), SealedPayload::new(&payload).unwrap()).unwrap();
    }
    Mutex::new(spool)
}

const FAST: Backoff = Backoff::new(Duration::from_millis(1), Duration::from_millis(4));

#[test]
fn every_payload_arrives_exactly_once_whatever_happens_on_the_way() {
    let authority = Authority::new();
    // Before storing: a passing error, nonsense, silence. After storing: the answer is lost.
    let (server, stored) = start(&authority, |number, tls| match number % 4 {
        0 => answer(tls, 503, "", b"").map(Some),
        1 => Err(io::ErrorKind::ConnectionAborted.into()),
        2 => tls
            .get_mut()
            .write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{")
            .map(|()| Some(false)),
        _ => answer(tls, 500, "", b"").map(Some),
    });
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, 40);
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let stop = StopFlag::new();
    let (mut events, mut waits) = (Vec::new(), 0);
    let report = Uploader::new(&client, &spool, &stop)
        .with_patience(FAST, 10)
        .drain(&mut |event| match event {
            UploadEvent::Stored { entry, .. } => events.push(entry.id.as_u128()),
            UploadEvent::Waiting { .. } => waits += 1,
            _ => {}
        })
        .unwrap();
    assert_eq!((report.stored, report.set_aside, report.end), (40, 0, DrainEnd::Empty));
    assert!(report.duplicates > 0 && waits > 10, "the mishaps happened: {waits}");
    assert_eq!(events, (0..40).collect::<Vec<_>>(), "in their order");
    let stored = stored.lock().unwrap();
    assert_eq!(stored.len(), 40);
    assert!(
        stored.iter().all(|(id, bodies)| *bodies == [sealed(format!("payload {}", id.as_u128()).as_bytes())])
    );
    assert_eq!(spool.lock().unwrap().receipts().unwrap().len(), 40);
}

#[test]
fn what_is_not_allowed_any_more_ends_before_the_next_payload() {
    let authority = Authority::new();
    let (server, stored) = start(&authority, |_, _| Ok(None));
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, 3);
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let stop = StopFlag::new();
    let allowed = || stored.lock().unwrap().len() < 2;
    let report = Uploader::new(&client, &spool, &stop).while_allowed(&allowed).drain(&mut |_| {}).unwrap();
    assert_eq!((report.stored, report.end), (2, DrainEnd::Halted));
    assert_eq!(spool.lock().unwrap().pending().len(), 1, "the other waits");
}

#[test]
fn a_refused_payload_does_not_block_the_others() {
    let authority = Authority::new();
    let (server, stored) = start(&authority, |_, _| Ok(None));
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, 3);
    let payload = sealed(b"refuse me");
    let payload = SealedPayload::new(&payload).unwrap();
    spool.lock().unwrap().append(Class::Meter, Uuid::from_u128(99), payload).unwrap();
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let stop = StopFlag::new();
    let report = Uploader::new(&client, &spool, &stop).with_patience(FAST, 3).drain(&mut |_| {}).unwrap();
    assert_eq!((report.stored, report.set_aside, report.end), (3, 1, DrainEnd::Empty));
    assert_eq!(stored.lock().unwrap().len(), 3);
    let (entry, why) = spool.lock().unwrap().quarantined().unwrap().remove(0);
    assert_eq!((entry.id.as_u128(), why.as_str()), (99, "unreadable (in status.xml) (status 422)"));
}

#[test]
fn a_server_that_wants_to_be_left_alone_for_longer_than_we_can_wait_is_left_alone() {
    let authority = Authority::new();
    let long = "retry-after: 999999999\r\n";
    for (status, fields) in [(503, long), (429, long), (405, "")] {
        let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
        let server = Server::start(tls, move |_, tls| answer(tls, status, fields, b""));
        let folder = tempfile::tempdir().unwrap();
        let spool = spool(&folder, 2);
        let client = Client::new(server.config(), &authority.client()).unwrap();
        let stop = StopFlag::new();
        let mut uploader = Uploader::new(&client, &spool, &stop).with_longest_wait(Duration::from_secs(60));
        let report = uploader.drain(&mut |_| {}).unwrap();
        assert!(matches!(report.end, DrainEnd::GaveUp(_)), "{:?}", report.end);
        assert_eq!(report.leave_alone, Duration::from_secs(3600), "{status}");
        assert_eq!(spool.lock().unwrap().pending().len(), 2);
    }
}

#[test]
fn what_cannot_be_read_waits_and_the_others_go() {
    let authority = Authority::new();
    let (server, stored) = start(&authority, |_, _| Ok(None));
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, 3);
    // A folder in the place of a file: reading it is an error of the disk, also for root.
    let mut files =
        std::fs::read_dir(folder.path().join("pending")).unwrap().map(|file| file.unwrap().path());
    let path = files.find(|path| path.to_str().unwrap().contains(&Uuid::nil().to_string())).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let stop = StopFlag::new();
    for stored_now in [2, 0] {
        let (report, passed) = drain(&client, &spool, &stop);
        assert_eq!((report.stored, report.set_aside, passed), (stored_now, 0, vec![0]));
        let DrainEnd::Misconfigured(why) = report.end else { panic!("{:?}", report.end) };
        assert!(why.starts_with(&format!("payload {} waits: ", Uuid::nil())), "{why}");
    }
    assert_eq!(stored.lock().unwrap().len(), 2);
    assert_eq!(spool.lock().unwrap().pending().len(), 1);
}

/// Empties it as far as it goes, and gives what was passed over.
fn drain(client: &Client, spool: &Mutex<Spool>, stop: &StopFlag) -> (DrainReport, Vec<u128>) {
    let mut passed = Vec::new();
    let mut uploader = Uploader::new(client, spool, stop).with_patience(FAST, 3);
    let report = uploader.drain(&mut |event| {
        if let UploadEvent::PassedOver { entry, .. } = event {
            passed.push(entry.id.as_u128());
        }
    });
    (report.unwrap(), passed)
}

#[test]
fn what_is_too_large_for_somebody_between_is_stuck_with_the_probable_reason_and_the_others_go() {
    let authority = Authority::new();
    let (server, stored) = start(&authority, |_, _| Ok(None));
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, 3);
    let payload = sealed(b"too large");
    let payload = SealedPayload::new(&payload).unwrap();
    spool.lock().unwrap().append(Class::Meter, Uuid::from_u128(99), payload).unwrap();
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let stop = StopFlag::new();
    let (report, passed) = drain(&client, &spool, &stop);
    assert_eq!((report.stored, report.set_aside, passed[0]), (3, 0, 99));
    let DrainEnd::Stuck(why) = report.end else { panic!("{:?}", report.end) };
    assert!(why.contains("it has 28 octets: the server answered with status 413"), "{why}");
    assert!(why.contains("probably larger than a limit of a proxy or web server in front"), "{why}");
    assert_eq!(stored.lock().unwrap().len(), 3);
    let known = spool.lock().unwrap().failures(Uuid::from_u128(99)).cloned().unwrap();
    assert!(known.is_stuck() && known.is_alone() && why.ends_with(known.why()), "{known:?}");
}

#[test]
fn a_damaged_payload_is_set_aside_and_never_sent() {
    let authority = Authority::new();
    let (server, stored) = start(&authority, |_, _| Ok(None));
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, 2);
    let file = std::fs::read_dir(folder.path().join("pending")).unwrap().next().unwrap().unwrap();
    std::fs::write(file.path(), b"garbage").unwrap();
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let stop = StopFlag::new();
    let mut told = Vec::new();
    let report = Uploader::new(&client, &spool, &stop)
        .with_patience(FAST, 3)
        .drain(&mut |event| {
            if let UploadEvent::SetAside { why, damaged, .. } = event {
                told.push((why.clone(), *damaged));
            }
        })
        .unwrap();
    assert_eq!((report.stored, report.set_aside, report.damaged), (1, 1, 1));
    assert!(
        told.len() == 1 && told[0].1 && told[0].0.ends_with("damaged on this machine's disk"),
        "{told:?}"
    );
    assert_eq!(stored.lock().unwrap().len(), 1);
}

#[test]
fn payloads_wait_when_the_server_cannot_be_trusted_or_reached() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let statuses = Arc::new(Mutex::new(vec![]));
    let next = Arc::clone(&statuses);
    let server =
        Server::start(tls, move |_, tls| answer(tls, next.lock().unwrap().pop().unwrap_or(503), "", b""));
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, 2);
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let stop = StopFlag::new();
    let mut uploader = Uploader::new(&client, &spool, &stop).with_patience(FAST, 3);
    for (status, expected) in
        [(403, "untrusted"), (302, "misconfigured"), (204, "misconfigured"), (503, "gave up")]
    {
        statuses.lock().unwrap().push(status);
        let end = uploader.drain(&mut |_| {}).unwrap().end;
        let word = match end {
            DrainEnd::Untrusted(_) => "untrusted",
            DrainEnd::Misconfigured(_) => "misconfigured",
            DrainEnd::GaveUp(_) => "gave up",
            end => panic!("{end:?}"),
        };
        assert_eq!(word, expected, "{status}");
        assert_eq!(spool.lock().unwrap().report().depth, 2);
    }
}

#[test]
fn the_stop_flag_ends_a_wait() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let server = Server::start(tls, |_, tls| answer(tls, 503, "retry-after: 3000\r\n", b""));
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, 1);
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let stop = StopFlag::new();
    let report = Uploader::new(&client, &spool, &stop)
        .drain(&mut |event| {
            if let UploadEvent::Waiting { wait, .. } = event {
                assert!(*wait >= Duration::from_secs(3000));
                stop.stop();
            }
        })
        .unwrap();
    assert_eq!(report.end, DrainEnd::Stopped);
    assert_eq!(spool.lock().unwrap().report().depth, 1);
}
