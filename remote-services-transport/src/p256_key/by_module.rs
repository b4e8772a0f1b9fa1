//! By ring, which draws keys and nonces itself.

use super::Point;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use zeroize::Zeroizing;

pub(crate) struct PrivateKey {
    /// What `pair` was read from: ring gives no key back.
    pkcs8: Zeroizing<Vec<u8>>,
    pair: EcdsaKeyPair,
}

impl PrivateKey {
    /// The source is not asked: ring has its own, and takes no other.
    pub(crate) fn generate(_: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        let drawn = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Self::from_pkcs8(drawn.ok()?.as_ref())
    }

    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random).ok()?;
        Some(Self { pkcs8: Zeroizing::new(der.to_vec()), pair })
    }

    pub(crate) fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }

    pub(crate) fn duplicate(&self) -> Self {
        Self::from_pkcs8(&self.pkcs8).expect("it was read from these octets")
    }

    pub(crate) fn point(&self) -> Point {
        self.pair.public_key().as_ref().try_into().expect("an uncompressed point has 65 octets")
    }

    /// `r ‖ s`, as every handle of a key gives it.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        signature.expect("ring signs unless the operating system has no randomness").as_ref().to_vec()
    }
}

pub(crate) fn verify(point: &Point, message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok()
}
