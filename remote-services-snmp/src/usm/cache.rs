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

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;
    use alloc::vec;

    use super::*;
    use crate::crypto::{Approval, AuthAlgorithm, AuthKey};

    /// A module for which the password is the key.
    struct Plain(AuthProtocol);

    impl AuthAlgorithm for Plain {
        fn protocol(&self) -> AuthProtocol {
            self.0
        }

        fn approval(&self) -> Approval {
            Approval::Unknown
        }

        fn key_derivation_approval(&self) -> Approval {
            Approval::Unknown
        }

        fn password_to_key(&self, password: &[u8]) -> Result<KeyMaterial, CryptoError> {
            self.hash(password)
        }

        fn localize(&self, master: &KeyMaterial, _: &[u8]) -> Result<KeyMaterial, CryptoError> {
            self.hash(master.expose())
        }

        fn hash(&self, octets: &[u8]) -> Result<KeyMaterial, CryptoError> {
            KeyMaterial::new(octets).ok_or(CryptoError::Module)
        }

        fn key(&self, _: &KeyMaterial) -> Result<Box<dyn AuthKey>, CryptoError> {
            Err(CryptoError::Module)
        }
    }

    #[test]
    fn each_password_under_each_protocol_has_a_key_of_its_own_and_the_oldest_goes_first() {
        let (sha1, sha256) = (AuthProtocol::HmacSha1, AuthProtocol::HmacSha256);
        let provider = CryptoProvider::new(
            "plain",
            vec![&Plain(AuthProtocol::HmacSha1), &Plain(AuthProtocol::HmacSha256)],
            Vec::new(),
        );
        let mut cache = KeyCache::new();
        let mut key = |protocol, number: usize| {
            let password = number.to_be_bytes();
            let master = cache.master(&provider, protocol, &password).unwrap();
            assert_eq!(master.expose(), password);
            (master, cache.len())
        };
        let (first, held) = key(sha1, 0);
        assert_eq!(held, 1);
        let (other, held) = key(sha256, 0);
        assert_eq!((held, Arc::ptr_eq(&first, &other)), (2, false));
        let (again, held) = key(sha1, 0);
        assert_eq!((held, Arc::ptr_eq(&first, &again)), (2, true));
        for number in 1..255 {
            assert_eq!(key(sha1, number).1, 2 + number);
        }
        assert!(Arc::ptr_eq(&first, &key(sha1, 0).0), "as many as it holds");
        assert_eq!(key(sha1, 255).1, 256);
        assert!(Arc::ptr_eq(&other, &key(sha256, 0).0), "the second oldest is there");
        assert!(!Arc::ptr_eq(&first, &key(sha1, 0).0), "the oldest was made anew");
    }
}
