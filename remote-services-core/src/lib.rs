//! The words that all layers of remote-services share.
//!
//! This crate holds types and small pure functions: the device model that collection fills and the
//! payload carries, the commands that a server may ask for, security modes and redaction, time stamps,
//! identifiers, back-off and secrets. It does no I/O, reads no clock and makes no randomness: both are
//! arguments. It builds without `std` (with `alloc`).
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`device`] | [`device::DeviceReport`]: all that one reading of one device brings, and its identity |
//! | [`network`] [`properties`] [`status`] [`counter`] [`supply`] | the other kinds, one a file |
//! | [`usage`] | how a device was used, part by part |
//! | [`job`] [`policy`] [`engineering`] | what is sent with consent only: job accounting, print policy, logs for support |
//! | [`embedder`] | the trait of whoever can tell what SNMP cannot |
//! | [`agent`] | who reports: the host of the device-management application |
//! | [`reading`] | where a value came from, and why a value is missing |
//! | [`command`] | actions, the states of a command, result codes |
//! | [`mode`] [`redact`] [`consent`] | security mode, what is taken out of a report, and what was consented to |
//! | [`key`] [`pem`] | keys by handle: what asks for signatures never sees the key; keys and certificates as text |
//! | [`time`] [`id`] [`money`] [`digest`] [`hex`] [`backoff`] [`secret`] | the small things |
//!
//! ```
//! use remote_services_core::device::DeviceReport;
//! use remote_services_core::mode::SecurityMode;
//! use remote_services_core::redact::{Redaction, RedactionProfile};
//!
//! let mut report = DeviceReport::default();
//! report.identity.serial_number = Some("3719104725".into());
//! report.network.last_known_address = Some("192.0.2.7".into());
//! Redaction::new(RedactionProfile::of(SecurityMode::Lockdown)).report(&mut report);
//! assert_eq!(report.identity.serial_number.as_deref(), Some("3719104725"));
//! assert_eq!(report.network.last_known_address, None, "in lockdown no address leaves the site");
//! ```
//!
//! | feature | who needs it |
//! | --- | --- |
//! | `serde` | JSON of the model: every type with the element names of the XML schemas (`SerialNumber`), the attributes of an element as members in lower camel case |
//! | `std` | who turns the system's time into a [`time::Timestamp`] |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[macro_use]
mod macros;

pub mod agent;
pub mod alert_code;
pub mod backoff;
pub mod command;
pub mod consent;
pub mod counter;
pub mod device;
pub mod digest;
pub mod embedder;
pub mod engineering;
pub mod hex;
pub mod id;
pub mod job;
pub mod key;
pub mod mode;
pub mod money;
pub mod network;
pub mod pem;
pub mod policy;
pub mod properties;
pub mod reading;
pub mod redact;
pub mod secret;
pub mod status;
pub mod supply;
pub mod time;
pub mod usage;

/// The example of the README is built with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
