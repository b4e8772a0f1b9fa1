//! Names on the wire: path templates, header fields, media types.
//!
//! The templates have RFC 6570 level 1 expressions such as `{client}`; [`super::expand`] fills them in.

/// Directory: where a client begins.
pub const DIRECTORY: &str = "/rs/v1/";
/// EST trust anchors (RFC 7030 §4.1).
pub const EST_CACERTS: &str = "/.well-known/est/cacerts";
/// EST first enrolment (RFC 7030 §4.2).
pub const EST_SIMPLE_ENROLL: &str = "/.well-known/est/simpleenroll";
/// EST renewal (RFC 7030 §4.2.2).
pub const EST_SIMPLE_REENROLL: &str = "/.well-known/est/simplereenroll";
/// Self-description and heartbeat.
pub const CLIENT: &str = "/rs/v1/clients/{client}";
/// Identity evidence of one device.
pub const DEVICE: &str = "/rs/v1/clients/{client}/devices/{device}";
/// One sealed payload.
pub const UPLOAD: &str = "/rs/v1/clients/{client}/uploads/{upload}";
/// One part of a large upload, counted from 1.
pub const UPLOAD_PART: &str = "/rs/v1/clients/{client}/uploads/{upload}/parts/{part}";
/// The list of open commands.
pub const COMMANDS: &str = "/rs/v1/clients/{client}/commands";
/// One command, immutable.
pub const COMMAND: &str = "/rs/v1/clients/{client}/commands/{command}";
/// How far one command is.
pub const EXECUTION: &str = "/rs/v1/clients/{client}/commands/{command}/execution";
/// The software manifest for one component.
pub const SOFTWARE: &str = "/rs/v1/clients/{client}/software";
/// Schedules, collection profile, settings.
pub const POLICY: &str = "/rs/v1/clients/{client}/policy";
/// An artifact by its SHA-256 in lower-case hexadecimal.
pub const ARTIFACT: &str = "/rs/v1/artifacts/sha-256/{digest}";

/// Digest of the body (RFC 9530).
pub const CONTENT_DIGEST: &str = "content-digest";
/// Pace that the server sets.
pub const NEXT_POLL: &str = "remote-services-next-poll";

/// Which parts of an upload are on the server; on the request that closes it, which it is made of.
pub const PARTS: &str = "remote-services-parts";

/// Control documents.
pub const JSON: &str = "application/json";
/// Error answers (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";
/// Sealed payloads.
pub const SEALED: &str = "application/vnd.remote-services.sealed";
/// A control document inside CMS SignedData (RFC 5652), such as a command.
pub const SIGNED: &str = "application/vnd.remote-services.signed";
/// A piece of an artifact.
pub const OCTETS: &str = "application/octet-stream";
/// EST request body: PKCS#10 in base64 (RFC 7030 §4.2.1).
pub const PKCS10: &str = "application/pkcs10";
/// EST answer body: certs-only PKCS#7 in base64 (RFC 7030 §4.1.3, §4.2.3).
pub const PKCS7: &str = "application/pkcs7-mime";
/// As [`PKCS7`], with the parameter that EST asks servers to send.
pub const PKCS7_CERTS_ONLY: &str = "application/pkcs7-mime; smime-type=certs-only";
