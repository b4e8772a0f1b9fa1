//! Users and their keys.
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::params::MAX_USER_NAME;
use super::{EngineId, KeyCache, LocalizedKeys, SecurityLevel};
use crate::crypto::{
    AuthKey, AuthProtocol, CryptoError, CryptoProvider, KeyMaterial, PrivProtocol, PrivacyKey, privacy_key,
};

/// A user with master keys or imported localised ones, not bound to an engine yet. No `Debug`, `Clone` or comparison: it holds secrets.
pub struct User {
    name: Arc<[u8]>,
    auth: Option<(AuthProtocol, Arc<KeyMaterial>)>,
    privacy: Option<(PrivProtocol, Arc<KeyMaterial>)>,
    /// Imported keys, one set an engine, all of one level. When there are any, there is no master key.
    imported: Vec<Arc<LocalizedKeys>>,
}

/// A user with the keys for one authoritative engine. No `Debug`, `Clone` or comparison: it holds secrets.
pub struct LocalizedUser {
    pub(super) name: Arc<[u8]>,
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
    /// Imported keys that allow different security levels, or none at all.
    UnequalKeys,
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
        let mut user = User { name: name.into(), auth: None, privacy: None, imported: Vec::new() };
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

    /// A user from keys that were localised elsewhere, one set for each engine that will be talked to.
    ///
    /// # Errors
    /// See [`UserError`].
    pub fn from_localized_keys(name: &[u8], keys: Vec<Arc<LocalizedKeys>>) -> Result<Self, UserError> {
        check_name(name)?;
        let level = keys.first().map(|first| first.level()).ok_or(UserError::UnequalKeys)?;
        if keys.iter().any(|set| set.level() != level) {
            return Err(UserError::UnequalKeys);
        }
        Ok(User { name: name.into(), auth: None, privacy: None, imported: keys })
    }

    /// The user name.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The highest level that the keys allow.
    #[must_use]
    pub fn level(&self) -> SecurityLevel {
        if let Some(keys) = self.imported.first() {
            return keys.level();
        }
        SecurityLevel::of(self.auth.is_some(), self.privacy.is_some())
    }

    /// Binds the keys to an engine.
    ///
    /// # Errors
    /// The provider does not have the algorithms or fails.
    #[cold]
    pub fn localize(
        &self,
        provider: &CryptoProvider,
        engine_id: EngineId,
    ) -> Result<LocalizedUser, CryptoError> {
        if !self.imported.is_empty() {
            let keys = self.imported_for(engine_id)?;
            let name = Arc::clone(&self.name);
            let user = LocalizedUser::from_keys(provider, name, engine_id, keys.auth(), keys.privacy());
            return user.map_err(|error| match error {
                UserError::Crypto(error) => error,
                _ => CryptoError::Module,
            });
        }
        let mut user = LocalizedUser { name: Arc::clone(&self.name), engine_id, auth: None, privacy: None };
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

    /// The keys for an engine, to be kept in a key store and imported again. They are as good as the password for
    /// that engine.
    ///
    /// # Errors
    /// The provider does not have the algorithms or fails.
    pub fn export_localized_keys(
        &self,
        provider: &CryptoProvider,
        engine_id: EngineId,
    ) -> Result<LocalizedKeys, CryptoError> {
        let copy = |key: &KeyMaterial| KeyMaterial::new(key.expose()).ok_or(CryptoError::Module);
        let (mut auth, mut privacy) = (None, None);
        if !self.imported.is_empty() {
            let keys = self.imported_for(engine_id)?;
            auth = keys.auth().map(|(protocol, key)| Ok((protocol, copy(key)?))).transpose()?;
            privacy = keys.privacy().map(|(protocol, key)| Ok((protocol, copy(key)?))).transpose()?;
        } else if let Some((protocol, master)) = &self.auth {
            let derivation = provider.key_derivation(*protocol)?;
            auth = Some((*protocol, derivation.localize(master, engine_id.as_slice())?));
            if let Some((cipher, master)) = &self.privacy {
                privacy = Some((*cipher, privacy_key(derivation, master, engine_id.as_slice(), *cipher)?));
            }
        }
        LocalizedKeys::new(engine_id, auth, privacy).map_err(|_| CryptoError::Module)
    }

    fn imported_for(&self, engine_id: EngineId) -> Result<&LocalizedKeys, CryptoError> {
        let found = self.imported.iter().find(|keys| keys.engine_id() == engine_id);
        found.map(|keys| &**keys).ok_or(CryptoError::NoKeyForEngine)
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
        Self::from_keys(provider, name.into(), engine_id, auth, privacy)
    }

    fn from_keys(
        provider: &CryptoProvider,
        name: Arc<[u8]>,
        engine_id: EngineId,
        auth: Option<(AuthProtocol, &KeyMaterial)>,
        privacy: Option<(PrivProtocol, &KeyMaterial)>,
    ) -> Result<Self, UserError> {
        if auth.is_none() && privacy.is_some() {
            return Err(UserError::PrivacyWithoutAuthentication);
        }
        let mut user = LocalizedUser { name, engine_id, auth: None, privacy: None };
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
            Self::UnequalKeys => f.write_str("imported keys must be there, and all for one security level"),
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

#[cfg(test)]
#[cfg(feature = "rustcrypto")]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;
    use crate::crypto::{MAX_KEY, rustcrypto};

    const SHA256: AuthProtocol = AuthProtocol::HmacSha256;
    const AES: PrivProtocol = PrivProtocol::Aes128;

    fn engine(name: &[u8]) -> EngineId {
        EngineId::new(name).unwrap()
    }

    fn material(octet: u8, len: usize) -> KeyMaterial {
        KeyMaterial::new(&[octet; MAX_KEY][..len]).unwrap()
    }

    /// Keys of each level for an engine.
    fn keys(engine_id: EngineId, octet: u8, level: SecurityLevel) -> Arc<LocalizedKeys> {
        let auth = (level > SecurityLevel::NoAuthNoPriv).then(|| (SHA256, material(octet, 32)));
        let privacy = (level == SecurityLevel::AuthPriv).then(|| (AES, material(octet + 1, 16)));
        Arc::new(LocalizedKeys::new(engine_id, auth, privacy).unwrap())
    }

    fn exposed(keys: &LocalizedKeys) -> (Option<&[u8]>, Option<&[u8]>) {
        (keys.auth().map(|(_, key)| key.expose()), keys.privacy().map(|(_, key)| key.expose()))
    }

    #[test]
    fn a_user_has_its_name_and_the_level_of_its_keys_bound_to_an_engine_or_not() {
        let (provider, mut cache) = (rustcrypto(), KeyCache::new());
        assert!(cache.is_empty());
        let auth = Some((SHA256, &b"maplesyrup"[..]));
        for (auth, privacy, level) in [
            (None, None, SecurityLevel::NoAuthNoPriv),
            (auth, None, SecurityLevel::AuthNoPriv),
            (auth, Some((AES, &b"private secret"[..])), SecurityLevel::AuthPriv),
        ] {
            let user = User::new(&provider, &mut cache, b"operator", auth, privacy).unwrap();
            assert_eq!((user.name(), user.level()), (&b"operator"[..], level));
            let bound = user.localize(&provider, engine(b"an engine")).unwrap();
            assert_eq!((bound.name(), bound.level()), (&b"operator"[..], level));
            assert_eq!(bound.engine_id(), engine(b"an engine"));
            let exported = user.export_localized_keys(&provider, engine(b"an engine")).unwrap();
            assert_eq!((exported.level(), exported.engine_id()), (level, engine(b"an engine")));
        }
        assert!(!cache.is_empty());
    }

    #[test]
    fn keys_from_elsewhere_serve_the_engine_that_they_are_for() {
        let provider = rustcrypto();
        let (first, second) = (engine(b"first engine"), engine(b"second engine"));
        for level in [SecurityLevel::NoAuthNoPriv, SecurityLevel::AuthNoPriv, SecurityLevel::AuthPriv] {
            let sets = vec![keys(first, 1, level), keys(second, 3, level)];
            let user = User::from_localized_keys(b"operator", sets).unwrap();
            assert_eq!((user.name(), user.level()), (&b"operator"[..], level));
            for (id, octet) in [(first, 1), (second, 3)] {
                assert_eq!(user.localize(&provider, id).unwrap().level(), level);
                let exported = user.export_localized_keys(&provider, id).unwrap();
                assert_eq!(exposed(&exported), exposed(&keys(id, octet, level)));
            }
            let unknown = user.export_localized_keys(&provider, engine(b"third engine")).err();
            assert_eq!(unknown, Some(CryptoError::NoKeyForEngine));
            // What the provider cannot do is told as it is.
            let refused = user.localize(&CryptoProvider::none(), first).err();
            let missing = CryptoError::NoAuthAlgorithm(SHA256);
            assert_eq!(refused, (level > SecurityLevel::NoAuthNoPriv).then_some(missing));
        }
    }

    #[test]
    fn imported_keys_are_all_for_one_level_and_there() {
        let (first, second) = (engine(b"first engine"), engine(b"second engine"));
        let unequal =
            vec![keys(first, 1, SecurityLevel::AuthPriv), keys(second, 1, SecurityLevel::AuthNoPriv)];
        for sets in [unequal, Vec::new()] {
            assert_eq!(User::from_localized_keys(b"operator", sets).err(), Some(UserError::UnequalKeys));
        }
        let long = User::from_localized_keys(&[b'u'; 33], vec![keys(first, 1, SecurityLevel::AuthPriv)]);
        assert_eq!(long.err(), Some(UserError::NameTooLong(33)));
    }

    #[test]
    fn a_key_to_encrypt_with_is_as_long_as_the_cipher_wants_and_never_alone() {
        let (provider, id) = (rustcrypto(), engine(b"an engine"));
        let alone = LocalizedKeys::new(id, None, Some((AES, material(1, 16))));
        assert_eq!(alone.err(), Some(UserError::PrivacyWithoutAuthentication));
        let key = material(1, 16);
        let alone = LocalizedUser::from_localized_keys(&provider, b"operator", id, None, Some((AES, &key)));
        assert_eq!(alone.err(), Some(UserError::PrivacyWithoutAuthentication));
        for (len, good) in [(15, false), (16, true), (17, true), (64, true)] {
            let made = LocalizedKeys::new(id, Some((SHA256, material(1, 32))), Some((AES, material(1, len))));
            let wrong = UserError::Crypto(CryptoError::KeyLength { expected: 16, found: len });
            assert_eq!(made.err(), (!good).then_some(wrong), "{len}");
        }
        let (auth, short) = (material(1, 32), material(1, 15));
        let pair = (Some((SHA256, &auth)), Some((AES, &short)));
        let bound = LocalizedUser::from_localized_keys(&provider, b"operator", id, pair.0, pair.1);
        assert!(matches!(bound.err(), Some(UserError::Crypto(CryptoError::KeyLength { .. }))));
        let name = LocalizedUser::from_localized_keys(&provider, &[b'u'; 33], id, None, None);
        assert_eq!(name.err(), Some(UserError::NameTooLong(33)));
    }

    #[test]
    fn each_fault_of_a_user_says_what_to_mend() {
        let texts = [
            (UserError::NameTooLong(33), "a user name has at most 32 octets, not 33"),
            (UserError::PasswordTooShort(7), "an SNMPv3 password has at least 8 octets, not 7"),
            (UserError::UnequalKeys, "imported keys must be there, and all for one security level"),
            (
                UserError::PrivacyWithoutAuthentication,
                "SNMPv3 encrypts authenticated messages only: an authentication key is missing",
            ),
            (UserError::Crypto(CryptoError::Module), &CryptoError::Module.to_string()),
        ];
        for (error, text) in texts {
            assert_eq!(error.to_string(), text);
        }
    }
}
