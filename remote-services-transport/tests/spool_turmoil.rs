//! The spool on turmoil's simulated file system: random work, death after a random step, torn writes, a full disk and
//! errors of the disk, ten thousand times in a run.
//!
//! `REMOTE_SERVICES_SPOOL_SEEDS` is another number of seeds, `REMOTE_SERVICES_SPOOL_FIRST_SEED` where they begin.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

#[path = "support/sealed.rs"]
mod sealed;

use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::Receipt;
use remote_services_transport::spool::{Class, Disk, Lock, NotTaken, SealedPayload, Spool, SpoolLimits};
use sealed::sealed;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use turmoil::fs::shim::std::fs;
use uuid::Uuid;

/// Turmoil's file system, until the process dies: from then on nothing has any effect.
#[derive(Debug)]
struct MortalDisk {
    steps_left: AtomicU64,
}

impl MortalDisk {
    fn alive(&self) -> io::Result<()> {
        let left =
            self.steps_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map(drop).map_err(|_| io::Error::other("the process is dead"))
    }
}

impl Disk for MortalDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.alive()?;
        fs::create_dir_all(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, u64)>> {
        self.alive()?;
        let mut files = Vec::new();
        for item in fs::read_dir(folder)? {
            let item = item?;
            files.push((item.file_name().into_string().unwrap(), item.metadata()?.len()));
        }
        Ok(files)
    }

    fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
        self.alive()?;
        let mut content = Vec::new();
        fs::File::open(path)?.take(at_most).read_to_end(&mut content)?;
        Ok(content)
    }

    fn write_new(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.alive()?;
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
        let written = self
            .alive()
            .and_then(|()| file.write_all(content))
            .and_then(|()| self.alive())
            .and_then(|()| file.sync_all());
        if written.is_err() && self.alive().is_ok() {
            let _ = fs::remove_file(path);
        }
        written
    }

    fn write_all_new(&self, files: &[(PathBuf, &[u8])]) -> io::Result<()> {
        let mut open = Vec::new();
        for (path, content) in files {
            self.alive()?;
            let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
            self.alive()?;
            file.write_all(content)?;
            open.push(file);
        }
        // In another order than they were written.
        open.iter().rev().try_for_each(|file| {
            self.alive()?;
            file.sync_all()
        })
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.alive()?;
        let mut file = fs::OpenOptions::new().append(true).open(path)?;
        file.write_all(content)?;
        self.alive()?;
        file.sync_data()
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        self.alive()?;
        let file = fs::OpenOptions::new().write(true).open(path)?;
        file.set_len(length)?;
        self.alive()?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.alive()?;
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.alive()?;
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.alive()?;
        fs::sync_dir(folder)
    }

    fn lock(&self, _: &Path) -> io::Result<Option<Lock>> {
        Ok(Some(Box::new(())))
    }
}

/// SplitMix64: one seed, one story.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    }

    fn index(&mut self, below: u64) -> usize {
        usize::try_from(self.roll(below)).unwrap()
    }

    fn octet(&mut self) -> u8 {
        u8::try_from(self.roll(256)).unwrap()
    }
}

#[derive(Default)]
struct Promises {
    kept: BTreeMap<Uuid, Vec<u8>>,
    done: BTreeSet<Uuid>,
    /// Names below this are of another identity than the one that has the spool now.
    own_from: u128,
    /// Whether the spool is taken over and did not say so yet: whoever opens it goes on with that before anything else.
    taking_over: bool,
    next: u128,
    lives: u64,
}

const LIVES: u64 = 4;
const FOLDER: &str = "/data/spool";

/// One life of the process: recovers, checks all promises, works until it dies.
fn live(dice: &mut Dice, promises: &mut Promises) {
    let last = promises.lives == LIVES;
    promises.lives += 1;
    let steps_left = AtomicU64::new(if last { u64::MAX } else { dice.roll(120) });
    let limits = SpoolLimits { max_count: 6, ..SpoolLimits::default() };
    // Errors of the disk may keep it from opening; in its last life it must.
    let disk: Arc<dyn Disk> = Arc::new(MortalDisk { steps_left });
    let Ok((mut spool, _)) = Spool::open_on(disk, Path::new(FOLDER), limits) else {
        assert!(!last, "a sound disk opens");
        return;
    };
    check(&spool, promises, last);
    if promises.taking_over && !take_over(&mut spool, promises) {
        assert!(!last, "a sound disk lets it be taken over");
        return;
    }
    let mut now = Timestamp::from_unix_seconds(0);
    for _ in 0..dice.roll(25) {
        if let Some(of_another) = spool.pending().find(|entry| entry.id.as_u128() < promises.own_from) {
            panic!("{} is another's and would be sent", of_another.id);
        }
        match dice.roll(9) {
            0..=3 => {
                let class = Class::ALL[dice.index(5)];
                // Now and then more at once than there is room for.
                let count = if dice.roll(2) == 0 { 1 } else { 1 + dice.roll(7) };
                let group: Vec<_> = (0..count)
                    .map(|_| {
                        promises.next += 1;
                        let octets = sealed(&vec![dice.octet(); dice.index(2_000)]);
                        (Uuid::from_u128(promises.next), octets)
                    })
                    .collect();
                let payloads: Vec<_> =
                    group.iter().map(|(id, octets)| (*id, SealedPayload::new(octets).unwrap())).collect();
                if spool.append_all(class, &payloads).is_ok() {
                    promises.kept.extend(group);
                }
            }
            4 | 5 => {
                let Some(entry) = spool.next() else { continue };
                let stored_at = Timestamp::from_unix_seconds(1);
                if spool.done(&Receipt { upload: entry.id, digest: entry.digest, stored_at }).is_ok() {
                    promises.done.insert(entry.id);
                    spool.got_through(now);
                }
            }
            6 => {
                let Some(entry) = spool.pending().nth(dice.index(6)).copied() else { continue };
                let how = [NotTaken::Answered, NotTaken::Lost, NotTaken::TooLarge][dice.index(3)];
                spool.not_taken(entry.id, how, "no", (now, dice.roll(u64::MAX)), Backoff::PROTOCOL);
                assert!(spool.failures(entry.id).is_some(), "whatever the disk says");
                now = now.plus(Duration::from_secs(dice.roll(100)));
            }
            7 if dice.roll(3) == 0 => {
                (promises.own_from, promises.taking_over) = (promises.next + 1, true);
                take_over(&mut spool, promises);
                if promises.taking_over {
                    // The disk failed: nothing is sent, and nothing more done, before it is opened again.
                    return;
                }
            }
            _ => {
                let Some(entry) = spool.next() else { continue };
                let _ = spool.quarantine(entry.id, "no");
            }
        }
    }
}

/// Another identity takes the spool over; says whether it did.
fn take_over(spool: &mut Spool, promises: &mut Promises) -> bool {
    promises.taking_over = spool.withhold_all("of another").is_err();
    !promises.taking_over
}

fn check(spool: &Spool, promises: &Promises, sound: bool) {
    let waiting: BTreeMap<Uuid, _> = spool.pending().map(|entry| (entry.id, *entry)).collect();
    // While the disk fails to read now and then, only what was read is compared.
    let Ok(receipts) = spool.receipts() else { return assert!(!sound) };
    let Ok(aside) = spool.quarantined() else { return assert!(!sound) };
    let Ok(withheld) = spool.withheld() else { return assert!(!sound) };
    let withheld: BTreeSet<Uuid> = withheld.iter().map(|(entry, _)| entry.id).collect();
    let stored: BTreeSet<Uuid> = receipts.iter().map(|receipt| receipt.upload).collect();
    let aside: BTreeSet<Uuid> = aside.iter().map(|(entry, _)| entry.id).collect();
    assert!(promises.done.is_subset(&stored), "a receipt is lost");
    let mut gone = 0;
    for (id, octets) in &promises.kept {
        match waiting.get(id) {
            Some(entry) => match spool.read(entry) {
                Ok(read) => assert!(read == *octets, "{id} is torn"),
                Err(error) => assert!(!sound, "{id}: {error}"),
            },
            None if stored.contains(id) || aside.contains(id) || withheld.contains(id) => {}
            None => gone += 1,
        }
    }
    assert!(waiting.keys().all(|id| !stored.contains(id)), "something would be sent twice");
    if !promises.taking_over {
        let of_another = |id: &Uuid| id.as_u128() < promises.own_from;
        assert!(!waiting.keys().any(of_another) && !aside.iter().any(of_another), "another's would be sent");
    }
    assert!(waiting.keys().all(|id| !withheld.contains(id)), "something waits and is withheld");
    assert!(gone <= spool.report().dropped, "{gone} are gone, {} told", spool.report().dropped);
}

fn story(seed: u64) {
    let mut dice = Dice(seed);
    let mut builder = turmoil::Builder::new();
    builder
        .rng_seed(seed)
        .tick_duration(Duration::from_millis(1))
        .simulation_duration(Duration::from_secs(60));
    builder.fs().block_size(512);
    if dice.roll(3) == 0 {
        builder.fs().sync_probability(0.3);
    }
    let mut sim = builder.build();
    let state = Rc::new(RefCell::new((dice, Promises::default())));
    let shared = Rc::clone(&state);
    sim.host("client", move || {
        let shared = Rc::clone(&shared);
        async move {
            if shared.borrow().1.lives == 0 {
                fs::create_dir_all("/data")?;
                fs::sync_dir("/")?;
            }
            let (dice, promises) = &mut *shared.borrow_mut();
            live(dice, promises);
            Ok(())
        }
    });
    for _ in 0..=LIVES {
        sim.step().unwrap();
        sim.crash("client");
        sim.bounce("client");
    }
    assert_eq!(state.borrow().1.lives, LIVES + 1, "all lives were lived");
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn nothing_is_lost_and_nothing_comes_twice_whatever_the_seed() {
    let first = number("REMOTE_SERVICES_SPOOL_FIRST_SEED", 0);
    let seeds = first..first + number("REMOTE_SERVICES_SPOOL_SEEDS", 10_000);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for apart in 0..threads {
            let mine = seeds.clone().skip(apart).step_by(threads);
            scope.spawn(move || {
                for seed in mine {
                    let lived = std::panic::catch_unwind(|| story(seed));
                    assert!(lived.is_ok(), "REMOTE_SERVICES_SPOOL_FIRST_SEED={seed} shows it");
                }
            });
        }
    });
}
