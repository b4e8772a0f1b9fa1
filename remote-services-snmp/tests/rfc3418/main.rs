//! RFC 3418: the snmp group.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
#[path = "../asked/mod.rs"]
mod asked;
mod section_2;
