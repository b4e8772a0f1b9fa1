//! Pseudonyms: the same person is the same word at one site, and nobody without the site's key can say who.

use crate::hex;
use crate::secret::Secret;
use alloc::string::String;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A site's key for pseudonyms. It stays at the site: who has it can try names.
///
/// Has no `Debug` and no `Clone`, and is wiped when dropped.
pub struct PseudonymKey(Secret);

impl PseudonymKey {
    /// From 32 octets of randomness, made once for a site and kept.
    #[must_use]
    pub fn new(octets: [u8; 32]) -> Self {
        Self(Secret::new(octets))
    }

    /// The pseudonym of a name: `p-` and 32 hexadecimal digits of HMAC-SHA-256 (RFC 2104) over the name in lower case
    /// without blanks around it, as user names are compared.
    #[must_use]
    pub fn of(&self, name: &str) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.expose())
            .expect("HMAC takes keys of every length (RFC 2104 §2)");
        mac.update(DOMAIN);
        mac.update(name.trim().to_lowercase().as_bytes());
        let code = mac.finalize().into_bytes();
        alloc::format!("p-{}", hex::encode(&code[..16]))
    }
}

/// Keeps these codes apart from others under the same key.
const DOMAIN: &[u8] = b"remote-services pseudonym 1\0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_pseudonym_at_a_site_and_another_elsewhere() {
        let (here, there) = (PseudonymKey::new([1; 32]), PseudonymKey::new([2; 32]));
        assert_eq!(here.of("jdoe"), here.of(" JDoe "));
        assert_ne!(here.of("jdoe"), here.of("jdoe2"));
        assert_ne!(here.of("jdoe"), there.of("jdoe"));
        assert_eq!(here.of("jdoe").len(), 34);
    }
}
