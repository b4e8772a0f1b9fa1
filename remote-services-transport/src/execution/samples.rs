//! What the tests of this folder begin with.
use crate::document::{Base64Bytes, Command};
use remote_services_core::command::Action;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;

/// A restart of the client 2 itself, from second 0 to second 100, without any condition.
pub(super) fn command() -> Command {
    let at = Timestamp::from_unix_seconds;
    Command {
        id: Uuid::from_u128(1),
        client: Uuid::from_u128(2),
        device: None,
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
