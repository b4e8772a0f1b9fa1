//! What is taken out of a report before it is written.
//!
//! ```text
//!            ┌ contact, phone, user-defined values,
//!            │ events of a front end; user names, ──▶ gone, or a pseudonym   Withheld(redacted)
//! default  ──┤ document names of the job kinds
//!            └ e-mail addresses, those names and
//!              numbers, documents in other texts ───▶ [redacted]             Withheld(redacted)
//!
//!            ┌ all that the default takes
//!            │ address fields, names that spell an
//! lockdown ──┤ address, engine ids made from one,
//!            │ the job, policy and log kinds ───────▶ gone                   Withheld(lockdown)
//!            │ addresses inside other texts ────────▶ [withheld]             Withheld(lockdown)
//!            └ instances of address tables ─────────▶ gone
//!
//! strict   ──┬ all that lockdown takes, but for the kinds that are consented to
//!            └ location, names on the network, time zone, console, free text,
//!              asset tags, serial numbers of parts ─▶ gone                   Withheld(redacted)
//!
//! custom   ──── default or strict, changed by the site's own rules ─▶ gone   Withheld(disabledByPolicy)
//! ```
//!
//! In lockdown every profile takes at least what `lockdown` takes. Kinds and details that need consent are sent
//! only where [`Redaction::permitting`] was given the permit of a recorded [consent](crate::consent).
//!
//! The rules are data: [`columns`] has one row an element. The way through the model is made by the macros that
//! declare it, so a member that nobody wrote a rule for is searched as free text.
//!
//! An address is found in two ways. By its *shape*, in every text that people write: dotted IPv4
//! (`192.0.2.53`), IPv6 (`2001:db8::53`), both as host names spell them (`ip-192-0-2-53`,
//! `2001-db8--53.ipv6-literal.net`), IPX, and host parts made from a MAC. And by its *value*, everywhere, also in
//! serial numbers, versions and object identifiers: the addresses that the report itself names in its address
//! fields (and those that the caller adds, such as the agent's own) are looked for in every form that devices are
//! known to use, down to eight hexadecimal digits and the arcs of an object identifier. That is done for 1,024
//! addresses; a device has a handful.
//!
//! Names of people are found by value too: what is taken out of the places for them, each part of it that stands by
//! itself (`Grace Hopper, IT, +49 89 1234567`), is looked for in all texts that people write; a phone number however its
//! digits are set apart, and by its shape where it is written as such. Words of makers, versions and serial numbers are
//! left alone: a device is known by them. A name that stands nowhere else in the report cannot be told from other words; `strict`
//! takes those texts out as a whole.
//!
//! A version of four small numbers inside a free text (`firmware 4.11.0.2`) has the shape of an address and
//! goes too: in lockdown a lost version is the smaller harm. Fields that hold nothing but a version stay.
//! MAC addresses, mask lengths, DNS names without an address in them and time zones stay in lockdown: devices
//! must still be told apart.

mod columns;
mod custom;
mod header;
mod known;
mod names;
mod part;
mod plan;
mod profile;
mod pseudonym;
mod rules;
mod shape;

pub use columns::{Columns, Needs, Personal, columns};
pub use custom::{Base, CustomError, CustomFault, CustomProfile, CustomRule, CustomSettings, Treatment};
pub use part::Element;
pub use profile::RedactionProfile;
pub use pseudonym::PseudonymKey;

pub(crate) use part::{Catalogue, Fate, Name, Part};
pub(crate) use rules::Rules;

use crate::agent::Agent;
use crate::consent::Permit;
use crate::counter::Counters;
use crate::device::{DeviceReport, Identity};
use crate::engineering::Engineering;
use crate::job::JobAccounting;
use crate::mode::SecurityMode;
use crate::network::Network;
use crate::policy::PrintControl;
use crate::properties::Properties;
use crate::reading::Header;
use crate::status::Status;
use crate::supply::Supplies;
use crate::usage::DetailedUsage;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use plan::Plan;

/// A profile, and what it depends on: mode, consents, key, addresses that are known beside those in the report.
#[derive(Clone)]
pub struct Redaction {
    profile: RedactionProfile,
    plan: Plan,
    known: Vec<IpAddr>,
}

impl Redaction {
    /// Takes out what the profile says. [`RedactionProfile::Custom`] alone is the default: its rules come by
    /// [`Self::custom`].
    #[must_use]
    pub fn new(profile: RedactionProfile) -> Self {
        let plan = Plan {
            strict: profile == RedactionProfile::Strict,
            lockdown: profile == RedactionProfile::Lockdown,
            ..Plan::default()
        };
        Self { profile, plan, known: Vec::new() }
    }

    /// Takes out what the site's own rules say.
    #[must_use]
    pub fn custom(rules: CustomProfile) -> Self {
        let plan =
            Plan { strict: rules.base() == Base::Strict, custom: Some(Arc::new(rules)), ..Plan::default() };
        Self { profile: RedactionProfile::Custom, plan, known: Vec::new() }
    }

    /// In lockdown, no profile takes out less than [`RedactionProfile::Lockdown`], and no consent counts.
    #[must_use]
    pub fn in_mode(mut self, mode: SecurityMode) -> Self {
        if mode == SecurityMode::Lockdown {
            self.plan.lockdown = true;
            if matches!(self.profile, RedactionProfile::None | RedactionProfile::Default) {
                self.profile = RedactionProfile::Lockdown;
            }
        }
        self
    }

    /// Where addresses are taken out, also looks for these: the agent's own, those of its proxy or of the site's
    /// servers.
    #[must_use]
    pub fn knowing(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.known.extend(addresses);
        self
    }

    /// Sends what this permit is for; without one, what needs consent is taken out.
    #[must_use]
    pub fn permitting(mut self, permit: &Permit<'_>) -> Self {
        self.plan.consents.extend(permit.needs());
        self
    }

    /// Replaces names by pseudonyms under the site's key where the profile allows; without a key they are taken out.
    #[must_use]
    pub fn with_pseudonyms(mut self, key: Arc<PseudonymKey>) -> Self {
        self.plan.key = Some(key);
        self
    }

    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> RedactionProfile {
        self.profile
    }

    /// What the manifest says: the profile, with the name of the site's rules and the floor of lockdown
    /// (`default`, `custom.acme`, `strict-lockdown`).
    #[must_use]
    pub fn label(&self) -> Cow<'static, str> {
        let custom = self.plan.custom.as_deref().map(CustomProfile::label);
        match (custom, self.plan.lockdown && self.profile != RedactionProfile::Lockdown) {
            (None, false) => Cow::Borrowed(self.profile.label()),
            (Some(label), false) => Cow::Owned(String::from(label)),
            (custom, true) => Cow::Owned(format!("{}-lockdown", custom.unwrap_or(self.profile.label()))),
        }
    }

    /// Redacts all kinds of a device. What was taken out is noted in the header of its kind.
    pub fn report(&self, report: &mut DeviceReport) {
        if self.profile == RedactionProfile::None {
            return;
        }
        let mut rules = Rules::new(self);
        // every kind is named here, so that a new one cannot be forgotten
        let DeviceReport { identity, network, properties, status, counters, supplies, usage } = report;
        rules.learn(identity);
        rules.learn(network);
        rules.learn(properties);
        rules.learn(status);
        rules.learn(counters);
        rules.learn(supplies);
        if let Some(usage) = usage {
            rules.learn(usage);
        }
        rules.document(identity);
        rules.document(network);
        rules.document(properties);
        rules.document(status);
        rules.document(counters);
        rules.document(supplies);
        if let Some(usage) = usage {
            rules.document(usage);
        }
    }

    /// Redacts the agent's own document.
    pub fn agent(&self, agent: &mut Agent) {
        self.alone(agent);
    }

    /// Redacts an index of logs and jobs. Without the permits for them, nothing of it is left.
    pub fn engineering(&self, engineering: &mut Engineering) {
        self.alone(engineering);
    }

    /// Redacts records of jobs. Without the permit for them, nothing of them is left; with it, users become
    /// pseudonyms and names of documents go, unless the site's own rules keep them.
    pub fn job_accounting(&self, jobs: &mut JobAccounting) {
        self.alone(jobs);
    }

    /// Redacts violations of print policies, as [`Self::job_accounting`] does records of jobs.
    pub fn print_control(&self, violations: &mut PrintControl) {
        self.alone(violations);
    }

    /// Redacts a sentence that is told beside the documents, such as the result of a command: as words of a
    /// maker, and without paths of this host.
    pub fn sentence(&self, text: &mut String) {
        if self.profile != RedactionProfile::None {
            Rules::new(self).sentence(text);
        }
    }

    fn alone<D: Document>(&self, document: &mut D) {
        if self.profile != RedactionProfile::None {
            let mut rules = Rules::new(self);
            rules.learn(document);
            rules.document(document);
        }
    }
}

/// Without the addresses, the key and the rules: this may reach a log.
impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction").field("label", &self.label()).finish_non_exhaustive()
    }
}

/// A kind of the model: redacted by itself, with a header that tells what is missing.
pub(crate) trait Document: Part {
    /// Name of the root element.
    const ROOT: &'static str;

    fn header(&mut self) -> &mut Header;
}

macro_rules! documents {
    ($($kind:ident),+ $(,)?) => {
        $(
            impl Document for $kind {
                const ROOT: &'static str = stringify!($kind);

                fn header(&mut self) -> &mut Header {
                    &mut self.header
                }
            }
        )+

        /// Every element of the model, as rules name it.
        #[must_use]
        pub fn elements() -> Vec<Element> {
            let mut catalogue = Catalogue::default();
            $( catalogue.member::<$kind>(Name::Given(stringify!($kind))); )+
            catalogue.elements
        }
    };
}

documents!(
    Identity,
    Network,
    Properties,
    Status,
    Counters,
    Supplies,
    DetailedUsage,
    Agent,
    Engineering,
    JobAccounting,
    PrintControl,
);
