//! A log of exchanges that cannot be edited unnoticed.
//!
//! ```text
//! HASH {"sequence":1,"time":…,"event":…,"subject":…,"text":…}      HASH = SHA-256(previous HASH ‖ JSON)
//! HASH {"sequence":2,…}                                            the first previous HASH is 32 zero octets
//! ```
//!
//! One entry a line, readable as it is. Changing, removing, adding or reordering lines breaks the chain at that line.
//! Cutting lines off the end does not; against that there are checkpoints, signed by the client's key:
//!
//! ```text
//! audit.log                  the present file; begins with a checkpoint line unless it is the first
//! audit-000000015000.log     older files, each up to that entry, from where the one before ended; the oldest is given up
//! audit.checkpoint           the last checkpoint: entries, hash, time, signature
//! ```
//!
//! A log begins with a checkpoint of nothing. Whoever opens one holds it against its last checkpoint, and a copy of that in
//! another folder ([`History`]), before anything is signed on top: an edited entry in a chain that was hashed anew, an end
//! that was cut off together with the checkpoint, a log that is gone. What is found becomes an entry `broken`, its subject
//! the number of the first entry that cannot be believed, and stands in every checkpoint from then on: `"broken":17`.
//! Rotation does not take it away, and [`verify_log`] says it for ever. Checkpoints carry marks along in the same way, numbers
//! that only grow ([`AuditLog::set_mark`]): a state that lost them to whoever removed its file has them from here.
//! Each says which log it is of ([`History::log`]) and what it is for (to be kept, the begin of a file, the end of an export): none
//! passes for one of another log by the same key, or in another place for the last.
//! Signed is the JSON object as it was written, without its signature: what a later version says in it is
//! covered, too, and a program that does not know it reads over it, but for a place that it does not know.
//!
//! The same is done before each entry when the file is not the one that was left, or not as long, or when a
//! checkpoint is gone: what is removed under a program that runs is told at once.
//!
//! Who puts an older copy of all that back, in both folders, is found where somebody else knows more: the stand that the server was
//! told of is held against the log as well ([`AuditLog::hold_against`]).
//!
//! A checkpoint is signed every so many entries and when the owner asks for it. What lies behind the last one, a few
//! entries at most, could be cut off unnoticed; [`AuditLog::head`] is what to show somewhere else to notice even that.
//! While the signer is away, or the disk takes no checkpoint, entries are added all the same: [`AuditLog::unsigned`] tells how many
//! wait, as many as fit in one file at most, and they are signed for at the next chance.
//! [`verify_log`] checks all files at once and names the first thing that does not hold.

mod chain;
mod checkpoint;
mod earlier;
mod error;
mod export;
mod files;
mod history;
mod limits;
mod log;
mod open;
mod part;
mod verify;

pub use chain::{AuditEntry, ChainError, ChainHead, Verifier, verify};
pub use checkpoint::{Carried, Checkpoint, CheckpointKey, CheckpointSigner, NoCheckpointKey};
pub use earlier::{NotVouched, signs_in, write_earlier};
pub use error::AuditError;
pub use export::{NotSigned, export, export_signed};
pub use history::History;
pub use limits::AuditLimits;
pub use log::AuditLog;
pub use verify::{Fault, Verdict, verify_export, verify_log};

/// What happened when a history does not hold.
const BROKEN: &str = "broken";

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod carried_tests;
#[cfg(test)]
mod moved;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unsigned;
#[cfg(test)]
mod while_open;
