//! Both drivers side by side in what takes many exchanges: logs in parts, artifacts, rounds of commands, emptying a spool. They
//! ask the same of a server in the same order, and come to the same end.

#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "support/sealed.rs"]
mod sealed;
mod support;

use remote_services_core::backoff::Backoff;
use remote_services_core::command::{Action, ActionSetting, ResultCode};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::blocking::{
    self, DrainEnd, PartSource, PartsEnd, PartsFailure, PartsUploader, SealedPart, SourceError, StopFlag,
    Uploader,
};
use remote_services_transport::client::tokio as on_tokio;
use remote_services_transport::document::{
    Command, ContentDigest, ExecutionResult, NextPoll, Receipt, SoftwareArtifact, names,
};
use remote_services_transport::execution::{Begun, CommandBook, Hands, Orders};
use remote_services_transport::parts::{Cut, PartsFolder, SealedDigest};
use remote_services_transport::poll::Poll;
use remote_services_transport::software::ArtifactFile;
use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, PROBLEM, SIGNED, Seen, Server, Tls, answer, server_tls};
use tokio::runtime::Runtime;
use uuid::Uuid;

const FAST: Backoff = Backoff::new(Duration::from_millis(1), Duration::from_millis(4));

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// First lines and bodies of requests.
type Asked = Vec<(String, Vec<u8>)>;

/// A server, and both clients of it.
struct World {
    server: Server,
    blocking: blocking::Client,
    tokio: on_tokio::Client,
}

impl World {
    fn new(serve: impl Fn(&Seen, &mut Tls) -> io::Result<bool> + Send + Sync + 'static) -> Self {
        Self::of(&Authority::new(), serve)
    }

    fn of(
        authority: &Authority,
        serve: impl Fn(&Seen, &mut Tls) -> io::Result<bool> + Send + Sync + 'static,
    ) -> Self {
        let tls = server_tls(authority, true, authority.server("localhost", |_| {}));
        let server = Server::start(tls, serve);
        let identity = authority.client();
        let blocking = blocking::Client::new(server.config(), &identity).unwrap();
        let tokio = on_tokio::Client::new(server.config(), &identity).unwrap();
        Self { server, blocking, tokio }
    }

    /// What was asked since the last time, without what is the same for all.
    fn asked(&self) -> Asked {
        let seen = std::mem::take(&mut *self.server.seen.lock().unwrap());
        seen.into_iter().map(|seen| (seen.line.clone(), seen.body)).collect()
    }
}

/// A log of three parts of which each is its number.
struct Log(usize);

impl PartSource for Log {
    fn part(&mut self, part: u32, before: &[SealedDigest]) -> Result<SealedPart, SourceError> {
        assert_eq!(before.len(), usize::try_from(part - 1).unwrap());
        self.0 += 1;
        if self.0 > 3 { Err("sealed a second time".into()) } else { Ok(sealed_part(part)) }
    }

    fn list(&mut self, parts: &[SealedDigest]) -> Result<Vec<u8>, SourceError> {
        assert_eq!(parts.len(), 3);
        Ok(b"the list".to_vec())
    }
}

fn sealed_part(part: u32) -> SealedPart {
    SealedPart { length: 100, octets: vec![u8::try_from(part).unwrap(); 100] }
}

const LOG: Uuid = Uuid::from_u128(9);

fn stored(tls: &mut Tls, body: &[u8]) -> io::Result<bool> {
    receipt(tls, LOG, body)
}

/// As [`stored`], under the name that the path has.
fn stored_as(tls: &mut Tls, line: &str, body: &[u8]) -> io::Result<bool> {
    let upload = line.rsplit([' ', '/']).find_map(|word| word.parse().ok());
    receipt(tls, upload.unwrap(), body)
}

fn receipt(tls: &mut Tls, upload: Uuid, body: &[u8]) -> io::Result<bool> {
    let digest = ContentDigest::of(body);
    let receipt = Receipt { upload, digest, stored_at: Timestamp::from_unix_seconds(1) };
    answer(tls, 201, "", &serde_json::to_vec(&receipt).unwrap())
}

/// Sends the log by both; what each came to, and what it asked.
fn both_send(
    world: &World,
    (pace, longest): (Backoff, Duration),
    log: impl Fn() -> Log,
) -> [(Result<PartsEnd, PartsFailure>, Asked, u32); 2] {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let open = |which: usize| PartsFolder::open(folders[which].path(), LOG, 3, "a log").unwrap();
    let (stop, mut had) = (StopFlag::new(), [0, 0]);
    let first = PartsUploader::new(&world.blocking, &stop)
        .with_patience(pace, 3)
        .with_longest_wait(longest)
        .send(&mut open(0), &mut log(), &mut |parts, _| had[0] = parts);
    let first_asked = world.asked();
    let second = runtime().block_on(on_tokio::send_parts(
        &world.tokio,
        &mut open(1),
        &mut log(),
        (pace, 3, longest),
        &mut |parts, _| had[1] = parts,
    ));
    [(first, first_asked, had[0]), (second, world.asked(), had[1])]
}

#[test]
fn a_log_in_parts_arrives_once_though_the_server_fails_in_between() {
    let failing = AtomicUsize::new(0);
    let have = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&have);
    let world = World::new(move |seen, tls| {
        let mut have = kept.lock().unwrap();
        if seen.line.starts_with("HEAD") {
            let fields = have.iter().map(|part| format!("({part} {part})")).collect::<Vec<_>>().join(", ");
            return match have.is_empty() {
                true => answer(tls, 404, PROBLEM, b""),
                false => answer(tls, 204, &format!("{}: {fields}\r\n", names::PARTS), b""),
            };
        }
        let path = seen.line.split(' ').nth(1).unwrap();
        match path.split_once("/parts/") {
            // Once for each driver.
            Some((_, "2")) if failing.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) => {
                answer(tls, 503, "", b"")
            }
            Some((_, part)) => {
                have.push(part.to_owned());
                stored(tls, &seen.body)
            }
            None => {
                have.clear();
                stored(tls, &seen.body)
            }
        }
    });
    let [first, second] = both_send(&world, (FAST, Duration::MAX), || Log(0));
    let Ok(PartsEnd::Stored(receipt)) = &first.0 else { panic!("{:?}", first.0) };
    assert_eq!(receipt.digest, ContentDigest::of(b"the list"));
    assert_eq!(second.0.unwrap(), PartsEnd::Stored(receipt.clone()));
    assert_eq!((first.2, second.2), (3, 3));
    assert_eq!(first.1, second.1);
    let asked: Vec<_> =
        first.1.iter().map(|(line, body)| (line.split(' ').next().unwrap(), body.len())).collect();
    let (head, part) = (("HEAD", 0), ("PUT", 100));
    assert_eq!(
        asked,
        [head, part, part, head, part, part, ("PUT", 8)],
        "part 2 as it was sealed the first time"
    );
}

#[test]
fn a_server_that_wants_to_be_left_alone_for_long_is_and_what_fails_here_is_said() {
    let world = World::new(|_, tls| answer(tls, 503, "retry-after: 3000\r\n", b""));
    for (end, asked, _) in both_send(&world, (Backoff::PROTOCOL, Duration::from_secs(60)), || Log(0)) {
        assert!(matches!(end, Ok(PartsEnd::GaveUp(_))), "{end:?}");
        assert_eq!(asked.len(), 1);
    }
    let world = World::new(|seen, tls| match seen.line.starts_with("HEAD") {
        true => answer(tls, 404, PROBLEM, b""),
        false => stored(tls, &seen.body),
    });
    for (end, _, _) in both_send(&world, (FAST, Duration::MAX), || Log(2)) {
        assert!(matches!(end, Err(PartsFailure::Source(_))), "{end:?}");
    }
    let world = World::new(|_, tls| answer(tls, 403, "", b""));
    for (end, _, _) in both_send(&world, (FAST, Duration::MAX), || Log(0)) {
        assert!(matches!(end, Ok(PartsEnd::Untrusted(_))), "{end:?}");
    }
}

/// A log that is its own octets, in parts as they were cut, sealed by nobody.
struct Octets<'a>(&'a [u8], Cut);

impl PartSource for Octets<'_> {
    fn part(&mut self, part: u32, _: &[SealedDigest]) -> Result<SealedPart, SourceError> {
        let mut parts = self.0.chunks(self.1.part().try_into()?);
        let octets = parts.nth(usize::try_from(part - 1)?).ok_or("no such part")?.to_vec();
        Ok(SealedPart { length: octets.len() as u64, octets })
    }

    fn list(&mut self, parts: &[SealedDigest]) -> Result<Vec<u8>, SourceError> {
        Ok(format!("{} parts", parts.len()).into_bytes())
    }
}

#[test]
fn a_log_whose_parts_are_too_large_for_somebody_in_between_arrives_in_smaller_ones() {
    let log: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
    for (limit, wanted) in [(30_000, Some((25_000, 8))), (16_384, Some((16_384, 13))), (16_383, None)] {
        let world = World::new(move |seen, tls| match seen.line.starts_with("HEAD") {
            true => answer(tls, 404, PROBLEM, b""),
            false if seen.body.len() > limit => answer(tls, 413, "", b"<html>too large</html>"),
            false => stored_as(tls, &seen.line, &seen.body),
        });
        let mut asked = Vec::new();
        for on_runtime in [false, true] {
            let (place, stop) = (tempfile::tempdir().unwrap(), StopFlag::new());
            let mut cut = Cut::new(log.len() as u64, 100_000, 4096);
            let (mut name, mut tries) = (LOG, 0);
            let end = loop {
                tries += 1;
                let path = place.path().join(tries.to_string());
                let mut folder = PartsFolder::open(&path, name, cut.parts(), "a log").unwrap();
                let mut source = Octets(&log, cut);
                let end = if on_runtime {
                    let patience = (FAST, 3, Duration::MAX);
                    let progress = &mut |_, _| {};
                    let sending =
                        on_tokio::send_parts(&world.tokio, &mut folder, &mut source, patience, progress);
                    runtime().block_on(sending).unwrap()
                } else {
                    let mut uploader = PartsUploader::new(&world.blocking, &stop).with_patience(FAST, 3);
                    uploader.send(&mut folder, &mut source, &mut |_, _| {}).unwrap()
                };
                match (end, cut.smaller()) {
                    (PartsEnd::TooLarge(why), Some(smaller)) => {
                        assert!(why.contains("client_max_body_size"), "{why}");
                        cut = smaller;
                        name = Uuid::from_u128(name.as_u128() + 1);
                    }
                    (end, _) => break end,
                }
            };
            let arrived: Vec<u8> = world.server.seen().iter().fold(Vec::new(), |mut log, seen| {
                if seen.line.contains(&format!("{name}/parts/")) && seen.body.len() <= limit {
                    log.extend_from_slice(&seen.body);
                }
                log
            });
            match wanted {
                Some(wanted) => {
                    assert!(matches!(end, PartsEnd::Stored(_)), "{end:?}");
                    assert_eq!((cut.part(), cut.parts()), wanted);
                    assert!(arrived == log, "{} octets", arrived.len());
                }
                None => assert!(matches!(end, PartsEnd::TooLarge(_)), "{end:?}"),
            }
            asked.push(world.asked());
        }
        assert_eq!(asked[0], asked[1]);
    }
}

#[test]
fn a_spool_is_left_for_later_when_the_server_wants_a_long_wait() {
    let world = World::new(|_, tls| answer(tls, 503, "retry-after: 3000\r\n", b""));
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = Spool::open(folder.path(), SpoolLimits::default()).unwrap();
    let octets = sealed::sealed(b"report");
    spool.append(Class::Meter, Uuid::from_u128(1), SealedPayload::new(&octets).unwrap()).unwrap();
    let (spool, stop, minute) = (Mutex::new(spool), StopFlag::new(), Duration::from_secs(60));
    let mut uploader = Uploader::new(&world.blocking, &spool, &stop).with_longest_wait(minute);
    let patience = (Backoff::PROTOCOL, 10, minute);
    let mut progress = |_: &_| {};
    let second = on_tokio::drain_with(&world.tokio, &spool, patience, &mut progress);
    for report in [uploader.drain(&mut |_| {}), runtime().block_on(second)] {
        let report = report.unwrap();
        assert!(matches!(report.end, DrainEnd::GaveUp(_)), "{report:?}");
        assert!(report.leave_alone >= Duration::from_secs(3000), "{report:?}");
    }
    assert_eq!(world.asked().len(), 2);
}

/// One emptying of a spool by one of the drivers.
type Drains<'a> = dyn FnMut(&Mutex<Spool>) -> blocking::DrainReport + 'a;

/// A spool of four payloads, each with its number in it.
fn four(folder: &tempfile::TempDir) -> Mutex<Spool> {
    let (mut spool, _) = Spool::open(folder.path(), SpoolLimits::default()).unwrap();
    for number in 1..=4 {
        let octets = sealed::sealed(&[number]);
        let payload = SealedPayload::new(&octets).unwrap();
        spool.append(Class::Meter, Uuid::from_u128(number.into()), payload).unwrap();
    }
    Mutex::new(spool)
}

/// It closes without an answer.
const LOST: u16 = 0;

#[test]
fn one_payload_that_the_server_does_not_take_or_is_lost_over_holds_up_no_other() {
    // What is no answer of the protocol ends each of the first drains.
    for (status, wrong, most) in
        [(500, 0, 3), (502, 0, 3), (LOST, 0, 3), (413, 0, 1), (200, 2, 3), (404, 2, 3)]
    {
        let world = World::new(move |seen, tls| {
            if seen.line.starts_with("GET ") {
                assert_eq!(seen.field("connection"), Some("close"));
                return answer(tls, 304, "connection: close\r\n", b"").map(|_| false);
            }
            if seen.body == sealed::sealed(&[1]) && status == LOST {
                return Ok(false);
            }
            if seen.body == sealed::sealed(&[1]) {
                return answer(tls, status, "content-type: text/html\r\n", b"<html>No</html>");
            }
            let upload = seen.line.split(' ').nth(1).unwrap().rsplit('/').next().unwrap().parse().unwrap();
            let digest = ContentDigest::of(&seen.body);
            let receipt = Receipt { upload, digest, stored_at: Timestamp::from_unix_seconds(1) };
            answer(tls, 201, "", &serde_json::to_vec(&receipt).unwrap())
        });
        let stop = StopFlag::new();
        let mut by_blocking = |spool: &Mutex<Spool>| {
            let mut uploader = Uploader::new(&world.blocking, spool, &stop).with_patience(FAST, 10);
            uploader.drain(&mut |_| {}).unwrap()
        };
        let mut by_tokio = |spool: &Mutex<Spool>| {
            let mut progress = |_: &_| {};
            let drained = on_tokio::drain(&world.tokio, spool, (FAST, 10), &mut progress);
            runtime().block_on(drained).unwrap()
        };
        let drains: [&mut Drains<'_>; 2] = [&mut by_blocking, &mut by_tokio];
        for drain in drains {
            let folder = tempfile::tempdir().unwrap();
            let spool = four(&folder);
            for _ in 0..wrong {
                assert!(matches!(drain(&spool).end, DrainEnd::Misconfigured(_)), "{status}");
            }
            let report = drain(&spool);
            let DrainEnd::Stuck(why) = report.end else { panic!("{status}: {:?}", report.end) };
            let word = if status == LOST { "was lost".to_owned() } else { format!("status {status}") };
            assert!(why.contains(&word), "{why}");
            assert_eq!((report.stored, report.set_aside), (3, 0));
            let asked = world.asked();
            let (questions, sent): (Asked, Asked) = asked.into_iter().partition(|(_, body)| body.is_empty());
            let sent: Vec<u8> = sent.iter().map(|(_, body)| *body.last().unwrap()).collect();
            // The last time it goes out on a connection that was used, and so once more when that is lost.
            let last = if status == LOST { 2 } else { 1 };
            let all = [vec![1; most], vec![2, 3, 4], vec![1; last]].concat();
            assert_eq!(sent, all, "so often, the others, and once more: {status}");
            let is_in_doubt = [500, 502, LOST].contains(&status);
            assert_eq!(!questions.is_empty(), is_in_doubt, "{status}: {questions:?}");
            assert!(questions.iter().all(|(line, _)| line == "GET /rs/v1/ HTTP/1.1"), "{questions:?}");
            let left: Vec<u128> = spool.lock().unwrap().pending().map(|entry| entry.id.as_u128()).collect();
            assert_eq!(left, [1]);
        }
    }
}

const FILE: &[u8] = &[7; 10_000];

/// Gives the range that is asked for of these octets.
fn give(seen: &Seen, tls: &mut Tls, octets: &[u8]) -> io::Result<bool> {
    let (first, last) = seen.field("range").unwrap().strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
    let range = format!("content-range: bytes {first}-{last}/{}\r\n", octets.len());
    answer(tls, 206, &range, &octets[first..=last])
}

/// Fetches by both; what each came to, in words where it failed.
fn both_fetch(world: &World, origins: &[String]) -> [Result<Vec<u8>, String>; 2] {
    let artifact = SoftwareArtifact {
        digest: ContentDigest::of(FILE),
        size: FILE.len() as u64,
        origins: origins.to_vec(),
    };
    let folder = tempfile::tempdir().unwrap();
    let open = |which: &str| ArtifactFile::open(&folder.path().join(which), &artifact).unwrap();
    let read = |path: std::path::PathBuf| std::fs::read(path).unwrap();
    let first = world.blocking.fetch(&mut open("blocking"), 4_096, &StopFlag::new(), &mut |_| {});
    let mut have = Vec::new();
    let mut file = open("tokio");
    let mut progress = |octets| have.push(octets);
    let second = runtime().block_on(world.tokio.fetch(&mut file, 4_096, &mut progress));
    assert!(second.is_err() || have == [4_096, 8_192, 10_000], "{have:?}");
    [first, second].map(|fetched| fetched.map(read).map_err(|error| error.to_string()))
}

#[test]
fn an_artifact_is_fetched_in_pieces_from_here_and_from_where_the_manifest_lets_it() {
    let here = World::new(|seen, tls| give(seen, tls, FILE));
    assert_eq!(both_fetch(&here, &[]), [Ok(FILE.to_vec()), Ok(FILE.to_vec())]);
    let asked = here.asked();
    assert_eq!((asked.len(), &asked[..3]), (6, &asked[3..]));

    let authority = Authority::new();
    let shown = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&shown);
    let tls = server_tls(&authority, false, authority.server("localhost", |_| {}));
    let elsewhere = Server::start(tls, move |seen, tls| {
        count.fetch_add(usize::from(tls.get_ref().conn.peer_certificates().is_some()), Ordering::SeqCst);
        give(seen, tls, FILE)
    });
    let place = format!("https://localhost:{}", elsewhere.listener.address.port());
    let location = format!("location: {place}/file\r\n");
    let world = World::of(&authority, move |_, tls| answer(tls, 307, &location, b""));
    assert_eq!(both_fetch(&world, &[place]), [Ok(FILE.to_vec()), Ok(FILE.to_vec())]);
    assert_eq!((elsewhere.seen().len(), shown.load(Ordering::SeqCst)), (6, 0), "shown to nobody");
    assert_eq!(elsewhere.listener.count(), 2, "one connection for each driver");
    let [first, second] = both_fetch(&world, &[]);
    assert!(first.is_err() && first == second, "{second:?}");

    let wrong = World::new(|seen, tls| give(seen, tls, &[8; 10_000]));
    let [first, second] = both_fetch(&wrong, &[]);
    assert!(first.is_err() && first == second, "{second:?}");
}

const ID: &str = "00000000-0000-0000-0000-000000000003";

#[derive(Default)]
struct Counting(usize);

impl Hands for Counting {
    fn act(&mut self, command: &Command, _: &Begun) -> (ExecutionResult, Vec<Uuid>) {
        assert_eq!(command.action, Action::Restart);
        self.0 += 1;
        (ExecutionResult { code: ResultCode::Ok, text: "done".into() }, Vec::new())
    }

    fn look(&mut self, _: &Command) -> (ExecutionResult, Vec<Uuid>) {
        panic!("nothing was interrupted")
    }

    fn now(&self) -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }
}

/// What was asked without the numbers that are drawn for each beginning, which are taken out.
fn undrawn(mut asked: Vec<(String, Vec<u8>)>, numbers: &mut Vec<String>) -> Vec<(String, Vec<u8>)> {
    for (_, body) in &mut asked {
        let Ok(mut document) = serde_json::from_slice::<serde_json::Value>(body) else { continue };
        if let Some(number) = document.as_object_mut().and_then(|members| members.remove("beginning")) {
            numbers.push(number.as_str().unwrap().to_owned());
            *body = document.to_string().into_bytes();
        }
    }
    asked
}

#[test]
fn a_round_of_commands_does_and_reports_the_same_and_each_once() {
    let world = World::new(|seen, tls| {
        let path = seen.line.split(' ').nth(1).unwrap();
        let command = json!({"id": ID, "client": Uuid::from_u128(7), "action": "restart", "issuer": "o",
            "issuedAt": "2026-11-22T10:00:00Z", "expiresAt": "2026-11-23T10:00:00Z",
            "nonce": "AAECAwQFBgcICQoLDA0ODw=="});
        match path.rsplit('/').next().unwrap() {
            "commands" => {
                // The first of the list cannot be had, and holds up no other.
                let all = [Uuid::from_u128(1).to_string(), ID.to_owned()];
                let all = all.map(|id| json!({ "id": id, "state": "queued" }));
                let list = json!({ "commands": all }).to_string();
                answer(tls, 200, "remote-services-next-poll: 30\r\n", list.as_bytes())
            }
            "execution" => answer(tls, 200, "etag: \"1\"\r\n", b""),
            ID => answer(tls, 200, SIGNED, command.to_string().as_bytes()),
            _ => answer(tls, 500, "", b""),
        }
    });
    let actions = BTreeMap::from([(Action::Restart, ActionSetting::On)]);
    let verifier = |_: &str, body: &[u8]| Ok::<_, String>(body.to_vec());
    let orders = |mode| Orders {
        client: Uuid::from_u128(7),
        mode,
        actions: &actions,
        manages: &|_| false,
        verifier: &verifier,
    };
    let poll = || Poll::new(Uuid::from_u128(7), NextPoll { seconds: 900, jitter: 0 });
    let (mut first, mut second) =
        ((CommandBook::default(), Counting(0)), (CommandBook::default(), Counting(0)));
    for (mode, asked) in [(SecurityMode::Normal, 5), (SecurityMode::Normal, 2), (SecurityMode::Lockdown, 2)] {
        let orders = orders(mode);
        let told = world.blocking.obey(&mut poll(), &mut first.0, &mut |_| Ok(()), &orders, &mut first.1);
        let blocking_asked = world.asked();
        let keep = &mut |_: &CommandBook| Ok(());
        let same =
            runtime().block_on(world.tokio.obey(&mut poll(), &mut second.0, keep, &orders, &mut second.1));
        let words = |told: Result<Duration, blocking::ObeyError>| told.map_err(|error| error.to_string());
        assert_eq!(words(told), words(same));
        let mut numbers = Vec::new();
        let [one, other] = [blocking_asked, world.asked()].map(|asked| undrawn(asked, &mut numbers));
        assert_eq!(one, other);
        assert_eq!(one.len(), asked, "{one:#?}");
        assert!(numbers.is_empty() || (numbers.len() == 2 && numbers[0] != numbers[1]), "{numbers:?}");
        assert_eq!(first.0, second.0);
    }
    assert_eq!((first.1.0, second.1.0), (1, 1));
}
