//! What was set aside within the bounds of the spool.

use super::*;
use crate::document::Receipt;
use crate::spool::tests::{self, id, keep, sealed};
use crate::spool::{NotTaken, SealedPayload};
use proptest::prelude::*;
use remote_services_core::backoff::Backoff;
use remote_services_core::id::uuid_v7;
use tempfile::TempDir;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn at(day: u32) -> Timestamp {
    Timestamp::from_unix_seconds(0).plus(DAY * day)
}

fn open(folder: &TempDir, limits: SpoolLimits) -> Spool {
    Spool::open(folder.path(), limits).unwrap().0
}

fn ids(entries: impl IntoIterator<Item = Entry>) -> Vec<u128> {
    entries.into_iter().map(|entry| entry.id.as_u128()).collect()
}

fn withheld(spool: &Spool) -> Vec<u128> {
    ids(spool.withheld().unwrap().into_iter().map(|(entry, _)| entry))
}

/// What was dropped, in its order: which, why, and where it was.
fn told(dropped: &[Dropped]) -> Vec<(u128, DropReason, Place)> {
    dropped.iter().map(|it| (it.entry.id.as_u128(), it.why, it.place)).collect()
}

fn append(spool: &mut Spool, class: Class, number: u128) -> Result<Vec<Dropped>, SpoolError> {
    spool.append(class, id(number), SealedPayload::new(&sealed(b"x")).unwrap())
}

#[test]
fn what_is_withheld_goes_before_anything_that_waits_and_is_told_and_counted_once() {
    let folder = TempDir::new().unwrap();
    let limits = SpoolLimits { max_count: 4, ..SpoolLimits::default() };
    let mut spool = open(&folder, limits);
    for (number, class) in [(1, Class::Result), (2, Class::Log), (3, Class::Log)] {
        keep(&mut spool, class, id(number), b"x").unwrap();
    }
    assert_eq!(spool.withhold_all("of another").unwrap(), 3);
    assert_eq!(append(&mut spool, Class::Log, 4).unwrap(), []);
    // The least important that waits goes after the most important that is withheld, and so do those that come.
    let room = |number| vec![(number, DropReason::Room, Place::Withheld)];
    for (number, gone) in [(5, 2), (6, 3), (7, 1)] {
        assert_eq!(told(&append(&mut spool, Class::Log, number).unwrap()), room(gone));
    }
    assert_eq!((withheld(&spool), ids(spool.pending().copied())), (Vec::new(), vec![4, 5, 6, 7]));
    assert_eq!(std::fs::read_dir(folder.path().join("withheld")).unwrap().count(), 0, "reasons go, too");
    assert_eq!(
        told(&append(&mut spool, Class::Log, 8).unwrap()),
        [(4, DropReason::Room, Place::Waiting)],
        "then as ever"
    );
    drop(spool);
    let spool = open(&folder, limits);
    let drops: Vec<_> =
        spool.report().drops.iter().map(|it| (it.class.clone(), it.why.clone(), it.count)).collect();
    assert_eq!(drops, [("result".into(), "room".into(), 1), ("log".into(), "room".into(), 3)]);
}

#[test]
fn octets_count_as_well_and_no_payload_is_refused_for_what_is_withheld() {
    let folder = TempDir::new().unwrap();
    let limits = SpoolLimits { max_bytes: 300, ..SpoolLimits::default() };
    let mut spool = open(&folder, limits);
    keep(&mut spool, Class::Result, id(1), &[1; 100]).unwrap();
    keep(&mut spool, Class::Result, id(2), &[2; 100]).unwrap();
    spool.withhold_all("of another").unwrap();
    keep(&mut spool, Class::Log, id(3), &[3; 30]).unwrap();
    assert_eq!(spool.report().bytes, 49, "only what waits is reported as waiting");
    assert_eq!(keep(&mut spool, Class::Log, id(4), &[4; 200]).unwrap().len(), 2);
    assert_eq!(ids(spool.pending().copied()), [3, 4]);
    // What does not fit in without them does not fit in, and drives nothing out.
    keep(&mut spool, Class::Result, id(5), &[5; 1]).unwrap();
    spool.withhold_all("of a third").unwrap();
    assert!(matches!(keep(&mut spool, Class::Log, id(6), &[6; 300]), Err(SpoolError::TooLarge { .. })));
    assert_eq!(withheld(&spool).len(), 3);
}

#[test]
fn what_was_set_aside_grows_old_as_what_waits_does() {
    let folder = TempDir::new().unwrap();
    let limits = SpoolLimits { max_age: DAY * 10, ..SpoolLimits::default() };
    let mut spool = open(&folder, limits);
    let names = [1, 5, 9].map(|day| uuid_v7(at(day), [7; 10]));
    for name in names {
        keep(&mut spool, Class::Meter, name, b"x").unwrap();
    }
    spool.withhold_all("of another").unwrap();
    let waits = uuid_v7(at(2), [8; 10]);
    keep(&mut spool, Class::Meter, waits, b"x").unwrap();
    assert_eq!(spool.expire(None, DAY).unwrap(), []);
    assert_eq!(spool.expire(None, DAY * 6).unwrap(), []);
    let later = uuid_v7(at(1), [9; 10]);
    keep(&mut spool, Class::Meter, later, b"x").unwrap();
    spool.quarantine(waits, "refused").unwrap();
    assert_eq!(spool.expire(None, DAY * 4 + DAY / 2).unwrap().len(), 4);
    assert_eq!((withheld(&spool), spool.report().dropped), (Vec::new(), 4));
    spool.withhold_all("of a third").unwrap();
    assert_eq!(
        told(&spool.expire(None, DAY * 11).unwrap()),
        [(later.as_u128(), DropReason::Age, Place::Withheld)]
    );
    drop(spool);
    let spool = open(&folder, limits);
    assert_eq!((withheld(&spool), spool.report().dropped), (Vec::new(), 5));
}

#[test]
fn what_was_withheld_without_bounds_is_brought_within_them_and_nothing_that_waits_is_touched() {
    let folder = TempDir::new().unwrap();
    let mut spool = open(&folder, SpoolLimits::default());
    for number in 1..=6 {
        keep(&mut spool, Class::Meter, id(number), b"x").unwrap();
    }
    spool.quarantine(id(3), "refused").unwrap();
    spool.withhold_all("of another").unwrap();
    for number in 7..=9 {
        keep(&mut spool, Class::Log, id(number), b"x").unwrap();
    }
    drop(spool);
    let mut spool = open(&folder, SpoolLimits { max_count: 5, ..SpoolLimits::default() });
    assert_eq!(withheld(&spool).len(), 6, "opening drops nothing, since nobody would hear of it");
    let gone = spool.expire(None, Duration::ZERO).unwrap();
    assert_eq!(told(&gone), [1, 2, 3, 4].map(|number| (number, DropReason::Room, Place::Withheld)));
    assert_eq!((withheld(&spool), ids(spool.pending().copied())), (vec![5, 6], vec![7, 8, 9]));
    spool.set_limits(SpoolLimits { max_count: 2, ..SpoolLimits::default() });
    assert_eq!(spool.expire(None, Duration::ZERO).unwrap().len(), 2);
    assert_eq!(ids(spool.pending().copied()), [7, 8, 9], "these go when room is made for the next");
}

#[test]
fn a_spool_holds_as_many_octets_as_it_may_and_not_one_more() {
    let folder = TempDir::new().unwrap();
    let octets = sealed(&[7; 30]).len() as u64;
    let of = |payloads: u64| SpoolLimits { max_bytes: payloads * octets, ..SpoolLimits::default() };
    let mut spool = open(&folder, of(1));
    assert_eq!(keep(&mut spool, Class::Log, id(1), &[7; 30]).unwrap(), []);
    let larger = keep(&mut spool, Class::Log, id(2), &[7; 31]);
    assert!(matches!(larger, Err(SpoolError::TooLarge { .. })));
    drop(spool);
    let mut spool = open(&folder, of(1));
    assert_eq!((ids(spool.pending().copied()), spool.report().quarantined), (vec![1], 0));
    spool.quarantine(id(1), "refused").unwrap();
    spool.set_limits(of(2));
    keep(&mut spool, Class::Log, id(2), &[7; 30]).unwrap();
    spool.set_limits(SpoolLimits { max_bytes: 2 * octets - 1, ..SpoolLimits::default() });
    assert!(matches!(spool.retry(id(1)), Err(SpoolError::Full)));
    spool.set_limits(of(2));
    spool.retry(id(1)).unwrap();
    assert_eq!((ids(spool.pending().copied()), spool.report().bytes), (vec![1, 2], 2 * octets));
}

#[test]
fn only_what_is_larger_than_all_of_the_spool_goes_before_what_is_less_important() {
    let folder = TempDir::new().unwrap();
    let mut spool = open(&folder, SpoolLimits::default());
    for (number, class, length) in [(1, Class::Meter, 80), (2, Class::Log, 10), (3, Class::Log, 10)] {
        keep(&mut spool, class, id(number), &vec![7; length]).unwrap();
        spool.quarantine(id(number), "refused").unwrap();
    }
    let large = sealed(&[7; 80]).len() as u64;
    let gone = |number| [(number, DropReason::Room, Place::Quarantine)];
    // As large as all of it is not larger.
    spool.set_limits(SpoolLimits { max_bytes: large, max_count: 2, ..SpoolLimits::default() });
    let told_of = told(&spool.expire(None, Duration::ZERO).unwrap());
    assert_eq!(told_of, [gone(2), gone(3)].concat());
    keep(&mut spool, Class::Result, id(4), b"x").unwrap();
    assert_eq!(spool.report().quarantined, 0, "there was no room for both");
    drop(spool);
    let folder = TempDir::new().unwrap();
    let mut spool = open(&folder, SpoolLimits::default());
    for (number, class, length) in [(1, Class::Meter, 80), (2, Class::Log, 10), (3, Class::Log, 10)] {
        keep(&mut spool, class, id(number), &vec![7; length]).unwrap();
        spool.quarantine(id(number), "refused").unwrap();
    }
    spool.set_limits(SpoolLimits { max_bytes: large - 1, max_count: 1, ..SpoolLimits::default() });
    let told_of = told(&spool.expire(None, Duration::ZERO).unwrap());
    assert_eq!(told_of, [gone(1), gone(2)].concat(), "it counts among the others");
    assert_eq!(spool.report().quarantined, 1);
}

#[test]
fn a_reason_without_its_payload_goes_at_the_next_opening() {
    let folder = TempDir::new().unwrap();
    let mut spool = open(&folder, SpoolLimits::default());
    for number in 1..=2 {
        keep(&mut spool, Class::Meter, id(number), b"x").unwrap();
    }
    spool.withhold_all("of another").unwrap();
    drop(spool);
    let files = std::fs::read_dir(folder.path().join("withheld")).unwrap();
    let mut sealed = files.map(|file| file.unwrap().path()).filter(|it| it.extension().unwrap() == "sealed");
    std::fs::remove_file(sealed.next().unwrap()).unwrap();
    let spool = open(&folder, SpoolLimits::default());
    assert_eq!(spool.withheld().unwrap()[0].1, "of another");
    assert_eq!(std::fs::read_dir(folder.path().join("withheld")).unwrap().count(), 2);
}

#[test]
fn what_is_stuck_counts_and_is_dropped_as_what_waits() {
    let folder = TempDir::new().unwrap();
    let limits = SpoolLimits { max_count: 2, max_age: DAY * 10, ..SpoolLimits::default() };
    let mut spool = open(&folder, limits);
    for number in 1..=2 {
        keep(&mut spool, Class::Meter, id(number), b"x").unwrap();
    }
    let stick = |spool: &mut Spool, name| {
        for _ in 0..3 {
            spool.not_taken(name, NotTaken::Answered, "no", (at(1), 0), Backoff::PROTOCOL);
        }
        assert!(spool.failures(name).unwrap().is_stuck());
    };
    stick(&mut spool, id(1));
    assert_eq!(told(&append(&mut spool, Class::Meter, 3).unwrap()), [(1, DropReason::Room, Place::Waiting)]);
    assert!(spool.failures(id(1)).is_none());
    let old = uuid_v7(at(1), [7; 10]);
    spool.done(&tests::receipt(id(2), b"x")).unwrap();
    keep(&mut spool, Class::Meter, old, b"x").unwrap();
    stick(&mut spool, old);
    spool.expire(None, DAY).unwrap();
    assert_eq!(
        told(&spool.expire(None, DAY * 11).unwrap()).last(),
        Some(&(old.as_u128(), DropReason::Age, Place::Waiting))
    );
    assert_eq!(spool.report().dropped, 3);
    drop(spool);
    assert_eq!(open(&folder, limits).failures(old), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Whatever happens in whatever order: the bounds hold for what waits and what was set aside together, nothing that waits goes
    /// while anything is aside, nothing in quarantine while anything is withheld, and what is gone is counted.
    #[test]
    fn the_bounds_hold_for_all_together(steps in proptest::collection::vec((0_u8..8, 0_usize..5), 1..40)) {
        let folder = TempDir::new().unwrap();
        let limits = SpoolLimits { max_bytes: 250, max_count: 6, ..SpoolLimits::default() };
        let mut spool = open(&folder, limits);
        let (mut appended, mut settled) = (0_u64, 0_u64);
        for (number, (step, class)) in steps.into_iter().enumerate() {
            let number = number as u128 + 1;
            match step {
                0..=2 => if let Ok(dropped) = keep_told(&mut spool, Class::ALL[class], number, 3 + class * 10) {
                    appended += 1;
                    let quarantined = spool.quarantined().unwrap();
                    if dropped.iter().any(|it| it.place != Place::Withheld) {
                        prop_assert!(withheld(&spool).is_empty(), "another went for one that is withheld");
                    }
                    if dropped.iter().any(|it| it.place == Place::Waiting) {
                        prop_assert!(quarantined.is_empty(), "one that waited went for one that was refused");
                    }
                    for gone in dropped.iter().filter(|it| it.place == Place::Quarantine) {
                        let lower = quarantined.iter().all(|(entry, _)| entry.class <= gone.entry.class);
                        prop_assert!(lower, "a less important one stays");
                    }
                    let entries = [spool.withheld().unwrap(), quarantined].concat();
                    let octets: u64 = entries.iter().map(|(entry, _)| entry.bytes).sum();
                    prop_assert!(spool.report().bytes + octets <= 250);
                    prop_assert!(spool.pending().len() + entries.len() <= 6);
                },
                3 => if let Some(entry) = spool.next() {
                    let receipt = Receipt { digest: entry.digest, ..tests::receipt(entry.id, b"") };
                    spool.done(&receipt).unwrap();
                    settled += 1;
                },
                4 => {
                    spool.withhold_all("of another").unwrap();
                    prop_assert_eq!(spool.pending().len(), 0);
                }
                5 => if let Some(entry) = spool.next() {
                    spool.quarantine(entry.id, "refused").unwrap();
                },
                6 => if let Some((entry, _)) = spool.quarantined().unwrap().first() {
                    spool.retry(entry.id).unwrap();
                },
                _ => {
                    drop(spool);
                    spool = open(&folder, limits);
                }
            }
            let there = spool.pending().len() + withheld(&spool).len() + spool.quarantined().unwrap().len();
            prop_assert_eq!(appended, settled + spool.report().dropped + there as u64);
        }
    }
}

fn keep_told(
    spool: &mut Spool,
    class: Class,
    number: u128,
    length: usize,
) -> Result<Vec<Dropped>, SpoolError> {
    spool.append(class, id(number), SealedPayload::new(&sealed(&vec![7; length])).unwrap())
}
