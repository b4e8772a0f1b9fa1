//! Certificates and keys that openssl made, and what openssl makes of them and of ours.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use remote_services_core::time::Timestamp;
use remote_services_interop::Tool;
use remote_services_interop::process::run_ok;
use remote_services_payload::seal::{
    Certificate, OpenError, Opened, PURPOSE_CLIENT, Recipient, SealLimits, SoftwareRecipient, Trust, open,
    verify,
};
use tempfile::TempDir;

/// Octets that a text mode would change.
pub(crate) const CONTENT: &[u8] = b"\x03\x04\r\n\n\x00\xFF what the printer said";

/// Signing and encrypting as the profile wants it.
pub(crate) const SIGN: &[&str] = &["-md", "sha256"];
pub(crate) const ENCRYPT: &[&str] = &["-aes-256-gcm", "-keyopt", "ecdh_kdf_md:sha256"];

/// A folder with certificates and keys that openssl made.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn openssl(&self, words: &[&str]) {
        run_ok(Command::new(Tool::Openssl.path()).current_dir(self.folder.path()).args(words));
    }

    /// Makes NAME.pem and NAME.key.
    pub(crate) fn certificate(&self, name: &str, extensions: &str, issuer: Option<&str>) {
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

    pub(crate) fn certificate_of(&self, name: &str) -> Certificate {
        Certificate::from_pem(&self.text(&format!("{name}.pem"))).unwrap()
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::new(now()).authority(self.certificate_of("ca")).purpose(PURPOSE_CLIENT)
    }

    /// Decrypts `sealed` for NAME and verifies what was in it, which is given.
    pub(crate) fn opened_by_openssl(&self, name: &str) -> Vec<u8> {
        let [pem, key] = ["pem", "key"].map(|ending| format!("{name}.{ending}"));
        let words = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", "sealed", "-out", "signed"];
        self.openssl(&[&words[..], &["-recip", &pem, "-inkey", &key]].concat());
        self.verified_by_openssl("signed")
    }

    /// Verifies a signed file and gives its content.
    pub(crate) fn verified_by_openssl(&self, signed: &str) -> Vec<u8> {
        let words = ["cms", "-verify", "-binary", "-inform", "DER", "-in", signed, "-CAfile", "ca.pem"];
        self.openssl(&[&words[..], &["-purpose", "sslclient", "-out", "verified"]].concat());
        read(&self.path("verified"))
    }

    /// `content` signed and encrypted by openssl.
    pub(crate) fn sealed_by_openssl(&self, sign: &[&str], encrypt: &[&str], recipients: &[&str]) -> Vec<u8> {
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

    pub(crate) fn signed_by_openssl(&self, options: &[&str]) -> Vec<u8> {
        let mut words = vec!["cms", "-sign", "-binary", "-nodetach", "-in", "content", "-outform", "DER"];
        words.extend(["-out", "signed", "-signer", "client.pem", "-inkey", "client.key"]);
        words.extend_from_slice(options);
        self.openssl(&words);
        fs::read(self.path("signed")).unwrap()
    }

    pub(crate) fn open(&self, sealed: &[u8], name: &str) -> Result<Opened, OpenError> {
        let key = SoftwareRecipient::from_pkcs8_pem(&self.text(&format!("{name}.key"))).unwrap();
        let recipient = Recipient { certificate: &self.certificate_of(name), key: &key };
        open(sealed, &recipient, &self.trust(), &SealLimits::default())
    }

    pub(crate) fn verify(&self, signed: &[u8]) -> Result<Vec<u8>, OpenError> {
        verify(signed, &self.trust(), &SealLimits::default()).map(|verified| verified.content.to_vec())
    }
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_unix_seconds(i64::try_from(since.as_secs()).unwrap())
}

pub(crate) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}
