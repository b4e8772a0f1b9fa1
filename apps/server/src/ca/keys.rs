//! The server's private keys on the disk: encrypted PKCS#8 (RFC 5958 §3) by PBES2 (RFC 8018 §6.2) with PBKDF2,
//! HMAC-SHA-256 and AES-256-CBC, which `openssl pkey -passin file:…` opens. The passphrase is the first line of the first
//! file that is there of:
//!
//! 1. the one that [`crate::ServerConfig::key_passphrase`] names;
//! 2. `remote-services-server-passphrase` in `$CREDENTIALS_DIRECTORY`, which systemd decrypts for one service;
//! 3. `keys.passphrase` in the data folder, which is made when the first key is, and never again in place of one that is
//!    lost.
//!
//! A key that an earlier version kept in clear is encrypted when it is next read; the file is replaced as a whole. The operator's
//! token is kept in the same form, under a label of its own.

use der::asn1::OctetStringRef;
use der::{Decode, Encode};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2::Parameters;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use remote_services_core::{hex, pem};
use remote_services_transport::durable;
use rustls_pki_types::PrivatePkcs8KeyDer;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

use super::CaError;
use crate::random;
use crate::server::TOKEN_FILE;

/// What opens the keys of one folder.
pub(crate) struct Passphrase {
    text: Zeroizing<Vec<u8>>,
    path: PathBuf,
    iterations: u32,
}

/// The keys of one folder.
pub(super) struct KeyFolder<'a> {
    pub(super) folder: &'a Path,
    pub(super) passphrase: &'a Passphrase,
}

impl Passphrase {
    /// The passphrase of the keys in `keys`, made in `data` if it belongs there and nothing was ever encrypted under it.
    ///
    /// # Errors
    /// When it cannot be read or kept, holds none, or is lost.
    pub(crate) fn find(named: Option<&Path>, data: &Path, keys: &Path) -> Result<Self, CaError> {
        let credential =
            std::env::var_os("CREDENTIALS_DIRECTORY").map(|folder| Path::new(&folder).join(CREDENTIAL));
        let credential = credential.filter(|path| path.exists());
        if let Some(path) = named.or(credential.as_deref()) {
            return Self::read(path, CHOSEN_ITERATIONS);
        }
        let path = data.join(FILE);
        match Self::read(&path, DRAWN_ITERATIONS) {
            Err(CaError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            found => return found,
        }
        let token = data.join(TOKEN_FILE);
        if let Some(file) = any_encrypted(keys)?.or_else(|| is_encrypted(&token).then_some(token)) {
            return Err(CaError::PassphraseLost { path, file });
        }
        let octets: Zeroizing<[u8; 32]> = Zeroizing::new(random::octets()?);
        let mut text = Zeroizing::new(String::with_capacity(2 * octets.len() + 1));
        text.push_str(&Zeroizing::new(hex::encode(&*octets)));
        text.push('\n');
        durable::replace(&path, text.as_bytes())
            .map_err(|source| CaError::File { path: path.clone(), source })?;
        Self::read(&path, DRAWN_ITERATIONS)
    }

    /// As OpenSSL does, the first line without its end.
    fn read(path: &Path, iterations: u32) -> Result<Self, CaError> {
        let text = std::fs::read(path).map(Zeroizing::new);
        let text = text.map_err(|source| CaError::File { path: path.to_owned(), source })?;
        let line = text.split(|octet| *octet == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !(1..=LONGEST).contains(&line.len()) {
            return Err(CaError::Damaged { path: path.to_owned(), what: "passphrase in its first line" });
        }
        Ok(Self { text: Zeroizing::new(line.to_vec()), path: path.to_owned(), iterations })
    }

    /// Encrypts octets, as PEM under this label.
    pub(crate) fn encrypted(&self, label: &str, octets: &[u8]) -> Result<Zeroizing<String>, CaError> {
        let (salt, iv): ([u8; 16], [u8; 16]) = (random::octets()?, random::octets()?);
        let encrypt = || -> pkcs8::Result<Vec<u8>> {
            let how = Parameters::generate_pbkdf2_sha256_aes256cbc(self.iterations, &salt, iv)?;
            let encrypted = how.encrypt(&*self.text, octets)?;
            let encrypted_data = OctetStringRef::new(&encrypted)?;
            Ok(EncryptedPrivateKeyInfoRef { encryption_algorithm: how.into(), encrypted_data }.to_der()?)
        };
        Ok(pem::encode(label, &encrypt().map_err(|_| CaError::NotEncrypted)?))
    }

    /// Decrypts what [`Self::encrypted`] has within its PEM. Another passphrase is not always noticed: look at what comes out.
    pub(crate) fn decrypted(
        &self,
        path: &Path,
        what: &'static str,
        octets: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CaError> {
        let damaged = |what| CaError::Damaged { path: path.to_owned(), what };
        let sealed = EncryptedPrivateKeyInfoRef::from_der(octets).map_err(|_| damaged(what))?;
        let how = sealed.encryption_algorithm;
        let cost = how.pbes2().and_then(|it| it.kdf.pbkdf2()).map(|it| it.iteration_count);
        if cost.is_none_or(|iterations| iterations > MOST_ITERATIONS) {
            return Err(damaged("key that is encrypted by PBKDF2 with up to 10 million rounds"));
        }
        let opened = how.decrypt(&*self.text, sealed.encrypted_data.as_bytes());
        opened.map(Zeroizing::new).map_err(|_| self.is_another(path))
    }

    /// That this is not the passphrase of a file.
    pub(crate) fn is_another(&self, path: &Path) -> CaError {
        CaError::Passphrase { path: path.to_owned(), passphrase: self.path.clone() }
    }
}

impl KeyFolder<'_> {
    /// The P-256 key of that name; one that is not there is made, one in clear is encrypted.
    pub(super) fn load_or_make(&self, name: &str) -> Result<KeyPair, CaError> {
        let path = self.folder.join(format!("{name}.key"));
        let damaged = || CaError::Damaged { path: path.clone(), what: "P-256 private key in PEM" };
        let text = match std::fs::read_to_string(&path).map(Zeroizing::new) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
                self.keep(&path, &key)?;
                return Ok(key);
            }
            Err(source) => return Err(CaError::File { path, source }),
        };
        let (label, octets) = pem::decode(&text).map_err(|_| damaged())?;
        if label != ENCRYPTED {
            let key = p256(&octets).ok_or_else(damaged)?;
            self.keep(&path, &key)?;
            tracing::info!(file = %path.display(), passphrase = %self.passphrase.path.display(), "encrypted a key that was in clear");
            return Ok(key);
        }
        let opened = self.passphrase.decrypted(&path, "P-256 private key in PEM", &octets)?;
        p256(&opened).ok_or_else(|| self.passphrase.is_another(&path))
    }

    fn keep(&self, path: &Path, key: &KeyPair) -> Result<(), CaError> {
        let text = self.passphrase.encrypted(ENCRYPTED, &Zeroizing::new(key.serialize_der()))?;
        durable::replace(path, text.as_bytes())
            .map_err(|source| CaError::File { path: path.to_owned(), source })
    }
}

fn p256(pkcs8: &[u8]) -> Option<KeyPair> {
    let key = KeyPair::try_from(&PrivatePkcs8KeyDer::from(pkcs8)).ok();
    key.filter(|key| key.algorithm() == &PKCS_ECDSA_P256_SHA256)
}

/// A key in the folder that is encrypted, if there is one.
fn any_encrypted(folder: &Path) -> Result<Option<PathBuf>, CaError> {
    let file_error = |source| CaError::File { path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(file_error(source)),
    };
    for entry in entries {
        let path = entry.map_err(file_error)?.path();
        let is_key = path.extension().is_some_and(|extension| extension == "key");
        if is_key && is_encrypted(&path) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn is_encrypted(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|text| text.windows(BEGIN.len()).any(|at| at == BEGIN.as_bytes()))
}

/// How the label of each file begins that is encrypted under the passphrase.
const BEGIN: &str = "-----BEGIN ENCRYPTED ";
/// The label of PKCS#8 that is encrypted (RFC 7468 §11).
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
const FILE: &str = "keys.passphrase";
const CREDENTIAL: &str = "remote-services-server-passphrase";
/// Octets of a passphrase: OpenSSL reads no more.
const LONGEST: usize = 1024;
/// A person may have chosen it: each guess is to cost something.
const CHOSEN_ITERATIONS: u32 = 600_000;
/// It was drawn here and has 256 bits: nobody guesses it however little a guess costs.
const DRAWN_ITERATIONS: u32 = 10_000;
const MOST_ITERATIONS: u32 = 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn key_folder<'a>(folder: &'a Path, passphrase: &'a Passphrase) -> KeyFolder<'a> {
        KeyFolder { folder, passphrase }
    }

    fn find(data: &Path) -> Result<Passphrase, CaError> {
        Passphrase::find(None, data, &data.join("ca"))
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("ca")).unwrap();
        folder
    }

    #[test]
    fn a_key_is_encrypted_from_the_first_write_on_and_opens_under_the_same_passphrase_only() {
        let folder = folder();
        let (data, ca) = (folder.path(), folder.path().join("ca"));
        let passphrase = find(data).unwrap();
        let made = key_folder(&ca, &passphrase).load_or_make("own").unwrap();
        let text = std::fs::read_to_string(ca.join("own.key")).unwrap();
        assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{text}");
        let again = find(data).unwrap();
        let opened = key_folder(&ca, &again).load_or_make("own").unwrap();
        assert_eq!(opened.serialize_der(), made.serialize_der());
        assert_eq!(std::fs::read_to_string(ca.join("own.key")).unwrap(), text, "reading writes nothing");

        std::fs::write(data.join("other"), "another\n").unwrap();
        let other = Passphrase::find(Some(&data.join("other")), data, &ca).unwrap();
        let why = key_folder(&ca, &other).load_or_make("own").err().unwrap().to_string();
        assert!(why.contains("own.key") && why.contains("other"), "{why}");
        assert_eq!(std::fs::read_to_string(ca.join("own.key")).unwrap(), text, "nothing is replaced");
    }

    #[test]
    fn a_key_in_clear_goes_on_and_is_encrypted_where_it_stands() {
        let folder = folder();
        let ca = folder.path().join("ca");
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        std::fs::write(ca.join("own.key"), key.serialize_pem()).unwrap();
        // As a crash left it.
        std::fs::write(ca.join("own.new"), "half").unwrap();
        let passphrase = find(folder.path()).unwrap();
        for _ in 0..2 {
            let read = key_folder(&ca, &passphrase).load_or_make("own").unwrap();
            assert_eq!(read.serialize_der(), key.serialize_der());
            let text = std::fs::read_to_string(ca.join("own.key")).unwrap();
            assert!(text.contains(ENCRYPTED), "{text}");
            assert!(!ca.join("own.new").exists());
        }
    }

    #[test]
    fn a_passphrase_that_is_lost_or_empty_is_never_replaced_by_another() {
        let folder = folder();
        let (data, ca) = (folder.path(), folder.path().join("ca"));
        key_folder(&ca, &find(data).unwrap()).load_or_make("own").unwrap();
        std::fs::write(data.join(FILE), "\nsecond line\n").unwrap();
        let why = find(data).err().unwrap().to_string();
        assert!(why.contains("keys.passphrase") && why.contains("first line"), "{why}");
        std::fs::remove_file(data.join(FILE)).unwrap();
        let why = find(data).err().unwrap().to_string();
        for words in ["keys.passphrase", "own.key", "backup", "--key-passphrase"] {
            assert!(why.contains(words), "{why}");
        }
        assert!(!data.join(FILE).exists());
        // The operator's token alone is enough, wherever the keys are.
        std::fs::remove_file(ca.join("own.key")).unwrap();
        std::fs::write(data.join(TOKEN_FILE), "-----BEGIN ENCRYPTED OPERATOR TOKEN-----\n").unwrap();
        let why = find(data).err().unwrap().to_string();
        assert!(why.contains(TOKEN_FILE) && !data.join(FILE).exists(), "{why}");
        let gone = data.join("gone");
        assert!(
            Passphrase::find(Some(&gone), data, &ca).is_err() && !gone.exists(),
            "one that is named is not made"
        );
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_passphrase_that_is_made() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder();
        find(folder.path()).unwrap();
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_cut_or_changed_is_an_error_with_its_file_and_never_another_key() {
        let folder = folder();
        let ca = folder.path().join("ca");
        let passphrase = find(folder.path()).unwrap();
        let keys = key_folder(&ca, &passphrase);
        let made = keys.load_or_make("own").unwrap();
        let text = std::fs::read_to_string(ca.join("own.key")).unwrap();
        let (_, octets) = pem::decode(&text).unwrap();
        // The last block is left out: who changes that may hit the padding only.
        for at in 0..octets.len() - 16 {
            let mut changed = octets.to_vec();
            changed[at] ^= 1;
            std::fs::write(ca.join("own.key"), pem::encode(ENCRYPTED, &changed).as_bytes()).unwrap();
            match keys.load_or_make("own") {
                Err(error) => assert!(error.to_string().contains("own.key"), "{error}"),
                // A bit that no reader of the form looks at, or that the key's own form takes.
                Ok(key) => assert_eq!(key.serialize_der().len(), made.serialize_der().len(), "{at}"),
            }
        }
        for end in (0..octets.len()).step_by(7) {
            std::fs::write(ca.join("own.key"), pem::encode(ENCRYPTED, &octets[..end]).as_bytes()).unwrap();
            assert!(keys.load_or_make("own").is_err(), "cut at {end}");
        }
    }
}
