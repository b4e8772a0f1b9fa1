//! Archives: what is taken is within its limits, and another reader sees the same in it.

use std::io::{Cursor, Read as _};

use remote_services_core::time::Timestamp;
use remote_services_payload::archive::{
    Archive, ArchiveLimits, EntrySource, MANIFEST_NAME, Manifest, ManifestHead, write,
};
use remote_services_payload::seal::KeyId;
use uuid::Uuid;

const LIMITS: ArchiveLimits = ArchiveLimits {
    max_archive: 64 << 10,
    max_entries: 8,
    max_manifest: 16 << 10,
    max_entry: 32 << 10,
    max_total: 64 << 10,
    max_ratio: 50,
};

pub(crate) fn run(data: &[u8]) {
    let archive = match Archive::open(data, &LIMITS) {
        Ok(archive) => archive,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let listed = &archive.manifest().entries;
    assert!(listed.len() <= LIMITS.max_entries);
    let mut whole = Vec::new();
    for entry in archive.entries() {
        let Ok((entry, octets)) = entry else { return };
        assert_eq!(u64::try_from(octets.len()), Ok(entry.size));
        assert!(entry.size <= LIMITS.max_entry);
        assert!(archive.read(&entry.name).is_ok_and(|again| again == octets));
        whole.push((entry, octets));
    }
    let total: u64 = whole.iter().map(|(entry, _)| entry.size).sum();
    assert!(total <= LIMITS.max_total);
    another_reader_agrees(
        data,
        &whole.iter().map(|(entry, octets)| (entry.name.as_str(), &octets[..])).collect::<Vec<_>>(),
    );

    // Written by us it is the same to a reader.
    let sources: Vec<EntrySource<'_>> = whole
        .iter()
        .map(|(entry, octets)| EntrySource {
            name: &entry.name,
            kind: &entry.kind,
            schema: entry.schema.as_deref(),
            octets,
        })
        .collect();
    let written = write(&archive.manifest().head, &sources, &ArchiveLimits::default());
    let written = written.unwrap_or_else(|error| panic!("it was read: {error}"));
    let again = Archive::open(&written, &ArchiveLimits::default());
    assert_eq!(again.unwrap_or_else(|error| panic!("we wrote it: {error}")).manifest(), archive.manifest());
}

fn another_reader_agrees(data: &[u8], ours: &[(&str, &[u8])]) {
    let mut theirs = zip::ZipArchive::new(Cursor::new(data)).expect("what we take is a zip");
    assert_eq!(theirs.len(), ours.len() + 1, "the manifest and the entries");
    let first = theirs.by_index(0).expect("it is there");
    assert_eq!(first.name().expect("it is UTF-8"), MANIFEST_NAME);
    drop(first);
    for (at, (name, octets)) in ours.iter().enumerate() {
        let mut entry = theirs.by_index(at + 1).expect("it is there");
        assert_eq!(entry.name().expect("it is UTF-8"), *name);
        let mut read = Vec::new();
        entry.read_to_end(&mut read).expect("its check sum is right");
        assert_eq!(read, *octets);
    }
}

pub(crate) fn head() -> ManifestHead {
    let mut head =
        ManifestHead::whole(Uuid::from_u128(1), "client-7", 4, Timestamp::from_unix_seconds(1_800_000_000));
    head.recipients = vec![KeyId([3; 32])];
    head
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let zeros = [0; 3_000];
    let entry = |name, octets| EntrySource { name, kind: "log", schema: None, octets };
    let documents = [
        EntrySource {
            name: "status.xml",
            kind: "status",
            schema: Some("urn:remote-services:status:1"),
            octets: b"<Status/>",
        },
        entry("a.log", b"lines\nof a log\n"),
    ];
    let few: [&[EntrySource<'_>]; 4] =
        [&[entry("empty", b"")], &[entry("zeros", &zeros[..])], &documents[..], &documents[1..]];
    few.iter()
        .map(|entries| write(&head(), entries, &ArchiveLimits::default()).expect("all is allowed"))
        .collect()
}

/// Manifests by themselves.
pub(crate) mod manifest {
    use super::{Archive, ArchiveLimits, Manifest};

    pub(crate) fn run(data: &[u8]) {
        match Manifest::from_xml(data) {
            Ok(manifest) => {
                let written = manifest.to_xml().unwrap_or_else(|error| panic!("it was read: {error}"));
                assert_eq!(Manifest::from_xml(&written).as_ref(), Ok(&manifest));
                for entry in &manifest.entries {
                    assert_eq!(manifest.entry(&entry.name), Some(entry), "no name stands twice");
                }
            }
            Err(error) => {
                let lines = data.split(|octet| *octet == b'\n').count();
                assert!(error.line <= lines, "{error}: no such line");
            }
        }
    }

    pub(crate) fn seeds() -> Vec<Vec<u8>> {
        super::seeds()
            .iter()
            .map(|octets| {
                let archive = Archive::open(octets, &ArchiveLimits::default()).expect("we wrote it");
                archive.manifest().to_xml().expect("it was read")
            })
            .collect()
    }
}
