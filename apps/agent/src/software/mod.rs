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
//! tried: in the audit log, on standard error, and to the server among the errors of this client's description. One for which the
//! disks have no room is not fetched, see [`room`], which is told once for each manifest.
//!
//! Who switched it off, named no folder, or is in lockdown, never asks, and nothing else changes for it.

mod folder;
mod marks;
mod told;

pub use folder::VersionFolder;

use self::marks::{Marks, issuers};
use self::told::Told;
use crate::commands::open_signed;
use crate::downloads;
use crate::failure::{Context, Failure};
use crate::home::{self, Home};
use crate::room;
use crate::settings::Switch;
use crate::site::{Site, server_failure};
use crate::supervise;
use crate::survey::now;
use crate::trail::Trail;
use jiff::tz::TimeZone;
use remote_services_core::command::ResultCode;
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_payload::seal::PURPOSE_UPDATE_SIGNING;
use remote_services_transport::client::blocking::FetchError;
use remote_services_transport::document::{ContentDigest, Policy, SoftwareManifest};
use remote_services_transport::durable;
use remote_services_transport::enrol::TrustAnchors;
use remote_services_transport::schedule::DailyWindow;
use remote_services_transport::software::{
    ArtifactError, Attempt, Component, Installer as _, Offer, OfferRefusal, UpdateState, Updates,
    UpdatesStep, install, judge_silence,
};
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
        Ok(Self { path, updates: Updates { state }, told, fault: None })
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

    /// Puts down whose the manifests were that were seen, where an earlier version did not, before the
    /// identity changes.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(crate) fn adopt(home: &Home, anchors: &TrustAnchors, audit: &Trail) -> Result<(), Failure> {
        Marks::new(audit, anchors, "").adopt(now()).context("audit log")?;
        match Self::load(home) {
            Ok(mut software) if software.path.exists() => {
                let channel = software.told.channel.clone();
                software.bind(anchors, audit, channel)
            }
            // One that is damaged stays, and is told of whenever it is needed.
            _ => Ok(()),
        }
    }

    /// Forgets what the identity before was offered, and where its server was another, all that was seen
    /// there. No version that was installed is touched.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(crate) fn begin_anew(home: &Home, anchors: &TrustAnchors, audit: &Trail) -> Result<(), Failure> {
        Self::adopt(home, anchors, audit)?;
        if let Ok(mut software) = Self::load(home)
            && software.path.exists()
        {
            let state = &mut software.updates.state;
            (state.offered, state.ready, state.installing) = (None, false, None);
            let (issuers, channel) = (issuers(anchors), software.told.channel.take());
            software.told = Told { issuers, channel, ..Told::default() };
            software.save()?;
        }
        home::remove_folder(&home.downloads())
    }

    /// Forgets what was seen of another server, or on another channel: its numbers count for that one alone, where the
    /// checkpoints have them.
    fn bind(
        &mut self,
        anchors: &TrustAnchors,
        audit: &Trail,
        channel: Option<String>,
    ) -> Result<(), Failure> {
        let issuers = issuers(anchors);
        let before = std::mem::replace(&mut self.told.issuers, issuers.clone());
        let channel_before = std::mem::replace(&mut self.told.channel, channel.clone());
        if before == issuers && channel_before == channel {
            return Ok(());
        }
        let other_server = !before.is_empty() && !before.iter().any(|issuer| issuers.contains(issuer));
        // Nobody put it down before there could be more than one.
        let other_channel = channel_before.is_some() && channel_before != channel;
        if other_server || other_channel {
            let state = std::mem::take(&mut self.updates.state);
            let theirs = Marks::by(audit, before, channel_before.as_deref().unwrap_or_default());
            theirs.raise(&state.seen(), now()).context("audit log")?;
            let marks = Marks::by(audit, issuers.clone(), channel.as_deref().unwrap_or_default());
            self.updates.state.recall(&marks.seen());
            if !other_server {
                // What did not come up here does not whatever offers it.
                self.updates.state.failed = state.failed;
            }
            self.told = Told { issuers, channel, ..Told::default() };
            let text = match other_server {
                true => "what another server offered is forgotten",
                false => "what another channel offered is forgotten",
            };
            audit.append(now(), "software", PROGRAM, text).context("audit log")?;
        }
        self.save()
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
        self.fault = None;
        self.remember(site)?;
        self.tell_server(site, None)?;
        let mut installer = VersionFolder::new(&folder, PROGRAM, env!("CARGO_PKG_VERSION"));
        self.prune(site, &installer, &folder)?;
        supervise::refuse_failed(&folder, &mut self.updates.state);
        let every = wish.software_every.map_or(DAY, |seconds| Duration::from_secs(seconds.into()));
        if (asked || self.told.asked_at.is_none_or(|at| now() >= at.plus(every) || now() < at))
            && let Err(failure) = self.ask(site, &installer.running())
            // What became of an installation shows here, whether anybody answers or not.
            && !matches!(self.updates.next(now(), is_open(site, wish)), UpdatesStep::Look(_))
        {
            return Err(failure);
        }
        if let UpdatesStep::Fetch(manifest) = self.updates.next(now(), is_open(site, wish)) {
            if let Err(why) = self.fetch(site, &manifest, &folder)? {
                if self.lacks_room() {
                    return Ok((None, self.tell_no_room(site, &manifest, &why)?));
                }
                let text = format!("version {} could not be fetched: {why}", manifest.version);
                return self.held_up(site, text);
            }
            self.updates.fetched();
            self.save()?;
        }
        // It may have taken hours.
        site.heed();
        if site.settings.is_suspended()
            || site.settings.software != settings
            || followed(site).as_ref() != Some(&folder)
        {
            return Ok((
                None,
                "the settings changed meanwhile: a version waits for the next turn".to_owned(),
            ));
        }
        let (path, copy) = match self.updates.next(now(), is_open(site, wish)) {
            UpdatesStep::Install(manifest) => match self.fetch(site, &manifest, &folder)? {
                Ok(path) => match self.stage(site, &mut installer, &manifest, &path) {
                    Ok(copy) => (path, copy),
                    Err(why) => return Ok((None, self.tell_no_room(site, &manifest, &why)?)),
                },
                Err(why) if self.lacks_room() => {
                    return Ok((None, self.tell_no_room(site, &manifest, &why)?));
                }
                Err(why) => {
                    return self.held_up(site, format!("version {} is not there: {why}", manifest.version));
                }
            },
            UpdatesStep::Look(_) => (PathBuf::new(), PathBuf::new()),
            step => {
                let text = match (&self.told.refused, step) {
                    (Some(why), _) if self.fault.is_some() => why.clone(),
                    (_, UpdatesStep::Wait) => "a version waits for its time".to_owned(),
                    _ => format!("version {} runs, nothing newer", installer.running()),
                };
                return Ok((None, text));
            }
        };
        let (file, told) = (self.path.clone(), self.told.clone());
        let mut keep =
            |updates: &Updates| save(&file, &Kept { state: updates.state.clone(), told: told.clone() });
        let open = is_open(site, wish);
        let attempt = install(&mut self.updates, &mut installer, &copy, now(), open, &mut keep)?;
        let text = match &attempt {
            Attempt::Installed(version) => {
                site.audit.settle(now()).context("audit log")?;
                self.prune(site, &installer, &folder)?;
                site.replaced = Some(folder);
                format!("version {version} is installed and runs when it is started")
            }
            Attempt::Failed(why) | Attempt::Changed(why) | Attempt::UnderWay(why) => why.clone(),
            _ => return Ok((None, "nothing was due".to_owned())),
        };
        match attempt {
            Attempt::Failed(_) => {
                self.fault = Some(ResultCode::UnsupportedPackage);
                self.note_failure(site, &text)?;
            }
            Attempt::Changed(_) => {
                self.fault = Some(ResultCode::IntegrityFailed);
                self.note_failure(site, &text)?;
                // Whoever was at the one may have been at the other.
                home::remove(&path)?;
            }
            _ => site.note("software", PROGRAM, &text)?,
        }
        if path.is_file() && self.updates.state.offered.is_none() {
            std::fs::remove_file(&path).context(path.display())?;
        }
        Ok((Some(attempt), text))
    }

    /// How the last turn is told of where somebody asked for it.
    #[must_use]
    pub fn result(&self) -> ResultCode {
        self.fault.clone().unwrap_or(ResultCode::Ok)
    }

    /// Removes versions that nobody goes back to. A disk that does not do it is told once and keeps nothing from going on.
    fn prune(&mut self, site: &mut Site, installer: &VersionFolder, folder: &Path) -> Result<(), Failure> {
        match supervise::good(folder).and_then(|good| installer.prune(good.as_deref())) {
            Ok(went) => {
                self.told.stay = None;
                if went.is_empty() {
                    return Ok(());
                }
                site.note("software", PROGRAM, &format!("removed: version {}", went.join(", ")))
            }
            Err(error) => {
                self.note_that_they_stay(site, format!("versions in {} stay: {error}", folder.display()))
            }
        }
    }

    /// Whether the last turn ended since a disk has no room for what is offered.
    #[must_use]
    pub fn lacks_room(&self) -> bool {
        self.fault == Some(ResultCode::NotEnoughSpace)
    }

    /// Puts a copy of the file beside the versions, where it takes its room, and gives the one to install; why there is no room, if
    /// so. A disk that is full is no fault of the version, which would not be tried again if it could not be installed.
    fn stage(
        &mut self,
        site: &Site,
        installer: &mut VersionFolder,
        manifest: &SoftwareManifest,
        file: &Path,
    ) -> Result<PathBuf, String> {
        if installer.preconditions(manifest).is_err() {
            return Ok(file.to_owned());
        }
        let fits = installer.fits(manifest.artifact.size, site.free);
        let staged = fits.and_then(|()| match installer.stage(file) {
            Err(error) if room::is_full(&error) => Err(error.to_string()),
            // Whatever else it is, it shows when it is installed.
            Err(_) => Ok(file.to_owned()),
            Ok(copy) => Ok(copy),
        });
        if staged.is_err() {
            self.fault = Some(ResultCode::NotEnoughSpace);
        }
        staged
    }

    /// What was seen counts, even when the file that said so is gone or an older one.
    fn remember(&mut self, site: &mut Site) -> Result<(), Failure> {
        let anchors = &site.identity.anchors;
        let unnamed = Marks::new(&site.audit, anchors, "");
        unnamed.adopt(now()).context("audit log")?;
        let channel = site.settings.software.channel.clone().unwrap_or_default();
        let marks = Marks::new(&site.audit, anchors, &channel);
        if self.told.channel.is_none() && marks.seen().sequence == 0 && self.path.exists() {
            // An earlier version counted them all as one.
            marks.raise(&unnamed.seen(), now()).context("audit log")?;
        }
        // A version that is being installed is looked after first.
        if self.updates.state.installing.is_some()
            && self.told.channel.as_ref().is_some_and(|known| *known != channel)
        {
            return Ok(());
        }
        self.bind(anchors, &site.audit, Some(channel))?;
        // An anchor that is new knows what the one before knows.
        let seen = marks.seen();
        marks.raise(&seen, now()).context("audit log")?;
        let before = self.updates.state.sequence;
        if !self.updates.state.recall(&seen) {
            return Ok(());
        }
        let text = match seen.ended {
            Some(ended) if before >= seen.sequence => {
                format!("{FILE} is gone or went back: the last manifest was seen to end on {ended}")
            }
            _ => format!("{FILE} is gone or went back: manifest {} was seen before {before}", seen.sequence),
        };
        site.note("software", PROGRAM, &text)?;
        self.save()
    }

    /// The file; or why it is not there, when that may pass.
    fn fetch(
        &mut self,
        site: &mut Site,
        manifest: &SoftwareManifest,
        folder: &Path,
    ) -> Result<Result<PathBuf, String>, Failure> {
        let size = manifest.artifact.size;
        let shared = room::shared(&site.home.downloads(), folder);
        // What could not be installed is not fetched either: it would wait for room and take some.
        if !shared && let Err(why) = VersionFolder::new(folder, PROGRAM, "").fits(size, site.free) {
            self.fault = Some(ResultCode::NotEnoughSpace);
            return Ok(Err(why));
        }
        match site.fetch(&manifest.artifact, if shared { size } else { 0 }) {
            Ok(path) => Ok(Ok(path)),
            Err(FetchError::Stopped) => Err(Failure::interrupted()),
            Err(FetchError::Redirect(why)) => {
                let text = format!("version {} could not be fetched: {why}", manifest.version);
                self.note_failure(site, &text)?;
                Err(Failure::failed(text))
            }
            // As it is, it would come the same way at each turn.
            Err(why @ (FetchError::Wrong(_) | FetchError::Scraps { .. })) => {
                self.fault = Some(ResultCode::IntegrityFailed);
                let until = self.updates.wrong(now());
                self.save()?;
                let until = until.map(|until| format!("; not tried again before {until}"));
                Ok(Err(format!("{why}{}", until.unwrap_or_default())))
            }
            Err(FetchError::Disk(error)) if error.is_no_room() => {
                self.fault = Some(ResultCode::NotEnoughSpace);
                // A disk that says only by being full how much it takes is not filled at each turn.
                if !matches!(error, ArtifactError::NoRoom { .. }) {
                    self.updates.wrong(now());
                    self.save()?;
                }
                Ok(Err(error.to_string()))
            }
            Err(error) => {
                self.fault = Some(ResultCode::NotReachable);
                Ok(Err(error.to_string()))
            }
        }
    }

    fn ask(&mut self, site: &mut Site, running: &str) -> Result<(), Failure> {
        // That of which the state is, also where the settings name another by now.
        let channel = self.told.channel.clone().filter(|channel| !channel.is_empty());
        let component = Component { name: COMPONENT.to_owned(), channel, target: Some(target()) };
        let (anchors, module) = (site.identity.anchors.certificates().to_vec(), site.module);
        let verifier = |media_type: &str, body: &[u8]| {
            open_signed(&anchors, PURPOSE_UPDATE_SIGNING, module, media_type, body)
        };
        let before = self.offered();
        let state = &mut self.updates.state;
        let offer = site.client.software(&component, running, state, &verifier, now());
        if offer.is_err() {
            self.save()?;
        }
        let mut is_signed = false;
        let told = match offer.map_err(server_failure)? {
            Offer::Refused(OfferRefusal::Frozen(until)) => return Err(self.miss(site, until)?),
            Offer::Newer(manifest) => {
                is_signed = true;
                Some(format!("version {} is offered", manifest.version))
            }
            Offer::Refused(why) => {
                self.note_refusal(site, &why)?;
                None
            }
            // Asked again at the next turn.
            Offer::Later { step, why, .. } => {
                return Err(Failure::of_answer(step, format_args!("software: {why}")));
            }
            _ => None,
        };
        if self.fault.is_none() {
            self.told.refused = None;
        }
        self.told.asked_at = Some(now());
        self.save()?;
        if let Some(superseded) = before.filter(|before| self.offered() != Some(*before)) {
            // Its successor may need the room.
            downloads::remove(&site.home, superseded)?;
        }
        self.mark(site)?;
        match told {
            Some(text) if is_signed => site.note("software", PROGRAM, &text),
            Some(text) => site.claim("software", PROGRAM, &text),
            None => Ok(()),
        }
    }

    /// For a turn in which the server is not reached, so that it is not asked: finds out whether the last manifest that was
    /// believed is out of date by now. While this machine is merely away nothing comes of it but a note in the audit log, once.
    ///
    /// # Errors
    /// When it is, or this machine fails.
    pub fn unasked(&mut self, site: &mut Site) -> Result<(), Failure> {
        if followed(site).is_none() {
            return Ok(());
        }
        self.remember(site)?;
        match judge_silence(&mut self.updates.state, now()) {
            Some(OfferRefusal::Frozen(until)) => Err(self.miss(site, until)?),
            _ => Ok(()),
        }
    }

    /// Has what was seen outlive this state.
    fn mark(&self, site: &Site) -> Result<(), Failure> {
        let channel = self.told.channel.as_deref().unwrap_or_default();
        let marks = Marks::new(&site.audit, &site.identity.anchors, channel);
        marks.raise(&self.updates.state.seen(), now()).context("audit log")
    }

    /// Nothing fresh since then, whoever is to blame: noted once, and asked again at the next turn as after any silence.
    fn miss(&mut self, site: &mut Site, until: Timestamp) -> Result<Failure, Failure> {
        let text = format!(
            "software: {}; perhaps this host was away, perhaps somebody keeps news from it",
            OfferRefusal::Frozen(until)
        );
        let is_new = self.told.missed.replace(until) != Some(until);
        self.save()?;
        self.mark(site)?;
        if is_new {
            site.note("software", PROGRAM, &text)?;
            self.tell_server(site, Some(&text))?;
        }
        Ok(Failure::no_answer(text))
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
fn followed(site: &Site) -> Option<PathBuf> {
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
