//! Files that settings name, read only if they are regular ones.
//!
//! Whoever opens a pipe (FIFO) waits until somebody writes into it, and what reads for ever does not end when it is asked to; nor
//! is a device or a folder meant. What a person names on the command line may be a pipe all the same, such as a shell's
//! `<(command)`: that one is there for this command alone.

use crate::failure::Failure;
use std::fmt;
use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens it to be read.
///
/// # Errors
/// As the operating system says, and [`NoRegular`].
pub(crate) fn open(path: &Path) -> io::Result<File> {
    // Looked at first: with some devices, to open them does something.
    check(path)?;
    let mut options = OpenOptions::new();
    options.read(true);
    // It may have become a pipe in between: that one is not waited for.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0),
    );
    let file = options.open(path)?;
    is_regular(file.metadata()?.file_type())?;
    Ok(file)
}

/// That it is of no other kind, as far as can be seen: one that is not there may come.
///
/// # Errors
/// [`NoRegular`].
pub(crate) fn check(path: &Path) -> io::Result<()> {
    std::fs::metadata(path).map_or(Ok(()), |found| is_regular(found.file_type()))
}

/// Reads a text.
///
/// # Errors
/// As [`open`], and when it is no UTF-8.
pub(crate) fn read_to_string(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text).map(|_| text)
}

/// Why a file that settings name cannot be used; `what` is what to call it. One that is of another kind is for a person to
/// replace, as settings are that are wrong.
pub(crate) fn failure(what: impl fmt::Display, error: &io::Error) -> Failure {
    let is_of_another_kind =
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<NoRegular>);
    let failure = if is_of_another_kind { Failure::usage } else { Failure::failed };
    failure(format_args!("{what}: {error}"))
}

/// It is something else than a regular file.
#[derive(Debug)]
struct NoRegular(&'static str);

impl fmt::Display for NoRegular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is {} and no regular file: put a file there, or name another", self.0)
    }
}

impl std::error::Error for NoRegular {}

fn is_regular(kind: FileType) -> io::Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, NoRegular(name(kind))))
}

fn name(kind: FileType) -> &'static str {
    if kind.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "a pipe (FIFO)";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    "a device"
}

/// Makes a pipe, which nobody writes into.
#[cfg(all(test, target_os = "linux"))]
pub(crate) fn make_pipe(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::failure::ExitCode;

    #[test]
    fn nothing_but_a_regular_file_is_read_and_nobody_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("file"), "text").unwrap();
        make_pipe(&path("pipe"));
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        std::os::unix::fs::symlink("pipe", path("link-to-pipe")).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        for name in ["file", "link"] {
            assert_eq!(read_to_string(&path(name)).unwrap(), "text");
        }
        for (path, kind) in [
            (path("pipe"), "a pipe (FIFO)"),
            (path("link-to-pipe"), "a pipe (FIFO)"),
            (path("socket"), "a socket"),
            (folder.path().to_owned(), "a folder"),
            ("/dev/zero".into(), "a device"),
        ] {
            let failure = failure(path.display(), &read_to_string(&path).unwrap_err());
            let said = format!("{}: it is {kind} and no regular file: ", path.display());
            assert!(failure.sentence.starts_with(&said), "{failure}");
            assert_eq!(failure.code, ExitCode::Usage);
        }
        drop(socket);
        let failure = failure("x", &read_to_string(&path("none")).unwrap_err());
        assert_eq!(failure.code, ExitCode::Failed, "it may come");
    }
}
