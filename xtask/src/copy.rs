//! A copy of the workspace, for checks that need another lock file or other manifests.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::step::{self, cargo, root};

/// The copy, and where it is built.
#[derive(Debug)]
pub struct Copy {
    /// Holds the copy's `Cargo.toml`.
    pub folder: PathBuf,
    build: PathBuf,
}

impl Copy {
    /// Copies what git knows, as it stands now, and what it does not ignore to `target/copies/NAME`. What was built of
    /// an earlier copy of this name is used again.
    ///
    /// # Errors
    /// When git cannot list the files, or one cannot be copied.
    pub fn of_workspace(name: &str) -> Result<Self, String> {
        let copies = step::target().join("copies");
        let copy = Self { folder: copies.join(name), build: copies.join(format!("{name}-build")) };
        if copy.folder.exists() {
            fs::remove_dir_all(&copy.folder)
                .map_err(|error| format!("{}: {error}", copy.folder.display()))?;
        }
        for file in files(&root())? {
            put(&root().join(&file), &copy.folder.join(&file))?;
        }
        Ok(copy)
    }

    /// A cargo in the copy.
    #[must_use]
    pub fn cargo(&self, words: &[&str]) -> Command {
        let mut command = cargo(words);
        command.current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.build);
        command
    }

    /// Makes one of its files another.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn change(&self, file: &str, change: impl FnOnce(&str) -> String) -> Result<(), String> {
        let path = self.folder.join(file);
        let fail = |error: std::io::Error| format!("{}: {error}", path.display());
        let text = fs::read_to_string(&path).map_err(fail)?;
        fs::write(&path, change(&text)).map_err(fail)
    }
}

/// Those that git tracks and those that it would, below `root`.
fn files(root: &Path) -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("git: {error}"))?;
    if !output.status.success() {
        return Err(format!("git ls-files ended with {}", output.status));
    }
    let names = String::from_utf8(output.stdout).map_err(|error| format!("git ls-files: {error}"))?;
    Ok(names.split_terminator('\0').filter(|name| root.join(name).is_file()).map(str::to_owned).collect())
}

fn put(from: &Path, to: &Path) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("{}: {error}", to.display());
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    fs::copy(from, to).map(drop).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_ignores_is_not_copied() {
        let files = files(&root()).expect("the project is in git");
        assert!(files.iter().any(|file| file == "Cargo.lock"));
        assert!(files.iter().any(|file| file == "xtask/src/copy.rs"));
        assert!(!files.iter().any(|file| file.starts_with("target/")));
    }
}
