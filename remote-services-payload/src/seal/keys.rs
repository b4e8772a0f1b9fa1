//! Private keys by handle, and randomness: what a caller with a hardware module replaces.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::DecodePrivateKey;
use p256::{PublicKey, SecretKey};
use thiserror::Error;
use zeroize::Zeroizing;

/// A point on P-256 in uncompressed form: `04 ‖ x ‖ y` (SEC 1 §2.3.3).
pub type EcPoint = [u8; 65];

/// A key that signs: a software key here, a handle to a hardware module elsewhere.
pub trait SignerKey {
    /// The public half, compared with the certificate before anything is signed.
    fn public_key(&self) -> EcPoint;

    /// Signs a SHA-256 digest with ECDSA on P-256 and returns `r ‖ s`, as PKCS#11's `CKM_ECDSA` does.
    ///
    /// # Errors
    /// When the module that holds the key refuses or fails.
    fn sign(&self, digest: &[u8; 32]) -> Result<[u8; 64], KeyError>;
}

/// A key that agrees on secrets: a software key here, a handle to a hardware module elsewhere.
pub trait RecipientKey {
    /// The public half, compared with the certificate before anything is decrypted.
    fn public_key(&self) -> EcPoint;

    /// Plain ECDH on P-256: the x coordinate of the shared point. `peer` was found to be on the curve.
    ///
    /// # Errors
    /// When the module that holds the key refuses or fails.
    fn agree(&self, peer: &EcPoint) -> Result<Zeroizing<[u8; 32]>, KeyError>;
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

/// A private key could not be read or used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not an unencrypted PKCS#8 private key for P-256.
    #[error("not an unencrypted PKCS#8 key for P-256")]
    Malformed,
    /// The module that holds the key failed; the text is its own.
    #[error("the key's module failed: {0}")]
    Module(String),
}

/// An ECDSA P-256 key in memory; zeroised when dropped. It has no `Debug`:
///
/// ```compile_fail
/// fn print<T: std::fmt::Debug>() {}
/// print::<remote_services_payload::seal::SoftwareSigner>();
/// ```
pub struct SoftwareSigner(SigningKey);

/// An ECDH P-256 key in memory; zeroised when dropped. It has no `Debug`:
///
/// ```compile_fail
/// fn print<T: std::fmt::Debug>() {}
/// print::<remote_services_payload::seal::SoftwareRecipient>();
/// ```
pub struct SoftwareRecipient {
    key: SecretKey,
    /// The public half, since computing it costs as much as an agreement.
    point: EcPoint,
}

impl SoftwareSigner {
    /// From PKCS#8 DER.
    ///
    /// # Errors
    /// When the octets are no unencrypted key for P-256.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        SigningKey::from_pkcs8_der(der).map(Self).map_err(|_| KeyError::Malformed)
    }

    /// From PEM (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// When the text is no unencrypted key for P-256.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        SigningKey::from_pkcs8_pem(pem).map(Self).map_err(|_| KeyError::Malformed)
    }
}

impl SignerKey for SoftwareSigner {
    fn public_key(&self) -> EcPoint {
        uncompressed(&PublicKey::from(self.0.verifying_key()))
    }

    fn sign(&self, digest: &[u8; 32]) -> Result<[u8; 64], KeyError> {
        // RFC 6979: the nonce comes from key and digest, so a bad source of randomness cannot leak the key.
        let signature: Signature =
            self.0.sign_prehash(digest).map_err(|_| KeyError::Module("ECDSA".to_owned()))?;
        Ok(signature.to_bytes().into())
    }
}

impl SoftwareRecipient {
    /// From PKCS#8 DER.
    ///
    /// # Errors
    /// When the octets are no unencrypted key for P-256.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        SecretKey::from_pkcs8_der(der).map(Self::new).map_err(|_| KeyError::Malformed)
    }

    /// From PEM (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// When the text is no unencrypted key for P-256.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        SecretKey::from_pkcs8_pem(pem).map(Self::new).map_err(|_| KeyError::Malformed)
    }

    fn new(key: SecretKey) -> Self {
        Self { point: uncompressed(&key.public_key()), key }
    }

    /// A fresh key, for the sender's half of one agreement.
    pub(crate) fn generate(random: &mut dyn Random) -> Result<Self, RandomError> {
        // A draw outside 1..n has a chance of 2^-32; the bound keeps a broken source from looping for ever.
        for _ in 0..8 {
            let mut scalar = Zeroizing::new([0; 32]);
            random.fill(scalar.as_mut())?;
            if let Ok(key) = SecretKey::from_slice(scalar.as_ref()) {
                return Ok(Self::new(key));
            }
        }
        Err(RandomError)
    }
}

impl RecipientKey for SoftwareRecipient {
    fn public_key(&self) -> EcPoint {
        self.point
    }

    fn agree(&self, peer: &EcPoint) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let peer = PublicKey::from_sec1_bytes(peer)
            .map_err(|_| KeyError::Module("the peer's point is not on the curve".to_owned()))?;
        let shared = self.key.diffie_hellman(&peer);
        let mut secret = Zeroizing::new([0; 32]);
        secret.copy_from_slice(shared.raw_secret_bytes());
        Ok(secret)
    }
}

fn uncompressed(key: &PublicKey) -> EcPoint {
    let mut point = [0; 65];
    point.copy_from_slice(key.to_sec1_point(false).as_bytes());
    point
}
