//! Private keys by handle, and randomness: what a caller with a hardware module replaces.

pub use remote_services_core::key::{KeyError, SignerKey};
use thiserror::Error;
use zeroize::Zeroizing;

use super::public_key::PublicKey;

/// A key that takes content keys apart: a software key here, a handle to a hardware module elsewhere.
///
/// A key on a curve offers [`Self::agree`], an RSA key [`Self::decrypt`]; the other one stays as it is.
pub trait RecipientKey {
    /// The public half, compared with the certificate before anything is decrypted.
    fn public_key(&self) -> PublicKey;

    /// Plain ECDH, as PKCS#11's `CKM_ECDH1_DERIVE` with `CKD_NULL`: the x coordinate of the shared point, as
    /// long as the curve's field. `peer` is a point on this key's curve.
    ///
    /// # Errors
    /// When the module that holds the key refuses or fails.
    fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let _ = peer;
        Err(KeyError::NotOffered)
    }

    /// RSAES-OAEP with SHA-256, MGF1 of the same and no label, as PKCS#11's `CKM_RSA_PKCS_OAEP`.
    ///
    /// # Errors
    /// [`KeyError::Decrypt`] when the octets were not encrypted for this key, and when the module that holds
    /// the key refuses or fails.
    fn decrypt(&self, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let _ = encrypted;
        Err(KeyError::NotOffered)
    }
}

/// Fills buffers with octets that nobody can guess.
pub trait Random {
    /// Overwrites all of `out`.
    ///
    /// # Errors
    /// When the source has none to give; nothing may be sealed then.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError>;
}

/// The operating system's source of randomness, for RustCrypto, which has none of its own. Whoever seals by another module
/// takes that module's: [`super::CryptoProvider::random`].
#[cfg(feature = "rust-crypto")]
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

#[cfg(feature = "rust-crypto")]
impl Random for OsRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(out).map_err(|_| RandomError)
    }
}

/// The source of randomness failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the source of randomness failed")]
pub struct RandomError;
