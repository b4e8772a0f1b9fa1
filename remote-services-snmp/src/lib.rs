//! An SNMPv1/v2c/v3 engine without sockets: bytes, the time and randomness go in, decisions come out.
//!
//! ```text
//!            datagram ──▶ ber ──▶ message ──▶ usm ──▶ pdu ──▶ engine ──▶ what the caller must do next
//!  bytes of the wire      tags,   version,    keys,   varbinds  manager or    (send these octets, this
//!                         lengths header      window            responder      request is answered, …)
//! ```
//!
//! The crate refuses to open sockets, read clocks, start threads or keep process-wide state; only the
//! [`driver`] folder, behind the features `blocking` and `tokio`, may do the first three. Everything else is
//! `no_std` with `alloc`, but for [`BootsFile`], which a program with a file system keeps snmpEngineBoots in.
//!
//! | feature | who needs it |
//! | --- | --- |
//! | `std` (default) | everybody but firmware without an operating system |
//! | `rustcrypto` (default) | SNMPv3 with HMAC-SHA-1, HMAC-SHA-2 and AES-CFB in pure Rust |
//! | `legacy` | whoever must talk to devices that know nothing better than HMAC-MD5, DES or 3DES |
//! | `aws-lc-rs` | whoever links AWS-LC anyway, for one cryptographic library in the program |
//! | `fips` | whoever must authenticate by a FIPS 140 module: AWS-LC's, built with cmake, go and perl |
//! | `blocking` | programs that want a socket and a thread to be run for them |
//! | `tokio` | programs that live on tokio |
//!
//! A message in bytes, without any engine:
//!
//! ```
//! use remote_services_snmp::message::{CommunityMessage, Version};
//! use remote_services_snmp::pdu::{Pdu, PduKind, VarBind};
//! use remote_services_snmp::oid;
//!
//! let names = vec![VarBind::unspecified(oid!("1.3.6.1.2.1.1.1.0"))];
//! let request = CommunityMessage::new(Version::V2c, b"public", Pdu::request(PduKind::Get, 7, names));
//! let octets = request.to_bytes();
//! assert_eq!(CommunityMessage::from_bytes(&octets, &Default::default())?, request);
//! # Ok::<(), remote_services_snmp::ber::DecodeError>(())
//! ```
//!
//! A table of a printer, with the feature `blocking`:
//!
#![cfg_attr(feature = "blocking", doc = "```no_run")]
#![cfg_attr(not(feature = "blocking"), doc = "```ignore")]
//! use remote_services_snmp::crypto::CryptoProvider;
//! use remote_services_snmp::driver::{blocking::ManagerDriver, os_random};
//! use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, PeerOptions};
//! use remote_services_snmp::oid;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let manager = Manager::new(ManagerConfig::default(), CryptoProvider::none(), os_random())?;
//! let mut driver = ManagerDriver::bind_any(manager)?;
//! let printer = driver.add_peer("192.0.2.7:161".parse()?, Credentials::v2c("public"), PeerOptions::default())?;
//! for level in driver.walk(printer, oid!("1.3.6.1.2.1.43.11.1.1.9"))? {
//!     println!("{} = {:?}", level.name, level.value);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The same with the feature `tokio`, where many tasks share one socket:
//!
#![cfg_attr(feature = "tokio", doc = "```no_run")]
#![cfg_attr(not(feature = "tokio"), doc = "```ignore")]
//! use remote_services_snmp::crypto::CryptoProvider;
//! use remote_services_snmp::driver::{os_random, tokio::ManagerHandle};
//! use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, PeerOptions};
//! use remote_services_snmp::oid;
//!
//! # async fn read() -> Result<(), Box<dyn std::error::Error>> {
//! let manager = Manager::new(ManagerConfig::default(), CryptoProvider::none(), os_random())?;
//! let handle = ManagerHandle::bind_any(manager)?;
//! let credentials = Credentials::v2c("public");
//! let printer = handle.add_peer("192.0.2.7:161".parse()?, credentials, PeerOptions::default()).await?;
//! for level in handle.walk(printer, oid!("1.3.6.1.2.1.43.11.1.1.9")).await? {
//!     println!("{} = {:?}", level.name, level.value);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`engine`] has the manager, [`engine::responder`] the agent inside a device, [`engine::notify`] traps and informs out
//! and in. The [`manual`] says how things are done, why defaults are what they are, what of which RFC is done, what FIPS 140
//! means here, and what went wrong elsewhere. `examples/own_event_loop.rs` runs the engine in an event loop of one's own.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod ber;
#[cfg(feature = "std")]
mod boots_file;
pub mod crypto;
#[cfg(any(feature = "blocking", feature = "tokio"))]
pub mod driver;
pub mod engine;
pub mod manual;
pub mod message;
pub mod pdu;
pub mod smi;
pub mod usm;

// The words that every user needs; the rest is exported from its module only.
#[cfg(feature = "std")]
pub use boots_file::BootsFile;
pub use pdu::VarBind;
pub use smi::{Oid, Value};

/// The example of the README is built with the others.
#[cfg(all(doctest, feature = "blocking"))]
#[doc = include_str!("../README.md")]
struct Readme;
