use super::{Asked, Begun, CommandVerifier, Hands, Journal, Run, RunError, Site, advance, carry_out, leave};
use crate::document::{Command, Execution};
use remote_services_core::command::{Action, ActionSetting, CommandState, RejectReason};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use uuid::Uuid;

/// All that a small client knows of its commands, to be kept durably as a whole; the default is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CommandBook {
    commands: BTreeMap<Uuid, Noted>,
    /// The latest end of a command that was forgotten. Whatever the clock says, a command that is new here and ends no
    /// later may be one of those.
    forgotten_until: Option<Timestamp>,
}

/// What is known of one command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Noted {
    /// Absent when its signature did not hold or it could not be read; the execution then has the reason.
    command: Option<Command>,
    execution: Execution,
    /// Whether the server knows of this state.
    reported: bool,
    since: Timestamp,
}

/// Keeps a book so that it survives a power cut, before it returns.
pub type KeepBook<'a> = dyn FnMut(&CommandBook) -> io::Result<()> + 'a;

/// What a site without an administrator's page lets the server do.
pub struct Orders<'a> {
    /// This client.
    pub client: Uuid,
    /// Security mode.
    pub mode: SecurityMode,
    /// The switch of each action that can be carried out here.
    pub actions: &'a BTreeMap<Action, ActionSetting>,
    /// Whether a device is one of this client's.
    pub manages: &'a dyn Fn(Uuid) -> bool,
    /// Checks the signatures of commands.
    pub verifier: &'a dyn CommandVerifier,
}

impl CommandBook {
    /// Whether a command was taken up before: it is not fetched again then.
    #[must_use]
    pub fn knows(&self, command: Uuid) -> bool {
        self.commands.contains_key(&command)
    }

    /// Takes a command up, or the reason to reject it without having read it. It is kept with its first state. One that has
    /// `begun` by the server's word was begun by this client before it lost its book: it is looked after, never begun again.
    /// What cannot be read is not taken up while the server knows nothing of 100 like it.
    pub fn take_up(
        &mut self,
        id: Uuid,
        command: Result<Command, RejectReason>,
        begun: Option<Execution>,
        now: Timestamp,
    ) {
        let (command, reason) = match command {
            Ok(command) => (Some(command), None),
            Err(_) if self.unread(false).len() >= MAX_UNREAD => return,
            Err(reason) => (None, Some(reason)),
        };
        let execution = match begun.filter(|_| command.is_some()) {
            Some(begun) => Execution { state: CommandState::Running, ..begun },
            None => Execution { reason, ..Execution::in_state(CommandState::Delivered) },
        };
        self.commands.entry(id).or_insert(Noted { command, execution, reported: false, since: now });
    }

    /// Commands that are not over, oldest first.
    #[must_use]
    pub fn open(&self) -> Vec<Uuid> {
        let open = self.commands.iter().filter(|(_, noted)| !noted.execution.state.is_closed());
        let mut open: Vec<(Timestamp, Uuid)> = open.map(|(id, noted)| (noted.since, *id)).collect();
        open.sort_unstable();
        open.into_iter().map(|(_, id)| id).collect()
    }

    /// Where a command stands.
    #[must_use]
    pub fn execution(&self, id: Uuid) -> Option<&Execution> {
        self.commands.get(&id).map(|noted| &noted.execution)
    }

    /// Does with a command all that can be done now, see [`advance`]; `cancel` is the server's wish. Of one that has begun it
    /// gives the proof: next is [`Self::carry_out`], [`Self::leave`] or [`Self::take_back`].
    ///
    /// # Errors
    /// When the book cannot be kept.
    pub fn advance(
        &mut self,
        id: Uuid,
        cancel: bool,
        orders: &Orders<'_>,
        keep: &mut KeepBook<'_>,
        hands: &mut dyn Hands,
    ) -> Result<Option<Begun>, RunError<io::Error>> {
        let Some(noted) = self.commands.get(&id).cloned() else { return Ok(None) };
        let seen = self.may_have_been_done(id);
        let mut journal = Kept { book: self, keep };
        let mut run = Run::resume(id, noted.execution, &mut journal)?;
        let Some(command) = noted.command else {
            return match run.execution().state {
                CommandState::Rejected => Ok(None),
                _ => {
                    let reason = run.execution().reason.clone().unwrap_or(RejectReason::BadSignature);
                    run.reject(&mut journal, reason, hands.now()).map(|()| None)
                }
            };
        };
        let supported: Vec<Action> = orders.actions.keys().cloned().collect();
        let site = Site {
            client: orders.client,
            mode: orders.mode,
            actions: orders.actions,
            supported: &supported,
            manages: orders.manages,
            seen: &|_| seen,
        };
        let asked = Asked { cancel, consent: None, window: hands.window(&command) };
        advance(&mut run, &mut journal, &command, asked, &site, hands)
    }

    /// Does what a command asks for that has begun, see [`carry_out`].
    ///
    /// # Errors
    /// When the book cannot be kept.
    pub fn carry_out(
        &mut self,
        id: Uuid,
        begun: Begun,
        keep: &mut KeepBook<'_>,
        hands: &mut dyn Hands,
    ) -> Result<(), RunError<io::Error>> {
        let Some((command, mut run)) = self.begun(id, &begun) else { return Ok(()) };
        carry_out(&mut run, &mut Kept { book: self, keep }, &command, begun, hands)
    }

    /// Ends a command without an effect that another client of this name has begun, or the server has closed, see [`leave`].
    /// What the server has is somebody else's word, or its last: it is not told.
    ///
    /// # Errors
    /// When the book cannot be kept.
    pub fn leave(
        &mut self,
        id: Uuid,
        begun: Begun,
        why: &str,
        now: Timestamp,
        keep: &mut KeepBook<'_>,
    ) -> Result<(), RunError<io::Error>> {
        let Some((command, mut run)) = self.begun(id, &begun) else { return Ok(()) };
        leave(&mut run, &mut Kept { book: self, keep }, &command, begun, why, now)?;
        self.reported(id, run.execution(), now, keep).map_err(RunError::Journal)
    }

    /// Back to where a command stood before it began, see [`Run::take_back`]: nothing was done, since the server does not trust
    /// this client now. It may begin again.
    ///
    /// # Errors
    /// When the book cannot be kept: the command is interrupted when it is taken up again.
    pub fn take_back(
        &mut self,
        id: Uuid,
        begun: Begun,
        keep: &mut KeepBook<'_>,
    ) -> Result<(), RunError<io::Error>> {
        let Some((_, mut run)) = self.begun(id, &begun) else { return Ok(()) };
        run.take_back(&mut Kept { book: self, keep }, begun)
    }

    /// A command that has begun, and where it stands.
    fn begun(&self, id: Uuid, proof: &Begun) -> Option<(Command, Run)> {
        let noted = self.commands.get(&id)?;
        Some((noted.command.clone()?, Run::begun(id, noted.execution.clone(), proof)))
    }

    /// States that the server does not know of.
    #[must_use]
    pub fn unreported(&self) -> Vec<(Uuid, Execution)> {
        let unreported = self.commands.iter().filter(|(_, noted)| !noted.reported);
        unreported.map(|(id, noted)| (*id, noted.execution.clone())).collect()
    }

    /// Notes that the server knows of this state. What is over and could not be listed again is forgotten.
    ///
    /// # Errors
    /// When the book cannot be kept; the state is then reported again.
    pub fn reported(
        &mut self,
        id: Uuid,
        execution: &Execution,
        now: Timestamp,
        keep: &mut KeepBook<'_>,
    ) -> io::Result<()> {
        if let Some(noted) = self.commands.get_mut(&id).filter(|noted| noted.execution == *execution) {
            noted.reported = true;
        }
        let forgotten_until = &mut self.forgotten_until;
        self.commands.retain(|_, noted| {
            let end = noted.command.as_ref().map(|command| command.expires_at);
            let over = noted.reported && noted.execution.state.is_closed();
            let keep = !over || end.unwrap_or(noted.since).plus(KEPT) >= now;
            if !keep {
                *forgotten_until = (*forgotten_until).max(end);
            }
            keep
        });
        // They had no effect: were one listed again, it would be refused again.
        let unread = self.unread(true);
        for id in &unread[..unread.len().saturating_sub(MAX_UNREAD)] {
            self.commands.remove(id);
        }
        keep(self)
    }

    /// Those that were refused without having been read, and of which the server knows that, or does not; oldest first.
    fn unread(&self, reported: bool) -> Vec<Uuid> {
        let unread = |noted: &Noted| noted.command.is_none() && noted.reported == reported;
        let unread = self.commands.iter().filter(|(_, noted)| unread(noted));
        let mut unread: Vec<_> = unread.map(|(id, noted)| (noted.since, *id)).collect();
        unread.sort_unstable();
        unread.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether another command had the nonce of this one, or this one has not begun and may have been forgotten.
    fn may_have_been_done(&self, id: Uuid) -> bool {
        let Some(noted) = self.commands.get(&id) else { return false };
        let Some(command) = &noted.command else { return false };
        let others = self.commands.iter().filter(|(other, _)| **other != id);
        let forgotten = noted.execution.state == CommandState::Delivered
            && self.forgotten_until.is_some_and(|until| command.expires_at <= until);
        forgotten
            || others
                .filter_map(|(_, noted)| noted.command.as_ref())
                .any(|other| other.nonce == command.nonce)
    }
}

/// A book as a journal.
struct Kept<'a, 'k> {
    book: &'a mut CommandBook,
    keep: &'a mut KeepBook<'k>,
}

impl Journal for Kept<'_, '_> {
    type Error = io::Error;

    fn record(&mut self, id: Uuid, execution: &Execution) -> io::Result<()> {
        let mut next = self.book.clone();
        if let Some(noted) = next.commands.get_mut(&id) {
            (noted.execution, noted.reported) = (execution.clone(), false);
        }
        (self.keep)(&next)?;
        *self.book = next;
        Ok(())
    }
}

/// Anybody between this client and the server can list what was never signed.
const MAX_UNREAD: usize = 100;
/// How long a command is remembered after it expired: a day.
const KEPT: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
