//! A spool over whatever stands in its folder, and then at work: what is not its own stays, what waits is counted
//! right, and a spool that is opened again has what it had.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use remote_services_core::time::Timestamp;
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::spool::{Class, Disk, Entry, SealedPayload, Spool, SpoolLimits};
use uuid::Uuid;

use crate::bytes::{Bytes, with_length};
use crate::model_disk::{Image, ModelDisk};

const FOLDER: &str = "/spool";

fn limits() -> SpoolLimits {
    SpoolLimits {
        max_bytes: 2_000,
        max_count: 6,
        max_quarantined: 2,
        max_journal: 600,
        ..SpoolLimits::default()
    }
}

pub(crate) fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let disk = ModelDisk::new(Image::default());
    let foreign = plant(&disk, &mut bytes);
    let open = || Spool::open_on(Arc::new(disk.clone()), Path::new(FOLDER), limits());
    let Ok((mut spool, recovery)) = open() else { return };
    assert!(recovery.foreign >= foreign.len(), "{recovery:?}");
    while !bytes.is_empty() {
        act(&mut spool, &mut bytes);
        let (report, pending) = (spool.report(), spool.pending().copied().collect::<Vec<Entry>>());
        assert_eq!(report.depth, pending.len() as u64);
        assert_eq!(report.bytes, pending.iter().map(|entry| entry.bytes).sum::<u64>());
        assert_eq!(spool.next(), pending.first().copied());
        assert!(pending.is_sorted());
    }
    let before: Vec<Entry> = spool.pending().copied().collect();
    let dropped = spool.report().dropped;
    drop(spool);
    let (spool, recovery) = open().expect("it was open before");
    assert_eq!(spool.pending().copied().collect::<Vec<_>>(), before, "{recovery:?}");
    assert_eq!(spool.report().dropped, dropped, "drops are counted for ever");
    for (name, content) in foreign {
        let path = Path::new(FOLDER).join("pending").join(&name);
        let kept = disk.read(&path, 1 << 20).unwrap_or_else(|error| panic!("{name} is gone: {error}"));
        assert_eq!(kept, content, "{name} was changed");
    }
}

/// Puts files where the spool will look; gives back those whose names are surely none of its own.
fn plant(disk: &ModelDisk, bytes: &mut Bytes<'_>) -> BTreeMap<String, Vec<u8>> {
    let mut foreign = BTreeMap::new();
    let folder = Path::new(FOLDER);
    for _ in 0..bytes.byte() % 8 {
        let kind = bytes.byte();
        let chosen = bytes.run();
        let content = bytes.run();
        let name: String = String::from_utf8_lossy(chosen)
            .chars()
            .filter(|it| it.is_ascii_graphic() && *it != '/')
            .take(120)
            .collect();
        let id = Uuid::from_u128(u128::from(kind) << 90 | 0x7000 << 64 | 1 << 63);
        let digest = if kind & 0x80 == 0 { ContentDigest::of(content) } else { ContentDigest::of(chosen) };
        let own = format!("{}-{id}-{}.sealed", kind % 6, digest.to_hex());
        let path = match kind >> 3 & 7 {
            0 | 1 => folder.join("pending").join(&own),
            2 => folder.join("quarantine").join(&own),
            3 if !name.is_empty() => folder.join("pending").join(&name),
            4 => folder.join("receipts.log"),
            5 => folder.join("receipts.old"),
            6 if !name.is_empty() => folder.join(&name),
            _ => folder.join("clock"),
        };
        if path.file_name().is_none_or(|name| name == "." || name == "..")
            || disk.write_new(&path, content).is_err()
        {
            continue;
        }
        let planted = path.file_name().expect("it has one").to_string_lossy().into_owned();
        let spools_own = planted.ends_with(".sealed") || planted.ends_with(".tmp");
        if path.starts_with("/spool/pending") && !spools_own {
            foreign.insert(planted, content.to_vec());
        }
    }
    foreign
}

fn act(spool: &mut Spool, bytes: &mut Bytes<'_>) {
    let what = bytes.byte();
    let pending: Vec<Entry> = spool.pending().copied().collect();
    let at = bytes.byte();
    let one = (!pending.is_empty()).then(|| pending[usize::from(at) % pending.len()]);
    match (what % 5, one) {
        (0, Some(entry)) => {
            if let Ok(octets) = spool.read(&entry) {
                assert_eq!(ContentDigest::of(&octets), entry.digest);
            }
        }
        (1, Some(entry)) => {
            let stored_at = Timestamp::from_unix_seconds(1_800_000_000);
            let receipt = Receipt { upload: entry.id, digest: entry.digest, stored_at };
            if spool.done(&receipt).is_ok() {
                assert!(!spool.pending().any(|left| left.id == entry.id));
            }
        }
        (2, Some(entry)) => {
            if spool.quarantine(entry.id, "because the octets say so").is_ok() {
                assert!(!spool.pending().any(|left| left.id == entry.id));
                let set_aside = spool.quarantined().expect("the disk is well");
                assert!(set_aside.len() <= limits().max_quarantined);
            }
        }
        (3, _) => {
            let now = Timestamp::from_unix_seconds(1_700_000_000 + i64::from(bytes.word()) * 100_000);
            let _ = spool.expire(now, Duration::from_secs(u64::from(at) * 3_600));
        }
        _ => {
            let sealed = sealed(&vec![what; usize::from(bytes.word() % 900)]);
            let class = Class::ALL[usize::from(what / 5) % Class::ALL.len()];
            let id = Uuid::from_u128(u128::from(at) << 80 | 0x7000 << 64 | 1 << 63 | u128::from(what));
            let kept = SealedPayload::new(&sealed).expect("it has the form");
            if let Ok(dropped) = spool.append(class, id, kept) {
                let there = spool.pending().any(|entry| entry.id == id);
                assert!(there, "what was kept is there");
                assert!(
                    dropped.iter().all(|dropped| dropped.withheld || dropped.entry.class >= class),
                    "nothing more important was dropped"
                );
            }
        }
    }
}

/// Octets in the form of a sealed container: what a spool looks at.
fn sealed(content: &[u8]) -> Vec<u8> {
    let name = [0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17];
    let length = u16::try_from(name.len() + content.len()).expect("it is short").to_be_bytes();
    [&[0x30, 0x82][..], &length, &name, content].concat()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let file = |kind: u8, name: &str, content: &[u8]| {
        [vec![kind], with_length(name.as_bytes()), with_length(content)].concat()
    };
    let work = [4, 1, 0, 100, 9, 2, 1, 0, 0, 0, 1, 0, 14, 3, 0, 50, 2, 0, 3, 5, 0, 9, 4, 4, 1, 44].to_vec();
    let receipt = br#"{"upload":"00000000-0000-7000-8000-000000000001","digest":"sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:","storedAt":"2026-11-22T09:30:00.000Z"}"#;
    let torn = [receipt, &b"\n{\"upl"[..]].concat();
    vec![
        [vec![0], work.clone()].concat(),
        [
            vec![3],
            file(1, "", b"a payload"),
            file(0x82, "x", b"damaged"),
            file(0x13, "", b"set aside"),
            work.clone(),
        ]
        .concat(),
        [
            vec![3],
            file(0x18, "notes.txt", b"hello"),
            file(0x18, "half.tmp", b"x"),
            file(0x30, "receipts", &torn),
            work.clone(),
        ]
        .concat(),
        [vec![2], file(0x20, "", &torn), file(0x38, "", b"17000000000000"), work.clone()].concat(),
        [vec![0], work.repeat(6)].concat(),
    ]
}
