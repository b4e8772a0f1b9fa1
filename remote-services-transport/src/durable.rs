//! Files that survive a power cut: written beside, synced, renamed, and the folder synced.
//!
//! What differs between operating systems is here and nowhere else in this crate: modes of private files, and
//! syncing a folder, which only Unix can; elsewhere the file system's own journal has to do.

mod kept;

pub use kept::Kept;
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Creates a folder and its parents; where the system knows modes, only the owner may enter.
///
/// # Errors
/// As the operating system says.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options that make a new file which, where the system knows modes, only its owner may read.
#[must_use]
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// What tells a file from another that takes its name.
#[cfg(unix)]
pub(crate) fn place(data: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((data.dev(), data.ino()))
}

/// What tells a file from another that takes its name: nothing here.
#[cfg(not(unix))]
pub(crate) fn place(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// Writes a new private file and syncs its content; its name is durable after [`sync_folder`].
///
/// # Errors
/// As the operating system says; what was written is then removed again.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = private_file().create_new(true).open(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    if written.is_err() {
        drop(file);
        // The first error is the one to tell; a leftover is removed at the next start.
        let _ = std::fs::remove_file(path);
    }
    written
}

/// Writes new private files and syncs the content of each, several at a time: a journalling file system then makes many
/// durable with one write of its journal. Their names are durable after [`sync_folder`].
///
/// # Errors
/// The first that the operating system says; some files may have been written then.
pub fn write_all_new<P: AsRef<Path> + Sync>(files: &[(P, &[u8])]) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let write = || {
        while let Some((path, content)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = write_new(path.as_ref(), content) {
                next.store(files.len(), Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        // A system that gives no further thread is no error: this one writes them all.
        let others: Vec<_> = (1..files.len().min(AT_A_TIME))
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, write).ok())
            .collect();
        let own = write();
        let joined = others.into_iter().map(|other| {
            other.join().unwrap_or_else(|_| Err(io::Error::other("a thread that writes files ended")))
        });
        joined.fold(own, Result::and)
    })
}

/// Files that are synced at the same time.
const AT_A_TIME: usize = 8;

/// Replaces a private file so that after a crash either the old or the new content is there, whole.
///
/// # Errors
/// As the operating system says.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_new(&beside, content)?;
    std::fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable.
///
/// # Errors
/// As the operating system says.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Whether a write failed because there is no room for it: the disk is full, or what this user may take of it is used up.
/// More room would help, and nothing else of it is wrong.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_is_full_and_one_that_takes_no_writes_is_not() {
        assert!(
            [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded].map(Into::into).iter().all(is_full)
        );
        assert!(!is_full(&io::ErrorKind::ReadOnlyFilesystem.into()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_written_to_a_full_disk_says_so() {
        let mut full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert!(is_full(&full.write_all(b"x").unwrap_err()));
    }

    #[test]
    fn replaces_a_file_even_when_an_earlier_try_left_something() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        std::fs::write(folder.path().join("key.new"), "half").unwrap();
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn many_files_are_written_whole_and_one_that_is_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let contents: Vec<Vec<u8>> =
            (0..100_u8).map(|number| vec![number; 1 + usize::from(number)]).collect();
        let named = |first: usize| -> Vec<_> {
            let path = |number: usize| folder.path().join((first + number).to_string());
            contents.iter().enumerate().map(|(number, content)| (path(number), &content[..])).collect()
        };
        write_all_new(&named(0)).unwrap();
        for (path, content) in named(0) {
            assert_eq!(std::fs::read(path).unwrap(), content);
        }
        assert_eq!(write_all_new(&named(99)).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(folder.path().join("99")).unwrap(), contents[99], "it is not touched");
        write_all_new::<&Path>(&[]).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn private_means_that_only_the_owner_reads() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er");
        create_private_folder(&path).unwrap();
        write_new(&path.join("file"), b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("file"))), (0o700, 0o600));
    }
}
