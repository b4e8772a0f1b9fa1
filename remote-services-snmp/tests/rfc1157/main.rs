//! RFC 1157: SNMPv1.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
#[path = "../asked/mod.rs"]
mod asked;
mod section_4_1_2;
mod section_4_1_6;
