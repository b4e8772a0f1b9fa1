//! Tokens: quick-xml's events without those that have no place in a payload.

use super::error::{XmlCause, XmlError, excerpt};
use quick_xml::events::{BytesDecl, Event};
use std::borrow::Cow;

/// What is left of a document for the reader of elements.
pub(crate) enum Token<'a> {
    /// A start tag: its name, and the attributes as they stand there.
    Start(&'a str, &'a str),
    End,
    Text(Cow<'a, str>),
    Eof,
}

/// The document as a run of tokens.
pub(crate) struct Tokens<'a> {
    events: quick_xml::Reader<&'a [u8]>,
    /// The document without its byte order mark.
    text: &'a str,
    features: Features,
    /// Where the last event began.
    at: usize,
}

impl<'a> Tokens<'a> {
    /// Looks over the whole document: UTF-8, and characters that XML allows.
    pub(crate) fn new(octets: &'a [u8]) -> Result<Self, XmlError> {
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
        Ok(Self { events, text, features, at: 0 })
    }

    /// Where the last token began.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Where the last token ended.
    pub(crate) fn position(&self) -> usize {
        // never beyond the document, whose length is a usize
        usize::try_from(self.events.buffer_position()).unwrap_or(self.text.len())
    }

    /// The document from one offset to another.
    pub(crate) fn slice(&self, from: usize, to: usize) -> &'a str {
        &self.text[from..to]
    }

    /// An error at an offset.
    pub(crate) fn error(&self, cause: XmlCause, offset: usize, path: String) -> XmlError {
        located(cause, self.text, offset, path)
    }

    /// The next event that matters.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, XmlCause> {
        loop {
            self.at = self.position();
            match self.events.read_event().map_err(|error| parser_cause(&error))? {
                Event::Start(start) => {
                    // the parser's slices end with its event, ours with the document
                    let name_at = self.at + 1;
                    let attributes_at = name_at + start.name().0.len();
                    let end = attributes_at + start.attributes_raw().len();
                    return Ok(Token::Start(
                        &self.text[name_at..attributes_at],
                        &self.text[attributes_at..end],
                    ));
                }
                Event::End(_) => return Ok(Token::End),
                Event::Text(text) => {
                    if self.features.brackets && text.contains("]]>") {
                        return Err(XmlCause::NotWellFormed("`]]>` in text".into()));
                    }
                    let returns = self.features.returns;
                    return Ok(Token::Text(if returns { text.xml10_content() } else { text.into_inner() }));
                }
                Event::CData(text) => return Ok(Token::Text(text.xml10_content())),
                Event::GeneralRef(reference) => return Ok(Token::Text(resolve(&reference)?)),
                Event::Comment(comment) => {
                    if comment.contains("--") || comment.ends_with('-') {
                        return Err(XmlCause::NotWellFormed("`--` in a comment".into()));
                    }
                }
                Event::Decl(declaration) if self.at == 0 => check_declaration(&declaration)?,
                Event::Decl(_) | Event::PI(_) => return Err(XmlCause::ProcessingInstruction),
                Event::DocType(_) => return Err(XmlCause::Doctype),
                Event::Eof => return Ok(Token::Eof),
                Event::Empty(_) => {
                    return Err(XmlCause::NotWellFormed("empty element not expanded".into()));
                }
            }
        }
    }
}

fn resolve<'a>(name: &str) -> Result<Cow<'a, str>, XmlCause> {
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
        Some(character) if is_allowed(character) => Ok(character),
        Some(character) => Err(XmlCause::ForbiddenCharacter(character)),
    }
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), XmlCause> {
    let version = declaration.version().map_err(|error| parser_cause(&error))?;
    if version != "1.0" {
        return Err(XmlCause::ForeignVersion(excerpt(&version)));
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(Ok(name)) => Err(XmlCause::ForeignEncoding(excerpt(&name))),
        Some(Err(error)) => Err(XmlCause::NotWellFormed(error.to_string())),
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
pub(crate) fn forbidden(text: &str) -> Option<(usize, char)> {
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
