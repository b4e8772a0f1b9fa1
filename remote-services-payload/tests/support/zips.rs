//! Zips made field by field, so that any of them can lie.

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::Write;

/// One entry; what its headers say is free.
#[derive(Clone)]
pub struct RawEntry {
    pub name: Vec<u8>,
    pub local_name: Option<Vec<u8>>,
    pub method: u16,
    pub flags: u16,
    pub crc: u32,
    pub local_crc: Option<u32>,
    pub size: u32,
    pub local_size: Option<u32>,
    pub compressed_size: u32,
    pub attributes: u32,
    pub offset: Option<u32>,
    pub local_extra: Vec<u8>,
    pub central_extra: Vec<u8>,
    pub comment: Vec<u8>,
    pub data: Vec<u8>,
    /// Octets before the local header that belong to nobody.
    pub gap: Vec<u8>,
    /// No local header at all: the central one points elsewhere.
    pub absent: bool,
}

impl RawEntry {
    pub fn deflated(name: &str, octets: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(octets).unwrap();
        Self { method: 8, ..Self::with(name, octets, encoder.finish().unwrap()) }
    }

    pub fn stored(name: &str, octets: &[u8]) -> Self {
        Self::with(name, octets, octets.to_vec())
    }

    fn with(name: &str, octets: &[u8], data: Vec<u8>) -> Self {
        let mut crc = Crc::new();
        crc.update(octets);
        Self {
            name: name.as_bytes().to_vec(),
            local_name: None,
            method: 0,
            flags: 0,
            crc: crc.sum(),
            local_crc: None,
            size: u32::try_from(octets.len()).unwrap(),
            local_size: None,
            compressed_size: u32::try_from(data.len()).unwrap(),
            attributes: 0o100_644 << 16,
            offset: None,
            local_extra: Vec::new(),
            central_extra: Vec::new(),
            comment: Vec::new(),
            data,
            gap: Vec::new(),
            absent: false,
        }
    }
}

/// The end record; what it says is free.
#[derive(Clone, Default)]
pub struct RawEnd {
    pub entries: Option<u16>,
    pub directory: Option<u32>,
    pub disk: u16,
    pub comment: Vec<u8>,
    /// Octets between the last entry and the directory.
    pub gap: Vec<u8>,
}

pub fn zip(entries: &[RawEntry], end: &RawEnd) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for entry in entries {
        out.extend_from_slice(&entry.gap);
        let at = entry.offset.unwrap_or(u32::try_from(out.len()).unwrap());
        if !entry.absent {
            let name = entry.local_name.as_ref().unwrap_or(&entry.name);
            out.extend(0x0403_4B50_u32.to_le_bytes());
            out.extend(shared(
                entry,
                entry.local_crc.unwrap_or(entry.crc),
                entry.local_size.unwrap_or(entry.size),
            ));
            out.extend(short(name.len()));
            out.extend(short(entry.local_extra.len()));
            out.extend_from_slice(name);
            out.extend_from_slice(&entry.local_extra);
            out.extend_from_slice(&entry.data);
        }
        central.extend(0x0201_4B50_u32.to_le_bytes());
        central.extend(0x0314_u16.to_le_bytes());
        central.extend(shared(entry, entry.crc, entry.size));
        for length in [entry.name.len(), entry.central_extra.len(), entry.comment.len()] {
            central.extend(short(length));
        }
        central.extend([0; 4]);
        central.extend(entry.attributes.to_le_bytes());
        central.extend(at.to_le_bytes());
        central.extend_from_slice(&entry.name);
        central.extend_from_slice(&entry.central_extra);
        central.extend_from_slice(&entry.comment);
    }
    out.extend_from_slice(&end.gap);
    let directory = end.directory.unwrap_or(u32::try_from(out.len()).unwrap());
    let count = end.entries.unwrap_or(u16::try_from(entries.len()).unwrap());
    out.extend_from_slice(&central);
    out.extend(0x0605_4B50_u32.to_le_bytes());
    out.extend(end.disk.to_le_bytes());
    out.extend([0; 2]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(u32::try_from(central.len()).unwrap().to_le_bytes());
    out.extend(directory.to_le_bytes());
    out.extend(short(end.comment.len()));
    out.extend_from_slice(&end.comment);
    out
}

/// From "version needed" to the sizes: the fields that both headers have.
fn shared(entry: &RawEntry, crc: u32, size: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for field in [20, entry.flags, entry.method, 0, 0x21] {
        out.extend(field.to_le_bytes());
    }
    for field in [crc, entry.compressed_size, size] {
        out.extend(field.to_le_bytes());
    }
    out
}

fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap().to_le_bytes()
}
