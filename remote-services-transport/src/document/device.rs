use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who a device is, as evidence; the body of `PUT clients/{client}/devices/{device}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceEvidence {
    /// Manufacturer, as the client understood it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// Model, as the client understood it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Everything that tells this device from others.
    pub evidence: Vec<Evidence>,
    /// Kinds of evidence that are absent because the site withholds them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<EvidenceKind>,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// Its value in the usual spelling of its kind.
    pub value: String,
    /// Where it was read: an OID, `arp`, `dns`, ….
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// When it was read.
    pub time: Timestamp,
}

/// Kinds of evidence. A kind that this side does not know reads as [`EvidenceKind::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EvidenceKind {
    /// Serial number.
    Serial,
    /// IEEE 802 address, lower-case with colons.
    MacAddress,
    /// IEEE 1284 device id string.
    Ieee1284Id,
    /// snmpEngineID in hexadecimal.
    EngineId,
    /// Host name.
    HostName,
    /// Network address.
    Address,
    /// A kind that came after this side was built.
    #[serde(other)]
    Other,
}

/// The body of 409 on a device: the devices that this evidence fits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceConflict {
    /// Devices that share evidence with the one in the request.
    pub candidates: Vec<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_of_a_later_kind_is_read_as_other() {
        let json = r#"{"evidence":[{"kind":"starSign","value":"leo","time":"2026-01-01T00:00:00Z"}]}"#;
        let device: DeviceEvidence = serde_json::from_str(json).unwrap();
        assert_eq!(device.evidence[0].kind, EvidenceKind::Other);
        assert_eq!(device.evidence[0].source, "");
    }
}
