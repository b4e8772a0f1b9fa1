//! The reader: elements from tokens, with limits, namespaces, paths and a place for every error.

use super::attributes::AttributeWalk;
use super::error::{XmlCause, XmlError, excerpt};
use super::limits::Limits;
use super::namespace::{Scope, declared_prefix, is_name, split};
use super::path::Path;
use super::table::{Content, Field, Occurs, Type};
use super::tokens::{Token, Tokens};
use std::borrow::Cow;

/// An element or attribute that the schema known here does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Where it stood: `Supplies/Supply[3]/Weight`, `Supplies/Supply[3]/@color`.
    pub path: String,
    /// The element as it came, or the attribute's value.
    pub xml: String,
}

/// Reads one document from the root inwards.
///
/// The caller asks for the next child and gets its name; the value that the child holds is then read by the
/// type that fills it, which ends with [`Reader::close`].
pub(crate) struct Reader<'a> {
    tokens: Tokens<'a>,
    limits: Limits,
    path: Path<'a>,
    scope: Scope<'a>,
    /// Where the start tag of the last element began.
    element_at: usize,
    /// Attributes of the last start tag that nobody has looked at.
    attributes: &'a str,
    elements: usize,
    unknown: Vec<Unknown>,
    unknown_total: usize,
}

/// Which members of a type have been read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    last: usize,
    mask: u64,
}

impl Seen {
    pub(crate) fn mark(&mut self, position: usize) {
        self.last = position;
        self.mask |= 1 << position;
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(octets: &'a [u8], limits: Limits, namespace: &'static str) -> Result<Self, XmlError> {
        if octets.len() > limits.octets {
            let cause = XmlCause::TooLarge { limit: limits.octets, found: octets.len() };
            return Err(XmlError { cause, offset: 0, line: 1, column: 1, path: String::new() });
        }
        Ok(Self {
            tokens: Tokens::new(octets)?,
            limits,
            path: Path::default(),
            scope: Scope::new(namespace),
            element_at: 0,
            attributes: "",
            elements: 0,
            unknown: Vec::new(),
            unknown_total: 0,
        })
    }

    /// Passes the start tag of the root element and gives its `schemaVersion`.
    pub(crate) fn root(&mut self, namespace: &str, name: &str) -> Result<String, XmlError> {
        loop {
            match self.token()? {
                Token::Text(text) if is_blank(&text) => {}
                Token::Text(_) | Token::End => return Err(self.error(XmlCause::UnexpectedText)),
                Token::Eof => return Err(self.error(XmlCause::Truncated)),
                Token::Start(found, _) => {
                    let (ours, local) = self.open(found)?;
                    if !ours || local != name {
                        let in_namespace = if ours { format!("{{{namespace}}}") } else { String::new() };
                        return Err(self.error(XmlCause::WrongRoot {
                            expected: format!("{{{namespace}}}{name}"),
                            found: format!("{in_namespace}{}", excerpt(found)),
                        }));
                    }
                    return self.schema_version();
                }
            }
        }
    }

    /// Checks that nothing stands behind the root, and gives what was not known: the first of it, and how much.
    pub(crate) fn finish(mut self) -> Result<(Vec<Unknown>, usize), XmlError> {
        loop {
            match self.token()? {
                Token::Text(text) if is_blank(&text) => {}
                Token::Eof => return Ok((self.unknown, self.unknown_total)),
                _ => return Err(self.error(XmlCause::AfterRoot)),
            }
        }
    }

    /// Passes the start tag of the next child of ours, or the end tag of the parent (`None`).
    pub(crate) fn next_child(&mut self) -> Result<Option<&'a str>, XmlError> {
        loop {
            match self.token()? {
                Token::Start(name, _) => {
                    let (ours, local) = self.open(name)?;
                    if ours {
                        return Ok(Some(local));
                    }
                    self.skip_unknown()?;
                }
                Token::End => return Ok(None),
                Token::Text(text) if is_blank(&text) => {}
                Token::Text(_) => return Err(self.error(XmlCause::UnexpectedText)),
                Token::Eof => return Err(self.error(XmlCause::Truncated)),
            }
        }
    }

    /// The text of the element up to its end tag.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, XmlError> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.token()? {
                Token::Text(more) => {
                    if text.len() + more.len() > self.limits.text {
                        return Err(self.error(XmlCause::TextTooLong { limit: self.limits.text }));
                    }
                    if text.is_empty() {
                        text = more;
                    } else {
                        text.to_mut().push_str(&more);
                    }
                }
                Token::End => return Ok(text),
                Token::Start(name, _) => return Err(self.error(XmlCause::UnexpectedElement(excerpt(name)))),
                Token::Eof => return Err(self.error(XmlCause::Truncated)),
            }
        }
    }

    /// Passes the end tag of an element that holds nothing; what a newer schema put there is noted.
    pub(crate) fn nothing_inside(&mut self) -> Result<(), XmlError> {
        while self.next_child()?.is_some() {
            self.skip_unknown()?;
        }
        Ok(())
    }

    /// Steps over the element whose start tag was just passed and notes it.
    pub(crate) fn skip_unknown(&mut self) -> Result<(), XmlError> {
        let from = self.element_at;
        let path = (self.unknown_total < self.limits.unknown).then(|| self.path.text());
        self.unknown_total += 1;
        let mut inside = 0;
        loop {
            // names that we know are names
            let name = self.path.last();
            if !is_name(name) || name.contains(':') {
                return Err(self.bad_name(name));
            }
            let mut walk = self.attributes();
            while let Some((name, _)) = self.next_attribute(&mut walk)? {
                if !is_name(name) {
                    return Err(self.bad_name(name));
                }
            }
            match self.token()? {
                Token::Start(name, _) => {
                    self.open(name)?;
                    inside += 1;
                }
                Token::End => {
                    self.close();
                    if inside == 0 {
                        break;
                    }
                    inside -= 1;
                }
                Token::Text(text) if text.len() > self.limits.text => {
                    return Err(self.error(XmlCause::TextTooLong { limit: self.limits.text }));
                }
                Token::Text(_) => {}
                Token::Eof => return Err(self.error(XmlCause::Truncated)),
            }
        }
        if let Some(path) = path {
            let xml = self.tokens.slice(from, self.tokens.position()).to_owned();
            self.unknown.push(Unknown { path, xml });
        }
        Ok(())
    }

    /// Takes the attributes of the element whose start tag was just passed.
    pub(crate) fn attributes(&mut self) -> AttributeWalk<'a> {
        AttributeWalk::new(std::mem::take(&mut self.attributes))
    }

    /// Notes all attributes of an element that should have none.
    #[inline]
    pub(crate) fn no_attributes(&mut self) -> Result<(), XmlError> {
        if !self.attributes.is_empty() {
            let mut walk = self.attributes();
            while let Some((name, text)) = self.next_attribute(&mut walk)? {
                self.note_attribute(name, &text)?;
            }
        }
        Ok(())
    }

    /// The next attribute that is no declaration: its name and its value.
    pub(crate) fn next_attribute(
        &mut self,
        walk: &mut AttributeWalk<'a>,
    ) -> Result<Option<(&'a str, Cow<'a, str>)>, XmlError> {
        while let Some((name, text)) = self.any_attribute(walk)? {
            if declared_prefix(name).is_some() {
                continue;
            }
            let (prefix, _) = split(name);
            if self.scope.is_ours(prefix).is_none() {
                return Err(self.element_error(XmlCause::UnboundPrefix(excerpt(prefix))));
            }
            return Ok(Some((name, text)));
        }
        Ok(None)
    }

    /// Notes an attribute that the schema does not have.
    pub(crate) fn note_attribute(&mut self, name: &str, text: &str) -> Result<(), XmlError> {
        if !is_name(name) {
            return Err(self.bad_name(name));
        }
        if self.unknown_total < self.limits.unknown {
            let path = format!("{}/@{}", self.path.text(), excerpt(name));
            self.unknown.push(Unknown { path, xml: text.to_owned() });
        }
        self.unknown_total += 1;
        Ok(())
    }

    /// Leaves the element whose end tag was just passed.
    #[inline]
    pub(crate) fn close(&mut self) {
        self.path.leave();
        self.scope.leave(self.path.depth());
    }

    /// Notes that the member at `position` begins; refuses a second single one and one that comes too late.
    #[inline]
    pub(crate) fn in_order(
        &mut self,
        seen: &mut Seen,
        position: usize,
        table: &'static Type,
    ) -> Result<(), XmlError> {
        if position < seen.last || (position == seen.last && seen.mask >> position & 1 == 1) {
            let field = &fields(table)[position];
            if position < seen.last {
                return Err(self.element_error(XmlCause::OutOfOrder(field.name)));
            }
            if field.occurs != Occurs::Many {
                return Err(self.element_error(XmlCause::RepeatedElement(field.name)));
            }
        }
        seen.mark(position);
        Ok(())
    }

    /// Refuses an element that lacks a required member.
    pub(crate) fn all_there(&self, seen: &Seen, table: &'static Type) -> Result<(), XmlError> {
        for (position, field) in fields(table).iter().enumerate() {
            if field.occurs == Occurs::Once && seen.mask >> position & 1 == 0 {
                return Err(self.element_error(match table.content {
                    Content::Attributes { .. } => XmlCause::MissingAttribute(field.name),
                    _ => XmlCause::MissingElement(field.name),
                }));
            }
        }
        Ok(())
    }

    /// The text of the element is not a value of its type.
    pub(crate) fn bad_value(&self, expected: &'static str, text: &str) -> XmlError {
        self.element_error(XmlCause::Value { expected, text: excerpt(text) })
    }

    /// The text of a leaf is not a value of its type.
    pub(crate) fn bad_text(&self, table: &'static Type, text: &str) -> XmlError {
        match table.content {
            Content::Attributes { text: Some(of), .. } => self.bad_value(of.name, text),
            _ => self.bad_value(table.name, text),
        }
    }

    /// The value of the attribute at `position` is not one of its type.
    pub(crate) fn bad_attribute(&self, table: &'static Type, position: usize, text: &str) -> XmlError {
        let field = &fields(table)[position];
        let mut error = self.bad_value(field.of.name, text);
        error.path = format!("{}/@{}", error.path, field.name);
        error
    }

    fn schema_version(&mut self) -> Result<String, XmlError> {
        let mut version = None;
        let mut walk = self.attributes();
        while let Some((name, text)) = self.next_attribute(&mut walk)? {
            match name {
                SCHEMA_VERSION => version = Some(text.into_owned()),
                other => self.note_attribute(other, &text)?,
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

    /// Enters the element of the start tag that was just passed: whether it is ours, and its local name.
    #[inline]
    fn open(&mut self, name: &'a str) -> Result<(bool, &'a str), XmlError> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(self.error(XmlCause::TooManyElements { limit: self.limits.elements }));
        }
        if self.path.depth() >= self.limits.depth {
            return Err(self.error(XmlCause::TooDeep { limit: self.limits.depth }));
        }
        let (prefix, local) = split(name);
        self.path.enter(local);
        if !self.attributes.is_empty() && self.attributes.contains("xmlns") {
            self.declare()?;
        }
        match self.scope.is_ours(prefix) {
            Some(_) if prefix.is_empty() && local.len() < name.len() => Err(self.bad_name(name)),
            Some(ours) => Ok((ours, local)),
            None => Err(self.error(XmlCause::UnboundPrefix(excerpt(prefix)))),
        }
    }

    /// Takes up the namespaces that the last start tag declares.
    fn declare(&mut self) -> Result<(), XmlError> {
        let attributes = self.attributes;
        let mut walk = self.attributes();
        while let Some((name, uri)) = self.any_attribute(&mut walk)? {
            if let Some(prefix) = declared_prefix(name) {
                if !prefix.is_empty() && !is_name(prefix) {
                    return Err(self.bad_name(name));
                }
                self.scope.declare(self.path.depth(), prefix, &uri);
            }
        }
        self.attributes = attributes;
        Ok(())
    }

    fn any_attribute(
        &mut self,
        walk: &mut AttributeWalk<'a>,
    ) -> Result<Option<(&'a str, Cow<'a, str>)>, XmlError> {
        walk.next(&self.limits).map_err(|cause| self.element_error(cause))
    }

    fn token(&mut self) -> Result<Token<'a>, XmlError> {
        match self.tokens.next() {
            Ok(Token::Start(name, attributes)) => {
                self.element_at = self.tokens.at();
                self.attributes = attributes;
                Ok(Token::Start(name, attributes))
            }
            Ok(token) => Ok(token),
            Err(cause) => Err(self.error(cause)),
        }
    }

    fn bad_name(&self, name: &str) -> XmlError {
        self.element_error(XmlCause::NotWellFormed(format!("{:?} is no name", excerpt(name))))
    }

    /// An error at the last event.
    fn error(&self, cause: XmlCause) -> XmlError {
        self.tokens.error(cause, self.tokens.at(), self.path.text())
    }

    /// An error at the last start tag.
    fn element_error(&self, cause: XmlCause) -> XmlError {
        self.tokens.error(cause, self.element_at, self.path.text())
    }
}

/// The attribute of every root element.
pub(crate) const SCHEMA_VERSION: &str = "schemaVersion";

fn fields(table: &'static Type) -> &'static [Field] {
    match table.content {
        Content::Elements { fields } => fields,
        Content::Attributes { attributes, .. } => attributes,
        Content::Text | Content::Tokens { .. } => &[],
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|octet| matches!(octet, b' ' | b'\t' | b'\n' | b'\r'))
}
