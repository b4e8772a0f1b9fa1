use super::{Base64Bytes, ContentDigest};
use remote_services_core::command::{Action, CommandState};
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The open commands of a client; the body of `GET clients/{client}/commands`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CommandList {
    /// Oldest first.
    pub commands: Vec<CommandEntry>,
}

/// One line of a [`CommandList`]: enough to know whether the command must be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommandEntry {
    /// The command's name.
    pub id: Uuid,
    /// Where the server believes it to be; [`CommandState::CancelRequested`] asks the client to stop it.
    pub state: CommandState,
}

/// One command. It never changes, and its bytes are signed; see `CommandVerifier` in `execution`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    /// The command's name, as in its URL.
    pub id: Uuid,
    /// The only client that may carry it out.
    pub client: Uuid,
    /// The device that it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Uuid>,
    /// What to do.
    pub action: Action,
    /// Arguments of the action, by name.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// When the server made it.
    pub issued_at: Timestamp,
    /// Not to be begun before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Not to be begun from this moment on.
    pub expires_at: Timestamp,
    /// Seconds after which a run that has not ended counts as timed out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_deadline: Option<u32>,
    /// Maintenance window in words that the client's schedule knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// How often it may be tried; absent means once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// Whether a person at the site has to agree, whatever the local switch says.
    #[serde(default)]
    pub consent: bool,
    /// The operator who asked for it.
    pub issuer: String,
    /// Why, for the person at the site and the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What has to be fetched for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<CommandArtifact>,
    /// At least 16 random octets; the client refuses one that it has seen.
    pub nonce: Base64Bytes,
}

/// Something to fetch for a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommandArtifact {
    /// File name to show.
    pub name: String,
    /// Digest of the whole.
    pub digest: ContentDigest,
    /// Size in octets.
    pub size: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_unknown_members_is_read() {
        let json = r#"{"id":"01890a5d-ac96-774b-bcce-b302099a8057","client":"01890a5d-ac96-774b-bcce-b302099a8058",
            "action":"troubleshoot","issuedAt":"2026-11-22T10:00:00Z","expiresAt":"2026-11-23T10:00:00Z",
            "issuer":"operator","nonce":"AAECAwQFBgcICQoLDA0ODw==","colour":"blue"}"#;
        let command: Command = serde_json::from_str(json).unwrap();
        assert_eq!(command.action, Action::Troubleshoot);
        assert_eq!(command.nonce.0.len(), 16);
        assert_eq!(command.max_attempts, None);
        assert!(!command.consent);
    }

    #[test]
    fn a_list_keeps_its_order() {
        let id = Uuid::from_u128(7);
        let list = CommandList {
            commands: vec![
                CommandEntry { id, state: CommandState::CancelRequested },
                CommandEntry { id: Uuid::from_u128(8), state: CommandState::Queued },
            ],
        };
        let json = serde_json::to_string(&list).unwrap();
        assert!(json.contains(r#""state":"cancelRequested""#));
        assert_eq!(serde_json::from_str::<CommandList>(&json).unwrap(), list);
    }
}
