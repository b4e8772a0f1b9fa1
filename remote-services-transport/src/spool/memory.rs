//! A disk in memory that fails when it is full alone, and is never full unless a test says so.

use super::{Disk, Lock, Spool, SpoolLimits};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    files: Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>,
    /// Octets of all files together, when there is an end to them.
    room: Arc<Mutex<Option<usize>>>,
}

impl Memory {
    /// Opens a spool on it, again and again.
    pub(crate) fn spool(&self) -> Spool {
        Spool::open_on(Arc::new(self.clone()), Path::new("/spool"), SpoolLimits::default()).unwrap().0
    }

    /// Leaves room for so many octets more. Then files that grow do so as far as there is room, and as on some file systems
    /// nothing can be cut off.
    pub(crate) fn fill_but(&self, octets: usize) {
        *self.room.lock().unwrap() = Some(self.octets() + octets);
    }

    fn octets(&self) -> usize {
        self.files().values().map(Vec::len).sum()
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Vec<u8>>> {
        self.files.lock().unwrap()
    }

    fn file<T>(&self, path: &Path, what: impl FnOnce(&mut Vec<u8>) -> T) -> io::Result<T> {
        self.files().get_mut(path).map(what).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for Memory {
    fn create_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, u64)>> {
        let files = self.files();
        let here = files.iter().filter(|(path, _)| path.parent() == Some(folder));
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        Ok(here.map(|(path, content)| (name(path), content.len() as u64)).collect())
    }

    fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
        self.file(path, |content| content[..content.len().min(usize::try_from(at_most).unwrap())].to_vec())
    }

    fn write_new(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        assert!(self.files().insert(path.to_owned(), content.to_vec()).is_none(), "{}", path.display());
        Ok(())
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let left = self.room.lock().unwrap().map_or(usize::MAX, |room| room.saturating_sub(self.octets()));
        let fits = content.get(..left).unwrap_or(content);
        self.file(path, |before| before.extend_from_slice(fits))?;
        if fits == content { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        if self.room.lock().unwrap().is_some() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file(path, |content| content.truncate(usize::try_from(length).unwrap()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let content = self.files().remove(from).ok_or(io::ErrorKind::NotFound)?;
        self.files().insert(to.to_owned(), content);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.files().remove(path);
        Ok(())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self, _: &Path) -> io::Result<Option<Lock>> {
        Ok(Some(Box::new(())))
    }
}
