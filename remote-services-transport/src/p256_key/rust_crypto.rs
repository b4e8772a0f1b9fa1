//! By the RustCrypto crates: a signature's nonce comes from key and message (RFC 6979).

use super::Point;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use remote_services_core::key::KeyError;
use zeroize::Zeroizing;

pub(crate) struct PrivateKey(p256::SecretKey);

impl PrivateKey {
    /// Draws a key from `fill`; `None` when what it gives is of no use.
    pub(crate) fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        let mut octets = Zeroizing::new([0_u8; 32]);
        for _ in 0..4 {
            fill(octets.as_mut_slice());
            // Fails for zero and for what exceeds the group's order: 1 in 2³².
            if let Ok(key) = p256::SecretKey::from_slice(octets.as_slice()) {
                return Some(Self(key));
            }
        }
        None
    }

    /// Draws a key from the operating system's source: these crates have none of their own.
    pub(crate) fn draw() -> Option<Self> {
        let mut failed = false;
        let key = Self::generate(&mut |octets| failed |= getrandom::fill(octets).is_err());
        key.filter(|_| !failed)
    }

    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        p256::SecretKey::from_pkcs8_der(der).ok().map(Self)
    }

    pub(crate) fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.0.to_pkcs8_der().map(|document| document.to_bytes()).expect("a P-256 key is encodable")
    }

    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    pub(crate) fn point(&self) -> Point {
        let point = self.0.public_key().to_sec1_point(false);
        point.as_bytes().try_into().expect("an uncompressed point has 65 octets")
    }

    /// `r ‖ s`, as every handle of a key gives it.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature: Result<Signature, _> = SigningKey::from(&self.0).try_sign(message);
        let failed = |_| KeyError::Module("it refused to sign".to_owned());
        signature.map(|it| it.to_bytes().to_vec()).map_err(failed)
    }
}

pub(crate) fn verify(point: &Point, message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) =
        (VerifyingKey::from_sec1_bytes(point), DerSignature::from_bytes(signature))
    else {
        return false;
    };
    key.verify(message, &signature).is_ok()
}

pub(crate) fn fips_mode() -> bool {
    false
}

pub(crate) const MODULE: &str = "RustCrypto";

/// A client's key that is the same each time, whichever module has it then.
#[cfg(test)]
pub(crate) fn fixed(seed: u8) -> crate::enrol::ClientKey {
    let key = PrivateKey::generate(&mut |octets| octets.fill(seed)).unwrap();
    crate::enrol::ClientKey::from_pkcs8(&key.to_pkcs8()).unwrap()
}
