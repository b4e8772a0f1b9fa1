//! `openssl cms` reads what we seal_message, and we read what it signs and encrypts, as far as the profile goes.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use remote_services_core::time::Timestamp;
use remote_services_interop::process::run_ok;
use remote_services_interop::{Tool, require};
use remote_services_payload::seal::{
    Certificate, DerErrorKind, OpenError, Opened, OsRandom, PURPOSE_CLIENT, Recipient, SealLimits, Signer,
    SoftwareRecipient, SoftwareSigner, Trust, open, seal_message, sign, verify,
};
use tempfile::TempDir;

/// Octets that a text mode would change.
const CONTENT: &[u8] = b"PK\x03\x04\r\n\n\x00\xFF what the printer said";

/// Signing and encrypting as the profile wants it.
const SIGN: &[&str] = &["-md", "sha256"];
const ENCRYPT: &[&str] = &["-aes-256-gcm", "-keyopt", "ecdh_kdf_md:sha256"];

/// A folder with certificates and keys that openssl made.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(world.path("content"), CONTENT).unwrap();
        world.certificate("ca", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign", None);
        world.certificate(
            "client",
            "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth",
            Some("ca"),
        );
        world.certificate("server", "keyUsage=critical,keyAgreement", Some("ca"));
        world.certificate("escrow", "keyUsage=critical,keyAgreement", Some("ca"));
        world
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn openssl(&self, words: &[&str]) {
        run_ok(Command::new(Tool::Openssl.path()).current_dir(self.folder.path()).args(words));
    }

    /// Makes NAME.pem and NAME.key.
    fn certificate(&self, name: &str, extensions: &str, issuer: Option<&str>) {
        let [pem, key, request, config] =
            ["pem", "key", "csr", "ext"].map(|ending| format!("{name}.{ending}"));
        let subject = format!("/CN={name}");
        fs::write(self.path(&config), extensions).unwrap();
        self.openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &key]);
        self.openssl(&["req", "-new", "-key", &key, "-subj", &subject, "-out", &request]);
        let mut words =
            vec!["x509", "-req", "-in", &request, "-days", "30", "-extfile", &config, "-out", &pem];
        let [issuer_pem, issuer_key] =
            ["pem", "key"].map(|ending| format!("{}.{ending}", issuer.unwrap_or(name)));
        match issuer {
            Some(_) => words.extend(["-CA", &issuer_pem, "-CAkey", &issuer_key, "-CAcreateserial"]),
            None => words.extend(["-signkey", &issuer_key]),
        }
        self.openssl(&words);
    }

    fn certificate_of(&self, name: &str) -> Certificate {
        Certificate::from_pem(&self.text(&format!("{name}.pem"))).unwrap()
    }

    fn trust(&self) -> Trust {
        Trust::new(now()).authority(self.certificate_of("ca")).purpose(PURPOSE_CLIENT)
    }

    /// `content` signed and encrypted by openssl.
    fn sealed_by_openssl(&self, sign: &[&str], encrypt: &[&str], recipients: &[&str]) -> Vec<u8> {
        self.signed_by_openssl(sign);
        let recipients: Vec<_> = recipients.iter().map(|name| format!("{name}.pem")).collect();
        let mut words =
            vec!["cms", "-encrypt", "-binary", "-in", "signed", "-outform", "DER", "-out", "sealed"];
        // An option of one recipient stands after the recipient that it is for.
        for recipient in &recipients {
            words.extend(["-recip", recipient]);
            words.extend_from_slice(encrypt);
        }
        self.openssl(&words);
        fs::read(self.path("sealed")).unwrap()
    }

    fn signed_by_openssl(&self, options: &[&str]) -> Vec<u8> {
        let mut words = vec!["cms", "-sign", "-binary", "-nodetach", "-in", "content", "-outform", "DER"];
        words.extend(["-out", "signed", "-signer", "client.pem", "-inkey", "client.key"]);
        words.extend_from_slice(options);
        self.openssl(&words);
        fs::read(self.path("signed")).unwrap()
    }

    fn open(&self, sealed: &[u8], name: &str) -> Result<Opened, OpenError> {
        let key = SoftwareRecipient::from_pkcs8_pem(&self.text(&format!("{name}.key"))).unwrap();
        let recipient = Recipient { certificate: &self.certificate_of(name), key: &key };
        open(sealed, &recipient, &self.trust(), &SealLimits::default())
    }

    fn verify(&self, signed: &[u8]) -> Result<Vec<u8>, OpenError> {
        verify(signed, &self.trust(), &SealLimits::default()).map(|verified| verified.content.to_vec())
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_unix_seconds(i64::try_from(since.as_secs()).unwrap())
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

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
    let verify = |signed: &str| {
        let words = ["cms", "-verify", "-binary", "-inform", "DER", "-in", signed, "-CAfile", "ca.pem"];
        world.openssl(&[&words[..], &["-purpose", "sslclient", "-out", "verified"]].concat());
        assert_eq!(read(&world.path("verified")), CONTENT);
    };
    for name in ["server", "escrow"] {
        let [pem, key] = ["pem", "key"].map(|ending| format!("{name}.{ending}"));
        let words = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", "sealed", "-out", "signed"];
        world.openssl(&[&words[..], &["-recip", &pem, "-inkey", &key]].concat());
        verify("signed");
    }
    fs::write(world.path("ours"), sign(CONTENT, &signer, now()).unwrap()).unwrap();
    verify("ours");
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
