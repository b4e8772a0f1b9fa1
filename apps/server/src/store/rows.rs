//! Rows as the rest of the server sees them.

use remote_services_core::command::CommandState;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::ca::IssuedCertificate;

/// A registration key as it is kept: never the key itself, only its hash.
pub(crate) struct RegistrationKeyRow {
    pub(crate) tenant: String,
    pub(crate) expires_at: i64,
    pub(crate) used: Option<UsedKey>,
    /// How far the approval is; none for a key that needs none.
    pub(crate) approval: Option<Approval>,
}

/// What a person has said about who asks with a key.
pub(crate) enum Approval {
    /// Nobody has asked yet.
    Unasked,
    /// Whose key pair has this digest asked.
    Asked(Vec<u8>, Answered),
}

/// The person's answer.
pub(crate) enum Answered {
    NotYet,
    Approved,
    /// No, and why.
    Refused(String),
}

/// Somebody who asked with a key that needs approval, as the operator sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApprovalView {
    pub(crate) id: String,
    pub(crate) tenant: String,
    /// SHA-256 of the client's public key, which the client shows too.
    pub(crate) key: String,
    pub(crate) address: String,
    pub(crate) asked_at: String,
    pub(crate) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// How a decision was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decided {
    Done,
    /// Nobody who waits has this name.
    Unknown,
    /// Somebody had decided before.
    Before,
}

/// What a used registration key was used for.
pub(crate) struct UsedKey {
    pub(crate) at: i64,
    pub(crate) spki_digest: Vec<u8>,
    pub(crate) client: Uuid,
    pub(crate) certificate: IssuedCertificate,
}

/// How an attempt to use a registration key ended.
pub(crate) enum Claim {
    /// The key was free and is now used.
    Done,
    /// Somebody else used it in between.
    Lost,
}

/// One certificate and the client it stands for, as the roster keeps it.
pub(crate) struct CertificateRow {
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) client: Uuid,
    pub(crate) not_after: i64,
    pub(crate) revoked: bool,
}

/// What the roster needs to know of a client.
pub(crate) struct ClientVersionRow {
    pub(crate) id: Uuid,
    pub(crate) tenant: String,
    pub(crate) commands_version: ListVersion,
}

/// Which list of commands a client has. The same never stands for two lists of one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListVersion {
    /// Counts the changes of the list, from 0 for one that was always empty.
    pub(crate) number: i64,
    /// Drawn at random with each change: a store that is put back from a backup counts anew, and comes to the same number with
    /// another list.
    pub(crate) mark: i64,
}

/// An upload to be recorded.
pub(crate) struct NewUpload {
    pub(crate) client: Uuid,
    pub(crate) upload: Uuid,
    pub(crate) sha256: [u8; 32],
    pub(crate) size: i64,
    pub(crate) stored_at: i64,
    /// How many parts it closes; none when it is in one piece.
    pub(crate) parts: Option<u32>,
}

/// A part to be recorded.
pub(crate) struct NewPart {
    pub(crate) part: u32,
    /// The part as an upload of its own.
    pub(crate) octets: NewUpload,
}

/// What one client may have of uploads that have parts and are not closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenBounds {
    pub(crate) uploads: u32,
    /// Octets of all their parts.
    pub(crate) octets: u64,
    /// How long (ms) an upload has had no part that makes room for another one of the same client.
    pub(crate) idle_ms: i64,
}

/// What one client may have of uploads that wait to be opened or are quarantined by its fault: it may bring more while it has
/// less than this of both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShareBounds {
    pub(crate) uploads: u32,
    /// Octets in the archive, those of parts included.
    pub(crate) octets: u64,
}

/// What a client has of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ShareView {
    pub(crate) uploads: i64,
    pub(crate) octets: i64,
}

/// For whose fault an upload was quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not what it should be: it counts in its client's share, and its octets may be given up.
    Senders,
    /// We could not open it: it is kept.
    Ours,
}

/// How recording a part ended.
pub(crate) enum PartRecorded {
    /// It is there now, or was; what is there, and whether it is new.
    There(StoredUpload, bool),
    /// The upload was closed without this part.
    Closed,
    /// The client's open uploads leave no room for it.
    NoRoom(NoRoom),
}

/// Why there is no room for a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// Other uploads of the client must be closed first, or have got no part for so many ms more.
    For(i64),
    /// Its upload alone would have more octets than all may have.
    Ever,
}

/// Archived octets that a row gave up; others may refer to them still.
pub(crate) type GivenUp = Vec<[u8; 32]>;

/// What is recorded under the name of an upload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredUpload {
    pub(crate) sha256: [u8; 32],
    pub(crate) size: i64,
    pub(crate) stored_at: i64,
}

/// An upload that no worker has opened yet.
#[derive(Clone)]
pub(crate) struct PendingUpload {
    pub(crate) client: Uuid,
    pub(crate) upload: Uuid,
    pub(crate) tenant: String,
    pub(crate) sha256: [u8; 32],
    /// How many parts it closes; none when it is in one piece.
    pub(crate) parts: Option<u32>,
    pub(crate) stored_at: i64,
    pub(crate) attempts: i64,
}

/// An upload as the operator sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadView {
    pub(crate) client: String,
    pub(crate) upload: String,
    pub(crate) digest: String,
    pub(crate) size: i64,
    pub(crate) state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    pub(crate) stored_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) opened_at: Option<String>,
    /// When its octets were given up, for want of room in its client's share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) given_up_at: Option<String>,
    pub(crate) kinds: Vec<String>,
    /// Of how many parts it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log: Option<LogRow>,
}

/// A client as the operator sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientView {
    pub(crate) id: String,
    pub(crate) tenant: String,
    pub(crate) registered_at: String,
    pub(crate) revoked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) described_at: Option<String>,
    /// The client's description as it sent it, unknown members included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Value>,
    /// What is wished of its settings, as it was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<Value>,
    /// What it has of uploads that wait to be opened or are quarantined by its fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unopened: Option<ShareView>,
    /// What was found wrong with it, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) findings: Vec<FindingView>,
}

/// Something that is wrong with a client.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingView {
    pub(crate) found_at: String,
    pub(crate) text: String,
}

/// A device as the operator's list shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceView {
    pub(crate) id: String,
    pub(crate) tenant: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) manufacturer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) serial: Option<String>,
    pub(crate) macs: Vec<String>,
    /// The clients that see it.
    pub(crate) clients: Vec<String>,
    pub(crate) first_seen: String,
    pub(crate) last_seen: String,
    /// The newest document of each kind, in the core model's own JSON.
    pub(crate) latest: serde_json::Map<String, Value>,
}

/// One reading of one kind, as it arrived.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReadingView {
    pub(crate) id: i64,
    /// Absent for what an agent says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<String>,
    pub(crate) kind: String,
    pub(crate) read_at: String,
    pub(crate) received_at: String,
    /// Whether it was read after it was received, by more than clocks may differ: it stands where it was received.
    #[serde(rename = "ahead", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_ahead: bool,
    pub(crate) client: String,
    pub(crate) upload: String,
    /// The same reading in the core model's own JSON.
    pub(crate) document: Value,
    /// The XML as it stood in the payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) xml: Option<String>,
}

/// Evidence of who a device is, ready to be matched.
#[derive(Clone, Default)]
pub(crate) struct DeviceEvidenceRow {
    pub(crate) manufacturer: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) macs: Vec<String>,
}

/// What an opened upload brought.
pub(crate) struct OpenedReadings {
    /// The device that the readings are about; the agent's own are about none.
    pub(crate) device: Option<Uuid>,
    /// The sender's count of its payloads.
    pub(crate) sequence: i64,
    pub(crate) readings: Vec<NewReading>,
    /// What the log is, if it is one in parts.
    pub(crate) log: Option<LogRow>,
}

/// What a log in parts is, as its list says.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LogRow {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// Octets.
    pub(crate) length: u64,
}

/// One reading to be stored.
pub(crate) struct NewReading {
    pub(crate) kind: String,
    pub(crate) read_at: i64,
    pub(crate) about_device: bool,
    pub(crate) xml: String,
    /// The decoded document in the core model's JSON.
    pub(crate) document: Value,
    /// Rows of the tables beside the reading: `(table, rows)`.
    pub(crate) parts: Vec<(PartTable, Vec<Value>)>,
}

/// Tables that hold the rows of a reading one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartTable {
    Supplies,
    Counters,
    Alerts,
}

/// A command as it is kept.
pub(crate) struct CommandRow {
    pub(crate) id: Uuid,
    pub(crate) client: Uuid,
    pub(crate) state: CommandState,
    /// Counts the changes of its execution, from 0.
    pub(crate) version: i64,
    pub(crate) signed: Vec<u8>,
    pub(crate) execution: Option<String>,
}

/// A command to be queued.
pub(crate) struct NewCommand {
    pub(crate) id: Uuid,
    pub(crate) client: Uuid,
    pub(crate) device: Option<Uuid>,
    pub(crate) action: String,
    pub(crate) document: String,
    pub(crate) signed: Vec<u8>,
    pub(crate) issued_at: i64,
    pub(crate) expires_at: i64,
}

/// A command as the operator sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommandView {
    pub(crate) id: String,
    pub(crate) client: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<String>,
    pub(crate) action: String,
    pub(crate) state: String,
    pub(crate) issued_at: String,
    pub(crate) expires_at: String,
    /// The command as it was signed.
    pub(crate) document: Value,
    /// Every execution document that the client sent, oldest first.
    pub(crate) executions: Vec<ExecutionView>,
}

/// One execution document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExecutionView {
    pub(crate) received_at: String,
    #[serde(flatten)]
    pub(crate) document: Value,
}

/// One line of the audit log.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditView {
    pub(crate) sequence: i64,
    pub(crate) at: String,
    pub(crate) actor: String,
    pub(crate) event: String,
    pub(crate) detail: String,
}
