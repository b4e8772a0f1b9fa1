use super::{Asked, Begun, Journal, Run, RunError, Site, Step, WindowState, next};
use crate::document::{Command, ExecutionResult};
use remote_services_core::command::ResultCode;
use remote_services_core::time::Timestamp;
use uuid::Uuid;

/// Who carries commands out.
pub trait Hands {
    /// Does what the command asks for, once: `begun` shows that the journal has it. Gives the result, and uploads that
    /// show it. Who waits for an effect to show waits for no longer than [`Command::run_deadline`]: a result later than
    /// that, other than `ok`, is reported as timed out.
    fn act(&mut self, command: &Command, begun: &Begun) -> (ExecutionResult, Vec<Uuid>);

    /// Finds out what became of a command that a crash cut short, without doing it again.
    fn look(&mut self, command: &Command) -> (ExecutionResult, Vec<Uuid>);

    /// The clock.
    fn now(&self) -> Timestamp;

    /// How the window stands that a command names, such as by `schedule::window_state`; who does not say knows none.
    fn window(&self, command: &Command) -> WindowState {
        if command.window.is_none() { WindowState::Open } else { WindowState::Unknown }
    }
}

/// Does with a command all that can be done now: until it is over, waits for its time or a person, or has begun. Then it gives
/// the proof, for [`carry_out`] once the server knows of the beginning; without that the command is interrupted when it is
/// taken up again.
///
/// # Errors
/// When the journal fails; what had begun by then is interrupted when the command is taken up again.
pub fn advance<J: Journal>(
    run: &mut Run,
    journal: &mut J,
    command: &Command,
    asked: Asked,
    site: &Site<'_>,
    hands: &mut dyn Hands,
) -> Result<Option<Begun>, RunError<J::Error>> {
    loop {
        match next(command, run.execution(), asked, site, hands.now()) {
            Step::Reject(reason) => run.reject(journal, reason, hands.now())?,
            Step::Accept => run.accept(journal)?,
            Step::Hold(state) => run.hold(journal, state)?,
            Step::Begin => return run.begin(journal, hands.now()).map(Some),
            Step::Look => {
                let (result, evidence) = hands.look(command);
                run.conclude(journal, result, evidence, hands.now())?;
            }
            Step::GiveUp(code) => {
                let text = match code {
                    ResultCode::ConsentDenied => "a person at the site did not agree",
                    _ => "the site has switched the action off",
                };
                let result = ExecutionResult { code, text: text.to_owned() };
                run.conclude(journal, result, Vec::new(), hands.now())?;
            }
            Step::Close(state) => run.close(journal, state, hands.now())?,
            Step::Wait | Step::Over => return Ok(None),
        }
    }
}

/// Does what a command asks for that has begun, to its end.
///
/// # Errors
/// When the journal fails: the command is interrupted when it is taken up again.
pub fn carry_out<J: Journal>(
    run: &mut Run,
    journal: &mut J,
    command: &Command,
    begun: Begun,
    hands: &mut dyn Hands,
) -> Result<(), RunError<J::Error>> {
    let (result, evidence) = hands.act(command, &begun);
    run.finish(journal, begun, command, result, evidence, hands.now())
}

/// Ends a command that has begun here without an effect: for this reason that is not this client's to do.
///
/// # Errors
/// See [`carry_out`].
pub fn leave<J: Journal>(
    run: &mut Run,
    journal: &mut J,
    command: &Command,
    begun: Begun,
    why: &str,
    now: Timestamp,
) -> Result<(), RunError<J::Error>> {
    let result = ExecutionResult { code: ResultCode::Internal, text: format!("not begun here: {why}") };
    run.finish(journal, begun, command, result, Vec::new(), now)
}

#[cfg(test)]
mod tests {
    use super::super::samples::command;
    use super::*;
    use crate::document::Execution;
    use remote_services_core::command::{Action, ActionSetting, CommandState, RejectReason};
    use remote_services_core::mode::SecurityMode;
    use std::collections::BTreeMap;

    /// A journal that fails from its n-th record on.
    struct Paper(Vec<Execution>, usize);

    impl Journal for Paper {
        type Error = &'static str;
        fn record(&mut self, _: Uuid, execution: &Execution) -> Result<(), Self::Error> {
            if self.0.len() == self.1 {
                return Err("torn");
            }
            self.0.push(execution.clone());
            Ok(())
        }
    }

    #[derive(Default)]
    struct Counting {
        acts: usize,
        looks: usize,
        /// What an act comes to, and after how many seconds.
        comes_to: Option<(ResultCode, i64)>,
        passed: i64,
    }

    impl Hands for Counting {
        fn act(&mut self, _: &Command, _: &Begun) -> (ExecutionResult, Vec<Uuid>) {
            self.acts += 1;
            let (code, seconds) = self.comes_to.clone().unwrap_or((ResultCode::Ok, 0));
            self.passed += seconds;
            (ExecutionResult { code, text: String::new() }, vec![Uuid::from_u128(5)])
        }
        fn look(&mut self, _: &Command) -> (ExecutionResult, Vec<Uuid>) {
            self.looks += 1;
            (ExecutionResult { code: ResultCode::Ok, text: "it happened".into() }, Vec::new())
        }
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_seconds(10 + self.passed)
        }
    }

    fn advanced(run: &mut Run, paper: &mut Paper, hands: &mut Counting, setting: ActionSetting) -> bool {
        let actions = BTreeMap::from([(Action::Restart, setting)]);
        let site = Site {
            client: Uuid::from_u128(2),
            mode: SecurityMode::Normal,
            actions: &actions,
            supported: &[Action::Restart],
            manages: &|_| false,
            seen: &|_| false,
        };
        let command = Command { run_deadline: Some(30), ..command() };
        advance(run, paper, &command, Asked::default(), &site, hands)
            .and_then(|begun| begun.map_or(Ok(()), |begun| carry_out(run, paper, &command, begun, hands)))
            .is_ok()
    }

    #[test]
    fn a_command_goes_to_its_end_or_to_where_it_waits() {
        for (setting, state, acts) in [
            (ActionSetting::On, CommandState::Succeeded, 1),
            (ActionSetting::Ask, CommandState::AwaitingConsent, 0),
            (ActionSetting::Off, CommandState::Rejected, 0),
        ] {
            let (mut run, mut paper, mut hands) =
                (Run::new(command().id), Paper(Vec::new(), 9), Counting::default());
            assert!(advanced(&mut run, &mut paper, &mut hands, setting));
            assert_eq!((&run.execution().state, hands.acts), (&state, acts));
            assert_eq!(paper.0.last(), Some(run.execution()));
            if state == CommandState::Rejected {
                assert_eq!(run.execution().reason, Some(RejectReason::BlockedByPolicy));
            }
        }
    }

    #[test]
    fn what_came_to_nothing_within_its_deadline_has_timed_out_and_what_was_done_late_was_done() {
        for (code, seconds, state) in [
            (ResultCode::NotReachable, 29, CommandState::Failed),
            (ResultCode::NotReachable, 30, CommandState::TimedOut),
            (ResultCode::Ok, 30, CommandState::Succeeded),
        ] {
            let (mut run, mut paper) = (Run::new(command().id), Paper(Vec::new(), 9));
            let mut hands = Counting { comes_to: Some((code.clone(), seconds)), ..Counting::default() };
            assert!(advanced(&mut run, &mut paper, &mut hands, ActionSetting::On));
            assert_eq!(run.execution().state, state);
            assert_eq!(run.execution().result.as_ref().unwrap().code, code, "what is known is told");
        }
    }

    #[test]
    fn a_journal_that_fails_at_any_record_never_lets_it_happen_twice() {
        for torn in 0..4 {
            let (mut run, mut paper, mut hands) =
                (Run::new(command().id), Paper(Vec::new(), torn), Counting::default());
            let whole = advanced(&mut run, &mut paper, &mut hands, ActionSetting::On);
            assert_eq!(whole, torn == 3, "accepted, running, succeeded");
            assert_eq!(hands.acts, usize::from(torn >= 2));
            paper.1 = 9;
            let last = paper.0.last().cloned();
            let last = last.unwrap_or_else(|| Execution::in_state(CommandState::Delivered));
            let mut run = Run::resume(command().id, last, &mut paper).unwrap();
            assert!(advanced(&mut run, &mut paper, &mut hands, ActionSetting::On));
            assert_eq!(run.execution().state, CommandState::Succeeded);
            assert_eq!((hands.acts, hands.looks), (1, usize::from(torn == 2)), "torn at {torn}");
        }
    }
}
