//! An artifact that the server has elsewhere: where the client goes, as whom, and what it believes there.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

mod support;

use remote_services_transport::client::blocking::{Client, FetchError, StopFlag};
use remote_services_transport::document::{ContentDigest, SoftwareArtifact};
use remote_services_transport::software::ArtifactFile;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Authority, Seen, Server, Tls, answer, server_tls};

const FILE: &[u8] = &[7; 10_000];
const PIECE: u64 = 4_096;

/// Gives the range that is asked for of these octets.
fn give(seen: &Seen, tls: &mut Tls, octets: &[u8]) -> std::io::Result<bool> {
    let (first, last) = seen.field("range").unwrap().strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
    let range = format!("content-range: bytes {first}-{last}/{}\r\n", octets.len());
    answer(tls, 206, &range, &octets[first..=last])
}

struct World {
    folder: tempfile::TempDir,
    /// Sends everybody elsewhere, and has its file under another path as well.
    server: Server,
    elsewhere: Server,
    client: Client,
    /// How many requests came elsewhere with a client's certificate.
    shown: Arc<AtomicUsize>,
}

impl World {
    fn new(location: impl Fn(u16) -> String + Send + Sync + 'static, there: &'static [u8]) -> Self {
        let authority = Authority::new();
        let tls = || server_tls(&authority, false, authority.server("localhost", |_| {}));
        let shown = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&shown);
        let elsewhere = Server::start(tls(), move |seen, tls| {
            let certificate = tls.get_ref().conn.peer_certificates();
            count.fetch_add(usize::from(certificate.is_some()), Ordering::SeqCst);
            if seen.line.contains("/again") {
                return answer(tls, 307, "location: /file\r\n", b"");
            }
            give(seen, tls, there)
        });
        let port = elsewhere.listener.address.port();
        let strict = server_tls(&authority, true, authority.server("localhost", |_| {}));
        let server = Server::start(strict, move |seen, tls| match &*seen.line {
            line if line.starts_with("GET /here ") => give(seen, tls, FILE),
            _ => answer(tls, 307, &format!("location: {}\r\n", location(port)), b""),
        });
        let client = Client::new(server.config(), &authority.client()).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), server, elsewhere, client, shown }
    }

    fn fetch(&self, origins: Vec<String>) -> Result<Vec<u8>, FetchError> {
        let artifact = SoftwareArtifact { digest: ContentDigest::of(FILE), size: FILE.len() as u64, origins };
        let mut file = ArtifactFile::open(self.folder.path(), &artifact)?;
        let path = self.client.fetch(&mut file, PIECE, &StopFlag::new(), &mut |_| {})?;
        Ok(std::fs::read(path).unwrap())
    }

    fn listed(&self) -> Vec<String> {
        vec![format!("https://localhost:{}", self.elsewhere.listener.address.port())]
    }
}

#[test]
fn a_listed_origin_is_gone_to_without_the_clients_certificate() {
    let world = World::new(|port| format!("https://localhost:{port}/file"), FILE);
    assert_eq!(world.fetch(world.listed()).unwrap(), FILE);
    let seen = world.elsewhere.seen();
    assert_eq!((seen.len(), world.shown.load(Ordering::SeqCst)), (3, 0), "three pieces, shown to nobody");
    assert!(seen.iter().all(|seen| seen.field("authorization").is_none()));
    assert_eq!(world.elsewhere.listener.count(), 1, "on one connection");
    assert_eq!(world.server.listener.count(), 1, "the server itself is asked as this client");
}

#[test]
fn an_origin_that_the_manifest_does_not_name_is_never_connected_to() {
    let world = World::new(|port| format!("https://localhost:{port}/file"), FILE);
    for origins in [Vec::new(), vec!["https://localhost".to_owned()], vec!["https://other.test".to_owned()]] {
        let error = world.fetch(origins).unwrap_err();
        assert!(matches!(error, FetchError::Redirect(_)), "{error}");
        assert!(error.to_string().contains("no origin that the manifest names"), "{error}");
    }
    assert_eq!(world.elsewhere.listener.count(), 0);
}

#[test]
fn another_file_from_a_listed_origin_is_thrown_away() {
    const OTHER: &[u8] = &[8; 10_000];
    let world = World::new(|port| format!("https://localhost:{port}/file"), OTHER);
    let error = world.fetch(world.listed()).unwrap_err();
    assert!(matches!(error, FetchError::Wrong(_)), "{error}");
    assert_eq!(std::fs::read_dir(world.folder.path()).unwrap().count(), 0, "nothing of it stays");
}

#[test]
fn another_path_of_the_server_is_followed_and_a_second_redirect_is_not() {
    let world = World::new(|_| "/here".to_owned(), FILE);
    assert_eq!(world.fetch(Vec::new()).unwrap(), FILE);
    let world = World::new(|port| format!("https://localhost:{port}/again"), FILE);
    let error = world.fetch(world.listed()).unwrap_err();
    assert!(error.to_string().contains("a second time"), "{error}");
}
