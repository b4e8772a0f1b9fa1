//! An artifact of which a server gives little at a time, to both drivers: little is taken, next to nothing is not.

#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_transport::client::blocking::{self, FetchError, StopFlag};
use remote_services_transport::client::tokio as on_tokio;
use remote_services_transport::document::{ContentDigest, SoftwareArtifact};
use remote_services_transport::software::ArtifactFile;
use std::io;
use std::path::PathBuf;
use support::{Authority, Seen, Server, Tls, answer, server_tls};

const FILE: &[u8] = &[7; 2_000_000];
const PIECE: u64 = 1 << 20;

/// A server of a file that answers so.
fn server(
    authority: &Authority,
    serve: impl Fn(&Seen, &mut Tls) -> io::Result<bool> + Send + Sync + 'static,
) -> Server {
    Server::start(server_tls(authority, true, authority.server("localhost", |_| {})), serve)
}

/// A server that gives so many octets of each range, from its beginning, as it may (RFC 9110 §15.3.7).
fn giving(authority: &Authority, most: usize) -> Server {
    server(authority, move |seen, tls| {
        let range = seen.field("range").unwrap().strip_prefix("bytes=").unwrap();
        let (first, last) = range.split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        let last = last.min(first + most - 1);
        let range = format!("content-range: bytes {first}-{last}/{}\r\n", FILE.len());
        answer(tls, 206, &range, &FILE[first..=last])
    })
}

/// Fetches by both drivers, which come to the same; what that is, and how many octets are there then.
fn fetch(authority: &Authority, server: &Server) -> ([Result<PathBuf, FetchError>; 2], u64) {
    let artifact =
        SoftwareArtifact { digest: ContentDigest::of(FILE), size: FILE.len() as u64, origins: Vec::new() };
    let folder = tempfile::tempdir().unwrap();
    let open = |which: &str| ArtifactFile::open(&folder.path().join(which), &artifact).unwrap();
    let identity = authority.client();
    let (mut one, mut other) = (open("blocking"), open("tokio"));
    let client = blocking::Client::new(server.config(), &identity).unwrap();
    let first = client.fetch(&mut one, PIECE, &StopFlag::new(), &mut |_| {});
    let client = on_tokio::Client::new(server.config(), &identity).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let second = runtime.block_on(client.fetch(&mut other, PIECE, &mut |_| {}));
    assert_eq!((first.is_ok(), one.have()), (second.is_ok(), other.have()));
    ([first, second], one.have())
}

#[test]
fn an_artifact_that_comes_octet_by_octet_is_given_up_after_a_few_of_them() {
    let authority = Authority::new();
    let server = giving(&authority, 1);
    let (ended, have) = fetch(&authority, &server);
    for error in ended.map(Result::unwrap_err) {
        assert!(matches!(error, FetchError::Scraps { answers: 17, fair: 65_536 }), "{error}");
    }
    assert_eq!((server.seen().len(), have), (2 * 17, 17), "what came stays for the next time");
}

#[test]
fn an_artifact_that_comes_in_smaller_pieces_than_were_asked_for_is_fetched() {
    let authority = Authority::new();
    let server = giving(&authority, 64 * 1024);
    let (ended, have) = fetch(&authority, &server);
    assert!(ended.iter().all(Result::is_ok), "{ended:?}");
    assert_eq!((server.seen().len(), have), (2 * 31, FILE.len() as u64));
}

#[test]
fn a_whole_that_is_too_short_is_another_file_and_is_not_asked_for_again() {
    let authority = Authority::new();
    let server =
        server(&authority, |_, tls| answer(tls, 200, "content-type: application/octet-stream\r\n", b"x"));
    let (ended, have) = fetch(&authority, &server);
    assert!(ended.iter().all(|ended| matches!(ended, Err(FetchError::Wrong(_)))), "{ended:?}");
    assert_eq!((server.seen().len(), have), (2, 0));
}
