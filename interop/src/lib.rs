//! The same behaviours, run against us and against parts that others wrote.
//!
//! `tests/` holds one file a peer. What a test needs beyond the Rust toolchain it asks for first:
//!
//! ```
//! use remote_services_interop::{Tool, require};
//!
//! if !require(&[Tool::Snmpd]) {
//!     return; // said so: `left out: needs snmpd (Debian package snmpd)`
//! }
//! ```
//!
//! `cargo xtask test` installs what is missing where it may, and counts the tests that were left out.
mod tool;

pub use tool::{Tool, leave_out, require};
