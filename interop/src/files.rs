//! What stands in the files of a folder.
use std::fs;
use std::path::{Path, PathBuf};

/// The files in a folder, and below it, that hold these octets.
///
/// # Panics
/// When one cannot be read.
#[must_use]
pub fn files_with(folder: &Path, octets: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a test reads its own folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, octets));
        } else if fs::read(&path)
            .expect("a test reads its own files")
            .windows(octets.len())
            .any(|window| window == octets)
        {
            found.push(path);
        }
    }
    found
}
