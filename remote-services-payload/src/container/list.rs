//! The list that closes a log in parts: how many there are, how long, and the digest of each as it was sealed.

use remote_services_core::hex;

use super::parts_error::PartsError;
use crate::archive::Part;
use crate::archive::document::{Document, check_token, is_allowed, read_number};

/// What the list says about the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartList {
    /// Kind of the data, as in the manifest's entries.
    pub kind: String,
    /// Name of the log.
    pub name: String,
    /// Octets of the log.
    pub length: u64,
    /// The parts in order: part 1 first.
    pub parts: Vec<ListedPart>,
}

/// What the list says about one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedPart {
    /// Octets of the log in it.
    pub length: u64,
    /// SHA-256 of the sealed container.
    pub sha256: [u8; 32],
}

impl PartList {
    pub(crate) fn to_xml(&self) -> Vec<u8> {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PartList xmlns=\"{PARTS_NAMESPACE}\" \
             schemaVersion=\"{VERSION}\" kind=\"{}\" name=\"{}\" length=\"{}\">\n",
            self.kind, self.name, self.length
        );
        for (at, part) in self.parts.iter().enumerate() {
            let (number, digest) = (at + 1, hex::encode(&part.sha256));
            let length = part.length;
            out.push_str(&format!("  <Part number=\"{number}\" length=\"{length}\" sha256=\"{digest}\"/>\n"));
        }
        out.push_str("</PartList>\n");
        out.into_bytes()
    }

    pub(crate) fn from_xml(octets: &[u8]) -> Result<Self, PartsError> {
        read(octets).map_err(|error| PartsError::List(Box::new(error)))
    }
}

fn read(octets: &[u8]) -> Result<PartList, crate::archive::ManifestError> {
    let mut document = Document::new(octets)?;
    let mut root = document.root("PartList", PARTS_NAMESPACE, VERSION)?;
    let kind = document.attribute(&mut root, "kind")?;
    let name = document.attribute(&mut root, "name")?;
    document.value((check_token("kind", &kind).is_ok() && is_allowed(&name)).then_some(()))?;
    let length = document.attribute(&mut root, "length")?;
    let length = document.value(read_number(&length))?;
    document.no_more(&root)?;
    let mut parts = Vec::new();
    while document.next_is("Part") || parts.is_empty() {
        let mut attributes = document.open("Part")?;
        let number = document.attribute(&mut attributes, "number")?;
        let expected = parts.len() as u64 + 1;
        document.value(read_number(&number).filter(|number| *number == expected))?;
        document.value((expected <= Part::MOST.into()).then_some(()))?;
        let length = document.attribute(&mut attributes, "length")?;
        let length = document.value(read_number(&length))?;
        let sha256 = document.attribute(&mut attributes, "sha256")?;
        let sha256 = document.value(hex::decode(&sha256))?;
        document.no_more(&attributes)?;
        document.close()?;
        parts.push(ListedPart { length, sha256 });
    }
    document.close()?;
    let total = parts.iter().try_fold(0_u64, |total, part| total.checked_add(part.length));
    document.value(total.filter(|total| *total == length))?;
    Ok(PartList { kind, name, length, parts })
}

/// Namespace of the list's schema, `schemas/parts.xsd`.
pub const PARTS_NAMESPACE: &str = "urn:remote-services:parts:1";
const VERSION: &str = "1.0";
/// Kind of the entry that holds the list.
pub(crate) const LIST_KIND: &str = "partList";
/// Name of the entry that holds the list.
pub(crate) const LIST_NAME: &str = "parts.xml";
/// The XML schema of the list (XSD 1.0).
pub const PARTS_SCHEMA: &str = include_str!("../../schemas/parts.xsd");
