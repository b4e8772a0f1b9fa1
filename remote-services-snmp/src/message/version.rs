//! The version number.
use core::fmt;

/// Version of an SNMP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// SNMPv1 (RFC 1157): 0 on the wire.
    V1,
    /// Community-based SNMPv2 (RFC 1901): 1 on the wire.
    V2c,
    /// SNMPv3 (RFC 3412): 3 on the wire.
    V3,
}

impl Version {
    /// The version with this number.
    #[must_use]
    pub fn from_wire(number: i32) -> Option<Self> {
        match number {
            0 => Some(Version::V1),
            1 => Some(Version::V2c),
            3 => Some(Version::V3),
            _ => None,
        }
    }

    /// The number of this version.
    #[must_use]
    pub fn to_wire(self) -> i32 {
        match self {
            Version::V1 => 0,
            Version::V2c => 1,
            Version::V3 => 3,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::V1 => "SNMPv1",
            Version::V2c => "SNMPv2c",
            Version::V3 => "SNMPv3",
        })
    }
}
