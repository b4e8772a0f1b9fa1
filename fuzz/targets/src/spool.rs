//! A spool over whatever stands in its folder, and then at work: what is not its own stays, what waits is counted
//! right, what another identity made is never among it and goes first, and a spool that is opened again has what it had.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::spool::{
    Class, Disk, Dropped, Entry, Failures, NotTaken, Place, SealedPayload, Spool, SpoolLimits,
};
use uuid::Uuid;

use crate::bytes::{Bytes, with_length};
use crate::model_disk::{Image, ModelDisk};

const FOLDER: &str = "/spool";

fn limits() -> SpoolLimits {
    SpoolLimits { max_bytes: 2_000, max_count: 6, max_journal: 600, ..SpoolLimits::default() }
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
        let withheld = withheld(&spool);
        assert!(
            pending.iter().all(|waits| withheld.iter().all(|it| it.id != waits.id)),
            "of another identity"
        );
        let aside = spool.quarantined().expect("the disk is well").len() + withheld.len();
        assert_eq!(report.quarantined, aside as u64);
    }
    let before: Vec<Entry> = spool.pending().copied().collect();
    let known = |spool: &Spool| -> Vec<Option<Failures>> {
        spool.pending().map(|entry| spool.failures(entry.id).cloned()).collect()
    };
    let (dropped, aside, failed) = (spool.report().dropped, withheld(&spool), known(&spool));
    drop(spool);
    let (spool, recovery) = open().expect("it was open before");
    assert_eq!(spool.pending().copied().collect::<Vec<_>>(), before, "{recovery:?}");
    assert_eq!(spool.report().dropped, dropped, "drops are counted for ever");
    assert_eq!(withheld(&spool), aside);
    // Of a name that is used again after all that told of it is gone, more may be known than before.
    let is_kept = |(before, now): (&Option<Failures>, Option<Failures>)| before.is_none() || *before == now;
    assert!(failed.iter().zip(known(&spool)).all(is_kept), "{failed:?}");
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
            2 if kind & 0x40 != 0 => folder.join("withheld").join(&own),
            2 => folder.join("quarantine").join(&own),
            3 if !name.is_empty() => folder.join("pending").join(&name),
            4 => folder.join("receipts.log"),
            5 => folder.join("receipts.old"),
            6 if !name.is_empty() => folder.join(&name),
            7 if kind & 0x40 != 0 => folder.join("stuck"),
            _ => folder.join("ages"),
        };
        if path.file_name().is_none_or(|name| name == "." || name == "..")
            || disk.write_new(&path, content).is_err()
        {
            continue;
        }
        let planted = path.file_name().expect("it has one").to_string_lossy().into_owned();
        let spools_own = planted.ends_with(".sealed") || planted.ends_with(".tmp");
        if path.parent() == Some(&folder.join("pending")) && !spools_own {
            foreign.insert(planted, content.to_vec());
        }
    }
    foreign
}

/// How many wait under a name: one, unless more were planted.
fn of_name(spool: &Spool, id: Uuid) -> usize {
    spool.pending().filter(|entry| entry.id == id).count()
}

fn withheld(spool: &Spool) -> Vec<Entry> {
    spool.withheld().expect("the disk is well").into_iter().map(|(entry, _)| entry).collect()
}

fn quarantined(spool: &Spool) -> Vec<Entry> {
    spool.quarantined().expect("the disk is well").into_iter().map(|(entry, _)| entry).collect()
}

/// What waits and what was set aside are within the bounds together.
fn assert_within_bounds(spool: &Spool) {
    let aside = [withheld(spool), quarantined(spool)].concat();
    let octets = spool.report().bytes + aside.iter().map(|entry| entry.bytes).sum::<u64>();
    assert!(octets <= limits().max_bytes, "{octets} octets");
    assert!(spool.pending().len() + aside.len() <= limits().max_count);
}

/// What another identity does, and what the server does not take.
fn hold_back(spool: &mut Spool, (what, at): (u8, u8), one: Option<Entry>) {
    let now = Timestamp::from_unix_seconds(1_700_000_000 + i64::from(at) * 600);
    match (what % 4, one) {
        (0, _) => {
            let all = spool.pending().len() + spool.quarantined().expect("the disk is well").len();
            assert_eq!(spool.withhold_all("of another").expect("the disk is well"), all);
            assert_eq!(spool.pending().len(), 0, "nothing of another is sent");
        }
        (1, Some(entry)) => {
            let how = [NotTaken::Answered, NotTaken::Lost, NotTaken::TooLarge][usize::from(at) % 3];
            let is_stuck = spool.not_taken(entry.id, how, "no", (now, at.into()), Backoff::PROTOCOL);
            let known = spool.failures(entry.id).expect("it was just noted");
            assert_eq!(is_stuck, known.is_stuck());
            assert!(known.wait(now) <= Duration::from_secs(3_600));
        }
        (2, _) => spool.got_through(now),
        _ => {
            let aside = spool.quarantined().expect("the disk is well");
            let all: Vec<Entry> = aside.into_iter().map(|(entry, _)| entry).chain(withheld(spool)).collect();
            if let Some(entry) = all.get(usize::from(at / 2) % all.len().max(1)) {
                let done = if at % 2 == 0 { spool.retry(entry.id) } else { spool.give_up(entry.id) };
                assert!(at % 2 == 1 || done.is_err() || spool.failures(entry.id).is_none());
            }
        }
    }
}

fn act(spool: &mut Spool, bytes: &mut Bytes<'_>) {
    let what = bytes.byte();
    let pending: Vec<Entry> = spool.pending().copied().collect();
    let at = bytes.byte();
    let one = (!pending.is_empty()).then(|| pending[usize::from(at) % pending.len()]);
    match (what % 5, one) {
        _ if what >= HOLDING_BACK => hold_back(spool, (what, at), one),
        (0, Some(entry)) => {
            if let Ok(octets) = spool.read(&entry) {
                assert_eq!(ContentDigest::of(&octets), entry.digest);
            }
        }
        (1, Some(entry)) => {
            let stored_at = Timestamp::from_unix_seconds(1_800_000_000);
            let receipt = Receipt { upload: entry.id, digest: entry.digest, stored_at };
            let before = of_name(spool, entry.id);
            if spool.done(&receipt).is_ok() {
                assert_eq!(of_name(spool, entry.id), before - 1);
            }
        }
        (2, Some(entry)) => {
            let before = of_name(spool, entry.id);
            if spool.quarantine(entry.id, "because the octets say so").is_ok() {
                assert_eq!(of_name(spool, entry.id), before - 1);
                assert!(quarantined(spool).contains(&entry));
            }
        }
        (3, _) => {
            let seconds = i64::from(bytes.word()) * 100_000;
            let time = (what < 128).then(|| Timestamp::from_unix_seconds(1_700_000_000 + seconds));
            if spool.expire(time, Duration::from_secs(u64::from(at) * 3_600)).is_ok()
                && !(withheld(spool).is_empty() && quarantined(spool).is_empty())
            {
                assert_within_bounds(spool);
            }
        }
        _ => {
            let sealed = sealed(&vec![what; usize::from(bytes.word() % 900)]);
            let class = Class::ALL[usize::from(what / 5) % Class::ALL.len()];
            let id = Uuid::from_u128(u128::from(at) << 80 | 0x7000 << 64 | 1 << 63 | u128::from(what));
            let kept = SealedPayload::new(&sealed).expect("it has the form");
            if let Ok(dropped) = spool.append(class, id, kept) {
                // One larger than the whole spool goes before any other, wherever it is.
                let fits = |dropped: &&Dropped| dropped.entry.bytes <= limits().max_bytes;
                if dropped.iter().filter(fits).any(|dropped| dropped.place != Place::Withheld) {
                    assert_eq!(withheld(spool), [], "none goes before what is withheld");
                }
                if dropped.iter().any(|dropped| dropped.place == Place::Waiting) {
                    assert_eq!(quarantined(spool), [], "none that waits goes before what was refused");
                }
                let there = spool.pending().any(|entry| entry.id == id);
                assert!(there, "what was kept is there");
                assert!(
                    dropped.iter().all(|it| it.place != Place::Waiting || it.entry.class >= class),
                    "nothing more important was dropped"
                );
            }
        }
    }
}

/// Acts from here on are those of [`hold_back`].
const HOLDING_BACK: u8 = 0xf0;

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
        [
            vec![3],
            file(0x51, "", b"of another"),
            file(0x13, "", b"set aside"),
            file(0x78, "", b"{}"),
            work.clone(),
            // Two that fail in different ways, another identity, what it brings, and a person's wish.
            vec![0xf1, 0, 0xf1, 1, 0xf1, 2, 0xf2, 9, 0xf0, 0],
            work.clone(),
            vec![0xf1, 3, 0xf3, 1, 0xf3, 0],
        ]
        .concat(),
        [work.repeat(2), vec![0xf0, 0], work.repeat(3), vec![0xf0, 0], work].concat(),
    ]
}
