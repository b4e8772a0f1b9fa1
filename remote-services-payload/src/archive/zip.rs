//! The writing side of the zip format (APPNOTE 6.3.10), as much of it as an archive needs.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use super::error::ArchiveErrorKind;

/// Writes entries into one buffer, behind what already stands in it.
pub(crate) struct ZipWriter {
    out: Vec<u8>,
    /// Where the archive starts in `out`.
    base: usize,
    directory: Vec<u8>,
    entries: u16,
    max_ratio: u64,
    /// Its tables are a quarter of a mebibyte: small entries would spend most of their time on making new ones.
    stream: Compress,
}

impl ZipWriter {
    /// A writer behind `headroom` octets of zero, with room for entries of `expected` octets in all.
    pub(crate) fn new(headroom: usize, expected: usize, max_ratio: u64) -> Self {
        let mut out = Vec::with_capacity(headroom + expected);
        out.resize(headroom, 0);
        let stream = Compress::new(Compression::new(DEFLATE_LEVEL), false);
        Self { out, base: headroom, directory: Vec::new(), entries: 0, max_ratio, stream }
    }

    /// Octets that an entry adds at most, and the end of the archive with it.
    pub(crate) fn bound(name: &str, octets: &[u8]) -> usize {
        LOCAL + CENTRAL + 2 * name.len() + octets.len()
    }

    /// Adds an entry: deflated, or stored where that is not larger or a reader would take it for a bomb.
    pub(crate) fn add(&mut self, name: &str, octets: &[u8]) -> Result<(), ArchiveErrorKind> {
        let too_large = |_| ArchiveErrorKind::Zip64;
        let offset = u32::try_from(self.out.len() - self.base).map_err(too_large)?;
        let size = u32::try_from(octets.len()).map_err(too_large)?;
        let name_length = u16::try_from(name.len()).map_err(too_large)?;
        let header_at = self.out.len();
        self.out.resize(header_at + LOCAL, 0);
        self.out.extend_from_slice(name.as_bytes());
        let data_at = self.out.len();
        let method = if self.deflate(octets, data_at)? { DEFLATED } else { STORED };
        if method == STORED {
            self.out.truncate(data_at);
            self.out.extend_from_slice(octets);
        }
        let compressed = u32::try_from(self.out.len() - data_at).map_err(too_large)?;
        let mut crc = Crc::new();
        crc.update(octets);

        // What both headers have in common, from "version needed" to "name length".
        let mut shared = Vec::with_capacity(CENTRAL);
        shared.extend(VERSION.to_le_bytes());
        shared.extend(0_u16.to_le_bytes()); // flags
        shared.extend(method.to_le_bytes());
        shared.extend(TIME.to_le_bytes());
        shared.extend(DATE.to_le_bytes());
        shared.extend(crc.sum().to_le_bytes());
        shared.extend(compressed.to_le_bytes());
        shared.extend(size.to_le_bytes());
        shared.extend(name_length.to_le_bytes());
        shared.extend(0_u16.to_le_bytes()); // length of extra fields
        self.out[header_at..header_at + 4].copy_from_slice(b"PK\x03\x04");
        self.out[header_at + 4..header_at + LOCAL].copy_from_slice(&shared);

        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(MADE_BY.to_le_bytes());
        self.directory.extend(&shared);
        self.directory.extend([0; 6]); // comment, disk, internal attributes
        self.directory.extend(MODE.to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.entries = self.entries.checked_add(1).ok_or(ArchiveErrorKind::Zip64)?;
        Ok(())
    }

    /// The archive behind its headroom.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, ArchiveErrorKind> {
        let too_large = |_| ArchiveErrorKind::Zip64;
        let directory_at = u32::try_from(self.out.len() - self.base).map_err(too_large)?;
        let directory_length = u32::try_from(self.directory.len()).map_err(too_large)?;
        self.out.extend(&self.directory);
        self.out.extend(b"PK\x05\x06\0\0\0\0");
        self.out.extend(self.entries.to_le_bytes());
        self.out.extend(self.entries.to_le_bytes());
        self.out.extend(directory_length.to_le_bytes());
        self.out.extend(directory_at.to_le_bytes());
        self.out.extend([0; 2]); // no comment
        Ok(self.out)
    }

    /// Deflates behind `data_at`; `false` when that is no gain.
    fn deflate(&mut self, octets: &[u8], data_at: usize) -> Result<bool, ArchiveErrorKind> {
        self.out.resize(data_at + octets.len(), 0);
        let Self { out, stream, max_ratio, .. } = self;
        stream.reset();
        let status = stream
            .compress(octets, &mut out[data_at..], FlushCompress::Finish)
            .map_err(|_| ArchiveErrorKind::Deflate)?;
        if status != Status::StreamEnd || stream.total_in() != octets.len() as u64 {
            return Ok(false);
        }
        let length = usize::try_from(stream.total_out()).map_err(|_| ArchiveErrorKind::Zip64)?;
        out.truncate(data_at + length);
        let bomb = octets.len() as u64 > super::RATIO_FREE.max(stream.total_out().saturating_mul(*max_ratio));
        Ok(length < octets.len() && !bomb)
    }
}

const LOCAL: usize = 30;
const CENTRAL: usize = 46;
/// The end record.
pub(crate) const END: usize = 22;
const DEFLATE_LEVEL: u32 = 6;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Deflate needs version 2.0.
const VERSION: u16 = 20;
/// Everything that could differ between machines and days is fixed: host system (Unix), time, mode (0644).
const MADE_BY: u16 = 3 << 8 | 20;
const TIME: u16 = 0;
/// 1980-01-01
const DATE: u16 = 1 << 5 | 1;
const MODE: u32 = 0o100_644 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_deflated_alike_whatever_came_before_it() {
        let written = |entries: &[&[u8]]| {
            let mut writer = ZipWriter::new(0, 0, 1_000);
            entries.iter().for_each(|octets| writer.add("entry", octets).unwrap());
            writer.out
        };
        let text = b"a cartridge of cyan toner; ".repeat(200);
        let other: Vec<u8> = (0..100_000_u32).flat_map(|number| (number % 977).to_be_bytes()).collect();
        let alone = written(&[&text]);
        assert!(alone.len() < 400);
        assert!(written(&[&other, &text]).ends_with(&alone));
        assert!(written(&[&text, &text]).ends_with(&alone));
    }
}
