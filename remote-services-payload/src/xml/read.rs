//! The reader: quick-xml's events, with limits, namespaces, paths and a place for every error.

use super::error::{XmlCause, XmlError, excerpt};
use super::limits::Limits;
use super::namespace::{Scope, declared_prefix, is_name, split};
use super::path::Path;
use super::table::{Content, Field, Occurs, Type};
use quick_xml::XmlVersion;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesDecl, Event};
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
    events: quick_xml::Reader<&'a [u8]>,
    /// The document without its byte order mark.
    text: &'a str,
    features: Features,
    limits: Limits,
    path: Path<'a>,
    scope: Scope<'a>,
    /// Where the last event began.
    at: usize,
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

/// A walk over the attributes of one start tag.
pub(crate) struct AttributeWalk<'a> {
    attributes: Attributes<'a>,
    names: [&'a str; MOST_ATTRIBUTES],
    count: usize,
}

/// What the limit on attributes can be at most.
const MOST_ATTRIBUTES: usize = 16;

enum Token<'a> {
    Start(&'a str),
    End,
    Text(Cow<'a, str>),
    Eof,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(octets: &'a [u8], limits: Limits, namespace: &'static str) -> Result<Self, XmlError> {
        if octets.len() > limits.octets {
            let cause = XmlCause::TooLarge { limit: limits.octets, found: octets.len() };
            return Err(XmlError { cause, offset: 0, line: 1, column: 1, path: String::new() });
        }
        let text = match std::str::from_utf8(octets) {
            Ok(text) => text.strip_prefix('\u{FEFF}').unwrap_or(text),
            Err(error) => {
                let valid = String::from_utf8_lossy(&octets[..error.valid_up_to()]);
                return Err(located(XmlCause::NotUtf8, &valid, valid.len(), String::new()));
            }
        };
        let features = Features::of(text);
        if features.suspicious
            && let Some((offset, character)) = forbidden(text)
        {
            return Err(located(XmlCause::ForbiddenCharacter(character), text, offset, String::new()));
        }
        let mut events = quick_xml::Reader::from_reader(text.as_bytes());
        events.config_mut().expand_empty_elements = true;
        Ok(Self {
            events,
            text,
            features,
            limits: Limits { attributes: limits.attributes.min(MOST_ATTRIBUTES), ..limits },
            path: Path::default(),
            scope: Scope::new(namespace),
            at: 0,
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
                Token::Start(found) => {
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
                Token::Start(name) => {
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
                Token::Start(name) => return Err(self.error(XmlCause::UnexpectedElement(excerpt(name)))),
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
                Token::Start(name) => {
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
            let xml = self.text[from..self.position()].to_owned();
            self.unknown.push(Unknown { path, xml });
        }
        Ok(())
    }

    /// Takes the attributes of the element whose start tag was just passed.
    pub(crate) fn attributes(&mut self) -> AttributeWalk<'a> {
        let mut attributes = Attributes::new(std::mem::take(&mut self.attributes), 0);
        attributes.with_checks(false);
        AttributeWalk { attributes, names: [""; MOST_ATTRIBUTES], count: 0 }
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
        let attribute = match walk.attributes.next() {
            None => return Ok(None),
            Some(Ok(attribute)) => attribute,
            Some(Err(error)) => {
                return Err(self.element_error(XmlCause::NotWellFormed(error.to_string())));
            }
        };
        let name = attribute.key.0;
        if walk.count == self.limits.attributes {
            let cause = XmlCause::TooManyAttributes { limit: self.limits.attributes };
            return Err(self.element_error(cause));
        }
        if walk.names[..walk.count].contains(&name) {
            return Err(self.element_error(XmlCause::DuplicateAttribute(excerpt(name))));
        }
        walk.names[walk.count] = name;
        walk.count += 1;
        // normalising never makes a value longer
        if attribute.value.len() > self.limits.text {
            return Err(self.element_error(XmlCause::TextTooLong { limit: self.limits.text }));
        }
        if attribute.value.contains('<') {
            let cause = XmlCause::NotWellFormed("`<` in an attribute".into());
            return Err(self.element_error(cause));
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| {
            let cause = match error {
                quick_xml::Error::Escape(quick_xml::escape::EscapeError::UnrecognizedEntity(_, name)) => {
                    XmlCause::ForeignEntity(excerpt(&name))
                }
                other => XmlCause::NotWellFormed(other.to_string()),
            };
            self.element_error(cause)
        })?;
        if let Cow::Owned(owned) = &value
            && let Some((_, character)) = forbidden(owned)
        {
            return Err(self.element_error(XmlCause::ForbiddenCharacter(character)));
        }
        Ok(Some((name, value)))
    }

    /// The next event that matters, and where it began.
    fn token(&mut self) -> Result<Token<'a>, XmlError> {
        loop {
            self.at = self.position();
            let event = match self.events.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.parser_error(&error)),
            };
            match event {
                Event::Start(start) => {
                    // the parser's slices end with its event, ours with the document
                    let name_at = self.at + 1;
                    let attributes_at = name_at + start.name().0.len();
                    let end = attributes_at + start.attributes_raw().len();
                    self.element_at = self.at;
                    self.attributes = &self.text[attributes_at..end];
                    return Ok(Token::Start(&self.text[name_at..attributes_at]));
                }
                Event::End(_) => return Ok(Token::End),
                Event::Text(text) => {
                    if self.features.brackets && text.contains("]]>") {
                        return Err(self.error(XmlCause::NotWellFormed("`]]>` in text".into())));
                    }
                    let returns = self.features.returns;
                    return Ok(Token::Text(if returns { text.xml10_content() } else { text.into_inner() }));
                }
                Event::CData(text) => return Ok(Token::Text(text.xml10_content())),
                Event::GeneralRef(reference) => return Ok(Token::Text(self.resolve(&reference)?)),
                Event::Comment(comment) => {
                    if comment.contains("--") || comment.ends_with('-') {
                        return Err(self.error(XmlCause::NotWellFormed("`--` in a comment".into())));
                    }
                }
                Event::Decl(declaration) if self.at == 0 => self.check_declaration(&declaration)?,
                Event::Decl(_) | Event::PI(_) => {
                    return Err(self.error(XmlCause::ProcessingInstruction));
                }
                Event::DocType(_) => return Err(self.error(XmlCause::Doctype)),
                Event::Eof => return Ok(Token::Eof),
                Event::Empty(_) => {
                    return Err(self.error(XmlCause::NotWellFormed("empty element not expanded".into())));
                }
            }
        }
    }

    fn resolve(&self, name: &str) -> Result<Cow<'a, str>, XmlError> {
        let five = match name {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "quot" => "\"",
            "apos" => "'",
            _ => {
                let Some(number) = name.strip_prefix('#') else {
                    return Err(self.error(XmlCause::ForeignEntity(excerpt(name))));
                };
                return Ok(Cow::Owned(self.character(number)?.into()));
            }
        };
        Ok(Cow::Borrowed(five))
    }

    /// The character of a reference: `38`, `x26`.
    fn character(&self, number: &str) -> Result<char, XmlError> {
        let (digits, radix) = match number.strip_prefix('x') {
            Some(digits) => (digits, 16),
            None => (number, 10),
        };
        let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let character =
            if plain { u32::from_str_radix(digits, radix).ok().and_then(char::from_u32) } else { None };
        match character {
            None => {
                let why = format!("{:?} is no character", excerpt(number));
                Err(self.error(XmlCause::NotWellFormed(why)))
            }
            Some(character) if is_allowed(character) => Ok(character),
            Some(character) => Err(self.error(XmlCause::ForbiddenCharacter(character))),
        }
    }

    fn check_declaration(&self, declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
        let version = declaration.version().map_err(|error| self.parser_error(&error))?;
        if version != "1.0" {
            return Err(self.error(XmlCause::ForeignVersion(excerpt(&version))));
        }
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => Ok(()),
            Some(Ok(name)) => Err(self.error(XmlCause::ForeignEncoding(excerpt(&name)))),
            Some(Err(error)) => Err(self.error(XmlCause::NotWellFormed(error.to_string()))),
        }
    }

    fn parser_error(&self, error: &quick_xml::Error) -> XmlError {
        use quick_xml::errors::{IllFormedError, SyntaxError};
        let cause = match error {
            quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup)
            | quick_xml::Error::IllFormed(
                IllFormedError::MismatchedEndTag { .. } | IllFormedError::UnmatchedEndTag(_),
            ) => XmlCause::NotWellFormed(error.to_string()),
            // every other error of syntax says that the input ended inside of markup
            quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype)
            | quick_xml::Error::IllFormed(IllFormedError::MissingDoctypeName) => XmlCause::Doctype,
            quick_xml::Error::Syntax(_) => XmlCause::Truncated,
            _ => XmlCause::NotWellFormed(error.to_string()),
        };
        self.error(cause)
    }

    fn position(&self) -> usize {
        // never beyond the document, whose length is a usize
        usize::try_from(self.events.buffer_position()).unwrap_or(self.text.len())
    }

    fn bad_name(&self, name: &str) -> XmlError {
        self.element_error(XmlCause::NotWellFormed(format!("{:?} is no name", excerpt(name))))
    }

    /// An error at the last event.
    fn error(&self, cause: XmlCause) -> XmlError {
        located(cause, self.text, self.at, self.path.text())
    }

    /// An error at the last start tag.
    fn element_error(&self, cause: XmlCause) -> XmlError {
        located(cause, self.text, self.element_at, self.path.text())
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

/// XML 1.0, production 2 (surrogates are no `char`).
fn is_allowed(character: char) -> bool {
    !matches!(character, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}

/// What need not be looked for in every text when the document has none of it.
#[derive(Clone, Copy, Debug)]
struct Features {
    /// Octets that may belong to a character that XML does not allow.
    suspicious: bool,
    /// Carriage returns.
    returns: bool,
    /// `]`, which may close what is not open.
    brackets: bool,
}

impl Features {
    fn of(text: &str) -> Self {
        Self {
            // few documents hold U+F000 to U+FFFF, which begin with 0xEF
            suspicious: holds(text, |octet| {
                (octet < 0x20) & (octet != b'\t') & (octet != b'\n') & (octet != b'\r') | (octet == 0xEF)
            }),
            returns: holds(text, |octet| octet == b'\r'),
            brackets: holds(text, |octet| octet == b']'),
        }
    }
}

/// Without branches and short cuts, so that it becomes a loop over whole registers.
fn holds(text: &str, test: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(false, |found, octet| found | test(octet))
}

/// The first character that XML does not allow.
fn forbidden(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, character)| !is_allowed(*character))
}

fn located(cause: XmlCause, text: &str, offset: usize, path: String) -> XmlError {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    XmlError {
        cause,
        offset,
        line: before.bytes().filter(|octet| *octet == b'\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        path,
    }
}
