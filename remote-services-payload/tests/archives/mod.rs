//! Archives to be read: honest ones, and those that were changed.
#![allow(dead_code, reason = "each test file uses a part of this")]

use crate::support::now;
use crate::support::zips::{RawEnd, RawEntry, zip};
use remote_services_core::id::Uuid;
use remote_services_payload::archive::{
    Archive, ArchiveError, ArchiveErrorKind, ArchiveLimits, EntrySource, Manifest, ManifestEntry,
    ManifestHead, ManifestVersion, Part, write,
};
use remote_services_payload::seal::KeyId;

pub(crate) fn head() -> ManifestHead {
    ManifestHead {
        version: ManifestVersion::V1_0,
        payload: Uuid::from_u128(1),
        transfer: Uuid::from_u128(2),
        sender: "client-7".to_owned(),
        recipients: vec![KeyId([3; 32])],
        sequence: 4,
        part: Part::WHOLE,
        created_at: now(),
        redaction: "default".to_owned(),
        device: None,
    }
}

pub(crate) const SUPPLIES: &[u8] = b"<Supplies xmlns=\"urn:remote-services:supplies:1\"/>";
pub(crate) const STATUS: &[u8] = b"<Status>idle idle idle idle</Status>";

pub(crate) fn sources() -> Vec<EntrySource<'static>> {
    let entry = |name, kind, octets| EntrySource { name, kind, schema: Some("urn:x:1"), octets };
    vec![entry("supplies.xml", "supplies", SUPPLIES), entry("status.xml", "status", STATUS)]
}

/// SHA-256 as our own writer computes it for one entry.
pub(crate) fn listed(name: &str, octets: &[u8]) -> ManifestEntry {
    let source = EntrySource { name: "a", kind: "a", schema: None, octets };
    let zip = write(
        &head(),
        &[source],
        &ArchiveLimits { max_entry: u64::MAX, max_archive: usize::MAX, ..ArchiveLimits::default() },
    )
    .unwrap();
    let mut entry = Archive::open(&zip, &loose()).unwrap().into_manifest().entries.remove(0);
    entry.name = name.to_owned();
    entry
}

pub(crate) fn loose() -> ArchiveLimits {
    ArchiveLimits {
        max_ratio: u64::MAX,
        max_entry: u64::MAX,
        max_archive: usize::MAX,
        ..ArchiveLimits::default()
    }
}

pub(crate) fn manifest(entries: Vec<ManifestEntry>) -> RawEntry {
    let document = Manifest { head: head(), entries }.to_xml().unwrap();
    RawEntry::deflated("manifest.xml", &document)
}

/// Manifest, supplies, status: honest, as a third party's writer makes them.
pub(crate) fn honest() -> Vec<RawEntry> {
    vec![
        manifest(vec![listed("supplies.xml", SUPPLIES), listed("status.xml", STATUS)]),
        RawEntry::deflated("supplies.xml", SUPPLIES),
        RawEntry::stored("status.xml", STATUS),
    ]
}

pub(crate) fn read_all(octets: &[u8], limits: &ArchiveLimits) -> Result<Vec<Vec<u8>>, ArchiveError> {
    let archive = Archive::open(octets, limits)?;
    archive.entries().map(|entry| entry.map(|(_, octets)| octets)).collect()
}

/// The error of an archive that was changed by `change`.
pub(crate) fn refusal(
    change: impl FnOnce(&mut Vec<RawEntry>, &mut RawEnd),
) -> (Option<String>, ArchiveErrorKind) {
    let (mut entries, mut end) = (honest(), RawEnd::default());
    change(&mut entries, &mut end);
    let error = read_all(&zip(&entries, &end), &ArchiveLimits::default()).unwrap_err();
    (error.entry, error.kind)
}
