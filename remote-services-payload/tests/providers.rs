//! Another module under the container: AWS-LC opens what RustCrypto seals and the other way round.
#![cfg(any(feature = "aws-lc-rs", feature = "fips"))]
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use rcgen::{KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256};
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    Approval, CryptoProvider, KeyDerivation, KeyError, KeyKind, OpenError, Recipient, SealError, SealLimits,
    Service, SignatureScheme, Signer, aws_lc, open, rust_crypto,
};
use support::{Authority, Issued, now, params};

const CONTENT: &[u8] = b"what the printer said";
const RSA_2048: &str = include_str!("data/keys/rsa-2048.pem");
const RSA_1024: &str = include_str!("data/keys/rsa-1024.pem");
const KINDS: [KeyKind; 3] = [KeyKind::P256, KeyKind::P384, KeyKind::Rsa];

fn issue(authority: &Authority, kind: KeyKind, signs: bool) -> (Issued, Vec<u8>) {
    let key = match kind {
        KeyKind::P256 => KeyPair::generate().unwrap(),
        KeyKind::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(),
        _ => KeyPair::from_pem_and_sign_algo(RSA_2048, &PKCS_RSA_SHA256).unwrap(),
    };
    let usage = match (signs, kind) {
        (true, _) => KeyUsagePurpose::DigitalSignature,
        (false, KeyKind::Rsa) => KeyUsagePurpose::KeyEncipherment,
        (false, _) => KeyUsagePurpose::KeyAgreement,
    };
    (authority.issue_for(&params("any", &[usage], &[]), &key), key.serialize_der())
}

#[test]
fn what_one_module_seals_the_other_opens_for_every_kind_of_key() {
    let authorities = [
        Authority::new("authority"),
        Authority::with_key("P-384", KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()),
    ];
    let modules: [&'static dyn CryptoProvider; 2] = [rust_crypto(), aws_lc().unwrap()];
    for (kind, (sealing, opening)) in KINDS
        .into_iter()
        .flat_map(|kind| modules.into_iter().flat_map(move |a| modules.map(|b| (kind, (a, b)))))
    {
        for authority in &authorities {
            let ((client, client_key), (server, server_key)) =
                (issue(authority, kind, true), issue(authority, kind, false));
            let key = sealing.signer(&client_key).unwrap();
            assert_eq!(key.public_spki(), client.certificate.public_key().to_spki());
            let signer = Signer { provider: sealing, ..Signer::new(&client.certificate, &*key) };
            let recipients = [server.certificate.clone()];
            let octets = seal_message(CONTENT, &signer, &recipients, now(), &mut *sealing.random()).unwrap();
            let key = opening.recipient(&server_key).unwrap();
            let recipient = Recipient { certificate: &server.certificate, key: &*key };
            let trust = authority.trust().provider(opening);
            let opened = open(&octets, &recipient, &trust, &SealLimits::default()).unwrap();
            assert_eq!(opened.content(), CONTENT, "{kind}");

            let mut changed = octets;
            let last = changed.len() - 1;
            changed[last] ^= 1;
            let error = open(&changed, &recipient, &trust, &SealLimits::default()).unwrap_err();
            assert!(matches!(error, OpenError::Tag), "{error}");
        }
    }
}

#[test]
fn keys_outside_the_limits_are_refused_by_this_module_too() {
    let (_, der) = der_of(RSA_1024);
    assert_eq!(aws_lc().unwrap().signer(&der).err(), Some(KeyError::Malformed));
    assert_eq!(aws_lc().unwrap().recipient(&der).err(), Some(KeyError::Malformed));
    assert_eq!(aws_lc().unwrap().signer(b"no key").err(), Some(KeyError::Malformed));
}

fn der_of(pem: &str) -> (String, Vec<u8>) {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let value = |octet: u8| match octet {
        b'A'..=b'Z' => octet - b'A',
        b'a'..=b'z' => octet - b'a' + 26,
        b'0'..=b'9' => octet - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut octets = Vec::new();
    for four in body.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four.iter().fold(0_u32, |bits, octet| bits << 6 | u32::from(value(*octet)));
        let bits = bits << (6 * (4 - four.len()));
        octets.extend(&bits.to_be_bytes()[1..four.len()]);
    }
    (body, octets)
}

#[test]
fn the_report_tells_what_is_approved_and_that_the_x963_kdf_never_is() {
    let report = aws_lc().unwrap().report();
    assert_eq!(report.module.name, "AWS-LC");
    assert_eq!(report.module.fips_mode, cfg!(feature = "fips"));
    for (service, approval) in &report.services {
        let never =
            matches!(service, Service::KeyDerivation(KeyDerivation::X963Sha256) | Service::KeyTransport);
        let expected =
            if cfg!(feature = "fips") && !never { Approval::Approved } else { Approval::NotApproved };
        assert_eq!(*approval, expected, "{service}");
    }
    let ecdsa = Service::Signature(SignatureScheme::EcdsaSha256);
    assert!(report.services.iter().any(|(service, _)| *service == ecdsa));
    let text = report.to_string();
    assert!(text.contains("X9.63 KDF with SHA-256: not approved (composed outside"), "{text}");
    let approved = if cfg!(feature = "fips") { "approved" } else { "not approved" };
    for hkdf in ["HKDF with SHA-256", "HKDF with SHA-384"] {
        assert!(text.contains(&format!("{hkdf}: {approved}\n")), "{text}");
    }
}

#[test]
fn who_demands_approved_services_of_this_module_seals_and_opens_where_it_has_them() {
    let authority = Authority::new("authority");
    for kind in KINDS {
        let ((client, client_key), (server, server_key)) =
            (issue(&authority, KeyKind::P256, true), issue(&authority, kind, false));
        let module = aws_lc().unwrap();
        let key = module.signer(&client_key).unwrap();
        let by_hkdf = Signer {
            provider: module,
            derivation: KeyDerivation::hkdf(kind),
            approved_only: true,
            ..Signer::new(&client.certificate, &*key)
        };
        let recipients = [server.certificate.clone()];
        let seal =
            |signer: &Signer<'_>| seal_message(CONTENT, signer, &recipients, now(), &mut *module.random());
        let demanded = seal(&by_hkdf);
        let by_x963 = Signer { derivation: KeyDerivation::X963Sha256, ..by_hkdf };
        assert!(matches!(seal(&by_x963), Err(SealError::NotApproved { .. })), "{kind}");
        assert_eq!(demanded.is_ok(), cfg!(feature = "fips") && kind != KeyKind::Rsa, "{kind}: {demanded:?}");

        let key = module.recipient(&server_key).unwrap();
        let recipient = Recipient { certificate: &server.certificate, key: &*key };
        let trust = authority.trust().provider(module).approved_only();
        let opened = |octets: &[u8]| open(octets, &recipient, &trust, &SealLimits::default());
        if let Ok(octets) = demanded {
            assert_eq!(opened(&octets).unwrap().content(), CONTENT);
        }
        let octets = seal(&Signer { approved_only: false, ..by_x963 }).unwrap();
        assert!(matches!(opened(&octets), Err(OpenError::NotApproved { .. })), "{kind}");
    }
}
