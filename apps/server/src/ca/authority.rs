//! The root, the certificates that the server uses itself, and the files they are kept in.

use der::Decode;
use rcgen::{Issuer, KeyPair, PKCS_ECDSA_P256_SHA256};
use remote_services_transport::registration_key::SpkiPin;
use remote_services_transport::{durable, pem};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;
use uuid::Uuid;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use zeroize::Zeroizing;

use super::issue::{self, IssuedCertificate, Lifetimes, Profile};
use super::keys::{KeyFolder, Passphrase};
use crate::random::RandomnessError;

/// The throw-away certification authority and the server's own credentials.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    encryption: Credential,
    command: Credential,
    software: Credential,
    lifetimes: Lifetimes,
}

/// A certificate together with the private key that belongs to it. Never printed.
pub(crate) struct Credential {
    certificate: CertificateDer<'static>,
    pkcs8: Zeroizing<Vec<u8>>,
}

/// Why the authority could not be opened or could not issue.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CaError {
    /// A file of the authority could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is there but holds no usable key or certificate.
    #[error("{}: holds no usable {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// A key does not open. Blame: whoever named the passphrase, or the disk.
    #[error(
        "{}: the passphrase in {} does not open it; name the right one by --key-passphrase, or bring the file back from a \
         backup if it is damaged",
        path.display(),
        passphrase.display()
    )]
    Passphrase {
        /// The file with the key.
        path: PathBuf,
        /// The file with the passphrase.
        passphrase: PathBuf,
    },
    /// The passphrase is gone, and keys are encrypted under it.
    #[error(
        "{}: is not there, and opens {}: bring it back from a backup, or name it by --key-passphrase",
        path.display(),
        file.display()
    )]
    PassphraseLost {
        /// Where the passphrase was.
        path: PathBuf,
        /// A file that it opens.
        file: PathBuf,
    },
    /// A key and its certificate do not belong together.
    #[error("{}: is not the key of the certificate beside it", path.display())]
    NotItsKey {
        /// The file with the key.
        path: PathBuf,
    },
    /// A key could not be encrypted.
    #[error("a key cannot be encrypted")]
    NotEncrypted,
    /// A name or key that the certificate library does not take.
    #[error("cannot issue the certificate: {0}")]
    Issue(#[from] rcgen::Error),
    /// The operating system gave no random octets.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

impl Authority {
    /// Opens the authority kept in `folder`, and makes what is not there yet.
    ///
    /// # Errors
    /// When a file cannot be read, written or understood; nothing that exists is ever replaced, but for a key in clear by
    /// the same key encrypted.
    pub(crate) fn open(
        folder: &Path,
        passphrase: &Passphrase,
        lifetimes: Lifetimes,
        now_ms: i64,
    ) -> Result<Self, CaError> {
        durable::create_private_folder(folder)
            .map_err(|source| CaError::File { path: folder.to_owned(), source })?;
        let keys = KeyFolder { folder, passphrase };
        let root_key = keys.load_or_make("ca")?;
        let root = load_or_make_certificate(&folder.join("ca.pem"), || {
            Ok(issue::root_params(now_ms)?.self_signed(&root_key)?.der().to_vec())
        })?;
        belongs(folder, "ca", &root_key, &root)?;
        let issuer = Issuer::from_ca_cert_der(&root, root_key)?;

        let own = |name: &str, profile: Profile<'_>| -> Result<Credential, CaError> {
            let key = keys.load_or_make(name)?;
            let certificate = load_or_make_certificate(&folder.join(format!("{name}.pem")), || {
                let spki = issue::spki_of(&key);
                Ok(issue::issue(&profile, &spki, &issuer, now_ms, OWN_LIFETIME)?.der)
            })?;
            belongs(folder, name, &key, &certificate)?;
            Ok(Credential { certificate, pkcs8: Zeroizing::new(key.serialize_der()) })
        };
        let encryption = own("encryption", Profile::Encryption)?;
        let command = own("command", Profile::CommandSigning)?;
        let software = own("software", Profile::SoftwareSigning)?;
        Ok(Self { issuer, root, encryption, command, software, lifetimes })
    }

    /// Issues a TLS server certificate with a new key for `localhost`, 127.0.0.1, ::1 and `names`.
    ///
    /// # Errors
    /// When a name is neither an IP address nor a DNS name.
    pub(crate) fn issue_server(&self, names: &[String], now_ms: i64) -> Result<Credential, CaError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let profile = Profile::Server(names);
        let issued = issue::issue(&profile, &issue::spki_of(&key), &self.issuer, now_ms, SERVER_LIFETIME)?;
        Ok(Credential { certificate: issued.der.into(), pkcs8: Zeroizing::new(key.serialize_der()) })
    }

    /// Issues a client certificate that names `client` and nothing else.
    ///
    /// # Errors
    /// When `spki` is no public key that a certificate can be issued for.
    pub(crate) fn issue_client(
        &self,
        client: Uuid,
        spki: &[u8],
        now_ms: i64,
    ) -> Result<IssuedCertificate, CaError> {
        issue::issue(&Profile::Client(client), spki, &self.issuer, now_ms, self.lifetimes.client)
    }

    /// The root certificate.
    #[must_use]
    pub(crate) fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// SHA-256 of the root's `SubjectPublicKeyInfo`: what registration keys pin.
    #[must_use]
    pub(crate) fn root_spki_pin(&self) -> [u8; 32] {
        Sha256::digest(issue::spki_of(self.issuer.key())).into()
    }

    /// The key pair that payloads are encrypted to.
    #[must_use]
    pub(crate) fn encryption(&self) -> &Credential {
        &self.encryption
    }

    /// The key pair that signs commands.
    #[must_use]
    pub(crate) fn command(&self) -> &Credential {
        &self.command
    }

    /// The key pair that signs manifests of software.
    #[must_use]
    pub(crate) fn software(&self) -> &Credential {
        &self.software
    }

    /// How long issued certificates live.
    #[must_use]
    pub(crate) fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }
}

impl Credential {
    /// The certificate.
    #[must_use]
    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The certificate's subject key identifier (RFC 5280 §4.2.1.2).
    pub(crate) fn key_id(&self) -> Result<Vec<u8>, der::Error> {
        let certificate = x509_cert::Certificate::from_der(&self.certificate)?;
        let found = certificate.tbs_certificate().get_extension::<SubjectKeyIdentifier>()?;
        let missing = || der::ErrorKind::Value { tag: der::Tag::OctetString }.into();
        found.map(|(_, id)| id.0.as_bytes().to_vec()).ok_or_else(missing)
    }

    /// The private key as PKCS#8 DER.
    #[must_use]
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The private key in the form that rustls takes.
    #[must_use]
    pub(crate) fn rustls_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.pkcs8.to_vec()))
    }
}

/// SHA-256 of the `SubjectPublicKeyInfo` of the root that is kept in `folder`, without its key.
///
/// # Errors
/// When there is none, or it cannot be read.
pub(crate) fn root_spki_pin(folder: &Path) -> Result<[u8; 32], CaError> {
    let path = folder.join("ca.pem");
    let text = std::fs::read(&path).map_err(|source| CaError::File { path: path.clone(), source })?;
    let pin = CertificateDer::from_pem_slice(&text).ok().and_then(|der| SpkiPin::of_certificate(&der));
    pin.map(|pin| *pin.as_bytes()).ok_or(CaError::Damaged { path, what: "certificate in PEM" })
}

/// What is encrypted is not signed: somebody could have put another key there.
fn belongs(folder: &Path, name: &str, key: &KeyPair, certificate: &[u8]) -> Result<(), CaError> {
    if SpkiPin::of_certificate(certificate) == Some(SpkiPin::of_public_key(&issue::spki_of(key))) {
        return Ok(());
    }
    Err(CaError::NotItsKey { path: folder.join(format!("{name}.key")) })
}

fn load_or_make_certificate(
    path: &Path,
    make: impl FnOnce() -> Result<Vec<u8>, CaError>,
) -> Result<CertificateDer<'static>, CaError> {
    let file_error = |source| CaError::File { path: path.to_owned(), source };
    match std::fs::read(path) {
        Ok(pem) => CertificateDer::from_pem_slice(&pem)
            .map_err(|_| CaError::Damaged { path: path.to_owned(), what: "certificate in PEM" }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let der = make()?;
            durable::replace(path, pem::certificate_to_pem(&der).as_bytes()).map_err(file_error)?;
            Ok(der.into())
        }
        Err(error) => Err(file_error(error)),
    }
}

const DAY: u64 = 24 * 60 * 60;
/// The TLS certificate is made anew at each start, so this only bounds one run.
const SERVER_LIFETIME: Duration = Duration::from_secs(730 * DAY);
/// As long as the root: payloads sealed to it may wait in a spool for long.
const OWN_LIFETIME: Duration = Duration::from_secs(3_649 * DAY);

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn open(folder: &Path, now_ms: i64) -> Result<Authority, CaError> {
        let passphrase = Passphrase::find(None, folder, &folder.join("ca")).unwrap();
        Authority::open(&folder.join("ca"), &passphrase, Lifetimes::default(), now_ms)
    }

    #[test]
    fn opened_again_it_is_the_same_authority() {
        let folder = folder();
        let first = open(folder.path(), 1_000_000_000_000).unwrap();
        let again = open(folder.path(), 1_100_000_000_000).unwrap();
        assert_eq!(first.root(), again.root());
        assert_eq!(first.encryption().certificate(), again.encryption().certificate());
        assert_eq!(first.command().pkcs8(), again.command().pkcs8());
        assert_ne!(first.encryption().pkcs8(), first.command().pkcs8());
        assert_eq!(first.encryption().key_id().unwrap().len(), 20);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_its_keys() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let ca = folder.path().join("ca");
        open(folder.path(), 0).unwrap();
        for file in std::fs::read_dir(&ca).unwrap() {
            let file = file.unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
        }
    }

    #[test]
    fn a_crash_between_key_and_certificate_is_mended_and_a_damaged_key_is_not_replaced() {
        let folder = folder();
        let pin = open(folder.path(), 0).unwrap().root_spki_pin();
        std::fs::remove_file(folder.path().join("ca/ca.pem")).unwrap();
        std::fs::remove_file(folder.path().join("ca/command.pem")).unwrap();
        let mended = open(folder.path(), 0).unwrap();
        assert_eq!(mended.root_spki_pin(), pin);
        assert_eq!(root_spki_pin(&folder.path().join("ca")).unwrap(), pin);

        let file = |name: &str| folder.path().join("ca").join(name);
        std::fs::rename(file("command.key"), file("kept")).unwrap();
        std::fs::copy(file("software.key"), file("command.key")).unwrap();
        let error = open(folder.path(), 0).err().unwrap().to_string();
        assert!(error.contains("command.key: is not the key"), "{error}");
        std::fs::rename(file("kept"), file("command.key")).unwrap();

        std::fs::write(folder.path().join("ca/ca.key"), "nonsense").unwrap();
        let error = open(folder.path(), 0).err().unwrap();
        assert!(matches!(error, CaError::Damaged { .. }));
        assert_eq!(std::fs::read_to_string(folder.path().join("ca/ca.key")).unwrap(), "nonsense");
    }
}
