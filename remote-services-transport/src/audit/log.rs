use super::chain::{AuditEntry, ChainHead};
use super::checkpoint::{Carried, Checkpoint, CheckpointSigner, Place};
use super::history::{Finding, History, Kept, differs, gap, keep, missing};
use super::open::{Opened, Tail, open};
use super::part::{begin_file, start_of};
use super::{AuditError, AuditLimits, BROKEN, files};
use remote_services_core::time::Timestamp;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// The log in a file, open for appending.
pub struct AuditLog {
    path: PathBuf,
    limits: AuditLimits,
    signer: Option<Box<dyn CheckpointSigner>>,
    history: Option<History>,
    tail: Tail,
    /// Whether the last checkpoint is in all its places, if nobody removed it.
    is_kept: bool,
    /// Whether the last entry may not have reached the disk.
    unsynced: bool,
    /// Since when there is something to sign for that could not be.
    due: Option<Timestamp>,
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
        let (signer, history) = signed.unzip();
        let Opened { tail, finding, is_cut } = open(path, signer.as_deref(), history, now)?;
        let history = history.map(|history| History { begun: true, ..history.clone() });
        let is_kept = missing(path, history.as_ref()).is_none();
        let path = path.to_owned();
        // Nobody knows whether what was there before reached the disk.
        let mut log = Self { path, limits, signer, history, tail, is_kept, unsynced: true, due: None };
        log.tell(finding, is_cut, now)?;
        Ok(log)
    }

    /// From the first signature on top of what does not hold, all say so.
    fn tell(&mut self, finding: Option<Finding>, is_cut: bool, now: Timestamp) -> Result<(), AuditError> {
        // First of all: nothing is signed before it is said.
        if let Some(Finding { from, why }) = finding {
            self.tail.carried.take(&Carried { broken: Some(from), ..Carried::default() });
            let text = format!("history does not hold from entry {from}: {why}");
            self.append(now, BROKEN, &from.to_string(), &text)?;
            self.sign_or_owe(now);
        }
        if is_cut {
            self.append(now, "recovered", "audit log", "the last entry was not finished and was cut off")?;
        }
        Ok(())
    }

    /// What to say of a checkpoint that was there and is not any more.
    fn gone(&self) -> Option<&'static str> {
        missing(&self.path, self.history.as_ref()).filter(|_| self.is_kept)
    }

    /// When somebody was at the files since the last entry, they are held against what is known of them, as
    /// when a log is opened, and what does not fit is told in the same way.
    fn mind(&mut self, now: Timestamp) -> Result<(), AuditError> {
        let gone = self.gone();
        let is_as_left = self.tail.is_as_left(&self.path);
        if is_as_left && gone.is_none() {
            return Ok(());
        }
        let had = self.tail.head.entries;
        if gone.is_some() {
            // Signing makes it again: whatever fails afterwards, it is not forgotten.
            self.tail.carried.take(&Carried { broken: Some(had + 1), ..Carried::default() });
        }
        // Whoever else may write here says with a signature what is theirs, such as a log that was opened for a new key.
        let signed = Kept::read(&self.path, self.history.as_ref())?.vouched(self.history.as_ref());
        // Only here is it known up to where there are entries.
        self.sign(now)?;
        let (mut finding, mut is_cut) = (None, false);
        if !is_as_left {
            let opened = open(&self.path, self.signer.as_deref(), self.history.as_ref(), now)?;
            (self.tail, finding, is_cut) = (opened.tail, opened.finding, opened.is_cut);
            self.unsynced = true;
        }
        let has = self.tail.head.entries;
        let ours = had.max(signed);
        let found = |from: u64, why: String| Some(Finding { from, why });
        let finding = finding.or_else(|| match gone {
            _ if has < had => found(has + 1, format!("entries were there up to {had}")),
            Some(gone) => found(has + 1, gone.to_owned()),
            None if has > ours => found(
                ours + 1,
                format!("entries up to {has} were added by somebody else, and up to {ours} by this client"),
            ),
            None => None,
        });
        self.tell(finding, is_cut, now)
    }

    /// Adds an entry, durably. Of the event 64 characters are kept, of the subject 256, of the text 4,096: the log
    /// is read line by line, and a line has a limit.
    ///
    /// Where only the checkpoint fails that is due with it, by its signer or the disk, the entry is in the log all the same. It is
    /// signed for with the next entry, by [`Self::checkpoint`], which says what fails, or when the log is dropped; until then
    /// [`Self::unsigned`] tells how many wait. A file that is full and cannot be signed for takes no entry, so there are never more
    /// of those than one file has.
    ///
    /// # Errors
    /// As the disk says, or the signer where it is needed first: after somebody was at the files, and before a new file. The entry
    /// is then not in the log, unless the disk does not let it be taken back either: whoever writes it once more has it twice.
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
        self.mind(now)?;
        if self.tail.length >= self.limits.max_file {
            self.rotate(now)?;
        }
        let tail = &mut self.tail;
        let mut head = tail.head;
        let line = head.append(AuditEntry {
            sequence: 0,
            time: now,
            event: event.chars().take(64).collect(),
            subject: subject.chars().take(256).collect(),
            text: text.chars().take(4096).collect(),
        });
        let synced = |file: &File| if sync { file.sync_data() } else { Ok(()) };
        let written = tail.file.write_all(line.as_bytes());
        let is_whole = written.is_ok();
        if let Err(source) = written.and_then(|()| synced(&tail.file)) {
            if tail.file.set_len(tail.length).is_err() && is_whole {
                // It cannot be taken back, such as on a disk that may not be written any more: it stands, and is this client's.
                (tail.head, self.unsynced) = (head, true);
                tail.length += line.len() as u64;
            }
            let _ = tail.file.seek(SeekFrom::Start(tail.length));
            return Err(self.disk(source));
        }
        tail.head = head;
        tail.length += line.len() as u64;
        self.unsynced = !sync;
        if self.due.is_some() || head.entries - tail.vouched >= self.limits.checkpoint_every {
            self.sign_or_owe(now);
        }
        Ok(())
    }

    /// Adds an entry as [`Self::append`] does, but durable only with the next of those, or the next checkpoint: it outlives this
    /// process at once, and the machine a little later. For what happens often.
    ///
    /// # Errors
    /// As [`Self::append`].
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
    /// As the signer or the disk says; the last checkpoint then stands.
    pub fn checkpoint(&mut self, now: Timestamp) -> Result<(), AuditError> {
        self.mind(now)?;
        let is_new = self.tail.head.entries > self.tail.vouched || self.due.is_some();
        if is_new { self.sign(now) } else { Ok(()) }
    }

    /// Signs for entries that are there whether this works or not: what fails now is made good at the next chance.
    fn sign_or_owe(&mut self, now: Timestamp) {
        if self.sign(now).is_err() {
            self.due = Some(now);
        }
    }

    fn sign(&mut self, now: Timestamp) -> Result<(), AuditError> {
        // Nobody vouches for what a loss of power could take back.
        self.sync()?;
        if let Some((log, signer)) = self.signer() {
            let signed =
                Checkpoint::sign((log, Place::Kept), self.tail.head, &self.tail.carried, now, signer);
            let signed = signed.map_err(|error| self.disk(io::Error::other(error)))?;
            keep(&signed, &self.path, self.history.as_ref())?;
            self.tail.vouched = self.tail.head.entries;
            self.is_kept = true;
        }
        self.due = None;
        Ok(())
    }

    /// Who signs, and for which log.
    fn signer(&self) -> Option<(&'static str, &dyn CheckpointSigner)> {
        let log = self.history.as_ref().map_or("", |history| history.log);
        Some((log, self.signer.as_deref()?))
    }

    /// Begins a new file that goes on with the chain, and gives up the oldest beyond the limit.
    fn rotate(&mut self, now: Timestamp) -> Result<(), AuditError> {
        let older = files::older(&self.path).map_err(|source| self.disk(source))?;
        let excess = (older.len() + 1).saturating_sub(self.limits.keep);
        if excess > 0 {
            self.give_up(&older, excess).map_err(|source| self.disk(source))?;
        }
        // What the last checkpoint vouches for is then never further back than the file that is begun.
        self.sign(now)?;
        let name = files::older_name(&self.path, self.tail.head.entries);
        let rotated = || -> io::Result<()> {
            std::fs::rename(&self.path, &name)?;
            let Tail { head, carried, .. } = &self.tail;
            begin_file(&self.path, (*head, carried), self.signer(), now)?;
            for (_, file) in older.iter().take(excess) {
                std::fs::remove_file(file)?;
            }
            Ok(())
        };
        rotated().map_err(|source| self.disk(source))?;
        let went_on = self.tail.go_on(&self.path);
        went_on.map_err(|source| self.disk(source))
    }

    /// Signs for what rotation is about to give up: what is missing without that was removed by somebody. Where what stands there is not
    /// what was left here, it is said from here on: nobody has this log give up its own files by laying others beside them.
    fn give_up(&mut self, older: &[(u64, PathBuf)], excess: usize) -> io::Result<()> {
        let first = self.tail.carried.first.unwrap_or(1).max(1);
        let mut gives_up = Carried::default();
        if self.broken().is_none() {
            gives_up.broken =
                gap(&self.path, older, first, self.history.as_ref())?.map(|finding| finding.from);
        }
        let left = older.get(excess).map_or(self.path.as_path(), |(_, file)| file);
        gives_up.first = start_of(left)?.map(|(left, _)| left.entries + 1);
        self.tail.carried.take(&gives_up);
        Ok(())
    }

    /// Bounds the log in another way from its next file on.
    pub fn bound(&mut self, limits: AuditLimits) {
        self.limits = limits;
    }

    /// Says for ever that this log, or what it vouches for elsewhere, is not what was left here: an entry `broken`, from which on
    /// nothing is believed. One that is broken already says nothing new.
    ///
    /// # Errors
    /// As the disk says.
    pub fn doubt(&mut self, why: &str, now: Timestamp) -> Result<(), AuditError> {
        self.mind(now)?;
        if self.broken().is_some() {
            return Ok(());
        }
        let finding = Finding { from: self.tail.head.entries + 1, why: why.to_owned() };
        self.tell(Some(finding), false, now)
    }

    /// Holds the log against where it stood when somebody elsewhere was told of it: who puts an older copy of all its files
    /// back, checkpoints and all, cannot put that back. What does not fit is told as [`Self::doubt`] does, from the entry on of which that
    /// is known. Whether one holds that rotation gave up by now, nobody knows.
    ///
    /// # Errors
    /// As the disk says, or what does not hold together.
    pub fn hold_against(&mut self, told: ChainHead, now: Timestamp) -> Result<(), AuditError> {
        self.mind(now)?;
        if told == self.tail.head || told.entries == 0 || self.broken().is_some() {
            return Ok(());
        }
        let finding = differs(told, &self.path)?;
        self.tell(finding, false, now)
    }

    fn disk(&self, source: io::Error) -> AuditError {
        AuditError::Disk { path: self.path.clone(), source }
    }

    /// The first entry that cannot be believed, if its history was ever found not to hold.
    #[must_use]
    pub fn broken(&self) -> Option<u64> {
        self.tail.carried.broken
    }

    /// A number that only grows, as the last checkpoint has it; 0 when nobody set it.
    #[must_use]
    pub fn mark(&self, name: &str) -> u64 {
        self.tail.carried.marks.get(name).copied().unwrap_or_default()
    }

    /// Sets such a number, durably. A lower one changes nothing. Names are those of the program: a few, and short.
    ///
    /// # Errors
    /// As the signer or the disk says; it may be forgotten then, unless this is asked again.
    pub fn set_mark(&mut self, name: &str, mark: u64, now: Timestamp) -> Result<(), AuditError> {
        if mark <= self.mark(name) && self.due.is_none() {
            return Ok(());
        }
        self.mind(now)?;
        if mark > self.mark(name) {
            self.tail.carried.marks.insert(name.to_owned(), mark);
        }
        let signed = self.sign(now);
        if signed.is_err() {
            self.due = Some(now);
        }
        signed
    }

    /// A short text, as the last checkpoint has it: what its owner last put down under this name.
    #[must_use]
    pub fn word(&self, name: &str) -> Option<&str> {
        self.tail.carried.words.get(name).map(|(_, word)| word.as_str())
    }

    /// Puts down such a text, durably, in place of the one before; 256 characters of it are kept. It may be the digest of a file, which
    /// is then not believed when it is another one.
    ///
    /// # Errors
    /// As the signer or the disk says; it may be forgotten then, unless this is asked again.
    pub fn set_word(&mut self, name: &str, word: &str, now: Timestamp) -> Result<(), AuditError> {
        let end = word.char_indices().nth(MOST_OF_A_WORD).map_or(word.len(), |(end, _)| end);
        let word = &word[..end];
        if self.word(name) == Some(word) && self.due.is_none() {
            return Ok(());
        }
        self.mind(now)?;
        if self.word(name) != Some(word) {
            let (known, _) = self.tail.carried.words.entry(name.to_owned()).or_default();
            let next = (*known + 1, word.to_owned());
            self.tail.carried.words.insert(name.to_owned(), next);
        }
        let signed = self.sign(now);
        if signed.is_err() {
            self.due = Some(now);
        }
        signed
    }

    /// Has the disk take what was added lazily.
    ///
    /// # Errors
    /// As the disk says.
    pub fn sync(&mut self) -> Result<(), AuditError> {
        if std::mem::take(&mut self.unsynced)
            && let Err(source) = self.tail.file.sync_data()
        {
            self.unsynced = true;
            return Err(self.disk(source));
        }
        Ok(())
    }

    /// Number of entries and last hash: what to keep elsewhere to notice a cut end.
    #[must_use]
    pub fn head(&self) -> ChainHead {
        self.tail.head
    }

    /// Entries behind the last checkpoint, which nobody vouches for yet. All of them, where nobody signs the log.
    #[must_use]
    pub fn unsigned(&self) -> u64 {
        self.tail.head.entries - self.tail.vouched
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        // Where somebody was at the files meanwhile, whoever opens it next holds them against the last checkpoint first.
        if let Some(at) = self.due
            && self.tail.is_as_left(&self.path)
            && self.gone().is_none()
        {
            let _ = self.sign(at);
        }
    }
}

/// In characters.
const MOST_OF_A_WORD: usize = 256;

#[cfg(test)]
mod tests;
