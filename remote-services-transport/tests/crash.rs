//! A process that fills and empties a spool, killed without warning again and again; and a disk without room.
#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

use remote_services_core::time::Timestamp;
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::spool::{Class, Spool, SpoolError, SpoolLimits};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use uuid::Uuid;

const ROUNDS: usize = 30;
const FOLDER: &str = "REMOTE_SERVICES_CRASH_TEST_FOLDER";
const FIRST: &str = "REMOTE_SERVICES_CRASH_TEST_FIRST";

/// Runs until it is killed; says what the spool promised, only after it promised.
fn fill_and_empty(folder: &Path, first: u128) -> ! {
    let mut spool = Spool::open(folder, SpoolLimits::default()).unwrap().0;
    let mut out = std::io::stdout().lock();
    for number in first.. {
        spool.append(Class::Report, Uuid::from_u128(number), &number.to_be_bytes()).unwrap();
        writeln!(out, "\nkept {number}").and_then(|()| out.flush()).unwrap();
        if number % 3 == 0 {
            let entry = spool.next().unwrap();
            let receipt = Receipt {
                upload: entry.id,
                digest: entry.digest,
                stored_at: Timestamp::from_unix_seconds(1),
            };
            spool.done(&receipt).unwrap();
            writeln!(out, "\ndone {}", entry.id.as_u128()).and_then(|()| out.flush()).unwrap();
        }
    }
    unreachable!("nobody counts that far")
}

#[test]
fn what_the_spool_promised_survives_kill_9() {
    if let (Some(folder), Ok(first)) = (std::env::var_os(FOLDER), std::env::var(FIRST)) {
        fill_and_empty(Path::new(&folder), first.parse().unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut kept, mut done) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..ROUNDS {
        let first = round as u128 * 1_000_000 + 1;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "what_the_spool_promised_survives_kill_9"])
            .env(FOLDER, folder.path())
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Killed while it works on: after some lines, which are at different moments of its work each time.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let promises = lines.by_ref().map_while(Result::ok).filter(|line| promise(line).is_some());
        let mut heard: Vec<String> = promises.take(1 + round).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        heard.extend(lines.map_while(Result::ok));
        for (was_kept, number) in heard.iter().filter_map(|line| promise(line)) {
            if was_kept {
                kept.insert(number)
            } else {
                done.insert(number)
            };
        }

        let spool = Spool::open(folder.path(), SpoolLimits::default()).unwrap().0;
        let waiting: BTreeSet<u128> = spool.pending().map(|entry| entry.id.as_u128()).collect();
        let stored: BTreeSet<u128> =
            spool.receipts().unwrap().iter().map(|receipt| receipt.upload.as_u128()).collect();
        assert!(waiting.is_disjoint(&stored), "nothing is sent that has a receipt");
        assert!(done.is_subset(&stored), "no receipt is lost");
        assert!(
            kept.iter().all(|number| waiting.contains(number) || stored.contains(number)),
            "nothing is lost"
        );
        for entry in spool.pending() {
            assert_eq!(spool.read(entry).unwrap(), entry.id.as_u128().to_be_bytes(), "nothing is torn");
            assert_eq!(entry.digest, ContentDigest::of(&entry.id.as_u128().to_be_bytes()));
        }
    }
    assert!(kept.len() >= ROUNDS && !done.is_empty(), "it worked before it was killed: {}", kept.len());
}

/// `kept N` or `done N`.
fn promise(line: &str) -> Option<(bool, u128)> {
    let (word, number) = line.split_once(' ')?;
    match word {
        "kept" => Some((true, number.parse().ok()?)),
        "done" => Some((false, number.parse().ok()?)),
        _ => None,
    }
}

/// A file system of 128 KiB, gone with its value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"])
            .arg(folder.path())
            .output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_said_and_the_spool_still_empties() {
    let Some(disk) = SmallDisk::mount() else {
        println!(
            "left out: a_full_disk_is_said_and_the_spool_still_empties: no right to mount a small file system"
        );
        return;
    };
    let mut spool = Spool::open(disk.0.path(), SpoolLimits::default()).unwrap().0;
    let mut kept = 0;
    let error = loop {
        match spool.append(Class::Report, Uuid::from_u128(kept), &kept.to_be_bytes()) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SpoolError::DiskFull(_)), "{error}");
    assert!(kept > 10);
    drop(spool);
    let mut spool = Spool::open(disk.0.path(), SpoolLimits::default()).unwrap().0;
    for number in 0..kept {
        let entry = spool.next().unwrap();
        assert_eq!(spool.read(&entry).unwrap(), number.to_be_bytes());
        let receipt =
            Receipt { upload: entry.id, digest: entry.digest, stored_at: Timestamp::from_unix_seconds(1) };
        spool.done(&receipt).unwrap();
    }
    assert_eq!(spool.receipts().unwrap().len() as u128, kept);
    spool.append(Class::Report, Uuid::max(), b"room again").unwrap();
}
