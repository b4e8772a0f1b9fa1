//! An installation, and what becomes of it.

use super::{Kept, PROGRAM, Software, VersionFolder, is_open, save};
use crate::failure::{Context, Failure};
use crate::home;
use crate::site::Site;
use crate::site::errors::Concern;
use crate::survey::now;
use crate::why::Why;
use remote_services_core::command::ResultCode;
use remote_services_transport::document::Policy;
use remote_services_transport::software::{Attempt, Updates, install};
use std::path::Path;

impl Software {
    /// Installs this copy, or finds out what became of an installation that was interrupted.
    pub(super) fn attempt(
        &mut self,
        site: &Site,
        wish: &Policy,
        installer: &mut VersionFolder,
        copy: &Path,
    ) -> Result<Attempt, Failure> {
        let (file, told) = (self.path.clone(), self.told.clone());
        let mut keep =
            |updates: &Updates| save(&file, &Kept { state: updates.state.clone(), told: told.clone() });
        install(&mut self.updates, installer, copy, now(), is_open(site, wish), &mut keep)
    }

    /// Tells what became of an attempt, and removes the file that was fetched for it, at this path, when nobody waits for it.
    pub(super) fn conclude(
        &mut self,
        site: &mut Site,
        (installer, folder): (&VersionFolder, &Path),
        path: &Path,
        attempt: Attempt,
    ) -> Result<(Option<Attempt>, String), Failure> {
        let text = match &attempt {
            Attempt::Installed(version) => {
                site.audit.settle(now()).context("audit log")?;
                self.prune(site, installer, folder)?;
                site.replaced = Some(folder.to_owned());
                self.note_installed(site, version)?
            }
            Attempt::Failed(why)
            | Attempt::GivenUp(why)
            | Attempt::Changed(why)
            | Attempt::UnderWay(why)
            | Attempt::Obstructed { why, .. } => why.clone(),
            _ => return Ok((None, "nothing was due".to_owned())),
        };
        match &attempt {
            Attempt::Obstructed { why, path } => {
                let of_nowhere = || Why::from(why.clone());
                let why = path.as_deref().map_or_else(of_nowhere, |path| Why::at(path, why));
                self.note_obstacle(site, &why)?;
            }
            Attempt::Failed(_) => {
                self.fault = Some(ResultCode::UnsupportedPackage);
                self.note_failure(site, &text.clone().into())?;
            }
            Attempt::GivenUp(_) => {
                self.fault = Some(ResultCode::Internal);
                self.note_failure(site, &text.clone().into())?;
            }
            Attempt::Changed(_) => {
                self.fault = Some(ResultCode::IntegrityFailed);
                self.note_failure(site, &text.clone().into())?;
                // Whoever was at the one may have been at the other.
                home::remove(path)?;
            }
            Attempt::Installed(_) => {}
            _ => site.note("software", PROGRAM, &text)?,
        }
        if path.is_file() && self.updates.state.offered.is_none() {
            std::fs::remove_file(path).context(path.display())?;
        }
        Ok((Some(attempt), text))
    }

    /// What is said where nothing is to be done, also of a version that is not tried any more.
    pub(super) fn nothing_newer(&self, site: &mut Site, running: &str) -> Result<String, Failure> {
        Ok(match self.updates.given_up(running) {
            Some(why) => format!("version {running} runs; {why}"),
            None => {
                // Whatever kept one from being installed, nobody wants it any more.
                if self.fault.is_none() {
                    site.end_errors(&[Concern::Version])?;
                }
                format!("version {running} runs, nothing newer")
            }
        })
    }
}
