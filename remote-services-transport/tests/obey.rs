//! A small client's round of commands: fetched once, done once, reported until the server knows, whatever fails.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

mod support;

use remote_services_core::command::{Action, ActionSetting, RejectReason, ResultCode};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::blocking::{Client, ObeyError};
use remote_services_transport::document::{Command, ExecutionResult, NextPoll};
use remote_services_transport::execution::{Begun, CommandBook, Hands, KeepBook, Orders};
use remote_services_transport::poll::Poll;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, SIGNED, Server, answer, server_tls};
use uuid::Uuid;

/// The server has it in its list and does not give it.
const LOST: &str = "00000000-0000-0000-0000-000000000001";
/// It is signed and no command.
const ODD: &str = "00000000-0000-0000-0000-000000000002";
const ID: &str = "00000000-0000-0000-0000-000000000003";
/// When it has begun, where it has by the server's word.
const BEGUN: &str = "2026-11-22T11:30:00.000Z";

#[derive(Default)]
struct Counting {
    acts: usize,
    looks: usize,
    days: u64,
    minutes: u64,
}

impl Hands for Counting {
    fn act(&mut self, command: &Command, _: &Begun) -> (ExecutionResult, Vec<Uuid>) {
        assert_eq!(command.action, Action::Restart);
        self.acts += 1;
        (ExecutionResult { code: ResultCode::Ok, text: "done".into() }, Vec::new())
    }
    fn look(&mut self, _: &Command) -> (ExecutionResult, Vec<Uuid>) {
        self.looks += 1;
        (ExecutionResult { code: ResultCode::Internal, text: "looked".into() }, Vec::new())
    }
    fn now(&self) -> Timestamp {
        let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        noon.plus(Duration::from_secs((self.days * 24 * 60 + self.minutes) * 60))
    }
}

/// A server with one command; `state` is what it lists, `reports` what it was told and how many of them fail first.
struct Vendor {
    server: Server,
    reports: Arc<Mutex<Vec<Value>>>,
    client: Client,
}

impl Vendor {
    fn start(state: &'static str, failing_reports: usize) -> Self {
        Self::start_with(state, failing_reports, 2)
    }

    /// With two commands before it in the list, of which one cannot be had and the other cannot be read; `first` is the
    /// first that is listed.
    fn start_with(state: &'static str, failing_reports: usize, first: usize) -> Self {
        let authority = Authority::new();
        let reports = Arc::new(Mutex::new(Vec::new()));
        let (told, failing) = (Arc::clone(&reports), Mutex::new(failing_reports));
        let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
        let server = Server::start(tls, move |seen, tls| {
            let path = seen.line.split(' ').nth(1).unwrap();
            if path.ends_with("/commands") {
                let list = |id: &str| json!({"id": id, "state": state});
                let all = [list(LOST), list(ODD), list(ID)];
                let list = json!({"commands": &all[first..]}).to_string();
                return answer(tls, 200, "remote-services-next-poll: 30\r\n", list.as_bytes());
            }
            if seen.line.starts_with("GET ") && path.ends_with("/execution") {
                let known = json!({"state": state, "attempt": 1, "startedAt": BEGUN});
                return answer(tls, 200, "etag: \"1\"\r\n", known.to_string().as_bytes());
            }
            if path.ends_with("/execution") {
                let mut failing = failing.lock().unwrap();
                if *failing > 0 {
                    *failing -= 1;
                    return answer(tls, 503, "retry-after: 600\r\n", b"");
                }
                told.lock().unwrap().push(serde_json::from_slice(&seen.body).unwrap());
                return answer(tls, 200, "etag: \"1\"\r\n", b"");
            }
            if path.ends_with(LOST) {
                return answer(tls, 500, "", b"");
            }
            if path.ends_with(ODD) {
                return answer(tls, 200, SIGNED, b"{\"id\":");
            }
            let command = json!({"id": ID, "client": Uuid::from_u128(7), "action": "restart", "issuer": "o",
                "issuedAt": "2026-11-22T10:00:00Z", "expiresAt": "2026-11-23T10:00:00Z",
                "nonce": "AAECAwQFBgcICQoLDA0ODw=="});
            answer(tls, 200, SIGNED, command.to_string().as_bytes())
        });
        let client = Client::new(server.config(), &authority.client()).unwrap();
        Self { server, reports, client }
    }

    fn asked_for(&self, what: &str) -> usize {
        self.server.seen().iter().filter(|seen| seen.line.contains(what)).count()
    }

    /// One round of a client that keeps its book in `disk`, of which the n-th writing fails.
    fn round(
        &self,
        disk: &mut CommandBook,
        fails_at: Option<usize>,
        (mode, signed): (SecurityMode, bool),
        hands: &mut Counting,
    ) -> Result<Duration, ObeyError> {
        let mut poll = Poll::new(self.client.id(), NextPoll { seconds: 900, jitter: 0 });
        let mut book: CommandBook = serde_json::from_slice(&serde_json::to_vec(disk).unwrap()).unwrap();
        let actions = BTreeMap::from([(Action::Restart, ActionSetting::On)]);
        let verifier = |_: &str, body: &[u8]| signed.then(|| body.to_vec()).ok_or_else(|| "no".to_owned());
        let orders = Orders {
            client: self.client.id(),
            mode,
            actions: &actions,
            manages: &|_| false,
            verifier: &verifier,
        };
        let mut writings = 0;
        let keep = &mut |book: &CommandBook| {
            writings += 1;
            if Some(writings) == fails_at {
                return Err(io::ErrorKind::StorageFull.into());
            }
            disk.clone_from(book);
            Ok(())
        };
        self.client.obey(&mut poll, &mut book, keep, &orders, hands)
    }
}

const NORMAL: (SecurityMode, bool) = (SecurityMode::Normal, true);

#[test]
fn a_command_is_fetched_done_and_reported_once_though_it_stays_in_the_list() {
    let vendor = Vendor::start("queued", 0);
    let (mut disk, mut hands) = (CommandBook::default(), Counting::default());
    for _ in 0..3 {
        let wait = vendor.round(&mut disk, None, NORMAL, &mut hands).unwrap();
        assert_eq!(wait, Duration::from_secs(30));
    }
    assert_eq!((hands.acts, hands.looks), (1, 0));
    assert_eq!(vendor.asked_for("GET /rs/v1/clients/00000000-0000-0000-0000-000000000007/commands/"), 1);
    let reports = vendor.reports.lock().unwrap();
    let states: Vec<_> = reports.iter().map(|report| report["state"].clone()).collect();
    assert_eq!(states, ["running", "succeeded"]);
}

#[test]
fn a_disk_that_fails_at_any_writing_never_makes_it_happen_twice_nor_loses_the_result() {
    // Accepted, running, succeeded, reported.
    for fails_at in 1..=4 {
        let vendor = Vendor::start("queued", 0);
        let (mut disk, mut hands) = (CommandBook::default(), Counting::default());
        let error = vendor.round(&mut disk, Some(fails_at), NORMAL, &mut hands).unwrap_err();
        assert!(matches!(error, ObeyError::Book(_)), "{error}");
        // The client begins anew from what is on the disk.
        vendor.round(&mut disk, None, NORMAL, &mut hands).unwrap();
        assert_eq!(hands.acts, 1, "writing {fails_at}");
        assert_eq!(hands.looks, usize::from(fails_at == 3));
        let reports = vendor.reports.lock().unwrap();
        let state = if fails_at == 3 { "failed" } else { "succeeded" };
        assert_eq!(reports.last().unwrap()["state"], state, "writing {fails_at}");
    }
}

#[test]
fn a_command_that_cannot_be_had_or_read_holds_up_no_other_nor_the_results() {
    let vendor = Vendor::start_with("queued", 0, 0);
    let (mut disk, mut hands) = (CommandBook::default(), Counting::default());
    for _ in 0..3 {
        let error = vendor.round(&mut disk, None, NORMAL, &mut hands).unwrap_err();
        assert!(matches!(error, ObeyError::Exchange(_)), "{error}");
    }
    assert_eq!(hands.acts, 1);
    let reports = vendor.reports.lock().unwrap();
    let told: Vec<_> = reports.iter().map(|it| (it["state"].clone(), it["reason"].clone())).collect();
    let (odd, done) = ((json!("rejected"), json!("unsupported")), (json!("succeeded"), Value::Null));
    assert_eq!(told, [(json!("running"), Value::Null), odd, done]);
}

#[test]
fn a_clock_that_leaps_ahead_and_back_has_nothing_done_twice() {
    let vendor = Vendor::start("queued", 0);
    let (mut disk, mut hands) = (CommandBook::default(), Counting::default());
    for days in [0, 60, 0, 0] {
        hands.days = days;
        vendor.round(&mut disk, None, NORMAL, &mut hands).unwrap();
    }
    assert_eq!((hands.acts, hands.looks), (1, 0));
}

#[test]
fn a_report_that_the_server_does_not_take_is_sent_again() {
    let vendor = Vendor::start("queued", 2);
    let (mut disk, mut hands) = (CommandBook::default(), Counting::default());
    for _ in 0..4 {
        vendor.round(&mut disk, None, NORMAL, &mut hands).unwrap();
    }
    assert_eq!((hands.acts, vendor.reports.lock().unwrap().len()), (1, 1));
}

#[test]
fn what_is_cancelled_unsigned_or_forbidden_is_not_done_and_says_why() {
    for (state, how, told) in [
        ("cancelRequested", NORMAL, ("cancelled", Value::Null)),
        ("queued", (SecurityMode::Normal, false), ("rejected", json!("badSignature"))),
        ("queued", (SecurityMode::Lockdown, true), ("rejected", json!("lockdown"))),
        ("queued", (SecurityMode::Lockdown, false), ("rejected", json!("badSignature"))),
    ] {
        let vendor = Vendor::start(state, 0);
        let (mut disk, mut hands) = (CommandBook::default(), Counting::default());
        for _ in 0..2 {
            vendor.round(&mut disk, None, how, &mut hands).unwrap();
        }
        assert_eq!((hands.acts, hands.looks), (0, 0));
        let reports = vendor.reports.lock().unwrap();
        let reports: Vec<_> =
            reports.iter().map(|it| (it["state"].as_str().unwrap(), it["reason"].clone())).collect();
        assert_eq!(reports, [told]);
    }
}

#[test]
fn a_server_that_wants_to_be_left_alone_with_reports_is() {
    let vendor = Vendor::start("queued", 1);
    let (mut disk, mut hands) = (CommandBook::default(), Counting::default());
    let waits = [(); 2].map(|()| vendor.round(&mut disk, None, NORMAL, &mut hands).unwrap());
    assert!(waits[0] >= Duration::from_secs(600) && waits[1] < Duration::from_secs(600), "{waits:?}");
    assert_eq!((hands.acts, vendor.reports.lock().unwrap().len()), (1, 1));
}

#[test]
fn a_book_that_anybody_fills_with_what_was_never_signed_stays_small() {
    let actions = BTreeMap::new();
    let verifier = |_: &str, _: &[u8]| Err("no".to_owned());
    let orders = Orders {
        client: Uuid::from_u128(7),
        mode: SecurityMode::Normal,
        actions: &actions,
        manages: &|_| false,
        verifier: &verifier,
    };
    for told in [false, true] {
        let (mut book, mut hands) = (CommandBook::default(), Counting::default());
        let keep: &mut KeepBook<'_> = &mut |_| Ok(());
        for number in 0..300_u64 {
            let (id, now) = (Uuid::from_u128(number.into()), hands.now().plus(Duration::from_secs(number)));
            book.take_up(id, Err(RejectReason::BadSignature), None, now);
            book.advance(id, false, &orders, keep, &mut hands).unwrap();
            for (id, execution) in book.unreported().into_iter().filter(|_| told) {
                book.reported(id, &execution, now, keep).unwrap();
            }
        }
        let known: Vec<u128> = (0..300).filter(|number| book.knows(Uuid::from_u128(*number))).collect();
        let kept = if told { 200..300 } else { 0..100 };
        assert_eq!(known, kept.collect::<Vec<_>>(), "{told}");
    }
}

#[test]
fn what_has_begun_by_the_servers_word_is_left_alone_for_an_hour_then_looked_after_and_not_begun_again() {
    for state in ["running", "interrupted"] {
        let vendor = Vendor::start(state, 0);
        let (mut disk, mut hands) = (CommandBook::default(), Counting::default());
        for _ in 0..2 {
            vendor.round(&mut disk, None, NORMAL, &mut hands).unwrap();
        }
        assert_eq!((hands.acts, hands.looks), (0, 0), "{state}: another may be at it");
        assert!(vendor.reports.lock().unwrap().is_empty(), "{state}");
        hands.minutes = 30;
        vendor.round(&mut disk, None, NORMAL, &mut hands).unwrap();
        assert_eq!((hands.acts, hands.looks), (0, 1), "{state}");
        let reports = vendor.reports.lock().unwrap();
        assert_eq!(
            (&reports[0]["result"]["text"], &reports[0]["startedAt"]),
            (&json!("looked"), &json!(BEGUN))
        );
    }
}
