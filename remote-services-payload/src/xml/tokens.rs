//! Tokens: what is left of a document for the reader of elements.
//!
//! Three things make up nearly all of a document: `<Name>` where the schema expects that name, `</Name>` of the
//! element that is open, and text without references. [`Tokens::skip_start`], [`Tokens::skip_end`] and
//! [`Tokens::skip_text`] compare them with what is expected and step over. All else (other tags, references, comments,
//! CDATA, declarations) is an event of quick-xml, whose parser is put at the place. A quick-xml event takes some 350
//! instructions, because it looks for the end of a tag three times, checks UTF-8 twice and copies names; a comparison
//! takes 30. That the short cuts change nothing but the time is what a test at [`read`](super::read) holds.

use super::declaration;
use super::error::{XmlCause, XmlError, excerpt};
use super::scan;
use quick_xml::events::Event;
use std::borrow::Cow;

pub(crate) enum Token<'a> {
    /// A start tag: its name, and the attributes as they stand there.
    Start(&'a str, &'a str),
    /// An end tag, or the end of an empty element: its name.
    End(&'a str),
    Text(Cow<'a, str>),
    Eof,
}

/// The document as a run of tokens.
pub(crate) struct Tokens<'a> {
    /// The document without its byte order mark.
    text: &'a str,
    /// Octets of that mark.
    mark: usize,
    features: scan::Features,
    /// Where the last token began.
    at: usize,
    /// Where it ended.
    position: usize,
    /// The name of an empty element of which only the start was told.
    empty: Option<&'a str>,
    /// Whether the short cuts are taken; a test compares both ways.
    short_cuts: bool,
}

impl<'a> Tokens<'a> {
    /// Looks over the whole document: UTF-8, and characters that XML allows.
    pub(crate) fn new(octets: &'a [u8]) -> Result<Self, XmlError> {
        if let Some(name) = scan::foreign_encoding(octets) {
            return Err(located(XmlCause::ForeignEncoding(name.into()), "", 0, String::new()));
        }
        let mark = if octets.starts_with(MARK) { MARK.len() } else { 0 };
        let text = match std::str::from_utf8(&octets[mark..]) {
            Ok(text) => text,
            Err(error) => {
                let valid = String::from_utf8_lossy(&octets[mark..mark + error.valid_up_to()]);
                return Err(located(XmlCause::NotUtf8, &valid, valid.len(), String::new()).behind(mark));
            }
        };
        let features = scan::Features::of(text);
        if features.suspicious
            && let Some((offset, character)) = scan::forbidden(text)
        {
            let cause = XmlCause::ForbiddenCharacter(character);
            return Err(located(cause, text, offset, String::new()).behind(mark));
        }
        Ok(Self { text, mark, features, at: 0, position: 0, empty: None, short_cuts: true })
    }

    #[cfg(test)]
    pub(crate) fn without_short_cuts(&mut self) {
        self.short_cuts = false;
    }

    /// Where the last token began.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Where the last token ended.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Whether the last token began with `<` or `&`: a text that does is CDATA or a reference.
    pub(crate) fn is_markup(&self) -> bool {
        matches!(self.text.as_bytes().get(self.at), Some(b'<' | b'&'))
    }

    /// The document without its byte order mark: offsets count from its beginning.
    pub(crate) fn document(&self) -> &'a str {
        self.text
    }

    /// The document from one offset to another.
    pub(crate) fn slice(&self, from: usize, to: usize) -> &'a str {
        &self.text[from..to]
    }

    /// An error at an offset.
    pub(crate) fn error(&self, cause: XmlCause, offset: usize, path: String) -> XmlError {
        located(cause, self.text, offset, path).behind(self.mark)
    }

    /// Steps over `<name>` if this is what stands here.
    #[inline]
    pub(crate) fn skip_start(&mut self, name: &str) -> bool {
        let rest = &self.text.as_bytes()[self.position..];
        let end = name.len() + 1;
        let found = rest.get(end) == Some(&b'>')
            && self.may_skip()
            && rest[0] == b'<'
            && rest[1..end] == *name.as_bytes();
        if found {
            self.at = self.position;
            self.position += end + 1;
        }
        found
    }

    /// Steps over `</name>` if this is what stands here.
    #[inline]
    pub(crate) fn skip_end(&mut self, name: &str) -> bool {
        let rest = &self.text.as_bytes()[self.position..];
        let end = name.len() + 2;
        let found = rest.get(end) == Some(&b'>')
            && self.may_skip()
            && rest[..2] == *b"</"
            && rest[2..end] == *name.as_bytes();
        if found {
            self.at = self.position;
            self.position += end + 1;
        }
        found
    }

    /// Steps over text up to the next tag, if it has nothing in it that must be looked at.
    #[inline]
    pub(crate) fn skip_text(&mut self) -> Option<&'a str> {
        let rest = &self.text.as_bytes()[self.position..];
        let length = scan::run_of_text(rest);
        let plain = self.may_skip()
            && rest.get(length) == Some(&b'<')
            && !self.features.returns
            && !self.features.brackets;
        plain.then(|| {
            self.at = self.position;
            self.position += length;
            self.slice(self.at, self.position)
        })
    }

    #[inline]
    fn may_skip(&self) -> bool {
        self.short_cuts && self.empty.is_none()
    }

    /// The next token, whatever it is.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, XmlCause> {
        if let Some(name) = self.empty.take() {
            self.at = self.position;
            return Ok(Token::End(name));
        }
        loop {
            self.at = self.position;
            let token = match self.text.as_bytes().get(self.position) {
                None => return Ok(Token::Eof),
                Some(b'<' | b'&') => self.event()?,
                Some(_) => Some(self.text()?),
            };
            if let Some(token) = token {
                return Ok(token);
            }
        }
    }

    fn text(&mut self) -> Result<Token<'a>, XmlCause> {
        self.position += scan::run_of_text(&self.text.as_bytes()[self.at..]);
        let text = self.slice(self.at, self.position);
        if self.features.brackets && text.contains("]]>") {
            return Err(XmlCause::NotWellFormed("`]]>` in text".into()));
        }
        Ok(Token::Text(self.with_line_feeds(text)))
    }

    /// One event of quick-xml; `None` when nothing of it matters.
    fn event(&mut self) -> Result<Option<Token<'a>>, XmlCause> {
        let mut events = quick_xml::Reader::from_str(&self.text[self.at..]);
        // the reader of elements compares names, and says both
        events.config_mut().allow_unmatched_ends = true;
        let event = events.read_event().map_err(|error| parser_cause(&error))?;
        // never beyond the document, whose length is a usize
        self.position += usize::try_from(events.buffer_position()).unwrap_or(self.text.len() - self.at);
        // the parser's slices end with its event, ours with the document
        let name_at = self.at + 1;
        Ok(match event {
            Event::Start(start) => {
                let attributes_at = name_at + start.name().0.len();
                let end = attributes_at + start.attributes_raw().len();
                Some(Token::Start(self.slice(name_at, attributes_at), self.slice(attributes_at, end)))
            }
            Event::Empty(start) => {
                let attributes_at = name_at + start.name().0.len();
                let end = attributes_at + start.attributes_raw().len();
                let name = self.slice(name_at, attributes_at);
                self.empty = Some(name);
                Some(Token::Start(name, self.slice(attributes_at, end)))
            }
            Event::End(end) => Some(Token::End(self.slice(name_at + 1, name_at + 1 + end.name().0.len()))),
            Event::CData(text) => {
                let from = self.at + CDATA.len();
                Some(Token::Text(self.with_line_feeds(self.slice(from, from + text.len()))))
            }
            Event::GeneralRef(reference) => Some(Token::Text(resolve(&reference)?)),
            Event::Comment(comment) => {
                if comment.contains("--") || comment.ends_with('-') {
                    return Err(XmlCause::NotWellFormed("`--` in a comment".into()));
                }
                None
            }
            Event::Decl(_) if self.at == 0 => {
                let (from, to) = (self.at + DECLARATION.0.len(), self.position - DECLARATION.1.len());
                declaration::check(self.text.get(from..to).unwrap_or_default())?;
                None
            }
            Event::Decl(_) | Event::PI(_) => return Err(XmlCause::ProcessingInstruction),
            Event::DocType(_) => return Err(XmlCause::Doctype),
            Event::Text(_) | Event::Eof => return Err(XmlCause::Truncated),
        })
    }

    /// XML 1.0 §2.11: every end of a line is one line feed.
    fn with_line_feeds(&self, text: &'a str) -> Cow<'a, str> {
        if self.features.returns && text.contains('\r') {
            Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// The byte order mark in UTF-8.
const MARK: &[u8] = "\u{FEFF}".as_bytes();
const CDATA: &str = "<![CDATA[";
const DECLARATION: (&str, &str) = ("<?xml", "?>");

/// The text of a reference, without its `&` and `;`.
pub(crate) fn resolve<'a>(name: &str) -> Result<Cow<'a, str>, XmlCause> {
    let five = match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => {
            let Some(number) = name.strip_prefix('#') else {
                return Err(XmlCause::ForeignEntity(excerpt(name)));
            };
            return Ok(Cow::Owned(character(number)?.into()));
        }
    };
    Ok(Cow::Borrowed(five))
}

/// The character of a reference: `38`, `x26`.
fn character(number: &str) -> Result<char, XmlCause> {
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
            Err(XmlCause::NotWellFormed(why))
        }
        Some(character) if scan::is_allowed(character) => Ok(character),
        Some(character) => Err(XmlCause::ForbiddenCharacter(character)),
    }
}

fn parser_cause(error: &quick_xml::Error) -> XmlCause {
    use quick_xml::errors::{IllFormedError, SyntaxError};
    match error {
        quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup)
        | quick_xml::Error::IllFormed(
            IllFormedError::MismatchedEndTag { .. } | IllFormedError::UnmatchedEndTag(_),
        ) => XmlCause::NotWellFormed(error.to_string()),
        // every other error of syntax says that the input ended inside of markup
        quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype)
        | quick_xml::Error::IllFormed(IllFormedError::MissingDoctypeName) => XmlCause::Doctype,
        quick_xml::Error::Syntax(_) => XmlCause::Truncated,
        _ => XmlCause::NotWellFormed(error.to_string()),
    }
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

impl XmlError {
    /// The same with so many octets before what was looked at.
    fn behind(mut self, octets: usize) -> Self {
        self.offset += octets;
        self
    }
}
