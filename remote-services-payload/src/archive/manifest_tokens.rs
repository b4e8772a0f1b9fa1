//! The manifest's document as a list of tokens: starts, texts and ends, entities resolved, nothing else let in.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion, escape};

use super::manifest::{ManifestError, ManifestErrorKind};

/// A token and the line and column where it starts.
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) place: (usize, usize),
}

/// What a token is. White space between elements is no token.
pub(crate) enum TokenKind {
    Open { name: String, attributes: Vec<(String, String)> },
    Text(String),
    Close,
}

/// Splits a document. The caller limits its length; depth and attributes are limited here.
pub(crate) fn tokens(octets: &[u8]) -> Result<Vec<Token>, ManifestError> {
    let mut places = Places { octets, at: 0, line: 1, column: 1 };
    let text = match core::str::from_utf8(octets) {
        Ok(text) => text,
        Err(error) => return Err(places.fail(error.valid_up_to(), ManifestErrorKind::Encoding)),
    };
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut list: Vec<Token> = Vec::new();
    let mut depth = 0_usize;
    let mut first = true;
    // Text since the last tag, and where it starts.
    let mut pending: Option<(String, usize)> = None;
    loop {
        let at = offset(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            places.fail(offset(reader.error_position()), ManifestErrorKind::Malformed(error.to_string()))
        })?;
        let mut fail = |kind| places.fail(at, kind);
        let piece = match &event {
            Event::Text(piece) => Some(piece.xml10_content().into_owned()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => Some(character.to_string()),
                Ok(None) => match escape::resolve_predefined_entity(reference) {
                    Some(text) => Some(text.to_owned()),
                    None => return Err(fail(ManifestErrorKind::Entity)),
                },
                Err(_) => return Err(fail(ManifestErrorKind::Entity)),
            },
            _ => None,
        };
        if let Some(piece) = piece {
            pending.get_or_insert_with(|| (String::new(), at)).0.push_str(&piece);
            continue;
        }
        let after_start = matches!(list.last(), Some(Token { kind: TokenKind::Open { .. }, .. }));
        let is_end = matches!(event, Event::End(_));
        if let Some((text, from)) = pending.take() {
            // An element holds text or elements, never both.
            if after_start && is_end {
                list.push(Token { kind: TokenKind::Text(text), place: places.of(from) });
            } else if !text.bytes().all(|octet| b" \t\r\n".contains(&octet)) {
                return Err(places.fail(from, ManifestErrorKind::Text));
            }
        }
        let place = places.of(at);
        let fail = |kind| ManifestError { path: "/".to_owned(), line: place.0, column: place.1, kind };
        match event {
            Event::Decl(declaration) if first => {
                let utf8 = declaration
                    .encoding()
                    .is_none_or(|name| name.is_ok_and(|name| name.eq_ignore_ascii_case("UTF-8")));
                if !utf8 || !declaration.version().is_ok_and(|version| version == "1.0") {
                    return Err(fail(ManifestErrorKind::Encoding));
                }
            }
            Event::Start(start) => {
                if depth == 0 && !list.is_empty() {
                    return Err(fail(ManifestErrorKind::NotInProfile("more than one root")));
                }
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(fail(ManifestErrorKind::NotInProfile("nesting this deep")));
                }
                list.push(Token { kind: open(&start).map_err(fail)?, place });
            }
            Event::Empty(start) => {
                if depth == 0 && !list.is_empty() {
                    return Err(fail(ManifestErrorKind::NotInProfile("more than one root")));
                }
                list.push(Token { kind: open(&start).map_err(fail)?, place });
                list.push(Token { kind: TokenKind::Close, place });
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                list.push(Token { kind: TokenKind::Close, place });
            }
            Event::Eof if depth == 0 => return Ok(list),
            Event::Eof => {
                return Err(fail(ManifestErrorKind::Malformed("the document ends early".to_owned())));
            }
            Event::Decl(_) => return Err(fail(ManifestErrorKind::NotInProfile("an XML declaration inside"))),
            Event::DocType(_) => return Err(fail(ManifestErrorKind::NotInProfile("DOCTYPE"))),
            Event::PI(_) => return Err(fail(ManifestErrorKind::NotInProfile("a processing instruction"))),
            Event::Comment(_) => return Err(fail(ManifestErrorKind::NotInProfile("a comment"))),
            Event::CData(_) => return Err(fail(ManifestErrorKind::NotInProfile("CDATA"))),
            Event::Text(_) | Event::GeneralRef(_) => {}
        }
        first = false;
    }
}

fn open(start: &BytesStart<'_>) -> Result<TokenKind, ManifestErrorKind> {
    let malformed = |error: &dyn core::fmt::Display| ManifestErrorKind::Malformed(error.to_string());
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        if attributes.len() == MAX_ATTRIBUTES {
            return Err(ManifestErrorKind::NotInProfile("this many attributes"));
        }
        let attribute = attribute.map_err(|error| malformed(&error))?;
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| malformed(&error))?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(TokenKind::Open { name: start.name().as_ref().to_owned(), attributes })
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// Turns offsets, which never go back, into lines and columns.
struct Places<'a> {
    octets: &'a [u8],
    at: usize,
    line: usize,
    column: usize,
}

impl Places<'_> {
    fn of(&mut self, offset: usize) -> (usize, usize) {
        let passed = self.octets.get(self.at..offset.min(self.octets.len())).unwrap_or_default();
        for octet in passed {
            if *octet == b'\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.at += passed.len();
        (self.line, self.column)
    }

    fn fail(&mut self, offset: usize, kind: ManifestErrorKind) -> ManifestError {
        let (line, column) = self.of(offset);
        ManifestError { path: "/".to_owned(), line, column, kind }
    }
}

/// The manifest is three deep.
const MAX_DEPTH: usize = 8;
/// An entry has five.
const MAX_ATTRIBUTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(document: &str) -> ManifestErrorKind {
        match tokens(document.as_bytes()) {
            Ok(_) => panic!("accepted {document}"),
            Err(error) => error.kind,
        }
    }

    #[test]
    fn lets_in_nothing_but_elements_attributes_and_text() {
        for (document, what) in [
            ("<!DOCTYPE a><a></a>", "DOCTYPE"),
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "DOCTYPE"),
            ("<?php x?><a></a>", "a processing instruction"),
            ("<a><!-- x --></a>", "a comment"),
            ("<a><![CDATA[x]]></a>", "CDATA"),
            ("<a></a><b></b>", "more than one root"),
            ("<a></a><b/>", "more than one root"),
        ] {
            assert_eq!(refusal(document), ManifestErrorKind::NotInProfile(what), "{document}");
        }
        assert_eq!(refusal("<a>&nbsp;</a>"), ManifestErrorKind::Entity);
        assert_eq!(refusal("<a>&#0;</a>"), ManifestErrorKind::Entity);
        assert_eq!(
            refusal("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a></a>"),
            ManifestErrorKind::Encoding
        );
        assert_eq!(refusal("<?xml version=\"1.1\"?><a></a>"), ManifestErrorKind::Encoding);
        assert_eq!(refusal("<a>x<b></b></a>"), ManifestErrorKind::Text);
        assert_eq!(refusal(&"<a>".repeat(9)), ManifestErrorKind::NotInProfile("nesting this deep"));
        assert!(
            tokens(&[b'<', b'a', b'>', 0xFF]).is_err_and(|error| error.kind == ManifestErrorKind::Encoding)
        );
    }

    #[test]
    fn an_attribute_flood_ends_early() {
        let flood: String = (0..100_000).map(|at| format!(" a{at}=\"\"")).collect();
        assert_eq!(
            refusal(&format!("<a{flood}></a>")),
            ManifestErrorKind::NotInProfile("this many attributes")
        );
    }

    #[test]
    fn text_and_references_make_one_text() {
        let list = tokens(b"<a>1 &lt; 2 &#x26; 3\r\n</a>").unwrap();
        assert!(matches!(&list[1].kind, TokenKind::Text(text) if text == "1 < 2 & 3\n"));
    }
}
