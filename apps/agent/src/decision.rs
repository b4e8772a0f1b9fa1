//! What people at the site say of commands that wait for them.
//!
//! ```text
//! DATA/state/decisions/COMMAND.json     left by `commands agree` and `commands refuse`, taken up by the agent at its next turn
//! ```
//!
//! The agent may be at work on the folder meanwhile, so a decision is a file of its own, put there whole. Once the agent
//! has it in the journal of commands and in the audit log, the file goes.

use crate::home::Home;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_transport::durable;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;

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
}

impl Decision {
    /// Leaves it for the agent.
    ///
    /// # Errors
    /// As the disk says.
    pub fn leave(&self, home: &Home, command: Uuid) -> io::Result<()> {
        let folder = home.state(FOLDER);
        durable::create_private_folder(&folder)?;
        durable::replace(&folder.join(format!("{command}.json")), &serde_json::to_vec(self)?)
    }

    /// Reads what was left for a command.
    ///
    /// # Errors
    /// As the disk says, or when it cannot be read.
    pub fn left(home: &Home, command: Uuid) -> io::Result<Option<Self>> {
        match std::fs::read(path(home, command)) {
            Ok(octets) => Ok(Some(serde_json::from_slice(&octets)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
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
}

fn path(home: &Home, command: Uuid) -> PathBuf {
    home.state(FOLDER).join(format!("{command}.json"))
}

const FOLDER: &str = "decisions";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_left_beside_an_agent_at_work_and_taken_up_once() {
        let folder = tempfile::tempdir().unwrap();
        let at_work = Home::open(folder.path()).unwrap();
        let command = Uuid::from_u128(7);
        let decision = Decision {
            given: true,
            by: "the manager of the site".to_owned(),
            at: Timestamp::from_unix_seconds(1),
            reason: None,
        };
        assert_eq!(Decision::left(&at_work, command).unwrap(), None);
        decision.leave(&Home::look(folder.path()), command).unwrap();
        assert_eq!(Decision::left(&at_work, command).unwrap(), Some(decision));
        Decision::clear(&at_work, command).unwrap();
        assert_eq!(Decision::left(&at_work, command).unwrap(), None);
    }
}
