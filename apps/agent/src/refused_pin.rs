//! PINs that a token refused, so that no start tries one again: tokens count, and lock themselves.
//!
//! ```text
//! DATA/state/pin-refused.json     which key, which state of the file with the PIN, and by its sealed digest which PIN
//! ```
//!
//! It counts until that file holds another PIN, or the settings name another key or file, or this one is removed. A PIN is short, so
//! that its digest in clear would be as good as itself; where the digest cannot be sealed or opened, the state of the file with the PIN
//! tells one from another.

use crate::failure::{Context, Failure};
use crate::home::{Home, remove};
use crate::modules;
use crate::regular;
use crate::vault::{REFUSED_PIN, Vault, toml::Kind};
use remote_services_core::hex;
use remote_services_core::secret::Secret;
use remote_services_payload::seal::DigestAlgorithm;
use remote_services_transport::durable;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use zeroize::Zeroizing;

/// A PIN as it stands in a file, for a key.
pub(crate) struct Pin {
    key: String,
    path: PathBuf,
    file: State,
    secret: Secret,
    refused: PathBuf,
    vault: Vault,
}

/// What a file is known by without its content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    file: String,
    length: u64,
    /// When the file was written: seconds and nanoseconds since 1970.
    written: (u64, u32),
}

/// What is kept of one that was refused.
#[derive(Serialize, Deserialize)]
struct Refused {
    key: String,
    #[serde(flatten)]
    file: State,
    /// The digest of the PIN, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<String>,
}

impl Pin {
    /// The PIN that stands in this file now, sealed or not.
    ///
    /// # Errors
    /// When the file cannot be read, or what it holds does not open.
    pub(crate) fn read(key: &str, path: &Path, home: &Home) -> Result<Self, Failure> {
        // Looked at before it is read: what is written in between is another PIN.
        let found = std::fs::metadata(path).context(path.display())?;
        let since = found.modified().context(path.display())?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let file = State {
            file: path.display().to_string(),
            length: found.len(),
            written: (since.as_secs(), since.subsec_nanos()),
        };
        let text = regular::read_to_string(path).map_err(|error| regular::failure(path.display(), &error))?;
        let text = Zeroizing::new(text);
        let text = home.vault().open_stored(Kind::Pin.name(), path, text)?;
        Ok(Self {
            key: key.to_owned(),
            path: path.to_path_buf(),
            file,
            secret: Secret::from(text.trim_end_matches(['\r', '\n'])),
            refused: home.state(FILE),
            vault: home.vault().clone(),
        })
    }

    /// The PIN itself.
    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// That the token may be asked whether it takes it.
    ///
    /// # Errors
    /// When it refused it before.
    pub(crate) fn may_be_tried(&self) -> Result<(), Failure> {
        let refused = match std::fs::read(&self.refused) {
            Ok(octets) => serde_json::from_slice::<Refused>(&octets).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(error).context(format_args!(
                    "{}, which tells a PIN that the token refused: let this user read it, or remove it",
                    self.refused.display()
                ));
            }
        };
        match refused {
            Some(refused) if !self.is(&refused)? => return Ok(()),
            _ => {}
        }
        Err(Failure::refused(format_args!(
            "the client's key: the token did not accept the PIN in {}, which is not tried again before that file holds another one \
             or {} is removed",
            self.path.display(),
            self.refused.display()
        )))
    }

    fn is(&self, refused: &Refused) -> Result<bool, Failure> {
        let opened = refused.pin.as_ref().and_then(|sealed| self.vault.open(REFUSED_PIN, sealed).ok());
        Ok(self.key == refused.key
            && match opened {
                Some(digest) => *digest == *self.digest()?,
                None => self.file == refused.file,
            })
    }

    fn digest(&self) -> Result<Zeroizing<String>, Failure> {
        let digest = modules::at_rest()?.digest(DigestAlgorithm::Sha256, &[self.secret.expose()]);
        Ok(Zeroizing::new(hex::encode(digest.as_slice())))
    }

    /// Remembers that the token refused it.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(crate) fn was_refused(&self) -> Result<(), Failure> {
        let sealed = |digest: &str| self.vault.key_or_new()?.seal(REFUSED_PIN, digest);
        let pin = self.digest().and_then(|digest| sealed(&digest)).ok();
        let refused = Refused { key: self.key.clone(), file: self.file.clone(), pin };
        serde_json::to_vec_pretty(&refused)
            .map_err(io::Error::from)
            .and_then(|octets| durable::replace(&self.refused, &octets))
            .context(format_args!("cannot keep {}", self.refused.display()))
    }

    /// Forgets what was refused before: the token takes this one.
    pub(crate) fn was_taken(home: &Home) {
        if home.is_held()
            && let Err(failure) = remove(&home.state(FILE))
        {
            tell!("{failure}");
        }
    }
}

const FILE: &str = "pin-refused.json";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ExitCode;

    /// A data folder, and the file of a PIN.
    struct World {
        folder: tempfile::TempDir,
        home: Home,
    }

    impl World {
        fn new(pin: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let home = Home::open(&folder.path().join("data")).unwrap();
            let world = Self { folder, home };
            std::fs::write(world.file(), pin).unwrap();
            world
        }

        fn file(&self) -> PathBuf {
            self.folder.path().join("pin")
        }

        /// The same content in a file that is another one, written at another time.
        fn write_anew(&self, pin: &str) {
            std::fs::remove_file(self.file()).unwrap();
            std::fs::write(self.file(), pin).unwrap();
            let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
            let file = std::fs::File::options().write(true).open(self.file()).unwrap();
            file.set_modified(earlier).unwrap();
        }

        fn pin(&self, key: &str) -> Pin {
            Pin::read(key, &self.file(), &self.home).unwrap()
        }

        fn kept(&self) -> String {
            std::fs::read_to_string(self.home.state(FILE)).unwrap()
        }
    }

    #[test]
    fn a_pin_that_was_refused_is_not_tried_until_its_file_or_the_key_is_another() {
        let world = World::new("471112");
        let (home, pin) = (&world.home, |key: &str| world.pin(key));
        pin("a").may_be_tried().unwrap();
        pin("a").was_refused().unwrap();
        let refused = pin("a").may_be_tried().unwrap_err();
        assert_eq!(refused.code, ExitCode::Refused);
        assert!(refused.sentence.contains("pin-refused.json"), "{refused}");
        pin("b").may_be_tried().unwrap();
        std::fs::write(world.file(), "4711").unwrap();
        pin("a").may_be_tried().unwrap();
        pin("a").was_refused().unwrap();
        pin("a").may_be_tried().unwrap_err();
        Pin::was_taken(home);
        pin("a").may_be_tried().unwrap();
        std::fs::write(home.state(FILE), "damaged").unwrap();
        pin("a").may_be_tried().unwrap_err();
    }

    #[test]
    fn the_same_pin_in_a_file_that_is_made_anew_is_the_same_and_nobody_reads_it_in_what_is_kept() {
        let world = World::new("471112");
        world.pin("a").was_refused().unwrap();
        world.write_anew("471112\n");
        world.pin("a").may_be_tried().unwrap_err();
        let sealed = world.home.vault().key().unwrap().seal(Kind::Pin.name(), "471112").unwrap();
        world.write_anew(&sealed);
        world.pin("a").may_be_tried().unwrap_err();
        world.write_anew("471113");
        world.pin("a").may_be_tried().unwrap();
        let (kept, digest) = (world.kept(), world.pin("a").digest().unwrap());
        assert!(!kept.contains("471112") && !kept.contains(&digest[..8]), "{kept}");
    }

    #[test]
    fn without_the_key_of_the_secrets_the_state_of_the_file_counts() {
        let world = World::new("471112");
        world.pin("a").was_refused().unwrap();
        std::fs::remove_file(world.home.root().join("secrets.key")).unwrap();
        world.pin("a").may_be_tried().unwrap_err();
        world.write_anew("471112");
        world.pin("a").may_be_tried().unwrap();
        // As an earlier version kept it.
        let Pin { key, file, .. } = world.pin("a");
        let before = serde_json::to_string(&Refused { key, file, pin: None }).unwrap();
        std::fs::write(world.home.state(FILE), before).unwrap();
        world.pin("a").may_be_tried().unwrap_err();
    }

    #[test]
    fn another_key_of_the_secrets_lets_no_refused_pin_be_tried() {
        let world = World::new("471112");
        let sealed = world.home.vault().key_or_new().unwrap().seal(Kind::Pin.name(), "471112").unwrap();
        world.write_anew(&sealed);
        world.pin("a").was_refused().unwrap();
        let single = [(world.file(), Kind::Pin.name())];
        world.home.vault().rekey(&[], &single).unwrap();
        assert_ne!(std::fs::read_to_string(world.file()).unwrap(), sealed);
        world.pin("a").may_be_tried().unwrap_err();
    }
}
