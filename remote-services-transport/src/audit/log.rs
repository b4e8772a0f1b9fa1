use super::chain::{AuditEntry, ChainError, ChainHead};
use super::checkpoint::{Carried, Checkpoint, CheckpointSigner};
use super::history::{Finding, History, Kept, gap};
use super::part::{Part, begin_file};
use super::{BROKEN, files};
use crate::durable;
use remote_services_core::time::Timestamp;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// The log in a file, open for appending.
pub struct AuditLog {
    path: PathBuf,
    file: File,
    head: ChainHead,
    length: u64,
    limits: AuditLimits,
    signer: Option<Box<dyn CheckpointSigner>>,
    /// Entries that the last checkpoint vouches for.
    vouched: u64,
    /// Where the copy of the last checkpoint is kept.
    copy: Option<PathBuf>,
    /// What each checkpoint says beside where the log stands.
    carried: Carried,
    /// Whether the last entry may not have reached the disk.
    unsynced: bool,
}

/// How long a log may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditLimits {
    /// Octets from which a new file is begun (default 4 MiB: about 15,000 entries).
    pub max_file: u64,
    /// How many older files are kept beside the present one (default 7); the oldest is given up.
    pub keep: usize,
    /// Entries after which a checkpoint is signed, without being asked (default 32).
    pub checkpoint_every: u64,
}

impl Default for AuditLimits {
    fn default() -> Self {
        Self { max_file: 4 << 20, keep: 7, checkpoint_every: 32 }
    }
}

/// Why the audit log cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The log was edited or damaged.
    #[error("{}: {source}", .path.display())]
    Chain {
        /// The file.
        path: PathBuf,
        /// Where it does not hold.
        source: ChainError,
    },
    /// The disk does not do as asked.
    #[error("{}: {source}", .path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
}

impl AuditLog {
    /// Opens a log without checkpoints, making it if needed, and checks all of it.
    ///
    /// # Errors
    /// As [`Self::open_signed`].
    pub fn open(path: &Path, now: Timestamp) -> Result<Self, AuditError> {
        Self::open_with(path, AuditLimits::default(), None, now)
    }

    /// Opens a log whose checkpoints are signed, making it if needed. Before anything is signed on top of it, it is held
    /// against its last checkpoint and the copy of it. What does not fit is told in an entry of its own, in every checkpoint
    /// from then on, and by [`verify_log`](super::verify_log) for ever; the log goes on.
    ///
    /// A last line that a crash left unfinished is cut off, and the log says so in an entry of its own.
    ///
    /// # Errors
    /// [`AuditError::Chain`] when its present file does not hold together; it is then left as it is.
    pub fn open_signed(
        path: &Path,
        limits: AuditLimits,
        signer: Box<dyn CheckpointSigner>,
        history: &History,
        now: Timestamp,
    ) -> Result<Self, AuditError> {
        Self::open_with(path, limits, Some((signer, history)), now)
    }

    fn open_with(
        path: &Path,
        limits: AuditLimits,
        signed: Option<(Box<dyn CheckpointSigner>, &History)>,
        now: Timestamp,
    ) -> Result<Self, AuditError> {
        let disk = |source| AuditError::Disk { path: path.to_owned(), source };
        let history = signed.as_ref().map(|(_, history)| *history);
        let keys = history.map(|history| &history.keys);
        let copy = history.and_then(|history| history.copy.clone());
        let signer = signed.map(|(signer, _)| signer);
        let older = files::older(path).map_err(disk)?;
        let mut kept = Kept::read(path, history)?;
        if !path.exists() {
            if let Some((_, last)) = older.last() {
                // A crash between the two steps of a rotation: the new file is begun now.
                let before = Part::read(last, keys)?;
                let mut carried = kept.carried(keys);
                carried.take(&before.carried);
                begin_file(path, (before.head, &carried), signer.as_deref(), now).map_err(disk)?;
            } else if let Some(signer) = signer.as_deref()
                && kept.is_empty()
                && history.is_none_or(|history| !history.begun)
            {
                // Before the first entry: from here on, a log without a checkpoint is one that somebody took it from.
                let begun = Checkpoint::sign(ChainHead::default(), &Carried::default(), now, signer);
                let begun = begun.map_err(|error| disk(io::Error::other(error)))?;
                keep(&begun, path, copy.as_deref())?;
                kept = Kept::read(path, history)?;
            }
        }
        let present = Part::read(path, keys)?;
        let mut carried = kept.carried(keys);
        carried.take(&present.carried);
        let finding = kept.disagrees(path, &older, &present, history);
        let finding = match carried.broken {
            None => finding.or_else(|| gap(path, &older, limits.keep)),
            // Such as files that are missing are found again and again.
            Some(_) => finding,
        };
        let mut file =
            durable::private_file().read(true).create(true).truncate(false).open(path).map_err(disk)?;
        let found = file.metadata().map_err(disk)?.len();
        file.set_len(present.length).map_err(disk)?;
        file.seek(SeekFrom::Start(present.length)).map_err(disk)?;
        durable::sync_folder(path.parent().unwrap_or(Path::new("."))).map_err(disk)?;
        let Part { head, length, .. } = present;
        let vouched = kept.most().min(head.entries);
        let path = path.to_owned();
        let mut log =
            Self { path, file, head, length, limits, signer, vouched, copy, carried, unsynced: false };
        // First of all: nothing is signed before it is said.
        if let Some(finding) = finding {
            log.tell(&finding, now)?;
        }
        if length != found {
            log.append(now, "recovered", "audit log", "the last entry was not finished and was cut off")?;
        }
        Ok(log)
    }

    /// From the first signature on top of what does not hold, all say so.
    fn tell(&mut self, Finding { from, why }: &Finding, now: Timestamp) -> Result<(), AuditError> {
        self.carried.take(&Carried { broken: Some(*from), ..Carried::default() });
        let text = format!("history does not hold from entry {from}: {why}");
        self.append(now, BROKEN, &from.to_string(), &text)?;
        self.sign(now)
    }

    /// Adds an entry, durably. Of the event 64 characters are kept, of the subject 256, of the text 4,096: the log
    /// is read line by line, and a line has a limit.
    ///
    /// # Errors
    /// As the disk says; the entry is then not in the log.
    pub fn append(
        &mut self,
        now: Timestamp,
        event: &str,
        subject: &str,
        text: &str,
    ) -> Result<(), AuditError> {
        self.add(now, (event, subject, text), true)
    }

    fn add(
        &mut self,
        now: Timestamp,
        (event, subject, text): (&str, &str, &str),
        sync: bool,
    ) -> Result<(), AuditError> {
        if self.length >= self.limits.max_file {
            self.rotate(now)?;
        }
        let mut head = self.head;
        let line = head.append(AuditEntry {
            sequence: 0,
            time: now,
            event: event.chars().take(64).collect(),
            subject: subject.chars().take(256).collect(),
            text: text.chars().take(4096).collect(),
        });
        let synced = |file: &File| if sync { file.sync_data() } else { Ok(()) };
        if let Err(source) = self.file.write_all(line.as_bytes()).and_then(|()| synced(&self.file)) {
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(self.disk(source));
        }
        self.head = head;
        self.length += line.len() as u64;
        self.unsynced = !sync;
        if head.entries - self.vouched >= self.limits.checkpoint_every {
            self.checkpoint(now)?;
        }
        Ok(())
    }

    /// Adds an entry as [`Self::append`] does, but durable only with the next of those, or the next checkpoint: it outlives this
    /// process at once, and the machine a little later. For what happens often.
    ///
    /// # Errors
    /// As the disk says; the entry is then not in the log.
    pub fn append_lazily(
        &mut self,
        now: Timestamp,
        event: &str,
        subject: &str,
        text: &str,
    ) -> Result<(), AuditError> {
        self.add(now, (event, subject, text), false)
    }

    /// Signs where the log stands, if there is something new and a signer.
    ///
    /// # Errors
    /// As the disk says; the last checkpoint then stands.
    pub fn checkpoint(&mut self, now: Timestamp) -> Result<(), AuditError> {
        if self.head.entries > self.vouched { self.sign(now) } else { Ok(()) }
    }

    fn sign(&mut self, now: Timestamp) -> Result<(), AuditError> {
        // Nobody vouches for what a loss of power could take back.
        if std::mem::take(&mut self.unsynced)
            && let Err(source) = self.file.sync_data()
        {
            self.unsynced = true;
            return Err(self.disk(source));
        }
        if let Some(signer) = self.signer.as_deref() {
            let signed = Checkpoint::sign(self.head, &self.carried, now, signer);
            let signed = signed.map_err(|error| self.disk(io::Error::other(error)))?;
            keep(&signed, &self.path, self.copy.as_deref())?;
            self.vouched = self.head.entries;
        }
        Ok(())
    }

    /// Begins a new file that goes on with the chain, and gives up the oldest beyond the limit.
    fn rotate(&mut self, now: Timestamp) -> Result<(), AuditError> {
        // What the last checkpoint vouches for is then never further back than the file that is begun.
        self.checkpoint(now)?;
        let older = files::older(&self.path).map_err(|source| self.disk(source))?;
        let name = files::older_name(&self.path, self.head.entries);
        let rotated = || -> io::Result<()> {
            std::fs::rename(&self.path, &name)?;
            begin_file(&self.path, (self.head, &self.carried), self.signer.as_deref(), now)?;
            let excess = (older.len() + 1).saturating_sub(self.limits.keep);
            for (_, file) in older.iter().take(excess) {
                std::fs::remove_file(file)?;
            }
            Ok(())
        };
        rotated().map_err(|source| self.disk(source))?;
        self.file =
            durable::private_file().read(true).open(&self.path).map_err(|source| self.disk(source))?;
        self.length = self.file.seek(SeekFrom::End(0)).map_err(|source| self.disk(source))?;
        Ok(())
    }

    fn disk(&self, source: io::Error) -> AuditError {
        AuditError::Disk { path: self.path.clone(), source }
    }

    /// The first entry that cannot be believed, if its history was ever found not to hold.
    #[must_use]
    pub fn broken(&self) -> Option<u64> {
        self.carried.broken
    }

    /// A number that only grows, as the last checkpoint has it; 0 when nobody set it.
    #[must_use]
    pub fn mark(&self, name: &str) -> u64 {
        self.carried.marks.get(name).copied().unwrap_or_default()
    }

    /// Sets such a number, durably. A lower one changes nothing. Names are those of the program: a few, and short.
    ///
    /// # Errors
    /// As the disk says; it may be forgotten then.
    pub fn set_mark(&mut self, name: &str, mark: u64, now: Timestamp) -> Result<(), AuditError> {
        if mark <= self.mark(name) {
            return Ok(());
        }
        self.carried.marks.insert(name.to_owned(), mark);
        self.sign(now)
    }

    /// Number of entries and last hash: what to keep elsewhere to notice a cut end.
    #[must_use]
    pub fn head(&self) -> ChainHead {
        self.head
    }
}

fn keep(signed: &Checkpoint, path: &Path, copy: Option<&Path>) -> Result<(), AuditError> {
    let line = signed.to_line();
    for file in [Some(&*files::checkpoint(path)), copy].into_iter().flatten() {
        let disk = |source| AuditError::Disk { path: file.to_owned(), source };
        durable::replace(file, line.as_bytes()).map_err(disk)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::verify;
    use super::*;
    use std::io::BufReader;

    fn open(folder: &tempfile::TempDir) -> Result<AuditLog, AuditError> {
        AuditLog::open(&folder.path().join("audit.log"), Timestamp::from_unix_seconds(9))
    }

    fn append(log: &mut AuditLog, event: &str) {
        log.append(Timestamp::from_unix_seconds(1), event, "x", "a sentence").unwrap();
    }

    #[test]
    fn goes_on_where_it_ended() {
        let folder = tempfile::tempdir().unwrap();
        append(&mut open(&folder).unwrap(), "one");
        let mut log = open(&folder).unwrap();
        append(&mut log, "two");
        let file = File::open(folder.path().join("audit.log")).unwrap();
        let head = verify(BufReader::new(file)).unwrap();
        assert_eq!((head, head.entries), (log.head(), 2));
    }

    #[test]
    fn no_text_makes_a_line_that_cannot_be_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(&folder).unwrap();
        // A control character takes six octets in JSON, an astral one four.
        for text in ["\u{1}", "\u{1F5A8}", "x"] {
            let endless = text.repeat(100_000);
            log.append(Timestamp::from_unix_seconds(1), &endless, &endless, &endless).unwrap();
        }
        assert_eq!(open(&folder).unwrap().head(), log.head());
    }

    #[test]
    fn an_unfinished_entry_is_cut_off_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        append(&mut open(&folder).unwrap(), "one");
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..whole.len() {
            std::fs::write(&path, [&whole[..], &whole[..cut]].concat()).unwrap();
            let log = open(&folder).unwrap();
            assert_eq!(log.head().entries, 2, "cut at {cut}");
            assert!(std::fs::read_to_string(&path).unwrap().contains("recovered"));
        }
        std::fs::write(&path, &whole[..20]).unwrap();
        assert_eq!(open(&folder).unwrap().head().entries, 1);
    }

    #[test]
    fn an_edited_log_is_not_opened_and_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        append(&mut open(&folder).unwrap(), "one");
        let edited = std::fs::read_to_string(&path).unwrap().replace("one", "two");
        std::fs::write(&path, &edited).unwrap();
        assert!(matches!(
            open(&folder),
            Err(AuditError::Chain { source: ChainError::Broken { line: 1 }, .. })
        ));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), edited);
    }
}
