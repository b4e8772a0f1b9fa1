//! The agent's data folder: what is where.
//!
//! ```text
//! DATA/agent.toml            the administrator's settings
//! DATA/identity/             certificate chain, private key, trust anchors, server URL; the key for pseudonyms;
//!                            the last checkpoint of the audit log once more
//! DATA/spool/                sealed payloads that wait
//! DATA/downloads/            files from the server: firmware, software
//! DATA/state/                what the agent remembers between runs; the consents of the site; whose the spool is
//! DATA/audit.log             every exchange, hash-chained
//! DATA/lock                  held while an agent works on this folder
//! ```

use crate::failure::{Context, Failure};
use remote_services_transport::durable::create_private_folder;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// The data folder: held by this process alone until dropped, or only looked at.
pub struct Home {
    root: PathBuf,
    lock: Option<File>,
}

impl Home {
    /// Opens the folder, making it when it is not there.
    ///
    /// # Errors
    /// When it cannot be made or written, or another agent works on it.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        for folder in [root.to_owned(), root.join("identity"), root.join("state")] {
            create_private_folder(&folder)
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
            Ok(()) => Ok(Self { root: root.to_owned(), lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::failed(format_args!("another agent is at work on {}", root.display())))
            }
            Err(TryLockError::Error(error)) => {
                Err(Failure::failed(format_args!("cannot lock {}: {error}", path.display())))
            }
        }
    }

    /// The folder to look at, while an agent may be at work on it: nothing may be written.
    #[must_use]
    pub fn look(root: &Path) -> Self {
        Self { root: root.to_owned(), lock: None }
    }

    /// Whether this process holds the folder and may write in it.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.lock.is_some()
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

    /// The consents of the site.
    #[must_use]
    pub fn consents(&self) -> PathBuf {
        self.state("consents.json")
    }

    /// The spool folder.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.root.join("spool")
    }

    /// Files on their way from the server.
    #[must_use]
    pub fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.root.join("audit.log")
    }

    /// A copy of the last checkpoint of the audit log, away from it.
    #[must_use]
    pub fn audit_mark(&self) -> PathBuf {
        self.identity("audit.checkpoint")
    }

    /// The administrator's settings.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.root.join("agent.toml")
    }
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
}
