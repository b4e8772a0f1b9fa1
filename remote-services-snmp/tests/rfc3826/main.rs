//! RFC 3826: AES in CFB mode for the user-based security model.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../rfc3414/forge.rs"]
mod forge;
mod section_3_1;
