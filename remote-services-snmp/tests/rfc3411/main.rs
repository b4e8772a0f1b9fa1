//! RFC 3411: the parts of an SNMP engine and their names. One file a section.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../link/mod.rs"]
mod link;

mod section_5;
