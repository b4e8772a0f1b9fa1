use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    /// Seconds between two searches for devices; in between those are read that are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discover_every: Option<u32>,
    /// How much is read of each device: `usual`, or `detailed` with how it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_profile: Option<String>,
    /// Milliseconds to wait for a device's first answer by SNMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snmp_timeout_ms: Option<u32>,
    /// How often a device that is silent is asked again by SNMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snmp_retries: Option<u32>,
    /// When software may be installed, in local time: `HH:MM-HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<String>,
    /// Seconds between two questions for newer software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_every: Option<u32>,
    /// What this version does not know, as it came: a later one may know it.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}
