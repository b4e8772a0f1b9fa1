use crate::durable;
use std::any::Any;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// What a spool asks of a file system. [`OsDisk`] is the usual one; tests have others, which lose what was not synced.
///
/// Paths lie within the folder that the spool was opened in. A name is durable after [`Self::sync_folder`] of the
/// folder that it is in, content as said below.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Makes a folder and its parents, for its owner alone where the system knows modes.
    ///
    /// # Errors
    /// As the file system says, here and below.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;
    /// Names and sizes of the files in a folder.
    ///
    /// # Errors
    /// As the file system says.
    fn list(&self, folder: &Path) -> io::Result<Vec<(String, u64)>>;
    /// The content of a file, no more than `at_most` octets of it.
    ///
    /// # Errors
    /// As the file system says.
    fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>>;
    /// Makes a new file, for its owner alone, with this content, which is durable then; its name is not.
    ///
    /// # Errors
    /// As the file system says; what was written is then removed again, if that is possible.
    fn write_new(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// Makes new files as [`Self::write_new`] does; the content of all of them is durable then, in no particular order
    /// until then. [`OsDisk`] writes and syncs several at a time.
    ///
    /// # Errors
    /// As the file system says; some of them may have been written.
    fn write_all_new(&self, files: &[(PathBuf, &[u8])]) -> io::Result<()> {
        files.iter().try_for_each(|(path, content)| self.write_new(path, content))
    }
    /// Adds to the end of a file that is there; durable then.
    ///
    /// # Errors
    /// As the file system says; some of it may have been added.
    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// Cuts a file off behind `length` octets; durable then.
    ///
    /// # Errors
    /// As the file system says.
    fn truncate(&self, path: &Path, length: u64) -> io::Result<()>;
    /// Gives a file another name, whole or not at all, replacing what has that name.
    ///
    /// # Errors
    /// As the file system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// As the file system says.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// As the file system says.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Holds a lock file until the value is dropped; `None` when another process holds it.
    ///
    /// # Errors
    /// As the file system says.
    fn lock(&self, path: &Path) -> io::Result<Option<Lock>>;
}

/// A lock that is held.
pub type Lock = Box<dyn Any + Send + Sync>;

/// The file system of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsDisk;

impl Disk for OsDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        durable::create_private_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for item in fs::read_dir(folder)? {
            let item = item?;
            let metadata = item.metadata()?;
            if metadata.is_file() {
                files.push((item.file_name().to_string_lossy().into_owned(), metadata.len()));
            }
        }
        Ok(files)
    }

    fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        File::open(path)?.take(at_most).read_to_end(&mut content)?;
        Ok(content)
    }

    fn write_new(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        durable::write_new(path, content)
    }

    fn write_all_new(&self, files: &[(PathBuf, &[u8])]) -> io::Result<()> {
        durable::write_all_new(files)
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = fs::OpenOptions::new().append(true).open(path)?;
        file.write_all(content)?;
        file.sync_data()
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let file = fs::OpenOptions::new().write(true).open(path)?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        durable::sync_folder(folder)
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Lock>> {
        let file = durable::private_file().create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_that_is_not_there_is_removed_without_a_word() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        OsDisk.write_new(&file, b"content").unwrap();
        OsDisk.remove(&file).unwrap();
        assert!(!file.exists());
        OsDisk.remove(&file).unwrap();
        assert!(OsDisk.remove(folder.path()).is_err(), "a folder is no file");
    }

    #[test]
    fn a_folder_that_is_not_there_cannot_be_made_durable() {
        let folder = tempfile::tempdir().unwrap();
        OsDisk.sync_folder(folder.path()).unwrap();
        if cfg!(unix) {
            assert!(OsDisk.sync_folder(&folder.path().join("none")).is_err());
        }
    }
}
