//! The bones of a zip (APPNOTE 6.3.10): end record, directory, local headers; nothing inflated.
//!
//! ```text
//! [local header, name, octets] … [central header, name] … [end record]
//! 0                             directory                 length - 22
//! ```
//! Entries tile the space before the directory in the directory's order, so there can be no overlap, no
//! hidden entry and no octet that belongs to nobody.

use std::collections::BTreeSet;

use super::error::{ArchiveError, ArchiveErrorKind};
use super::name::{self, MAX_NAME};
use super::{ArchiveLimits, RATIO_FREE};

/// One entry as both of its headers describe it.
pub(crate) struct RawEntry<'a> {
    pub(crate) name: &'a str,
    pub(crate) method: Method,
    pub(crate) crc: u32,
    pub(crate) size: u64,
    pub(crate) compressed: &'a [u8],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Stored,
    Deflate,
}

/// The entries of an archive, limits and headers checked.
pub(crate) fn read<'a>(archive: &'a [u8], limits: &ArchiveLimits) -> Result<Vec<RawEntry<'a>>, ArchiveError> {
    if archive.len() > limits.max_archive {
        return Err(ArchiveErrorKind::TooLarge { length: archive.len(), limit: limits.max_archive }.into());
    }
    let end = EndRecord::read(archive)?;
    if end.entries > limits.max_entries + 1 {
        let limit = limits.max_entries + 1;
        return Err(ArchiveErrorKind::TooManyEntries { count: end.entries, limit }.into());
    }
    if end.entries == 0 {
        return Err(ArchiveErrorKind::Empty.into());
    }
    let mut entries: Vec<RawEntry<'a>> = Vec::with_capacity(end.entries);
    let mut names = BTreeSet::new();
    let mut total = 0_u64;
    let (mut central_at, mut local_at) = (end.directory, 0);
    for _ in 0..end.entries {
        let central = Central::read(archive, central_at, end.at)?;
        central_at = central.end;
        let entry = central.checked(limits).map_err(|kind| kind.of(central.name))?;
        // The first is the manifest, which has a limit of its own.
        total = if entries.is_empty() { 0 } else { total.saturating_add(central.size.into()) };
        if total > limits.max_total {
            return Err(ArchiveErrorKind::TotalTooLarge { size: total, limit: limits.max_total }.into());
        }
        if !names.insert(entry.name.to_ascii_lowercase()) {
            return Err(ArchiveErrorKind::Duplicate.of(central.name));
        }
        let local =
            Local::find(archive, &central, local_at, end.directory).map_err(|kind| kind.of(central.name))?;
        local_at = local.end;
        entries.push(RawEntry { compressed: local.octets, ..entry });
    }
    if central_at != end.at {
        return Err(ArchiveErrorKind::Directory.into());
    }
    if local_at != end.directory {
        return Err(ArchiveErrorKind::Gap { offset: local_at, extra: end.directory - local_at }.into());
    }
    Ok(entries)
}

/// End of central directory record (APPNOTE 4.3.16), which must fill the last 22 octets.
struct EndRecord {
    /// Where it starts, which is where the directory ends.
    at: usize,
    entries: usize,
    directory: usize,
}

impl EndRecord {
    fn read(archive: &[u8]) -> Result<Self, ArchiveErrorKind> {
        let at = archive.len().checked_sub(END_LENGTH).ok_or(ArchiveErrorKind::NoEndRecord)?;
        let record = Fields(&archive[at..]);
        if record.u32(0) != END_SIGNATURE {
            return Err(ArchiveErrorKind::NoEndRecord);
        }
        if record.u16(20) != 0 {
            return Err(ArchiveErrorKind::Comment);
        }
        let (entries, directory) = (record.u16(10), record.u32(16));
        if entries == u16::MAX || directory == u32::MAX || record.u32(12) == u32::MAX {
            return Err(ArchiveErrorKind::Zip64);
        }
        if record.u16(4) != 0 || record.u16(6) != 0 || record.u16(8) != entries {
            return Err(ArchiveErrorKind::Disks);
        }
        let directory = usize::try_from(directory).map_err(|_| ArchiveErrorKind::Directory)?;
        let length = usize::try_from(record.u32(12)).map_err(|_| ArchiveErrorKind::Directory)?;
        if directory.checked_add(length) != Some(at) {
            return Err(ArchiveErrorKind::Directory);
        }
        Ok(Self { at, entries: entries.into(), directory })
    }
}

/// Central directory header (APPNOTE 4.3.12).
struct Central<'a> {
    fields: Fields<'a>,
    name: &'a [u8],
    size: u32,
    compressed: u32,
    offset: u32,
    end: usize,
}

impl<'a> Central<'a> {
    fn read(archive: &'a [u8], at: usize, limit: usize) -> Result<Self, ArchiveErrorKind> {
        let missing = || ArchiveErrorKind::NoHeader { header: "central header", offset: at };
        let fields = Fields(archive.get(at..at + CENTRAL_LENGTH).ok_or_else(missing)?);
        if at + CENTRAL_LENGTH > limit || fields.u32(0) != CENTRAL_SIGNATURE {
            return Err(missing());
        }
        let lengths = [fields.u16(28), fields.u16(30), fields.u16(32)].map(usize::from);
        let end = at + CENTRAL_LENGTH + lengths.iter().sum::<usize>();
        if end > limit {
            return Err(missing());
        }
        let from = at + CENTRAL_LENGTH;
        let name = &archive[from..from + lengths[0]];
        Ok(Self {
            fields,
            name,
            size: fields.u32(24),
            compressed: fields.u32(20),
            offset: fields.u32(42),
            end,
        })
    }

    /// The entry without its octets, if the header says nothing that is not accepted.
    fn checked(&self, limits: &ArchiveLimits) -> Result<RawEntry<'a>, ArchiveErrorKind> {
        if self.name.len() > MAX_NAME {
            return Err(ArchiveErrorKind::NameTooLong { length: self.name.len() });
        }
        let name = core::str::from_utf8(self.name).ok().filter(|name| name::is_allowed(name));
        let name = name.ok_or(ArchiveErrorKind::Name)?;
        let flags = self.fields.u16(8);
        if flags & FLAGS_ENCRYPTED != 0 {
            return Err(ArchiveErrorKind::Encrypted);
        }
        if flags & FLAG_DESCRIPTOR != 0 {
            return Err(ArchiveErrorKind::DataDescriptor);
        }
        if flags & !FLAGS_HARMLESS != 0 {
            return Err(ArchiveErrorKind::Flags(flags));
        }
        let method = match self.fields.u16(10) {
            0 => Method::Stored,
            8 => Method::Deflate,
            99 => return Err(ArchiveErrorKind::Encrypted), // AE-x
            other => return Err(ArchiveErrorKind::Method(other)),
        };
        if [self.size, self.compressed, self.offset].contains(&u32::MAX) {
            return Err(ArchiveErrorKind::Zip64);
        }
        if self.fields.u16(30) != 0 {
            return Err(ArchiveErrorKind::ExtraField);
        }
        if self.fields.u16(32) != 0 {
            return Err(ArchiveErrorKind::Comment);
        }
        if self.fields.u16(34) != 0 {
            return Err(ArchiveErrorKind::Disks);
        }
        // High half: st_mode of Unix; low half: attributes of DOS.
        let attributes = self.fields.u32(38);
        if ![0, MODE_REGULAR].contains(&(attributes >> 16 & MODE_TYPE)) || attributes & DOS_FOLDER != 0 {
            return Err(ArchiveErrorKind::NotAFile);
        }
        let (size, compressed) = (u64::from(self.size), u64::from(self.compressed));
        if size > limits.max_entry {
            return Err(ArchiveErrorKind::EntryTooLarge { size, limit: limits.max_entry });
        }
        if size > RATIO_FREE.max(compressed.saturating_mul(limits.max_ratio)) {
            return Err(ArchiveErrorKind::Ratio { compressed, size, limit: limits.max_ratio });
        }
        Ok(RawEntry { name, method, crc: self.fields.u32(16), size, compressed: &[] })
    }
}

/// Local file header (APPNOTE 4.3.7) with the octets that follow it.
struct Local<'a> {
    octets: &'a [u8],
    end: usize,
}

impl<'a> Local<'a> {
    /// The local header of `central`, which must start at `at` and end, with its octets, before `limit`.
    fn find(
        archive: &'a [u8],
        central: &Central<'_>,
        at: usize,
        limit: usize,
    ) -> Result<Self, ArchiveErrorKind> {
        let offset = usize::try_from(central.offset).map_err(|_| ArchiveErrorKind::Zip64)?;
        if offset < at {
            return Err(ArchiveErrorKind::Overlap { offset });
        }
        if offset > at {
            return Err(ArchiveErrorKind::Gap { offset: at, extra: offset - at });
        }
        let space = &archive[..limit];
        let missing = || ArchiveErrorKind::NoHeader { header: "local header", offset };
        let fields = Fields(space.get(offset..offset + LOCAL_LENGTH).ok_or_else(missing)?);
        if fields.u32(0) != LOCAL_SIGNATURE {
            return Err(missing());
        }
        // Both headers have these fields in the same order, the central one two octets later.
        for (field, from, length) in SHARED_FIELDS {
            if fields.0[from..from + length] != central.fields.0[from + 2..from + 2 + length] {
                return Err(ArchiveErrorKind::HeadersDiffer { field });
            }
        }
        if fields.u16(28) != 0 {
            return Err(ArchiveErrorKind::ExtraField);
        }
        let from = offset + LOCAL_LENGTH;
        let octets_at = from + central.name.len();
        if space.get(from..octets_at) != Some(central.name) {
            return Err(ArchiveErrorKind::HeadersDiffer { field: "name" });
        }
        let length = usize::try_from(central.compressed).map_err(|_| ArchiveErrorKind::Zip64)?;
        let end = octets_at.checked_add(length).ok_or(ArchiveErrorKind::Zip64)?;
        let octets = space.get(octets_at..end).ok_or(ArchiveErrorKind::Overlap { offset: limit })?;
        Ok(Self { octets, end })
    }
}

/// Fields in little-endian order. Offsets given are constants within the length that was taken.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn u16(self, at: usize) -> u16 {
        u16::from_le_bytes([self.0[at], self.0[at + 1]])
    }

    fn u32(self, at: usize) -> u32 {
        u32::from(self.u16(at)) | u32::from(self.u16(at + 2)) << 16
    }
}

const LOCAL_SIGNATURE: u32 = 0x0403_4B50;
const CENTRAL_SIGNATURE: u32 = 0x0201_4B50;
const END_SIGNATURE: u32 = 0x0605_4B50;
const LOCAL_LENGTH: usize = 30;
const CENTRAL_LENGTH: usize = 46;
const END_LENGTH: usize = 22;
/// Name, offset in the local header, length.
const SHARED_FIELDS: [(&str, usize, usize); 9] = [
    ("version needed", 4, 2),
    ("flags", 6, 2),
    ("method", 8, 2),
    ("time", 10, 2),
    ("date", 12, 2),
    ("CRC-32", 14, 4),
    ("compressed size", 18, 4),
    ("size", 22, 4),
    ("name length", 26, 2),
];
/// Encryption (bit 0), strong encryption (6), masked header values (13).
const FLAGS_ENCRYPTED: u16 = 0x2041;
const FLAG_DESCRIPTOR: u16 = 0x0008;
/// How hard deflate tried (bits 1 and 2), and that names are UTF-8 (11).
const FLAGS_HARMLESS: u16 = 0x0806;
const MODE_TYPE: u32 = 0o170_000;
const MODE_REGULAR: u32 = 0o100_000;
const DOS_FOLDER: u32 = 0x10;
