//! Cryptography as data: which algorithms there are, and who carries them out.
//!
//! An engine is given a [`CryptoProvider`], a plain list of algorithms, and uses no other. Nothing is registered
//! process-wide. A provider hands out keys as opaque handles ([`AuthKey`], [`PrivacyKey`]), so that the key itself
//! may live in a hardware module. Randomness is no part of it: the engines take it as an argument.
//!
//! ```text
//!  password ──password_to_key──▶ Ku ──localize(engine ID)──▶ Kul ──key──▶ AuthKey ──mac──▶ 12 to 48 octets
//!            1 MiB of hashing,       microseconds, once a peer     └────▶ PrivacyKey ──encrypt, decrypt
//!            once a password
//! ```
//!
//! Each algorithm says by [`Approval`] whether it runs in a FIPS 140 validated module as an approved service. The
//! RustCrypto back-end is not validated, so there everything says no. In the FIPS module of AWS-LC (feature `fips`)
//! HMAC is approved; AES-CFB and the key derivation are not. The provider carries a [`FipsPolicy`], and
//! its lookups refuse what that does not allow; [`CryptoProvider::report`] tells all of it at run time.
//!
//! # Another back-end
//!
//! Another crate offers its own by a function that gives a [`CryptoProvider`]. For a C library with contexts and
//! modes, such as OpenSSL 3 with its FIPS provider (which approves AES-CFB128), the traits are meant like this:
//!
//! - Opening the library and fetching algorithms happens in that function, which returns a `Result`; what cannot be
//!   fetched *from that module* is not in the lists. There is no fallback: an engine that lacks an algorithm says
//!   [`CryptoError::NoAuthAlgorithm`], and nobody else is asked.
//! - [`AuthAlgorithm::key`] and [`PrivacyAlgorithm::key`] may fail. The handle that they give is kept for as long as
//!   the user is bound to the engine, so it is the place for a keyed context that each message duplicates or resets.
//! - Handles are shared by reference between threads; a context that cannot be is kept behind a lock, or in a pool.
//! - A failing call gives [`CryptoError::Module`] and the message is neither sent nor believed. A module in its error
//!   state keeps giving that.
mod approval;
#[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
mod aws_lc;
mod error;
#[cfg(any(feature = "rustcrypto", feature = "aws-lc-rs", feature = "fips"))]
mod expand;
mod extension;
#[cfg(all(feature = "rustcrypto", feature = "legacy"))]
mod legacy;
mod material;
mod protocol;
mod provider;
#[cfg(feature = "rustcrypto")]
mod rustcrypto;

use alloc::boxed::Box;

pub use approval::{Approval, FipsPolicy, Service};
#[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
pub use aws_lc::provider as aws_lc_rs;
pub use error::CryptoError;
pub use extension::privacy_key;
pub use material::{KeyMaterial, MAX_KEY, MAX_MAC, Mac};
pub use protocol::{AuthProtocol, KeyExtension, PrivProtocol};
pub use provider::{CryptoProvider, CryptoReport};
#[cfg(feature = "rustcrypto")]
pub use rustcrypto::provider as rustcrypto;

/// An authentication algorithm with the key derivation that belongs to it (RFC 3414 §2.6, RFC 7860 §4).
pub trait AuthAlgorithm: Send + Sync {
    /// Which one it is.
    fn protocol(&self) -> AuthProtocol;

    /// Whether computing authentication codes is an approved service here.
    fn approval(&self) -> Approval;

    /// Whether turning passwords into keys is an approved service here.
    fn key_derivation_approval(&self) -> Approval;

    /// Ku, from a password of at least 8 octets (RFC 3414 §A.2). The caller has checked the length.
    ///
    /// # Errors
    /// The module refuses.
    fn password_to_key(&self, password: &[u8]) -> Result<KeyMaterial, CryptoError>;

    /// Kul: Ku bound to one engine (RFC 3414 §2.6).
    ///
    /// # Errors
    /// The module refuses.
    fn localize(&self, master: &KeyMaterial, engine_id: &[u8]) -> Result<KeyMaterial, CryptoError>;

    /// The hash itself, over these octets: Blumenthal's key extension wants it.
    ///
    /// # Errors
    /// The module refuses.
    fn hash(&self, octets: &[u8]) -> Result<KeyMaterial, CryptoError>;

    /// A handle for a localised key, whose length must be that of the hash.
    ///
    /// # Errors
    /// The length is wrong or the module refuses.
    fn key(&self, localized: &KeyMaterial) -> Result<Box<dyn AuthKey>, CryptoError>;
}

/// A key that authenticates messages of one user to or from one engine.
pub trait AuthKey: Send + Sync {
    /// The truncated authentication code over these pieces, which together are the message.
    ///
    /// # Errors
    /// The module fails.
    fn mac(&self, pieces: &[&[u8]]) -> Result<Mac, CryptoError>;
}

/// An encryption algorithm (RFC 3414 §8, RFC 3826).
pub trait PrivacyAlgorithm: Send + Sync {
    /// Which one it is.
    fn protocol(&self) -> PrivProtocol;

    /// Whether it is an approved service here.
    fn approval(&self) -> Approval;

    /// A handle for a localised key. Longer material is cut to the length of the cipher's key.
    ///
    /// # Errors
    /// The material is too short or the module refuses.
    fn key(&self, localized: &KeyMaterial) -> Result<Box<dyn PrivacyKey>, CryptoError>;
}

/// A key that encrypts messages of one user to or from one engine.
pub trait PrivacyKey: Send + Sync {
    /// Encrypts in place.
    ///
    /// # Errors
    /// The module fails.
    fn encrypt(&self, boots: u32, time: u32, salt: [u8; 8], data: &mut [u8]) -> Result<(), CryptoError>;

    /// Decrypts in place.
    ///
    /// # Errors
    /// The length cannot be right, or the module fails.
    fn decrypt(&self, boots: u32, time: u32, salt: [u8; 8], data: &mut [u8]) -> Result<(), CryptoError>;
}
