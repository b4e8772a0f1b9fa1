//! Cryptography that proves and hides nothing, so that arbitrary octets get past it. It exists in this crate only.

use remote_services_snmp::crypto::{
    Approval, AuthAlgorithm, AuthKey, AuthProtocol, CryptoError, CryptoProvider, KeyMaterial, Mac,
    PrivProtocol, PrivacyAlgorithm, PrivacyKey,
};
use remote_services_snmp::usm::{EngineId, KeyCache, LocalizedUser, User};

pub(crate) const USER: &str = "operator";
pub(crate) const PASSWORD: &str = "of no importance";

/// HMAC-SHA-256 and AES-128 by name. Each code is all zeros, so that a change of the message leaves it right.
pub(crate) fn provider() -> CryptoProvider {
    CryptoProvider::new("no security", vec![&NoSecurity], vec![&NoSecurity])
}

/// A user with authentication and privacy by [`provider`].
pub(crate) fn user() -> User {
    let password = PASSWORD.as_bytes();
    let auth = Some((AuthProtocol::HmacSha256, password));
    let privacy = Some((PrivProtocol::Aes128, password));
    User::new(&provider(), &mut KeyCache::new(), USER.as_bytes(), auth, privacy)
        .expect("the provider has both")
}

pub(crate) fn localized(engine_id: EngineId) -> LocalizedUser {
    user().localize(&provider(), engine_id).expect("the provider has both")
}

pub(crate) fn engine_id() -> EngineId {
    EngineId::with_format(32_473, 4, b"fuzzed").expect("five octets and six")
}

struct NoSecurity;

fn key() -> Result<KeyMaterial, CryptoError> {
    KeyMaterial::new(&[7; 32]).ok_or(CryptoError::Module)
}

impl AuthAlgorithm for NoSecurity {
    fn protocol(&self) -> AuthProtocol {
        AuthProtocol::HmacSha256
    }

    fn approval(&self) -> Approval {
        Approval::NotApproved
    }

    fn key_derivation_approval(&self) -> Approval {
        Approval::NotApproved
    }

    fn password_to_key(&self, _: &[u8]) -> Result<KeyMaterial, CryptoError> {
        key()
    }

    fn localize(&self, _: &KeyMaterial, _: &[u8]) -> Result<KeyMaterial, CryptoError> {
        key()
    }

    fn hash(&self, _: &[u8]) -> Result<KeyMaterial, CryptoError> {
        key()
    }

    fn key(&self, _: &KeyMaterial) -> Result<Box<dyn AuthKey>, CryptoError> {
        Ok(Box::new(NoSecurity))
    }
}

impl AuthKey for NoSecurity {
    fn mac(&self, _: &[&[u8]]) -> Result<Mac, CryptoError> {
        Mac::new(&[0; 24]).ok_or(CryptoError::Module)
    }
}

impl PrivacyAlgorithm for NoSecurity {
    fn protocol(&self) -> PrivProtocol {
        PrivProtocol::Aes128
    }

    fn approval(&self) -> Approval {
        Approval::NotApproved
    }

    fn key(&self, _: &KeyMaterial) -> Result<Box<dyn PrivacyKey>, CryptoError> {
        Ok(Box::new(NoSecurity))
    }
}

impl PrivacyKey for NoSecurity {
    fn encrypt(&self, _: u32, _: u32, _: [u8; 8], _: &mut [u8]) -> Result<(), CryptoError> {
        Ok(())
    }

    fn decrypt(&self, _: u32, _: u32, _: [u8; 8], _: &mut [u8]) -> Result<(), CryptoError> {
        Ok(())
    }
}
