//! What a newer schema, or somebody else, has put into a document: kept with its place, and put back.
//!
//! The model has no room for it, so that its types say what we know and nothing else. [`Kept`] stands beside the
//! model; a piece of it knows its parent and the member that it stood behind. Putting it back is a walk over the
//! document that the writer has made, which counts elements in the same way. Declarations of prefixes go back to the
//! elements where they stood, so that they cost no more room than they did.

use super::error::{PassOnError, XmlCause, XmlError, excerpt};
use super::namespace::is_qualified_name;
use super::path::write_position;
use super::tokens::Token;
use super::{Place, Reader, Writer};
use std::collections::HashMap;

/// An element or attribute that the schema known here does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Where it stood: `Supplies/Supply[3]/Weight`, `Supplies/Supply[3]/@color`.
    pub path: String,
    /// The element as it came, and the default namespace if that stood further out; of an attribute the value.
    pub xml: String,
    piece: Piece,
}

/// Where something goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// `Supplies/Supply[3]>Level`: inside the parent, behind the end of the member; of none, at the beginning.
    Element { place: String },
    /// `Supplies/Supply[3]@`, and the name.
    Attribute { place: String, name: String },
}

impl Piece {
    fn place(&self) -> &str {
        match self {
            Self::Element { place } | Self::Attribute { place, .. } => place,
        }
    }
}

/// All that was not known of one document, up to a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) unknown: Vec<Unknown>,
    pub(crate) unknown_total: usize,
    /// Prefixes that members declare: where, `xmlns:p`, and the namespace.
    prefixes: Vec<(Piece, String)>,
    prefixes_total: usize,
}

impl Reader<'_> {
    /// Steps over the element whose start tag was just passed and keeps it; `after` is the member before it.
    pub(super) fn skip_unknown(&mut self, after: Option<(&'static str, u32)>) -> Result<(), XmlError> {
        let from = self.element_at;
        let name_length = self.path.last().len();
        let kept = self.room().then(|| (self.path.text(), self.place_behind(after)));
        self.kept.unknown_total += 1;
        let default_reaches_in = self.skip_element()?;
        if let Some((path, place)) = kept {
            let mut xml = self.tokens.slice(from, self.tokens.position()).to_owned();
            let (_, default) = self.scope.default_namespace();
            if default_reaches_in && !self.scope.default_is_ours() {
                xml.insert_str(1 + name_length, &attribute("xmlns", default));
            }
            self.kept.unknown.push(Unknown { path, xml, piece: Piece::Element { place } });
        }
        Ok(())
    }

    /// Steps over an element with all that it holds; whether a name in it has the default namespace from outside.
    fn skip_element(&mut self) -> Result<bool, XmlError> {
        let outside = self.path.depth() - 1;
        let mut default_reaches_in = false;
        loop {
            // names that we know are names
            let name = self.path.last();
            if !is_qualified_name(name) {
                return Err(self.bad_name(name));
            }
            default_reaches_in |= !name.contains(':') && self.scope.default_namespace().0 <= outside;
            while let Some((name, _)) = self.next_attribute()? {
                if !is_qualified_name(name) {
                    return Err(self.bad_name(name));
                }
            }
            // up to the next start tag, or out
            let mut text_octets = 0;
            loop {
                match self.token()? {
                    Token::Start(name, attributes) => {
                        self.open(name, attributes)?;
                        break;
                    }
                    Token::End(_) => {
                        self.close();
                        text_octets = 0;
                        if self.path.depth() == outside {
                            return Ok(default_reaches_in);
                        }
                    }
                    Token::Text(text) => {
                        text_octets += text.len();
                        if text_octets > self.limits.text {
                            return Err(self.error(XmlCause::TextTooLong { limit: self.limits.text }));
                        }
                    }
                    Token::Eof => return Err(self.error(XmlCause::Truncated)),
                }
            }
        }
    }

    /// Keeps an attribute that the schema does not have.
    pub(crate) fn keep_attribute(&mut self, name: &str, text: &str) -> Result<(), XmlError> {
        if !is_qualified_name(name) {
            return Err(self.bad_name(name));
        }
        if self.room() {
            let mut place = self.path.text();
            let path = format!("{place}/@{}", excerpt(name));
            place.push(ATTRIBUTES);
            let piece = Piece::Attribute { place, name: name.to_owned() };
            self.kept.unknown.push(Unknown { path, xml: text.to_owned(), piece });
        }
        self.kept.unknown_total += 1;
        Ok(())
    }

    /// Keeps the prefixes that the start tag of a member declares: something unknown may have them in its names.
    pub(super) fn keep_prefixes(&mut self) {
        let Self { scope, kept, path, limits, .. } = self;
        for (prefix, uri) in scope.prefixes_at(path.depth()) {
            kept.prefixes_total += 1;
            if kept.prefixes.len() < limits.unknown {
                let mut place = path.text();
                place.push(ATTRIBUTES);
                let piece = Piece::Attribute { place, name: format!("xmlns:{prefix}") };
                kept.prefixes.push((piece, uri.to_owned()));
            }
        }
    }

    fn room(&self) -> bool {
        self.kept.unknown.len() < self.limits.unknown
    }

    fn place_behind(&self, after: Option<(&'static str, u32)>) -> String {
        let mut place = self.path.outer(1);
        place.push(CHILDREN);
        if let Some((name, count)) = after {
            place.push_str(name);
            write_position(&mut place, count);
        }
        place
    }
}

/// Behind the path of an element: what stands in its start tag.
const ATTRIBUTES: char = '@';
/// Behind the path of an element: what stands inside.
const CHILDREN: char = '>';

fn attribute(name: &str, value: &str) -> String {
    let mut out = Writer::new();
    out.raw(" ");
    out.raw(name);
    out.raw("=\"");
    out.text(value, Place::Attribute);
    out.raw("\"");
    String::from_utf8_lossy(out.octets()).into_owned()
}

impl Kept {
    /// Prefixes matter to what is unknown, and to nothing else.
    pub(crate) fn finished(self) -> Self {
        if self.unknown_total == 0 { Self::default() } else { self }
    }

    /// Puts all of it back into a document of our writer.
    pub(crate) fn put_into(&self, document: &[u8]) -> Result<Vec<u8>, PassOnError> {
        let lost = self.unknown_total - self.unknown.len();
        if lost > 0 || self.prefixes_total > self.prefixes.len() {
            return Err(PassOnError::TooMuchUnknown { lost });
        }
        let mut pieces: HashMap<&str, Vec<String>> = HashMap::new();
        for (piece, uri) in &self.prefixes {
            let Piece::Attribute { place, name } = piece else { continue };
            pieces.entry(place).or_default().push(attribute(name, uri));
        }
        for Unknown { xml, piece, .. } in &self.unknown {
            let text = match piece {
                Piece::Element { .. } => xml.clone(),
                Piece::Attribute { name, .. } => attribute(name, xml),
            };
            pieces.entry(piece.place()).or_default().push(text);
        }
        let mut walk = Walk {
            pieces,
            out: Vec::with_capacity(document.len() * 2),
            path: String::new(),
            open: Vec::new(),
        };
        walk.over(document);
        match self.unknown.iter().find(|unknown| walk.pieces.contains_key(unknown.piece.place())) {
            Some(unknown) => Err(PassOnError::NoPlace { path: unknown.path.clone() }),
            None => Ok(walk.out),
        }
    }
}

/// A walk over a document of our writer, in which each `<` and `>` belongs to a tag.
struct Walk<'k, 'd> {
    /// What has not found its place.
    pieces: HashMap<&'k str, Vec<String>>,
    out: Vec<u8>,
    path: String,
    open: Vec<Open<'d>>,
}

/// An element that is open.
struct Open<'d> {
    name: &'d [u8],
    /// Octets of the path of its parent.
    outer: usize,
    /// The member that ended last, and how many of it there were.
    last: (&'d [u8], u32),
}

impl<'d> Walk<'_, 'd> {
    fn over(&mut self, document: &'d [u8]) {
        // the declaration has a line of its own
        let body = document.iter().position(|octet| *octet == b'\n').map_or(0, |at| at + 1);
        let mut rest = document;
        let mut from = body;
        while let Some(at) = rest[from..].iter().position(|octet| *octet == b'<').map(|at| from + at) {
            let Some(end) = rest[at..].iter().position(|octet| *octet == b'>').map(|end| at + end) else {
                break;
            };
            let tag = &rest[at + 1..end];
            if tag.starts_with(b"/") {
                self.out.extend_from_slice(&rest[..=end]);
                self.leave();
            } else if let Some(tag) = tag.strip_suffix(b"/") {
                self.out.extend_from_slice(&rest[..end - 1]);
                self.enter(tag);
                if self.has(CHILDREN) {
                    self.out.push(b'>');
                    self.put(CHILDREN);
                    self.out.extend_from_slice(b"</");
                    self.out.extend_from_slice(name(tag));
                    self.out.push(b'>');
                } else {
                    self.out.extend_from_slice(b"/>");
                }
                self.leave();
            } else {
                self.out.extend_from_slice(&rest[..end]);
                self.enter(tag);
                self.out.push(b'>');
                self.put(CHILDREN);
            }
            rest = &rest[end + 1..];
            from = 0;
        }
        self.out.extend_from_slice(rest);
    }

    /// Enters an element and adds to its tag.
    fn enter(&mut self, tag: &'d [u8]) {
        let name = name(tag);
        let count = match self.open.last_mut() {
            Some(parent) if parent.last.0 == name => parent.last.1 + 1,
            _ => 1,
        };
        if let Some(parent) = self.open.last_mut() {
            parent.last = (name, count);
        }
        self.open.push(Open { name, outer: self.path.len(), last: (b"", 0) });
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.push_step(name, count);
        self.put(ATTRIBUTES);
    }

    /// Leaves an element and adds what stands behind it.
    fn leave(&mut self) {
        let Some(element) = self.open.pop() else { return };
        self.path.truncate(element.outer);
        let Some((name, count)) = self.open.last().map(|parent| parent.last) else { return };
        debug_assert_eq!(name, element.name);
        self.path.push(CHILDREN);
        self.push_step(name, count);
        self.put_here();
        self.path.truncate(element.outer);
    }

    fn push_step(&mut self, name: &[u8], count: u32) {
        self.path.push_str(&String::from_utf8_lossy(name));
        write_position(&mut self.path, count);
    }

    fn has(&mut self, what: char) -> bool {
        self.path.push(what);
        let has = self.pieces.contains_key(self.path.as_str());
        self.path.pop();
        has
    }

    fn put(&mut self, what: char) {
        self.path.push(what);
        self.put_here();
        self.path.pop();
    }

    fn put_here(&mut self) {
        for piece in self.pieces.remove(self.path.as_str()).unwrap_or_default() {
            self.out.extend_from_slice(piece.as_bytes());
        }
    }
}

/// The name in a start tag.
fn name(tag: &[u8]) -> &[u8] {
    tag.split(|octet| *octet == b' ').next().unwrap_or(tag)
}
