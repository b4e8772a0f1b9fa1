//! The client on a tokio runtime: the same machines, time-outs and errors as [`super::blocking`], one task an exchange.
//!
//! ```text
//! enrol ─▶ Identity ─▶ Client ─┬─ directory, describe, put_device
//!                              ├─ upload ◀── drain ◀── Spool
//!                              └─ commands ─▶ command ─▶ report
//! connect     resolve, connect, CONNECT, TLS      connection  one exchange on a connection
//! ```
//!
//! Dropping a future ends what it does: a payload that was being sent waits in the spool and is sent again.

mod client;
mod connect;
mod connection;
mod enrol;
mod uploader;

pub use client::Client;
pub use enrol::enrol;
pub use uploader::drain;

fn random() -> u64 {
    getrandom::u64().unwrap_or(0)
}
