//! The files of one log: the present one, older ones beside it, and the last checkpoint.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A file of a log.
#[derive(Clone, Copy)]
pub(super) struct LogFile<'a> {
    pub(super) path: &'a Path,
    /// The number of its last entry as its name has it; none of the present one.
    pub(super) last: Option<u64>,
}

/// Hands out all files of a log, oldest first, opened; the present one is the last, and may not be there. A writer may
/// rotate meanwhile: none is left out, and none comes twice.
pub(super) fn each<E>(
    path: &Path,
    disk: impl Fn(&Path, io::Error) -> E,
    mut each: impl FnMut(LogFile<'_>, Option<File>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut read, mut begun) = (0, false);
    loop {
        let known = older(path).map_err(|error| disk(path, error))?;
        let before = read;
        for (last, file) in known.iter().filter(|(last, _)| *last > before || before == 0) {
            match open(file) {
                // It was given up meanwhile, as only the oldest is.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !begun => {}
                opened => {
                    begun = true;
                    let opened = opened.map_err(|error| disk(file, error))?;
                    each(LogFile { path: file, last: Some(*last) }, Some(opened))?;
                }
            }
            read = *last;
        }
        let present = match open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            opened => Some(opened.map_err(|error| disk(path, error))?),
        };
        let now = older(path).map_err(|error| disk(path, error))?;
        if now.last().is_none_or(|(last, _)| *last <= read) {
            return each(LogFile { path, last: None }, present);
        }
    }
}

/// Opens a file to read; what is none, such as a pipe, is told and not waited for.
pub(super) fn open(path: &Path) -> io::Result<File> {
    match std::fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::other("it is no regular file")),
    }
}

/// The older files with the number of their last entry, oldest first. What only has such a name, such as a link, counts for nothing.
pub(super) fn older(path: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder)? {
        let item = item?;
        let Some(last) = last_entry(path, &item.path()).filter(|last| *last > 0) else { continue };
        match item.file_type() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            kind => {
                if kind?.is_file() {
                    found.push((last, item.path()));
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The name of an older file whose last entry has this number: `audit-000000015000.log`.
pub(super) fn older_name(path: &Path, last: u64) -> PathBuf {
    path.with_file_name(format!("{}-{last:012}.{}", stem(path), extension(path)))
}

/// Where the last checkpoint is.
pub(super) fn checkpoint(path: &Path) -> PathBuf {
    path.with_extension("checkpoint")
}

fn last_entry(path: &Path, item: &Path) -> Option<u64> {
    let digits = item.file_name()?.to_str()?.strip_prefix(&stem(path))?.strip_prefix('-')?;
    let digits = digits.strip_suffix(&extension(path))?.strip_suffix('.')?;
    let last = digits.parse().ok()?;
    (older_name(path, last) == item).then_some(last)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().into_owned()
}
