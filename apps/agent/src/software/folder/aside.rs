//! A version whose place another file of that version takes: it is set aside until that one is current, and comes back when it
//! never is.
//!
//! ```text
//! FOLDER/versions/.aside/1.0/PROGRAM   the earlier file of versions/1.0
//! ```

use super::place::at;
use super::version::told_by;
use super::{GONE, VersionFolder, remove_all};
use remote_services_transport::durable;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

impl VersionFolder {
    pub(super) fn aside(&self, version: &str) -> PathBuf {
        self.versions().join(ASIDE).join(version)
    }

    /// Moves what is staged to the folder of its version.
    pub(super) fn put_in_place(&self, version: &str) -> io::Result<()> {
        let folder = self.versions().join(version);
        if folder.exists() {
            let aside = self.aside(version);
            fs::create_dir_all(self.versions().join(ASIDE)).map_err(at(&aside))?;
            fs::rename(&folder, &aside).map_err(at(&aside))?;
            durable::sync_folder(&self.versions().join(ASIDE))?;
            durable::sync_folder(&self.versions())?;
        }
        fs::rename(self.staging(), &folder).map_err(at(&folder))?;
        durable::sync_folder(&self.versions())
    }

    /// Ends what an installation began, also one that was killed: where the new file is current and starts, the earlier one goes;
    /// else the new one goes and the earlier one comes back.
    pub(super) fn settle(&self) -> io::Result<()> {
        let entries = match fs::read_dir(self.versions().join(ASIDE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let folder = self.versions().join(entry.file_name());
            if self.runs(&entry.file_name())? {
                self.remove(&entry.path())?;
            } else {
                self.remove(&folder)?;
                fs::rename(entry.path(), &folder)?;
                durable::sync_folder(&self.versions())?;
            }
        }
        remove_all(&self.versions().join(ASIDE))
    }

    /// Whether it is the current version, and starts as such.
    fn runs(&self, version: &OsStr) -> io::Result<bool> {
        match self.current_version() {
            Some(current) if *current == *version => Ok(told_by(&self.program())? == Ok(current)),
            _ => Ok(false),
        }
    }

    /// Removes a version by a rename first, so that it is never there in parts.
    pub(super) fn remove(&self, folder: &Path) -> io::Result<()> {
        let gone = self.versions().join(GONE);
        remove_all(&gone)?;
        match fs::rename(folder, &gone) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            renamed => renamed.and_then(|()| fs::remove_dir_all(&gone)),
        }
    }
}

/// In the folder of versions.
pub(super) const ASIDE: &str = ".aside";
