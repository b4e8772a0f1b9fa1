//! A module that says of itself what AWS-LC's FIPS module says, over RustCrypto: what is demanded can be tried with no other.

use remote_services_payload::seal::{
    Approval, CryptoError, CryptoProvider, Digest, DigestAlgorithm, Key256, KeyDerivation, KeyError, Module,
    NONCE, PublicKey, Random, RecipientKey, Service, SignatureScheme, SignerKey, TAG, WRAPPED, rust_crypto,
};

/// All is approved but the X9.63 KDF and RSAES-OAEP.
pub struct Claims;

impl CryptoProvider for Claims {
    fn module(&self) -> Module {
        Module { name: "a module that claims", version: "".into(), fips_mode: true }
    }

    fn approval(&self, service: Service) -> Approval {
        match service {
            Service::KeyDerivation(KeyDerivation::X963Sha256) | Service::KeyTransport => {
                Approval::NotApproved
            }
            _ => Approval::Approved,
        }
    }

    fn digest(&self, algorithm: DigestAlgorithm, pieces: &[&[u8]]) -> Digest {
        rust_crypto().digest(algorithm, pieces)
    }

    fn verify(&self, key: &PublicKey, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
        rust_crypto().verify(key, scheme, message, signature)
    }

    fn encrypt(
        &self,
        key: &Key256,
        associated: &[u8],
        octets: &mut [u8],
        random: &mut dyn Random,
    ) -> Result<([u8; NONCE], [u8; TAG]), CryptoError> {
        rust_crypto().encrypt(key, associated, octets, random)
    }

    fn decrypt(
        &self,
        key: &Key256,
        nonce: &[u8; NONCE],
        associated: &[u8],
        octets: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), CryptoError> {
        rust_crypto().decrypt(key, nonce, associated, octets, tag)
    }

    fn wrap(&self, kek: &Key256, key: &Key256) -> Result<[u8; WRAPPED], CryptoError> {
        rust_crypto().wrap(kek, key)
    }

    fn unwrap(&self, kek: &Key256, wrapped: &[u8; WRAPPED]) -> Result<Key256, CryptoError> {
        rust_crypto().unwrap(kek, wrapped)
    }

    fn agree(
        &self,
        peer: &PublicKey,
        random: &mut dyn Random,
    ) -> Result<(PublicKey, zeroize::Zeroizing<Vec<u8>>), CryptoError> {
        rust_crypto().agree(peer, random)
    }

    fn hkdf(
        &self,
        digest: DigestAlgorithm,
        salt: &[u8],
        secret: &[u8],
        info: &[u8],
    ) -> Result<Key256, CryptoError> {
        rust_crypto().hkdf(digest, salt, secret, info)
    }

    fn encrypt_key(
        &self,
        peer: &PublicKey,
        key: &Key256,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, CryptoError> {
        rust_crypto().encrypt_key(peer, key, random)
    }

    fn signer(&self, pkcs8: &[u8]) -> Result<Box<dyn SignerKey>, KeyError> {
        rust_crypto().signer(pkcs8)
    }

    fn recipient(&self, pkcs8: &[u8]) -> Result<Box<dyn RecipientKey>, KeyError> {
        rust_crypto().recipient(pkcs8)
    }

    fn random(&self) -> Box<dyn Random> {
        rust_crypto().random()
    }
}
