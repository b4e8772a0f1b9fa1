use super::ContentDigest;
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What version of a component a client should have; signed, never changed.
///
/// A server answers with one even when the client has that version already: an old manifest that is shown for ever, so
/// that nobody hears of a repair, is noticed when it expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoftwareManifest {
    /// Says that this document is a manifest, since the key signs other documents too: always `software`.
    pub document: String,
    /// Which component (`agent`, `firmware`, …).
    pub component: String,
    /// The version that is offered.
    pub version: String,
    /// The channel that it is offered on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Versions that it may replace; none named means any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// What it is made for, such as a target triple or a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What to fetch.
    pub artifact: SoftwareArtifact,
    /// Not to be installed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// From when on this manifest says nothing any more.
    pub expires: Timestamp,
    /// Counts the manifests of a component and channel; a lower one than was seen is refused.
    pub sequence: u64,
    /// What must hold of the device, by name; a name that is not known does not hold.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub preconditions: serde_json::Map<String, serde_json::Value>,
}

impl SoftwareManifest {
    /// The value of [`Self::document`].
    pub const DOCUMENT: &'static str = "software";
}

/// The file that a manifest offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoftwareArtifact {
    /// Digest of the whole.
    pub digest: ContentDigest,
    /// Size in octets.
    pub size: u64,
    /// Other origins, `https://HOST[:PORT]`, that the server may send its clients to for it; none named means none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<String>,
}
