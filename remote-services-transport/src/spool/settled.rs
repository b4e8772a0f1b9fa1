//! The journal of what is over: receipts and drops, one JSON document a line, in a file that only grows, and one
//! older file.

use super::{Class, Disk, Entry, Place, SpoolError};
use crate::document::Receipt;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// Why a payload was dropped without having been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DropReason {
    /// Something at least as important needed its room.
    Room,
    /// It waited longer than the spool's limit.
    Age,
    /// It was set aside, and a person gave it up; earlier versions counted what was beyond a number of its own, too.
    Refused,
}

impl DropReason {
    /// The reason as a token.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Age => "age",
            Self::Refused => "refused",
        }
    }
}

/// A payload that was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Which.
    pub entry: Entry,
    /// Why.
    pub why: DropReason,
    /// Where it was.
    pub place: Place,
}

/// How many payloads of each class were dropped, and why.
pub type Drops = BTreeMap<(Class, DropReason), u64>;

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Stored(Receipt),
    Dropped(Gone),
    /// The drops of all files before this one.
    Before {
        before: Vec<(Class, DropReason, u64)>,
    },
}

#[derive(Serialize, Deserialize)]
struct Gone {
    dropped: Uuid,
    class: Class,
    why: DropReason,
}

#[derive(Debug)]
pub(super) struct Settled {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    length: u64,
    /// Whether the file may end in a torn line that could not be cut off.
    torn: bool,
    /// The uploads in both files.
    known: HashSet<Uuid>,
    drops: Drops,
    /// Whether the present file says what the files before it counted, if there were any.
    carried: bool,
}

impl Settled {
    /// Opens the journal and cuts off a torn last line; says whether there was one.
    pub(super) fn open(disk: &Arc<dyn Disk>, folder: &Path) -> Result<(Self, bool), SpoolError> {
        let path = folder.join(NAME);
        let open = || -> io::Result<(Vec<u8>, u64)> {
            match disk.read(&path, READ_LIMIT) {
                Ok(content) => {
                    let whole = content.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1);
                    if whole != content.len() {
                        disk.truncate(&path, whole as u64)?;
                    }
                    Ok((content, whole as u64))
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    disk.write_new(&path, b"")?;
                    Ok((Vec::new(), 0))
                }
                Err(error) => Err(error),
            }
        };
        let (content, length) = open().map_err(SpoolError::at(&path))?;
        disk.sync_folder(folder).map_err(SpoolError::at(folder))?;
        let torn = content.len() as u64 != length;
        let mut settled = Self {
            disk: Arc::clone(disk),
            folder: folder.to_owned(),
            length,
            torn: false,
            known: HashSet::new(),
            drops: Drops::new(),
            carried: true,
        };
        for (name, lines) in settled.lines()? {
            if name == OLD_NAME {
                settled.carried = false;
            }
            for line in lines {
                settled.carried |= name == NAME && matches!(line, Line::Before { .. });
                settled.note(&line);
            }
        }
        Ok((settled, torn))
    }

    pub(super) fn holds(&self, upload: Uuid) -> bool {
        self.known.contains(&upload)
    }

    /// What was dropped since the spool was made.
    pub(super) fn drops(&self) -> &Drops {
        &self.drops
    }

    /// Octets of the present file.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Starts a new file; the one before the last is given up, but not what it counts.
    pub(super) fn rotate(&mut self) -> Result<(), SpoolError> {
        // A crash or a full disk may have cut the last turn short: what it would have carried over is still in the old file.
        self.carry()?;
        let path = self.folder.join(NAME);
        let renamed = self.disk.rename(&path, &self.folder.join(OLD_NAME));
        renamed.and_then(|()| self.disk.sync_folder(&self.folder)).map_err(SpoolError::at(&path))?;
        *self = Self::open(&self.disk, &self.folder)?.0;
        self.carry()
    }

    /// Has the present file say what was counted before it.
    fn carry(&mut self) -> Result<(), SpoolError> {
        if self.carried {
            return Ok(());
        }
        let before = self.drops.iter().map(|((class, why), count)| (*class, *why, *count)).collect();
        self.write(&Line::Before { before })?;
        self.carried = true;
        Ok(())
    }

    /// Keeps a receipt durably.
    pub(super) fn stored(&mut self, receipt: &Receipt) -> Result<(), SpoolError> {
        self.write(&Line::Stored(receipt.clone()))
    }

    /// Keeps durably that a payload was dropped.
    pub(super) fn dropped(&mut self, id: Uuid, class: Class, why: DropReason) -> Result<(), SpoolError> {
        self.write(&Line::Dropped(Gone { dropped: id, class, why }))
    }

    fn write(&mut self, line: &Line) -> Result<(), SpoolError> {
        let path = self.folder.join(NAME);
        // Behind a torn line that would not go away, a new line begins.
        let mut octets = if self.torn { vec![b'\n'] } else { Vec::new() };
        serde_json::to_writer(&mut octets, line).expect("a line is plain members");
        octets.push(b'\n');
        if let Err(error) = self.disk.append(&path, &octets) {
            // What was written of it goes, so that the next line does not begin in the middle of this one.
            self.torn |= self.disk.truncate(&path, self.length).is_err();
            return Err(SpoolError::at(&path)(error));
        }
        self.torn = false;
        self.length += octets.len() as u64;
        self.note(line);
        Ok(())
    }

    fn note(&mut self, line: &Line) {
        match line {
            Line::Stored(receipt) => {
                self.known.insert(receipt.upload);
            }
            Line::Dropped(Gone { dropped, class, why }) => {
                // The same drop twice counts once: its file came back after a crash, or the disk said no too late.
                if self.known.insert(*dropped) {
                    let count = self.drops.entry((*class, *why)).or_default();
                    // A damaged journal may tell of any number.
                    *count = count.saturating_add(1);
                }
            }
            Line::Before { before } => {
                self.drops = before.iter().map(|(class, why, count)| ((*class, *why), *count)).collect();
            }
        }
    }

    /// All receipts in both files, oldest first.
    pub(super) fn receipts(&self) -> Result<Vec<Receipt>, SpoolError> {
        let lines = self.lines()?.into_iter().flat_map(|(_, lines)| lines);
        let receipts = lines.filter_map(|line| match line {
            Line::Stored(receipt) => Some(receipt),
            _ => None,
        });
        Ok(receipts.collect())
    }

    /// All lines of both files, as far as these are there; those that cannot be read are passed over.
    fn lines(&self) -> Result<Vec<(&'static str, Vec<Line>)>, SpoolError> {
        let mut files = Vec::new();
        for name in [OLD_NAME, NAME] {
            let path = self.folder.join(name);
            let content = match self.disk.read(&path, READ_LIMIT) {
                Ok(content) => content,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(SpoolError::at(&path)(error)),
            };
            let lines = content.split(|octet| *octet == b'\n');
            files.push((name, lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()));
        }
        Ok(files)
    }
}

const NAME: &str = "receipts.log";
const OLD_NAME: &str = "receipts.old";
/// No journal is read beyond this: it begins a new file long before.
const READ_LIMIT: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::super::tests::{id, keep, receipt};
    use super::super::{Spool, SpoolLimits};
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    fn open(folder: &TempDir, max_journal: u64) -> Spool {
        let limits = SpoolLimits { max_count: 1, max_journal, ..SpoolLimits::default() };
        Spool::open(folder.path(), limits).unwrap().0
    }

    #[test]
    fn the_journal_begins_a_new_file_also_while_the_spool_stays_open() {
        let folder = TempDir::new().unwrap();
        let mut spool = open(&folder, 600);
        let length = || fs::metadata(folder.path().join(NAME)).unwrap().len();
        for number in 0..20 {
            spool.done(&receipt(id(number), b"elsewhere")).unwrap();
            assert!(length() < 1_200, "{number}");
        }
        assert!(folder.path().join(OLD_NAME).exists());
        assert_eq!(spool.receipts().unwrap().last(), Some(&receipt(id(19), b"elsewhere")));
    }

    #[test]
    fn the_journal_tells_of_what_goes_until_that_is_gone_for_good() {
        let folder = TempDir::new().unwrap();
        let mut spool = open(&folder, 1);
        spool.done(&receipt(id(1), b"elsewhere")).unwrap();
        if cfg!(unix) {
            fs::remove_dir(folder.path().join("pending")).unwrap();
            let refused = spool.done(&receipt(id(2), b"elsewhere"));
            assert!(matches!(refused, Err(SpoolError::Disk { .. })), "what was removed cannot be synced");
            assert!(!folder.path().join(OLD_NAME).exists());
        }
    }

    #[test]
    fn what_was_counted_outlasts_a_turn_cut_short_though_more_is_settled_before_the_next() {
        let folder = TempDir::new().unwrap();
        let mut spool = open(&folder, u64::MAX);
        for number in 0..4 {
            keep(&mut spool, Class::Report, id(number), &[7; 9]).unwrap();
        }
        drop(spool);
        fs::rename(folder.path().join(NAME), folder.path().join(OLD_NAME)).unwrap();
        open(&folder, u64::MAX).done(&receipt(id(8), b"elsewhere")).unwrap();
        for number in 10..14 {
            let mut spool = open(&folder, 1);
            assert_eq!(spool.report().dropped, 3);
            spool.done(&receipt(id(number), b"elsewhere")).unwrap();
        }
    }

    #[test]
    fn a_journal_that_cannot_be_read_is_not_taken_for_none() {
        for name in [NAME, OLD_NAME] {
            let folder = TempDir::new().unwrap();
            fs::create_dir(folder.path().join(name)).unwrap();
            let refused = Spool::open(folder.path(), SpoolLimits::default());
            assert!(matches!(refused, Err(SpoolError::Disk { .. })), "{name}");
        }
    }

    #[test]
    fn on_a_full_disk_a_payload_makes_room_for_its_receipt_and_half_a_line_spoils_no_other() {
        let disk = Memory::default();
        let mut spool = disk.spool();
        keep(&mut spool, Class::Report, id(1), &[7; 900]).unwrap();
        disk.fill_but(10);
        let first = receipt(id(1), &[7; 900]);
        spool.done(&first).unwrap();
        assert_eq!((spool.next(), spool.receipts().unwrap()), (None, vec![first.clone()]));
        disk.fill_but(10);
        let refused = spool.done(&receipt(id(2), b"elsewhere"));
        assert!(matches!(refused, Err(SpoolError::DiskFull(_))), "nothing can go for it");
        assert_eq!(spool.receipts().unwrap(), [first]);
    }
}
