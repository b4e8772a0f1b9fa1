//! How much of the disk is left to others: the database, and the server's own files, need room that no payload may take.

use std::io;
use std::path::PathBuf;

/// The disk of a folder, and what of it is to stay free.
#[derive(Clone, Debug)]
pub(super) struct Room {
    folder: PathBuf,
    /// Octets; when not given, what suffices for a disk of its size.
    keep_free: Option<u64>,
}

/// What a disk has, in octets.
struct Disk {
    size: u64,
    /// For whoever is not root.
    free: u64,
}

impl Room {
    pub(super) fn new(folder: PathBuf, keep_free: Option<u64>) -> Self {
        Self { folder, keep_free }
    }

    /// Fails when so many octets more would leave less than is to stay free. Where a system does not say what is free, the disk
    /// itself decides.
    pub(super) fn require(&self, octets: u64) -> io::Result<()> {
        match self.disk() {
            Some(disk) if !disk.has_room(octets, self.keep_free) => Err(io::Error::new(
                io::ErrorKind::StorageFull,
                format!("only {} octets of the disk are free", disk.free),
            )),
            _ => Ok(()),
        }
    }

    #[cfg(unix)]
    fn disk(&self) -> Option<Disk> {
        let disk = rustix::fs::statvfs(&self.folder).ok()?;
        let octets = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        // What counts no blocks has no bound that could be asked for.
        (disk.f_blocks > 0).then(|| Disk { size: octets(disk.f_blocks), free: octets(disk.f_bavail) })
    }

    #[cfg(not(unix))]
    fn disk(&self) -> Option<Disk> {
        let _ = &self.folder;
        None
    }
}

impl Disk {
    fn has_room(&self, octets: u64, keep_free: Option<u64>) -> bool {
        let keep_free = keep_free.unwrap_or_else(|| MOST_KEPT_FREE.min(self.size / 20));
        self.free.checked_sub(octets).is_some_and(|free| free >= keep_free)
    }
}

/// A twentieth of a disk, or this if that is more.
const MOST_KEPT_FREE: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;

    #[test]
    fn what_is_to_stay_free_is_what_was_set_or_fits_the_size_of_the_disk() {
        let disk = |size: u64, free: u64| Disk { size: size << 20, free: free << 20 };
        assert!(disk(10_000, 65).has_room(1 << 20, None) && !disk(10_000, 64).has_room(1, None));
        assert!(disk(100, 5).has_room(0, None) && !disk(100, 5).has_room(1, None));
        assert!(disk(100, 5).has_room(5 << 20, Some(0)) && !disk(100, 5).has_room((5 << 20) + 1, Some(0)));
        assert!(!disk(10_000, 99).has_room(0, Some(100 << 20)) && !disk(100, 5).has_room(u64::MAX, Some(0)));
    }

    #[cfg(unix)]
    #[test]
    fn a_disk_says_what_is_free_and_what_has_none_to_count_is_not_asked() {
        let folder = tempfile::tempdir().unwrap();
        let room = |keep_free| Room::new(folder.path().to_owned(), keep_free);
        room(Some(0)).require(0).unwrap();
        assert_eq!(room(Some(u64::MAX)).require(0).unwrap_err().kind(), io::ErrorKind::StorageFull);
        Room::new("/proc".into(), Some(u64::MAX)).require(0).unwrap();
    }
}
