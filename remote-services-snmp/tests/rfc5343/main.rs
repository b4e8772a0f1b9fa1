//! RFC 5343: the context engine ID by which every engine knows itself.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../asked/mod.rs"]
mod asked;
#[path = "../link/mod.rs"]
mod link;

mod section_3_1;
mod section_3_2;
