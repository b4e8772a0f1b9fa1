use super::chain::{ChainError, ChainHead, MAX_LINE, Verifier};
use super::checkpoint::{Carried, Checkpoint, CheckpointKey, WORD};
use super::history::{History, Kept};
use super::{AuditEntry, AuditError, BROKEN, files};
use remote_services_core::time::Timestamp;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// What a whole log holds, all of it checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Number of the first entry that is still there, from 1; older ones were given up by rotation.
    pub first: u64,
    /// Number of the last entry.
    pub last: u64,
    /// Up to which entry a signed checkpoint vouches that nothing was cut off: number and when it was signed.
    pub vouched: Option<(u64, Timestamp)>,
    /// The marks that its checkpoints carry along.
    pub marks: BTreeMap<String, u64>,
    /// Whether its last line says that an export ends there. Where none does, it may have been cut off at a checkpoint inside: more
    /// may have followed.
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
    /// The beginning is missing, though rotation gives up no file as long as there are so few.
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

/// Checks all files of a log and hands out every entry, oldest first. `keep` is how many older files rotation leaves;
/// without a history no signature is looked at, and a log that is gone cannot be missed.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify_log(
    path: &Path,
    keep: usize,
    history: Option<&History>,
    entry: &mut dyn FnMut(AuditEntry),
) -> Result<Verdict, Fault> {
    let disk = |path: &Path| {
        let path = path.to_owned();
        move |source| Fault::Read(AuditError::Disk { path, source })
    };
    // The checkpoints first: a writer that adds meanwhile only makes the log longer.
    let kept = Kept::read(path, history)?;
    let older = files::older(path).map_err(disk(path))?;
    let mut stream = Stream::new(history.map(|history| &history.keys));
    for file in older.iter().map(|(_, file)| file.as_path()).chain([path]) {
        match File::open(file) {
            Ok(opened) => stream.read(file, BufReader::new(opened), entry)?,
            // It is being rotated, or was just begun.
            Err(error) if error.kind() == io::ErrorKind::NotFound && file == path => {}
            Err(error) => return Err(disk(file)(error)),
        }
    }
    stream.held(path, &kept, history, older.len() < keep).map(|(verdict, ..)| verdict)
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
    let mut stream = Stream::new(key);
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
    key: Option<&'a CheckpointKey>,
    chain: Verifier,
    /// Entries before the first one that is there.
    before: u64,
    /// The hashes of the entries that are there, for checkpoints about earlier ones.
    hashes: Vec<[u8; 32]>,
    vouched: Option<(u64, Timestamp)>,
    begun: bool,
    broken: Option<(u64, Option<String>)>,
    carried: Carried,
    is_end: bool,
}

impl<'a> Stream<'a> {
    pub(super) fn new(key: Option<&'a CheckpointKey>) -> Self {
        let chain = Verifier::default();
        let (hashes, carried) = (Vec::new(), Carried::default());
        Self {
            key,
            chain,
            before: 0,
            hashes,
            vouched: None,
            begun: false,
            broken: None,
            carried,
            is_end: false,
        }
    }

    pub(super) fn read(
        &mut self,
        file: &Path,
        mut lines: impl BufRead,
        entry: &mut dyn FnMut(AuditEntry),
    ) -> Result<(), Fault> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let chain = |source| Fault::Chain { file: file.to_owned(), source };
            (&mut lines).take(MAX_LINE).read_until(b'\n', &mut line).map_err(|error| chain(error.into()))?;
            let number = self.chain.head().entries + 1;
            let Some(whole) = line.strip_suffix(b"\n") else {
                return match line.is_empty() {
                    true => Ok(()),
                    false if line.len() as u64 == MAX_LINE => Err(chain(ChainError::Broken { line: number })),
                    false => Err(chain(ChainError::Unfinished { line: number })),
                };
            };
            if whole.starts_with(WORD.as_bytes()) {
                let read = Checkpoint::from_line(whole);
                let read = read.ok_or_else(|| chain(ChainError::Broken { line: number }))?;
                self.checkpoint(file, &read)?;
                self.is_end = read.is_end() && read.entries() == self.chain.head().entries;
            } else {
                let read = self.chain.line(whole).map_err(chain)?;
                self.is_end = false;
                self.hashes.push(self.chain.head().hash);
                if read.event == BROKEN {
                    self.broken(read.subject.parse().unwrap_or(read.sequence), Some(&read.text));
                }
                entry(read);
            }
            self.begun = true;
        }
    }

    fn checkpoint(&mut self, file: &Path, read: &Checkpoint) -> Result<(), Fault> {
        let head = read.head().ok_or_else(|| Fault::Signature(file.to_owned()))?;
        if self.key.is_some_and(|key| !read.is_signed_by(key)) {
            return Err(Fault::Signature(file.to_owned()));
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
        if self.key.is_some() && self.vouched.is_none_or(|(vouched, _)| vouched <= head.entries) {
            self.vouched = Some((head.entries, read.time()));
        }
        Ok(())
    }

    /// All files were read: held against the checkpoints beside them. `is_whole` says that there are so few that rotation gave none up.
    pub(super) fn held(
        mut self,
        path: &Path,
        kept: &Kept,
        history: Option<&History>,
        is_whole: bool,
    ) -> Result<(Verdict, ChainHead, Carried), Fault> {
        // A checkpoint beside the files never says where they begin.
        self.begun = true;
        for (file, read) in kept.iter() {
            self.checkpoint(file, read.ok_or_else(|| Fault::Signature(file.to_owned()))?)?;
        }
        let head = self.chain.head();
        if let Some(history) = history
            && (history.begun || !kept.is_empty() || head.entries > 0)
            && let Some((gone, _)) = kept.lacks(path, Some(history))
        {
            return Err(Fault::Gone(gone));
        }
        let carried = self.carried.clone();
        let verdict = self.end()?;
        if verdict.first > 1 && is_whole {
            return Err(Fault::Beginning(verdict.first));
        }
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
        let Self { vouched, carried: Carried { marks, .. }, is_end, .. } = self;
        Ok(Verdict { first, last, vouched, marks, is_end })
    }
}
