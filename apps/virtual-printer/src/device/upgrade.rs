//! A firmware file for a virtual printer: a header in text, and octets that stand for the firmware.
//!
//! ```text
//! @VIRTUAL-PRINTER-FIRMWARE 1
//! model: AltaLink C8155
//! version: 119.010.000.00100
//! length: 1048576
//! sha-256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//!                                    (an empty line)
//! …length octets…
//! ```
//!
//! Sent to the raw port or by LPR, as real printers take theirs. What is not for this model, cut short or changed on the
//! way is refused, and the console says why; what fits is installed: the printer starts again and has the new version.

use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io;

/// What the file begins with.
pub const MAGIC: &[u8] = b"@VIRTUAL-PRINTER-FIRMWARE 1\n";

/// The most octets that a header has.
const MOST_HEADER: usize = 1024;

/// Writes a firmware file.
///
/// # Errors
/// As the sink does.
pub fn write(sink: &mut impl io::Write, model: &str, version: &str, firmware: &[u8]) -> io::Result<()> {
    sink.write_all(MAGIC)?;
    let digest = hex(&Sha256::digest(firmware));
    write!(sink, "model: {model}\nversion: {version}\nlength: {}\nsha-256: {digest}\n\n", firmware.len())?;
    sink.write_all(firmware)
}

/// Why a firmware is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The header lacks this line, or it cannot be read.
    Header(&'static str),
    /// It is for another model.
    OtherModel(String),
    /// The file is shorter or longer than its header says.
    Length {
        /// What the header says.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// The octets are not those that the header was made for.
    Digest,
}

/// Reads a firmware file piece by piece. Keeps the header alone.
#[derive(Debug, Default)]
pub struct Reader {
    header: Vec<u8>,
    complete: bool,
    digest: Sha256,
    length: u64,
}

/// What a file says that was found in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firmware {
    /// The version to install.
    pub version: String,
    /// SHA-256 of the firmware, in hexadecimal.
    pub digest: String,
}

impl Reader {
    /// Whether these first octets may begin a firmware file: as many of them as there are.
    #[must_use]
    pub fn begins(octets: &[u8]) -> bool {
        let length = octets.len().min(MAGIC.len());
        octets[..length] == MAGIC[..length]
    }

    /// Takes in a piece.
    pub fn take(&mut self, mut octets: &[u8]) {
        while !self.complete {
            let Some((first, rest)) = octets.split_first() else { return };
            self.header.push(*first);
            octets = rest;
            self.complete = self.header.ends_with(b"\n\n") || self.header.len() >= MOST_HEADER;
        }
        self.length += octets.len() as u64;
        self.digest.update(octets);
    }

    /// Whether all has come that the header promises: nobody waits for more.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete && self.line("length").is_none_or(|length| length.parse() == Ok(self.length))
    }

    fn line(&self, name: &'static str) -> Option<&str> {
        let text = std::str::from_utf8(&self.header).ok()?;
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::trim)
    }

    /// What the file comes to, for a printer of this model.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn finish(self, model: &str) -> Result<Firmware, Refusal> {
        let line = |name| self.line(name).ok_or(Refusal::Header(name));
        let wanted = line("model")?;
        let version = line("version")?.to_owned();
        let expected: u64 = line("length")?.parse().map_err(|_| Refusal::Header("length"))?;
        let promised = line("sha-256")?.to_ascii_lowercase();
        if !model.ends_with(wanted) {
            return Err(Refusal::OtherModel(wanted.to_owned()));
        }
        if expected != self.length {
            return Err(Refusal::Length { expected, found: self.length });
        }
        if version.is_empty() || version.len() > 64 || version.contains(|c: char| c.is_control()) {
            return Err(Refusal::Header("version"));
        }
        let digest = hex(&self.digest.clone().finalize());
        if digest != promised {
            return Err(Refusal::Digest);
        }
        Ok(Firmware { version, digest })
    }
}

/// In hexadecimal.
#[must_use]
pub fn hex(octets: &[u8]) -> String {
    remote_services_core::hex::encode(octets)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(line) => write!(f, "upgrade refused: no usable {line} in the header"),
            Self::OtherModel(model) => write!(f, "upgrade refused: it is for {model}"),
            Self::Length { expected, found } => {
                write!(f, "upgrade refused: {found} octets came, {expected} were promised")
            }
            Self::Digest => f.write_str("upgrade refused: the digest does not fit"),
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8], model: &str) -> Result<Firmware, Refusal> {
        let mut reader = Reader::default();
        for piece in file.chunks(7) {
            reader.take(piece);
        }
        reader.finish(model)
    }

    #[test]
    fn what_is_written_reads_back_and_a_changed_octet_is_refused() {
        let mut file = Vec::new();
        write(&mut file, "AltaLink C8155", "119.010", b"the firmware").unwrap();
        assert!(Reader::begins(&file[..5]) && Reader::begins(&file) && !Reader::begins(b"%!PS"));
        assert_eq!(read(&file, "Xerox AltaLink C8155").unwrap().version, "119.010");
        assert_eq!(read(&file, "HP LaserJet"), Err(Refusal::OtherModel("AltaLink C8155".to_owned())));
        let short = &file[..file.len() - 1];
        assert_eq!(read(short, "Xerox AltaLink C8155"), Err(Refusal::Length { expected: 12, found: 11 }));
        *file.last_mut().unwrap() ^= 1;
        assert_eq!(read(&file, "Xerox AltaLink C8155"), Err(Refusal::Digest));
    }

    #[test]
    fn a_header_without_end_is_refused_and_not_kept() {
        let mut reader = Reader::default();
        for _ in 0..1000 {
            reader.take(&[b'x'; 1000]);
        }
        assert!(reader.header.len() <= MOST_HEADER);
        assert_eq!(reader.finish("x"), Err(Refusal::Header("model")));
    }
}
