use super::chain::{AuditEntry, ChainError, ChainHead, MAX_LINE, Verifier, verify_from};
use super::checkpoint::{Checkpoint, CheckpointSigner, WORD};
use super::files;
use crate::durable;
use remote_services_core::time::Timestamp;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
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
    /// The end of the log is missing: a checkpoint that was signed here vouches for more.
    #[error("{}: the entries after {last} are missing, up to {vouched} were there", .path.display())]
    Cut {
        /// The file.
        path: PathBuf,
        /// The last entry that is there.
        last: u64,
        /// The last entry that was there.
        vouched: u64,
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

    /// Opens a log whose checkpoints are signed, making it if needed, and checks the present file.
    ///
    /// A last line that a crash left unfinished is cut off, and the log says so in an entry of its own.
    ///
    /// # Errors
    /// [`AuditError::Chain`] or [`AuditError::Cut`] when it was edited; the file is then left as it is.
    pub fn open_signed(
        path: &Path,
        limits: AuditLimits,
        signer: Box<dyn CheckpointSigner>,
        now: Timestamp,
    ) -> Result<Self, AuditError> {
        Self::open_with(path, limits, Some(signer), now)
    }

    fn open_with(
        path: &Path,
        limits: AuditLimits,
        signer: Option<Box<dyn CheckpointSigner>>,
        now: Timestamp,
    ) -> Result<Self, AuditError> {
        let disk = |source| AuditError::Disk { path: path.to_owned(), source };
        if !path.exists()
            && let Some((_, last)) = files::older(path).map_err(disk)?.pop()
        {
            // A crash between the two steps of a rotation: the new file is begun now.
            let (head, _) = read_whole(&last)?;
            begin_file(path, head, signer.as_deref(), now).map_err(disk)?;
        }
        let (head, whole) = read_whole(path)?;
        let mut file =
            durable::private_file().read(true).create(true).truncate(false).open(path).map_err(disk)?;
        let length = file.metadata().map_err(disk)?.len();
        let vouched = match std::fs::read(files::checkpoint(path)) {
            // One that cannot be read is replaced by the next; `verify_log` tells of it before.
            Ok(line) => Checkpoint::from_line(line.strip_suffix(b"\n").unwrap_or(&line)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(disk(error)),
        };
        let vouched = vouched.map_or(0, |checkpoint| checkpoint.entries);
        if vouched > head.entries {
            return Err(AuditError::Cut { path: path.to_owned(), last: head.entries, vouched });
        }
        file.set_len(whole).map_err(disk)?;
        file.seek(SeekFrom::Start(whole)).map_err(disk)?;
        durable::sync_folder(path.parent().unwrap_or(Path::new("."))).map_err(disk)?;
        let mut log = Self { path: path.to_owned(), file, head, length: whole, limits, signer, vouched };
        if whole != length {
            log.append(now, "recovered", "audit log", "the last entry was not finished and was cut off")?;
        }
        Ok(log)
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
        if let Err(source) = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data()) {
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(self.disk(source));
        }
        self.head = head;
        self.length += line.len() as u64;
        if head.entries - self.vouched >= self.limits.checkpoint_every {
            self.checkpoint(now)?;
        }
        Ok(())
    }

    /// Signs where the log stands, if there is something new and a signer.
    ///
    /// # Errors
    /// As the disk says; the last checkpoint then stands.
    pub fn checkpoint(&mut self, now: Timestamp) -> Result<(), AuditError> {
        if let Some(signer) = self.signer.as_deref().filter(|_| self.head.entries > self.vouched) {
            let signed = Checkpoint::sign(self.head, now, signer);
            let line = signed.map_err(|error| self.disk(io::Error::other(error)))?.to_line();
            durable::replace(&files::checkpoint(&self.path), line.as_bytes())
                .map_err(|source| self.disk(source))?;
            self.vouched = self.head.entries;
        }
        Ok(())
    }

    /// Begins a new file that goes on with the chain, and gives up the oldest beyond the limit.
    fn rotate(&mut self, now: Timestamp) -> Result<(), AuditError> {
        let older = files::older(&self.path).map_err(|source| self.disk(source))?;
        let name = files::older_name(&self.path, self.head.entries);
        let rotated = || -> io::Result<()> {
            std::fs::rename(&self.path, &name)?;
            begin_file(&self.path, self.head, self.signer.as_deref(), now)?;
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

    /// Number of entries and last hash: what to keep elsewhere to notice a cut end.
    #[must_use]
    pub fn head(&self) -> ChainHead {
        self.head
    }
}

/// A new file, whole from the start: it begins with a checkpoint of where the one before ended.
fn begin_file(
    path: &Path,
    head: ChainHead,
    signer: Option<&dyn CheckpointSigner>,
    now: Timestamp,
) -> io::Result<()> {
    let line = match signer {
        Some(signer) => Checkpoint::sign(head, now, signer).map_err(io::Error::other)?.to_line(),
        None => Checkpoint::unsigned(head, now).to_line(),
    };
    durable::replace(path, line.as_bytes())
}

/// Where the chain of one file ends, and the length of its whole lines; nothing when there is no file.
fn read_whole(path: &Path) -> Result<(ChainHead, u64), AuditError> {
    let disk = |source| AuditError::Disk { path: path.to_owned(), source };
    let chain = |source| AuditError::Chain { path: path.to_owned(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((ChainHead::default(), 0)),
        Err(error) => return Err(disk(error)),
    };
    let length = file.metadata().map_err(disk)?.len();
    let whole = length_without_unfinished_line(&mut file, length).map_err(disk)?;
    file.rewind().map_err(disk)?;
    let mut lines = BufReader::new(file.take(whole));
    // A file that goes on with an older one begins with where that ended.
    let mut verifier = Verifier::default();
    if lines.fill_buf().map_err(disk)?.starts_with(WORD.as_bytes()) {
        let mut line = Vec::new();
        (&mut lines).take(MAX_LINE).read_until(b'\n', &mut line).map_err(disk)?;
        let head = Checkpoint::from_line(line.strip_suffix(b"\n").unwrap_or(&line))
            .and_then(|checkpoint| checkpoint.head())
            .ok_or_else(|| chain(ChainError::Broken { line: 1 }))?;
        verifier = Verifier::from_head(head);
    }
    Ok((verify_from(verifier, lines).map_err(chain)?, whole))
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

#[cfg(test)]
mod tests {
    use super::super::verify;
    use super::*;

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
