//! Which module does what, and whether a validated module does it: the truth to print at run time.

use core::fmt;

use super::kdf::KeyDerivation;
use super::provider::Module;
use super::public_key::KeyKind;
use super::scheme::{DigestAlgorithm, SignatureScheme};

/// Whether a FIPS 140 validated module offers an algorithm as an approved service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Approval {
    /// It is an approved service of the module, which runs in FIPS mode. Whether this version of the module was
    /// validated, and where, the validation list tells; this code cannot.
    Approved,
    /// It is not approved, or the module is no such module.
    NotApproved,
    /// Nobody can tell. Who asks for approval takes this for a no.
    Unknown,
}

/// What sealing and opening can ask of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service {
    /// Digests of contents.
    Digest(DigestAlgorithm),
    /// Signing and verifying.
    Signature(SignatureScheme),
    /// ECDH on the curve of this kind of key (SP 800-56A).
    KeyAgreement(KeyKind),
    /// What stands between agreement and key wrap (SP 800-56C where it is HKDF).
    KeyDerivation(KeyDerivation),
    /// AES-256 key wrap (SP 800-38F).
    KeyWrap,
    /// RSAES-OAEP (SP 800-56B).
    KeyTransport,
    /// AES-256-GCM (SP 800-38D).
    ContentEncryption,
    /// Random octets of the module's own generator (SP 800-90A).
    Randomness,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Digest(DigestAlgorithm::Sha256),
        Self::Digest(DigestAlgorithm::Sha384),
        Self::Signature(SignatureScheme::EcdsaSha256),
        Self::Signature(SignatureScheme::EcdsaSha384),
        Self::Signature(SignatureScheme::RsaPssSha256),
        Self::Signature(SignatureScheme::RsaPssSha384),
        Self::Signature(SignatureScheme::RsaPkcs1Sha256),
        Self::Signature(SignatureScheme::RsaPkcs1Sha384),
        Self::KeyAgreement(KeyKind::P256),
        Self::KeyAgreement(KeyKind::P384),
        Self::KeyDerivation(KeyDerivation::X963Sha256),
        Self::KeyDerivation(KeyDerivation::HkdfSha256),
        Self::KeyDerivation(KeyDerivation::HkdfSha384),
        Self::KeyWrap,
        Self::KeyTransport,
        Self::ContentEncryption,
        Self::Randomness,
    ];
}

/// A module and the approval of each service. Printed as a small table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApprovalReport {
    /// The module that carries the algorithms out.
    pub module: Module,
    /// Each service with its approval.
    pub services: Vec<(Service, Approval)>,
}

impl ApprovalReport {
    pub(crate) fn of(module: Module, approval: impl Fn(Service) -> Approval) -> Self {
        Self { module, services: Service::ALL.map(|service| (service, approval(service))).to_vec() }
    }
}

impl fmt::Display for ApprovalReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.module)?;
        for (service, approval) in &self.services {
            write!(f, "\n  {service}: {approval}")?;
            // True of every module: none offers this KDF, so it is put together from digests here.
            if *service == Service::KeyDerivation(KeyDerivation::X963Sha256) {
                f.write_str(" (composed outside the module, over its SHA-256)")?;
            }
        }
        f.write_str("\n  keys behind handles: the matter of the module that holds them")
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(DigestAlgorithm::Sha256) => f.write_str("SHA-256"),
            Self::Digest(DigestAlgorithm::Sha384) => f.write_str("SHA-384"),
            Self::Signature(scheme) => scheme.fmt(f),
            Self::KeyAgreement(kind) => write!(f, "ECDH {kind}"),
            Self::KeyDerivation(KeyDerivation::X963Sha256) => f.write_str("X9.63 KDF with SHA-256"),
            Self::KeyDerivation(KeyDerivation::HkdfSha256) => f.write_str("HKDF with SHA-256"),
            Self::KeyDerivation(KeyDerivation::HkdfSha384) => f.write_str("HKDF with SHA-384"),
            Self::KeyWrap => f.write_str("AES-256 key wrap"),
            Self::KeyTransport => f.write_str("RSAES-OAEP with SHA-256"),
            Self::ContentEncryption => f.write_str("AES-256-GCM"),
            Self::Randomness => f.write_str("randomness of the module"),
        }
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Approved => "approved",
            Self::NotApproved => "not approved",
            Self::Unknown => "unknown",
        })
    }
}
