//! The folders of a spool and what happens in them.

use super::{Entry, Recovery, SpoolError};
use crate::document::ContentDigest;
use crate::durable;
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::Read as _;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct Folders {
    pending: PathBuf,
    quarantine: PathBuf,
}

impl Folders {
    /// Makes the folders and takes the lock, which lasts as long as the file is open.
    pub(super) fn open(folder: &Path) -> Result<(Self, File), SpoolError> {
        let folders = Self { pending: folder.join("pending"), quarantine: folder.join("quarantine") };
        for made in [&folders.pending, &folders.quarantine] {
            durable::create_private_folder(made).map_err(SpoolError::at(made))?;
        }
        let path = folder.join("lock");
        let lock = durable::private_file().create(true).truncate(false).open(&path);
        let lock = lock.map_err(SpoolError::at(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SpoolError::Locked(folder.to_owned())),
            Err(TryLockError::Error(error)) => return Err(SpoolError::at(&path)(error)),
        }
        durable::sync_folder(folder).map_err(SpoolError::at(folder))?;
        Ok((folders, lock))
    }

    /// Lists what waits and removes what was not finished.
    pub(super) fn scan(&self, recovery: &mut Recovery) -> Result<BTreeSet<Entry>, SpoolError> {
        let mut found = BTreeSet::new();
        for (path, bytes) in self.list(&self.pending)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let Some(entry) = Entry::from_file_name(name, bytes) {
                found.insert(entry);
            } else if name.ends_with(TEMPORARY) {
                fs::remove_file(&path).map_err(SpoolError::at(&path))?;
                recovery.unfinished += 1;
            } else {
                recovery.foreign += 1;
            }
        }
        Ok(found)
    }

    /// Writes and renames; durable after [`Self::sync_pending`].
    pub(super) fn add(&self, entry: &Entry, sealed: &[u8]) -> Result<(), SpoolError> {
        let path = self.pending.join(entry.file_name());
        let temporary = self.pending.join(format!("{}{TEMPORARY}", entry.id));
        let _ = fs::remove_file(&temporary);
        durable::write_new(&temporary, sealed)
            .and_then(|()| fs::rename(&temporary, &path))
            .map_err(SpoolError::at(&self.pending))
    }

    pub(super) fn sync_pending(&self) -> Result<(), SpoolError> {
        durable::sync_folder(&self.pending).map_err(SpoolError::at(&self.pending))
    }

    pub(super) fn read(&self, entry: &Entry) -> Result<Vec<u8>, SpoolError> {
        let path = self.pending.join(entry.file_name());
        let file = File::open(&path).map_err(SpoolError::at(&path))?;
        let mut sealed = Vec::new();
        // One octet more than expected shows that the file grew, without reading all of it.
        file.take(entry.bytes + 1).read_to_end(&mut sealed).map_err(SpoolError::at(&path))?;
        if ContentDigest::of(&sealed) == entry.digest {
            Ok(sealed)
        } else {
            Err(SpoolError::Damaged(entry.id))
        }
    }

    pub(super) fn remove(&self, entry: &Entry) -> Result<(), SpoolError> {
        let path = self.pending.join(entry.file_name());
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(SpoolError::at(&path)(error)),
            _ => Ok(()),
        }
    }

    /// Moves a payload out of the way, its reason first, so that no payload is ever without one.
    pub(super) fn quarantine(&self, entry: &Entry, why: &str) -> Result<(), SpoolError> {
        let at = SpoolError::at(&self.quarantine);
        let name = entry.file_name();
        durable::replace(&self.quarantine.join(reason_name(&name)), why.as_bytes())
            .and_then(|()| fs::rename(self.pending.join(&name), self.quarantine.join(&name)))
            .and_then(|()| durable::sync_folder(&self.quarantine))
            .and_then(|()| durable::sync_folder(&self.pending))
            .map_err(at)
    }

    /// What is in quarantine, oldest first.
    pub(super) fn quarantined(&self) -> Result<Vec<Entry>, SpoolError> {
        let mut entries: Vec<Entry> = self
            .list(&self.quarantine)?
            .into_iter()
            .filter_map(|(path, bytes)| Entry::from_file_name(path.file_name()?.to_str()?, bytes))
            .collect();
        entries.sort_unstable_by_key(|entry| entry.id);
        Ok(entries)
    }

    /// The sentence beside a payload in quarantine, at most 4 KiB of it.
    pub(super) fn reason(&self, entry: &Entry) -> String {
        let mut text = Vec::new();
        let read = File::open(self.quarantine.join(reason_name(&entry.file_name())))
            .and_then(|file| file.take(4096).read_to_end(&mut text));
        if read.is_ok() { String::from_utf8_lossy(&text).into_owned() } else { String::new() }
    }

    /// Gives up the oldest ones beyond `keep`, and says how many are left.
    pub(super) fn trim_quarantine(&self, keep: usize) -> Result<usize, SpoolError> {
        let entries = self.quarantined()?;
        let excess = entries.len().saturating_sub(keep);
        for entry in &entries[..excess] {
            let path = self.quarantine.join(entry.file_name());
            fs::remove_file(&path).map_err(SpoolError::at(&path))?;
            let _ = fs::remove_file(self.quarantine.join(reason_name(&entry.file_name())));
        }
        Ok(entries.len() - excess)
    }

    fn list(&self, folder: &Path) -> Result<Vec<(PathBuf, u64)>, SpoolError> {
        let list = || -> std::io::Result<Vec<(PathBuf, u64)>> {
            let mut files = Vec::new();
            for item in fs::read_dir(folder)? {
                let item = item?;
                let metadata = item.metadata()?;
                if metadata.is_file() {
                    files.push((item.path(), metadata.len()));
                }
            }
            Ok(files)
        };
        list().map_err(SpoolError::at(folder))
    }
}

const TEMPORARY: &str = ".tmp";

fn reason_name(name: &str) -> String {
    format!("{}.why", name.strip_suffix(".sealed").unwrap_or(name))
}
