//! The folders of a spool and what happens in them.

use super::{Disk, Entry, Lock, OsDisk, Recovery, SpoolError};
use crate::document::ContentDigest;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Folders {
    disk: Arc<dyn Disk>,
    pending: PathBuf,
    quarantine: PathBuf,
}

impl Folders {
    /// Makes the folders and takes the lock, which lasts as long as its value.
    pub(super) fn open(disk: &Arc<dyn Disk>, folder: &Path) -> Result<(Self, Lock), SpoolError> {
        let disk = Arc::clone(disk);
        let (pending, quarantine) = (folder.join("pending"), folder.join("quarantine"));
        for made in [&pending, &quarantine] {
            disk.create_folder(made).map_err(SpoolError::at(made))?;
        }
        let path = folder.join("lock");
        let lock = disk.lock(&path).map_err(SpoolError::at(&path))?;
        let lock = lock.ok_or_else(|| SpoolError::Locked(folder.to_owned()))?;
        disk.sync_folder(folder).map_err(SpoolError::at(folder))?;
        // The folder's own name must last as long as what is in it; who owns the parent may not let us.
        if let Some(parent) = folder.parent() {
            let _ = disk.sync_folder(parent);
        }
        Ok((Self { disk, pending, quarantine }, lock))
    }

    /// The folders of a spool that another process may have open: to be read only.
    pub(super) fn look(folder: &Path) -> Self {
        let (pending, quarantine) = (folder.join("pending"), folder.join("quarantine"));
        Self { disk: Arc::new(OsDisk), pending, quarantine }
    }

    /// Lists what waits and removes what was not finished.
    pub(super) fn scan(&self, recovery: &mut Recovery) -> Result<BTreeSet<Entry>, SpoolError> {
        let mut found = BTreeSet::new();
        for (name, bytes) in self.disk.list(&self.pending).map_err(SpoolError::at(&self.pending))? {
            if let Some(entry) = Entry::from_file_name(&name, bytes) {
                found.insert(entry);
            } else if name.ends_with(TEMPORARY) {
                let path = self.pending.join(name);
                self.disk.remove(&path).map_err(SpoolError::at(&path))?;
                recovery.unfinished += 1;
            } else {
                recovery.foreign += 1;
            }
        }
        Ok(found)
    }

    /// Makes all of them durable, or removes them again: the content of all, then the names of all.
    pub(super) fn add_all(&self, group: &[(Entry, &[u8])]) -> Result<(), SpoolError> {
        let temporary = |entry: &Entry| self.pending.join(format!("{}{TEMPORARY}", entry.id));
        let files: Vec<(PathBuf, &[u8])> =
            group.iter().map(|(entry, sealed)| (temporary(entry), *sealed)).collect();
        for (path, _) in &files {
            let _ = self.disk.remove(path);
        }
        let added = self
            .disk
            .write_all_new(&files)
            .and_then(|()| {
                files.iter().zip(group).try_for_each(|((from, _), (entry, _))| {
                    self.disk.rename(from, &self.pending.join(entry.file_name()))
                })
            })
            // Without this the names may vanish in a power cut, so the caller must not hear that they are safe.
            .and_then(|()| self.disk.sync_folder(&self.pending));
        if added.is_err() {
            for ((path, _), (entry, _)) in files.iter().zip(group) {
                let _ = self.disk.remove(path);
                let _ = self.remove(entry);
            }
        }
        added.map_err(SpoolError::at(&self.pending))
    }

    pub(super) fn sync_pending(&self) -> Result<(), SpoolError> {
        self.disk.sync_folder(&self.pending).map_err(SpoolError::at(&self.pending))
    }

    pub(super) fn read(&self, entry: &Entry) -> Result<Vec<u8>, SpoolError> {
        let path = self.pending.join(entry.file_name());
        // One octet more than expected shows that the file grew, without reading all of it.
        let sealed = self.disk.read(&path, entry.bytes + 1).map_err(SpoolError::at(&path))?;
        if ContentDigest::of(&sealed) == entry.digest {
            Ok(sealed)
        } else {
            Err(SpoolError::Damaged(entry.id))
        }
    }

    pub(super) fn remove(&self, entry: &Entry) -> Result<(), SpoolError> {
        let path = self.pending.join(entry.file_name());
        self.disk.remove(&path).map_err(SpoolError::at(&path))
    }

    /// Moves a payload out of the way, its reason first, so that no payload is ever without one.
    pub(super) fn quarantine(&self, entry: &Entry, why: &str) -> Result<(), SpoolError> {
        let (disk, name) = (&self.disk, entry.file_name());
        let reason = self.quarantine.join(reason_name(&name));
        let beside = reason.with_extension("new");
        disk.remove(&beside)
            .and_then(|()| disk.write_new(&beside, why.as_bytes()))
            .and_then(|()| disk.rename(&beside, &reason))
            .and_then(|()| disk.sync_folder(&self.quarantine))
            .and_then(|()| disk.rename(&self.pending.join(&name), &self.quarantine.join(&name)))
            .and_then(|()| disk.sync_folder(&self.quarantine))
            .and_then(|()| disk.sync_folder(&self.pending))
            .map_err(SpoolError::at(&self.quarantine))
    }

    /// Moves a payload from quarantine to those that wait, if it is what was kept. Its reason goes last, and may stay: one
    /// without a payload says nothing.
    pub(super) fn put_back(&self, entry: &Entry) -> Result<(), SpoolError> {
        let (disk, name) = (&self.disk, entry.file_name());
        let aside = self.quarantine.join(&name);
        let sealed = disk.read(&aside, entry.bytes + 1).map_err(SpoolError::at(&aside))?;
        if ContentDigest::of(&sealed) != entry.digest {
            return Err(SpoolError::Damaged(entry.id));
        }
        disk.rename(&aside, &self.pending.join(&name))
            .and_then(|()| disk.sync_folder(&self.pending))
            .and_then(|()| disk.sync_folder(&self.quarantine))
            .map_err(SpoolError::at(&self.quarantine))?;
        let _ = disk.remove(&self.quarantine.join(reason_name(&name)));
        Ok(())
    }

    /// What is in quarantine, oldest first, with the reasons.
    pub(super) fn quarantined_with_reasons(&self) -> Result<Vec<(Entry, String)>, SpoolError> {
        Ok(self.quarantined()?.into_iter().map(|entry| (entry, self.reason(&entry))).collect())
    }

    /// What is in quarantine, oldest first.
    pub(super) fn quarantined(&self) -> Result<Vec<Entry>, SpoolError> {
        let files = match self.disk.list(&self.quarantine) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            files => files.map_err(SpoolError::at(&self.quarantine))?,
        };
        let mut entries: Vec<Entry> =
            files.into_iter().filter_map(|(name, bytes)| Entry::from_file_name(&name, bytes)).collect();
        entries.sort_unstable_by_key(|entry| entry.id);
        Ok(entries)
    }

    /// The sentence beside a payload in quarantine, at most 4 KiB of it.
    fn reason(&self, entry: &Entry) -> String {
        let text = self.disk.read(&self.quarantine.join(reason_name(&entry.file_name())), 4096);
        text.map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
    }

    /// Gives these up. Reasons go after what they are about is gone for good: in between, a crash might bring one back
    /// without the other.
    pub(super) fn give_up(&self, entries: &[Entry]) -> Result<(), SpoolError> {
        if entries.is_empty() {
            return Ok(());
        }
        for entry in entries {
            let path = self.quarantine.join(entry.file_name());
            self.disk.remove(&path).map_err(SpoolError::at(&path))?;
        }
        self.disk.sync_folder(&self.quarantine).map_err(SpoolError::at(&self.quarantine))?;
        let kept: BTreeSet<String> =
            self.quarantined()?.iter().map(|entry| reason_name(&entry.file_name())).collect();
        let names = self.disk.list(&self.quarantine).map_err(SpoolError::at(&self.quarantine))?;
        for (name, _) in names.into_iter().filter(|(name, _)| name.ends_with(REASON) && !kept.contains(name))
        {
            let _: io::Result<()> = self.disk.remove(&self.quarantine.join(name));
        }
        Ok(())
    }
}

const TEMPORARY: &str = ".tmp";
const REASON: &str = ".why";

fn reason_name(name: &str) -> String {
    format!("{}{REASON}", name.strip_suffix(".sealed").unwrap_or(name))
}
