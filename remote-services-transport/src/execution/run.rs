use super::plan::is_overdue;
use crate::document::{Command, Execution, ExecutionResult};
use remote_services_core::command::{CommandState, RejectReason, ResultCode};
use remote_services_core::time::Timestamp;
use uuid::Uuid;

/// Where executions are kept. `record` returns after the entry is durable.
pub trait Journal {
    /// Why an entry could not be kept.
    type Error;

    /// Keeps one state of one command, durably.
    ///
    /// # Errors
    /// When the entry may not survive a crash; the state then does not change.
    fn record(&mut self, command: Uuid, execution: &Execution) -> Result<(), Self::Error>;
}

/// Proof that `running` is in the journal: from here on there may be effects.
#[must_use = "a command that has begun is carried out, left or taken back"]
#[derive(Debug)]
pub struct Begun {
    /// Where the command stood before.
    before: Box<Execution>,
}

/// One command being carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    command: Uuid,
    execution: Execution,
}

/// Why a step of a [`Run`] did not happen. The state is what it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError<E> {
    /// The caller asked for a state that cannot follow.
    #[error("a command that is {from} cannot become {to}")]
    Transition {
        /// The present state.
        from: CommandState,
        /// The state that was asked for.
        to: CommandState,
    },
    /// The journal did not keep it.
    #[error("the state of a command could not be kept: {0}")]
    Journal(E),
}

impl Run {
    /// A command that was just fetched.
    #[must_use]
    pub fn new(command: Uuid) -> Self {
        Self { command, execution: Execution::in_state(CommandState::Delivered) }
    }

    /// Takes a command up again from its last journal entry, after a start.
    ///
    /// What was running is interrupted: nobody knows how far it came.
    ///
    /// # Errors
    /// When the journal does not keep that.
    pub fn resume<J: Journal>(
        command: Uuid,
        last: Execution,
        journal: &mut J,
    ) -> Result<Self, RunError<J::Error>> {
        let mut run = Self { command, execution: last };
        if run.execution.state == CommandState::Running {
            run.step(journal, CommandState::Interrupted, |_| {})?;
        }
        Ok(run)
    }

    /// One that has begun and was not cut short since, at its last journal entry.
    pub(super) fn begun(command: Uuid, last: Execution, _proof: &Begun) -> Self {
        Self { command, execution: last }
    }

    /// The command's name.
    #[must_use]
    pub fn command(&self) -> Uuid {
        self.command
    }

    /// Where it stands, to be reported.
    #[must_use]
    pub fn execution(&self) -> &Execution {
        &self.execution
    }

    /// The client will do it.
    ///
    /// # Errors
    /// See [`RunError`], here and below.
    pub fn accept<J: Journal>(&mut self, journal: &mut J) -> Result<(), RunError<J::Error>> {
        self.step(journal, CommandState::Accepted, |_| {})
    }

    /// The client will not do it.
    ///
    /// # Errors
    /// See [`RunError`].
    pub fn reject<J: Journal>(
        &mut self,
        journal: &mut J,
        reason: RejectReason,
        now: Timestamp,
    ) -> Result<(), RunError<J::Error>> {
        self.step(journal, CommandState::Rejected, |execution| {
            execution.reason = Some(reason);
            execution.finished_at = Some(now);
        })
    }

    /// A person is being asked, or the time has not come: `AwaitingConsent` or `Scheduled`.
    ///
    /// # Errors
    /// See [`RunError`].
    pub fn hold<J: Journal>(
        &mut self,
        journal: &mut J,
        state: CommandState,
    ) -> Result<(), RunError<J::Error>> {
        if !matches!(state, CommandState::AwaitingConsent | CommandState::Scheduled) {
            return Err(RunError::Transition { from: self.execution.state.clone(), to: state });
        }
        self.step(journal, state, |_| {})
    }

    /// Starts. The returned proof is for whoever causes the effect.
    ///
    /// # Errors
    /// See [`RunError`]; a command that runs or was interrupted never begins again.
    pub fn begin<J: Journal>(
        &mut self,
        journal: &mut J,
        now: Timestamp,
    ) -> Result<Begun, RunError<J::Error>> {
        if self.execution.state == CommandState::Running {
            let state = self.execution.state.clone();
            return Err(RunError::Transition { from: state.clone(), to: state });
        }
        let before = Box::new(self.execution.clone());
        self.step(journal, CommandState::Running, |execution| {
            execution.attempt += 1;
            execution.started_at = Some(now);
        })?;
        Ok(Begun { before })
    }

    /// Says what is being done. Not journalled: after a crash it does not matter.
    pub fn progress(&mut self, step: impl Into<String>, percent: Option<u8>) {
        if self.execution.state == CommandState::Running {
            self.execution.step = Some(step.into());
            self.execution.percent = percent.map(|percent| percent.min(100));
        }
    }

    /// Ends what was begun, with the uploads that show it: succeeded if the code is `ok`, however late; else timed out if
    /// the command's [deadline](Command::run_deadline) is over, or failed.
    ///
    /// # Errors
    /// See [`RunError`].
    pub fn finish<J: Journal>(
        &mut self,
        journal: &mut J,
        _begun: Begun,
        command: &Command,
        result: ExecutionResult,
        evidence: Vec<Uuid>,
        now: Timestamp,
    ) -> Result<(), RunError<J::Error>> {
        let late = is_overdue(command, &self.execution, now);
        let otherwise = if late { CommandState::TimedOut } else { CommandState::Failed };
        self.end(journal, otherwise, result, evidence, now)
    }

    /// Ends what was interrupted, or never begun, with what looking at the device showed.
    ///
    /// # Errors
    /// See [`RunError`]; what runs is ended by [`Run::finish`].
    pub fn conclude<J: Journal>(
        &mut self,
        journal: &mut J,
        result: ExecutionResult,
        evidence: Vec<Uuid>,
        now: Timestamp,
    ) -> Result<(), RunError<J::Error>> {
        if self.execution.state == CommandState::Running {
            let state = self.execution.state.clone();
            return Err(RunError::Transition { from: state, to: CommandState::Failed });
        }
        self.end(journal, CommandState::Failed, result, evidence, now)
    }

    /// Back to where it stood before it began: there was no effect and will be none by this proof. It may begin again.
    ///
    /// # Errors
    /// When the journal does not keep it: then it is interrupted when it is taken up again.
    pub fn take_back<J: Journal>(&mut self, journal: &mut J, begun: Begun) -> Result<(), RunError<J::Error>> {
        journal.record(self.command, &begun.before).map_err(RunError::Journal)?;
        self.execution = *begun.before;
        Ok(())
    }

    /// Closes a command that did not begin, or took too long: `Expired`, `TimedOut` or `Cancelled`.
    ///
    /// # Errors
    /// See [`RunError`]; what has begun cannot be cancelled.
    pub fn close<J: Journal>(
        &mut self,
        journal: &mut J,
        state: CommandState,
        now: Timestamp,
    ) -> Result<(), RunError<J::Error>> {
        let from = self.execution.state.clone();
        let allowed = match state {
            // The server's wish to cancel lies between the two states and is not one of the client's own.
            CommandState::Cancelled => {
                !from.is_closed() && !matches!(from, CommandState::Running | CommandState::Interrupted)
            }
            CommandState::Expired | CommandState::TimedOut => from.may_become(&state),
            _ => false,
        };
        if !allowed {
            return Err(RunError::Transition { from, to: state });
        }
        self.keep(journal, state, |execution| execution.finished_at = Some(now))
    }

    /// Succeeded, or that state.
    fn end<J: Journal>(
        &mut self,
        journal: &mut J,
        otherwise: CommandState,
        result: ExecutionResult,
        evidence: Vec<Uuid>,
        now: Timestamp,
    ) -> Result<(), RunError<J::Error>> {
        let state = if result.code == ResultCode::Ok { CommandState::Succeeded } else { otherwise };
        self.step(journal, state, |execution| {
            execution.result = Some(result);
            execution.evidence = evidence;
            execution.finished_at = Some(now);
            execution.step = None;
            execution.percent = None;
        })
    }

    fn step<J: Journal>(
        &mut self,
        journal: &mut J,
        to: CommandState,
        change: impl FnOnce(&mut Execution),
    ) -> Result<(), RunError<J::Error>> {
        let from = self.execution.state.clone();
        if from.may_become(&to) {
            self.keep(journal, to, change)
        } else {
            Err(RunError::Transition { from, to })
        }
    }

    fn keep<J: Journal>(
        &mut self,
        journal: &mut J,
        state: CommandState,
        change: impl FnOnce(&mut Execution),
    ) -> Result<(), RunError<J::Error>> {
        let mut next = Execution { state, ..self.execution.clone() };
        change(&mut next);
        journal.record(self.command, &next).map_err(RunError::Journal)?;
        self.execution = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::command;
    use super::*;
    use proptest::prelude::*;

    #[derive(Default)]
    struct Paper {
        entries: Vec<Execution>,
        torn: bool,
    }

    impl Journal for Paper {
        type Error = &'static str;
        fn record(&mut self, _: Uuid, execution: &Execution) -> Result<(), Self::Error> {
            if self.torn {
                return Err("torn");
            }
            self.entries.push(execution.clone());
            Ok(())
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn result(code: ResultCode) -> ExecutionResult {
        ExecutionResult { code, text: String::new() }
    }

    #[test]
    fn nothing_begins_that_the_journal_did_not_keep() {
        let mut paper = Paper::default();
        let mut run = Run::new(Uuid::from_u128(1));
        run.accept(&mut paper).unwrap();
        paper.torn = true;
        assert!(matches!(run.begin(&mut paper, at(1)), Err(RunError::Journal("torn"))));
        assert_eq!(run.execution().state, CommandState::Accepted);
    }

    #[test]
    fn after_a_crash_it_looks_and_does_not_do_it_again() {
        let mut paper = Paper::default();
        let mut run = Run::new(Uuid::from_u128(1));
        run.accept(&mut paper).unwrap();
        let _lost_in_the_crash = run.begin(&mut paper, at(1)).unwrap();

        let last = paper.entries.last().unwrap().clone();
        let mut run = Run::resume(Uuid::from_u128(1), last, &mut paper).unwrap();
        assert_eq!(run.execution().state, CommandState::Interrupted);
        assert!(run.begin(&mut paper, at(2)).is_err());
        run.conclude(&mut paper, result(ResultCode::Ok), vec![Uuid::from_u128(5)], at(3)).unwrap();
        assert_eq!(run.execution().state, CommandState::Succeeded);
        assert_eq!(run.execution().attempt, 1);
        assert_eq!(paper.entries.last(), Some(run.execution()));
    }

    #[test]
    fn what_has_begun_cannot_be_cancelled() {
        let mut paper = Paper::default();
        let mut run = Run::new(Uuid::from_u128(1));
        run.accept(&mut paper).unwrap();
        let mut early = run.clone();
        early.close(&mut paper, CommandState::Cancelled, at(1)).unwrap();
        assert_eq!(early.execution().state, CommandState::Cancelled);
        let begun = run.begin(&mut paper, at(1)).unwrap();
        assert!(run.close(&mut paper, CommandState::Cancelled, at(2)).is_err());
        run.progress("restarting", Some(200));
        assert_eq!(run.execution().percent, Some(100));
        run.finish(&mut paper, begun, &command(), result(ResultCode::DeviceBusy), Vec::new(), at(2)).unwrap();
        assert_eq!(run.execution().state, CommandState::Failed);
        assert!(run.begin(&mut paper, at(3)).is_err());
    }

    proptest! {
        /// Any order of calls and crashes, with a journal that fails at times: at most one proof to act is handed out.
        #[test]
        fn there_is_at_most_one_beginning(steps in proptest::collection::vec(0_u8..10, 0..60)) {
            let mut paper = Paper::default();
            let mut run = Run::new(Uuid::from_u128(1));
            let mut begun = Vec::new();
            let mut beginnings = 0;
            for step in steps {
                paper.torn = false;
                match step {
                    0 => { let _ = run.accept(&mut paper); }
                    1 => { let _ = run.hold(&mut paper, CommandState::AwaitingConsent); }
                    2 => { let _ = run.hold(&mut paper, CommandState::Scheduled); }
                    3 => if let Ok(proof) = run.begin(&mut paper, at(1)) { beginnings += 1; begun.push(proof); },
                    4 => if let Some(proof) = begun.pop() {
                        let _ = run.finish(&mut paper, proof, &command(), result(ResultCode::Ok), Vec::new(), at(2));
                    },
                    5 => { let _ = run.conclude(&mut paper, result(ResultCode::Internal), Vec::new(), at(2)); }
                    6 => { let _ = run.close(&mut paper, CommandState::Cancelled, at(2)); }
                    7 => {
                        paper.torn = true;
                        if run.begin(&mut paper, at(1)).is_ok() { beginnings += 1; }
                    }
                    8 => { let _ = run.reject(&mut paper, RejectReason::Stale, at(1)); }
                    _ => {
                        begun.clear();
                        let last = paper.entries.last().cloned()
                            .unwrap_or_else(|| Execution::in_state(CommandState::Delivered));
                        run = Run::resume(Uuid::from_u128(1), last, &mut paper).unwrap();
                    }
                }
                prop_assert!(beginnings <= 1);
            }
        }
    }
}
