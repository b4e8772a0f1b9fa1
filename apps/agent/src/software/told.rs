//! What is told of the agent's own software, and to whom: once each, however often it is found.

use super::{PROGRAM, Software, VersionFolder};
use crate::failure::Failure;
use crate::site::Site;
use remote_services_core::command::ResultCode;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::SoftwareManifest;
use remote_services_transport::software::{Attempt, OfferRefusal};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What is remembered beside the state.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) asked_at: Option<Timestamp>,
    /// The end of the last manifest after which it was noted that none followed: noted once, however often it is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) missed: Option<Timestamp>,
    /// Why the last attempt came to nothing, as it was noted: noted again when it is another reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failed: Option<String>,
    /// The version of which it was noted that it is installed: a kill right after that was done leaves another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) runs: Option<String>,
    /// Why this machine could not install what is offered, as it was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) obstructed: Option<String>,
    /// Why versions that nobody goes back to are still there, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stay: Option<String>,
    /// Why the last offer was not believed, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<String>,
    /// The number of the last manifest of which it was told that there is no room for its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) no_room: Option<u64>,
    /// What the server was not told of yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) untold: Vec<String>,
    /// Whose manifests these were; nobody put it down before there could be more than one server.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) issuers: Vec<String>,
    /// On which channel, empty where it has no name; put down as the issuers are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<String>,
}

impl Software {
    pub(super) fn held_up(
        &mut self,
        site: &mut Site,
        text: String,
    ) -> Result<(Option<Attempt>, String), Failure> {
        self.note_failure(site, &text)?;
        Ok((None, text))
    }

    /// What holds up a version may do so at every turn, for weeks: it is told when it begins.
    pub(super) fn note_failure(&mut self, site: &mut Site, text: &str) -> Result<(), Failure> {
        if self.told.failed.as_deref() == Some(text) {
            return Ok(());
        }
        self.told.failed = Some(text.to_owned());
        self.tell(site, text)
    }

    /// Why this machine does not take a version, told at each try: those are ever farther apart. Where that is, only people of this
    /// machine are told.
    pub(super) fn note_obstacle(
        &mut self,
        site: &mut Site,
        why: &str,
        path: Option<&Path>,
    ) -> Result<(), Failure> {
        self.fault = Some(ResultCode::Internal);
        self.told.obstructed = Some(why.to_owned());
        let here = path.map_or_else(|| why.to_owned(), |path| format!("{why} ({})", path.display()));
        site.claim("software", PROGRAM, &here)?;
        tell!("software: {here}");
        self.tell_server(site, Some(&format!("software: {why}")))
    }

    /// That a version is installed. One that the process was killed over, the next turn notes.
    pub(super) fn note_installed(&mut self, site: &mut Site, version: &str) -> Result<String, Failure> {
        let text = format!("version {version} is installed and runs when it is started");
        site.note("software", PROGRAM, &text)?;
        self.told.runs = Some(version.to_owned());
        self.save()?;
        Ok(text)
    }

    /// Notes what is installed and was not noted.
    pub(super) fn make_good(&mut self, site: &mut Site, installer: &VersionFolder) -> Result<(), Failure> {
        let followed = self.updates.state.last.as_ref().map(|manifest| &manifest.version);
        match installer.current_version() {
            Some(current) if followed == Some(&current) && self.told.runs.as_ref() != Some(&current) => {
                self.note_installed(site, &current).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// That an installation was interrupted and begins again, which it does twice at most.
    pub(super) fn note_interruption(&mut self, site: &mut Site, text: &str) -> Result<(), Failure> {
        self.tell(site, text)
    }

    /// That there is no room may be so for weeks, too, and the numbers change: it is told once for each manifest.
    pub(super) fn tell_no_room(
        &mut self,
        site: &mut Site,
        manifest: &SoftwareManifest,
        why: &str,
    ) -> Result<String, Failure> {
        let text = format!("no room for version {}: {why}", manifest.version);
        if self.told.no_room != Some(manifest.sequence) {
            self.told.no_room = Some(manifest.sequence);
            self.tell(site, &format!("{text}; make room on its disk"))?;
        }
        Ok(text)
    }

    /// That versions are not removed has nothing to do with what holds up another.
    pub(super) fn note_that_they_stay(&mut self, site: &mut Site, text: String) -> Result<(), Failure> {
        if self.told.stay.as_ref() == Some(&text) {
            return Ok(());
        }
        self.tell(site, &text)?;
        self.told.stay = Some(text);
        self.save()
    }

    /// Why an offer is not believed, which is told once as well.
    pub(super) fn note_refusal(&mut self, site: &mut Site, why: &OfferRefusal) -> Result<(), Failure> {
        self.fault = Some(match why {
            OfferRefusal::From(_) => ResultCode::UnsupportedPackage,
            _ => ResultCode::IntegrityFailed,
        });
        let text = format!("an offer is not believed: {why}");
        if self.told.refused.as_ref() == Some(&text) {
            return Ok(());
        }
        self.told.refused = Some(text.clone());
        self.tell(site, &text)
    }

    /// Tells whoever reads the audit log, the log of this program, and the server.
    fn tell(&mut self, site: &mut Site, text: &str) -> Result<(), Failure> {
        site.claim("software", PROGRAM, text)?;
        tell!("software: {text}");
        self.tell_server(site, Some(&format!("software: {text}")))
    }

    /// Tells the server, too. What it does not hear now it is told at a later turn.
    pub(super) fn tell_server(&mut self, site: &Site, news: Option<&str>) -> Result<(), Failure> {
        let untold = &mut self.told.untold;
        untold.extend(news.map(str::to_owned));
        untold.drain(..untold.len().saturating_sub(MOST_UNTOLD));
        if untold.is_empty() {
            return Ok(());
        }
        if site.tell_errors(untold).is_ok() {
            untold.clear();
        }
        self.save()
    }
}

/// Sentences that are kept for a server that does not hear them.
const MOST_UNTOLD: usize = 8;
