//! Localised keys on their way in and out of a key store.
use super::{EngineId, SecurityLevel, UserError};
use crate::crypto::{AuthProtocol, CryptoError, KeyMaterial, PrivProtocol};

/// The keys of one user for one engine (RFC 3414 §2.6), made elsewhere or by
/// [`User::export_localized_keys`](super::User::export_localized_keys). With them no password is needed and no key is
/// derived. No `Debug`, `Clone` or comparison: it holds secrets, which [`KeyMaterial::expose`] alone gives away.
///
/// ```compile_fail
/// fn printed<T: core::fmt::Debug>() {}
/// printed::<remote_services_snmp::usm::LocalizedKeys>();
/// ```
pub struct LocalizedKeys {
    engine_id: EngineId,
    auth: Option<(AuthProtocol, KeyMaterial)>,
    privacy: Option<(PrivProtocol, KeyMaterial)>,
}

impl LocalizedKeys {
    /// Keys for this engine. The authentication key has the length of the hash; the privacy key has at least the octets
    /// that the cipher needs, lengthened already where that is done.
    ///
    /// # Errors
    /// A key has the wrong length, or there is a privacy key without an authentication key.
    pub fn new(
        engine_id: EngineId,
        auth: Option<(AuthProtocol, KeyMaterial)>,
        privacy: Option<(PrivProtocol, KeyMaterial)>,
    ) -> Result<Self, UserError> {
        let wrong = |expected, found| Err(UserError::Crypto(CryptoError::KeyLength { expected, found }));
        if auth.is_none() && privacy.is_some() {
            return Err(UserError::PrivacyWithoutAuthentication);
        }
        if let Some((protocol, key)) = &auth
            && key.expose().len() != protocol.key_len()
        {
            return wrong(protocol.key_len(), key.expose().len());
        }
        if let Some((protocol, key)) = &privacy
            && key.expose().len() < protocol.key_len()
        {
            return wrong(protocol.key_len(), key.expose().len());
        }
        Ok(LocalizedKeys { engine_id, auth, privacy })
    }

    /// The engine that the keys are for.
    #[must_use]
    pub fn engine_id(&self) -> EngineId {
        self.engine_id
    }

    /// The authentication key.
    #[must_use]
    pub fn auth(&self) -> Option<(AuthProtocol, &KeyMaterial)> {
        self.auth.as_ref().map(|(protocol, key)| (*protocol, key))
    }

    /// The privacy key.
    #[must_use]
    pub fn privacy(&self) -> Option<(PrivProtocol, &KeyMaterial)> {
        self.privacy.as_ref().map(|(protocol, key)| (*protocol, key))
    }

    /// The highest level that the keys allow.
    #[must_use]
    pub fn level(&self) -> SecurityLevel {
        SecurityLevel::of(self.auth.is_some(), self.privacy.is_some())
    }
}
