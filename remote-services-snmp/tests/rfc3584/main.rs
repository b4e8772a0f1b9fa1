//! RFC 3584: SNMPv1 and SNMPv2 side by side. One file a section.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../asked/mod.rs"]
mod asked;
mod section_3_1;
mod section_3_2;
mod section_4_2_2;
