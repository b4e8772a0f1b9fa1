//! Which module does what, and whether a validated module does it: the truth to print at run time.

use core::fmt;

/// Whether an algorithm runs as an approved one inside a validated module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Approval {
    /// Approved, and the module that runs it is validated.
    Approved,
    /// Not approved, or the module is not validated.
    NotApproved,
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approved => "approved",
            Self::NotApproved => "not approved",
        })
    }
}

/// One line of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmReport {
    /// What the container uses it for.
    pub role: &'static str,
    /// The algorithm, with its standard.
    pub algorithm: &'static str,
    /// The module that runs it.
    pub module: &'static str,
    /// Whether it runs as an approved algorithm in a validated module.
    pub approval: Approval,
    /// Why.
    pub reason: &'static str,
}

/// What sealing and opening use in this build. Keys behind [`super::SignerKey`] or [`super::RecipientKey`]
/// that live elsewhere are that module's matter.
#[must_use]
pub fn approval_report() -> &'static [AlgorithmReport] {
    REPORT
}

const NOT_VALIDATED: &str = "the algorithm is an approved one, the module is not validated";

const fn rust_crypto(role: &'static str, algorithm: &'static str, module: &'static str) -> AlgorithmReport {
    AlgorithmReport { role, algorithm, module, approval: Approval::NotApproved, reason: NOT_VALIDATED }
}

const REPORT: &[AlgorithmReport] = &[
    rust_crypto("digest", "SHA-256 (FIPS 180-4)", "RustCrypto sha2"),
    rust_crypto("signature", "ECDSA P-256 with SHA-256 (FIPS 186-5)", "RustCrypto p256"),
    rust_crypto("key agreement", "ECDH P-256 (SP 800-56A)", "RustCrypto p256"),
    AlgorithmReport {
        role: "key derivation",
        algorithm: "X9.63 KDF with SHA-256 (SEC 1 §3.6.1)",
        module: "composed in remote-services-payload over SHA-256",
        approval: Approval::NotApproved,
        reason: "composed outside any module; stays so with aws-lc-rs, which offers no X9.63 KDF",
    },
    rust_crypto("key wrap", "AES-256 key wrap (SP 800-38F, RFC 3394)", "RustCrypto aes-kw"),
    rust_crypto("content encryption", "AES-256-GCM (SP 800-38D)", "RustCrypto aes-gcm"),
    AlgorithmReport {
        role: "randomness",
        algorithm: "the operating system's generator",
        module: "getrandom, or what the caller hands in",
        approval: Approval::NotApproved,
        reason: "outside any module that this build could vouch for",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_called_approved_without_a_validated_module() {
        assert!(approval_report().iter().all(|line| line.approval == Approval::NotApproved));
    }

    #[test]
    fn the_key_derivation_is_said_to_be_composed_outside() {
        let line = approval_report().iter().find(|line| line.role == "key derivation").unwrap();
        assert!(line.reason.contains("outside any module"));
    }
}
