//! What makes a payload older, and what does not.

use super::*;
use crate::spool::memory::Memory;
use crate::spool::tests::{keep, sealed};
use crate::spool::{Class, DropReason, SealedPayload, Spool, SpoolLimits};
use proptest::prelude::*;
use remote_services_core::id::uuid_v7;
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const MAX_AGE: Duration = Duration::from_secs(5 * 24 * 3600);

const NOBODY: [Uuid; 0] = [];

/// Some day of the present, and so many later.
fn day(days: u32) -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000).plus(DAY * days)
}

fn open(folder: &TempDir) -> Spool {
    Spool::open(folder.path(), SpoolLimits { max_age: MAX_AGE, ..SpoolLimits::default() }).unwrap().0
}

/// Keeps one that was named at this time.
fn append(spool: &mut Spool, named: Timestamp, number: u8) -> Uuid {
    let id = uuid_v7(named, [number; 10]);
    keep(spool, Class::Meter, id, b"x").unwrap();
    id
}

/// Which ones went for their age.
fn expire(spool: &mut Spool, time: Option<Timestamp>, elapsed: Duration) -> Vec<Uuid> {
    let dropped = spool.expire(time, elapsed).unwrap();
    assert!(dropped.iter().all(|it| it.why == DropReason::Age));
    dropped.into_iter().map(|it| it.entry.id).collect()
}

#[test]
fn without_any_time_all_grow_old_while_the_spool_is_open_over_several_openings_whatever_their_names() {
    let folder = TempDir::new().unwrap();
    let mut spool = open(&folder);
    let names = [Timestamp::from_unix_seconds(0), day(0), day(30_000)];
    let old: Vec<Uuid> =
        names.iter().zip(1..).map(|(named, number)| append(&mut spool, *named, number)).collect();
    assert_eq!(expire(&mut spool, None, DAY * 100), NOBODY, "they may have come at the end of it");
    assert_eq!(expire(&mut spool, None, DAY * 3), NOBODY);
    let young = append(&mut spool, day(0), 9);
    drop(spool);
    for _ in 0..50 {
        assert_eq!(
            expire(&mut open(&folder), None, Duration::ZERO),
            NOBODY,
            "an opening makes nothing older"
        );
    }
    let mut spool = open(&folder);
    assert_eq!(expire(&mut spool, None, DAY * 2), NOBODY, "as long as they may");
    assert_eq!(expire(&mut spool, None, HOUR), old);
    assert_eq!(expire(&mut spool, None, DAY * 3 - HOUR), NOBODY);
    assert_eq!(expire(&mut spool, None, HOUR), [young], "of what is known since an opening, as well");
}

#[test]
fn between_two_times_that_are_vouched_for_what_was_there_at_both_has_waited_though_the_spool_was_closed() {
    let folder = TempDir::new().unwrap();
    let mut spool = open(&folder);
    let old = append(&mut spool, day(40_000), 1);
    assert_eq!(expire(&mut spool, None, Duration::ZERO), NOBODY);
    assert_eq!(expire(&mut spool, Some(day(0)), HOUR), NOBODY);
    let young = append(&mut spool, day(0), 2);
    drop(spool);
    let mut spool = open(&folder);
    assert_eq!(expire(&mut spool, None, Duration::ZERO), NOBODY, "nobody knows how long it was closed");
    assert_eq!(expire(&mut spool, Some(day(10)), Duration::ZERO), [old]);
    assert_eq!(expire(&mut spool, Some(day(15)), Duration::ZERO), NOBODY);
    assert_eq!(expire(&mut spool, Some(day(16)), Duration::ZERO), [young]);
}

#[test]
fn two_times_that_are_vouched_for_may_be_wrong_by_an_hour_together() {
    let folder = TempDir::new().unwrap();
    let mut spool = open(&folder);
    let id = append(&mut spool, day(0), 1);
    assert_eq!(expire(&mut spool, None, Duration::ZERO), NOBODY);
    assert_eq!(expire(&mut spool, Some(day(0)), Duration::ZERO), NOBODY);
    let bound = day(0).plus(MAX_AGE).plus(HOUR);
    assert_eq!(expire(&mut spool, Some(bound), Duration::ZERO), NOBODY);
    assert_eq!(expire(&mut spool, Some(bound.plus(Duration::from_millis(1))), Duration::ZERO), [id]);
}

#[test]
fn a_later_time_that_turns_out_to_be_an_earlier_one_leaves_nothing_older() {
    let folder = TempDir::new().unwrap();
    let mut spool = open(&folder);
    let first = append(&mut spool, day(0), 1);
    assert_eq!(expire(&mut spool, None, Duration::ZERO), NOBODY);
    assert_eq!(expire(&mut spool, Some(day(0)), HOUR), NOBODY);
    assert_eq!(expire(&mut spool, Some(day(4)), HOUR), NOBODY, "wrong, and within what it may wait");
    append(&mut spool, day(4), 2);
    drop(spool);
    for days in [1, 2, 3, 4] {
        assert_eq!(expire(&mut open(&folder), Some(day(days)), HOUR), NOBODY);
    }
    assert_eq!(expire(&mut open(&folder), Some(day(6)), HOUR), [first]);
}

#[test]
fn what_an_older_version_kept_makes_nothing_older_and_damage_makes_all_young() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("clock"), "4000000000000\n").unwrap();
    let mut spool = open(&folder);
    let id = append(&mut spool, day(0), 1);
    for days in [0, 1, 3] {
        assert_eq!(expire(&mut spool, Some(day(days)), HOUR), NOBODY);
    }
    drop(spool);
    assert_eq!(fs::read(folder.path().join("clock")).unwrap(), b"4000000000000\n", "for that version");
    let ages = folder.path().join("ages");
    let whole = fs::read(&ages).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        for damaged in [&damaged[..], &whole[..at]] {
            fs::write(&ages, damaged).unwrap();
            assert_eq!(expire(&mut open(&folder), Some(day(1_000)), Duration::ZERO), NOBODY, "octet {at}");
        }
    }
    fs::write(&ages, whole).unwrap();
    assert_eq!(expire(&mut open(&folder), Some(day(1_000)), Duration::ZERO), [id]);
}

#[test]
fn ages_are_kept_once_an_hour_and_not_at_all_while_nothing_waits() {
    let folder = TempDir::new().unwrap();
    let kept = || fs::read(folder.path().join("ages")).ok();
    let mut spool = open(&folder);
    expire(&mut spool, Some(day(0)), DAY);
    assert_eq!(kept(), None);
    append(&mut spool, day(0), 1);
    expire(&mut spool, Some(day(0)), Duration::ZERO);
    let first = kept().unwrap();
    for minutes in 1..60 {
        let time = day(0).plus(Duration::from_secs(60 * minutes));
        expire(&mut spool, Some(time), Duration::from_secs(60));
        assert_eq!(kept().as_ref(), Some(&first));
    }
    expire(&mut spool, None, Duration::from_secs(60));
    assert_ne!(kept(), Some(first));
}

/// What happens to a spool and the clocks around it.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// One is kept, named by a clock that is off by so many hours.
    Append(i64),
    /// Hours pass, while the spool is open.
    Wait(u16),
    /// Hours pass, while the machine sleeps.
    Sleep(u16),
    /// The spool is closed and opened again so many hours later.
    Closed(u16),
    /// The client's clock and another were compared, and that one is right to so many minutes.
    Compare(i64),
    Expire,
    SetAside,
    Withhold,
    PutBack,
    /// Payloads may wait for so many days.
    MaxAge(u32),
}

fn event() -> impl Strategy<Value = Event> {
    let hours = || prop_oneof![0_u16..30, 0_u16..300];
    prop_oneof![
        4 => prop_oneof![Just(0), -500_000_i64..900_000, -200_i64..200].prop_map(Event::Append),
        3 => hours().prop_map(Event::Wait),
        1 => hours().prop_map(Event::Sleep),
        3 => hours().prop_map(Event::Closed),
        3 => (-15_i64..15).prop_map(Event::Compare),
        6 => Just(Event::Expire),
        1 => Just(Event::SetAside),
        1 => Just(Event::Withhold),
        1 => Just(Event::PutBack),
        1 => (1_u32..9).prop_map(Event::MaxAge),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Whatever clocks show, and however often the spool is opened: nothing goes for its age that has not waited so long, and
    /// all goes at last while it is open.
    #[test]
    fn nothing_younger_than_the_bound_goes_for_its_age(events in proptest::collection::vec(event(), 1..80)) {
        let disk = Memory::default();
        let opened = |limits| Spool::open_on(Arc::new(disk.clone()), Path::new("/spool"), limits).unwrap().0;
        let mut limits = SpoolLimits { max_age: MAX_AGE, ..SpoolLimits::default() };
        let mut spool = opened(limits);
        // The real time; what passed by a clock that stands while the machine sleeps; what was compared since the last call.
        let (mut real, mut passed, mut compared) = (day(0), Duration::ZERO, None);
        let mut made: HashMap<Uuid, Timestamp> = HashMap::new();
        let hours = |hours: u16| HOUR * u32::from(hours);
        for (event, number) in events.into_iter().zip(0_u8..) {
            match event {
                Event::Append(off) => {
                    let named = real.unix_millis() + off * 3_600_000;
                    let id = uuid_v7(Timestamp::from_unix_millis(named), [number; 10]);
                    let octets = sealed(&[number]);
                    spool.append(Class::Report, id, SealedPayload::new(&octets).unwrap()).unwrap();
                    made.insert(id, real);
                }
                Event::Wait(time) => {
                    real = real.plus(hours(time));
                    passed += hours(time);
                }
                Event::Sleep(time) => real = real.plus(hours(time)),
                Event::Closed(time) => {
                    drop(spool);
                    real = real.plus(hours(time));
                    spool = opened(limits);
                    (passed, compared) = (Duration::ZERO, None);
                }
                Event::Compare(off) => {
                    compared = Some(Timestamp::from_unix_millis(real.unix_millis() + off * 60_000));
                }
                Event::Expire => {
                    for it in spool.expire(compared.take(), std::mem::take(&mut passed)).unwrap() {
                        let age = real.unix_millis() - made[&it.entry.id].unix_millis();
                        prop_assert!(
                            u128::try_from(age).unwrap() > limits.max_age.as_millis(),
                            "{:?} after {} h", it, age / 3_600_000
                        );
                    }
                }
                Event::SetAside => if let Some(entry) = spool.next() {
                    spool.quarantine(entry.id, "no").unwrap();
                },
                Event::PutBack => if let Some((entry, _)) = spool.quarantined().unwrap().first() {
                    spool.retry(entry.id).unwrap();
                },
                Event::Withhold => drop(spool.withhold_all("of another").unwrap()),
                Event::MaxAge(days) => {
                    limits.max_age = DAY * days;
                    spool.set_limits(limits);
                }
            }
        }
        spool.expire(None, passed).unwrap();
        spool.expire(None, limits.max_age + HOUR).unwrap();
        let report = spool.report();
        prop_assert_eq!((report.depth, report.quarantined, report.dropped), (0, 0, made.len() as u64));
    }
}
