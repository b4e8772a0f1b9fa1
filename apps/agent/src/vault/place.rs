//! Where the key of the secrets is. The first that is there holds:
//!
//! 1. the file that `--secrets-key` names, or `[secrets] key-file` of the settings;
//! 2. `remote-services-secrets-key` in `$CREDENTIALS_DIRECTORY`, which systemd decrypts for one service;
//! 3. `secrets.key` in the data folder, which is made when the first secret is sealed.
//!
//! The place is found once: settings that are changed while the agent runs do not part it from its own key.
//! Nor does a key that goes away: one from outside of the data folder is read once.
//!
//! While the key is being changed, or when that was cut short, the next one stands beside it; see [`super::rekey`].

use super::kept;
use super::sealed::{SealingKey, Unopened};
use crate::failure::{Context, Failure};
use crate::regular;
use crate::settings;
use remote_services_transport::durable;
use serde::Deserialize;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use zeroize::Zeroizing;

/// The file in the data folder.
pub const KEY_FILE: &str = "secrets.key";

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file that somebody named.
    Named(PathBuf),
    /// Among the credentials that systemd gives the service.
    Credential(PathBuf),
    /// In the data folder.
    Data(PathBuf),
}

impl Place {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Named(path) | Self::Credential(path) | Self::Data(path) => path,
        }
    }

    /// One word for programs.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Named(_) => "named",
            Self::Credential(_) => "credential",
            Self::Data(_) => "data",
        }
    }
}

/// Whoever opens and seals. A key from elsewhere is held from its first use on: what gives it may be there at
/// the start only. That of the data folder is read each time: it is not to outlive what it is for.
#[derive(Clone, Default)]
pub struct Vault {
    named: Option<PathBuf>,
    credentials: Option<PathBuf>,
    pub(super) data: Option<PathBuf>,
    place: OnceLock<Place>,
    from_elsewhere: OnceLock<Arc<SealingKey>>,
}

impl Vault {
    /// The vault of a data folder, or of none; `named` comes from the command line.
    #[must_use]
    pub fn new(named: Option<&Path>, data: Option<&Path>) -> Self {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        Self { credentials, ..Self::without_credentials(named, data) }
    }

    pub(super) fn without_credentials(named: Option<&Path>, data: Option<&Path>) -> Self {
        let owned = |path: Option<&Path>| path.map(Path::to_path_buf);
        Self { named: owned(named), data: owned(data), ..Self::default() }
    }

    /// Where the key is, or would be made.
    ///
    /// # Errors
    /// When the settings cannot be read, which may name it, and when nothing names one.
    pub fn place(&self) -> Result<&Place, Failure> {
        if let Some(place) = self.place.get() {
            return Ok(place);
        }
        let found = self.find()?;
        Ok(self.place.get_or_init(|| found))
    }

    fn find(&self) -> Result<Place, Failure> {
        if let Some(path) = &self.named {
            return Ok(Place::Named(path.clone()));
        }
        if let Some(path) = self.data.as_deref().map(named_by_settings).transpose()?.flatten() {
            let what = || format!("[secrets] key-file {}", path.display());
            regular::check(&path).map_err(|error| regular::failure(what(), &error))?;
            return Ok(Place::Named(path));
        }
        if let Some(path) = self.credentials.as_ref().map(|folder| folder.join(CREDENTIAL))
            && path.exists()
        {
            return Ok(Place::Credential(path));
        }
        self.data.as_ref().map(|data| Place::Data(data.join(KEY_FILE))).ok_or_else(|| {
            Failure::usage("nothing says where the key of the secrets is: name it by --secrets-key")
        })
    }

    /// The key.
    ///
    /// # Errors
    /// A sentence with the file, and what to do.
    pub fn key(&self) -> Result<Arc<SealingKey>, Failure> {
        if let Some(key) = self.from_elsewhere.get() {
            return Ok(Arc::clone(key));
        }
        let place = self.place()?;
        match read(place.path())?.map(Arc::new) {
            Some(key) if matches!(place, Place::Data(_)) => Ok(key),
            Some(key) => Ok(Arc::clone(self.from_elsewhere.get_or_init(|| key))),
            None => Err(Failure::usage(format_args!(
                "{} is not there: it is the key of the secrets{}",
                place.path().display(),
                if matches!(place, Place::Data(_)) { OTHERWISE } else { "" }
            ))),
        }
    }

    /// Opens what was sealed as a secret of `what`, under the key or, where its change was cut short, under the next one.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn open(&self, what: &str, text: &str) -> Result<Zeroizing<String>, Unopened> {
        let key = self.key().map_err(|failure| Unopened::Key(failure.sentence))?;
        match key.open(what, text) {
            Err(Unopened::OtherKey) => {
                self.next_key().map_or(Err(Unopened::OtherKey), |next| next.open(what, text))
            }
            other => other,
        }
    }

    /// The key that is to take the place of the present one, where its change was begun and not ended.
    pub fn next_key(&self) -> Option<SealingKey> {
        match self.place() {
            Ok(Place::Named(path) | Place::Data(path)) => read(&next_to(path)).ok().flatten(),
            _ => None,
        }
    }

    /// The key, made if it belongs into the data folder and nothing was ever sealed there.
    ///
    /// # Errors
    /// When it cannot be read or kept, and when it was there before: another would open nothing.
    pub fn key_or_new(&self) -> Result<Arc<SealingKey>, Failure> {
        let (Place::Data(path), Some(data)) = (self.place()?, &self.data) else { return self.key() };
        if path.exists() {
            return self.key();
        }
        let keep = || format!("cannot keep the key of the secrets in {}", path.display());
        durable::create_private_folder(data).context(keep())?;
        // One process makes it, also where others seal at the same time.
        let lock = durable::private_file().create(true).truncate(false).open(data.join(LOCK));
        let lock = lock.context(keep())?;
        like_the_folder(&data.join(LOCK), data).context(keep())?;
        File::lock(&lock).context(keep())?;
        if path.exists() {
            return self.key();
        }
        let sealed = kept::sealed_files(data)?;
        if !sealed.is_empty() {
            let key = self.key().err().unwrap_or_else(|| Failure::failed(keep()));
            return Err(key.and(&format!(
                "without it nobody opens {}; if it is lost, remove them, write their secrets anew, and register \
                 again (register --replace)",
                sealed.join(", ")
            )));
        }
        let key = SealingKey::draw()?;
        durable::replace(path, key.to_text().as_bytes()).context(keep())?;
        like_the_folder(path, data).context(keep())?;
        Ok(Arc::new(key))
    }
}

/// Where the next key stands.
pub(super) fn next_to(key: &Path) -> PathBuf {
    // What a link names is replaced, not the link.
    let mut beside = key.canonicalize().unwrap_or_else(|_| key.to_owned()).into_os_string();
    beside.push(".next");
    beside.into()
}

pub(super) fn read(path: &Path) -> Result<Option<SealingKey>, Failure> {
    match std::fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => SealingKey::from_text(&text).map(Some).ok_or_else(|| {
            Failure::usage(format_args!(
                "{} holds no key of secrets, which is 64 hexadecimal digits in lower case: bring it back from a \
                 backup, or, if nothing was ever sealed under it, remove it",
                path.display()
            ))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context(path.display()),
    }
}

/// What the settings in a data folder name; of the rest of them nothing is looked at.
fn named_by_settings(data: &Path) -> Result<Option<PathBuf>, Failure> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Part {
        secrets: super::toml::Section,
    }
    let path = data.join(SETTINGS);
    let text = match settings::read_text(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::usage(format_args!("settings {}: {error}", path.display()))),
    };
    let part: Part = super::toml::parsed(&text).map_err(|wrong| wrong.of("settings", &path))?;
    Ok(part.secrets.key_file)
}

/// A person with more rights may have made it: who works on the folder must read it.
#[cfg(unix)]
fn like_the_folder(path: &Path, folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, lchown};
    let (own, folder) = (std::fs::symlink_metadata(path)?, std::fs::metadata(folder)?);
    if (own.uid(), own.gid()) == (folder.uid(), folder.gid()) {
        return Ok(());
    }
    lchown(path, Some(folder.uid()), Some(folder.gid()))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
fn like_the_folder(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) const SETTINGS: &str = "agent.toml";
const CREDENTIAL: &str = "remote-services-secrets-key";
const LOCK: &str = "secrets.lock";
const OTHERWISE: &str = "; bring it back from a backup, or say by --secrets-key where it is";

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(data: &Path) -> Vault {
        std::fs::create_dir_all(data.join("identity")).unwrap();
        Vault::without_credentials(None, Some(data))
    }

    #[test]
    fn the_first_place_that_is_there_holds() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let with = |named: Option<&Path>| Vault {
            credentials: Some(data.join("credentials")),
            named: named.map(Path::to_path_buf),
            ..vault(data)
        };
        assert_eq!(*with(None).place().unwrap(), Place::Data(data.join("secrets.key")));
        std::fs::create_dir(data.join("credentials")).unwrap();
        let credential = data.join("credentials/remote-services-secrets-key");
        std::fs::write(&credential, "").unwrap();
        assert_eq!(*with(None).place().unwrap(), Place::Credential(credential));
        std::fs::write(data.join("agent.toml"), "site-name = \"x\"\n[secrets]\nkey-file = \"/k\"\n").unwrap();
        assert_eq!(*with(None).place().unwrap(), Place::Named("/k".into()));
        assert_eq!(*with(Some(Path::new("/o"))).place().unwrap(), Place::Named("/o".into()));
        std::fs::write(data.join("agent.toml"), "site-name = \"x\"\n[secrets\n").unwrap();
        let why = with(None).place().unwrap_err().sentence;
        assert!(why.contains("agent.toml, line 2"), "a key in the wrong place would be made: {why}");
        std::fs::write(data.join("agent.toml"), "#".repeat(2 << 20)).unwrap();
        let why = with(None).place().unwrap_err().sentence;
        assert!(why.contains("agent.toml: larger than 1 MiB"), "{why}");
        assert!(
            Vault::without_credentials(None, None).place().unwrap_err().sentence.contains("--secrets-key")
        );
    }

    #[test]
    fn a_key_is_made_once_and_only_in_the_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        assert!(vault(data).key().is_err(), "who opens makes none");
        let sealed = vault(data).key_or_new().unwrap().seal("pin", "quince").unwrap();
        assert_eq!(*vault(data).key_or_new().unwrap().open("pin", &sealed).unwrap(), "quince");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(data.join(KEY_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let elsewhere = data.join("elsewhere");
        let why = Vault::without_credentials(Some(&elsewhere), Some(data)).key_or_new().err().unwrap();
        assert!(why.sentence.contains("elsewhere is not there"), "{why}");
    }

    #[test]
    fn a_key_from_elsewhere_may_go_away_once_it_was_used_and_another_does_not_take_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let (data, medium) = (folder.path().join("data"), folder.path().join("medium"));
        let write = |digit: &str| std::fs::write(&medium, digit.repeat(64)).unwrap();
        write("1");
        let vault = Vault::without_credentials(Some(&medium), Some(&data));
        let sealed = vault.key().unwrap().seal("pin", "quince").unwrap();
        std::fs::remove_file(&medium).unwrap();
        assert_eq!(*vault.key().unwrap().open("pin", &sealed).unwrap(), "quince");
        write("2");
        assert_eq!(*vault.clone().key_or_new().unwrap().open("pin", &sealed).unwrap(), "quince");
        let started_again = Vault::without_credentials(Some(&medium), Some(&data));
        assert!(started_again.key().unwrap().open("pin", &sealed).is_err());
    }

    #[test]
    fn a_key_that_is_gone_or_torn_is_never_replaced_by_another() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let sealed = vault(data).key_or_new().unwrap().seal(super::super::CLIENT_KEY, "key").unwrap();
        std::fs::write(data.join("identity/client.key.pem"), sealed).unwrap();
        std::fs::write(data.join(KEY_FILE), "0123").unwrap();
        let torn = vault(data).key_or_new().err().unwrap().sentence;
        assert!(torn.contains("holds no key") && torn.contains("backup"), "{torn}");
        std::fs::remove_file(data.join(KEY_FILE)).unwrap();
        let gone = vault(data).key_or_new().err().unwrap().sentence;
        for words in ["is not there", "backup", "identity/client.key.pem", "register --replace"] {
            assert!(gone.contains(words), "{gone}");
        }
        assert!(!data.join(KEY_FILE).exists());
    }
}
