//! How much room a disk has, and how much of it a download leaves to others.
//!
//! A download that fills the disk takes it from readings, which come only once. So none is begun that would leave less
//! than what the spool may still take, though no more than 64 MiB and no less than 1 MiB: state, audit log and the spool
//! grow slowly, and what is on its way goes when it is installed. Where a system does not say what is free, the disk itself
//! decides: a download that meets its end is removed.

use std::path::Path;

/// Octets that are free on a disk for whoever is not root, where the system says so.
pub type Free = fn(&Path) -> Option<u64>;

/// Octets that are free where this folder is, or is to be.
#[cfg(unix)]
#[must_use]
pub fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(there(folder)?).ok()?;
    // What counts no blocks has no bound that could be asked for.
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Octets that are free where this folder is, or is to be: not asked here.
#[cfg(not(unix))]
#[must_use]
pub fn free(_: &Path) -> Option<u64> {
    None
}

/// Octets that are to stay free, where the spool may take so many more.
#[must_use]
pub(crate) fn reserve(spool: u64) -> u64 {
    spool.clamp(LEAST, MOST)
}

/// Whether there is next to no room left, as far as that is known.
pub(crate) fn is_nearly_full(folder: &Path, free: Free) -> bool {
    free(folder).is_some_and(|free| free < LEAST)
}

/// Whether two folders share their room.
#[cfg(unix)]
pub(crate) fn shared(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let disk = |folder| Some(there(folder)?.metadata().ok()?.dev());
    disk(one).is_some_and(|one| disk(other) == Some(one))
}

/// Whether two folders share their room: for all that is known here they do.
#[cfg(not(unix))]
pub(crate) fn shared(_: &Path, _: &Path) -> bool {
    true
}

/// The folder, or the nearest above it that is there.
#[cfg(unix)]
fn there(folder: &Path) -> Option<&Path> {
    folder
        .ancestors()
        .map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above })
        .find(|above| above.exists())
}

const LEAST: u64 = 1 << 20;
const MOST: u64 = 64 << 20;

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_to_be_has_the_room_of_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("not/there");
        assert!(free(folder.path()).is_some() && free(&deep).is_some());
        assert!(shared(folder.path(), &deep) && !shared(&deep, Path::new("/proc")));
        assert_eq!(free(Path::new("/proc")), None, "it has no blocks to count");
    }

    #[test]
    fn what_the_spool_may_still_take_stays_free_within_bounds() {
        assert_eq!([0, 5 << 20, u64::MAX].map(reserve), [LEAST, 5 << 20, MOST]);
    }
}
