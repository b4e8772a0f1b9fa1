//! Why a provider could not do its work.
use core::fmt;

use super::{AuthProtocol, FipsPolicy, PrivProtocol, Service};

/// Why a provider could not do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CryptoError {
    /// The provider does not have this authentication algorithm.
    NoAuthAlgorithm(AuthProtocol),
    /// The provider does not have this encryption algorithm.
    NoPrivacyAlgorithm(PrivProtocol),
    /// The policy asks for an approved service, and this one is not.
    Refused {
        /// What was asked for.
        service: Service,
        /// The policy that refuses it.
        policy: FipsPolicy,
        /// A service of the same provider that the policy allows, if there is one.
        instead: Option<Service>,
    },
    /// Key material of the wrong length.
    KeyLength {
        /// Octets that the algorithm wants.
        expected: usize,
        /// Octets that it was given.
        found: usize,
    },
    /// The length of the data is no multiple of the cipher's block.
    DataLength(usize),
    /// There are imported keys for other engines, but none for this one, and no password.
    NoKeyForEngine,
    /// The source of randomness gave the same 64 bits twice in a row: it is a constant, not chance.
    RandomRepeats,
    /// The cryptographic module failed or refused.
    Module,
}

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAuthAlgorithm(protocol) => write!(f, "the crypto provider does not offer {protocol}"),
            Self::NoPrivacyAlgorithm(protocol) => write!(f, "the crypto provider does not offer {protocol}"),
            Self::Refused { service, policy, instead } => {
                write!(f, "{service} is no approved service here (FIPS policy: {policy}); use ")?;
                match (service, instead) {
                    (_, Some(instead)) => instead.fmt(f),
                    (Service::KeyDerivation(_), None) => f.write_str("imported localised keys"),
                    (Service::Privacy(_), None) => f.write_str(
                        "authNoPriv over a protected network, or a module that approves AES-CFB128",
                    ),
                    (Service::Authentication(_), None) => {
                        f.write_str("a provider whose module is in FIPS mode")
                    }
                }
            }
            Self::KeyLength { expected, found } => {
                write!(f, "key of {found} octets where {expected} are needed")
            }
            Self::DataLength(octets) => write!(f, "{octets} octets are no whole number of cipher blocks"),
            Self::NoKeyForEngine => f.write_str("no localised key was imported for this engine"),
            Self::RandomRepeats => {
                f.write_str("the random numbers repeat, so salts and request numbers would be guessable")
            }
            Self::Module => f.write_str("the cryptographic module failed"),
        }
    }
}

impl core::error::Error for CryptoError {}
