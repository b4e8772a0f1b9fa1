//! A log as it is found: held against what is known of it, and set right, before anything is added.

use super::chain::ChainHead;
use super::checkpoint::{Carried, Checkpoint, CheckpointSigner, Place};
use super::history::{Finding, History, Kept, gap, keep};
use super::part::{Part, begin_file};
use super::{AuditError, files};
use crate::durable;
use remote_services_core::time::Timestamp;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::path::Path;

/// Where a log goes on.
pub(super) struct Tail {
    pub(super) file: File,
    /// Which file it was that the path named then.
    place: Option<(u64, u64)>,
    pub(super) head: ChainHead,
    /// Octets of the file.
    pub(super) length: u64,
    /// Entries that the last checkpoint vouches for.
    pub(super) vouched: u64,
    /// What each checkpoint says beside where the log stands.
    pub(super) carried: Carried,
}

/// A log that was opened.
pub(super) struct Opened {
    pub(super) tail: Tail,
    /// What does not hold.
    pub(super) finding: Option<Finding>,
    /// Whether a last line that was not finished is gone.
    pub(super) is_cut: bool,
}

/// Opens a log, making it if needed. Nothing is signed on top of it but what stands before the first entry.
pub(super) fn open(
    path: &Path,
    signer: Option<&dyn CheckpointSigner>,
    history: Option<&History>,
    now: Timestamp,
) -> Result<Opened, AuditError> {
    let disk = |source| AuditError::Disk { path: path.to_owned(), source };
    let signer = signer.map(|signer| (history.map_or("", |history| history.log), signer));
    let older = files::older(path).map_err(disk)?;
    let mut kept = Kept::read(path, history)?;
    if !path.exists() {
        if let Some((_, last)) = older.last() {
            // A crash between the two steps of a rotation: the new file is begun now.
            let before = Part::read(last, history)?;
            let mut carried = kept.carried(history);
            carried.take(&before.carried);
            // Nothing is signed on top of what is not looked at, and what does not hold says so from its first line on.
            let rest = &older[..older.len() - 1];
            if carried.broken.is_none() {
                let first = carried.first.unwrap_or(1).max(1);
                let finding = match kept.disagrees(path, rest, &before, history) {
                    None => gap(last, rest, first, history).map_err(disk)?,
                    finding => finding,
                };
                carried.broken = finding.map(|finding| finding.from);
            }
            begin_file(path, (before.head, &carried), signer, now).map_err(disk)?;
        } else if let Some((log, signer)) = signer
            && history.is_none_or(|history| !history.begun)
            && kept.says_nothing()
        {
            // From here on, a log without a checkpoint is one that somebody took it from.
            let begun =
                Checkpoint::sign((log, Place::Kept), ChainHead::default(), &Carried::default(), now, signer);
            let begun = begun.map_err(|error| disk(io::Error::other(error)))?;
            keep(&begun, path, history)?;
            kept = Kept::read(path, history)?;
        }
    }
    let present = Part::read(path, history)?;
    let mut carried = kept.carried(history);
    carried.take(&present.carried);
    let finding = kept.disagrees(path, &older, &present, history);
    let finding = match carried.broken {
        None if finding.is_none() => {
            gap(path, &older, carried.first.unwrap_or(1).max(1), history).map_err(disk)?
        }
        // Such as files that are missing are found again and again.
        _ => finding,
    };
    let file = durable::private_file().read(true).create(true).truncate(false).open(path).map_err(disk)?;
    let found = file.metadata().map_err(disk)?.len();
    file.set_len(present.length).map_err(disk)?;
    let vouched = kept.most().min(present.head.entries);
    let tail = Tail::of(file, path, present.head, (vouched, carried)).map_err(disk)?;
    durable::sync_folder(path.parent().unwrap_or(Path::new("."))).map_err(disk)?;
    Ok(Opened { tail, finding, is_cut: found != present.length })
}

impl Tail {
    fn of(
        mut file: File,
        path: &Path,
        head: ChainHead,
        (vouched, carried): (u64, Carried),
    ) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        // By its name, as it is looked at later: not all file systems number a file that is open alike.
        let place = durable::place(&std::fs::metadata(path)?);
        Ok(Self { file, place, head, length, vouched, carried })
    }

    /// Goes on in the file that was begun where this one ended.
    pub(super) fn go_on(&mut self, path: &Path) -> io::Result<()> {
        let file = durable::private_file().read(true).open(path)?;
        *self = Self::of(file, path, self.head, (self.vouched, std::mem::take(&mut self.carried)))?;
        Ok(())
    }

    /// Whether the path names the file that is open, as long as it was left.
    pub(super) fn is_as_left(&self, path: &Path) -> bool {
        match std::fs::metadata(path) {
            Ok(there) => there.len() == self.length && durable::place(&there) == self.place,
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }
}
