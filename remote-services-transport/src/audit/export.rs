//! A log taken along: all that it has, to be checked without its files.

use super::checkpoint::{Checkpoint, CheckpointSigner};
use super::history::{History, Kept};
use super::verify::Stream;
use super::{Fault, Verdict, files};
use remote_services_core::key::KeyError;
use remote_services_core::time::Timestamp;
use std::io;
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
    write(path, out, &mut |_, _| {})
}

/// Writes the same, and behind it a checkpoint that says that it ends there, signed now, so that each of its entries is vouched for and
/// none is missing behind them. The log
/// itself is only read: it may be open elsewhere. Before anything is signed, it is held against its last checkpoint and the copy
/// of it, as when it is opened. `keep` is how many older files rotation leaves.
///
/// Inside, the entries that were exported; or why there is no such checkpoint, and the export ends with the last one of the log.
///
/// # Errors
/// As the disk, or whoever takes the lines, says.
pub fn export_signed(
    path: &Path,
    keep: usize,
    history: &History,
    signer: &dyn CheckpointSigner,
    now: Timestamp,
    out: &mut dyn io::Write,
) -> io::Result<Result<Verdict, NotSigned>> {
    // The checkpoints first: a writer that adds meanwhile only makes the log longer.
    let kept = Kept::read(path, Some(history));
    let (mut stream, mut held) = (Stream::new(Some(&history.keys)), Ok(()));
    write(path, out, &mut |file, lines| {
        if held.is_ok() {
            held = stream.read(file, lines, &mut |_| {});
        }
    })?;
    let older = files::older(path)?.len();
    let checked = held.and_then(|()| stream.held(path, &kept?, Some(history), older < keep));
    let (mut verdict, head, carried) = match checked {
        Ok(checked) => checked,
        Err(fault) => return Ok(Err(fault.into())),
    };
    match Checkpoint::sign_end(head, &carried, now, signer) {
        Err(error) => Ok(Err(error.into())),
        Ok(signed) => {
            out.write_all(signed.to_line().as_bytes())?;
            (verdict.vouched, verdict.is_end) = (Some((head.entries, now)), true);
            Ok(Ok(verdict))
        }
    }
}

/// Writes the lines, file by file, each of which is handed out as well, and the last checkpoint.
fn write(path: &Path, out: &mut dyn io::Write, each: &mut dyn FnMut(&Path, &[u8])) -> io::Result<()> {
    let or_nothing = |read: io::Result<Vec<u8>>| match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    };
    let checkpoint = or_nothing(std::fs::read(files::checkpoint(path)));
    for (_, file) in files::older(path)? {
        let lines = std::fs::read(&file)?;
        each(&file, &lines);
        out.write_all(&lines)?;
    }
    let mut lines = or_nothing(std::fs::read(path))?;
    // A line that is being written does not count yet.
    lines.truncate(lines.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1));
    each(path, &lines);
    out.write_all(&lines)?;
    out.write_all(&checkpoint?)
}
