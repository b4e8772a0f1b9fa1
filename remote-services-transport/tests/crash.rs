//! A process that fills and empties a spool, killed without warning again and again; and a disk without room.
//!
//! `REMOTE_SERVICES_CRASH_ROUNDS` is another number of rounds.
#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

#[path = "support/sealed.rs"]
mod sealed;

use remote_services_core::time::Timestamp;
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::spool::{
    Class, Dropped, Entry, SealedPayload, Spool, SpoolError, SpoolLimits,
};
use sealed::sealed;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use uuid::Uuid;

const ROUNDS: usize = 100;
const FOLDER: &str = "REMOTE_SERVICES_CRASH_TEST_FOLDER";
const FIRST: &str = "REMOTE_SERVICES_CRASH_TEST_FIRST";

/// The payload of this number, kept.
fn keep(spool: &mut Spool, number: u128) -> Result<Vec<Dropped>, SpoolError> {
    let payload = sealed(&number.to_be_bytes());
    spool.append(Class::Report, Uuid::from_u128(number), SealedPayload::new(&payload).unwrap())
}

/// Runs until it is killed; says what the spool promised, only after it promised.
fn fill_and_empty(folder: &Path, first: u128) -> ! {
    let mut spool = Spool::open(folder, SpoolLimits::default()).unwrap().0;
    let mut out = std::io::stdout().lock();
    for number in first.. {
        keep(&mut spool, number).unwrap();
        writeln!(out, "\nkept {number}").and_then(|()| out.flush()).unwrap();
        if number % 3 == 0 {
            let entry = spool.next().unwrap();
            spool.done(&receipt(&entry)).unwrap();
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
    let rounds = std::env::var("REMOTE_SERVICES_CRASH_ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap());
    for round in 0..rounds {
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
        let mut heard: Vec<String> = promises.take(1 + round % 30).collect();
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
            let payload = sealed(&entry.id.as_u128().to_be_bytes());
            assert_eq!(spool.read(entry).unwrap(), payload, "nothing is torn");
            assert_eq!(entry.digest, ContentDigest::of(&payload));
        }
    }
    assert!(kept.len() >= rounds && !done.is_empty(), "it worked before it was killed: {}", kept.len());
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

/// A file system of 1 MiB, gone with its value: ext4 on a loop device, or else in memory.
struct SmallDisk {
    folder: tempfile::TempDir,
    kind: &'static str,
    _image: Option<tempfile::NamedTempFile>,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let run = |program: &str, arguments: &[&str]| {
            Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        let image = tempfile::NamedTempFile::new().unwrap();
        image.as_file().set_len(1 << 20).unwrap();
        let file = image.path().to_str().unwrap();
        if run("mkfs.ext4", &["-q", "-F", "-I", "128", file]) && run("mount", &["-o", "loop", file, &path]) {
            return Some(Self { folder, kind: "ext4 on a loop device", _image: Some(image) });
        }
        run("mount", &["-t", "tmpfs", "-o", "size=1m", "tmpfs", &path]).then_some(Self {
            folder,
            kind: "tmpfs",
            _image: None,
        })
    }

    fn remount(&self, how: &str) -> bool {
        let status = Command::new("mount").args(["-o", how]).arg(self.folder.path()).status();
        status.is_ok_and(|status| status.success())
    }

    fn open(&self) -> Result<Spool, SpoolError> {
        Ok(Spool::open(&self.folder.path().join("spool"), SpoolLimits::default())?.0)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.folder.path()).status();
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
    println!("on {}", disk.kind);
    let mut spool = disk.open().unwrap();
    let mut kept = 0;
    let error = loop {
        match keep(&mut spool, kept) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SpoolError::DiskFull(_)), "{error}");
    assert!(kept > 10);
    drop(spool);
    let mut spool = disk.open().unwrap();
    for number in 0..kept {
        let entry = spool.next().unwrap();
        assert_eq!(spool.read(&entry).unwrap(), sealed(&number.to_be_bytes()));
        spool.done(&receipt(&entry)).unwrap();
    }
    assert_eq!(spool.receipts().unwrap().len() as u128, kept);
    keep(&mut spool, u128::MAX).unwrap();
}

#[test]
fn a_read_only_disk_is_said_and_what_waits_can_still_be_read() {
    let Some(disk) = SmallDisk::mount() else {
        println!("left out: a_read_only_disk_is_said_and_what_waits_can_still_be_read: no right to mount");
        return;
    };
    let mut spool = disk.open().unwrap();
    keep(&mut spool, 1).unwrap();
    // The lock is open for writing, so that a remount needs force; what counts is what the spool meets.
    drop(spool);
    assert!(disk.remount("remount,ro"), "it can be made read-only");
    let error = disk.open().err().unwrap();
    assert!(matches!(error, SpoolError::ReadOnly(_)), "{error}");
    assert!(disk.remount("remount,rw"));
    let mut spool = disk.open().unwrap();
    let entry = spool.next().unwrap();
    assert_eq!(spool.read(&entry).unwrap(), sealed(&1_u128.to_be_bytes()));
    spool.done(&receipt(&entry)).unwrap();
}

fn receipt(entry: &Entry) -> Receipt {
    Receipt { upload: entry.id, digest: entry.digest, stored_at: Timestamp::from_unix_seconds(1) }
}
