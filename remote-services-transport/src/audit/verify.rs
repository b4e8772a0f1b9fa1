use super::chain::{ChainError, ChainHead, MAX_LINE, Verifier};
use super::checkpoint::{Carried, Checkpoint, CheckpointKey, Place, WORD};
use super::files::{self, LogFile};
use super::history::{History, Kept};
use super::{AuditEntry, AuditError, BROKEN};
use remote_services_core::hex;
use remote_services_core::time::Timestamp;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// What a whole log holds, all of it checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The log that its checkpoints are of; empty where no signature was looked at.
    pub log: String,
    /// Number of the first entry that is still there, from 1; older ones were given up by rotation.
    pub first: u64,
    /// Number of the last entry.
    pub last: u64,
    /// Up to which entry a signed checkpoint vouches that nothing was cut off: number and when it was signed.
    pub vouched: Option<(u64, Timestamp)>,
    /// The marks that its checkpoints carry along.
    pub marks: BTreeMap<String, u64>,
    /// Whether its last line is the signed word that an export ends there, and of all that stands before. Where none is, it may have
    /// been cut off at a checkpoint inside, at either end.
    pub is_end: bool,
}

impl Verdict {
    /// Entries behind the last signed checkpoint, which nobody vouches for. A log that goes on may have some, and so may an export
    /// for which nobody could sign.
    #[must_use]
    pub fn unsigned(&self) -> u64 {
        let before = self.first.saturating_sub(1);
        self.last - self.vouched.map_or(before, |(vouched, _)| vouched.max(before)).min(self.last)
    }
}

/// Why a log cannot be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A line was changed, removed, added or moved.
    #[error("{}: {source}", .file.display())]
    Chain {
        /// The file.
        file: PathBuf,
        /// Where.
        source: ChainError,
    },
    /// A checkpoint is not signed by the client's key.
    #[error("{}: a checkpoint is not signed by this client's key", .0.display())]
    Signature(PathBuf),
    /// A checkpoint is this client's, and of another log.
    #[error("{}: a checkpoint is that of another log, {other:?}", .file.display())]
    OtherLog {
        /// The file.
        file: PathBuf,
        /// The name that it says.
        other: String,
    },
    /// A file of a log is not as it was written: a checkpoint is missing or stands where none belongs, or the file has another name.
    #[error("{}: {why}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// What was exported is not what was signed for: lines were removed, added or moved, at its beginning or inside.
    #[error("{}: it is not the export that its last line was signed for", .0.display())]
    Export(PathBuf),
    /// The end was cut off.
    #[error("entries {} to {vouched} were cut off: a signed checkpoint vouches for them", last + 1)]
    Cut {
        /// The last entry that is there.
        last: u64,
        /// The last entry that was there when the checkpoint was signed.
        vouched: u64,
    },
    /// An entry is not the one that was there when a checkpoint was signed.
    #[error("entry {0} is not the one that a signed checkpoint vouches for")]
    Replaced(u64),
    /// The beginning is missing, and no rotation gave it up.
    #[error("the entries before {0} were removed")]
    Beginning(u64),
    /// There is no log, or no checkpoint of it, though its owner began one.
    #[error("{} is gone, and there was a log that it belongs to", .0.display())]
    Gone(PathBuf),
    /// When the log was opened, its history did not hold; it was said then, and is not forgotten.
    #[error("{}", told(*.from, .why.as_deref()))]
    History {
        /// The first entry that cannot be believed.
        from: u64,
        /// What the log says of it, if the entry that does is still there.
        why: Option<String>,
    },
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] AuditError),
}

/// Checks all files of a log and hands out every entry, oldest first. Without a history no signature is looked at, and a log that is gone cannot be missed.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify_log(
    path: &Path,
    history: Option<&History>,
    entry: &mut dyn FnMut(AuditEntry),
) -> Result<Verdict, Fault> {
    let disk = |path: &Path, source| Fault::Read(AuditError::Disk { path: path.to_owned(), source });
    // The checkpoints first: a writer that adds meanwhile only makes the log longer.
    let kept = Kept::read(path, history)?;
    let mut stream = Stream::of_files(history);
    files::each(path, disk, |file, opened| match opened {
        Some(opened) => stream.file(file, BufReader::new(opened), entry),
        // It is being rotated, or was just begun.
        None => Ok(()),
    })?;
    stream.held(path, &kept, history).map(|(verdict, ..)| verdict)
}

/// Checks an export: lines of all files, and the last checkpoint.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify_export(
    name: &Path,
    lines: impl BufRead,
    key: Option<&CheckpointKey>,
    entry: &mut dyn FnMut(AuditEntry),
) -> Result<Verdict, Fault> {
    let mut stream = Stream::of_export(key);
    stream.read(name, lines, entry)?;
    if key.is_some() && stream.vouched.is_none() {
        return Err(Fault::Signature(name.to_owned()));
    }
    stream.end()
}

fn told(from: u64, why: Option<&str>) -> String {
    why.map_or_else(
        || format!("history does not hold from entry {from}, as was found when entries that are gone by now were there"),
        str::to_owned,
    )
}

/// Lines of one log, in order, file after file.
pub(super) struct Stream<'a> {
    keys: Option<&'a CheckpointKey>,
    /// The log that the checkpoints must be of; that of an export is what the first one says.
    log: Option<String>,
    is_export: bool,
    chain: Verifier,
    /// Entries before the first one that is there.
    before: u64,
    /// The hashes of the entries that are there, for checkpoints about earlier ones.
    hashes: Vec<[u8; 32]>,
    vouched: Option<(u64, Timestamp)>,
    begun: bool,
    broken: Option<(u64, Option<String>)>,
    carried: Carried,
    /// Of all lines of an export.
    digest: Sha256,
    is_end: bool,
}

impl<'a> Stream<'a> {
    pub(super) fn of_files(history: Option<&'a History>) -> Self {
        let keys = history.map(|history| &history.keys);
        Self::new(keys, history.map(|history| history.log.to_owned()), false)
    }

    fn of_export(keys: Option<&'a CheckpointKey>) -> Self {
        Self::new(keys, None, true)
    }

    fn new(keys: Option<&'a CheckpointKey>, log: Option<String>, is_export: bool) -> Self {
        Self {
            keys,
            log,
            is_export,
            chain: Verifier::default(),
            before: 0,
            hashes: Vec::new(),
            vouched: None,
            begun: false,
            broken: None,
            carried: Carried::default(),
            digest: Sha256::new(),
            is_end: false,
        }
    }

    /// Reads a file of a log. Each but the first begins with the checkpoint that the one before ended with; there is no other
    /// in it, and an older one is called after its last entry.
    pub(super) fn file(
        &mut self,
        LogFile { path: file, last }: LogFile<'_>,
        lines: impl BufRead,
        entry: &mut dyn FnMut(AuditEntry),
    ) -> Result<(), Fault> {
        let goes_on = self.begun;
        let wrong = |why| Fault::File { file: file.to_owned(), why };
        let read = match self.read(file, lines, entry) {
            // A crash left it, or it is being written: it counts once it is whole.
            Err(Fault::Chain { source: ChainError::Unfinished { .. }, .. }) if last.is_none() => 1,
            read => read?,
        };
        if read == 0 && goes_on {
            return Err(wrong(NO_CHECKPOINT));
        }
        match last {
            Some(last) if last != self.chain.head().entries => Err(wrong(OTHER_NAME)),
            _ => Ok(()),
        }
    }

    /// Whether the first line of a file of a log, or one that is not the first, may be a checkpoint or none.
    fn belongs(&self, is_first: bool, goes_on: bool, read: Option<&Checkpoint>) -> Result<(), &'static str> {
        match read {
            _ if self.is_export => Ok(()),
            Some(_) if !is_first => Err(CHECKPOINT_INSIDE),
            Some(read) if read.head().is_none_or(|head| goes_on && head != self.chain.head()) => {
                Err(OTHER_CHECKPOINT)
            }
            // The oldest that is there went on with one that was given up.
            Some(read) if read.entries() == 0 => Err(CHECKPOINT_INSIDE),
            None if is_first && goes_on => Err(NO_CHECKPOINT),
            _ => Ok(()),
        }
    }

    /// Reads lines, and says how many.
    fn read(
        &mut self,
        file: &Path,
        mut lines: impl BufRead,
        entry: &mut dyn FnMut(AuditEntry),
    ) -> Result<u64, Fault> {
        let goes_on = self.begun;
        let mut count = 0;
        let mut line = Vec::new();
        loop {
            line.clear();
            let chain = |source| Fault::Chain { file: file.to_owned(), source };
            (&mut lines).take(MAX_LINE).read_until(b'\n', &mut line).map_err(|error| chain(error.into()))?;
            let number = self.chain.head().entries + 1;
            let Some(whole) = line.strip_suffix(b"\n") else {
                return match line.is_empty() {
                    true => Ok(count),
                    false if line.len() as u64 == MAX_LINE => Err(chain(ChainError::Broken { line: number })),
                    false => Err(chain(ChainError::Unfinished { line: number })),
                };
            };
            if self.is_end {
                return Err(Fault::Export(file.to_owned()));
            }
            let read = whole.starts_with(WORD.as_bytes()).then(|| Checkpoint::from_line(whole));
            let read = match read {
                Some(None) => return Err(chain(ChainError::Broken { line: number })),
                read => read.flatten(),
            };
            self.belongs(count == 0, goes_on, read.as_ref())
                .map_err(|why| Fault::File { file: file.to_owned(), why })?;
            match read {
                Some(read) => self.checkpoint(file, &read, &Place::Begin)?,
                None => {
                    let read = self.chain.line(whole).map_err(chain)?;
                    self.hashes.push(self.chain.head().hash);
                    if read.event == BROKEN {
                        self.broken(read.subject.parse().unwrap_or(read.sequence), Some(&read.text));
                    }
                    entry(read);
                }
            }
            if self.is_export {
                self.digest.update(&line);
            }
            self.begun = true;
            count += 1;
        }
    }

    fn checkpoint(&mut self, file: &Path, read: &Checkpoint, expected: &Place) -> Result<(), Fault> {
        let head = read.head().ok_or_else(|| Fault::Signature(file.to_owned()))?;
        if let Some(keys) = self.keys {
            if !read.is_signed_by(keys) {
                return Err(Fault::Signature(file.to_owned()));
            }
            if self.log.get_or_insert_with(|| read.log().to_owned()) != read.log() {
                return Err(Fault::OtherLog { file: file.to_owned(), other: read.log().to_owned() });
            }
        }
        match read.place() {
            Place::End { before } if self.is_export => {
                let digest = hex::encode(&self.digest.clone().finalize());
                if *before != digest || head.entries != self.chain.head().entries {
                    return Err(Fault::Export(file.to_owned()));
                }
                self.is_end = true;
            }
            // Without a signature nobody says what it is for.
            place if !self.is_export && self.keys.is_some() && place != expected => {
                return Err(Fault::File { file: file.to_owned(), why: OTHER_PLACE });
            }
            _ => {}
        }
        let carried = read.carried();
        if let Some(from) = carried.broken {
            self.broken(from, None);
        }
        self.carried.take(&carried);
        if !self.begun && head.entries > 0 {
            // Where the oldest file that is left begins.
            (self.chain, self.before) = (Verifier::from_head(head), head.entries);
        } else if head.entries > self.chain.head().entries {
            return Err(Fault::Cut { last: self.chain.head().entries, vouched: head.entries });
        } else if head.entries > self.before {
            let at = usize::try_from(head.entries - self.before - 1).unwrap_or(usize::MAX);
            if self.hashes.get(at) != Some(&head.hash) {
                return Err(Fault::Replaced(head.entries));
            }
        }
        if self.keys.is_some() && self.vouched.is_none_or(|(vouched, _)| vouched <= head.entries) {
            self.vouched = Some((head.entries, read.time()));
        }
        Ok(())
    }

    /// All files were read: held against the checkpoints beside them.
    pub(super) fn held(
        mut self,
        path: &Path,
        kept: &Kept,
        history: Option<&History>,
    ) -> Result<(Verdict, ChainHead, Carried), Fault> {
        // A checkpoint beside the files never says where they begin.
        self.begun = true;
        for (file, read) in kept.iter() {
            let read = read.ok_or_else(|| Fault::Signature(file.to_owned()))?;
            self.checkpoint(file, read, &Place::Kept)?;
        }
        let head = self.chain.head();
        if let Some(history) = history
            && (history.begun || head.entries > 0)
            && let Some((gone, _)) = kept.lacks(path, Some(history))
        {
            return Err(Fault::Gone(gone));
        }
        let carried = self.carried.clone();
        let verdict = self.end()?;
        Ok((verdict, head, carried))
    }

    /// What was found first counts; an entry that tells of it says more than a number.
    fn broken(&mut self, from: u64, why: Option<&String>) {
        let says_more = match &self.broken {
            Some((known, None)) => from <= *known,
            Some((known, Some(_))) => from < *known,
            None => true,
        };
        if says_more {
            self.broken = Some((from, why.cloned()));
        }
    }

    fn end(self) -> Result<Verdict, Fault> {
        if let Some((from, why)) = self.broken {
            return Err(Fault::History { from, why });
        }
        let (first, last) = (self.before + 1, self.chain.head().entries);
        if first > self.carried.first.unwrap_or(1) {
            return Err(Fault::Beginning(first));
        }
        let Self { log, vouched, carried: Carried { marks, .. }, is_end, .. } = self;
        Ok(Verdict { log: log.unwrap_or_default(), first, last, vouched, marks, is_end })
    }
}

const NO_CHECKPOINT: &str = "it does not begin with the checkpoint of where the file before ends";
const OTHER_CHECKPOINT: &str = "the checkpoint that it begins with is not of where the file before ends";
const CHECKPOINT_INSIDE: &str = "a checkpoint stands where none was written";
const OTHER_NAME: &str = "its name says that it ends with another entry";
const OTHER_PLACE: &str = "a checkpoint was signed for another place";
