//! Writing: the manifest first, then the entries, always the same octets for the same input.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::ArchiveLimits;
use super::error::{ArchiveError, ArchiveErrorKind};
use super::manifest::{Manifest, ManifestEntry, ManifestHead};
use super::name::MANIFEST_NAME;
use crate::seal::sha256;

/// One entry to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntrySource<'a> {
    /// Name in the archive, e.g. `supplies.xml`.
    pub name: &'a str,
    /// Kind of the data, e.g. `supplies`.
    pub kind: &'a str,
    /// Namespace of its XML schema; `None` for what is not XML.
    pub schema: Option<&'a str>,
    /// The octets, not compressed.
    pub octets: &'a [u8],
}

/// Writes an archive: `manifest.xml` made of `head` and the entries' sizes and digests, then the entries in
/// this order.
///
/// # Errors
/// When a name or value is not allowed, an entry is beyond the limits, or the result is.
pub fn write(
    head: &ManifestHead,
    entries: &[EntrySource<'_>],
    limits: &ArchiveLimits,
) -> Result<Vec<u8>, ArchiveError> {
    check(entries, limits)?;
    let manifest = Manifest { head: head.clone(), entries: entries.iter().map(listed).collect() };
    let document = manifest.to_xml().map_err(ArchiveErrorKind::from)?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    add(&mut writer, MANIFEST_NAME, &document)?;
    for entry in entries {
        add(&mut writer, entry.name, entry.octets)?;
    }
    let archive = writer.finish().map_err(ArchiveErrorKind::Writer)?.into_inner();
    if archive.len() > limits.max_archive {
        return Err(ArchiveErrorKind::TooLarge { length: archive.len(), limit: limits.max_archive }.into());
    }
    Ok(archive)
}

fn check(entries: &[EntrySource<'_>], limits: &ArchiveLimits) -> Result<(), ArchiveError> {
    if entries.len() > limits.max_entries {
        let (count, limit) = (entries.len() + 1, limits.max_entries + 1);
        return Err(ArchiveErrorKind::TooManyEntries { count, limit }.into());
    }
    let mut total: u64 = 0;
    for entry in entries {
        let size = entry.octets.len() as u64;
        if size > limits.max_entry {
            return Err(
                ArchiveErrorKind::EntryTooLarge { size, limit: limits.max_entry }.of(entry.name.as_bytes())
            );
        }
        total = total.saturating_add(size);
        if total > limits.max_total {
            return Err(ArchiveErrorKind::TotalTooLarge { size: total, limit: limits.max_total }.into());
        }
    }
    Ok(())
}

fn listed(entry: &EntrySource<'_>) -> ManifestEntry {
    ManifestEntry {
        name: entry.name.to_owned(),
        kind: entry.kind.to_owned(),
        size: entry.octets.len() as u64,
        sha256: sha256(entry.octets),
        schema: entry.schema.map(str::to_owned),
    }
}

fn add(writer: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, octets: &[u8]) -> Result<(), ArchiveError> {
    // Everything that could differ between machines and days is fixed: host system, time (1980-01-01), mode.
    let options = SimpleFileOptions::default()
        .system(System::Unix)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(DEFLATE_LEVEL));
    let fail = |error| ArchiveErrorKind::Writer(error).of(name.as_bytes());
    writer.start_file(name, options).map_err(fail)?;
    writer.write_all(octets).map_err(|error| fail(error.into()))
}

const DEFLATE_LEVEL: i64 = 6;
