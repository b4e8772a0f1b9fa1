//! Zips made to cost: each is refused by what its headers say, in little memory, with work that grows with its
//! length and no faster.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod archives;
mod support;

use allocation_counter::{AllocationInfo, measure};
use archives::head;
use remote_services_payload::archive::{
    Archive, ArchiveError, ArchiveErrorKind, ArchiveLimits, EntrySource, Manifest, ManifestEntry, write,
};
use support::zips::{RawEnd, RawEntry, zip};

fn manifest(entries: Vec<ManifestEntry>) -> RawEntry {
    RawEntry::deflated("manifest.xml", &Manifest { head: head(), entries }.to_xml().unwrap())
}

fn listed(name: &str, size: u64) -> ManifestEntry {
    ManifestEntry { name: name.to_owned(), kind: "log".to_owned(), size, sha256: [0; 32], schema: None }
}

/// What reading all of an archive takes, and how it ends.
fn cost(octets: &[u8], limits: &ArchiveLimits) -> (AllocationInfo, Result<usize, ArchiveError>) {
    let mut outcome = Ok(0);
    let used = measure(|| {
        outcome = Archive::open(octets, limits)
            .and_then(|archive| archive.entries().map(|entry| entry.map(|(_, octets)| octets.len())).sum());
    });
    (used, outcome)
}

/// Empty entries by the thousand, honest otherwise.
fn crowd(count: usize) -> Vec<u8> {
    let names: Vec<String> = (0..count).map(|at| format!("{at}.xml")).collect();
    let mut entries = vec![manifest(names.iter().map(|name| listed(name, 0)).collect())];
    entries.extend(names.iter().map(|name| RawEntry::stored(name, b"")));
    zip(&entries, &RawEnd::default())
}

#[test]
fn sixty_five_thousand_entries_are_refused_by_the_end_record_alone() {
    for count in [65_534, 65_535] {
        let end = RawEnd { entries: Some(count), ..RawEnd::default() };
        let octets = zip(&[manifest(vec![listed("a", 0)]), RawEntry::stored("a", b"")], &end);
        let (used, outcome) = cost(&octets, &ArchiveLimits::default());
        let kind = outcome.unwrap_err().kind;
        assert!(
            matches!(kind, ArchiveErrorKind::TooManyEntries { count: 65_534, .. } | ArchiveErrorKind::Zip64),
            "{kind}"
        );
        assert!(used.bytes_max < 1_024, "{} octets", used.bytes_max);
    }
}

#[test]
fn work_grows_with_the_entries_and_no_faster() {
    let limits = ArchiveLimits {
        max_entries: 10_000,
        max_manifest: 16 << 20,
        max_ratio: u64::MAX,
        ..ArchiveLimits::default()
    };
    let work = |count| {
        let (used, outcome) = cost(&crowd(count), &limits);
        // The digests are wrong, so that the first entry ends it: the lists are what is measured.
        assert!(matches!(outcome.unwrap_err().kind, ArchiveErrorKind::Digest));
        (used.count_total, used.bytes_total)
    };
    let (once, eight_times) = (work(500), work(4_000));
    assert!(eight_times.0 <= once.0 * 9, "{eight_times:?} allocations and octets, {once:?} for an eighth");
    assert!(eight_times.1 <= once.1 * 12, "{eight_times:?} allocations and octets, {once:?} for an eighth");
}

#[test]
fn a_bomb_costs_no_more_memory_than_its_own_length() {
    let zeros = vec![0; 32 << 20];
    let bomb = RawEntry::deflated("bomb", &zeros);
    let octets = zip(&[manifest(vec![listed("bomb", zeros.len() as u64)]), bomb.clone()], &RawEnd::default());
    let (used, outcome) = cost(&octets, &ArchiveLimits::default());
    assert!(matches!(outcome.unwrap_err().kind, ArchiveErrorKind::Ratio { .. }));
    assert!(used.bytes_max < 64 << 10, "{} octets", used.bytes_max);
    // It claims what the ratio allows, and goes on.
    let liar = RawEntry { size: 64 << 10, ..bomb };
    let octets = zip(&[manifest(vec![listed("bomb", 64 << 10)]), liar], &RawEnd::default());
    let (used, outcome) = cost(&octets, &ArchiveLimits::default());
    assert!(matches!(outcome.unwrap_err().kind, ArchiveErrorKind::Length { .. }));
    assert!(used.bytes_max < 512 << 10, "{} octets", used.bytes_max);
}

#[test]
fn a_zip_inside_a_zip_is_octets_and_stays_closed() {
    // A nest of zips, each some hundred times its inside: nothing follows them inwards.
    let mut inner = vec![0; 1 << 20];
    for _ in 0..3 {
        inner = zip(&[RawEntry::deflated("inner.zip", &inner)], &RawEnd::default());
    }
    let source = EntrySource { name: "inner.zip", kind: "log", schema: None, octets: &inner };
    let octets = write(&head(), &[source], &ArchiveLimits::default()).unwrap();
    let (used, outcome) = cost(&octets, &ArchiveLimits::default());
    assert_eq!(outcome.unwrap(), inner.len());
    assert!(used.bytes_max < 512 << 10, "{} octets", used.bytes_max);
}

#[test]
fn floods_of_comments_extra_fields_and_names_are_refused_in_little_memory() {
    type Change = fn(&mut RawEntry);
    let changes: [(Change, &str); 4] = [
        (|entry| entry.comment = vec![b'x'; 65_000], "has a comment"),
        (|entry| entry.central_extra = vec![0; 65_000], "has an extra field"),
        (|entry| entry.local_extra = vec![0; 65_000], "has an extra field"),
        (|entry| entry.name = vec![b'x'; 65_000], "name of 65000 octets"),
    ];
    for (change, words) in changes {
        let mut entry = RawEntry::stored("a", b"");
        change(&mut entry);
        let octets = zip(&[manifest(vec![listed("a", 0)]), entry], &RawEnd::default());
        let (used, outcome) = cost(&octets, &ArchiveLimits::default());
        let text = outcome.unwrap_err().to_string();
        assert!(text.contains(words) && text.len() < 200, "{text}");
        assert!(used.bytes_max < 4_096, "{words}: {} octets", used.bytes_max);
    }
}

#[test]
fn sizes_of_zip64_are_refused_wherever_they_stand() {
    type Change = fn(&mut RawEntry);
    let changes: [Change; 3] = [
        |entry| (entry.size, entry.local_size) = (u32::MAX, Some(u32::MAX)),
        |entry| entry.compressed_size = u32::MAX,
        |entry| entry.offset = Some(u32::MAX),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut entry = RawEntry::stored("a", b"");
        change(&mut entry);
        let octets = zip(&[manifest(vec![listed("a", 0)]), entry], &RawEnd::default());
        let kind = cost(&octets, &ArchiveLimits::default()).1.unwrap_err().kind;
        assert!(matches!(kind, ArchiveErrorKind::Zip64), "{at}: {kind}");
    }
}

#[test]
fn no_truncation_reads_and_no_flipped_bit_changes_what_is_read() {
    let source = |octets| EntrySource { name: "a.xml", kind: "status", schema: None, octets };
    let octets = write(&head(), &[source(b"<Status>idle idle idle</Status>")], &ArchiveLimits::default());
    let octets = octets.unwrap();
    let read = |octets: &[u8]| -> Result<(Manifest, Vec<u8>), ArchiveError> {
        let archive = Archive::open(octets, &ArchiveLimits::default())?;
        let entry = archive.read("a.xml")?;
        Ok((archive.into_manifest(), entry))
    };
    let honest = read(&octets).unwrap();
    for length in 0..octets.len() {
        assert!(read(&octets[..length]).is_err(), "{length}");
    }
    for bit in 0..octets.len() * 8 {
        let mut changed = octets.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        // The seal covers every bit. Without it a few are free, such as times; none changes what is read.
        if let Ok(found) = read(&changed) {
            assert_eq!(found, honest, "bit {bit}");
        }
    }
}

#[test]
fn what_hardly_compresses_is_stored_and_what_compresses_too_well_also() {
    let noise: Vec<u8> = (0..4_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let zeros = vec![0; 8 << 20];
    let limits = ArchiveLimits::default();
    for (octets, least) in [(&noise, 0), (&zeros, zeros.len())] {
        let source = EntrySource { name: "a", kind: "log", schema: None, octets };
        let archive = write(&head(), &[source], &limits).unwrap();
        assert!(archive.len() >= least && archive.len() <= octets.len() + 1_500, "{}", archive.len());
        assert_eq!(&Archive::open(&archive, &limits).unwrap().read("a").unwrap(), octets);
    }
}
