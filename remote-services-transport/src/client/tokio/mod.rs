//! The client on a tokio runtime: the same machines, time-outs and errors as [`super::blocking`], one task an exchange.
//!
//! ```text
//! enrol ─▶ Identity ─▶ Client ─┬─ directory, describe, put_device
//!                              ├─ upload ◀── drain ◀── Spool
//!                              ├─ send_parts ◀── PartsFolder, PartSource
//!                              ├─ software, fetch
//!                              ├─ commands ─▶ command ─▶ report
//!                              └─ obey: these three, for clients without a person to ask
//! connect     resolve, connect, CONNECT, TLS      connection  one exchange on a connection
//! origin      who is asked, with one idle connection
//! ```
//!
//! Dropping a future ends what it does: a payload that was being sent waits in the spool and is sent again.

mod client;
mod clock;
mod connect;
mod connection;
mod enrol;
mod obey;
mod origin;
mod parts;
mod software;
mod uploader;

pub use client::Client;
pub use enrol::enrol;
pub use parts::send_parts;
pub use uploader::{drain, drain_with};
