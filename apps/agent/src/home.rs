//! The agent's data folder: what is where.
//!
//! ```text
//! DATA/agent.toml            the administrator's settings
//! DATA/identity/             certificate chain, private key, trust anchors, server URL; the key for pseudonyms;
//!                            the last checkpoints of both logs once more
//! DATA/spool/                sealed payloads that wait
//! DATA/downloads/            files from the server: firmware, software
//! DATA/state/                what the agent remembers between runs; the consents of the site; whose the spool is
//! DATA/audit.log             what the agent did, hash-chained
//! DATA/exchanges.log         every exchange with the server, in a chain of its own
//! DATA/secrets.key           what the secrets here are sealed under, where it is nowhere else
//! DATA/secrets.key.next      what takes its place, while everything is sealed anew
//! DATA/secrets.lock          held while that is made
//! DATA/lock                  held while an agent works on this folder
//! ```

use crate::failure::{Context, ExitCode, Failure};
use crate::vault::Vault;
use remote_services_core::backoff::Backoff;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::durable::{self, create_private_folder};
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The data folder: held by this process alone until dropped, or only looked at.
pub struct Home {
    root: PathBuf,
    lock: Option<File>,
    vault: Vault,
}

impl Home {
    /// Opens the folder, making it when it is not there.
    ///
    /// # Errors
    /// When it cannot be made or written, or another agent works on it.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        belongs_to_this_user(root)?;
        for folder in [root.to_owned(), root.join("identity"), root.join("state")] {
            create_private_folder(&folder)
                .context(format_args!("cannot make the data folder {}", folder.display()))?;
        }
        let path = root.join("lock");
        let lock = durable::private_file()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| unwritable(root, &error))?;
        make_private(&lock).context(path.display())?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { lock: Some(lock), ..Self::look(root) }),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::failed(format_args!("another agent is at work on {}", root.display())))
            }
            Err(TryLockError::Error(error)) => {
                Err(Failure::failed(format_args!("cannot lock {}: {error}", path.display())))
            }
        }
    }

    /// Opens with `open` what is in the folder `root`, as often as it takes until the disk takes writes: a disk that
    /// is mounted read-only or full is told once, and mended by somebody meanwhile.
    ///
    /// # Errors
    /// Those of `open` while the disk takes writes, and that the stop flag was set.
    pub fn patiently<T>(
        root: &Path,
        stop: &StopFlag,
        mut open: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (mut pace, mut told) = (PACE_OF_DISKS, false);
        loop {
            let failure = match open() {
                Err(failure) if failure.code == ExitCode::Failed => failure,
                ended => return ended,
            };
            let Some(error) = refusal(root) else {
                // It may have been mended in between: the next failure is of another kind.
                return if told { open() } else { Err(failure) };
            };
            if !std::mem::replace(&mut told, true) {
                let why = unwritable(root, &error);
                if failure.sentence != why.sentence {
                    tell!("{failure}");
                }
                tell!("{why}: nothing is read or sent until then, and it is tried again and again");
            }
            if stop.wait(pace.next_wait(0, None)) {
                return Err(Failure::interrupted());
            }
        }
    }

    /// The folder to leave a word in for the agent that may be at work on it.
    ///
    /// # Errors
    /// When there is none, or the agent is another user's, and could not read it.
    pub fn beside(root: &Path) -> Result<Self, Failure> {
        belongs_to_this_user(root).and_then(|()| Self::existing(root))
    }

    /// The folder to look at, as [`Home::look`], where a mistyped name must not look like a folder in which nothing is wrong.
    ///
    /// # Errors
    /// When there is none.
    pub fn existing(root: &Path) -> Result<Self, Failure> {
        match root.try_exists() {
            Ok(false) => Err(Failure::usage(format_args!(
                "there is no data folder {}: register this agent first",
                root.display()
            ))),
            _ => Ok(Self::look(root)),
        }
    }

    /// The folder to look at, while an agent may be at work on it: nothing may be written.
    #[must_use]
    pub fn look(root: &Path) -> Self {
        Self { root: root.to_owned(), lock: None, vault: Vault::new(None, Some(root)) }
    }

    /// The same, where this file holds the key of the secrets.
    #[must_use]
    pub fn with_secrets_key(self, file: Option<&Path>) -> Self {
        let vault = Vault::new(file, Some(&self.root));
        Self { vault, ..self }
    }

    /// Whoever opens and seals the secrets of this folder.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
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

    /// The log of exchanges with the server.
    #[must_use]
    pub fn exchanges(&self) -> PathBuf {
        self.root.join("exchanges.log")
    }

    /// A copy of the last checkpoint of the log of exchanges, away from it.
    #[must_use]
    pub fn exchanges_mark(&self) -> PathBuf {
        self.identity("exchanges.checkpoint")
    }

    /// The administrator's settings.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.root.join("agent.toml")
    }
}

/// Whoever can read the file can lock it, and keep the agent from starting. Earlier versions made it for all to read.
#[cfg(unix)]
fn make_private(lock: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = lock.metadata()?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { lock.set_permissions(std::fs::Permissions::from_mode(0o600)) }
}

#[cfg(not(unix))]
fn make_private(_: &File) -> io::Result<()> {
    Ok(())
}

/// Whether what is written here can be read by the agent whose folder it is: root may write anywhere, and what it writes
/// nobody else opens. Nor should root follow the names in a folder that others can change.
#[cfg(unix)]
fn belongs_to_this_user(root: &Path) -> Result<(), Failure> {
    belongs_to(root, rustix::process::geteuid().as_raw())
}

#[cfg(unix)]
fn belongs_to(root: &Path, user: u32) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt as _;
    // Who made the folder itself may have been somebody else, such as an installer.
    let Ok(state) = std::fs::metadata(root.join("state")) else { return Ok(()) };
    let owner = state.uid();
    if owner == user {
        return Ok(());
    }
    Err(Failure::usage(format_args!(
        "the data folder {} is at work for user {owner}, and this is user {user}: do it as that user, such as by sudo -u '#{owner}', or \
         chown -R the folder first",
        root.display()
    )))
}

#[cfg(not(unix))]
fn belongs_to_this_user(_: &Path) -> Result<(), Failure> {
    Ok(())
}

/// Why the disk of a folder takes no writes, where that is a state of the disk and no mistake in the name.
fn refusal(root: &Path) -> Option<io::Error> {
    let path = root.join("state").join(PROBE);
    let written = durable::private_file()
        .create(true)
        .truncate(true)
        .open(&path)
        .and_then(|mut file| file.write_all(&[0; 4096]).and_then(|()| file.sync_all()));
    // It cannot be there where it could not be written.
    let _ = std::fs::remove_file(&path);
    written.err().filter(is_of_the_disk)
}

fn is_of_the_disk(error: &io::Error) -> bool {
    error.kind() == ErrorKind::ReadOnlyFilesystem || durable::is_full(error)
}

fn unwritable(root: &Path, error: &io::Error) -> Failure {
    let what_to_do = match error.kind() {
        ErrorKind::ReadOnlyFilesystem => "; mount its disk for writing",
        _ if durable::is_full(error) => "; make room on its disk",
        _ => "",
    };
    Failure::failed(format_args!("cannot write in the data folder {}: {error}{what_to_do}", root.display()))
}

/// A file of the state folder that is there for a moment only.
const PROBE: &str = "disk.probe";
const PACE_OF_DISKS: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));

/// Removes a file, which may not be there.
pub(crate) fn remove(path: &Path) -> Result<(), Failure> {
    gone(path, std::fs::remove_file(path))
}

/// Removes a folder with all that is in it, which may not be there.
pub(crate) fn remove_folder(path: &Path) -> Result<(), Failure> {
    gone(path, std::fs::remove_dir_all(path))
}

fn gone(path: &Path, removed: io::Result<()>) -> Result<(), Failure> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).context(path.display()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_disk_that_takes_no_writes_is_waited_for_and_other_failures_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let (root, stop) = (folder.path(), StopFlag::new());
        drop(Home::open(root).unwrap());
        // The probe goes to a disk that is always full, and to this one as soon as it is gone.
        let fill = || std::os::unix::fs::symlink("/dev/full", root.join("state").join(PROBE)).unwrap();
        fill();
        let mut tries = 0;
        let opened = Home::patiently(root, &stop, || {
            tries += 1;
            if tries < 2 { Err(Failure::failed("audit log: no room")) } else { Ok(tries) }
        });
        assert_eq!(opened.unwrap(), 2);
        assert!(!root.join("state").join(PROBE).exists());

        let mut tries = 0;
        let failure = Home::patiently(root, &stop, || -> Result<(), _> {
            tries += 1;
            Err(Failure::failed("devices.json is damaged"))
        });
        assert_eq!((failure.unwrap_err().sentence.as_str(), tries), ("devices.json is damaged", 1));
        fill();
        let failure = Home::patiently(root, &stop, || -> Result<(), _> { Err(Failure::usage("no targets")) });
        assert_eq!(failure.unwrap_err().code, ExitCode::Usage);
        stop.stop();
        let failure = Home::patiently(root, &stop, || -> Result<(), _> { Err(Failure::failed("no room")) });
        assert_eq!(failure.unwrap_err().code, ExitCode::Interrupted);
    }

    #[test]
    fn what_to_do_about_a_disk_is_in_the_sentence() {
        for (kind, words) in [
            (ErrorKind::ReadOnlyFilesystem, "mount its disk for writing"),
            (ErrorKind::StorageFull, "make room on its disk"),
        ] {
            let sentence = unwritable(Path::new("/data"), &kind.into()).sentence;
            assert!(sentence.contains("/data") && sentence.contains(words), "{sentence}");
        }
    }

    #[test]
    fn a_second_agent_on_the_same_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = Home::open(folder.path()).unwrap();
        assert!(Home::open(folder.path()).err().unwrap().sentence.contains("another agent"));
        drop(first);
        assert!(Home::open(folder.path()).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_hold_the_lock() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = || std::fs::metadata(folder.path().join("lock")).unwrap().permissions().mode() & 0o777;
        drop(Home::open(folder.path()).unwrap());
        assert_eq!(mode(), 0o600);
        // As earlier versions made it.
        std::fs::set_permissions(folder.path().join("lock"), std::fs::Permissions::from_mode(0o644)).unwrap();
        drop(Home::open(folder.path()).unwrap());
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn a_mistyped_folder_is_no_folder_in_which_nothing_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let typo = folder.path().join("typo");
        for opened in [Home::existing(&typo), Home::beside(&typo)] {
            let failure = opened.err().unwrap();
            assert_eq!(failure.code, ExitCode::Usage);
            assert!(failure.sentence.starts_with("there is no data folder "), "{failure}");
        }
        assert!(!typo.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_takes_nothing_from_another_user_than_its_agents_not_even_from_root() {
        let folder = tempfile::tempdir().unwrap();
        let (root, own) = (folder.path(), rustix::process::geteuid().as_raw());
        assert!(belongs_to(root, own + 1).is_ok(), "nobody works on it yet");
        drop(Home::open(root).unwrap());
        assert!(Home::beside(root).is_ok());
        let failure = belongs_to(root, own + 1).unwrap_err();
        assert_eq!(failure.code, ExitCode::Usage);
        let what_to_do = format!("sudo -u '#{own}'");
        assert!(failure.sentence.contains(&what_to_do), "{failure}");
    }
}
