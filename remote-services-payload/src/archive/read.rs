//! Reading: structure and manifest when opened, each entry when it is asked for.

use std::collections::BTreeSet;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use subtle::ConstantTimeEq;

use super::ArchiveLimits;
use super::error::{ArchiveError, ArchiveErrorKind};
use super::manifest::{Manifest, ManifestEntry};
use super::name::MANIFEST_NAME;
use super::structure::{self, Method, RawEntry};
use crate::seal::{CryptoProvider, DigestAlgorithm, standard};

/// An archive whose structure, limits and manifest hold. Entries are inflated and verified one by one.
pub struct Archive<'a> {
    manifest: Manifest,
    /// In the order of `manifest.entries`.
    entries: Vec<RawEntry<'a>>,
    provider: &'static dyn CryptoProvider,
}

impl<'a> Archive<'a> {
    /// Checks the headers against the limits and each other, reads the manifest and compares its list of
    /// entries with the archive's.
    ///
    /// # Errors
    /// [`ArchiveError`] says what is wrong, and with which entry.
    pub fn open(archive: &'a [u8], limits: &ArchiveLimits) -> Result<Self, ArchiveError> {
        Self::open_by(archive, limits, standard())
    }

    /// As [`Self::open`], entries digested by this module.
    pub(crate) fn open_by(
        archive: &'a [u8],
        limits: &ArchiveLimits,
        provider: &'static dyn CryptoProvider,
    ) -> Result<Self, ArchiveError> {
        let mut entries = structure::read(archive, limits)?;
        let first = entries.remove(0); // structure::read gives at least one
        if first.name != MANIFEST_NAME {
            return Err(ArchiveErrorKind::ManifestNotFirst.of(first.name.as_bytes()));
        }
        if first.size > limits.max_manifest {
            let kind = ArchiveErrorKind::EntryTooLarge { size: first.size, limit: limits.max_manifest };
            return Err(kind.of(MANIFEST_NAME.as_bytes()));
        }
        let document = inflate(&first)?;
        let manifest = Manifest::from_xml(&document)
            .map_err(|error| ArchiveErrorKind::from(error).of(MANIFEST_NAME.as_bytes()))?;
        compare(&manifest, &entries)?;
        Ok(Self { manifest, entries, provider })
    }

    /// What the sender says about the archive.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Inflates one entry and checks length, CRC-32 and SHA-256. Only this entry is held in memory.
    ///
    /// # Errors
    /// When there is no entry of this name, or it is not the one that the manifest describes.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, ArchiveError> {
        let pair = self.manifest.entries.iter().zip(&self.entries).find(|(listed, _)| listed.name == name);
        let (listed, entry) = pair.ok_or_else(|| ArchiveErrorKind::NoSuchEntry.of(name.as_bytes()))?;
        self.verified(listed, entry)
    }

    /// Every entry in turn, each inflated and checked when it is asked for.
    pub fn entries(&self) -> impl Iterator<Item = Result<(&ManifestEntry, Vec<u8>), ArchiveError>> {
        self.manifest
            .entries
            .iter()
            .zip(&self.entries)
            .map(|(listed, entry)| self.verified(listed, entry).map(|octets| (listed, octets)))
    }

    fn verified(&self, listed: &ManifestEntry, entry: &RawEntry<'_>) -> Result<Vec<u8>, ArchiveError> {
        let octets = inflate(entry)?;
        let digest = self.provider.digest(DigestAlgorithm::Sha256, &[&octets]);
        if bool::from(digest.as_slice().ct_eq(&listed.sha256)) {
            Ok(octets)
        } else {
            Err(ArchiveErrorKind::Digest.of(entry.name.as_bytes()))
        }
    }

    /// The manifest alone.
    #[must_use]
    pub fn into_manifest(self) -> Manifest {
        self.manifest
    }
}

/// Compares the manifest's list with the archive's: the same names in the same order, the same sizes.
fn compare(manifest: &Manifest, entries: &[RawEntry<'_>]) -> Result<(), ArchiveError> {
    let listed: BTreeSet<&str> = manifest.entries.iter().map(|entry| entry.name.as_str()).collect();
    if let Some(extra) = entries.iter().find(|entry| !listed.contains(entry.name)) {
        return Err(ArchiveErrorKind::NotListed.of(extra.name.as_bytes()));
    }
    for (at, expected) in manifest.entries.iter().enumerate() {
        let name = expected.name.as_bytes();
        match entries.get(at) {
            Some(entry) if entry.name != expected.name => {
                let somewhere = entries.iter().any(|entry| entry.name == expected.name);
                let kind = if somewhere { ArchiveErrorKind::Order } else { ArchiveErrorKind::Missing };
                return Err(kind.of(name));
            }
            Some(entry) if entry.size != expected.size => {
                let kind = ArchiveErrorKind::Size { headers: entry.size, manifest: expected.size };
                return Err(kind.of(name));
            }
            Some(_) => {}
            None => return Err(ArchiveErrorKind::Missing.of(name)),
        }
    }
    Ok(())
}

/// The octets of an entry, length and CRC-32 checked. Allocates what the header claims, which was limited.
fn inflate(entry: &RawEntry<'_>) -> Result<Vec<u8>, ArchiveError> {
    let fail = |kind: ArchiveErrorKind| kind.of(entry.name.as_bytes());
    let wrong_length = || fail(ArchiveErrorKind::Length { expected: entry.size });
    let size = usize::try_from(entry.size).map_err(|_| wrong_length())?;
    let octets = match entry.method {
        Method::Stored if entry.compressed.len() != size => return Err(wrong_length()),
        Method::Stored => entry.compressed.to_vec(),
        Method::Deflate => {
            // One octet more than claimed shows a stream that goes on.
            let mut out = vec![0; size + 1];
            let mut stream = Decompress::new(false);
            let status = stream
                .decompress(entry.compressed, &mut out, FlushDecompress::Finish)
                .map_err(|_| fail(ArchiveErrorKind::Deflate))?;
            if stream.total_out() > entry.size {
                return Err(wrong_length());
            }
            if status != Status::StreamEnd || stream.total_in() != entry.compressed.len() as u64 {
                return Err(fail(ArchiveErrorKind::Deflate));
            }
            if stream.total_out() != entry.size {
                return Err(wrong_length());
            }
            out.truncate(size);
            out
        }
    };
    let mut crc = Crc::new();
    crc.update(&octets);
    if crc.sum() == entry.crc { Ok(octets) } else { Err(fail(ArchiveErrorKind::Crc)) }
}
