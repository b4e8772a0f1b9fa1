//! Why an archive could not be written (the caller is to blame) or was refused (the bytes are).

use core::fmt;

use thiserror::Error;

use super::manifest::ManifestError;

/// What is wrong, and with which entry.
#[derive(Debug)]
pub struct ArchiveError {
    /// The entry, if it is one entry's fault; octets outside ASCII are escaped.
    pub entry: Option<String>,
    /// What is wrong.
    pub kind: ArchiveErrorKind,
}

/// What is wrong with an archive or an entry.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArchiveErrorKind {
    /// The archive is longer than [`super::ArchiveLimits::max_archive`].
    #[error("{length} octets, at most {limit} are accepted")]
    TooLarge {
        /// Octets of the archive.
        length: usize,
        /// Octets allowed.
        limit: usize,
    },
    /// No end record in the last 22 octets: cut off, or something follows the archive.
    #[error("the last 22 octets are no end record")]
    NoEndRecord,
    /// The archive or an entry has a comment.
    #[error("has a comment")]
    Comment,
    /// Spread over several disks.
    #[error("spans several disks")]
    Disks,
    /// Sizes that need ZIP64, which the limits rule out.
    #[error("needs ZIP64")]
    Zip64,
    /// More entries than [`super::ArchiveLimits::max_entries`].
    #[error("{count} entries, at most {limit} are accepted")]
    TooManyEntries {
        /// Entries, the manifest included.
        count: usize,
        /// Entries allowed, the manifest included.
        limit: usize,
    },
    /// No entry at all.
    #[error("is empty")]
    Empty,
    /// A header does not start with its signature, or is cut off.
    #[error("no {header} at byte {offset}")]
    NoHeader {
        /// Which header.
        header: &'static str,
        /// Where it must stand.
        offset: usize,
    },
    /// Octets between entries, before the first, or between the last and the directory.
    #[error("{extra} octets at byte {offset} belong to no entry")]
    Gap {
        /// Where they start.
        offset: usize,
        /// How many.
        extra: usize,
    },
    /// The entry starts within an earlier one, or reaches into the directory.
    #[error("overlaps at byte {offset}")]
    Overlap {
        /// Where the overlap starts.
        offset: usize,
    },
    /// The end record's word about the directory is wrong.
    #[error("the directory is not where the end record says")]
    Directory,
    /// Local and central header differ.
    #[error("local and central header differ in {field}")]
    HeadersDiffer {
        /// The field.
        field: &'static str,
    },
    /// The name is longer than 120 octets.
    #[error("name of {length} octets")]
    NameTooLong {
        /// Octets of the name.
        length: usize,
    },
    /// The name is not of the allowed form.
    #[error("name not allowed")]
    Name,
    /// Two entries have names that are equal or differ in case only.
    #[error("stands there twice")]
    Duplicate,
    /// The entry is encrypted.
    #[error("is encrypted")]
    Encrypted,
    /// Sizes follow the data instead of standing before it.
    #[error("has a data descriptor")]
    DataDescriptor,
    /// General-purpose flags that the profile does not have.
    #[error("flags {0:#06x} are not accepted")]
    Flags(u16),
    /// A compression method other than stored and deflate.
    #[error("compression method {0} is not accepted")]
    Method(u16),
    /// An extra field.
    #[error("has an extra field")]
    ExtraField,
    /// A folder, symbolic link or device.
    #[error("is no regular file")]
    NotAFile,
    /// Larger, when inflated, than one entry may be.
    #[error("{size} octets inflated, at most {limit} are accepted")]
    EntryTooLarge {
        /// Octets claimed.
        size: u64,
        /// Octets allowed.
        limit: u64,
    },
    /// All entries together are larger than [`super::ArchiveLimits::max_total`].
    #[error("{size} octets inflated in all, at most {limit} are accepted")]
    TotalTooLarge {
        /// Octets claimed up to here.
        size: u64,
        /// Octets allowed.
        limit: u64,
    },
    /// Inflates more than [`super::ArchiveLimits::max_ratio`] times.
    #[error("inflates {compressed} octets to {size}, more than {limit} times")]
    Ratio {
        /// Octets compressed.
        compressed: u64,
        /// Octets claimed.
        size: u64,
        /// Times allowed.
        limit: u64,
    },
    /// The first entry is not `manifest.xml`.
    #[error("manifest.xml is not the first entry")]
    ManifestNotFirst,
    /// The manifest cannot be read or written.
    #[error(transparent)]
    Manifest(Box<ManifestError>),
    /// The archive has an entry that the manifest does not list.
    #[error("is not in the manifest")]
    NotListed,
    /// The manifest lists an entry that the archive does not have.
    #[error("is in the manifest, but not in the archive")]
    Missing,
    /// Entries stand in another order than in the manifest.
    #[error("stands in another order than in the manifest")]
    Order,
    /// The size in the headers is not the one in the manifest.
    #[error("{headers} octets by its headers, {manifest} by the manifest")]
    Size {
        /// Octets by the headers.
        headers: u64,
        /// Octets by the manifest.
        manifest: u64,
    },
    /// The compressed octets are no deflate stream that ends where the headers say.
    #[error("is no valid deflate stream")]
    Deflate,
    /// The octets inflated are more or fewer than the headers say.
    #[error("inflates to another length than the {expected} octets of its headers")]
    Length {
        /// Octets by the headers.
        expected: u64,
    },
    /// The CRC-32 of the octets is not the one of the headers.
    #[error("the CRC-32 does not fit")]
    Crc,
    /// The SHA-256 of the octets is not the one of the manifest.
    #[error("the SHA-256 does not fit")]
    Digest,
    /// There is no entry of this name. Blame: the caller.
    #[error("there is no such entry")]
    NoSuchEntry,
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.entry {
            Some(entry) => write!(f, "entry \"{entry}\": {}", self.kind),
            None => write!(f, "archive: {}", self.kind),
        }
    }
}

impl core::error::Error for ArchiveError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.kind.source()
    }
}

impl From<ManifestError> for ArchiveErrorKind {
    fn from(error: ManifestError) -> Self {
        Self::Manifest(Box::new(error))
    }
}

impl From<ArchiveErrorKind> for ArchiveError {
    fn from(kind: ArchiveErrorKind) -> Self {
        Self { entry: None, kind }
    }
}

impl ArchiveErrorKind {
    /// This error of that entry.
    pub(crate) fn of(self, name: &[u8]) -> ArchiveError {
        ArchiveError { entry: Some(super::name::shown(name)), kind: self }
    }
}
