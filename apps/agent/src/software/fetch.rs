//! A version on its way to its folder, and those that go from there.

use super::folder::place;
use super::{PROGRAM, Software, VersionFolder, followed};
use crate::failure::Failure;
use crate::room;
use crate::settings::SoftwareSettings;
use crate::site::Site;
use crate::supervise;
use crate::survey::now;
use crate::why::Why;
use remote_services_core::command::ResultCode;
use remote_services_core::mode::SecurityMode;
use remote_services_transport::client::blocking::FetchError;
use remote_services_transport::document::SoftwareManifest;
use remote_services_transport::software::{ArtifactError, Installer as _};
use std::path::{Path, PathBuf};

impl Software {
    /// The file; or why it is not there, when that may pass.
    pub(super) fn fetch(
        &mut self,
        site: &mut Site,
        manifest: &SoftwareManifest,
        (settings, folder): (&SoftwareSettings, &Path),
    ) -> Result<Result<PathBuf, Why>, Failure> {
        let size = manifest.artifact.size;
        let shared = room::shared(&site.home.downloads(), folder);
        // What could not be installed is not fetched either: it would wait for room and take some.
        if !shared && let Err(why) = VersionFolder::new(folder, PROGRAM, "").fits(size, site.free) {
            self.fault = Some(ResultCode::NotEnoughSpace);
            return Ok(Err(why));
        }
        let beside = if shared { size } else { 0 };
        let fetched = loop {
            match site.fetch(&manifest.artifact, beside) {
                Err(FetchError::Stopped) if site.stop.is_stopped() => return Err(Failure::interrupted()),
                Err(FetchError::Stopped) => {
                    if let Some(why) = self.changed(site, settings, folder) {
                        return Ok(Err(why.into()));
                    }
                }
                fetched => break fetched,
            }
        };
        match fetched {
            Ok(path) => Ok(Ok(path)),
            Err(FetchError::Redirect(why)) => {
                let text = format!("version {} could not be fetched: {why}", manifest.version);
                self.note_failure(site, &text.clone().into())?;
                Err(Failure::failed(text))
            }
            // As it is, it would come the same way at each turn.
            Err(why @ (FetchError::Wrong(_) | FetchError::Scraps { .. })) => {
                self.fault = Some(ResultCode::IntegrityFailed);
                let until = self.updates.wrong(now());
                self.save()?;
                let until = until.map(|until| format!("; not tried again before {until}"));
                Ok(Err(format!("{why}{}", until.unwrap_or_default()).into()))
            }
            Err(FetchError::Disk(error)) if error.is_no_room() => {
                self.fault = Some(ResultCode::NotEnoughSpace);
                // A disk that says only by being full how much it takes is not filled at each turn.
                if !matches!(error, ArtifactError::NoRoom { .. }) {
                    self.updates.wrong(now());
                    self.save()?;
                }
                Ok(Err(Why::from(&error)))
            }
            Err(error) => {
                self.fault = Some(ResultCode::NotReachable);
                Ok(Err(match &error {
                    FetchError::Disk(error) => Why::from(error),
                    error => Why::from(error.to_string()),
                }))
            }
        }
    }

    /// Why nothing goes on, where the settings are not those any more with which it began.
    pub(super) fn changed(
        &mut self,
        site: &mut Site,
        settings: &SoftwareSettings,
        folder: &Path,
    ) -> Option<String> {
        site.heed();
        let is_followed = followed(site).as_deref() == Some(folder);
        if !site.settings.is_suspended() && is_followed && site.settings.software == *settings {
            return None;
        }
        self.is_changed = true;
        Some(if site.settings.is_suspended() || followed(site).is_some() {
            "the settings changed meanwhile: a version waits for the next turn".to_owned()
        } else {
            self.fault = Some(ResultCode::PolicyDisabled);
            let why = match site.settings.mode {
                SecurityMode::Lockdown => "the site went into lockdown before it was over",
                SecurityMode::Normal => {
                    "the settings changed meanwhile: software updates are switched off here"
                }
            };
            why.to_owned()
        })
    }

    /// Puts a copy of the file beside the versions, where it takes its room, and gives the one to install; why there is no room, if
    /// so. A disk that is full is no fault of the version, which would not be tried again if it could not be installed.
    pub(super) fn stage(
        &mut self,
        site: &Site,
        installer: &mut VersionFolder,
        manifest: &SoftwareManifest,
        file: &Path,
    ) -> Result<PathBuf, Why> {
        if installer.preconditions(manifest).is_err() {
            return Ok(file.to_owned());
        }
        let fits = installer.fits(manifest.artifact.size, site.free);
        let staged = fits.and_then(|()| installer.stage(file));
        if staged.is_err() {
            self.fault = Some(ResultCode::NotEnoughSpace);
        }
        staged
    }

    /// Removes versions that nobody goes back to. A disk that does not do it is told once and keeps nothing from going on.
    pub(super) fn prune(
        &mut self,
        site: &mut Site,
        installer: &VersionFolder,
        folder: &Path,
    ) -> Result<(), Failure> {
        match supervise::good(folder).and_then(|good| installer.prune(good.as_deref())) {
            Ok(went) => {
                self.note_that_they_go(site)?;
                if went.is_empty() {
                    return Ok(());
                }
                site.note("software", PROGRAM, &format!("removed: version {}", went.join(", ")))
            }
            Err(error) => {
                let stay = place::why(&error, folder).prefixed("versions that nobody goes back to stay: ");
                self.note_that_they_stay(site, &stay)
            }
        }
    }
}
