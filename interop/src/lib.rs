//! The same behaviours, run against us and against parts that others wrote.
//!
//! `tests/` holds one file a peer. What a test needs beyond the Rust toolchain it asks for first:
//!
//! ```
//! use remote_services_interop::{Tool, require};
//!
//! if !require(&[Tool::Snmpd]) {
//!     return; // said so: `left out: needs snmpd (Debian package snmpd)`
//! }
//! ```
//!
//! `cargo xtask test` installs what is missing where it may, and counts the tests that were left out.
//!
//! | module | what it starts or makes |
//! | --- | --- |
//! | [`process`] | a child that dies with its guard, and waiting with a deadline |
//! | [`snmpd`], [`snmpsim`] | agents that others wrote |
//! | [`snmptrapd`] | net-snmp's receiver of traps and informs |
//! | [`net_snmp`] | net-snmp's commands |
//! | [`manager`] | our manager behind both of its drivers |
//! | [`network`] | discovery and collection over a real socket |
//! | [`lan`] | hosts in network namespaces on one bridge, and what is on the wire |
//! | [`sources`] | programs that know of hosts: name server, print server, announcer |
//! | [`responder`] | our responder, with a thread and a port |
//! | [`behaviours`] | what an agent does with requests of all kinds, for ours and for others' |
//! | [`server`], [`curl_client`] | our server, and a client of it made of openssl and curl |
//! | [`stand_in`] | nginx in the place of our server, with any answers |
//! | [`nginx`], [`squid`] | a web server that wants client certificates, a proxy with Basic credentials |
//! | [`relay`] | a wire that remembers what a client began with, can be held up, and can be cut |
//! | [`s_server`] | a TLS server that shows whatever certificate a test made |
//! | [`softhsm`] | a token that holds keys, behind a PKCS#11 library |
//! | [`swtpm`] | a TPM, and a token in it behind a PKCS#11 library |
//! | [`terminators`] | haproxy and stunnel, which end TLS in front of a server |
//! | [`unbound`] | a resolver that is asked over TLS |
//! | [`uploader`] | our client of the server |
//! | [`clock`] | a clock that stands where a test puts it |
//! | [`weather`] | a network that cuts, delays, refuses and parts, the same for the same seed |
//! | [`pki`] | a throw-away authority with server and client certificates |
//! | [`expectations`] | what others published about recordings, against what we make of them |
//! | [`files`] | what stands in the files of a folder |
//! | [`ours`] | our own programs, driven by their command lines |
pub mod behaviours;
pub mod clock;
pub mod cupsd;
pub mod curl_client;
pub mod expectations;
pub mod files;
pub mod lan;
pub mod manager;
pub mod net_snmp;
pub mod network;
pub mod nginx;
pub mod ours;
pub mod pki;
pub mod process;
pub mod relay;
pub mod responder;
pub mod s_server;
pub mod server;
pub mod snmpd;
pub mod snmpsim;
pub mod snmptrapd;
pub mod softhsm;
pub mod sources;
pub mod squid;
pub mod stand_in;
pub mod swtpm;
pub mod terminators;
pub mod unbound;
pub mod uploader;
pub mod weather;

mod shared;
mod tool;

pub use shared::shared;
pub use tool::{Tool, leave_out, require};
