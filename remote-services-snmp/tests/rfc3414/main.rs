//! RFC 3414, the user-based security model. One file a section.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../link/mod.rs"]
mod link;

mod section_3_2_7;
mod section_4;
