//! An installer that keeps each version in a folder of its own and switches by one symbolic link.
//!
//! ```text
//! FOLDER/versions/1.0/PROGRAM
//! FOLDER/versions/1.1/PROGRAM       tried beside the others, put there whole, and only then
//! FOLDER/current -> versions/1.1    replaced by a rename: at no moment is there none
//! FOLDER/previous -> versions/1.0   the one that was current before, put down first
//! ```
//!
//! These two and the one that the supervisor believes in are kept, and so is the one that this process runs; the others go, see
//! [`VersionFolder::prune`].
//!
//! A version that does not start or is not the one that was promised leaves all as it was, also an earlier file of that version.
//! One that starts in its own folder and not as `current` is switched back.
//!
//! A number stands for one program: where it is there and starts, another one under its number is refused. Supervisor and links know
//! versions by their numbers, so that other one would be believed in without a trial, and nothing would lead back. Only a file
//! that does not start any more is replaced.
//!
//! What the disk refuses, such as a file in the place of a folder, is no fault of the version: what it got to stays, and the
//! next try goes on from there.

mod aside;
pub(super) mod place;
mod version;

use self::place::{at, obstructed};
use self::version::{told_by, version_of};
use crate::room;
use crate::why::Why;
use remote_services_transport::document::SoftwareManifest;
use remote_services_transport::durable;
use remote_services_transport::software::{Installer, NotInstalled};
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// Programs in folders, one a version.
#[derive(Debug)]
pub struct VersionFolder {
    root: PathBuf,
    program: String,
    own: String,
    /// The copy that was put beside the versions and is to be one, or why there is none.
    staged: Option<io::Result<PathBuf>>,
}

impl VersionFolder {
    /// Programs called `program` below this folder. `own` is the version that runs when none is installed there yet.
    #[must_use]
    pub fn new(root: &Path, program: &str, own: &str) -> Self {
        Self { root: root.to_owned(), program: program.to_owned(), own: own.to_owned(), staged: None }
    }

    fn versions(&self) -> PathBuf {
        self.root.join("versions")
    }

    fn current(&self) -> PathBuf {
        self.root.join("current")
    }

    /// The program that is current.
    pub(crate) fn program(&self) -> PathBuf {
        self.current().join(&self.program)
    }

    /// The version that the link names.
    pub(crate) fn current_version(&self) -> Option<String> {
        let link = fs::read_link(self.current()).ok()?;
        link.file_name()?.to_str().map(str::to_owned)
    }

    /// Makes a version that is there the current one.
    pub(crate) fn switch_to(&self, version: &str) -> io::Result<()> {
        self.settle()?;
        let folder = Path::new("versions").join(version);
        // So that the link never leads nowhere.
        fs::metadata(self.root.join(&folder).join(&self.program))?;
        self.switch(&folder)
    }

    fn staging(&self) -> PathBuf {
        self.versions().join(".new")
    }

    /// Whether a version of this size has room there, where that is known; one sentence when it has not.
    pub(super) fn fits(&self, size: u64, free: room::Free) -> Result<(), Why> {
        let (needed, free) = (size.saturating_add(room::reserve(0)), free(&self.root));
        match free.filter(|free| *free < needed) {
            Some(free) => Err(Why::at(
                &self.root,
                format!("the disk of its folder has {free} octets free, and {needed} are needed"),
            )),
            None => Ok(()),
        }
    }

    /// Puts a copy of the file beside the versions, durably: from here on none of them needs more room. Gives the copy, which is the
    /// one to install, with nothing between what was looked at and what runs. A disk that is full is told here; by what else keeps
    /// a copy from being made, the next installation is obstructed.
    pub(super) fn stage(&mut self, file: &Path) -> Result<PathBuf, Why> {
        self.staged = None;
        match self.copied(file) {
            Err(error) if durable::is_full(&error) => Err(place::why(&error, &self.root)),
            Err(error) => {
                self.staged = Some(Err(error));
                Ok(file.to_owned())
            }
            Ok(copy) => {
                self.staged = Some(Ok(copy.clone()));
                Ok(copy)
            }
        }
    }

    fn copied(&self, file: &Path) -> io::Result<PathBuf> {
        let staging = self.staging();
        remove_all(&staging).map_err(at(&staging))?;
        let copied = self.copy(file, &staging);
        if copied.is_err() {
            // The first error is the one to tell, and others need the room.
            let _ = fs::remove_dir_all(&staging);
        }
        copied.map(|()| staging.join(&self.program))
    }

    fn copy(&self, file: &Path, staging: &Path) -> io::Result<()> {
        fs::create_dir_all(staging).map_err(at(staging))?;
        let program = staging.join(&self.program);
        fs::copy(file, &program).map_err(at(&program))?;
        let made = executable(&program).and_then(|()| File::open(&program)?.sync_all());
        made.and_then(|()| durable::sync_folder(staging)).map_err(at(&program))
    }

    /// Puts the file where its version belongs, once it was tried whether it starts.
    fn place(&mut self, version: &str, file: &Path) -> io::Result<Result<Placed, String>> {
        if self.current_version().as_deref() == Some(version) {
            return Ok(Err("it is the one that is current".to_owned()));
        }
        let there = self.versions().join(version).join(&self.program);
        let same = is_same(&there, file).map_err(at(&there))?;
        let staged = self.staged.take();
        if there.exists() && told_by(&there)?.as_deref() == Ok(version) {
            remove_all(&self.staging())?;
            return Ok(if same { Ok(Placed::Kept) } else { Err(ANOTHER_PROGRAM.to_owned()) });
        }
        let staged = match staged {
            Some(Ok(copy)) if copy == file => copy,
            // A second copy would be one that nobody looked at.
            Some(Err(error)) => return Err(error),
            _ => self.copied(file)?,
        };
        let told = told_by(&staged);
        if !matches!(&told, Ok(Ok(told)) if told == version) {
            remove_all(&self.staging())?;
            return Ok(Err(wrong(told?)));
        }
        self.put_in_place(version)?;
        Ok(Ok(Placed::New))
    }

    /// Makes this folder the current one, at one moment.
    fn switch(&self, to: &Path) -> io::Result<()> {
        self.point("current", to)
    }

    /// Has a link of the folder lead there, at one moment.
    fn point(&self, name: &str, to: &Path) -> io::Result<()> {
        let new = self.root.join(format!("{name}.new"));
        remove_link(&new).and_then(|()| link(to, &new)).map_err(at(&new))?;
        let place = self.root.join(name);
        fs::rename(&new, &place).map_err(|error| {
            // The first error is the one to tell.
            let _ = remove_link(&new);
            at(&place)(error)
        })?;
        durable::sync_folder(&self.root).map_err(at(&self.root))
    }

    /// Removes the versions that nobody goes back to, and what a crash left: all but the current one, the one before, `good`,
    /// and the one that this process runs. Gives those that went. Each goes by a rename first, so that none is there in
    /// parts. While nobody knows which was the one before, all stay: the next installation puts it down.
    pub(super) fn prune(&self, good: Option<&str>) -> io::Result<Vec<String>> {
        let versions = self.versions();
        let linked = |name: &str| {
            let link = fs::read_link(self.root.join(name)).ok()?;
            let version = link.strip_prefix("versions").ok()?.to_str()?.to_owned();
            versions.join(&version).join(&self.program).is_file().then_some(version)
        };
        if !versions.is_dir() {
            return Ok(Vec::new());
        }
        self.settle()?;
        remove_all(&versions.join(GONE))?;
        remove_all(&self.staging())?;
        let (Some(current), Some(before)) = (linked("current"), linked(PREVIOUS)) else {
            return Ok(Vec::new());
        };
        let own = own_version(&versions);
        let kept = [Some(current), Some(before), good.map(str::to_owned), own];
        let mut went = Vec::new();
        for entry in fs::read_dir(&versions)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !entry.file_type()?.is_dir() || kept.iter().flatten().any(|kept| *kept == name) {
                continue;
            }
            self.remove(&entry.path())?;
            went.push(name);
        }
        went.sort();
        Ok(went)
    }

    fn try_install(&mut self, version: &str, file: &Path) -> io::Result<Result<(), String>> {
        self.settle()?;
        let installed = self.place_and_switch(version, file);
        // What came of it is what is to be told; what stays aside meanwhile is settled the next time.
        let _ = self.settle();
        installed
    }

    fn place_and_switch(&mut self, version: &str, file: &Path) -> io::Result<Result<(), String>> {
        let placed = match self.place(version, file)? {
            Ok(placed) => placed,
            Err(why) => return Ok(Err(why)),
        };
        let before = fs::read_link(self.current()).ok();
        let earlier = fs::read_link(self.root.join(PREVIOUS)).ok();
        if let Some(before) = &before {
            self.point(PREVIOUS, before)?;
        }
        self.switch(&Path::new("versions").join(version))?;
        let told = told_by(&self.program());
        if matches!(&told, Ok(Ok(told)) if told == version) {
            return Ok(Ok(()));
        }
        match &before {
            Some(before) => self.switch(before)?,
            None => fs::remove_file(self.current())?,
        }
        match &earlier {
            Some(earlier) => self.point(PREVIOUS, earlier)?,
            None => remove_link(&self.root.join(PREVIOUS))?,
        }
        if placed == Placed::New && !self.aside(version).exists() {
            self.remove(&self.versions().join(version))?;
        }
        Ok(Err(format!("{}; the version before is current again", wrong(told?))))
    }
}

/// How a version came to its place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Placed {
    /// It was put there now.
    New,
    /// The same octets were there.
    Kept,
}

impl Installer for VersionFolder {
    fn running(&self) -> String {
        let program = self.program();
        if !program.exists() {
            return self.own.clone();
        }
        version_of(&program).unwrap_or_else(|why| format!("unknown: {why}"))
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn preconditions(&self, manifest: &SoftwareManifest) -> Result<(), String> {
        let version = &manifest.version;
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-+_".contains(c);
        if version.is_empty() || version.len() > 64 || version.starts_with('.') || !version.chars().all(plain)
        {
            return Err(format!("{version:?} is no name of a version"));
        }
        match manifest.preconditions.keys().next() {
            Some(name) => Err(format!("nothing is known here of the precondition {name:?}")),
            None => Ok(()),
        }
    }

    fn install(&mut self, manifest: &SoftwareManifest, file: &Path) -> Result<(), NotInstalled> {
        match self.try_install(&manifest.version, file) {
            Ok(installed) => installed.map_err(NotInstalled::Refused),
            Err(error) => Err(obstructed(&error, &self.root)),
        }
    }
}

/// The version that this process runs, if it is one of these.
fn own_version(versions: &Path) -> Option<String> {
    let own = std::env::current_exe().ok()?;
    let version = own.strip_prefix(versions.canonicalize().ok()?).ok()?.components().next()?;
    Some(version.as_os_str().to_str()?.to_owned())
}

/// Removes a link, which may not be there.
fn remove_link(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes a folder with all that is in it, which may not be there.
fn remove_all(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn wrong(told: Result<String, String>) -> String {
    match told {
        Ok(other) => format!("the program says that it is version {other}"),
        Err(why) => format!("the program does not start: {why}"),
    }
}

/// Whether there are two files, with the same octets.
fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let one = match File::open(one) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    let other = File::open(other)?;
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    for (one, other) in BufReader::new(one).bytes().zip(BufReader::new(other).bytes()) {
        if one? != other? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(unix)]
fn executable(program: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable(_program: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn link(_to: &Path, _at: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "versions are switched by symbolic links of Unix"))
}

const ANOTHER_PROGRAM: &str = "another program of that number is there and starts: a number stands for one program, publish this one under a new number";
const PREVIOUS: &str = "previous";
/// In the folder of versions: one that is going.
const GONE: &str = ".gone";

#[cfg(test)]
#[cfg(unix)]
mod prune_tests;

#[cfg(test)]
#[cfg(unix)]
mod tests;
