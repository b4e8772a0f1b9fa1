//! Whether an algorithm counts under FIPS 140, and what an engine may use.
use core::fmt;

use super::{AuthProtocol, PrivProtocol};

/// Whether a FIPS 140 validated module offers an algorithm as an approved service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Approval {
    /// The module says that the service is approved.
    Approved,
    /// It is not approved, or the back-end is no such module.
    NotApproved,
    /// The back-end cannot tell. A policy that asks for approval takes this for a no.
    Unknown,
}

/// Which algorithms of a provider may be used, by their [`Approval`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FipsPolicy {
    /// All.
    #[default]
    Off,
    /// Authentication must be approved; encryption and key derivation need not be. What can be had from modules
    /// without AES-CFB.
    ApprovedAuthOnly,
    /// Authentication, encryption and key derivation must all be approved. Without an approved key derivation this
    /// means: no passwords, localised keys are imported.
    Strict,
}

/// What a provider can be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service {
    /// Computing authentication codes.
    Authentication(AuthProtocol),
    /// Turning passwords into localised keys with the hash of this protocol.
    KeyDerivation(AuthProtocol),
    /// Encrypting and decrypting.
    Privacy(PrivProtocol),
}

impl FipsPolicy {
    /// Whether the policy lets a service be used that has this approval.
    #[must_use]
    pub fn allows(self, service: Service, approval: Approval) -> bool {
        let asks = match self {
            FipsPolicy::Off => false,
            FipsPolicy::ApprovedAuthOnly => matches!(service, Service::Authentication(_)),
            FipsPolicy::Strict => true,
        };
        !asks || approval == Approval::Approved
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Approval::Approved => "approved",
            Approval::NotApproved => "not approved",
            Approval::Unknown => "unknown",
        })
    }
}

impl fmt::Display for FipsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FipsPolicy::Off => "off",
            FipsPolicy::ApprovedAuthOnly => "approved authentication only",
            FipsPolicy::Strict => "strict",
        })
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Service::Authentication(protocol) => protocol.fmt(f),
            Service::KeyDerivation(protocol) => write!(f, "password-to-key of {protocol}"),
            Service::Privacy(protocol) => protocol.fmt(f),
        }
    }
}
