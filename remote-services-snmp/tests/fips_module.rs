//! What AWS-LC's FIPS module says of itself, for either line of it.
#![cfg(feature = "fips")]
use remote_services_snmp::crypto::{
    Approval, AuthProtocol, CryptoError, FipsPolicy, KeyExtension, PrivProtocol, Service, aws_lc_rs,
};

/// Which module the build is meant to have; told by `cargo xtask fips`.
const WANTED: &str = "REMOTE_SERVICES_FIPS_MODULE";

#[test]
fn version_mode_and_each_approval_are_those_of_the_module_that_is_linked() {
    let provider = aws_lc_rs().expect("the module is in FIPS mode and its self-tests pass");
    let report = provider.with_policy(FipsPolicy::Strict).report();
    assert!(report.fips_mode, "{report}");
    let modules =
        std::env::var(WANTED).map_or_else(|_| vec!["3".to_owned(), "4".to_owned()], |one| vec![one]);
    let told = modules.iter().any(|module| report.version.ends_with(&format!("(FIPS module {module})")));
    assert!(told, "{report}");
    for (service, approval, allowed) in &report.services {
        let hmac = matches!(service, Service::Authentication(_));
        assert_eq!((*approval == Approval::Approved, *allowed), (hmac, hmac), "{service}");
    }
    for protocol in [AuthProtocol::HmacSha1, AuthProtocol::HmacSha256, AuthProtocol::HmacSha512] {
        let service = Service::Authentication(protocol);
        assert!(report.services.iter().any(|(listed, ..)| *listed == service), "{service}");
    }
}

#[test]
fn the_strict_policy_refuses_what_the_module_does_not_approve() {
    let provider = aws_lc_rs().expect("the module is in order").with_policy(FipsPolicy::Strict);
    for protocol in [PrivProtocol::Aes128, PrivProtocol::Aes256(KeyExtension::Reeder)] {
        assert!(
            matches!(provider.privacy(protocol).err(), Some(CryptoError::Refused { .. })),
            "{protocol:?}"
        );
    }
    assert!(provider.auth(AuthProtocol::HmacSha256).is_ok());
}
