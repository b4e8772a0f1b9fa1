//! `[tls]` of `agent.toml`: what the site demands of TLS beyond what always holds, and which token holds the key.

use crate::failure::{Context, Failure};
use crate::regular;
use crate::settings::{Switch, WrongSetting};
use remote_services_transport::client::{
    ClientConfig, NameSuffix, PostQuantum, RevocationListError, RevocationLists, RevocationPolicy,
    TlsSettings, TlsVersions,
};
use remote_services_transport::registration_key::SpkiPin;
use serde::Deserialize;
use std::fmt::Display;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "pkcs11")]
use {
    crate::home::Home,
    crate::refused_pin::Pin,
    remote_services_pkcs11::{KeyUri, Module, TokenError},
    remote_services_transport::enrol::ClientKey,
};

/// The section. Everything has a default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TlsSection {
    /// Domains that the server's name must be under.
    pub name_suffixes: Vec<String>,
    /// Pins of the server's key: base64url of the SHA-256 of its SubjectPublicKeyInfo.
    pub pins: Vec<String>,
    /// Files with lists of revoked certificates, in PEM or DER; read again before each connection.
    pub revocation_lists: Vec<PathBuf>,
    /// Whether a list must speak of every certificate and be in its time; without it each must.
    pub revocation: Option<Strictness>,
    /// `1.2` or `1.3`.
    pub min_version: Option<String>,
    /// Hybrid post-quantum key exchange, where the server and this program's module can.
    pub post_quantum: Switch,
    /// Approved services of a FIPS 140 module only, or no connection.
    pub fips: bool,
    /// The client's key in a token: `pkcs11:token=…;object=…?module-path=…&pin-source=…`.
    pub key: Option<String>,
}

/// What a list that is missing or out of date means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strictness {
    /// No connection.
    Hard,
    /// Only what is on a list is refused.
    Soft,
}

impl TlsSection {
    /// Whether everything has a form that can be used; no file is looked at.
    ///
    /// # Errors
    /// A sentence with the setting that has not.
    pub fn check(&self) -> Result<(), WrongSetting> {
        self.suffixes()?;
        self.parsed_pins()?;
        self.versions()?;
        // Without a list nothing would be looked up, and who wrote this relies on that.
        if self.revocation == Some(Strictness::Hard) && self.revocation_lists.is_empty() {
            return Err(wrong(
                "revocation",
                "\"hard\" has no list to look into: name the lists by revocation-lists = [\"FILE\"], or remove this line where \
                 none is to be looked into",
            ));
        }
        #[cfg(feature = "pkcs11")]
        self.uri()?;
        #[cfg(not(feature = "pkcs11"))]
        if self.key.is_some() {
            return Err(wrong("key", "this program is built without tokens (feature pkcs11)"));
        }
        Ok(())
    }

    /// The client with these demands. Lists of revoked certificates are read again before each connection; when they cannot be
    /// used then, that is told and the old ones stay.
    ///
    /// # Errors
    /// A sentence with the setting or file that cannot be used.
    pub fn apply(&self, config: ClientConfig) -> Result<ClientConfig, Failure> {
        let mut demands = self.demands()?;
        if !self.revocation_lists.is_empty() {
            let policy = match self.revocation {
                None | Some(Strictness::Hard) => RevocationPolicy::Hard,
                Some(Strictness::Soft) => RevocationPolicy::Soft,
            };
            let paths = self.revocation_lists.clone();
            let files = read_lists(&paths)?;
            let lists = RevocationLists::new(policy, &files);
            let lists = lists.map_err(|error| wrong_list(&paths, &files, error))?;
            let told = Mutex::new(Vec::new());
            tell_left_out(&paths, &files, &told);
            demands = demands.with_revocation(lists.with_look(Arc::new(move || looked(&paths, &told))));
        }
        Ok(config.with_tls(demands))
    }

    /// What is demanded, but for the lists of revoked certificates: no file is looked at.
    ///
    /// # Errors
    /// A sentence with the setting that cannot be used.
    pub fn demands(&self) -> Result<TlsSettings, Failure> {
        let post_quantum = if self.post_quantum == Switch::On { PostQuantum::On } else { PostQuantum::Off };
        Ok(TlsSettings::default()
            .with_name_suffixes(self.suffixes()?)
            .with_pins(self.parsed_pins()?)
            .with_versions(self.versions()?)
            .with_post_quantum(post_quantum)
            .with_fips(self.fips))
    }

    /// The client's key, if a token holds it; with `make` it is made when it is not there.
    ///
    /// # Errors
    /// A sentence about the token. What is the matter with the PIN is [`ExitCode::Refused`](crate::failure::ExitCode), and a PIN
    /// that the token refused is not tried again, by this run or another.
    #[cfg(feature = "pkcs11")]
    pub fn key(&self, make: bool, home: &Home) -> Result<Option<ClientKey>, Failure> {
        let Some(uri) = self.uri()? else { return Ok(None) };
        let module =
            uri.module_path().ok_or_else(|| wrong("key", "it must say module-path=, the library"))?;
        let file =
            uri.pin_source().ok_or_else(|| wrong("key", "it must say pin-source=, the file with the PIN"))?;
        let given = Pin::read(&uri.to_string(), file, home)?;
        given.may_be_tried()?;
        let module = Module::load(module).context("the client's key")?;
        let key = match module.key(&uri, given.secret()) {
            Err(TokenError::NoKey { .. }) if make => module.generate(&uri, given.secret()),
            found => found,
        };
        let key = key.map_err(|error| {
            let failure = format!("the client's key: {error}");
            if !error.is_of_pin() {
                return Failure::failed(failure);
            }
            let kept = match error {
                TokenError::Pin(_) | TokenError::PinKnownWrong => given.was_refused(),
                _ => Ok(()),
            };
            kept.map_or_else(
                |why| Failure::refused(&failure).and(&why.sentence),
                |()| Failure::refused(&failure),
            )
        })?;
        Pin::was_taken(home);
        let key = key.when_refused(move |error| remember(&given, error));
        ClientKey::by_handle(Arc::new(key)).map(Some).context("the client's key")
    }

    /// The file with the PIN of the token that holds the key.
    #[must_use]
    pub fn pin_file(&self) -> Option<PathBuf> {
        #[cfg(feature = "pkcs11")]
        return self.uri().ok().flatten().and_then(|uri| uri.pin_source().map(Path::to_path_buf));
        #[cfg(not(feature = "pkcs11"))]
        None
    }

    #[cfg(feature = "pkcs11")]
    fn uri(&self) -> Result<Option<KeyUri>, WrongSetting> {
        self.key.as_ref().map(|text| text.parse().map_err(|error| wrong("key", error))).transpose()
    }

    fn suffixes(&self) -> Result<Vec<NameSuffix>, WrongSetting> {
        each(&self.name_suffixes, |text| text.parse().map_err(|error| wrong("name-suffixes", error)))
    }

    fn parsed_pins(&self) -> Result<Vec<SpkiPin>, WrongSetting> {
        let explain = |_| wrong("pins", "a pin is the base64url of a SHA-256, 43 characters");
        each(&self.pins, |text| text.parse().map_err(explain))
    }

    fn versions(&self) -> Result<TlsVersions, WrongSetting> {
        match self.min_version.as_deref() {
            None | Some("1.2") => Ok(TlsVersions::From12),
            Some("1.3") => Ok(TlsVersions::Only13),
            Some(other) => Err(wrong("min-version", format_args!("{other:?} must be \"1.2\" or \"1.3\""))),
        }
    }
}

/// Keeps a PIN that the token takes no more, so that the next start does not try it.
#[cfg(feature = "pkcs11")]
fn remember(given: &Pin, error: &TokenError) {
    if let TokenError::Pin(_) = error
        && let Err(failure) = given.was_refused()
    {
        tell!("{failure}");
    }
}

/// The lists as they are now; none, and a word about it, when they cannot be used.
fn looked(paths: &[PathBuf], told: &Mutex<Vec<String>>) -> Option<Vec<Vec<u8>>> {
    let read = read_lists(paths).and_then(|files| {
        RevocationLists::check(&files).map_err(|error| wrong_list(paths, &files, error))?;
        tell_left_out(paths, &files, told);
        Ok(files)
    });
    read.map_err(|failure| tell!("the lists of revoked certificates stay as they were: {failure}")).ok()
}

/// Says which files have lists of a kind that cannot be used, when they are other than those that were told last.
fn tell_left_out(paths: &[PathBuf], files: &[Vec<u8>], told: &Mutex<Vec<String>>) {
    let left_out: Vec<String> = paths
        .iter()
        .zip(files)
        .flat_map(|(path, file)| {
            let why = RevocationLists::check(std::slice::from_ref(file)).unwrap_or_else(|error| vec![error]);
            why.into_iter().map(move |why| format!("{}: {why}", path.display()))
        })
        .collect();
    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
    if *told != left_out {
        for sentence in &left_out {
            tell!("a list is left out: {sentence}");
        }
        *told = left_out;
    }
}

/// What is wrong with these lists, told of the first file with which it is.
fn wrong_list(paths: &[PathBuf], files: &[Vec<u8>], error: RevocationListError) -> WrongSetting {
    let has_it = |file| RevocationLists::check(std::slice::from_ref(file)).err() == Some(error);
    match files.iter().position(has_it) {
        Some(number) => {
            let why = format_args!("{}: {error}", paths[number].display());
            wrong("revocation-lists", why).entry(number)
        }
        None => wrong("revocation-lists", error),
    }
}

fn read_lists(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Failure> {
    paths.iter().map(|path| read_list(path)).collect()
}

fn read_list(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut octets = Vec::new();
    let file = regular::open(path).map_err(|error| regular::failure(path.display(), &error))?;
    file.take(LONGEST_LIST + 1).read_to_end(&mut octets).context(path.display())?;
    if octets.len() as u64 > LONGEST_LIST {
        return Err(Failure::usage(format_args!("{}: longer than 16 MiB", path.display())));
    }
    Ok(octets)
}

/// The entries of a list as they are meant; the first that is wrong is told with its place.
fn each<T>(
    entries: &[String],
    read: impl Fn(&str) -> Result<T, WrongSetting>,
) -> Result<Vec<T>, WrongSetting> {
    let numbered = entries.iter().enumerate();
    numbered.map(|(number, text)| read(text).map_err(|wrong| wrong.entry(number))).collect()
}

fn wrong(setting: &str, why: impl Display) -> WrongSetting {
    WrongSetting::new(Some("tls"), setting, why)
}

/// Octets of a list of revoked certificates; those of public authorities have some hundred thousand.
const LONGEST_LIST: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn section(text: &str) -> TlsSection {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn each_mistake_names_its_setting() {
        for (text, setting) in [
            ("name-suffixes = [\"https://a.test\"]", "name-suffixes"),
            ("pins = [\"abc\"]", "pins"),
            ("min-version = \"1.1\"", "min-version"),
            ("key = \"file:/key\"", "key"),
            ("key = \"pkcs11:object=a?pin-value=4711\"", "key"),
        ] {
            let said = section(text).check().unwrap_err().sentence;
            assert!(said.starts_with(&format!("[tls] {setting}: ")), "{said}");
            assert!(!said.contains("4711"), "{said}");
        }
        assert!(section("").check().is_ok());
        assert!(toml::from_str::<TlsSection>("revocation = \"never\"").is_err());
    }

    #[test]
    fn who_demands_lists_of_revoked_certificates_names_them() {
        for none in ["", "revocation-lists = []\n"] {
            let said = section(&format!("{none}revocation = \"hard\"")).check().unwrap_err().sentence;
            assert!(said.starts_with("[tls] revocation: ") && said.contains("revocation-lists = "), "{said}");
            assert!(section(&format!("{none}revocation = \"soft\"")).check().is_ok());
            assert!(section(none).check().is_ok());
        }
        assert!(section("revocation-lists = [\"ca.crl\"]\nrevocation = \"hard\"").check().is_ok());
    }

    #[test]
    fn lists_that_cannot_be_read_are_no_lists() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.crl");
        let text = format!("revocation-lists = [{:?}]", path.display().to_string());
        let config = || ClientConfig::new("https://a.test".parse().unwrap(), crate::modules::tls());
        let said = section(&text).apply(config()).err().unwrap().sentence;
        assert!(said.contains("ca.crl"), "{said}");
        std::fs::write(&path, "no list").unwrap();
        let said = section(&text).apply(config()).err().unwrap().sentence;
        assert!(
            said.contains("[tls] revocation-lists: ") && said.contains("ca.crl: this is no list"),
            "{said}"
        );
    }

    #[test]
    fn of_several_lists_the_file_is_named_that_cannot_be_used_and_why() {
        let folder = tempfile::tempdir().unwrap();
        let [good, bare] = ["good.crl", "bare.crl"].map(|name| folder.path().join(name));
        std::fs::write(&good, GOOD_LIST).unwrap();
        std::fs::write(&bare, BARE_LIST).unwrap();
        let section =
            TlsSection { revocation_lists: vec![good.clone(), bare.clone()], ..TlsSection::default() };
        let config = || ClientConfig::new("https://a.test".parse().unwrap(), crate::modules::tls());
        let said = section.apply(config()).err().unwrap().sentence;
        assert!(said.contains("bare.crl: ") && said.contains("it has no extensions"), "{said}");
        assert!(!said.contains("good.crl"), "{said}");
        std::fs::write(&bare, GOOD_LIST).unwrap();
        assert!(section.apply(config()).is_ok());
    }

    /// Of one authority, with extensions and without; nobody looks at their signatures here.
    const GOOD_LIST: &str = "-----BEGIN X509 CRL-----\n\
         MIHNMHQCAQEwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJQXV0aG9yaXR5Fw0yNjAx\n\
         MDEwMDAwMDBaFw00NjAxMDEwMDAwMDBaoC8wLTAKBgNVHRQEAwIBBTAfBgNVHSME\n\
         GDAWgBTPq4ZfLEascOlkIAekDyZCMiGu2zAKBggqhkjOPQQDAgNJADBGAiEAjfLJ\n\
         DextnpidiMcuy4k5vX5QY7Wkd4caFEvzpXqU9C8CIQDVkTdycO1S6a+32bTZkEwV\n\
         hsSbgo0gRkB0aKPlNq4zqw==\n\
         -----END X509 CRL-----\n\n";
    const BARE_LIST: &str = "-----BEGIN X509 CRL-----\n\
         MIGcMEMCAQEwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJQXV0aG9yaXR5Fw0yNjAx\n\
         MDEwMDAwMDBaFw00NjAxMDEwMDAwMDBaMAoGCCqGSM49BAMCA0kAMEYCIQDKw+ta\n\
         fNdtQxlOOrvqrQMCZrKl4n90Pf3UL6PYzEJTZgIhANpufSa9Vwqyd6T0Jf+d2INR\n\
         QJuDGCS/2NKJcQXN7RMs\n\
         -----END X509 CRL-----\n\n";
}
