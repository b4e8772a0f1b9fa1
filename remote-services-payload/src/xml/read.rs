//! The reader: members of types from tokens, with limits, namespaces, paths and a place for every error.

use super::attributes::Attributes;
use super::error::{XmlCause, XmlError, excerpt};
use super::limits::Limits;
use super::namespace::{Scope, is_name, is_qualified_name, split};
use super::path::Path;
use super::seen::Seen;
use super::table::{Content, Field, Type};
use super::tokens::{Token, Tokens};
use super::unknown::Kept;
use std::borrow::Cow;

/// Reads one document from the root inwards.
///
/// The caller asks for the next member and gets its position in the type; the value that the member holds is then
/// read by the type that fills it, which ends with [`Reader::close`].
pub(crate) struct Reader<'a> {
    pub(super) tokens: Tokens<'a>,
    pub(super) limits: Limits,
    pub(super) path: Path<'a>,
    pub(super) scope: Scope<'a>,
    /// Where the start tag of the last element began.
    pub(super) element_at: usize,
    /// Attributes of the last start tag, without declarations.
    attributes: Attributes<'a>,
    elements: usize,
    pub(super) kept: Kept,
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
            path: Path::new(),
            scope: Scope::new(namespace),
            element_at: 0,
            attributes: Attributes::default(),
            elements: 0,
            kept: Kept::default(),
        })
    }

    /// Passes the start tag of the next member and gives its position in the type, or passes the end tag of the
    /// parent (`None`). What the type does not have is stepped over and kept.
    #[inline]
    pub(crate) fn next_member(
        &mut self,
        seen: &mut Seen,
        table: &'static Type,
    ) -> Result<Option<usize>, XmlError> {
        let fields = fields(table);
        if self.scope.default_is_ours() {
            // documents of ours have the members in order and nothing between them
            for (position, field) in fields.iter().enumerate().skip(seen.last) {
                if self.tokens.skip_start(field.name) {
                    self.enter(field.name, field.name)?;
                    self.attributes.clear();
                    self.in_order(seen, position, fields)?;
                    return Ok(Some(position));
                }
            }
        }
        if self.tokens.skip_end(self.path.last()) {
            return Ok(None);
        }
        self.next_member_among_others(seen, fields)
    }

    #[inline(never)]
    fn next_member_among_others(
        &mut self,
        seen: &mut Seen,
        fields: &'static [Field],
    ) -> Result<Option<usize>, XmlError> {
        loop {
            match self.token()? {
                Token::Start(name, attributes) => {
                    let (ours, local) = self.open(name, attributes)?;
                    if ours && let Some(position) = fields.iter().position(|field| field.name == local) {
                        self.in_order(seen, position, fields)?;
                        self.keep_prefixes();
                        return Ok(Some(position));
                    }
                    self.skip_unknown(seen.last().map(|(last, count)| (fields[last].name, count)))?;
                }
                Token::End(_) => return Ok(None),
                Token::Text(text) if is_blank(&text) => {}
                Token::Text(_) => return Err(self.error(XmlCause::UnexpectedText)),
                Token::Eof => return Err(self.error(XmlCause::Truncated)),
            }
        }
    }

    /// The text of the element up to its end tag.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, XmlError> {
        let text = self.tokens.skip_text().unwrap_or("");
        if text.len() <= self.limits.text && self.tokens.skip_end(self.path.last()) {
            return Ok(Cow::Borrowed(text));
        }
        self.rest_of_text(text)
    }

    fn rest_of_text(&mut self, begun: &'a str) -> Result<Cow<'a, str>, XmlError> {
        let mut text = Cow::Borrowed(begun);
        loop {
            if text.len() > self.limits.text {
                return Err(self.error(XmlCause::TextTooLong { limit: self.limits.text }));
            }
            if self.tokens.skip_end(self.path.last()) {
                return Ok(text);
            }
            match self.token()? {
                Token::Text(more) if text.is_empty() => text = more,
                Token::Text(more) => text.to_mut().push_str(&more),
                Token::End(_) => return Ok(text),
                Token::Start(name, _) => return Err(self.error(XmlCause::UnexpectedElement(excerpt(name)))),
                Token::Eof => return Err(self.error(XmlCause::Truncated)),
            }
        }
    }

    /// Passes the end tag of an element that holds nothing; what a newer schema put there is kept.
    pub(crate) fn nothing_inside(&mut self) -> Result<(), XmlError> {
        self.next_member_among_others(&mut Seen::default(), &[]).map(|_| ())
    }

    /// Keeps all attributes of an element that should have none.
    #[inline]
    pub(crate) fn no_attributes(&mut self) -> Result<(), XmlError> {
        while let Some((name, text)) = self.next_attribute()? {
            self.keep_attribute(name, &text)?;
        }
        Ok(())
    }

    /// The next attribute of the element whose start tag was just passed, declarations left out: its name and its
    /// value.
    #[inline]
    pub(crate) fn next_attribute(&mut self) -> Result<Option<(&'a str, Cow<'a, str>)>, XmlError> {
        let Some((name, text)) = self.attributes.take() else { return Ok(None) };
        if let Some((prefix, _)) = name.split_once(':') {
            if !is_qualified_name(name) {
                return Err(self.bad_name(name));
            }
            if self.scope.is_ours(prefix).is_none() {
                return Err(self.element_error(XmlCause::UnboundPrefix(excerpt(prefix))));
            }
        }
        Ok(Some((name, text)))
    }

    /// Leaves the element whose end tag was just passed.
    #[inline]
    pub(crate) fn close(&mut self) {
        self.path.leave();
        self.scope.leave(self.path.depth());
    }

    /// The text of the element is not a value of its type.
    #[cold]
    pub(crate) fn bad_value(&self, expected: &'static str, text: &str) -> XmlError {
        self.element_error(XmlCause::Value { expected, text: excerpt(text) })
    }

    /// The text of a leaf is not a value of its type.
    #[cold]
    pub(crate) fn bad_text(&self, table: &'static Type, text: &str) -> XmlError {
        match table.content {
            Content::Attributes { text: Some(of), .. } => self.bad_value(of.name, text),
            _ => self.bad_value(table.name, text),
        }
    }

    /// The value of the attribute at `position` is not one of its type.
    #[cold]
    pub(crate) fn bad_attribute(&self, table: &'static Type, position: usize, text: &str) -> XmlError {
        let field = &fields(table)[position];
        let mut error = self.bad_value(field.of.name, text);
        error.path = format!("{}/@{}", error.path, field.name);
        error
    }

    /// Enters the element of the start tag that was just passed: whether it is ours, and its local name.
    pub(super) fn open(&mut self, name: &'a str, attributes: &'a str) -> Result<(bool, &'a str), XmlError> {
        let (prefix, local) = split(name);
        self.enter(name, local)?;
        self.attributes.read(attributes, &self.limits).map_err(|cause| self.element_error(cause))?;
        for position in 0..self.attributes.declarations() {
            self.declare(position)?;
        }
        if let Some((first, second)) = self.attributes.same_by_namespace(&self.scope) {
            let (first, second) = (excerpt(first), excerpt(second));
            return Err(self.element_error(XmlCause::SameAttribute { first, second }));
        }
        match self.scope.is_ours(prefix) {
            Some(_) if prefix.is_empty() && local.len() < name.len() => Err(self.bad_name(name)),
            Some(ours) => Ok((ours, local)),
            None => Err(self.error(XmlCause::UnboundPrefix(excerpt(prefix)))),
        }
    }

    #[inline]
    fn enter(&mut self, name: &'a str, local: &'a str) -> Result<(), XmlError> {
        self.element_at = self.tokens.at();
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(self.error(XmlCause::TooManyElements { limit: self.limits.elements }));
        }
        if self.path.depth() >= self.limits.depth {
            return Err(self.error(XmlCause::TooDeep { limit: self.limits.depth }));
        }
        self.path.enter(name, local);
        Ok(())
    }

    /// Takes up one of the namespaces that the last start tag declares.
    fn declare(&mut self, position: usize) -> Result<(), XmlError> {
        let (prefix, uri) = self.attributes.declaration(position);
        if !prefix.is_empty() && (!is_name(prefix) || prefix.contains(':')) {
            return Err(self.bad_name(prefix));
        }
        let depth = self.path.depth();
        self.scope.declare(depth, prefix, uri, &self.limits).map_err(|cause| self.element_error(cause))
    }

    pub(super) fn token(&mut self) -> Result<Token<'a>, XmlError> {
        match self.tokens.next() {
            Ok(Token::End(found)) if found != self.path.last() => {
                Err(self.error(XmlCause::MismatchedEndTag {
                    expected: excerpt(self.path.last()),
                    found: excerpt(found),
                }))
            }
            Ok(token) => Ok(token),
            Err(cause) => Err(self.error(cause)),
        }
    }

    #[cold]
    pub(super) fn bad_name(&self, name: &str) -> XmlError {
        self.element_error(XmlCause::NotAName(excerpt(name)))
    }

    /// An error at the last event.
    #[cold]
    pub(super) fn error(&self, cause: XmlCause) -> XmlError {
        self.tokens.error(cause, self.tokens.at(), self.path.text())
    }

    /// An error at the last start tag.
    #[cold]
    pub(super) fn element_error(&self, cause: XmlCause) -> XmlError {
        self.tokens.error(cause, self.element_at, self.path.text())
    }
}

pub(super) fn fields(table: &'static Type) -> &'static [Field] {
    match table.content {
        Content::Elements { fields } => fields,
        Content::Attributes { attributes, .. } => attributes,
        Content::Text | Content::Tokens { .. } => &[],
    }
}

pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(|octet| matches!(octet, b' ' | b'\t' | b'\n' | b'\r'))
}
