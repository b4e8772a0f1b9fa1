//! Who carries the algorithms out, and what of it is approved.

use core::fmt;
use std::borrow::Cow;

use thiserror::Error;
use zeroize::Zeroizing;

use super::approval::{Approval, ApprovalReport, Service};
use super::keys::{KeyError, Random, RandomError, RecipientKey, SignerKey};
use super::public_key::PublicKey;
use super::scheme::{Digest, DigestAlgorithm, SignatureScheme};

/// A 256-bit key that is overwritten when dropped.
pub type Key256 = Zeroizing<[u8; 32]>;

/// The primitives under the container, carried out by one module.
///
/// Passed as an argument: [`super::Signer::provider`] for sealing, [`super::Trust::provider`] for opening. There
/// is no process-wide one and no falling back to another. What it computes is what the standards say, so
/// whatever one provider seals another opens.
pub trait CryptoProvider: Send + Sync {
    /// The module's name, its version, and whether it runs in FIPS mode.
    fn module(&self) -> Module;

    /// Whether the module offers this as an approved service.
    fn approval(&self, service: Service) -> Approval;

    /// The digest of the pieces, one after the other.
    fn digest(&self, algorithm: DigestAlgorithm, pieces: &[&[u8]]) -> Digest;

    /// Whether the signature over `message` was made with this key: ECDSA-Sig-Value in DER, or RSA's octets.
    fn verify(&self, key: &PublicKey, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool;

    /// AES-256-GCM in place with a fresh nonce; gives nonce and tag, which covers the associated octets too. The nonce is
    /// drawn from `random`, or by a module that lets no one else choose it.
    ///
    /// # Errors
    /// The module or the randomness fails; the octets are then of no use.
    fn encrypt(
        &self,
        key: &Key256,
        associated: &[u8],
        octets: &mut [u8],
        random: &mut dyn Random,
    ) -> Result<([u8; NONCE], [u8; TAG]), CryptoError>;

    /// AES-256-GCM in place: the tag is checked before a decrypted octet can be seen.
    ///
    /// # Errors
    /// The tag does not fit octets and associated octets; the octets are then of no use.
    fn decrypt(
        &self,
        key: &Key256,
        nonce: &[u8; NONCE],
        associated: &[u8],
        octets: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), CryptoError>;

    /// AES-256 key wrap (RFC 3394).
    ///
    /// # Errors
    /// The module fails.
    fn wrap(&self, kek: &Key256, key: &Key256) -> Result<[u8; WRAPPED], CryptoError>;

    /// The inverse of [`Self::wrap`].
    ///
    /// # Errors
    /// The integrity check fails.
    fn unwrap(&self, kek: &Key256, wrapped: &[u8; WRAPPED]) -> Result<Key256, CryptoError>;

    /// A fresh key on the curve of `peer`, its agreement with `peer` (the x coordinate), and its public half.
    /// The key is drawn from `random`, or by a module that lets no one else choose it.
    ///
    /// # Errors
    /// The module or the randomness fails.
    fn agree(
        &self,
        peer: &PublicKey,
        random: &mut dyn Random,
    ) -> Result<(PublicKey, Zeroizing<Vec<u8>>), CryptoError>;

    /// HKDF (RFC 5869), extract and expand: the first 32 octets. The salt is not empty.
    ///
    /// # Errors
    /// The module fails.
    fn hkdf(
        &self,
        digest: DigestAlgorithm,
        salt: &[u8],
        secret: &[u8],
        info: &[u8],
    ) -> Result<Key256, CryptoError>;

    /// RSAES-OAEP with SHA-256, MGF1 of the same and no label.
    ///
    /// # Errors
    /// The module or the randomness fails.
    fn encrypt_key(
        &self,
        peer: &PublicKey,
        key: &Key256,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, CryptoError>;

    /// A key that signs, from unencrypted PKCS#8 DER.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it is no key of the profile.
    fn signer(&self, pkcs8: &[u8]) -> Result<Box<dyn SignerKey>, KeyError>;

    /// A key that takes content keys apart, from unencrypted PKCS#8 DER.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it is no key of the profile.
    fn recipient(&self, pkcs8: &[u8]) -> Result<Box<dyn RecipientKey>, KeyError>;

    /// The module's own source of randomness.
    fn random(&self) -> Box<dyn Random>;

    /// What the module is and what of it is approved, as a table for logs, pages and auditors.
    fn report(&self) -> ApprovalReport {
        ApprovalReport::of(self.module(), |service| self.approval(service))
    }
}

/// The module behind a provider, as it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its name.
    pub name: &'static str,
    /// Its version; empty when it does not say.
    pub version: Cow<'static, str>,
    /// Whether it is a FIPS 140 module that runs in FIPS mode. By itself this approves nothing.
    pub fips_mode: bool,
}

/// A primitive could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// The cryptographic module refused or failed; for what is checked, that the check failed.
    #[error("the cryptographic module refused or failed")]
    Module,
    /// The source of randomness failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.fips_mode { "in FIPS mode" } else { "not in FIPS mode" };
        write!(f, "{} {}: {mode}", self.name, self.version)
    }
}

/// Octets of an AES-GCM nonce (SP 800-38D).
pub const NONCE: usize = 12;
/// Octets of an AES-GCM authentication tag; shorter ones are not accepted.
pub const TAG: usize = 16;
/// Octets of a wrapped 256-bit key (RFC 3394 §2.2.1).
pub const WRAPPED: usize = 40;

impl fmt::Debug for dyn CryptoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.module().fmt(f)
    }
}
