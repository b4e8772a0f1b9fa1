//! Carrying out one command, at most once.
//!
//! ```text
//! delivered ─▶ accepted ─▶ [awaitingConsent] ─▶ [scheduled] ─▶ running ─▶ succeeded | failed | timedOut
//!     ╲─▶ rejected(reason)    ╲─▶ expired | cancelled             ╲ crash
//!                                                                  ─▶ interrupted ─▶ (look) ─▶ succeeded | failed
//! ```
//!
//! Every state is in the journal before anything else happens. [`Run::begin`] hands out [`Begun`] only after the
//! journal has kept `running`, and whoever causes an effect asks for it. After a crash [`Run::resume`] turns
//! `running` into `interrupted`, from which no way leads back: the client looks at the device and concludes.

use crate::document::{Command, Execution, ExecutionResult, expand, names};
use crate::exchange::{Answer, Method, Request};
use crate::next_step::{NextStep, Outcome, next_step};
use remote_services_core::command::{Action, ActionSetting, CommandState, RejectReason, ResultCode};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;
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

/// Checks a command's signature and takes its document out.
///
/// This crate knows no signatures: whoever knows the server's command key gives it one of these.
pub trait CommandVerifier {
    /// The signed JSON document, or one sentence about why the signature does not hold.
    ///
    /// # Errors
    /// When the body is not signed by the server's command key.
    fn open(&self, media_type: &str, body: &[u8]) -> Result<Vec<u8>, String>;
}

impl<F: Fn(&str, &[u8]) -> Result<Vec<u8>, String>> CommandVerifier for F {
    fn open(&self, media_type: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        self(media_type, body)
    }
}

/// What the site allows, for [`admit`].
pub struct Site<'a> {
    /// This client.
    pub client: Uuid,
    /// Normal or lockdown.
    pub mode: SecurityMode,
    /// The switch of each action; one without a switch is off.
    pub actions: &'a BTreeMap<Action, ActionSetting>,
    /// Actions that are built in.
    pub supported: &'a [Action],
    /// Whether this client manages the device.
    pub manages: &'a dyn Fn(Uuid) -> bool,
    /// Whether a command with this nonce was seen before, other than this very command.
    pub seen: &'a dyn Fn(&[u8]) -> bool,
}

/// Whether a command may be carried out here and now; `Ok(true)` when a person must agree first.
///
/// # Errors
/// The reason to reject it with, the gravest first.
pub fn admit(command: &Command, site: &Site<'_>, now: Timestamp) -> Result<bool, RejectReason> {
    if site.mode == SecurityMode::Lockdown {
        return Err(RejectReason::Lockdown);
    }
    if command.client != site.client {
        return Err(RejectReason::NotMyDevice);
    }
    if now >= command.expires_at || command.nonce.0.len() < 16 || (site.seen)(&command.nonce.0) {
        return Err(RejectReason::Stale);
    }
    if !site.supported.contains(&command.action) {
        return Err(RejectReason::Unsupported);
    }
    let consent = match site.actions.get(&command.action) {
        Some(ActionSetting::On) => command.consent,
        Some(ActionSetting::Ask) => true,
        _ => return Err(RejectReason::BlockedByPolicy),
    };
    match command.device {
        Some(device) if !(site.manages)(device) => Err(RejectReason::NotMyDevice),
        _ => Ok(consent),
    }
}

/// Proof that `running` is in the journal: from here on there may be effects.
#[must_use]
pub struct Begun(());

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
        self.step(journal, CommandState::Running, |execution| {
            execution.attempt += 1;
            execution.started_at = Some(now);
        })?;
        Ok(Begun(()))
    }

    /// Says what is being done. Not journalled: after a crash it does not matter.
    pub fn progress(&mut self, step: impl Into<String>, percent: Option<u8>) {
        if self.execution.state == CommandState::Running {
            self.execution.step = Some(step.into());
            self.execution.percent = percent.map(|percent| percent.min(100));
        }
    }

    /// Ends what was begun, with the uploads that show it: succeeded if the code is `ok`, else failed.
    ///
    /// # Errors
    /// See [`RunError`].
    pub fn finish<J: Journal>(
        &mut self,
        journal: &mut J,
        _begun: Begun,
        result: ExecutionResult,
        evidence: Vec<Uuid>,
        now: Timestamp,
    ) -> Result<(), RunError<J::Error>> {
        self.end(journal, result, evidence, now)
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
        self.end(journal, result, evidence, now)
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

    fn end<J: Journal>(
        &mut self,
        journal: &mut J,
        result: ExecutionResult,
        evidence: Vec<Uuid>,
        now: Timestamp,
    ) -> Result<(), RunError<J::Error>> {
        let state =
            if result.code == ResultCode::Ok { CommandState::Succeeded } else { CommandState::Failed };
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

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportOutcome {
    /// The server has it; the tag is for the next report's `If-Match`.
    Taken {
        /// Version of the execution on the server.
        etag: Option<String>,
    },
    /// The server has another version than we thought: send again with this tag, a few times at most.
    ReadAgain {
        /// Version of the execution on the server, if it said.
        etag: Option<String>,
    },
    /// The command is closed or gone on the server; there is nothing more to report.
    Closed(String),
    /// The server will never take this report.
    Refused(String),
    /// The client is not, or no longer, trusted.
    Untrusted(String),
    /// Passing.
    Later {
        /// The server's own wish, if it had one.
        retry_after: Option<Duration>,
        /// One sentence.
        why: String,
    },
}

/// The request that reports an execution; `body` is its JSON, `etag` that of the last answer.
#[must_use]
pub fn report<'a>(
    template: &str,
    client: Uuid,
    command: Uuid,
    etag: Option<&str>,
    body: &'a [u8],
) -> Request<'a> {
    let (client, command) = (client.to_string(), command.to_string());
    let path = expand(template, &[("client", &client), ("command", &command)]);
    let request = Request::new(Method::Put, path).with_body(names::JSON, body);
    match etag {
        Some(etag) => request.with("if-match", etag),
        None => request,
    }
}

/// What the answer to [`report`] means.
#[must_use]
pub fn judge_report(answer: &Answer) -> ReportOutcome {
    let etag = answer.etag().map(str::to_owned);
    let why = answer.complaint();
    match next_step(Outcome::Status(answer.status)) {
        NextStep::GoOn => ReportOutcome::Taken { etag },
        NextStep::ReadAgain => ReportOutcome::ReadAgain { etag },
        NextStep::Gone => ReportOutcome::Closed(why),
        NextStep::Conflict | NextStep::Quarantine | NextStep::TooLarge => ReportOutcome::Refused(why),
        NextStep::Trust => ReportOutcome::Untrusted(why),
        _ => ReportOutcome::Later { retry_after: answer.retry_after(), why },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Base64Bytes;
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

    fn command() -> Command {
        Command {
            id: Uuid::from_u128(1),
            client: Uuid::from_u128(2),
            device: Some(Uuid::from_u128(3)),
            action: Action::Restart,
            parameters: serde_json::Map::new(),
            issued_at: at(0),
            not_before: None,
            expires_at: at(100),
            run_deadline: None,
            window: None,
            max_attempts: None,
            consent: false,
            issuer: "operator".into(),
            reason: None,
            artifacts: Vec::new(),
            nonce: Base64Bytes(vec![7; 16]),
        }
    }

    fn admitted(command: &Command, mode: SecurityMode, setting: ActionSetting) -> Result<bool, RejectReason> {
        let actions = BTreeMap::from([(Action::Restart, setting)]);
        let site = Site {
            client: Uuid::from_u128(2),
            mode,
            actions: &actions,
            supported: &[Action::Restart, Action::Upgrade],
            manages: &|device| device == Uuid::from_u128(3),
            seen: &|nonce| nonce == [9; 16],
        };
        admit(command, &site, at(50))
    }

    #[test]
    fn the_local_switch_decides() {
        let (normal, lockdown) = (SecurityMode::Normal, SecurityMode::Lockdown);
        assert_eq!(admitted(&command(), normal, ActionSetting::On), Ok(false));
        assert_eq!(admitted(&command(), normal, ActionSetting::Ask), Ok(true));
        assert_eq!(admitted(&command(), normal, ActionSetting::Off), Err(RejectReason::BlockedByPolicy));
        assert_eq!(admitted(&command(), lockdown, ActionSetting::On), Err(RejectReason::Lockdown));
        let unset = Command { action: Action::Upgrade, ..command() };
        assert_eq!(admitted(&unset, normal, ActionSetting::On), Err(RejectReason::BlockedByPolicy));
    }

    #[test]
    fn what_is_not_for_us_is_rejected_with_its_reason() {
        let refused = |command: Command| admitted(&command, SecurityMode::Normal, ActionSetting::On);
        let elsewhere = Command { client: Uuid::from_u128(9), ..command() };
        assert_eq!(refused(elsewhere), Err(RejectReason::NotMyDevice));
        let device = Command { device: Some(Uuid::from_u128(9)), ..command() };
        assert_eq!(refused(device), Err(RejectReason::NotMyDevice));
        assert_eq!(refused(Command { expires_at: at(50), ..command() }), Err(RejectReason::Stale));
        assert_eq!(
            refused(Command { nonce: Base64Bytes(vec![9; 16]), ..command() }),
            Err(RejectReason::Stale)
        );
        assert_eq!(
            refused(Command { nonce: Base64Bytes(vec![7; 15]), ..command() }),
            Err(RejectReason::Stale)
        );
        let strange = Command { action: Action::from_label("dance"), ..command() };
        assert_eq!(refused(strange), Err(RejectReason::Unsupported));
        assert_eq!(refused(Command { consent: true, ..command() }), Ok(true));
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
        run.finish(&mut paper, begun, result(ResultCode::DeviceBusy), Vec::new(), at(2)).unwrap();
        assert_eq!(run.execution().state, CommandState::Failed);
        assert!(run.begin(&mut paper, at(3)).is_err());
    }

    #[test]
    fn answers_to_a_report_are_told_apart() {
        let judged = |status| judge_report(&Answer { status, ..Answer::default() });
        assert_eq!(judged(200), ReportOutcome::Taken { etag: None });
        assert_eq!(judged(412), ReportOutcome::ReadAgain { etag: None });
        assert!(matches!(judged(410), ReportOutcome::Closed(_)));
        assert!(matches!(judged(409), ReportOutcome::Refused(_)));
        assert!(matches!(judged(403), ReportOutcome::Untrusted(_)));
        assert!(matches!(judged(503), ReportOutcome::Later { .. }));
        let request = report(names::EXECUTION, Uuid::from_u128(1), Uuid::from_u128(2), Some("\"3\""), b"{}");
        assert!(request.fields.contains(&("if-match", "\"3\"".to_owned())));
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
                        let _ = run.finish(&mut paper, proof, result(ResultCode::Ok), Vec::new(), at(2));
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
