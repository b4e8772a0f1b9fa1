//! Attributes of one start tag, with what the dialect asks of them.

use super::error::{XmlCause, excerpt};
use super::limits::Limits;
use super::tokens::forbidden;
use quick_xml::XmlVersion;
use quick_xml::escape::EscapeError;
use quick_xml::events::attributes::Attributes;
use std::borrow::Cow;

/// What the limit on attributes can be at most.
const MOST: usize = 16;

/// A walk over the attributes of one start tag.
pub(crate) struct AttributeWalk<'a> {
    attributes: Attributes<'a>,
    names: [&'a str; MOST],
    count: usize,
}

impl<'a> AttributeWalk<'a> {
    pub(crate) fn new(attributes: &'a str) -> Self {
        let mut attributes = Attributes::new(attributes, 0);
        // ours knows its bound
        attributes.with_checks(false);
        Self { attributes, names: [""; MOST], count: 0 }
    }

    /// The next name and its value, declarations of namespaces among them.
    pub(crate) fn next(&mut self, limits: &Limits) -> Result<Option<(&'a str, Cow<'a, str>)>, XmlCause> {
        let attribute = match self.attributes.next() {
            None => return Ok(None),
            Some(Ok(attribute)) => attribute,
            Some(Err(error)) => return Err(XmlCause::NotWellFormed(error.to_string())),
        };
        let name = attribute.key.0;
        let limit = limits.attributes.min(MOST);
        if self.count == limit {
            return Err(XmlCause::TooManyAttributes { limit });
        }
        if self.names[..self.count].contains(&name) {
            return Err(XmlCause::DuplicateAttribute(excerpt(name)));
        }
        self.names[self.count] = name;
        self.count += 1;
        // normalising never makes a value longer
        if attribute.value.len() > limits.text {
            return Err(XmlCause::TextTooLong { limit: limits.text });
        }
        if attribute.value.contains('<') {
            return Err(XmlCause::NotWellFormed("`<` in an attribute".into()));
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| match error {
            quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => {
                XmlCause::ForeignEntity(excerpt(&name))
            }
            other => XmlCause::NotWellFormed(other.to_string()),
        })?;
        if let Cow::Owned(owned) = &value
            && let Some((_, character)) = forbidden(owned)
        {
            return Err(XmlCause::ForbiddenCharacter(character));
        }
        Ok(Some((name, value)))
    }
}
