//! The proof that a consent covers something, and what is missing when there is none.

use super::{Consent, ConsentScope};
use crate::redact::Needs;
use crate::time::Timestamp;
use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

/// The proof that a consent covers a scope. Had from [`Consents::permit`](super::Consents::permit) only.
#[derive(Clone, Debug)]
pub struct Permit<'a> {
    pub(super) consent: &'a Consent,
    pub(super) scope: ConsentScope,
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

    pub(super) fn fault(&self, device: Option<&str>, time: Timestamp) -> Option<ConsentFault> {
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
