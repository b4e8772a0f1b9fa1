//! The command journal: one file a command, kept before anything has an effect, so that nothing happens twice.
//!
//! A file that the disk damaged still has the command's name: that command is known, taken as over, and never begun. The file
//! stays as it is, and is told of at each start.

use crate::commands::put_off::KeptPutOff;
use crate::commands::report::Pace;
use crate::decision::Decision;
use crate::home::Home;
use remote_services_collect::action::Before;
use remote_services_core::command::CommandState;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{Command, ContentDigest, Execution, NextPoll};
use remote_services_transport::durable;
use remote_services_transport::execution::Journal;
use remote_services_transport::poll::Poll;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is kept of one command.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The command; absent when its signature did not hold or it could not be read, of which the execution has the reason.
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
    /// Of which commands nothing but the name could be read, and why.
    damaged: BTreeMap<Uuid, String>,
    /// The latest end of a command that was forgotten.
    forgotten_until: Option<Timestamp>,
    /// When the server is told again what it did not take.
    pub(crate) pace: Pace,
    /// What comes after all else, since it was tried in vain.
    pub(crate) put_off: KeptPutOff,
}

impl CommandJournal {
    /// Reads the journal.
    ///
    /// # Errors
    /// When the folder cannot be read, or what was forgotten.
    pub fn open(home: &Home) -> io::Result<Self> {
        let folder = home.state("commands");
        durable::create_private_folder(&folder)?;
        let (mut entries, mut damaged) = (BTreeMap::new(), BTreeMap::new());
        for file in std::fs::read_dir(&folder)? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let of =
                    |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
                let id = named(&path).map_err(of)?;
                let octets = std::fs::read(&path).map_err(of)?;
                let entry = serde_json::from_slice(&octets).unwrap_or_else(|error| {
                    damaged.insert(id, error.to_string());
                    over()
                });
                entries.insert(id, entry);
            }
        }
        let forgotten_until = read_forgotten(&folder.join(FORGOTTEN))?;
        let put_off = KeptPutOff::open(&folder)?;
        Ok(Self { folder, entries, damaged, forgotten_until, pace: Pace::default(), put_off })
    }

    /// A sentence about each file that is damaged: what that means, and what to do.
    pub fn damaged(&self) -> impl Iterator<Item = String> {
        let put_off = self.put_off.damaged().map(str::to_owned);
        let commands = self.damaged.iter().map(|(id, why)| {
            format!(
                "{} is damaged: {why}. Its command is taken as over: it is never begun, and the server does not hear what \
                 came of it. Bring the file back from a backup, or remove it once the server lists the command no more: \
                 one of which nothing is known is begun",
                self.path(*id).display()
            )
        });
        commands.chain(put_off)
    }

    /// A poll that gives what was tried in vain in earlier rounds its turn after all else.
    #[must_use]
    pub fn poll(&self, client: Uuid, pace: NextPoll) -> Poll {
        Poll::new(client, pace).with_put_off(self.put_off.commands.clone())
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

    /// Whether a command may have been carried out before: another one had its nonce, or it has not begun here and
    /// expired no later than one that was forgotten. The clock plays no part in it, so that none that is wrong, and right
    /// again, has a command done twice.
    #[must_use]
    pub fn may_have_been_done(&self, command: &Command) -> bool {
        let known = self.entries.get(&command.id);
        let is_new = known.is_none_or(|entry| entry.execution.state == CommandState::Delivered);
        let forgotten = is_new && self.forgotten_until.is_some_and(|until| command.expires_at <= until);
        forgotten
            || self.entries.iter().any(|(id, entry)| {
                *id != command.id && entry.command.as_ref().is_some_and(|other| other.nonce == command.nonce)
            })
    }

    /// Whether no more is taken up that was never read: as much waits to be told to the server as is kept of what was told.
    #[must_use]
    pub fn is_full_of_unread(&self) -> bool {
        let untold = self.entries.values().filter(|entry| entry.command.is_none() && !entry.reported);
        untold.count() >= MAX_UNREAD
    }

    /// The files that commands name which are not closed.
    pub fn awaited_files(&self) -> impl Iterator<Item = ContentDigest> {
        let open = self.entries.values().filter(|entry| !entry.execution.state.is_closed());
        let commands = open.filter_map(|entry| entry.command.as_ref());
        commands.flat_map(|command| command.artifacts.iter().map(|artifact| artifact.digest))
    }

    /// When the commands that are remembered were begun.
    pub fn begun(&self) -> impl Iterator<Item = Timestamp> {
        self.entries.values().filter_map(|entry| entry.execution.started_at)
    }

    /// Keeps what a person said of a command, durably.
    ///
    /// # Errors
    /// As the disk says.
    pub fn decided(&mut self, id: Uuid, decision: Decision) -> io::Result<()> {
        self.change(id, |entry| entry.decision = Some(decision))
    }

    /// Takes back what a person said of a command: whoever spoke after that one cannot be understood.
    ///
    /// # Errors
    /// As the disk says.
    pub fn undecided(&mut self, id: Uuid) -> io::Result<()> {
        self.change(id, |entry| entry.decision = None)
    }

    /// Forgets commands that are over, of whose end the server knows, and that ended or expired more than 30 days
    /// ago: were one of them listed again, it would be refused as stale, see [`CommandJournal::may_have_been_done`]. Of
    /// those that were refused unread, and so had no effect, no more than 1,000 are kept. Keeps the journal from growing
    /// for ever.
    ///
    /// # Errors
    /// When a file cannot be removed; what it is about is kept then.
    pub fn forget_old(&mut self, now: Timestamp) -> io::Result<()> {
        let damaged = &self.damaged;
        let is_old = |entry: &Entry| {
            let over =
                entry.command.as_ref().map_or(entry.since, |command| command.expires_at.max(entry.since));
            entry.reported && entry.execution.state.is_closed() && over.plus(KEPT) < now
        };
        // When a command expires whose file is damaged, nobody knows.
        let entries = || self.entries.iter().filter(|(id, _)| !damaged.contains_key(id));
        let mut old: Vec<Uuid> = entries().filter(|(_, entry)| is_old(entry)).map(|(id, _)| *id).collect();
        let mut unread: Vec<(Timestamp, Uuid)> = entries()
            .filter(|(_, entry)| {
                entry.command.is_none() && entry.reported && entry.execution.state.is_closed()
            })
            .map(|(id, entry)| (entry.since, *id))
            .collect();
        unread.sort_unstable();
        unread.truncate(unread.len().saturating_sub(MAX_UNREAD));
        old.extend(unread.into_iter().map(|(_, id)| id).filter(|id| !is_old(&self.entries[id])));
        let ends =
            old.iter().filter_map(|id| self.entries[id].command.as_ref()).map(|command| command.expires_at);
        let until = ends.max().max(self.forgotten_until);
        if until != self.forgotten_until {
            durable::replace(&self.folder.join(FORGOTTEN), &serde_json::to_vec(&until)?)?;
            self.forgotten_until = until;
        }
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

    /// Ends a command of which nobody is left to be told.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(crate) fn close_untold(&mut self, id: Uuid, execution: Execution) -> io::Result<()> {
        self.change(id, |entry| {
            entry.execution = execution;
            entry.reported = true;
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

/// The command that a file is about.
fn named(path: &Path) -> io::Result<Uuid> {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    name.parse().map_err(|_| {
        io::Error::other(
            "the file's name is no command's: give it back the name that it had, or move it away",
        )
    })
}

/// What is taken for true of a command whose file is damaged.
fn over() -> Entry {
    Entry {
        command: None,
        execution: Execution::in_state(CommandState::Failed),
        reported: true,
        etag: None,
        before: None,
        since: Timestamp::default(),
        decision: None,
    }
}

/// The latest end of a command that was forgotten; nothing when none was.
fn read_forgotten(path: &Path) -> io::Result<Option<Timestamp>> {
    match std::fs::read(path) {
        Ok(octets) => serde_json::from_slice(&octets)
            .map_err(|error| {
                io::Error::other(format!(
                    "{} is damaged: {error}. It keeps commands that were forgotten from being done again: bring the file \
                     back from a backup, or remove it: they have expired, and none begins while this host's clock is right",
                    path.display()
                ))
            }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Beside the commands: the latest end of one that was forgotten.
const FORGOTTEN: &str = "forgotten-until";

/// So many commands that were refused unread are remembered, the newest.
const MAX_UNREAD: usize = 1_000;

/// How long a command is remembered after it ended or expired.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;
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

    fn command(id: u128) -> Command {
        serde_json::from_value(serde_json::json!({
            "id": Uuid::from_u128(id), "client": Uuid::from_u128(7), "action": "restart", "issuer": "o",
            "issuedAt": "1970-01-01T00:00:00Z", "expiresAt": "1970-01-08T00:00:00Z",
            "nonce": remote_services_transport::document::Base64Bytes(id.to_be_bytes().to_vec()),
        }))
        .unwrap()
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

    /// A command of which the client is told again after it forgot it, because its clock was wrong for a while.
    #[test]
    fn what_was_forgotten_by_a_wrong_clock_is_not_taken_for_new_when_the_clock_is_right_again() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let mut journal = CommandJournal::open(&home).unwrap();
        let day = |day: u64| Timestamp::default().plus(Duration::from_secs(day * 24 * 3600));
        let command = |id, end| Command { expires_at: day(end), ..command(id) };
        let taken_up = |id, state| Entry {
            command: Some(command(id, 7)),
            execution: Execution::in_state(state),
            reported: true,
            ..entry()
        };
        journal.take_up(Uuid::from_u128(1), taken_up(1, CommandState::Succeeded)).unwrap();
        journal.take_up(Uuid::from_u128(2), taken_up(2, CommandState::Scheduled)).unwrap();
        assert!(!journal.may_have_been_done(&command(3, 7)));
        journal.forget_old(day(60)).unwrap();
        let mut journal = CommandJournal::open(&home).unwrap();
        assert!(journal.get(Uuid::from_u128(1)).is_none());
        for (id, end, done) in [(1, 7, true), (3, 7, true), (3, 6, true), (3, 8, false), (2, 7, false)] {
            assert_eq!(journal.may_have_been_done(&command(id, end)), done, "{id} until {end}");
        }
        // Nor does it help that it is in the journal by now, since it has not begun.
        journal.take_up(Uuid::from_u128(1), taken_up(1, CommandState::Delivered)).unwrap();
        assert!(journal.may_have_been_done(&command(1, 7)));
    }

    #[test]
    fn of_what_was_refused_unread_only_the_newest_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let mut journal = CommandJournal::open(&home).unwrap();
        for id in 0..1_002_u128 {
            let execution = Execution::in_state(CommandState::Rejected);
            let since = Timestamp::default().plus(Duration::from_secs(u64::try_from(id).unwrap()));
            let unread = Entry { execution, reported: id != 0, since, ..entry() };
            journal.entries.insert(Uuid::from_u128(id), unread.clone());
            if id < 3 {
                journal.take_up(Uuid::from_u128(id), unread).unwrap();
            }
        }
        journal.forget_old(Timestamp::default()).unwrap();
        assert!(!journal.is_full_of_unread());
        let known = |id| journal.get(Uuid::from_u128(id)).is_some();
        assert_eq!([0, 1, 2].map(known), [true, false, true], "what the server does not know of is kept");
        for entry in journal.entries.values_mut() {
            entry.reported = false;
        }
        assert!(journal.is_full_of_unread());
    }

    #[test]
    fn a_torn_entry_is_a_command_that_is_over_and_not_one_that_was_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let id = Uuid::from_u128(7);
        let mut journal = CommandJournal::open(&home).unwrap();
        journal.take_up(id, entry()).unwrap();
        assert_eq!((journal.damaged().count(), journal.open_commands().len()), (0, 1));
        let path = home.state("commands").join(format!("{id}.json"));
        let whole = std::fs::read(&path).unwrap();
        let half = &whole[..whole.len() / 2];
        for torn in [&b""[..], half, &vec![0; whole.len()], b"\xff\xfe", b"[]", b"null"] {
            std::fs::write(&path, torn).unwrap();
            let mut journal = CommandJournal::open(&home).unwrap();
            assert!(journal.get(id).unwrap().execution.state.is_closed());
            assert!(journal.open_commands().is_empty() && !journal.is_full_of_unread());
            let told: Vec<String> = journal.damaged().collect();
            assert_eq!(told.len(), 1);
            for words in [&*format!("{id}.json is damaged: "), "never begun", "backup", "remove it"] {
                assert!(told[0].contains(words), "{}", told[0]);
            }
            journal.forget_old(Timestamp::default().plus(KEPT * 100)).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), torn, "it stays as it is");
        }
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(CommandJournal::open(&home).unwrap().open_commands(), [id]);
    }

    #[test]
    fn other_files_of_the_journal_that_cannot_be_read_are_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        CommandJournal::open(&home).unwrap();
        for (name, words) in [
            (FORGOTTEN, ["forgotten-until is damaged: ", "backup"]),
            ("x.json", ["x.json: ", "move it away"]),
        ] {
            let path = home.state("commands").join(name);
            std::fs::write(&path, "{").unwrap();
            let error = CommandJournal::open(&home).err().unwrap().to_string();
            assert!(words.iter().all(|words| error.contains(words)), "{error}");
            std::fs::remove_file(&path).unwrap();
        }
    }
}
