//! An installer that keeps each version in a folder of its own and switches by one symbolic link.
//!
//! ```text
//! FOLDER/versions/1.0/PROGRAM
//! FOLDER/versions/1.1/PROGRAM       put there whole, tried there, and only then
//! FOLDER/current -> versions/1.1    replaced by a rename: at no moment is there none
//! FOLDER/previous -> versions/1.0   the one that was current before, put down first
//! ```
//!
//! These two and the one that the supervisor believes in are kept, and so is the one that this process runs; the others go, see
//! [`VersionFolder::prune`].
//!
//! A version that does not start or is not the one that was promised leaves nothing behind. One that starts in its own folder
//! and not as `current` is switched back.

use crate::room;
use remote_services_transport::document::SoftwareManifest;
use remote_services_transport::durable;
use remote_services_transport::software::Installer;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Programs in folders, one a version.
#[derive(Clone, Debug)]
pub struct VersionFolder {
    root: PathBuf,
    program: String,
    own: String,
    /// The file that was put beside the versions and is to be one.
    staged: Option<PathBuf>,
}

impl VersionFolder {
    /// Programs called `program` below this folder. `own` is the version that runs when none is installed there yet.
    #[must_use]
    pub fn new(root: &Path, program: &str, own: &str) -> Self {
        Self { root: root.to_owned(), program: program.to_owned(), own: own.to_owned(), staged: None }
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
        let folder = Path::new("versions").join(version);
        // So that the link never leads nowhere.
        fs::metadata(self.root.join(&folder).join(&self.program))?;
        self.switch(&folder)
    }

    fn staging(&self) -> PathBuf {
        self.root.join("versions").join(".new")
    }

    /// Whether a version of this size has room there, where that is known; one sentence when it has not.
    pub(super) fn fits(&self, size: u64, free: room::Free) -> Result<(), String> {
        let (needed, free) = (size.saturating_add(room::reserve(0)), free(&self.root));
        match free.filter(|free| *free < needed) {
            Some(free) => Err(format!(
                "{}: its disk has {free} octets free, and {needed} are needed",
                self.root.display()
            )),
            None => Ok(()),
        }
    }

    /// Puts the file beside the versions, durably: from here on none of them needs more room.
    pub(super) fn stage(&mut self, file: &Path) -> io::Result<()> {
        self.staged = None;
        let staging = self.staging();
        remove_all(&staging)?;
        let staged = self.copy(file, &staging);
        if staged.is_err() {
            // The first error is the one to tell, and others need the room.
            let _ = fs::remove_dir_all(&staging);
        }
        staged?;
        self.staged = Some(file.to_owned());
        Ok(())
    }

    fn copy(&self, file: &Path, staging: &Path) -> io::Result<()> {
        fs::create_dir_all(staging)?;
        let program = staging.join(&self.program);
        fs::copy(file, &program)?;
        executable(&program)?;
        File::open(&program)?.sync_all()?;
        durable::sync_folder(staging)
    }

    /// Puts the file where its version belongs, and tries whether it starts there.
    fn place(&mut self, version: &str, file: &Path) -> io::Result<Result<PathBuf, String>> {
        let relative = Path::new("versions").join(version);
        let folder = self.root.join(&relative);
        if fs::read_link(self.current()).is_ok_and(|link| link == relative) {
            return Ok(Err("it is the one that is current".to_owned()));
        }
        remove_all(&folder)?;
        if self.staged.as_deref() != Some(file) {
            self.stage(file)?;
        }
        self.staged = None;
        fs::rename(self.staging(), &folder)?;
        durable::sync_folder(&self.root.join("versions"))?;
        Ok(match version_of(&folder.join(&self.program)) {
            Ok(found) if found == version => Ok(relative),
            told => {
                fs::remove_dir_all(&folder)?;
                Err(wrong(told))
            }
        })
    }

    /// Makes this folder the current one, at one moment.
    fn switch(&self, to: &Path) -> io::Result<()> {
        self.point("current", to)
    }

    /// Has a link of the folder lead there, at one moment.
    fn point(&self, name: &str, to: &Path) -> io::Result<()> {
        let new = self.root.join(format!("{name}.new"));
        remove_link(&new)?;
        link(to, &new)?;
        fs::rename(&new, self.root.join(name))?;
        durable::sync_folder(&self.root)
    }

    /// Removes the versions that nobody goes back to, and what a crash left: all but the current one, the one before, `good`,
    /// and the one that this process runs. Gives those that went. Each goes by a rename first, so that none is there in
    /// parts. While nobody knows which was the one before, all stay: the next installation puts it down.
    pub(super) fn prune(&self, good: Option<&str>) -> io::Result<Vec<String>> {
        let versions = self.root.join("versions");
        let linked = |name: &str| {
            let link = fs::read_link(self.root.join(name)).ok()?;
            let version = link.strip_prefix("versions").ok()?.to_str()?.to_owned();
            versions.join(&version).join(&self.program).is_file().then_some(version)
        };
        let (gone, unused) = (versions.join(GONE), self.staging());
        if !versions.is_dir() {
            return Ok(Vec::new());
        }
        remove_all(&gone)?;
        remove_all(&unused)?;
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
            fs::rename(entry.path(), &gone)?;
            fs::remove_dir_all(&gone)?;
            went.push(name);
        }
        went.sort();
        Ok(went)
    }

    fn try_install(&mut self, version: &str, file: &Path) -> io::Result<Result<(), String>> {
        let folder = match self.place(version, file)? {
            Ok(folder) => folder,
            Err(why) => return Ok(Err(why)),
        };
        let before = fs::read_link(self.current()).ok();
        let earlier = fs::read_link(self.root.join(PREVIOUS)).ok();
        if let Some(before) = &before {
            self.point(PREVIOUS, before)?;
        }
        self.switch(&folder)?;
        let told = version_of(&self.program());
        if told.as_deref() == Ok(version) {
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
        fs::remove_dir_all(self.root.join(&folder))?;
        Ok(Err(format!("{}; the version before is current again", wrong(told))))
    }
}

impl Installer for VersionFolder {
    fn running(&self) -> String {
        let program = self.program();
        if !program.exists() {
            return self.own.clone();
        }
        version_of(&program).unwrap_or_else(|why| format!("unknown: {why}"))
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

    fn install(&mut self, manifest: &SoftwareManifest, file: &Path) -> Result<(), String> {
        self.try_install(&manifest.version, file).unwrap_or_else(|error| Err(error.to_string()))
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

/// The last word of the first line of `PROGRAM --version`.
fn version_of(program: &Path) -> Result<String, String> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let ended = wait(&mut child, START);
    if !matches!(ended, Ok(true)) {
        // It ended meanwhile, or is ended here.
        let _ = child.kill();
        let _ = child.wait();
    }
    match ended {
        Ok(true) => {}
        Ok(false) => return Err("it ended with a failure".to_owned()),
        Err(why) => return Err(why),
    }
    let mut said = String::new();
    let output = child.stdout.take().ok_or_else(|| "it says nothing".to_owned())?;
    output.take(LONGEST_VERSION).read_to_string(&mut said).map_err(|error| error.to_string())?;
    let version = said.lines().next().and_then(|line| line.split_whitespace().last());
    version.map(str::to_owned).ok_or_else(|| "it says no version".to_owned())
}

/// Whether it ended well, within this time.
fn wait(child: &mut Child, most: Duration) -> Result<bool, String> {
    let until = Instant::now() + most;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(10)),
            Ok(None) => return Err(format!("it does not end within {} s", most.as_secs())),
            Err(error) => return Err(error.to_string()),
        }
    }
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

const PREVIOUS: &str = "previous";
/// In the folder of versions: one that is going.
const GONE: &str = ".gone";
/// How long a program may take to say its version.
const START: Duration = Duration::from_secs(30);
const LONGEST_VERSION: u64 = 4096;

#[cfg(test)]
#[cfg(unix)]
mod prune_tests;

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use remote_services_core::time::Timestamp;
    use remote_services_transport::document::{ContentDigest, SoftwareArtifact};
    use serde_json::{Map, json};

    fn manifest(version: &str) -> SoftwareManifest {
        SoftwareManifest {
            document: SoftwareManifest::DOCUMENT.to_owned(),
            component: "agent".into(),
            version: version.into(),
            channel: None,
            from: Vec::new(),
            target: None,
            artifact: SoftwareArtifact { digest: ContentDigest::of(b""), size: 0, origins: Vec::new() },
            not_before: None,
            expires: Timestamp::default(),
            sequence: 1,
            preconditions: Map::new(),
        }
    }

    /// A folder, and what becomes of a script in it.
    struct Bench(tempfile::TempDir);

    impl Bench {
        fn installer(&self) -> VersionFolder {
            VersionFolder::new(&self.0.path().join("programs"), "tool", "0.9")
        }

        fn install(&self, version: &str, script: &str) -> Result<(), String> {
            let file = self.0.path().join("download");
            fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
            self.installer().install(&manifest(version), &file)
        }

        fn versions(&self) -> Vec<String> {
            let folder = fs::read_dir(self.0.path().join("programs/versions")).unwrap();
            let mut names: Vec<String> =
                folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    #[test]
    fn a_version_is_put_into_its_folder_tried_and_switched_to() {
        let bench = Bench(tempfile::tempdir().unwrap());
        assert_eq!(bench.installer().running(), "0.9");
        bench.install("1.0", "echo tool 1.0").unwrap();
        assert_eq!(bench.installer().running(), "1.0");
        bench.install("1.1", "echo tool 1.1").unwrap();
        assert_eq!(bench.installer().running(), "1.1");
        let link = fs::read_link(bench.0.path().join("programs/current")).unwrap();
        assert_eq!(link, Path::new("versions/1.1"));
        assert_eq!(bench.versions(), ["1.0", "1.1"]);
        assert!(bench.install("1.1", "echo tool 1.1").is_err(), "what runs is not replaced under it");
    }

    #[test]
    fn a_version_that_does_not_start_or_is_another_leaves_all_as_it_was() {
        let bench = Bench(tempfile::tempdir().unwrap());
        bench.install("1.0", "echo tool 1.0").unwrap();
        for (script, words) in [
            ("exit 3", "ended with a failure"),
            ("echo tool 1.0", "says that it is version 1.0"),
            ("true", "says no version"),
            // It starts in its own folder, and not as the current one.
            ("case $0 in */current/*) exit 1;; esac; echo tool 1.1", "the version before is current again"),
        ] {
            let why = bench.install("1.1", script).unwrap_err();
            assert!(why.contains(words), "{script}: {why}");
            assert_eq!(bench.installer().running(), "1.0", "{script}");
            assert_eq!(bench.versions(), ["1.0"], "{script}");
        }
        fs::write(bench.0.path().join("download"), [0x7f; 64]).unwrap();
        let why = bench.installer().install(&manifest("1.1"), &bench.0.path().join("download")).unwrap_err();
        assert!(why.contains("does not start"), "{why}");
    }

    #[test]
    fn of_all_versions_the_current_one_the_one_before_and_the_good_one_stay() {
        let bench = Bench(tempfile::tempdir().unwrap());
        let programs = bench.0.path().join("programs");
        assert_eq!(bench.installer().prune(None).unwrap(), [""; 0], "there is no folder yet");
        for version in ["1.0", "1.1", "1.2", "1.3"] {
            bench.install(version, &format!("echo tool {version}")).unwrap();
        }
        let previous = || fs::read_link(programs.join("previous")).unwrap();
        assert_eq!(previous(), Path::new("versions/1.2"));
        assert!(bench.install("1.4", "case $0 in */current/*) exit 1;; esac; echo tool 1.4").is_err());
        assert_eq!(previous(), Path::new("versions/1.2"), "the one that failed was never there");

        // Nobody put down which was the one before: none goes.
        fs::rename(programs.join("previous"), programs.join("aside")).unwrap();
        assert_eq!(bench.installer().prune(Some("1.0")).unwrap(), [""; 0]);
        fs::rename(programs.join("aside"), programs.join("previous")).unwrap();
        // What crashes left, and what is no version.
        for left in [".new", ".gone"] {
            fs::create_dir(programs.join("versions").join(left)).unwrap();
            fs::write(programs.join("versions").join(left).join("tool"), "half of it").unwrap();
        }
        fs::write(programs.join("versions/README"), "of the administrator").unwrap();
        assert_eq!(bench.installer().prune(Some("1.0")).unwrap(), ["1.1"]);
        assert_eq!(bench.versions(), ["1.0", "1.2", "1.3", "README"]);
        assert_eq!(bench.installer().prune(Some("1.3")).unwrap(), ["1.0"]);
        assert_eq!(bench.installer().running(), "1.3");
        bench.installer().switch_to("1.2").unwrap();
        assert_eq!(bench.installer().running(), "1.2", "one can go back by hand");
        assert_eq!(bench.installer().prune(Some("1.3")).unwrap(), [""; 0]);
    }

    #[test]
    fn a_version_that_could_lead_out_of_its_folder_and_unknown_demands_do_not_hold() {
        let bench = Bench(tempfile::tempdir().unwrap());
        for version in ["../1.0", "", ".new", "a/b", &"1".repeat(65)] {
            assert!(bench.installer().preconditions(&manifest(version)).is_err(), "{version:?}");
        }
        assert!(bench.installer().preconditions(&manifest("1.0-rc.1+build_7")).is_ok());
        let preconditions = Map::from_iter([("idle".to_owned(), json!(true))]);
        let demanding = SoftwareManifest { preconditions, ..manifest("1.0") };
        assert!(bench.installer().preconditions(&demanding).unwrap_err().contains("idle"));
    }
}
