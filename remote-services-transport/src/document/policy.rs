use serde::{Deserialize, Serialize};

/// What a server wishes of a client's settings; the body of `GET clients/{client}/policy`. Absent members wish nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    /// When the daily work is done, in local time: `HH:MM-HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_window: Option<String>,
    /// Seconds between two readings of all devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collect_every: Option<u32>,
    /// When software may be installed, in local time: `HH:MM-HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<String>,
    /// Seconds between two questions for newer software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_every: Option<u32>,
}
