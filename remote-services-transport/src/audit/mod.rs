//! A log of exchanges that cannot be edited unnoticed.
//!
//! ```text
//! HASH {"sequence":1,"time":…,"event":…,"subject":…,"text":…}      HASH = SHA-256(previous HASH ‖ JSON)
//! HASH {"sequence":2,…}                                            the first previous HASH is 32 zero octets
//! ```
//!
//! One entry a line, readable as it is. Changing, removing, adding or reordering lines breaks the chain at that line.
//! Cutting lines off the end does not: [`AuditLog::head`] is what to show somewhere else to notice that.

mod chain;
mod log;

pub use chain::{AuditEntry, ChainError, ChainHead, Verifier, verify};
pub use log::{AuditError, AuditLog};
