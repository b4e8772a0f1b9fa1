//! The server's own keys on the disk: what it encrypts OpenSSL opens, and what OpenSSL encrypts it opens.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use remote_services_interop::process::run;
use remote_services_interop::server::OurServer;
use remote_services_interop::{Tool, require};
use remote_services_server::{Server, ServerConfig, operator_token};
use tokio::runtime::Runtime;

const NAMES: [&str; 4] = ["ca", "encryption", "command", "software"];

fn openssl(folder: &Path, line: &str) -> Output {
    run(Command::new(Tool::Openssl.path()).current_dir(folder).args(line.split_whitespace()))
}

fn openssl_ok(folder: &Path, line: &str) -> String {
    let output = openssl(folder, line);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Starts a server on the folder and ends it.
fn start(data: &Path, passphrase: Option<&Path>) -> Result<(), String> {
    let mut config = ServerConfig::new(data);
    config.key_passphrase = passphrase.map(Path::to_path_buf);
    let runtime = Runtime::new().unwrap();
    let started = runtime.block_on(Server::start(config)).map_err(|why| why.to_string());
    started.map(|server| runtime.block_on(server.shutdown()))
}

#[test]
fn openssl_opens_each_key_with_the_passphrase_and_with_no_other_and_decrypts_by_it() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let server = OurServer::start();
    let ca = server.authority();
    fs::write(ca.join("wrong"), "another passphrase\n").unwrap();
    for name in NAMES {
        let own = openssl_ok(&ca, &format!("pkey -in {name}.key -passin file:../keys.passphrase -pubout"));
        assert_eq!(own, openssl_ok(&ca, &format!("x509 -in {name}.pem -noout -pubkey")), "{name}");
        assert!(!openssl(&ca, &format!("pkey -in {name}.key -passin file:wrong -noout")).status.success());
        let form = openssl_ok(&ca, &format!("asn1parse -in {name}.key"));
        for part in ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc"] {
            assert!(form.contains(part), "{form}");
        }
        let text = fs::read_to_string(ca.join(format!("{name}.key"))).unwrap();
        assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{text}");
    }
    // As the manual has it.
    fs::write(ca.join("clear"), "what a printer said").unwrap();
    openssl_ok(
        &ca,
        "cms -encrypt -binary -aes-256-gcm -outform DER -in clear -out sealed -recip encryption.pem \
         -keyopt ecdh_kdf_md:sha256",
    );
    let opened = "cms -decrypt -inform DER -in sealed -recip encryption.pem -inkey encryption.key \
                  -passin file:../keys.passphrase";
    assert_eq!(openssl_ok(&ca, opened), "what a printer said");
}

#[test]
fn what_openssl_encrypted_and_what_is_in_clear_goes_on_and_a_wrong_passphrase_is_told_with_both_files() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (ca, chosen) = (data.join("ca"), folder.path().join("chosen"));
    start(&data, None).unwrap();
    fs::write(&chosen, "a passphrase of a person\nand a second line\n").unwrap();
    let publics = || NAMES.map(|name| openssl_ok(&ca, &format!("x509 -in {name}.pem -noout -pubkey")));
    let before = publics();
    let token = operator_token(&data, None).unwrap();

    // Another passphrase, as a person changes it: by OpenSSL, with rounds of its own.
    for name in NAMES {
        let line = format!(
            "pkcs8 -topk8 -in {name}.key -passin file:../keys.passphrase -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 5000 \
             -out {name}.new.key -passout file:../../chosen"
        );
        openssl_ok(&ca, &line);
        fs::rename(ca.join(format!("{name}.new.key")), ca.join(format!("{name}.key"))).unwrap();
    }
    let why = start(&data, None).unwrap_err();
    assert!(why.contains("ca.key") && why.contains("keys.passphrase"), "{why}");
    fs::remove_file(data.join("keys.passphrase")).unwrap();
    let why = start(&data, None).unwrap_err();
    assert!(why.contains("keys.passphrase: is not there") && why.contains("--key-passphrase"), "{why}");
    // The operator's token is under the one before, too: put there in clear, it is encrypted under the other.
    let why = start(&data, Some(&chosen)).unwrap_err();
    assert!(why.contains("operator-token") && why.contains("chosen"), "{why}");
    fs::write(data.join("operator-token"), &*token).unwrap();
    start(&data, Some(&chosen)).unwrap();
    assert!(!fs::read_to_string(data.join("operator-token")).unwrap().contains(&**token));
    assert_eq!(*operator_token(&data, Some(&chosen)).unwrap(), *token);

    // A key that an earlier version left in clear.
    openssl_ok(&ca, "pkey -in command.key -passin file:../../chosen -out clear.pem");
    fs::rename(ca.join("clear.pem"), ca.join("command.key")).unwrap();
    start(&data, Some(&chosen)).unwrap();
    assert!(fs::read_to_string(ca.join("command.key")).unwrap().contains("ENCRYPTED"));
    let own =
        NAMES.map(|name| openssl_ok(&ca, &format!("pkey -in {name}.key -passin file:../../chosen -pubout")));
    assert_eq!(own, before);
    assert_eq!(publics(), before, "no certificate was made anew");
    assert!(!data.join("keys.passphrase").exists());
}
