//! `openssl cms` and keys of every kind: P-384, RSA, and keys that only an openssl process holds.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use remote_services_core::time::Timestamp;
use remote_services_interop::process::run_ok;
use remote_services_interop::{Tool, require};
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    Certificate, KeyError, KeyKind, OpenError, OsRandom, PublicKey, Recipient, RecipientKey, SealError,
    SealLimits, SignatureScheme, Signer, SignerKey, SoftwareRecipient, SoftwareSigner, Trust, open, verify,
};
use tempfile::TempDir;
use zeroize::Zeroizing;

const CONTENT: &[u8] = b"\x03\x04\r\n\n\x00\xFF what the printer said";
const P256: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P384: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const RSA: &[&str] = &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const SIGNS: &str = "keyUsage=critical,digitalSignature";
const AGREES: &str = "keyUsage=critical,keyAgreement";
const ENCIPHERS: &str = "keyUsage=critical,keyEncipherment";

/// A folder where openssl made an authority.
struct World {
    folder: TempDir,
}

impl World {
    fn new(authority: &[&str]) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(world.path("content"), CONTENT).unwrap();
        let extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign";
        world.certificate("ca", authority, extensions);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn openssl(&self, words: &[&str]) {
        run_ok(Command::new(Tool::Openssl.path()).current_dir(self.folder.path()).args(words));
    }

    /// Makes NAME.pem and NAME.key.
    fn certificate(&self, name: &str, kind: &[&str], extensions: &str) {
        let [pem, key, request, config] =
            ["pem", "key", "csr", "ext"].map(|ending| format!("{name}.{ending}"));
        fs::write(self.path(&config), extensions).unwrap();
        self.openssl(&[&["genpkey", "-out", &key, "-algorithm"], kind].concat());
        let subject = format!("/CN={name}");
        self.openssl(&["req", "-new", "-key", &key, "-subj", &subject, "-out", &request]);
        let by: &[&str] = match name {
            "ca" => &["-signkey", "ca.key"],
            _ => &["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
        };
        let words = ["x509", "-req", "-in", &request, "-days", "30", "-extfile", &config, "-out", &pem];
        self.openssl(&[&words[..], by].concat());
    }

    fn certificate_of(&self, name: &str) -> Certificate {
        Certificate::from_pem(&self.text(&format!("{name}.pem"))).unwrap()
    }

    fn trust(&self) -> Trust {
        Trust::new(now()).authority(self.certificate_of("ca"))
    }

    /// Our container, decrypted and verified by openssl.
    fn check_by_openssl(&self, sealed: &[u8], recipient: &str) {
        fs::write(self.path("sealed"), sealed).unwrap();
        let [pem, key] = ["pem", "key"].map(|ending| format!("{recipient}.{ending}"));
        let words = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", "sealed", "-out", "signed"];
        self.openssl(&[&words[..], &["-recip", &pem, "-inkey", &key]].concat());
        let words = ["cms", "-verify", "-binary", "-inform", "DER", "-in", "signed", "-CAfile", "ca.pem"];
        self.openssl(&[&words[..], &["-purpose", "any", "-out", "verified"]].concat());
        assert_eq!(fs::read(self.path("verified")).unwrap(), CONTENT);
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_unix_seconds(i64::try_from(since.as_secs()).unwrap())
}

/// Kind of key, its extensions as a recipient, and what openssl signs and encrypts with to stay in the profile.
type Kind = (&'static [&'static str], &'static str, &'static [&'static str], &'static [&'static str]);

const ECDH: &[&str] = &["-keyopt", "ecdh_kdf_md:sha256"];
const OAEP: &[&str] = &["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"];
const PSS: &[&str] =
    &["-md", "sha256", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"];
const KINDS: [Kind; 3] = [
    (P256, AGREES, &["-md", "sha256"], ECDH),
    (P384, AGREES, &["-md", "sha384"], ECDH),
    (RSA, ENCIPHERS, PSS, OAEP),
];

#[test]
fn openssl_reads_what_we_seal_with_and_for_every_kind_of_key() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    for (at, (kind, usage, _, _)) in KINDS.into_iter().enumerate() {
        // The authority has the next kind of key.
        let world = World::new(KINDS[(at + 1) % 3].0);
        world.certificate("client", kind, SIGNS);
        world.certificate("server", kind, usage);
        world.certificate("escrow", P256, AGREES);
        let key = SoftwareSigner::from_pkcs8_pem(&world.text("client.key")).unwrap();
        let client = world.certificate_of("client");
        let recipients = ["server", "escrow"].map(|name| world.certificate_of(name));
        let sealed =
            seal_message(CONTENT, &Signer::new(&client, &key), &recipients, now(), &mut OsRandom).unwrap();
        world.check_by_openssl(&sealed, "server");
        world.check_by_openssl(&sealed, "escrow");
    }
}

#[test]
fn we_open_what_openssl_seals_with_and_for_every_kind_of_key() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    for (at, (kind, usage, sign, encrypt)) in KINDS.into_iter().enumerate() {
        let world = World::new(KINDS[(at + 1) % 3].0);
        world.certificate("client", kind, SIGNS);
        world.certificate("server", kind, usage);
        let words = ["cms", "-sign", "-binary", "-nodetach", "-in", "content", "-outform", "DER"];
        let by = ["-out", "signed", "-signer", "client.pem", "-inkey", "client.key"];
        world.openssl(&[&words[..], &by, sign].concat());
        let verified = fs::read(world.path("signed")).unwrap();
        assert_eq!(verify(&verified, &world.trust(), &SealLimits::default()).unwrap().content, CONTENT);
        let words = ["cms", "-encrypt", "-aes-256-gcm", "-binary", "-in", "signed", "-outform", "DER"];
        for key_id in [&[][..], &["-keyid"]] {
            let to = [&["-out", "sealed", "-recip", "server.pem"], encrypt].concat();
            world.openssl(&[&words[..], key_id, &to].concat());
            let sealed = fs::read(world.path("sealed")).unwrap();
            let key = SoftwareRecipient::from_pkcs8_pem(&world.text("server.key")).unwrap();
            let recipient = Recipient { certificate: &world.certificate_of("server"), key: &key };
            let opened = open(&sealed, &recipient, &world.trust(), &SealLimits::default()).unwrap();
            assert_eq!(opened.content(), CONTENT, "{kind:?} {key_id:?}");
        }
    }
}

#[test]
fn rsa_as_openssl_uses_it_by_default_is_refused() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new(RSA);
    world.certificate("client", RSA, SIGNS);
    world.certificate("server", RSA, ENCIPHERS);
    let words =
        ["cms", "-sign", "-binary", "-nodetach", "-in", "content", "-outform", "DER", "-md", "sha256"];
    world.openssl(
        &[&words[..], &["-out", "signed", "-signer", "client.pem", "-inkey", "client.key"]].concat(),
    );
    let signed = fs::read(world.path("signed")).unwrap();
    let error = verify(&signed, &world.trust(), &SealLimits::default()).unwrap_err();
    assert!(matches!(error, OpenError::Algorithm { role: "signature", .. }), "PKCS #1 v1.5: {error}");
    let key = SoftwareRecipient::from_pkcs8_pem(&world.text("server.key")).unwrap();
    let recipient = Recipient { certificate: &world.certificate_of("server"), key: &key };
    let refused = |options: &[&str]| {
        let words = ["cms", "-encrypt", "-aes-256-gcm", "-binary", "-in", "signed", "-outform", "DER"];
        world.openssl(&[&words[..], &["-out", "sealed", "-recip", "server.pem"], options].concat());
        let sealed = fs::read(world.path("sealed")).unwrap();
        open(&sealed, &recipient, &world.trust(), &SealLimits::default()).unwrap_err()
    };
    let error = refused(&[]);
    assert!(matches!(error, OpenError::Algorithm { role: "key transport", .. }), "PKCS #1 v1.5: {error}");
    let error = refused(&["-keyopt", "rsa_padding_mode:oaep"]);
    assert!(matches!(error, OpenError::AlgorithmParameters { role: "key transport", .. }), "SHA-1: {error}");
}

#[test]
fn openssl_seals_for_a_certificate_without_key_agreement_and_we_do_not() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new(P256);
    world.certificate("client", P256, SIGNS);
    let key = SoftwareSigner::from_pkcs8_pem(&world.text("client.key")).unwrap();
    let client = world.certificate_of("client");
    let words = ["cms", "-encrypt", "-aes-256-gcm", "-binary", "-in", "content", "-outform", "DER"];
    world.openssl(&[&words[..], &["-out", "sealed", "-recip", "client.pem"], ECDH].concat());
    let recipients = [client.clone()];
    let refused = seal_message(CONTENT, &Signer::new(&client, &key), &recipients, now(), &mut OsRandom);
    assert!(matches!(refused, Err(SealError::RecipientCertificate { index: 0, .. })));
    let key = SoftwareRecipient::from_pkcs8_pem(&world.text("client.key")).unwrap();
    let recipient = Recipient { certificate: &client, key: &key };
    let sealed = fs::read(world.path("sealed")).unwrap();
    let error = open(&sealed, &recipient, &world.trust(), &SealLimits::default()).unwrap_err();
    assert!(matches!(error, OpenError::RecipientCertificate(_)), "{error}");
}

/// A key that only openssl sees, as a hardware module's: each use starts a process.
struct Elsewhere<'a> {
    world: &'a World,
    name: &'static str,
    public: PublicKey,
}

impl<'a> Elsewhere<'a> {
    fn new(world: &'a World, name: &'static str) -> Self {
        Self { world, name, public: world.certificate_of(name).public_key().clone() }
    }

    fn run(&self, input: &[u8], words: &[&str]) -> Vec<u8> {
        fs::write(self.world.path("input"), input).unwrap();
        let key = format!("{}.key", self.name);
        self.world.openssl(&[&["pkeyutl", "-inkey", &key, "-out", "output"], words].concat());
        fs::read(self.world.path("output")).unwrap()
    }
}

impl SignerKey for Elsewhere<'_> {
    fn kind(&self) -> KeyKind {
        self.public.kind()
    }

    fn public_spki(&self) -> Vec<u8> {
        self.public.to_spki()
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        assert_eq!(scheme, SignatureScheme::EcdsaSha256);
        let words = ["-sign", "-rawin", "-digest", "sha256", "-in", "input"];
        // ECDSA-Sig-Value: two integers, with a zero before a first bit that is set.
        let der = self.run(message, &words);
        let (mut halves, mut at) = (Vec::new(), 2);
        for _ in 0..2 {
            let length = usize::from(der[at + 1]);
            let value = &der[at + 2..at + 2 + length];
            let value = value.strip_prefix(&[0]).unwrap_or(value);
            halves.extend(vec![0; 32 - value.len()]);
            halves.extend(value);
            at += 2 + length;
        }
        Ok(halves)
    }
}

impl RecipientKey for Elsewhere<'_> {
    fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        fs::write(self.world.path("peer"), peer.to_spki()).unwrap();
        let words = ["-derive", "-peerkey", "peer", "-peerform", "DER"];
        Ok(Zeroizing::new(self.run(&[], &words)))
    }
}

#[test]
fn keys_that_another_process_holds_sign_and_open() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new(P256);
    world.certificate("client", P256, SIGNS);
    world.certificate("server", P256, AGREES);
    let (client, server) = (world.certificate_of("client"), world.certificate_of("server"));
    let signing = Elsewhere::new(&world, "client");
    let recipients = [server.clone()];
    let sealed =
        seal_message(CONTENT, &Signer::new(&client, &signing), &recipients, now(), &mut OsRandom).unwrap();
    world.check_by_openssl(&sealed, "server");
    let receiving = Elsewhere::new(&world, "server");
    let recipient = Recipient { certificate: &server, key: &receiving };
    let opened = open(&sealed, &recipient, &world.trust(), &SealLimits::default()).unwrap();
    assert_eq!(opened.content(), CONTENT);
}
