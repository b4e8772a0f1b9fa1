//! Signing keys that a token holds: a smart card, a hardware module, a TPM behind its PKCS#11 library.
//!
//! ```text
//! pkcs11:token=…;object=…?module-path=…      KeyUri: which key (RFC 7512)
//!        │
//! Module::load ─▶ Module::key, ::generate ─▶ TokenKey: SignerKey ─▶ TLS, enrolment, seal, audit
//! ```
//!
//! The key never leaves the token; what comes out are its public half and signatures. This crate loads the module's
//! library, which is foreign code in this process: take it from where nobody else can write. It reads no file
//! itself: the PIN is an argument.
//!
//! ```no_run
//! use remote_services_core::secret::Secret;
//! use remote_services_pkcs11::{KeyUri, Module};
//!
//! let uri: KeyUri = "pkcs11:token=agent;object=client?module-path=/usr/lib/softhsm/libsofthsm2.so".parse()?;
//! let module = Module::load(uri.module_path().expect("it is in the URI"))?;
//! let key = module.key(&uri, &Secret::from("1234"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A library that is loaded twice in one process is initialised once, as the standard wants. A token that was away is looked for
//! again when a signature is wanted, once a call and at a growing pace, and for that the library is initialised anew where it
//! was initialised here. A PIN that the token refused is not tried again. Safe Rust over it comes from the crate `cryptoki`.

mod error;
mod library;
mod token;
mod uri;

pub use error::TokenError;
pub use token::{Module, TokenKey};
pub use uri::{KeyUri, UriError};

/// The example of the README is built with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
