//! Discovery and collection of printers by SNMP: standard MIBs into the model of `remote-services-core`.
//!
//! No sockets and no clock: everything here takes answers and gives questions, or is a pure function.
//!
//! ```text
//!  targets ──▶ Discovery ──▶ Found ──▶ Collection ──▶ ObjectStore ──▶ build() ──▶ DeviceReport
//!                 │ ▲                     │ ▲            ▲
//!      Operation  ▼ │ answers             ▼ │            └── record::parse(recording)
//!               an SNMP manager, driven by the caller
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | [`discover`] | which hosts there are, and which of them are printers |
//! | [`plan`] | what to ask a printer, in few requests |
//! | [`drive`] | the loop around both |
//! | [`store`] | what it answered, raw |
//! | [`build`](mod@build) | the answers as the model, with sources and reasons for what is missing |
//! | [`truth`] | counters against those of the reading before: wraps, resets, swapped boards |
//! | [`history`] | faults of the past, from status to status |
//! | [`refresh`] | from traps to "read this device again soon" |
//! | [`usage`] | detailed usage, for service: asked for only when wanted |
//! | [`jobs`] | accounting records from the Job-Monitoring MIB |
//! | [`identity`] | a key for a device that outlives its address |
//! | [`action`] | restart, test page, upgrade, settings: once, to the right device, and seen to have happened |
//! | [`profile`] | what is known of single makers, as data: `profiles/*.toml` |
//! | [`record`] [`replay`] | recordings of devices: read, written, and answering like a device |
//! | [`synthetic`] | recordings of this project's own, one a maker |
//! | [`text`] [`status`] | character sets of devices; the state in one word |
//!
//! ```
//! use remote_services_collect::{ObjectStore, ReadContext, build, record};
//!
//! let lines = b"1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5\n\
//!     1.3.6.1.2.1.25.3.2.1.3.1|4|Brother MFC-L2710DW series\n\
//!     1.3.6.1.2.1.43.11.1.1.8.1.1|2|12000\n\
//!     1.3.6.1.2.1.43.11.1.1.9.1.1|2|11500\n";
//! let recording = record::parse(lines, record::Mode::Strict)?;
//! let report = build(&ObjectStore::from(recording.values), &ReadContext::default());
//! assert_eq!(report.identity.manufacturer.as_deref(), Some("Brother"));
//! assert_eq!(report.supplies.supplies[0].remaining_percent, Some(95.8));
//! # Ok::<(), record::RecordError>(())
//! ```
//!
//! Printer-safe: nothing here writes to a device but [`action`], and that only when asked.

pub mod action;
pub mod build;
pub mod discover;
pub mod drive;
pub mod history;
pub mod identity;
pub mod jobs;
pub mod maker;
pub mod plan;
pub mod profile;
pub mod record;
pub mod refresh;
pub mod replay;
#[cfg(test)]
mod samples;
pub mod status;
pub mod store;
mod sums;
pub mod synthetic;
mod tables;
pub mod text;
pub mod truth;
mod up_time;
pub mod usage;

pub use build::{ReadContext, build};
pub use store::ObjectStore;

/// The example of the README is built with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The handle that ties an answer to a request of a [`discover::Discovery`] or [`plan::Collection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey(u64);
