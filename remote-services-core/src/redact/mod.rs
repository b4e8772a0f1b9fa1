//! What is taken out of a report before it is written: personal data, and in lockdown every IP address.
//!
//! ```text
//!            ┌ contact, phone numbers ─────────────▶ gone            Withheld(redacted)
//! default  ──┤ e-mail addresses and those phone
//!            └ numbers inside other texts ─────────▶ [redacted]      Withheld(redacted)
//!
//!            ┌ all that the default takes
//!            │ address fields, names that spell an
//! lockdown ──┤ address, engine ids made from one ──▶ gone            Withheld(lockdown)
//!            │ addresses inside other texts ───────▶ [withheld]      Withheld(lockdown)
//!            └ instances of address tables ────────▶ gone
//! ```
//!
//! An address is found in two ways. By its *shape*, in every text that people write: dotted IPv4
//! (`192.0.2.53`), IPv6 (`2001:db8::53`), and both as host names spell them (`ip-192-0-2-53`,
//! `2001-db8--53.ipv6-literal.net`). And by its *value*, everywhere, also in serial numbers, versions and
//! object identifiers: the addresses that the report itself names in its address fields (and those that the
//! caller adds, such as the agent's own) are looked for in every form that devices are known to use, down to
//! eight hexadecimal digits and the arcs of an object identifier.
//!
//! A version of four small numbers inside a free text (`firmware 4.11.0.2`) has the shape of an address and
//! goes too: in lockdown a lost version is the smaller harm. Fields that hold nothing but a version stay.
//! MAC addresses, mask lengths, DNS names without an address in them and time zones stay: devices must still
//! be told apart.

mod known;
mod rules;
mod shape;
mod walk;

use crate::agent::Agent;
use crate::device::DeviceReport;
use crate::mode::SecurityMode;
use alloc::vec::Vec;
use core::net::IpAddr;

/// What is taken out. The manifest of every payload names the profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RedactionProfile {
    /// Nothing: for the display on site only.
    None,
    /// Personal data.
    #[default]
    Default,
    /// Personal data, and the IP addresses of agent and device wherever they stand.
    Lockdown,
}

impl RedactionProfile {
    /// The profile under which a client in this mode sends.
    #[must_use]
    pub const fn of(mode: SecurityMode) -> Self {
        match mode {
            SecurityMode::Normal => Self::Default,
            SecurityMode::Lockdown => Self::Lockdown,
        }
    }

    /// The word in manifests and on the command line.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Default => "default",
            Self::Lockdown => "lockdown",
        }
    }

    /// The profile with this label.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        [Self::None, Self::Default, Self::Lockdown].into_iter().find(|profile| profile.label() == label)
    }
}

/// A profile, and addresses that are known beside those in the report.
#[derive(Clone, Debug, Default)]
pub struct Redaction {
    profile: RedactionProfile,
    known: Vec<IpAddr>,
}

impl Redaction {
    /// Takes out what the profile says.
    #[must_use]
    pub const fn new(profile: RedactionProfile) -> Self {
        Self { profile, known: Vec::new() }
    }

    /// In lockdown, also looks for these: the agent's own addresses, those of its proxy or of the site's servers.
    #[must_use]
    pub fn knowing(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.known.extend(addresses);
        self
    }

    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> RedactionProfile {
        self.profile
    }

    /// Redacts all six kinds of a device. What was taken out is noted in the header of its kind.
    pub fn report(&self, report: &mut DeviceReport) {
        if self.profile != RedactionProfile::None {
            walk::report(self, report);
        }
    }

    /// Redacts the agent's own document.
    pub fn agent(&self, agent: &mut Agent) {
        if self.profile != RedactionProfile::None {
            walk::agent(self, agent);
        }
    }
}
