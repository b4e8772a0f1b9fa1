//! The manifest's document as a list of tokens: starts, texts and ends, entities resolved, nothing else let in.

use super::manifest::{ManifestError, ManifestErrorKind};
use crate::xml::{Attributes, Limits, Token as Markup, Tokens, XmlCause, is_blank};

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
    let mut scan = Tokens::new(octets).map_err(|error| {
        let kind = match error.cause {
            XmlCause::ForbiddenCharacter(_) => ManifestErrorKind::Malformed(error.cause.to_string()),
            cause => kind_of(cause),
        };
        ManifestError { path: "/".to_owned(), line: error.line, column: error.column, kind }
    })?;
    let document = scan.document();
    let mut places = Places { octets: document.as_bytes(), at: 0, line: 1, column: 1 };
    if let Some((at, what)) = not_in_profile(document) {
        return Err(places.fail(at, ManifestErrorKind::NotInProfile(what)));
    }
    let mut list: Vec<Token> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut attributes = Attributes::default();
    // Text since the last tag, and where it starts.
    let mut pending: Option<(String, usize)> = None;
    loop {
        let token = scan.next().map_err(|cause| places.fail(scan.at(), kind_of(cause)))?;
        let at = scan.at();
        if let Markup::Text(text) = &token {
            if open.is_empty() && scan.is_markup() {
                return Err(places.fail(at, kind_of(XmlCause::OutsideRoot)));
            }
            pending.get_or_insert_with(|| (String::new(), at)).0.push_str(text);
            continue;
        }
        let after_start = matches!(list.last(), Some(Token { kind: TokenKind::Open { .. }, .. }));
        if let Some((text, from)) = pending.take() {
            // An element holds text or elements, never both.
            if after_start && matches!(token, Markup::End(_)) {
                list.push(Token { kind: TokenKind::Text(text), place: places.of(from) });
            } else if !is_blank(&text) {
                return Err(places.fail(from, ManifestErrorKind::Text));
            }
        }
        let place = places.of(at);
        let fail = |kind| ManifestError { path: "/".to_owned(), line: place.0, column: place.1, kind };
        match token {
            Markup::Start(name, raw) => {
                if open.is_empty() && !list.is_empty() {
                    return Err(fail(ManifestErrorKind::NotInProfile("more than one root")));
                }
                if open.len() == MAX_DEPTH {
                    return Err(fail(ManifestErrorKind::NotInProfile("nesting this deep")));
                }
                attributes.read(raw, &LIMITS).map_err(|cause| fail(kind_of(cause)))?;
                open.push(name);
                let attributes = attributes.all();
                list.push(Token { kind: TokenKind::Open { name: name.to_owned(), attributes }, place });
            }
            Markup::End(name) if open.pop() == Some(name) => {
                list.push(Token { kind: TokenKind::Close, place });
            }
            Markup::End(name) => {
                let why = format!("end tag of {name:?}, which is not open");
                return Err(fail(ManifestErrorKind::Malformed(why)));
            }
            Markup::Eof if open.is_empty() => return Ok(list),
            Markup::Eof => return Err(fail(kind_of(XmlCause::Truncated))),
            Markup::Text(_) => {}
        }
    }
}

/// Markup that XML allows and a manifest does not have; in what is well-formed, `<!` and `<?` are nothing else.
fn not_in_profile(document: &str) -> Option<(usize, &'static str)> {
    let at = document.match_indices('<').map(|(at, _)| at).find(|at| {
        let rest = &document[*at..];
        rest.starts_with("<!") || rest.starts_with("<?") && !(*at == 0 && rest.starts_with("<?xml"))
    })?;
    let rest = &document[at..];
    let what = [
        ("<!--", "a comment"),
        ("<![CDATA[", "CDATA"),
        ("<?xml ", "an XML declaration inside"),
        ("<?", "a processing instruction"),
    ];
    Some((at, what.iter().find(|(lead, _)| rest.starts_with(lead)).map_or("DOCTYPE", |(_, what)| what)))
}

fn kind_of(cause: XmlCause) -> ManifestErrorKind {
    match cause {
        XmlCause::NotUtf8 | XmlCause::ForeignEncoding(_) | XmlCause::ForeignVersion(_) => {
            ManifestErrorKind::Encoding
        }
        XmlCause::ForeignEntity(_) | XmlCause::ForbiddenCharacter(_) => ManifestErrorKind::Entity,
        XmlCause::TooManyAttributes { .. } | XmlCause::TooManyNamespaces { .. } => {
            ManifestErrorKind::NotInProfile("this many attributes")
        }
        XmlCause::Doctype => ManifestErrorKind::NotInProfile("DOCTYPE"),
        XmlCause::ProcessingInstruction => ManifestErrorKind::NotInProfile("a processing instruction"),
        other => ManifestErrorKind::Malformed(other.to_string()),
    }
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
/// An entry has five; nobody declares a prefix.
const LIMITS: Limits = Limits {
    octets: 0,
    depth: 0,
    elements: 0,
    attributes: 16,
    namespaces: 0,
    namespace: 0,
    text: 256 << 10,
    unknown: 0,
};

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
