//! What credentials become: keys, made once for all peers that have the same.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::{ApiMisuse, Credentials};
use crate::crypto::CryptoProvider;
use crate::usm::{KeyCache, User};

/// What credentials say about us. Peers with the same credentials share it.
pub(crate) struct Identity {
    pub(super) user: User,
    pub(super) context_name: Vec<u8>,
}

/// Keys made so far: master keys by password, and what was made of whole credentials that are in use.
#[derive(Default)]
pub(crate) struct KeyRing {
    cache: KeyCache,
    identities: Vec<(Weak<Credentials>, Weak<Identity>)>,
}

impl KeyRing {
    pub(super) fn identity(
        &mut self,
        credentials: &Arc<Credentials>,
        crypto: &CryptoProvider,
    ) -> Result<Arc<Identity>, ApiMisuse> {
        let mut known = self.identities.iter().filter(|(of, _)| core::ptr::eq(of.as_ptr(), &**credentials));
        if let Some(identity) = known.find_map(|(_, identity)| identity.upgrade()) {
            return Ok(identity);
        }
        let (user, context_name) = user_of(credentials, &mut self.cache, crypto)?;
        let identity = Arc::new(Identity { user, context_name });
        self.identities.retain(|(_, identity)| identity.strong_count() > 0);
        if self.identities.len() == MAX_SHARED {
            self.identities.remove(0);
        }
        self.identities.push((Arc::downgrade(credentials), Arc::downgrade(&identity)));
        Ok(identity)
    }
}

/// The master keys of SNMPv3 credentials, and the name of the context.
pub(crate) fn user_of(
    credentials: &Credentials,
    keys: &mut KeyCache,
    crypto: &CryptoProvider,
) -> Result<(User, Vec<u8>), ApiMisuse> {
    let (Credentials::V3 { user: name, context_name, .. }
    | Credentials::V3Localized { user: name, context_name, .. }) = credentials
    else {
        return Err(ApiMisuse::NameLength);
    };
    if name.is_empty() || context_name.len() > MAX_CONTEXT_NAME {
        return Err(ApiMisuse::NameLength);
    }
    let user = match credentials {
        Credentials::V3 { auth, privacy, .. } => {
            if let Some((protocol, _)) = privacy {
                crypto.privacy(*protocol)?;
            }
            let auth = auth.as_ref().map(|(protocol, password)| (*protocol, password.expose()));
            let privacy = privacy.as_ref().map(|(protocol, password)| (*protocol, password.expose()));
            User::new(crypto, keys, name.as_bytes(), auth, privacy)?
        }
        Credentials::V3Localized { keys, .. } => {
            for set in keys {
                set.auth().map(|(protocol, _)| crypto.auth(protocol)).transpose()?;
                set.privacy().map(|(protocol, _)| crypto.privacy(protocol)).transpose()?;
            }
            User::from_localized_keys(name.as_bytes(), keys.clone())?
        }
        Credentials::V1 { .. } | Credentials::V2c { .. } => return Err(ApiMisuse::NameLength),
    };
    Ok((user, context_name.as_bytes().to_vec()))
}

/// RFC 3411 §5, SnmpAdminString.
const MAX_CONTEXT_NAME: usize = 255;
/// Credentials whose identity is looked for: a site has a handful.
const MAX_SHARED: usize = 16;
