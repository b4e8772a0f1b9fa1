//! What is told of the agent's own software, and to whom: once each, however often it is found. The server has it among the errors of
//! this client until it is over.

use super::{PROGRAM, Software, VersionFolder};
use crate::failure::Failure;
use crate::site::Site;
use crate::site::errors::Concern;
use crate::why::Why;
use remote_services_core::command::ResultCode;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::SoftwareManifest;
use remote_services_transport::software::{Attempt, OfferRefusal};
use serde::{Deserialize, Serialize};

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
        why: Why,
    ) -> Result<(Option<Attempt>, String), Failure> {
        self.note_failure(site, &why)?;
        Ok((None, why.there))
    }

    /// What holds up a version may do so at every turn, for weeks: it is told when it begins.
    pub(super) fn note_failure(&mut self, site: &mut Site, why: &Why) -> Result<(), Failure> {
        let is_news = self.told.failed.as_ref() != Some(&why.here);
        self.told.failed = Some(why.here.clone());
        self.tell(site, Concern::Version, why, is_news)
    }

    /// Why this machine does not take a version, told at each try: those are ever farther apart.
    pub(super) fn note_obstacle(&mut self, site: &mut Site, why: &Why) -> Result<(), Failure> {
        self.fault = Some(ResultCode::Internal);
        self.told.obstructed = Some(why.there.clone());
        self.tell(site, Concern::Version, why, true)
    }

    /// That a version is installed. One that the process was killed over, the next turn notes.
    pub(super) fn note_installed(&mut self, site: &mut Site, version: &str) -> Result<String, Failure> {
        site.end_errors(&[Concern::Version, Concern::RolledBack])?;
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
        self.tell(site, Concern::Version, &Why::from(text.to_owned()), true)
    }

    /// That there is no room may be so for weeks, too, and the numbers change: it is told once for each manifest.
    pub(super) fn tell_no_room(
        &mut self,
        site: &mut Site,
        manifest: &SoftwareManifest,
        why: &Why,
    ) -> Result<String, Failure> {
        let why = why.prefixed(&format!("no room for version {}: ", manifest.version));
        let is_news = self.told.no_room != Some(manifest.sequence);
        if is_news || !site.has_error(Concern::Version) {
            self.told.no_room = Some(manifest.sequence);
            self.tell(site, Concern::Version, &why.suffixed("; make room on its disk"), is_news)?;
        }
        Ok(why.there)
    }

    /// That versions are not removed has nothing to do with what holds up another.
    pub(super) fn note_that_they_stay(&mut self, site: &mut Site, why: &Why) -> Result<(), Failure> {
        let is_news = self.told.stay.as_ref() != Some(&why.here);
        self.told.stay = Some(why.here.clone());
        self.tell(site, Concern::OldVersions, why, is_news)
    }

    /// They go again.
    pub(super) fn note_that_they_go(&mut self, site: &mut Site) -> Result<(), Failure> {
        self.told.stay = None;
        site.end_errors(&[Concern::OldVersions])
    }

    /// Why an offer is not believed, which is told once as well.
    pub(super) fn note_refusal(&mut self, site: &mut Site, why: &OfferRefusal) -> Result<(), Failure> {
        self.fault = Some(match why {
            OfferRefusal::From(_) => ResultCode::UnsupportedPackage,
            _ => ResultCode::IntegrityFailed,
        });
        let text = format!("an offer is not believed: {why}");
        let is_news = self.told.refused.as_ref() != Some(&text);
        self.told.refused = Some(text.clone());
        self.tell(site, Concern::Offer, &Why::from(text), is_news)
    }

    /// The server's answer is believed.
    pub(super) fn note_belief(&mut self, site: &mut Site) -> Result<(), Failure> {
        self.told.refused = None;
        site.end_errors(&[Concern::Offer, Concern::Silence])
    }

    /// Tells whoever reads the audit log and the log of this program, if it is news, and the server.
    fn tell(&mut self, site: &mut Site, concern: Concern, why: &Why, is_news: bool) -> Result<(), Failure> {
        if is_news {
            site.claim("software", PROGRAM, &why.here)?;
            tell!("software: {}", why.here);
            self.save()?;
        }
        site.begin_error(concern, &format!("software: {}", why.there))
    }
}
