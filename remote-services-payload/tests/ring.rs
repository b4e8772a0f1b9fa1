//! ring under the container: what it seals others open, what it refuses is said.
#![cfg(all(feature = "ring", feature = "rust-crypto"))]
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use rcgen::{KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256};
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    Approval, CryptoError, CryptoProvider, KeyError, KeyKind, OpenError, Recipient, SealError, SealLimits,
    Signer, SignerKey, TAG, open, ring, rust_crypto, sign, verify,
};
use support::{Authority, Issued, now, params};

const CONTENT: &[u8] = b"what the printer said";
const RSA_2048: &str = include_str!("data/keys/rsa-2048.pem");
const KINDS: [KeyKind; 3] = [KeyKind::P256, KeyKind::P384, KeyKind::Rsa];

fn issue(authority: &Authority, kind: KeyKind, usage: KeyUsagePurpose) -> (Issued, Vec<u8>) {
    let key = match kind {
        KeyKind::P256 => KeyPair::generate().unwrap(),
        KeyKind::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(),
        _ => KeyPair::from_pem_and_sign_algo(RSA_2048, &PKCS_RSA_SHA256).unwrap(),
    };
    (authority.issue_for(&params("any", &[usage], &[]), &key), key.serialize_der())
}

fn signer<'a>(of: &'a Issued, key: &'a dyn SignerKey, by: &'static dyn CryptoProvider) -> Signer<'a> {
    Signer { provider: by, ..Signer::new(&of.certificate, key) }
}

#[test]
fn what_it_seals_is_opened_by_others_for_every_key_it_has() {
    let authority = Authority::new("authority");
    for kind in KINDS {
        let (client, key) = issue(&authority, kind, KeyUsagePurpose::DigitalSignature);
        let key = ring().signer(&key).unwrap();
        assert_eq!(key.public_spki(), client.certificate.public_key().to_spki());
        for curve in [KeyKind::P256, KeyKind::P384] {
            let (server, server_key) = issue(&authority, curve, KeyUsagePurpose::KeyAgreement);
            let recipients = [server.certificate.clone()];
            let signer = signer(&client, &*key, ring());
            let mut octets =
                seal_message(CONTENT, &signer, &recipients, now(), &mut *ring().random()).unwrap();
            let key = rust_crypto().recipient(&server_key).unwrap();
            let recipient = Recipient { certificate: &server.certificate, key: &*key };
            let opened = open(&octets, &recipient, &authority.trust(), &SealLimits::default()).unwrap();
            assert_eq!(opened.content(), CONTENT, "{kind} to {curve}");
            *octets.last_mut().unwrap() ^= 1;
            let error = open(&octets, &recipient, &authority.trust(), &SealLimits::default()).unwrap_err();
            assert!(matches!(error, OpenError::Tag), "{error}");
        }
    }
}

#[test]
fn signatures_of_others_are_verified_and_changed_ones_refused() {
    let authority = Authority::new("authority");
    for kind in KINDS {
        let (server, key) = issue(&authority, kind, KeyUsagePurpose::DigitalSignature);
        let key = rust_crypto().signer(&key).unwrap();
        let octets = sign(CONTENT, &signer(&server, &*key, rust_crypto()), now()).unwrap();
        let trust = authority.trust().provider(ring());
        let limits = SealLimits::default();
        assert_eq!(verify(&octets, &trust, &limits).unwrap().content, CONTENT, "{kind}");
        for at in [octets.len() - 1, octets.windows(4).position(|it| it == b"what").unwrap()] {
            let mut changed = octets.clone();
            changed[at] ^= 1;
            assert!(verify(&changed, &trust, &limits).is_err(), "{kind} at {at}");
        }
    }
}

#[test]
fn what_it_does_not_offer_is_refused_and_nothing_is_called_approved() {
    let authority = Authority::new("authority");
    let (client, key) = issue(&authority, KeyKind::P256, KeyUsagePurpose::DigitalSignature);
    let (old, _) = issue(&authority, KeyKind::Rsa, KeyUsagePurpose::KeyEncipherment);
    assert_eq!(ring().recipient(&key).err(), Some(KeyError::NotOffered));
    assert_eq!(ring().signer(b"no key").err(), Some(KeyError::Malformed));
    let key = ring().signer(&key).unwrap();
    let signer = signer(&client, &*key, ring());
    let error = seal_message(CONTENT, &signer, &[old.certificate], now(), &mut *ring().random()).unwrap_err();
    assert!(matches!(error, SealError::Crypto(CryptoError::Module)), "{error}");
    let report = ring().report();
    assert_eq!(report.module.name, "ring");
    assert!(report.services.iter().all(|(_, approval)| *approval == Approval::NotApproved));
}

#[test]
fn the_tag_covers_the_associated_octets() {
    let key = [7; 32].into();
    for (by, other) in [(ring(), rust_crypto()), (rust_crypto(), ring())] {
        let mut octets = *b"a community of one site";
        let (nonce, tag) = by.encrypt(&key, b"community", &mut octets, &mut *by.random()).unwrap();
        for associated in [&b""[..], b"password"] {
            let refused = other.decrypt(&key, &nonce, associated, &mut octets.clone(), &tag);
            assert_eq!(refused, Err(CryptoError::Module));
        }
        other.decrypt(&key, &nonce, b"community", &mut octets, &tag).unwrap();
        assert_eq!(&octets, b"a community of one site");
    }
}

#[test]
fn a_wrong_tag_leaves_nothing_to_read() {
    let key = [7; 32].into();
    let mut octets = *b"a reading of one printer";
    let (nonce, tag) = ring().encrypt(&key, &[], &mut octets, &mut *ring().random()).unwrap();
    let mut same = octets;
    assert_eq!(ring().decrypt(&key, &nonce, &[], &mut octets, &[0; TAG]), Err(CryptoError::Module));
    assert_ne!(&octets, b"a reading of one printer");
    rust_crypto().decrypt(&key, &nonce, &[], &mut same, &tag).unwrap();
    assert_eq!(&same, b"a reading of one printer");
}
