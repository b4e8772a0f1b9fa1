//! One file of a log, read and checked.

use super::chain::{ChainError, ChainHead, MAX_LINE, Verifier};
use super::checkpoint::{Carried, Checkpoint, CheckpointSigner, Place, WORD};
use super::history::History;
use super::{AuditError, BROKEN, files};
use crate::durable;
use remote_services_core::hex;
use remote_services_core::time::Timestamp;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// What is in one file.
#[derive(Default)]
pub(super) struct Part {
    /// Where the file before ended.
    pub(super) start: ChainHead,
    /// Where this one ends.
    pub(super) head: ChainHead,
    /// Octets of its whole lines.
    pub(super) length: u64,
    /// What it says that is carried along.
    pub(super) carried: Carried,
    /// Whether it begins with a checkpoint of somebody else, of which nothing is carried along.
    pub(super) is_unsigned: bool,
    hashes: Vec<[u8; 32]>,
}

impl Part {
    /// Reads a file up to its last whole line; one that is not there is empty. Without a history no signature
    /// is looked at.
    pub(super) fn read(path: &Path, history: Option<&History>) -> Result<Self, AuditError> {
        let disk = |source| AuditError::Disk { path: path.to_owned(), source };
        let chain = |source| AuditError::Chain { path: path.to_owned(), source };
        let mut file = match files::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(disk(error)),
        };
        let whole = file.metadata().and_then(|data| length_without_unfinished_line(&mut file, data.len()));
        let whole = whole.map_err(disk)?;
        file.rewind().map_err(disk)?;
        let mut lines = BufReader::new(file.take(whole));
        let mut read = Self { length: whole, ..Self::default() };
        if let Some(first) = first_line(&mut lines).map_err(disk)? {
            let first = first.and_then(|checkpoint| Some((checkpoint.head()?, checkpoint)));
            let (start, checkpoint) = first.ok_or_else(|| chain(ChainError::Broken { line: 1 }))?;
            read.start = start;
            read.is_unsigned = history.is_some_and(|history| !history.vouches(&checkpoint, &Place::Begin));
            if !read.is_unsigned {
                read.carried = checkpoint.carried();
            }
        }
        let mut verifier = Verifier::from_head(read.start);
        verifier
            .lines(lines, &mut |entry, hash| {
                read.hashes.push(hash);
                if entry.event == BROKEN {
                    let from = entry.subject.parse().unwrap_or(entry.sequence);
                    read.carried.take(&Carried { broken: Some(from), ..Carried::default() });
                }
            })
            .map_err(chain)?;
        read.head = verifier.head();
        Ok(read)
    }

    /// The hash of an entry that is in this file, or of the last before it.
    pub(super) fn hash_at(&self, entry: u64) -> Option<[u8; 32]> {
        match entry.checked_sub(self.start.entries)? {
            0 => Some(self.start.hash),
            nth => self.hashes.get(usize::try_from(nth - 1).ok()?).copied(),
        }
    }
}

/// Where the file before ended, as a file says itself, and the checkpoint that says so; `None` for a file that begins with what cannot be
/// read.
///
/// # Errors
/// As the disk says, which is nothing against the file.
pub(super) fn start_of(path: &Path) -> io::Result<Option<(ChainHead, Option<Checkpoint>)>> {
    let mut lines = match files::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(<_>::default())),
        Err(error) => return Err(error),
    };
    Ok(match first_line(&mut lines)? {
        Some(first) => first.and_then(|first| Some((first.head()?, Some(first)))),
        None => Some(<_>::default()),
    })
}

/// The hash that the last line of a file says, without a look at the others; `None` where it says none.
///
/// # Errors
/// As the disk says, which is nothing against the file.
pub(super) fn last_hash(path: &Path) -> io::Result<Option<[u8; 32]>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_LINE)))?;
    let mut tail = Vec::new();
    file.take(MAX_LINE).read_to_end(&mut tail)?;
    Ok(hash_of_last_line(&tail))
}

fn hash_of_last_line(tail: &[u8]) -> Option<[u8; 32]> {
    let line = tail.strip_suffix(b"\n")?.rsplit(|octet| *octet == b'\n').next()?;
    match Checkpoint::from_line(line) {
        Some(checkpoint) => Some(checkpoint.head()?.hash),
        None => hex::decode(std::str::from_utf8(line.get(..64)?).ok()?),
    }
}

/// The checkpoint that a file begins with if it goes on with an older one; `Some(None)` when it cannot be read.
pub(super) fn first_line(lines: &mut impl BufRead) -> io::Result<Option<Option<Checkpoint>>> {
    if !lines.fill_buf()?.starts_with(WORD.as_bytes()) {
        return Ok(None);
    }
    let mut line = Vec::new();
    lines.take(MAX_LINE).read_until(b'\n', &mut line)?;
    Ok(Some(Checkpoint::from_line(line.strip_suffix(b"\n").unwrap_or(&line))))
}

/// A new file, whole from the start: it begins with a checkpoint of where the one before ended.
pub(super) fn begin_file(
    path: &Path,
    (head, carried): (ChainHead, &Carried),
    signer: Option<(&str, &dyn CheckpointSigner)>,
    now: Timestamp,
) -> io::Result<()> {
    let line = match signer {
        Some((log, signer)) => Checkpoint::sign((log, Place::Begin), head, carried, now, signer)
            .map_err(io::Error::other)?
            .to_line(),
        None => Checkpoint::unsigned(head, carried, now).to_line(),
    };
    durable::replace(path, line.as_bytes())
}

/// The length up to and with the last line feed, looking back no further than a line may be long.
fn length_without_unfinished_line(file: &mut File, length: u64) -> io::Result<u64> {
    let window = length.min(MAX_LINE);
    file.seek(SeekFrom::Start(length - window))?;
    let mut tail = Vec::new();
    file.take(window).read_to_end(&mut tail)?;
    let unfinished = tail.iter().rev().take_while(|octet| **octet != b'\n').count() as u64;
    // Without any line feed in reach the file is no log unless it is the first line that is unfinished.
    Ok(if unfinished == window && window < length { length } else { length - unfinished })
}
