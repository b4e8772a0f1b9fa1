//! The device-management agent: discovers printers, reads them, seals what they say, uploads it, and carries
//! out what the server asks for where the customer allows it.
//!
//! ```text
//! cli/      what the user types, one file a command      present/  tables, JSON, XML
//! survey/   discovery and collection over one socket     action/   what a command does to a device
//! site      identity, settings, memory, spool together   pack      from the model to a sealed payload
//! clock     whether this host's clock and the server's agree
//! contact   the server's directory, and the certificate that is renewed
//! round     read all devices, send what waits            commands  poll, carry out, report
//! wishes    what the server may set, and when the daily work is due
//! reread    the settings while the agent runs       limits    the bounds of the site
//! long_poll hearing of commands at once while it rests
//! roster    the devices that are known, so that not each reading needs a search
//! owner     whose the payloads are that wait in the spool
//! registration  where this agent stands and whom to ask about it, as the operator is told
//! aside     what people want done with payloads that were set aside
//! home memory journal decision identity settings consents   the data folder, one file an idea
//! software/ this program's own versions       supervise/  whoever keeps it running, and goes back to the version before
//! engineering  logs for support, in parts
//! modules   whose cryptography does what      tls       what the site demands of TLS
//! listen    notifications of devices, while the agent waits
//! produce/  jobs, violations and logs of this host, which no device tells
//! accounting  the road of those jobs and violations to the server, under consent
//! trail     what this agent did, as its audit log has it
//! regular   files that settings name, and no pipes
//! renewal_rest  until when a certificate is not renewed, over starts
//! unnoted   what that has yet to say of a new certificate
//! vault/    secrets on the disk, sealed
//! say       lines for the person at the terminal
//! demo/     the whole road on this machine alone
//! ```
#[macro_use]
mod say;

mod anchors;
#[cfg(feature = "pkcs11")]
mod refused_pin;
mod regular;
mod renewal_rest;
mod unnoted;

pub mod accounting;
pub mod action;
pub mod aside;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod consents;
pub mod contact;
pub mod decision;
pub mod demo;
pub mod device_jobs;
pub mod dhcp;
mod downloads;
mod due;
pub mod engineering;
pub mod failure;
pub mod home;
pub mod host;
pub mod identity;
pub mod intake;
pub mod interrupt;
pub mod journal;
pub mod limits;
pub mod listen;
mod long_poll;
pub mod memory;
pub mod modules;
pub mod names;
pub mod owner;
pub mod pack;
pub mod present;
pub mod produce;
pub mod profiles;
pub mod progress;
pub mod proxy;
pub mod registration;
mod reread;
pub mod room;
pub mod roster;
pub mod round;
pub mod settings;
pub mod site;
pub mod software;
pub mod supervise;
pub mod survey;
pub mod tls;
pub mod trail;
pub mod vault;
mod why;
pub mod wishes;
mod witness;
