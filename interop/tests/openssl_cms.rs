//! `openssl cms` reads what we seal, and we read what it signs and encrypts, as far as the profile goes.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod openssl;

use std::fs;

use openssl::{CONTENT, ENCRYPT, SIGN, World, now};
use remote_services_interop::{Tool, require};
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{DerErrorKind, OpenError, OsRandom, Signer, SoftwareSigner, sign};

#[test]
fn openssl_decrypts_and_verifies_what_we_seal() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let key = SoftwareSigner::from_pkcs8_pem(&world.text("client.key")).unwrap();
    let client = world.certificate_of("client");
    let signer = Signer::new(&client, &key);
    let recipients = ["server", "escrow"].map(|name| world.certificate_of(name));
    fs::write(
        world.path("sealed"),
        seal_message(CONTENT, &signer, &recipients, now(), &mut OsRandom).unwrap(),
    )
    .unwrap();
    for name in ["server", "escrow"] {
        assert_eq!(world.opened_by_openssl(name), CONTENT);
    }
    fs::write(world.path("ours"), sign(CONTENT, &signer, now()).unwrap()).unwrap();
    assert_eq!(world.verified_by_openssl("ours"), CONTENT);
}

#[test]
fn we_open_what_openssl_signs_and_encrypts() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    // Signers and recipients are named by issuer and serial number, or by key identifier.
    for (sign_options, key_id) in [
        (SIGN, false),
        (SIGN, true),
        (&["-md", "sha256", "-keyid"], false),
        (&["-md", "sha256", "-nosmimecap"], true),
    ] {
        let mut encrypt_options = ENCRYPT.to_vec();
        if key_id {
            encrypt_options.insert(0, "-keyid");
        }
        let sealed = world.sealed_by_openssl(sign_options, &encrypt_options, &["server"]);
        let opened = world.open(&sealed, "server").unwrap();
        assert_eq!(opened.content(), CONTENT, "{sign_options:?} {encrypt_options:?}");
        assert_eq!(opened.signer, world.certificate_of("client"));
        assert!(opened.signing_time <= now());
    }
    let sealed = world.sealed_by_openssl(SIGN, ENCRYPT, &["server", "escrow"]);
    for name in ["server", "escrow"] {
        assert_eq!(world.open(&sealed, name).unwrap().content(), CONTENT);
    }
    assert!(matches!(world.open(&sealed, "client"), Err(OpenError::RecipientCertificate(_))));
}

#[test]
fn we_refuse_what_openssl_makes_outside_the_profile() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let refused = |encrypt: &[&str]| {
        world.open(&world.sealed_by_openssl(SIGN, encrypt, &["server"]), "server").unwrap_err()
    };
    // The default of openssl: a KDF with SHA-1.
    let error = refused(&["-aes-256-gcm"]);
    assert!(matches!(error, OpenError::Algorithm { role: "key agreement", .. }), "{error}");
    let error = refused(&["-aes-128-gcm", "-keyopt", "ecdh_kdf_md:sha256"]);
    assert!(matches!(error, OpenError::Algorithm { role: "key wrap", .. }), "{error}");
    let error = refused(&["-aes-256-cbc", "-keyopt", "ecdh_kdf_md:sha256"]);
    assert!(matches!(error, OpenError::ContentType { structure: "ContentInfo", .. }), "{error}");

    let refused = |sign: &[&str]| world.verify(&world.signed_by_openssl(sign)).unwrap_err();
    let error = refused(&["-md", "sha512"]);
    assert!(matches!(error, OpenError::Algorithm { role: "digest", .. }), "{error}");
    let error = refused(&["-md", "sha256", "-nocerts"]);
    assert!(matches!(error, OpenError::Signed(_) | OpenError::SignerCertificateMissing), "{error}");
    let error = refused(&["-md", "sha256", "-noattr"]);
    assert!(matches!(error, OpenError::Signed(_)), "{error}");
    let error = refused(&["-md", "sha256", "-certfile", "escrow.pem"]);
    assert!(matches!(error, OpenError::SurplusCertificate), "{error}");
    let error = refused(&["-md", "sha256", "-signer", "escrow.pem", "-inkey", "escrow.key"]);
    assert!(matches!(error, OpenError::TooMany { what: "signers", .. }), "{error}");
    match refused(&["-md", "sha256", "-indef"]) {
        OpenError::Signed(error) => assert_eq!(error.kind, DerErrorKind::IndefiniteLength),
        other => panic!("{other}"),
    }
}
