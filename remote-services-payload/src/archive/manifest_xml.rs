//! The manifest's XML: written element by element, read strictly.

use quick_xml::escape::escape;
use remote_services_core::hex;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;

use super::document::{Document, read_number, take};
use super::manifest::{
    Manifest, ManifestEntry, ManifestError, ManifestErrorKind, ManifestHead, ManifestVersion, Part,
    check_entry, check_part, check_text, check_time, check_token,
};
use crate::seal::{KeyId, MAX_RECIPIENTS};

/// The document of a manifest whose values are allowed.
pub(crate) fn write(manifest: &Manifest) -> Vec<u8> {
    let head = &manifest.head;
    let ManifestVersion::V1_0 = head.version;
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Manifest xmlns=\"{NAMESPACE}\" schemaVersion=\"{VERSION}\">\n"
    );
    let mut element = |name: &str, text: &str| {
        out.push_str(&format!("  <{name}>{}</{name}>\n", escape(text)));
    };
    element("PayloadId", &head.payload.hyphenated().to_string());
    element("TransferId", &head.transfer.hyphenated().to_string());
    element("Sender", &head.sender);
    for recipient in &head.recipients {
        element("RecipientKeyId", &recipient.to_string());
    }
    element("Sequence", &head.sequence.to_string());
    out.push_str(&format!("  <Part number=\"{}\" of=\"{}\"/>\n", head.part.number, head.part.of));
    let mut element = |name: &str, text: &str| {
        out.push_str(&format!("  <{name}>{}</{name}>\n", escape(text)));
    };
    element("CreatedAt", &head.created_at.to_string());
    element("Redaction", &head.redaction);
    if let Some(device) = &head.device {
        element("Device", device);
    }
    out.push_str("  <Entries>\n");
    for entry in &manifest.entries {
        out.push_str(&format!(
            "    <Entry name=\"{}\" kind=\"{}\" size=\"{}\" sha256=\"{}\"",
            entry.name,
            entry.kind,
            entry.size,
            hex::encode(&entry.sha256)
        ));
        if let Some(schema) = &entry.schema {
            out.push_str(&format!(" schema=\"{}\"", escape(schema.as_str())));
        }
        out.push_str("/>\n");
    }
    out.push_str("  </Entries>\n</Manifest>\n");
    out.into_bytes()
}

pub(crate) fn read(octets: &[u8]) -> Result<Manifest, ManifestError> {
    manifest(&mut Document::new(octets)?)
}

fn manifest(document: &mut Document) -> Result<Manifest, ManifestError> {
    let root = document.root("Manifest", NAMESPACE, VERSION)?;
    document.no_more(&root)?;
    let head = head(document)?;
    let none = document.open("Entries")?;
    document.no_more(&none)?;
    let mut entries = vec![entry(document)?];
    while document.next_is("Entry") {
        entries.push(entry(document)?);
    }
    document.close()?;
    document.close()?;
    Ok(Manifest { head, entries })
}

fn head(document: &mut Document) -> Result<ManifestHead, ManifestError> {
    let payload = document.parsed("PayloadId", read_uuid)?;
    let transfer = document.parsed("TransferId", read_uuid)?;
    let sender = document.checked("Sender", check_text)?;
    let mut recipients = vec![document.parsed("RecipientKeyId", KeyId::from_hex)?];
    while document.next_is("RecipientKeyId") && recipients.len() < MAX_RECIPIENTS {
        recipients.push(document.parsed("RecipientKeyId", KeyId::from_hex)?);
    }
    Ok(ManifestHead {
        version: ManifestVersion::V1_0,
        payload,
        transfer,
        sender,
        recipients,
        sequence: document.parsed("Sequence", read_number)?,
        part: part(document)?,
        created_at: document.parsed("CreatedAt", read_time)?,
        redaction: document.checked("Redaction", check_token)?,
        device: if document.next_is("Device") { Some(document.checked("Device", check_text)?) } else { None },
    })
}

fn part(document: &mut Document) -> Result<Part, ManifestError> {
    let mut attributes = document.open("Part")?;
    let mut number = |name| {
        let text = document.attribute(&mut attributes, name)?;
        read_number(&text)
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| document.fail(ManifestErrorKind::Value))
    };
    let part = Part { number: number("number")?, of: number("of")? };
    document.no_more(&attributes)?;
    check_part(part).map_err(|error| document.fail(error.kind))?;
    document.close()?;
    Ok(part)
}

fn entry(document: &mut Document) -> Result<ManifestEntry, ManifestError> {
    let mut attributes = document.open("Entry")?;
    let name = document.attribute(&mut attributes, "name")?;
    let kind = document.attribute(&mut attributes, "kind")?;
    let size = read_number(&document.attribute(&mut attributes, "size")?);
    let size = size.ok_or_else(|| document.fail(ManifestErrorKind::Value))?;
    let sha256 = hex::decode(&document.attribute(&mut attributes, "sha256")?);
    let sha256 = sha256.ok_or_else(|| document.fail(ManifestErrorKind::Value))?;
    let schema = take(&mut attributes, "schema");
    document.no_more(&attributes)?;
    let entry = ManifestEntry { name, kind, size, sha256, schema };
    check_entry(&entry).map_err(|error| document.fail(error.kind))?;
    document.close()?;
    Ok(entry)
}

/// Lower case with hyphens: one way to write each identifier.
fn read_uuid(text: &str) -> Option<Uuid> {
    let uuid: Uuid = text.parse().ok()?;
    (uuid.hyphenated().to_string() == text).then_some(uuid)
}

/// As [`Timestamp`] prints itself: one way to write each point in time.
fn read_time(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    (time.to_string() == text && check_time(time).is_ok()).then_some(time)
}

const NAMESPACE: &str = "urn:remote-services:manifest:1";
const VERSION: &str = "1.0";

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Manifest {
        Manifest {
            head: ManifestHead {
                version: ManifestVersion::V1_0,
                payload: Uuid::from_u128(0x0193_5000_0000_7000_8000_0000_0000_0001),
                transfer: Uuid::from_u128(0x0193_5000_0000_7000_8000_0000_0000_0002),
                sender: "Müller & Söhne <print> \"7\"".to_owned(),
                recipients: vec![KeyId([0xAB; 32]), KeyId([1; 32])],
                sequence: u64::MAX,
                part: Part { number: 2, of: 3 },
                created_at: "2026-11-22T09:30:00.123Z".parse().unwrap(),
                redaction: "default".to_owned(),
                device: Some("printer'1".to_owned()),
            },
            entries: vec![
                ManifestEntry {
                    name: "supplies.xml".to_owned(),
                    kind: "supplies".to_owned(),
                    size: 12,
                    sha256: [7; 32],
                    schema: Some("urn:remote-services:supplies:1".to_owned()),
                },
                ManifestEntry {
                    name: "logs/engine.bin".to_owned(),
                    kind: "engineering".to_owned(),
                    size: 0,
                    sha256: [8; 32],
                    schema: None,
                },
            ],
        }
    }

    fn text() -> String {
        String::from_utf8(sample().to_xml().unwrap()).unwrap()
    }

    /// The error of the sample's XML after a replacement, which must have happened.
    fn refusal(from: &str, to: &str) -> ManifestError {
        let changed = text().replacen(from, to, 1);
        assert_ne!(changed, text(), "{from} is not in the sample");
        Manifest::from_xml(changed.as_bytes()).unwrap_err()
    }

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(Manifest::from_xml(text().as_bytes()), Ok(sample()));
    }

    #[test]
    fn layout_does_not_matter_where_no_text_may_stand() {
        let dense = text().replace("\n  ", "").replace('\n', "").replace("    <", "<").replace("  <", "<");
        assert_eq!(Manifest::from_xml(dense.as_bytes()), Ok(sample()));
        let long = text().replace("/>", "></Part>").replacen("></Part>", "></Part >", 1);
        assert!(Manifest::from_xml(long.as_bytes()).is_err(), "Entry closed by Part");
        let long = text().replacen("of=\"3\"/>", "of=\"3\"></Part>", 1);
        assert_eq!(Manifest::from_xml(long.as_bytes()), Ok(sample()));
    }

    #[test]
    fn an_error_says_what_and_where() {
        let error = refusal("<Sequence>18446744073709551615", "<Sequence>18446744073709551616");
        assert_eq!(
            error,
            ManifestError {
                path: "/Manifest/Sequence".to_owned(),
                line: 8,
                column: 3,
                kind: ManifestErrorKind::Value
            }
        );
        assert_eq!(error.to_string(), "manifest: value not allowed at /Manifest/Sequence, line 8 column 3");
    }

    #[test]
    fn refuses_values_that_the_schema_does_not_allow() {
        for (from, to) in [
            ("-7000-", "-7000"),
            ("0193", "019g"),
            ("<Sender>M", "<Sender> M"),
            ("<Sequence>1", "<Sequence>+1"),
            ("<Sequence>1", "<Sequence>01"),
            ("number=\"2\"", "number=\"4\""),
            ("number=\"2\"", "number=\"0\""),
            ("of=\"3\"", "of=\"10001\""),
            ("00.123Z", "00.123+00:00"),
            ("00.123Z", "00Z"),
            ("22T09", "22 09"),
            ("2026-", "1969-"),
            (">default<", "><"),
            (">default<", ">a b<"),
            ("abab", "abAB"),
            ("supplies.xml", "../supplies.xml"),
            ("supplies.xml", "MANIFEST.xml"),
            ("size=\"12\"", "size=\"-1\""),
            ("0707", "07"),
        ] {
            assert_eq!(refusal(from, to).kind, ManifestErrorKind::Value, "{from} -> {to}");
        }
    }

    #[test]
    fn refuses_what_the_schema_does_not_have() {
        let unknown = refusal("<Sequence>", "<Priority>1</Priority><Sequence>");
        assert_eq!(
            unknown.kind,
            ManifestErrorKind::Unexpected { expected: "Sequence", found: "Priority".to_owned() }
        );
        assert_eq!(refusal("kind=", "Kind=").kind, ManifestErrorKind::MissingAttribute("kind"));
        assert_eq!(
            refusal("kind=", "extra=\"1\" kind=").kind,
            ManifestErrorKind::UnknownAttribute("extra".to_owned())
        );
        assert_eq!(refusal("manifest:1", "manifest:2").kind, ManifestErrorKind::Version("namespace"));
        assert_eq!(refusal("on=\"1.0\">", "on=\"1.1\">").kind, ManifestErrorKind::Version("schemaVersion"));
        assert_eq!(refusal("<Entries>", "text<Entries>").kind, ManifestErrorKind::Text);
        assert_eq!(
            refusal("</Manifest>", "</Manifest><Manifest/>").kind,
            ManifestErrorKind::NotInProfile("more than one root")
        );
    }

    #[test]
    fn refuses_names_that_differ_in_case_only() {
        let mut twice = sample();
        twice.entries[1].name = "Supplies.XML".to_owned();
        assert_eq!(twice.to_xml().unwrap_err().kind, ManifestErrorKind::Value);
    }

    #[test]
    fn no_truncation_reads_and_none_panics() {
        let text = text();
        // The last octet is a line feed that nobody needs.
        for end in 0..text.len() - 1 {
            assert!(Manifest::from_xml(&text.as_bytes()[..end]).is_err(), "{end}");
        }
    }
}
