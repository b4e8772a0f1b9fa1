//! Sealing and opening beside their limit: what SHA-256, AES-256-GCM and one copy of the same octets take.
//!
//! `seal ratio WORK PROVIDER` prints time ÷ limit, by turns in one run; `seal time WORK PROVIDER` prints
//! nanoseconds; `seal overhead` octets; `seal log MIB` the most memory that the process had while it sealed and
//! opened a log of that length, in KiB.
mod log;
mod world;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use remote_services_core::device::DeviceReport;
use remote_services_payload::archive::{ArchiveLimits, EntrySource, write};
use remote_services_payload::container::{Limits, pack};
use remote_services_payload::kind::{PayloadKind, decode, encode_report};
use remote_services_payload::seal::{CryptoProvider, DigestAlgorithm, Key256, aws_lc, rust_crypto};
use remote_services_payload::xml;
use world::World;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["overhead"] => {
            let world = World::new(rust_crypto());
            println!("{}", world.seal(&[0x5A; 8 << 10]).len() - (8 << 10));
        }
        ["log", mib] => match mib.parse() {
            Ok(mib) => println!("{}", log::most_memory(mib)),
            Err(_) => return usage(),
        },
        ["time" | "ratio", work, who] => {
            let provider = match who {
                "rust-crypto" => rust_crypto(),
                "aws-lc" => aws_lc().expect("the module works"),
                _ => return usage(),
            };
            let Some((mut ours, mut limit)) = rounds(work, World::new(provider), provider) else {
                return usage();
            };
            let (ours, limit) = least(&mut *ours, &mut *limit);
            if words[0] == "time" { println!("{:.0}", ours * 1e9) } else { println!("{:.4}", ours / limit) }
        }
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

type Round = Box<dyn FnMut() -> usize>;

/// The work, and what nobody can leave out of it.
fn rounds(work: &str, world: World, provider: &'static dyn CryptoProvider) -> Option<(Round, Round)> {
    Some(match work {
        "seal-8k" | "seal-8m" => {
            let content = vec![0x5A; if work == "seal-8k" { 8 << 10 } else { 8 << 20 }];
            let limit = sealing(provider, content.clone());
            (Box::new(move || world.seal(&content).len()), limit)
        }
        "open-8k" | "open-8m" => {
            let content = vec![0x5A; if work == "open-8k" { 8 << 10 } else { 8 << 20 }];
            let sealed = world.seal(&content);
            (Box::new(move || world.open(&sealed)), opening(provider, content))
        }
        "report" => report(world),
        _ => return None,
    })
}

/// A copy, SHA-256 and AES-256-GCM.
fn sealing(provider: &'static dyn CryptoProvider, content: Vec<u8>) -> Round {
    let (key, mut random) = (Key256::new([7; 32]), provider.random());
    Box::new(move || {
        let mut out = content.clone();
        let digest = provider.digest(DigestAlgorithm::Sha256, &[&out]);
        let (_, tag) = provider.encrypt(&key, &[], &mut out, &mut *random).expect("the module works");
        out.len() + usize::from(digest.as_slice()[0]) + usize::from(tag[0])
    })
}

/// A copy, AES-256-GCM and SHA-256.
fn opening(provider: &'static dyn CryptoProvider, mut content: Vec<u8>) -> Round {
    let (key, mut random) = (Key256::new([7; 32]), provider.random());
    let (nonce, tag) = provider.encrypt(&key, &[], &mut content, &mut *random).expect("the module works");
    Box::new(move || {
        let mut out = content.clone();
        provider.decrypt(&key, &nonce, &[], &mut out, &tag).expect("the tag fits");
        let digest = provider.digest(DigestAlgorithm::Sha256, &[&out]);
        out.len() + usize::from(digest.as_slice()[0])
    })
}

/// A report all the way, and its steps one by one.
fn report(world: World) -> (Round, Round) {
    let mut report = DeviceReport::default();
    for kind in KINDS {
        let file = format!("{}/data/{}.xml", env!("CARGO_MANIFEST_DIR"), kind.label());
        let document = std::fs::read(file).expect("it lies there");
        let decoded = decode(kind, &document, &xml::Limits::default()).expect("our own document");
        decoded.document.place_in(&mut report);
    }
    let (other, world) = (world.clone(), world);
    let again = report.clone();
    let whole = move || {
        let documents = encode_report(&report).expect("a report");
        let entries: Vec<_> = documents.iter().map(world::entry).collect();
        let (limits, recipients) = (Limits::default(), std::slice::from_ref(&world.server.0));
        let mut random = world.provider.random();
        let octets = pack(world.head(), &entries, &[], &world.signer(), recipients, &limits, &mut *random);
        octets.expect("it packs").len()
    };
    let steps = move || {
        let documents = encode_report(&again).expect("a report");
        let entries: Vec<EntrySource<'_>> = documents.iter().map(world::entry).collect();
        let zip = write(&other.head(), &entries, &ArchiveLimits::default()).expect("it packs");
        // but for an octet: an archive is sealed by `pack` alone
        other.seal(&zip[1..]).len()
    };
    (Box::new(whole), Box::new(steps))
}

/// The fastest round of each, by turns, so that a busy moment of the machine meets both.
fn least(ours: &mut dyn FnMut() -> usize, limit: &mut dyn FnMut() -> usize) -> (f64, f64) {
    const LONG_ENOUGH: Duration = Duration::from_millis(1_500);
    let all = Instant::now();
    let mut least = (f64::INFINITY, f64::INFINITY);
    while all.elapsed() < LONG_ENOUGH {
        let began = Instant::now();
        black_box(ours());
        least.0 = least.0.min(began.elapsed().as_secs_f64());
        let began = Instant::now();
        black_box(limit());
        least.1 = least.1.min(began.elapsed().as_secs_f64());
    }
    least
}

const KINDS: [PayloadKind; 6] = [
    PayloadKind::Identity,
    PayloadKind::Network,
    PayloadKind::Properties,
    PayloadKind::Status,
    PayloadKind::Counters,
    PayloadKind::Supplies,
];

fn usage() -> ExitCode {
    eprintln!(
        "usage: seal ratio|time WORK PROVIDER, seal overhead, seal log MIB; the table of the bench has the names"
    );
    ExitCode::from(2)
}
