use crate::document::{Execution, expand, names};
use crate::exchange::{Answer, Method, Request};
use crate::next_step::NextStep;
use remote_services_core::command::CommandState;
use remote_services_core::time::Timestamp;
use std::time::Duration;
use uuid::Uuid;

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
    /// The command has begun elsewhere: by another client that has this one's name and key, or by this one before it lost
    /// what it knew. Nothing may be begun here. Given by `Client::report_beginning` alone.
    BegunElsewhere(String),
    /// The client is not, or no longer, trusted.
    Untrusted(String),
    /// Not now.
    Later {
        /// What to do about it.
        step: NextStep,
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

/// What the answer to [`report`] means. What is not the server's own word closes, refuses and takes nothing: it is sent again.
#[must_use]
pub fn judge_report(answer: &Answer) -> ReportOutcome {
    let etag = answer.etag().map(str::to_owned);
    let (step, why) = answer.verdict(names::JSON);
    match step {
        NextStep::GoOn => ReportOutcome::Taken { etag },
        NextStep::ReadAgain => ReportOutcome::ReadAgain { etag },
        NextStep::Gone => ReportOutcome::Closed(why),
        NextStep::Conflict | NextStep::Quarantine | NextStep::TooLarge => ReportOutcome::Refused(why),
        NextStep::Trust => ReportOutcome::Untrusted(why),
        step => ReportOutcome::Later { step, retry_after: answer.retry_after(), why },
    }
}

/// What an execution that the server knows means for one that is about to begin; `None` when it may.
#[must_use]
pub fn begun_elsewhere(known: &Execution, own: &Execution) -> Option<String> {
    if known.is_of_another_beginning(own) {
        let when = known.started_at.map_or_else(String::new, |at| format!(" at {at}"));
        return Some(format!("another client of this name began it{when}; it is {}", known.state));
    }
    let is_over = known.state.is_closed() && known.state != CommandState::Expired;
    is_over.then(|| format!("the server has it as {} already", known.state))
}

/// Whether an execution that the server knows and this client does not is to be left alone for now: whoever began it, such as
/// another client of this name, may be at it still, and the end is that one's to tell.
#[must_use]
pub fn is_underway(known: &Execution, now: Timestamp) -> bool {
    known.started_at.is_some_and(|at| at <= now && now.since(at) < LONGEST_ELSEWHERE)
}

/// How long a command that another may have begun is left to that one.
const LONGEST_ELSEWHERE: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_began_at_the_same_time_is_the_same() {
        let at = |state, second| Execution {
            started_at: Some(Timestamp::from_unix_seconds(second)),
            ..Execution::in_state(state)
        };
        let own = at(CommandState::Running, 5);
        for known in
            [at(CommandState::Running, 4), at(CommandState::Interrupted, 4), at(CommandState::Failed, 4)]
        {
            assert!(begun_elsewhere(&known, &own).unwrap().contains("1970-01-01T00:00:04"), "{known:?}");
        }
        let cancelled = Execution::in_state(CommandState::Cancelled);
        assert_eq!(begun_elsewhere(&cancelled, &own).unwrap(), "the server has it as cancelled already");
        for known in
            [CommandState::Delivered, CommandState::Accepted, CommandState::Scheduled, CommandState::Expired]
        {
            assert_eq!(begun_elsewhere(&Execution::in_state(known), &own), None, "its answer was lost");
        }
        assert_eq!(begun_elsewhere(&own, &own), None);
    }

    #[test]
    fn what_another_began_is_left_to_it_for_an_hour_by_a_clock_that_can_be_right() {
        let known = Execution {
            started_at: Some(Timestamp::from_unix_seconds(1000)),
            ..Execution::in_state(CommandState::Running)
        };
        let at = |seconds| is_underway(&known, Timestamp::from_unix_seconds(seconds));
        assert_eq!([999, 1000, 4599, 4600].map(at), [false, true, true, false]);
        assert!(!is_underway(
            &Execution::in_state(CommandState::Running),
            Timestamp::from_unix_seconds(1000)
        ));
    }

    #[test]
    fn answers_to_a_report_are_told_apart() {
        let judged = |status| {
            let fields = vec![("content-type".to_owned(), names::PROBLEM_JSON.to_owned())];
            judge_report(&Answer { status, fields, body: Vec::new() })
        };
        assert_eq!(judged(200), ReportOutcome::Taken { etag: None });
        assert_eq!(judged(412), ReportOutcome::ReadAgain { etag: None });
        assert!(matches!(judged(410), ReportOutcome::Closed(_)));
        assert!(matches!(judged(409), ReportOutcome::Refused(_)));
        assert!(matches!(judged(403), ReportOutcome::Untrusted(_)));
        assert!(matches!(judged(503), ReportOutcome::Later { .. }));
        for status in [200, 400, 404, 409, 410, 413, 422] {
            let page = Answer { status, fields: Vec::new(), body: b"<html>nginx</html>".to_vec() };
            let outcome = judge_report(&page);
            assert!(matches!(outcome, ReportOutcome::Later { .. }), "{status}: {outcome:?}");
        }
        let request = report(names::EXECUTION, Uuid::from_u128(1), Uuid::from_u128(2), Some("\"3\""), b"{}");
        assert!(request.fields.contains(&("if-match", "\"3\"".to_owned())));
    }
}
