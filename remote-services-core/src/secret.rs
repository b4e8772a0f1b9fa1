//! Secrets: zeroised when dropped, compared in constant time, never printed.

use alloc::string::String;
use alloc::vec::Vec;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A password, community name, key or token.
///
/// Has no `Debug`, `Display`, `Clone` or `PartialEq`, so that it cannot reach a log by accident.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the octets over.
    #[must_use]
    pub fn new(octets: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(octets.into()))
    }

    /// The octets, for the one place that needs them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// A second copy, where two owners need the same secret.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// Whether both hold the same octets; the time taken depends on the lengths only.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        Self::new(text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_compares_the_octets() {
        assert!(Secret::from("maplesyrup").equals(&Secret::from("maplesyrup")));
        assert!(!Secret::from("maplesyrup").equals(&Secret::from("maplesyruq")));
        assert!(!Secret::from("maplesyrup").equals(&Secret::from("maple")));
    }
}
