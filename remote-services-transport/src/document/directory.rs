use super::{Base64Bytes, NextPoll, names};
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where everything is and how much the server takes; the body of `GET /rs/v1/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Directory {
    /// Path templates of all resources on this origin.
    #[serde(default)]
    pub urls: UrlTemplates,
    /// What the server takes.
    #[serde(default)]
    pub limits: Limits,
    /// Payload kind → schema versions (`MAJOR.MINOR`) that the server reads.
    #[serde(default)]
    pub schema_versions: BTreeMap<String, Vec<String>>,
    /// Optional behaviours, as tokens (`parts`, `longPoll`, `software`, `policy`).
    #[serde(default)]
    pub features: BTreeSet<String>,
    /// The server's clock when it answered.
    pub server_time: Timestamp,
    /// Keys to encrypt payloads to; the first one is preferred.
    #[serde(default)]
    pub encryption_certificates: Vec<EncryptionCertificate>,
    /// When to ask again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_poll: Option<NextPoll>,
}

/// Path templates (RFC 6570 level 1) on the directory's own origin. Absent ones have the names of [`names`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "each member is documented at the constant of its name in `names`")]
pub struct UrlTemplates {
    pub cacerts: String,
    pub simple_enroll: String,
    pub simple_reenroll: String,
    pub client: String,
    pub device: String,
    pub upload: String,
    pub upload_part: String,
    pub commands: String,
    pub command: String,
    pub execution: String,
    pub software: String,
    pub policy: String,
    pub artifact: String,
}

impl Default for UrlTemplates {
    fn default() -> Self {
        Self {
            cacerts: names::EST_CACERTS.to_owned(),
            simple_enroll: names::EST_SIMPLE_ENROLL.to_owned(),
            simple_reenroll: names::EST_SIMPLE_REENROLL.to_owned(),
            client: names::CLIENT.to_owned(),
            device: names::DEVICE.to_owned(),
            upload: names::UPLOAD.to_owned(),
            upload_part: names::UPLOAD_PART.to_owned(),
            commands: names::COMMANDS.to_owned(),
            command: names::COMMAND.to_owned(),
            execution: names::EXECUTION.to_owned(),
            software: names::SOFTWARE.to_owned(),
            policy: names::POLICY.to_owned(),
            artifact: names::ARTIFACT.to_owned(),
        }
    }
}

/// What the server takes. The defaults are the protocol's own bounds, which a directory may lower or raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Limits {
    /// Largest body of one upload, in octets.
    pub max_upload: u64,
    /// Largest part of a large upload, in octets.
    pub part_size: u64,
    /// Most parts that one upload may have.
    pub max_parts: u32,
    /// Most uploads of one client that have parts and are not closed.
    pub max_open_uploads: u32,
    /// Largest JSON document, in octets.
    pub max_document: u64,
    /// Most commands in one list.
    pub max_commands: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_upload: 16 << 20,
            part_size: 8 << 20,
            max_parts: 4096,
            max_open_uploads: 4,
            max_document: 256 << 10,
            max_commands: 100,
        }
    }
}

/// A certificate of the server to encrypt payloads to; its key is not the one that TLS uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionCertificate {
    /// The certificate's subject key identifier in lower-case hexadecimal.
    pub key_id: String,
    /// The certificate, DER in base64.
    pub certificate: Base64Bytes,
}

/// Fills in a path template; values are percent-encoded outside `A–Z a–z 0–9 - . _ ~` (RFC 6570 §3.2.2).
///
/// A variable without a value expands to nothing, as RFC 6570 says; an unclosed brace stays as it is.
#[must_use]
pub fn expand(template: &str, values: &[(&str, &str)]) -> String {
    let mut path = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        path.push_str(before);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            percent_encode(value, &mut path);
        }
        rest = after;
    }
    path.push_str(rest);
    path
}

fn percent_encode(value: &str, into: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            for nibble in [byte >> 4, byte & 15] {
                into.push(
                    char::from_digit(nibble.into(), 16).map_or('0', |digit| digit.to_ascii_uppercase()),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_only_a_time_has_the_protocols_own_names() {
        let directory: Directory =
            serde_json::from_str(r#"{"serverTime":"2026-11-22T10:00:00Z","later":{"x":1}}"#).unwrap();
        assert_eq!(directory.urls, UrlTemplates::default());
        assert_eq!(directory.limits.part_size, 8 * 1024 * 1024);
    }

    #[test]
    fn a_directory_reads_back() {
        let directory = Directory {
            urls: UrlTemplates::default(),
            limits: Limits { max_upload: 1, ..Limits::default() },
            schema_versions: BTreeMap::from([("status".to_owned(), vec!["1.0".to_owned()])]),
            features: BTreeSet::from(["parts".to_owned()]),
            server_time: Timestamp::from_unix_seconds(1),
            encryption_certificates: vec![EncryptionCertificate {
                key_id: "00ff".to_owned(),
                certificate: Base64Bytes(vec![0x30, 0]),
            }],
            next_poll: Some(NextPoll { seconds: 900, jitter: 300 }),
        };
        let json = serde_json::to_string(&directory).unwrap();
        assert_eq!(serde_json::from_str::<Directory>(&json).unwrap(), directory);
    }

    #[test]
    fn expansion_encodes_what_could_change_the_path() {
        let path = expand(names::DEVICE, &[("client", "a/../b"), ("device", "x y?#%{}")]);
        assert_eq!(path, "/rs/v1/clients/a%2F..%2Fb/devices/x%20y%3F%23%25%7B%7D");
        assert_eq!(expand("/a/{b}/{c", &[]), "/a//{c");
    }
}
