//! A strict small document: the elements and attributes of its schema, in their order, and nothing else.

use super::manifest::{ManifestError, ManifestErrorKind};
use super::manifest_tokens::{Token, TokenKind, tokens};

pub(crate) use super::manifest::check_token;
pub(crate) use super::name::is_allowed;

/// Takes tokens in the order of the schema; knows where it is.
pub(crate) struct Document {
    tokens: core::iter::Peekable<std::vec::IntoIter<Token>>,
    path: Vec<&'static str>,
    place: (usize, usize),
}

pub(crate) type Attributes = Vec<(String, String)>;

impl Document {
    pub(crate) fn new(octets: &[u8]) -> Result<Self, ManifestError> {
        Ok(Self { tokens: tokens(octets)?.into_iter().peekable(), path: Vec::new(), place: (1, 1) })
    }

    /// Takes the start of the root element, which must be of this schema, and gives its other attributes.
    pub(crate) fn root(
        &mut self,
        name: &'static str,
        namespace: &str,
        version: &str,
    ) -> Result<Attributes, ManifestError> {
        let mut root = self.open(name)?;
        if self.attribute(&mut root, "xmlns")? != namespace {
            return Err(self.fail(ManifestErrorKind::Version("namespace")));
        }
        if self.attribute(&mut root, "schemaVersion")? != version {
            return Err(self.fail(ManifestErrorKind::Version("schemaVersion")));
        }
        Ok(root)
    }

    /// A value that was converted, or the error that it is not allowed here.
    pub(crate) fn value<T>(&self, converted: Option<T>) -> Result<T, ManifestError> {
        converted.ok_or_else(|| self.fail(ManifestErrorKind::Value))
    }

    /// The text of an element without attributes, converted.
    pub(crate) fn parsed<T>(
        &mut self,
        name: &'static str,
        convert: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ManifestError> {
        let attributes = self.open(name)?;
        self.no_more(&attributes)?;
        let text = match self.tokens.next_if(|token| matches!(token.kind, TokenKind::Text(_))) {
            Some(Token { kind: TokenKind::Text(text), .. }) => text,
            _ => String::new(),
        };
        let converted = convert(&text).ok_or_else(|| self.fail(ManifestErrorKind::Value))?;
        self.close()?;
        Ok(converted)
    }

    pub(crate) fn checked(
        &mut self,
        name: &'static str,
        check: fn(&'static str, &str) -> Result<(), ManifestError>,
    ) -> Result<String, ManifestError> {
        self.parsed(name, |text| check(name, text).ok().map(|()| text.to_owned()))
    }

    pub(crate) fn next_is(&mut self, wanted: &str) -> bool {
        matches!(self.tokens.peek(), Some(Token { kind: TokenKind::Open { name, .. }, .. }) if name == wanted)
    }

    /// Takes the start of the next element, which must have this name, and gives its attributes.
    pub(crate) fn open(&mut self, wanted: &'static str) -> Result<Attributes, ManifestError> {
        let token = self.tokens.next();
        self.place = token.as_ref().map_or(self.place, |token| token.place);
        match token.map(|token| token.kind) {
            Some(TokenKind::Open { name, attributes }) if name == wanted => {
                self.path.push(wanted);
                Ok(attributes)
            }
            other => Err(self.unexpected(wanted, other)),
        }
    }

    pub(crate) fn close(&mut self) -> Result<(), ManifestError> {
        let token = self.tokens.next();
        self.place = token.as_ref().map_or(self.place, |token| token.place);
        match token.map(|token| token.kind) {
            Some(TokenKind::Close) => {
                self.path.pop();
                Ok(())
            }
            other => Err(self.unexpected("the end of the element", other)),
        }
    }

    pub(crate) fn attribute(
        &self,
        attributes: &mut Attributes,
        name: &'static str,
    ) -> Result<String, ManifestError> {
        take(attributes, name).ok_or_else(|| self.fail(ManifestErrorKind::MissingAttribute(name)))
    }

    pub(crate) fn no_more(&self, attributes: &Attributes) -> Result<(), ManifestError> {
        match attributes.first() {
            Some((name, _)) => Err(self.fail(ManifestErrorKind::UnknownAttribute(name.clone()))),
            None => Ok(()),
        }
    }

    fn unexpected(&self, expected: &'static str, found: Option<TokenKind>) -> ManifestError {
        let found = match found {
            Some(TokenKind::Open { name, .. }) => name,
            Some(TokenKind::Text(_)) => return self.fail(ManifestErrorKind::Text),
            Some(TokenKind::Close) => "the end of the element".to_owned(),
            None => "the end of the document".to_owned(),
        };
        self.fail(ManifestErrorKind::Unexpected { expected, found })
    }

    pub(crate) fn fail(&self, kind: ManifestErrorKind) -> ManifestError {
        let (line, column) = self.place;
        ManifestError { path: format!("/{}", self.path.join("/")), line, column, kind }
    }
}

pub(crate) fn take(attributes: &mut Attributes, name: &str) -> Option<String> {
    let at = attributes.iter().position(|(found, _)| found == name)?;
    Some(attributes.swap_remove(at).1)
}

/// Decimal without sign or leading zeros.
pub(crate) fn read_number(text: &str) -> Option<u64> {
    let canonical = text == "0" || text.starts_with(|first: char| ('1'..='9').contains(&first));
    if canonical { text.parse().ok() } else { None }
}
