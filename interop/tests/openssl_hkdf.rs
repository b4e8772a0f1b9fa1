//! Payloads whose keys are derived by HKDF: Python's `cryptography` opens ours, and we open its; openssl makes the keys and signs.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod openssl;

use std::fs;
use std::process::Command;

use openssl::{CONTENT, SIGN, World, now};
use remote_services_interop::process::run_ok;
use remote_services_interop::{Tool, require};
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{KeyDerivation, OpenError, OsRandom, Signer, SoftwareSigner};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openssl_hkdf/cms.py");
const DERIVATIONS: [(KeyDerivation, &str); 2] =
    [(KeyDerivation::HkdfSha256, "sha256"), (KeyDerivation::HkdfSha384, "sha384")];
/// Recipients on either curve.
const SERVERS: [&str; 2] = ["server", "p384"];

/// openssl for keys and signatures, and the interpreter that has `cryptography`, which stands beside snmpsim.
fn world() -> Option<World> {
    if !require(&[Tool::Openssl, Tool::Snmpsim]) {
        return None;
    }
    let world = World::new();
    world.openssl(&[
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-384",
        "-out",
        "p384.key",
    ]);
    world.openssl(&["req", "-new", "-key", "p384.key", "-subj", "/CN=p384", "-out", "p384.csr"]);
    let words =
        ["x509", "-req", "-in", "p384.csr", "-days", "30", "-extfile", "server.ext", "-out", "p384.pem"];
    world.openssl(&[&words[..], &["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]].concat());
    Some(world)
}

/// What the script prints, run where the files are.
fn python(world: &World, words: &[&str]) -> String {
    let mut command = Command::new(Tool::Snmpsim.path().with_file_name("python"));
    run_ok(command.arg(SCRIPT).args(words).current_dir(world.path(""))).trim().to_owned()
}

#[test]
fn pythons_cryptography_opens_what_we_seal_by_hkdf() {
    let Some(world) = world() else { return };
    let key = SoftwareSigner::from_pkcs8_pem(&world.text("client.key")).unwrap();
    let client = world.certificate_of("client");
    for (derivation, digest) in DERIVATIONS {
        for server in SERVERS {
            let signer = Signer { derivation, ..Signer::new(&client, &key) };
            let recipients = [world.certificate_of(server)];
            let sealed = seal_message(CONTENT, &signer, &recipients, now(), &mut OsRandom).unwrap();
            fs::write(world.path("sealed"), sealed).unwrap();
            let said = python(&world, &["open", &format!("{server}.key"), "sealed", "signed"]);
            assert_eq!(said, digest, "{server}");
            assert_eq!(world.verified_by_openssl("signed"), CONTENT, "{derivation:?} to {server}");
        }
    }
}

#[test]
fn we_open_what_pythons_cryptography_seals_by_hkdf() {
    let Some(world) = world() else { return };
    world.signed_by_openssl(SIGN);
    for (_, digest) in DERIVATIONS {
        for server in SERVERS {
            python(&world, &["seal", &format!("{server}.pem"), digest, "signed", "sealed"]);
            let sealed = fs::read(world.path("sealed")).unwrap();
            let opened = world.open(&sealed, server).unwrap();
            assert_eq!(opened.content(), CONTENT, "{digest} to {server}");
            assert_eq!(opened.signer, world.certificate_of("client"));
            let other = SERVERS.into_iter().find(|other| *other != server).unwrap();
            let error = world.open(&sealed, other).unwrap_err();
            assert!(matches!(error, OpenError::NotARecipient), "{error}");
        }
    }
}
