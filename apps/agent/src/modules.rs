//! Whose cryptography does what: chosen here, handed to whoever needs it, and told by `crypto` and at each start of `run`.

use crate::failure::Failure;
use crate::settings::Settings;
use remote_services_payload::seal;
use remote_services_snmp::crypto::{self as snmp, FipsPolicy};
use remote_services_transport::client::{TlsPurpose, TlsReport};
use remote_services_transport::enrol::ClientKey;
use rustls::crypto::CryptoProvider;
use serde::Serialize;
use std::sync::Arc;

/// The TLS cryptography of this program: AWS-LC or its FIPS module where it is built with it, ring otherwise.
#[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
#[must_use]
pub fn tls() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The TLS cryptography of this program: AWS-LC or its FIPS module where it is built with it, ring otherwise.
#[cfg(not(any(feature = "aws-lc-rs", feature = "fips")))]
#[must_use]
pub fn tls() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Who seals payloads, and checks the signatures of commands and manifests: AWS-LC or its FIPS module where this program
/// is built with it, ring otherwise, which TLS has at hand.
///
/// # Errors
/// When the settings demand a FIPS 140 module and this one is none, or it does not pass its self-tests.
pub fn payload(settings: &Settings) -> Result<&'static dyn seal::CryptoProvider, Failure> {
    let provider = linked()?;
    let module = provider.module();
    if settings.payload.fips && !module.fips_mode {
        return Err(Failure::usage(format_args!(
            "[payload] fips: {} seals here, which is no FIPS 140 module in FIPS mode; this program must be built with the \
             feature fips",
            module.name
        )));
    }
    Ok(provider)
}

/// Who seals the secrets that are stored: the same module.
///
/// # Errors
/// When it does not pass its self-tests.
pub(crate) fn at_rest() -> Result<&'static dyn seal::CryptoProvider, Failure> {
    linked()
}

#[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
fn linked() -> Result<&'static dyn seal::CryptoProvider, Failure> {
    use crate::failure::Context;
    seal::aws_lc().context("the module that seals payloads and secrets")
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "fips")))]
#[allow(clippy::unnecessary_wraps, reason = "the other module may fail")]
fn linked() -> Result<&'static dyn seal::CryptoProvider, Failure> {
    Ok(seal::ring())
}

/// Who seals to a recipient with such a key: `provider`, but RustCrypto in place of ring, which does not encrypt to RSA keys.
#[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
#[must_use]
pub fn sealing_to(
    _: seal::KeyKind,
    provider: &'static dyn seal::CryptoProvider,
) -> &'static dyn seal::CryptoProvider {
    provider
}

/// Who seals to a recipient with such a key: `provider`, but RustCrypto in place of ring, which does not encrypt to RSA keys.
#[cfg(not(any(feature = "aws-lc-rs", feature = "fips")))]
#[must_use]
pub fn sealing_to(
    recipient: seal::KeyKind,
    provider: &'static dyn seal::CryptoProvider,
) -> &'static dyn seal::CryptoProvider {
    if recipient == seal::KeyKind::Rsa { seal::rust_crypto() } else { provider }
}

/// What one part of this program has its cryptography from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Part {
    /// What it is needed for.
    pub part: &'static str,
    /// The module.
    pub module: String,
    /// Its version, as it says of itself; empty when it does not.
    pub version: String,
    /// Whether it is a FIPS 140 module in FIPS mode; none where it does not say, as a token does not. Whether that version was
    /// validated, the validation list says.
    pub fips_mode: Option<bool>,
    /// What the settings demand of it.
    pub demand: String,
    /// Its algorithms.
    pub algorithms: Vec<Algorithm>,
}

/// One algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Algorithm {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: &'static str,
    /// Whether the module offers it as an approved service.
    pub approved: bool,
    /// Whether the settings let it be used.
    pub on: bool,
}

/// All parts, under these settings and with this provider for SNMPv3.
///
/// # Errors
/// When the settings cannot be met by the modules of this program.
pub fn report(settings: &Settings, snmpv3: &snmp::CryptoProvider) -> Result<Vec<Part>, Failure> {
    Ok(vec![of_tls(settings)?, of_key(settings), of_payload(settings)?, of_snmp(snmpv3), of_secrets()?])
}

/// The parts in one line.
#[must_use]
pub fn sentence(parts: &[Part]) -> String {
    let named: Vec<String> = parts.iter().map(|part| format!("{} by {}", part.part, part.named())).collect();
    format!("cryptography: {}", named.join("; "))
}

impl Part {
    /// Module, version and mode.
    #[must_use]
    pub fn named(&self) -> String {
        let mode = match self.fips_mode {
            Some(true) => "in FIPS mode",
            Some(false) => "not in FIPS mode",
            None => "which does not say its mode",
        };
        match self.version.as_str() {
            "" => format!("{}, {mode}", self.module),
            version => format!("{} {version}, {mode}", self.module),
        }
    }
}

fn demand(fips: bool) -> String {
    if fips { "approved services only" } else { "none" }.to_owned()
}

fn of_tls(settings: &Settings) -> Result<Part, Failure> {
    let report = TlsReport::of(&tls(), &settings.tls.demands()?);
    let algorithm = |service: remote_services_transport::client::TlsService| Algorithm {
        purpose: match service.purpose {
            TlsPurpose::CipherSuite => "cipher suite",
            TlsPurpose::KeyExchange => "key exchange",
            TlsPurpose::Signature => "signature",
            TlsPurpose::Randomness => "randomness",
            _ => "keys",
        },
        name: service.name,
        approved: service.approved,
        on: service.on,
    };
    Ok(Part {
        part: "TLS",
        module: report.module,
        version: report.version,
        fips_mode: Some(report.fips_mode),
        demand: demand(settings.tls.fips),
        algorithms: report.services.into_iter().map(algorithm).collect(),
    })
}

/// The client's key signs handshakes, requests for certificates, payloads and the audit log.
fn of_key(settings: &Settings) -> Part {
    let (module, fips_mode) = match (&settings.tls.key, ClientKey::module()) {
        (None, (module, fips_mode)) => (module, Some(fips_mode)),
        (Some(_), _) => ("a token", None),
    };
    let algorithm = Algorithm {
        name: "ECDSA P-256 with SHA-256".to_owned(),
        purpose: "signature",
        approved: fips_mode == Some(true),
        on: true,
    };
    Part {
        part: "client's key",
        module: module.to_owned(),
        version: String::new(),
        fips_mode,
        demand: "none".to_owned(),
        algorithms: vec![algorithm],
    }
}

fn of_payload(settings: &Settings) -> Result<Part, Failure> {
    let report = payload(settings)?.report();
    let demanded = settings.payload.fips;
    let on = |service| match service {
        seal::Service::KeyDerivation(seal::KeyDerivation::X963Sha256) | seal::Service::KeyTransport => {
            !demanded
        }
        seal::Service::KeyDerivation(_) => demanded,
        _ => true,
    };
    let algorithm = |(service, approval): (seal::Service, seal::Approval)| Algorithm {
        purpose: match service {
            seal::Service::Digest(_) => "digest",
            seal::Service::Signature(_) => "signature",
            seal::Service::KeyAgreement(_) => "key agreement",
            seal::Service::KeyDerivation(_) => "key derivation",
            seal::Service::KeyWrap => "key wrap",
            seal::Service::KeyTransport => "key transport",
            seal::Service::ContentEncryption => "encryption",
            _ => "randomness",
        },
        name: service.to_string(),
        approved: approval == seal::Approval::Approved,
        on: on(service),
    };
    Ok(Part {
        part: "payload",
        module: report.module.name.to_owned(),
        version: report.module.version.into_owned(),
        fips_mode: Some(report.module.fips_mode),
        demand: demand(demanded),
        algorithms: report.services.into_iter().map(algorithm).collect(),
    })
}

/// What the identity is stored under, and the secrets of files that people sealed.
fn of_secrets() -> Result<Part, Failure> {
    let provider = at_rest()?;
    let module = provider.module();
    let service = seal::Service::ContentEncryption;
    Ok(Part {
        part: "stored secrets",
        module: module.name.to_owned(),
        version: module.version.into_owned(),
        fips_mode: Some(module.fips_mode),
        demand: "none".to_owned(),
        algorithms: vec![Algorithm {
            name: service.to_string(),
            purpose: "encryption",
            approved: provider.approval(service) == seal::Approval::Approved,
            on: true,
        }],
    })
}

fn of_snmp(provider: &snmp::CryptoProvider) -> Part {
    let report = provider.report();
    let algorithm = |(service, approval, on): (snmp::Service, snmp::Approval, bool)| Algorithm {
        purpose: match service {
            snmp::Service::Authentication(_) => "authentication",
            snmp::Service::Privacy(_) => "encryption",
            _ => "key derivation",
        },
        name: service.to_string(),
        approved: approval == snmp::Approval::Approved,
        on,
    };
    let demand = match report.policy {
        FipsPolicy::Off => "none".to_owned(),
        policy => policy.to_string(),
    };
    Part {
        part: "SNMPv3",
        module: report.module.to_owned(),
        version: report.version.into_owned(),
        fips_mode: Some(report.fips_mode),
        demand,
        algorithms: report.services.into_iter().map(algorithm).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        toml::from_str(text).unwrap()
    }

    fn algorithm<'a>(parts: &'a [Part], part: &str, name: &str) -> &'a Algorithm {
        let part = parts.iter().find(|it| it.part == part).unwrap();
        part.algorithms.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("{part:?}"))
    }

    #[test]
    fn a_module_that_is_none_is_not_taken_for_one() {
        let demanding = settings("[payload]\nfips = true\n");
        assert!(payload(&settings("")).is_ok());
        match payload(&demanding) {
            Ok(provider) => assert!(cfg!(feature = "fips") && provider.module().fips_mode),
            Err(failure) if cfg!(feature = "fips") => panic!("{failure}"),
            Err(failure) => {
                assert!(failure.sentence.starts_with("[payload] fips: "), "{failure}");
                assert!(failure.sentence.contains("feature fips"), "{failure}");
            }
        }
        assert_eq!(report(&demanding, &snmp::rustcrypto()).is_ok(), cfg!(feature = "fips"));
    }

    #[test]
    fn what_is_not_approved_seals_no_payload_where_approved_services_are_demanded() {
        let used = |text: &str| -> Option<Vec<(String, bool)>> {
            let parts = report(&settings(text), &snmp::rustcrypto()).ok()?;
            let payload = parts.into_iter().find(|part| part.part == "payload")?;
            let used = payload.algorithms.into_iter().filter(|algorithm| algorithm.on);
            Some(used.map(|algorithm| (algorithm.name, algorithm.approved)).collect())
        };
        let names = |of: &[(String, bool)]| -> Vec<String> {
            let derives = |name: &&String| name.contains("KDF") || name.contains("OAEP");
            of.iter().map(|(name, _)| name).filter(derives).cloned().collect()
        };
        let plain = used("").unwrap();
        assert_eq!(names(&plain), ["X9.63 KDF with SHA-256", "RSAES-OAEP with SHA-256"]);
        let demanded = used("[payload]\nfips = true\n");
        assert_eq!(demanded.is_some(), cfg!(feature = "fips"));
        if let Some(demanded) = demanded {
            assert_eq!(names(&demanded), ["HKDF with SHA-256", "HKDF with SHA-384"]);
            assert!(demanded.iter().all(|(_, approved)| *approved), "{demanded:?}");
        }
    }

    #[cfg(not(any(feature = "aws-lc-rs", feature = "fips")))]
    #[test]
    fn what_ring_can_seal_to_is_sealed_by_ring() {
        let linked = payload(&settings("")).unwrap();
        let name = |kind| sealing_to(kind, linked).module().name;
        let names = [seal::KeyKind::P256, seal::KeyKind::P384, seal::KeyKind::Rsa].map(name);
        assert_eq!(names, ["ring", "ring", "RustCrypto"]);
    }

    #[test]
    fn the_report_says_of_each_algorithm_whether_it_is_approved_and_switched_off() {
        let snmpv3 = snmp::rustcrypto().with_policy(FipsPolicy::Strict);
        let parts = report(&settings("[tls]\nmin-version = \"1.3\"\n"), &snmpv3).unwrap();
        let of_12 = algorithm(&parts, "TLS", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
        let of_13 = algorithm(&parts, "TLS", "TLS13_AES_128_GCM_SHA256");
        assert_eq!((of_12.on, of_13.on), (false, true));
        assert_eq!((of_12.approved, of_13.approved), (cfg!(feature = "fips"), cfg!(feature = "fips")));
        let hmac = algorithm(&parts, "SNMPv3", "HMAC-SHA-256-192");
        assert!(!hmac.on && !hmac.approved, "RustCrypto is no validated module");
        let stored = algorithm(&parts, "stored secrets", "AES-256-GCM");
        assert_eq!((stored.on, stored.approved), (true, cfg!(feature = "fips")));
        assert!(!algorithm(&parts, "payload", "X9.63 KDF with SHA-256").approved);
        let line = sentence(&parts);
        assert!(
            line.starts_with("cryptography: TLS by ") && line.contains("; SNMPv3 by RustCrypto"),
            "{line}"
        );
        let held = settings("[tls]\nkey = \"pkcs11:object=a?module-path=/m.so&pin-source=/p\"\n");
        let parts = report(&held, &snmpv3).unwrap();
        assert_eq!(parts[1].named(), "a token, which does not say its mode");
    }
}
