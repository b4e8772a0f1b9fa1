//! RFC 3416: the operations of SNMPv2. One file a section.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../asked/mod.rs"]
mod asked;
#[path = "../link/mod.rs"]
mod link;
#[path = "../notify/mod.rs"]
mod notify;

mod section_4_1;
mod section_4_2_1;
mod section_4_2_2;
mod section_4_2_3;
mod section_4_2_5;
mod section_4_2_6;
mod section_4_2_7;
