//! A hostile server and a spool: whatever it answers is one named error in bounded memory, the payload stays, is asked for
//! once a try, and arrives once when the server comes to its senses. With both drivers.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

#[path = "support/sealed.rs"]
mod sealed;
mod support;

use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::{
    AnswerLimits, ClientConfig, DrainEnd, Timeouts, blocking, tokio as on_tokio,
};
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};
use sealed::sealed;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, Seen, Server, Tls, answer, server_tls};
use uuid::Uuid;

/// What a server does with a request.
#[derive(Clone)]
enum Mood {
    /// Writes this over and over, so many times, and closes.
    Says(Vec<u8>, usize),
    /// Writes this octet by octet, with pauses.
    Drips(Vec<u8>),
    /// Keeps the payload and gives a receipt.
    Honest,
}

/// A server whose mood changes, and what it kept.
struct Moody {
    server: Server,
    mood: Arc<Mutex<Mood>>,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
    written: Arc<AtomicUsize>,
    authority: Authority,
}

const PAUSE: Duration = Duration::from_millis(20);
const LIMITS: AnswerLimits = AnswerLimits { head: 8 << 10, body: 64 << 10 };

impl Moody {
    fn start() -> Self {
        let authority = Authority::new();
        let (mood, kept) = (Arc::new(Mutex::new(Mood::Honest)), Arc::new(Mutex::new(Vec::new())));
        let written = Arc::new(AtomicUsize::new(0));
        let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
        let (now, store, count) = (Arc::clone(&mood), Arc::clone(&kept), Arc::clone(&written));
        let server = Server::start(tls, move |seen, tls| {
            let mood = now.lock().unwrap().clone();
            if matches!(mood, Mood::Honest) && seen.line.starts_with("GET ") {
                return answer(tls, 200, "", b"{}");
            }
            match mood {
                Mood::Says(octets, times) => {
                    for _ in 0..times {
                        tls.get_mut().write_all(&octets)?;
                        count.fetch_add(octets.len(), Ordering::SeqCst);
                    }
                    Ok(false)
                }
                Mood::Drips(octets) => {
                    for octet in octets {
                        tls.get_mut().write_all(&[octet])?;
                        tls.get_mut().flush()?;
                        std::thread::sleep(PAUSE); // the fault that is tested, not a wait for something
                    }
                    Ok(false)
                }
                Mood::Honest => honest(&store, seen, tls),
            }
        });
        Self { server, mood, kept, written, authority }
    }

    fn config(&self) -> ClientConfig {
        let long = Duration::from_secs(20);
        let timeouts = Timeouts { body: PAUSE * 10, first_byte: long, send: long, ..Timeouts::default() };
        self.server.config().with_limits(LIMITS).with_timeouts(timeouts)
    }

    /// One try to empty the spool, by one of the drivers.
    fn drain(&self, on_runtime: bool, spool: &Mutex<Spool>) -> (usize, usize, DrainEnd) {
        let identity = self.authority.client();
        let report = if on_runtime {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let client = on_tokio::Client::new(self.config(), &identity).unwrap();
            runtime.block_on(on_tokio::drain(&client, spool, (FAST, 1), &mut |_| {})).unwrap()
        } else {
            let client = blocking::Client::new(self.config(), &identity).unwrap();
            let stop = blocking::StopFlag::new();
            let mut uploader = blocking::Uploader::new(&client, spool, &stop).with_patience(FAST, 1);
            uploader.drain(&mut |_| {}).unwrap()
        };
        (report.stored, report.set_aside, report.end)
    }
}

fn honest(kept: &Mutex<Vec<Vec<u8>>>, seen: &Seen, tls: &mut Tls) -> io::Result<bool> {
    let upload =
        seen.line.split([' ', '/']).find_map(|part| part.parse::<Uuid>().ok().filter(|id| id.as_u128() > 99));
    kept.lock().unwrap().push(seen.body.clone());
    let digest = ContentDigest::of(&seen.body);
    let receipt = Receipt { upload: upload.unwrap(), digest, stored_at: Timestamp::from_unix_seconds(1) };
    answer(tls, 201, "", &serde_json::to_vec(&receipt).unwrap())
}

const FAST: Backoff = Backoff::new(Duration::from_millis(1), Duration::from_millis(2));

/// Lets the server be in this mood, then honest, for both drivers; gives what was said of the mood.
fn outcome(moody: &Moody, mood: &Mood) -> [String; 2] {
    [false, true].map(|on_runtime| {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), SpoolLimits::default()).unwrap().0;
        let payload = sealed(b"a payload");
        spool.append(Class::Report, Uuid::from_u128(100), SealedPayload::new(&payload).unwrap()).unwrap();
        let spool = Mutex::new(spool);
        let (asked, kept) = (moody.server.seen().len(), moody.kept.lock().unwrap().len());
        *moody.mood.lock().unwrap() = mood.clone();
        let (stored, set_aside, end) = moody.drain(on_runtime, &spool);
        assert_eq!((stored, set_aside), (0, 0), "{end:?}");
        assert_eq!(spool.lock().unwrap().report().depth, 1, "it waits: {end:?}");
        assert_eq!(moody.server.seen().len(), asked + 1, "asked for once: {end:?}");
        *moody.mood.lock().unwrap() = Mood::Honest;
        assert_eq!(moody.drain(on_runtime, &spool), (1, 0, DrainEnd::Empty));
        assert_eq!(spool.lock().unwrap().report().depth, 0);
        assert_eq!(moody.kept.lock().unwrap()[kept..], [payload], "it arrived once and whole");
        match end {
            DrainEnd::GaveUp(why) | DrainEnd::Misconfigured(why) => why,
            end => panic!("{end:?}"),
        }
    })
}

fn says(octets: &str) -> Mood {
    Mood::Says(octets.as_bytes().to_vec(), 1)
}

fn over_and_over(octets: &[u8]) -> Mood {
    Mood::Says(octets.to_vec(), 1_000_000)
}

#[test]
fn endless_answers_are_cut_off_in_bounded_memory_and_named() {
    let moody = Moody::start();
    let long = b"x: ".iter().chain(&[b'y'; 5000]).copied().collect::<Vec<u8>>();
    let head: &[u8] = b"HTTP/1.1 201 Created\r\n";
    for (what, mood, error) in [
        (
            "a field without end",
            over_and_over(&[head, &long].concat()),
            "its header fields exceed 8192 octets",
        ),
        ("fields without end", over_and_over(&[head, &b"a: b\r\n".repeat(500)].concat()), "its head"),
        (
            "interim answers",
            over_and_over(b"HTTP/1.1 100 Continue\r\n\r\n"),
            "its header fields exceed 8192 octets",
        ),
        (
            "early hints",
            over_and_over(b"HTTP/1.1 103 Early\r\nlink: <x>\r\n\r\n"),
            "its header fields exceed",
        ),
        (
            "a body without end",
            over_and_over(&[head, b"\r\n", &[0; 9000]].concat()),
            "its body exceeds 65536 octets",
        ),
        (
            "chunks without end",
            over_and_over(&[head, b"transfer-encoding: chunked\r\n\r\n1000\r\n", &[b'0'; 4096]].concat()),
            "",
        ),
        (
            "a giant that is announced",
            says("HTTP/1.1 201 Created\r\ncontent-length: 999999999999\r\n\r\n"),
            "its body exceeds 65536 octets",
        ),
        (
            "a giant chunk",
            says("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFF\r\n"),
            "its body exceeds 65536 octets",
        ),
    ] {
        moody.written.store(0, Ordering::SeqCst);
        for why in outcome(&moody, &mood) {
            assert!(why.contains("sent a bad answer") && why.contains(error), "{what}: {why}");
        }
        // What the buffers of both hosts hold, and no more, twice.
        assert!(moody.written.load(Ordering::SeqCst) < 32 << 20, "{what}: read on and on");
    }
}

#[test]
fn bent_answers_are_named() {
    let moody = Moody::start();
    let created = "HTTP/1.1 201 Created\r\n";
    for (what, octets, error) in [
        ("two lengths", "content-length: 2\r\ncontent-length: 3\r\n\r\nab", "more than one Content-Length"),
        ("a list of lengths", "content-length: 2, 2\r\n\r\nab", "a Content-Length that is no number"),
        ("a length with a sign", "content-length: +2\r\n\r\nab", "a Content-Length that is no number"),
        (
            "two framings",
            "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "both Content-Length and",
        ),
        ("another coding", "transfer-encoding: gzip\r\n\r\nab", "a Transfer-Encoding other than chunked"),
        ("a coded body", "content-encoding: gzip\r\ncontent-length: 2\r\n\r\nab", "encoded in a way"),
        ("no chunk size", "transfer-encoding: chunked\r\n\r\nxyz\r\n", "a chunk size that is no number"),
        ("a negative chunk", "transfer-encoding: chunked\r\n\r\n-1\r\n", "a chunk size that is no number"),
        (
            "a chunk that is longer",
            "transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
            "longer than it says",
        ),
        ("chunks that end early", "transfer-encoding: chunked\r\n\r\n5\r\nab", "it ends in the middle"),
        ("a body that ends early", "content-length: 9\r\n\r\nabc", "it ends in the middle"),
        ("a split head", "x: a\nset: b\r\ncontent-length: 0\r\n\r\n", "a line feed without carriage return"),
        ("a folded field", "x: a\r\n b\r\ncontent-length: 0\r\n\r\n", "its head cannot be parsed"),
        ("a field without a name", ": b\r\ncontent-length: 0\r\n\r\n", "its head cannot be parsed"),
    ] {
        for why in outcome(&moody, &says(&format!("{created}{octets}"))) {
            assert!(why.contains(error), "{what}: {why}");
        }
    }
    for (octets, error) in [
        ("HTTP/1.1 600 Odd\r\n\r\n", "a status that was not asked for"),
        ("HTTP/1.1 101 Switching\r\n\r\n", "a status that was not asked for"),
        ("SSH-2.0-OpenSSH\r\n\r\n", "it does not begin as HTTP/1 does"),
        (
            "HTTP/1.1 201 Created\r\ncontent-digest: sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:\r\ncontent-length: 3\r\n\r\nabc",
            "does not match its Content-Digest",
        ),
    ] {
        for why in outcome(&moody, &says(octets)) {
            assert!(why.contains(error), "{octets}: {why}");
        }
    }
}

#[test]
fn an_answer_behind_the_answer_is_no_answer_to_the_next_request() {
    let moody = Moody::start();
    // The first says that it is busy; the second, which nobody asked for, that all is stored.
    let digest = ContentDigest::of(&sealed(b"a payload"));
    let receipt =
        Receipt { upload: Uuid::from_u128(100), digest, stored_at: Timestamp::from_unix_seconds(1) };
    let body = serde_json::to_string(&receipt).unwrap();
    let split = format!(
        "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    for why in outcome(&moody, &says(&split)) {
        assert!(why.contains("503"), "{why}");
    }
}

#[test]
fn redirects_and_receipts_for_something_else_are_not_followed_nor_believed() {
    let moody = Moody::start();
    let to_itself = "location: /rs/v1/clients/x/uploads/00000000-0000-0000-0000-000000000064\r\ncontent-length: 0\r\n\r\n";
    for status in [301, 302, 303, 307, 308] {
        for why in outcome(&moody, &says(&format!("HTTP/1.1 {status} Moved\r\n{to_itself}"))) {
            assert!(why.contains(&status.to_string()), "{why}");
        }
    }
    for (upload, payload) in [(100, &b"another payload"[..]), (101, b"a payload")] {
        let digest = ContentDigest::of(&sealed(payload));
        let stored_at = Timestamp::from_unix_seconds(1);
        let receipt = Receipt { upload: Uuid::from_u128(upload), digest, stored_at };
        let body = serde_json::to_string(&receipt).unwrap();
        let answer = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        for why in outcome(&moody, &says(&answer)) {
            assert!(why.contains("status 201, but"), "{why}");
        }
    }
}

#[test]
fn a_body_that_drips_ends_with_its_time() {
    let moody = Moody::start();
    let mut octets = b"HTTP/1.1 201 Created\r\ncontent-length: 5000\r\n\r\n".to_vec();
    octets.resize(octets.len() + 5000, b'x');
    for why in outcome(&moody, &Mood::Drips(octets)) {
        assert!(why.contains("took too long: reading the answer"), "{why}");
    }
}

#[test]
fn a_server_that_closes_after_any_octet_of_its_receipt_has_not_given_one() {
    let moody = Moody::start();
    let digest = ContentDigest::of(&sealed(b"a payload"));
    let receipt =
        Receipt { upload: Uuid::from_u128(100), digest, stored_at: Timestamp::from_unix_seconds(1) };
    let body = serde_json::to_string(&receipt).unwrap();
    let whole = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    for cut in 0..whole.len() {
        for why in outcome(&moody, &says(&whole[..cut])) {
            let expected =
                if cut == 0 { "was lost: waiting for the answer" } else { "it ends in the middle" };
            assert!(why.contains(expected), "after {cut} octets: {why}");
        }
    }
}
