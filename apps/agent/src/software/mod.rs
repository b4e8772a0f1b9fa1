//! The agent's own software: asked for, fetched, installed in its window, at the pace that the site and the server set.
//!
//! ```text
//! DATA/state/software.json     what is remembered of it, kept before anything is done
//! FOLDER/versions/VERSION/     programs, one folder a version          FOLDER/current -> versions/VERSION
//! ```
//!
//! What was seen last stands in the checkpoints of the audit log as well, for each server's authority and channel:
//! whoever removes `software.json`, or brings an older one back, brings no old version back and makes nothing fresh again that was seen
//! to end, whatever the clock says then; and no server's numbers count for another's.
//! What comes as something else than the manifest names, or in scraps, is left alone, longer each time. When no manifest
//! follows the last one before that is out of date, it is noted once, whether the server says nothing new
//! or is not heard at all. So is why an offer is not believed, and what keeps a version from being installed, however often it is
//! tried: in the audit log, on standard error, and to the server among the errors of this client's description. What this machine
//! does not let be installed is tried again, after longer each time. One for which the disks have no room is not fetched, see `room`, which is told once for each manifest.
//!
//! Who switched it off, named no folder, or is in lockdown, never asks, and nothing else changes for it.

mod ask;
mod attempt;
mod fetch;
mod folder;
mod marks;
mod seen;
mod told;

pub use folder::VersionFolder;

use self::told::Told;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::settings::Switch;
use crate::site::Site;
use crate::supervise;
use crate::survey::now;
use jiff::tz::TimeZone;
use remote_services_core::command::ResultCode;
use remote_services_core::mode::SecurityMode;
use remote_services_transport::document::{ContentDigest, Policy};
use remote_services_transport::durable;
use remote_services_transport::schedule::DailyWindow;
use remote_services_transport::software::{Attempt, Installer as _, UpdateState, Updates, UpdatesStep};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is remembered of the agent's own software.
pub struct Software {
    path: PathBuf,
    updates: Updates,
    told: Told,
    /// What the server's own question is answered with, where the last turn found something wrong.
    fault: Option<ResultCode>,
    /// Whether the last turn ended since the settings are others by now.
    is_changed: bool,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    state: UpdateState,
    #[serde(flatten)]
    told: Told,
}

impl Software {
    /// What was remembered in earlier runs.
    ///
    /// # Errors
    /// When it is there and cannot be read: forgetting what was seen could bring an old version back.
    pub fn load(home: &Home) -> Result<Self, Failure> {
        let path = home.state(FILE);
        let kept: Kept = match std::fs::read(&path) {
            Ok(octets) => serde_json::from_slice(&octets).map_err(|error| {
                Failure::failed(format_args!(
                    "{} is damaged: {error}. Bring the file back from a backup, or remove it: what was seen of newer versions \
                     stands in the audit log, too, and no old one comes back",
                    path.display()
                ))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Kept::default(),
            Err(error) => return Err(Failure::failed(format_args!("{}: {error}", path.display()))),
        };
        let Kept { state, told } = kept;
        Ok(Self { path, updates: Updates { state }, told, fault: None, is_changed: false })
    }

    /// The file of the version that is followed.
    #[must_use]
    pub fn offered(&self) -> Option<ContentDigest> {
        self.updates.state.offered.as_ref().map(|manifest| manifest.artifact.digest)
    }

    /// Whether there is something to do for the version that is followed, but to wait.
    pub(crate) fn is_due(&self, site: &Site, wish: &Policy) -> bool {
        let step = || self.updates.next(now(), is_open(site, wish));
        followed(site).is_some() && !matches!(step(), UpdatesStep::Wait | UpdatesStep::Nothing)
    }

    /// Asks when it is due, or when somebody wants it now; fetches what is offered; installs it in the window. Gives what
    /// became of an attempt to install, and what is known otherwise.
    ///
    /// # Errors
    /// When the server cannot be asked, or this machine fails.
    pub fn turn(
        &mut self,
        site: &mut Site,
        wish: &Policy,
        asked: bool,
    ) -> Result<(Option<Attempt>, String), Failure> {
        let settings = site.settings.software.clone();
        let Some(folder) = followed(site) else {
            return Ok((None, "software updates are switched off here".to_owned()));
        };
        (self.fault, self.is_changed) = (None, false);
        self.remember(site)?;
        site.tell_untold_errors();
        let mut installer = VersionFolder::new(&folder, PROGRAM, env!("CARGO_PKG_VERSION"));
        self.prune(site, &installer, &folder)?;
        supervise::refuse_failed(&folder, &mut self.updates.state);
        let every = wish.software_every.map_or(DAY, |seconds| Duration::from_secs(seconds.into()));
        // What became of an installation shows here, whether anybody answers or not; one that begins again is still offered.
        if let UpdatesStep::Look(_) = self.updates.next(now(), is_open(site, wish)) {
            let attempt = self.attempt(site, wish, &mut installer, Path::new(""))?;
            let Attempt::Interrupted(why) = &attempt else {
                return self.conclude(site, (&installer, &folder), Path::new(""), attempt);
            };
            self.note_interruption(site, why)?;
        }
        self.make_good(site, &installer)?;
        if asked || self.told.asked_at.is_none_or(|at| now() >= at.plus(every) || now() < at) {
            self.ask(site, &installer.running())?;
        }
        if let UpdatesStep::Fetch(manifest) = self.updates.next(now(), is_open(site, wish)) {
            if let Err(why) = self.fetch(site, &manifest, (&settings, &folder))? {
                if self.is_changed {
                    return Ok((None, why.there));
                }
                if self.lacks_room() {
                    return Ok((None, self.tell_no_room(site, &manifest, &why)?));
                }
                let why = why.prefixed(&format!("version {} could not be fetched: ", manifest.version));
                return self.held_up(site, why);
            }
            self.updates.fetched();
            self.save()?;
        }
        // It may have taken hours.
        if let Some(why) = self.changed(site, &settings, &folder) {
            return Ok((None, why));
        }
        let (path, copy) = match self.updates.next(now(), is_open(site, wish)) {
            UpdatesStep::Install(manifest) => match self.fetch(site, &manifest, (&settings, &folder))? {
                Ok(path) => match self.stage(site, &mut installer, &manifest, &path) {
                    Ok(copy) => (path, copy),
                    Err(why) => return Ok((None, self.tell_no_room(site, &manifest, &why)?)),
                },
                Err(why) if self.is_changed => return Ok((None, why.there)),
                Err(why) if self.lacks_room() => {
                    return Ok((None, self.tell_no_room(site, &manifest, &why)?));
                }
                Err(why) => {
                    let why = why.prefixed(&format!("version {} is not there: ", manifest.version));
                    return self.held_up(site, why);
                }
            },
            step => {
                let text = match (&self.told.refused, &self.told.obstructed, step) {
                    (Some(why), ..) if self.fault.is_some() => why.clone(),
                    (_, Some(why), UpdatesStep::Wait) if self.updates.is_obstructed(now()) => {
                        self.fault = Some(ResultCode::Internal);
                        why.clone()
                    }
                    (.., UpdatesStep::Wait) => "a version waits for its time".to_owned(),
                    _ => self.nothing_newer(site, &installer.running())?,
                };
                return Ok((None, text));
            }
        };
        let attempt = self.attempt(site, wish, &mut installer, &copy)?;
        self.conclude(site, (&installer, &folder), &path, attempt)
    }

    /// How the last turn is told of where somebody asked for it.
    #[must_use]
    pub fn result(&self) -> ResultCode {
        self.fault.clone().unwrap_or(ResultCode::Ok)
    }

    /// Whether the last turn ended since a disk has no room for what is offered.
    #[must_use]
    pub fn lacks_room(&self) -> bool {
        self.fault == Some(ResultCode::NotEnoughSpace)
    }

    fn save(&self) -> Result<(), Failure> {
        save(&self.path, &Kept { state: self.updates.state.clone(), told: self.told.clone() })
    }
}

fn save(path: &Path, kept: &Kept) -> Result<(), Failure> {
    let octets = serde_json::to_vec(kept).context("software")?;
    durable::replace(path, &octets).context(path.display())
}

/// The folder of versions, where newer ones are followed at all.
pub(crate) fn followed(site: &Site) -> Option<PathBuf> {
    let settings = &site.settings.software;
    let follows = settings.updates == Switch::On && site.settings.mode == SecurityMode::Normal;
    settings.folder.clone().filter(|_| follows)
}

/// Whether it is the time to install, by the site's word or else by the server's wish.
fn is_open(site: &Site, wish: &Policy) -> bool {
    let window = site.settings.software.window.as_ref().or(wish.maintenance_window.as_ref());
    window.is_none_or(|text| {
        text.parse::<DailyWindow>().is_ok_and(|window| window.contains(now(), &TimeZone::system()))
    })
}

/// Starts the version that was installed, in place of this process, if this process runs from that folder. Comes back only
/// when that did not work.
///
/// # Errors
/// When the new version cannot be started.
#[cfg(unix)]
pub fn start_again(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt as _;
    let (Ok(own), Ok(folder)) = (std::env::current_exe(), folder.canonicalize()) else { return Ok(()) };
    if !own.starts_with(&folder) {
        tell!("another version is installed; it runs when this program is started again");
        return Ok(());
    }
    let program = folder.join("current").join(PROGRAM);
    tell!("starting {}", program.display());
    let error = std::process::Command::new(&program).args(std::env::args_os().skip(1)).exec();
    Err(Failure::failed(format_args!("{}: {error}", program.display())))
}

/// Starts nothing: another version runs when this program is started again.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn start_again(_folder: &Path) -> Result<(), Failure> {
    tell!("another version is installed; it runs when this program is started again");
    Ok(())
}

/// What manifests call this host, such as `x86_64-linux`.
fn target() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

const FILE: &str = "software.json";
const COMPONENT: &str = "agent";
const PROGRAM: &str = "remote-services-agent";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
