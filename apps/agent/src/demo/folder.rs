//! Where the demo keeps its data.

use crate::failure::{Context, Failure};
use crate::home::Home;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that the user named, or a temporary one.
pub(super) struct Folder {
    path: PathBuf,
    temporary: Option<TempDir>,
}

impl Folder {
    /// Opens the folder that the user named, or makes a temporary one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn open(named: Option<&Path>) -> Result<Self, Failure> {
        match named {
            Some(path) => {
                std::fs::create_dir_all(path)
                    .context(format_args!("cannot make the folder {}", path.display()))?;
                let path = path.canonicalize().context(path.display())?;
                Ok(Self { path, temporary: None })
            }
            None => {
                let temporary = tempfile::Builder::new()
                    .prefix("remote-services-demo-")
                    .tempdir()
                    .context("cannot make a temporary folder")?;
                Ok(Self { path: temporary.path().to_owned(), temporary: Some(temporary) })
            }
        }
    }

    /// The folder.
    #[must_use]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it for the user to look at.
    pub(super) fn keep(self) {
        if let Some(temporary) = self.temporary {
            let _ = temporary.keep();
        }
    }

    /// Removes it, if it was made here.
    pub(super) fn discard(self) {
        drop(self.temporary);
    }
}

/// Writes the settings of the demo's agent, unless there are some already.
///
/// # Errors
/// When they cannot be written.
pub(super) fn write_settings(home: &Home) -> Result<(), Failure> {
    let path = home.settings();
    if path.exists() {
        return Ok(());
    }
    std::fs::write(&path, SETTINGS).context(path.display())
}

const SETTINGS: &str = "\
# What the customer's administrator decides. The server cannot change any of it.
site-name = \"Demonstration\"
mode = \"normal\"

[actions]
getStatus = \"on\"
troubleshoot = \"on\"
printTestPage = \"on\"
restart = \"off\"
";
