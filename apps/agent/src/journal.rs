//! The command journal: one file a command, kept before anything has an effect, so that nothing happens twice.

use crate::decision::Decision;
use crate::home::Home;
use remote_services_collect::action::Before;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{Command, Execution};
use remote_services_transport::durable;
use remote_services_transport::execution::Journal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is kept of one command.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The command; absent when its signature did not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Command>,
    /// Where it stands.
    pub execution: Execution,
    /// The server has been told of this state.
    pub reported: bool,
    /// Version of the execution on the server, for the next report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// What a look at the device before the effect showed, to tell afterwards whether it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// When the command was taken up.
    pub since: Timestamp,
    /// What a person at the site said, if one was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// All commands that this agent knows.
pub struct CommandJournal {
    folder: PathBuf,
    entries: BTreeMap<Uuid, Entry>,
}

impl CommandJournal {
    /// Reads the journal.
    ///
    /// # Errors
    /// When an entry cannot be read: forgetting one could carry a command out twice.
    pub fn open(home: &Home) -> io::Result<Self> {
        let folder = home.state("commands");
        durable::create_private_folder(&folder)?;
        let mut entries = BTreeMap::new();
        for file in std::fs::read_dir(&folder)? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let (id, entry) = read(&path).map_err(|error| {
                    io::Error::new(error.kind(), format!("command journal {}: {error}", path.display()))
                })?;
                entries.insert(id, entry);
            }
        }
        Ok(Self { folder, entries })
    }

    /// What is known of a command.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// Commands whose last state the server does not know, or that are not closed; oldest first.
    #[must_use]
    pub fn open_commands(&self) -> Vec<Uuid> {
        let mut open: Vec<(Timestamp, Uuid)> = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.reported || !entry.execution.state.is_closed())
            .map(|(id, entry)| (entry.since, *id))
            .collect();
        open.sort();
        open.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether another command with this nonce was seen.
    #[must_use]
    pub fn nonce_seen(&self, nonce: &[u8], by_other_than: Uuid) -> bool {
        self.entries.iter().any(|(id, entry)| {
            *id != by_other_than && entry.command.as_ref().is_some_and(|command| command.nonce.0 == nonce)
        })
    }

    /// Keeps what a person said of a command, durably.
    ///
    /// # Errors
    /// As the disk says.
    pub fn decided(&mut self, id: Uuid, decision: Decision) -> io::Result<()> {
        self.change(id, |entry| entry.decision = Some(decision))
    }

    /// Forgets commands that are over, of whose end the server knows, and that ended or expired more than 30 days
    /// ago: were one of them listed again, it would be refused as stale. Keeps the journal from growing for ever.
    ///
    /// # Errors
    /// When a file cannot be removed; what it is about is kept then.
    pub fn forget_old(&mut self, now: Timestamp) -> io::Result<()> {
        let is_old = |entry: &Entry| {
            let over =
                entry.command.as_ref().map_or(entry.since, |command| command.expires_at.max(entry.since));
            entry.reported && entry.execution.state.is_closed() && over.plus(KEPT) < now
        };
        let old: Vec<Uuid> =
            self.entries.iter().filter(|(_, entry)| is_old(entry)).map(|(id, _)| *id).collect();
        for id in old {
            std::fs::remove_file(self.path(id))?;
            self.entries.remove(&id);
        }
        Ok(())
    }

    /// Takes a command up: what is known of it before the first state is recorded.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn take_up(&mut self, id: Uuid, entry: Entry) -> io::Result<()> {
        self.write(id, &entry)?;
        self.entries.insert(id, entry);
        Ok(())
    }

    /// Keeps what a look at the device showed, before the effect.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn looked(&mut self, id: Uuid, before: Before) -> io::Result<()> {
        self.change(id, |entry| entry.before = Some(before))
    }

    /// Notes that the server knows the present state.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn reported(&mut self, id: Uuid, etag: Option<String>) -> io::Result<()> {
        self.change(id, |entry| {
            entry.reported = true;
            entry.etag = etag;
        })
    }

    fn change(&mut self, id: Uuid, change: impl FnOnce(&mut Entry)) -> io::Result<()> {
        let known =
            self.entries.get(&id).ok_or_else(|| io::Error::other("a command that was never taken up"))?;
        let mut entry = known.clone();
        change(&mut entry);
        self.write(id, &entry)?;
        self.entries.insert(id, entry);
        Ok(())
    }

    fn write(&self, id: Uuid, entry: &Entry) -> io::Result<()> {
        durable::replace(&self.path(id), &serde_json::to_vec(entry)?)
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

impl Journal for CommandJournal {
    type Error = io::Error;

    fn record(&mut self, command: Uuid, execution: &Execution) -> io::Result<()> {
        self.change(command, |entry| {
            entry.execution = execution.clone();
            entry.reported = false;
        })
    }
}

fn read(path: &Path) -> io::Result<(Uuid, Entry)> {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let id = name.parse().map_err(|_| io::Error::other("the file's name is not a UUID"))?;
    Ok((id, serde_json::from_slice(&std::fs::read(path)?)?))
}

/// How long a command is remembered after it ended or expired.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::command::CommandState;
    use remote_services_transport::execution::Run;

    fn entry() -> Entry {
        Entry {
            command: None,
            execution: Execution::in_state(CommandState::Delivered),
            reported: false,
            etag: None,
            before: None,
            since: Timestamp::default(),
            decision: None,
        }
    }

    #[test]
    fn what_was_running_when_the_agent_died_is_interrupted_and_never_begins_again() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let id = Uuid::from_u128(7);
        let mut journal = CommandJournal::open(&home).unwrap();
        journal.take_up(id, entry()).unwrap();
        let mut run = Run::new(id);
        run.accept(&mut journal).unwrap();
        let _begun = run.begin(&mut journal, Timestamp::default()).unwrap();
        drop(journal);

        let mut journal = CommandJournal::open(&home).unwrap();
        assert_eq!(journal.open_commands(), [id]);
        let last = journal.get(id).unwrap().execution.clone();
        assert_eq!(last.state, CommandState::Running);
        let mut run = Run::resume(id, last, &mut journal).unwrap();
        assert_eq!(journal.get(id).unwrap().execution.state, CommandState::Interrupted);
        assert!(run.begin(&mut journal, Timestamp::default()).is_err());
    }

    #[test]
    fn what_is_over_and_told_is_forgotten_in_the_end_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let mut journal = CommandJournal::open(&home).unwrap();
        let rejected = || Execution::in_state(CommandState::Rejected);
        let over = Entry { execution: rejected(), reported: true, ..entry() };
        let untold = Entry { reported: false, ..over.clone() };
        let open = Entry { reported: true, ..entry() };
        for (id, entry) in (1..).zip([over, untold, open]) {
            journal.take_up(Uuid::from_u128(id), entry).unwrap();
        }
        journal.forget_old(Timestamp::default().plus(KEPT)).unwrap();
        assert!(journal.get(Uuid::from_u128(1)).is_some(), "not yet");
        journal.forget_old(Timestamp::default().plus(KEPT + Duration::from_secs(1))).unwrap();
        let journal = CommandJournal::open(&home).unwrap();
        assert_eq!([1, 2, 3].map(|id| journal.get(Uuid::from_u128(id)).is_some()), [false, true, true]);
    }

    #[test]
    fn a_torn_entry_is_an_error_and_not_a_forgotten_command() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        CommandJournal::open(&home).unwrap();
        std::fs::write(home.state("commands").join(format!("{}.json", Uuid::from_u128(7))), b"{\"exec")
            .unwrap();
        assert!(CommandJournal::open(&home).is_err());
    }
}
