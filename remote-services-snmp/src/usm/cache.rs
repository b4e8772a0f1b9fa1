//! Master keys, kept because making one hashes a mebibyte.
use alloc::sync::Arc;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::crypto::{AuthProtocol, CryptoError, CryptoProvider, KeyMaterial};

/// Remembers the master key (Ku) of each password that was used lately.
#[derive(Default)]
pub struct KeyCache {
    /// Oldest first.
    entries: Vec<Entry>,
}

struct Entry {
    protocol: AuthProtocol,
    password: Zeroizing<Vec<u8>>,
    master: Arc<KeyMaterial>,
}

impl KeyCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many master keys it holds: at most 256.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The master key of a password, made now if it is not there.
    pub(super) fn master(
        &mut self,
        provider: &CryptoProvider,
        protocol: AuthProtocol,
        password: &[u8],
    ) -> Result<Arc<KeyMaterial>, CryptoError> {
        // Asked before the look into the cache: what one provider derived must not serve a stricter one.
        let derivation = provider.key_derivation(protocol)?;
        let known = |entry: &&Entry| entry.protocol == protocol && bool::from(entry.password.ct_eq(password));
        if let Some(entry) = self.entries.iter().find(known) {
            return Ok(Arc::clone(&entry.master));
        }
        let master = Arc::new(derivation.password_to_key(password)?);
        if self.entries.len() == MAX_ENTRIES {
            self.entries.remove(0);
        }
        let password = Zeroizing::new(password.to_vec());
        self.entries.push(Entry { protocol, password, master: Arc::clone(&master) });
        Ok(master)
    }
}

/// A site has a handful of passwords; the bound is there for lists of candidates.
const MAX_ENTRIES: usize = 256;
