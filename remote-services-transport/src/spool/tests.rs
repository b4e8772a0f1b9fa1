use super::*;
use proptest::prelude::*;
use std::fs;
use tempfile::TempDir;

/// The smallest container that has the form of a sealed one.
pub(crate) fn sealed(content: &[u8]) -> Vec<u8> {
    let oid = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
    let length = u32::try_from(oid.len() + content.len()).unwrap().to_be_bytes();
    [&[0x30, 0x84][..], &length, &oid, content].concat()
}

/// Octets of it beside the content.
const HEADER: u64 = 19;

/// Keeps `content` as if it were sealed.
pub(super) fn keep(
    spool: &mut Spool,
    class: Class,
    id: Uuid,
    content: &[u8],
) -> Result<Vec<Entry>, SpoolError> {
    let dropped = spool.append(class, id, SealedPayload::new(&sealed(content)).unwrap())?;
    Ok(dropped.into_iter().map(|dropped| dropped.entry).collect())
}

pub(super) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(super) fn receipt(upload: Uuid, content: &[u8]) -> Receipt {
    Receipt {
        upload,
        digest: ContentDigest::of(&sealed(content)),
        stored_at: Timestamp::from_unix_seconds(1),
    }
}

fn open(folder: &TempDir) -> (Spool, Recovery) {
    Spool::open(folder.path(), SpoolLimits::default()).unwrap()
}

fn small(folder: &TempDir, max_bytes: u64, max_count: usize) -> Spool {
    let limits = SpoolLimits { max_bytes, max_count, ..SpoolLimits::default() };
    Spool::open(folder.path(), limits).unwrap().0
}

fn ids(spool: &Spool) -> Vec<u128> {
    spool.pending().map(|entry| entry.id.as_u128()).collect()
}

#[test]
fn what_was_kept_is_there_after_reopening_in_the_order_to_send() {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(&folder);
    for (number, class) in [(3, Class::Log), (2, Class::Meter), (1, Class::Log), (4, Class::Result)] {
        keep(&mut spool, class, id(number), &[u8::try_from(number).unwrap(); 9]).unwrap();
    }
    drop(spool);
    let (spool, recovery) = open(&folder);
    assert_eq!(recovery, Recovery::default());
    assert_eq!(ids(&spool), [4, 2, 1, 3]);
    assert_eq!(spool.read(&spool.next().unwrap()).unwrap(), sealed(&[4; 9]));
    assert_eq!(spool.report().bytes, 36 + 4 * HEADER);
}

#[test]
fn one_process_at_a_time() {
    let folder = TempDir::new().unwrap();
    let (spool, _) = open(&folder);
    let second = Spool::open(folder.path(), SpoolLimits::default());
    assert!(matches!(second, Err(SpoolError::Locked(_))));
    drop(spool);
    assert!(Spool::open(folder.path(), SpoolLimits::default()).is_ok());
}

#[test]
fn leftovers_of_a_crash_are_removed_and_foreign_files_stay() {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(&folder);
    keep(&mut spool, Class::Report, id(1), b"whole").unwrap();
    drop(spool);
    let pending = folder.path().join("pending");
    fs::write(pending.join(format!("{}.tmp", id(2))), b"ha").unwrap();
    for name in ["notes.txt", "zebra"] {
        fs::write(pending.join(name), b"mine").unwrap();
    }
    let (spool, recovery) = open(&folder);
    let first_foreign = Some("notes.txt".to_owned());
    assert_eq!(recovery, Recovery { unfinished: 1, foreign: 2, first_foreign, ..Recovery::default() });
    assert_eq!(ids(&spool), [1]);
    assert!(pending.join("notes.txt").exists());
}

#[test]
fn a_crash_between_receipt_and_removal_sends_nothing_twice() {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(&folder);
    keep(&mut spool, Class::Report, id(1), b"whole").unwrap();
    let entry = spool.next().unwrap();
    let path = folder.path().join("pending").join(entry.file_name());
    spool.done(&receipt(id(1), b"whole")).unwrap();
    assert!(!path.exists());
    drop(spool);
    fs::write(&path, sealed(b"whole")).unwrap(); // as if the removal had not reached the disk
    let (mut spool, recovery) = open(&folder);
    assert_eq!(recovery.already_stored, 1);
    assert_eq!(ids(&spool), Vec::<u128>::new());
    assert!(!path.exists());
    assert_eq!(spool.receipts().unwrap(), [receipt(id(1), b"whole")]);
    assert!(matches!(keep(&mut spool, Class::Report, id(1), b"new"), Err(SpoolError::NameTaken(_))));
}

#[test]
fn a_torn_receipt_is_cut_off_and_its_payload_sent_again() {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(&folder);
    keep(&mut spool, Class::Report, id(1), b"one").unwrap();
    keep(&mut spool, Class::Report, id(2), b"two").unwrap();
    spool.done(&receipt(id(1), b"one")).unwrap();
    drop(spool);
    let log = folder.path().join("receipts.log");
    let whole = fs::read(&log).unwrap();
    for cut in 1..whole.len() {
        fs::write(&log, [&whole[..], &whole[..cut]].concat()).unwrap();
        let (spool, recovery) = open(&folder);
        assert!(recovery.torn_receipt, "cut at {cut}");
        assert_eq!(ids(&spool), [2]);
        assert_eq!(fs::read(&log).unwrap(), whole);
    }
    let (mut spool, recovery) = open(&folder);
    assert!(!recovery.torn_receipt);
    spool.done(&receipt(id(2), b"two")).unwrap();
    assert_eq!(spool.receipts().unwrap().len(), 2);
}

#[test]
fn a_torn_or_changed_payload_is_noticed_and_set_aside() {
    let whole = sealed(b"whole");
    for damage in [&whole[..9], &[&whole[..], b" and more"].concat(), &sealed(b"Whole"), b""] {
        let folder = TempDir::new().unwrap();
        let (mut spool, _) = open(&folder);
        keep(&mut spool, Class::Report, id(1), b"whole").unwrap();
        let path = folder.path().join("pending").join(spool.next().unwrap().file_name());
        drop(spool);
        fs::write(path, damage).unwrap();
        let (mut spool, _) = open(&folder);
        let entry = spool.next().unwrap();
        assert!(matches!(spool.read(&entry), Err(SpoolError::Damaged(_))));
        spool.quarantine(id(1), "damaged").unwrap();
        assert_eq!(spool.next(), None);
        assert_eq!(spool.report().bytes, 0);
        drop(spool);
        let (spool, _) = open(&folder);
        assert_eq!(spool.quarantined().unwrap(), [(entry, "damaged".to_owned())]);
    }
}

#[test]
fn a_full_spool_drops_the_oldest_of_the_lowest_class_and_says_so() {
    let folder = TempDir::new().unwrap();
    let mut spool = small(&folder, 100 + 3 * HEADER, 3);
    for (number, class) in [(1, Class::Log), (2, Class::Meter), (3, Class::Log)] {
        assert!(keep(&mut spool, class, id(number), b"x").unwrap().is_empty());
    }
    let dropped = keep(&mut spool, Class::Status, id(4), b"x").unwrap();
    assert_eq!(dropped.iter().map(|entry| entry.id).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(ids(&spool), [2, 4, 3]);
    // Octets count as well: this one needs the room of two.
    let dropped = keep(&mut spool, Class::Meter, id(5), &[0; 117]).unwrap();
    assert_eq!(dropped.len(), 2);
    assert_eq!(ids(&spool), [2, 5]);
    assert_eq!(spool.report().dropped, 3);
    drop(spool);
    assert_eq!(ids(&small(&folder, 100 + 3 * HEADER, 3)), [2, 5]);
}

#[test]
fn nothing_important_is_dropped_for_something_less_important() {
    let folder = TempDir::new().unwrap();
    let mut spool = small(&folder, 100 + 2 * HEADER, 2);
    keep(&mut spool, Class::Meter, id(1), b"x").unwrap();
    keep(&mut spool, Class::Meter, id(2), b"x").unwrap();
    assert!(matches!(keep(&mut spool, Class::Log, id(3), b"x"), Err(SpoolError::Full)));
    assert!(matches!(keep(&mut spool, Class::Result, id(4), &[0; 200]), Err(SpoolError::TooLarge { .. })));
    assert_eq!(ids(&spool), [1, 2]);
    assert_eq!(fs::read_dir(folder.path().join("pending")).unwrap().count(), 2);
}

#[test]
fn the_same_name_means_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(&folder);
    keep(&mut spool, Class::Report, id(1), b"one").unwrap();
    assert!(keep(&mut spool, Class::Report, id(1), b"one").unwrap().is_empty());
    assert!(matches!(keep(&mut spool, Class::Report, id(1), b"two"), Err(SpoolError::NameTaken(_))));
    assert_eq!(ids(&spool), [1]);
}

#[test]
fn a_group_is_kept_as_a_whole_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let mut spool = small(&folder, 1_000, 4);
    let octets: Vec<Vec<u8>> = (1..=9).map(|number| sealed(&[number; 30])).collect();
    let group = |numbers: &[usize]| -> Vec<(Uuid, SealedPayload<'_>)> {
        let payload = |number: &usize| SealedPayload::new(&octets[*number - 1]).unwrap();
        numbers.iter().map(|number| (id(*number as u128), payload(number))).collect()
    };
    keep(&mut spool, Class::Log, id(1), &[1; 30]).unwrap();
    keep(&mut spool, Class::Result, id(2), &[2; 30]).unwrap();
    let dropped = spool.append_all(Class::Meter, &group(&[3, 4, 5])).unwrap();
    assert_eq!(dropped.iter().map(|dropped| dropped.entry.id).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(ids(&spool), [2, 3, 4, 5]);
    // Known ones are kept already, and one twice is one.
    assert!(spool.append_all(Class::Meter, &group(&[4, 3, 4])).unwrap().is_empty());
    // None of a group goes for another of it.
    assert!(matches!(spool.append_all(Class::Meter, &group(&[6, 7, 8, 9])), Err(SpoolError::Full)));
    let taken = [group(&[6]), vec![(id(3), SealedPayload::new(&octets[8]).unwrap())]].concat();
    assert!(
        matches!(spool.append_all(Class::Meter, &taken), Err(SpoolError::NameTaken(name)) if name == id(3))
    );
    let twice = [group(&[6]), vec![(id(6), SealedPayload::new(&octets[8]).unwrap())]].concat();
    assert!(
        matches!(spool.append_all(Class::Meter, &twice), Err(SpoolError::NameTaken(name)) if name == id(6))
    );
    // A file of one of them cannot be written: the others of it are gone again.
    fs::create_dir(folder.path().join("pending").join(format!("{}.tmp", id(8)))).unwrap();
    assert!(matches!(spool.append_all(Class::Meter, &group(&[6, 7, 8])), Err(SpoolError::Disk { .. })));
    assert_eq!(ids(&spool), [2, 3, 4, 5]);
    assert_eq!(spool.report().bytes, 4 * (30 + HEADER));
    drop(spool);
    assert_eq!(ids(&small(&folder, 1_000, 4)), [2, 3, 4, 5]);
}

#[test]
fn the_quarantine_is_within_the_bounds_and_each_that_it_gives_up_is_told() {
    let folder = TempDir::new().unwrap();
    let mut spool = small(&folder, 1000, 5);
    for (number, class) in [(1, Class::Meter), (2, Class::Report), (3, Class::Meter), (4, Class::Report)] {
        keep(&mut spool, class, id(number), b"x").unwrap();
        spool.quarantine(id(number), &format!("reason {number}")).unwrap();
    }
    assert!(matches!(spool.quarantine(id(9), ""), Err(SpoolError::Unknown(_))));
    keep(&mut spool, Class::Log, id(5), b"x").unwrap();
    assert_eq!((spool.report().depth, spool.report().quarantined), (1, 4), "as long as there is room");
    // The oldest of the lowest class goes, not the oldest of all, for room in number and in octets.
    let octets = sealed(b"x");
    let payload = SealedPayload::new(&octets).unwrap();
    let gone = |number, class| {
        let entry = Entry { class, id: id(number), digest: ContentDigest::of(&octets), bytes: HEADER + 1 };
        Dropped { entry, why: DropReason::Room, place: Place::Quarantine }
    };
    assert_eq!(spool.append(Class::Log, id(6), payload).unwrap(), [gone(2, Class::Report)]);
    spool.set_limits(SpoolLimits { max_bytes: 4 * (HEADER + 1), ..SpoolLimits::default() });
    assert_eq!(spool.expire(None, std::time::Duration::ZERO).unwrap(), [gone(4, Class::Report)]);
    assert_eq!(spool.append(Class::Log, id(7), payload).unwrap(), [gone(1, Class::Meter)]);
    let kept = spool.quarantined().unwrap();
    assert_eq!(
        kept.iter().map(|(entry, why)| (entry.id.as_u128(), why.as_str())).collect::<Vec<_>>(),
        [(3, "reason 3")]
    );
    assert_eq!(fs::read_dir(folder.path().join("quarantine")).unwrap().count(), 2, "reasons go, too");
    drop(spool);
    let report = small(&folder, 1000, 5).report();
    assert_eq!((report.depth, report.quarantined, report.dropped), (3, 1, 3));
}

#[test]
fn a_file_larger_than_all_of_the_spool_is_set_aside_unread_and_goes_before_any_other() {
    let folder = TempDir::new().unwrap();
    let mut spool = small(&folder, 100, 9);
    keep(&mut spool, Class::Report, id(1), &[1; 9]).unwrap();
    keep(&mut spool, Class::Log, id(2), &[2; 9]).unwrap();
    let huge = spool.pending().find(|entry| entry.id == id(2)).unwrap().file_name();
    drop(spool);
    let file = fs::File::options().write(true).open(folder.path().join("pending").join(huge)).unwrap();
    file.set_len(3 << 30).unwrap();
    let limits = SpoolLimits { max_bytes: 100, ..SpoolLimits::default() };
    let (mut spool, recovery) = Spool::open(folder.path(), limits).unwrap();
    assert_eq!(recovery, Recovery { oversized: 1, ..Recovery::default() });
    assert_eq!((ids(&spool), spool.report().quarantined), (vec![1], 1));
    spool.quarantine(id(1), "refused").unwrap();
    let gone = keep(&mut spool, Class::Result, id(3), &[3; 9]).unwrap();
    assert_eq!(gone.iter().map(|entry| entry.id).collect::<Vec<_>>(), [id(2)]);
    assert_eq!((ids(&spool), spool.report().quarantined), (vec![3], 1));
}

#[test]
fn a_turn_of_the_journal_that_was_cut_short_loses_no_count() {
    let folder = TempDir::new().unwrap();
    let limits = || SpoolLimits { max_count: 1, max_journal: 1, ..SpoolLimits::default() };
    let mut spool = Spool::open(folder.path(), limits()).unwrap().0;
    for number in 0..4 {
        keep(&mut spool, Class::Report, id(number), &[7; 9]).unwrap();
    }
    let counted = spool.report().drops;
    assert_eq!(spool.report().dropped, 3);
    drop(spool);
    // As if the power had gone before the new file said what was counted in all files before it.
    let (log, old) = (folder.path().join("receipts.log"), folder.path().join("receipts.old"));
    fs::rename(&log, &old).unwrap();
    fs::write(&log, b"").unwrap();
    for _ in 0..3 {
        let mut spool = Spool::open(folder.path(), limits()).unwrap().0;
        assert_eq!(spool.report().drops, counted);
        // A receipt, for which the journal turns.
        spool.done(&receipt(id(9), b"elsewhere")).unwrap();
        spool.done(&receipt(id(9), b"elsewhere")).unwrap();
    }
}

#[test]
fn a_damaged_journal_that_tells_of_more_drops_than_can_be_counted_stops_nothing() {
    let folder = TempDir::new().unwrap();
    let all = u64::MAX;
    let line =
        format!("{{\"before\":[[\"log\",\"room\",{all}],[\"log\",\"age\",{all}],[\"meter\",\"age\",1]]}}\n");
    fs::write(folder.path().join("receipts.log"), line).unwrap();
    let mut spool = small(&folder, 1_000, 1);
    assert_eq!(spool.report().dropped, all);
    keep(&mut spool, Class::Log, id(1), b"first").unwrap();
    assert_eq!(keep(&mut spool, Class::Log, id(2), b"second").unwrap().len(), 1, "the first went for it");
    assert_eq!((spool.report().dropped, ids(&spool)), (all, vec![2]));
}

#[test]
fn receipts_are_kept_in_two_files_of_bounded_length() {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(&folder);
    keep(&mut spool, Class::Report, id(1), b"one").unwrap();
    spool.done(&receipt(id(1), b"one")).unwrap();
    drop(spool);
    let log = folder.path().join("receipts.log");
    let line = fs::read(&log).unwrap();
    fs::write(&log, line.repeat((4 << 20) / line.len() + 1)).unwrap();
    let (mut spool, _) = open(&folder);
    keep(&mut spool, Class::Report, id(2), b"two").unwrap();
    spool.done(&receipt(id(2), b"two")).unwrap();
    assert!(fs::metadata(&log).unwrap().len() < 1024);
    assert_eq!(spool.receipts().unwrap().last(), Some(&receipt(id(2), b"two")));
    assert!(matches!(keep(&mut spool, Class::Report, id(1), b"x"), Err(SpoolError::NameTaken(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever happens in whatever order, with reopening in between: each payload is pending, done, set aside
    /// or reported as dropped, and never two of these.
    #[test]
    fn nothing_gets_lost_and_nothing_comes_twice(steps in proptest::collection::vec((0_u8..5, 0_usize..5), 1..40)) {
        let folder = TempDir::new().unwrap();
        let limits = SpoolLimits {
            max_bytes: 60 + 6 * HEADER,
            max_count: 6,
            ..SpoolLimits::default()
        };
        let mut spool = Spool::open(folder.path(), limits).unwrap().0;
        let mut expected: Vec<u128> = Vec::new();
        let (mut done, mut aside) = (0, Vec::new());
        for (number, (step, class)) in steps.into_iter().enumerate() {
            let number = number as u128 + 1;
            match step {
                0..=1 => if let Ok(dropped) = keep(&mut spool, Class::ALL[class], id(number), &vec![7; 3 + class * 5]) {
                    expected.push(number);
                    let known = expected.len() + aside.len();
                    for entries in [&mut expected, &mut aside] {
                        entries.retain(|known| dropped.iter().all(|entry| entry.id.as_u128() != *known));
                    }
                    prop_assert_eq!(expected.len() + aside.len(), known - dropped.len());
                },
                2 => if let Some(entry) = spool.next() {
                    let receipt = Receipt { digest: entry.digest, ..receipt(entry.id, b"") };
                    spool.done(&receipt).unwrap();
                    expected.retain(|known| *known != entry.id.as_u128());
                    done += 1;
                },
                3 => if let Some(entry) = spool.next() {
                    spool.quarantine(entry.id, "no").unwrap();
                    expected.retain(|known| *known != entry.id.as_u128());
                    aside.push(entry.id.as_u128());
                },
                _ => {
                    drop(spool);
                    spool = Spool::open(folder.path(), limits).unwrap().0;
                }
            }
            let mut waiting = ids(&spool);
            waiting.sort_unstable();
            prop_assert_eq!(&waiting, &expected);
            prop_assert!(spool.report().bytes <= 60 + 6 * HEADER && waiting.len() <= 6);
            prop_assert_eq!(spool.receipts().unwrap().len(), done);
            let mut set_aside: Vec<u128> =
                spool.quarantined().unwrap().iter().map(|(entry, _)| entry.id.as_u128()).collect();
            set_aside.sort_unstable();
            aside.sort_unstable();
            prop_assert_eq!(&set_aside, &aside);
            prop_assert!(waiting.len() + set_aside.len() <= 6);
        }
    }
}
