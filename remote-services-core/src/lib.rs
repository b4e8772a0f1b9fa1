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
//! | [`agent`] | who reports: the host of the device-management application |
//! | [`reading`] | where a value came from, and why a value is missing |
//! | [`command`] | actions, the states of a command, result codes |
//! | [`mode`] [`redact`] | security mode, and what it takes away from a report |
//! | [`time`] [`id`] [`hex`] [`backoff`] [`secret`] | the small things |
//!
//! With the feature `serde`, every model type is written and read with the element names of the XML
//! schemas (`SerialNumber`), and the attributes of an element become members in lower camel case.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[macro_use]
mod macros;

pub mod agent;
pub mod alert_code;
pub mod backoff;
pub mod command;
pub mod counter;
pub mod device;
pub mod hex;
pub mod id;
pub mod mode;
pub mod network;
pub mod properties;
pub mod reading;
pub mod redact;
pub mod secret;
pub mod status;
pub mod supply;
pub mod time;
