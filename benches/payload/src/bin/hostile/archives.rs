//! Archives: many entries, long names, much inside. The size is the number of entries, or of octets.
use std::hint::black_box;

use payload_speed::Round;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_payload::archive::{
    Archive, ArchiveLimits, EntrySource, ManifestHead, ManifestVersion, Part, write,
};
use remote_services_payload::seal::KeyId;

pub(super) fn find(shape: &str, size: usize) -> Option<Round> {
    // far beyond the limits of every day, so that they do not end the work
    let limits = ArchiveLimits {
        max_entries: 20_000,
        max_manifest: 16 << 20,
        max_ratio: u64::MAX,
        ..ArchiveLimits::default()
    };
    let names: Vec<String> = match shape {
        "zip-entries" => (0..size).map(|at| format!("{at}.xml")).collect(),
        "zip-long-names" => (0..size).map(|at| format!("{}{at:05}", "n".repeat(115))).collect(),
        "zip-zeros" | "zip-noise" => vec!["log".into()],
        _ => return None,
    };
    let octets = match shape {
        "zip-zeros" => vec![0; size],
        "zip-noise" => (0..size as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect(),
        _ => Vec::new(),
    };
    let entries: Vec<EntrySource<'_>> =
        names.iter().map(|name| EntrySource { name, kind: "log", schema: None, octets: &octets }).collect();
    let archive = write(&head(), &entries, &limits).ok()?;
    Some(Box::new(move || {
        let read = Archive::open(black_box(&archive), &limits)
            .and_then(|archive| archive.entries().map(|entry| entry.map(|(_, octets)| octets.len())).sum());
        black_box(read).map_or(0, |length: usize| length + 1)
    }))
}

fn head() -> ManifestHead {
    ManifestHead {
        version: ManifestVersion::V1_0,
        payload: Uuid::from_u128(1),
        transfer: Uuid::from_u128(2),
        sender: "client".into(),
        recipients: vec![KeyId([3; 32])],
        sequence: 1,
        part: Part::WHOLE,
        created_at: Timestamp::from_unix_seconds(1_700_000_000),
        redaction: "default".into(),
        device: None,
    }
}
