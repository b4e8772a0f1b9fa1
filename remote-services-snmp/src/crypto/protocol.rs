//! The names of the algorithms.
use core::fmt;

/// An authentication protocol of the user-based security model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AuthProtocol {
    /// HMAC-MD5-96: usmHMACMD5AuthProtocol (RFC 3414 §6). Broken; for old devices, behind feature `legacy`.
    HmacMd5,
    /// HMAC-SHA-96: usmHMACSHAAuthProtocol (RFC 3414 §7).
    HmacSha1,
    /// HMAC-SHA-224-128: usmHMAC128SHA224AuthProtocol (RFC 7860).
    HmacSha224,
    /// HMAC-SHA-256-192: usmHMAC192SHA256AuthProtocol (RFC 7860).
    HmacSha256,
    /// HMAC-SHA-384-256: usmHMAC256SHA384AuthProtocol (RFC 7860).
    HmacSha384,
    /// HMAC-SHA-512-384: usmHMAC384SHA512AuthProtocol (RFC 7860).
    HmacSha512,
}

/// A privacy protocol of the user-based security model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PrivProtocol {
    /// DES in CBC mode: usmDESPrivProtocol (RFC 3414 §8). Broken; for old devices, behind feature `legacy`.
    Des,
    /// Triple DES, EDE in CBC mode (draft-reeder-snmpv3-usm-3desede), with Reeder's longer keys. Behind feature `legacy`.
    TripleDes,
    /// AES-128 in CFB mode: usmAesCfb128Protocol (RFC 3826).
    Aes128,
    /// AES-192 in CFB mode (draft-blumenthal-aes-usm). No RFC: the devices differ in how they lengthen the key.
    Aes192(KeyExtension),
    /// AES-256 in CFB mode (draft-blumenthal-aes-usm). No RFC: the devices differ in how they lengthen the key.
    Aes256(KeyExtension),
}

/// How a localised key is made longer, when the hash gives fewer octets than the cipher needs.
///
/// Both ways begin with the same octets, so with SHA-256 and longer hashes they are the same for AES. With shorter
/// ones a device understands only the one that its maker chose; the wrong one shows as a decryption error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyExtension {
    /// The hash of all octets so far is put behind them (draft-blumenthal-aes-usm-04 §3.1.2.1): net-snmp's AES-192
    /// and AES-256.
    Blumenthal,
    /// The octets so far serve as a password again (draft-reeder-snmpv3-usm-3desede-00 §2.1): Cisco and those who
    /// follow it, net-snmp's `AES192C` and `AES256C`. Costs another mebibyte of hashing for each engine.
    Reeder,
}

impl AuthProtocol {
    /// All of them, the strongest last.
    pub const ALL: [AuthProtocol; 6] = [
        AuthProtocol::HmacMd5,
        AuthProtocol::HmacSha1,
        AuthProtocol::HmacSha224,
        AuthProtocol::HmacSha256,
        AuthProtocol::HmacSha384,
        AuthProtocol::HmacSha512,
    ];

    /// Octets of a key: those of the hash.
    #[must_use]
    pub fn key_len(self) -> usize {
        match self {
            AuthProtocol::HmacMd5 => 16,
            AuthProtocol::HmacSha1 => 20,
            AuthProtocol::HmacSha224 => 28,
            AuthProtocol::HmacSha256 => 32,
            AuthProtocol::HmacSha384 => 48,
            AuthProtocol::HmacSha512 => 64,
        }
    }

    /// Octets of msgAuthenticationParameters. No other length is ever right.
    #[must_use]
    pub fn mac_len(self) -> usize {
        match self {
            AuthProtocol::HmacMd5 | AuthProtocol::HmacSha1 => 12,
            AuthProtocol::HmacSha224 => 16,
            AuthProtocol::HmacSha256 => 24,
            AuthProtocol::HmacSha384 => 32,
            AuthProtocol::HmacSha512 => 48,
        }
    }
}

impl PrivProtocol {
    /// All of them, in both key extensions, the strongest last.
    pub const ALL: [PrivProtocol; 7] = [
        PrivProtocol::Des,
        PrivProtocol::TripleDes,
        PrivProtocol::Aes128,
        PrivProtocol::Aes192(KeyExtension::Blumenthal),
        PrivProtocol::Aes192(KeyExtension::Reeder),
        PrivProtocol::Aes256(KeyExtension::Blumenthal),
        PrivProtocol::Aes256(KeyExtension::Reeder),
    ];

    /// Octets of a key. For DES and 3DES the last eight are the pre-IV (RFC 3414 §8.1.1.1).
    #[must_use]
    pub fn key_len(self) -> usize {
        match self {
            PrivProtocol::Des | PrivProtocol::Aes128 => 16,
            PrivProtocol::TripleDes | PrivProtocol::Aes256(_) => 32,
            PrivProtocol::Aes192(_) => 24,
        }
    }

    /// How a key is lengthened when the hash is shorter than [`key_len`](Self::key_len); `None` when none is.
    #[must_use]
    pub fn key_extension(self) -> Option<KeyExtension> {
        match self {
            PrivProtocol::Des | PrivProtocol::Aes128 => None,
            PrivProtocol::TripleDes => Some(KeyExtension::Reeder),
            PrivProtocol::Aes192(extension) | PrivProtocol::Aes256(extension) => Some(extension),
        }
    }

    /// What the length of the data must be a multiple of, in octets: 8 for the ciphers in CBC mode, else 1.
    #[must_use]
    pub fn block_len(self) -> usize {
        if self.is_des() { 8 } else { 1 }
    }

    /// Whether it is DES or 3DES, whose salt begins with the boots of the sender (RFC 3414 §8.1.1.1).
    pub(crate) fn is_des(self) -> bool {
        matches!(self, PrivProtocol::Des | PrivProtocol::TripleDes)
    }
}

impl fmt::Display for AuthProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AuthProtocol::HmacMd5 => "HMAC-MD5-96",
            AuthProtocol::HmacSha1 => "HMAC-SHA-96",
            AuthProtocol::HmacSha224 => "HMAC-SHA-224-128",
            AuthProtocol::HmacSha256 => "HMAC-SHA-256-192",
            AuthProtocol::HmacSha384 => "HMAC-SHA-384-256",
            AuthProtocol::HmacSha512 => "HMAC-SHA-512-384",
        })
    }
}

impl fmt::Display for PrivProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrivProtocol::Des => f.write_str("DES-CBC"),
            PrivProtocol::TripleDes => f.write_str("3DES-EDE-CBC"),
            PrivProtocol::Aes128 => f.write_str("AES-128-CFB"),
            PrivProtocol::Aes192(extension) => write!(f, "AES-192-CFB ({extension})"),
            PrivProtocol::Aes256(extension) => write!(f, "AES-256-CFB ({extension})"),
        }
    }
}

impl fmt::Display for KeyExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyExtension::Blumenthal => "Blumenthal",
            KeyExtension::Reeder => "Reeder",
        })
    }
}
