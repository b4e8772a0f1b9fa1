//! RFC 3414, the user-based security model. One file a section.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../asked/mod.rs"]
mod asked;
#[path = "../link/mod.rs"]
mod link;

mod appendix_a;
mod forge;
mod section_11_2;
mod section_2_2;
mod section_2_4;
mod section_3_2;
mod section_3_2_7;
mod section_3_2_7_a;
mod section_4;
mod section_5;
mod section_6_3;
#[cfg(feature = "legacy")]
mod section_8;
