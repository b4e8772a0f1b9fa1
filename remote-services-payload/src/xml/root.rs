//! The beginning and the end of a document: what may stand outside the root element, and its `schemaVersion`.

use super::Reader;
use super::attributes::Attributes;
use super::error::{XmlCause, XmlError, excerpt};
use super::limits::Limits;
use super::namespace::split;
use super::read::is_blank;
use super::tokens::{Token, Tokens};
use super::unknown::Kept;

/// The attribute of every root element.
pub(crate) const SCHEMA_VERSION: &str = "schemaVersion";

impl Reader<'_> {
    /// Passes the start tag of the root element and gives its `schemaVersion`.
    pub(crate) fn root(&mut self, namespace: &str, name: &str) -> Result<String, XmlError> {
        loop {
            match self.token()? {
                Token::Text(_) if self.tokens.is_markup() => return Err(self.error(XmlCause::OutsideRoot)),
                Token::Text(text) if is_blank(&text) => {}
                Token::Text(_) | Token::End(_) => return Err(self.error(XmlCause::UnexpectedText)),
                Token::Eof => return Err(self.error(XmlCause::Truncated)),
                Token::Start(found, attributes) => {
                    let (ours, local) = self.open(found, attributes)?;
                    if !ours || local != name {
                        let in_namespace = if ours { format!("{{{namespace}}}") } else { String::new() };
                        return Err(self.error(XmlCause::WrongRoot {
                            expected: format!("{{{namespace}}}{name}"),
                            found: format!("{in_namespace}{}", excerpt(found)),
                        }));
                    }
                    self.keep_prefixes();
                    return self.schema_version();
                }
            }
        }
    }

    /// Checks that nothing stands behind the root, and gives what was not known.
    pub(crate) fn finish(mut self) -> Result<Kept, XmlError> {
        loop {
            match self.token()? {
                Token::Text(_) if self.tokens.is_markup() => return Err(self.error(XmlCause::OutsideRoot)),
                Token::Text(text) if is_blank(&text) => {}
                Token::Eof => return Ok(self.kept.finished()),
                _ => return Err(self.error(XmlCause::AfterRoot)),
            }
        }
    }

    fn schema_version(&mut self) -> Result<String, XmlError> {
        let mut version = None;
        while let Some((name, text)) = self.next_attribute()? {
            match name {
                SCHEMA_VERSION => version = Some(text.into_owned()),
                other => self.keep_attribute(other, &text)?,
            }
        }
        let version =
            version.ok_or_else(|| self.element_error(XmlCause::MissingAttribute(SCHEMA_VERSION)))?;
        let minor = version.strip_prefix("1.").unwrap_or("");
        if minor.is_empty() || minor.len() > 9 || !minor.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(self.element_error(XmlCause::SchemaVersion(excerpt(&version))));
        }
        Ok(version)
    }
}

/// The namespace of the root element, also where a long comment stands before it; what is no XML is not read to its end.
pub(crate) fn root_namespace(octets: &[u8]) -> Option<String> {
    let beginning = &octets[..octets.len().min(ROOT_WITHIN)];
    let text = beginning.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(beginning).trim_ascii_start();
    let may_be_xml = text.is_empty() || text.starts_with(b"<");
    namespace_in(beginning).or_else(|| may_be_xml.then(|| namespace_in(octets)).flatten())
}

/// The start tag of the root element of what our writer makes ends long before.
const ROOT_WITHIN: usize = 64 << 10;

/// The namespace of the root element, when the document is well-formed up to there.
fn namespace_in(octets: &[u8]) -> Option<String> {
    // the octets may be the beginning of something longer
    let whole = std::str::from_utf8(octets).map_or_else(|error| error.valid_up_to(), str::len);
    let mut tokens = Tokens::new(&octets[..whole]).ok()?;
    loop {
        match tokens.next().ok()? {
            Token::Text(text) if is_blank(&text) => {}
            Token::Start(name, raw) => {
                let mut attributes = Attributes::default();
                attributes.read(raw, &Limits::default()).ok()?;
                return attributes.declared(split(name).0).map(str::to_owned);
            }
            _ => return None,
        }
    }
}
