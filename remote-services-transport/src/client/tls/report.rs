//! Whose cryptography TLS uses, and what of it a FIPS 140 module approves: the truth to print at run time.

use super::{PostQuantum, TlsSettings, TlsVersions};
use rustls::crypto::CryptoProvider;
use rustls::{NamedGroup, ProtocolVersion, SupportedCipherSuite};
use std::fmt;

/// The module under TLS, and each algorithm that it has: whether the module offers it as an approved service, and whether
/// the settings let it be used. Printed as a small table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsReport {
    /// The module.
    pub module: String,
    /// Its version, as it says of itself; empty when it does not.
    pub version: String,
    /// Whether it is a FIPS 140 module that runs in FIPS mode. Whether this version was validated, and where, the
    /// validation list says; this code cannot.
    pub fips_mode: bool,
    /// The algorithms.
    pub services: Vec<TlsService>,
}

/// One algorithm of TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsService {
    /// What it is for.
    pub purpose: TlsPurpose,
    /// Its name in the registries of TLS, such as `TLS13_AES_256_GCM_SHA384`; of what has none, a word.
    pub name: String,
    /// Whether the module offers it as an approved service.
    pub approved: bool,
    /// Whether the settings let it be used.
    pub on: bool,
}

/// What TLS needs an algorithm for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsPurpose {
    /// Encryption of records and the hash of the handshake.
    CipherSuite,
    /// Agreement on a secret.
    KeyExchange,
    /// Signatures of certificates and handshakes.
    Signature,
    /// The module's generator.
    Randomness,
    /// Keys that are read into the module's memory.
    KeyStorage,
}

impl TlsReport {
    /// What this provider has, under these settings.
    #[must_use]
    pub fn of(provider: &CryptoProvider, settings: &TlsSettings) -> Self {
        let service = |purpose, name: String, approved, on| TlsService { purpose, name, approved, on };
        let suites = provider.cipher_suites.iter().map(|suite| {
            let name = format!("{:?}", suite.suite());
            service(TlsPurpose::CipherSuite, name, suite.fips(), suite_is_on(suite, settings))
        });
        let groups = provider.kx_groups.iter().map(|group| {
            let name = format!("{:?}", group.name());
            service(TlsPurpose::KeyExchange, name, group.fips(), group_is_on(group.name(), settings))
        });
        let schemes =
            provider.signature_verification_algorithms.mapping.iter().map(|(scheme, algorithms)| {
                let approved = algorithms.iter().all(|algorithm| algorithm.fips());
                service(TlsPurpose::Signature, format!("{scheme:?}"), approved, true)
            });
        let rest = [
            (TlsPurpose::Randomness, "randomness of the module", provider.secure_random.fips()),
            (TlsPurpose::KeyStorage, "keys in memory", provider.key_provider.fips()),
        ];
        let rest = rest.map(|(purpose, name, approved)| service(purpose, name.to_owned(), approved, true));
        let (module, version, fips_mode) = module(provider);
        Self {
            module,
            version,
            fips_mode,
            services: suites.chain(groups).chain(schemes).chain(rest).collect(),
        }
    }

    /// The algorithms that may be used and are not approved.
    #[must_use]
    pub fn not_approved(&self) -> Vec<&str> {
        let used = self.services.iter().filter(|service| service.on && !service.approved);
        used.map(|service| service.name.as_str()).collect()
    }
}

/// Whether a version of TLS that is spoken has this suite.
pub(super) fn suite_is_on(suite: &SupportedCipherSuite, settings: &TlsSettings) -> bool {
    settings.versions != TlsVersions::Only13 || suite.version().version == ProtocolVersion::TLSv1_3
}

/// Whether keys may be exchanged in this group.
pub(super) fn group_is_on(group: NamedGroup, settings: &TlsSettings) -> bool {
    settings.post_quantum == PostQuantum::On || !is_hybrid(group)
}

impl fmt::Display for TlsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.fips_mode { "in FIPS mode" } else { "not in FIPS mode" };
        f.write_str(&self.module)?;
        if !self.version.is_empty() {
            write!(f, " {}", self.version)?;
        }
        write!(f, ": {mode}")?;
        for TlsService { name, approved, on, .. } in &self.services {
            let approval = if *approved { "approved" } else { "not approved" };
            write!(f, "\n  {name}: {approval}{}", if *on { "" } else { ", switched off by the settings" })?;
        }
        f.write_str("\n  keys behind handles: the matter of the module that holds them")
    }
}

/// Name, version and mode. A provider has no name; its source of randomness has one.
fn module(provider: &CryptoProvider) -> (String, String, bool) {
    match format!("{:?}", provider.secure_random).as_str() {
        "Ring" => ("ring".to_owned(), String::new(), false),
        "AwsLcRs" => {
            let (version, fips_mode) = aws_lc();
            ("AWS-LC".to_owned(), version, fips_mode)
        }
        other => (other.chars().take(64).collect(), String::new(), false),
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
fn aws_lc() -> (String, bool) {
    let library = aws_lc_rs::awslc_version();
    match aws_lc_rs::fips_version() {
        Some(module) if aws_lc_rs::try_fips_mode().is_ok() => {
            (format!("{library} (FIPS module {module})"), true)
        }
        _ => (library.to_string(), false),
    }
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "fips")))]
fn aws_lc() -> (String, bool) {
    (String::new(), false)
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
        let report = TlsReport::of(&rustls::crypto::ring::default_provider(), &TlsSettings::default());
        assert_eq!((report.module.as_str(), report.version.as_str(), report.fips_mode), ("ring", "", false));
        assert_eq!(report.not_approved().len(), report.services.len());
        let text = report.to_string();
        assert!(
            text.starts_with("ring: not in FIPS mode\n  TLS13_AES_256_GCM_SHA384: not approved\n"),
            "{text}"
        );
        for name in ["X25519", "ECDSA_NISTP256_SHA256", "RSA_PSS_SHA256"] {
            assert!(text.contains(&format!("\n  {name}: not approved\n")), "{text}");
        }
    }

    #[test]
    fn what_the_settings_switch_off_is_told_and_counts_no_more() {
        let settings = TlsSettings::default().with_versions(TlsVersions::Only13);
        let report = TlsReport::of(&rustls::crypto::ring::default_provider(), &settings);
        for service in &report.services {
            let of_12 = service.purpose == TlsPurpose::CipherSuite && service.name.starts_with("TLS_");
            assert_eq!(service.on, !of_12, "{}", service.name);
            assert_eq!(report.not_approved().contains(&service.name.as_str()), !of_12, "{}", service.name);
        }
        let text = report.to_string();
        assert!(text.contains("_SHA384: not approved, switched off by the settings\n"), "{text}");
    }
}
