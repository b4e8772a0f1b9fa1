//! Identities put together by hand, and what the reader says of them.
#![allow(dead_code, reason = "each test file uses a part of this")]

use remote_services_payload::kind::{self, Decoded, Document, PayloadKind};
use remote_services_payload::xml::{Limits, XmlCause, XmlError};

pub(crate) const ROOT: &str = r#"<Identity xmlns="urn:remote-services:identity:1" schemaVersion="1.0">"#;
pub(crate) const HEADER: &str = "<Header><ReadAt>2026-11-22T09:30:00.000Z</ReadAt></Header>";
pub(crate) const STATE: &str = "<ManagementState>managed</ManagementState>";

pub(crate) fn read(xml: &str) -> Result<Decoded, XmlError> {
    kind::decode(PayloadKind::Identity, xml.as_bytes(), &Limits::default())
}

/// An identity with something between the header and the rest.
pub(crate) fn identity(more: &str) -> String {
    format!("{ROOT}{HEADER}{more}{STATE}</Identity>")
}

pub(crate) fn cause(xml: &str) -> XmlCause {
    read(xml).unwrap_err().cause
}

pub(crate) fn description(xml: &str) -> Option<String> {
    match read(xml).unwrap_or_else(|error| panic!("{error}")).document {
        Document::Identity(identity) => identity.description,
        other => panic!("{other:?}"),
    }
}
