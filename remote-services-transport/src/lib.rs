//! How clients and the server talk: what they say, what each does next, and what survives a crash.
//!
//! The state machines do no I/O, read no clock and make no randomness: they turn a request into bytes of meaning and
//! an answer into a next step. Files are touched in [`spool`], [`audit`], [`durable`], a folder
//! of [`parts`] and one of [`software`] alone, sockets and the clock in
//! `client::blocking` and `client::tokio` alone. The server uses the same documents, the same names and the same encodings.
//!
//! ```text
//!              registration_key ─▶ enrol ─▶ Identity
//!                                              │
//! sealed payload ─▶ spool ─▶ upload ──┐        ▼
//!                  directory, poll ───┼─▶ exchange ─▶ client::blocking ─▶ TLS, proxy, server
//!                        execution ───┘        │
//!                                              ▼
//!                                          next_step      audit keeps what happened
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`document`] | the JSON documents, paths, header fields and media types, shared with the server |
//! | [`registration_key`] [`enrol`] [`certs_only`] [`pem`] | from a one-time key to a certificate (EST) |
//! | [`directory`] [`upload`] [`parts`] [`poll`] [`execution`] [`software`] [`policy`] | one state machine each |
//! | [`clock`] | whether this clock and the server's agree so far that the server believes what is signed |
//! | `schedule` | when the daily work is done, in local time |
//! | [`exchange`] [`next_step`] | a request, an answer, and the one table of what to do |
//! | [`spool`] | sealed payloads that wait, crash-safe and bounded |
//! | [`told`] | what does not work, told once |
//! | [`audit`] [`durable`] | a log that cannot be edited unnoticed; files that survive a power cut |
//! | `client` | TLS, HTTP/1.1, proxies and the blocking driver |
//!
//! ```
//! use remote_services_transport::document::{ContentDigest, names};
//! use remote_services_transport::exchange::Answer;
//! use remote_services_transport::upload::{self, UploadOutcome};
//! use uuid::Uuid;
//!
//! let (client, id, sealed) = (Uuid::from_u128(1), Uuid::from_u128(2), b"a sealed payload");
//! let request = upload::request(names::UPLOAD, client, id, sealed);
//! assert_eq!(request.method.as_str(), "PUT");
//! // Whoever has the socket sends it and brings the answer; what the answer means is decided here.
//! let answer = Answer { status: 503, ..Answer::default() };
//! let outcome = upload::judge(id, ContentDigest::of(sealed), &answer);
//! assert!(matches!(outcome, UploadOutcome::Later { .. }), "the payload waits");
//! ```
//!
//! With the feature `client` there is whoever has the socket: `examples/upload.rs` sends one file with it.
//!
//! It knows nothing of what is inside a sealed payload, and no signatures: whoever knows the server's command key
//! gives an [`execution::CommandVerifier`].
//!
//! | feature | who needs it |
//! | --- | --- |
//! | `client` (default) | who talks to a server from here; the server itself does without |
//! | `tokio` | who has a tokio runtime: the same client, `client::tokio` |
//! | `md5` (default) | who meets proxies that want Digest and know nothing better than MD5 |
//! | `rust-crypto` (default) | whose client's key is RustCrypto's: everybody, but for devices that count their crates |
//! | `ring` | those devices: without the default the key is ring's, which their TLS links anyway |
//! | `aws-lc-rs` | who wants hybrid post-quantum key exchange: AWS-LC under TLS |
//! | `fips` | whose TLS and client's key must be AWS-LC's FIPS module |
//! | `schedule` (default) | who works at a time of day; a device that is told when to work does without |

pub mod audit;
mod body;
pub mod certs_only;
mod chain_fault;
#[cfg(feature = "client")]
pub mod client;
pub mod clock;
pub mod directory;
pub mod document;
pub mod durable;
pub mod enrol;
pub mod evidence;
pub mod exchange;
pub mod execution;
pub mod next_step;
mod p256_key;
pub mod parts;
pub mod pem;
pub mod policy;
pub mod poll;
pub mod registration_key;
#[cfg(feature = "schedule")]
pub mod schedule;
pub mod software;
pub mod spool;
pub mod told;
pub mod upload;

/// The example of the README is built with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
