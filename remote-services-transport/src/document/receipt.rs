use super::ContentDigest;
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The server's word that an upload is durable: the body of 201, and again of 200 for the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The upload's name, as in its URL.
    pub upload: Uuid,
    /// The digest of the stored bytes; the client compares it with its own.
    pub digest: ContentDigest,
    /// When the bytes became durable.
    pub stored_at: Timestamp,
}
