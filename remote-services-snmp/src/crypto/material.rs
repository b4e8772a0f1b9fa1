//! Key octets and authentication codes.
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The octets of a key, on their way between derivation and handle. Wiped when dropped; cannot be printed.
///
/// ```compile_fail
/// fn printed<T: core::fmt::Debug>() {}
/// printed::<remote_services_snmp::crypto::KeyMaterial>();
/// ```
pub struct KeyMaterial {
    octets: Zeroizing<[u8; MAX_KEY]>,
    len: usize,
}

/// A truncated message authentication code.
#[derive(Clone, Copy)]
pub struct Mac {
    octets: [u8; MAX_MAC],
    len: usize,
}

impl KeyMaterial {
    /// Key material of these octets, or `None` when there are more than [`MAX_KEY`].
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        let mut material = KeyMaterial { octets: Zeroizing::new([0; MAX_KEY]), len: octets.len() };
        material.octets.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(material)
    }

    /// The octets, for those who carry out the algorithm or export the key on purpose.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.octets[..self.len]
    }
}

impl Mac {
    /// A code of these octets, or `None` when there are more than [`MAX_MAC`].
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        let mut mac = Mac { octets: [0; MAX_MAC], len: octets.len() };
        mac.octets.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(mac)
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.octets[..self.len]
    }

    /// Whether `received` is this code, whole: a prefix is not (CVE-2008-0960). In constant time.
    #[must_use]
    pub fn matches(&self, received: &[u8]) -> bool {
        self.len > 0 && self.as_slice().ct_eq(received).into()
    }
}

/// The longest key in octets: that of HMAC-SHA-512.
pub const MAX_KEY: usize = 64;
/// The longest authentication code in octets: that of HMAC-SHA-512-384 (RFC 7860 §4.1).
pub const MAX_MAC: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_code_matches() {
        let mac = Mac::new(&[1, 2, 3, 4]).unwrap();
        assert!(mac.matches(&[1, 2, 3, 4]));
        for wrong in [&[][..], &[1], &[1, 2, 3], &[1, 2, 3, 5], &[1, 2, 3, 4, 0]] {
            assert!(!mac.matches(wrong));
        }
        assert!(!Mac::new(&[]).unwrap().matches(&[]));
        assert!(Mac::new(&[0; MAX_MAC + 1]).is_none() && KeyMaterial::new(&[0; MAX_KEY + 1]).is_none());
    }
}
