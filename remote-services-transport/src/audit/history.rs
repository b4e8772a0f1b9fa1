//! What a log is held against before anything is signed on top of it.

use super::chain::{ChainHead, MAX_LINE};
use super::checkpoint::{Carried, Checkpoint, CheckpointKey, Place};
use super::part::{Part, last_hash, start_of};
use super::{AuditError, files};
use crate::durable;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// What is known of a log from elsewhere than its files.
#[derive(Clone, Debug)]
pub struct History {
    /// What the log is called in its checkpoints, so that none of another log by the same key passes for one of this.
    pub log: &'static str,
    /// The keys that its checkpoints are signed by: the present one, and those before.
    pub keys: CheckpointKey,
    /// A second copy of the last checkpoint, kept in another folder: who removes the log does not remove it along the way.
    pub copy: Option<PathBuf>,
    /// Whether there must be a log, as there is from the moment on that a client is registered.
    pub begun: bool,
}

impl History {
    /// Whether a checkpoint is of this log and for this place, in the word of this client.
    pub(super) fn vouches(&self, read: &Checkpoint, place: &Place) -> bool {
        read.log() == self.log && read.place() == place && read.is_signed_by(&self.keys)
    }
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The first entry that cannot be believed.
    pub(super) from: u64,
    /// Why, in a few words.
    pub(super) why: String,
}

/// The checkpoints that are kept: beside the log, and the copy of it.
pub(super) struct Kept {
    /// The number of entries that each vouches for; `None` for one that cannot be read.
    found: Vec<(PathBuf, Option<Checkpoint>)>,
}

impl Kept {
    pub(super) fn read(path: &Path, history: Option<&History>) -> Result<Self, AuditError> {
        let copy = history.and_then(|history| history.copy.clone());
        let mut found = Vec::new();
        // The copy is written last, so it is read first: it is never ahead of what is read after it.
        for file in copy.into_iter().chain([files::checkpoint(path)]) {
            let read = files::open(&file).and_then(|mut opened| {
                let mut line = Vec::new();
                opened.by_ref().take(MAX_LINE).read_to_end(&mut line).map(|_| line)
            });
            match read {
                Ok(line) => {
                    let read = Checkpoint::from_line(line.strip_suffix(b"\n").unwrap_or(&line));
                    found.push((file, read));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(AuditError::Disk { path: file, source }),
            }
        }
        Ok(Self { found })
    }

    /// Whether there is none but of a log without an entry.
    pub(super) fn says_nothing(&self) -> bool {
        self.found.iter().all(|(_, read)| read.as_ref().is_some_and(|read| read.entries() == 0))
    }

    /// The most entries that one of them vouches for.
    pub(super) fn most(&self) -> u64 {
        self.found.iter().filter_map(|(_, read)| Some(read.as_ref()?.entries())).max().unwrap_or_default()
    }

    /// The most entries that one of them vouches for in the word of this client; 0 where nobody signs.
    pub(super) fn vouched(&self, history: Option<&History>) -> u64 {
        let read = self.found.iter().filter_map(|(_, read)| read.as_ref());
        let ours = read.filter(|read| history.is_some_and(|history| history.vouches(read, &Place::Kept)));
        ours.map(Checkpoint::entries).max().unwrap_or_default()
    }

    /// The first that is missing of those that belong to this log, and what to say of it.
    pub(super) fn lacks(&self, path: &Path, history: Option<&History>) -> Option<(PathBuf, &'static str)> {
        let is_there = |place: &Path| self.found.iter().any(|(file, _)| file == place);
        places(path, history).find(|(place, _)| !is_there(place))
    }

    /// What they carry along. Of one that this client did not sign nothing is taken: a mark that somebody
    /// raised would keep out all that comes.
    pub(super) fn carried(&self, history: Option<&History>) -> Carried {
        let mut carried = Carried::default();
        for read in self.found.iter().filter_map(|(_, read)| read.as_ref()) {
            if history.is_none_or(|history| history.vouches(read, &Place::Kept)) {
                carried.take(&read.carried());
            }
        }
        carried
    }

    /// All of them, with where they are.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Path, Option<&Checkpoint>)> {
        self.found.iter().map(|(file, read)| (file.as_path(), read.as_ref()))
    }

    /// The first thing in which a log and its checkpoints disagree. Entries behind the last checkpoint are no finding:
    /// whoever is killed between the two leaves such.
    pub(super) fn disagrees(
        &self,
        path: &Path,
        older: &[(u64, PathBuf)],
        present: &Part,
        history: Option<&History>,
    ) -> Option<Finding> {
        let unused = present.head.entries == 0 && history.is_none_or(|history| !history.begun);
        let (mut held, mut wrong) = (0, None);
        let entries = present.head.entries;
        for (_, read) in self.iter() {
            // What was cut off is missing from the end on; what was replaced, from wherever nobody vouches for it.
            let (from, why) = match read {
                // Nobody began this log yet, and nothing is in it: who made the checkpoint does not matter.
                Some(read) if read.entries() == 0 && unused => continue,
                Some(read) if history.is_some_and(|history| !history.vouches(read, &Place::Kept)) => {
                    (None, "a checkpoint is not signed by this client's key".to_owned())
                }
                Some(read) if read.entries() > entries => {
                    (Some(entries + 1), format!("entries were there up to {}", read.entries()))
                }
                Some(read)
                    if hash_at(read.entries(), older, present) == read.head().map(|head| head.hash) =>
                {
                    held = held.max(read.entries());
                    continue;
                }
                Some(read) => {
                    let vouched = read.entries();
                    (None, format!("entry {vouched} is not the one that a signed checkpoint vouches for"))
                }
                None => (None, "a checkpoint cannot be read".to_owned()),
            };
            wrong = wrong.or(Some((from, why)));
        }
        if present.is_unsigned {
            let why =
                format!("{} begins with a checkpoint that is not signed by this client's key", name(path));
            wrong = wrong.or(Some((None, why)));
        }
        if let Some((from, why)) = wrong {
            return Some(Finding { from: from.unwrap_or(held + 1), why });
        }
        let (_, gone) = self.lacks(path, history).filter(|_| !unused)?;
        let why = if entries == 0 { "there was a log, and it is gone" } else { gone };
        Some(Finding { from: held + 1, why: why.to_owned() })
    }
}

/// Keeps a checkpoint beside the log, and the copy of it.
pub(super) fn keep(signed: &Checkpoint, path: &Path, history: Option<&History>) -> Result<(), AuditError> {
    let line = signed.to_line();
    for (file, _) in places(path, history) {
        durable::replace(&file, line.as_bytes()).map_err(|source| AuditError::Disk { path: file, source })?;
    }
    Ok(())
}

/// What to say of the first checkpoint that is not there, of a log that has such.
pub(super) fn missing(path: &Path, history: Option<&History>) -> Option<&'static str> {
    places(path, history)
        .find(|(place, _)| place.try_exists().is_ok_and(|there| !there))
        .map(|(_, gone)| gone)
}

/// Where the last checkpoint of a log is kept, and what to say when it is not there: nowhere when nobody
/// signs the log.
fn places(path: &Path, history: Option<&History>) -> impl Iterator<Item = (PathBuf, &'static str)> {
    let copy = history.and_then(|history| history.copy.clone());
    let beside = history.map(|_| (files::checkpoint(path), "the checkpoint that belongs to it is gone"));
    beside.into_iter().chain(copy.map(|copy| (copy, "the copy of the checkpoint that belongs to it is gone")))
}

/// The first gap between the files of a log, of which rotation left those from the entry `first` on: each begins with the number and the
/// hash with which the one before ends, in the word of this client, and has an entry. What is in between only
/// [`verify_log`](super::verify_log) looks at.
///
/// # Errors
/// As the disk says, which is nothing against the files.
pub(super) fn gap(
    path: &Path,
    older: &[(u64, PathBuf)],
    first: u64,
    history: Option<&History>,
) -> io::Result<Option<Finding>> {
    let mut ended: Option<(u64, &Path)> = None;
    let files = older.iter().map(|(last, file)| (Some(*last), file.as_path())).chain([(None, path)]);
    for (last, file) in files {
        let (start, begin) = start_of(file)?.unzip();
        let begins = start.map(|start| start.entries);
        let expected = match ended {
            Some((before, _)) => before,
            // Rotation may have been about to give up more than it did.
            None => begins.unwrap_or_default().min(first - 1),
        };
        if begins != Some(expected) || last.is_some_and(|last| last <= expected) {
            let from = expected.min(begins.unwrap_or(expected)) + 1;
            let why = format!("what went before {} was removed or replaced", name(file));
            return Ok(Some(Finding { from, why }));
        }
        if let (Some(history), Some(begin)) = (history, begin.flatten())
            && !history.vouches(&begin, &Place::Begin)
        {
            let why =
                format!("{} begins with a checkpoint that is not signed by this client's key", name(file));
            return Ok(Some(Finding { from: expected + 1, why }));
        }
        if let (Some((_, before)), Some(start)) = (ended, start)
            && last_hash(before)? != Some(start.hash)
        {
            let from = start_of(before)?.map_or(0, |(start, _)| start.entries) + 1;
            return Ok(Some(Finding { from, why: format!("{} was edited or cut", name(before)) }));
        }
        ended = last.map(|last| (last, file));
    }
    Ok(None)
}

/// What does not hold where somebody else was told of an entry before. Nothing is known of one that rotation gave up.
pub(super) fn differs(told: ChainHead, path: &Path) -> Result<Option<Finding>, AuditError> {
    let present = Part::read(path, None)?;
    let (has, had) = (present.head.entries, told.entries);
    if has < had {
        let why = format!("entries were there up to {had}, as was told elsewhere");
        return Ok(Some(Finding { from: has + 1, why }));
    }
    let older = files::older(path).map_err(|source| AuditError::Disk { path: path.to_owned(), source })?;
    let hash = hash_at(had, &older, &present);
    Ok(hash.filter(|hash| *hash != told.hash).map(|_| {
        let why = format!(
            "entry {had} is not the one that was told elsewhere, and those before it may be others, too"
        );
        Finding { from: had, why }
    }))
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The hash of an entry, wherever it is; the present file is read already.
fn hash_at(entry: u64, older: &[(u64, PathBuf)], present: &Part) -> Option<[u8; 32]> {
    if entry >= present.start.entries {
        return present.hash_at(entry);
    }
    let (_, file) = older.iter().find(|(last, _)| *last >= entry)?;
    Part::read(file, None).ok()?.hash_at(entry)
}
