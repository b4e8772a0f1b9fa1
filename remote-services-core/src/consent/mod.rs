//! Consent: who allowed what, when and until when, and the proof of it that sealing asks for.
//!
//! ```text
//!  Consent ──add──▶ Consents ──permit(scope, device, now, mode)──▶ Permit ──▶ redaction keeps it
//!  (recorded)          │                                              │
//!                      └── revoke: nobody holds a permit meanwhile    └─────▶ the container seals it
//! ```
//!
//! A [`Permit`] can only be had from a record that covers the scope at that time, and borrows the records: while one
//! is held, none can be revoked. In lockdown there are no permits.
//!
//! The records hold who agreed and to which words. They stay at the site; what a payload says of them is the
//! identifier.

mod permit;

pub use permit::{ConsentFault, ConsentRefusal, Permit};

use crate::id::Uuid;
use crate::mode::SecurityMode;
use crate::time::Timestamp;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

open_enum! {
    /// What a consent is for. One that is not listed here allows nothing.
    pub enum ConsentScope {
        /// Records of jobs: who printed what, when and how much.
        JobAccounting: "jobAccounting",
        /// Violations of print policies.
        PrintControl: "printControl",
        /// Unstructured logs of a device, for support.
        Engineering: "engineering",
        /// A customer's job, to reproduce a fault.
        JobReproduction: "jobReproduction",
        /// Contact, phone numbers, user-defined values and texts of a front end.
        PersonalDetails: "personalDetails",
    }
}

impl ConsentScope {
    /// What is to be shown to whoever consents; the record keeps the words that were shown.
    #[must_use]
    pub fn statement(&self) -> &'static str {
        match self {
            Self::JobAccounting => {
                "Records of print jobs are sent: job, media, pages, times and device. Users and workstations are \
                 replaced by pseudonyms, names of documents are left out, unless the settings of this site say \
                 otherwise."
            }
            Self::PrintControl => {
                "Violations of print policies are sent: rule, time, device, cost and action. Users and computers are \
                 replaced by pseudonyms, names of documents are left out, unless the settings of this site say \
                 otherwise."
            }
            Self::Engineering => {
                "Logs of the device are sent to third-level support, as they are. They may hold names of users and \
                 documents, e-mail addresses and data of jobs."
            }
            Self::JobReproduction => {
                "A print job with all that it holds is sent to third-level support, encrypted to them alone."
            }
            Self::PersonalDetails => {
                "The contact, phone numbers, user-defined entries and events of the device are sent as they are. They \
                 may name people."
            }
            Self::Unlisted(_) => "This program does not know what this consent is for. It allows nothing.",
        }
    }

    /// Whether documents of the kind with this label are sealed only with a consent, and with which.
    ///
    /// # Errors
    /// [`ConsentFault::UnknownKind`]: what is not known may hold anything.
    pub fn of_kind(label: &str) -> Result<Option<Self>, ConsentRefusal> {
        match label {
            "identity" | "network" | "properties" | "status" | "counters" | "supplies" | "detailedUsage"
            | "agent" => Ok(None),
            "jobAccounting" => Ok(Some(Self::JobAccounting)),
            "printControl" => Ok(Some(Self::PrintControl)),
            "engineering" => Ok(Some(Self::Engineering)),
            "jobReproduction" => Ok(Some(Self::JobReproduction)),
            _ => Err(ConsentRefusal { kind: label.to_owned(), fault: ConsentFault::UnknownKind }),
        }
    }
}

/// A recorded consent.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", deny_unknown_fields))]
pub struct Consent {
    /// Names the record.
    pub id: Uuid,
    /// Who consented: a person with the right to, as the site knows them.
    pub given_by: String,
    /// When (UTC).
    pub given_at: Timestamp,
    /// To what.
    pub scopes: Vec<ConsentScope>,
    /// For which devices, by the identifiers that manifests name; all of the site when there are none.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub devices: Vec<String>,
    /// The end (UTC), not included; without one it holds until it is revoked.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub until: Option<Timestamp>,
    /// The words that were shown, to the letter.
    pub text: String,
    /// Who took it back, and when.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub revocation: Option<Revocation>,
}

/// A consent that was taken back. What was sealed before stays sent.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", deny_unknown_fields))]
pub struct Revocation {
    /// Who took it back.
    pub by: String,
    /// From when on (UTC).
    pub at: Timestamp,
}

/// Without the names of people: this may reach a log.
impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent").field("id", &self.id).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocation").field("at", &self.at).finish_non_exhaustive()
    }
}

/// The consents of a site, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Vec<Consent>", into = "Vec<Consent>"))]
pub struct Consents {
    records: Vec<Consent>,
}

impl Consents {
    /// No consent to anything.
    #[must_use]
    pub const fn none() -> Self {
        Self { records: Vec::new() }
    }

    /// Records a consent.
    ///
    /// # Errors
    /// When it would prove nothing.
    pub fn add(&mut self, consent: Consent) -> Result<(), ProvesNothing> {
        if consent.given_by.trim().is_empty() {
            return Err(ProvesNothing::NoPerson);
        }
        if consent.text.trim().is_empty() {
            return Err(ProvesNothing::NoWords);
        }
        if consent.scopes.is_empty() {
            return Err(ProvesNothing::NoScope);
        }
        if consent.until.is_some_and(|until| until <= consent.given_at) {
            return Err(ProvesNothing::NoTime);
        }
        if self.records.iter().any(|record| record.id == consent.id) {
            return Err(ProvesNothing::SameId);
        }
        self.records.push(consent);
        Ok(())
    }

    /// Takes a consent back; `false` when there is none with this identifier, or it was taken back before.
    pub fn revoke(&mut self, id: Uuid, by: impl Into<String>, at: Timestamp) -> bool {
        let record = self.records.iter_mut().find(|record| record.id == id && record.revocation.is_none());
        record.is_some_and(|record| {
            record.revocation = Some(Revocation { by: by.into(), at });
            true
        })
    }

    /// All of them, those that ended too.
    #[must_use]
    pub fn records(&self) -> &[Consent] {
        &self.records
    }

    /// The proof that `scope` is consented to at `now`, for this device or, without one, for the whole site.
    ///
    /// # Errors
    /// What is missing. In lockdown that is always [`ConsentFault::Lockdown`].
    pub fn permit(
        &self,
        scope: &ConsentScope,
        device: Option<&str>,
        now: Timestamp,
        mode: SecurityMode,
    ) -> Result<Permit<'_>, ConsentRefusal> {
        let refusal = |fault| ConsentRefusal { kind: scope.label().to_owned(), fault };
        if mode == SecurityMode::Lockdown {
            return Err(refusal(ConsentFault::Lockdown));
        }
        if matches!(scope, ConsentScope::Unlisted(_)) {
            return Err(refusal(ConsentFault::UnknownKind));
        }
        // the latest record says best what is missing
        let mut fault = ConsentFault::NotRecorded;
        for consent in self.records.iter().filter(|consent| consent.scopes.contains(scope)) {
            let permit = Permit { consent, scope: scope.clone() };
            match permit.fault(device, now) {
                None => return Ok(permit),
                Some(missing) => fault = missing,
            }
        }
        Err(refusal(fault))
    }
}

impl TryFrom<Vec<Consent>> for Consents {
    type Error = ProvesNothing;

    fn try_from(records: Vec<Consent>) -> Result<Self, ProvesNothing> {
        let mut consents = Self::none();
        records.into_iter().try_for_each(|record| consents.add(record))?;
        Ok(consents)
    }
}

impl From<Consents> for Vec<Consent> {
    fn from(consents: Consents) -> Self {
        consents.records
    }
}

/// Why a record of a consent proves nothing. Blame: who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProvesNothing {
    /// It does not say who consented.
    NoPerson,
    /// It does not say which words were shown.
    NoWords,
    /// It does not say to what.
    NoScope,
    /// It ends before it begins.
    NoTime,
    /// Its identifier is that of another record.
    SameId,
}

impl fmt::Display for ProvesNothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPerson => "the consent does not say who gave it",
            Self::NoWords => "the consent does not hold the words that were shown",
            Self::NoScope => "the consent does not say to what",
            Self::NoTime => "the consent ends before it begins",
            Self::SameId => "a consent with this identifier is on record already",
        })
    }
}

impl core::error::Error for ProvesNothing {}

#[cfg(test)]
mod tests;
