//! Signers and recipients with keys of every kind.

use rcgen::{KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256};
use remote_services_payload::seal::KeyKind;

use super::{Authority, Issued, params};

pub const RSA_2048: &str = include_str!("../data/keys/rsa-2048.pem");
pub const KINDS: [KeyKind; 3] = [KeyKind::P256, KeyKind::P384, KeyKind::Rsa];

pub fn key(kind: KeyKind) -> KeyPair {
    match kind {
        KeyKind::P256 => KeyPair::generate().unwrap(),
        KeyKind::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(),
        _ => KeyPair::from_pem_and_sign_algo(RSA_2048, &PKCS_RSA_SHA256).unwrap(),
    }
}

pub fn signer(authority: &Authority, kind: KeyKind) -> Issued {
    authority.issue_for(&params("client", &[KeyUsagePurpose::DigitalSignature], &[]), &key(kind))
}

pub fn recipient(authority: &Authority, kind: KeyKind) -> Issued {
    let usage =
        if kind == KeyKind::Rsa { KeyUsagePurpose::KeyEncipherment } else { KeyUsagePurpose::KeyAgreement };
    authority.issue_for(&params(&format!("server {kind}"), &[usage], &[]), &key(kind))
}
