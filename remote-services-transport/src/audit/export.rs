//! A log taken along: all that it has, to be checked without its files.

use super::checkpoint::{Checkpoint, CheckpointSigner, Place};
use super::files::{self, LogFile};
use super::history::{History, Kept};
use super::verify::Stream;
use super::{Fault, Verdict};
use remote_services_core::hex;
use remote_services_core::key::KeyError;
use remote_services_core::time::Timestamp;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// Why nobody signed for the end of an export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSigned {
    /// The log cannot be believed: nothing is signed on top of it.
    #[error(transparent)]
    Doubted(#[from] Fault),
    /// The signer refuses or fails.
    #[error(transparent)]
    Signer(#[from] KeyError),
}

/// Writes all lines of a log and its last checkpoint, as [`verify_export`](super::verify_export) reads them.
///
/// # Errors
/// As the disk, or whoever takes the lines, says.
pub fn export(path: &Path, out: &mut dyn io::Write) -> io::Result<()> {
    let kept = kept_line(path)?;
    write(path, out, &mut |_, _| {})?;
    out.write_all(&kept)
}

/// Writes the lines, and behind them a checkpoint that says that it ends there and what stands before, signed now, so that each of its
/// entries is vouched for and no line is missing, at neither end. The log
/// itself is only read: it may be open elsewhere. Before anything is signed, it is held against its last checkpoint and the copy
/// of it, as when it is opened.
///
/// Inside, the entries that were exported; or why there is no such checkpoint, and the export ends with the last one of the log.
///
/// # Errors
/// As the disk, or whoever takes the lines, says.
pub fn export_signed(
    path: &Path,
    history: &History,
    signer: &dyn CheckpointSigner,
    now: Timestamp,
    out: &mut dyn io::Write,
) -> io::Result<Result<Verdict, NotSigned>> {
    // The checkpoints first: a writer that adds meanwhile only makes the log longer.
    let (kept, last) = (Kept::read(path, Some(history)), kept_line(path)?);
    let mut out = Digesting { out, digest: Sha256::new() };
    let (mut stream, mut held) = (Stream::of_files(Some(history)), Ok(()));
    write(path, &mut out, &mut |file, lines| {
        if held.is_ok() {
            held = stream.file(file, lines, &mut |_| {});
        }
    })?;
    let checked = held.and_then(|()| stream.held(path, &kept?, Some(history)));
    let (mut verdict, head, carried) = match checked {
        Ok(checked) => checked,
        Err(fault) => return out.write_all(&last).map(|()| Err(fault.into())),
    };
    let place = Place::End { before: hex::encode(&out.digest.clone().finalize()) };
    match Checkpoint::sign((history.log, place), head, &carried, now, signer) {
        Err(error) => out.write_all(&last).map(|()| Err(error.into())),
        // The last checkpoint of the log is not in it: put back later, it would say that less was signed.
        Ok(signed) => {
            out.write_all(signed.to_line().as_bytes())?;
            (verdict.vouched, verdict.is_end) = (Some((head.entries, now)), true);
            Ok(Ok(verdict))
        }
    }
}

/// Takes the digest of what is written.
struct Digesting<'a> {
    out: &'a mut dyn io::Write,
    digest: Sha256,
}

impl io::Write for Digesting<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let written = self.out.write(octets)?;
        self.digest.update(&octets[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The last checkpoint of the log, if there is one.
fn kept_line(path: &Path) -> io::Result<Vec<u8>> {
    match std::fs::read(files::checkpoint(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    }
}

/// Writes the lines, file by file, each of which is handed out as well.
fn write(path: &Path, out: &mut dyn io::Write, each: &mut dyn FnMut(LogFile<'_>, &[u8])) -> io::Result<()> {
    files::each(
        path,
        |_, error| error,
        |file, opened| {
            let Some(mut opened) = opened else { return Ok(()) };
            let mut lines = Vec::new();
            opened.read_to_end(&mut lines)?;
            if file.last.is_none() {
                // A line that is being written does not count yet.
                lines.truncate(lines.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1));
            }
            each(file, &lines);
            out.write_all(&lines)
        },
    )
}
