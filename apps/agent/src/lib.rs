//! The device-management agent: discovers printers, reads them, seals what they say, uploads it, and carries
//! out what the server asks for where the customer allows it.
//!
//! ```text
//! cli/      what the user types, one file a command        present/  tables, JSON, XML
//! survey/   discovery and collection over one SNMP socket  action/   what a command does to a device
//! round     one whole round: survey, pack, spool, upload, poll, carry out, report
//! home memory journal identity settings                    the data folder, one file an idea
//! demo/     the whole road on this machine alone
//! ```
pub mod action;
pub mod failure;
pub mod home;
pub mod host;
pub mod identity;
pub mod journal;
pub mod memory;
pub mod pack;
pub mod present;
pub mod progress;
pub mod settings;

/// What the user types.
pub mod cli {
    pub mod snmp_options;
}
