//! Every module that the crate is built with: each verifies what the others sign, and nothing else.
#![cfg(feature = "rust-crypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::pkcs8::DecodePrivateKey;
use rcgen::{KeyPair, PKCS_RSA_SHA256, PKCS_RSA_SHA384, SigningKey};
use remote_services_payload::seal::{DigestAlgorithm, KeyKind, PublicKey, SignatureScheme, rust_crypto};
use support::kinds::{KINDS, RSA_2048, key};
use support::modules;

const MESSAGE: &[u8] = b"what the printer said";
const SCHEMES: [SignatureScheme; 6] = [
    SignatureScheme::EcdsaSha256,
    SignatureScheme::EcdsaSha384,
    SignatureScheme::RsaPssSha256,
    SignatureScheme::RsaPssSha384,
    SignatureScheme::RsaPkcs1Sha256,
    SignatureScheme::RsaPkcs1Sha384,
];

struct Signed {
    key: PublicKey,
    scheme: SignatureScheme,
    signature: Vec<u8>,
}

/// A signature of every scheme, made by others where a module does not make it.
fn signatures() -> Vec<Signed> {
    let mut all = Vec::new();
    for (digest, scheme) in [
        (DigestAlgorithm::Sha256, SignatureScheme::EcdsaSha256),
        (DigestAlgorithm::Sha384, SignatureScheme::EcdsaSha384),
    ] {
        let digest = rust_crypto().digest(digest, &[MESSAGE]);
        let der = key(KeyKind::P256).serialize_der();
        let signer = p256::ecdsa::SigningKey::from_pkcs8_der(&der).unwrap();
        let signature: p256::ecdsa::Signature = signer.sign_prehash(digest.as_slice()).unwrap();
        all.push(Signed { key: public(&der), scheme, signature: signature.to_der().as_bytes().to_vec() });
        let der = key(KeyKind::P384).serialize_der();
        let signer = p384::ecdsa::SigningKey::from_pkcs8_der(&der).unwrap();
        let signature: p384::ecdsa::Signature = signer.sign_prehash(digest.as_slice()).unwrap();
        all.push(Signed { key: public(&der), scheme, signature: signature.to_der().as_bytes().to_vec() });
    }
    for (algorithm, scheme) in [
        (&PKCS_RSA_SHA256, SignatureScheme::RsaPkcs1Sha256),
        (&PKCS_RSA_SHA384, SignatureScheme::RsaPkcs1Sha384),
    ] {
        let pair = KeyPair::from_pem_and_sign_algo(RSA_2048, algorithm).unwrap();
        let signature = pair.sign(MESSAGE).unwrap();
        all.push(Signed { key: public(&pair.serialize_der()), scheme, signature });
    }
    let der = key(KeyKind::Rsa).serialize_der();
    for module in modules() {
        for scheme in [SignatureScheme::RsaPssSha256, SignatureScheme::RsaPssSha384] {
            let signature = module.signer(&der).unwrap().sign(scheme, MESSAGE).unwrap();
            all.push(Signed { key: public(&der), scheme, signature });
        }
    }
    all
}

fn public(pkcs8: &[u8]) -> PublicKey {
    PublicKey::from_spki(&rust_crypto().signer(pkcs8).unwrap().public_spki()).unwrap()
}

#[test]
fn every_module_verifies_every_scheme_and_refuses_what_was_changed() {
    let others = KINDS.map(|kind| (kind != KeyKind::Rsa).then(|| public(&key(kind).serialize_der())));
    for signed in signatures() {
        for module in modules() {
            let what = format!("{:?} by {} with {module:?}", signed.scheme, signed.key.kind());
            let verified = |key: &PublicKey, scheme, message: &[u8], signature: &[u8]| {
                module.verify(key, scheme, message, signature)
            };
            assert!(verified(&signed.key, signed.scheme, MESSAGE, &signed.signature), "{what}");
            assert!(!verified(&signed.key, signed.scheme, b"another message", &signed.signature), "{what}");
            assert!(!verified(&signed.key, signed.scheme, MESSAGE, &[]), "{what}");
            for at in [signed.signature.len() / 2, signed.signature.len() - 1] {
                let mut changed = signed.signature.clone();
                changed[at] ^= 1;
                assert!(!verified(&signed.key, signed.scheme, MESSAGE, &changed), "{what}");
            }
            for scheme in SCHEMES.into_iter().filter(|scheme| *scheme != signed.scheme) {
                assert!(!verified(&signed.key, scheme, MESSAGE, &signed.signature), "{what} as {scheme:?}");
            }
            for other in others.iter().flatten() {
                assert!(!verified(other, signed.scheme, MESSAGE, &signed.signature), "{what}");
            }
        }
    }
}

#[test]
fn the_randomness_of_every_module_is_drawn() {
    for module in modules() {
        let mut random = module.random();
        let [mut one, mut two] = [[0; 32]; 2];
        random.fill(&mut one).unwrap();
        random.fill(&mut two).unwrap();
        assert!(one != [0; 32] && two != [0; 32] && one != two, "{module:?}");
    }
}

#[test]
fn every_module_says_its_name_and_its_mode() {
    for module in modules() {
        let told = module.module();
        let mode = if cfg!(feature = "fips") && told.name == "AWS-LC" { ": in" } else { ": not in" };
        let text = told.to_string();
        assert!(text.starts_with(told.name) && text.ends_with(&format!("{mode} FIPS mode")), "{text}");
        assert!(format!("{module:?}").contains(told.name));
    }
}
