//! Documents as lines for a terminal.

use crate::kind::Encoded;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::fmt::Write as _;

/// The documents of one payload as text, under a line that names the redaction profile.
///
/// ```
/// use remote_services_core::device::DeviceReport;
/// use remote_services_core::redact::{Redaction, RedactionProfile};
/// use remote_services_payload::{kind, preview};
///
/// let mut report = DeviceReport::default();
/// report.identity.contact = Some("Joe".into());
/// let redaction = Redaction::new(RedactionProfile::Default);
/// redaction.report(&mut report);
/// let text = preview::preview(redaction.profile().label(), &kind::encode_report(&report)?);
/// assert!(text.starts_with("redaction profile: default\n"));
/// assert!(text.contains("    <Withheld element=\"Contact\" reason=\"redacted\"/>\n"));
/// assert!(!text.contains("Joe"));
/// # Ok::<(), remote_services_payload::xml::EncodeError>(())
/// ```
#[must_use]
pub fn preview(profile: &str, documents: &[Encoded]) -> String {
    let mut text = format!("redaction profile: {profile}\n");
    for document in documents {
        // writing to a String cannot fail
        let _ = write!(text, "\n{} ({} octets)\n", document.name(), document.xml.len());
        text.push_str(&indented(&document.xml));
    }
    text
}

/// One document with a line for each element; octets that are no XML come out as they are.
#[must_use]
pub fn indented(xml: &[u8]) -> String {
    let raw = String::from_utf8_lossy(xml);
    let laid_out = lay_out(&raw).unwrap_or_else(|| raw.into_owned());
    laid_out.chars().fold(String::with_capacity(laid_out.len()), |mut safe, character| {
        if plays_tricks(character) {
            let _ = write!(safe, "&#x{:X};", u32::from(character));
        } else {
            safe.push(character);
        }
        safe
    })
}

/// `None` when it is not well-formed.
fn lay_out(xml: &str) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    let mut text = String::with_capacity(xml.len() * 2);
    let mut depth = 0_usize;
    // whether the element that is open holds only text so far
    let mut inline = false;
    loop {
        let from = usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event().ok()?;
        let to = usize::try_from(reader.buffer_position()).ok()?;
        let markup = &xml[from..to];
        match event {
            Event::Eof => break,
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                if !inline {
                    line(&mut text, depth);
                }
                text.push_str(markup);
                inline = false;
            }
            Event::Text(blank) if !inline && blank.trim().is_empty() => {}
            Event::Text(_) | Event::GeneralRef(_) | Event::CData(_) => text.push_str(markup),
            Event::Start(_) => {
                line(&mut text, depth);
                text.push_str(markup);
                depth += 1;
                inline = true;
            }
            _ => {
                line(&mut text, depth);
                text.push_str(markup);
                inline = false;
            }
        }
    }
    text.push('\n');
    Some(text)
}

fn line(text: &mut String, depth: usize) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.extend(std::iter::repeat_n("  ", depth));
}

/// Control characters, and those that turn or hide the text around them.
pub(super) fn plays_tricks(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t'))
        || matches!(character, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Document, PayloadKind, decode};
    use crate::xml::Limits;
    use remote_services_core::device::Identity;

    #[test]
    fn an_element_a_line_and_the_same_content() {
        let identity = Identity {
            description: Some(" a <b>\r\n c\u{202E}\u{85} ".into()),
            asset_tags: vec![String::new(), "x".into()],
            ..Identity::default()
        };
        let document = Document::Identity(identity);
        let text = indented(&document.encode().unwrap().xml);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..5],
            [
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
                "<Identity xmlns=\"urn:remote-services:identity:1\" schemaVersion=\"1.0\">",
                "  <Header>",
                "    <ReadAt>1970-01-01T00:00:00.000Z</ReadAt>",
                "  </Header>",
            ]
        );
        assert!(text.contains("  <Description> a &lt;b&gt;&#13;\n c&#x202E;&#x85; </Description>\n"));
        assert!(text.contains("  <AssetTag></AssetTag>\n  <AssetTag>x</AssetTag>\n"));
        let back = decode(PayloadKind::Identity, text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(back.document, document);
    }

    #[test]
    fn octets_that_are_no_xml_come_out_as_they_are() {
        assert_eq!(indented(b"<a><b></a>"), "<a><b></a>");
        assert_eq!(indented(b"\x1B[0m"), "&#x1B;[0m\n");
        assert_eq!(indented(b"</a>"), "</a>");
    }
}
