//! nginx in front of a server, as a proxy with a limit, before a server that one payload brings down, and before none: what
//! nginx answers in the server's place is about the payload that it concerns, and the others arrive. With both drivers.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use remote_services_core::backoff::Backoff;
use remote_services_core::id::{Uuid, uuid_v7};
use remote_services_core::time::Timestamp;
use remote_services_interop::nginx::Nginx;
use remote_services_interop::pki::Authority;
use remote_services_interop::uploader::{self, identity};
use remote_services_interop::{Tool, require};
use remote_services_transport::client::{DrainEnd, DrainReport, blocking, tokio as on_tokio};
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};

const HOST: &str = "upload.test";
/// The last octet of the payload over which the server dies.
const POISON: u8 = 0xff;

/// A server in the clear: gives receipts and a directory, closes without a word over one payload.
struct Behind {
    address: SocketAddr,
    stored: Arc<Mutex<BTreeSet<Uuid>>>,
    deaths: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Behind {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stored, deaths) = (Arc::<Mutex<BTreeSet<Uuid>>>::default(), Arc::<AtomicUsize>::default());
        let stopping = Arc::<AtomicBool>::default();
        let (kept, died, stop) = (Arc::clone(&stored), Arc::clone(&deaths), Arc::clone(&stopping));
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                // An error is nginx's doing, which leaves when it has seen enough.
                let _ = stream.and_then(|stream| serve(stream, &kept, &died));
            }
        });
        Self { address, stored, deaths, stopping, accepting: Some(accepting) }
    }

    /// From now on nobody listens there.
    fn go_away(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.accepting.take().map(JoinHandle::join);
    }

    fn stored(&self) -> usize {
        self.stored.lock().unwrap().len()
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        if self.accepting.is_some() {
            self.go_away();
        }
    }
}

/// One request on one connection.
fn serve(stream: TcpStream, stored: &Mutex<BTreeSet<Uuid>>, deaths: &AtomicUsize) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().to_ascii_lowercase() {
            line if line.is_empty() => break,
            line => length = line.strip_prefix("content-length: ").map_or(length, |it| it.parse().unwrap()),
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if body.last() == Some(&POISON) {
        deaths.fetch_add(1, Ordering::SeqCst);
        return Ok(());
    }
    let (status, answer) = match first.split([' ', '/']).rev().find_map(|word| word.parse::<Uuid>().ok()) {
        Some(upload) if first.starts_with("PUT ") => {
            stored.lock().unwrap().insert(upload);
            let digest = ContentDigest::of(&body);
            let stored_at = Timestamp::from_unix_seconds(1);
            (201, serde_json::to_vec(&Receipt { upload, digest, stored_at })?)
        }
        _ => (200, b"{}".to_vec()),
    };
    let head =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", answer.len());
    let mut stream = reader.into_inner();
    stream.write_all(&[head.as_bytes(), &answer].concat())
}

/// A spool of payloads with so many octets and such an end, in their order.
fn spool_of(folder: &Path, payloads: &[(usize, u8)]) -> Mutex<Spool> {
    let (mut spool, _) = Spool::open(folder, SpoolLimits::default()).unwrap();
    for (number, (octets, end)) in (1..).zip(payloads) {
        // id-ct-authEnvelopedData (RFC 5083), and nothing sealed in it.
        let oid = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
        let content = [&oid[..], &vec![0; octets - 1], &[*end]].concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let payload = [&[0x30, 0x82][..], &length, &content].concat();
        let id = uuid_v7(Timestamp::from_unix_seconds(1_700_000_000), [number; 10]);
        spool.append(Class::Report, id, SealedPayload::new(&payload).unwrap()).unwrap();
    }
    Mutex::new(spool)
}

const FAST: Backoff = Backoff::new(Duration::from_millis(1), Duration::from_millis(4));

/// Empties a spool through nginx by one of the drivers.
fn drain(
    on_runtime: bool,
    authority: &Authority,
    nginx: &Nginx,
    spool: &Mutex<Spool>,
    failures: u32,
) -> DrainReport {
    let config = uploader::config(HOST, nginx.address.port());
    let own = identity(authority, &authority.client("client"));
    if on_runtime {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = on_tokio::Client::new(config, &own).unwrap();
        runtime.block_on(on_tokio::drain(&client, spool, (FAST, failures), &mut |_| {})).unwrap()
    } else {
        let client = blocking::Client::new(config, &own).unwrap();
        let stop = blocking::StopFlag::new();
        let mut uploader = blocking::Uploader::new(&client, spool, &stop).with_patience(FAST, failures);
        uploader.drain(&mut |_| {}).unwrap()
    }
}

/// What is left in a spool, by its number, and why it is.
fn left(spool: &Mutex<Spool>) -> Vec<(u8, bool, String)> {
    let spool = spool.lock().unwrap();
    let known =
        |id| spool.failures(id).map_or((false, String::new()), |it| (it.is_stuck(), it.why().to_owned()));
    let entries = spool.pending().map(|entry| (entry.id.as_bytes()[15], known(entry.id)));
    entries.map(|(number, (is_stuck, why))| (number, is_stuck, why)).collect()
}

#[test]
fn what_nginx_takes_for_too_large_waits_with_the_probable_reason_and_the_others_arrive() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    for on_runtime in [false, true] {
        let (folder, behind) = (tempfile::tempdir().unwrap(), Behind::start());
        let authority = Authority::new(folder.path());
        let nginx = Nginx::in_front_of(behind.address, "4k", &authority, &authority.server(HOST));
        let spool =
            spool_of(&folder.path().join("spool"), &[(40_000, 0), (1_000, 0), (6_000, 0), (2_000, 0)]);
        let report = drain(on_runtime, &authority, &nginx, &spool, 10);
        assert_eq!((report.stored, report.set_aside, behind.stored()), (2, 0, 2));
        let DrainEnd::Stuck(why) = report.end else { panic!("{:?}", report.end) };
        assert!(why.contains("status 413") && why.contains("client_max_body_size"), "{why}");
        let left = left(&spool);
        assert_eq!(left.iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), [(1, true), (3, true)]);
        assert!(left[0].2.starts_with("it has 40017 octets: "), "{left:?}");
        assert!(nginx.error_log().contains("client intended to send too large body"));
    }
}

#[test]
fn a_payload_over_which_the_server_behind_nginx_dies_holds_up_no_other_after_the_third_time() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    for on_runtime in [false, true] {
        let (folder, behind) = (tempfile::tempdir().unwrap(), Behind::start());
        let authority = Authority::new(folder.path());
        let nginx = Nginx::in_front_of(behind.address, "1m", &authority, &authority.server(HOST));
        let spool = spool_of(&folder.path().join("spool"), &[(100, POISON), (100, 0), (100, 0)]);
        let report = drain(on_runtime, &authority, &nginx, &spool, 10);
        assert_eq!((report.stored, behind.stored()), (2, 2));
        let DrainEnd::Stuck(why) = report.end else { panic!("{:?}", report.end) };
        assert!(why.contains("status 502"), "{why}");
        assert_eq!(left(&spool).iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), [(1, true)]);
        assert!((3..=4).contains(&behind.deaths.load(Ordering::SeqCst)), "{}", nginx.access_log());
    }
}

#[test]
fn a_server_that_is_away_behind_nginx_makes_no_payload_stuck() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    for on_runtime in [false, true] {
        let (folder, mut behind) = (tempfile::tempdir().unwrap(), Behind::start());
        let authority = Authority::new(folder.path());
        let nginx = Nginx::in_front_of(behind.address, "1m", &authority, &authority.server(HOST));
        behind.go_away();
        let spool = spool_of(&folder.path().join("spool"), &[(100, 0), (100, 0)]);
        for _ in 0..5 {
            let report = drain(on_runtime, &authority, &nginx, &spool, 4);
            assert!(matches!(report.end, DrainEnd::GaveUp(_)), "{:?}", report.end);
        }
        assert_eq!(left(&spool).iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), [(1, false), (2, false)]);
        let log = nginx.access_log();
        let (sent, asked) = (log.matches("\"PUT ").count(), log.matches("\"GET ").count());
        assert!(
            asked >= 12 && (2..=2 + asked / 2).contains(&sent),
            "asked for, and sent every third time: {log}"
        );
    }
}
