use crate::durable::is_full;
use std::io;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Why the spool did not do as asked. Nothing that it had said to be safe is lost by it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// No room on the disk.
    #[error("the disk is full: nothing more can be kept in {}", .0.display())]
    DiskFull(PathBuf),
    /// The file system takes no writes.
    #[error("the disk is read-only: nothing can be kept in {}", .0.display())]
    ReadOnly(PathBuf),
    /// Another process has this spool open.
    #[error("the spool {} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// The payload alone exceeds the spool's limit.
    #[error("a payload of {bytes} octets does not fit in a spool of {limit}")]
    TooLarge {
        /// Its size in octets.
        bytes: u64,
        /// The limit in octets.
        limit: u64,
    },
    /// The spool is full of more important payloads.
    #[error("the spool is full, and all that waits in it is more important")]
    Full,
    /// Another payload has or had this name.
    #[error("another payload was already kept under the name {0}")]
    NameTaken(Uuid),
    /// No such payload.
    #[error("no payload {0} waits in the spool")]
    Unknown(Uuid),
    /// It was set aside since another identity than this client's sealed it.
    #[error("the payload {0} is of another identity: this client may not send it")]
    Withheld(Uuid),
    /// The disk gives back other bytes than it was given.
    #[error("the payload {0} was damaged on this machine's disk")]
    Damaged(Uuid),
    /// Anything else that the disk says.
    #[error("{}: {source}", .path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
}

impl SpoolError {
    /// Names the file or folder that an error is about.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| match source.kind() {
            _ if is_full(&source) => Self::DiskFull(path.to_owned()),
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path.to_owned()),
            _ => Self::Disk { path: path.to_owned(), source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_in_words() {
        let error = SpoolError::at(Path::new("/spool"))(io::ErrorKind::StorageFull.into());
        assert_eq!(error.to_string(), "the disk is full: nothing more can be kept in /spool");
        let error = SpoolError::at(Path::new("/spool"))(io::ErrorKind::ReadOnlyFilesystem.into());
        assert_eq!(error.to_string(), "the disk is read-only: nothing can be kept in /spool");
        let error = SpoolError::at(Path::new("/spool"))(io::ErrorKind::PermissionDenied.into());
        assert_eq!(error.to_string(), "/spool: permission denied");
    }
}
