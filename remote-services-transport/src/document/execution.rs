use remote_services_core::command::{CommandState, RejectReason, ResultCode};
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How far a command is; the body of `PUT …/commands/{command}/execution`.
///
/// State and result are two fields: the state says where the command stands, the result how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// Where it stands.
    pub state: CommandState,
    /// Which try this is, counted from 1; 0 before the first.
    #[serde(default)]
    pub attempt: u32,
    /// What is being done now, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Progress, 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// When it began to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Which beginning it is, by a number that is drawn for the report of each and is in that report alone: two that have one
    /// name and one key may begin in the same millisecond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beginning: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Why the client refused it; only with [`CommandState::Rejected`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RejectReason>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ExecutionResult>,
    /// Uploads that show what was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Uuid>,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionResult {
    /// For programs.
    pub code: ResultCode,
    /// One sentence for people.
    #[serde(default)]
    pub text: String,
}

impl Execution {
    /// An execution in a state of which nothing else is known yet.
    #[must_use]
    pub fn in_state(state: CommandState) -> Self {
        Self {
            state,
            attempt: 0,
            step: None,
            percent: None,
            started_at: None,
            beginning: None,
            finished_at: None,
            reason: None,
            result: None,
            evidence: Vec::new(),
        }
    }

    /// The same as the report of its beginning; `random` is a fresh random number.
    #[must_use]
    pub fn at_beginning(&self, random: u64) -> Self {
        Self { beginning: Some(format!("{random:016x}")), ..self.clone() }
    }

    /// Whether this has begun, and not when the other did: two that have one name and one key, or one that forgot. One that does not
    /// say when is another. Of two that began at the same time the number tells, where both have one.
    #[must_use]
    pub fn is_of_another_beginning(&self, other: &Self) -> bool {
        let began_then = self.started_at == other.started_at;
        let has_another_number =
            self.beginning.as_ref().zip(other.beginning.as_ref()).is_some_and(|(own, other)| own != other);
        has_another_number || !began_then && (self.started_at.is_some() || self.has_begun())
    }

    /// Whether it has begun, by its state.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        matches!(
            self.state,
            CommandState::Running
                | CommandState::Interrupted
                | CommandState::Succeeded
                | CommandState::Failed
                | CommandState::TimedOut
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_began_at_the_same_time_are_told_apart_by_their_numbers_where_both_have_one() {
        let running = Execution {
            started_at: Some(Timestamp::from_unix_seconds(5)),
            ..Execution::in_state(CommandState::Running)
        };
        let (first, second) = (running.at_beginning(1), running.at_beginning(2));
        assert!(first.is_of_another_beginning(&second) && !first.is_of_another_beginning(&first));
        assert!(!first.is_of_another_beginning(&running) && !running.is_of_another_beginning(&first));
        let later = Execution { started_at: Some(Timestamp::from_unix_seconds(6)), ..first.clone() };
        assert!(later.is_of_another_beginning(&first), "one that is copied tells nothing");
        let json = serde_json::to_string(&first).unwrap();
        assert!(json.contains(r#""beginning":"0000000000000001""#), "{json}");
    }

    #[test]
    fn a_refusal_carries_its_reason_beside_the_state() {
        let execution = Execution {
            reason: Some(RejectReason::BlockedByPolicy),
            ..Execution::in_state(CommandState::Rejected)
        };
        let json = serde_json::to_string(&execution).unwrap();
        assert_eq!(json, r#"{"state":"rejected","attempt":0,"reason":"blockedByPolicy"}"#);
        assert_eq!(serde_json::from_str::<Execution>(&json).unwrap(), execution);
    }
}
