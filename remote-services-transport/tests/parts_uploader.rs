//! A log in parts, a folder that keeps what was sealed, and a server that fails: each part is sealed once and stored once.

#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "support/sealed.rs"]
mod sealed;
mod support;

use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::blocking::{
    Client, PartSource, PartsEnd, PartsFailure, PartsUploader, SealedPart, SourceError, StopFlag,
};
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::parts::{PartsFolder, SealedDigest};
use sealed::sealed;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, PROBLEM, Seen, Server, Tls, answer, server_tls};
use uuid::Uuid;

const UPLOAD: Uuid = Uuid::from_u128(0x70);
const PARTS: u32 = 3;
const FAST: Backoff = Backoff::new(Duration::from_millis(1), Duration::from_millis(4));

/// What the server has, by the last word of the path: `1`, `2`, … and the upload's own name for the list.
type Stored = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Does what stands in its way, or takes the body.
fn start(
    authority: &Authority,
    mishap: impl Fn(&Seen, usize, &mut Tls) -> io::Result<Option<bool>> + Send + Sync + 'static,
) -> (Server, Stored) {
    let stored = Stored::default();
    let (kept, count) = (Arc::clone(&stored), Mutex::new(0_usize));
    let tls = server_tls(authority, true, authority.server("localhost", |_| {}));
    let server = Server::start(tls, move |seen, tls| {
        let number = {
            let mut count = count.lock().unwrap();
            *count += 1;
            *count
        };
        if let Some(more) = mishap(seen, number, tls)? {
            return Ok(more);
        }
        let mut words = seen.line.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let name = path.rsplit('/').next().unwrap().to_owned();
        let mut kept = kept.lock().unwrap();
        if method == "HEAD" {
            let runs: Vec<String> = (1..=PARTS)
                .filter(|n| kept.contains_key(&n.to_string()))
                .map(|n| format!("({n} {n})"))
                .collect();
            if runs.is_empty() {
                return answer(tls, 404, PROBLEM, b"");
            }
            write_head(tls, &runs.join(", "))?;
            return Ok(true);
        }
        let duplicate = kept.insert(name, seen.body.clone()).is_some_and(|before| before == seen.body);
        let digest = ContentDigest::of(&seen.body);
        let receipt = Receipt { upload: UPLOAD, digest, stored_at: Timestamp::from_unix_seconds(1) };
        answer(tls, if duplicate { 200 } else { 201 }, "", &serde_json::to_vec(&receipt).unwrap())
    });
    (server, stored)
}

fn write_head(tls: &mut Tls, runs: &str) -> io::Result<()> {
    use io::Write as _;
    write!(tls.get_mut(), "HTTP/1.1 204 X\r\nremote-services-parts: {runs}\r\n\r\n")
}

/// Seals `part N`, and counts how often it was asked.
#[derive(Default)]
struct Source {
    parts: Vec<u32>,
    lists: usize,
    fails: bool,
}

impl PartSource for Source {
    fn part(&mut self, part: u32, before: &[SealedDigest]) -> Result<SealedPart, SourceError> {
        if self.fails {
            return Err("the log is gone".into());
        }
        assert_eq!(u32::try_from(before.len()).unwrap(), part - 1, "all that came before are known");
        self.parts.push(part);
        Ok(SealedPart { length: 6, octets: sealed(format!("part {part}").as_bytes()) })
    }

    fn list(&mut self, parts: &[SealedDigest]) -> Result<Vec<u8>, SourceError> {
        self.lists += 1;
        let digests: Vec<String> = parts.iter().map(|part| format!("{:?}", part.digest)).collect();
        Ok(sealed(digests.join(",").as_bytes()))
    }
}

fn folder(path: &Path) -> PartsFolder {
    PartsFolder::open(&path.join("upload"), UPLOAD, PARTS, "a log of 18 octets").unwrap()
}

fn send(
    server: &Server,
    authority: &Authority,
    path: &Path,
    source: &mut Source,
    stop: &StopFlag,
) -> (Result<PartsEnd, PartsFailure>, Vec<u32>) {
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let mut progress = Vec::new();
    let end = PartsUploader::new(&client, stop).with_patience(FAST, 4).send(
        &mut folder(path),
        source,
        &mut |present, of| {
            assert_eq!(of, PARTS);
            progress.push(present);
        },
    );
    (end, progress)
}

#[test]
fn each_part_is_sealed_once_and_stored_once_whatever_happens_on_the_way() {
    let authority = Authority::new();
    // The second request fails before it is looked at, the fourth after its connection is gone.
    let (server, stored) = start(&authority, |_, number, tls| match number {
        2 => answer(tls, 503, "", b"").map(Some),
        4 => Err(io::ErrorKind::ConnectionAborted.into()),
        _ => Ok(None),
    });
    let place = tempfile::tempdir().unwrap();
    let mut source = Source::default();
    let (end, progress) = send(&server, &authority, place.path(), &mut source, &StopFlag::new());
    let PartsEnd::Stored(receipt) = end.unwrap() else { panic!("it is stored") };
    assert_eq!(receipt.upload, UPLOAD);
    assert_eq!(source.parts, [1, 2, 3], "what was sealed is kept and sent again");
    assert_eq!(progress.last(), Some(&PARTS));
    let stored = stored.lock().unwrap();
    for part in 1..=PARTS {
        assert_eq!(stored[&part.to_string()], sealed(format!("part {part}").as_bytes()));
    }
    assert!(stored.contains_key(&UPLOAD.to_string()), "the list closed it");
}

#[test]
fn it_goes_on_where_it_gave_up_and_sends_no_part_that_is_there() {
    let authority = Authority::new();
    let (server, stored) = start(&authority, |seen, _, tls| {
        if seen.line.contains("/parts/3") { answer(tls, 503, "", b"").map(Some) } else { Ok(None) }
    });
    let place = tempfile::tempdir().unwrap();
    let mut source = Source::default();
    let (end, _) = send(&server, &authority, place.path(), &mut source, &StopFlag::new());
    assert!(matches!(end.unwrap(), PartsEnd::GaveUp(_)), "being told what it has is no progress");
    assert_eq!(stored.lock().unwrap().len(), 2);
    drop(server);

    let (server, kept) = start(&authority, |_, _, _| Ok(None));
    kept.lock().unwrap().extend(stored.lock().unwrap().clone());
    let (end, _) = send(&server, &authority, place.path(), &mut source, &StopFlag::new());
    assert!(matches!(end.unwrap(), PartsEnd::Stored(_)));
    let puts = server.seen().iter().filter(|seen| seen.line.contains("/parts/")).count();
    assert_eq!((puts, source.parts.as_slice(), source.lists), (1, &[1, 2, 3][..], 1));
}

#[test]
fn what_ends_it_is_told_apart() {
    let authority = Authority::new();
    for (status, body, wanted) in [
        (422, &br#"{"title":"unreadable"}"#[..], "Refused"),
        (409, br#"{"title":"another","reason":"otherBytes"}"#, "OtherBytes"),
        (409, br#"{"title":"another"}"#, "Refused"),
        (403, br#"{"type":"urn:remote-services:problem:not-trusted","title":"revoked"}"#, "Untrusted"),
        (204, b"", "Misconfigured"),
    ] {
        let fields = "content-type: application/problem+json\r\n";
        let (server, stored) = start(&authority, move |seen, _, tls| {
            if seen.line.starts_with("PUT") { answer(tls, status, fields, body).map(Some) } else { Ok(None) }
        });
        let place = tempfile::tempdir().unwrap();
        let (end, _) = send(&server, &authority, place.path(), &mut Source::default(), &StopFlag::new());
        let end = format!("{:?}", end.unwrap());
        assert!(end.starts_with(wanted), "{status}: {end}");
        assert!(stored.lock().unwrap().is_empty());
    }
}

#[test]
fn what_is_not_allowed_any_more_ends_before_the_next_part_and_goes_on_later() {
    let authority = Authority::new();
    let (server, stored) = start(&authority, |_, _, _| Ok(None));
    let place = tempfile::tempdir().unwrap();
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let (mut source, stop) = (Source::default(), StopFlag::new());
    let allowed = || stored.lock().unwrap().is_empty();
    let end = PartsUploader::new(&client, &stop).with_patience(FAST, 4).while_allowed(&allowed).send(
        &mut folder(place.path()),
        &mut source,
        &mut |_, _| {},
    );
    assert_eq!((end.unwrap(), source.parts.as_slice()), (PartsEnd::Halted, &[1][..]));
    let (end, _) = send(&server, &authority, place.path(), &mut source, &stop);
    assert!(matches!(end.unwrap(), PartsEnd::Stored(_)));
    assert_eq!(source.parts, [1, 2, 3]);
}

#[test]
fn a_flag_stops_it_before_anything_is_asked_and_a_log_that_is_gone_is_the_callers_matter() {
    let authority = Authority::new();
    let (server, _) = start(&authority, |_, _, _| Ok(None));
    let place = tempfile::tempdir().unwrap();
    let stop = StopFlag::new();
    stop.stop();
    let (end, _) = send(&server, &authority, place.path(), &mut Source::default(), &stop);
    assert_eq!((end.unwrap(), server.seen().len()), (PartsEnd::Stopped, 0));
    let mut gone = Source { fails: true, ..Source::default() };
    let (end, _) = send(&server, &authority, place.path(), &mut gone, &StopFlag::new());
    let failure = end.unwrap_err();
    assert!(matches!(failure, PartsFailure::Source(_)));
    assert_eq!(failure.to_string(), "the log cannot be sealed: the log is gone");
}

#[test]
fn a_part_of_a_stranger_under_our_name_is_never_closed_with_a_list() {
    let authority = Authority::new();
    let (server, kept) = start(&authority, |_, _, _| Ok(None));
    kept.lock().unwrap().insert("1".to_owned(), b"not sealed here".to_vec());
    let place = tempfile::tempdir().unwrap();
    let mut source = Source::default();
    let (end, _) = send(&server, &authority, place.path(), &mut source, &StopFlag::new());
    assert!(matches!(end.unwrap(), PartsEnd::OtherBytes(why) if why.contains("not sealed here")));
    assert_eq!((source.parts.len(), source.lists), (0, 0));
}
