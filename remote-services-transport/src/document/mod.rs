//! The control documents that client and server exchange, as types that both sides share.
//!
//! Everything here is words: JSON documents with serde, the values of a few header fields, and the names of
//! paths, header fields and media types. Nothing here decides, reads a clock or touches a socket.
//!
//! ```text
//! server ──▶ client   Directory · Problem · Receipt · CommandList · Command · SoftwareManifest
//! client ──▶ server   ClientDescription · DeviceEvidence · Execution
//! header fields       Content-Digest (RFC 9530) · Remote-Services-Next-Poll, Remote-Services-Parts (RFC 9651)
//! ```
//!
//! Unknown members are ignored, and members may be absent wherever an `Option` or a `#[serde(default)]` says so, so
//! that either side can be newer than the other within one major version. Members are in camelCase, times in
//! RFC 3339, binary values in base64.

mod base64_bytes;
mod client;
mod command;
mod device;
mod digest;
mod directory;
mod execution;
pub mod names;
mod pace;
mod part_ranges;
mod policy;
mod problem;
mod receipt;
mod software;

pub use base64_bytes::Base64Bytes;
pub use client::{AuditStand, Capabilities, ClientDescription, ClientHeard, DropCount, SpoolReport};
pub use command::{Command, CommandArtifact, CommandEntry, CommandList};
pub use device::{DeviceConflict, DeviceEvidence, Evidence, EvidenceKind};
pub use digest::{ContentDigest, DigestError};
pub use directory::{Directory, EncryptionCertificate, Limits, UrlTemplates, expand};
pub use execution::{Execution, ExecutionResult};
pub use pace::{NextPoll, PaceError};
pub use part_ranges::{PartRanges, PartRangesError};
pub use policy::Policy;
pub use problem::{Problem, ProblemKind};
pub use receipt::Receipt;
pub use software::{SoftwareArtifact, SoftwareManifest};
