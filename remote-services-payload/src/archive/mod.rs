//! The zip: `manifest.xml`, then one file for each kind.
//!
//! ```text
//! manifest.xml    who sends what to whom: transfer, part, time, and name, size and SHA-256 of each entry
//! identity.xml    entries in the order given, with the names that the manifest lists
//! supplies.xml
//! ```
//!
//! Writing the same input twice gives the same octets: fixed time (1980-01-01), fixed permissions (0644),
//! deflate level 6 of one library. The reader wants exactly such an archive: headers that agree with each
//! other, entries without gaps and overlaps from the first octet to the directory, the directory to the last
//! octet; stored or deflate, nothing encrypted, no comments, no extra fields; the names of the manifest, each
//! once, in its order. Limits are checked against what the headers claim before anything is allocated, and
//! what comes out of the inflater is checked against the headers (length, CRC) and the manifest (SHA-256).
//!
//! Never here: files and folders. Entries stay in memory, so no name can reach a path.

pub(crate) mod document;
mod error;
mod manifest;
mod manifest_tokens;
mod manifest_xml;
mod name;
mod read;
mod structure;
mod write;
mod zip;

pub use error::{ArchiveError, ArchiveErrorKind};
pub use manifest::{
    Manifest, ManifestEntry, ManifestError, ManifestErrorKind, ManifestHead, ManifestVersion, Part,
};
pub use name::{MANIFEST_NAME, is_entry_name};
pub use read::Archive;
pub(crate) use write::write_behind;
pub use write::{EntrySource, write};

/// The XML schema of the manifest (XSD 1.0).
pub const MANIFEST_SCHEMA: &str = include_str!("../../schemas/manifest.xsd");

/// What a reader accepts; a writer keeps to the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Octets of the whole zip. Default 16 MiB: a part of 8 MiB with room to spare.
    pub max_archive: usize,
    /// Entries beside the manifest. Default 256: every kind for a handful of devices, and their logs.
    pub max_entries: usize,
    /// Octets of the manifest, inflated. Default 256 KiB, more than 256 entries can need.
    pub max_manifest: u64,
    /// Octets of one entry, inflated. Default 64 MiB.
    pub max_entry: u64,
    /// Octets of all entries together, inflated. Default 64 MiB.
    pub max_total: u64,
    /// Octets inflated for each octet compressed. Default 200: XML reaches 20 to 60, deflate ends at 1,032.
    pub max_ratio: u64,
}

/// What an entry may inflate to whatever its ratio.
const RATIO_FREE: u64 = 64 << 10;

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            max_archive: 16 << 20,
            max_entries: 256,
            max_manifest: 256 << 10,
            max_entry: 64 << 20,
            max_total: 64 << 20,
            max_ratio: 200,
        }
    }
}
