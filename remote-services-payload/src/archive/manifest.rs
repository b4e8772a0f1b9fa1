//! The manifest: what the sender signs about the archive, so that nobody can send it elsewhere, again, or in part.

use std::collections::BTreeSet;

use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use thiserror::Error;

use super::name;
use crate::seal::{KeyId, MAX_RECIPIENTS};

/// Who sends what to whom, and what each entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// All but the entries.
    pub head: ManifestHead,
    /// The entries, in the order of the archive.
    pub entries: Vec<ManifestEntry>,
}

/// All of a manifest but its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestHead {
    /// Version of the manifest's schema.
    pub version: ManifestVersion,
    /// Names this archive; fresh for each.
    pub payload: Uuid,
    /// Names the transfer that carries it; the parts of one log share it.
    pub transfer: Uuid,
    /// The client that sends, by the identifier that the server gave it: 1 to 128 characters.
    pub sender: String,
    /// The keys that it is sealed to, 1 to 16: a reader must find its own here.
    pub recipients: Vec<KeyId>,
    /// Counts the sender's archives, so that the receiver sees gaps and repetitions.
    pub sequence: u64,
    /// Which part of how many.
    pub part: Part,
    /// When the archive was made.
    pub created_at: Timestamp,
    /// Name of the redaction profile that the data went through: a letter, then letters, digits, `.`, `_`, `-`;
    /// at most 64.
    pub redaction: String,
    /// The device that the data is about, if it is one: 1 to 128 characters.
    pub device: Option<String>,
}

impl ManifestHead {
    /// The head of a payload that travels whole, with the redaction profile `default`.
    #[must_use]
    pub fn whole(payload: Uuid, sender: impl Into<String>, sequence: u64, created_at: Timestamp) -> Self {
        Self {
            version: ManifestVersion::V1_0,
            payload,
            transfer: payload,
            sender: sender.into(),
            recipients: Vec::new(),
            sequence,
            part: Part::WHOLE,
            created_at,
            redaction: "default".to_owned(),
            device: None,
        }
    }
}

/// What the manifest says about one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestEntry {
    /// Name in the archive.
    pub name: String,
    /// Kind of the data (`supplies`): a letter, then letters, digits, `.`, `_`, `-`; at most 64.
    pub kind: String,
    /// Octets, inflated.
    pub size: u64,
    /// SHA-256 of the octets.
    pub sha256: [u8; 32],
    /// Namespace of the XML schema; `None` for what is not XML. Visible ASCII, at most 128 characters.
    pub schema: Option<String>,
}

/// Versions of the manifest's schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestVersion {
    /// 1.0
    #[default]
    V1_0,
}

/// One part of a transfer. Parts count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// This part, 1 to `of`.
    pub number: u32,
    /// How many there are, 1 to 10,000.
    pub of: u32,
}

impl Part {
    /// The only part of a transfer that needs one.
    pub const WHOLE: Self = Self { number: 1, of: 1 };
    /// Parts of one transfer: 80 GB in parts of 8 MiB.
    pub const MOST: u32 = 10_000;
}

impl Manifest {
    /// The manifest as XML (namespace `urn:remote-services:manifest:1`, schema `schemas/manifest.xsd`).
    ///
    /// # Errors
    /// When a member has a value that the schema does not allow.
    pub fn to_xml(&self) -> Result<Vec<u8>, ManifestError> {
        self.check()?;
        Ok(super::manifest_xml::write(self))
    }

    /// Reads what [`Self::to_xml`] writes, and any other document that the schema allows.
    ///
    /// A manifest has no room for what its reader does not know: it decides whether the rest is accepted.
    ///
    /// # Errors
    /// [`ManifestError`] says what is wrong, and where.
    pub fn from_xml(octets: &[u8]) -> Result<Self, ManifestError> {
        super::manifest_xml::read(octets)
    }

    /// What the manifest says about the entry of this name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&ManifestEntry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    fn check(&self) -> Result<(), ManifestError> {
        let head = &self.head;
        check_text("Sender", &head.sender)?;
        if head.recipients.is_empty() || head.recipients.len() > MAX_RECIPIENTS {
            return Err(value("RecipientKeyId"));
        }
        check_part(head.part)?;
        check_time(head.created_at)?;
        check_token("Redaction", &head.redaction)?;
        head.device.as_deref().map_or(Ok(()), |device| check_text("Device", device))?;
        if self.entries.is_empty() {
            return Err(value("Entries"));
        }
        let mut names = BTreeSet::new();
        for entry in &self.entries {
            check_entry(entry)?;
            if !names.insert(entry.name.to_ascii_lowercase()) {
                return Err(value("Entry/@name"));
            }
        }
        Ok(())
    }
}

/// Why a manifest cannot be read or written: what, at which element, and where in the document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("manifest: {kind} at {path}, line {line} column {column}")]
pub struct ManifestError {
    /// Path of elements from the root.
    pub path: String,
    /// Line from 1; 0 when the manifest is being written.
    pub line: usize,
    /// Column from 1, in octets; 0 when the manifest is being written.
    pub column: usize,
    /// What is wrong.
    pub kind: ManifestErrorKind,
}

/// What is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ManifestErrorKind {
    /// Not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// Not well-formed XML; the text is the parser's.
    #[error("not well-formed ({0})")]
    Malformed(String),
    /// Something that XML has and the manifest has not: DOCTYPE, processing instruction, comment, CDATA.
    #[error("{0} is not accepted")]
    NotInProfile(&'static str),
    /// A reference to an entity other than XML's five.
    #[error("unknown entity")]
    Entity,
    /// Another element than the one that must come here.
    #[error("found {found} (expected {expected})")]
    Unexpected {
        /// What must come here.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Text where only elements may stand.
    #[error("text where an element must stand")]
    Text,
    /// An attribute that the element does not have.
    #[error("attribute {0} is not accepted")]
    UnknownAttribute(String),
    /// An attribute is missing.
    #[error("attribute {0} is missing")]
    MissingAttribute(&'static str),
    /// A namespace or version other than the one that this reader knows.
    #[error("{0} is not the one that this reader knows")]
    Version(&'static str),
    /// A value that the schema does not allow.
    #[error("value not allowed")]
    Value,
}

pub(crate) fn value(path: &str) -> ManifestError {
    ManifestError { path: path.to_owned(), line: 0, column: 0, kind: ManifestErrorKind::Value }
}

pub(crate) fn check_entry(entry: &ManifestEntry) -> Result<(), ManifestError> {
    if !name::is_entry_name(&entry.name) {
        return Err(value("Entry/@name"));
    }
    check_token("Entry/@kind", &entry.kind)?;
    match &entry.schema {
        Some(schema) if !is_schema(schema) => Err(value("Entry/@schema")),
        _ => Ok(()),
    }
}

pub(crate) fn check_part(part: Part) -> Result<(), ManifestError> {
    if (1..=part.of).contains(&part.number) && part.of <= Part::MOST { Ok(()) } else { Err(value("Part")) }
}

/// Not before 1970: CMS has no way to write such a signing time.
pub(crate) fn check_time(time: Timestamp) -> Result<(), ManifestError> {
    if time.unix_millis() >= 0 { Ok(()) } else { Err(value("CreatedAt")) }
}

/// 1 to 128 characters, none of them control characters, no space at either end.
pub(crate) fn check_text(path: &'static str, text: &str) -> Result<(), ManifestError> {
    let allowed = |character: char| !character.is_control() && !"\u{FFFE}\u{FFFF}".contains(character);
    let count = text.chars().count();
    let spaced = text.starts_with(' ') || text.ends_with(' ') || text.contains("  ");
    if (1..=128).contains(&count) && text.chars().all(allowed) && !spaced { Ok(()) } else { Err(value(path)) }
}

pub(crate) fn check_token(path: &'static str, token: &str) -> Result<(), ManifestError> {
    let inside = |octet: u8| octet.is_ascii_alphanumeric() || b"._-".contains(&octet);
    if token.len() <= 64
        && token.starts_with(|first: char| first.is_ascii_alphabetic())
        && token.bytes().all(inside)
    {
        Ok(())
    } else {
        Err(value(path))
    }
}

fn is_schema(schema: &str) -> bool {
    (1..=128).contains(&schema.len()) && schema.bytes().all(|octet| octet.is_ascii_graphic())
}
