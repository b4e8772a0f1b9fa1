//! The client with blocking sockets: one exchange at a time per call, no runtime, no thread but for name resolution.
//!
//! ```text
//! enrol ─▶ Identity ─▶ Client ─┬─ directory, describe, put_device
//!                              ├─ upload ◀── Uploader ◀── Spool
//!                              ├─ PartsUploader ◀── PartsFolder, PartSource
//!                              ├─ commands ─▶ command ─▶ report
//!                              └─ obey: these three, for clients without a person to ask
//! stream      a TCP stream with a deadline        connect    resolve, connect, CONNECT, TLS
//! connection  one exchange on a connection        stop       the flag that ends waiting
//! network     how the network is called that this host is on
//! hang_up     cuts a connection in the middle of an exchange
//! ```
//!
//! A [`Client`] may be shared between threads. It keeps one idle connection; who comes while it is in use opens another.

mod client;
mod clock;
pub(super) mod connect;
pub(super) mod connection;
mod enrol;
mod file_body;
mod hang_up;
pub(super) mod network;
mod obey;
mod origin;
mod parts;
mod proxy_script;
mod software;
mod stop;
mod stream;
mod uploader;

pub use super::calls::{DeviceOutcome, FetchedCommand};
pub use super::drain::{DrainEnd, DrainReport, UploadEvent};
pub use super::fetch::FetchError;
pub use super::obeying::ObeyError;
pub use super::sending::{PartSource, PartsEnd, PartsFailure, SealedPart, SourceError};
use remote_services_core::time::Timestamp;
use std::time::{Instant, SystemTime};

pub use client::Client;
pub use enrol::{Enrolled, enrol, enrol_when_reachable, new_key};
pub use hang_up::HangUp;
pub use parts::PartsUploader;
pub use proxy_script::{ProxyScript, ScriptSource};
pub use stop::StopFlag;
pub use uploader::Uploader;

/// This machine's clock, for both drivers.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().plus(since)
}

/// What the clock that only counts shows, and this machine's.
pub(super) fn moment() -> (Instant, Timestamp) {
    (Instant::now(), now())
}
