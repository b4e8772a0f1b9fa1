//! Which execution report a server takes.
//!
//! A report is repeated when its answer was lost, so the same document again is always right. Otherwise the
//! report must have been made for the version that is stored, and its state must be one that may follow, in one
//! or more steps: the report of a state between them may have been lost for good.
//!
//! A server closes a command as expired by itself when it hears nothing. That is a guess: a client that had begun in time
//! and could not say so is believed, so that no result is lost.

use crate::document::Execution;
use remote_services_core::command::CommandState;

/// What becomes of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ruling {
    /// It is stored.
    Take,
    /// It is stored already.
    Repeated,
    /// The command is closed.
    Closed(CommandState),
    /// It was made for another version (412).
    Stale,
    /// That state cannot follow (409).
    Illegal,
}

/// Rules on a report about a command that stands at `state`, whose last report was `stored`. `matches` says whether its precondition names the stored version.
#[must_use]
pub fn rule(state: &CommandState, stored: Option<&Execution>, report: &Execution, matches: bool) -> Ruling {
    if stored == Some(report) {
        return Ruling::Repeated;
    }
    let guessed =
        *state == CommandState::Expired && stored.is_none_or(|stored| stored.state != CommandState::Expired);
    if state.is_closed() && !(guessed && report.has_begun()) {
        return Ruling::Closed(state.clone());
    }
    if !matches {
        return Ruling::Stale;
    }
    // A client that fetched the command without asking for the list has it delivered by that.
    let unheard = guessed || *state == CommandState::Queued;
    let state = if unheard { &CommandState::Delivered } else { state };
    let begun_twice = report.state == CommandState::Running
        && stored.is_some_and(|stored| stored.is_of_another_beginning(report));
    if begun_twice || report.state == CommandState::Delivered || !state.may_lead_to(&report.state) {
        return Ruling::Illegal;
    }
    Ruling::Take
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::time::Timestamp;

    fn report(state: CommandState) -> Execution {
        Execution::in_state(state)
    }

    #[test]
    fn the_same_report_again_is_right_even_when_the_command_is_closed() {
        let done = report(CommandState::Succeeded);
        assert_eq!(rule(&CommandState::Succeeded, Some(&done), &done, false), Ruling::Repeated);
    }

    #[test]
    fn a_closed_command_takes_no_other_report() {
        let done = report(CommandState::Succeeded);
        assert_eq!(
            rule(&CommandState::Succeeded, Some(&done), &report(CommandState::Failed), true),
            Ruling::Closed(CommandState::Succeeded)
        );
    }

    #[test]
    fn a_report_for_another_version_is_stale_before_it_is_illegal() {
        let state = CommandState::Accepted;
        assert_eq!(rule(&state, None, &report(CommandState::Succeeded), false), Ruling::Stale);
        assert_eq!(
            rule(&CommandState::Running, None, &report(CommandState::Rejected), true),
            Ruling::Illegal
        );
        assert_eq!(rule(&state, None, &report(CommandState::Running), true), Ruling::Take);
    }

    #[test]
    fn what_has_begun_begins_no_second_time() {
        let at = |second| Execution {
            attempt: 1,
            started_at: Some(Timestamp::from_unix_seconds(second)),
            ..report(CommandState::Running)
        };
        let (state, stored) = (CommandState::Running, at(1));
        assert_eq!(rule(&state, Some(&stored), &at(2), true), Ruling::Illegal);
        let further = Execution { percent: Some(50), ..at(1) };
        assert_eq!(rule(&state, Some(&stored), &further, true), Ruling::Take);
    }

    #[test]
    fn a_result_is_taken_even_when_the_reports_before_it_were_lost() {
        assert_eq!(
            rule(&CommandState::Delivered, None, &report(CommandState::Succeeded), true),
            Ruling::Take
        );
        assert_eq!(
            rule(&CommandState::Running, None, &report(CommandState::Accepted), true),
            Ruling::Illegal
        );
    }

    #[test]
    fn a_result_that_comes_after_the_server_gave_up_hope_is_taken() {
        let expired = CommandState::Expired;
        let accepted = report(CommandState::Accepted);
        for state in [CommandState::Running, CommandState::Succeeded, CommandState::Failed] {
            assert_eq!(rule(&expired, Some(&accepted), &report(state), true), Ruling::Take);
        }
        assert_eq!(rule(&expired, None, &accepted, true), Ruling::Closed(expired.clone()));
        let said = report(CommandState::Expired);
        let late = report(CommandState::Succeeded);
        assert_eq!(rule(&expired, Some(&said), &late, true), Ruling::Closed(expired.clone()));
    }
}
