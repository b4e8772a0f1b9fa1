use super::chain::{AuditEntry, ChainError, ChainHead, verify};
use crate::durable;
use remote_services_core::time::Timestamp;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// The log in a file, open for appending.
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    file: File,
    head: ChainHead,
    length: u64,
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
    /// Opens a log, making it if needed, and checks all of it.
    ///
    /// A last line that a crash left unfinished is cut off, and the log says so in an entry of its own.
    ///
    /// # Errors
    /// [`AuditError::Chain`] when it was edited; the file is then left as it is.
    pub fn open(path: &Path, now: Timestamp) -> Result<Self, AuditError> {
        let disk = |source| AuditError::Disk { path: path.to_owned(), source };
        let mut file =
            durable::private_file().read(true).create(true).truncate(false).open(path).map_err(disk)?;
        let length = file.metadata().map_err(disk)?.len();
        let whole = length_without_unfinished_line(&mut file, length).map_err(disk)?;
        file.rewind().map_err(disk)?;
        let head = verify(BufReader::new((&file).take(whole)))
            .map_err(|source| AuditError::Chain { path: path.to_owned(), source })?;
        file.set_len(whole).map_err(disk)?;
        file.seek(SeekFrom::Start(whole)).map_err(disk)?;
        durable::sync_folder(path.parent().unwrap_or(Path::new("."))).map_err(disk)?;
        let mut log = Self { path: path.to_owned(), file, head, length: whole };
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
            return Err(AuditError::Disk { path: self.path.clone(), source });
        }
        self.head = head;
        self.length += line.len() as u64;
        Ok(())
    }

    /// Number of entries and last hash: what to keep elsewhere to notice a cut end.
    #[must_use]
    pub fn head(&self) -> ChainHead {
        self.head
    }
}

/// The length up to and with the last line feed, looking back no further than a line may be long.
fn length_without_unfinished_line(file: &mut File, length: u64) -> io::Result<u64> {
    let window = length.min(super::chain::MAX_LINE);
    file.seek(SeekFrom::Start(length - window))?;
    let mut tail = Vec::new();
    file.take(window).read_to_end(&mut tail)?;
    let unfinished = tail.iter().rev().take_while(|octet| **octet != b'\n').count() as u64;
    // Without any line feed in reach the file is no log unless it is the first line that is unfinished.
    Ok(if unfinished == window && window < length { length } else { length - unfinished })
}

#[cfg(test)]
mod tests {
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
