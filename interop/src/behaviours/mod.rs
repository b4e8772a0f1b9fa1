//! What an agent does with requests of all kinds, as functions that are run against ours and against others'.
//!
//! A [`Behaviour`] sends one request, or a few that belong together, and puts what comes back into words; what it
//! ought to be stands beside it. An agent that is tried must have
//! - the communities `public`, who reads, `private`, who writes, and `narrow`, who reads the system group
//!   without sysContact;
//! - the user `sha256aes`, who reads and writes with privacy, and `sha256only` without, both with the passwords of
//!   [`crate::responder`];
//! - sysDescr.0, sysObjectID.0, sysUpTime.0 and sysContact.0, which cannot be written, sysLocation.0, which can, and
//!   ifHCInOctets.1 of type Counter64.
mod community;
mod peer;
mod reading;
mod version3;
mod writing;

pub use peer::Peer;

/// One behaviour.
#[derive(Clone, Copy)]
pub struct Behaviour {
    /// What it is about.
    pub name: &'static str,
    /// Tries it, and says what came back.
    pub observe: fn(&mut Peer) -> String,
    /// What ought to come back.
    pub expected: &'static str,
}

/// All of them.
#[must_use]
pub fn all() -> Vec<Behaviour> {
    [community::BEHAVIOURS, reading::BEHAVIOURS, writing::BEHAVIOURS, version3::BEHAVIOURS].concat()
}

const SYS_DESCR: remote_services_snmp::Oid = remote_services_snmp::oid!("1.3.6.1.2.1.1.1.0");
const SYS_UP_TIME: remote_services_snmp::Oid = remote_services_snmp::oid!("1.3.6.1.2.1.1.3.0");
const SYS_CONTACT: remote_services_snmp::Oid = remote_services_snmp::oid!("1.3.6.1.2.1.1.4.0");
const SYS_LOCATION: remote_services_snmp::Oid = remote_services_snmp::oid!("1.3.6.1.2.1.1.6.0");
/// An object that no agent has.
const NOWHERE: remote_services_snmp::Oid = remote_services_snmp::oid!("1.3.6.1.2.1.9999.1.0");
