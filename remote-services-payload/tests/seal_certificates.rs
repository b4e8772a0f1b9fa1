//! What a certificate must say of itself before a signer is believed.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use rcgen::{BasicConstraints, CustomExtension, IsCa, KeyUsagePurpose};
use remote_services_payload::seal::{
    ChainError, DigestAlgorithm, OpenError, SealLimits, Signer, rust_crypto, sign, verify,
};
use support::der::Node;
use support::{Authority, now, params};

const CONTENT: &[u8] = b"what the printer said";

fn refused(signer: &Signer<'_>, root: &Authority) -> ChainError {
    let signed = sign(CONTENT, signer, now()).unwrap();
    match verify(&signed, &root.trust(), &SealLimits::default()) {
        Err(OpenError::Untrusted(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_authority_is_called_so_and_may_sign_certificates() {
    let root = Authority::new("root");
    let issuer = |name: &str, usage, is_ca| {
        let mut params = params(name, &[usage], &[]);
        params.is_ca = is_ca;
        params
    };
    let authority = || IsCa::Ca(BasicConstraints::Unconstrained);
    for params in [
        issuer("signs lists only", KeyUsagePurpose::CrlSign, authority()),
        issuer("is none", KeyUsagePurpose::KeyCertSign, IsCa::ExplicitNoCa),
        issuer("does not say", KeyUsagePurpose::KeyCertSign, IsCa::NoCa),
    ] {
        let middle = root.issue_authority(params);
        let client = middle.signer("client");
        let intermediates = [middle.certificate.clone()];
        let error = refused(&Signer { intermediates: &intermediates, ..client.as_signer() }, &root);
        assert!(matches!(error, ChainError::NotAuthority { .. }), "{error}");
    }
}

#[test]
fn both_places_that_name_the_algorithm_of_a_signature_must_name_the_same() {
    let root = Authority::new("root");
    let client = root.signer("client");
    let same = root.signed_again(&client.certificate, |_| ());
    let signed = sign(CONTENT, &Signer { certificate: &same, ..client.as_signer() }, now()).unwrap();
    assert_eq!(verify(&signed, &root.trust(), &SealLimits::default()).unwrap().signer, same);
    // ECDSA with SHA-384 in what is signed, with SHA-256 beside it.
    let differ = root.signed_again(&client.certificate, |signed| {
        *signed.at(&[2, 0]).bytes().last_mut().unwrap() = 3;
    });
    let error = refused(&Signer { certificate: &differ, ..client.as_signer() }, &root);
    assert_eq!(error, ChainError::AlgorithmsDiffer { subject: "CN=client".to_owned() });
}

#[test]
fn critical_alternative_names_are_understood() {
    let root = Authority::new("root");
    let mut names = params("client", &[KeyUsagePurpose::DigitalSignature], &[]);
    let name = Node::nodes(0x30, vec![Node::octets(0x82, b"client.example")]).write();
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 17], name);
    extension.set_criticality(true);
    names.custom_extensions = vec![extension];
    let client = root.issue(&names);
    let signed = sign(CONTENT, &client.as_signer(), now()).unwrap();
    assert_eq!(verify(&signed, &root.trust(), &SealLimits::default()).unwrap().content, CONTENT);
}

#[test]
fn a_certificate_is_told_by_its_digest_and_its_key_by_another() {
    let certificate = Authority::new("authority").certificate;
    let digest = |octets: &[u8]| rust_crypto().digest(DigestAlgorithm::Sha256, &[octets]);
    assert_eq!(certificate.fingerprint(), digest(certificate.der()).as_slice());
    let key = certificate.key_id();
    assert_eq!(key.0, digest(&certificate.public_key().to_spki()).as_slice());
    assert_eq!(format!("{key:?}"), format!("KeyId({key})"));
}
