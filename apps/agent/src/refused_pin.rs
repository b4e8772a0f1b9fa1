//! PINs that a token refused, so that no start tries one again: tokens count, and lock themselves.
//!
//! ```text
//! DATA/state/pin-refused.json     which key, and which state of the file with the PIN; nothing of the PIN itself
//! ```
//!
//! It counts until that file is written anew, or the settings name another key or file, or this one is removed.

use crate::failure::{Context, Failure};
use crate::home::{Home, remove};
use remote_services_transport::durable;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// A PIN as it stands in a file, for a key.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pin {
    key: String,
    file: String,
    length: u64,
    /// When the file was written: seconds and nanoseconds since 1970.
    written: (u64, u32),
}

impl Pin {
    /// The PIN that stands in this file now.
    ///
    /// # Errors
    /// When the file cannot be looked at.
    pub(crate) fn of(key: &str, file: &Path) -> Result<Self, Failure> {
        let found = std::fs::metadata(file).context(file.display())?;
        let since = found.modified().context(file.display())?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self {
            key: key.to_owned(),
            file: file.display().to_string(),
            length: found.len(),
            written: (since.as_secs(), since.subsec_nanos()),
        })
    }

    /// That the token may be asked whether it takes it.
    ///
    /// # Errors
    /// When it refused it before.
    pub(crate) fn may_be_tried(&self, home: &Home) -> Result<(), Failure> {
        let path = home.state(FILE);
        let refused = match std::fs::read(&path) {
            Ok(octets) => serde_json::from_slice::<Self>(&octets).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).context(path.display()),
        };
        if refused.as_ref().is_some_and(|refused| refused != self) {
            return Ok(());
        }
        Err(Failure::refused(format_args!(
            "the client's key: the token did not accept the PIN in {}, which is not tried again before that file is written \
             anew or {} is removed",
            self.file,
            path.display()
        )))
    }

    /// Remembers that the token refused it.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(crate) fn was_refused(&self, home: &Home) -> Result<(), Failure> {
        let path = home.state(FILE);
        serde_json::to_vec(self)
            .map_err(io::Error::from)
            .and_then(|octets| durable::replace(&path, &octets))
            .context(format_args!("cannot keep {}", path.display()))
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

    #[test]
    fn a_pin_that_was_refused_is_not_tried_until_its_file_or_the_key_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let (home, file) = (Home::open(&folder.path().join("data")).unwrap(), folder.path().join("pin"));
        std::fs::write(&file, "471112").unwrap();
        let pin = |key: &str| Pin::of(key, &file).unwrap();
        pin("a").may_be_tried(&home).unwrap();
        pin("a").was_refused(&home).unwrap();
        let refused = pin("a").may_be_tried(&home).unwrap_err();
        assert_eq!(refused.code, ExitCode::Refused);
        assert!(refused.sentence.contains("pin-refused.json"), "{refused}");
        let kept = std::fs::read_to_string(home.state(FILE)).unwrap();
        assert!(!kept.contains("471112"), "{kept}");
        pin("b").may_be_tried(&home).unwrap();
        std::fs::write(&file, "4711").unwrap();
        pin("a").may_be_tried(&home).unwrap();
        pin("a").was_refused(&home).unwrap();
        pin("a").may_be_tried(&home).unwrap_err();
        Pin::was_taken(&home);
        pin("a").may_be_tried(&home).unwrap();
        std::fs::write(home.state(FILE), "damaged").unwrap();
        pin("a").may_be_tried(&home).unwrap_err();
    }
}
