//! Whose cryptography TLS uses, and what of it a FIPS 140 module approves: the truth to print at run time.

use rustls::NamedGroup;
use rustls::crypto::CryptoProvider;
use std::fmt;

/// The module under TLS, and each algorithm that may be used with whether the module offers it as an approved service.
/// Printed as a small table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsReport {
    /// The module, with its version where it tells one.
    pub module: String,
    /// Name of the algorithm and whether it is approved. Whether the module was validated, and in which version, the
    /// validation list says; this code cannot.
    pub algorithms: Vec<(String, bool)>,
}

impl TlsReport {
    pub(crate) fn of(provider: &CryptoProvider) -> Self {
        let suites =
            provider.cipher_suites.iter().map(|suite| (format!("{:?}", suite.suite()), suite.fips()));
        let groups = provider.kx_groups.iter().map(|group| (format!("{:?}", group.name()), group.fips()));
        let rest = [
            ("signatures of certificates and handshakes", provider.signature_verification_algorithms.fips()),
            ("randomness", provider.secure_random.fips()),
            ("keys in memory", provider.key_provider.fips()),
        ];
        let rest = rest.map(|(name, approved)| (name.to_owned(), approved));
        Self { module: module(provider), algorithms: suites.chain(groups).chain(rest).collect() }
    }

    /// The algorithms that are not approved.
    #[must_use]
    pub fn not_approved(&self) -> Vec<&str> {
        self.algorithms.iter().filter(|(_, approved)| !approved).map(|(name, _)| name.as_str()).collect()
    }
}

impl fmt::Display for TlsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.module)?;
        for (name, approved) in &self.algorithms {
            write!(f, "\n  {name}: {}", if *approved { "approved" } else { "not approved" })?;
        }
        f.write_str("\n  keys behind handles: the matter of the module that holds them")
    }
}

/// A provider has no name; its source of randomness has one.
fn module(provider: &CryptoProvider) -> String {
    match format!("{:?}", provider.secure_random).as_str() {
        "Ring" => "ring".to_owned(),
        "AwsLcRs" => aws_lc(),
        other => other.chars().take(64).collect(),
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
fn aws_lc() -> String {
    let library = aws_lc_rs::awslc_version();
    match aws_lc_rs::fips_version() {
        Some(module) if aws_lc_rs::try_fips_mode().is_ok() => {
            format!("AWS-LC {library} (FIPS module {module})")
        }
        _ => format!("AWS-LC {library}"),
    }
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "fips")))]
fn aws_lc() -> String {
    "AWS-LC".to_owned()
}

/// Whether this key exchange stays secret when one of elliptic curves and lattices is broken: both are in it.
pub(super) fn is_hybrid(group: NamedGroup) -> bool {
    matches!(group, NamedGroup::X25519MLKEM768 | NamedGroup::secp256r1MLKEM768)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_is_named_and_approves_nothing() {
        let report = TlsReport::of(&rustls::crypto::ring::default_provider());
        assert_eq!(report.module, "ring");
        assert_eq!(report.not_approved().len(), report.algorithms.len());
        let text = report.to_string();
        assert!(text.starts_with("ring\n  TLS13_AES_256_GCM_SHA384: not approved\n"), "{text}");
        assert!(text.contains("\n  X25519: not approved\n"), "{text}");
    }
}
