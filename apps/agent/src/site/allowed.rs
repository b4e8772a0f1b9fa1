//! What waits and may not be sent any more, since a consent was withdrawn or the site went into lockdown after it was sealed.
//!
//! ```text
//! DATA/state/sealed-under.json    the consents that waiting payloads were sealed under, and whether the last ones were sealed in lockdown
//!
//! before each payload ── a consent of a payload was withdrawn ─▶ it is given up
//!                     ╲─ lockdown, and not when it was sealed ─▶ it is set aside, and a person may have it sent all the same
//! ```
//!
//! What is allowed is looked up when a sending begins; before each payload, and each part of a log, it is looked whether that
//! [still stands](Standing). It is kept before a payload is: whatever waits under a consent is known to.

use super::Site;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::pack::Sealed;
use crate::present::counted;
use crate::reread::SettingsFile;
use crate::witness;
use remote_services_core::consent::Consents;
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_transport::durable;
use remote_services_transport::spool::SpoolError;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What people allowed at one moment.
pub(crate) struct Standing {
    consents: Option<Vec<u8>>,
}

impl Standing {
    /// Before it is looked up what is allowed: what changes in between counts as a change.
    pub(crate) fn now(home: &Home) -> Self {
        Self { consents: std::fs::read(home.consents()).ok() }
    }

    /// Whether neither the consents nor the settings changed since.
    pub(crate) fn holds(&self, home: &Home, settings: &SettingsFile) -> bool {
        settings.is_as_seen() && std::fs::read(home.consents()).ok() == self.consents
    }
}

/// What is known of the payloads that wait.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SealedUnder {
    /// Whether the last payloads were sealed in lockdown. Where nobody knows, they may not have been.
    lockdown: Option<bool>,
    /// The consents of each, where there were any.
    consents: BTreeMap<Uuid, Vec<Uuid>>,
}

impl SealedUnder {
    pub(super) fn load(home: &Home) -> Result<Self, Failure> {
        let path = home.state(NAME);
        match std::fs::read(&path) {
            Ok(octets) => serde_json::from_slice(&octets).context(format_args!(
                "{}: remove the file, and what waits is sent whatever was withdrawn since it was sealed",
                path.display()
            )),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Failure::failed(format_args!("{}: {error}", path.display()))),
        }
    }

    fn keep(&self, home: &Home) -> Result<(), Failure> {
        let path = home.state(NAME);
        durable::replace(&path, &serde_json::to_vec(self).context(path.display())?).context(path.display())
    }
}

impl Site {
    /// Keeps under what these are sealed, before they wait.
    pub(super) fn keep_under(&mut self, sealed: &mut dyn Iterator<Item = &Sealed>) -> Result<(), Failure> {
        self.set_aside_for_lockdown()?;
        let mut under = self.under.clone();
        under.lockdown = Some(self.settings.mode == SecurityMode::Lockdown);
        let consented = sealed.filter(|sealed| !sealed.consents.is_empty());
        under.consents.extend(consented.map(|sealed| (sealed.upload, sealed.consents.clone())));
        if under.consents.len() > MOST_GONE + self.waiting() {
            let spool = self.spool_mut();
            let mut there: BTreeSet<Uuid> = spool.pending().map(|entry| entry.id).collect();
            there.extend(spool.quarantined().context("spool")?.into_iter().map(|(entry, _)| entry.id));
            under.consents.retain(|upload, _| there.contains(upload));
        }
        if under != self.under {
            under.keep(&self.home)?;
            self.under = under;
        }
        Ok(())
    }

    /// Takes what may not be sent any more from those that wait.
    pub(super) fn take_back_forbidden(&mut self) -> Result<(), Failure> {
        self.give_up_withdrawn()?;
        self.set_aside_for_lockdown()
    }

    /// Has in the audit log what settings and consents permit by now.
    ///
    /// # Errors
    /// When the consents cannot be read, or the audit log or the disk fails.
    pub(crate) fn witness(&mut self) -> Result<(), Failure> {
        self.witness_settings()?;
        if !self.settings.is_suspended() {
            witness::settings(&self.home, &self.settings, &self.audit)?;
        }
        self.consents().map(drop)
    }

    /// The consents on record, read anew each time: what was withdrawn meanwhile is not sent. What changed is in the audit log
    /// before anything is done by it.
    ///
    /// # Errors
    /// When they cannot be read, or the audit log or the disk fails.
    pub(crate) fn consents(&self) -> Result<Consents, Failure> {
        witness::consents(&self.home, &self.audit)
    }

    fn give_up_withdrawn(&mut self) -> Result<(), Failure> {
        if self.under.consents.is_empty() {
            return Ok(());
        }
        let consents = self.consents()?;
        let withdrawn = consents.records().iter().filter(|consent| consent.revocation.is_some());
        let withdrawn: BTreeSet<Uuid> = withdrawn.map(|consent| consent.id).collect();
        let under = &self.under.consents;
        let is_withdrawn =
            |upload: &Uuid| under.get(upload).is_some_and(|ids| ids.iter().any(|id| withdrawn.contains(id)));
        let spool = self.spool.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        let forbidden: Vec<Uuid> = spool.pending().map(|entry| entry.id).filter(is_withdrawn).collect();
        let why = "the consent that it was sealed under was withdrawn";
        for upload in &forbidden {
            spool.quarantine(*upload, why).context("spool")?;
            match spool.give_up(*upload) {
                Ok(()) | Err(SpoolError::Unknown(_)) => {}
                Err(error) => return Err(Failure::failed(format_args!("spool: {error}"))),
            }
        }
        self.note_taken_back(&forbidden, &format!("{why}: given up"))
    }

    fn set_aside_for_lockdown(&mut self) -> Result<(), Failure> {
        let lockdown = self.settings.mode == SecurityMode::Lockdown;
        if !lockdown || self.under.lockdown == Some(true) {
            return Ok(());
        }
        let waiting: Vec<Uuid> = self.spool_mut().pending().map(|entry| entry.id).collect();
        let why = "it was sealed in normal mode, and may hold what lockdown never sends";
        for upload in &waiting {
            self.spool_mut().quarantine(*upload, why).context("spool")?;
        }
        self.note_taken_back(
            &waiting,
            &format!("{why}: set aside; quarantine retry has it sent all the same"),
        )?;
        // Last: who is killed before that does the rest at the next start.
        let under = SealedUnder { lockdown: Some(true), ..self.under.clone() };
        under.keep(&self.home)?;
        self.under = under;
        Ok(())
    }

    fn note_taken_back(&mut self, uploads: &[Uuid], why: &str) -> Result<(), Failure> {
        for upload in uploads {
            self.note("forbidden", &upload.to_string(), why)?;
        }
        if !uploads.is_empty() {
            tell!("{} not sent: {why}", counted(uploads.len(), "payload"));
        }
        Ok(())
    }
}

const NAME: &str = "sealed-under.json";
/// So many more are remembered than wait, before those that are gone are forgotten.
const MOST_GONE: usize = 100;
