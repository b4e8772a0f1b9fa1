//! RFC 7860: HMAC with SHA-2 for the user-based security model.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../rfc3414/forge.rs"]
mod forge;
mod section_4;
