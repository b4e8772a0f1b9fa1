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
    withheld: PathBuf,
}

/// Where in a spool a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Among those that wait to be sent.
    Waiting,
    /// What the server would never take, or was damaged ([`Spool::quarantine`](super::Spool::quarantine)).
    Quarantine,
    /// What this client may not send ([`Spool::withhold_all`](super::Spool::withhold_all)).
    Withheld,
}

impl Place {
    /// The places of what was set aside, in the order in which they give up what there is no room for.
    pub(super) const ASIDE: [Self; 2] = [Self::Withheld, Self::Quarantine];
}

impl Folders {
    /// Makes the folders and takes the lock, which lasts as long as its value.
    pub(super) fn open(disk: &Arc<dyn Disk>, folder: &Path) -> Result<(Self, Lock), SpoolError> {
        let folders = Self::at(Arc::clone(disk), folder);
        for made in [&folders.pending, &folders.quarantine] {
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
        Ok((folders, lock))
    }

    /// The folders of a spool that another process may have open: to be read only.
    pub(super) fn look(folder: &Path) -> Self {
        Self::at(Arc::new(OsDisk), folder)
    }

    fn at(disk: Arc<dyn Disk>, folder: &Path) -> Self {
        let [pending, quarantine, withheld] =
            ["pending", "quarantine", "withheld"].map(|name| folder.join(name));
        Self { disk, pending, quarantine, withheld }
    }

    fn place(&self, place: Place) -> &Path {
        match place {
            Place::Waiting => &self.pending,
            Place::Quarantine => &self.quarantine,
            Place::Withheld => &self.withheld,
        }
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
                let first = recovery.first_foreign.take();
                recovery.first_foreign = Some(first.map_or(name.clone(), |first| first.min(name)));
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

    /// Moves payloads out of the way, their reasons first, so that no payload is ever without one.
    pub(super) fn set_aside(&self, entries: &[Entry], place: Place, why: &str) -> Result<(), SpoolError> {
        self.shift(entries, &self.pending, place, why)
    }

    /// Withholds what is in quarantine; its reasons are kept in front of the new one.
    pub(super) fn withhold_quarantined(&self, why: &str) -> Result<usize, SpoolError> {
        let aside = self.aside_with_reasons(Place::Quarantine)?;
        for (entry, known) in &aside {
            self.shift(&[*entry], &self.quarantine, Place::Withheld, &format!("{known}; {why}"))?;
            let _ = self.disk.remove(&self.quarantine.join(reason_name(&entry.file_name())));
        }
        Ok(aside.len())
    }

    fn shift(&self, entries: &[Entry], from: &Path, place: Place, why: &str) -> Result<(), SpoolError> {
        let (disk, folder) = (&self.disk, self.place(place));
        let named = |entry: &Entry| folder.join(reason_name(&entry.file_name()));
        let beside = |entry: &Entry| named(entry).with_extension("new");
        let reasons: Vec<(PathBuf, &[u8])> =
            entries.iter().map(|entry| (beside(entry), why.as_bytes())).collect();
        let moved = || {
            if place == Place::Withheld {
                disk.create_folder(folder)?;
                folder.parent().map_or(Ok(()), |parent| disk.sync_folder(parent))?;
            }
            reasons.iter().try_for_each(|(path, _)| disk.remove(path))?;
            disk.write_all_new(&reasons)?;
            entries.iter().try_for_each(|entry| disk.rename(&beside(entry), &named(entry)))?;
            disk.sync_folder(folder)?;
            entries.iter().try_for_each(|entry| {
                let name = entry.file_name();
                disk.rename(&from.join(&name), &folder.join(&name))
            })?;
            disk.sync_folder(folder)?;
            disk.sync_folder(from)
        };
        moved().map_err(SpoolError::at(folder))
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

    /// What is in a place, oldest first, with the reasons.
    pub(super) fn aside_with_reasons(&self, place: Place) -> Result<Vec<(Entry, String)>, SpoolError> {
        Ok(self.aside(place)?.into_iter().map(|entry| (entry, self.reason(&entry, place))).collect())
    }

    /// What is in a place, oldest first.
    pub(super) fn aside(&self, place: Place) -> Result<Vec<Entry>, SpoolError> {
        let folder = self.place(place);
        let files = match self.disk.list(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            files => files.map_err(SpoolError::at(folder))?,
        };
        let mut entries: Vec<Entry> =
            files.into_iter().filter_map(|(name, bytes)| Entry::from_file_name(&name, bytes)).collect();
        entries.sort_unstable_by_key(|entry| entry.id);
        Ok(entries)
    }

    /// The sentence beside a payload that is not sent, at most 4 KiB of it.
    fn reason(&self, entry: &Entry, place: Place) -> String {
        let text = self.disk.read(&self.place(place).join(reason_name(&entry.file_name())), 4096);
        text.map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
    }

    /// Gives these up. Reasons go after what they are about is gone for good: in between, a crash might bring one back
    /// without the other.
    pub(super) fn give_up(&self, entries: &[Entry], place: Place) -> Result<(), SpoolError> {
        let folder = self.place(place);
        if entries.is_empty() {
            return Ok(());
        }
        for entry in entries {
            let path = folder.join(entry.file_name());
            self.disk.remove(&path).map_err(SpoolError::at(&path))?;
        }
        self.disk.sync_folder(folder).map_err(SpoolError::at(folder))?;
        for entry in entries {
            let _ = self.disk.remove(&folder.join(reason_name(&entry.file_name())));
        }
        Ok(())
    }

    /// Removes reasons that a crash left without what they are about.
    pub(super) fn sweep(&self, place: Place) {
        let folder = self.place(place);
        let names: Vec<String> =
            self.disk.list(folder).unwrap_or_default().into_iter().map(|(name, _)| name).collect();
        let sealed = names.iter().filter(|name| Entry::from_file_name(name, 0).is_some());
        let kept: BTreeSet<String> = sealed.map(|name| reason_name(name)).collect();
        for name in names.iter().filter(|name| name.ends_with(REASON) && !kept.contains(*name)) {
            let _ = self.disk.remove(&folder.join(name));
        }
    }
}

const TEMPORARY: &str = ".tmp";
const REASON: &str = ".why";

fn reason_name(name: &str) -> String {
    format!("{}{REASON}", name.strip_suffix(".sealed").unwrap_or(name))
}
