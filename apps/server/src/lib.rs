//! The communication server: what device-management clients register with, upload to and poll.
//!
//! ```text
//!            TLS, client certificate                      loopback or TLS, token
//! clients ──▶ edge (enrol, uploads, commands) ─┐     ┌─ web (API, pages) ◀── operator
//!                                              ▼     ▼
//!                       archive (bytes)   store (SQLite)   queue (in memory)
//!                                              ▲
//!                       worker (open, decode, identify) ── business (rules)
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | `edge` | TLS, who is it, EST, uploads, command poll; checks and stores, never decodes |
//! | `worker` | opens sealed payloads, decodes them into the core model, stores readings or quarantines |
//! | `business` | rules without I/O: when is it the same device, which report may follow |
//! | `store` | everything but payload bytes, in SQLite |
//! | `archive` | payload bytes, under their SHA-256 |
//! | `queue` | what polls and wake-ups need, in memory |
//! | `underway` | what goes on when the connection is cut that asked for it |
//! | `ca` | a throw-away certification authority, so that a server starts on an empty folder |
//! | `web` | the operator's API and pages |
//!
//! A server can run inside another program; the agent's demo does so:
//!
//! ```no_run
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! use remote_services_server::{Server, ServerConfig};
//! use std::time::Duration;
//!
//! let server = Server::start(ServerConfig::new("/tmp/demo-server")).await?;
//! let key = server.create_registration_key("default", Duration::from_secs(600)).await?;
//! println!("register with {}; look at {}", key.text(), server.login_link().await?);
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod app;
mod archive;
mod business;
mod ca;
mod clock;
mod config;
mod edge;
mod listener;
mod offline;
mod queue;
mod random;
mod registration;
mod server;
mod signing;
mod store;
mod underway;
mod web;
mod wishes;
mod worker;

// The public interface is:
pub use ca::{CaError, Lifetimes};
pub use config::ServerConfig;
pub use offline::{
    Asked, OfflineError, approvals, create_registration_key, decide, login_link, operator_token, policy,
    set_policy,
};
pub use random::RandomnessError;
pub use registration::{CreateKeyError, CreatedKey, DEFAULT_TENANT, DEFAULT_TTL, KeyWish};
pub use server::{RunningServer, Server, StartError};
pub use store::StoreError;
