//! The agent's data folder: what is where, and how files in it are replaced without ever being half written.
//!
//! ```text
//! DATA/agent.toml            the administrator's settings
//! DATA/identity/             certificate chain, private key (0600), trust anchor, server URL, client id
//! DATA/spool/                sealed payloads that wait
//! DATA/state/                what the agent remembers between runs
//! DATA/audit.log             every exchange, hash-chained
//! DATA/lock                  held while an agent works on this folder
//! ```

use crate::failure::{Context, Failure};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The data folder, held by this process alone until dropped.
pub struct Home {
    root: PathBuf,
    _lock: File,
}

impl Home {
    /// Opens the folder, making it when it is not there.
    ///
    /// # Errors
    /// When it cannot be made or written, or another agent works on it.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        for folder in [root.to_owned(), root.join("identity"), root.join("state")] {
            make_private(&folder)
                .context(format_args!("cannot make the data folder {}", folder.display()))?;
        }
        let path = root.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .context(format_args!("cannot write in the data folder {}", root.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::failed(format_args!("another agent is at work on {}", root.display())))
            }
            Err(TryLockError::Error(error)) => {
                Err(Failure::failed(format_args!("cannot lock {}: {error}", path.display())))
            }
        }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file of the identity folder.
    #[must_use]
    pub fn identity(&self, name: &str) -> PathBuf {
        self.root.join("identity").join(name)
    }

    /// A file of the state folder.
    #[must_use]
    pub fn state(&self, name: &str) -> PathBuf {
        self.root.join("state").join(name)
    }

    /// The spool folder.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.root.join("spool")
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.root.join("audit.log")
    }

    /// The administrator's settings.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.root.join("agent.toml")
    }
}

/// Replaces a file as a whole: after a crash there is the old content or the new, never a mixture.
/// Only the owner can read it.
///
/// # Errors
/// As the operating system gives them; the old content is untouched.
pub fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let temporary = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_agent_on_the_same_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = Home::open(folder.path()).unwrap();
        assert!(Home::open(folder.path()).err().unwrap().sentence.contains("another agent"));
        drop(first);
        assert!(Home::open(folder.path()).is_ok());
    }

    #[test]
    fn a_replaced_file_has_the_new_content_and_leaves_no_temporary() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("devices.json");
        replace_file(&path, b"old").unwrap();
        replace_file(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
