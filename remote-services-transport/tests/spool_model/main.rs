//! Every state in which a crash may leave the spool's files, and what must hold after it.
//!
//! A workload runs on a file system that logs what was asked of it. For a crash after each single step, every legal
//! state of the disk is made, the spool is opened on it, and its promises are checked; then a crash after each step of
//! that recovery, and the same again.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "test code of several files")]

mod disk;
mod held_back;
#[path = "../support/sealed.rs"]
mod sealed;

use disk::{Image, ModelDisk};
use remote_services_core::backoff::Backoff;
use remote_services_core::id::uuid_v7;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::Receipt;
use remote_services_transport::spool::{
    Class, Disk as _, Failures, NotTaken, SealedPayload, Spool, SpoolLimits,
};
use sealed::sealed;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What the spool said, and after how many steps of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Promise {
    Kept(Uuid),
    Done(Uuid),
    SetAside(Uuid),
    PutBack(Uuid),
    Dropped(Uuid),
    /// Another identity has the spool, and this was the one's before.
    Withheld(Uuid),
    /// Others go before it.
    Stuck(Uuid),
}

#[derive(Clone, Copy)]
enum Do {
    Append(u8, Class),
    /// So many at once, numbered from here.
    Group(u8, u8, Class),
    /// The receipt for what is next.
    Done,
    /// What is next is refused.
    SetAside,
    /// What was set aside first is put back.
    PutBack,
    /// What was set aside first is given up.
    GiveUp,
    /// So many days pass.
    Days(u64),
    /// Another identity takes the spool over.
    Withhold,
    /// What is next is too large for somebody in front of the server.
    Stick,
    /// Something got through, so what is stuck is tried again.
    GotThrough,
}

struct Story {
    disk: ModelDisk,
    promises: Vec<(usize, Promise)>,
    /// All that was ever handed to the spool, said to be safe or not.
    tried: BTreeSet<Uuid>,
    /// What was dropped at some time.
    drops: BTreeSet<Uuid>,
    /// What was put back, given up or withheld after it had been set aside.
    changed_mind: BTreeSet<Uuid>,
    /// From which step to which another identity took the spool over.
    takeovers: Vec<Range<usize>>,
}

const FOLDER: &str = "/spool";

fn id(number: u8) -> Uuid {
    // Made on the first day, each a millisecond after the one before.
    uuid_v7(Timestamp::from_unix_millis(86_400_000 + i64::from(number)), [number; 10])
}

fn content(id: Uuid) -> Vec<u8> {
    sealed(id.as_bytes())
}

fn limits() -> SpoolLimits {
    SpoolLimits {
        max_bytes: 10_000,
        max_count: 3,
        max_age: Duration::from_secs(3 * 86_400),
        // Two receipts, so that the journal begins a new file now and then.
        max_journal: 280,
    }
}

fn open(disk: &ModelDisk) -> Spool {
    Spool::open_on(Arc::new(disk.clone()), Path::new(FOLDER), limits()).unwrap().0
}

fn run(script: &[Do]) -> Story {
    let disk = ModelDisk::new(Image::default());
    let mut spool = open(&disk);
    let (mut promises, mut tried) = (Vec::new(), BTreeSet::new());
    let (mut put_back, mut given_up, mut takeovers) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut changed_later = BTreeSet::new();
    let mut now = Timestamp::from_unix_seconds(2 * 86_400);
    for step in script {
        match *step {
            Do::Append(number, class) => {
                let id = id(number);
                tried.insert(id);
                if let Ok(dropped) = spool.append(class, id, SealedPayload::new(&content(id)).unwrap()) {
                    promises.push((disk.steps(), Promise::Kept(id)));
                    promises.extend(
                        dropped.iter().map(|dropped| (disk.steps(), Promise::Dropped(dropped.entry.id))),
                    );
                }
            }
            Do::Group(first, count, class) => {
                let group: Vec<_> = (first..first + count).map(|number| content(id(number))).collect();
                let group: Vec<_> = (first..)
                    .zip(&group)
                    .map(|(number, octets)| (id(number), SealedPayload::new(octets).unwrap()))
                    .collect();
                tried.extend(group.iter().map(|(id, _)| *id));
                let dropped = spool.append_all(class, &group).unwrap();
                promises.extend(group.iter().map(|(id, _)| (disk.steps(), Promise::Kept(*id))));
                promises
                    .extend(dropped.iter().map(|dropped| (disk.steps(), Promise::Dropped(dropped.entry.id))));
            }
            Do::Done => {
                let entry = spool.next().unwrap();
                let stored_at = Timestamp::from_unix_seconds(1);
                spool.done(&Receipt { upload: entry.id, digest: entry.digest, stored_at }).unwrap();
                promises.push((disk.steps(), Promise::Done(entry.id)));
            }
            Do::SetAside => {
                let entry = spool.next().unwrap();
                spool.quarantine(entry.id, "no").unwrap();
                promises.push((disk.steps(), Promise::SetAside(entry.id)));
            }
            Do::PutBack => {
                let id = spool.quarantined().unwrap()[0].0.id;
                put_back.insert(id);
                spool.retry(id).unwrap();
                promises.push((disk.steps(), Promise::PutBack(id)));
            }
            Do::GiveUp => {
                let id = spool.quarantined().unwrap()[0].0.id;
                spool.give_up(id).unwrap();
                given_up.insert(id);
                promises.push((disk.steps(), Promise::Dropped(id)));
            }
            Do::Withhold => {
                let aside = spool.quarantined().unwrap().into_iter().map(|(entry, _)| entry.id);
                let all: BTreeSet<Uuid> = spool.pending().map(|entry| entry.id).chain(aside).collect();
                let begun = disk.steps();
                changed_later.extend(spool.quarantined().unwrap().iter().map(|(entry, _)| entry.id));
                assert_eq!(spool.withhold_all("of another").unwrap(), all.len());
                takeovers.push(begun..disk.steps());
                promises.extend(all.into_iter().map(|id| (disk.steps(), Promise::Withheld(id))));
            }
            Do::Stick => {
                let id = spool.next().unwrap().id;
                assert!(spool.not_taken(id, NotTaken::TooLarge, "too large", (now, 0), Backoff::PROTOCOL));
                promises.push((disk.steps(), Promise::Stuck(id)));
            }
            Do::GotThrough => spool.got_through(now),
            Do::Days(days) => {
                let passed = Duration::from_secs(days * 86_400);
                now = now.plus(passed);
                let dropped = spool.expire(None, passed).unwrap();
                promises
                    .extend(dropped.iter().map(|dropped| (disk.steps(), Promise::Dropped(dropped.entry.id))));
            }
        }
    }
    let changed_mind = &(&put_back | &given_up) | &changed_later;
    let drops = promises.iter().filter_map(|(_, promise)| match promise {
        Promise::Dropped(id) => Some(*id),
        _ => None,
    });
    Story { disk, drops: drops.collect(), promises, tried, changed_mind, takeovers }
}

/// What must hold of a spool that was opened after a crash, given what was promised before it.
fn check(spool: &Spool, promises: &[Promise], story: &Story, at: &str) {
    let tried = &story.tried;
    let waiting: BTreeMap<Uuid, _> = spool.pending().map(|entry| (entry.id, *entry)).collect();
    assert_eq!(waiting.len(), spool.pending().len(), "{at}: nothing waits twice");
    let stored: BTreeSet<Uuid> = spool.receipts().unwrap().iter().map(|receipt| receipt.upload).collect();
    let aside: BTreeMap<Uuid, String> =
        spool.quarantined().unwrap().into_iter().map(|(entry, why)| (entry.id, why)).collect();
    let withheld: BTreeMap<Uuid, String> =
        spool.withheld().unwrap().into_iter().map(|(entry, why)| (entry.id, why)).collect();
    for (id, why) in &withheld {
        assert!(tried.contains(id), "{at}: {id} came from nowhere");
        assert!(!stored.contains(id) && !aside.contains_key(id), "{at}: {id} is there twice");
        assert!(why.ends_with("of another"), "{at}: {id} is withheld without its reason: {why:?}");
    }
    for (id, entry) in &waiting {
        assert!(!withheld.contains_key(id), "{at}: {id} waits and is withheld");
        assert!(tried.contains(id), "{at}: {id} came from nowhere");
        assert!(!stored.contains(id), "{at}: {id} would be sent again");
        assert!(!aside.contains_key(id), "{at}: {id} waits and is set aside");
        assert_eq!(spool.read(entry).unwrap(), content(*id), "{at}: torn");
    }
    let mut kept = BTreeSet::new();
    for promise in promises {
        match promise {
            Promise::Kept(id) => {
                kept.insert(*id);
            }
            Promise::Done(id) => assert!(stored.contains(id), "{at}: the receipt of {id} is lost"),
            // Where a person had another wish the crash may have come before or after it was followed.
            Promise::SetAside(id) if story.changed_mind.contains(id) => {}
            Promise::PutBack(id) => {
                assert!(!aside.contains_key(id), "{at}: {id} is set aside after it was put back");
            }
            Promise::SetAside(id) => {
                assert!(!waiting.contains_key(id), "{at}: {id} would be sent again");
                assert!(
                    story.drops.contains(id) || aside.get(id).is_some_and(|why| why == "no"),
                    "{at}: {id} is not in quarantine with its reason: {aside:?}"
                );
            }
            Promise::Withheld(id) => {
                assert!(!waiting.contains_key(id), "{at}: {id} is another's and would be sent");
                assert!(!aside.contains_key(id), "{at}: {id} is another's and could be put back");
            }
            // It is over, or it is known that it is stuck.
            Promise::Stuck(id) => {
                let known = spool.failures(*id).is_some_and(Failures::is_stuck);
                assert!(known || !waiting.contains_key(id), "{at}: {id} would come first again");
            }
            Promise::Dropped(id) => {
                assert!(!withheld.contains_key(id), "{at}: {id} is back after it was told to be dropped");
                assert!(!aside.contains_key(id), "{at}: {id} is back after it was told to be dropped");
                assert!(!waiting.contains_key(id), "{at}: {id} is back after it was told to be dropped");
            }
        }
    }
    let there = |id: &Uuid| waiting.contains_key(id) || aside.contains_key(id) || withheld.contains_key(id);
    let gone = kept.iter().filter(|id| !there(id) && !stored.contains(*id));
    let (gone, counted) = (gone.count() as u64, spool.report().dropped);
    assert_eq!(gone, counted, "{at}: what is gone and what is counted as dropped");
}

/// What is done after a crash before anything is sent: who did not hear that the spool was taken over takes it over again.
fn recover(disk: &ModelDisk, taken_over: bool, at: &str) -> Spool {
    let mut spool = open(disk);
    if taken_over {
        spool.withhold_all("of another").unwrap();
        assert_eq!(
            spool.pending().len() + spool.quarantined().unwrap().len(),
            0,
            "{at}: something of another"
        );
    }
    spool
}

/// Crashes everywhere, twice; how many states were looked at.
fn crash_everywhere(story: &Story, deep: bool) -> usize {
    let mut looked_at = 0;
    let mut seen = BTreeSet::new();
    for steps in 0..=story.disk.steps() {
        let promises: Vec<Promise> =
            story.promises.iter().filter(|(after, _)| *after <= steps).map(|(_, promise)| *promise).collect();
        let taken_over = story.takeovers.iter().any(|range| range.contains(&steps));
        for (state, image) in story.disk.after_crash(steps).into_iter().enumerate() {
            if !seen.insert((taken_over, promises.len(), image.clone())) {
                continue;
            }
            looked_at += 1;
            let at = format!("crash after step {steps}, state {state}");
            let disk = ModelDisk::new(image);
            check(&recover(&disk, taken_over, &at), &promises, story, &at);
            if !deep {
                continue;
            }
            for again in 0..=disk.steps() {
                for (second, image) in disk.after_crash(again).into_iter().enumerate() {
                    looked_at += 1;
                    let at = format!("{at}, again after step {again}, state {second}");
                    let spool = recover(&ModelDisk::new(image), taken_over, &at);
                    check(&spool, &promises, story, &at);
                }
            }
        }
    }
    looked_at
}

#[test]
fn appending_sending_and_refusing_lose_nothing_in_any_state_after_a_crash() {
    let story = run(&[
        Do::Append(1, Class::Report),
        Do::Append(2, Class::Meter),
        Do::Done,
        Do::Append(3, Class::Log),
        Do::SetAside,
        Do::Append(4, Class::Status),
        Do::Done,
        Do::Done,
    ]);
    let states = crash_everywhere(&story, true);
    assert!(states > 500, "only {states} states");
    println!("{states} states after a crash");
}

#[test]
fn a_group_is_kept_as_a_whole_or_each_of_it_is_whole_in_any_state_after_a_crash() {
    let story = run(&[
        Do::Append(1, Class::Log),
        Do::Group(2, 2, Class::Meter),
        Do::Done,
        // The group makes room for itself: the one that waits of its own class goes, and the log.
        Do::Group(4, 2, Class::Meter),
        Do::SetAside,
        Do::Done,
    ]);
    assert!(story.promises.iter().any(|(_, promise)| matches!(promise, Promise::Dropped(_))));
    let states = crash_everywhere(&story, true);
    assert!(states > 1_000, "only {states} states");
    println!("{states} states after a crash");
    let states = crash_everywhere(&run(&[Do::Group(1, 3, Class::Report), Do::Done]), false);
    assert!(states > 500, "only {states} states");
    println!("{states} states of three at once after a crash");
}

#[test]
fn dropping_for_room_and_for_age_is_counted_once_in_any_state_after_a_crash() {
    let story = run(&[
        Do::Append(1, Class::Log),
        Do::Append(2, Class::Log),
        Do::Append(3, Class::Report),
        Do::Append(4, Class::Meter),
        Do::Append(5, Class::Meter),
        Do::Days(1),
        Do::Done,
        Do::Days(4),
        Do::Append(6, Class::Log),
    ]);
    assert!(story.promises.iter().filter(|(_, promise)| matches!(promise, Promise::Dropped(_))).count() >= 4);
    let states = crash_everywhere(&story, true);
    assert!(states > 1_000, "only {states} states");
    println!("{states} states after a crash");
}

#[test]
fn what_quarantine_gives_up_for_room_and_for_age_is_counted_once_in_any_state_after_a_crash() {
    let mut script = Vec::new();
    for number in 1..=5 {
        script.extend([Do::Append(number, Class::Report), Do::SetAside]);
    }
    script.extend([Do::Days(1), Do::Append(6, Class::Log), Do::Days(4)]);
    let story = run(&script);
    assert_eq!(story.drops.len(), 5, "three for room, two for their age");
    let states = crash_everywhere(&story, false);
    assert!(states > 100, "only {states} states");
    println!("{states} states after a crash");
}

#[test]
fn what_people_put_back_or_give_up_is_lost_in_no_state_after_a_crash_and_counted_once() {
    let story = run(&[
        Do::Append(1, Class::Report),
        Do::SetAside,
        Do::Append(2, Class::Meter),
        Do::SetAside,
        Do::PutBack,
        Do::GiveUp,
        Do::Append(3, Class::Log),
        Do::Done,
        Do::SetAside,
        Do::PutBack,
        Do::Done,
    ]);
    let states = crash_everywhere(&story, true);
    assert!(states > 500, "only {states} states");
    println!("{states} states after a crash");
}

#[test]
fn the_journal_begins_a_new_file_without_losing_what_it_tells() {
    let mut script = Vec::new();
    for number in 1..=4 {
        script.extend([Do::Append(number, Class::Log), Do::Done]);
    }
    // Drops are told of for ever, whatever files were given up since.
    script.extend((5..=8).map(|number| Do::Append(number, Class::Log)));
    script.extend([Do::Done, Do::Append(9, Class::Log), Do::Append(10, Class::Log)]);
    let mut story = run(&script);
    assert!(story.disk.list(Path::new(FOLDER)).unwrap().iter().any(|(name, _)| name == "receipts.old"));
    // Receipts of files that were given up are gone, and so is what they were for.
    let kept = open(&story.disk).receipts().unwrap();
    let gone = |id: &Uuid| !kept.iter().any(|receipt| receipt.upload == *id);
    let done: Vec<Uuid> = story
        .promises
        .iter()
        .filter_map(|(_, promise)| match promise {
            Promise::Done(id) if gone(id) => Some(*id),
            _ => None,
        })
        .collect();
    story.promises.retain(|(_, promise)| match promise {
        Promise::Kept(id) | Promise::Done(id) => !done.contains(id),
        _ => true,
    });
    let states = crash_everywhere(&story, true);
    assert!(states > 500, "only {states} states");
    println!("{states} states after a crash");
}
