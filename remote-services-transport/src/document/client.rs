use remote_services_core::command::{Action, ActionSetting};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a client says about itself; the body of `PUT clients/{client}`, sent again as a heartbeat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientDescription {
    /// Component → version, such as `agent` → `0.1.0`.
    pub software: BTreeMap<String, String>,
    /// Operating system in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operating_system: Option<String>,
    /// Edition of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// How it is deployed (`agent`, `deviceDirect`, …).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_model: Option<String>,
    /// Where the client stands, as the person who registered it wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// E-mail address of the person to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Normal or lockdown.
    pub security_mode: SecurityMode,
    /// The site's switch for each action.
    pub actions: BTreeMap<Action, ActionSetting>,
    /// Kind of proxy in use (`none`, `explicit`, `environment`, `pac`); never its address or credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// What waits in the spool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spool: Option<SpoolReport>,
    /// Where the client's audit log stands: kept here, a cut end of it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditStand>,
    /// When the client's certificate ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_expires: Option<Timestamp>,
    /// Client clock minus server clock, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew: Option<i64>,
    /// What is wrong by now, one sentence each: each stays until it is over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// Wishes for its settings that it does not apply, one sentence each: the site's own settings or bounds are against them, or
    /// it does not know them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wishes_left_out: Vec<String>,
    /// Names of members that are absent because the site withholds them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<String>,
}

/// What a client can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Capabilities {
    /// Operations as tokens (`discovery`, `collection`, `commands`, …).
    pub operations: Vec<String>,
    /// Actions that are built in, whatever the site allows.
    pub actions: Vec<Action>,
    /// Payload kind → schema versions that it writes.
    pub payloads: BTreeMap<String, Vec<String>>,
}

/// Where an audit log stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditStand {
    /// Entries so far.
    pub entries: u64,
    /// The hash of the last of them, in lower-case hexadecimal.
    pub hash: String,
    /// The first entry that cannot be believed, if the log was ever found edited, cut or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<u64>,
    /// When it stood there, by the client's clock: one that comes after a newer one is told by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
}

/// What a server answers to a description, if it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientHeard {
    /// Where the client's audit log stood when the server was told of it the last time before: one that does not have this
    /// entry any more, or another one in its place, is not the log that it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditStand>,
}

/// How many payloads of one class a spool dropped for one reason, since it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropCount {
    /// Their class, as a token (`result`, `meter`, `status`, `report`, `log`).
    pub class: String,
    /// Why, as a token (`room`, `age`).
    pub why: String,
    /// How many.
    pub count: u64,
}

/// What waits in a client's spool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SpoolReport {
    /// Payloads that wait.
    pub depth: u64,
    /// Their octets.
    pub bytes: u64,
    /// Payloads that were set aside because the server refused them.
    pub quarantined: u64,
    /// Payloads dropped without having been sent, since the spool was made.
    pub dropped: u64,
    /// The same by class and reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drops: Vec<DropCount>,
    /// When the oldest of those that wait was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_reads_back_and_names_actions_as_the_protocol_does() {
        let description = ClientDescription {
            actions: BTreeMap::from([(Action::PrintTestPage, ActionSetting::Ask)]),
            spool: Some(SpoolReport {
                depth: 3,
                oldest: Some(Timestamp::from_unix_seconds(9)),
                ..SpoolReport::default()
            }),
            withheld: vec!["proxy".to_owned()],
            ..ClientDescription::default()
        };
        let json = serde_json::to_value(&description).unwrap();
        assert_eq!(json["actions"]["printTestPage"], "ask");
        assert!(json.get("proxy").is_none());
        assert_eq!(serde_json::from_value::<ClientDescription>(json).unwrap(), description);
    }

    #[test]
    fn an_empty_object_is_a_description() {
        assert_eq!(serde_json::from_str::<ClientDescription>("{}").unwrap(), ClientDescription::default());
    }
}
