//! One log in parts, on its way to the server.
//!
//! ```text
//!          ┌── wait: no answer, 202 408 412 416 425 429 5xx, unknown ◀─┬──────────────────────────────┬─────────────────┐
//!          ├── 409 missingParts, eight times at most ◀──────────────────────────────────────────────────────────────────┤
//!          ▼                                                           │                              │                 │
//! begun ─▶ HEAD uploads/{id} ─▶ 204 + parts, 404 410: none ─▶ PUT parts/{n} for each that is missing ─▶ PUT uploads/{id}
//!                            ╲─▶ 200 whole ─────────────────────────────────────────────────────────▶ (the signed list)
//!                                                             ╲─▶ refused: 400 413 415 422 …        │  ╲─▶ stored
//!                                                             ╲─▶ 409 otherBytes                     ╲─▶ refused, 409 otherBytes
//! 409 otherBytes: the server has other bytes under this name, such as those of a copy of this client, or a part was sealed again
//! since what was kept of it was damaged: the log begins again under another name
//! a part that somebody in between takes for too large: the log is cut anew ([`Cut`]) and begins again under another name
//! at each: untrusted, stopped, passed over, unconfirmed as for one upload: the same step again when that has changed;
//! HEAD has no body to refuse with, so 400 406 … stop it there
//! ```
//!
//! [`PartsUpload`] decides and does no I/O. A part is not the same octets when it is sealed again, so [`PartsFolder`]
//! keeps each part on the disk from before its first octet goes out until the server has it, and the digests of all:
//! one part at a time, whatever the length of the log. After a crash on either side the same octets go out again.

mod cut;
mod folder;
mod machine;

pub use cut::Cut;
pub use folder::{Fault, PartsFolder, SealedDigest};
pub use machine::{MISSING_PARTS, OTHER_BYTES, PartsOutcome, PartsStep, PartsUpload};

#[cfg(test)]
mod tests;
