//! Writing: the manifest first, then the entries, always the same octets for the same input.

use super::ArchiveLimits;
use super::error::{ArchiveError, ArchiveErrorKind};
use super::manifest::{Manifest, ManifestEntry, ManifestHead};
use super::name::MANIFEST_NAME;
use super::zip::{END, ZipWriter};
use crate::kind::Encoded;
use crate::seal::{CryptoProvider, DigestAlgorithm, standard};

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

impl<'a> From<&'a Encoded> for EntrySource<'a> {
    fn from(document: &'a Encoded) -> Self {
        let (kind, schema) = (document.kind.label(), Some(document.kind.namespace()));
        Self { name: document.name(), kind, schema, octets: &document.xml }
    }
}

/// Writes an archive: `manifest.xml` made of `head` and the entries' sizes and digests, then the entries in
/// this order. For the archive alone: [`crate::container::pack`] writes and seals in one step, and is the only one that
/// seals archives.
///
/// # Errors
/// When a name or value is not allowed, an entry is beyond the limits, or the result is.
pub fn write(
    head: &ManifestHead,
    entries: &[EntrySource<'_>],
    limits: &ArchiveLimits,
) -> Result<Vec<u8>, ArchiveError> {
    write_behind(0, head, entries, limits, standard())
}

/// As [`write`], behind `headroom` octets of zero, digested by this module.
pub(crate) fn write_behind(
    headroom: usize,
    head: &ManifestHead,
    entries: &[EntrySource<'_>],
    limits: &ArchiveLimits,
    provider: &dyn CryptoProvider,
) -> Result<Vec<u8>, ArchiveError> {
    check(entries, limits)?;
    let listed = entries.iter().map(|entry| listed(entry, provider)).collect();
    let manifest = Manifest { head: head.clone(), entries: listed };
    let document = manifest.to_xml().map_err(ArchiveErrorKind::from)?;
    if document.len() as u64 > limits.max_manifest {
        let kind =
            ArchiveErrorKind::EntryTooLarge { size: document.len() as u64, limit: limits.max_manifest };
        return Err(kind.of(MANIFEST_NAME.as_bytes()));
    }
    let bounds = entries.iter().map(|entry| ZipWriter::bound(entry.name, entry.octets)).sum::<usize>();
    let bound = ZipWriter::bound(MANIFEST_NAME, &document) + bounds + END + SEAL_ROOM;
    let mut writer = ZipWriter::new(headroom, bound, limits.max_ratio);
    writer.add(MANIFEST_NAME, &document).map_err(|kind| kind.of(MANIFEST_NAME.as_bytes()))?;
    for entry in entries {
        writer.add(entry.name, entry.octets).map_err(|kind| kind.of(entry.name.as_bytes()))?;
    }
    let archive = writer.finish()?;
    let length = archive.len() - headroom;
    if length > limits.max_archive {
        return Err(ArchiveErrorKind::TooLarge { length, limit: limits.max_archive }.into());
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

fn listed(entry: &EntrySource<'_>, provider: &dyn CryptoProvider) -> ManifestEntry {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(provider.digest(DigestAlgorithm::Sha256, &[entry.octets]).as_slice());
    ManifestEntry {
        name: entry.name.to_owned(),
        kind: entry.kind.to_owned(),
        size: entry.octets.len() as u64,
        sha256,
        schema: entry.schema.map(str::to_owned),
    }
}

/// Room for what sealing adds behind the archive, so that it need not move: certificates, signature, tag.
const SEAL_ROOM: usize = 8 << 10;
