//! RFC 3413: SNMP applications. One file a section.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../notify/mod.rs"]
mod notify;

mod section_3_3;
mod section_3_4;
mod section_6;
