//! The agent's own secrets. They are sealed from the first write on; those of an earlier version are sealed
//! once there is no way back to it.

use super::place::{SETTINGS, Vault};
use super::sealed::{MARK, Unopened, is_sealed};
use crate::failure::{Context, Failure};
use crate::regular;
use crate::site::Site;
use crate::supervise;
use remote_services_transport::durable;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the client's private key is sealed as, in whichever file.
pub(crate) const CLIENT_KEY: &str = "the client's key";
/// What the key for pseudonyms is sealed as.
pub(crate) const PSEUDONYMS: &str = "the key for pseudonyms";

/// What the digest of a PIN that a token refused is sealed as.
pub(crate) const REFUSED_PIN: &str = "the digest of a PIN";

/// Files of the data folder, and what they hold. The renewed pair is at its place before long.
pub(super) const KEPT: [(&str, &str); 3] = [
    ("identity/client.key.pem", CLIENT_KEY),
    ("identity/client.key.next.pem", CLIENT_KEY),
    ("identity/pseudonym.key", PSEUDONYMS),
];
/// A file in which a member is sealed, which can be lost: it keeps no key from being made anew.
pub(super) const REFUSED: &str = "state/pin-refused.json";
pub(super) const RENEWED: &str = "identity/renewed.pem";

/// One of the agent's own secrets, as it stands in its file.
pub(crate) struct Kept {
    pub(crate) path: PathBuf,
    /// What it is sealed as.
    pub(crate) what: &'static str,
    pub(crate) text: Zeroizing<String>,
}

impl Vault {
    /// What is to be written of a secret.
    ///
    /// # Errors
    /// When there is no key to seal it under.
    pub(crate) fn for_disk(&self, what: &str, secret: &str) -> Result<Zeroizing<String>, Failure> {
        if !self.may_seal()? {
            return Ok(Zeroizing::new(secret.to_owned()));
        }
        let mut text = self.key_or_new()?.seal(what, secret)?;
        text.push('\n');
        Ok(Zeroizing::new(text))
    }

    /// A secret of which this was read from a file.
    ///
    /// # Errors
    /// With the file, and why it does not open.
    pub(crate) fn open_stored(
        &self,
        what: &str,
        path: &Path,
        text: Zeroizing<String>,
    ) -> Result<Zeroizing<String>, Failure> {
        if !is_sealed(&text) {
            return Ok(text);
        }
        // Of the two, the failure of the key says how the program should end.
        self.key().map_err(|failure| failure.while_doing(&path.display().to_string()))?;
        let place = self.place()?.path().display();
        self.open(what, &text).map_err(|why| {
            let path = path.display();
            let instead = match what {
                CLIENT_KEY => "register anew (register --replace)",
                PSEUDONYMS => "move the file away, and people get other pseudonyms than before",
                _ => "seal it anew (secrets seal)",
            };
            Failure::failed(match why {
                Unopened::OtherKey => format!(
                    "{path} under the key {place}: {why}; say by --secrets-key where that one is, or, if it \
                     is lost, {instead}"
                ),
                Unopened::Module(_) | Unopened::Key(_) => format!("{path} under the key {place}: {why}"),
                _ => format!(
                    "{path} is damaged: under the key {place} it does not open, {why}. Bring it back from a \
                     backup; without one {instead}"
                ),
            })
        })
    }

    /// Seals what an earlier version kept in clear; gives the files.
    ///
    /// # Errors
    /// When there is no key, or the disk fails; what was not sealed is still there.
    pub(crate) fn seal_kept(&self) -> Result<Vec<&'static str>, Failure> {
        let Some(data) = self.data.as_deref() else { return Ok(Vec::new()) };
        let mut done = Vec::new();
        for (name, what) in KEPT {
            let path = data.join(name);
            match read(&path)? {
                Some(text) if !text.is_empty() && !is_sealed(&text) => {
                    if !self.may_seal()? {
                        break;
                    }
                    let text = self.for_disk(what, &text)?;
                    durable::replace(&path, text.as_bytes()).context(path.display())?;
                    done.push(name);
                }
                _ => {}
            }
        }
        Ok(done)
    }

    /// All that there is.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn kept(&self) -> Result<Vec<Kept>, Failure> {
        let Some(data) = self.data.as_deref() else { return Ok(Vec::new()) };
        let mut kept = Vec::new();
        for (name, what) in KEPT {
            let path = data.join(name);
            kept.extend(read(&path)?.map(|text| Kept { path, what, text }));
        }
        Ok(kept)
    }

    /// A version on trial leaves the secrets so that the one before can read them: its supervisor may go back.
    fn may_seal(&self) -> Result<bool, Failure> {
        let sealed = self.data.as_deref().map(sealed_files).transpose()?;
        Ok(sealed.is_some_and(|files| !files.is_empty()) || !supervise::is_on_trial())
    }
}

impl Site {
    /// Seals what an earlier version kept in clear, and says so once.
    ///
    /// # Errors
    /// As [`Vault::seal_kept`].
    pub(crate) fn seal_kept(&mut self) -> Result<(), Failure> {
        let files = self.home.vault().seal_kept()?;
        if files.is_empty() {
            return Ok(());
        }
        let place = self.home.vault().place()?.path().display();
        let told = format!("sealed from now on, under the key {place}: {}", files.join(", "));
        tell!("{told}");
        self.note("secrets", "identity", &told)
    }
}

/// Files of a data folder in which something is sealed, as their names within it.
pub(super) fn sealed_files(data: &Path) -> Result<Vec<&'static str>, Failure> {
    let mut sealed = Vec::new();
    for (name, _) in KEPT {
        if read(&data.join(name))?.is_some_and(|text| is_sealed(&text)) {
            sealed.push(name);
        }
    }
    // In the middle of others, and also where it cannot be understood now.
    for name in [RENEWED, SETTINGS] {
        if read(&data.join(name))?.is_some_and(|text| text.contains(MARK)) {
            sealed.push(name);
        }
    }
    Ok(sealed)
}

/// A text with secrets, if it is there.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<String>>, Failure> {
    match regular::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(regular::failure(path.display(), &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN PRIVATE KEY-----\nquince\n-----END PRIVATE KEY-----\n";

    #[test]
    fn what_an_earlier_version_kept_in_clear_is_sealed_once_and_opens() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        std::fs::create_dir(data.join("identity")).unwrap();
        let vault = Vault::without_credentials(None, Some(data));
        assert!(vault.seal_kept().unwrap().is_empty() && !data.join("secrets.key").exists());
        let file = |name: &str| data.join("identity").join(name);
        std::fs::write(file("client.key.pem"), PEM).unwrap();
        std::fs::write(file("client.key.next.pem"), "").unwrap();
        std::fs::write(file("pseudonym.key"), "0011").unwrap();
        assert_eq!(vault.seal_kept().unwrap(), ["identity/client.key.pem", "identity/pseudonym.key"]);
        for entry in std::fs::read_dir(data.join("identity")).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains("quince") && !text.contains("0011"), "{text}");
        }
        assert!(vault.seal_kept().unwrap().is_empty());
        let open = |what: &str, name: &str| {
            let text = Zeroizing::new(std::fs::read_to_string(file(name)).unwrap());
            vault.open_stored(what, &file(name), text).map(|text| text.as_str().to_owned())
        };
        assert_eq!(open(CLIENT_KEY, "client.key.pem").unwrap(), PEM);
        assert_eq!(open(PSEUDONYMS, "pseudonym.key").unwrap(), "0011");
        // One file copied over the other is no key of that kind.
        let told = open(PSEUDONYMS, "client.key.pem").unwrap_err().sentence;
        assert!(told.contains("client.key.pem") && told.contains("something else"), "{told}");
    }

    #[test]
    fn every_file_that_is_sealed_keeps_the_key_from_being_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        std::fs::create_dir(data.join("identity")).unwrap();
        let names = KEPT.map(|(name, _)| name).into_iter().chain([RENEWED, SETTINGS]);
        for name in names {
            std::fs::write(data.join(name), "proxy = \"sealed:v1:AAAA\"").unwrap();
            if name != SETTINGS {
                std::fs::write(data.join(name), "sealed:v1:AAAA\n-----BEGIN CERTIFICATE-----").unwrap();
            }
            if name == RENEWED {
                // As a registration writes it.
                std::fs::write(data.join(name), "server: https://a.example\nsealed:v1:AAAA\n").unwrap();
            }
            assert_eq!(sealed_files(data).unwrap(), [name]);
            std::fs::remove_file(data.join(name)).unwrap();
        }
    }
}
