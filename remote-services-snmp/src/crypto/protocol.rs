//! The names of the algorithms.
use core::fmt;

/// An authentication protocol of the user-based security model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AuthProtocol {
    /// HMAC-SHA-96: usmHMACSHAAuthProtocol (RFC 3414 §7).
    HmacSha1,
    /// HMAC-SHA-256-192: usmHMAC192SHA256AuthProtocol (RFC 7860).
    HmacSha256,
}

/// A privacy protocol of the user-based security model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PrivProtocol {
    /// AES-128 in CFB mode: usmAesCfb128Protocol (RFC 3826).
    Aes128,
}

impl AuthProtocol {
    /// Octets of a key: those of the hash.
    #[must_use]
    pub fn key_len(self) -> usize {
        match self {
            AuthProtocol::HmacSha1 => 20,
            AuthProtocol::HmacSha256 => 32,
        }
    }

    /// Octets of msgAuthenticationParameters. No other length is ever right.
    #[must_use]
    pub fn mac_len(self) -> usize {
        match self {
            AuthProtocol::HmacSha1 => 12,
            AuthProtocol::HmacSha256 => 24,
        }
    }
}

impl PrivProtocol {
    /// Octets of a key.
    #[must_use]
    pub fn key_len(self) -> usize {
        match self {
            PrivProtocol::Aes128 => 16,
        }
    }
}

impl fmt::Display for AuthProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AuthProtocol::HmacSha1 => "HMAC-SHA-96",
            AuthProtocol::HmacSha256 => "HMAC-SHA-256-192",
        })
    }
}

impl fmt::Display for PrivProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PrivProtocol::Aes128 => "AES-128-CFB",
        })
    }
}
