//! Users and their keys.
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::params::MAX_USER_NAME;
use super::{EngineId, KeyCache, SecurityLevel};
use crate::crypto::{
    AuthKey, AuthProtocol, CryptoError, CryptoProvider, KeyMaterial, PrivProtocol, PrivacyKey, privacy_key,
};

/// A user with master keys, not bound to an engine yet. No `Debug`, `Clone` or comparison: it holds secrets.
pub struct User {
    name: Vec<u8>,
    auth: Option<(AuthProtocol, Arc<KeyMaterial>)>,
    privacy: Option<(PrivProtocol, Arc<KeyMaterial>)>,
}

/// A user with the keys for one authoritative engine. No `Debug`, `Clone` or comparison: it holds secrets.
pub struct LocalizedUser {
    pub(super) name: Vec<u8>,
    pub(super) engine_id: EngineId,
    pub(super) auth: Option<LocalizedAuth>,
    pub(super) privacy: Option<LocalizedPrivacy>,
}

pub(super) struct LocalizedAuth {
    pub(super) protocol: AuthProtocol,
    pub(super) key: Box<dyn AuthKey>,
}

pub(super) struct LocalizedPrivacy {
    pub(super) protocol: PrivProtocol,
    pub(super) key: Box<dyn PrivacyKey>,
}

/// Why a user cannot be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserError {
    /// A user name of more than 32 octets.
    NameTooLong(usize),
    /// A password of fewer than 8 octets (RFC 3414 §11.2). For the authentication or the privacy password.
    PasswordTooShort(usize),
    /// A privacy password without an authentication password.
    PrivacyWithoutAuthentication,
    /// The crypto provider cannot do it.
    Crypto(CryptoError),
}

impl User {
    /// A user from passwords, of which each has at least 8 octets. Without any, the user is noAuthNoPriv.
    ///
    /// # Errors
    /// See [`UserError`].
    pub fn new(
        provider: &CryptoProvider,
        cache: &mut KeyCache,
        name: &[u8],
        auth: Option<(AuthProtocol, &[u8])>,
        privacy: Option<(PrivProtocol, &[u8])>,
    ) -> Result<Self, UserError> {
        check_name(name)?;
        let mut user = User { name: name.into(), auth: None, privacy: None };
        let Some((protocol, password)) = auth else {
            return if privacy.is_none() { Ok(user) } else { Err(UserError::PrivacyWithoutAuthentication) };
        };
        let mut master = |password: &[u8]| {
            if password.len() < MIN_PASSWORD {
                return Err(UserError::PasswordTooShort(password.len()));
            }
            cache.master(provider, protocol, password).map_err(UserError::Crypto)
        };
        user.auth = Some((protocol, master(password)?));
        if let Some((cipher, password)) = privacy {
            // RFC 3826 §1.2: the privacy key is derived with the hash of the authentication protocol.
            user.privacy = Some((cipher, master(password)?));
        }
        Ok(user)
    }

    /// The user name.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The highest level that the keys allow.
    #[must_use]
    pub fn level(&self) -> SecurityLevel {
        SecurityLevel::of(self.auth.is_some(), self.privacy.is_some())
    }

    /// Binds the keys to an engine.
    ///
    /// # Errors
    /// The provider does not have the algorithms or fails.
    pub fn localize(
        &self,
        provider: &CryptoProvider,
        engine_id: EngineId,
    ) -> Result<LocalizedUser, CryptoError> {
        let mut user = LocalizedUser { name: self.name.clone(), engine_id, auth: None, privacy: None };
        let Some((protocol, master)) = &self.auth else { return Ok(user) };
        let derivation = provider.key_derivation(*protocol)?;
        let key = provider.auth(*protocol)?.key(&derivation.localize(master, engine_id.as_slice())?)?;
        user.auth = Some(LocalizedAuth { protocol: *protocol, key });
        if let Some((cipher, master)) = &self.privacy {
            let algorithm = provider.privacy(*cipher)?;
            let key = algorithm.key(&privacy_key(derivation, master, engine_id.as_slice(), *cipher)?)?;
            user.privacy = Some(LocalizedPrivacy { protocol: *cipher, key });
        }
        Ok(user)
    }
}

impl LocalizedUser {
    /// A user from keys that were localised elsewhere: no password is derived.
    ///
    /// # Errors
    /// See [`UserError`].
    pub fn from_localized_keys(
        provider: &CryptoProvider,
        name: &[u8],
        engine_id: EngineId,
        auth: Option<(AuthProtocol, &KeyMaterial)>,
        privacy: Option<(PrivProtocol, &KeyMaterial)>,
    ) -> Result<Self, UserError> {
        check_name(name)?;
        if auth.is_none() && privacy.is_some() {
            return Err(UserError::PrivacyWithoutAuthentication);
        }
        let mut user = LocalizedUser { name: name.into(), engine_id, auth: None, privacy: None };
        if let Some((protocol, material)) = auth {
            let key = provider.auth(protocol).and_then(|algorithm| algorithm.key(material));
            user.auth = Some(LocalizedAuth { protocol, key: key.map_err(UserError::Crypto)? });
        }
        if let Some((protocol, material)) = privacy {
            let key = provider.privacy(protocol).and_then(|algorithm| algorithm.key(material));
            user.privacy = Some(LocalizedPrivacy { protocol, key: key.map_err(UserError::Crypto)? });
        }
        Ok(user)
    }

    /// The user name.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The engine that the keys are for.
    #[must_use]
    pub fn engine_id(&self) -> EngineId {
        self.engine_id
    }

    /// The highest level that the keys allow.
    #[must_use]
    pub fn level(&self) -> SecurityLevel {
        SecurityLevel::of(self.auth.is_some(), self.privacy.is_some())
    }
}

fn check_name(name: &[u8]) -> Result<(), UserError> {
    if name.len() > MAX_USER_NAME { Err(UserError::NameTooLong(name.len())) } else { Ok(()) }
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTooLong(octets) => {
                write!(f, "a user name has at most {MAX_USER_NAME} octets, not {octets}")
            }
            Self::PasswordTooShort(octets) => {
                write!(f, "an SNMPv3 password has at least {MIN_PASSWORD} octets, not {octets}")
            }
            Self::PrivacyWithoutAuthentication => {
                f.write_str("SNMPv3 encrypts authenticated messages only: an authentication key is missing")
            }
            Self::Crypto(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for UserError {}

/// RFC 3414 §11.2.
const MIN_PASSWORD: usize = 8;
