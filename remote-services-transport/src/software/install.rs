use super::artifact::still_is;
use super::{Updates, UpdatesStep};
use crate::document::SoftwareManifest;
use remote_services_core::time::Timestamp;
use std::path::{Path, PathBuf};

/// Whoever puts software in place: a package manager, a service that restarts this one, a printer's boot loader.
pub trait Installer {
    /// The version of the component that runs now.
    fn running(&self) -> String;
    /// Whether what the manifest demands of the host holds; one sentence when it does not.
    ///
    /// # Errors
    /// What does not hold.
    fn preconditions(&self, manifest: &SoftwareManifest) -> Result<(), String>;
    /// Installs a file whose digest was checked just before. It may end this process.
    ///
    /// # Errors
    /// Why it did not work, and who is to blame; what runs is what ran before.
    fn install(&mut self, manifest: &SoftwareManifest, file: &Path) -> Result<(), NotInstalled>;
    /// Whether an installation that was interrupted may be begun again: whatever it left is no harm to the next one. Without
    /// this a version that does not run after a crash is given up.
    fn is_repeatable(&self) -> bool {
        false
    }
}

/// Why an installer did not install.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotInstalled {
    /// The version is to blame, with one sentence: it is not tried again.
    Refused(String),
    /// This machine is, such as a disk that may not be written: it is tried again, and waits longer each time.
    Obstructed {
        /// What the machine says, without a path.
        why: String,
        /// Where it says so, for whoever may see paths of this machine.
        path: Option<PathBuf>,
    },
}

/// What became of an attempt to install.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attempt {
    /// Nothing was due.
    NotDue,
    /// The new version runs.
    Installed(String),
    /// It does not, with one sentence; it is not tried again.
    Failed(String),
    /// It was interrupted too often, with one sentence: nothing is known against the version, and it is not tried again.
    GivenUp(String),
    /// The file is not the one that was fetched any more, with one sentence: it was removed, the installer did not see it, and
    /// what the manifest names is fetched anew when [`WrongArtifact::until`](super::WrongArtifact::until) is past.
    Changed(String),
    /// This machine could not put it in place, with one sentence without a path, and the path: the version stays offered and is
    /// tried again when [`WrongArtifact::until`](super::WrongArtifact::until) is past.
    Obstructed {
        /// One sentence.
        why: String,
        /// Where, for whoever may see paths of this machine.
        path: Option<PathBuf>,
    },
    /// It was interrupted, with one sentence, and begins again when this is asked the next time.
    Interrupted(String),
    /// The installer works on; the version that runs tells later.
    UnderWay(String),
}

/// Installs what is ready, or finds out what became of an attempt that a crash interrupted. `keep` keeps the state
/// durably; the installer runs only after it did. The digest of `file` is taken anew before that: it may have waited for its
/// window for days. Whoever copies it to another place first names the copy here.
///
/// # Errors
/// As `keep` says; nothing was installed then.
pub fn install<E>(
    updates: &mut Updates,
    installer: &mut dyn Installer,
    file: &Path,
    now: Timestamp,
    window: bool,
    keep: &mut dyn FnMut(&Updates) -> Result<(), E>,
) -> Result<Attempt, E> {
    let manifest = match updates.next(now, window) {
        UpdatesStep::Look(version) => {
            if installer.is_repeatable() && installer.running() != version && updates.interrupted(now) {
                keep(updates)?;
                let text = format!("the installation of {version} was interrupted, and begins again");
                return Ok(Attempt::Interrupted(text));
            }
            return looked(updates, &version, installer, None, keep);
        }
        UpdatesStep::Install(manifest) => manifest,
        _ => return Ok(Attempt::NotDue),
    };
    if let Err(why) = installer.preconditions(&manifest) {
        return Ok(Attempt::Failed(format!("{} is not installed: {why}", manifest.version)));
    }
    if let Err(why) = still_is(&manifest.artifact, file) {
        let until = updates.wrong(now).map(|until| format!("; not tried again before {until}"));
        keep(updates)?;
        let text = format!("{} is not installed: {why}{}", manifest.version, until.unwrap_or_default());
        return Ok(Attempt::Changed(text));
    }
    let before = updates.state.clone();
    updates.begin(&manifest);
    if let Err(error) = keep(updates) {
        updates.state = before;
        return Err(error);
    }
    let refused = match installer.install(&manifest, file) {
        Ok(()) if installer.running() != manifest.version => {
            return Ok(Attempt::UnderWay(manifest.version.clone()));
        }
        Ok(()) => None,
        Err(NotInstalled::Obstructed { why, path }) if installer.running() != manifest.version => {
            let until = updates.obstructed(now).map(|until| format!("; not tried again before {until}"));
            keep(updates)?;
            let offered = format!("{} is offered and is not installed", manifest.version);
            let why = format!("{offered}, since this machine fails: {why}{}", until.unwrap_or_default());
            return Ok(Attempt::Obstructed { why, path });
        }
        Err(NotInstalled::Obstructed { why, .. } | NotInstalled::Refused(why)) => Some(why),
    };
    looked(updates, &manifest.version, installer, refused, keep)
}

fn looked<E>(
    updates: &mut Updates,
    version: &str,
    installer: &dyn Installer,
    why: Option<String>,
    keep: &mut dyn FnMut(&Updates) -> Result<(), E>,
) -> Result<Attempt, E> {
    let running = installer.running();
    let offered = updates.state.offered.as_ref().filter(|offered| offered.version == version);
    let interruptions = offered.map_or(0, |offered| updates.interruptions(offered.artifact.digest));
    let came_up = updates.looked(&running);
    keep(updates)?;
    Ok(if came_up {
        Attempt::Installed(running)
    } else {
        match (why, interruptions) {
            (Some(why), _) => Attempt::Failed(format!("{version} was not installed: {why}")),
            (None, 0) => Attempt::Failed(format!("{version} was not installed: version {running} runs")),
            (None, times) => Attempt::GivenUp(format!(
                "{version} was not installed: it is given up after {times} interruptions, and version {running} runs"
            )),
        }
    })
}
