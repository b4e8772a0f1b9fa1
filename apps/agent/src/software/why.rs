//! Why something does not go on: for people of this machine, who are told where that is, and for the server, which hears of no path.

use super::folder::place;
use remote_services_transport::software::ArtifactError;
use std::fmt::Display;
use std::io;
use std::path::Path;

/// One sentence for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Why {
    /// With the path.
    pub(super) here: String,
    /// Without.
    pub(super) there: String,
}

impl Why {
    /// What is so at this path.
    pub(super) fn at(path: &Path, why: impl Display) -> Self {
        Self { here: format!("{why} ({})", path.display()), there: why.to_string() }
    }

    /// What the disk says, about this path if nobody said more.
    pub(super) fn of_disk(error: &io::Error, folder: &Path) -> Self {
        let (path, error) = place::said(error, folder);
        Self::at(path, error)
    }

    /// With more in front.
    pub(super) fn after(&self, words: &str) -> Self {
        Self { here: format!("{words}{}", self.here), there: format!("{words}{}", self.there) }
    }

    /// With more behind.
    pub(super) fn before(&self, words: &str) -> Self {
        Self { here: format!("{}{words}", self.here), there: format!("{}{words}", self.there) }
    }
}

impl From<String> for Why {
    fn from(why: String) -> Self {
        Self { here: why.clone(), there: why }
    }
}

impl From<&ArtifactError> for Why {
    fn from(error: &ArtifactError) -> Self {
        match error {
            ArtifactError::Disk { path, source } => Self::at(path, source),
            ArtifactError::NoRoom { folder, missing, reserve, free } => Self::at(
                folder,
                format!(
                    "the disk of the data folder has {free} octets free, and {missing} are to be fetched and {reserve} to stay free"
                ),
            ),
            error => Self::from(error.to_string()),
        }
    }
}
