//! RFC 3415: views.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
#[path = "../asked/mod.rs"]
mod asked;
mod section_3_2;
mod section_4;
