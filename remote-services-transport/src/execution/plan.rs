use super::{Site, admit};
use crate::document::{Command, Execution};
use remote_services_core::command::{CommandState, RejectReason, ResultCode};
use remote_services_core::time::Timestamp;
use std::time::Duration;

/// What others want of a command by now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// What the person at the site said; `None` while nobody answered.
    pub consent: Option<bool>,
    /// Whether the server wants it back.
    pub cancel: bool,
    /// How the window that the command names stands now.
    pub window: WindowState,
}

/// Whether a command may begin now, as far as the window goes that it names ([`Command::window`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WindowState {
    /// It is open, or none is named.
    #[default]
    Open,
    /// It is not; the command waits until it is, or expires.
    Closed,
    /// Nobody here knows what is meant: the command is refused, since any time might be the wrong one.
    Unknown,
}

/// What to do with a command next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// [`super::Run::reject`] it.
    Reject(RejectReason),
    /// [`super::Run::accept`] it, and ask again.
    Accept,
    /// [`super::Run::hold`] it: a person is asked, or its time has not come.
    Hold(CommandState),
    /// Nothing for now: it waits for a person, for its time, or for what runs.
    Wait,
    /// [`super::Run::begin`], then the effect.
    Begin,
    /// It was interrupted: look at the device, then [`super::Run::conclude`]. Never do it again.
    Look,
    /// [`super::Run::conclude`] with this code: it was accepted, and will not be done after all.
    GiveUp(ResultCode),
    /// [`super::Run::close`]: expired or cancelled.
    Close(CommandState),
    /// It is over; only the report may be due.
    Over,
}

/// What to do with a command that stands at `execution`. The site is asked each time anew: what was allowed when the
/// command came may not be allowed when its time has come.
#[must_use]
pub fn next(command: &Command, execution: &Execution, asked: Asked, site: &Site<'_>, now: Timestamp) -> Step {
    let state = &execution.state;
    match state {
        _ if state.is_closed() => return Step::Over,
        // What has begun cannot be taken back; when it took too long nobody waits for its end any more.
        CommandState::Running if is_overdue(command, execution, now) => {
            return Step::Close(CommandState::TimedOut);
        }
        CommandState::Running => return Step::Wait,
        CommandState::Interrupted => return Step::Look,
        _ => {}
    }
    if asked.cancel {
        return Step::Close(CommandState::Cancelled);
    }
    let needs_consent = match admit(command, site, now) {
        Ok(needs_consent) => needs_consent,
        Err(RejectReason::Stale) if *state != CommandState::Delivered && now >= command.expires_at => {
            return Step::Close(CommandState::Expired);
        }
        Err(reason) if state.may_become(&CommandState::Rejected) => return Step::Reject(reason),
        Err(_) => return Step::GiveUp(ResultCode::PolicyDisabled),
    };
    if asked.window == WindowState::Unknown || command.max_attempts == Some(0) {
        return match state.may_become(&CommandState::Rejected) {
            true => Step::Reject(RejectReason::Unsupported),
            false => Step::GiveUp(ResultCode::WindowClosed),
        };
    }
    if *state == CommandState::Delivered {
        return Step::Accept;
    }
    if needs_consent {
        match asked.consent {
            Some(true) => {}
            Some(false) => return Step::GiveUp(ResultCode::ConsentDenied),
            None if *state == CommandState::AwaitingConsent => return Step::Wait,
            None if state.may_become(&CommandState::AwaitingConsent) => {
                return Step::Hold(CommandState::AwaitingConsent);
            }
            // The switch was turned to "ask" while it waited for its time.
            None => return Step::GiveUp(ResultCode::ConsentDenied),
        }
    }
    let early = command.not_before.is_some_and(|begin| now < begin) || asked.window == WindowState::Closed;
    match (early, state) {
        (true, CommandState::Scheduled) => Step::Wait,
        (true, _) => Step::Hold(CommandState::Scheduled),
        (false, _) => Step::Begin,
    }
}

/// Whether it runs for longer than it may ([`Command::run_deadline`]). Attempts need no count of their own: there is never
/// more than one.
pub(super) fn is_overdue(command: &Command, execution: &Execution, now: Timestamp) -> bool {
    let times = command.run_deadline.zip(execution.started_at);
    times.is_some_and(|(seconds, since)| now >= since.plus(Duration::from_secs(seconds.into())))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use remote_services_core::command::{Action, ActionSetting};
    use remote_services_core::mode::SecurityMode;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn command() -> Command {
        Command { run_deadline: Some(30), window: Some("02:00-04:00".into()), ..samples::command() }
    }

    fn step(command: &Command, execution: &Execution, window: WindowState, now: i64) -> Step {
        let actions = BTreeMap::from([(Action::Restart, ActionSetting::On)]);
        let site = Site {
            client: Uuid::from_u128(2),
            mode: SecurityMode::Normal,
            actions: &actions,
            supported: &[Action::Restart],
            manages: &|_| false,
            seen: &|_| false,
        };
        next(command, execution, Asked { window, ..Asked::default() }, &site, at(now))
    }

    #[test]
    fn a_command_waits_for_its_window_and_expires_when_it_does_not_open_in_time() {
        let (command, in_state) = (command(), Execution::in_state);
        let accepted = in_state(CommandState::Accepted);
        let scheduled = in_state(CommandState::Scheduled);
        let closed = WindowState::Closed;
        assert_eq!(step(&command, &in_state(CommandState::Delivered), closed, 1), Step::Accept);
        assert_eq!(step(&command, &accepted, closed, 1), Step::Hold(CommandState::Scheduled));
        assert_eq!(step(&command, &scheduled, closed, 2), Step::Wait);
        assert_eq!(step(&command, &scheduled, WindowState::Open, 3), Step::Begin);
        assert_eq!(step(&command, &accepted, WindowState::Open, 3), Step::Begin);
        assert_eq!(step(&command, &scheduled, closed, 100), Step::Close(CommandState::Expired));
        // An open window does not make it earlier than it may be.
        let later = Command { not_before: Some(at(50)), ..command };
        assert_eq!(step(&later, &scheduled, WindowState::Open, 49), Step::Wait);
        assert_eq!(step(&later, &scheduled, WindowState::Open, 50), Step::Begin);
        assert_eq!(step(&later, &scheduled, closed, 50), Step::Wait);
    }

    #[test]
    fn a_window_that_nobody_knows_and_no_attempt_at_all_are_refused() {
        let delivered = Execution::in_state(CommandState::Delivered);
        let refused = Step::Reject(RejectReason::Unsupported);
        assert_eq!(step(&command(), &delivered, WindowState::Unknown, 1), refused);
        let never = Command { max_attempts: Some(0), ..command() };
        assert_eq!(step(&never, &delivered, WindowState::Open, 1), refused);
        let once = Command { max_attempts: Some(1), ..command() };
        assert_eq!(step(&once, &delivered, WindowState::Open, 1), Step::Accept);
    }

    #[test]
    fn what_runs_for_too_long_is_given_up_at_its_deadline_and_not_before() {
        let running = Execution { started_at: Some(at(10)), ..Execution::in_state(CommandState::Running) };
        assert_eq!(step(&command(), &running, WindowState::Closed, 39), Step::Wait);
        assert_eq!(step(&command(), &running, WindowState::Closed, 40), Step::Close(CommandState::TimedOut));
        let endless = Command { run_deadline: None, ..command() };
        assert_eq!(step(&endless, &running, WindowState::Closed, 4000), Step::Wait);
    }
}
