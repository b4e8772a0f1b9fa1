//! Private keys by handle, and randomness: what a caller with a hardware module replaces.

use thiserror::Error;
use zeroize::Zeroizing;

use super::public_key::PublicKey;
use super::scheme::SignatureScheme;

/// A key that signs: a software key here, a handle to a hardware module elsewhere.
pub trait SignerKey {
    /// The public half, compared with the certificate before anything is signed.
    fn public_key(&self) -> PublicKey;

    /// Signs a message of a few hundred octets: the signed attributes, not the content.
    ///
    /// ECDSA gives `r ‖ s`, each as long as the curve's order, as PKCS#11's `CKM_ECDSA_SHA256` and
    /// `CKM_ECDSA_SHA384` do; RSASSA-PSS gives the signature, as `CKM_SHA256_RSA_PKCS_PSS` does. A module that
    /// signs digests only is handed that of the message. The scheme is [`SignatureScheme::of`] the key's kind.
    ///
    /// # Errors
    /// When the module that holds the key refuses or fails.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

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

/// The operating system's source of randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(out).map_err(|_| RandomError)
    }
}

/// The source of randomness failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the source of randomness failed")]
pub struct RandomError;

/// A key could not be read or used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not an unencrypted PKCS#8 private key of a kind that the profile has.
    #[error("not an unencrypted PKCS#8 key for P-256, P-384 or RSA of 2048 to 4096 bits")]
    Malformed,
    /// Not a public key of a kind that the profile has.
    #[error("not an uncompressed point on P-256 or P-384, nor an RSA key of 2048 to 4096 bits")]
    PublicKey,
    /// The key is of a kind that does not do this.
    #[error("the key does not offer this")]
    NotOffered,
    /// What was to be decrypted was not encrypted for this key, or was changed.
    #[error("not encrypted for this key")]
    Decrypt,
    /// The module that holds the key failed; the text is its own.
    #[error("the key's module failed: {0}")]
    Module(String),
}
