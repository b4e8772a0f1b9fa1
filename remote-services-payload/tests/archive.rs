//! The archive: what is written, and each way in which a hostile zip must be refused.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod archives;
mod support;

use archives::{STATUS, SUPPLIES, head, honest, listed, manifest, read_all, refusal, sources};
use remote_services_payload::archive::{Archive, ArchiveErrorKind, ArchiveLimits, EntrySource, write};
use support::zips::{RawEnd, RawEntry, zip};

macro_rules! assert_refused {
    ($change:expr, $entry:expr, $kind:pat) => {
        let (entry, kind) = refusal($change);
        assert!(matches!(kind, $kind), "{kind}");
        assert_eq!(entry.as_deref(), $entry);
    };
}

#[test]
fn what_is_written_reads_back_and_twice_gives_the_same_octets() {
    let limits = ArchiveLimits::default();
    let zip = write(&head(), &sources(), &limits).unwrap();
    assert_eq!(zip, write(&head(), &sources(), &limits).unwrap());
    let archive = Archive::open(&zip, &limits).unwrap();
    assert_eq!(archive.manifest().head, head());
    assert_eq!(archive.read("supplies.xml").unwrap(), SUPPLIES);
    let names: Vec<_> = archive.entries().map(|entry| entry.unwrap().0.name.clone()).collect();
    assert_eq!(names, ["supplies.xml", "status.xml"]);
    assert!(matches!(archive.read("manifest.xml").unwrap_err().kind, ArchiveErrorKind::NoSuchEntry));
}

#[test]
fn every_host_writes_time_mode_and_system_of_1980_0644_unix() {
    let octets = write(&head(), &sources(), &ArchiveLimits::default()).unwrap();
    let central = octets.windows(4).position(|window| window == [0x50, 0x4B, 1, 2]).unwrap();
    let field = |at: usize, length: usize| &octets[central + at..central + at + length];
    assert_eq!(field(5, 1), [3], "host system");
    assert_eq!(field(12, 4), [0, 0, 0x21, 0], "time and date");
    assert_eq!(field(38, 4), (0o100_644_u32 << 16).to_le_bytes(), "attributes");
}

#[test]
fn another_reader_agrees_with_our_writer() {
    use std::io::Read;
    let octets = write(&head(), &sources(), &ArchiveLimits::default()).unwrap();
    let mut other = zip::ZipArchive::new(std::io::Cursor::new(octets)).unwrap();
    let names: Vec<_> =
        (0..other.len()).map(|at| other.by_index(at).unwrap().name().unwrap().into_owned()).collect();
    assert_eq!(names, ["manifest.xml", "supplies.xml", "status.xml"]);
    let mut text = Vec::new();
    other.by_name("supplies.xml").unwrap().read_to_end(&mut text).unwrap();
    assert_eq!(text, SUPPLIES);
}

#[test]
fn an_honest_archive_of_another_writer_is_read() {
    let octets = zip(&honest(), &RawEnd::default());
    assert_eq!(read_all(&octets, &ArchiveLimits::default()).unwrap(), [SUPPLIES, STATUS]);
}

#[test]
fn the_writer_refuses_names_and_sizes_that_no_reader_accepts() {
    let refused = |name: &'static str, limits: &ArchiveLimits| {
        let source = EntrySource { name, kind: "supplies", schema: None, octets: SUPPLIES };
        write(&head(), &[source, source], limits).unwrap_err().kind
    };
    let limits = ArchiveLimits::default();
    assert!(matches!(refused("../up.xml", &limits), ArchiveErrorKind::Manifest(_)));
    assert!(matches!(refused("twice.xml", &limits), ArchiveErrorKind::Manifest(_)));
    assert!(matches!(
        refused("a", &ArchiveLimits { max_entry: 9, ..limits }),
        ArchiveErrorKind::EntryTooLarge { .. }
    ));
    assert!(matches!(
        refused("a", &ArchiveLimits { max_total: 60, ..limits }),
        ArchiveErrorKind::TotalTooLarge { .. }
    ));
    assert!(matches!(
        refused("a", &ArchiveLimits { max_entries: 1, ..limits }),
        ArchiveErrorKind::TooManyEntries { .. }
    ));
}

#[test]
fn refuses_a_bomb_by_what_its_header_claims_before_inflating_it() {
    let zeros = vec![0; 32 << 20];
    let bomb = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| {
        entries[0] = manifest(vec![listed("supplies.xml", &zeros)]);
        entries.truncate(1);
        entries.push(RawEntry::deflated("supplies.xml", &zeros));
    };
    assert_refused!(bomb, Some("supplies.xml"), ArchiveErrorKind::Ratio { size: 0x200_0000, .. });
}

#[test]
fn refuses_a_bomb_whose_header_claims_less_than_it_inflates_to() {
    let zeros = vec![0; 1 << 20];
    let bomb = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| {
        entries[1] = RawEntry::deflated("supplies.xml", &zeros);
        entries[1].size = u32::try_from(SUPPLIES.len()).unwrap();
    };
    assert_refused!(bomb, Some("supplies.xml"), ArchiveErrorKind::Length { .. });
}

#[test]
fn refuses_sizes_beyond_the_limits() {
    let octets = zip(&honest(), &RawEnd::default());
    let refused = |limits: ArchiveLimits| read_all(&octets, &limits).unwrap_err().kind;
    let limits = ArchiveLimits::default();
    assert!(matches!(
        refused(ArchiveLimits { max_archive: octets.len() - 1, ..limits }),
        ArchiveErrorKind::TooLarge { .. }
    ));
    assert!(matches!(
        refused(ArchiveLimits { max_entries: 1, ..limits }),
        ArchiveErrorKind::TooManyEntries { count: 3, limit: 2 }
    ));
    assert!(matches!(
        refused(ArchiveLimits { max_manifest: 99, ..limits }),
        ArchiveErrorKind::EntryTooLarge { .. }
    ));
    assert!(matches!(
        refused(ArchiveLimits { max_entry: 49, ..limits }),
        ArchiveErrorKind::EntryTooLarge { .. }
    ));
    assert!(matches!(
        refused(ArchiveLimits { max_total: 80, ..limits }),
        ArchiveErrorKind::TotalTooLarge { .. }
    ));
}

#[test]
fn refuses_entries_that_overlap() {
    // One kernel, quoted by many central headers (as Fifield's bomb does it).
    let quoted = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| {
        entries[2] =
            RawEntry { name: b"status.xml".to_vec(), absent: true, offset: Some(0), ..entries[1].clone() };
    };
    assert_refused!(quoted, Some("status.xml"), ArchiveErrorKind::Overlap { offset: 0 });
    let into_directory = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| entries[2].compressed_size += 1;
    assert_refused!(into_directory, Some("status.xml"), ArchiveErrorKind::Overlap { .. });
}

#[test]
fn refuses_octets_that_belong_to_no_entry() {
    let leading = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| entries[0].gap = b"MZ".to_vec();
    assert_refused!(leading, Some("manifest.xml"), ArchiveErrorKind::Gap { offset: 0, extra: 2 });
    let between = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| entries[1].gap = vec![0; 7];
    assert_refused!(between, Some("supplies.xml"), ArchiveErrorKind::Gap { extra: 7, .. });
    let hidden = |_: &mut Vec<RawEntry>, end: &mut RawEnd| {
        end.gap = b"PK\x03\x04 a hidden entry".to_vec();
    };
    assert_refused!(hidden, None, ArchiveErrorKind::Gap { extra: 19, .. });
    let mut trailing = zip(&honest(), &RawEnd::default());
    trailing.push(0);
    let error = read_all(&trailing, &ArchiveLimits::default()).unwrap_err();
    assert!(matches!(error.kind, ArchiveErrorKind::NoEndRecord), "{error}");
}

#[test]
fn refuses_an_end_record_that_lies() {
    assert_refused!(|_, end: &mut RawEnd| end.entries = Some(2), None, ArchiveErrorKind::Directory);
    assert_refused!(|_, end: &mut RawEnd| end.entries = Some(4), None, ArchiveErrorKind::NoHeader { .. });
    assert_refused!(|_, end: &mut RawEnd| end.entries = Some(0xFFFF), None, ArchiveErrorKind::Zip64);
    assert_refused!(
        |_, end: &mut RawEnd| end.entries = Some(0xFFFE),
        None,
        ArchiveErrorKind::TooManyEntries { .. }
    );
    assert_refused!(|_, end: &mut RawEnd| end.directory = Some(0), None, ArchiveErrorKind::Directory);
    assert_refused!(
        |_, end: &mut RawEnd| end.directory = Some(0xFFFF_FFF0),
        None,
        ArchiveErrorKind::Directory
    );
    assert_refused!(|_, end: &mut RawEnd| end.disk = 1, None, ArchiveErrorKind::Disks);
    assert_refused!(|_, end: &mut RawEnd| end.comment = b"x".to_vec(), None, ArchiveErrorKind::NoEndRecord);
    assert!(matches!(
        read_all(&zip(&[], &RawEnd::default()), &ArchiveLimits::default()).unwrap_err().kind,
        ArchiveErrorKind::Empty
    ));
}

#[test]
fn refuses_headers_that_disagree() {
    type Change = fn(&mut RawEntry);
    let changes: [(Change, &str); 4] = [
        (|entry| entry.local_name = Some(b"another.xml.".to_vec()), "name"),
        (|entry| entry.local_name = Some(b"a.xml".to_vec()), "name length"),
        (|entry| entry.local_crc = Some(1), "CRC-32"),
        (|entry| entry.local_size = Some(1), "size"),
    ];
    for (change, expected) in changes {
        let (entry, kind) = refusal(|entries, _| change(&mut entries[1]));
        assert!(
            matches!(kind, ArchiveErrorKind::HeadersDiffer { field } if field == expected),
            "{expected}: {kind}"
        );
        assert_eq!(entry.as_deref(), Some("supplies.xml"));
    }
}

#[test]
fn refuses_names_that_could_leave_a_folder() {
    for name in ["../../etc/passwd", "/etc/passwd", "a\\b", "C:evil", "a/../../b", "a\0b", "é", ""] {
        let (_, kind) = refusal(|entries, _| entries[1].name = name.as_bytes().to_vec());
        assert!(matches!(kind, ArchiveErrorKind::Name), "{name}: {kind}");
    }
    let (entry, kind) = refusal(|entries, _| entries[1].name = vec![b'a'; 60_000]);
    assert!(matches!(kind, ArchiveErrorKind::NameTooLong { length: 60_000 }), "{kind}");
    assert_eq!(entry.unwrap().len(), 120, "an error text stays short");
}

#[test]
fn refuses_names_that_stand_twice() {
    for name in ["supplies.xml", "SUPPLIES.xml", "manifest.xml", "Manifest.XML"] {
        let twice = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| entries[2].name = name.as_bytes().to_vec();
        assert_refused!(twice, Some(name), ArchiveErrorKind::Duplicate);
    }
}

#[test]
fn refuses_what_a_payload_never_has() {
    type Change = fn(&mut RawEntry);
    type Is = fn(&ArchiveErrorKind) -> bool;
    let kinds: [(Change, Is); 11] = [
        (|entry| entry.flags = 1, |kind| matches!(kind, ArchiveErrorKind::Encrypted)),
        (|entry| entry.flags = 0x2000, |kind| matches!(kind, ArchiveErrorKind::Encrypted)),
        (|entry| entry.method = 99, |kind| matches!(kind, ArchiveErrorKind::Encrypted)),
        (|entry| entry.flags = 8, |kind| matches!(kind, ArchiveErrorKind::DataDescriptor)),
        (|entry| entry.flags = 0x20, |kind| matches!(kind, ArchiveErrorKind::Flags(0x20))),
        (|entry| entry.method = 12, |kind| matches!(kind, ArchiveErrorKind::Method(12))),
        (|entry| entry.central_extra = vec![0; 4], |kind| matches!(kind, ArchiveErrorKind::ExtraField)),
        (|entry| entry.local_extra = vec![0; 4], |kind| matches!(kind, ArchiveErrorKind::ExtraField)),
        (|entry| entry.comment = vec![b'x'], |kind| matches!(kind, ArchiveErrorKind::Comment)),
        (|entry| entry.attributes = 0o120_777 << 16, |kind| matches!(kind, ArchiveErrorKind::NotAFile)),
        (|entry| entry.attributes = 0x10, |kind| matches!(kind, ArchiveErrorKind::NotAFile)),
    ];
    for (at, (change, expected)) in kinds.into_iter().enumerate() {
        let (entry, kind) = refusal(|entries, _| change(&mut entries[1]));
        assert!(expected(&kind), "{at}: {kind}");
        assert_eq!(entry.as_deref(), Some("supplies.xml"));
    }
}

#[test]
fn refuses_contents_that_are_not_what_headers_and_manifest_say() {
    let crc = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| entries[1].crc ^= 1;
    assert_refused!(crc, Some("supplies.xml"), ArchiveErrorKind::Crc);
    let other = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| {
        entries[1] = RawEntry::deflated("supplies.xml", &SUPPLIES.to_ascii_uppercase());
    };
    assert_refused!(other, Some("supplies.xml"), ArchiveErrorKind::Digest);
    let longer = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| {
        entries[1] = RawEntry::deflated("supplies.xml", &[SUPPLIES, b"x"].concat());
    };
    assert_refused!(longer, Some("supplies.xml"), ArchiveErrorKind::Size { headers: 51, manifest: 50 });
    let garbage = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| entries[1].data.fill(0xFF);
    assert_refused!(garbage, Some("supplies.xml"), ArchiveErrorKind::Deflate);
    let tail = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| {
        entries[1].data.push(0);
        entries[1].compressed_size += 1;
    };
    assert_refused!(tail, Some("supplies.xml"), ArchiveErrorKind::Deflate);
}

#[test]
fn refuses_entries_that_the_manifest_does_not_list_and_the_other_way_round() {
    let extra =
        |entries: &mut Vec<RawEntry>, _: &mut RawEnd| entries.push(RawEntry::stored("extra.xml", b"x"));
    assert_refused!(extra, Some("extra.xml"), ArchiveErrorKind::NotListed);
    let missing = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| entries.truncate(2);
    assert_refused!(missing, Some("status.xml"), ArchiveErrorKind::Missing);
    let swapped = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| entries.swap(1, 2);
    assert_refused!(swapped, Some("supplies.xml"), ArchiveErrorKind::Order);
    let late = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| entries.swap(0, 1);
    assert_refused!(late, Some("supplies.xml"), ArchiveErrorKind::ManifestNotFirst);
    let unreadable = |entries: &mut Vec<RawEntry>, _: &mut RawEnd| {
        entries[0] = RawEntry::stored("manifest.xml", b"<Manifest/>");
    };
    assert_refused!(unreadable, Some("manifest.xml"), ArchiveErrorKind::Manifest(_));
}
