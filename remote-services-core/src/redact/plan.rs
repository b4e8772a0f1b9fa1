//! What a profile does with an element: a pure function of the element's columns, the mode and the consents.

use super::columns::{Columns, Content, Needs, Personal, columns};
use super::custom::{CustomProfile, Treatment};
use super::pseudonym::PseudonymKey;
use crate::reading::WithheldReason;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A profile with all that it depends on.
#[derive(Clone, Default)]
pub(super) struct Plan {
    /// Takes out what tells of place, network and people, too.
    pub(super) strict: bool,
    pub(super) lockdown: bool,
    pub(super) custom: Option<Arc<CustomProfile>>,
    pub(super) consents: Vec<Needs>,
    pub(super) key: Option<Arc<PseudonymKey>>,
}

/// What to do with the member at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) treatment: Treatment,
    pub(super) reason: Reason,
    pub(super) content: Content,
    /// Personal data may stay in the text: there is a consent for just that.
    pub(super) as_it_is: bool,
    /// What stands there names somebody or what they print: it is looked for elsewhere when it is taken out.
    pub(super) names: bool,
}

/// Why a member is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    Redacted,
    Lockdown,
    Policy,
}

impl From<Reason> for WithheldReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Redacted => Self::Redacted,
            Reason::Lockdown => Self::Lockdown,
            Reason::Policy => Self::DisabledByPolicy,
        }
    }
}

impl Plan {
    /// Whether addresses are looked for in every text.
    pub(super) fn hides_addresses(&self) -> bool {
        self.lockdown || self.strict
    }

    /// Why an address in a text is taken out.
    pub(super) fn reason_for_address(&self) -> Reason {
        if self.lockdown { Reason::Lockdown } else { Reason::Redacted }
    }

    /// Lockdown first, then consent, then the site's own rules, then the profile.
    pub(super) fn decide(&self, path: &str) -> Decision {
        let columns = columns(path);
        let consented = columns.consent.is_some_and(|needs| !self.lockdown && self.consents.contains(&needs));
        // consent to these is consent to send them as they are; records of jobs have rules of their own
        let of_jobs = matches!(columns.consent, Some(Needs::JobAccounting | Needs::PrintControl));
        let ruled = self.custom.as_deref().and_then(|custom| custom.treatment(path));
        let decision = |treatment, reason| Decision {
            treatment: match treatment {
                Treatment::Pseudonym if self.key.is_none() => Treatment::Withhold,
                treatment => treatment,
            },
            reason,
            content: columns.content,
            as_it_is: consented && (!of_jobs || ruled == Some(Treatment::Keep)),
            names: columns.consent.is_some()
                && matches!(columns.personal, Personal::Person | Personal::Content),
        };
        // an engine id goes in lockdown only when an address is in it
        if self.lockdown && columns.withheld_in_lockdown && columns.content != Content::EngineId {
            return decision(Treatment::Withhold, Reason::Lockdown);
        }
        if columns.consent.is_some() && !consented {
            let of_details = columns.consent == Some(Needs::PersonalDetails);
            let reason = if of_details { Reason::Redacted } else { Reason::Policy };
            return decision(Treatment::Withhold, reason);
        }
        match ruled {
            Some(treatment) => decision(treatment, Reason::Policy),
            None => decision(self.by_profile(&columns, of_jobs), Reason::Redacted),
        }
    }

    fn by_profile(&self, columns: &Columns, of_jobs: bool) -> Treatment {
        let of_support = matches!(columns.consent, Some(Needs::Engineering | Needs::JobReproduction));
        match columns.personal {
            _ if of_support => Treatment::Keep,
            Personal::Content if of_jobs => Treatment::Withhold,
            Personal::Person if of_jobs && columns.content != Content::Time => Treatment::Pseudonym,
            Personal::No if columns.strict && self.strict => Treatment::Withhold,
            Personal::No => Treatment::Keep,
            // devices must still be told apart
            Personal::Network if columns.content == Content::Mac && !of_jobs => Treatment::Keep,
            _ if self.strict => Treatment::Withhold,
            _ => Treatment::Keep,
        }
    }
}
