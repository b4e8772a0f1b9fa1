//! What people at the site want done with payloads that were set aside.
//!
//! ```text
//! DATA/state/set-aside/UPLOAD.json     left by `quarantine retry` and `quarantine drop`, followed by the agent at its next turn
//! ```
//!
//! The agent may be at work on the folder meanwhile, and spool and audit log are written by it alone: so a wish is a file of
//! its own, put there whole. It goes once it was followed; following one twice does nothing more.

use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::site::Site;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_transport::durable;
use remote_services_transport::spool::SpoolError;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;

/// What is to become of a payload that was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// It is sent again.
    Retry,
    /// It is given up for good, and counted as dropped.
    Drop,
}

/// A person's wish about one payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AsideWish {
    /// What to do with it.
    pub fate: Fate,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl AsideWish {
    /// Leaves it for the agent; a later wish takes the place of an earlier one.
    ///
    /// # Errors
    /// As the disk says.
    pub fn leave(&self, home: &Home, upload: Uuid) -> io::Result<()> {
        durable::create_private_folder(&home.state(FOLDER))?;
        durable::replace(&path(home, upload), &serde_json::to_vec(self)?)
    }

    /// What was left about a payload.
    ///
    /// # Errors
    /// As the disk says, or when it cannot be read.
    pub fn left(home: &Home, upload: Uuid) -> io::Result<Option<Self>> {
        match std::fs::read(path(home, upload)) {
            Ok(octets) => Ok(Some(serde_json::from_slice(&octets)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The payloads about which one was left.
    ///
    /// # Errors
    /// As the disk says.
    pub fn all(home: &Home) -> io::Result<Vec<Uuid>> {
        let folder = match std::fs::read_dir(home.state(FOLDER)) {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut uploads = Vec::new();
        for file in folder {
            let path = file?.path();
            let name = path.file_stem().and_then(|name| name.to_str());
            let name: Option<Uuid> = name.and_then(|name| name.parse().ok());
            uploads.extend(name.filter(|_| path.extension().is_some_and(|it| it == "json")));
        }
        uploads.sort_unstable();
        Ok(uploads)
    }

    fn clear(home: &Home, upload: Uuid) -> io::Result<()> {
        match std::fs::remove_file(path(home, upload)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Site {
    /// Whether people left wishes about what was set aside.
    #[must_use]
    pub fn has_aside_wishes(&self) -> bool {
        AsideWish::all(&self.home).is_ok_and(|wishes| !wishes.is_empty())
    }

    /// Follows what people want of payloads that were set aside. A wish that cannot be followed, such as one about a payload
    /// that is not there any more, is noted and goes.
    ///
    /// # Errors
    /// When the disk fails; what was not followed then is followed next time.
    pub fn follow_aside_wishes(&mut self) -> Result<(), Failure> {
        for upload in AsideWish::all(&self.home).context("wishes about what was set aside")? {
            match AsideWish::left(&self.home, upload) {
                Ok(Some(wish)) => self.follow_aside_wish(upload, &wish)?,
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    self.note("quarantine", &upload.to_string(), &format!("a wish cannot be read: {error}"))?;
                }
                Err(error) => return Err(error).context("wishes about what was set aside"),
            }
            AsideWish::clear(&self.home, upload).context("wishes about what was set aside")?;
        }
        Ok(())
    }

    fn follow_aside_wish(&mut self, upload: Uuid, wish: &AsideWish) -> Result<(), Failure> {
        let spool = self.spool_mut();
        let (done, text) = match wish.fate {
            Fate::Retry => (spool.retry(upload), "is sent again"),
            Fate::Drop => (spool.give_up(upload), "is given up"),
        };
        let text = match done {
            Ok(()) => text.to_owned(),
            Err(
                error @ (SpoolError::Unknown(_)
                | SpoolError::Withheld(_)
                | SpoolError::Damaged(_)
                | SpoolError::Full
                | SpoolError::TooLarge { .. }),
            ) => {
                tell!("payload {upload} stays as it is: {error}");
                format!("stays as it is: {error}")
            }
            Err(error) => return Err(error).context("spool"),
        };
        self.note(
            "quarantine",
            &upload.to_string(),
            &format!("{text}, as {} wants it since {}", wish.by, wish.at),
        )
    }
}

fn path(home: &Home, upload: Uuid) -> PathBuf {
    home.state(FOLDER).join(format!("{upload}.json"))
}

const FOLDER: &str = "set-aside";
