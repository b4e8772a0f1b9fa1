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

use crate::id::Uuid;
use crate::mode::SecurityMode;
use crate::redact::Needs;
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

/// The proof that a consent covers a scope. Had from [`Consents::permit`] only.
#[derive(Clone, Debug)]
pub struct Permit<'a> {
    consent: &'a Consent,
    scope: ConsentScope,
}

impl<'a> Permit<'a> {
    /// What it is for.
    #[must_use]
    pub const fn scope(&self) -> &ConsentScope {
        &self.scope
    }

    /// The record that it rests on.
    #[must_use]
    pub const fn consent(&self) -> &'a Consent {
        self.consent
    }

    /// Whether it covers a document that is sealed at `time` about this device.
    ///
    /// # Errors
    /// What is missing.
    pub fn check(&self, device: Option<&str>, time: Timestamp) -> Result<(), ConsentRefusal> {
        match self.fault(device, time) {
            None => Ok(()),
            Some(fault) => Err(ConsentRefusal { kind: self.scope.label().to_owned(), fault }),
        }
    }

    fn fault(&self, device: Option<&str>, time: Timestamp) -> Option<ConsentFault> {
        let Consent { given_at, until, devices, revocation, .. } = self.consent;
        if let Some(revocation) = revocation.as_ref().filter(|revocation| revocation.at <= time) {
            return Some(ConsentFault::Revoked { at: revocation.at });
        }
        if time < *given_at {
            return Some(ConsentFault::NotYet { from: *given_at });
        }
        if let Some(until) = until.filter(|until| *until <= time) {
            return Some(ConsentFault::Expired { until });
        }
        let covered =
            devices.is_empty() || device.is_some_and(|device| devices.iter().any(|one| one == device));
        (!covered).then_some(ConsentFault::OtherDevices)
    }

    /// The elements that it opens.
    pub(crate) fn needs(&self) -> Option<Needs> {
        [
            Needs::PersonalDetails,
            Needs::JobAccounting,
            Needs::PrintControl,
            Needs::Engineering,
            Needs::JobReproduction,
        ]
        .into_iter()
        .find(|needs| needs.scope() == self.scope)
    }
}

/// Why something is not sent for want of consent. Blame: nobody; it is the site's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRefusal {
    /// The kind, or the scope.
    pub kind: String,
    /// What is missing.
    pub fault: ConsentFault,
}

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsentFault {
    /// In lockdown no consent counts.
    Lockdown,
    /// There is no record of a consent to it.
    NotRecorded,
    /// The consent begins later.
    NotYet {
        /// When it begins.
        from: Timestamp,
    },
    /// The consent has ended.
    Expired {
        /// When it ended.
        until: Timestamp,
    },
    /// The consent was taken back.
    Revoked {
        /// When.
        at: Timestamp,
    },
    /// The consent is for other devices.
    OtherDevices,
    /// Nothing is known about this kind, so nobody can have consented to it.
    UnknownKind,
}

impl fmt::Display for ConsentRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = &self.kind;
        match self.fault {
            ConsentFault::Lockdown => write!(f, "{kind} is never sent in lockdown"),
            ConsentFault::NotRecorded => write!(f, "{kind} needs consent: none is on record"),
            ConsentFault::NotYet { from } => {
                write!(f, "{kind} needs consent: the one on record begins at {from}")
            }
            ConsentFault::Expired { until } => {
                write!(f, "{kind} needs consent: the one on record ended at {until}")
            }
            ConsentFault::Revoked { at } => write!(f, "{kind} needs consent: it was revoked at {at}"),
            ConsentFault::OtherDevices => {
                write!(f, "{kind} needs consent: the one on record is for other devices")
            }
            ConsentFault::UnknownKind => {
                write!(f, "{kind:?} is no kind that is known, so nobody consented to it")
            }
        }
    }
}

impl core::error::Error for ConsentRefusal {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn consent() -> Consent {
        Consent {
            id: Uuid::from_u128(7),
            given_by: "Ada Lovelace".into(),
            given_at: at(100),
            scopes: [ConsentScope::JobAccounting].to_vec(),
            devices: Vec::new(),
            until: Some(at(200)),
            text: ConsentScope::JobAccounting.statement().into(),
            revocation: None,
        }
    }

    fn recorded(consent: Consent) -> Consents {
        let mut consents = Consents::none();
        consents.add(consent).unwrap();
        consents
    }

    fn refused(consents: &Consents, scope: &ConsentScope, device: Option<&str>, time: i64) -> ConsentFault {
        consents.permit(scope, device, at(time), SecurityMode::Normal).unwrap_err().fault
    }

    #[test]
    fn a_consent_covers_its_scope_from_its_beginning_to_its_end() {
        let consents = recorded(consent());
        let scope = ConsentScope::JobAccounting;
        for time in [100, 199] {
            let permit = consents.permit(&scope, None, at(time), SecurityMode::Normal).unwrap();
            assert_eq!((permit.scope(), permit.consent().id), (&scope, Uuid::from_u128(7)));
        }
        assert_eq!(refused(&consents, &scope, None, 99), ConsentFault::NotYet { from: at(100) });
        assert_eq!(refused(&consents, &scope, None, 200), ConsentFault::Expired { until: at(200) });
        assert_eq!(refused(&consents, &ConsentScope::PrintControl, None, 150), ConsentFault::NotRecorded);
    }

    #[test]
    fn a_permit_is_checked_again_for_the_time_and_the_device_of_the_sealing() {
        let consents = recorded(Consent { devices: ["a".into()].to_vec(), ..consent() });
        let scope = ConsentScope::JobAccounting;
        let permit = consents.permit(&scope, Some("a"), at(150), SecurityMode::Normal).unwrap();
        assert_eq!(permit.check(Some("a"), at(199)), Ok(()));
        assert_eq!(permit.check(Some("b"), at(199)).unwrap_err().fault, ConsentFault::OtherDevices);
        assert_eq!(
            permit.check(Some("a"), at(200)).unwrap_err().fault,
            ConsentFault::Expired { until: at(200) }
        );
        assert_eq!(refused(&consents, &scope, None, 150), ConsentFault::OtherDevices);
    }

    #[test]
    fn what_was_revoked_counts_no_more() {
        let mut consents = recorded(consent());
        assert!(consents.revoke(Uuid::from_u128(7), "Ada Lovelace", at(150)));
        assert!(!consents.revoke(Uuid::from_u128(7), "Ada Lovelace", at(160)), "once is enough");
        assert!(!consents.revoke(Uuid::from_u128(8), "Ada Lovelace", at(160)), "there is none");
        let scope = ConsentScope::JobAccounting;
        assert_eq!(refused(&consents, &scope, None, 150), ConsentFault::Revoked { at: at(150) });
        assert!(consents.permit(&scope, None, at(149), SecurityMode::Normal).is_ok());
        let again = Consent { id: Uuid::from_u128(9), given_at: at(160), ..consent() };
        consents.add(again).unwrap();
        assert!(consents.permit(&scope, None, at(170), SecurityMode::Normal).is_ok());
    }

    #[test]
    fn in_lockdown_no_consent_counts() {
        let consents = recorded(consent());
        let refusal =
            consents.permit(&ConsentScope::JobAccounting, None, at(150), SecurityMode::Lockdown).unwrap_err();
        assert_eq!(refusal.to_string(), "jobAccounting is never sent in lockdown");
    }

    #[test]
    fn a_record_without_a_person_words_scope_or_duration_is_not_taken() {
        let mut consents = Consents::none();
        for (empty, why) in [
            (Consent { given_by: " ".into(), ..consent() }, ProvesNothing::NoPerson),
            (Consent { text: String::new(), ..consent() }, ProvesNothing::NoWords),
            (Consent { scopes: Vec::new(), ..consent() }, ProvesNothing::NoScope),
            (Consent { until: Some(at(100)), ..consent() }, ProvesNothing::NoTime),
        ] {
            assert_eq!(consents.add(empty), Err(why));
        }
        consents.add(consent()).unwrap();
        assert_eq!(consents.add(consent()), Err(ProvesNothing::SameId));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn records_are_kept_as_json_and_checked_when_they_are_read() {
        let consents = recorded(consent());
        let text = serde_json::to_string(&consents).unwrap();
        assert!(text.contains("\"scopes\":[\"jobAccounting\"]"), "{text}");
        assert_eq!(serde_json::from_str::<Consents>(&text).unwrap(), consents);
        let nobody = text.replace("Ada Lovelace", "");
        let error = serde_json::from_str::<Consents>(&nobody).unwrap_err().to_string();
        assert!(error.contains("does not say who gave it"), "{error}");
    }

    #[test]
    fn a_scope_that_is_not_known_allows_nothing() {
        let unlisted = ConsentScope::from_label("everything");
        let consents = recorded(Consent { scopes: [unlisted.clone()].to_vec(), ..consent() });
        assert_eq!(refused(&consents, &unlisted, None, 150), ConsentFault::UnknownKind);
        assert_eq!(refused(&consents, &ConsentScope::Engineering, None, 150), ConsentFault::NotRecorded);
        assert_eq!(ConsentScope::of_kind("everything").unwrap_err().fault, ConsentFault::UnknownKind);
    }

    #[test]
    fn the_person_is_in_no_debug_output() {
        let mut consents = recorded(consent());
        consents.revoke(Uuid::from_u128(7), "Grace Hopper", at(150));
        let text = alloc::format!("{consents:?}");
        assert!(!text.contains("Ada") && !text.contains("Grace"), "{text}");
    }
}
