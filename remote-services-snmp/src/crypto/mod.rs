//! Cryptography as data: which algorithms there are, and who carries them out.
//!
//! An engine is given a [`CryptoProvider`], a plain list of algorithms, and uses no other. Nothing is registered
//! process-wide. A provider hands out keys as opaque handles ([`AuthKey`], [`PrivacyKey`]), so that the key itself
//! may live in a hardware module. Randomness is no part of it: the engines take it as an argument.
//!
//! ```text
//!  password ──password_to_key──▶ Ku ──localize(engine ID)──▶ Kul ──key──▶ AuthKey ──mac──▶ 12 or 24 octets
//!            1 MiB of hashing,       microseconds, once a peer     └────▶ PrivacyKey ──encrypt, decrypt
//!            once a password
//! ```
//!
//! Each algorithm says by [`Approval`] whether it runs in a FIPS 140 validated module as an approved service. The
//! RustCrypto back-end is not validated, so there everything says no.
mod approval;
mod material;
mod protocol;
#[cfg(feature = "rustcrypto")]
mod rustcrypto;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

pub use approval::Approval;
pub use material::{KeyMaterial, MAX_KEY, MAX_MAC, Mac};
pub use protocol::{AuthProtocol, PrivProtocol};
#[cfg(feature = "rustcrypto")]
pub use rustcrypto::provider as rustcrypto;

/// The algorithms that an engine may use.
#[derive(Clone)]
#[non_exhaustive]
pub struct CryptoProvider {
    /// Who carries the algorithms out, with version where known; for logs and reports.
    pub name: &'static str,
    /// Algorithms that authenticate.
    pub auth: Vec<&'static dyn AuthAlgorithm>,
    /// Algorithms that encrypt.
    pub privacy: Vec<&'static dyn PrivacyAlgorithm>,
}

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

/// Why a provider could not do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CryptoError {
    /// The provider does not have this authentication algorithm.
    NoAuthAlgorithm(AuthProtocol),
    /// The provider does not have this encryption algorithm.
    NoPrivacyAlgorithm(PrivProtocol),
    /// Key material of the wrong length.
    KeyLength {
        /// Octets that the algorithm wants.
        expected: usize,
        /// Octets that it was given.
        found: usize,
    },
    /// The cryptographic module failed or refused.
    Module,
}

impl CryptoProvider {
    /// A provider of these algorithms.
    #[must_use]
    pub fn new(
        name: &'static str,
        auth: Vec<&'static dyn AuthAlgorithm>,
        privacy: Vec<&'static dyn PrivacyAlgorithm>,
    ) -> Self {
        CryptoProvider { name, auth, privacy }
    }

    /// A provider of nothing, for engines without SNMPv3 security.
    #[must_use]
    pub fn none() -> Self {
        CryptoProvider::new("none", Vec::new(), Vec::new())
    }

    /// The authentication algorithm of that name.
    ///
    /// # Errors
    /// [`CryptoError::NoAuthAlgorithm`].
    pub fn auth(&self, protocol: AuthProtocol) -> Result<&'static dyn AuthAlgorithm, CryptoError> {
        let found = self.auth.iter().find(|algorithm| algorithm.protocol() == protocol);
        found.copied().ok_or(CryptoError::NoAuthAlgorithm(protocol))
    }

    /// The encryption algorithm of that name.
    ///
    /// # Errors
    /// [`CryptoError::NoPrivacyAlgorithm`].
    pub fn privacy(&self, protocol: PrivProtocol) -> Result<&'static dyn PrivacyAlgorithm, CryptoError> {
        let found = self.privacy.iter().find(|algorithm| algorithm.protocol() == protocol);
        found.copied().ok_or(CryptoError::NoPrivacyAlgorithm(protocol))
    }
}

impl fmt::Debug for CryptoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let auth: Vec<_> = self.auth.iter().map(|algorithm| algorithm.protocol()).collect();
        let privacy: Vec<_> = self.privacy.iter().map(|algorithm| algorithm.protocol()).collect();
        f.debug_struct("CryptoProvider")
            .field("name", &self.name)
            .field("auth", &auth)
            .field("privacy", &privacy)
            .finish()
    }
}

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAuthAlgorithm(protocol) => write!(f, "the crypto provider does not offer {protocol}"),
            Self::NoPrivacyAlgorithm(protocol) => write!(f, "the crypto provider does not offer {protocol}"),
            Self::KeyLength { expected, found } => {
                write!(f, "key of {found} octets where {expected} are needed")
            }
            Self::Module => f.write_str("the cryptographic module failed"),
        }
    }
}

impl core::error::Error for CryptoError {}
