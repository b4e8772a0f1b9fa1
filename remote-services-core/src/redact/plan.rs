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
    pub(super) consented: bool,
}

/// Why a member is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let of_details = columns.consent == Some(Needs::PersonalDetails);
        let decision = |treatment, reason| Decision {
            treatment: match treatment {
                Treatment::Pseudonym if self.key.is_none() => Treatment::Withhold,
                treatment => treatment,
            },
            reason,
            content: columns.content,
            consented,
        };
        // an engine id goes in lockdown only when an address is in it
        if self.lockdown && columns.withheld_in_lockdown && columns.content != Content::EngineId {
            return decision(Treatment::Withhold, Reason::Lockdown);
        }
        if columns.consent.is_some() && !consented {
            let reason = if of_details { Reason::Redacted } else { Reason::Policy };
            return decision(Treatment::Withhold, reason);
        }
        if let Some(treatment) = self.custom.as_deref().and_then(|custom| custom.treatment(path)) {
            return decision(treatment, Reason::Policy);
        }
        decision(self.by_profile(&columns, of_details), Reason::Redacted)
    }

    fn by_profile(&self, columns: &Columns, of_details: bool) -> Treatment {
        let in_consent_kind = columns.consent.is_some() && !of_details;
        match columns.personal {
            // consent for details is consent to send them as they are
            Personal::Person | Personal::Content if of_details && !self.strict => Treatment::Keep,
            Personal::Person if in_consent_kind => Treatment::Pseudonym,
            Personal::Content if in_consent_kind => Treatment::Withhold,
            Personal::No if columns.strict && self.strict => Treatment::Withhold,
            Personal::No => Treatment::Keep,
            // devices must still be told apart
            Personal::Network if columns.content == Content::Mac && !in_consent_kind => Treatment::Keep,
            _ if self.strict => Treatment::Withhold,
            _ => Treatment::Keep,
        }
    }
}
