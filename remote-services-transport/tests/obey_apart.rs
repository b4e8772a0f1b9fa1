//! In a round of commands what is wrong with one holds up no other, by both drivers; without a way to the server the round ends.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_core::command::{Action, ActionSetting, ResultCode};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::blocking::{self, ObeyError};
use remote_services_transport::client::{ClientConfig, ClientError, Resolve, Timeouts, tokio as on_tokio};
use remote_services_transport::document::{Command, ExecutionResult, NextPoll};
use remote_services_transport::execution::{Begun, CommandBook, Hands, Orders};
use remote_services_transport::poll::Poll;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, Loopback, PROBLEM, SIGNED, Server, Tls, answer, server_tls};
use uuid::Uuid;

/// The first of the list is the one that something is wrong with.
const BAD: Uuid = Uuid::from_u128(1);
const LISTED: [Uuid; 3] = [BAD, Uuid::from_u128(2), Uuid::from_u128(3)];

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    Status(u16),
    NoHttp,
    Cut,
    Silent,
    Digest,
}

impl Fault {
    /// All that concern one command only.
    fn of_one() -> impl Iterator<Item = Self> {
        let statuses = [302, 400, 403, 409, 413, 418, 429, 500, 503].map(Self::Status);
        statuses.into_iter().chain([Self::NoHttp, Self::Cut, Self::Silent, Self::Digest])
    }

    fn write(self, tls: &mut Tls) -> io::Result<bool> {
        match self {
            Self::None => unreachable!("there is a fault"),
            Self::Status(status) => answer(tls, status, PROBLEM, br#"{"title":"no"}"#),
            Self::NoHttp => tls.get_mut().write_all(b"what is this?\r\n\r\n").map(|()| false),
            Self::Cut => {
                let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nbegun";
                tls.get_mut().write_all(head).map(|()| false)
            }
            // Longer than the client waits.
            Self::Silent => io::BufRead::fill_buf(tls).map(|_| false),
            Self::Digest => {
                let zeros = "A".repeat(43);
                answer(tls, 200, &format!("content-digest: sha-256=:{zeros}=:\r\n"), b"other")
            }
        }
    }
}

#[derive(Default)]
struct Counting(BTreeMap<Uuid, usize>);

impl Hands for Counting {
    fn act(&mut self, command: &Command, _: &Begun) -> (ExecutionResult, Vec<Uuid>) {
        *self.0.entry(command.id).or_default() += 1;
        (ExecutionResult { code: ResultCode::Ok, text: "done".into() }, Vec::new())
    }

    fn look(&mut self, _: &Command) -> (ExecutionResult, Vec<Uuid>) {
        (ExecutionResult { code: ResultCode::Internal, text: "looked".into() }, Vec::new())
    }

    fn now(&self) -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }
}

/// A server that lists three commands, and a client of it by each driver.
struct World {
    server: Server,
    /// States by command, as they were taken from the client.
    told: Arc<Mutex<BTreeMap<Uuid, Vec<Value>>>>,
    blocking: blocking::Client,
    tokio: on_tokio::Client,
}

impl World {
    /// With something wrong when the first command is asked for, or reported. `stays` says whether connections do.
    fn new(faults: (Fault, Fault), stays: bool, bend: impl FnOnce(ClientConfig) -> ClientConfig) -> Self {
        Self::of(&[BAD], faults, stays, bend)
    }

    /// The same for these commands.
    fn of(
        bad: &'static [Uuid],
        (given, reported): (Fault, Fault),
        stays: bool,
        bend: impl FnOnce(ClientConfig) -> ClientConfig,
    ) -> Self {
        let authority = Authority::new();
        let told = Arc::new(Mutex::new(BTreeMap::<Uuid, Vec<Value>>::new()));
        let taken = Arc::clone(&told);
        let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
        let server = Server::start(tls, move |seen, tls| {
            let path = seen.line.split(' ').nth(1).unwrap();
            let Some((_, rest)) = path.split_once("/commands/") else {
                let all = LISTED.map(|id| json!({"id": id, "state": "queued"}));
                let list = json!({ "commands": all }).to_string();
                return answer(tls, 200, "etag: \"1\"\r\n", list.as_bytes()).map(|_| stays);
            };
            let (id, is_report) = match rest.split_once('/') {
                Some((id, _)) => (id, true),
                None => (rest, false),
            };
            let id: Uuid = id.parse().unwrap();
            let fault = if is_report { reported } else { given };
            if bad.contains(&id) && fault != Fault::None {
                return fault.write(tls);
            }
            if is_report {
                let execution: Value = serde_json::from_slice(&seen.body).unwrap();
                taken.lock().unwrap().entry(id).or_default().push(execution["state"].clone());
                return answer(tls, 200, "", b"");
            }
            let command = json!({"id": id, "client": Uuid::from_u128(7), "action": "restart", "issuer": "o",
                "issuedAt": "2026-11-22T10:00:00Z", "expiresAt": "2026-11-23T10:00:00Z",
                "nonce": format!("AAECAwQFBgcICQoLDA0O{}w==", &id.to_string()[35..])});
            answer(tls, 200, SIGNED, command.to_string().as_bytes())
        });
        let config = bend(server.config());
        let identity = authority.client();
        let blocking = blocking::Client::new(config.clone(), &identity).unwrap();
        let tokio = on_tokio::Client::new(config, &identity).unwrap();
        Self { server, told, blocking, tokio }
    }

    /// One round of each driver with an empty book; `fails_at` is the number of the writing of the book that fails.
    fn rounds(&self, fails_at: usize, check: impl Fn(&str, Done)) {
        self.rounds_of(fails_at, 1, check);
    }

    /// The same of so many rounds, one after the other.
    fn rounds_of(&self, fails_at: usize, times: usize, check: impl Fn(&str, Done)) {
        for driver in ["blocking", "tokio"] {
            let actions = BTreeMap::from([(Action::Restart, ActionSetting::On)]);
            let verifier = |_: &str, body: &[u8]| Ok::<_, String>(body.to_vec());
            let orders = Orders {
                client: Uuid::from_u128(7),
                mode: SecurityMode::Normal,
                actions: &actions,
                manages: &|_| false,
                verifier: &verifier,
            };
            let mut poll = Poll::new(Uuid::from_u128(7), NextPoll { seconds: 900, jitter: 0 });
            let (mut book, mut hands, mut writings) = (CommandBook::default(), Counting::default(), 0);
            let mut keep = |_: &CommandBook| {
                writings += 1;
                if writings == fails_at { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
            };
            let mut obey = || match driver {
                "blocking" => self.blocking.obey(&mut poll, &mut book, &mut keep, &orders, &mut hands),
                _ => tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap()
                    .block_on(self.tokio.obey(&mut poll, &mut book, &mut keep, &orders, &mut hands)),
            };
            let result = (1..times).fold(obey(), |_, _| obey());
            let asked = std::mem::take(&mut *self.server.seen.lock().unwrap());
            check(
                driver,
                Done {
                    result,
                    acts: hands.0,
                    told: std::mem::take(&mut *self.told.lock().unwrap()),
                    asked: asked.into_iter().map(|seen| seen.line).collect(),
                    list_comes_again: !poll.knows_version(),
                },
            );
        }
    }
}

/// What a round came to.
struct Done {
    result: Result<Duration, ObeyError>,
    acts: BTreeMap<Uuid, usize>,
    told: BTreeMap<Uuid, Vec<Value>>,
    asked: Vec<String>,
    list_comes_again: bool,
}

/// Silence is waited for; no other answer takes so long.
fn patience(fault: Fault) -> impl FnOnce(ClientConfig) -> ClientConfig {
    let first_byte = Duration::from_secs(if fault == Fault::Silent { 1 } else { 10 });
    let (resolve, rest) = (Duration::from_secs(1), Duration::from_secs(10));
    let timeouts =
        Timeouts { resolve, connect: rest, proxy: rest, tls: rest, send: rest, first_byte, body: rest };
    move |config| config.with_timeouts(timeouts)
}

#[test]
fn a_command_that_cannot_be_had_is_told_after_all_others_were_done_and_reported() {
    for fault in Fault::of_one() {
        World::new((fault, Fault::None), true, patience(fault)).rounds(0, |driver, done| {
            let Err(error) = done.result else { panic!("{driver}, {fault:?}: nothing is told") };
            assert!(matches!(error, ObeyError::Exchange(_)), "{driver}, {fault:?}: {error}");
            assert_eq!(done.acts, BTreeMap::from([(LISTED[1], 1), (LISTED[2], 1)]), "{driver}, {fault:?}");
            assert_eq!(done.told.len(), 2, "{driver}, {fault:?}");
            assert!(done.list_comes_again, "{driver}, {fault:?}: it is asked for again");
        });
    }
}

#[test]
fn a_command_that_is_gone_is_in_the_next_list_or_not_and_nothing_is_wrong() {
    for status in [404, 410] {
        World::new((Fault::Status(status), Fault::None), true, |config| config).rounds(0, |driver, done| {
            assert!(done.result.is_ok(), "{driver}, {status}: {:?}", done.result);
            assert_eq!(done.acts, BTreeMap::from([(LISTED[1], 1), (LISTED[2], 1)]), "{driver}, {status}");
            assert!(done.list_comes_again, "{driver}, {status}: it may be listed still");
        });
    }
}

#[test]
fn what_comes_after_a_second_silence_waits_for_the_next_round() {
    let silent = (Fault::Silent, Fault::None);
    World::of(&[LISTED[0], LISTED[1]], silent, true, patience(Fault::Silent)).rounds(0, |driver, done| {
        assert!(matches!(done.result, Err(ObeyError::Exchange(_))), "{driver}");
        assert_eq!(done.acts, BTreeMap::new(), "{driver}");
        assert!(!done.asked.iter().any(|line| line.contains(&LISTED[2].to_string())), "{driver}");
        assert!(done.list_comes_again, "{driver}");
    });
}

#[test]
fn two_reports_that_are_never_taken_keep_no_later_one_from_being_told() {
    let refused = (Fault::None, Fault::Status(500));
    World::of(&[LISTED[0], LISTED[1]], refused, true, |config| config).rounds_of(0, 2, |driver, done| {
        assert_eq!(
            done.told,
            BTreeMap::from([(LISTED[2], vec![json!("running"), json!("succeeded")])]),
            "{driver}"
        );
    });
}

#[test]
fn a_report_that_is_not_taken_holds_up_no_other() {
    for fault in Fault::of_one() {
        World::new((Fault::None, fault), true, patience(fault)).rounds(0, |driver, done| {
            // What is no word of another version keeps nothing from being done.
            let begun = !matches!(fault, Fault::Status(400 | 403 | 409 | 413));
            assert_eq!(done.acts.contains_key(&BAD), begun, "{driver}, {fault:?}");
            let whole = vec![json!("running"), json!("succeeded")];
            let told = BTreeMap::from([(LISTED[1], whole.clone()), (LISTED[2], whole)]);
            assert_eq!(done.told, told, "{driver}, {fault:?}");
            match (fault, done.result) {
                // Of a status the outcome is known: refused, or to be sent again.
                (Fault::Status(403), Err(ObeyError::Untrusted(_))) => {}
                (Fault::Status(400 | 409 | 413), Err(ObeyError::NotBegun { command: BAD, .. })) => {}
                (Fault::Status(_), Ok(_)) if begun => {}
                (Fault::Status(_), other) => panic!("{driver}, {fault:?}: {other:?}"),
                (_, Err(ObeyError::Exchange(_))) => {}
                (_, other) => panic!("{driver}, {fault:?}: {other:?}"),
            }
        });
    }
}

#[test]
fn a_book_that_is_not_kept_for_one_command_is_kept_for_the_others() {
    // Accepted, running and succeeded of each of three, then that each was reported.
    for fails_at in 1..=12 {
        World::new((Fault::None, Fault::None), true, |config| config).rounds(fails_at, |driver, done| {
            let Err(error) = done.result else { panic!("{driver}, {fails_at}: nothing is told") };
            assert!(matches!(error, ObeyError::Book(_)), "{driver}, {fails_at}: {error}");
            let (which, begins) = ((fails_at - 1) / 3, matches!((fails_at - 1) % 3, 0 | 1));
            let held_up = LISTED.into_iter().nth(which).filter(|_| which < 3);
            for id in LISTED {
                let acts = done.acts.get(&id).copied().unwrap_or_default();
                let done_here = usize::from(held_up != Some(id) || !begins);
                assert_eq!(acts, done_here, "{driver}, {fails_at}: {id}");
                let ended = done.told[&id].contains(&json!("succeeded"));
                assert_eq!(ended, held_up != Some(id), "{driver}, {fails_at}: {id}");
            }
            assert_eq!(done.list_comes_again, held_up.is_some(), "{driver}, {fails_at}");
        });
    }
}

#[test]
fn who_is_not_known_to_the_server_asks_for_no_other() {
    World::new((Fault::Status(401), Fault::None), true, |config| config).rounds(0, |driver, done| {
        assert!(matches!(done.result, Err(ObeyError::Exchange(_))), "{driver}: {:?}", done.result);
        assert_eq!(done.asked.len(), 2, "{driver}: the list and the first: {:?}", done.asked);
        assert!(done.list_comes_again, "{driver}");
    });
    World::new((Fault::None, Fault::Status(401)), true, |config| config).rounds(0, |driver, done| {
        assert!(matches!(done.result, Err(ObeyError::Untrusted(_))), "{driver}: {:?}", done.result);
        assert_eq!(done.asked.len(), 3, "{driver}: list, the first, that it begins: {:?}", done.asked);
        assert!(done.acts.is_empty() && done.list_comes_again, "{driver}");
    });
}

/// Finds the server once for each driver.
struct Once(AtomicUsize);

impl Resolve for Once {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        match self.0.fetch_add(1, Ordering::SeqCst) % 2 {
            0 => Loopback.resolve(host, port),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

#[test]
fn without_a_way_to_the_server_the_round_ends_at_the_first_that_needs_it() {
    let resolver = Arc::new(Once(AtomicUsize::new(0)));
    let asked = Arc::clone(&resolver);
    // The connection ends after the list.
    let world = World::new((Fault::None, Fault::None), false, |config| config.with_resolver(resolver));
    world.rounds(0, |driver, done| {
        let lost = matches!(done.result, Err(ObeyError::Exchange(ClientError::Resolve { .. })));
        assert!(lost, "{driver}: {:?}", done.result);
        assert_eq!((done.asked.len(), done.acts.len()), (1, 0), "{driver}");
        assert!(done.list_comes_again, "{driver}");
    });
    assert_eq!(asked.0.load(Ordering::SeqCst), 4, "once for the list and once for the first, by each driver");
}
