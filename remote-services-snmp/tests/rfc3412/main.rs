//! RFC 3412: messages, their fields and their numbers. One file a section.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../asked/mod.rs"]
mod asked;
#[path = "../link/mod.rs"]
mod link;

mod section_5;
mod section_6;
mod section_6_2;
mod section_7_2;
