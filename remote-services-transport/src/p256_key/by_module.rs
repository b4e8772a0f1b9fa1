//! By AWS-LC's FIPS module, or by ring, whose crates have the same names for it. Both draw keys and nonces themselves.

use super::Point;
#[cfg(feature = "fips")]
use aws_lc_rs as module;
use module::rand::SystemRandom;
use module::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use remote_services_core::key::KeyError;
#[cfg(not(feature = "fips"))]
use ring as module;
use zeroize::Zeroizing;

pub(crate) struct PrivateKey {
    /// What `pair` was read from: a module gives no key back.
    pkcs8: Zeroizing<Vec<u8>>,
    pair: EcdsaKeyPair,
}

impl PrivateKey {
    /// The source is not asked: the module has its own, and takes no other.
    pub(crate) fn generate(_: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        Self::draw()
    }

    pub(crate) fn draw() -> Option<Self> {
        let drawn = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Self::from_pkcs8(drawn.ok()?.as_ref())
    }

    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        #[cfg(feature = "fips")]
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
        #[cfg(not(feature = "fips"))]
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new());
        Some(Self { pkcs8: Zeroizing::new(der.to_vec()), pair: pair.ok()? })
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
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        let failed = |_| KeyError::Module("it refused to sign".to_owned());
        signature.map(|it| it.as_ref().to_vec()).map_err(failed)
    }
}

pub(crate) fn verify(point: &Point, message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok()
}

/// Whether the module is a FIPS 140 module in FIPS mode.
pub(crate) fn fips_mode() -> bool {
    #[cfg(feature = "fips")]
    return module::try_fips_mode().is_ok();
    #[cfg(not(feature = "fips"))]
    false
}

pub(crate) const MODULE: &str = if cfg!(feature = "fips") { "AWS-LC" } else { "ring" };
