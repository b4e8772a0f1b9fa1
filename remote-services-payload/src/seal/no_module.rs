//! What stands in for a module in a crate that is built with none that could be taken unasked.

use super::approval::{Approval, Service};
use super::hash;
use super::keys::{KeyError, Random, RandomError, RecipientKey, SignerKey};
use super::provider::{CryptoError, CryptoProvider, Key256, Module, NONCE, TAG, WRAPPED};
use super::public_key::PublicKey;
use super::scheme::{Digest, DigestAlgorithm, SignatureScheme};
use zeroize::Zeroizing;

/// Digests, and refuses everything else.
pub(super) struct NoModule;

impl CryptoProvider for NoModule {
    fn module(&self) -> Module {
        Module { name: "no module", version: "".into(), fips_mode: false }
    }

    fn approval(&self, _: Service) -> Approval {
        Approval::NotApproved
    }

    fn digest(&self, algorithm: DigestAlgorithm, pieces: &[&[u8]]) -> Digest {
        hash::digest(algorithm, pieces)
    }

    fn verify(&self, _: &PublicKey, _: SignatureScheme, _: &[u8], _: &[u8]) -> bool {
        false
    }

    fn encrypt(
        &self,
        _: &Key256,
        _: &[u8],
        _: &mut [u8],
        _: &mut dyn Random,
    ) -> Result<([u8; NONCE], [u8; TAG]), CryptoError> {
        Err(CryptoError::Module)
    }

    fn decrypt(
        &self,
        _: &Key256,
        _: &[u8; NONCE],
        _: &[u8],
        _: &mut [u8],
        _: &[u8; TAG],
    ) -> Result<(), CryptoError> {
        Err(CryptoError::Module)
    }

    fn wrap(&self, _: &Key256, _: &Key256) -> Result<[u8; WRAPPED], CryptoError> {
        Err(CryptoError::Module)
    }

    fn unwrap(&self, _: &Key256, _: &[u8; WRAPPED]) -> Result<Key256, CryptoError> {
        Err(CryptoError::Module)
    }

    fn agree(
        &self,
        _: &PublicKey,
        _: &mut dyn Random,
    ) -> Result<(PublicKey, Zeroizing<Vec<u8>>), CryptoError> {
        Err(CryptoError::Module)
    }

    fn hkdf(&self, _: DigestAlgorithm, _: &[u8], _: &[u8], _: &[u8]) -> Result<Key256, CryptoError> {
        Err(CryptoError::Module)
    }

    fn encrypt_key(&self, _: &PublicKey, _: &Key256, _: &mut dyn Random) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::Module)
    }

    fn signer(&self, _: &[u8]) -> Result<Box<dyn SignerKey>, KeyError> {
        Err(KeyError::NotOffered)
    }

    fn recipient(&self, _: &[u8]) -> Result<Box<dyn RecipientKey>, KeyError> {
        Err(KeyError::NotOffered)
    }

    fn random(&self) -> Box<dyn Random> {
        Box::new(NoModule)
    }
}

impl Random for NoModule {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError)
    }
}
