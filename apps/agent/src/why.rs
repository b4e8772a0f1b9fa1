//! Why something does not go on: for people of this machine, who are told where that is, and for the server, which hears of no path.

use remote_services_transport::software::ArtifactError;
use std::fmt::Display;
use std::path::Path;

/// One sentence for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Why {
    /// With the path.
    pub(crate) here: String,
    /// Without.
    pub(crate) there: String,
}

impl Why {
    /// What is so at this path.
    pub(crate) fn at(path: &Path, why: impl Display) -> Self {
        Self { here: format!("{why} ({})", path.display()), there: why.to_string() }
    }

    /// With more in front.
    pub(crate) fn prefixed(&self, words: &str) -> Self {
        Self { here: format!("{words}{}", self.here), there: format!("{words}{}", self.there) }
    }

    /// With more behind.
    pub(crate) fn suffixed(&self, words: &str) -> Self {
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
