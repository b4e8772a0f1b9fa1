//! Where the disk said no: the path goes with the error as far as people of this machine read it, and no farther.

use crate::why::Why;
use remote_services_transport::software::NotInstalled;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// An error of the disk at a path.
#[derive(Debug)]
struct At {
    path: PathBuf,
    error: io::Error,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for At {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

fn of(error: &io::Error) -> Option<&At> {
    error.get_ref()?.downcast_ref()
}

/// Has an error say where it was, unless it says that already.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> io::Error + '_ {
    move |error| match of(&error) {
        Some(_) => error,
        None => io::Error::new(error.kind(), At { path: path.to_owned(), error }),
    }
}

/// What this means for a version; `folder` is where it was if nobody said more.
pub(super) fn obstructed(error: &io::Error, folder: &Path) -> NotInstalled {
    let (path, error) = said(error, folder);
    NotInstalled::Obstructed { why: error.to_string(), path: Some(path.to_owned()) }
}

/// The same for people of this machine, and for the server.
pub(in crate::software) fn why(error: &io::Error, folder: &Path) -> Why {
    let (path, error) = said(error, folder);
    Why::at(path, error)
}

fn said<'a>(error: &'a io::Error, folder: &'a Path) -> (&'a Path, &'a io::Error) {
    match of(error) {
        Some(At { path, error }) => (path, error),
        None => (folder, error),
    }
}
