//! What people at the site say of commands that wait for them.
//!
//! ```text
//! DATA/state/decisions/COMMAND.json      left by `commands agree` and `commands refuse`, taken up by the agent at its next turn
//! DATA/state/decisions/COMMAND.damaged   one that could not be read
//! DATA/state/decisions.lock              held while a decision is left or taken up
//! ```
//!
//! The agent may be at work on the folder meanwhile, so a decision is a file of its own, put there whole. Once the agent
//! has it in the journal of commands and in the audit log, the file goes.
//!
//! What was decided stays, but for one thing: as long as the command has not begun, somebody may refuse what another one has agreed
//! to. Both words are then in the file, and the refusal counts. One that cannot be read is none: people are asked again.

use crate::home::Home;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_transport::durable;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::{File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A person's word about one command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Whether it may be done.
    pub given: bool,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in that person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What another one had agreed to, which this refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrules: Option<Box<Self>>,
}

impl Decision {
    /// Keeps others from leaving or taking up a decision, for as long as the file is open.
    ///
    /// # Errors
    /// As the disk says.
    pub fn alone(home: &Home) -> io::Result<File> {
        let path = home.state(LOCK);
        let of = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let lock = durable::private_file().create(true).truncate(false).open(&path).map_err(of)?;
        let until = Instant::now() + LONGEST_WAIT;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                // It is held for some milliseconds, unless who holds it was stopped.
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(of(error.into())),
            }
        }
    }

    /// Leaves it for the agent, in the place of what was left before.
    ///
    /// # Errors
    /// As the disk says.
    pub fn leave(&self, home: &Home, command: Uuid) -> io::Result<()> {
        durable::create_private_folder(&home.state(FOLDER))?;
        durable::replace(&path(home, command), &serde_json::to_vec(self)?)
    }

    /// Whether something was left for a command, though it may be damaged.
    #[must_use]
    pub fn is_left(home: &Home, command: Uuid) -> bool {
        std::fs::symlink_metadata(path(home, command)).is_ok()
    }

    /// Reads what was left for a command.
    ///
    /// # Errors
    /// When there is something that cannot be read.
    pub fn left(home: &Home, command: Uuid) -> Result<Option<Self>, Damaged> {
        let path = path(home, command);
        let read = match std::fs::read(&path) {
            Ok(octets) => serde_json::from_slice(&octets).map_err(|error| error.to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error.to_string()),
        };
        read.map(Some).map_err(|why| Damaged { command, path, why })
    }

    /// The commands for which something was left.
    ///
    /// # Errors
    /// As the disk says.
    pub fn all(home: &Home) -> io::Result<Vec<Uuid>> {
        let folder = match std::fs::read_dir(home.state(FOLDER)) {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut commands = Vec::new();
        for file in folder {
            let path = file?.path();
            let name = path.file_stem().and_then(|name| name.to_str());
            let name: Option<Uuid> = name.and_then(|name| name.parse().ok());
            commands.extend(name.filter(|_| path.extension().is_some_and(|it| it == "json")));
        }
        commands.sort_unstable();
        Ok(commands)
    }

    /// Removes what was left for a command, once it is kept elsewhere.
    ///
    /// # Errors
    /// As the disk says.
    pub fn clear(home: &Home, command: Uuid) -> io::Result<()> {
        match std::fs::remove_file(path(home, command)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Each word that was said, in that order, as the audit log has it.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words = self.overrules.as_ref().map_or_else(Vec::new, |other| other.words());
        words.push(self.to_string());
        words
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.given { "agreed" } else { "refused" };
        write!(out, "{word} by {} at {}", self.by, self.at)?;
        self.reason.as_ref().map_or(Ok(()), |reason| write!(out, ": {reason}"))
    }
}

/// What was left for a command and cannot be read.
#[derive(Debug)]
pub struct Damaged {
    command: Uuid,
    path: PathBuf,
    why: String,
}

impl Damaged {
    /// Moves it away, so that nobody stumbles over it again; a sentence of that, and of `what_now`.
    ///
    /// # Errors
    /// As the disk says.
    pub fn set_aside(&self, what_now: &str) -> io::Result<String> {
        let aside = self.path.with_extension("damaged");
        std::fs::rename(&self.path, &aside).map_err(|error| {
            io::Error::new(error.kind(), format!("{self}; it cannot be moved away: {error}"))
        })?;
        Ok(format!("{self}: {what_now}; the file was moved to {}", aside.display()))
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} is damaged: {}. What somebody decided about command {} is not known, and counts as not said",
            self.path.display(),
            self.why,
            self.command,
        )
    }
}

fn path(home: &Home, command: Uuid) -> PathBuf {
    home.state(FOLDER).join(format!("{command}.json"))
}

/// What to do about one that is damaged.
pub const SAY_AGAIN: &str = "say it again with `commands agree` or `commands refuse`";

const FOLDER: &str = "decisions";
const LOCK: &str = "decisions.lock";
const LONGEST_WAIT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed() -> Decision {
        Decision {
            given: true,
            by: "the manager of the site".to_owned(),
            at: Timestamp::from_unix_seconds(1),
            reason: None,
            overrules: None,
        }
    }

    #[test]
    fn a_decision_is_left_beside_an_agent_at_work_and_taken_up_once() {
        let folder = tempfile::tempdir().unwrap();
        let at_work = Home::open(folder.path()).unwrap();
        let command = Uuid::from_u128(7);
        assert_eq!(Decision::left(&at_work, command).unwrap(), None);
        agreed().leave(&Home::look(folder.path()), command).unwrap();
        assert_eq!(Decision::all(&at_work).unwrap(), [command]);
        assert_eq!(Decision::left(&at_work, command).unwrap(), Some(agreed()));
        Decision::clear(&at_work, command).unwrap();
        assert_eq!(Decision::left(&at_work, command).unwrap(), None);
        assert!(!Decision::is_left(&at_work, command) && Decision::all(&at_work).unwrap().is_empty());
    }

    #[test]
    fn a_refusal_keeps_the_word_that_it_overrules() {
        let refusal = Decision {
            given: false,
            by: "Bob".to_owned(),
            reason: Some("not today".to_owned()),
            overrules: Some(Box::new(agreed())),
            ..agreed()
        };
        let again: Decision = serde_json::from_slice(&serde_json::to_vec(&refusal).unwrap()).unwrap();
        assert_eq!(
            again.words(),
            [
                "agreed by the manager of the site at 1970-01-01T00:00:01.000Z",
                "refused by Bob at 1970-01-01T00:00:01.000Z: not today"
            ]
        );
    }

    #[test]
    fn a_decision_that_cannot_be_read_is_named_with_what_to_do_and_moved_away() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let command = Uuid::from_u128(7);
        for torn in [&b""[..], b"{", &[0; 40], b"\xff\xfe", b"7", b"{\"given\":true}"] {
            agreed().leave(&home, command).unwrap();
            std::fs::write(path(&home, command), torn).unwrap();
            let told = Decision::left(&home, command).unwrap_err().set_aside(SAY_AGAIN).unwrap();
            for words in [&*format!("{command}.json is damaged: "), "commands agree", ".damaged"] {
                assert!(told.contains(words), "{told}");
            }
            assert_eq!(Decision::left(&home, command).unwrap(), None);
            assert_eq!(std::fs::read(path(&home, command).with_extension("damaged")).unwrap(), torn);
        }
    }
}
